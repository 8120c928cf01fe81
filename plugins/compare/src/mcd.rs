//! `compare.mcd`: the mel-cepstral distortion of two signals, by the one definition that its description gives.
//!
//! Shape: two audio streams to metrics. Source: the definition in its description; the mel bands of librosa 0.11.0.

use auricle_dsp::cepstrum::{self, Cepstrum};
use auricle_dsp::distance::Sum;
use auricle_dsp::mel::{self, Mel};
use auricle_dsp::stft::{Config, Exponent, Stft};
use auricle_dsp::window::{self, Shape};
use auricle_sdk::prelude::*;

use crate::frames::FrameMeasure;
use crate::signals::{CROP, INPUTS, OUTPUTS};

/// Samples of a frame.
const N_FFT: usize = 1024;
/// Samples from frame to frame.
const HOP: usize = 256;
/// Mel bands.
const BANDS: usize = 80;
/// Coefficients compared, from the first on; the zeroth is the level.
const COEFFICIENTS: usize = 12;
/// Smallest power that has a logarithm.
const FLOOR: f64 = 1e-10;

/// The stage.
pub struct Mcd {
    stft: Stft,
    /// One a side: the rates may differ.
    banks: [Mel; 2],
    cepstrum: Cepstrum,
    dtw: bool,
    total: Sum,
    frames: u64,
}

impl FrameMeasure for Mcd {
    const DESCRIPTOR: Descriptor = Descriptor::new("compare.mcd", "Mel-cepstral distortion of two signals")
        .doc(
            "(10 / ln 10) sqrt(2) times the mean over frames of ||c_a - c_b||, with c the coefficients 1 to 12 of the orthonormal \
             DCT-II of ln max(mel, 1e-10), mel the power mel bands of librosa: n_fft 1024, hop_length 256, 80 bands up to half \
             the sample rate, centred, zeros outside. MCD has no agreed definition: figures of other programs (WORLD's \
             coefficients, other bands, other norms) are other numbers. dtw pairs frames by the cheapest path through time, \
             steps of one frame in either or both, and takes the mean over the path; lengths may then differ.",
        )
        .source("Kubichek, Mel-cepstral distance measure for objective speech quality assessment, PACRIM 1993; bands as above")
        .inputs(INPUTS)
        .outputs(OUTPUTS)
        .parameters(&[Parameter::bool("dtw", false).doc("Pair frames by dynamic time warping."), CROP])
        .locality(Locality::WholeInput);
    const FRAMING: Framing = Framing::centred(N_FFT, HOP, Pad::Zero);

    fn new(setup: &Setup) -> Result<Self> {
        let made = |error: auricle_dsp::Error| Error::internal(error.to_string());
        let bank = |side: usize| {
            let sample_rate = f64::from(setup.input(side)?.as_audio()?.sample_rate);
            Mel::new(&mel::Config { n_mels: BANDS, ..mel::Config::librosa(sample_rate, N_FFT) }).map_err(made)
        };
        Ok(Mcd {
            stft: Stft::new(&Config::new(window::Config::new(Shape::Hann, N_FFT))).map_err(made)?,
            banks: [bank(0)?, bank(1)?],
            cepstrum: Cepstrum::new(BANDS, 1..COEFFICIENTS + 1),
            dtw: setup.parameters.bool("dtw")?,
            total: Sum::default(),
            frames: 0,
        })
    }

    fn begin(&mut self) {
        (self.total, self.frames) = (Sum::default(), 0);
    }

    fn stretches(&self) -> bool {
        self.dtw
    }

    fn feature(&mut self, side: usize, samples: &[f64]) -> Vec<f64> {
        let (mut power, mut bands) = (vec![0.0f64; self.stft.bins()], vec![0.0f64; BANDS]);
        self.stft.process_magnitude(samples, Exponent::Power, &mut power);
        self.banks[side].process(&power, &mut bands);
        bands.iter_mut().for_each(|x| *x = x.max(FLOOR).ln());
        self.cepstrum.process(&bands)
    }

    fn pair(&mut self, reference: &[f64], candidate: &[f64]) {
        self.total.add(cepstrum::distance(reference, candidate));
        self.frames += 1;
    }

    fn whole(&mut self, reference: &[Vec<f64>], candidate: &[Vec<f64>]) {
        let (total, steps) = cepstrum::warped(reference, candidate);
        self.total.add(total);
        self.frames += steps;
    }

    fn figures(&self) -> Vec<(&'static str, f64, &'static str)> {
        let mean = self.total.value() / self.frames as f64;
        vec![("mcd", 10.0 / std::f64::consts::LN_10 * std::f64::consts::SQRT_2 * mean, "dB")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::Frames;
    use auricle_sdk::testing::Bench;

    type Stage = Frames<Mcd>;

    /// Of float32 filter weights in the reference.
    const TOLERANCE: f64 = 1e-4;

    #[test]
    fn the_figure_of_librosa_and_scipy() {
        let reference: Vec<f32> = (0..9000).map(|t| ((t * t) % 1009) as f32 / 1009.0 - 0.5).collect();
        let candidate: Vec<f32> = reference.iter().enumerate().map(|(t, x)| x * (t % 7) as f32 / 7.0).collect();
        // librosa 0.11.0 melspectrogram of float64, scipy 1.17.1 dct(type=2, norm="ortho")
        for (dtw, expected) in [(false, 12.320966172916789), (true, 12.320966172916792)] {
            let bench = Bench::<Stage>::new().audio(22_050, &[&reference]).audio(22_050, &[&candidate]);
            let bench = bench.parameter("dtw", dtw);
            let got = bench.run().expect("runs").metric("mcd").expect("a metric");
            assert!((got - expected).abs() < TOLERANCE, "dtw {dtw}: expected {expected}, got {got}");
            bench.conforms();
        }
    }

    #[test]
    fn unequal_lengths_need_dtw() {
        let signal: Vec<f32> = (0..9000).map(|t| ((t * t) % 1009) as f32 / 1009.0 - 0.5).collect();
        let bench = Bench::<Stage>::new().audio(22_050, &[&signal]).audio(22_050, &[&signal[..6000]]);
        let outcome = bench.run().expect("runs");
        assert_eq!((outcome.metric("mcd"), outcome.findings[0].code.as_str()), (None, "unlike-shapes"));
        assert!(bench.parameter("dtw", true).run().expect("runs").metric("mcd").expect("a metric") > 0.0);
    }
}
