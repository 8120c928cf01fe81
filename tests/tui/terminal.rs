//! The program in a real pseudo-terminal: the first frame, keys, sizes, and a terminal that is given back whatever
//! happens.

use crate::screen::PATIENCE;
use crate::support::{built, root, scratch};
use auricle::tui::Terminal;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Set in the child that is to panic.
const PANIC: &str = "AURICLE_TEST_PANIC";

/// How a terminal takes what is written to it.
#[derive(Clone, Copy)]
pub struct Taking {
    /// Most bytes at once.
    pub bytes: usize,
    /// How long it takes for them.
    pub pause: Duration,
    /// Does it answer when it is asked for its background?
    pub answers: bool,
    /// What it has to see before it takes nothing more.
    pub last: Option<&'static str>,
}

impl Default for Taking {
    fn default() -> Self {
        Taking { bytes: 1 << 16, pause: Duration::ZERO, answers: false, last: None }
    }
}

/// The question, and an answer.
const QUESTION: &[u8] = b"\x1b]11;?\x1b\\";
const ANSWER: &str = "\x1b]11;rgb:0000/0000/0000\x1b\\";

pub struct Pty {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    pub child: Box<dyn Child + Send + Sync>,
    taking: Taking,
    output: Receiver<Vec<u8>>,
    parser: vt100::Parser,
    /// Everything that came.
    raw: Vec<u8>,
}

impl Pty {
    pub fn start(home: &Path, program: &Path, args: &[&str], size: (u16, u16), env: &[(&str, &str)]) -> Self {
        Pty::taking(home, program, args, size, env, Taking::default())
    }

    pub fn taking(
        home: &Path,
        program: &Path,
        args: &[&str],
        (rows, cols): (u16, u16),
        env: &[(&str, &str)],
        taking: Taking,
    ) -> Self {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("the system has pseudo-terminals");
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.cwd(home);
        for name in
            ["NO_COLOR", "AURICLE_PLUGIN_PATH", "COLORTERM", "TMUX", "COLORFGBG", "XDG_STATE_HOME", "XDG_CONFIG_HOME"]
        {
            command.env_remove(name);
        }
        command.env("TERM", "xterm-256color");
        command.env("HOME", home);
        command.env("RUST_BACKTRACE", "0");
        // No sound library: these tests are about the terminal.
        command.env("AURICLE_DEVICE", home.join("none"));
        for (name, value) in env {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).expect("the program starts");
        let mut reader = pair.master.try_clone_reader().expect("the terminal can be read");
        let writer = pair.master.take_writer().expect("the terminal can be written");
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = vec![0; taking.bytes];
            let mut text = String::new();
            while let Some(count) = reader.read(&mut bytes).ok().filter(|count| *count > 0) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
                text += &String::from_utf8_lossy(&bytes[..count]);
                if taking.last.is_some_and(|last| text.contains(last)) {
                    return;
                }
                // So long a line takes for them.
                std::thread::sleep(taking.pause);
            }
        });
        let parser = vt100::Parser::new(cells(rows), cells(cols), 0);
        Pty { master: pair.master, writer, child, taking, output, parser, raw: Vec::new() }
    }

    fn open(home: &Path, file: &str, env: &[(&str, &str)]) -> Self {
        let program = built().join("auricle");
        let file = root().join("sessions/media").join(file);
        Pty::start(home, &program, &[&file.display().to_string()], (24, 80), env)
    }

    /// Reads until something is true of the screen.
    #[track_caller]
    pub fn until(&mut self, what: &str, is_so: impl Fn(&vt100::Screen) -> bool) {
        let began = Instant::now();
        while !is_so(self.parser.screen()) {
            let left = PATIENCE.saturating_sub(began.elapsed());
            let Ok(bytes) = self.output.recv_timeout(left) else {
                panic!("never: {what}\n{}", self.parser.screen().contents());
            };
            self.take(&bytes);
        }
    }

    /// Everything that comes until nothing comes any more.
    pub fn drain(&mut self) {
        while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
            self.take(&bytes);
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.parser.process(bytes);
        let from = self.raw.len().saturating_sub(QUESTION.len() - 1);
        self.raw.extend(bytes);
        let asked = self.raw[from..].windows(QUESTION.len()).filter(|bytes| *bytes == QUESTION).count();
        if self.taking.answers && asked > 0 {
            self.press(&ANSWER.repeat(asked));
        }
    }

    pub fn press(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).and_then(|()| self.writer.flush()).expect("the terminal is written to");
    }

    fn signal(&self, name: &str) {
        let id = self.child.process_id().expect("it runs").to_string();
        let done = std::process::Command::new("kill").args(["-s", name, &id]).status();
        assert!(done.is_ok_and(|done| done.success()), "kill -s {name} {id}");
    }

    /// Waits for the end; gives the exit code and what the terminal shows then.
    pub fn end(self) -> (u32, vt100::Parser) {
        self.end_with(|_| {})
    }

    /// The same with a look at everything that came.
    fn end_with(mut self, look: impl FnOnce(&[u8])) -> (u32, vt100::Parser) {
        let status = self.child.wait().expect("it ends");
        drop(self.writer);
        drop(self.master);
        while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
            self.parser.process(&bytes);
            self.raw.extend(bytes);
        }
        look(&self.raw);
        (status.exit_code(), self.parser)
    }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a terminal has some")
}

fn is_ready(screen: &vt100::Screen) -> bool {
    let text = screen.contents();
    let waits = text.contains("planning") || text.contains("computing");
    text.contains("Spectrogram") && text.contains("▀") && text.contains(" Hz ") && text.contains("? help") && !waits
}

#[track_caller]
pub fn is_given_back(parser: &vt100::Parser) {
    let screen = parser.screen();
    assert!(!screen.alternate_screen(), "the alternate screen is still on");
    assert!(!screen.hide_cursor(), "the cursor is still hidden");
    assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is still reported");
    assert!(!screen.bracketed_paste(), "pasting is still bracketed");
}

#[test]
fn it_draws_answers_keys_follows_the_size_and_ends() {
    let home = scratch();
    let mut pty = Pty::open(home.path(), "speech.flac", &[("COLORTERM", "truecolor")]);
    pty.until("the first picture", is_ready);
    let screen = pty.parser.screen();
    assert!(screen.alternate_screen() && screen.hide_cursor());
    let colours = (0..24).flat_map(|y| (0..80).map(move |x| (y, x)));
    let colours: Vec<vt100::Color> = colours.filter_map(|(y, x)| Some(screen.cell(y, x)?.bgcolor())).collect();
    assert!(colours.iter().any(|colour| matches!(colour, vt100::Color::Rgb(..))), "no 24-bit colour is there");
    pty.press("c");
    pty.until("the key is answered", |screen| screen.contents().contains("magma"));
    pty.press("?");
    pty.until("help", |screen| screen.contents().contains("Keys"));
    pty.press("\x1b");
    pty.until("help is gone", |screen| !screen.contents().contains("Keys"));
    let size = PtySize { rows: 40, cols: 130, pixel_width: 0, pixel_height: 0 };
    pty.parser.screen_mut().set_size(cells(40), cells(130));
    pty.master.resize(size).expect("the terminal has another size");
    pty.until("it fills the new size", |screen| {
        screen.rows(0, 130).last().is_some_and(|footer| footer.contains("? help")) && is_ready(screen)
    });
    let synchronised = b"\x1b[?2026h";
    assert!(pty.raw.windows(synchronised.len()).any(|bytes| bytes == synchronised), "frames may be torn");
    pty.press("q");
    let (code, parser) = pty.end();
    assert_eq!(code, 0);
    is_given_back(&parser);
}

#[test]
fn a_terminal_that_tells_of_pictures_gets_them_and_no_other_does() {
    let home = scratch();
    let has = |pty: &Pty, what: &str| pty.raw.windows(what.len()).any(|bytes| bytes == what.as_bytes());
    for (answer, shows, ends) in [
        ("\x1b_Gi=4207849;OK\x1b\\\x1b[6;20;10t\x1b[?62c", "\x1b_Ga=T,f=100,", "\x1b_Ga=d,d=A,q=2\x1b\\"),
        ("\x1bP>|XTerm(390)\x1b\\\x1b[6;20;10t\x1b[?63;1;4c", "\x1bP0;1;0q\"1;1;", ""),
        ("\x1bP>|XTerm(390)\x1b\\\x1b[6;20;10t\x1b[?63;1c", "▀", ""),
    ] {
        let mut pty = Pty::open(home.path(), "speech.flac", &[("COLORTERM", "truecolor")]);
        pty.until("it asks", |screen| screen.alternate_screen());
        // A key between the answers is a key.
        pty.press(&format!("{answer}c"));
        let began = Instant::now();
        while !has(&pty, shows) {
            assert!(began.elapsed() < PATIENCE, "never: {shows:?}");
            let bytes = pty.output.recv_timeout(PATIENCE).expect("it draws");
            pty.parser.process(&bytes);
            pty.raw.extend(bytes);
        }
        pty.until("the key is answered", |screen| screen.contents().contains("magma"));
        let pictures = ["\x1b_Ga=T", "\x1bP0;1;0q"].map(|what| has(&pty, what));
        assert_eq!(pictures.iter().filter(|any| **any).count(), usize::from(shows != "▀"), "{shows:?}");
        pty.press("q");
        let (code, parser) = pty
            .end_with(|raw| assert!(raw.windows(ends.len().max(1)).any(|b| ends.is_empty() || b == ends.as_bytes())));
        assert_eq!(code, 0);
        is_given_back(&parser);
    }
}

#[test]
fn it_survives_a_window_that_is_too_small() {
    let home = scratch();
    let mut pty = Pty::open(home.path(), "speech.flac", &[("COLORTERM", "truecolor")]);
    // The readout and the keys; the marks of the stages may still change then. A blank may be one that was written.
    let rows =
        |screen: &vt100::Screen| screen.rows(0, 80).skip(21).map(|row| row.trim_end().to_owned()).collect::<Vec<_>>();
    pty.until("all of the first picture", |screen| {
        is_ready(screen) && rows(screen)[0].contains(" dB ") && rows(screen)[2].ends_with("cursor")
    });
    let before = rows(pty.parser.screen());
    let resize = |pty: &mut Pty, rows: u16, cols: u16| {
        pty.parser.screen_mut().set_size(cells(rows), cells(cols));
        pty.master.resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).expect("it has another size");
    };
    resize(&mut pty, 5, 20);
    pty.until("it says what it needs", |screen| screen.contents().contains("auricle needs"));
    resize(&mut pty, 60, 250);
    pty.until("the picture is there again", is_ready);
    resize(&mut pty, 3, 300);
    pty.until("it says what it needs", |screen| screen.contents().contains("auricle needs"));
    pty.press("l");
    resize(&mut pty, 10, 40);
    pty.until("a small picture", |screen| {
        screen.contents().contains("Spectrogram") && screen.contents().contains("? help")
    });
    resize(&mut pty, 24, 80);
    // Keys that come together with a new size are not lost.
    pty.press("fg");
    pty.until("it is as it was", |screen| rows(screen) == before);
    pty.press("q");
    let (code, parser) = pty.end();
    assert_eq!(code, 0);
    is_given_back(&parser);
}

#[test]
fn a_signal_gives_the_terminal_back() {
    for (name, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        let home = scratch();
        let mut pty = Pty::open(home.path(), "effect.wav", &[]);
        pty.until("the first picture", is_ready);
        pty.signal(name);
        let (exit, parser) = pty.end();
        assert_eq!(exit, code, "{name}");
        is_given_back(&parser);
    }
}

#[test]
fn colours_are_those_that_the_terminal_has() {
    let home = scratch();
    let mut pty = Pty::open(home.path(), "effect.wav", &[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]);
    pty.until("the first picture", |screen| screen.contents().contains("▒") && screen.contents().contains("? help"));
    pty.press("q");
    let raw = String::from_utf8_lossy(&pty.raw).into_owned();
    assert!(!raw.contains("\x1b[;m") && !raw.contains("38;2") && !raw.contains("38;5"), "NO_COLOR is not kept");
    assert!(raw.contains("\x1b[1m"), "bold is not a colour");
    pty.end();
    let mut pty = Pty::open(home.path(), "effect.wav", &[]);
    pty.until("the first picture", is_ready);
    pty.press("q");
    let raw = String::from_utf8_lossy(&pty.raw).into_owned();
    assert!(!raw.contains("38;2") && raw.contains("38;5"), "256 colours are 256 colours");
    pty.end();
}

#[cfg(target_os = "linux")]
#[test]
fn it_stops_and_goes_on_with_the_terminal_given_back_in_between() {
    let home = scratch();
    let mut pty = Pty::open(home.path(), "effect.wav", &[]);
    pty.until("the first picture", is_ready);
    pty.press("\x1a");
    pty.until("the terminal is given back", |screen| !screen.alternate_screen() && !screen.hide_cursor());
    let id = pty.child.process_id().expect("it runs");
    let began = Instant::now();
    let is_stopped = || {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).expect("it runs");
        stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('T'))
    };
    while !is_stopped() {
        assert!(began.elapsed() < PATIENCE, "it never stops");
        std::thread::yield_now();
    }
    pty.signal("CONT");
    pty.until("it goes on", |screen| screen.alternate_screen() && is_ready(screen));
    pty.press("q");
    let (code, parser) = pty.end();
    assert_eq!(code, 0);
    is_given_back(&parser);
}

#[test]
fn a_panic_gives_the_terminal_back_and_is_told() {
    let home = scratch();
    let program = std::env::current_exe().expect("this is a program");
    let args = ["terminal::child_that_panics", "--exact", "--nocapture"];
    let pty = Pty::start(home.path(), &program, &args, (24, 80), &[(PANIC, "1")]);
    let (code, parser) = pty.end();
    assert_eq!(code, 101);
    is_given_back(&parser);
    let text = parser.screen().contents();
    assert!(text.contains("on purpose") && !text.contains("drawn before"), "{text}");
}

/// What the test above runs in a terminal of its own; by itself it does nothing.
#[test]
fn child_that_panics() {
    if std::env::var_os(PANIC).is_none() {
        return;
    }
    let terminal = Terminal::take().expect("there is a terminal");
    let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 24));
    buffer.set_string(0, 0, "drawn before", ratatui::style::Style::new());
    terminal.draw(buffer, Vec::new(), None).expect("it can be drawn to");
    panic!("on purpose");
}

#[test]
fn what_cannot_be_opened_is_told_without_a_screen() {
    let home = scratch();
    let program = built().join("auricle");
    let pty = Pty::start(home.path(), &program, &["no-such-file.wav"], (24, 80), &[]);
    let (code, parser) = pty.end();
    assert_eq!(code, 3);
    assert!(parser.screen().contents().contains("no-such-file.wav: No such file"), "{}", parser.screen().contents());
}

#[test]
fn what_was_not_saved_survives_a_kill() {
    let home = scratch();
    let session = crate::screen::written(home.path(), "effect.wav", "");
    let program = built().join("auricle");
    let open = || Pty::start(home.path(), &program, &[&session.display().to_string()], (36, 120), &[]);
    let before = std::fs::read_to_string(&session).expect("it is there");
    let mut pty = open();
    pty.until("the first picture", is_ready);
    // Twice as long a window; another stage.
    pty.press("1\x1b[B2\x1b[C");
    pty.until("the value has changed", |screen| screen.contents().contains("1024"));
    // Chosen is the last stage.
    pty.press("1Gx");
    pty.until("it is gone", |screen| !screen.contents().contains("save_levels"));
    pty.signal("KILL");
    pty.child.wait().expect("it ends");
    assert_eq!(std::fs::read_to_string(&session).expect("it is there"), before);
    let mut pty = open();
    pty.until("the changes are offered", |screen| screen.contents().contains("Unsaved changes were kept"));
    // Later is an answer too.
    pty.press("\x1b");
    pty.until("they can wait", |screen| !screen.contents().contains("Unsaved changes were kept"));
    pty.press("q");
    pty.end();
    let mut pty = open();
    pty.until("the changes are offered again", |screen| screen.contents().contains("Unsaved changes were kept"));
    pty.press("r");
    pty.until("they are there", |screen| !screen.contents().contains("save_levels") && is_ready(screen));
    pty.press("s");
    pty.until("it is saved", |screen| screen.contents().contains("saved"));
    pty.press("q");
    pty.end();
    let text = std::fs::read_to_string(&session).expect("it is there");
    assert!(!text.contains("save_levels") && text.contains("# a comment that survives"), "{text}");
    // Nothing is left behind.
    let left = std::fs::read_dir(home.path().join(".local/state/auricle/journal")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "a journal is left");
}
