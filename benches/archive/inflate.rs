//! What everything is measured against: merely inflating every file, in process.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use libdeflater::{DecompressionError, Decompressor};

use crate::corpus::Fallible;

/// Inflates every gzip under a folder, the largest first, on every core, each with one buffer for
/// the file and one for what is in it; tells how many bytes came out.
pub fn all(folder: &Path) -> Fallible<u64> {
    let mut files = Vec::new();
    list(folder, &mut files)?;
    files.sort_by(|one, other| other.cmp(one));
    let (next, bytes) = (AtomicUsize::new(0), Mutex::new(0));
    let work = || -> Fallible<()> {
        let mut decompressor = Decompressor::new();
        let (mut packed, mut json) = (Vec::new(), Vec::new());
        let mut sum = 0;
        while let Some((_, file)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            read(file, &mut packed)?;
            sum += inflate(&mut decompressor, &packed, &mut json)? as u64;
        }
        if let Ok(mut bytes) = bytes.lock() {
            *bytes += sum;
        }
        Ok(())
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let others: Vec<_> = (1..cores).map(|_| scope.spawn(work)).collect();
        work()?;
        others.into_iter().try_for_each(|other| other.join().expect("a thread does not panic"))
    })?;
    Ok(bytes.into_inner()?)
}

fn list(folder: &Path, files: &mut Vec<(u64, PathBuf)>) -> Fallible<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            list(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push((entry.metadata()?.len(), entry.path()));
        }
    }
    Ok(())
}

fn read(file: &Path, into: &mut Vec<u8>) -> Fallible<()> {
    use std::io::Read;
    into.clear();
    fs::File::open(file)?.read_to_end(into)?;
    Ok(())
}

/// The trailer tells how long the content is. What is damaged counts nothing.
fn inflate(decompressor: &mut Decompressor, packed: &[u8], json: &mut Vec<u8>) -> Fallible<usize> {
    let told = packed.last_chunk::<4>().map_or(0, |length| u32::from_le_bytes(*length));
    let told = usize::try_from(told)?;
    // Damage may tell anything; deflate gains a thousandfold at most.
    if json.len() < told && told / 1032 <= packed.len() {
        json.resize(told, 0);
    }
    loop {
        match decompressor.gzip_decompress(packed, json) {
            Ok(length) => return Ok(length),
            Err(DecompressionError::InsufficientSpace) => json.resize(json.len() * 2 + 1024, 0),
            Err(DecompressionError::BadData) => return Ok(0),
        }
    }
}
