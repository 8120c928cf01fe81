//! Arguments that several tools have, as parameters and as the kernels know them.

use auricle_dsp::stft::Exponent;
use auricle_sdk::prelude::*;

/// A number of bands.
pub const fn bands(id: &'static str, default: i64) -> Parameter {
    Parameter::int(id, default).range(1.0, 65_536.0).doc("Number of bands.")
}

/// The lower edge of the first band.
pub const fn lower_edge(id: &'static str, default: f64) -> Parameter {
    Parameter::float(id, default).range(0.0, 1e9).unit("Hz").doc("Lower edge of the first band.")
}

/// The upper edge of the last band.
pub const fn upper_edge(id: &'static str, default: f64) -> Parameter {
    Parameter::float(id, default).range(0.0, 1e9).unit("Hz").doc("Upper edge of the last band.")
}

/// The upper edge of the last band, half the sample rate unless a session says so.
pub const fn upper_edge_or_none(id: &'static str) -> Parameter {
    Parameter::float(id, 0.0)
        .range(0.0, 1e9)
        .default(DefaultValue::Str("none"))
        .choices(&["none"])
        .unit("Hz")
        .doc("Upper edge of the last band; none: half the sample rate.")
}

/// The input of a tool that takes float32: wider samples are rounded.
pub const SINGLE: Port = Port::audio("audio")
    .dtypes(&[DType::F32, DType::F64])
    .doc("Samples; float64 is rounded to float32, which the tool wants.");

/// The sample rate of the input.
pub fn sample_rate(setup: &Setup) -> Result<f64> {
    Ok(f64::from(setup.input(0)?.as_audio()?.sample_rate))
}

/// Refuses another rate than the one that the tool asks for.
pub fn only_rate(setup: &Setup, wanted: u32, tool: &str) -> Result<()> {
    let got = setup.input(0)?.as_audio()?.sample_rate;
    if got == wanted {
        return Ok(());
    }
    let message = format!("expected audio at {wanted} Hz, as {tool}, got {got} Hz");
    Err(Error::format(message).hint(format!("put resample.soxr with sr = {wanted} before it")))
}

/// Refuses more than one channel.
pub fn only_mono(setup: &Setup, tool: &str) -> Result<()> {
    match setup.input(0)?.as_audio()?.channels {
        1 => Ok(()),
        got => Err(Error::format(format!("expected one channel, as {tool}, got {got}"))
            .hint("mix it down, or read one channel")),
    }
}

/// What bands of this power of a magnitude are.
pub fn quantity(exponent: Exponent) -> &'static str {
    match exponent {
        Exponent::Magnitude => "amplitude",
        Exponent::Power => "power",
        Exponent::Of(_) => "",
    }
}
