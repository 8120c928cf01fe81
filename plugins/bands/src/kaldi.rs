//! What `mel.kaldi` and `mfcc.kaldi` have in common: Kaldi's frames, energies and bank.

use auricle_analysis::{MOST, refused_as};
use auricle_dsp::bands::{self, Conditioning, Energy};
use auricle_dsp::log::{self, Base};
use auricle_dsp::stft::{self, Exponent};
use auricle_dsp::window::{self, Placement, Sampling, Shape};
use auricle_dsp::{mel, overall};
use auricle_sdk::prelude::*;

use crate::arguments::{self, bands as n_bands};
use crate::front::{Order, Recipe, Signal};

/// Parameters of both, in the order of their names.
pub const COMMON: [Parameter; 23] = [
    Parameter::float("waveform_scale", 1.0)
        .range(0.0, 1e9)
        .doc("Multiplied with the samples first: 32768.0 for audio in -1..1 of which the tool expects integers."),
    Parameter::int("channel", -1).range(-1.0, 1e6).doc("The channel that is taken; -1: the first."),
    Parameter::float("blackman_coeff", 0.42).range(0.0, 1.0).doc("Constant of the Blackman window: only 0.42."),
    Parameter::float("energy_floor", 1.0).range(0.0, 1e9).doc("Energies under this read as this; 0: no floor."),
    Parameter::float("frame_length", 25.0).range(0.01, 1e6).unit("ms").doc("Length of a frame."),
    Parameter::float("frame_shift", 10.0).range(0.01, 1e6).unit("ms").doc("From one frame to the next."),
    Parameter::float("high_freq", 0.0)
        .range(-1e9, 1e9)
        .unit("Hz")
        .doc("Upper edge of the last band; 0 or less: so much above half the sample rate."),
    Parameter::bool("htk_compat", false).doc("The energy (or the lowest coefficient) stands last, as HTK has it."),
    Parameter::float("low_freq", 20.0).range(0.0, 1e9).unit("Hz").doc("Lower edge of the first band."),
    Parameter::float("min_duration", 0.0)
        .range(0.0, 1e6)
        .unit("s")
        .doc("Shorter clips give no frames: (0, band), of the tool (0,)."),
    n_bands("num_mel_bins", 23),
    Parameter::float("preemphasis_coefficient", 0.97)
        .range(0.0, 1.0)
        .doc("Within each frame, each sample less this times the one before."),
    Parameter::bool("raw_energy", true).doc("The energy is that before pre-emphasis and window."),
    Parameter::bool("remove_dc_offset", true).doc("Each frame less its mean."),
    Parameter::bool("round_to_power_of_two", true).doc("Zeros behind the frame up to a power of two."),
    Parameter::bool("snip_edges", true).doc(
        "Only whole frames; else round(samples / shift) of them, the ends mirrored with their last sample repeated.",
    ),
    Parameter::bool("subtract_mean", false).doc("Less each column's mean over the clip, which takes a first pass."),
    Parameter::bool("use_energy", false)
        .doc("The logarithm of the energy too: before the bands, or as the lowest coefficient."),
    Parameter::choice("window_type", "povey", &["povey", "hanning", "hamming", "blackman", "rectangular"])
        .doc("Window, symmetric; povey is hanning to the power of 0.85."),
    Parameter::float("vtln_high", -500.0)
        .range(-1e9, 1e9)
        .unit("Hz")
        .doc("Where warping ends; below 0: so much above half the sample rate."),
    Parameter::float("vtln_low", 100.0).range(0.0, 1e9).unit("Hz").doc("Where warping begins."),
    Parameter::float("vtln_warp", 1.0)
        .range(1e-3, 1e3)
        .doc("The bands are warped for a vocal tract of this length; 1: not."),
    Parameter::float("dither", 0.0)
        .range(0.0, 0.0)
        .doc("Noise on the samples: only 0, since the tool's is not reproducible."),
];

/// The tool's frames and logarithmic bands; what it needs of the fbank alone stays as it is by default.
pub fn recipe(setup: &Setup) -> Result<Recipe> {
    let parameters = &setup.parameters;
    if parameters.float("blackman_coeff")? != 0.42 {
        return Err(Error::parameter("blackman_coeff", "expected 0.42, the window of that name"));
    }
    let sample_rate = arguments::sample_rate(setup)?;
    let audio = setup.input(0)?.as_audio()?;
    let channel = usize::try_from(parameters.int("channel")?).unwrap_or(0);
    if channel >= audio.channels {
        let message = format!("expected a channel below {}, got {channel}", audio.channels);
        return Err(Error::parameter("channel", message));
    }
    let length = samples(parameters, "frame_length", sample_rate, 2)?;
    let shift = samples(parameters, "frame_shift", sample_rate, 1)?;
    let n_fft = if parameters.bool("round_to_power_of_two")? { length.next_power_of_two() } else { length };
    if !n_fft.is_multiple_of(2) {
        let message = format!("expected an even number of samples without round_to_power_of_two, got {n_fft}");
        return Err(Error::parameter("frame_length", message));
    }
    let shape = match parameters.text("window_type")? {
        "hanning" => Shape::Hann,
        "hamming" => Shape::Hamming,
        "blackman" => Shape::Blackman,
        "rectangular" => Shape::Rectangular,
        _ => Shape::Povey,
    };
    let window = window::Config {
        sampling: Sampling::Symmetric,
        win_length: length,
        placement: Placement::Start,
        ..window::Config::new(shape, n_fft)
    };
    let half = sample_rate / 2.0;
    let high = parameters.float("high_freq")?;
    let (factor, end) = (parameters.float("vtln_warp")?, parameters.float("vtln_high")?);
    let warp = mel::Warp { factor, low: parameters.float("vtln_low")?, high: if end < 0.0 { half + end } else { end } };
    let bank = mel::Config {
        warp: (factor != 1.0).then_some(warp),
        n_mels: parameters.count("num_mel_bins")?,
        fmin: parameters.float("low_freq")?,
        fmax: if high > 0.0 { high } else { half + high },
        ..mel::Config::kaldi(sample_rate, n_fft)
    };
    if bank.n_mels <= 3 {
        return Err(Error::parameter("num_mel_bins", format!("expected more than 3, got {}", bank.n_mels)));
    }
    let names = [("fmin", "low_freq"), ("fmax", "high_freq")];
    if bank.fmin >= half || bank.fmax > half || bank.fmin >= bank.fmax {
        let expected = format!("0 to {half} Hz, low_freq below high_freq");
        let got = format!("{} to {}", bank.fmin, bank.fmax);
        return Err(refused_as(&names)(auricle_dsp::Error::parameter("fmax", expected, got)));
    }
    let energy = Energy { raw: parameters.bool("raw_energy")?, floor: parameters.float("energy_floor")? };
    let bands = bands::Config {
        frame_length: length,
        conditioning: Conditioning {
            remove_mean: parameters.bool("remove_dc_offset")?,
            preemphasis: parameters.float("preemphasis_coefficient")?,
        },
        exponent: Exponent::Power,
        log: Some(log::Config::new(Base::E, f64::from(f32::EPSILON))),
        energy: parameters.bool("use_energy")?.then_some(energy),
        ..bands::Config::new(stft::Config::new(window), Some(bank))
    };
    let standard = parameters.bool("subtract_mean")?.then_some(overall::Standard::Mean);
    Ok(Recipe {
        signal: Signal { channel: Some(channel), gain: parameters.float("waveform_scale")?, ..Signal::default() },
        overall: overall::Config { standard, ..overall::Config::NONE },
        fewest: (parameters.float("min_duration")? * sample_rate).ceil() as i64,
        order: Order::FrameBand,
        scale: "mel/htk",
        quantity: "ln",
        ..Recipe::new(framing(length, shift, parameters.bool("snip_edges")?)?.at_least(length, "frame_length"), bands)
    })
}

/// What extractors take of it: 25 ms every 10 ms at 16 kHz, no parameter but these.
pub fn fixed(shape: Shape, bank: mel::Config) -> (Framing, bands::Config) {
    const LENGTH: usize = 400;
    let window = window::Config {
        sampling: Sampling::Symmetric,
        win_length: LENGTH,
        placement: Placement::Start,
        ..window::Config::new(shape, bank.n_fft)
    };
    let bands = bands::Config {
        frame_length: LENGTH,
        conditioning: Conditioning { remove_mean: true, preemphasis: 0.97 },
        log: Some(log::Config::new(Base::E, f64::from(f32::EPSILON))),
        ..bands::Config::new(stft::Config::new(window), Some(bank))
    };
    (Framing::plain(LENGTH, 160), bands)
}

/// Milliseconds as the tool rounds them: down.
fn samples(parameters: &Parameters, id: &'static str, sample_rate: f64, least: usize) -> Result<usize> {
    let samples = (sample_rate * parameters.float(id)? * 0.001) as usize;
    if (least..=MOST as usize).contains(&samples) {
        return Ok(samples);
    }
    Err(Error::parameter(id, format!("expected {least} to {MOST} samples at {sample_rate} Hz, got {samples}")))
}

/// Without snipped edges the first frame is centred on half a shift, and there are as many as shifts, rounded.
fn framing(length: usize, shift: usize, snip_edges: bool) -> Result<Framing> {
    if snip_edges {
        return Ok(Framing::plain(length, shift));
    }
    let Some(before) = (length / 2).checked_sub(shift / 2) else {
        let message = format!("expected at most the frame's length ({length} samples) without snip_edges, got {shift}");
        return Err(Error::parameter("frame_shift", message));
    };
    let after = (length + shift / 2).saturating_sub(shift + before);
    Ok(Framing::plain(length, shift).padded(before, after, Pad::Symmetric))
}
