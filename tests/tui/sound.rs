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

/// A stereo file: a tone left, another right, both of a whole number of periods a second.
fn tones(home: &std::path::Path) -> std::path::PathBuf {
    let path = home.join("tones.wav");
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 48_000,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(&path, spec).expect("scratch is writable");
    for n in 0..48_000 * 20 {
        let sine = |hz: f64| (0.4 * (std::f64::consts::TAU * hz * f64::from(n) / 48_000.0).sin()) as f32;
        writer.write_sample(sine(400.0)).expect("writes");
        writer.write_sample(sine(700.0)).expect("writes");
    }
    writer.finalize().expect("finishes");
    path
}

/// Lets the device run for so many callbacks of 10 ms, as slowly as the player needs; gives the left channel.
fn hear(screen: &mut Screen, callbacks: usize) -> Vec<f32> {
    let device = screen.device.clone();
    let mut heard = Vec::new();
    for _ in 0..callbacks {
        screen.bench.sync_sound();
        heard.extend(device.advance(480).into_iter().step_by(2));
        screen.bench.hear();
    }
    heard
}

/// Periods a second, by rising zeros.
fn pitch(heard: &[f32]) -> f64 {
    let rising = heard.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
    rising as f64 * 48_000.0 / heard.len() as f64
}

#[test]
fn speed_keeps_the_pitch_and_the_play_head_keeps_to_the_sound() {
    let home = scratch();
    let path = tones(home.path());
    let mut screen = Screen::open(&path, (120, 36));
    screen.keys("Space");
    screen.until("it plays", |screen| screen.state().sound.is_playing);
    hear(&mut screen, 50);
    for (keys, speed) in [("; ; ;", 0.5), ("' ' ' ' ' '", 2.0)] {
        screen.keys(keys);
        screen.shows(&format!("×{speed}"));
        hear(&mut screen, 20);
        let before = screen.state().sound.position.expect("it plays");
        let heard = hear(&mut screen, 100);
        let pace = screen.state().sound.position.expect("it plays") - before;
        assert!((pace - speed).abs() < 0.03, "{pace} s of sound in a second at {speed}");
        assert!((pitch(&heard) - 400.0).abs() < 4.0, "{} Hz at speed {speed}", pitch(&heard));
        let step = heard.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        assert!(step < 0.03, "a step of {step} at speed {speed}");
    }
}

#[test]
fn a_channel_alone_a_gain_and_a_loop_of_the_selection() {
    let home = scratch();
    let path = tones(home.path());
    let mut screen = Screen::open(&path, (120, 36));
    screen.keys("Space H H");
    screen.shows("ch 2");
    hear(&mut screen, 20);
    assert!((pitch(&hear(&mut screen, 100)) - 700.0).abs() < 8.0);
    screen.keys("H M-Down M-Down");
    screen.shows("-6 dB");
    hear(&mut screen, 20);
    let heard = hear(&mut screen, 100);
    let peak = heard.iter().fold(0.0f32, |a, b| a.max(*b));
    assert!((pitch(&heard) - 400.0).abs() < 4.0 && (peak - 0.2).abs() < 0.01, "{peak}");

    screen.keys("Home > > i > I L M-p");
    let selection = screen.state().selection.clone().expect("it is marked");
    screen.shows("loop");
    let mut before = 0.0;
    let mut turns = 0;
    for _ in 0..90 {
        hear(&mut screen, 10);
        let position = screen.state().sound.position.expect("it plays");
        assert!(position <= selection.end + 0.01 && position >= selection.start - 0.05, "{position} of {selection:?}");
        turns += usize::from(position < before);
        before = position;
    }
    assert!(turns >= 2, "{turns} turns of {selection:?}");
}

#[test]
fn two_stages_change_places_in_the_ear_without_a_gap() {
    let home = scratch();
    let sound = tones(home.path());
    let session = home.path().join("ab.toml");
    let text = format!(
        "auricle = 1\n[inputs]\nclip = {sound:?}\n[[stage]]\nid = \"dry\"\nuse = \"read.audio\"\ninput = \"clip\"\n\
         [[stage]]\nid = \"soft\"\nuse = \"effect.gain\"\ninput = \"dry\"\nparameters = {{ gain_db = -6.0 }}\n"
    );
    std::fs::write(&session, text).expect("scratch is writable");
    let mut screen = Screen::open(&session, (120, 36));
    screen.keys("1 Home Space");
    screen.until("it plays", |screen| screen.state().sound.is_playing);
    let mut heard = hear(&mut screen, 30);
    let mut levels = Vec::new();
    for key in ["Down t", "t", "t"] {
        screen.keys(key);
        hear(&mut screen, 5).into_iter().for_each(|sample| heard.push(sample));
        let part = hear(&mut screen, 20);
        levels.push(part.iter().fold(0.0f32, |a, b| a.max(*b)));
        heard.extend(part);
    }
    let expected = [0.2005, 0.4, 0.2005];
    assert!(levels.iter().zip(expected).all(|(got, expected)| (got - expected).abs() < 0.005), "{levels:?}");
    // Not a sample is out of its place: every one lies on the tone, at one of the levels or on the way between them.
    for (n, sample) in heard.iter().enumerate() {
        let tone = (std::f64::consts::TAU * 400.0 * n as f64 / 48_000.0).sin() as f32;
        let (low, high) = (0.2004 * tone, 0.4 * tone);
        assert!(*sample >= low.min(high) - 1e-3 && *sample <= low.max(high) + 1e-3, "sample {n}: {sample} for {tone}");
    }
}

#[test]
fn the_cursor_is_heard_as_it_moves() {
    let home = scratch();
    let path = tones(home.path());
    let mut screen = Screen::open(&path, (120, 36));
    screen.keys("T > > >");
    let heard = hear(&mut screen, 10);
    assert!(heard.iter().any(|sample| sample.abs() > 0.3) && !screen.state().sound.is_playing);
    screen.keys("T");
    screen.shows("the cursor is silent");
}
