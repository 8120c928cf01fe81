//! `quality.dnsmos`: how good a recording would sound to people, guessed without the clean one.
//!
//! Shape: audio to scores on a scale from 1 to 5, for windows and in all. Source: Reddy et al. 2022. Unlike `compare.*` it
//! needs no reference.

use crate::files::Package;
use crate::tables::{times, vectors};
use crate::windowed::{Run, Tell, Windowed};
use auricle_sdk::format::{Column, ColumnType};
use auricle_sdk::prelude::*;
use std::ops::Range;

/// The stage.
pub struct Dnsmos {
    windowed: Windowed,
    /// Names of the scores, and what makes each of what the model gives.
    scores: Vec<(String, Vec<f64>)>,
    sums: Vec<f64>,
    count: usize,
}

impl Dnsmos {
    fn table(&self) -> Records {
        let mut columns = times();
        columns.extend(self.scores.iter().map(|(name, _)| Column::new(name, ColumnType::Float)));
        Records::new("auricle.quality/1", columns)
    }
}

impl Stage for Dnsmos {
    const DESCRIPTOR: Descriptor = Descriptor::new("quality.dnsmos", "How good a recording would sound to people, from 1 to 5")
        .doc(
            "The model guesses how listeners would rate speech (sig), background (bak) and all (ovrl) in windows of 9.01 s, a second apart; a \
             shorter clip is repeated. The metrics are the means over all windows. A guess, trained on English speech with noise: fit to \
             compare versions of one recording, not recordings of different kinds. The model is one that a session names in [models]: \
             sig_bak_ovr.onnx as it is, or one with a description (*.toml) that says stage = \"quality.dnsmos\".",
        )
        .source("Reddy, Gopal, Cutler, DNSMOS P.835, ICASSP 2022; speechmos 0.0.1.1")
        .inputs(&[
            Port::array("input").dtypes(&[DType::F32]).doc("One channel at the model's rate, 16 kHz."),
            Package::PORT,
        ])
        .outputs(&[
            Port::records("metrics").doc("The means: dnsmos_sig, dnsmos_bak, dnsmos_ovrl."),
            Port::records("windows").doc("Columns start and end (s) and one for each score."),
            Port::tensor("scores").doc("The same scores, (frame, score)."),
        ])
        .locality(Locality::WholeInput);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let windowed = Windowed::new(setup, Self::DESCRIPTOR.id, &["scores"])?;
        let size = windowed.size("scores")?;
        let description = &windowed.package.description;
        if description.labels.len() != size {
            let message =
                format!("the description has {} labels, the model gives {size} scores", description.labels.len());
            return Err(Error::data(message));
        }
        let polynomial = |name: &String| description.polynomials.get(name).cloned().unwrap_or_else(|| vec![1.0, 0.0]);
        let scores = description.labels.iter().map(|name| (name.clone(), polynomial(name))).collect();
        let axis = Axis::new(Role::Class, "score", Some(size));
        let tensor = vectors(axis, "mos", windowed.clock);
        let stage = Dnsmos { windowed, scores, sums: vec![0.0; size], count: 0 };
        let table = stage.table();
        Ok((stage, vec![Format::records(Records::metrics()), Format::records(table), tensor]))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.windowed.begin();
        self.sums.fill(0.0);
        self.count = 0;
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        self.take_packet(packet, out)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        self.take(None, out)?;
        if self.count > 0 {
            let mut rows = Rows::new(&Records::metrics());
            for ((name, _), sum) in self.scores.iter().zip(&self.sums) {
                let name = format!("dnsmos_{name}");
                rows.push(vec![name.into(), (sum / self.count as f64).into(), "MOS".into(), "clip".into()])?;
            }
            out.rows(0, 0, &rows)?;
        }
        Ok(Flow::Done)
    }
}

impl Tell for Dnsmos {
    fn windowed(&mut self) -> &mut Windowed {
        &mut self.windowed
    }

    fn tell(&mut self, run: &Run, out: &mut Outputs<'_>) -> Result<()> {
        let raw = run.output(0, self.scores.len())?;
        // Horner's scheme.
        let score = |(raw, (_, polynomial)): (&f32, &(String, Vec<f64>))| {
            polynomial.iter().fold(0.0, |value, factor| value * f64::from(*raw) + factor)
        };
        let scores: Vec<f64> = raw.iter().zip(&self.scores).map(score).collect();
        self.sums.iter_mut().zip(&scores).for_each(|(sum, score)| *sum += score);
        self.count += 1;
        let (start, end) = self.windowed.seconds(run.index);
        let mut rows = Rows::new(&self.table());
        rows.push([start, end].iter().chain(&scores).map(|x| (*x).into()).collect())?;
        out.rows(1, run.index as i64, &rows)?;
        let mut block = out.tensor::<f32>(2, run.index as i64, 1)?;
        block.values().iter_mut().zip(&scores).for_each(|(to, score)| *to = *score as f32);
        block.emit()?;
        Ok(())
    }
}
