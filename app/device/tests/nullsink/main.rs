//! The device library against a real sound server, without hardware: what is played is what the
//! server's monitor hears, and what happens when the server, or the library, is not there.
//!
//! Each test starts a server of its own and does its work in a child process, because the sound
//! library reads its environment once. Without `pulseaudio` the tests say so and pass, except
//! where `CI=true`. `cargo test -p auricle-device` also builds the library that is loaded here.
#![cfg(target_os = "linux")]

mod children;
mod server;

use server::Server;
use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// A test of this program, run in a process of its own.
struct Work {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Work {
    /// Starts the test `name` in the environment that `prepare` makes.
    fn start(name: &str, prepare: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        prepare(&mut command);
        Self::spawn(command, name)
    }

    fn spawn(mut command: Command, name: &str) -> Self {
        let name = format!("children::{name}");
        let mut child = command
            .args(["--ignored", "--exact", "--nocapture", &name])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts a child");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        Self { child, lines }
    }

    /// Waits for a line that contains `word` and returns what follows it.
    fn expect(&mut self, word: &str) -> String {
        let mut seen = Vec::new();
        for line in self.lines.by_ref() {
            let line = line.expect("readable words");
            if let Some((_, rest)) = line.split_once(word) {
                return rest.trim().to_string();
            }
            seen.push(line);
        }
        panic!("the child never said \"{word}\", but:\n{}", seen.join("\n"));
    }

    /// Waits for its end and demands success and silence on standard error.
    fn finish(mut self) {
        let rest: Vec<String> = self.lines.by_ref().map_while(Result::ok).collect();
        let out = self.child.wait_with_output().expect("ends");
        let noise = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{}\n{noise}", rest.join("\n"));
        assert_eq!(noise, "", "nothing may reach the terminal");
    }
}

/// Says why the tests do not run; true if so.
fn skipped() -> bool {
    let missing = server::missing();
    if let Some(reason) = &missing {
        println!("skipped: {reason}");
    }
    missing.is_some()
}

#[test]
fn what_is_played_is_what_the_monitor_hears() {
    if skipped() {
        return;
    }
    let server = Server::start();
    Work::start("round_trip", |command| server.environment(command)).finish();
}

#[test]
fn a_pause_is_heard_within_50_ms_and_nothing_clicks() {
    if skipped() {
        return;
    }
    let server = Server::start();
    let mut work = Work::start("pause_and_play", |command| server.environment(command));
    println!("{}", work.expect("late:"));
    work.finish();
}

#[test]
fn a_dying_server_is_noticed_survived_and_found_again() {
    if skipped() {
        return;
    }
    let mut server = Server::start();
    let mut work = Work::start("play_for_long", |command| server.environment(command));
    work.expect("status: playing");
    server.kill();
    let killed = Instant::now();
    let reason = work.expect("status: lost");
    assert!(killed.elapsed() < Duration::from_secs(1), "noticed after {:?}", killed.elapsed());
    assert!(reason.contains("does not answer"), "{reason}");
    let busy: f64 = work.expect("busy:").parse().expect("a share of one core");
    assert!(busy < 0.2, "{busy} of a core is used while the server is away");
    server.restart();
    let restarted = Instant::now();
    work.expect("status: playing");
    assert!(restarted.elapsed() < Duration::from_secs(3), "found after {:?}", restarted.elapsed());
    work.finish();
}

#[test]
fn a_killed_recording_of_a_real_stream_is_valid() {
    if skipped() {
        return;
    }
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("take.wav");
    let mut work = Work::start("record_for_long", |command| {
        server.environment(command);
        command.env("AURICLE_TEST_TAKE", &path);
    });
    work.expect("recording");
    let begun = Instant::now();
    std::thread::sleep(Duration::from_millis(2_300)); // time itself is recorded here
    let recorded = begun.elapsed().as_secs_f64();
    work.child.kill().expect("SIGKILL");
    work.child.wait().expect("is gone");
    let reader = hound::WavReader::open(&path).expect("a valid WAV file");
    let seconds = f64::from(reader.duration()) / f64::from(reader.spec().sample_rate);
    assert!(seconds > recorded - 1.0, "{recorded} s recorded, {seconds} s on disk");
}

#[test]
fn without_a_server_there_is_one_sentence_and_no_device() {
    if skipped() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let prepare = |command: &mut Command| server::environment(command, folder.path());
    Work::start("find_nothing", prepare).finish();
}

#[test]
fn without_the_systems_sound_library_the_reason_is_named() {
    let Some(library) = children::loaded_libasound() else {
        println!("skipped: libasound is not found by the loader here");
        return;
    };
    let test = std::env::current_exe().expect("this program");
    let hide = format!("mount --bind /dev/null {library} && exec \"$0\" \"$@\"");
    let mut unshare = Command::new("unshare");
    let allowed = unshare.args(["-m", "true"]).stderr(Stdio::null()).status();
    if !allowed.is_ok_and(|status| status.success()) {
        println!("skipped: no permission for a mount namespace of our own");
        return;
    }
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", &hide]).arg(test);
    Work::spawn(command, "open_without_libasound").finish();
}
