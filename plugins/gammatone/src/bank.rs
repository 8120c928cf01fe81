//! `gammatone.bank`: every sample through the gammatone filters of SciPy.
//!
//! Shape: audio to `(band, sample)`, several channels to `(channel, band, sample)`; float64.
//! Source: SciPy 1.17.1, `signal.gammatone` and `signal.lfilter`. Unlike `gammatone.gtgram` it takes no levels.

use std::ops::Range;

use auricle_dsp::Float;
use auricle_dsp::filter::{self, Filter};
use auricle_dsp::gammatone;
use auricle_sdk::prelude::*;

/// The stage.
pub struct Bank {
    /// By channel and band.
    filters: Vec<Vec<Filter>>,
    /// Samples before a region that its filters still hear.
    run_in: i64,
}

impl Stage for Bank {
    const DESCRIPTOR: Descriptor = Descriptor::new("gammatone.bank", "Gammatone filters, as scipy.signal.gammatone")
        .doc(
            "lfilter of the samples with gammatone(freq, ftype) for each centre: freqs, or n_bands of them evenly spaced on the ERB scale \
             from fmin to fmax. fir has order and numtaps; iir is of order 4. As the tool, computed in float64 in direct form II transposed. \
             A region in the middle starts the filters 0.5 s early; the rounding of that form, which rings in low iir bands, is then another.",
        )
        .source("SciPy 1.17.1, scipy.signal.gammatone and scipy.signal.lfilter")
        .inputs(&[Port::audio("audio").dtypes(&[DType::F32, DType::F64]).doc("Samples.")])
        .outputs(&[Port::tensor("bands").dtypes(&[DType::F64]).doc("Filtered samples, (band, sample), in the order of the centres.")])
        .parameters(&[
            Parameter::choice("ftype", "fir", &["fir", "iir"]).doc("Kind of filter."),
            Parameter::int("n_bands", 32).range(1.0, 1024.0).doc("Number of bands."),
            Parameter::float("fmin", 50.0).range(0.0, 1e9).unit("Hz").doc("Centre of the lowest band."),
            Parameter::float("fmax", 0.0)
                .range(0.0, 1e9)
                .default(DefaultValue::Str("none"))
                .choices(&["none"])
                .unit("Hz")
                .doc("Centre of the highest band; none: nine tenths of half the sample rate."),
            Parameter::absent("freqs", Types::LIST).unit("Hz").doc("Centres, instead of n_bands, fmin and fmax."),
            Parameter::int("order", 4).range(1.0, 24.0).doc("Order of a FIR filter."),
            Parameter::int("numtaps", 15)
                .range(1.0, 65_536.0)
                .default(DefaultValue::Str("none"))
                .choices(&["none"])
                .doc("Taps of a FIR filter; none: 15 ms, and at least 15."),
        ])
        .locality(Locality::Recurrent { error: 1e-5 });

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let input = setup.input(0)?;
        let audio = input.as_audio()?;
        let sample_rate = f64::from(audio.sample_rate);
        let centres = centres(&setup.parameters, sample_rate)?;
        let made = centres.iter().map(|hz| filter(&setup.parameters, sample_rate, *hz)).collect::<Result<Vec<_>>>()?;
        let mut axes = vec![
            Axis::new(Role::Time, "sample", input.length.and_then(|n| usize::try_from(n).ok())),
            Axis::bands(centres, "erb"),
        ];
        let mut layout = "band,sample";
        if audio.channels > 1 {
            axes.insert(1, Axis::channels(audio.channels));
            layout = "channel,band,sample";
        }
        let format = Format::tensor(Tensor::new::<f64>(axes, "amplitude"), input.clock, input.length, layout);
        let run_in = (0.5 * sample_rate) as i64 + made.iter().map(Filter::taps).max().unwrap_or(0) as i64;
        Ok((Bank { filters: vec![made; audio.channels], run_in }, vec![format]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        let need = (span.start - self.run_in).max(0)..span.end;
        vec![need]
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.filters.iter_mut().flatten().for_each(Filter::reset);
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet.filter(|packet| packet.count > 0) else { return Ok(Flow::Continue) };
        let mut block = out.tensor::<f64>(0, packet.start, packet.count)?;
        let bands = self.filters.first().map_or(0, Vec::len);
        let channels = self.filters.len();
        for (channel, filters) in self.filters.iter_mut().enumerate() {
            match packet.format().dtype() {
                Some(DType::F64) => {
                    run(filters, packet.channel::<f64>(channel)?, block.values(), channel * bands, channels * bands)
                }
                _ => run(filters, packet.channel::<f32>(channel)?, block.values(), channel * bands, channels * bands),
            }
        }
        block.emit()?;
        Ok(Flow::Continue)
    }
}

/// Every sample through every filter, to `out[sample * stride + at + band]`.
fn run<S: Float>(filters: &mut [Filter], samples: &[S], out: &mut [f64], at: usize, stride: usize) {
    for (band, filter) in filters.iter_mut().enumerate() {
        for (sample, place) in samples.iter().zip(out[at + band..].iter_mut().step_by(stride)) {
            *place = filter.process((*sample).into());
        }
    }
}

fn centres(parameters: &Parameters, sample_rate: f64) -> Result<Vec<f64>> {
    let half = sample_rate / 2.0;
    let within = |id: &str, hz: f64| match hz > 0.0 && hz < half {
        true => Ok(hz),
        false => Err(Error::parameter(
            id,
            format!("expected more than 0 and less than half the sample rate ({half}), got {hz}"),
        )),
    };
    if let Value::List(list) = parameters.get("freqs")? {
        if list.is_empty() {
            return Err(Error::parameter("freqs", "expected at least one frequency, got none"));
        }
        let number = |value: &Value| {
            value.as_f64().ok_or_else(|| Error::parameter("freqs", format!("expected numbers, got {value}")))
        };
        return list.iter().map(|value| within("freqs", number(value)?)).collect();
    }
    let low = within("fmin", parameters.float("fmin")?)?;
    let high = within("fmax", parameters.optional_float("fmax")?.unwrap_or(0.9 * half))?;
    if low > high {
        return Err(Error::parameter("fmin", format!("expected at most fmax ({high}), got {low}")));
    }
    Ok(gammatone::spread_hz(low, high, parameters.count("n_bands")?))
}

fn filter(parameters: &Parameters, sample_rate: f64, hz: f64) -> Result<Filter> {
    let coefficients = match parameters.text("ftype")? {
        "iir" => filter::gammatone_iir(sample_rate, hz),
        _ => {
            let taps = parameters.optional_count("numtaps")?.unwrap_or(((0.015 * sample_rate) as usize).max(15));
            (filter::gammatone_fir(sample_rate, hz, parameters.count("order")?, taps), vec![1.0])
        }
    };
    Ok(Filter::new(&coefficients.0, &coefficients.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn noise(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 7919) % 1009) as f32 / 1009.0 - 0.5).collect()
    }

    #[test]
    fn shapes_and_laws() {
        for ftype in ["fir", "iir"] {
            let bench = Bench::<Bank>::new()
                .parameter("ftype", ftype)
                .parameter("freqs", Value::List(vec![440.0.into(), 200.into()]))
                .audio(8000, &[&noise(900), &noise(900)]);
            let outcome = bench.run().expect("runs");
            assert_eq!(outcome.formats[0].layout, "channel,band,sample");
            assert_eq!(outcome.tensor::<f64>(0).expect("bands").len(), 2 * 2 * 900);
            bench.conforms();
        }
        Bench::<Bank>::new().parameter("n_bands", 4).parameter("ftype", "iir").audio(8000, &[&noise(9000)]).conforms();
    }

    #[test]
    fn refusals() {
        let bench = || Bench::<Bank>::new().audio(8000, &[&[0.0f32; 10]]);
        for (bench, parameter) in [
            (bench().parameter("fmax", 4000.0), "fmax"),
            (bench().parameter("fmin", 3900.0), "fmin"),
            (bench().parameter("freqs", Value::List(vec![4000.0.into()])), "freqs"),
            (bench().parameter("freqs", Value::List(vec![])), "freqs"),
        ] {
            assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, parameter);
        }
    }
}
