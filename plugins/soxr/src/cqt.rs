//! `cqt.librosa`: bins at a constant distance in octaves.
//!
//! Shape: audio to `(bin, frame)`, several channels to `(channel, bin, frame)`; complex64 of float32, complex128 of float64.
//! Source: librosa 0.11.0, `librosa.cqt`. Unlike `stft.librosa` low bins have longer windows.

use std::ops::Range;

use crate::ffi::{Quality, Sample};
use crate::octaves::{Octaves, Settings};
use auricle_analysis::{AUDIO, librosa, samples};
use auricle_dsp::Float;
use auricle_dsp::cqt::Config;
use auricle_dsp::norm::Norm;
use auricle_sdk::prelude::*;

/// The stage, for samples of one precision.
pub struct CqtStage<T> {
    octaves: Octaves<T>,
    channels: usize,
}

impl<T: Sample + Float> Stage for CqtStage<T>
where
    Complex<T>: Element,
{
    const DESCRIPTOR: Descriptor = Descriptor::new("cqt.librosa", "Constant-Q transform, as librosa.cqt")
        .doc(
            "Windowed complex exponentials of a constant number of periods, an octave at a time; each octave below the first is filtered at half \
             the rate of the one above, halved by libsoxr, while hop_length can be halved too. The filters' smallest values are left out \
             (sparsity). tuning none is estimated, which takes a first pass over the whole input. The bins' magnitudes are spectrum.magnitude's.",
        )
        .source("librosa 0.11.0, librosa.cqt; Schoerkhuber and Klapuri, SMC 2010")
        .inputs(&[AUDIO])
        .outputs(&[Port::tensor("bins").dtypes(&[DType::C64, DType::C128]).doc("Complex bins, (bin, frame), lowest first.")])
        .parameters(&[
            HOP_LENGTH,
            FMIN,
            Parameter::int("n_bins", 84).range(1.0, 16_384.0).doc("Number of bins."),
            Parameter::int("bins_per_octave", 12).range(1.0, 16_384.0).doc("Bins of an octave."),
            Parameter::float("tuning", 0.0)
                .range(-64.0, 64.0)
                .choices(&["none"])
                .doc("How far the bins are above theirs, in bins; none: estimated."),
            Parameter::float("filter_scale", 1.0).range(1e-3, 1e3).doc("A factor on the length of the windows."),
            Parameter::float("norm", 1.0)
                .range(0.0, 1e3)
                .choices(&["inf", "-inf", "none"])
                .doc("Which norm the filters are divided by: a number p, the largest (inf) or smallest (-inf) value, none."),
            Parameter::float("sparsity", 0.01).range(0.0, 0.9999).doc("Share of a filter's spectrum that is left out."),
            librosa::WINDOW,
            Parameter::bool("scale", true).doc("Bins are divided by the root of their window's length."),
            librosa::PAD_MODE.doc(
                "What stands outside the signal of an octave: zeros (constant), the signal mirrored (reflect), its ends (edge).",
            ),
            Parameter::choice("res_type", "soxr_hq", &["soxr_hq", "soxr_vhq", "soxr_mq", "soxr_lq", "soxr_qq"])
                .doc("How rates are halved, by libsoxr's quality."),
            Parameter::absent("dtype", Types::CHOICE)
                .choices(&["complex64", "complex128", "none"])
                .doc("Of the bins: only that of the input, complex64 of float32, complex128 of float64; none: the same."),
        ])
        .locality(Locality::Global)
        .result_version(2);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let parameters = &setup.parameters;
        let input = setup.input(0)?;
        let audio = input.as_audio()?;
        let dtype = parameters.optional_text("dtype")?.unwrap_or(Complex::<T>::DTYPE.name());
        if dtype != Complex::<T>::DTYPE.name() {
            let expected = Complex::<T>::DTYPE.name();
            return Err(Error::parameter("dtype", format!("expected {expected}, that of the input, got {dtype}")));
        }
        let tuning = parameters.optional_float("tuning")?;
        let config = Config {
            tuning: tuning.unwrap_or(0.0),
            bins: parameters.count("n_bins")?,
            per_octave: parameters.count("bins_per_octave")?,
            filter_scale: parameters.float("filter_scale")?,
            norm: librosa::norm(parameters, "norm", Norm::P(1.0))?,
            sparsity: parameters.float("sparsity")?,
            window: librosa::shape(parameters)?,
            scale: parameters.bool("scale")?,
            ..usual(setup)?
        };
        let name = parameters.text("res_type")?;
        let quality = name.strip_prefix("soxr_").and_then(Quality::from_name);
        let quality =
            quality.ok_or_else(|| Error::parameter("res_type", format!("expected one of soxr's, got {name}")))?;
        let settings = Settings { config, estimate: tuning.is_none(), pad: librosa::pad(parameters)?, quality };
        let octaves = Octaves::new(settings, audio.channels)?;
        let centre = |k: usize| config.fmin * ((k as f64 + config.tuning) / config.per_octave as f64).exp2();
        let mut axis = Axis::bands((0..config.bins).map(centre).collect(), "log");
        axis.name = "bin".into();
        let format = octaves.format(input, Tensor::new::<Complex<T>>(vec![axis], "complex"))?;
        Ok((CqtStage { octaves, channels: audio.channels }, vec![format]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        vec![self.octaves.need(span.end)]
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.octaves.begin()
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet {
            self.octaves.push(packet)?;
            self.emit(out)?;
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        self.octaves.end()?;
        self.emit(out)?;
        Ok(Flow::Done)
    }

    fn reduces(&self) -> bool {
        self.octaves.reduces()
    }

    fn reduce(&mut self, packet: &Packet) -> Result<()> {
        self.octaves.reduce(packet)
    }

    fn reduction(&self) -> Vec<u8> {
        self.octaves.reduction()
    }

    fn adopt(&mut self, state: &[u8]) -> Result<()> {
        self.octaves.adopt(state)
    }
}

impl<T: Sample + Float> CqtStage<T>
where
    Complex<T>: Element,
{
    fn emit(&mut self, out: &mut Outputs<'_>) -> Result<()> {
        let ready = self.octaves.ready();
        if ready == 0 {
            return Ok(());
        }
        let mut block = out.tensor::<Complex<T>>(0, self.octaves.next(), ready)?;
        for (k, place) in block.values().chunks_exact_mut(self.octaves.bins()).enumerate() {
            self.octaves.frame(k / self.channels, k % self.channels, place);
        }
        block.emit()?;
        self.octaves.advance(ready);
        Ok(())
    }
}

/// Distance of frames.
pub const HOP_LENGTH: Parameter =
    samples("hop_length").default(DefaultValue::Int(512)).doc("Samples from one frame to the next.");

/// Frequency of the first bin.
pub const FMIN: Parameter = Parameter::float("fmin", 0.0)
    .default(DefaultValue::Str("none"))
    .choices(&["none"])
    .range(1e-3, 1e9)
    .unit("Hz")
    .doc("Frequency of the first bin; none: 32.70 Hz, which is C1.");

/// C1: note 24 where note 69 is 440 Hz.
pub const C1_HZ: f64 = 32.703_195_662_574_83;

/// What the tool does unless told otherwise, at the `hop_length` and from the `fmin` that are given.
pub fn usual(setup: &Setup) -> Result<Config> {
    Ok(Config {
        sample_rate: f64::from(setup.input(0)?.as_audio()?.sample_rate),
        hop: setup.parameters.count("hop_length")?,
        fmin: setup.parameters.optional_float("fmin")?.unwrap_or(C1_HZ),
        tuning: 0.0,
        bins: 84,
        per_octave: 12,
        filter_scale: 1.0,
        norm: Norm::P(1.0),
        sparsity: 0.01,
        window: auricle_dsp::window::Shape::Hann,
        scale: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    type Stage32 = Precision<CqtStage<f32>, CqtStage<f64>>;

    fn tone(length: usize) -> Vec<f32> {
        (0..length).map(|i| (i as f32 * 0.3).sin() * 0.4 + ((i * 7919) % 101) as f32 / 1010.0 - 0.05).collect()
    }

    #[test]
    fn shapes_and_laws() {
        let bench = Bench::<Stage32>::new().audio(22_050, &[&tone(9000)]);
        let outcome = bench.run().expect("runs");
        assert_eq!((outcome.formats[0].layout.as_str(), outcome.formats[0].length), ("bin,frame", Some(18)));
        let bins: Vec<Complex<f32>> = outcome.tensor(0).expect("complex64");
        // 0.3 radians a sample are 1052.8 Hz, 60.1 bins over C1.
        let frame = &bins[8 * 84..9 * 84];
        let loudest = (0..84).max_by(|a, b| frame[*a].norm().total_cmp(&frame[*b].norm()));
        assert_eq!(loudest, Some(60));
        let two = || Bench::<Stage32>::new().parameter("fmin", 700.0).parameter("n_bins", 20);
        two().audio(22_050, &[&tone(3001)]).conforms();
        let low = Bench::<Stage32>::new().parameter("n_bins", 12).parameter("scale", false).parameter("hop_length", 64);
        low.audio(22_050, &[&tone(2001), &tone(2001)]).conforms();
        let wide: Vec<f64> = tone(2500).into_iter().map(f64::from).collect();
        two().parameter("tuning", "none").parameter("hop_length", 300).audio(22_050, &[&wide]).conforms();
    }

    #[test]
    fn refusals() {
        let bench = || Bench::<Stage32>::new().audio(16_000, &[&tone(100)]);
        for (bench, parameter) in [
            (bench().parameter("n_bins", 108), "n_bins"),
            (bench().parameter("dtype", "complex128"), "dtype"),
            (bench().parameter("window", Value::List(vec!["kaiser".into()])), "window"),
            (Bench::<Stage32>::new().parameter("n_bins", 12).audio(22_050, &[&tone(9)]), "n_bins"),
        ] {
            assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, parameter);
        }
    }
}
