//! `speaker.embed`: who speaks, as a vector for every moment: near for one voice, far for two.
//!
//! Shape: frames of another stage, or audio, to `(frame, embedding)`. Source: Wan et al. 2018, by the model's own design.

use crate::files::Package;
use crate::tables::vectors;
use crate::windowed::{Run, Tell, Windowed};
use auricle_sdk::prelude::*;
use std::ops::Range;

/// The stage.
pub struct Embed {
    windowed: Windowed,
    size: usize,
    /// Sum over all windows.
    sum: Vec<f64>,
}

impl Stage for Embed {
    const DESCRIPTOR: Descriptor = Descriptor::new("speaker.embed", "A vector of the voice in every window")
        .doc(
            "The model makes a vector of each window; those of one voice point the same way, so that their scalar product is near 1. mean is \
             the direction of all together, of length 1. What goes in is what the model was trained on: with Resemblyzer's encoder \
             mel.librosa of 16 kHz with n_fft = 400, hop_length = 160, n_mels = 40, in windows of 1.6 s about 0.77 s apart. The model is one \
             that a session names in [models]: a graph alone if it is a known one, or with a description (*.toml) that says \
             stage = \"speaker.embed\".",
        )
        .source("Wan, Wang, Papir, Lopez Moreno, Generalized end-to-end loss for speaker verification, ICASSP 2018; Resemblyzer 0.1.4")
        .inputs(&[
            Port::array("input").dtypes(&[DType::F32]).doc("Frames or audio, as the model takes them."),
            Package::PORT,
        ])
        .outputs(&[
            Port::tensor("embeddings").doc("A vector for each window, (frame, embedding)."),
            Port::tensor("mean").doc("One vector for all, (embedding)."),
        ])
        .locality(Locality::WholeInput);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let windowed = Windowed::new(setup, Self::DESCRIPTOR.id, &["embedding"])?;
        let size = windowed.size("embedding")?;
        let axis = || Axis::new(Role::Embedding, "embedding", Some(size));
        let mean = Tensor::new::<f32>(vec![axis()], "embedding");
        let formats = vec![
            vectors(axis(), "embedding", windowed.clock),
            Format::tensor(mean, auricle_sdk::format::Clock::NONE, Some(1), "embedding"),
        ];
        Ok((Embed { windowed, size, sum: vec![0.0; size] }, formats))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.windowed.begin();
        self.sum.fill(0.0);
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        self.take_packet(packet, out)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        self.take(None, out)?;
        // Nothing to hear has no direction: zeros.
        let length = self.sum.iter().map(|x| x * x).sum::<f64>().sqrt();
        let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
        let mut block = out.tensor::<f32>(1, 0, 1)?;
        block.values().iter_mut().zip(&self.sum).for_each(|(to, sum)| *to = (sum * scale) as f32);
        block.emit()?;
        Ok(Flow::Done)
    }
}

impl Tell for Embed {
    fn windowed(&mut self) -> &mut Windowed {
        &mut self.windowed
    }

    fn tell(&mut self, run: &Run, out: &mut Outputs<'_>) -> Result<()> {
        let vector = run.output(0, self.size)?;
        let mut block = out.tensor::<f32>(0, run.index as i64, 1)?;
        block.values().copy_from_slice(vector);
        block.emit()?;
        self.sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += f64::from(*x));
        Ok(())
    }
}
