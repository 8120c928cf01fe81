//! `tag.onnx`: what is to be heard, by a model that has learnt names of sounds.
//!
//! Shape: frames of another stage, or audio, to a table of the likeliest tags and all scores. Source: the model's.

use crate::files::Package;
use crate::tables::{labels, vectors};
use crate::windowed::{Run, Tell, Windowed};
use auricle_sdk::prelude::*;
use std::ops::Range;

/// The stage.
pub struct Tag {
    windowed: Windowed,
    tags: Vec<String>,
    most: usize,
    least: f64,
    /// Rows that were given.
    rows: i64,
    sums: Vec<f64>,
    count: usize,
}

impl Stage for Tag {
    const DESCRIPTOR: Descriptor = Descriptor::new("tag.onnx", "What is to be heard in every window, by name")
        .doc(
            "The model scores each of its tags in every window; the likeliest top_k that reach least make rows, the likeliest first. overall \
             has the same over the mean of all windows. What goes in is what the model was trained on: with musicnn's VGG mel.librosa of \
             16 kHz with n_fft = 512, hop_length = 256, n_mels = 96. The model is one that a session names in [models]: a graph alone if it is a \
             known one, or with a description (*.toml) that says stage = \"tag.onnx\" and names the tags.",
        )
        .source("musicnn 0.1.0 for the model that is known")
        .inputs(&[
            Port::array("input").dtypes(&[DType::F32]).doc("Frames or audio, as the model takes them."),
            Package::PORT,
        ])
        .outputs(&[
            Port::records("tags").doc("Columns start and end (s), label, score, up to top_k rows a window."),
            Port::records("overall").doc("The same columns, for the mean over all windows."),
            Port::tensor("scores").doc("Every tag's score in each window, (frame, tag)."),
        ])
        .parameters(&[
            Parameter::int("top_k", 3).range(1.0, 1000.0).doc("Tags a window, at most."),
            Parameter::float("least", 0.1).range(0.0, 1.0).doc("Score that a tag must reach."),
        ])
        .locality(Locality::WholeInput);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let windowed = Windowed::new(setup, Self::DESCRIPTOR.id, &["scores"])?;
        let size = windowed.size("scores")?;
        let description = &windowed.package.description;
        let tags = match &description.labels_file {
            Some(file) => windowed.package.text(file)?.lines().map(str::to_owned).collect(),
            None => description.labels.clone(),
        };
        if tags.len() != size {
            let message = format!(
                "there are {} labels, the model gives {size} scores: they are those of another model",
                tags.len()
            );
            return Err(Error::data(message));
        }
        let axis = Axis::new(Role::Class, "tag", Some(size));
        let formats = vec![
            Format::records(labels("")),
            Format::records(labels("")),
            vectors(axis, "probability", windowed.clock),
        ];
        let (most, least) = (setup.parameters.count("top_k")?, setup.parameters.float("least")?);
        Ok((Tag { windowed, tags, most, least, rows: 0, sums: vec![0.0; size], count: 0 }, formats))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.windowed.begin();
        self.sums.fill(0.0);
        (self.rows, self.count) = (0, 0);
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        self.take_packet(packet, out)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        self.take(None, out)?;
        if self.count > 0 {
            let means: Vec<f64> = self.sums.iter().map(|sum| sum / self.count as f64).collect();
            let (start, end) = (self.windowed.seconds(0).0, self.windowed.seconds(self.count - 1).1);
            let rows = self.likeliest(&means, start, end)?;
            out.rows(1, 0, &rows)?;
        }
        Ok(Flow::Done)
    }
}

impl Tell for Tag {
    fn windowed(&mut self) -> &mut Windowed {
        &mut self.windowed
    }

    fn tell(&mut self, run: &Run, out: &mut Outputs<'_>) -> Result<()> {
        let scores = run.output(0, self.tags.len())?;
        let mut block = out.tensor::<f32>(2, run.index as i64, 1)?;
        block.values().copy_from_slice(scores);
        block.emit()?;
        let scores: Vec<f64> = scores.iter().map(|score| f64::from(*score)).collect();
        self.sums.iter_mut().zip(&scores).for_each(|(sum, score)| *sum += score);
        self.count += 1;
        let (start, end) = self.windowed.seconds(run.index);
        let rows = self.likeliest(&scores, start, end)?;
        out.rows(0, self.rows, &rows)?;
        self.rows += rows.len() as i64;
        Ok(())
    }
}

impl Tag {
    /// Rows of the likeliest tags; of equally likely ones the first.
    fn likeliest(&self, scores: &[f64], start: f64, end: f64) -> Result<Rows> {
        let mut order: Vec<usize> = (0..scores.len()).filter(|k| scores[*k] >= self.least).collect();
        order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        let mut rows = Rows::new(&labels(""));
        for k in order.into_iter().take(self.most) {
            rows.push(vec![start.into(), end.into(), self.tags[k].as_str().into(), scores[k].into()])?;
        }
        Ok(rows)
    }
}
