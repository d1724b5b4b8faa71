//! Going through folders in an order that does not depend on the file system.

use std::fs::FileType;
use std::path::Path;

use walkdir::WalkDir;

/// All that lies in a folder, sorted by name, folders before their content.
pub(super) fn walk(folder: &Path, depth: usize, follow_links: bool) -> walkdir::IntoIter {
    WalkDir::new(folder).max_depth(depth).follow_links(follow_links).sort_by_file_name().into_iter()
}

/// A path as text, with `/` between the steps on every system.
pub(super) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
}

/// Why an entry of a folder could not be looked at.
pub(super) fn trouble(error: &walkdir::Error) -> String {
    match (error.loop_ancestor(), error.io_error()) {
        (Some(ancestor), _) => format!(
            "it is a symbolic link that leads back to {}; it was not followed again",
            shown(ancestor)
        ),
        (None, Some(error)) => format!("it could not be opened and was skipped: {error}"),
        (None, None) => "it could not be opened and was skipped".to_owned(),
    }
}

/// What something is that is neither a file nor a folder.
pub(super) fn special(kind: FileType) -> String {
    #[cfg(unix)]
    let what = {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            "a named pipe"
        } else if kind.is_socket() {
            "a socket"
        } else if kind.is_block_device() || kind.is_char_device() {
            "a device"
        } else {
            "neither a file nor a folder"
        }
    };
    #[cfg(not(unix))]
    let what = {
        let _ = kind;
        "neither a file nor a folder"
    };
    format!("it is {what}; it was not opened")
}
