//! Any region of any stage equals what a whole run puts there, and costs only what it depends on.

mod support;

use auricle_engine::{Cache, Cancel, Evaluator, Place, Plan, Registry, SearchDir, Session};
use auricle_sdk::format::Data;
use auricle_sdk::{DType, Packet};
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use support::{built, root, scratch};

fn evaluator(text: &str, base: &Path) -> Evaluator {
    let registry = Registry::scan(&[SearchDir { path: built().to_owned(), place: Place::Bundled }]);
    let session = Session::parse(text, &base.join("session.toml")).expect("a valid session");
    let plan = Plan::new(&session, &registry, &[]).expect("a session that can be planned");
    Evaluator::new(Arc::new(plan), Arc::new(Cache::new(64 << 20)))
}

/// The bytes of the entries in `span`, in order.
fn entries(packets: &[Packet], span: &Range<i64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for packet in packets {
        let inside = |k: i64| (k - packet.start).clamp(0, packet.count as i64) as usize;
        let part = packet.slice(inside(span.start), inside(span.end));
        let (offset, stride, all) = part.raw_bytes();
        match &part.format().data {
            Data::Audio(audio) => {
                let size = part.count * audio.dtype.size();
                // Interleaved, so that the cut of the packets does not show.
                for index in (0..size).step_by(audio.dtype.size()) {
                    for channel in 0..audio.channels {
                        let at = offset + channel * stride + index;
                        bytes.extend(&all[at..at + audio.dtype.size()]);
                    }
                }
            }
            Data::Tensor(tensor) => {
                let size = part.count * tensor.frame_len() * tensor.dtype.size();
                bytes.extend(&all[offset..offset + size]);
            }
            _ => {}
        }
    }
    bytes
}

#[test]
fn regions_equal_the_whole() {
    let cancel = Cancel::new();
    for name in ["spectrogram-tour", "tacotron2-and-librosa", "compare-readers"] {
        let path = root().join("sessions").join(name).with_extension("toml");
        let text = fs::read_to_string(path).expect("a bundled session");
        let base = root().join("sessions");
        let (whole, parts) = (evaluator(&text, &base), evaluator(&text, &base));
        // Instances that have made one region make the next as well as fresh ones.
        let steady = evaluator(&text, &base).steady(&cancel);
        for (index, stage) in whole.plan().stages.iter().enumerate() {
            for (output, format) in stage.outputs.iter().enumerate() {
                if format.as_records().is_ok() {
                    continue;
                }
                let length = whole.length(index, output, &cancel).expect("a length");
                let all = whole.evaluate(index, output, 0..length, &cancel).expect("the whole");
                let got: i64 = all.iter().map(|packet| packet.count as i64).sum();
                assert_eq!(got, length, "{name}: {}", stage.id);
                for span in [0..1, length / 3..length / 3 + 5, length / 2 - 40..length / 2 + 40, length - 3..length] {
                    let span = span.start.max(0)..span.end.min(length);
                    let part = parts.evaluate(index, output, span.clone(), &cancel).expect("a region");
                    let (expected, got) = (entries(&all, &span), entries(&part, &span));
                    let look = steady.look(index, output, span.clone(), &cancel).expect("a region again");
                    let look = entries(&look, &span);
                    if stage.descriptor.locality.name() == "recurrent" || depends_on_recurrent(&whole, index) {
                        close(&expected, &got, format.dtype(), &stage.id);
                        close(&expected, &look, format.dtype(), &stage.id);
                    } else {
                        assert!(expected == got, "{name}: {} {span:?}: a region differs from the whole", stage.id);
                        assert!(expected == look, "{name}: {} {span:?}: an instance remembers", stage.id);
                    }
                }
            }
        }
    }
}

fn depends_on_recurrent(evaluator: &Evaluator, stage: usize) -> bool {
    evaluator.plan().stages[stage].inputs.iter().any(|wire| match wire.from {
        auricle_engine::Origin::Stage { stage, .. } => {
            let recurrent = evaluator.plan().stages[stage].descriptor.locality.name() == "recurrent";
            recurrent || depends_on_recurrent(evaluator, stage)
        }
        auricle_engine::Origin::Input(_) => false,
    })
}

/// What a recurrent stage declares as its deviation, seen through the logarithm of a level.
const RECURRENT_TOLERANCE: f32 = 1e-3;

fn close(expected: &[u8], got: &[u8], dtype: Option<DType>, stage: &str) {
    assert_eq!(expected.len(), got.len(), "{stage}");
    if !matches!(dtype, Some(DType::F32 | DType::C64)) {
        return;
    }
    for (a, b) in expected.chunks_exact(4).zip(got.chunks_exact(4)) {
        let read = |bytes: &[u8]| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        let (a, b) = (read(a), read(b));
        assert!((a - b).abs() <= RECURRENT_TOLERANCE * a.abs().max(1.0), "{stage}: expected {a}, got {b}");
    }
}

/// Ten hours of stereo: the two seconds at hour five are read, and little else.
#[test]
fn two_seconds_at_hour_five_read_under_a_hundredth_of_the_file() {
    let home = scratch();
    let path = home.path().join("long.wav");
    let (rate, seconds) = (16_000u32, 36_000u64);
    let bytes = u64::from(rate) * seconds * 4;
    let mut header = Vec::new();
    header.extend(b"RIFF");
    header.extend((bytes as u32 + 36).to_le_bytes());
    header.extend(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    header.extend(rate.to_le_bytes());
    header.extend((rate * 4).to_le_bytes());
    header.extend(b"\x04\0\x10\0data");
    header.extend((bytes as u32).to_le_bytes());
    let mut file = fs::File::create(&path).expect("scratch is writable");
    file.write_all(&header).expect("scratch is writable");
    file.set_len(bytes + 44).expect("scratch is writable");
    let text = r#"
auricle = 1
[inputs]
long = "long.wav"
[[stage]]
id = "read"
use = "read.audio"
input = "long"
[[stage]]
id = "mel"
use = "mel.librosa"
input = "read"
"#;
    let evaluator = evaluator(text, home.path());
    let frames = 2 * i64::from(rate) / 512;
    let first = 5 * 3600 * i64::from(rate) / 512;
    let packets = evaluator.evaluate(1, 0, first..first + frames, &Cancel::new()).expect("a region");
    assert_eq!(packets.iter().map(|packet| packet.count as i64).sum::<i64>(), frames);
    let read = evaluator.plan().inputs[0].bytes_read.load(Ordering::Relaxed);
    assert!(read > 2 * u64::from(rate) * 4 && read < bytes / 100, "{read} of {bytes} bytes were read");
}
