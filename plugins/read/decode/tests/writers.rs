//! Files as certain writers make them, within their format's letter or a little beside it.

use auricle_decode::{Bytes, Planes, open};
use std::sync::Arc;

/// Sample rate, samples and the codes of what was found.
fn read(name: &str, bytes: Vec<u8>) -> (f64, Planes, Vec<&'static str>) {
    let mut decoder = open(Arc::new(Bytes::new(name, bytes))).expect("can be read");
    let format = decoder.format().clone();
    let mut planes = Planes::new(format.sample_type, format.channels);
    while decoder.read(512, &mut planes).expect("reads on") > 0 {}
    (format.sample_rate, planes, decoder.findings().iter().map(|finding| finding.code).collect())
}

/// What `alac-24.m4a` and `flac-768k.flac` hold: 300 samples of 24 bits.
fn samples() -> Planes {
    let sample = |t: i64| (((t * t * 7919 + t * 104_729) % (1 << 24) - (1 << 23)) << 8) as i32;
    Planes::I32(vec![(0..300).map(sample).collect()])
}

/// By ffmpeg 5.1, `-c:a alac -sample_fmt s32p`.
#[test]
fn alac_of_24_bits_in_mp4() {
    assert_eq!(read("a.m4a", include_bytes!("alac-24.m4a").to_vec()), (8000.0, samples(), vec![]));
}

/// By flac 1.4, `--lax --no-padding`. RFC 9639 has room for rates up to 1,048,575 Hz.
#[test]
fn flac_of_a_very_high_rate() {
    assert_eq!(read("a.flac", include_bytes!("flac-768k.flac").to_vec()), (768_000.0, samples(), vec![]));
}

/// SoX 14.4 turns the first two bytes of a sub-format, others all four or none.
#[test]
fn rifx_with_an_extensible_header() {
    let big = |tag: [u8; 4]| {
        let mut file =
            b"RIFX\0\0\0\x42WAVEfmt \0\0\0\x28\xff\xfe\0\x01\0\0\x1f\x40\0\0\x5d\xc0\0\x03\0\x18\0\x16\0\x18\0\0\0\x04"
                .to_vec();
        file.extend(tag);
        file.extend(b"\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71data\0\0\0\x06\x12\x34\x56\xff\xff\xfe");
        read("a.wav", file)
    };
    for tag in [[0, 0, 0, 1], [0, 1, 0, 0], [1, 0, 0, 0]] {
        let (rate, samples, found) = big(tag);
        assert_eq!((rate, samples), (8000.0, Planes::I32(vec![vec![0x1234_5600, -0x200]])), "{tag:?}");
        assert!(found.is_empty(), "{tag:?}: {found:?}");
    }
}
