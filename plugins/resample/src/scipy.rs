//! `resample.scipy`: a windowed sinc of ten zero crossings on either side.
//!
//! Shape: `(channel, sample)` to `(channel, ceil(samples * sr / rate))`; float32 of float32, float64 of float64.
//! Source: scipy 1.17.1, `signal.resample_poly`. Unlike its siblings its filter is sampled, and passes a constant exactly.

use auricle_dsp::resample::{Filter, Length};
use auricle_dsp::window::Shape;
use auricle_sdk::prelude::*;

use crate::stage::{AUDIO, Dialect, RESAMPLED, SR};

/// The dialect.
pub struct Scipy;

impl Dialect for Scipy {
    const DESCRIPTOR: Descriptor = Descriptor::new("resample.scipy", "Another sample rate, as scipy.signal.resample_poly")
        .doc(
            "Up by sr and down by the rate, both in lowest terms, through one filter between: firwin of \
             20 * max(up, down) + 1 taps with the given window, cut off at half the lower rate. No delay, zeros outside the \
             signal (the tool's padtype constant).",
        )
        .source("scipy 1.17.1, signal.resample_poly and signal.firwin")
        .inputs(AUDIO)
        .outputs(RESAMPLED)
        .parameters(&[
            SR,
            Parameter::choice("window", "hann", &Shape::NAMES)
                .or(Types::LIST)
                .default(DefaultValue::Pair("kaiser", 5.0))
                .doc("Window by its scipy.signal.get_window name, symmetric; with a parameter as a list: [\"kaiser\", 5.0]."),
        ]);
    const LENGTH: Length = Length::Ceil;

    fn filter(parameters: &Parameters) -> Result<Filter> {
        let (name, numbers) = parameters.named("window")?;
        let window = Shape::named(name, &numbers).map_err(|error| Error::parameter("window", error.message))?;
        Ok(Filter::Fir { zeros: 10, window })
    }
}
