//! Every file of `tests/data`, cut at many places and with flipped bytes: no panic, no endless reading, no room
//! taken because a header asks for it. And every file read from everywhere: a seek gives the same samples.

use auricle_decode::{Bytes, Decoder, Planes, open};
use peak_alloc::PeakAlloc;
use std::path::Path;
use std::sync::{Arc, Mutex};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// What reading a file of a few kilobytes may take: codec tables, windows, four megabytes of one foreign buffer.
const MOST_BYTES: usize = 24 << 20;
/// No damaged small file decodes to more sample frames: a minute of silence in a hole, and its packets.
const MOST_FRAMES: usize = 8 << 20;

fn files() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/data/files");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the files of the table")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter_map(|path| Some((path.file_name()?.to_string_lossy().into_owned(), std::fs::read(&path).ok()?)))
        .collect();
    files.sort();
    files
}

/// Reads all of it in blocks; the sample frames, or `None` if it is refused.
fn read(name: &str, bytes: Vec<u8>) -> Option<usize> {
    let mut decoder = open(Arc::new(Bytes::new(name, bytes)))
        .map_err(|e| assert!(!e.message.is_empty(), "{name}: refused without a word"))
        .ok()?;
    let format = decoder.format().clone();
    let mut planes = Planes::new(format.sample_type, format.channels);
    let mut frames = 0;
    loop {
        planes.clear();
        let n = decoder.read(512, &mut planes).unwrap_or(0);
        assert_eq!(n, planes.frames(), "{name}");
        frames += n;
        assert!(frames <= MOST_FRAMES, "{name}: no end after {frames} sample frames");
        if n == 0 {
            break;
        }
    }
    if let Some(promised) = format.frames {
        assert_eq!(frames as u64, promised, "{name}: {:?}", decoder.findings());
    }
    for finding in decoder.findings() {
        assert!(!finding.message.is_empty(), "{name}: {}", finding.code);
    }
    Some(frames)
}

fn read_bounded(name: &str, what: &str, bytes: Vec<u8>) {
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    read(name, bytes);
    let taken = ALLOCATED.peak_usage().saturating_sub(before);
    assert!(taken < MOST_BYTES, "{name}, {what}: took {taken} bytes");
}

/// The peak is counted for the whole process.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn damage_is_survived() {
    let _alone = ALONE.lock();
    // Codecs build their tables on first use.
    for (name, bytes) in files() {
        read(&name, bytes);
    }
    for (name, bytes) in files() {
        let cuts = (0..64).chain((0..24).map(|i| bytes.len() * i / 24));
        for cut in cuts.filter(|&cut| cut < bytes.len()) {
            read_bounded(&name, &format!("cut at {cut}"), bytes[..cut].to_vec());
        }
        for at in (0..bytes.len().min(160)).chain([bytes.len() / 2, bytes.len().saturating_sub(9)]) {
            for flip in [0xff, 0x80, 0x01] {
                let mut damaged = bytes.clone();
                let Some(byte) = damaged.get_mut(at) else { continue };
                *byte ^= flip;
                read_bounded(&name, &format!("byte {at} ^ {flip:#x}"), damaged);
            }
        }
    }
}

fn take(decoder: &mut dyn Decoder, planes: &mut Planes, n: usize) {
    planes.clear();
    while planes.frames() < n {
        let left = n - planes.frames();
        if decoder.read(left.min(333), planes).unwrap_or(0) == 0 {
            break;
        }
    }
}

#[test]
fn a_seek_gives_the_samples_of_a_read_from_the_start() {
    let _alone = ALONE.lock();
    for (name, bytes) in files() {
        let Ok(mut decoder) = open(Arc::new(Bytes::new(name.clone(), bytes.clone()))) else { continue };
        let format = decoder.format().clone();
        let mut all = Planes::new(format.sample_type, format.channels);
        take(&mut *decoder, &mut all, usize::MAX);
        let frames = all.frames();
        let mut part = Planes::new(format.sample_type, format.channels);
        for start in [0, 1, frames / 3, frames / 2 + 1, frames, 17, frames.saturating_sub(1)].map(|n| n.min(frames)) {
            decoder.seek(start as u64).expect("a source that can be read");
            take(&mut *decoder, &mut part, 700);
            let mut fresh = open(Arc::new(Bytes::new(name.clone(), bytes.clone()))).expect("it was opened before");
            let mut first = Planes::new(format.sample_type, format.channels);
            fresh.seek(start as u64).expect("a source that can be read");
            take(&mut *fresh, &mut first, 700);
            assert!(same(&part, &first), "{name}: from {start} of {frames}, before anything was read");
            let mut expected = Planes::new(format.sample_type, format.channels);
            expected.append(&all, start..(start + 700).min(frames));
            assert!(same(&part, &expected), "{name}: from {start} of {frames}");
        }
    }
}

/// Equal bit for bit, NaN included.
fn same(a: &Planes, b: &Planes) -> bool {
    match (a, b) {
        (Planes::F32(a), Planes::F32(b)) => {
            a.iter().flatten().map(|s| s.to_bits()).eq(b.iter().flatten().map(|s| s.to_bits()))
        }
        (Planes::F64(a), Planes::F64(b)) => {
            a.iter().flatten().map(|s| s.to_bits()).eq(b.iter().flatten().map(|s| s.to_bits()))
        }
        (a, b) => a == b,
    }
}
