//! The recorder on devices without a sound card.

use auricle_sound::{
    ErrorKind, Gap, Manual, Null, Recorder, RecorderStatus, Request, SampleFormat, Samples, SourceCapture,
};
use std::io::BufRead;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn ramp(frames: usize, channels: usize) -> Vec<f32> {
    (0..frames * channels).map(|n| (n % 4_001) as f32 / 8_192.0 - 0.25).collect()
}

/// Reads a WAV file with another program's code.
fn read(path: &Path) -> Vec<f32> {
    let reader = hound::WavReader::open(path).expect("a valid WAV file");
    reader.into_samples().map(|sample| sample.expect("a whole sample")).collect()
}

/// Compares sound; a failure names the first difference instead of printing it all.
fn same(got: &[f32], expected: &[f32], what: &str) {
    let worst = got.iter().zip(expected).position(|(got, expected)| got != expected);
    if let Some(n) = worst {
        panic!("{what}: sample {n}: expected {}, got {}", expected[n], got[n]);
    }
    assert_eq!(got.len(), expected.len(), "{what}: length");
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn listening(device: &Manual, preroll_s: f64) -> Recorder {
    Recorder::open(Arc::new(device.clone()), Request::default(), preroll_s).expect("opens")
}

#[test]
fn what_is_heard_is_on_disk_after_every_step() {
    let (folder, device) = (folder(), Manual::new(44_100, 2));
    let path = folder.path().join("take.wav");
    let recorder = listening(&device, 0.0);
    device.hear(&[0.9; 512]);
    recorder.start(&path, SampleFormat::F32, None, false).expect("starts");
    assert_eq!(read(&path), [], "what came before is not part of it");
    let sound = ramp(3_000, 2);
    for end in [500, 1_100, 3_000] {
        let begin = recorder.state().take.map_or(0, |take| take.frames as usize);
        device.hear(&sound[2 * begin..2 * end]);
        recorder.sync();
        same(&read(&path), &sound[..2 * end], "so far");
    }
    let levels = recorder.state().levels;
    assert_eq!(levels.len(), 2);
    assert!(levels[0].peak > 0.2 && levels[0].rms > 0.1, "{levels:?}");
    let take = recorder.stop().expect("completes").expect("a take");
    assert_eq!((take.frames, take.sample_rate, take.clipped), (3_000, 44_100, 0));
    assert_eq!(take.gaps, []);
    same(&read(&path), &sound, "complete");
    assert_eq!(recorder.stop().expect("nothing to do"), None);
}

#[test]
fn the_preroll_is_the_beginning_and_the_limit_the_end() {
    let (folder, device) = (folder(), Manual::new(1_000, 1));
    let path = folder.path().join("take.wav");
    let recorder = listening(&device, 0.25);
    let sound = ramp(3_000, 1);
    device.hear(&sound[..1_000]);
    recorder.start(&path, SampleFormat::F32, Some(900), false).expect("starts");
    device.hear(&sound[1_000..]);
    recorder.sync();
    let state = recorder.state();
    assert_eq!(state.status, RecorderStatus::Done);
    assert_eq!(state.take.expect("a take").duration_s(), 0.9);
    same(&read(&path), &sound[750..1_650], "pre-roll and limit");
}

#[test]
fn one_recorder_makes_many_files() {
    let (folder, device) = (folder(), Manual::new(8_000, 1));
    let recorder = listening(&device, 0.0);
    for name in ["a.wav", "b.wav"] {
        let path = folder.path().join(name);
        recorder.start(&path, SampleFormat::S16, None, false).expect("starts");
        device.hear(&[0.5, 1.5, -0.25]);
    }
    let take = recorder.stop().expect("completes").expect("a take");
    assert_eq!((take.clipped, take.peaks), (1, vec![1.5]));
    for name in ["a.wav", "b.wav"] {
        let mut reader = hound::WavReader::open(folder.path().join(name)).expect("valid");
        let samples: Vec<i16> = reader.samples().map(|sample| sample.expect("a sample")).collect();
        assert_eq!(samples, [16_384, 32_767, -8_192], "{name}");
    }
}

#[test]
fn an_existing_file_is_refused_and_the_recorder_lives_on() {
    let (folder, device) = (folder(), Manual::new(8_000, 1));
    let path = folder.path().join("a.wav");
    std::fs::write(&path, "precious").expect("writes");
    let recorder = listening(&device, 0.0);
    let refused = recorder.start(&path, SampleFormat::F32, None, false).expect_err("refuses");
    assert_eq!(refused.kind(), ErrorKind::Write);
    assert_eq!(recorder.state().status, RecorderStatus::Listening);
    recorder.start(&path, SampleFormat::F32, None, true).expect("overwrites when told");
}

#[test]
fn a_device_that_goes_away_leaves_a_valid_file_that_goes_on() {
    let (folder, device) = (folder(), Manual::new(8_000, 1));
    let path = folder.path().join("take.wav");
    let recorder = listening(&device, 0.0);
    recorder.start(&path, SampleFormat::F32, None, false).expect("starts");
    device.hear(&[0.1, 0.2]);
    device.unplug();
    recorder.sync();
    assert!(matches!(recorder.state().status, RecorderStatus::Lost(_)));
    recorder.sync();
    assert_eq!(read(&path), [0.1, 0.2]);
    device.plug(44_100, 2);
    recorder.retry();
    recorder.sync();
    assert_eq!(recorder.state().status, RecorderStatus::Recording);
    device.hear(&[0.3]);
    let take = recorder.stop().expect("completes").expect("a take");
    assert!(matches!(take.gaps[..], [Gap::Away { at: 2, .. }]), "{:?}", take.gaps);
    assert_eq!(read(&path), [0.1, 0.2, 0.3], "in the format that the file began with");
}

#[test]
fn a_source_is_heard_to_its_end_and_dropping_completes_the_file() {
    let folder = folder();
    let path = folder.path().join("take.wav");
    let sound = ramp(300_000, 3);
    let source = Samples::new(16_000, 3, sound.clone());
    let device = Arc::new(SourceCapture::new(Box::new(source), false));
    let recorder = Recorder::open(device.clone(), Request::default(), 100.0).expect("opens");
    let busy = Recorder::open(device, Request::default(), 0.0).err().expect("refused");
    assert_eq!(busy.kind(), ErrorKind::Busy);
    recorder.start(&path, SampleFormat::F32, None, false).expect("starts");
    while recorder.state().status == RecorderStatus::Recording {
        recorder.sync();
    }
    drop(recorder);
    same(&read(&path), &sound, "to the end");
}

#[test]
fn the_null_device_records_silence_as_fast_as_it_goes() {
    let folder = folder();
    let path = folder.path().join("take.wav");
    let recorder = Recorder::open(Arc::new(Null::at_once()), Request::default(), 0.0).expect("opens");
    recorder.start(&path, SampleFormat::S24, Some(480_000), false).expect("starts");
    while recorder.state().status == RecorderStatus::Recording {
        recorder.sync();
    }
    let reader = hound::WavReader::open(&path).expect("valid");
    assert_eq!(reader.duration(), 480_000);
}

/// The child of the test below: records a ramp by the clock until it is killed.
#[test]
#[ignore = "only as a child process of another test"]
fn child_that_records_until_it_is_killed() {
    let Some(path) = std::env::var_os("AURICLE_TEST_TAKE") else {
        return;
    };
    let source = Samples::new(48_000, 2, ramp(48_000 * 20, 2));
    let device = Arc::new(SourceCapture::new(Box::new(source), true));
    let recorder = Recorder::open(device, Request::default(), 20.0).expect("opens");
    recorder.start(Path::new(&path), SampleFormat::F32, None, false).expect("starts");
    println!("recording");
    std::thread::park_timeout(Duration::from_secs(20));
}

#[test]
fn a_killed_recording_is_valid_up_to_the_last_second() {
    let folder = folder();
    let test = std::env::current_exe().expect("this test's program");
    let sound = ramp(48_000 * 20, 2);
    // Odd moments, so that every phase of the quarter-second commits is met.
    let moments = [137, 611, 1_049, 1_523, 2_203].map(Duration::from_millis);
    std::thread::scope(|scope| {
        for (index, moment) in moments.into_iter().enumerate() {
            let path = folder.path().join(format!("{index}.wav"));
            let (test, sound) = (&test, &sound);
            scope.spawn(move || {
                let mut child = Command::new(test)
                    .args(["--ignored", "--exact", "child_that_records_until_it_is_killed"])
                    .arg("--nocapture")
                    .env("AURICLE_TEST_TAKE", &path)
                    .stdout(Stdio::piped())
                    .spawn()
                    .expect("starts a child");
                let out = child.stdout.take().expect("a pipe");
                let mut lines = std::io::BufReader::new(out).lines().map_while(|line| line.ok());
                assert!(lines.any(|line| line.ends_with("recording")), "the child records");
                let begun = Instant::now();
                std::thread::sleep(moment); // what is tested is time, nothing waits for this
                let recorded = begun.elapsed().as_secs_f64();
                child.kill().expect("SIGKILL");
                child.wait().expect("is gone");
                let got = read(&path);
                let seconds = got.len() as f64 / 96_000.0;
                assert!(seconds > recorded - 1.0, "{recorded} s recorded, {seconds} s on disk");
                same(&got, &sound[..got.len()], "killed");
            });
        }
    });
}
