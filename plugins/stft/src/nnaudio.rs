//! `stft.nnaudio`: complex bins of overlapping frames.
//!
//! Shape: audio to `(bin, frame)`, several channels to `(channel, bin, frame)`; complex64 of float32, complex128 of float64.
//! Source: nnAudio 0.3.4, `features.STFT`. Unlike librosa it mirrors the ends, and bins may stand at other frequencies.

use std::marker::PhantomData;

use auricle_analysis::{Analysis, librosa, refused};
use auricle_dsp::Float;
use auricle_dsp::tones::Tones;
use auricle_sdk::adapter::{Choose, Either};
use auricle_sdk::{Real, prelude::*};

use crate::bins::{AUDIO, BINS, Bins, Dialect};

/// The dialect whose bins are the transform's.
pub struct NnAudio;

/// The stage: complex64 of float32, complex128 of float64.
pub type Stage = Precision<Either<ByScale<f32>>, Either<ByScale<f64>>>;

/// Are the bins the transform's, or at frequencies of their own?
pub struct ByScale<T>(PhantomData<T>);

const DESCRIPTOR: Descriptor = Descriptor::new("stft.nnaudio", "Short-time Fourier transform, as nnAudio.features.STFT")
    .doc(
        "The bins of stft.librosa with the ends mirrored, which takes more than n_fft // 2 samples. With a freq_scale other than no, \
         freq_bins of them lie between fmin and fmax (which is not among them), the same distance or ratio apart, summed term by term \
         as the tool does. The tool's Complex output holds [real, imaginary] in a last axis; here they are complex numbers. sr is the \
         stream's. Training is not offered.",
    )
    .source("nnAudio 0.3.4, features.STFT")
    .inputs(AUDIO)
    .outputs(BINS)
    .parameters(&[
        librosa::N_FFT,
        librosa::WIN_LENGTH,
        auricle_analysis::samples_or_none("freq_bins").unit("").doc("Number of bins, from the first on; none: n_fft // 2 + 1."),
        librosa::HOP_LENGTH,
        librosa::WINDOW,
        Parameter::choice("freq_scale", "no", &["no", "linear", "log", "log2"])
            .doc("no: bins of the transform. Else from fmin to fmax, evenly (linear) or by one ratio (log, log2)."),
        librosa::CENTER,
        Parameter::choice("pad_mode", "reflect", &["reflect", "constant"])
            .doc("With center, what stands outside the signal: the signal mirrored (reflect), zeros (constant)."),
        Parameter::float("fmin", 50.0).range(0.0, 1e9).unit("Hz").doc("With freq_scale: frequency of the first bin."),
        Parameter::float("fmax", 6000.0).range(0.0, 1e9).unit("Hz").doc("With freq_scale: what one bin more would stand at."),
    ])
    .locality(Locality::Window);

impl Dialect for NnAudio {
    const DESCRIPTOR: Descriptor = DESCRIPTOR;

    fn analysis(setup: &Setup) -> Result<Analysis> {
        let mut analysis = librosa::analysis(setup)?;
        if analysis.framing.pad == Pad::Reflect {
            analysis.framing = analysis.framing.at_least(analysis.framing.length / 2 + 1, "n_fft");
        }
        Ok(analysis)
    }
}

impl<T: Real + Float> Choose for ByScale<T>
where
    Complex<T>: Element,
{
    const DESCRIPTOR: Descriptor = DESCRIPTOR;
    type First = Framed<Bins<NnAudio, T>>;
    type Second = Framed<Scaled<T>>;

    fn first(setup: &Setup) -> Result<bool> {
        Ok(setup.parameters.text("freq_scale")? == "no" && setup.parameters.optional_count("freq_bins")?.is_none())
    }
}

/// Bins at frequencies of their own, for samples of one precision.
pub struct Scaled<T> {
    tones: Tones,
    hz: Vec<f64>,
    framing: Framing,
    precision: PhantomData<T>,
}

impl<T: Real + Float> PerFrame for Scaled<T>
where
    Complex<T>: Element,
{
    const DESCRIPTOR: Descriptor = DESCRIPTOR;
    type In = T;
    type Out = Complex<T>;

    fn new(setup: &Setup) -> Result<Self> {
        let Analysis { config, framing, .. } = NnAudio::analysis(setup)?;
        let rate = f64::from(setup.input(0)?.as_audio()?.sample_rate);
        let hz = frequencies(&setup.parameters, config.window.n_fft, rate)?;
        let cycles: Vec<f64> = hz.iter().map(|hz| hz / rate).collect();
        let tones = Tones::new(&config.window, &cycles).map_err(refused)?;
        Ok(Scaled { tones, hz, framing, precision: PhantomData })
    }

    fn framing(&self) -> Framing {
        self.framing
    }

    fn output(&self, _: &Audio) -> Tensor {
        let mut axis = Axis::bands(self.hz.clone(), "own");
        axis.name = "bin".into();
        Tensor::new::<Complex<T>>(vec![axis], "complex")
    }

    fn frame(&mut self, samples: &[T], out: &mut [Complex<T>]) {
        self.tones.process(samples, out);
    }
}

/// Where the bins stand.
fn frequencies(parameters: &Parameters, n_fft: usize, rate: f64) -> Result<Vec<f64>> {
    let usual = n_fft / 2 + 1;
    let count = parameters.optional_count("freq_bins")?.unwrap_or(usual);
    let (low, high) = (parameters.float("fmin")?, parameters.float("fmax")?);
    let scale = parameters.text("freq_scale")?;
    if scale.starts_with("log") && !(low > 0.0 && high > 0.0) {
        return Err(Error::parameter("fmin", format!("expected frequencies above 0, got {low} to {high} Hz")));
    }
    if scale == "no" && count > usual {
        return Err(Error::parameter("freq_bins", format!("expected at most {usual}, got {count}")));
    }
    let hz = |k: usize| match scale {
        "no" => k as f64 * rate / n_fft as f64,
        "linear" => low + k as f64 * (high - low) / count as f64,
        _ => low * (high / low).powf(k as f64 / count as f64),
    };
    Ok((0..count).map(hz).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn bench() -> Bench<Stage> {
        let samples: Vec<f32> = (0..900).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect();
        Bench::new().parameter("n_fft", 128).audio(16_000, &[&samples])
    }

    #[test]
    fn scales_and_laws() {
        for (scale, bins, count) in [("no", "none".into(), 65), ("log", Value::from(20), 20), ("no", 30.into(), 30)] {
            let bench = bench().parameter("freq_scale", scale).parameter("freq_bins", bins);
            let outcome = bench.run().expect("runs");
            assert_eq!(outcome.formats[0].as_tensor().expect("a tensor").frame_len(), count);
            bench.conforms();
        }
    }

    #[test]
    fn refusals() {
        for (bench, parameter) in [
            (bench().parameter("freq_scale", "log2").parameter("fmin", 0.0), "fmin"),
            (bench().parameter("freq_bins", 66), "freq_bins"),
        ] {
            assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, parameter);
        }
    }
}
