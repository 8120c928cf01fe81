//! Samples from magnitudes alone: the mechanism of `griffinlim.*`.

use std::marker::PhantomData;
use std::ops::Range;

use auricle_dsp::Float;
use auricle_dsp::griffin_lim::{Config, GriffinLim, random_phases};
use auricle_sdk::{Real, prelude::*};

use crate::spectrum::{Spectrum, expect_quantity};

pub mod librosa;
pub mod torchaudio;

/// What tells one tool's reconstruction from another's.
pub trait Dialect: Sized + Send + 'static {
    /// What its stage says about itself.
    const DESCRIPTOR: Descriptor;

    /// What its parameters mean.
    fn recipe(setup: &Setup, spectrum: &Spectrum) -> Result<Recipe>;
}

/// A tool's reconstruction as the kernel and the stage know it.
pub struct Recipe {
    /// Windows and iterations.
    pub config: Config,
    /// The exponent that the magnitudes were raised to.
    pub power: f64,
    /// Phases start at random, not at zero.
    pub random: bool,
}

/// The stage of a dialect, of float32 or float64.
pub type Stage<D> = Precision<Reconstruction<D, f32>, Reconstruction<D, f64>>;

/// How often.
pub const N_ITER: Parameter =
    Parameter::int("n_iter", 32).range(0.0, 1e6).doc("How often the phases are estimated anew.");

/// How much of the last step is made again.
pub const MOMENTUM: Parameter = Parameter::float("momentum", 0.99)
    .range(0.0, 1.0)
    .doc("Above 0 converges faster: each step goes on beyond its end by momentum / (1 + momentum) of the last.");

/// A dialect for values of one precision; it computes in float64, and holds the whole spectrogram.
pub struct Reconstruction<D, T> {
    kernel: GriffinLim,
    recipe: Recipe,
    seed: u64,
    /// Magnitudes by channel, frame after frame.
    channels: Vec<Vec<f64>>,
    dialect: PhantomData<fn() -> (D, T)>,
}

impl<D: Dialect, T: Real + Float> auricle_sdk::Stage for Reconstruction<D, T> {
    const DESCRIPTOR: Descriptor = D::DESCRIPTOR
        .inputs(&[Port::tensor("magnitudes").dtypes(&[DType::F32, DType::F64]).doc("Magnitudes or powers of bins.")])
        .outputs(&[Port::audio("audio").dtypes(&[DType::F32, DType::F64]).doc("Samples.")])
        .locality(Locality::WholeInput);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let spectrum = Spectrum::new(setup)?;
        let recipe = D::recipe(setup, &spectrum)?;
        let kernel = GriffinLim::new(&recipe.config).map_err(auricle_analysis::refused)?;
        if kernel.bins() != spectrum.bins {
            let (n_fft, bins) = (recipe.config.window.n_fft, kernel.bins());
            let message = format!("expected one of {} bins, got {n_fft}, which has {bins}", spectrum.bins);
            return Err(Error::parameter("n_fft", message));
        }
        match recipe.power {
            1.0 => expect_quantity(setup, "amplitude")?,
            2.0 => expect_quantity(setup, "power")?,
            _ => {}
        }
        let frames = spectrum.frames.and_then(|frames| usize::try_from(frames).ok());
        if let (Some(length), Some(frames)) = (recipe.config.length, frames)
            && kernel.frames(length) != frames
        {
            let message = format!(
                "expected one whose analysis has {frames} frames, got {length}, which has {}",
                kernel.frames(length)
            );
            return Err(Error::parameter("length", message).hint("leave it out"));
        }
        let length = recipe.config.length.or(frames.map(|frames| kernel.count(frames)));
        let format = spectrum.audio::<T>(length.map(|length| length as i64));
        let channels = vec![Vec::new(); spectrum.channels];
        Ok((Reconstruction { kernel, recipe, seed: setup.seed, channels, dialect: PhantomData }, vec![format]))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.channels.iter_mut().for_each(Vec::clear);
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, _: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet.filter(|packet| packet.count > 0) else { return Ok(Flow::Continue) };
        let root = 1.0 / self.recipe.power;
        for frame in packet.tensor::<T>()?.frames() {
            for (channel, values) in self.channels.iter_mut().zip(frame.chunks_exact(self.kernel.bins())) {
                let magnitude = |x: &T| if root == 1.0 { x.to_f64() } else { x.to_f64().powf(root) };
                channel.extend(values.iter().map(magnitude));
            }
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        let mut random = random_phases(self.seed);
        let mut phase = || if self.recipe.random { random() } else { 0.0 };
        let made: Vec<Vec<f64>> =
            self.channels.iter().map(|magnitudes| self.kernel.process(magnitudes, &mut phase)).collect();
        let mut block = out.audio::<T>(0, 0, made[0].len())?;
        for (channel, made) in block.each_channel().zip(&made) {
            for (out, x) in channel.iter_mut().zip(made) {
                *out = <T as Real>::from_f64(*x);
            }
        }
        block.emit()?;
        Ok(Flow::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn bench<D: Dialect>(quantity: &str) -> Bench<Stage<D>> {
        let tensor = Tensor::new::<f32>(vec![Axis::frames(Some(12)), Axis::bins(33, 125.0)], quantity);
        let values: Vec<f32> = (0..12 * 33).map(|i| ((i * 37) % 101) as f32 / 101.0).collect();
        Bench::new()
            .parameter("n_iter", 3)
            .tensor(Format::tensor(tensor, Clock::samples(8000).frames(16, 0), Some(12), "bin,frame"), &values)
    }

    #[test]
    fn lengths_laws_and_seeds() {
        for init in ["none", "random"] {
            let bench = bench::<librosa::Librosa>("amplitude").parameter("init", init);
            let outcome = bench.run().expect("runs");
            assert_eq!((outcome.formats[0].length, outcome.findings.len()), (Some(176), 0));
            bench.conforms();
        }
        let bench = bench::<torchaudio::Torchaudio>("power").parameter("n_fft", 64).parameter("length", 180);
        assert_eq!(bench.run().expect("runs").audio::<f32>(0).expect("audio")[0].len(), 180);
        bench.conforms();
    }

    #[test]
    fn another_quantity_is_a_finding_and_another_size_refused() {
        let outcome = bench::<librosa::Librosa>("power").run().expect("runs");
        assert_eq!(outcome.findings[0].code, "unlike-quantity");
        let longer = bench::<librosa::Librosa>("amplitude").parameter("length", 300).run();
        assert_eq!(refused(longer, ErrorKind::Parameter).parameter, "length");
        let unlike = bench::<torchaudio::Torchaudio>("power").run();
        assert_eq!(refused(unlike, ErrorKind::Parameter).parameter, "n_fft");
    }
}
