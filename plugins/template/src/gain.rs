//! `effect.gain`: multiplies every sample by one factor given in decibels.
//!
//! Shape: audio `(channel, sample)` in, the same out. Values over unity are kept.

use auricle_sdk::prelude::*;

/// The stage: its state is what `map` needs, nothing else.
pub struct Gain {
    factor: f32,
}

impl PerSample for Gain {
    const DESCRIPTOR: Descriptor = Descriptor::new("effect.gain", "Multiplies every sample by one factor")
        .doc("Output = input x 10^(gain_db / 20). Nothing is clipped: values over unity stay as they are.")
        .inputs(&[Port::audio("audio").doc("What is made louder or softer.")])
        .outputs(&[Port::audio("audio").doc("The same audio at another level.")])
        .parameters(&[Parameter::float("gain_db", 0.0)
            .range(-120.0, 60.0)
            .unit("dB")
            .live()
            .doc("Amplification; negative values attenuate.")]);
    type In = f32;
    type Out = f32;

    fn new(setup: &Setup) -> Result<Self> {
        let gain_db = setup.parameters.float("gain_db")?;
        Ok(Gain {
            factor: 10f64.powf(gain_db / 20.0) as f32,
        })
    }

    fn map(&mut self, input: &[f32], output: &mut [f32]) {
        for (y, x) in output.iter_mut().zip(input) {
            *y = x * self.factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    #[test]
    fn six_decibels_are_about_a_factor_of_two() {
        let bench = Bench::<Map<Gain>>::new()
            .parameter("gain_db", 20.0)
            .audio(8000, &[&[0.1f32, -0.5], &[0.0, 1.0]]);
        assert_eq!(
            bench.run().expect("runs").audio::<f32>(0).expect("audio"),
            [[1.0, -5.0], [0.0, 10.0]]
        );
        bench.conforms();
    }

    #[test]
    fn a_gain_out_of_range_is_refused() {
        let bench = Bench::<Map<Gain>>::new()
            .parameter("gain_db", 61.0)
            .audio(8000, &[&[0.0f32]]);
        assert!(
            refused(bench.run(), ErrorKind::Parameter)
                .message
                .contains("from -120 to 60")
        );
    }
}
