//! Complex bins of overlapping frames: the mechanism of every `stft.*`.

use std::marker::PhantomData;

use auricle_analysis::{Analysis, refused};
use auricle_dsp::detrend::Trend;
use auricle_dsp::stft::Stft;
use auricle_dsp::{Float, window};
use auricle_sdk::{Real, prelude::*};

/// What tells one tool's transform from another's.
pub trait Dialect: Sized + Send + 'static {
    /// What its stage says about itself.
    const DESCRIPTOR: Descriptor;

    /// What its parameters mean.
    fn analysis(setup: &Setup) -> Result<Analysis>;

    /// What is taken off each frame before the window.
    fn trend(_: &Setup) -> Result<Option<Trend>> {
        Ok(None)
    }
}

/// The bins of a dialect, for samples of one precision; the transform itself is in float64.
pub struct Bins<D, T> {
    stft: Stft,
    trend: Option<Trend>,
    level: Vec<f64>,
    framing: Framing,
    layout: String,
    window_sum: f64,
    dialect: PhantomData<fn() -> (D, T)>,
}

/// The stage of a dialect: complex64 of float32, complex128 of float64.
pub type Stage<D> = Precision<Framed<Bins<D, f32>>, Framed<Bins<D, f64>>>;

/// What goes in.
pub const AUDIO: &[Port] = &[auricle_analysis::AUDIO];

/// What comes out.
pub const BINS: &[Port] = &[Port::tensor("bins").dtypes(&[DType::C64, DType::C128]).doc("Complex bins.")];

impl<D: Dialect, T: Real + Float> PerFrame for Bins<D, T>
where
    Complex<T>: Element,
{
    const DESCRIPTOR: Descriptor = D::DESCRIPTOR.locality(Locality::Window);
    type In = T;
    type Out = Complex<T>;

    fn new(setup: &Setup) -> Result<Self> {
        let Analysis { config, framing, layout } = D::analysis(setup)?;
        let window_sum = window::window(&config.window).map_err(refused)?.iter().sum::<f64>() * config.scale;
        let stft = Stft::new(&config).map_err(refused)?;
        let (trend, level) = (D::trend(setup)?, vec![0.0; framing.length]);
        Ok(Bins { stft, trend, level, framing, layout, window_sum, dialect: PhantomData })
    }

    fn framing(&self) -> Framing {
        self.framing
    }

    fn output(&self, input: &Audio) -> Tensor {
        let step_hz = f64::from(input.sample_rate) / self.stft.n_fft() as f64;
        let mut tensor = Tensor::new::<Complex<T>>(vec![Axis::bins(self.stft.bins(), step_hz)], "complex");
        tensor.coherent_gain = Some(self.window_sum);
        tensor
    }

    fn layout(&self) -> String {
        self.layout.clone()
    }

    fn frame(&mut self, samples: &[T], out: &mut [Complex<T>]) {
        match self.trend {
            Some(trend) => {
                trend.remove(samples, &mut self.level);
                self.stft.process(&self.level, out);
            }
            None => self.stft.process(samples, out),
        }
    }
}
