//! Opus of more than a minute: behind the place where the decoder starts anew, and read from everywhere.

use auricle_decode::{Bytes, Decoder, OpusRate, Planes, open, open_at};
use std::sync::Arc;

/// The pages of a bundled file.
fn bytes(name: &str) -> Vec<u8> {
    let path = format!("{}/../../../tests/data/files/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).expect("a file of the table")
}

/// As many streams one behind the other as the file is repeated.
fn chained(name: &str, times: usize) -> Vec<u8> {
    bytes(name).repeat(times)
}

/// One stream of packets of 20 ms, `pages` pages of 50: those of a file, over and over.
fn long(name: &str, pages: u32) -> Vec<u8> {
    let file = bytes(name);
    let (mut at, mut bodies) = (0, Vec::new());
    while at < file.len() {
        let lacing = &file[at + 27..at + 27 + usize::from(file[at + 26])];
        let body = at + 27 + lacing.len();
        let size: usize = lacing.iter().map(|&n| usize::from(n)).sum();
        bodies.push((lacing.to_vec(), file[body..body + size].to_vec()));
        at = body + size;
    }
    let mut packets = Vec::new();
    for (lacing, body) in &bodies[2..] {
        let mut rest = &body[..];
        for &n in lacing {
            let (packet, behind) = rest.split_at(n.into());
            packets.push(packet);
            rest = behind;
        }
    }
    let mut made = Vec::new();
    let mut page = |flags: u8, granule: u64, number: u32, lacing: &[u8], body: &[u8]| {
        let start = made.len();
        made.extend(b"OggS\0");
        made.push(flags);
        made.extend(granule.to_le_bytes());
        made.extend(7u32.to_le_bytes());
        made.extend(number.to_le_bytes());
        made.extend([0; 4]);
        made.push(lacing.len() as u8);
        made.extend(lacing);
        made.extend(body);
        let sum = checksum(&made[start..]);
        made[start + 22..start + 26].copy_from_slice(&sum.to_le_bytes());
    };
    page(2, 0, 0, &bodies[0].0, &bodies[0].1);
    page(0, 0, 1, &bodies[1].0, &bodies[1].1);
    let mut endless = packets.iter().cycle();
    for number in 0..pages {
        let fifty: Vec<_> = endless.by_ref().take(50).collect();
        let lacing: Vec<u8> = fifty.iter().map(|p| p.len() as u8).collect();
        let body: Vec<u8> = fifty.iter().flat_map(|p| p.iter().copied()).collect();
        let last = if number + 1 == pages { 4 } else { 0 };
        page(last, u64::from(number + 1) * 48_000, number + 2, &lacing, &body);
    }
    made
}

/// RFC 3533, section 6: CRC-32 without reflection, bit by bit.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, &b| {
        (0..8).fold(sum ^ u32::from(b) << 24, |sum, _| if sum >> 31 == 1 { sum << 1 ^ 0x04c1_1db7 } else { sum << 1 })
    })
}

fn opened(bytes: Vec<u8>) -> Box<dyn Decoder> {
    open(Arc::new(Bytes::new("a.opus", bytes))).expect("Opus that can be read")
}

fn read(decoder: &mut dyn Decoder, n: usize) -> Vec<f32> {
    let format = decoder.format().clone();
    let mut planes = Planes::new(format.sample_type, format.channels);
    while planes.frames() < n {
        if decoder.read((n - planes.frames()).min(1000), &mut planes).expect("a source that can be read") == 0 {
            break;
        }
    }
    match planes {
        Planes::F32(mut planes) => planes.swap_remove(0),
        _ => Vec::new(),
    }
}

/// What is read from `frame` on is what is read on the way from the start.
fn check(name: &str, bytes: Vec<u8>, frames: &[usize]) {
    let mut decoder = opened(bytes);
    let length = decoder.format().frames.expect("a length") as usize;
    let all = read(&mut *decoder, length + 1);
    assert_eq!((all.len(), decoder.findings()), (length, vec![]), "{name}");
    for &frame in frames {
        decoder.seek(frame as u64).expect("a source that can be read");
        let part = read(&mut *decoder, 3000);
        let expected = &all[frame..(frame + 3000).min(length)];
        let differs = part.iter().zip(expected).position(|(a, b)| a != b);
        assert_eq!((part.len(), differs), (expected.len(), None), "{name} from {frame}");
    }
}

#[test]
fn a_seek_gives_the_samples_of_a_read_from_the_start() {
    const MINUTE: usize = 60 * 48_000;
    let places = [0, 1, 311, 48_000, MINUTE - 312 - 7, MINUTE - 312, MINUTE + 9, 2 * MINUTE + 48_007, 130 * 48_000];
    for name in ["opus.opus", "opus-2ch.opus"] {
        check(name, long(name, 140), &places);
    }
    let frames = 20 * 4410;
    check("chained", chained("opus.opus", 20), &[0, 4409, 4410, 4411, 44_100, frames - 1, frames]);
}

#[test]
fn the_first_minute_is_that_of_one_decoder() {
    let mut short = opened(long("opus.opus", 50));
    let mut longer = opened(long("opus.opus", 70));
    assert_eq!(read(&mut *short, 49 * 48_000), read(&mut *longer, 49 * 48_000));
}

#[test]
fn the_rate_of_the_input_is_that_of_libsndfile() {
    for (input, rate) in
        [(0u32, 48_000.0), (8_000, 8_000.0), (11_025, 12_000.0), (22_050, 24_000.0), (44_100, 48_000.0)]
    {
        // Not checked: the sum of a page that only tells what it holds.
        let mut file = bytes("opus.opus");
        file[28 + 12..28 + 16].copy_from_slice(&input.to_le_bytes());
        let mut decoder = open_at(Arc::new(Bytes::new("a.opus", file)), OpusRate::Input).expect("Opus");
        let frames = decoder.format().frames.expect("a length");
        assert_eq!((decoder.format().sample_rate, frames), (rate, 4410 * rate as u64 / 48_000), "{input}");
        assert_eq!(read(&mut *decoder, 100_000).len() as u64, frames, "{input}");
    }
}
