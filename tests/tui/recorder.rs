//! The recorder over the screen: what is heard is seen, what was just heard is kept, the file is whole at every moment.

use crate::screen::Screen;
use crate::support::scratch;
use auricle::tui::Depth;

/// Half a second of a tone at half of full scale, on both channels, as a device delivers it.
fn tone(hz: f64, from: usize, frames: usize) -> Vec<f32> {
    let sample = |n: usize| (0.5 * (std::f64::consts::TAU * hz * n as f64 / 48_000.0).sin()) as f32;
    (from..from + frames).flat_map(|n| [sample(n), sample(n)]).collect()
}

fn samples(path: &std::path::Path) -> Vec<f32> {
    let reader = hound::WavReader::open(path).expect("a valid WAV file");
    reader.into_samples().map(|sample| sample.expect("a whole sample")).collect()
}

/// The recorder, opened beside a clip in `home`.
fn listening(home: &std::path::Path) -> Screen {
    let path = home.join("clip.wav");
    crate::support::wav(&path, 48_000, 1, |_| 0);
    let mut screen = Screen::open(&path, (120, 36));
    screen.keys("R");
    screen.shows("listening");
    screen
}

#[test]
fn what_was_just_heard_becomes_the_beginning_of_the_recording() {
    let home = scratch();
    let mut screen = listening(home.path());
    let device = screen.device.clone();
    device.hear(&tone(3_000.0, 0, 24_000));
    screen.until("what is heard is seen", |screen| screen.state().recording.columns.len() >= 10);
    screen.until("its level too", |screen| screen.find("-6.0 dBFS").is_some());
    screen.shows("ms from sound to screen");
    // The tone is where its frequency is: the brightest of the last column.
    let recording = &screen.state().recording;
    let bins = recording.columns.back().expect("a column").values.len() / 2;
    let values = &recording.columns.back().expect("a column").values[..bins];
    let loudest = (0..bins).max_by(|a, b| values[*a].total_cmp(&values[*b])).expect("bins");
    let hertz = loudest as f64 * 24_000.0 / (bins - 1) as f64;
    assert!((hertz - 3_000.0).abs() < 50.0, "{hertz} Hz");
    assert!((values[loudest] + 6.02).abs() < 1.5, "{} dBFS", values[loudest]);

    screen.until("half a second is kept", |screen| screen.state().recording.preroll_s >= 0.5);
    screen.keys("Enter");
    screen.until("it records", |screen| screen.find("recording").is_some());
    device.hear(&tone(3_000.0, 24_000, 24_000));
    screen.until("a second is in the file", |screen| screen.state().recording.seconds >= 1.0);
    screen.shows("take-1.wav");
    // Valid while it is written.
    let take = home.path().join("take-1.wav");
    assert!(hound::WavReader::open(&take).is_ok());
    screen.keys("Enter");
    screen.until("it listens again", |screen| screen.find("listening").is_some());
    assert_eq!(samples(&take), tone(3_000.0, 0, 48_000));
    screen.keys("Esc");
    screen.shows_not("listening");
    screen.shows("take-1.wav");
}

#[test]
fn what_is_said_is_told_or_why_it_cannot_be() {
    let home = scratch();
    let mut screen = listening(home.path());
    screen.keys("t");
    let device = screen.device.clone();
    device.hear(&tone(3_000.0, 0, 24_000));
    screen.until("there is no such model", |screen| screen.find("no text: ").is_some());
    screen.until("the picture goes on", |screen| screen.state().recording.columns.len() >= 10);
    screen.keys("t");
    screen.until("it is gone", |screen| screen.find("no text: ").is_none());
}

#[test]
fn a_microphone_that_goes_away_is_waited_for_and_the_gap_is_named() {
    let mut screen = Screen::new((100, 30), Depth::True);
    let home = scratch();
    let path = home.path().join("clip.wav");
    crate::support::wav(&path, 48_000, 1, |_| 0);
    screen.bench.open(auricle::tui::Open::Sounds(vec![path]));
    screen.settle();
    screen.keys("R Enter");
    let device = screen.device.clone();
    device.hear(&tone(1_000.0, 0, 12_000));
    screen.until("it records", |screen| screen.state().recording.seconds >= 0.25);
    device.unplug();
    screen.until("it says so", |screen| screen.find("went away").is_some());
    device.plug(48_000, 2);
    screen.until("it goes on", |screen| screen.find("● recording").is_some());
    device.hear(&tone(1_000.0, 12_000, 12_000));
    screen.until("the rest is there", |screen| screen.state().recording.seconds >= 0.5);
    screen.shows("the device was away");
    screen.keys("Esc");
    assert_eq!(samples(&home.path().join("take-1.wav")), tone(1_000.0, 0, 24_000));
}

#[test]
fn without_a_microphone_there_is_a_reason() {
    let mut screen = Screen::new((80, 24), Depth::True);
    screen.device.unplug();
    screen.keys("R");
    screen.shows("unplugged");
    screen.keys("Esc");
    screen.shows_not("listening");
}
