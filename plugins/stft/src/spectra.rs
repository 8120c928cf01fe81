//! Powers of the magnitude of overlapping frames: the mechanism of spectrograms.

use std::marker::PhantomData;

use auricle_analysis::{Analysis, refused};
use auricle_dsp::stft::{Exponent, Stft};
use auricle_dsp::{Float, window};
use auricle_sdk::{Real, prelude::*};

use crate::bins::Dialect;

/// The spectra of a dialect whose parameter `power` is an exponent, for samples of one precision.
pub struct Spectra<D, T> {
    stft: Stft,
    framing: Framing,
    layout: String,
    window_sum: f64,
    exponent: Exponent,
    dialect: PhantomData<fn() -> (D, T)>,
}

impl<D: Dialect, T: Real + Float> PerFrame for Spectra<D, T> {
    const DESCRIPTOR: Descriptor = D::DESCRIPTOR.locality(Locality::Window);
    type In = T;
    type Out = T;

    fn new(setup: &Setup) -> Result<Self> {
        let Analysis { config, framing, layout } = D::analysis(setup)?;
        let window_sum = window::window(&config.window).map_err(refused)?.iter().sum::<f64>() * config.scale;
        let stft = Stft::new(&config).map_err(refused)?;
        let exponent = setup.parameters.float("power")?.into();
        Ok(Spectra { stft, framing, layout, window_sum, exponent, dialect: PhantomData })
    }

    fn framing(&self) -> Framing {
        self.framing
    }

    fn output(&self, input: &Audio) -> Tensor {
        let step_hz = f64::from(input.sample_rate) / self.stft.n_fft() as f64;
        let quantity = match self.exponent {
            Exponent::Magnitude => "amplitude",
            Exponent::Power => "power",
            Exponent::Of(_) => "",
        };
        let mut tensor = Tensor::new::<T>(vec![Axis::bins(self.stft.bins(), step_hz)], quantity);
        tensor.coherent_gain = Some(self.window_sum);
        tensor
    }

    fn layout(&self) -> String {
        self.layout.clone()
    }

    fn frame(&mut self, samples: &[T], out: &mut [T]) {
        self.stft.process_magnitude(samples, self.exponent, out);
    }
}
