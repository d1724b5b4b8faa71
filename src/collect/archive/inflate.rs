//! A log file's bytes, unpacked into buffers that are used again.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use flate2::read::MultiGzDecoder;
use libdeflater::{Decompressor, crc32};

/// Larger files, packed or unpacked, are read piece by piece.
const LARGEST: usize = 24 << 20;

/// What one worker needs to read files, one after another.
pub struct Inflater {
    packed: Vec<u8>,
    text: Vec<u8>,
    decompressor: Decompressor,
}

/// What a file held.
pub enum Inflated<'a> {
    /// All of it, in memory.
    Whole(&'a [u8]),
    /// It has to be read piece by piece: it is large, damaged, or more than one piece of gzip data.
    Piecewise(Box<dyn Read + 'a>),
}

/// A file that was opened.
pub struct Opened<'a> {
    /// What it holds.
    pub inflated: Inflated<'a>,
    /// Its bytes as they lie on the disk.
    pub size: u64,
    /// Whether its size changed while it was read.
    pub changed: bool,
    /// The checksum of what it holds, where that is known.
    pub sum: Option<u32>,
}

impl Inflater {
    /// With empty buffers.
    pub fn new() -> Self {
        Self { packed: Vec::new(), text: Vec::new(), decompressor: Decompressor::new() }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When the file cannot be opened or read.
    pub fn read(&mut self, path: &Path) -> io::Result<Opened<'_>> {
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        self.packed.clear();
        let room = usize::try_from(size).unwrap_or(LARGEST).min(LARGEST);
        self.packed.reserve(room + 1);
        let most = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
        Read::by_ref(&mut file).take(most).read_to_end(&mut self.packed)?;
        if self.packed.len() > LARGEST {
            let rest = self.packed.as_slice().chain(file);
            let is_gzip = is_gzip(&self.packed);
            let inflated = Inflated::Piecewise(unpacking(is_gzip, rest));
            return Ok(Opened { inflated, size, changed: false, sum: None });
        }
        let changed = self.packed.len() as u64 != size;
        let size = self.packed.len() as u64;
        if !is_gzip(&self.packed) {
            let sum = Some(crc32(&self.packed));
            return Ok(Opened { inflated: Inflated::Whole(&self.packed), size, changed, sum });
        }
        let (inflated, sum) = match self.inflate() {
            Some((length, sum)) => {
                (Inflated::Whole(self.text.get(..length).unwrap_or_default()), Some(sum))
            }
            None => (Inflated::Piecewise(unpacking(true, self.packed.as_slice())), None),
        };
        Ok(Opened { inflated, size, changed, sum })
    }

    /// Unpacks what is one piece of undamaged gzip data of no more than can be held, and gives
    /// its length and checksum.
    fn inflate(&mut self) -> Option<(usize, u32)> {
        let (_, trailer) = self.packed.split_last_chunk::<8>()?;
        let [c0, c1, c2, c3, n0, n1, n2, n3] = *trailer;
        let (sum, length) =
            (u32::from_le_bytes([c0, c1, c2, c3]), u32::from_le_bytes([n0, n1, n2, n3]));
        let length = usize::try_from(length).ok().filter(|length| *length <= LARGEST)?;
        if self.text.len() < length {
            self.text.resize(length, 0);
        }
        let room = self.text.get_mut(..length)?;
        let written = self.decompressor.gzip_decompress(&self.packed, room).ok()?;
        // Data that follows another has a length and a checksum of its own at the end.
        (written == length && crc32(room) == sum).then_some((length, sum))
    }
}

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

fn unpacking<'a>(is_gzip: bool, packed: impl Read + 'a) -> Box<dyn Read + 'a> {
    if is_gzip { Box::new(MultiGzDecoder::new(packed)) } else { Box::new(packed) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// What is read of a file, and whether in one piece.
    fn read(bytes: &[u8]) -> (Vec<u8>, bool, bool) {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().write_all(bytes).unwrap();
        let mut inflater = Inflater::new();
        let opened = inflater.read(file.path()).unwrap();
        assert_eq!((opened.size, opened.changed), (bytes.len() as u64, false));
        match opened.inflated {
            Inflated::Whole(text) => (text.to_vec(), true, true),
            Inflated::Piecewise(mut reader) => {
                let mut text = Vec::new();
                let ended = reader.read_to_end(&mut text).is_ok();
                (text, false, ended)
            }
        }
    }

    #[test]
    fn one_piece_of_data_is_read_whole_and_anything_else_piecewise() {
        let (one, two) = (b"first".repeat(50), b"other".repeat(50));
        assert_eq!(read(&gzipped(&one)), (one.clone(), true, true));
        assert_eq!(read(&one), (one.clone(), true, true));
        let both = [gzipped(&one), gzipped(&two)].concat();
        assert_eq!(read(&both), ([one.clone(), two].concat(), false, true));
        let mut wrong = gzipped(&one);
        let sum = wrong.len() - 8;
        *wrong.get_mut(sum).unwrap() ^= 1;
        assert_eq!(read(&wrong), (one.clone(), false, false));
        let cut = gzipped(&one);
        let (_, whole, ended) = read(cut.get(..cut.len() - 9).unwrap());
        assert!(!whole && !ended);
        assert_eq!(read(b""), (Vec::new(), true, true));
    }

    #[test]
    fn what_unpacks_to_more_than_can_be_held_is_read_piecewise() {
        let large = vec![b' '; LARGEST + 1];
        let (text, whole, ended) = read(&gzipped(&large));
        assert!(text == large && !whole && ended);
    }
}
