//! `org.example.level`: the level of each frame in decibels.
//!
//! Shape: audio `(channel, sample)` in, frames of one number out: `(level, frame)`, and of several
//! channels `(channel, level, frame)`.

use auricle_sdk::prelude::*;

/// No frame is below this level.
const FLOOR_DB: f64 = -120.0;

/// The stage: how the signal is cut. The adapter gives it the samples of one frame after the other.
pub struct Level {
    framing: Framing,
}

impl PerFrame for Level {
    const DESCRIPTOR: Descriptor = Descriptor::new(
        "org.example.level",
        "How loud each frame is, in decibels",
    )
    .doc(
        "10 log10 of the mean square of the samples under a frame, at least -120 dB. Frame k \
                 is centred on sample k x hop_length; beyond both ends of the signal stand zeros.",
    )
    .inputs(&[Port::audio("audio").doc("What is measured.")])
    .outputs(&[Port::tensor("level").doc("One number a frame, in dB re 1.")])
    .parameters(&[
        Parameter::int("win_length", 1024)
            .range(1.0, 65536.0)
            .unit("samples")
            .doc("Samples under a frame."),
        Parameter::int("hop_length", 256)
            .range(1.0, 65536.0)
            .unit("samples")
            .doc("Samples from frame to frame."),
    ]);
    type In = f32;
    type Out = f32;

    fn new(setup: &Setup) -> Result<Self> {
        let win_length = setup.parameters.count("win_length")?;
        let hop_length = setup.parameters.count("hop_length")?;
        Ok(Level {
            framing: Framing::centred(win_length, hop_length, Pad::Zero),
        })
    }

    fn framing(&self) -> Framing {
        self.framing
    }

    fn output(&self, _: &Audio) -> Tensor {
        let mut tensor = Tensor::new::<f32>(vec![Axis::new(Role::Other, "level", Some(1))], "db");
        tensor.unit = "dB".into();
        tensor.reference = Some(1.0);
        tensor
    }

    fn frame(&mut self, samples: &[f32], out: &mut [f32]) {
        let energy: f64 = samples.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
        let level_db = 10.0 * (energy / samples.len() as f64).log10();
        out[0] = level_db.max(FLOOR_DB) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    #[test]
    fn a_tenth_of_full_scale_is_twenty_decibels_down() {
        let bench = Bench::<Framed<Level>>::new()
            .parameter("win_length", 4)
            .parameter("hop_length", 4)
            .audio(8000, &[&[0.1f32; 8]]);
        let levels = bench.run().expect("runs").tensor::<f32>(0).expect("frames");
        // Half of the first and of the last frame is padding: 3.01 dB less.
        for (level, expected) in levels.iter().zip([-23.0103f32, -20.0, -23.0103]) {
            assert!(
                (level - expected).abs() < 1e-4,
                "expected {expected}, got {level}"
            );
        }
        assert_eq!(levels.len(), 3);
        bench.conforms();
    }

    #[test]
    fn silence_has_a_floor() {
        let bench = Bench::<Framed<Level>>::new().audio(8000, &[&[0.0f32; 3000], &[0.0; 3000]]);
        let levels = bench.run().expect("runs").tensor::<f32>(0).expect("frames");
        assert_eq!(levels, [-120.0; 2 * 12]);
        bench.conforms();
    }

    #[test]
    fn a_hop_of_nothing_is_refused() {
        let bench = Bench::<Framed<Level>>::new()
            .parameter("hop_length", 0)
            .audio(8000, &[&[0.0f32]]);
        assert!(
            refused(bench.run(), ErrorKind::Parameter)
                .message
                .contains("from 1 to 65536")
        );
    }
}
