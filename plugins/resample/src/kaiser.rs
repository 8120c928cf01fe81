//! `resample.kaiser`: a long sinc with Kaiser's window, from a table.
//!
//! Shape: `(channel, sample)` to `(channel, floor(samples * sr / rate))`; float32 of float32, float64 of float64.
//! Source: resampy 0.4.3, `resample`. Unlike its siblings it rounds the length down, and refuses to give no samples.

use auricle_dsp::resample::{Filter, Length};
use auricle_sdk::prelude::*;

use crate::stage::{AUDIO, Dialect, RESAMPLED, SR};

/// The dialect.
pub struct Kaiser;

impl Dialect for Kaiser {
    const DESCRIPTOR: Descriptor = Descriptor::new("resample.kaiser", "Another sample rate, as resampy.resample")
        .doc(
            "A sinc with Kaiser's window, tabled and interpolated: kaiser_best has 50 zero crossings on either side and passes \
             0.917 of half the lower rate, kaiser_fast 24 and 0.868. No delay, zeros outside the signal. The length is \
             resampy's; librosa adds a sample where it is not whole.",
        )
        .source("resampy 0.4.3, resample; filters as resampy.filters documents them")
        .inputs(AUDIO)
        .outputs(RESAMPLED)
        .parameters(&[
            SR,
            Parameter::choice("filter", "kaiser_best", &["kaiser_best", "kaiser_fast"]).doc("Which of the tool's filters."),
        ]);
    const LENGTH: Length = Length::Floor;
    const REFUSES_NOTHING: bool = true;

    fn filter(parameters: &Parameters) -> Result<Filter> {
        // resampy.filters documents these to six digits; the rest of beta was fitted to its tables, which it meets to 1e-10.
        Ok(match parameters.text("filter")? {
            "kaiser_fast" => {
                Filter::Table { zeros: 24, entries: 512, rolloff: 0.8682120388377784, beta: 9.903224360386938 }
            }
            _ => Filter::Table { zeros: 50, entries: 8192, rolloff: 0.9173473712608761, beta: 12.984585183195962 },
        })
    }
}
