//! Files that no trail should hold and every archive may: damaged, doubled, misplaced, misspelt.

mod spelling;

use std::{
    fs,
    path::{Path, PathBuf},
};

use libdeflater::{CompressionLvl, Compressor};
use serde_json::json;

use super::{
    Fallible,
    case::Case,
    cast::Cast,
    log::{Noise, pack},
    moment,
    plan::Plan,
    random::{ALNUM, HEX, Random},
    shape::{Scene, Shapes, single},
    sown::{Sown, Why},
    truth::Companion,
};

/// Deeper than any parser that recurses can follow.
const DEEP: usize = 200_000;

/// Puts all of them into the archive.
pub fn all(
    case: &Case,
    plan: &Plan,
    cast: &Cast,
    shapes: &Shapes,
    seed: u64,
    archive: &Path,
) -> Fallible<Vec<Companion>> {
    let mut maker = Maker {
        case,
        plan,
        cast,
        shapes,
        archive,
        random: Random::of(seed, "damage"),
        compressor: Compressor::new(CompressionLvl::default()),
        made: Vec::new(),
    };
    maker.broken()?;
    maker.unusual()?;
    maker.other_objects()?;
    maker.spelt_otherwise()?;
    maker.misplaced()?;
    maker.absent();
    Ok(maker.made)
}

struct Maker<'a> {
    case: &'a Case,
    plan: &'a Plan,
    cast: &'a Cast,
    shapes: &'a Shapes,
    archive: &'a Path,
    random: Random,
    compressor: Compressor,
    made: Vec<Companion>,
}

/// A file's JSON, and the case's events in it.
struct Content {
    json: String,
    witnesses: Vec<String>,
}

/// What becomes of the events in a file.
enum Fate {
    Kept,
    Open,
    NotKept,
}

impl Maker<'_> {
    fn delivered(&self) -> i64 {
        self.case.found / 86_400 * 86_400 - 2 * 86_400
            + 300 * i64::try_from(self.made.len()).expect("few")
    }

    /// A record that names the function and leads nowhere: a read by an inventory.
    fn witness(&mut self) -> Fallible<Sown> {
        let time = self.delivered() - 400;
        let parts = json!({
            "eventSource": "lambda.amazonaws.com",
            "eventName": "GetPolicy20150331v2",
            "requestParameters": { "functionName": self.case.function },
            "responseElements": null,
            "readOnly": true,
        });
        let actor = self.cast.named_session("inventory-reader", "sweep", time, &mut self.random);
        let scene = Scene { cast: self.cast, region: &self.case.region, time };
        let text = single(&parts, &scene, &actor, &mut self.random)?;
        Sown::of(Why::Kept, text, self.case)
    }

    /// About so many bytes of noise, with a witness first and another one last.
    fn content(&mut self, bytes: usize) -> Fallible<Content> {
        let (first, last) = (self.witness()?, self.witness()?);
        let mut json = format!("{{\"Records\":[{}", first.text);
        let mut noise = Noise::new(self.shapes, self.cast, &self.case.region, self.delivered());
        while json.len() < bytes {
            json.push(',');
            noise.write(&mut self.random, &mut json);
        }
        json.push(',');
        json.push_str(&last.text);
        json.push_str("]}");
        Ok(Content { json, witnesses: vec![first.id, last.id] })
    }

    /// A file of these records alone.
    fn file_of(records: &[&str]) -> String {
        format!("{{\"Records\":[{}]}}", records.join(","))
    }

    fn packed(&mut self, json: &str) -> Fallible<Vec<u8>> {
        let mut packed = Vec::new();
        pack(&mut self.compressor, json.as_bytes(), &mut packed)?;
        Ok(packed)
    }

    /// The path of the next file, as a trail would name it.
    fn path(&mut self) -> String {
        let suffix = self.random.text(ALNUM, 16);
        self.plan.streams[0].path(self.delivered(), &suffix)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Fallible<()> {
        let file = self.archive.join(path);
        fs::create_dir_all(file.parent().ok_or("a file without a folder")?)?;
        Ok(fs::write(file, bytes)?)
    }

    fn tell(
        &mut self,
        kind: &str,
        what: &str,
        file: &str,
        events: Vec<(Fate, String)>,
        told: bool,
    ) {
        let mut companion = Companion {
            kind: kind.to_owned(),
            what: what.to_owned(),
            file: file.to_owned(),
            kept: Vec::new(),
            may_be_kept: Vec::new(),
            not_kept: Vec::new(),
            to_be_told: told,
        };
        for (fate, id) in events {
            match fate {
                Fate::Kept => companion.kept.push(id),
                Fate::Open => companion.may_be_kept.push(id),
                Fate::NotKept => companion.not_kept.push(id),
            }
        }
        self.made.push(companion);
    }

    fn add(
        &mut self,
        kind: &str,
        what: &str,
        bytes: &[u8],
        events: Vec<(Fate, String)>,
        told: bool,
    ) -> Fallible<()> {
        let path = self.path();
        self.write(Path::new(&path), bytes)?;
        self.tell(kind, what, &path, events, told);
        Ok(())
    }

    /// Gzip that cannot be unpacked as it should be.
    fn broken(&mut self) -> Fallible<()> {
        let open = |content: Content| content.witnesses.into_iter().map(|id| (Fate::Open, id));

        let content = self.content(300_000)?;
        let mut bytes = self.packed(&content.json)?;
        bytes.truncate(bytes.len() * 3 / 5);
        let [first, last] = <[String; 2]>::try_from(content.witnesses).expect("two");
        let events = vec![(Fate::Open, first), (Fate::NotKept, last)];
        self.add("truncated gzip", "the gzip ends at three fifths", &bytes, events, true)?;

        let content = self.content(300_000)?;
        let mut bytes = self.packed(&content.json)?;
        let middle = bytes.len() / 2;
        bytes[middle..middle + 8].iter_mut().for_each(|byte| *byte = !*byte);
        let what = "eight bytes in the middle of the gzip are inverted";
        self.add("corrupt bytes", what, &bytes, open(content).collect(), true)?;

        let content = self.content(60_000)?;
        let mut bytes = self.packed(&content.json)?;
        let at = bytes.len() - 8;
        bytes[at] = !bytes[at];
        let what = "the gzip's checksum is wrong, its content is whole";
        self.add("wrong checksum", what, &bytes, open(content).collect(), true)?;

        self.add("empty file", "the file has no bytes", b"", Vec::new(), true)?;
        Ok(())
    }

    /// What is whole, if not as it is expected.
    fn unusual(&mut self) -> Fallible<()> {
        let kept = |content: Content| content.witnesses.into_iter().map(|id| (Fate::Kept, id));

        let content = self.content(200_000)?;
        let (one, two) = content.json.as_bytes().split_at(content.json.len() / 3);
        let mut bytes = Vec::new();
        for part in [one, two] {
            let mut packed = Vec::new();
            pack(&mut self.compressor, part, &mut packed)?;
            bytes.extend(packed);
        }
        let what = "the JSON is cut into two gzip members, one after the other";
        self.add("concatenated members", what, &bytes, kept(content).collect(), false)?;

        let bytes = self.packed("{\"Records\":[]}")?;
        self.add("no records", "the list of records is empty", &bytes, Vec::new(), false)?;

        let content = self.content(60_000)?;
        let what = "JSON under the name of a gzip";
        let bytes = content.json.clone();
        self.add("not packed", what, bytes.as_bytes(), kept(content).collect(), false)?;

        let content = self.content(60_000)?;
        let bytes = self.packed(&content.json)?;
        let path = self.path().replace(".gz", "");
        self.write(Path::new(&path), &bytes)?;
        let events = kept(content).collect();
        self.tell("no .gz suffix", "gzip whose name ends in .json", &path, events, false);

        let witness = self.witness()?;
        let deep = witness.text.replace(&witness.id, &self.random.uuid()).replace(
            "\"responseElements\":null",
            &format!("\"responseElements\":{}{}", "[".repeat(DEEP), "]".repeat(DEEP)),
        );
        let deep_id = id_of(&deep);
        let bytes = self.packed(&Self::file_of(&[&deep, &witness.text]))?;
        let events = vec![(Fate::Open, deep_id), (Fate::Kept, witness.id)];
        let what = "a record is nested 200,000 deep; the other one is sound";
        self.add("deep record", what, &bytes, events, false)?;
        Ok(())
    }

    /// What `CloudTrail` puts beside log files.
    fn other_objects(&mut self) -> Fallible<()> {
        let Case { account, region, .. } = self.case;
        let at = self.delivered();
        let log = self.path();
        let digest = json!({
            "awsAccountId": account,
            "digestStartTime": moment::iso(at - 3600),
            "digestEndTime": moment::iso(at),
            "digestS3Bucket": "trail-example",
            "digestS3Object": log.replace("CloudTrail", "CloudTrail-Digest"),
            "digestPublicKeyFingerprint": self.random.text(HEX, 32),
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": moment::iso(at - 200),
            "oldestEventTime": moment::iso(at - 3000),
            "previousDigestS3Bucket": null,
            "logFiles": [{
                "s3Bucket": "trail-example",
                "s3Object": log,
                "hashValue": self.random.text(HEX, 64),
                "hashAlgorithm": "SHA-256",
                "newestEventTime": moment::iso(at - 200),
                "oldestEventTime": moment::iso(at - 3000),
            }],
        });
        let bytes = self.packed(&digest.to_string())?;
        let path = self.path().replace("/CloudTrail/", "/CloudTrail-Digest/");
        let path = path.replace("_CloudTrail_", "_CloudTrail-Digest_");
        self.write(Path::new(&path), &bytes)?;
        self.tell("digest", "a digest file, which lists log files", &path, Vec::new(), false);

        let id = self.random.uuid();
        let insight = json!({ "Records": [{
            "eventVersion": "1.11",
            "eventTime": moment::iso(at - 300),
            "awsRegion": region,
            "eventID": id,
            "eventType": "AwsCloudTrailInsight",
            "recipientAccountId": account,
            "sharedEventID": self.random.uuid(),
            "insightDetails": {
                "state": "Start",
                "eventSource": "lambda.amazonaws.com",
                "eventName": "UpdateFunctionCode20150331v2",
                "insightType": "ApiCallRateInsight",
                "insightContext": {
                    "statistics": { "baseline": { "average": 0.002 }, "insight": { "average": 4.5 } },
                    "attributions": [{ "attribute": "userAgent", "insight": [
                        { "value": self.case.arn_of(&self.case.function), "average": 4.5 },
                    ] }],
                },
            },
            "eventCategory": "Insight",
        }]});
        let bytes = self.packed(&insight.to_string())?;
        let path = self.path().replace("/CloudTrail/", "/CloudTrail-Insight/");
        let path = path.replace("_CloudTrail_", "_CloudTrail-Insight_");
        self.write(Path::new(&path), &bytes)?;
        let what = "an Insight about the function, which is no event";
        self.tell("insight", what, &path, vec![(Fate::NotKept, id)], false);
        Ok(())
    }

    /// Files in places and under names where none is expected.
    fn misplaced(&mut self) -> Fallible<()> {
        let content = self.content(60_000)?;
        let bytes = self.packed(&content.json)?;
        let twin = self.path();
        self.write(Path::new(&twin), &bytes)?;
        let again = self.path();
        self.write(Path::new(&again), &bytes)?;
        let events: Vec<_> = content.witnesses.into_iter().map(|id| (Fate::Kept, id)).collect();
        let what = format!("the same file a second time; the first one is {twin}");
        self.tell("file twice", &what, &again, events, false);

        let content = self.content(60_000)?;
        let bytes = self.packed(&content.json)?;
        let flat = "downloads/logs-from-the-console.json.gz";
        self.write(Path::new(flat), &bytes)?;
        let events = content.witnesses.into_iter().map(|id| (Fate::Kept, id)).collect();
        self.tell("no layout", "a folder whose path tells nothing", flat, events, false);

        #[cfg(unix)]
        {
            use std::{ffi::OsString, os::unix::ffi::OsStringExt};

            let content = self.content(60_000)?;
            let bytes = self.packed(&content.json)?;
            let name = OsString::from_vec(b"caf\xe9-\xff.json.gz".to_vec());
            let file = PathBuf::from("downloads").join(name);
            self.write(&file, &bytes)?;
            let shown = file.to_string_lossy().into_owned();
            let events = content.witnesses.into_iter().map(|id| (Fate::Kept, id)).collect();
            self.tell("name that is no text", "a name that is not UTF-8", &shown, events, false);

            let link = "downloads/again";
            std::os::unix::fs::symlink("..", self.archive.join(link))?;
            self.tell("link loop", "a link to the folder above it", link, Vec::new(), true);
        }
        Ok(())
    }

    /// An hour without a file.
    fn absent(&mut self) {
        let Some(hour) = self.plan.silent else { return };
        let folder = self.plan.streams[0].folder(hour);
        let what = format!(
            "nothing was delivered from {} to {}; every other hour of the day has a file",
            moment::iso(hour),
            moment::iso(hour + 3600)
        );
        self.tell("missing hour", &what, &folder, Vec::new(), true);
    }
}

fn id_of(record: &str) -> String {
    let id = record.split_once("\"eventID\":\"").and_then(|(_, rest)| rest.split_once('"'));
    id.map(|(id, _)| id.to_owned()).unwrap_or_default()
}
