//! Per-channel energy normalisation: bands against a smoothed background of their own.

use crate::{Error, Float};

/// What a normalisation is made from.
///
/// # Source
/// Wang et al., "Trainable frontend for robust and far-field keyword spotting", ICASSP 2017, equation 1; the smoother's
/// coefficient and start as `librosa.pcen` 0.11 has them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// The power of the background that divides.
    pub gain: f64,
    /// Added before the root.
    pub bias: f64,
    /// The root; 0 is a logarithm.
    pub power: f64,
    /// The smoother's time constant in frames.
    pub frames: f64,
    /// Added to the background.
    pub eps: f64,
    /// The smoother's coefficient; none: from the time constant.
    pub smoothing: Option<f64>,
    /// Multiplied with each value first.
    pub scale: f64,
}

/// A planned normalisation with the background of every band.
pub struct Pcen {
    config: Config,
    smoothing: f64,
    background: Vec<f64>,
}

impl Pcen {
    /// For frames of `bands` values.
    ///
    /// # Errors
    /// A coefficient or a time constant that makes no smoother, an `eps` that is not above 0.
    pub fn new(config: &Config, bands: usize) -> Result<Self, Error> {
        let Config { frames, eps, smoothing, .. } = *config;
        if eps.is_nan() || eps <= 0.0 {
            return Err(Error::parameter("eps", "a number above 0", eps));
        }
        let smoothing = match smoothing {
            Some(b) if (0.0..=1.0).contains(&b) => b,
            Some(b) => return Err(Error::parameter("b", "0..=1", b)),
            None if frames > 0.0 => ((1.0 + 4.0 * frames * frames).sqrt() - 1.0) / (2.0 * frames * frames),
            None => return Err(Error::parameter("time_constant", "a number above 0", frames)),
        };
        Ok(Self { config: *config, smoothing, background: vec![1.0; bands] })
    }

    /// Frames after which all but 1e-12 of the background is forgotten.
    pub fn run_in(&self) -> i64 {
        if self.smoothing >= 1.0 {
            return 1;
        }
        // As an f64 that is too large becomes the largest integer: everything is remembered.
        (1e-12f64.ln() / (1.0 - self.smoothing).ln()).ceil() as i64
    }

    /// Forgets what came.
    pub fn reset(&mut self) {
        self.background.fill(1.0);
    }

    /// Normalises a frame.
    ///
    /// # Panics
    /// If the slices are not as long as planned.
    pub fn process<S: Float>(&mut self, values: &[S], out: &mut [f64]) {
        assert_eq!((values.len(), out.len()), (self.background.len(), self.background.len()), "bands of a frame");
        let Config { gain, bias, power, eps, scale, .. } = self.config;
        for ((value, background), out) in values.iter().zip(&mut self.background).zip(out) {
            let value: f64 = (*value).into();
            let value = value * scale;
            *background = self.smoothing * value + (1.0 - self.smoothing) * *background;
            let divided = value * (-gain * (eps.ln() + (*background / eps).ln_1p())).exp();
            *out = match (power, bias) {
                (0.0, _) => divided.ln_1p(),
                (_, 0.0) => divided.powf(power),
                _ => bias.powf(power) * (power * (divided / bias).ln_1p()).exp_m1(),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: Config =
        Config { gain: 0.98, bias: 2.0, power: 0.5, frames: 17.2, eps: 1e-6, smoothing: None, scale: 1.0 };

    #[test]
    fn the_definition() {
        let mut pcen = Pcen::new(&Config { smoothing: Some(0.25), ..CONFIG }, 1).expect("legal");
        let mut out = [0.0];
        pcen.process(&[3.0f32], &mut out);
        let expected = (3.0 / (1e-6 + 1.5f64).powf(0.98) + 2.0).sqrt() - 2f64.sqrt();
        assert!((out[0] - expected).abs() < 1e-12, "{out:?}");
        pcen.reset();
        pcen.process(&[0.0f32], &mut out);
        assert_eq!(out, [0.0]);
    }

    #[test]
    fn no_root_and_no_bias() {
        let of = |power, bias| {
            let mut out = [0.0];
            let config = Config { power, bias, gain: 0.0, ..CONFIG };
            Pcen::new(&config, 1).expect("legal").process(&[3.0f64], &mut out);
            out[0]
        };
        assert!((of(0.0, 2.0) - 4f64.ln()).abs() < 1e-12);
        assert!((of(0.5, 0.0) - 3f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn refusals() {
        for config in
            [Config { smoothing: Some(1.5), ..CONFIG }, Config { frames: 0.0, ..CONFIG }, Config { eps: 0.0, ..CONFIG }]
        {
            assert!(Pcen::new(&config, 1).is_err(), "{config:?}");
        }
    }
}
