//! The benchmark's archives are what their truth says: read here slowly, every record a value.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where something is not as it must be"
)]

#[path = "../benches/archive/corpus/mod.rs"]
mod corpus;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Read},
    path::Path,
};

use casefile::{Request, evidence, render, render_saved, search_logs};
use corpus::{Options, Truth};
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use tempfile::TempDir;
use walkdir::WalkDir;

fn options(case: &str, size: u64) -> Options {
    Options { case: case.to_owned(), size, misses: 2, ..Options::default() }
}

fn made(options: &Options) -> (TempDir, Truth) {
    let folder = TempDir::new().expect("a folder");
    let truth = corpus::make(options, folder.path()).expect("an archive");
    let read = Truth::read(&folder.path().join("truth.json")).expect("its truth");
    assert!(options.made_it(&read) && read == truth);
    (folder, truth)
}

/// Every file and its bytes; of a link, its target.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = WalkDir::new(folder).into_iter().map(|entry| entry.expect("an entry"));
    entries
        .filter(|entry| !entry.file_type().is_dir())
        .map(|entry| {
            let name = entry.path().strip_prefix(folder).expect("inside").to_string_lossy();
            let bytes = if entry.path_is_symlink() {
                let target = fs::read_link(entry.path()).expect("a link");
                target.to_string_lossy().as_bytes().to_vec()
            } else {
                fs::read(entry.path()).expect("a file")
            };
            (name.replace('\\', "/"), bytes)
        })
        .collect()
}

fn json(packed: &[u8]) -> String {
    let mut text = String::new();
    MultiGzDecoder::new(packed).read_to_string(&mut text).expect("gzip of UTF-8");
    text
}

/// The text of a file's JSON, and its records.
fn records(packed: &[u8]) -> (String, Vec<Value>) {
    let text = json(packed);
    let file: Value = serde_json::from_str(&text).expect("JSON");
    (text, file["Records"].as_array().expect("records").clone())
}

fn text<'a>(record: &'a Value, member: &str) -> &'a str {
    record[member].as_str().unwrap_or_else(|| panic!("no {member} in {record}"))
}

#[test]
fn the_same_options_give_the_same_bytes_and_another_seed_gives_others() {
    let options = Options { damage: true, ..options("bitcoin-tool", 600_000) };
    let (one, _) = made(&options);
    let (two, _) = made(&options);
    let (one, two) = (contents(one.path()), contents(two.path()));
    assert!(one == two, "the same options gave other files");
    let (other, _) = made(&Options { seed: 2, ..options });
    let names = |files: &BTreeMap<String, Vec<u8>>| -> BTreeSet<String> {
        files.keys().filter(|name| name.starts_with("archive/AWSLogs")).cloned().collect()
    };
    assert!(names(&one).is_disjoint(&names(&contents(other.path()))));
}

#[test]
fn every_file_lies_where_its_trail_would_put_it() {
    let (folder, truth) = made(&options("c2-activity", 3_000_000));
    let archive = contents(&folder.path().join("archive"));
    assert_eq!(archive.len() as u64, truth.whole.files);
    for (path, packed) in &archive {
        let parts: Vec<&str> = path.split('/').collect();
        let [logs, organisation, account, trail, region, year, month, day, name] = parts[..] else {
            panic!("{path}");
        };
        assert_eq!((logs, trail), ("AWSLogs", "CloudTrail"), "{path}");
        assert!(organisation.starts_with("o-"), "{path}");
        let start = format!("{account}_CloudTrail_{region}_{year}{month}{day}T");
        let rest = name.strip_prefix(&start).and_then(|rest| rest.strip_suffix(".json.gz"));
        let (time, letters) = rest.and_then(|rest| rest.split_once("Z_")).expect("a time");
        assert!(letters.len() == 16 && letters.chars().all(|c| c.is_ascii_alphanumeric()));
        let minutes = |clock: &str| -> i64 {
            let part = |from: usize| clock.get(from..from + 2).expect("digits").parse::<i64>();
            part(0).expect("hours") * 60 + part(2).expect("minutes")
        };
        for record in records(packed).1 {
            assert_eq!(text(&record, "recipientAccountId"), account, "{path}");
            assert_eq!(text(&record, "awsRegion"), region, "{path}");
            let (_, clock) = text(&record, "eventTime").split_once('T').expect("a time");
            let late = minutes(time) - minutes(&clock.replace(':', ""));
            assert!((2..=15).contains(&late.rem_euclid(24 * 60)), "{path}: {late} minutes late");
        }
    }
}

fn numbers(extent: &corpus::Extent) -> [u64; 4] {
    [extent.files, extent.bytes, extent.packed, extent.records]
}

#[test]
fn the_truth_is_what_a_slow_reader_finds() {
    for case in ["bitcoin-tool", "c2-activity"] {
        let (folder, truth) = made(&options(case, 5_000_000));
        let name = &truth.function.name;
        let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut noise = String::new();
        let sown: BTreeSet<&str> = truth
            .kept
            .iter()
            .chain(&truth.left)
            .chain(truth.near_misses.iter().map(|miss| &miss.place))
            .map(|place| place.id.as_str())
            .collect();
        let mut streams: BTreeMap<(String, String), ([u64; 4], BTreeSet<String>)> = BTreeMap::new();
        let (mut naming, mut mentions, mut later) = (0, 0, 0);
        for (path, packed) in contents(&folder.path().join("archive")) {
            let (text_of_file, records) = records(&packed);
            let parts: Vec<&str> = path.split('/').collect();
            let stream = streams.entry((parts[2].to_owned(), parts[4].to_owned())).or_default();
            let more = [1, text_of_file.len(), packed.len(), records.len()];
            stream.0.iter_mut().zip(more).for_each(|(sum, more)| *sum += more as u64);
            mentions += text_of_file.matches(name.as_str()).count() as u64;
            later += text_of_file.matches("{\"eventVersion\":").count();
            for record in records {
                let id = text(&record, "eventID");
                stream.1.insert(text(&record, "eventTime").to_owned());
                naming += u64::from(record["requestParameters"].to_string().contains(name));
                if !sown.contains(id) {
                    noise.push_str(&record.to_string());
                }
                places.entry(id.to_owned()).or_default().push(path.clone());
            }
        }
        assert_eq!((naming, mentions), (truth.records_naming, truth.mentions));
        assert!(naming > 20 && mentions > naming);

        assert_eq!(streams.len(), truth.streams.len());
        let mut whole = [0; 4];
        for stream in &truth.streams {
            let (sums, times) = &streams[&(stream.account.clone(), stream.region.clone())];
            assert_eq!(*sums, numbers(&stream.extent));
            let edge = |time: Option<&String>| time.cloned().unwrap_or_default();
            assert_eq!(
                (edge(times.first()), edge(times.last())),
                (stream.first.clone(), stream.last.clone())
            );
            whole.iter_mut().zip(sums).for_each(|(whole, more)| *whole += more);
        }
        assert_eq!(whole, numbers(&truth.whole));

        // Each id stands in one record alone, and those of the truth in the files that it names.
        assert_eq!(places.len() as u64, truth.whole.records);
        let near = truth.near_misses.iter().map(|miss| &miss.place);
        for place in truth.kept.iter().chain(&truth.left).chain(near) {
            assert_eq!(places.get(&place.id), Some(&vec![place.file.clone()]));
        }
        assert!(!noise.contains(name.as_str()), "the noise names the function");
        let other_beginning = truth.whole.records as usize - later;
        assert!(other_beginning > 20, "all records begin alike");
    }
}

#[test]
fn an_archive_is_as_large_as_it_was_asked_for_and_looks_real() {
    let (folder, truth) = made(&options("bitcoin-tool", 20_000_000));
    let whole = &truth.whole;
    assert!(whole.bytes.abs_diff(20_000_000) < 400_000, "{} bytes", whole.bytes);
    let size = whole.bytes / whole.records;
    assert!((1_000..1_500).contains(&size), "{size} bytes a record");
    let gain = whole.bytes as f64 / whole.packed as f64;
    assert!((7.0..12.0).contains(&gain), "packed to a {gain}th");
    let mut seen = String::new();
    for packed in contents(&folder.path().join("archive")).into_values().step_by(3) {
        seen.push_str(&json(&packed));
    }
    for part in [
        "\"AccessDenied\"",
        "\\u003d",
        "日本",
        "\"invokedBy\":\"cloudformation.amazonaws.com\"",
        "\"type\":\"AWSService\"",
        "\"eventType\":\"AwsConsoleSignIn\"",
        "\"eventCategory\":\"Data\"",
        "{\"additionalEventData\":",
        "{\"awsRegion\":",
    ] {
        assert!(seen.contains(part), "nowhere {part}");
    }
    assert!(!seen.contains("\":\"<"), "a blank was left");
}

/// What the report of an archive keeps: searched as archives are, or with each of its files given
/// by itself, which is then read as a whole, record by record.
fn kept(folder: &Path, searched: bool) -> BTreeSet<String> {
    let mut paths = vec![folder.join("case")];
    let archive = folder.join("archive");
    if searched {
        paths.push(archive);
    } else {
        let entries = WalkDir::new(&archive).into_iter().map(|entry| entry.expect("an entry"));
        let files = entries.filter(|entry| entry.file_type().is_file());
        paths.extend(files.map(walkdir::DirEntry::into_path));
    }
    let intake = evidence::open(&paths, &mut io::empty(), &evidence::Limits::default());
    let (mut intake, request) = (intake.expect("an intake"), Request::default());
    assert_eq!(intake.logs.is_empty(), !searched);
    search_logs(&mut intake, &request, &mut |_| {}).expect("a search");
    let report = render_saved(&intake, &request).expect("a report");
    let json = render::by_name("json").expect("JSON").render(&report).expect("a report");
    corpus::kept(&serde_json::from_slice(&json).expect("JSON"))
}

#[test]
fn a_report_keeps_what_the_truth_says_and_no_near_miss() {
    for case in ["bitcoin-tool", "c2-activity"] {
        let (folder, truth) = made(&Options { damage: true, ..options(case, 1_000_000) });
        let kinds: BTreeSet<&str> =
            truth.near_misses.iter().map(|miss| miss.kind.as_str()).collect();
        assert_eq!(kinds.len(), 22, "{kinds:?}");
        assert!(truth.kept.len() > 15 && truth.left.len() > 10);
        let (must, may) = (truth.must_be_kept(), truth.may_be_kept());
        for searched in [true, false] {
            let found = kept(folder.path(), searched);
            let missing: Vec<_> = must.difference(&found).collect();
            assert!(missing.is_empty(), "{case}, searched {searched}: not kept: {missing:?}");
            let found: BTreeSet<String> = found.difference(&may).cloned().collect();
            let surplus: Vec<_> = found.difference(&must).collect();
            assert!(surplus.is_empty(), "{case}, searched {searched}: kept too: {surplus:?}");
        }
    }
}

#[test]
fn every_companion_is_where_and_what_it_is_said_to_be() {
    let (folder, truth) = made(&Options { damage: true, ..options("bitcoin-tool", 600_000) });
    let archive = folder.path().join("archive");
    let files = contents(&archive);
    let mut kinds = BTreeSet::new();
    for companion in &truth.damage {
        assert!(kinds.insert(companion.kind.as_str()), "{} twice", companion.kind);
        if companion.kind == "missing hour" {
            assert!(archive.join(&companion.file).is_dir());
            continue;
        }
        let bytes = files.get(&companion.file).unwrap_or_else(|| panic!("{companion:?}"));
        let mut unpacked = Vec::new();
        let is_sound = MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked).is_ok();
        let broken = ["truncated gzip", "corrupt bytes", "wrong checksum"];
        let plain = ["not packed", "link loop", "empty file"];
        let kind = companion.kind.as_str();
        assert_eq!(is_sound, !broken.contains(&kind) && !plain.contains(&kind), "{kind}");
        // No event of the case is in two companions, but for the file that is there twice.
        let ids = companion.kept.iter().chain(&companion.may_be_kept).chain(&companion.not_kept);
        for id in ids {
            let unpacked = String::from_utf8_lossy(&unpacked);
            let is_lost = companion.not_kept.contains(id) && kind == "truncated gzip";
            let is_there = unpacked.contains(id.as_str());
            assert!(is_there != is_lost || plain.contains(&kind), "{kind}: {id}");
        }
    }
    for kind in ["deep record", "structure in texts", "file twice", "digest", "insight"] {
        assert!(kinds.contains(kind), "no {kind}");
    }
    assert!(kinds.len() >= 20, "{kinds:?}");

    // The day with the missing hour has a file in every other one.
    let missing = truth.damage.iter().find(|companion| companion.kind == "missing hour");
    let missing = missing.expect("a missing hour");
    let hours: BTreeSet<&str> = files
        .keys()
        .filter_map(|name| name.strip_prefix(&format!("{}/", missing.file)))
        .filter_map(|name| name.split('_').nth(3)?.get(9..11))
        .collect();
    assert_eq!(hours.len(), 23, "{hours:?}");
}

#[test]
fn a_flat_archive_holds_the_same_under_names_that_tell_nothing() {
    let (folder, truth) = made(&Options { flat: true, ..options("bitcoin-tool", 600_000) });
    for path in contents(&folder.path().join("archive")).into_keys() {
        let digits = path.strip_suffix(".json.gz").expect("a suffix");
        assert!(digits.chars().all(|sign| sign.is_ascii_digit()), "{path}");
    }
    let own: BTreeSet<String> = truth.kept.iter().map(|place| place.id.clone()).collect();
    assert_eq!(kept(folder.path(), false), own);
}
