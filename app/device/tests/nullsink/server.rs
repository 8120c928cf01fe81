//! A private PulseAudio server with one null sink whose monitor records what it is played.
//! No hardware, no session bus, no configuration of the user is touched.

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running server; dropping it ends it.
pub struct Server {
    folder: tempfile::TempDir,
    child: Option<Child>,
}

/// Why these tests cannot run here, if so. Where `CI=true`, they must.
pub fn missing() -> Option<String> {
    let missing: Vec<&str> = ["pulseaudio", "pactl"]
        .into_iter()
        .filter(|program| {
            let run = Command::new(program).arg("--version").stdout(Stdio::null()).status();
            !run.is_ok_and(|status| status.success())
        })
        .collect();
    if missing.is_empty() {
        return None;
    }
    let reason = format!("not installed: {}", missing.join(", "));
    let demanded = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!demanded, "the sound tests must run where CI=true: {reason}");
    Some(reason)
}

impl Server {
    /// A server that runs.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["run", "state"] {
            let mut builder = std::fs::DirBuilder::new();
            builder.mode(0o700).create(folder.path().join(name)).expect("a folder");
        }
        let mut server = Self { folder, child: None };
        server.restart();
        server
    }

    fn socket(&self) -> String {
        self.folder.path().join("run/native").display().to_string()
    }

    /// Starts it, after it was killed.
    pub fn restart(&mut self) {
        // Without norewinds the monitor loses the first tenths of a second of each playback.
        let sink = "module-null-sink sink_name=auricle_null rate=48000 channels=2 format=float32le norewinds=1";
        let socket = format!("module-native-protocol-unix socket={} auth-anonymous=1", self.socket());
        let mut command = Command::new("pulseaudio");
        command
            .args(["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1"])
            .args(["--disable-shm=yes", "--realtime=no", "--high-priority=no", "--log-level=error"])
            .args(["-L", &socket, "-L", sink])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.environment(&mut command);
        self.child = Some(command.spawn().expect("pulseaudio starts"));
        let deadline = Instant::now() + Duration::from_secs(10);
        while !self.answers() {
            assert!(Instant::now() < deadline, "the sound server does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn answers(&self) -> bool {
        let mut pactl = Command::new("pactl");
        self.environment(pactl.args(["list", "short", "sinks"]).stderr(Stdio::null()));
        let out = pactl.output().expect("pactl runs");
        String::from_utf8_lossy(&out.stdout).contains("auricle_null")
    }

    /// Lets a command see this server and no other.
    pub fn environment(&self, command: &mut Command) {
        environment(command, self.folder.path());
        command.env("PULSE_SERVER", format!("unix:{}", self.socket()));
    }

    /// Ends the server at once, as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("SIGKILL");
            child.wait().expect("is gone");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Lets a command see no sound server at all.
pub fn environment(command: &mut Command, folder: &Path) {
    command
        .env("XDG_RUNTIME_DIR", folder.join("run"))
        .env("PULSE_RUNTIME_PATH", folder.join("run"))
        .env("PULSE_STATE_PATH", folder.join("state"))
        .env("PULSE_COOKIE", folder.join("cookie"))
        .env("PULSE_SERVER", format!("unix:{}", folder.join("nobody").display()))
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env_remove("DISPLAY");
}
