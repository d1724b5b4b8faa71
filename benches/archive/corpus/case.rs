//! The planted case: one of the samples, and what its report keeps.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use casefile::{Request, evidence, render, render_saved};
use serde_json::Value;

use super::{
    Fallible,
    cast::Actor,
    escape::as_aws,
    moment,
    sown::{Sown, Why},
};

/// A sample, as far as an archive is made of it.
#[derive(Clone, Debug)]
pub struct Case {
    folder: PathBuf,
    /// The function's account.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub function: String,
    /// The name of its role.
    pub role: String,
    /// When the finding was made.
    pub found: i64,
    /// Whoever changed the function last.
    pub actor: Actor,
    /// The key or session key with which they did.
    pub actor_key: String,
    /// The session in which they did, or their name.
    pub actor_session: String,
    /// When they made the calls that the report keeps.
    pub actor_times: Vec<i64>,
    kept: Vec<Value>,
    left: Vec<Value>,
}

impl Case {
    /// Reads a sample, and makes its report in order to know what is kept.
    pub fn read(name: &str) -> Fallible<Self> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples").join(name);
        let report = report(&folder)?;
        let records = records(&folder.join("cloudtrail"))?;
        let kept_ids = kept(&report);
        let (kept, left): (Vec<Value>, Vec<Value>) =
            records.into_values().partition(|record| kept_ids.contains(&text(&record["eventID"])));
        if kept.len() != kept_ids.len() || kept.is_empty() {
            return Err(format!("{name}: the report keeps what its answers do not hold").into());
        }
        let change = kept
            .iter()
            .filter(|record| {
                record["eventSource"] == "lambda.amazonaws.com"
                    && record["readOnly"] == false
                    && record.get("errorCode").is_none()
                    && record["userIdentity"]["accessKeyId"].is_string()
            })
            .max_by_key(|record| text(&record["eventTime"]))
            .ok_or("nobody changed the function")?;
        let identity = &change["userIdentity"];
        let arn = text(&identity["arn"]);
        let times = kept.iter().filter(|record| record["userIdentity"]["arn"] == identity["arn"]);
        let times = times.map(|record| moment::seconds(&text(&record["eventTime"])));
        Ok(Self {
            account: text(&report["finding"]["account"]),
            region: text(&report["finding"]["region"]),
            function: text(&report["subject"]["name"]),
            role: last(&text(&report["subject"]["role_arn"])).to_owned(),
            found: moment::seconds(&text(&report["finding"]["created"]))?,
            actor: Actor {
                identity: as_aws(&identity.to_string()),
                address: text(&change["sourceIPAddress"]),
                agent: as_aws(&text(&change["userAgent"])),
                arn: arn.clone(),
            },
            actor_key: text(&identity["accessKeyId"]),
            actor_session: last(&arn).to_owned(),
            actor_times: times.collect::<Fallible<_>>()?,
            folder,
            kept,
            left,
        })
    }

    /// Its `CloudTrail` records, as AWS writes them into log files.
    pub fn sown(&self) -> Fallible<Vec<Sown>> {
        let kept = self.kept.iter().map(|record| (Why::Kept, record));
        let left = self.left.iter().map(|record| (Why::Left, record));
        kept.chain(left)
            .map(|(why, record)| Sown::of(why, as_aws(&record.to_string()), self))
            .collect()
    }

    /// Writes its finding and configuration items, without the records of `CloudTrail`.
    pub fn write(&self, folder: &Path) -> Fallible<()> {
        for source in ["guardduty", "config"] {
            let (from, to) = (self.folder.join(source), folder.join(source));
            fs::create_dir_all(&to)?;
            for entry in fs::read_dir(from)? {
                let entry = entry?;
                fs::copy(entry.path(), to.join(entry.file_name()))?;
            }
        }
        Ok(())
    }

    /// The ARN of the function of that name.
    pub fn arn_of(&self, function: &str) -> String {
        format!("arn:aws:lambda:{}:{}:function:{function}", self.region, self.account)
    }
}

/// The ids of the events on the timeline of a report in JSON.
pub fn kept(report: &Value) -> BTreeSet<String> {
    let list = |name: &str| report[name].as_array().into_iter().flatten();
    let ids: BTreeMap<&str, &Value> = list("evidence")
        .filter_map(|evidence| Some((evidence["id"].as_str()?, &evidence["record"]["eventID"])))
        .collect();
    list("timeline")
        .filter(|row| row["source"] == "cloudtrail")
        .filter_map(|row| ids.get(row["citation"].as_str()?)?.as_str().map(str::to_owned))
        .collect()
}

fn report(sample: &Path) -> Fallible<Value> {
    let limits = evidence::Limits::default();
    let intake = evidence::open(&[sample.to_owned()], &mut std::io::empty(), &limits)?;
    let report = render_saved(&intake, &Request::default())?;
    let json = render::by_name("json").ok_or("no JSON")?.render(&report)?;
    Ok(serde_json::from_slice(&json)?)
}

/// Every record in the answers of `LookupEvents`, once.
fn records(folder: &Path) -> Fallible<BTreeMap<(String, String), Value>> {
    let mut records = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let answer: Value = serde_json::from_slice(&fs::read(entry?.path())?)?;
        for event in answer["Events"].as_array().into_iter().flatten() {
            let record: Value =
                serde_json::from_str(event["CloudTrailEvent"].as_str().ok_or("no record")?)?;
            let key = (text(&record["eventTime"]), text(&record["eventID"]));
            records.insert(key, record);
        }
    }
    Ok(records)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn last(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
