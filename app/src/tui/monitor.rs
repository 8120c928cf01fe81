//! The microphone behind the screen: hears, shows, keeps the last seconds, and records.

use super::recording::{Choice, Column, Recording, Status};
use crate::audio::line;
use crate::audio::spoken::Spoken;
use auricle_engine::{Fed, Registry, write_whole};
use auricle_sdk::Value;
use auricle_sdk::format::Format;
use auricle_sound::{Device, Gap, Recorder, RecorderStatus, Request, SampleFormat, WavStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Seconds before a recording that it begins with.
const PREROLL_S: f64 = 10.0;
/// Columns of the picture a second: one for each frame of the screen.
const COLUMNS: u32 = 30;

/// Who hears the sound as it comes.
type Streams = Arc<Mutex<Vec<Weak<WavStream>>>>;

/// A microphone that is heard.
pub struct Monitor {
    recorder: Recorder,
    device: String,
    format: Option<Arc<Format>>,
    columns: Receiver<Column>,
    /// Samples of one channel that were heard, and that the columns so far are made of.
    heard: Arc<AtomicU64>,
    shown: u64,
    trouble: Option<String>,
    /// Where the sound goes as well: to what is said, and to a session; those that are gone get nothing.
    also: Streams,
    spoken: Option<Spoken>,
}

/// What can be recorded from, the default device first: ids, and none for the default one.
fn devices(device: &dyn Device) -> Vec<Option<String>> {
    let listed = device.list().unwrap_or_default().into_iter().filter(|device| device.capture.is_some());
    let mut ids: Vec<Option<String>> = listed.filter(|device| !device.is_default).map(|info| Some(info.id)).collect();
    ids.insert(0, None);
    ids
}

impl Monitor {
    /// Hears the device of this name, or the default one.
    ///
    /// # Errors
    /// It cannot be heard.
    pub fn open(device: Arc<dyn Device>, name: Option<String>, registry: &Registry) -> Result<Self, String> {
        let request = Request { device: name.clone(), ..Request::default() };
        let recorder = Recorder::open(device, request, PREROLL_S).map_err(|error| error.to_string())?;
        let (rate, channels) = (recorder.format().sample_rate, recorder.format().channels as usize);
        let hop = (rate / COLUMNS).max(1);
        let n_fft = i64::from(hop).max(256).unsigned_abs().next_power_of_two() as i64;
        let parameters = [
            ("n_fft", Value::Int(n_fft)),
            ("hop_length", Value::Int(i64::from(hop))),
            ("center", Value::Bool(false)),
            ("floor_db", Value::Float(-120.0)),
        ];
        let also: Streams = Arc::default();
        let said = also.clone();
        let fed = Fed::new(registry, ("spectrum.dbfs", &parameters), rate, channels);
        let (send, columns) = channel();
        let heard = Arc::new(AtomicU64::new(0));
        let (format, trouble) = match fed {
            Ok(mut fed) => {
                let (format, counted) = (fed.format(), heard.clone());
                let (samples, come) = channel::<Vec<f32>>();
                // What the recorder's thread does must be quick: the stage has a thread of its own.
                std::thread::spawn(move || {
                    for block in come {
                        let Ok(packets) = fed.push(&block) else { return };
                        for packet in packets {
                            let Ok(frames) = packet.tensor::<f32>() else { return };
                            for (frame, at) in frames.frames().zip(frames.start..) {
                                let end = (at * i64::from(hop) + n_fft) as u64;
                                if send.send(Column { values: frame.to_vec(), end }).is_err() {
                                    return;
                                }
                            }
                        }
                    }
                });
                let listener = move |block: &[f32]| {
                    counted.fetch_add((block.len() / channels.max(1)) as u64, Ordering::Relaxed);
                    let streams = said.lock().unwrap_or_else(PoisonError::into_inner);
                    streams.iter().filter_map(Weak::upgrade).for_each(|stream| stream.push(block));
                    drop(streams);
                    // It fails once nobody looks any more.
                    let _ = samples.send(block.to_vec());
                };
                recorder.listen(Some(Box::new(listener)), false);
                (Some(format), None)
            }
            Err(error) => (None, Some(error.to_string())),
        };
        let device = name.unwrap_or_else(|| "the default device".into());
        Ok(Monitor { recorder, device, format, columns, heard, shown: 0, trouble, also, spoken: None })
    }

    /// Begins to tell what is said, or ends it.
    pub fn listen(&mut self, registry: &Arc<Registry>) {
        let format = self.recorder.format();
        let begin = || Spoken::start(registry.clone(), format.sample_rate, format.channels as usize);
        self.spoken = if self.spoken.is_some() { None } else { Some(begin()) };
        if let Some(stream) = self.spoken.as_ref().map(Spoken::stream) {
            self.feed(&stream);
        }
    }

    /// Gives the sound to a stream too, as long as somebody has that.
    pub fn feed(&self, stream: &Arc<WavStream>) {
        let mut streams = self.also.lock().unwrap_or_else(PoisonError::into_inner);
        streams.retain(|known| known.strong_count() > 0);
        streams.push(Arc::downgrade(stream));
    }

    /// Sample rate and channels of the sound.
    pub fn format(&self) -> (u32, usize) {
        let format = self.recorder.format();
        (format.sample_rate, format.channels as usize)
    }

    /// Begins a recording with what was just heard, in the directory; gives the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn record(&self, directory: &Path) -> Result<PathBuf, String> {
        let names = (1..).map(|n| directory.join(format!("take-{n}.wav")));
        let path = names.into_iter().find(|path| !path.exists()).unwrap_or_default();
        self.recorder.start(&path, SampleFormat::F32, None, false).map_err(|error| error.to_string())?;
        Ok(path)
    }

    /// Completes the recording.
    ///
    /// # Errors
    /// It cannot be completed; what was written is there.
    pub fn stop(&self) -> Result<(), String> {
        self.recorder.stop().map(|_| ()).map_err(|error| error.to_string())
    }

    /// What there is to see now; columns are new ones.
    pub fn news(&mut self) -> Recording {
        let state = self.recorder.state();
        let columns: Vec<Column> = self.columns.try_iter().collect();
        self.shown = columns.last().map_or(self.shown, |column| column.end);
        let rate = self.recorder.format().sample_rate;
        let behind = self.heard.load(Ordering::Relaxed).saturating_sub(self.shown) as f64 / f64::from(rate.max(1));
        let status = match &state.status {
            RecorderStatus::Recording => Status::Recording,
            RecorderStatus::Lost(reason) => Status::Lost(reason.clone()),
            RecorderStatus::Failed(reason) => Status::Failed(reason.clone()),
            _ => Status::Listening,
        };
        let at = |frame: u64| line::clock(frame as f64 / f64::from(rate.max(1)));
        let gap = |gap: &Gap| match gap {
            Gap::Overrun { at: frame, frames } => format!("{frames} samples lost at {}", at(*frame)),
            Gap::Xrun { at: frame, .. } => format!("a dropout near {}", at(*frame)),
            Gap::Away { at: frame, seconds } => format!("the device was away for {seconds:.1} s at {}", at(*frame)),
            _ => "something is missing".into(),
        };
        let take = state.take.as_ref();
        Recording {
            device: self.device.clone(),
            channels: self.recorder.format().channels as usize,
            sample_rate: rate,
            status,
            levels: state.levels,
            preroll_s: state.preroll_s,
            path: take.map(|take| take.path.clone()),
            seconds: take.map_or(0.0, |take| take.duration_s()),
            clipped: take.map_or(0, |take| take.clipped),
            gaps: take.map_or(Vec::new(), |take| take.gaps.iter().map(gap).collect()),
            latency_s: state.latency_s + behind,
            format: self.format.clone(),
            trouble: self.trouble.clone(),
            said: self.spoken.as_ref().map(Spoken::course),
            columns: columns.into(),
        }
    }
}

/// The microphones of a device, and the one that is heard.
pub struct Microphone {
    device: Result<Arc<dyn Device>, String>,
    registry: Arc<Registry>,
    ids: Vec<Option<String>>,
    at: usize,
    monitor: Option<Monitor>,
    /// The file that holds the id of the one that was chosen last.
    chosen: Option<PathBuf>,
}

impl Microphone {
    /// None that is heard yet.
    pub fn new(
        device: &Result<(Arc<dyn Device>, Option<String>), auricle_sound::Error>,
        registry: Arc<Registry>,
        state: Option<&Path>,
    ) -> Self {
        let chosen = state.map(|state| state.join("microphone"));
        let device = device.as_ref().map(|(device, _)| device.clone()).map_err(ToString::to_string);
        Microphone { device, registry, ids: Vec::new(), at: 0, monitor: None, chosen }
    }

    /// Hears the device that was chosen last, or the next one.
    ///
    /// # Errors
    /// It cannot be heard; nothing is, then.
    pub fn open(&mut self, choice: Choice) -> Result<(), String> {
        let device = self.device.clone()?;
        if self.ids.is_empty() {
            self.ids = devices(device.as_ref());
        }
        self.at = match choice {
            Choice::Last => self.last(),
            Choice::Next => (self.at + 1) % self.ids.len().max(1),
        };
        self.monitor = None;
        let name = self.ids.get(self.at).cloned().flatten();
        if let (Choice::Next, Some(file)) = (choice, &self.chosen) {
            // What cannot be remembered is chosen again the next time.
            let _ = file.parent().map_or(Ok(()), std::fs::create_dir_all);
            let _ = write_whole(file, name.as_deref().unwrap_or_default().as_bytes());
        }
        self.monitor = Some(Monitor::open(device, name, &self.registry)?);
        Ok(())
    }

    /// The place of the device that was chosen last; the default one, where there is none or it is gone.
    fn last(&self) -> usize {
        let text = self.chosen.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
        let last = text.filter(|id| !id.is_empty());
        self.ids.iter().position(|id| *id == last).unwrap_or(0)
    }

    /// What is heard.
    pub fn monitor(&self) -> Option<&Monitor> {
        self.monitor.as_ref()
    }

    /// Begins to tell what is said, or ends it.
    pub fn listen(&mut self) {
        if let Some(monitor) = &mut self.monitor {
            monitor.listen(&self.registry);
        }
    }

    /// What there is to see now.
    pub fn news(&mut self) -> Option<Recording> {
        self.monitor.as_mut().map(Monitor::news)
    }

    /// Completes what is recorded, and gives the device back.
    pub fn hush(&mut self) {
        self.monitor = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sound::{DeviceInfo, Direction, Null, Stream};

    /// A machine with a microphone of its own and another one.
    struct Two;

    impl Device for Two {
        fn list(&self) -> auricle_sound::Result<Vec<DeviceInfo>> {
            let mut devices = Null::paced().list()?;
            devices.push(DeviceInfo { id: "usb".into(), is_default: false, ..devices[0].clone() });
            Ok(devices)
        }

        fn open(&self, direction: Direction, request: &Request) -> auricle_sound::Result<Stream> {
            Null::paced().open(direction, request)
        }
    }

    #[test]
    fn the_microphone_that_was_chosen_is_chosen_again() {
        let home = tempfile::tempdir().expect("scratch is writable");
        let state = home.path().join("state");
        let heard = |choices: &[Choice]| {
            let device: Arc<dyn Device> = Arc::new(Two);
            let mut microphone = Microphone::new(&Ok((device, None)), Arc::new(Registry::default()), Some(&state));
            choices.iter().for_each(|choice| microphone.open(*choice).expect("it can be heard"));
            microphone.news().expect("one is heard").device
        };
        assert_eq!(heard(&[Choice::Last]), "the default device");
        assert_eq!(heard(&[Choice::Last, Choice::Next]), "usb");
        assert_eq!(heard(&[Choice::Last]), "usb");
        assert_eq!(heard(&[Choice::Last, Choice::Next]), "the default device");
        assert_eq!(heard(&[Choice::Last]), "the default device");
    }
}
