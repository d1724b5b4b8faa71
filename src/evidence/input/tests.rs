#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may stop")]

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::super::archive::tests::{patched, zipped};
use super::super::gzip::tests::gzipped;
use super::super::manifest::tests::manifest_of;
use super::super::write::write_bundle;
use super::super::{EvidenceError, Limits, Notice, sha256_hex};
use super::{Intake, STDIN_NAME, open};

const BUNDLED: [(&str, &[u8]); 2] = [
    ("cloudtrail/events.json", br#"{"Events":[]}"#),
    ("guardduty/get-findings.json", br#"{"findings":[]}"#),
];

fn read(path: impl Into<PathBuf>) -> Intake {
    read_within(path, &Limits::default())
}

fn read_within(path: impl Into<PathBuf>, limits: &Limits) -> Intake {
    open(&[path.into()], &mut io::empty(), limits).unwrap()
}

fn names(intake: &Intake) -> Vec<&str> {
    intake.documents.iter().map(|document| document.name.as_str()).collect()
}

/// The names below a folder.
fn below<'a>(intake: &'a Intake, home: &Path) -> Vec<&'a str> {
    let home = format!("{}/", home.display());
    names(intake).into_iter().map(|name| name.strip_prefix(&home).unwrap()).collect()
}

fn only_notice(intake: &Intake) -> &Notice {
    match intake.notices.as_slice() {
        [notice] => notice,
        other => panic!("expected one notice: {other:?}"),
    }
}

#[test]
fn log_files_in_folders_are_left_to_be_searched() {
    let home = tempfile::tempdir().unwrap();
    let log = br#"{"Records":[{"eventVersion":"1.11","userIdentity":{}}]}"#;
    let day = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/20";
    fs::create_dir_all(home.path().join(day)).unwrap();
    // By where they lie, by their name, and by what they hold; a file that is given itself is read.
    let name = "111122223333_CloudTrail_us-east-1_20261120T0005Z_mUzmPLvVlVqPcQdr.json.gz";
    let notification = br#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3"}]}"#;
    for (path, bytes) in [
        (&*format!("{day}/x"), &b"anything"[..]),
        (name, b"anything"),
        ("a", &gzipped(log)),
        ("b", log),
        ("c", notification),
        ("d", br#"{"Records":[]}"#),
    ] {
        fs::write(home.path().join(path), bytes).unwrap();
    }
    let few = read(home.path());
    assert_eq!((few.logs.len(), few.documents.len()), (2, 4));
    let intake = read_within(home.path(), &Limits { whole_logs: 10, ..Limits::default() });
    let names: Vec<&str> = intake.logs.iter().map(|log| log.name.as_str()).collect();
    assert_eq!(names, [name, &format!("{day}/x"), "a", "b"]);
    assert_eq!(below(&intake, home.path()), ["c", "d"]);
    let given = read(home.path().join("b"));
    assert_eq!((given.documents.len(), given.logs.len()), (1, 0));
}

#[test]
fn a_log_folder_is_read_by_content_and_in_order() {
    let home = tempfile::tempdir().unwrap();
    let log = gzipped(br#"{"Records":[]}"#);
    let deep = home.path().join("Logs/us-east-1/2026/11/20");
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("b.json.gz"), &log).unwrap();
    fs::write(deep.join("named-like-gzip.gz"), "{}").unwrap();
    fs::write(deep.join("a.txt"), zipped(&[("z/x.json", &log), ("y.json", b"[]")])).unwrap();
    fs::write(home.path().join("finding.json"), "{}").unwrap();

    let intake = read(home.path());
    let day = "Logs/us-east-1/2026/11/20";
    assert_eq!(
        below(&intake, home.path()),
        [
            format!("{day}/a.txt!y.json"),
            format!("{day}/a.txt!z/x.json"),
            format!("{day}/b.json.gz"),
            format!("{day}/named-like-gzip.gz"),
            "finding.json".to_owned(),
        ]
    );
    assert_eq!(intake.notices, []);
    for index in [1, 2] {
        let document = &intake.documents[index];
        assert_eq!(document.bytes, br#"{"Records":[]}"#);
        assert_eq!(document.stored_sha256, sha256_hex(&log));
        assert!(!document.from_bundle);
        assert_eq!(document.request, None);
    }
}

#[test]
fn standard_input_may_be_anything_and_is_read_once() {
    let mut bytes: &[u8] = &gzipped(br#"{"findings":[]}"#);
    let paths = [PathBuf::from("-"), PathBuf::from("-")];
    let intake = open(&paths, &mut bytes, &Limits::default()).unwrap();
    assert_eq!(names(&intake), [STDIN_NAME]);
    assert_eq!(intake.documents[0].bytes, br#"{"findings":[]}"#);

    let mut bytes: &[u8] = &zipped(&[("a.json", b"{}")]);
    let intake = open(&paths, &mut bytes, &Limits::default()).unwrap();
    assert_eq!(names(&intake), ["standard input!a.json"]);

    let nothing = open(&paths, &mut io::empty(), &Limits::default()).unwrap();
    assert!(only_notice(&nothing).reason.contains("is empty"));

    let limits = Limits { document_bytes: 1_000, ..Limits::default() };
    let endless = open(&paths, &mut io::repeat(b' '), &limits).unwrap();
    assert!(only_notice(&endless).reason.contains("the bound of 1,000 bytes a document"));

    struct Fails;
    impl Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("gone"))
        }
    }
    let failed = open(&paths, &mut Fails, &Limits::default());
    assert!(matches!(failed, Err(EvidenceError::Stdin { .. })));
}

#[test]
fn a_path_that_does_not_exist_is_a_failure() {
    let home = tempfile::tempdir().unwrap();
    let error =
        open(&[home.path().join("gone")], &mut io::empty(), &Limits::default()).unwrap_err();
    assert!(matches!(error, EvidenceError::NotFound { .. }), "{error}");
    assert!(error.to_string().starts_with("open "), "{error}");
}

#[test]
fn cut_gzip_keeps_what_came_before() {
    let home = tempfile::tempdir().unwrap();
    let text: String = (0..3_000_u64)
        .map(|line| format!("{{\"n\":{}}}\n", line.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
        .collect();
    let mut log = gzipped(b"{\"first\":1}\n");
    log.extend(gzipped(text.as_bytes()));
    log.truncate(log.len() - 4_000);
    fs::write(home.path().join("cut.gz"), &log).unwrap();
    fs::write(home.path().join("stub.gz"), &log[..5]).unwrap();

    let intake = read(home.path());
    assert_eq!(below(&intake, home.path()), ["cut.gz"]);
    let document = &intake.documents[0];
    assert!(document.bytes.starts_with(b"{\"first\":1}\n{\"n\":0}\n"));
    assert!(document.bytes.len() > 10_000);
    assert_eq!(document.stored_sha256, sha256_hex(&log));
    let reasons: Vec<&str> = intake.notices.iter().map(|n| n.reason.as_str()).collect();
    assert!(reasons[0].starts_with("the gzip data ends too early; the "), "{reasons:?}");
    assert!(reasons[0].ends_with(" bytes before the break were read"), "{reasons:?}");
    assert_eq!(reasons[1], "the gzip data ends too early; nothing could be read");
}

#[test]
fn a_bomb_costs_neither_memory_nor_time() {
    let home = tempfile::tempdir().unwrap();
    let bomb = gzipped(&vec![0; 16 << 20]);
    let nested = gzipped(&bomb);
    fs::write(home.path().join("bomb.gz"), &bomb).unwrap();
    fs::write(home.path().join("nested.gz"), &nested).unwrap();
    let members: Vec<(String, &[u8])> =
        (0..500).map(|number| (format!("{number:03}"), bomb.as_slice())).collect();
    let members: Vec<(&str, &[u8])> =
        members.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    fs::write(home.path().join("quilt.zip"), zipped(&members)).unwrap();
    fs::write(home.path().join("small.json"), "{}").unwrap();

    let limits = Limits { document_bytes: 1 << 20, total_bytes: 20 << 20, ..Limits::default() };
    let start = Instant::now();
    let intake = read_within(home.path(), &limits);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert_eq!(intake.documents, [], "all that may be read went into the bombs");
    let last = intake.notices.last().unwrap();
    assert!(last.reason.contains("the bound of 20 MiB in all"), "{last:?}");
    assert!(last.reason.contains("more after it"), "{last:?}");
    assert!(
        intake.notices[0].reason.contains("the bound of 1 MiB a document"),
        "{:?}",
        intake.notices[0]
    );
}

#[test]
fn archives_within_archives_are_read_three_deep() {
    let home = tempfile::tempdir().unwrap();
    let third = zipped(&[("c.json", b"3"), ("d.json.gz", &gzipped(b"4"))]);
    let second = zipped(&[("b.json", b"2"), ("third.zip", &third)]);
    let first = zipped(&[("a.json", b"1"), ("second.zip", &second)]);
    fs::write(home.path().join("first.zip"), first).unwrap();
    fs::write(home.path().join("packed-zip.gz"), gzipped(&third)).unwrap();

    let intake = read(home.path());
    assert_eq!(
        below(&intake, home.path()),
        [
            "first.zip!a.json",
            "first.zip!second.zip!b.json",
            "first.zip!second.zip!third.zip!c.json",
            "packed-zip.gz!c.json",
            "packed-zip.gz!d.json.gz",
        ]
    );
    let notice = only_notice(&intake);
    assert!(notice.place.ends_with("first.zip!second.zip!third.zip!d.json.gz"), "{notice:?}");
    assert_eq!(notice.reason, "it is an archive within 3 others; it was not unpacked");
}

#[test]
fn names_that_climb_are_shown_and_never_used() {
    let home = tempfile::tempdir().unwrap();
    let inner = home.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let names_in_zip = ["../../evil.json", "/etc/evil.json", "C:\\evil.json"];
    let members = names_in_zip.map(|name| (name, &b"{}"[..]));
    fs::write(inner.join("x.zip"), zipped(&members)).unwrap();
    let intake = read(&inner);
    assert_eq!(
        below(&intake, &inner),
        ["x.zip!../../evil.json", "x.zip!/etc/evil.json", "x.zip!C:/evil.json"]
    );
    let left: Vec<_> = fs::read_dir(home.path()).unwrap().collect();
    assert_eq!(left.len(), 1);
    assert_eq!(fs::read_dir(&inner).unwrap().count(), 1);
}

#[test]
fn empty_things_are_noted() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("a.json"), "").unwrap();
    fs::write(home.path().join("b.gz"), gzipped(b"")).unwrap();
    fs::write(home.path().join("c.zip"), zipped(&[("d.json", b"")])).unwrap();
    fs::write(home.path().join("e.zip"), zipped(&[])).unwrap();
    let intake = read(home.path());
    assert_eq!(intake.documents, []);
    let reasons: Vec<&str> = intake.notices.iter().map(|n| n.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "the file is empty",
            "the file is empty once it is unpacked",
            "the file is empty",
            "the archive is empty",
        ]
    );
    assert!(intake.notices[2].place.ends_with("c.zip!d.json"));
}

#[test]
fn damaged_archives_never_stop_the_reading() {
    let home = tempfile::tempdir().unwrap();
    let manifest = manifest_of(&BUNDLED).to_json().unwrap();
    let whole = zipped(&[
        ("manifest.json", &manifest),
        (BUNDLED[0].0, BUNDLED[0].1),
        ("inner.zip", &zipped(&[("x.json.gz", &gzipped(b"{}"))])),
    ]);
    let path = home.path().join("x.zip");
    for at in 0..whole.len() {
        let mut altered = whole.clone();
        altered[at] ^= 0xff;
        fs::write(&path, altered).unwrap();
        // An altered manifest is refused; nothing else is.
        let _ = open(std::slice::from_ref(&path), &mut io::empty(), &Limits::default());
        fs::write(&path, &whole[..at]).unwrap();
        let cut = read(&path);
        assert!(!cut.notices.is_empty() || !cut.documents.is_empty(), "cut at {at}");
    }
}

#[test]
fn bundles_are_recognised_wherever_they_lie() {
    let home = tempfile::tempdir().unwrap();
    let manifest = manifest_of(&BUNDLED);
    write_bundle(&home.path().join("cases/case.evidence"), &manifest, &BUNDLED).unwrap_err();
    fs::create_dir(home.path().join("cases")).unwrap();
    write_bundle(&home.path().join("cases/case.evidence"), &manifest, &BUNDLED).unwrap();
    fs::write(home.path().join("loose.json"), "{}").unwrap();

    let intake = read(home.path());
    let loose = format!("{}/loose.json", home.path().display());
    assert_eq!(names(&intake), [loose.as_str(), BUNDLED[0].0, BUNDLED[1].0]);
    assert_eq!(intake.bundles, 1);
    assert_eq!(intake.manifests, std::slice::from_ref(&manifest));
    assert_eq!(intake.documents[1].request.as_ref(), Some(&manifest.documents[0]));
    assert!(intake.documents[1].from_bundle);
    assert_eq!(intake.notices, []);

    let bundle = home.path().join("cases/case.evidence");
    let twice = open(&[bundle.clone(), home.path().into()], &mut io::empty(), &Limits::default());
    assert_eq!(twice.unwrap(), intake, "the same bundle is not read twice");

    let json = manifest.to_json().unwrap();
    for top in ["", "case.evidence/", "case.evidence\\"] {
        let names_in_zip = [
            format!("{top}{}", BUNDLED[1].0),
            format!("{top}manifest.json"),
            format!("{top}{}", BUNDLED[0].0),
        ];
        let zip = zipped(&[
            (&names_in_zip[0], BUNDLED[1].1),
            (&names_in_zip[1], &json),
            (&names_in_zip[2], BUNDLED[0].1),
            ("__MACOSX/._x", b"loose"),
        ]);
        let path = home.path().join("case.zip");
        fs::write(&path, &zip).unwrap();
        let intake = read(&path);
        assert_eq!(intake.manifests, std::slice::from_ref(&manifest), "{top:?}");
        let bundled: Vec<&str> = intake
            .documents
            .iter()
            .filter(|document| document.from_bundle)
            .map(|document| document.name.as_str())
            .collect();
        assert_eq!(bundled, [BUNDLED[0].0, BUNDLED[1].0], "{top:?}");
        // In the bundle itself the stray file is unlisted, beside it it is loose.
        let noted = usize::from(top.is_empty());
        assert_eq!(intake.notices.len(), noted, "{:?}", intake.notices);
        assert_eq!(intake.documents.len(), 3 - noted);

        let mut bytes: &[u8] = &zip;
        let piped = open(&[PathBuf::from("-")], &mut bytes, &Limits::default()).unwrap();
        assert_eq!(piped.bundles, 1);
    }
}

#[test]
fn many_bundles_in_one_archive_take_no_time_to_tell_apart() {
    let home = tempfile::tempdir().unwrap();
    let json = manifest_of(&[]).to_json().unwrap();
    let names_in_zip: Vec<String> = (0..2_000)
        .flat_map(|number| [format!("{number}/manifest.json"), format!("{number}/x")])
        .collect();
    let members: Vec<(&str, &[u8])> =
        names_in_zip.iter().map(|name| (name.as_str(), json.as_slice())).collect();
    let path = home.path().join("x.zip");
    fs::write(&path, zipped(&members)).unwrap();
    let start = Instant::now();
    let intake = read(&path);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert_eq!(intake.bundles, 1, "they are all the same");
    assert_eq!(intake.notices.len(), 2_000, "the other file of each is unlisted");
}

#[test]
fn a_manifest_of_another_kind_is_a_file_like_others() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("manifest.json"), r#"{"manifest_version":3}"#).unwrap();
    fs::write(home.path().join("x.json"), "{}").unwrap();
    let intake = read(home.path());
    assert_eq!(below(&intake, home.path()), ["manifest.json", "x.json"]);
    assert_eq!(intake.bundles, 0);
    assert_eq!(intake.notices, []);
}

#[test]
fn a_bundle_of_another_version_fails_if_asked_for_and_is_loose_below() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("new.evidence");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("manifest.json"), r#"{"format":"casefile-evidence/7"}"#).unwrap();
    fs::write(dir.join("x.json"), "{}").unwrap();
    let error = open(std::slice::from_ref(&dir), &mut io::empty(), &Limits::default()).unwrap_err();
    assert!(error.to_string().contains("casefile-evidence/7"), "{error}");

    let intake = read(home.path());
    assert_eq!(below(&intake, home.path()), ["new.evidence/manifest.json", "new.evidence/x.json"]);
    let notice = only_notice(&intake);
    assert!(notice.reason.contains("failed to read "), "{notice:?}");
    assert!(notice.reason.contains("casefile-evidence/7"), "{notice:?}");

    let climbing = manifest_of(&[("../secret", b"x")]).to_json().unwrap();
    fs::write(dir.join("manifest.json"), climbing).unwrap();
    fs::write(home.path().join("secret"), "x").unwrap();
    let refused = open(&[dir], &mut io::empty(), &Limits::default());
    assert!(matches!(refused, Err(EvidenceError::Path { .. })));
}

#[test]
fn two_bundles_keep_their_documents_apart() {
    let home = tempfile::tempdir().unwrap();
    for (name, body) in [("one", b"{\"n\":1}"), ("two", b"{\"n\":2}")] {
        let documents: [(&str, &[u8]); 1] = [("config/x.json", body)];
        write_bundle(&home.path().join(name), &manifest_of(&documents), &documents).unwrap();
    }
    let intake = read(home.path());
    assert_eq!(below(&intake, home.path()), ["one/config/x.json", "two/config/x.json"]);
    assert_eq!(intake.bundles, 2);
}

#[test]
fn bounds_on_files_members_and_depth_are_said() {
    let home = tempfile::tempdir().unwrap();
    for name in ["1", "2", "3", "4"] {
        fs::write(home.path().join(name), "{}").unwrap();
    }
    let files = Limits { files: 3, ..Limits::default() };
    let intake = read_within(home.path(), &files);
    assert_eq!(below(&intake, home.path()), ["1", "2"], "the folder itself counts");
    assert!(only_notice(&intake).place.ends_with("/3"));
    assert!(only_notice(&intake).reason.contains("the bound of 3 files"));

    let path = home.path().join("x.zip");
    fs::write(&path, zipped(&[("a", b"1"), ("b", b"2"), ("c", b"3")])).unwrap();
    let members = Limits { archive_members: 2, ..Limits::default() };
    let intake = read_within(&path, &members);
    assert_eq!(intake.documents.len(), 2);
    assert_eq!(
        only_notice(&intake).reason,
        "1 of its 3 members were left out: the bound of 2 archive members was reached"
    );

    let deep = tempfile::tempdir().unwrap();
    fs::create_dir_all(deep.path().join("a/b/c")).unwrap();
    fs::write(deep.path().join("a/top.json"), "{}").unwrap();
    fs::write(deep.path().join("a/b/c/low.json"), "{}").unwrap();
    let depth = Limits { folder_depth: 2, ..Limits::default() };
    let intake = read_within(deep.path(), &depth);
    assert_eq!(below(&intake, deep.path()), ["a/top.json"]);
    assert!(only_notice(&intake).place.ends_with("a/b"));
    assert!(only_notice(&intake).reason.contains("2 folders deep"));
}

#[test]
fn a_document_beyond_the_bound_is_left_out_whole() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("exact.json"), [b' '; 100]).unwrap();
    fs::write(home.path().join("large.json"), [b' '; 101]).unwrap();
    // The archive itself may be larger: only its members need to fit.
    fs::write(home.path().join("x.zip"), zipped(&[("a", b"1"), ("large", &[b' '; 101])])).unwrap();
    let limits = Limits { document_bytes: 100, ..Limits::default() };
    let intake = read_within(home.path(), &limits);
    assert_eq!(below(&intake, home.path()), ["exact.json", "x.zip!a"]);
    assert_eq!(intake.notices.len(), 2);
    assert!(intake.notices.iter().all(|n| n.reason.contains("the bound of 100 bytes a document")));
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;

    use super::*;

    fn pipe_at(path: &Path) {
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    #[test]
    fn links_are_followed_and_loops_are_noted() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join("a/b")).unwrap();
        fs::write(home.path().join("a/x.json"), "{}").unwrap();
        symlink(home.path().join("a"), home.path().join("a/b/loop")).unwrap();
        symlink("a/x.json", home.path().join("link.json")).unwrap();
        symlink("nowhere", home.path().join("dangling")).unwrap();

        let intake = read(home.path());
        assert_eq!(below(&intake, home.path()), ["a/x.json", "link.json"]);
        let [loops, dangling] = intake.notices.as_slice() else {
            panic!("{:?}", intake.notices);
        };
        assert!(loops.place.ends_with("a/b/loop"), "{loops:?}");
        assert!(loops.reason.contains("leads back to"), "{loops:?}");
        assert!(dangling.place.ends_with("dangling"), "{dangling:?}");
        assert!(dangling.reason.contains("could not be opened"), "{dangling:?}");
    }

    #[test]
    fn links_that_fan_out_end_at_the_bound() {
        let home = tempfile::tempdir().unwrap();
        for level in 0..30 {
            let folder = home.path().join(format!("d{level}"));
            fs::create_dir(&folder).unwrap();
            for link in ["l", "r"] {
                symlink(format!("../d{}", level + 1), folder.join(link)).unwrap();
            }
        }
        fs::create_dir(home.path().join("d30")).unwrap();
        let limits = Limits { files: 2_000, ..Limits::default() };
        let intake = read_within(home.path(), &limits);
        assert!(only_notice(&intake).reason.contains("the bound of 2,000 files"));
    }

    #[test]
    fn pipes_and_devices_below_a_folder_are_not_opened() {
        let home = tempfile::tempdir().unwrap();
        pipe_at(&home.path().join("pipe"));
        symlink("/dev/zero", home.path().join("zero")).unwrap();
        fs::write(home.path().join("x.json"), "{}").unwrap();
        let intake = read(home.path());
        assert_eq!(below(&intake, home.path()), ["x.json"]);
        let reasons: Vec<&str> = intake.notices.iter().map(|n| n.reason.as_str()).collect();
        assert_eq!(
            reasons,
            ["it is a named pipe; it was not opened", "it is a device; it was not opened"]
        );
    }

    #[test]
    fn a_pipe_given_itself_is_read_and_a_device_is_not() {
        let home = tempfile::tempdir().unwrap();
        let pipe = home.path().join("pipe");
        pipe_at(&pipe);
        let writer = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::write(pipe, r#"{"findings":[]}"#).unwrap()
        });
        let intake = read(&pipe);
        writer.join().unwrap();
        assert_eq!(intake.documents[0].bytes, br#"{"findings":[]}"#);

        let device = open(&[PathBuf::from("/dev/zero")], &mut io::empty(), &Limits::default());
        assert!(matches!(device, Err(EvidenceError::Special { .. })));
    }

    #[test]
    fn what_may_not_be_read_is_noted() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("x.json"), "{}").unwrap();
        // Nobody can open a link to itself, not even root.
        symlink("self", home.path().join("self")).unwrap();
        let secret = home.path().join("secret.json");
        fs::write(&secret, "{}").unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
        let root_reads_all = fs::read(&secret).is_ok();

        let intake = read(home.path());
        let unread: Vec<&str> = intake.notices.iter().map(|n| n.place.as_str()).collect();
        assert!(unread.iter().any(|place| place.ends_with("/self")), "{unread:?}");
        assert_eq!(unread.iter().any(|place| place.ends_with("/secret.json")), !root_reads_all);
        assert!(names(&intake).iter().any(|name| name.ends_with("/x.json")));
    }

    #[test]
    fn names_that_are_not_utf8_are_shown_and_told_apart() {
        let home = tempfile::tempdir().unwrap();
        for name in [b"a\xff.json", b"a\xfe.json"] {
            if fs::write(home.path().join(OsStr::from_bytes(name)), name).is_err() {
                return; // This file system has no such names.
            }
        }
        let intake = read(home.path());
        assert_eq!(below(&intake, home.path()), ["a\u{fffd}.json", "a\u{fffd}.json (2)"]);

        let zip = patched(zipped(&[("b__.json", b"{}")]), b"b__", b"b\xff\xfe");
        fs::write(home.path().join("x.zip"), zip).unwrap();
        let intake = read(home.path().join("x.zip"));
        assert_eq!(intake.documents.len(), 1);
    }
}
