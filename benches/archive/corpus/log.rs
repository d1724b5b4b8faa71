//! One log file: noise, and what is sown into it.

use std::rc::Rc;

use libdeflater::{CompressionLvl, Compressor};

use super::{
    Fallible,
    cast::{Actor, Cast},
    plan::{Planned, Stream},
    random::Random,
    shape::{Scene, Shape, Shapes},
    sown::Sown,
};

/// What a log file turned out to hold.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// Bytes of JSON.
    pub bytes: u64,
    /// Bytes of gzip.
    pub packed: u64,
    /// Records.
    pub records: u64,
    /// The first `eventTime`.
    pub first: i64,
    /// The last `eventTime`.
    pub last: i64,
}

/// Makes log files, one after the other, in buffers of its own.
pub struct Writer<'a> {
    shapes: &'a Shapes,
    compressor: Compressor,
    json: String,
    packed: Vec<u8>,
}

impl<'a> Writer<'a> {
    /// Grows records from these shapes.
    pub fn new(shapes: &'a Shapes) -> Self {
        let compressor = Compressor::new(CompressionLvl::default());
        Self { shapes, compressor, json: String::new(), packed: Vec::new() }
    }

    /// Makes a file; the gzip stands in the buffer that is given back.
    pub fn write(
        &mut self,
        planned: &Planned,
        stream: &Stream,
        cast: &Cast,
        sown: &[Sown],
        seed: u64,
    ) -> Fallible<(Facts, &[u8])> {
        let mut random = Random::of(seed, &planned.path);
        let mut noise = Noise::new(self.shapes, cast, &stream.region, planned.delivered);
        let mut facts = Facts { first: i64::MAX, last: i64::MIN, ..Facts::default() };
        // Each sown record comes once the file has grown to a size that is drawn for it.
        let end = planned.bytes.max(600) as u64;
        let mut due: Vec<(usize, &Sown)> = planned
            .sown
            .iter()
            .map(|position| (usize::try_from(random.below(end)).expect("small"), &sown[*position]))
            .collect();
        due.sort_by_key(|(at, _)| *at);
        let mut due = due.into_iter().peekable();
        self.json.clear();
        self.json.push_str("{\"Records\":[");
        loop {
            let is_due = due.next_if(|(at, _)| *at <= self.json.len());
            if is_due.is_none() && self.json.len() >= planned.bytes && facts.records > 0 {
                break;
            }
            if facts.records > 0 {
                self.json.push(',');
            }
            let time = match is_due {
                Some((_, sown)) => {
                    self.json.push_str(&sown.text);
                    sown.time
                }
                None => noise.write(&mut random, &mut self.json),
            };
            facts.records += 1;
            facts.first = facts.first.min(time);
            facts.last = facts.last.max(time);
        }
        for (_, sown) in due {
            self.json.push(',');
            self.json.push_str(&sown.text);
            facts.records += 1;
            facts.first = facts.first.min(sown.time);
            facts.last = facts.last.max(sown.time);
        }
        self.json.push_str("]}");
        facts.bytes = self.json.len() as u64;
        pack(&mut self.compressor, self.json.as_bytes(), &mut self.packed)?;
        facts.packed = self.packed.len() as u64;
        Ok((facts, &self.packed))
    }
}

/// Puts bytes into one gzip member.
pub fn pack(compressor: &mut Compressor, bytes: &[u8], packed: &mut Vec<u8>) -> Fallible<()> {
    packed.resize(compressor.gzip_compress_bound(bytes.len()), 0);
    let length = compressor.gzip_compress(bytes, packed).map_err(|error| format!("{error:?}"))?;
    packed.truncate(length);
    Ok(())
}

/// The calls of a few people and machines around one moment.
pub struct Noise<'a> {
    shapes: &'a Shapes,
    cast: &'a Cast,
    region: &'a str,
    delivered: i64,
    actors: Vec<(&'a str, Rc<Actor>)>,
    last: Option<(&'a Shape, Rc<Actor>)>,
}

impl<'a> Noise<'a> {
    /// What a file holds that is delivered at that moment.
    pub fn new(shapes: &'a Shapes, cast: &'a Cast, region: &'a str, delivered: i64) -> Self {
        Self { shapes, cast, region, delivered, actors: Vec::new(), last: None }
    }

    /// Writes a record, and tells its time.
    pub fn write(&mut self, random: &mut Random, out: &mut String) -> i64 {
        // Half of all calls are one of a row: the same call by the same caller.
        let again = self.last.clone().filter(|_| random.below(2) == 0);
        let (shape, actor) = again.unwrap_or_else(|| {
            let shape = self.shapes.pick(self.region, random);
            (shape, self.actor(&shape.by, random))
        });
        self.last = Some((shape, Rc::clone(&actor)));
        let time = random.moment(self.delivered - 900, self.delivered - 120);
        let scene = Scene { cast: self.cast, region: self.region, time };
        shape.write(&scene, &actor, random, out);
        time
    }

    /// At first everybody is new; later one in sixty is.
    fn actor(&mut self, by: &'a str, random: &mut Random) -> Rc<Actor> {
        let known: Vec<&Rc<Actor>> =
            self.actors.iter().filter(|(known, _)| *known == by).map(|(_, actor)| actor).collect();
        if known.len() >= 3 && random.below(60) > 0 {
            return Rc::clone(random.pick::<&Rc<Actor>>(&known));
        }
        let actor = Rc::new(self.cast.actor(by, self.delivered, random));
        self.actors.push((by, Rc::clone(&actor)));
        actor
    }
}
