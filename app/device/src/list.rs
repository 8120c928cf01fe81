//! The devices that a user may want to name.
//!
//! ALSA lists a dozen names on a machine without any sound (`null`, `oss`, `upmix` ...), all said
//! to play and record. Real are: the default device and the sound servers, if they answer, and
//! the hardware, whether it is busy or not.

use crate::fault::Fault;
use auricle_sound::abi::{RawDevice, RawText};
use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{Device, SupportedStreamConfig};

/// The name that stands for the default device everywhere.
pub(crate) const DEFAULT: &str = "default";

/// How a listed name is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// A sound server: shown if it answers.
    Server,
    /// Shown always.
    Hardware,
    /// Another name of a device, or none: not shown.
    Other,
}

/// The sort of an ALSA name; `plughw` stands for the hardware, with conversions where needed.
fn alsa_sort(id: &str) -> Sort {
    match id.split_once(':') {
        None if matches!(id, "pulse" | "pipewire" | "jack") => Sort::Server,
        // The same cards appear under their names and under their numbers.
        Some(("plughw", card)) if !is_numbered(card) => Sort::Hardware,
        _ => Sort::Other,
    }
}

fn is_numbered(card: &str) -> bool {
    let number = card.trim_start_matches("CARD=").split(',').next();
    number.is_none_or(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn sort(host: cpal::HostId, id: &str) -> Sort {
    if host.to_string() == "alsa" { alsa_sort(id) } else { Sort::Hardware }
}

/// A device with its id and both usual formats.
struct Found {
    id: String,
    name: String,
    playback: Option<SupportedStreamConfig>,
    capture: Option<SupportedStreamConfig>,
    is_default: bool,
}

/// The device that is used when none is named: it may be two, one for each direction.
fn default_device(host: &cpal::Host) -> Option<Found> {
    let (output, input) = (host.default_output_device(), host.default_input_device());
    let playback = output.as_ref().and_then(|device| device.default_output_config().ok());
    let capture = input.as_ref().and_then(|device| device.default_input_config().ok());
    (playback.is_some() || capture.is_some()).then(|| Found {
        id: DEFAULT.into(),
        name: output.or(input).map_or(String::new(), |device| device.to_string()),
        playback,
        capture,
        is_default: true,
    })
}

fn found(device: &Device, host: cpal::HostId) -> Option<Found> {
    let id = device.id().ok()?.id().to_string();
    let sort = sort(host, &id);
    if sort == Sort::Other {
        return None;
    }
    let playback = device.supports_output().then(|| device.default_output_config().ok());
    let capture = device.supports_input().then(|| device.default_input_config().ok());
    let (playback, capture) = (playback.flatten(), capture.flatten());
    let answers = playback.is_some() || capture.is_some();
    (answers || sort == Sort::Hardware).then(|| Found {
        id,
        name: device.to_string(),
        playback,
        capture,
        is_default: false,
    })
}

/// Shows every real device.
pub(crate) fn devices(visit: &mut dyn FnMut(*const RawDevice)) -> Result<(), Fault> {
    let host = cpal::default_host();
    let all = host.devices().map_err(|error| Fault::from_cpal("list the sound devices", &error))?;
    let named = all.filter_map(|device| found(&device, host.id()));
    for found in default_device(&host).into_iter().chain(named) {
        let part = |config: &Option<SupportedStreamConfig>| {
            let config = config.as_ref();
            config.map_or((0, 0), |config| (u32::from(config.channels()), config.sample_rate()))
        };
        let (playback_channels, playback_rate) = part(&found.playback);
        let (capture_channels, capture_rate) = part(&found.capture);
        visit(&RawDevice {
            id: RawText::new(&found.id),
            name: RawText::new(&found.name),
            playback_channels,
            playback_rate,
            capture_channels,
            capture_rate,
            is_default: found.is_default.into(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_alsa_names_are_shown() {
        for id in [
            "null",
            "oss",
            "upmix",
            "default",
            "hw:CARD=PCH,DEV=0",
            "plughw:CARD=0,DEV=3",
            "sysdefault:CARD=PCH",
            "front:CARD=PCH,DEV=0",
            "surround51:CARD=PCH,DEV=0",
            "lavrate",
        ] {
            assert_eq!(alsa_sort(id), Sort::Other, "{id}");
        }
        assert_eq!(alsa_sort("pulse"), Sort::Server);
        assert_eq!(alsa_sort("plughw:CARD=PCH,DEV=0"), Sort::Hardware);
        assert_eq!(alsa_sort("plughw:CARD=2i2,DEV=0"), Sort::Hardware);
    }
}
