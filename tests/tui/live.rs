//! A session on what the microphone hears: its lanes show what `replay` writes of the same sound.

use crate::screen::{AUDIO, SAVE_AUDIO, SAVE_LEVELS, Screen, session};
use crate::support::{Array, auricle, scratch};
use auricle::tui::Kind;
use std::path::Path;

const RATE: u32 = 48_000;

/// A second and a half of tones that rise, on the left, and their half on the right.
fn sound() -> Vec<f32> {
    let sample = |n: usize| {
        let time = n as f64 / f64::from(RATE);
        (0.5 * (std::f64::consts::TAU * (400.0 + 1_500.0 * time) * time).sin()) as f32
    };
    (0..72_000).flat_map(|n| [sample(n), sample(n) / 2.0]).collect()
}

const LEVELS: &str = r#"
[[stage]]
id = "levels"
use = "spectrum.dbfs"
input = "audio"
parameters = { n_fft = 512 }

[[stage]]
id = "loudest"
use = "db.power"
input = "levels"
parameters = { ref = "max" }
"#;

fn wav(path: &Path, samples: &[f32]) {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: RATE,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(path, spec).expect("scratch is writable");
    samples.iter().for_each(|sample| writer.write_sample(*sample).expect("scratch is writable"));
    writer.finalize().expect("scratch is writable");
}

#[test]
fn lanes_show_of_what_is_heard_what_replay_writes_of_it() {
    let home = scratch();
    let session = session(home.path(), "speech.flac", &[AUDIO, SAVE_AUDIO, LEVELS, SAVE_LEVELS].concat());
    let mut screen = Screen::open(&session, (120, 36));
    screen.keys("R");
    screen.until("it listens", |screen| screen.find("listening").is_some());
    screen.keys("l");
    screen.shows("live as clip");
    // What can only be said at the end is said not to be there.
    screen.shows("without loudest");
    let (device, sound) = (screen.device.clone(), sound());
    for block in sound.chunks(2 * 480) {
        device.hear(block);
    }
    screen.until("all was heard", |screen| screen.state().live.as_ref().is_some_and(|live| live.seconds >= 1.5));
    screen.until("and is shown", |screen| screen.state().live.as_ref().is_some_and(|live| live.latency_s < 0.2));
    screen.shows("ms from sound to screen");

    let file = home.path().join("heard.wav");
    wav(&file, &sound);
    let out = home.path().join("out");
    let mut run = auricle(home.path());
    run.arg("replay").arg(&session).arg("--out").arg(&out).arg("--input").arg(format!("clip={}", file.display()));
    let run = run.output().expect("the program starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let (audio, levels) = (Array::read(&out.join("audio.npy")), Array::read(&out.join("levels.npy")));
    let state = screen.state();
    let timeline = state.timeline.expect("it has an axis");
    assert!(
        (timeline.time(timeline.left + i64::from(timeline.columns)) - 10.0).abs() < 1e-6,
        "ten seconds are in sight"
    );
    let lane = |kind| state.lanes.current(kind).expect("it is there");
    let (frames, samples) = (*levels.shape.last().expect("axes"), *audio.shape.last().expect("axes"));
    let (mut columns, mut waves) = (0, 0);
    for column in timeline.visible() {
        if let Some(shown) = lane(Kind::Grid).grid().and_then(|grid| grid.shown(&timeline, column)) {
            let grid = shown.column;
            for (element, value) in grid.values.iter().enumerate() {
                let span = grid.first as usize..(grid.first + grid.count) as usize;
                let most = levels.values[element * frames..][span].iter().copied().fold(f64::NEG_INFINITY, f64::max);
                assert_eq!(f64::from(*value), most, "column {column}, element {element}");
            }
            columns += 1;
        }
        if let Some(shown) = lane(Kind::Wave).wave().and_then(|wave| wave.shown(&timeline, column)) {
            let wave = shown.column;
            for (channel, extent) in wave.channels.iter().enumerate() {
                let span = wave.first as usize..(wave.first + wave.count) as usize;
                let part = &audio.values[channel * samples..][span];
                let most = part.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let least = part.iter().copied().fold(f64::INFINITY, f64::min);
                assert_eq!((f64::from(extent.min), f64::from(extent.max)), (least, most), "column {column}");
            }
            waves += 1;
        }
    }
    assert!(columns >= 10 && waves >= 10, "{columns} columns, {waves}");

    // Held, it stands still; ended, the file is there again.
    screen.keys("Space");
    let held = screen.state().timeline.expect("it has an axis").left;
    device.hear(&sound);
    screen.until("more was heard", |screen| screen.state().live.as_ref().is_some_and(|live| live.seconds >= 3.0));
    assert_eq!(screen.state().timeline.expect("it has an axis").left, held);
    screen.keys("Esc");
    screen.shows_not("live as");
    let target = screen.state().lanes.current(Kind::Wave).and_then(|lane| lane.target()).expect("the file");
    assert!(target.length.is_some_and(|length| length > 100_000), "{:?}", target.length);
}
