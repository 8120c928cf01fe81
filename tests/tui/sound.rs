//! Playing: the play head goes where the sound is, the meter shows its level, and nothing stops without a device.

use crate::screen::{Screen, written};
use crate::support::scratch;
use ratatui::style::Color;

/// Columns of the waveform lane that have the play head.
fn head(screen: &Screen) -> Option<u16> {
    let area = screen.layout().wave.expect("it is shown").plot;
    let play = Color::Rgb(120, 230, 140);
    (0..area.width).find(|x| screen.cell(area.x + x, area.y).fg == play)
}

#[test]
fn the_play_head_follows_the_device() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (120, 36));
    assert_eq!(head(&screen), None);
    screen.keys("Space");
    screen.until("it plays", |screen| screen.state().sound.is_playing);
    screen.shows("▶");
    let device = screen.device.clone();
    let timeline = screen.state().timeline.expect("the lengths are known");
    // Two seconds go to the ear, in callbacks of 10 ms.
    let mut heard = 0;
    screen.until("two seconds were heard", |_| {
        heard += usize::from(device.advance(480).iter().any(|sample| *sample != 0.0));
        heard >= 200
    });
    screen.until("the play head is there", |screen| {
        let position = screen.state().sound.position.unwrap_or(0.0);
        position > 1.9 && head(screen) == timeline.place(position)
    });
    // Held, it stays; from the cursor on, it is where the cursor is.
    screen.keys("Space");
    screen.until("it holds", |screen| !screen.state().sound.is_playing);
    device.advance(480); // it fades out within 3 ms
    screen.bench.hear();
    let position = screen.state().sound.position;
    device.advance(4_800);
    screen.bench.hear();
    assert_eq!(screen.state().sound.position, position);
    screen.keys("Home > > > Enter");
    screen.until("it plays from the cursor", |screen| {
        let position = screen.state().sound.position.unwrap_or(0.0);
        screen.state().sound.is_playing && (position - screen.state().cursor).abs() < 0.2
    });
}

#[test]
fn the_meter_shows_what_is_heard() {
    let home = scratch();
    let path = home.path().join("tone.wav");
    // A square wave of a quarter of full scale: peak and RMS are the same, -12.04 dBFS.
    crate::support::wav(&path, 48_000, 2, |k| if k % 100 < 50 { 8_192 } else { -8_192 });
    let mut screen = Screen::open(&path, (120, 36));
    screen.keys("Space");
    let device = screen.device.clone();
    screen.until("the meter moves", |screen| {
        device.advance(480);
        screen.state().sound.levels.iter().any(|level| level.rms_dbfs() > -12.1)
    });
    let level = screen.state().sound.levels[0];
    assert!((level.rms_dbfs() + 12.04).abs() < 0.1 && (level.peak_dbfs() + 12.04).abs() < 0.1, "{level:?}");
    let scale = screen.layout().wave.expect("it is shown").scale;
    let filled = |x: u16| {
        let bars = "▁▂▃▄▅▆▇█";
        let eighths = |y| bars.chars().position(|c| screen.cell(x, y).symbol() == c.to_string()).map_or(0, |k| k + 1);
        (scale.y..scale.bottom()).map(eighths).sum::<usize>()
    };
    let expected = (60.0 - 12.04) / 60.0 * f64::from(scale.height) * 8.0;
    for x in [scale.x + 1, scale.x + 2] {
        assert!((filled(x) as f64 - expected).abs() <= 1.0, "{} of {expected} eighths\n{}", filled(x), screen.text());
    }
}

#[test]
fn without_a_device_the_play_head_still_moves() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (120, 36));
    screen.device.unplug();
    screen.keys("Space");
    screen.until("it says so", |screen| screen.find("no sound device").is_some());
    screen.until("the play head moves", |screen| screen.state().sound.position.is_some_and(|position| position > 0.05));
    assert!(screen.state().sound.is_playing);
    screen.keys("Space");
    screen.until("it holds", |screen| !screen.state().sound.is_playing);
}

#[test]
fn a_changed_parameter_is_heard_on() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (120, 36));
    screen.keys("Space");
    let device = screen.device.clone();
    screen.until("a second was heard", |screen| {
        device.advance(480);
        screen.state().sound.position.is_some_and(|position| position > 1.0)
    });
    // The sound is read from another place on; it goes on where it was.
    screen.keys("1 2 Enter C-u").type_in("0.5").keys("Enter");
    screen.until("it goes on", |screen| {
        device.advance(480);
        screen.state().sound.is_playing && screen.state().sound.position.is_some_and(|position| position > 1.0)
    });
}
