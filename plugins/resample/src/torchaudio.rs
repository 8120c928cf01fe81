//! `resample.torchaudio`: a windowed sinc, short unless told otherwise.
//!
//! Shape: `(channel, sample)` to `(channel, ceil(samples * sr / rate))`; float32 of float32, float64 of float64.
//! Source: torchaudio 2.8.0, `functional.resample`. Unlike its siblings it lets some of what lies above half the new rate through.

use auricle_dsp::resample::{Filter, Length};
use auricle_dsp::window::Shape;
use auricle_sdk::prelude::*;

use crate::stage::{AUDIO, Dialect, RESAMPLED, SR};

/// The dialect.
pub struct Torchaudio;

/// What the tool takes for `beta` where none is given.
const BETA: f64 = 14.769656459379492;

impl Dialect for Torchaudio {
    const DESCRIPTOR: Descriptor = Descriptor::new("resample.torchaudio", "Another sample rate, as torchaudio.functional.resample")
        .doc(
            "y[m] = sum over k of x[k] * h(m * rate / sr - k), with h a sinc that is cut off at rolloff times half the lower rate \
             and ends, under a Hann or Kaiser window, after lowpass_filter_width zero crossings. No delay, zeros outside the \
             signal. With the defaults, from 48 to 16 kHz, 9 kHz comes back as 7 kHz, 17 dB lower.",
        )
        .source("torchaudio 2.8.0, functional.resample")
        .inputs(AUDIO)
        .outputs(RESAMPLED)
        .parameters(&[
            SR,
            Parameter::int("lowpass_filter_width", 6)
                .range(1.0, 65_536.0)
                .doc("Zero crossings of the sinc on either side; more are sharper and slower."),
            Parameter::float("rolloff", 0.99)
                .range(0.0, 1.0)
                .doc("The cutoff, as a share of half the lower rate; lower aliases less and dulls more."),
            Parameter::choice("resampling_method", "sinc_interp_hann", &["sinc_interp_hann", "sinc_interp_kaiser"])
                .doc("The window on the sinc."),
            Parameter::absent("beta", Types::FLOAT)
                .choices(&["none"])
                .doc("Kaiser's shape parameter; absent or none: 14.769656459379492."),
        ]);
    const LENGTH: Length = Length::Ceil;

    fn filter(parameters: &Parameters) -> Result<Filter> {
        let window = match parameters.text("resampling_method")? {
            "sinc_interp_kaiser" => Shape::Kaiser { beta: parameters.optional_float("beta")?.unwrap_or(BETA) },
            _ => Shape::Hann,
        };
        let zeros = parameters.count("lowpass_filter_width")?;
        Ok(Filter::Sinc { zeros, rolloff: parameters.float("rolloff")?, window })
    }
}
