//! A screen without a terminal: keys in, cells out, everything behind it real.

use crate::support::{Array, auricle, built, root};
use auricle::tui::{self, Config, Depth, Event, Key, Layout, Open, Options, State, Theme, Workbench};
use auricle_engine::{Overviews, Place, Registry, SearchDir};
use auricle_sound::{Device, Manual};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Longer than anything takes, even on a machine that does much else.
pub const PATIENCE: Duration = Duration::from_secs(120);

pub struct Screen {
    pub bench: Workbench,
    pub device: Manual,
    pub over: bool,
    events: Receiver<Event>,
}

impl Screen {
    pub fn new(size: (u16, u16), depth: Depth) -> Self {
        Screen::configured(size, depth, Config::default())
    }

    /// A welcome screen that remembers things in a directory.
    pub fn with_state(state: &Path) -> Self {
        Screen::made((80, 24), Depth::True, Config::default(), Some(state.to_owned()))
    }

    /// A screen of a user who has configured something.
    pub fn configured(size: (u16, u16), depth: Depth, config: Config) -> Self {
        Screen::made(size, depth, config, None)
    }

    fn made(size: (u16, u16), depth: Depth, config: Config, state: Option<PathBuf>) -> Self {
        let device = Manual::new(48_000, 2);
        let options = Options {
            registry: Arc::new(Registry::scan(&[SearchDir { path: built().to_owned(), place: Place::Bundled }])),
            depth: config.theme.unwrap_or_default().depth(depth),
            config,
            suiting: Theme::Dark,
            device: Ok((Arc::new(device.clone()) as Arc<dyn Device>, None)),
            state,
            overviews: Overviews::new(None, 0),
            demo: Some(Box::new(|| Ok(root().join("sessions/spectrogram-tour.toml")))),
        };
        let (sender, events) = channel();
        let bench = Workbench::new(options, size, sender).expect("the system gives threads");
        Screen { bench, device, over: false, events }
    }

    /// A screen with a file open, everything computed.
    pub fn open(path: &Path, size: (u16, u16)) -> Self {
        let mut screen = Screen::new(size, Depth::True);
        let open = Open::new(&[path.to_owned()]).expect("the file is there");
        screen.bench.open(open);
        screen.settle();
        screen
    }

    pub fn state(&self) -> &State {
        &self.bench.state
    }

    pub fn receive(&mut self, event: Event) {
        self.over |= self.bench.receive(event).contains(&tui::Errand::Quit);
    }

    /// Takes events in until nothing more is being computed.
    pub fn settle(&mut self) {
        while self.bench.state.is_busy() {
            self.settle_one();
        }
    }

    /// Takes one event in.
    pub fn settle_one(&mut self) {
        let event = self.events.recv_timeout(PATIENCE).expect("something happens");
        self.receive(event);
    }

    /// Presses keys by their names, letting everything be computed after each.
    pub fn keys(&mut self, names: &str) -> &mut Self {
        for name in names.split_whitespace() {
            let key = Key::parse(name).unwrap_or_else(|| panic!("{name} is no key"));
            self.receive(Event::Key(key));
            self.settle();
        }
        self
    }

    /// Goes to a stage in the pipeline.
    pub fn choose(&mut self, id: &str) {
        self.keys("1 Home");
        while self.state().stage().is_some_and(|stage| stage.id != id) {
            self.keys("Down");
        }
    }

    /// Types a text.
    pub fn type_in(&mut self, text: &str) -> &mut Self {
        self.receive(Event::Paste(text.to_owned()));
        self
    }

    /// Listens for news of the sound until something is true.
    pub fn until(&mut self, what: &str, mut is_so: impl FnMut(&mut Self) -> bool) {
        let began = Instant::now();
        while !is_so(self) {
            assert!(began.elapsed() < PATIENCE, "never: {what}\n{}", self.text());
            self.bench.hear();
            std::thread::yield_now();
        }
    }

    pub fn buffer(&self) -> Buffer {
        let (width, height) = self.state().size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        tui::draw(self.state(), &mut buffer);
        buffer
    }

    pub fn lines(&self) -> Vec<String> {
        let buffer = self.buffer();
        let row = |y| (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..buffer.area.height).map(|y| row(y).trim_end().to_owned()).collect()
    }

    pub fn text(&self) -> String {
        self.lines().join("\n")
    }

    pub fn cell(&self, x: u16, y: u16) -> Cell {
        self.buffer()[(x, y)].clone()
    }

    /// The cell at which a text begins.
    pub fn find(&self, text: &str) -> Option<(u16, u16)> {
        self.lines().iter().enumerate().find_map(|(y, line)| {
            let at = line.find(text)?;
            Some((line[..at].chars().count() as u16, y as u16))
        })
    }

    #[track_caller]
    pub fn shows(&self, text: &str) {
        assert!(self.find(text).is_some(), "{text:?} is not on the screen:\n{}", self.text());
    }

    #[track_caller]
    pub fn shows_not(&self, text: &str) {
        assert!(self.find(text).is_none(), "{text:?} is on the screen:\n{}", self.text());
    }

    pub fn layout(&self) -> Layout {
        Layout::new(self.state()).expect("the screen is large enough")
    }
}

/// Replays a session and reads one of the arrays it writes.
pub fn replayed(home: &Path, session: &Path, name: &str) -> Array {
    let out = home.join("out");
    let run = auricle(home).arg("replay").arg(session).arg("--out").arg(&out).output().expect("the program starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    Array::read(&out.join(name))
}

/// A session of one clip, and of these stages.
pub fn session(home: &Path, clip: &str, stages: &str) -> PathBuf {
    let clip = root().join("sessions/media").join(clip);
    let text = format!("auricle = 1\ntitle = \"written by a test\"\n\n[inputs]\nclip = {clip:?}\n{stages}");
    let path = home.join("session.toml");
    std::fs::write(&path, text).expect("scratch is writable");
    path
}

/// Reads the clip.
pub const AUDIO: &str = r#"
# a comment that survives
[[stage]]
id = "audio"
use = "read.audio"
input = "clip"
"#;

/// Writes what was read.
pub const SAVE_AUDIO: &str = r#"
[[stage]]
id = "save_audio"
use = "write.npy"
input = "audio"
parameters = { path = "audio.npy" }
"#;

pub const SAVE_LEVELS: &str = r#"
[[stage]]
id = "save_levels"
use = "write.npy"
input = "levels"
parameters = { path = "levels.npy" }
"#;

/// A session that reads a clip, computes its levels, and writes both; `more` goes to the levels' parameters.
pub fn written(home: &Path, clip: &str, more: &str) -> PathBuf {
    let levels = format!(
        r#"
[[stage]]
id = "levels"
use = "spectrum.dbfs"
input = "audio"
parameters = {{ n_fft = 512{more} }}
"#
    );
    session(home, clip, &[AUDIO, &levels, SAVE_AUDIO, SAVE_LEVELS].concat())
}
