//! Which log files there are: of whom, delivered when, and how large.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Options,
    case::Case,
    moment,
    random::{ALNUM, Random},
    sown::Sown,
};

/// The organisation in the paths.
const ORGANISATION: &str = "o-a1b2c3d4e5";
/// What a log file holds on average in an archive of some size, uncompressed.
const AVERAGE: f64 = 473_000.0;
/// An archive has no fewer files than this, however small it is.
const FEWEST: f64 = 64.0;
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The trail of one account in one Region.
#[derive(Clone, Debug)]
pub struct Stream {
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
    /// Its part of all files.
    share: f64,
}

/// One log file.
#[derive(Clone, Debug)]
pub struct Planned {
    /// A position in [`Plan::streams`].
    pub stream: usize,
    /// When it was delivered.
    pub delivered: i64,
    /// About how many bytes it holds.
    pub bytes: usize,
    /// Where it lies in the archive.
    pub path: String,
    /// Positions of the records that are sown into it.
    pub sown: Vec<usize>,
}

/// All of them.
pub struct Plan {
    /// The trails.
    pub streams: Vec<Stream>,
    /// Each trail's files, in the order of their delivery.
    pub files: Vec<Planned>,
    /// The hour of the function's trail in which nothing is delivered.
    pub silent: Option<i64>,
}

/// The accounts of the archive: the case's first.
pub fn accounts(case: &Case) -> Vec<String> {
    let others = ["123456789012", "246813579024", "369121518273"];
    std::iter::once(case.account.clone()).chain(others.map(str::to_owned)).collect()
}

/// Its Regions: the case's first.
pub fn regions(case: &Case) -> Vec<String> {
    let regions = [case.region.as_str(), "us-east-1", "us-west-2", "eu-central-1", "sa-east-1"];
    let mut seen = BTreeSet::new();
    regions.into_iter().filter(|region| seen.insert(*region)).take(4).map(str::to_owned).collect()
}

impl Plan {
    /// Plans an archive into which these are sown.
    pub fn new(options: &Options, case: &Case, sown: &[Sown]) -> Self {
        let streams = streams(case);
        let mut random = Random::of(options.seed, "plan");
        let until = (case.found / DAY + 1) * DAY;
        let from = until - i64::from(options.days) * DAY;
        let average = AVERAGE.min(options.size as f64 / FEWEST);
        let count = options.size as f64 / average;

        let mut slots: Vec<BTreeSet<i64>> = vec![BTreeSet::new(); streams.len()];
        let of = |sown: &Sown| {
            let is = |stream: &Stream| {
                (&stream.account, &stream.region) == (&sown.account, &sown.region)
            };
            streams.iter().position(is).expect("what is sown is sown where there is a trail")
        };
        for sown in sown {
            slots[of(sown)].insert(delivery(sown.time));
        }
        let silent = options.damage.then(|| silent_hour(case, &slots[0]));
        if let Some(silent) = silent {
            let day = silent / DAY * DAY;
            let hours = (0..24).map(|hour| day + hour * HOUR + 25 * MINUTE);
            slots[0].extend(hours.filter(|hour| hour / HOUR != silent / HOUR));
        }
        for (stream, slots) in streams.iter().zip(&mut slots) {
            let wanted = (count * stream.share).round().max(1.0) as usize;
            while slots.len() < wanted {
                let at = random.moment(from + HOUR, until) / (5 * MINUTE) * 5 * MINUTE;
                if silent.is_none_or(|silent| at / HOUR != silent / HOUR || !stream.is_home(case)) {
                    slots.insert(at);
                }
            }
        }

        let mut files: Vec<Planned> = Vec::new();
        for (position, (stream, slots)) in streams.iter().zip(&slots).enumerate() {
            for &delivered in slots {
                // From 0.1 to 2 MB, the smaller ones more often.
                let size = 20_f64.powf(random.fraction().powf(1.6));
                files.push(Planned {
                    stream: position,
                    delivered,
                    bytes: (size * 1000.0) as usize,
                    path: stream.path(delivered, &random.text(ALNUM, 16)),
                    sown: Vec::new(),
                });
            }
        }
        let all: usize = files.iter().map(|file| file.bytes).sum();
        for file in &mut files {
            file.bytes = (file.bytes as f64 * options.size as f64 / all as f64) as usize;
        }

        let by_delivery: BTreeMap<(usize, i64), usize> = files
            .iter()
            .enumerate()
            .map(|(position, file)| ((file.stream, file.delivered), position))
            .collect();
        for (position, sown) in sown.iter().enumerate() {
            let at = (of(sown), delivery(sown.time));
            files[by_delivery[&at]].sown.push(position);
        }
        Self { streams, files, silent }
    }
}

impl Stream {
    fn is_home(&self, case: &Case) -> bool {
        self.account == case.account && self.region == case.region
    }

    /// The folder of a day's log files.
    pub fn folder(&self, delivered: i64) -> String {
        let Self { account, region, .. } = self;
        let day = moment::folders(delivered);
        format!("AWSLogs/{ORGANISATION}/{account}/CloudTrail/{region}/{day}")
    }

    /// Where a log file lies.
    pub fn path(&self, delivered: i64, suffix: &str) -> String {
        let Self { account, region, .. } = self;
        let stamp = moment::stamp(delivered);
        let folder = self.folder(delivered);
        format!("{folder}/{account}_CloudTrail_{region}_{stamp}_{suffix}.json.gz")
    }
}

/// A record is delivered in the next file but three minutes: files are made every five minutes.
fn delivery(time: i64) -> i64 {
    let every = 5 * MINUTE;
    (time + 3 * MINUTE + every - 1) / every * every
}

/// An hour of the day before the finding in which nothing is sown.
fn silent_hour(case: &Case, slots: &BTreeSet<i64>) -> i64 {
    let day = case.found / DAY * DAY - DAY;
    let is_free = |hour: &i64| !slots.iter().any(|slot| slot / HOUR == hour / HOUR);
    let hours = (4..20).map(|hour| day + hour * HOUR);
    hours.rev().find(is_free).unwrap_or(day + 3 * HOUR)
}

fn streams(case: &Case) -> Vec<Stream> {
    const SHARES: [[f64; 4]; 4] = [
        [0.24, 0.14, 0.06, 0.04],
        [0.10, 0.06, 0.04, 0.02],
        [0.08, 0.05, 0.03, 0.02],
        [0.05, 0.03, 0.02, 0.02],
    ];
    let mut streams = Vec::new();
    for (account, shares) in accounts(case).into_iter().zip(SHARES) {
        for (region, share) in regions(case).into_iter().zip(shares) {
            streams.push(Stream { account: account.clone(), region, share });
        }
    }
    streams
}
