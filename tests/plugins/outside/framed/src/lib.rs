//! `org.example.crossings`: how often each frame of samples changes its sign. A stage of frames from outside.
#![forbid(unsafe_code)]

use auricle_sdk::prelude::*;

/// The stage: how it cuts the signal is all it knows.
struct Crossings(Framing);

impl PerFrame for Crossings {
    const DESCRIPTOR: Descriptor = Descriptor::new("org.example.crossings", "Share of samples that change the sign")
        .doc("Frames are centred, with zeros outside the signal; zero counts as positive.")
        .inputs(&[Port::audio("audio")])
        .outputs(&[Port::tensor("rate")])
        .parameters(&[
            Parameter::int("frame_length", 512).range(2.0, 65536.0).unit("samples").doc("Length of a frame."),
            Parameter::int("hop_length", 128).range(1.0, 65536.0).unit("samples").doc("Samples between frames."),
        ]);
    type In = f32;
    type Out = f32;

    fn new(setup: &Setup) -> Result<Self> {
        let length = setup.parameters.count("frame_length")?;
        Ok(Crossings(Framing::centred(length, setup.parameters.count("hop_length")?, Pad::Zero)))
    }

    fn framing(&self) -> Framing {
        self.0
    }

    fn output(&self, _: &Audio) -> Tensor {
        Tensor::new::<f32>(vec![Axis::new(Role::Other, "rate", Some(1))], "share")
    }

    fn frame(&mut self, samples: &[f32], out: &mut [f32]) {
        let crossings = samples.windows(2).filter(|pair| (pair[0] < 0.0) != (pair[1] < 0.0)).count();
        out[0] = crossings as f32 / samples.len() as f32;
    }
}

export_plugin!(Framed<Crossings>);
