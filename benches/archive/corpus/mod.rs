//! Archives of log files whose truth is known.
//!
//! An archive is noise that is grown from real shapes, into which a case, one of the samples, and
//! records that look like it are sown. The same options give the same bytes. Memory does not grow
//! with the archive: its files are made one by one, on every core.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "what makes a corpus may stop"
)]

mod case;
mod cast;
mod damage;
mod escape;
mod log;
mod miss;
mod moment;
mod plan;
mod random;
mod shape;
mod sown;
mod truth;

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

pub use case::kept;
pub use truth::{Extent, Truth};

use case::Case;
use cast::Cast;
use log::{Facts, Writer};
use plan::{Plan, Planned};
use shape::Shapes;
use sown::{Sown, Why};
use truth::{Function, Made, NearMiss, Place, Stream};

/// What goes wrong here stops what is being made.
pub type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Which archive to make.
#[derive(Clone, Debug)]
pub struct Options {
    /// The sample that is planted.
    pub case: String,
    /// About how many bytes of JSON its files hold.
    pub size: u64,
    /// Another seed makes another archive.
    pub seed: u64,
    /// How many days it spans, until the day of the finding.
    pub days: u32,
    /// Near misses of each kind.
    pub misses: usize,
    /// Whether damaged files lie among the sound ones.
    pub damage: bool,
    /// Whether all files lie in one folder, under names that tell nothing.
    pub flat: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            case: "bitcoin-tool".to_owned(),
            size: 1_000_000_000,
            seed: 1,
            days: 90,
            misses: 8,
            damage: false,
            flat: false,
        }
    }
}

impl Options {
    fn made(&self) -> Made {
        Made {
            case: self.case.clone(),
            size: self.size,
            seed: self.seed,
            days: self.days,
            misses: self.misses,
            damage: self.damage,
            flat: self.flat,
        }
    }

    /// Whether that archive was made with these options.
    pub fn made_it(&self, truth: &Truth) -> bool {
        truth.made == self.made()
    }
}

/// Makes `archive/`, `case/` and `truth.json` in that folder, which must hold none of them.
pub fn make(options: &Options, folder: &Path) -> Fallible<Truth> {
    let case = Case::read(&options.case)?;
    let mut sown = case.sown()?;
    sown.extend(miss::all(&case, options)?);
    let mut plan = Plan::new(options, &case, &sown);
    if options.flat {
        for (number, file) in plan.files.iter_mut().enumerate() {
            file.path = format!("{number:06}.json.gz");
        }
    }
    let casts: Vec<Cast> =
        plan::accounts(&case).iter().map(|account| Cast::of(options.seed, account)).collect();
    let shapes = Shapes::read()?;

    let archive = folder.join("archive");
    fs::create_dir_all(folder)?;
    fs::create_dir(&archive)?;
    let facts = write_files(&plan, &casts, &sown, &shapes, options.seed, &archive)?;
    case.write(&folder.join("case"))?;

    let mut truth = Truth {
        format: "casefile-corpus/1".to_owned(),
        made: options.made(),
        function: Function {
            account: case.account.clone(),
            region: case.region.clone(),
            name: case.function.clone(),
        },
        whole: Extent::default(),
        streams: streams(&plan, &facts),
        kept: Vec::new(),
        left: Vec::new(),
        near_misses: Vec::new(),
        records_naming: sown.iter().filter(|sown| sown.names).count() as u64,
        mentions: sown.iter().map(|sown| sown.mentions).sum(),
        damage: Vec::new(),
    };
    for facts in &facts {
        truth.whole.add(facts);
    }
    for file in &plan.files {
        for sown in file.sown.iter().map(|position| &sown[*position]) {
            let place = Place { id: sown.id.clone(), file: file.path.clone() };
            match sown.why {
                Why::Kept => truth.kept.push(place),
                Why::Left => truth.left.push(place),
                Why::Near(kind) => {
                    truth.near_misses.push(NearMiss { kind: kind.to_owned(), place });
                }
            }
        }
    }
    if options.damage {
        truth.damage = damage::all(&case, &plan, &casts[0], &shapes, options.seed, &archive)?;
    }
    truth.write(&folder.join("truth.json"))?;
    Ok(truth)
}

/// Writes every file, and tells what each holds, in the order of the plan.
fn write_files(
    plan: &Plan,
    casts: &[Cast],
    sown: &[Sown],
    shapes: &Shapes,
    seed: u64,
    archive: &Path,
) -> Fallible<Vec<Facts>> {
    let next = AtomicUsize::new(0);
    let work = || -> Fallible<Vec<(usize, Facts)>> {
        let mut writer = Writer::new(shapes);
        let mut done = Vec::new();
        loop {
            let position = next.fetch_add(1, Ordering::Relaxed);
            let Some(planned) = plan.files.get(position) else { return Ok(done) };
            let stream = &plan.streams[planned.stream];
            let cast = casts.iter().find(|cast| cast.account == stream.account).ok_or("no cast")?;
            let (facts, packed) = writer.write(planned, stream, cast, sown, seed)?;
            save(archive, planned, packed)?;
            done.push((position, facts));
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..cores).map(|_| scope.spawn(work)).collect();
        let mut done = work()?;
        for other in others {
            done.extend(other.join().expect("a thread that does not panic")?);
        }
        Fallible::Ok(done)
    })?;
    done.sort_by_key(|(position, _)| *position);
    Ok(done.into_iter().map(|(_, facts)| facts).collect())
}

fn save(archive: &Path, planned: &Planned, packed: &[u8]) -> Fallible<()> {
    let file = archive.join(&planned.path);
    fs::create_dir_all(file.parent().ok_or("a file without a folder")?)?;
    Ok(fs::write(file, packed)?)
}

fn streams(plan: &Plan, facts: &[Facts]) -> Vec<Stream> {
    let of = |position: usize| {
        let files = plan.files.iter().zip(facts);
        files.filter(move |(file, _)| file.stream == position).map(|(_, facts)| facts)
    };
    let streams = plan.streams.iter().enumerate();
    streams
        .map(|(position, stream)| {
            let mut extent = Extent::default();
            of(position).for_each(|facts| extent.add(facts));
            Stream {
                account: stream.account.clone(),
                region: stream.region.clone(),
                extent,
                first: moment::iso(of(position).map(|facts| facts.first).min().unwrap_or(0)),
                last: moment::iso(of(position).map(|facts| facts.last).max().unwrap_or(0)),
            }
        })
        .collect()
}

impl Extent {
    fn add(&mut self, facts: &Facts) {
        self.files += 1;
        self.bytes += facts.bytes;
        self.packed += facts.packed;
        self.records += facts.records;
    }
}
