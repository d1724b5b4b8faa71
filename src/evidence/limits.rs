//! How much is read at most, so that no input can exhaust the machine.

use super::notice::{grouped, size};

/// Bounds on what is read. When one is reached, a notice says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The largest document, in bytes, before and after unpacking. A larger
    /// one is skipped whole.
    pub document_bytes: u64,
    /// What is read and unpacked in all, in bytes, also from documents that
    /// then prove too large.
    pub total_bytes: u64,
    /// How many files, folders and documents of bundles are looked at.
    pub files: usize,
    /// How many members of archives are looked at, all archives together.
    pub archive_members: usize,
    /// How many archives may lie in one another: `a.zip!b.json.gz` is two.
    pub nesting: usize,
    /// How many folders deep a folder is searched.
    pub folder_depth: usize,
    /// Log files of folders that lie outside the layout of an archive are read as a whole up to so
    /// many bytes on the disk, all together; beyond that they are searched.
    pub whole_logs: u64,
}

impl Default for Limits {
    /// 256 MiB a document, 4 GiB in all, 200,000 files, 200,000 archive
    /// members, archives 3 deep, folders 64 deep.
    fn default() -> Self {
        Self {
            document_bytes: 256 << 20,
            total_bytes: 4 << 30,
            files: 200_000,
            archive_members: 200_000,
            nesting: 3,
            folder_depth: 64,
            whole_logs: 4 << 20,
        }
    }
}

/// What is left of the limits while an intake is being read.
#[derive(Debug)]
pub(super) struct Budget {
    pub limits: Limits,
    bytes: u64,
    files: usize,
    members: usize,
}

impl Budget {
    pub fn new(limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            bytes: limits.total_bytes,
            files: limits.files,
            members: limits.archive_members,
        }
    }

    /// How many bytes the next document may have.
    pub fn document_bytes(&self) -> u64 {
        self.limits.document_bytes.min(self.bytes)
    }

    pub fn spend(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// Whether nothing more may be read at all.
    pub fn is_spent(&self) -> bool {
        self.bytes == 0
    }

    /// Whether one more file may be looked at; counts it.
    pub fn take_file(&mut self) -> bool {
        let left = self.files > 0;
        self.files = self.files.saturating_sub(1);
        left
    }

    /// How many of `wanted` archive members may be looked at; counts them.
    pub fn take_members(&mut self, wanted: usize) -> usize {
        let granted = wanted.min(self.members);
        self.members -= granted;
        granted
    }

    pub fn document_bound(&self) -> String {
        format!("the bound of {} a document", size(self.limits.document_bytes))
    }

    pub fn total_bound(&self) -> String {
        format!("the bound of {} in all", size(self.limits.total_bytes))
    }

    pub fn files_bound(&self) -> String {
        format!("the bound of {} files", grouped(self.limits.files as u64))
    }

    pub fn members_bound(&self) -> String {
        format!("the bound of {} archive members", grouped(self.limits.archive_members as u64))
    }
}
