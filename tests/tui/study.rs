//! Reading values: the selection's measures, the spectrum pane, the mouse, and levels that mean what they say.

use crate::screen::{Screen, replayed, written};
use crate::support::scratch;
use auricle::tui::{Event, Gesture, Mouse};
use std::f64::consts::TAU;
use std::path::Path;

/// A sine of peak 1 in 32-bit float, two seconds of it.
fn sine(path: &Path, rate: u32, hz: f64) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut file = hound::WavWriter::create(path, spec).expect("scratch is writable");
    for k in 0..2 * rate {
        file.write_sample((TAU * hz * f64::from(k) / f64::from(rate)).sin() as f32).expect("scratch is writable");
    }
    file.finalize().expect("scratch is writable");
}

/// A session of stages on `clip.wav`.
fn session(home: &Path, stages: &str) -> std::path::PathBuf {
    let path = home.join("session.toml");
    let text = format!(
        "auricle = 1\n[inputs]\nclip = \"clip.wav\"\n[[stage]]\nid = \"audio\"\nuse = \"read.audio\"\ninput = \"clip\"\n{stages}"
    );
    std::fs::write(&path, text).expect("scratch is writable");
    path
}

/// The number before a word of the pane's heading or of a line.
fn before(line: &str, word: &str) -> f64 {
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words.iter().position(|w| *w == word).unwrap_or_else(|| panic!("no {word} in {line}"));
    words[at - 1].parse().unwrap_or_else(|_| panic!("no number before {word} in {line}"))
}

fn line_with(screen: &Screen, text: &str) -> String {
    let lines = screen.lines();
    lines.into_iter().find(|line| line.contains(text)).unwrap_or_else(|| panic!("no {text} in\n{}", screen.text()))
}

#[test]
fn a_full_scale_sine_reads_0_dbfs_at_any_window() {
    let home = scratch();
    sine(&home.path().join("clip.wav"), 16_000, 1_000.0);
    for (n_fft, window) in [(512, "hann"), (2048, "hann"), (512, "blackman"), (256, "boxcar")] {
        let levels = format!(
            "[[stage]]\nid = \"levels\"\nuse = \"spectrum.dbfs\"\ninput = \"audio\"\nparameters = {{ n_fft = {n_fft}, window = \"{window}\" }}\n"
        );
        let mut screen = Screen::open(&session(home.path(), &levels), (160, 50));
        screen.keys("P . . . . . . . . . . . . . . . . . . . . . . . .");
        let pane = line_with(&screen, "Spectrum  frame");
        assert!(before(&pane, "dBFS").abs() < 0.06, "{window} {n_fft}: {pane}");
        assert_eq!(before(&pane, "Hz"), 1_000.0, "{window} {n_fft}: {pane}");
    }
}

#[test]
fn a_tone_above_half_the_new_rate_does_not_alias() {
    let home = scratch();
    sine(&home.path().join("clip.wav"), 48_000, 15_000.0);
    let stages = |kind: &str| {
        format!(
            "[[stage]]\nid = \"down\"\nuse = \"{kind}\"\ninput = \"audio\"\nparameters = {{ sr = 16000 }}\n\
             [[stage]]\nid = \"levels\"\nuse = \"spectrum.dbfs\"\ninput = \"down\"\nparameters = {{ n_fft = 512 }}\n"
        )
    };
    let mut screen = Screen::open(&session(home.path(), &stages("resample.soxr")), (160, 50));
    screen.keys("P . . . . . . . . . . . . . . . . . . . . . . . .");
    // An alias would stand at 1 kHz, 0 dBFS.
    let pane = line_with(&screen, "Spectrum  frame");
    assert!(before(&pane, "dBFS") < -90.0, "{pane}");
}

#[test]
fn what_is_selected_is_measured() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let samples = replayed(home.path(), &session, "audio.npy").values;
    let levels = replayed(home.path(), &session, "levels.npy");
    let mut screen = Screen::open(&session, (160, 50));
    screen.keys("P > > > i > > I");
    let range = screen.state().selection.clone().expect("it is marked");
    let index = |time: f64, rate: f64| (time * rate - 1e-6).ceil() as usize;
    let part = &samples[index(range.start, 16_000.0)..index(range.end, 16_000.0)];
    let peak = part.iter().fold(0f64, |a, x| a.max(x.abs()));
    let rms = (part.iter().map(|x| x * x).sum::<f64>() / part.len() as f64).sqrt();
    let line = line_with(&screen, "selected");
    let (peak_db, rms_db) = (20.0 * peak.log10(), 20.0 * rms.log10());
    let told: Vec<f64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    assert!(told.iter().any(|x| (x - (range.end - range.start)).abs() < 6e-4), "{line}: {range:?}");
    for expected in [peak_db, rms_db] {
        assert!(told.iter().any(|x| (x - expected).abs() < 0.051), "{line}: {expected}");
    }
    assert!(line.contains("LUFS") && line.contains("snr ~"), "{line}");
    // The pane's second peak is that of the mean over the selection's frames.
    let (bins, frames) = (levels.shape[0], levels.shape[1]);
    let hop = 128.0;
    let span = index(range.start, 16_000.0 / hop)..index(range.end, 16_000.0 / hop);
    let mean = |bin: usize| {
        let values = &levels.values[bin * frames + span.start..bin * frames + span.end];
        values.iter().sum::<f64>() / values.len() as f64
    };
    let most = (0..bins).map(mean).fold(f64::MIN, f64::max);
    let pane = line_with(&screen, "mean of");
    let behind = &pane[pane.find("mean of").expect("it is there")..];
    assert!(behind.starts_with(&format!("mean of {}-{} ", span.start, span.end - 1)), "{behind}");
    assert!((before(behind, "dBFS") - most).abs() < 0.051, "{behind}: {most}");
    screen.keys("X");
    assert!(screen.find("selected").is_none() && screen.find("mean of").is_none(), "{}", screen.text());
    screen.keys("P");
    assert!(screen.find("─ Spectrum  frame").is_none(), "{}", screen.text());
}

#[test]
fn the_mouse_reads_without_moving_the_cursor() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (160, 50));
    let area = screen.layout().grid.expect("it is shown").plot;
    let cursor = screen.state().cursor;
    screen.receive(Event::Mouse(Mouse { x: area.x + 40, y: area.y + 3, gesture: Gesture::Move }));
    let hovered = line_with(&screen, "◇");
    assert_eq!(screen.state().cursor, cursor);
    // A click there tells the same.
    screen.receive(Event::Mouse(Mouse { x: area.x + 40, y: area.y + 3, gesture: Gesture::Press }));
    screen.settle();
    screen.receive(Event::Mouse(Mouse { x: 0, y: 0, gesture: Gesture::Move }));
    let clicked = line_with(&screen, " ┼ ");
    let words = |line: &str| line.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(&hovered), words(&clicked));
    assert!(clicked.contains("note "), "{clicked}");
}
