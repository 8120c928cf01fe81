//! Kind `stft` of `chroma.librosa`: powers of bins, weighted by the tones that they are near.

use auricle_analysis::{librosa, refused};
use auricle_dsp::Float;
use auricle_dsp::chroma::{Chroma, Config, Tuning};
use auricle_dsp::norm::Norm;
use auricle_dsp::stft::{Exponent, Stft};
use auricle_sdk::{Real, prelude::*};

use super::{DESCRIPTOR, norm, normalise, tensor};

/// The classes of samples of one precision.
pub struct Spectral<T> {
    framing: Framing,
    stft: Stft,
    step_hz: f64,
    config: Config,
    chroma: Chroma,
    /// The peaks of the first pass; none: the tuning is given.
    tuning: Option<Tuning>,
    norm: Norm,
    power: Vec<T>,
}

impl<T: Real + Float> PerFrame for Spectral<T> {
    const DESCRIPTOR: Descriptor = DESCRIPTOR;
    type In = T;
    type Out = T;

    fn new(setup: &Setup) -> Result<Self> {
        let parameters = &setup.parameters;
        let (stft, framing, hz) = librosa::spectra(setup)?;
        let tuning = parameters.optional_float("tuning")?;
        let config = Config {
            sample_rate: f64::from(setup.input(0)?.as_audio()?.sample_rate),
            n_fft: stft.n_fft(),
            tones: parameters.count("n_chroma")?,
            tuning: tuning.unwrap_or(0.0),
            octaves: parameters
                .optional_float("octwidth")?
                .map(|width| Ok::<_, Error>((parameters.float("ctroct")?, width)))
                .transpose()?,
            from_c: parameters.bool("base_c")?,
        };
        Ok(Spectral {
            chroma: Chroma::new(&config).map_err(refused)?,
            tuning: tuning.is_none().then(Tuning::default),
            power: vec![T::default(); hz.len()],
            // The estimate takes any transform for one of an even length.
            step_hz: config.sample_rate / (2 * (hz.len() - 1)) as f64,
            framing,
            stft,
            config,
            norm: norm(parameters, Norm::Largest)?,
        })
    }

    fn framing(&self) -> Framing {
        self.framing
    }

    fn output(&self, _: &Audio) -> Tensor {
        tensor::<T>(self.config.tones)
    }

    fn frame(&mut self, samples: &[T], out: &mut [T]) {
        self.stft.process_magnitude(samples, Exponent::Power, &mut self.power);
        self.chroma.process(&self.power, out);
        normalise(self.norm, out);
    }

    fn reduces(&self) -> bool {
        self.tuning.is_some()
    }

    fn observe(&mut self, samples: &[T]) {
        if let Some(tuning) = &mut self.tuning {
            self.stft.process_magnitude(samples, Exponent::Power, &mut self.power);
            tuning.observe(&self.power, self.step_hz);
        }
    }

    fn reduction(&self) -> Vec<u8> {
        let tuning = self.tuning.as_ref().map_or(self.config.tuning, |tuning| tuning.estimate(self.config.tones));
        tuning.to_le_bytes().to_vec()
    }

    fn adopt(&mut self, state: &[u8]) -> Result<()> {
        let bytes = state.try_into().map_err(|_| Error::internal("the reduction is not eight bytes"))?;
        self.config.tuning = f64::from_le_bytes(bytes);
        self.chroma = Chroma::new(&self.config).map_err(refused)?;
        Ok(())
    }
}
