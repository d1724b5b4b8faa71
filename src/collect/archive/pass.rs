//! Going through log files on every core, the largest first.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    panic::resume_unwind,
    sync::{
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc::{RecvTimeoutError, channel},
    },
    thread,
    time::Duration,
};

use super::{
    File, Progress, Seen,
    inflate::Inflater,
    log_file::{Kind, Told, Wish},
    times::Times,
};

/// So often it is told how far a pass has come.
const OFTEN: Duration = Duration::from_millis(100);

/// An account and a Region, as far as they are known.
pub type Where = (Option<String>, Option<String>);

/// What there was of one account in one Region.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Files that were opened, and hold records.
    pub opened: usize,
    /// Bytes after unpacking.
    pub bytes: u64,
    /// Events.
    pub times: Times,
}

/// What came of going through files.
#[derive(Default)]
pub struct Passed {
    /// Records that answer, as they stand in their files.
    pub found: BTreeSet<String>,
    /// What there was in files that had not been opened before.
    pub places: BTreeMap<Where, Place>,
    /// By number of a file, what was seen of it.
    pub files: Vec<(usize, Seen)>,
    /// Access keys, and the numbers of the files with calls that make or change them.
    pub keys: BTreeMap<String, BTreeSet<usize>>,
    /// Reasons, and the names of the files that they are true of.
    pub faults: BTreeMap<String, BTreeSet<String>>,
    /// Bytes as they lie on the disk, of files that had not been opened before.
    pub packed_bytes: u64,
}

/// Goes through some of the files, telling `watch` how far it has come.
pub fn pass(
    files: &[File],
    wanted: Vec<usize>,
    wish: &Wish<'_>,
    watch: &mut dyn FnMut(Progress),
    number: usize,
) -> Passed {
    let mut order = wanted;
    let size = |at: &usize| files.get(*at).map_or(0, |file| file.log.size);
    order.sort_by_key(|at| (Reverse(size(at)), *at));
    let total: u64 = order.iter().map(size).sum();
    let (next, done) = (AtomicUsize::new(0), AtomicU64::new(0));
    let (ended, ends) = channel::<()>();
    let work = || {
        let mut passed = Passed::default();
        let mut inflater = Inflater::new();
        while let Some(at) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            let Some(file) = files.get(*at) else { continue };
            passed.file(*at, file, &mut inflater, wish);
            done.fetch_add(file.log.size, Ordering::Relaxed);
        }
        passed
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores.min(order.len()))
            .map(|_| {
                let ended = ended.clone();
                scope.spawn(move || {
                    let passed = work();
                    // What waits learns of it when the last of them is gone.
                    drop(ended);
                    passed
                })
            })
            .collect();
        drop(ended);
        while ends.recv_timeout(OFTEN) == Err(RecvTimeoutError::Timeout) {
            let done = done.load(Ordering::Relaxed);
            watch(Progress { pass: number, done, total, files: order.len() });
        }
        let mut passed = Passed::default();
        for worker in workers {
            match worker.join() {
                Ok(part) => passed.join(part),
                Err(panic) => resume_unwind(panic),
            }
        }
        watch(Progress { pass: number, done: total, total, files: order.len() });
        passed
    })
}

impl Passed {
    fn file(&mut self, at: usize, file: &File, inflater: &mut Inflater, wish: &Wish<'_>) {
        let (told, packed, sum) = match inflater.read(&file.log.path) {
            Ok(read) => {
                if read.changed {
                    self.fault("changed while it was read, so it may have been read in part", file);
                }
                let region = file.layout.region.as_deref();
                let elsewhere = region.is_some_and(|region| Some(region) != wish.global);
                let wish = Wish { with_keys: wish.with_keys.filter(|_| !elsewhere), ..*wish };
                (Told::of(read.inflated, &wish), read.size, read.sum)
            }
            Err(error) => {
                self.fault(&format!("could not be read: {error}"), file);
                self.files.push((at, Seen { kind: Kind::Unreadable, ..Seen::default() }));
                return;
            }
        };
        for fault in &told.faults {
            self.fault(fault, file);
        }
        if told.kind == Kind::Empty {
            self.fault("is empty", file);
        }
        let sum = sum.map(|sum| (told.bytes, sum));
        self.files.push((at, Seen { kind: told.kind, span: told.times.span, sum }));
        self.found.extend(told.found);
        for key in told.keys {
            self.keys.entry(key).or_default().insert(at);
        }
        if file.seen.is_some() {
            return;
        }
        self.packed_bytes += packed;
        if told.kind == Kind::Log {
            let (account, region) = told.place;
            let layout = &file.layout;
            let account = layout.account.clone().or(account);
            let region = layout.region.clone().or(region);
            let place = self.places.entry((account, region)).or_default();
            place.opened += 1;
            place.bytes += told.bytes;
            place.times.join(&told.times);
        }
    }

    fn fault(&mut self, reason: &str, file: &File) {
        // Named again in a later pass, a file is named once.
        self.faults.entry(reason.to_owned()).or_default().insert(file.log.name.clone());
    }

    /// Both together.
    pub fn join(&mut self, other: Self) {
        self.found.extend(other.found);
        self.files.extend(other.files);
        self.packed_bytes += other.packed_bytes;
        for (place, more) in other.places {
            let known = self.places.entry(place).or_default();
            known.opened += more.opened;
            known.bytes += more.bytes;
            known.times.join(&more.times);
        }
        for (key, files) in other.keys {
            self.keys.entry(key).or_default().extend(files);
        }
        for (reason, names) in other.faults {
            self.faults.entry(reason).or_default().extend(names);
        }
    }
}
