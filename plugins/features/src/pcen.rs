//! `pcen.librosa`: per-channel energy normalisation.
//!
//! Shape: frames of bands to frames of as many; float64.
//! Source: librosa 0.11.0, `librosa.pcen`. Unlike `db.power` a value is told against the background of its band.

use std::marker::PhantomData;
use std::ops::Range;

use auricle_analysis::refused;
use auricle_dsp::Float;
use auricle_dsp::pcen::{Config, Pcen as Kernel};
use auricle_sdk::{Real, prelude::*};

/// The stage, for values of one precision.
pub struct Pcen<T> {
    kernel: Kernel,
    precision: PhantomData<T>,
}

impl<T: Real + Float> Stage for Pcen<T> {
    const DESCRIPTOR: Descriptor = Descriptor::new("pcen.librosa", "Per-channel energy normalisation, as librosa.pcen")
        .doc(
            "(S / (eps + M)^gain + bias)^power - bias^power, M a first-order smoothing of each band over time with time_constant, from 1 on. \
             The tool wants magnitudes as large as those of integer samples: scale = 2147483648.0 multiplies powers of audio in -1..1 so. \
             sr and hop_length are those of the frames. Not there: ref, max_size, zi. A region in the middle starts the smoother earlier, by what it forgets.",
        )
        .source("librosa 0.11.0, librosa.pcen; Wang et al., Trainable frontend for robust and far-field keyword spotting, ICASSP 2017")
        .inputs(&[Port::tensor("bands").dtypes(&[DType::F32, DType::F64]).doc("Magnitudes or powers, none negative.")])
        .outputs(&[Port::tensor("normalised").dtypes(&[DType::F64]).doc("Normalised bands.")])
        .parameters(&[
            Parameter::float("gain", 0.98).range(0.0, 1e3).doc("How much of the background's level is taken away."),
            Parameter::float("bias", 2.0).range(0.0, 1e9).doc("Added before the root."),
            Parameter::float("power", 0.5).range(0.0, 1e3).doc("The root; 0: a logarithm."),
            Parameter::float("time_constant", 0.4).range(1e-9, 1e6).unit("s").doc("How long the background remembers."),
            Parameter::float("eps", 1e-6).range(1e-22, 1e9).logarithmic().doc("Added to the background."),
            Parameter::float("b", 0.0)
                .range(0.0, 1.0)
                .default(DefaultValue::Str("none"))
                .choices(&["none"])
                .doc("The smoother's coefficient; none: from time_constant."),
            Parameter::float("scale", 1.0).range(1e-9, 1e12).logarithmic().doc("Multiplied with the bands first."),
        ])
        .locality(Locality::Recurrent { error: 1e-6 });

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let parameters = &setup.parameters;
        let input = setup.input(0)?;
        let tensor = input.as_tensor()?;
        if !tensor.streams() {
            return Err(Error::format("expected frames in time, got a tensor without a time axis"));
        }
        let config = Config {
            gain: parameters.float("gain")?,
            bias: parameters.float("bias")?,
            power: parameters.float("power")?,
            frames: parameters.float("time_constant")? * input.clock.rate(),
            eps: parameters.float("eps")?,
            smoothing: parameters.optional_float("b")?,
            scale: parameters.float("scale")?,
        };
        let kernel = Kernel::new(&config, tensor.frame_len()).map_err(refused)?;
        let mut format = input.clone();
        if let Data::Tensor(tensor) = &mut format.data {
            tensor.dtype = DType::F64;
            tensor.quantity = "pcen".into();
            tensor.unit = String::new();
            tensor.coherent_gain = None;
        }
        Ok((Pcen { kernel, precision: PhantomData }, vec![format]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        let start = span.start.saturating_sub(self.kernel.run_in()).max(0);
        let need = start..span.end;
        vec![need]
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.kernel.reset();
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet.filter(|packet| packet.count > 0) else { return Ok(Flow::Continue) };
        let values = packet.tensor::<T>()?.values;
        let mut block = out.tensor::<f64>(0, packet.start, packet.count)?;
        let frame = (values.len() / packet.count).max(1);
        for (values, place) in values.chunks_exact(frame).zip(block.values().chunks_exact_mut(frame)) {
            self.kernel.process(values, place);
        }
        block.emit()?;
        Ok(Flow::Continue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::Bench;

    #[test]
    fn a_steady_band_settles() {
        let tensor = Tensor::new::<f32>(vec![Axis::frames(Some(900)), Axis::bins(2, 100.0)], "power");
        let format = Format::tensor(tensor, Clock::samples(16_000).frames(160, 0), Some(900), "band,frame");
        let values: Vec<f32> = (0..1800).map(|i| if i % 2 == 0 { 5.0 } else { ((i * 37) % 101) as f32 }).collect();
        let bench = Bench::<Pcen<f32>>::new().parameter("gain", 1.0).tensor(format, &values);
        let out: Vec<f64> = bench.run().expect("runs").tensor(0).expect("bands");
        // (5 / 5 + 2)^0.5 - 2^0.5
        assert!((out[1798] - (3f64.sqrt() - 2f64.sqrt())).abs() < 1e-6, "{}", out[1798]);
        bench.conforms();
    }
}
