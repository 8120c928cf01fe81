//! `dft.naive`: the discrete Fourier transform of a whole clip, by the sum that defines it.
//!
//! Shape: `(sample,)` to `(bin,)`, several channels to `(channel, bin)`; complex64 of float32, complex128 of float64.
//! Source: the definition. Unlike `stft.*` it has one frame, no window and all bins, and takes N² steps.

use std::marker::PhantomData;

use auricle_dsp::Float;
use auricle_dsp::dft::dft;
use auricle_sdk::{Real, prelude::*};

/// The stage, for samples of one precision; sums are in float64.
pub struct Naive<T> {
    channels: Vec<Vec<T>>,
    samples: usize,
    precision: PhantomData<T>,
}

/// The longest clip, which takes 67 million steps.
const LONGEST: usize = 8192;

impl<T: Real + Float> Stage for Naive<T>
where
    Complex<T>: Element,
{
    const DESCRIPTOR: Descriptor = Descriptor::new(
        "dft.naive",
        "Discrete Fourier transform by its definition, in N² steps",
    )
    .doc(
        "X[k] = sum over n of x[n] * exp(-2 pi i k n / N) for all k from 0 to N - 1, as numpy.fft.fft: to teach what a \
             transform is, and to check a fast one. Clips of more than 8192 samples are refused.",
    )
    .source("the definition; numpy 2.4, fft.fft")
    .inputs(&[Port::audio("audio").dtypes(&[DType::F32, DType::F64]).doc("At most 8192 samples.")])
    .outputs(&[Port::tensor("bins").dtypes(&[DType::C64, DType::C128]).doc("All N bins.")])
    .locality(Locality::WholeInput);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let input = setup.input(0)?;
        let audio = input.as_audio()?;
        let Some(length) = input.length else {
            return Err(Error::format("expected audio whose length is known beforehand"));
        };
        let samples = usize::try_from(length).unwrap_or(usize::MAX);
        if !(1..=LONGEST).contains(&samples) {
            return Err(Error::data(format!("expected 1 to {LONGEST} samples, got {length}"))
                .hint("cut the clip, or use stft.librosa"));
        }
        let step_hz = f64::from(audio.sample_rate) / samples as f64;
        let mut axes = vec![Axis::bins(samples, step_hz)];
        if audio.channels > 1 {
            axes.insert(0, Axis::channels(audio.channels));
        }
        let layout = if audio.channels > 1 { "channel,bin" } else { "bin" };
        let mut tensor = Tensor::new::<Complex<T>>(axes, "complex");
        tensor.coherent_gain = Some(samples as f64);
        let stage = Naive { channels: vec![Vec::new(); audio.channels], samples, precision: PhantomData };
        Ok((stage, vec![Format::tensor(tensor, Clock::NONE, Some(1), layout)]))
    }

    fn begin(&mut self, _: usize, _: std::ops::Range<i64>) -> Result<()> {
        self.channels.iter_mut().for_each(Vec::clear);
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, _: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet {
            for (index, channel) in self.channels.iter_mut().enumerate() {
                channel.extend_from_slice(packet.channel::<T>(index)?);
            }
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        let mut block = out.tensor::<Complex<T>>(0, 0, 1)?;
        for (bins, samples) in block.values().chunks_exact_mut(self.samples).zip(&self.channels) {
            if samples.len() != self.samples {
                let message =
                    format!("expected the {} samples that were promised, got {}", self.samples, samples.len());
                return Err(Error::data(message));
            }
            bins.copy_from_slice(&dft(samples));
        }
        block.emit()?;
        Ok(Flow::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    #[test]
    fn all_bins_of_each_channel() {
        let bench = Bench::<Naive<f32>>::new().audio(8000, &[&[1.0f32, 0.0, 0.0], &[1.0, 1.0, 1.0]]);
        let outcome = bench.run().expect("runs");
        assert_eq!(outcome.formats[0].layout, "channel,bin");
        let bins: Vec<Complex<f32>> = outcome.tensor(0).expect("bins");
        for (got, expected) in bins.iter().zip([1.0, 1.0, 1.0, 3.0, 0.0, 0.0]) {
            assert!((got - Complex::new(expected, 0.0)).norm() < 1e-6);
        }
        bench.conforms();
    }

    #[test]
    fn refusals() {
        for samples in [0, LONGEST + 1] {
            let bench = Bench::<Naive<f32>>::new().audio(8000, &[&vec![0.0f32; samples]]);
            refused(bench.run(), ErrorKind::Data);
        }
    }
}
