//! Files that change while they are shown: what is on the screen is what replay writes of them now.

use crate::screen::{Screen, replayed, written};
use crate::support::{Array, scratch};
use auricle::tui::Event;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

const RATE: u32 = 8_000;

/// A file of so many seconds, each louder than that before.
fn write(path: &Path, seconds: u32) {
    let spec =
        hound::WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut file = hound::WavWriter::create(path, spec).expect("scratch is writable");
    (0..RATE * seconds).for_each(|k| file.write_sample(sample(k)).expect("scratch is writable"));
    file.finalize().expect("scratch is writable");
}

fn sample(k: u32) -> i16 {
    let loud = 300 * (1 + k / RATE) as i32;
    ((k * 7_919 % 2_001) as i32 * loud / 1_000 - loud) as i16
}

/// Appends seconds as a recorder does: samples first, then the sizes in the header.
fn grow(path: &Path, from: u32, seconds: u32) {
    let mut file = std::fs::OpenOptions::new().write(true).open(path).expect("it is there");
    let bytes: Vec<u8> = (RATE * from..RATE * (from + seconds)).flat_map(|k| sample(k).to_le_bytes()).collect();
    file.seek(SeekFrom::End(0)).and_then(|_| file.write_all(&bytes)).expect("scratch is writable");
    let all = RATE * (from + seconds) * 2;
    for (place, size) in [(4, all + 36), (40, all)] {
        file.seek(SeekFrom::Start(place)).and_then(|_| file.write_all(&size.to_le_bytes())).expect("it is writable");
    }
}

/// A session on a clip of the test's own.
fn session(home: &Path) -> std::path::PathBuf {
    let path = written(home, "effect.wav", "");
    let text = std::fs::read_to_string(&path).expect("it is there");
    let line = text.lines().find(|line| line.starts_with("clip = ")).expect("it has an input").to_owned();
    std::fs::write(&path, text.replace(&line, "clip = \"clip.wav\"")).expect("scratch is writable");
    path
}

/// Looks at the files as often as it takes, and lets what follows be computed.
fn look(screen: &mut Screen) {
    for _ in 0..2 {
        let changes = screen.bench.watch().look();
        if !changes.is_empty() {
            screen.receive(Event::Files(changes));
            screen.settle();
        }
    }
}

/// Every column in sight against the samples.
#[track_caller]
fn check(screen: &Screen, samples: &Array) {
    let (timeline, wave) = (screen.state().timeline.expect("its length is known"), screen.state().wave());
    let wave = wave.expect("it is shown");
    let mut seen = 0;
    for k in timeline.visible().filter(|k| *k < timeline.total()) {
        let shown = wave.shown(&timeline, k).expect("all is computed");
        assert!(!shown.old, "column {k} is of the file as it was");
        let column = shown.column;
        let part = &samples.values[column.first as usize..(column.first + column.count) as usize];
        let (least, most) = part.iter().fold((f64::MAX, f64::MIN), |(a, b), &x| (a.min(x), b.max(x)));
        let extent = column.channels[0];
        assert_eq!((f64::from(extent.min), f64::from(extent.max)), (least, most), "column {k}");
        seen += part.len();
    }
    assert!(seen > 0);
}

#[test]
fn a_file_that_grows_is_followed() {
    let home = scratch();
    let clip = home.path().join("clip.wav");
    write(&clip, 2);
    let path = session(home.path());
    let mut screen = Screen::open(&path, (120, 36));
    check(&screen, &replayed(home.path(), &path, "audio.npy"));
    let end = |screen: &Screen| screen.state().timeline.expect("its length is known").end;
    assert_eq!(end(&screen), 2.0);
    grow(&clip, 2, 2);
    look(&mut screen);
    screen.shows("clip.wav has changed");
    assert_eq!(end(&screen), 4.0, "all of it is in sight, as before");
    assert!(screen.state().timeline.expect("its length is known").is_fit());
    check(&screen, &replayed(home.path(), &path, "audio.npy"));
    // What was looked at closely stays in sight.
    screen.keys("Up Up");
    let before = screen.state().timeline.expect("its length is known");
    grow(&clip, 4, 4);
    look(&mut screen);
    let after = screen.state().timeline.expect("its length is known");
    assert_eq!((after.end, after.step, after.left), (8.0, before.step, before.left));
    check(&screen, &replayed(home.path(), &path, "audio.npy"));
    look(&mut screen);
    assert_eq!(screen.bench.watch().look(), [], "nothing more happened");
}

#[test]
fn a_file_that_is_deleted_is_still_shown_and_another_in_its_place_is_read() {
    let home = scratch();
    let clip = home.path().join("clip.wav");
    write(&clip, 3);
    let path = session(home.path());
    let before = replayed(home.path(), &path, "audio.npy");
    let mut screen = Screen::open(&path, (120, 36));
    std::fs::remove_file(&clip).expect("it is there");
    look(&mut screen);
    screen.shows("clip.wav is deleted");
    screen.keys("Up Up Right");
    check(&screen, &before);
    write(&clip, 1);
    look(&mut screen);
    assert_eq!(screen.state().timeline.expect("its length is known").end, 1.0);
    check(&screen, &replayed(home.path(), &path, "audio.npy"));
    // Cut off to nothing: it is told, and the screen goes on.
    std::fs::write(&clip, b"").expect("scratch is writable");
    look(&mut screen);
    assert!(!screen.state().is_usable, "{}", screen.text());
    write(&clip, 2);
    look(&mut screen);
    assert_eq!(screen.state().timeline.expect("its length is known").end, 2.0);
    check(&screen, &replayed(home.path(), &path, "audio.npy"));
}
