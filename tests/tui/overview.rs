//! Long files: what the screen shows of them comes from the overview, and is what replay writes.

use crate::screen::{PATIENCE, Screen, replayed};
use crate::support::{Array, scratch};
use auricle::tui::{GridColumn, Kind, WaveColumn};
use std::path::Path;
use std::time::Instant;

const RATE: u32 = 16_000;
const SECONDS: u32 = 600;
/// Sums of a few thousand levels in float32, in dB.
const MEAN: f64 = 0.02;

/// Ten minutes of noise whose loudness is nowhere the same, and a session that writes its samples and levels.
fn written(home: &Path) -> std::path::PathBuf {
    let spec =
        hound::WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut file = hound::WavWriter::create(home.join("long.wav"), spec).expect("scratch is writable");
    let mut state = 7u32;
    for k in 0..RATE * SECONDS {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let loud = (k / 9_000 % 31) as i32;
        file.write_sample(((state >> 16) as i32 - 32_768) * loud / 31).expect("scratch is writable");
    }
    file.finalize().expect("scratch is writable");
    let text = r#"
auricle = 1
[inputs]
clip = "long.wav"
[[stage]]
id = "audio"
use = "read.audio"
input = "clip"
[[stage]]
id = "levels"
use = "spectrum.dbfs"
input = "audio"
parameters = { n_fft = 128, hop_length = 512 }
[[stage]]
id = "save_audio"
use = "write.npy"
input = "audio"
parameters = { path = "audio.npy" }
[[stage]]
id = "save_levels"
use = "write.npy"
input = "levels"
parameters = { path = "levels.npy" }
"#;
    let path = home.join("session.toml");
    std::fs::write(&path, text).expect("scratch is writable");
    path
}

/// Waits until the overviews are made and all columns in sight came of them.
fn made(screen: &mut Screen) {
    let began = Instant::now();
    let is_made = |screen: &Screen| {
        let overviews = &screen.state().overviews;
        overviews.len() == 2 && overviews.iter().all(|covered| !covered.is_making && covered.problem.is_none())
    };
    while !is_made(screen) {
        assert!(began.elapsed() < PATIENCE, "{:?}\n{}", screen.state().overviews, screen.text());
        screen.settle_one();
    }
    screen.settle();
}

fn waves(screen: &Screen) -> Vec<WaveColumn> {
    let (timeline, wave) = (screen.state().timeline.expect("its length is known"), screen.state().wave());
    let wave = wave.expect("it is shown");
    timeline.visible().filter_map(|k| Some(wave.shown(&timeline, k).filter(|s| !s.old)?.column.clone())).collect()
}

fn grids(screen: &Screen) -> Vec<GridColumn> {
    let (timeline, grid) = (screen.state().timeline.expect("its length is known"), screen.state().grid());
    let grid = grid.expect("it is shown");
    timeline.visible().filter_map(|k| Some(grid.shown(&timeline, k).filter(|s| !s.old)?.column.clone())).collect()
}

/// Every column in sight against the arrays: it tells which entries it shows, and those follow one another.
#[track_caller]
fn check(screen: &Screen, samples: &Array, levels: &Array) {
    let (waves, grids) = (waves(screen), grids(screen));
    let width = usize::from(screen.state().timeline.expect("its length is known").columns);
    assert_eq!((waves.len(), grids.len()), (width, width));
    let mut next = waves[0].first;
    for column in &waves {
        assert!(!column.provisional && column.first == next, "{} follows {next}", column.first);
        next = column.first + column.count;
        let part = &samples.values[column.first as usize..next as usize];
        let (least, most) = part.iter().fold((f64::MAX, f64::MIN), |(a, b), &x| (a.min(x), b.max(x)));
        let rms = (part.iter().map(|x| x * x).sum::<f64>() / part.len() as f64).sqrt();
        let extent = column.channels[0];
        assert_eq!((f64::from(extent.min), f64::from(extent.max)), (least, most), "from {}", column.first);
        assert!((f64::from(extent.rms) - rms).abs() < 1e-6, "from {}: {extent:?}, {rms}", column.first);
    }
    let (bins, frames) = (levels.shape[0], levels.shape[1]);
    let mut next = grids[0].first;
    for column in &grids {
        assert!(!column.provisional && column.first == next, "{} follows {next}", column.first);
        next = column.first + column.count;
        for bin in 0..bins {
            let part = &levels.values[bin * frames + column.first as usize..bin * frames + next as usize];
            let most = part.iter().copied().fold(f64::MIN, f64::max);
            assert_eq!(f64::from(column.values[bin]), most, "frames from {}, bin {bin}", column.first);
            let mean = part.iter().sum::<f64>() / part.len() as f64;
            let got = f64::from(column.means[bin]);
            assert!((got - mean).abs() < MEAN, "frames from {}, bin {bin}: expected {mean}, got {got}", column.first);
        }
    }
}

#[test]
fn a_long_file_is_drawn_from_its_overview_exactly() {
    let home = scratch();
    let session = written(home.path());
    let (samples, levels) =
        (replayed(home.path(), &session, "audio.npy"), replayed(home.path(), &session, "levels.npy"));
    let mut screen = Screen::open(&session, (120, 36));
    let kinds: Vec<Kind> = screen.state().lanes.iter().map(|lane| lane.kind()).collect();
    assert!(kinds.contains(&Kind::Wave) && kinds.contains(&Kind::Grid), "{kinds:?}");
    made(&mut screen);
    screen.shows_not("provisional");
    // Everything, closer and closer, into what is drawn without the overview, along, to the end, and back.
    for keys in ["", "Up", "Up", "Up", "Right Right", "End", "Up", "PgUp", "f"] {
        screen.keys(keys);
        check(&screen, &samples, &levels);
    }
    screen.keys("Up Up Up Up Up Up Up Up Up Up Up Up Up Up Up Up Up Up");
    let timeline = screen.state().timeline.expect("its length is known");
    assert!(timeline.step * f64::from(RATE) < 1.0, "single samples are in sight: {timeline:?}");
    for column in waves(&screen).iter().filter(|column| column.count > 0) {
        assert_eq!(f64::from(column.channels[0].max), samples.values[column.first as usize]);
    }
}

#[test]
fn the_first_picture_is_provisional_and_says_so() {
    let home = scratch();
    let session = written(home.path());
    let screen = Screen::open(&session, (120, 36));
    let provisional = waves(&screen).iter().filter(|column| column.provisional).count();
    if provisional > 0 {
        screen.shows("provisional");
    }
    assert!(waves(&screen).len() == usize::from(screen.state().timeline.expect("its length is known").columns));
}
