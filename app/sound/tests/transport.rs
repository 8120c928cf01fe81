//! The transport on a device that is moved by hand: no sound card, no clock, no sleep.

use auricle_sound::{
    AudioSource, Device, Error, ErrorKind, Forward, Manual, Null, Request, Result, Samples, Status, Transport,
};
use std::sync::Arc;

/// Frames of one callback in these tests.
const PERIOD: usize = 256;

fn stereo(frames: usize) -> Vec<f32> {
    (0..frames).flat_map(|n| [n as f32 / 65_536.0, -(n as f32) / 65_536.0]).collect()
}

/// Compares sound; a failure names the first difference instead of printing it all.
fn same(got: &[f32], expected: &[f32]) {
    assert_eq!(got.len(), expected.len(), "length");
    for (n, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert_eq!(got, expected, "sample {n}");
    }
}

/// Frames of the ramp in which a gate closes and opens at 48 kHz: 3 ms.
const RAMP: usize = 144;

/// Compares sound that fades in: below what was played at first, then exactly that.
#[track_caller]
fn faded_in(got: &[f32], expected: &[f32], channels: usize) {
    let ramp = RAMP * channels;
    for (n, (got, expected)) in got.iter().zip(expected).enumerate().take(ramp) {
        assert!(got.abs() <= expected.abs() && got * expected >= 0.0, "sample {n}: {got} of {expected}");
    }
    same(&got[ramp..], &expected[ramp..]);
}

struct Rig {
    device: Manual,
    transport: Transport,
}

impl Rig {
    fn new(sample_rate: u32, channels: u32) -> Self {
        let device = Manual::new(sample_rate, channels);
        let transport = Transport::new(Arc::new(device.clone()), Request::default());
        Self { device, transport }
    }

    fn load(&self, source: impl AudioSource + 'static) {
        self.transport.load(Box::new(source));
        self.transport.sync();
    }

    fn play(&self) {
        self.transport.play();
        self.transport.sync();
    }

    fn seek(&self, frame: u64) {
        self.transport.seek(frame);
        self.transport.sync();
    }

    /// Lets the device run and keeps its ring filled.
    fn run(&self, callbacks: usize) -> Vec<f32> {
        let heard = (0..callbacks).flat_map(|_| {
            let block = self.device.advance(PERIOD);
            self.transport.sync();
            block
        });
        heard.collect()
    }

    fn status(&self) -> Status {
        self.transport.state().status
    }

    fn position(&self) -> u64 {
        self.transport.state().position
    }
}

#[test]
fn every_sample_arrives_unchanged_and_the_end_is_the_end() {
    let rig = Rig::new(48_000, 2);
    assert_eq!(rig.status(), Status::Empty);
    rig.load(Samples::new(48_000, 2, stereo(50_000)));
    assert_eq!(rig.status(), Status::Paused);
    rig.play();
    assert_eq!(rig.status(), Status::Playing);
    let heard = rig.run(50_000 / PERIOD + 3);
    same(&heard[..100_000], &stereo(50_000));
    assert!(heard[100_000..].iter().all(|&sample| sample == 0.0));
    let state = rig.transport.state();
    assert_eq!((state.status, state.position), (Status::Ended, 50_000));
    assert_eq!((state.underruns, state.clipped, state.device_rate), (0, 0, 48_000));
    rig.play();
    assert_eq!(rig.run(4)[..2 * PERIOD], stereo(PERIOD), "playing again starts over");
}

#[test]
fn pausing_acts_at_the_next_callback_without_waiting_for_anything() {
    let rig = Rig::new(48_000, 2);
    rig.load(Samples::new(48_000, 2, stereo(50_000)));
    rig.play();
    rig.run(3);
    rig.transport.pause();
    let closing = rig.device.advance(PERIOD);
    assert!(closing[2 * RAMP..].iter().all(|sample| *sample == 0.0), "silent after 3 ms");
    let held = 3 * PERIOD + RAMP;
    assert_eq!((rig.position(), rig.status()), (held as u64, Status::Paused));
    assert_eq!(rig.device.advance(PERIOD), vec![0.0; 2 * PERIOD]);
    rig.transport.play();
    faded_in(&rig.device.advance(PERIOD), &stereo(50_000)[2 * held..2 * (held + PERIOD)], 2);
    assert_eq!(rig.transport.state().underruns, 0);
}

#[test]
fn seeking_is_exact_while_playing_and_while_paused() {
    let rig = Rig::new(48_000, 2);
    rig.load(Samples::new(48_000, 2, stereo(60_000)));
    rig.seek(500);
    assert_eq!(rig.position(), 500, "with no stream open yet");
    rig.play();
    faded_in(&rig.run(1), &stereo(60_000)[1_000..1_000 + 2 * PERIOD], 2);
    rig.seek(40_000);
    let heard = rig.run(4);
    // What the device may be about to take stays; then one fades into the other within two ramps.
    let turned = PERIOD + 64;
    same(&heard[..2 * turned], &stereo(60_000)[2 * (500 + PERIOD)..2 * (500 + PERIOD + turned)]);
    let after = 2 * RAMP;
    let there = 2 * (40_000 + after)..2 * (40_000 + 4 * PERIOD - turned);
    same(&heard[2 * (turned + after)..], &stereo(60_000)[there]);
    let steps = heard.windows(4).map(|w| (w[2] - w[0]).abs()).fold(0.0, f32::max);
    assert!(steps < 0.7 / RAMP as f32, "a step of {steps}");
    assert_eq!(rig.position(), 40_000 + (4 * PERIOD - turned) as u64);
    rig.transport.pause();
    rig.run(1);
    rig.seek(7);
    assert_eq!(rig.run(2), vec![0.0; 4 * PERIOD]);
    assert_eq!(rig.position(), 7);
    rig.play();
    faded_in(&rig.run(1), &stereo(7 + PERIOD)[14..], 2);
    rig.seek(u64::MAX);
    rig.run(5);
    assert_eq!((rig.position(), rig.status()), (60_000, Status::Ended));
}

#[test]
fn a_range_repeats_to_the_frame() {
    let rig = Rig::new(48_000, 1);
    let ramp: Vec<f32> = (0..20_000).map(|n| n as f32 / 65_536.0).collect();
    rig.load(Samples::new(48_000, 1, ramp.clone()));
    rig.transport.set_range(1_000..1_700, true);
    rig.transport.sync();
    assert_eq!(rig.position(), 1_000);
    rig.play();
    let heard = rig.run(42);
    let expected: Vec<f32> = ramp[1_000..1_700].iter().copied().cycle().take(heard.len()).collect();
    faded_in(&heard, &expected, 1);
    assert_eq!(rig.position(), 1_000 + (42 * PERIOD as u64) % 700);
    rig.transport.set_range(0..u64::MAX, false);
    rig.transport.sync();
    let position = rig.position() as usize;
    // What the device may be about to take stays, and fades into what follows.
    let after = PERIOD + 64 + 2 * RAMP;
    same(&rig.run(4)[after..], &ramp[position + after..position + 4 * PERIOD]);
}

#[test]
fn other_rates_and_layouts_are_adapted_and_positions_are_source_frames() {
    let rig = Rig::new(48_000, 2);
    let tone: Vec<f32> =
        (0..16_000).map(|n| 0.5 * (f64::from(n) * std::f64::consts::TAU * 440.0 / 16_000.0).sin() as f32).collect();
    rig.load(Samples::new(16_000, 1, tone.clone()));
    rig.play();
    let heard = rig.run(48_000 / PERIOD + 4);
    assert!(heard.chunks(2).all(|frame| frame[0] == frame[1]), "mono is on both channels");
    for (n, sample) in tone.iter().enumerate().skip(1_000).take(14_000) {
        let got = heard[2 * 3 * n];
        assert!((got - sample).abs() < 1e-5, "frame {n}: expected {sample}, got {got}");
    }
    let state = rig.transport.state();
    assert_eq!((state.status, state.position), (Status::Ended, 16_000));
}

#[test]
fn levels_show_what_leaves_and_gain_acts_at_once() {
    let rig = Rig::new(48_000, 2);
    rig.load(Samples::new(48_000, 2, [0.5, -1.5].repeat(50_000)));
    rig.play();
    rig.transport.set_gain(0.5);
    assert_eq!(rig.run(20)[..2], [0.25, -0.75]);
    let levels = rig.transport.state().levels;
    assert_eq!((levels[0].peak, levels[1].rms), (0.25, 0.75));
    rig.transport.set_gain(1.0);
    rig.run(8);
    let clipped = rig.transport.state().clipped;
    assert_eq!(rig.run(1)[..2], [0.5, -1.0], "limited to full scale");
    assert_eq!(rig.transport.state().clipped, clipped + PERIOD as u64);
    rig.transport.pause();
    assert_eq!(rig.transport.state().levels[0].peak, 0.0);
}

#[test]
fn a_device_that_goes_away_is_taken_up_again_where_it_was() {
    let rig = Rig::new(48_000, 2);
    rig.load(Samples::new(48_000, 2, stereo(60_000)));
    rig.play();
    rig.run(10);
    rig.device.unplug();
    rig.transport.sync();
    assert!(matches!(rig.status(), Status::Lost(reason) if reason.contains("went away")));
    assert_eq!(rig.position(), 10 * PERIOD as u64);
    rig.transport.retry();
    rig.transport.sync();
    assert!(matches!(rig.status(), Status::Lost(_)), "still away");
    rig.device.plug(96_000, 1);
    rig.transport.retry();
    rig.transport.sync();
    assert_eq!((rig.status(), rig.device.opened()), (Status::Playing, 2));
    rig.run(4);
    assert_eq!(rig.position(), 10 * PERIOD as u64 + 2 * PERIOD as u64, "now at twice the rate");
}

#[test]
fn no_device_is_a_failure_that_playing_again_tries_again() {
    let rig = Rig::new(48_000, 2);
    rig.device.unplug();
    rig.load(Samples::new(48_000, 2, stereo(600)));
    rig.play();
    assert_eq!(rig.status(), Status::Failed { kind: ErrorKind::NoDevice, reason: "the device is unplugged".into() });
    rig.device.plug(48_000, 2);
    rig.play();
    assert_eq!(rig.status(), Status::Playing);
    assert_eq!(rig.run(1), stereo(PERIOD));
}

/// Ends with an error at frame 1000, or claims another length than it has.
struct Broken {
    inner: Samples,
    fails: bool,
    claims: Option<u64>,
}

impl AudioSource for Broken {
    fn sample_rate(&self) -> u32 {
        self.inner.sample_rate()
    }

    fn channels(&self) -> usize {
        self.inner.channels()
    }

    fn frames(&self) -> Option<u64> {
        self.claims
    }

    fn read(&mut self, start: u64, out: &mut [f32]) -> Result<usize> {
        match self.inner.read(start, out)? {
            0 if self.fails => Err(Error::new(ErrorKind::Source, "clip.flac: frame 3 is damaged")),
            frames => Ok(frames),
        }
    }
}

#[test]
fn a_source_that_fails_or_lies_about_its_length_says_so() {
    for (fails, claims) in [(true, None), (false, None), (false, Some(9_999_999))] {
        let rig = Rig::new(48_000, 2);
        let inner = Samples::new(48_000, 2, stereo(1_000));
        rig.load(Broken { inner, fails, claims });
        rig.play();
        rig.run(8);
        let state = rig.transport.state();
        if fails {
            assert_eq!(
                state.status,
                Status::Failed { kind: ErrorKind::Source, reason: "clip.flac: frame 3 is damaged".into() }
            );
        } else {
            assert_eq!((state.status, state.frames), (Status::Ended, Some(1_000)));
            assert_eq!(state.position, 1_000);
        }
    }
}

#[test]
fn what_cannot_be_played_is_refused_with_its_format() {
    for (rate, channels, word) in [(0, 1, "0 Hz"), (48_000, 0, "channels")] {
        let rig = Rig::new(48_000, 2);
        rig.load(Samples::new(rate, channels, vec![0.0; 10]));
        rig.play();
        let status = rig.status();
        let refused = matches!(&status, Status::Failed { reason, .. } if reason.contains(word));
        assert!(refused || status == Status::Empty, "{rate} Hz, {channels} channels: {status:?}");
    }
}

#[test]
fn another_source_is_heard_from_its_beginning_and_nothing_of_the_one_before() {
    let rig = Rig::new(48_000, 2);
    rig.load(Samples::new(48_000, 2, vec![0.9; 20_000]));
    rig.play();
    rig.run(3);
    rig.transport.load(Box::new(Samples::new(48_000, 2, stereo(5_000))));
    rig.transport.play();
    assert_eq!(rig.device.advance(PERIOD).iter().filter(|&&sample| sample == 0.9).count(), 0);
    rig.transport.sync();
    let heard: Vec<f32> = rig.run(8).into_iter().skip_while(|&sample| sample == 0.0).collect();
    assert_eq!(heard[..500], stereo(5_000)[2..502], "frame 0 of it is silent");
}

#[test]
fn unloading_gives_the_device_back() {
    let rig = Rig::new(48_000, 2);
    rig.load(Samples::new(48_000, 2, stereo(5_000)));
    rig.play();
    rig.run(2);
    rig.transport.unload();
    rig.transport.sync();
    assert_eq!((rig.status(), rig.position()), (Status::Empty, 0));
    assert!(rig.device.advance(PERIOD).is_empty(), "no stream is left");
}

#[test]
fn the_null_device_plays_ten_minutes_at_once() {
    let device = Null::at_once();
    assert_eq!(device.list().expect("lists")[0].id, "null-fast");
    let transport = Transport::new(Arc::new(device), Request::default());
    let minutes = 600 * 8_000;
    transport.load(Box::new(Samples::new(8_000, 1, vec![0.1; minutes])));
    transport.play();
    while transport.state().status == Status::Paused || transport.state().status == Status::Empty {
        transport.sync();
    }
    while transport.state().status == Status::Playing {
        transport.sync();
    }
    let state = transport.state();
    assert_eq!((state.status, state.position), (Status::Ended, minutes as u64));
    assert_eq!(state.underruns, 0);
}

#[test]
fn two_sources_change_places_without_a_gap_a_click_or_a_shift() {
    // The same 100 Hz, as it is and at half the level and half the rate: sample for sample, one is the other's half.
    let tone = |rate: u32, level: f64| -> Vec<f32> {
        let step = std::f64::consts::TAU * 100.0 / f64::from(rate);
        (0..rate * 4).map(|n| (level * (step * f64::from(n)).sin()) as f32).collect()
    };
    for rate in [48_000, 24_000] {
        let rig = Rig::new(48_000, 1);
        rig.load(Samples::new(48_000, 1, tone(48_000, 0.8)));
        rig.play();
        let mut heard = rig.run(20);
        for turn in 0..6 {
            let (rate, level) = if turn % 2 == 0 { (rate, 0.4) } else { (48_000, 0.8) };
            rig.transport.swap(Box::new(Samples::new(rate, 1, tone(rate, level))));
            rig.transport.sync();
            heard.extend(rig.run(20));
            let reference = tone(48_000, level);
            for n in heard.len() - 10 * PERIOD..heard.len() {
                assert!((heard[n] - reference[n]).abs() < 1e-4, "{rate} Hz, frame {n}: {} {}", heard[n], reference[n]);
            }
            let seconds = rig.position() as f64 / f64::from(rate);
            assert!((seconds - heard.len() as f64 / 48_000.0).abs() < 1e-4, "the play head stays: {seconds} s");
        }
        let step = heard.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        assert!(step < 0.8 * 0.0131 + 0.4 / (2.0 * RAMP as f32), "a step of {step}");
        assert_eq!(rig.transport.state().underruns, 0);
    }
}

#[test]
fn one_channel_can_be_heard_alone() {
    let rig = Rig::new(48_000, 2);
    rig.load(Samples::new(48_000, 2, [0.5, -0.25].repeat(50_000)));
    rig.play();
    assert_eq!(rig.run(1)[..2], [0.5, -0.25]);
    rig.transport.set_solo(Some(1));
    rig.transport.sync();
    assert_eq!(rig.run(5)[8 * PERIOD..], [-0.25; 2 * PERIOD]);
    rig.transport.set_solo(None);
    rig.transport.sync();
    assert_eq!(rig.run(5)[8 * PERIOD..8 * PERIOD + 2], [0.5, -0.25]);
    assert_eq!(rig.position(), 11 * PERIOD as u64);
}

/// A ramp that can be played at another speed by leaving out or repeating frames.
struct Fast(Samples);

struct FastFrom(Samples, f64, f64);

impl AudioSource for Fast {
    fn sample_rate(&self) -> u32 {
        self.0.sample_rate()
    }

    fn channels(&self) -> usize {
        self.0.channels()
    }

    fn frames(&self) -> Option<u64> {
        self.0.frames()
    }

    fn read(&mut self, start: u64, out: &mut [f32]) -> Result<usize> {
        self.0.read(start, out)
    }

    fn at_speed(&mut self, start: u64, speed: f64) -> Result<Box<dyn Forward>> {
        Ok(Box::new(FastFrom(self.0.clone(), start as f64, speed)))
    }
}

impl Forward for FastFrom {
    fn read(&mut self, out: &mut [f32]) -> Result<usize> {
        let mut frames = 0;
        for frame in out.chunks_mut(self.0.channels()) {
            if self.0.read(self.1.floor() as u64, frame)? == 0 {
                break;
            }
            self.1 += self.2;
            frames += 1;
        }
        Ok(frames)
    }
}

#[test]
fn another_speed_begins_where_the_sound_is_and_the_play_head_keeps_to_it() {
    let rig = Rig::new(48_000, 1);
    let ramp: Vec<f32> = (0..60_000).map(|n| n as f32 / 65_536.0).collect();
    rig.load(Fast(Samples::new(48_000, 1, ramp)));
    rig.play();
    rig.run(10);
    for speed in [2.0, 0.5, 4.0, 1.0] {
        rig.transport.set_speed(speed);
        rig.transport.sync();
        let heard = rig.run(8);
        let last = heard[heard.len() - 1] * 65_536.0;
        let (position, expected) = (rig.position() as f64, f64::from(last) + speed);
        assert!((position - expected).abs() <= speed + 1.0, "{speed}: at {position}, heard {expected}");
        let before = heard[heard.len() - 101] * 65_536.0;
        assert!((f64::from(last - before) - 100.0 * speed).abs() < speed + 1.0, "{speed}: {before} to {last}");
        assert!(heard.windows(2).all(|pair| pair[1] - pair[0] < 0.004), "{speed}: no jump");
    }
    rig.transport.set_speed(4.0);
    rig.run(60_000 / PERIOD);
    assert_eq!((rig.status(), rig.position()), (Status::Ended, 60_000));
}

#[test]
fn what_cannot_be_stretched_says_so() {
    let rig = Rig::new(48_000, 1);
    rig.load(Samples::new(48_000, 1, vec![0.1; 50_000]));
    rig.transport.set_speed(2.0);
    rig.play();
    assert!(matches!(rig.status(), Status::Failed { reason, .. } if reason.contains("2 times as fast")));
}

#[test]
fn a_moving_cursor_lets_grains_be_heard_and_then_is_silent() {
    let rig = Rig::new(48_000, 1);
    rig.load(Samples::new(48_000, 1, vec![0.5; 500_000]));
    for frame in [1_000, 2_000, 3_000] {
        rig.transport.scrub(frame);
        rig.transport.sync();
        assert_eq!(rig.status(), Status::Paused, "it is held, though a grain is heard");
        let heard = rig.run(3);
        assert!(heard.iter().any(|sample| *sample > 0.4), "{frame}: {heard:?}");
        assert!(heard.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.01), "{frame}: no click");
    }
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while rig.run(1).iter().any(|sample| *sample != 0.0) {
        assert!(std::time::Instant::now() < deadline, "the grain never ends");
    }
}
