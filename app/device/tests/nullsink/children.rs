//! What the tests do in processes of their own. Run alone, each of these does nothing.

use auricle_sound::{
    AudioSource, Device, Direction, ErrorKind, Library, Recorder, Request, Resampler, SampleFormat, Samples, Status,
    Transport,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn library() -> Library {
    Library::open(&library_path()).expect("the device library opens")
}

fn library_path() -> PathBuf {
    let test = std::env::current_exe().expect("this program");
    Library::beside(&test).expect("cargo builds the device library beside its tests")
}

/// The path of the sound library that the loader finds for the device library.
pub fn loaded_libasound() -> Option<String> {
    let ldd = std::process::Command::new("ldd").arg(library_path()).output().ok()?;
    let text = String::from_utf8_lossy(&ldd.stdout).into_owned();
    let line = text.lines().find(|line| line.contains("libasound.so"))?;
    let path = line.split_whitespace().nth(2)?;
    Some(std::fs::canonicalize(path).ok()?.display().to_string())
}

/// Waits for a condition; never for a time.
fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Noise whose every sample differs from silence.
fn noise(samples: usize) -> Vec<f32> {
    let mut state = 0x2545_f491u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state as f32 / u32::MAX as f32 - 0.5) * 0.9 + 1e-6
    };
    (0..samples).map(|_| next()).collect()
}

/// Plays a source to its end and returns what the monitor heard from its first sample on. A
/// machine that is too busy may make the server drop out, and it says so: then once more.
fn heard(device: &Arc<Library>, path: &Path, source: &Samples) -> Vec<f32> {
    for _ in 0..3 {
        if let Some(samples) = heard_once(device, path, source.clone()) {
            return samples;
        }
    }
    panic!("the sound server dropped out three times");
}

/// What the monitor heard, if the server reported no dropout.
fn heard_once(device: &Arc<Library>, path: &Path, source: Samples) -> Option<Vec<f32>> {
    let recorder = Recorder::open(Arc::clone(device) as _, Request::default(), 0.0).expect("records");
    assert_eq!(recorder.format().sample_rate, 48_000);
    recorder.start(path, SampleFormat::F32, None, true).expect("starts");
    let recording = || recorder.state().take.map_or(0, |take| take.frames);
    until("the monitor is heard", || recording() > 0);
    let transport = Transport::new(Arc::clone(device) as _, Request::default());
    transport.load(Box::new(source));
    transport.play();
    until("playing ends", || transport.state().status == Status::Ended);
    let state = transport.state();
    assert_eq!((state.underruns, state.clipped), (0, 0));
    let end = recording() + 24_000;
    until("the monitor has the end", || recording() > end);
    let take = recorder.stop().expect("completes").expect("a take");
    if state.xruns > 0 || !take.gaps.is_empty() {
        println!("dropouts: {} while playing, {:?} while recording", state.xruns, take.gaps);
        return None;
    }
    let reader = hound::WavReader::open(path).expect("a valid WAV file");
    let samples: Vec<f32> = reader.into_samples().map(|sample| sample.expect("a sample")).collect();
    let first = samples.iter().position(|&sample| sample != 0.0).expect("something was heard");
    Some(samples[first - first % 2..].to_vec())
}

fn check(got: &[f32], expected: &[f32], what: &str) {
    assert!(got.len() >= expected.len(), "{what}: {} of {} samples", got.len(), expected.len());
    let wrong = got.iter().zip(expected).filter(|(got, expected)| got != expected).count();
    let first = got.iter().zip(expected).position(|(got, expected)| got != expected);
    assert_eq!(wrong, 0, "{what}: the first wrong sample is {first:?} of {}", expected.len());
    assert!(got[expected.len()..].iter().all(|&sample| sample == 0.0), "{what}: noise after the end");
}

#[test]
#[ignore = "run by another test"]
fn round_trip() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("monitor.wav");
    let device = Arc::new(library());
    let listed = device.list().expect("lists");
    assert_eq!((listed[0].id.as_str(), listed[0].is_default), ("default", true), "{listed:?}");
    assert!(listed.iter().all(|device| device.id != "null" && device.id != "oss"), "{listed:?}");

    let sound = noise(2 * 48_000 * 3);
    let got = heard(&device, &path, &Samples::new(48_000, 2, sound.clone()));
    check(&got, &sound, "48 kHz stereo");

    let mono = noise(16_000 * 2);
    let mut resampler = Resampler::new(16_000, 48_000, 2).expect("a usual ratio");
    let both: Vec<f32> = mono.iter().flat_map(|&sample| [sample, sample]).collect();
    let mut expected = Vec::new();
    let step = resampler.wanted() * 2;
    for block in both.chunks(step).chain([&[][..]]) {
        resampler.step(block, &mut expected).expect("converts");
    }
    let expected: Vec<f32> = expected.iter().map(|sample| sample.clamp(-1.0, 1.0)).collect();
    let got = heard(&device, &path, &Samples::new(16_000, 1, mono));
    check(&got, &expected, "16 kHz mono");
}

/// Counts frames of the monitor's file at a moment, and tells where a recording turns loud or silent.
struct Monitor {
    recorder: Recorder,
    path: PathBuf,
}

impl Monitor {
    fn start(device: &Arc<Library>, path: &Path) -> Self {
        let recorder = Recorder::open(Arc::clone(device) as _, Request::default(), 0.0).expect("records");
        recorder.start(path, SampleFormat::F32, None, true).expect("starts");
        let monitor = Self { recorder, path: path.to_path_buf() };
        until("the monitor is heard", || monitor.frames() > 0);
        monitor
    }

    fn frames(&self) -> u64 {
        self.recorder.sync();
        self.recorder.state().take.map_or(0, |take| take.frames)
    }

    /// Lets it hear for so long.
    fn hear(&self, seconds: f64) {
        let end = self.frames() + (seconds * 48_000.0) as u64;
        until("the monitor hears", || self.frames() > end);
    }

    /// The first channel of all that it heard.
    fn heard(self) -> Vec<f32> {
        self.recorder.stop().expect("completes");
        let reader = hound::WavReader::open(&self.path).expect("a valid WAV file");
        reader.into_samples().step_by(2).map(|sample| sample.expect("a sample")).collect()
    }
}

/// From the order to pause or to play until the ear hears it.
const LATENCY_MS: f64 = 50.0;
/// What the monitor heard reaches its file so much later, one period of its device at most.
const MONITOR_MS: f64 = 29.0;

#[test]
#[ignore = "run by another test"]
fn pause_and_play() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let device = Arc::new(library());
    let monitor = Monitor::start(&device, &folder.path().join("monitor.wav"));
    let transport = Transport::new(Arc::clone(&device) as _, Request::default());
    // 100 Hz: no sample and no step of it is far from the one before.
    let tone: Vec<f32> = (0..2 * 48_000 * 30).map(|n| (0.01309 * f64::from(n / 2)).cos() as f32 * 0.5).collect();
    transport.load(Box::new(Samples::new(48_000, 2, tone)));
    transport.play();
    until("playing", || transport.state().position > 24_000);
    let mut turns = Vec::new();
    for _ in 0..12 {
        monitor.hear(0.31);
        turns.push((monitor.frames(), false));
        transport.pause();
        monitor.hear(0.29);
        turns.push((monitor.frames(), true));
        transport.play();
    }
    monitor.hear(0.3);
    let xruns = transport.state().xruns;
    let heard = monitor.heard();
    let loud = |at: usize| heard[at..].iter().take(480).any(|sample| sample.abs() > 1e-4);
    let mut late: Vec<f64> = Vec::new();
    for (frame, sounds) in turns {
        let turned = (frame as usize..heard.len()).find(|&at| loud(at) == sounds).expect("it is heard");
        // Sound that begins is seen 480 frames ahead.
        let turned = turned as f64 + if sounds { 480.0 } else { 0.0 };
        late.push((turned - frame as f64) / 48.0);
    }
    let clicks = heard.windows(2).skip(48_000).filter(|pair| (pair[1] - pair[0]).abs() > 0.012).count();
    late.sort_by(f64::total_cmp);
    println!("late: {:.1} to {:.1} ms, xruns: {xruns}", late[0], late[late.len() - 1]);
    // A dropout is the server's and tells nothing of the gate.
    assert!(xruns > 0 || late[0] < LATENCY_MS, "{late:?}");
    assert!(xruns > 0 || late[late.len() / 2] < LATENCY_MS + MONITOR_MS, "{late:?}");
    assert!(xruns > 0 || clicks == 0, "{clicks} steps in a tone of 100 Hz");
}

/// Seconds of processor time that this process has used.
fn processor_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("procfs");
    let after_name = stat.rsplit_once(')').expect("a name").1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks: f64 = [11, 12].iter().map(|&n| fields[n].parse::<f64>().expect("ticks")).sum();
    ticks / 100.0
}

#[test]
#[ignore = "run by another test"]
fn play_for_long() {
    let transport = Transport::new(Arc::new(library()), Request::default());
    let sound = Samples::new(48_000, 2, noise(2 * 48_000 * 60));
    let frames = sound.frames().expect("known");
    transport.load(Box::new(sound));
    transport.play();
    until("playing", || transport.state().position > 48_000);
    println!("status: playing");
    until("loss", || matches!(transport.state().status, Status::Lost(_)));
    let state = transport.state();
    let Status::Lost(reason) = state.status else {
        panic!("{:?}", state.status);
    };
    println!("status: lost {reason}");
    let (lost_at, begun, used) = (state.position, Instant::now(), processor_s());
    until("a second and a half of absence", || begun.elapsed() > Duration::from_millis(1_500));
    println!("busy: {}", (processor_s() - used) / begun.elapsed().as_secs_f64());
    until("playing again", || transport.state().status == Status::Playing);
    assert!(transport.state().position >= lost_at, "it goes on where it was");
    assert!(transport.state().position < lost_at + 48_000, "it goes on where it was");
    until("progress", || transport.state().position > lost_at + 24_000);
    println!("status: playing");
    assert!(transport.state().position < frames);
}

#[test]
#[ignore = "run by another test"]
fn record_for_long() {
    let Some(path) = std::env::var_os("AURICLE_TEST_TAKE") else {
        return;
    };
    let recorder = Recorder::open(Arc::new(library()), Request::default(), 0.0).expect("records");
    recorder.start(Path::new(&path), SampleFormat::S24, None, false).expect("starts");
    until("sound", || recorder.state().take.is_some_and(|take| take.frames > 0));
    println!("recording");
    std::thread::park_timeout(PATIENCE);
}

#[test]
#[ignore = "run by another test"]
fn find_nothing() {
    let device = library();
    assert_eq!(device.list().expect("lists"), []);
    for (direction, words) in [
        (Direction::Playback, "cannot play on the default sound device"),
        (Direction::Capture, "cannot record from the default sound device"),
    ] {
        let error = device.open(direction, &Request::default()).err().expect("refused");
        assert_eq!(error.kind(), ErrorKind::NoDevice, "{error}");
        assert!(error.to_string().starts_with(words), "{error}");
        assert!(error.to_string().contains("no PulseAudio or PipeWire server"), "{error}");
    }
    let named = Request { device: Some("plughw:9".into()), ..Request::default() };
    let error = device.open(Direction::Playback, &named).err().expect("refused");
    assert!(error.to_string().contains("there is no such device"), "{error}");
}

#[test]
#[ignore = "run by another test"]
fn open_without_libasound() {
    let error = Library::open(&library_path()).err().expect("refused");
    assert_eq!(error.kind(), ErrorKind::NoLibrary, "{error}");
    let text = error.to_string();
    assert!(text.contains("libasound.so.2") && text.contains("install libasound2"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}
