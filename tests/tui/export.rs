//! The exported picture: its pixels against the arrays that `replay` writes, its caption, and its file's name.

use crate::screen::{AUDIO, Screen, replayed, session, written};
use crate::support::{auricle, scratch};
use std::path::Path;

/// Paper and ink of dark pictures, and how wide a picture is.
const INK: [u8; 3] = [0xe8, 0xea, 0xee];

struct Picture {
    width: usize,
    pixels: Vec<u8>,
    words: Vec<(String, String)>,
}

impl Picture {
    fn read(path: &Path) -> Self {
        let file = std::fs::File::open(path).expect("it was exported");
        let mut reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("it fits")];
        let info = reader.next_frame(&mut pixels).expect("a picture");
        let texts = reader.info().utf8_text.iter();
        let words = texts.map(|text| (text.keyword.clone(), text.get_text().expect("text"))).collect();
        Picture { width: info.width as usize, pixels, words }
    }

    fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y * self.width + x) * 3;
        [self.pixels[at], self.pixels[at + 1], self.pixels[at + 2]]
    }

    /// The longest stretch of ink along a line of places.
    fn run(&self, count: usize, place: impl Fn(usize) -> (usize, usize)) -> std::ops::Range<usize> {
        let mut best = 0..0;
        let mut start = 0;
        for k in 0..=count {
            let is_ink = k < count && {
                let (x, y) = place(k);
                self.at(x, y) == INK
            };
            if !is_ink {
                if k - start > best.len() {
                    best = start..k;
                }
                start = k + 1;
            }
        }
        best
    }

    /// Left, top, right and bottom of the only panel, inside its outline.
    fn plot(&self) -> (usize, usize, usize, usize) {
        let height = self.pixels.len() / self.width / 3;
        let sides: Vec<_> = (0..self.width).map(|x| (x, self.run(height, |y| (x, y)))).collect();
        let tallest = sides.iter().map(|(_, run)| run.len()).max().expect("it has columns");
        let outline: Vec<_> = sides.into_iter().filter(|(_, run)| run.len() == tallest).collect();
        // Two columns a side, of the panel and then of the colour bar.
        let (left, right) = (outline[1].0 + 1, outline[2].0);
        (left, outline[0].1.start + 2, right, outline[0].1.end - 2)
    }
}

fn exported(screen: &mut Screen, path: &Path) -> Picture {
    screen.keys("3 e");
    screen.shows("Export what is in sight");
    screen.keys("C-u").type_in(path.to_str().expect("UTF-8"));
    screen.keys("Enter");
    screen.shows("exported ");
    Picture::read(path)
}

#[test]
fn an_exported_spectrogram_is_the_region_in_sight_as_replay_writes_it() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (120, 40));
    screen.choose("levels");
    // The spectrogram alone, from about one second on, another map, floor and height.
    screen.keys("3 Z Home > > > + + + + + c } } } (");
    let lane = screen.state().lanes.focused().expect("one has the keys");
    let ((low, high), timeline) = (lane.levels(), screen.state().timeline.expect("it is known"));
    let (from, to) = (timeline.time(timeline.left), timeline.time(timeline.left + i64::from(timeline.columns)));
    let picture = exported(&mut screen, &home.path().join("view.png"));
    let array = replayed(home.path(), &session, "levels.npy");
    let (bins, frames) = (array.shape[0], array.shape[1]);
    let (left, top, right, bottom) = picture.plot();
    assert!(right - left > 1200 && bottom - top > 400, "{:?}", picture.plot());
    let (rate, hop) = (16_000.0, 128.0);
    let frame_of = |x: f64| ((from + (to - from) * (x - left as f64) / (right - left) as f64) * rate / hop).round();
    let mut seen = 0;
    for x in left..right {
        // Only where the frame's neighbours are a pixel away.
        let frame = frame_of(x as f64 + 0.5);
        if frame_of(x as f64 - 1.0) != frame || frame_of(x as f64 + 2.0) != frame || frame as usize >= frames {
            continue;
        }
        for y in (top + 5..bottom - 5).step_by(41) {
            let bin = |y: f64| ((bottom as f64 - y) / (bottom - top) as f64 * bins as f64).floor() as usize;
            let all: Vec<usize> = (bin(y as f64 + 1.0)..=bin(y as f64)).collect();
            let value = |bin: &usize| array.values[bin * frames + frame as usize];
            let colours = all.iter().map(|bin| {
                let share = ((value(bin) as f32 - low) / (high - low)).clamp(0.0, 1.0);
                let colour = colorous::MAGMA.eval_rational((share * 255.0).round() as usize, 256);
                [colour.r, colour.g, colour.b]
            });
            let got = picture.at(x, y);
            let near = |colour: [u8; 3]| (0..3).all(|k| colour[k].abs_diff(got[k]) <= 6);
            assert!(colours.clone().any(near), "x {x} y {y}: frame {frame}, bins {all:?}: {got:?}");
            seen += 1;
        }
    }
    assert!(seen > 5_000, "{seen} pixels");
    let (_, caption) = &picture.words[1];
    for told in ["read.audio > spectrum.dbfs (n_fft 512)", "speech.flac, blake3:", " s  ·  auricle "] {
        assert!(caption.contains(told), "{told:?} is not in {caption}");
    }
    let report = std::fs::read_to_string(home.path().join("out/report.json")).expect("replay writes it");
    let hash = caption.split("blake3:").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("it is there");
    assert!(report.contains(hash), "the hash is that of the report");
}

#[test]
fn every_lane_in_sight_is_a_panel_and_a_file_is_replaced_only_when_asked_twice() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (120, 40));
    screen.choose("levels");
    let path = home.path().join("view.svg");
    screen.keys("3 e C-u").type_in(path.to_str().expect("UTF-8"));
    screen.keys("Enter");
    screen.shows("exported ");
    let svg = std::fs::read_to_string(&path).expect("it was exported");
    for told in ["audio", "levels", "Amplitude", "Frequency (kHz)", "dBFS", "Time (s)", "blake3:"] {
        assert!(svg.contains(told), "{told}");
    }
    screen.keys("e C-u").type_in(path.to_str().expect("UTF-8"));
    screen.keys("Enter");
    screen.shows("it exists");
    screen.keys("Enter");
    screen.shows("exported ");
    screen.keys("e");
    screen.shows("session-levels.png");
    screen.keys("Esc + + e");
    screen.shows("session-levels-");
    screen.keys("C-u").type_in("view.gif");
    screen.keys("Enter");
    screen.shows("expected a name that ends in .png or .svg, or for levels .npy .csv .json");
}

/// Labels and a comparison's figures beside a curve.
const TABLES: &str = r#"
[[stage]]
id = "words"
use = "label.list"
input = "audio"
parameters = { labels = [[0.5, 1.0, "one"], [1.5, 1.5, "click"]] }

[[stage]]
id = "rms"
use = "feature.rms"
input = "audio"

[[stage]]
id = "figures"
use = "compare.error"
input = ["rms", "rms"]

[[stage]]
id = "save_figures"
use = "write.csv"
input = "figures.metrics"
parameters = { path = "figures.csv" }

[[stage]]
id = "save_rms"
use = "write.csv"
input = "rms"
parameters = { path = "rms.csv" }
"#;

#[test]
fn tables_and_curves_are_exported_as_replay_writes_them_and_events_are_in_the_picture() {
    let home = scratch();
    let session = session(home.path(), "speech.flac", &[AUDIO, TABLES].concat());
    let mut screen = Screen::open(&session, (120, 40));
    let mut save = |stage: &str, lane: &str, name: &str| {
        let path = home.path().join(name);
        screen.choose(stage);
        screen.keys("3");
        while screen.state().lanes.focused().is_none_or(|focused| focused.kind().name() != lane) {
            screen.keys("n");
        }
        screen.keys("e C-u").type_in(path.to_str().expect("UTF-8"));
        screen.keys("Enter");
        screen.shows("wrote ");
        std::fs::read_to_string(path).expect("it was written")
    };
    let (figures, rms) = (save("figures", "Table", "shown.csv"), save("rms", "Curve", "curve.csv"));
    let path = home.path().join("view.svg");
    screen.keys("e C-u").type_in(path.to_str().expect("UTF-8"));
    screen.keys("Enter");
    screen.shows("exported ");
    let svg = std::fs::read_to_string(&path).expect("it was exported");
    for told in [">one</text>", ">click</text>", ">words</text>"] {
        assert!(svg.contains(told), "{told}");
    }
    let run = auricle(home.path()).arg("replay").arg(&session).arg("--out").arg(home.path().join("out")).output();
    assert!(run.expect("the program starts").status.success());
    let replayed = |name: &str| std::fs::read_to_string(home.path().join("out").join(name)).expect("it was written");
    assert_eq!((figures, rms), (replayed("figures.csv"), replayed("rms.csv")));
}
