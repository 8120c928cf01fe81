//! Lies that cost no sample: what a header or a page claims is compared with what is there, and told.

use auricle_decode::{Bytes, Planes, open};
use std::path::Path;
use std::sync::Arc;

fn bytes(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/data/files").join(name);
    std::fs::read(&path).expect("a file of the table")
}

/// Reads all of it: how many sample frames there are, and the codes of what was found.
fn read(name: &str, bytes: Vec<u8>) -> (usize, Vec<&'static str>) {
    let mut decoder = open(Arc::new(Bytes::new(name, bytes))).expect("can be read");
    let format = decoder.format().clone();
    let mut planes = Planes::new(format.sample_type, format.channels);
    while decoder.read(512, &mut planes).expect("reads on") > 0 {}
    (planes.frames(), decoder.findings().iter().map(|finding| finding.code).collect())
}

/// Where the last Ogg page begins.
fn last_page(bytes: &[u8]) -> usize {
    bytes.windows(4).rposition(|w| w == b"OggS").expect("a page")
}

/// The file is without findings; once it is `changed` it has this one, and as many sample frames.
#[track_caller]
fn check(name: &str, code: &str, changed: impl Fn(&mut Vec<u8>)) {
    let mut there = bytes(name);
    let (frames, none) = read(name, there.clone());
    assert!(none.is_empty(), "{name}: {none:?}");
    changed(&mut there);
    assert_eq!(read(name, there), (frames, vec![code]), "{name}");
}

#[test]
fn a_flac_header_has_the_md5_of_its_samples() {
    check("flac-16.flac", "flac-md5", |bytes| bytes[8 + 18] ^= 1);
    // Zeros mean that none was computed.
    let mut none = bytes("flac-16.flac");
    none[8 + 18..8 + 34].fill(0);
    assert!(read("flac-16.flac", none).1.is_empty());
}

#[test]
fn nothing_follows_the_last_page_of_a_stream() {
    for name in ["opus.opus", "vorbis-1ch.ogg"] {
        check(name, "ogg-after-end", |bytes| bytes.extend_from_within(last_page(bytes)..));
    }
}

#[test]
fn caf_packets_of_pcm_are_single_frames() {
    check("caf-16.caf", "caf-packets", |bytes| bytes[8 + 12 + 20..8 + 12 + 24].fill(0));
}

#[test]
fn an_aiff_c_description_names_its_compression() {
    let mut file =
        b"FORM\0\0\0\x32AIFCCOMM\0\0\0\x12\0\x01\0\0\0\x02\0\x10\x40\x0c\xfa\0\0\0\0\0\0\0SSND\0\0\0\x0c".to_vec();
    file.extend([0; 8]);
    file.extend([0x40, 0, 0xc0, 0]);
    assert_eq!(read("cut.aifc", file), (2, vec!["aiff-comm"]));
}

/// As FFmpeg 5.1 writes it: the packet table counts whole packets.
#[test]
fn the_last_packet_of_alac_in_caf_says_how_long_it_is() {
    let mut file = bytes("caf-alac-16.caf");
    let at = file.windows(4).position(|w| w == b"pakt").expect("a packet table") + 12;
    file[at + 8..at + 16].copy_from_slice(&4096u64.to_be_bytes());
    file[at + 16..at + 24].fill(0);
    assert_eq!(read("whole-packets.caf", file), (600, Vec::new()));
}
