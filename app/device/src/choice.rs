//! Which device, and which of its formats: what was asked for, and else what is usual.

use crate::fault::Fault;
use crate::list::DEFAULT;
use auricle_sound::ErrorKind;
use auricle_sound::abi::RawFormat;
use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{
    BufferSize, Device, SampleFormat, StreamConfig, SupportedBufferSize, SupportedStreamConfig,
    SupportedStreamConfigRange,
};

/// Frames asked of a device that plays, at 48 kHz. Through the sound server a pause is heard after two of these: 43 ms,
/// measured on a null sink's monitor at load 14 (2048: 86 ms). 512 and 768 drop out under load, as the default size does.
const PLAYBACK_BUFFER: u64 = 1024;
/// Frames asked of a device that records: nobody waits for it, and what drops out is lost for ever.
const CAPTURE_BUFFER: u64 = 2048;

/// What was asked for; 0 and empty leave it to the device.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) capture: bool,
    pub(crate) device: String,
    pub(crate) sample_rate: u32,
    pub(crate) channels: u32,
}

impl Wanted {
    /// What is being done, for messages.
    pub(crate) fn purpose(&self) -> String {
        let purpose = if self.capture { "record from" } else { "play on" };
        match self.device.as_str() {
            "" | DEFAULT => format!("{purpose} the default sound device"),
            name => format!("{purpose} the sound device {name}"),
        }
    }
}

/// A device and the format that it will run at.
pub(crate) struct Chosen {
    pub(crate) device: Device,
    pub(crate) capture: bool,
    pub(crate) config: StreamConfig,
    pub(crate) format: SampleFormat,
    pub(crate) purpose: String,
}

impl Chosen {
    /// The format as the client sees it, before the period is known.
    pub(crate) fn raw(&self) -> RawFormat {
        RawFormat { sample_rate: self.config.sample_rate, channels: self.config.channels.into(), period: 0 }
    }
}

/// Finds the device and decides on its format.
pub(crate) fn choose(wanted: &Wanted) -> Result<Chosen, Fault> {
    let purpose = wanted.purpose();
    let cannot = |error: cpal::Error| Fault::from_cpal(&purpose, &error);
    let device = find(wanted)?;
    let usual = if wanted.capture { device.default_input_config() } else { device.default_output_config() };
    let usual = usual.map_err(cannot)?;
    let fits = |config: &SupportedStreamConfig| {
        (wanted.sample_rate == 0 || config.sample_rate() == wanted.sample_rate)
            && (wanted.channels == 0 || u32::from(config.channels()) == wanted.channels)
    };
    let config = if fits(&usual) {
        usual
    } else {
        let offered: Vec<SupportedStreamConfigRange> = if wanted.capture {
            device.supported_input_configs().map_err(cannot)?.collect()
        } else {
            device.supported_output_configs().map_err(cannot)?.collect()
        };
        pick(&offered, wanted, &usual).ok_or_else(|| refuse(&offered, wanted))?
    };
    let buffer_size = buffer(wanted.capture, config.sample_rate(), config.buffer_size());
    Ok(Chosen {
        device,
        capture: wanted.capture,
        format: config.sample_format(),
        config: StreamConfig { buffer_size, ..config.config() },
        purpose,
    })
}

fn find(wanted: &Wanted) -> Result<Device, Fault> {
    let host = cpal::default_host();
    let none = |what: &str| Fault::new(ErrorKind::NoDevice, format!("cannot {}: {what}", wanted.purpose()));
    if wanted.device.is_empty() || wanted.device == DEFAULT {
        let device = if wanted.capture { host.default_input_device() } else { host.default_output_device() };
        return device.ok_or_else(|| none("there is none"));
    }
    let mut devices = host.devices().map_err(|error| Fault::from_cpal("list the sound devices", &error))?;
    devices
        .find(|device| device.id().is_ok_and(|id| id.id() == wanted.device))
        .ok_or_else(|| none("there is no such device; --list-devices shows them"))
}

/// The best offered format that fits, with the usual rate and channels where nothing is asked.
fn pick(
    offered: &[SupportedStreamConfigRange],
    wanted: &Wanted,
    usual: &SupportedStreamConfig,
) -> Option<SupportedStreamConfig> {
    let or = |asked: u32, usual: u32| if asked == 0 { usual } else { asked };
    let rate = or(wanted.sample_rate, usual.sample_rate());
    let channels = or(wanted.channels, u32::from(usual.channels()));
    let fitting = |channels: Option<u32>| {
        offered
            .iter()
            .filter(|range| channels.is_none_or(|channels| u32::from(range.channels()) == channels))
            .filter(|range| !range.sample_format().is_dsd())
            .filter_map(|range| Some((range, range.try_with_sample_rate(rate)?)))
            .max_by(|a, b| a.0.cmp_default_heuristics(b.0))
            .map(|(_, config)| config)
    };
    let any = wanted.channels == 0;
    fitting(Some(channels)).or_else(|| any.then(|| fitting(None)).flatten())
}

fn refuse(offered: &[SupportedStreamConfigRange], wanted: &Wanted) -> Fault {
    let span = |low: Option<u32>, high: Option<u32>| match (low, high) {
        (Some(low), Some(high)) if low == high => format!("{low}"),
        (Some(low), Some(high)) => format!("{low} to {high}"),
        _ => "no".into(),
    };
    let channels = offered.iter().map(|range| u32::from(range.channels()));
    let channels = span(channels.clone().min(), channels.max());
    let low = offered.iter().map(SupportedStreamConfigRange::min_sample_rate).min();
    let high = offered.iter().map(SupportedStreamConfigRange::max_sample_rate).max();
    let asked = match (wanted.sample_rate, wanted.channels) {
        (0, channels) => format!("{channels} channels"),
        (rate, 0) => format!("{rate} Hz"),
        (rate, channels) => format!("{channels} channels at {rate} Hz"),
    };
    Fault::new(
        ErrorKind::Unsupported,
        format!("cannot {} with {asked}: it offers {channels} channels at {} Hz", wanted.purpose(), span(low, high)),
    )
}

/// What is usual, as a power of two, within what the device can.
fn buffer(capture: bool, sample_rate: u32, supported: &SupportedBufferSize) -> BufferSize {
    let usual = if capture { CAPTURE_BUFFER } else { PLAYBACK_BUFFER };
    let frames = (u64::from(sample_rate) * usual / 48_000).next_power_of_two().clamp(256, 16_384);
    let frames = frames as u32;
    match *supported {
        SupportedBufferSize::Range { min, max } if min <= max => {
            BufferSize::Fixed(frames.clamp(min.max(1), max.max(1)))
        }
        _ => BufferSize::Fixed(frames),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buffer_is_short_for_playing_and_long_for_recording_within_the_devices_range() {
        let range = |min, max| SupportedBufferSize::Range { min, max };
        let rows = [
            (false, 48_000, range(1, 1 << 20), 1024),
            (true, 48_000, range(1, 1 << 20), 2048),
            (true, 44_100, range(1, 1 << 20), 2048),
            (true, 16_000, range(1, 1 << 20), 1024),
            (false, 96_000, SupportedBufferSize::Unknown, 2048),
            (false, 48_000, range(64, 512), 512),
            (false, 48_000, range(4096, 8192), 4096),
        ];
        for (capture, rate, supported, expected) in rows {
            assert_eq!(buffer(capture, rate, &supported), BufferSize::Fixed(expected), "{rate} {supported:?}");
        }
    }

    #[test]
    fn what_is_asked_for_is_taken_exactly_or_refused_with_what_there_is() {
        let buffer = SupportedBufferSize::Unknown;
        let range = |channels, min, max, format| SupportedStreamConfigRange::new(channels, min, max, buffer, format);
        let offered = [
            range(1, 16_000, 16_000, SampleFormat::I16),
            range(2, 44_100, 48_000, SampleFormat::I16),
            range(2, 44_100, 48_000, SampleFormat::F32),
        ];
        let usual = offered[2].try_with_sample_rate(48_000).expect("in range");
        let wanted = |sample_rate, channels| Wanted { capture: true, device: String::new(), sample_rate, channels };
        let picked = pick(&offered, &wanted(44_100, 0), &usual).expect("fits");
        assert_eq!((picked.channels(), picked.sample_format()), (2, SampleFormat::F32));
        let picked = pick(&offered, &wanted(16_000, 0), &usual).expect("with other channels");
        assert_eq!((picked.channels(), picked.sample_rate()), (1, 16_000));
        assert!(pick(&offered, &wanted(16_000, 2), &usual).is_none());
        let fault = refuse(&offered, &wanted(16_000, 2));
        assert_eq!(
            fault.message,
            "cannot record from the default sound device with 2 channels at 16000 Hz: it offers 1 to 2 channels at 16000 to 48000 Hz"
        );
    }
}
