//! `tempo.librosa`: beats per minute.
//!
//! Shape: audio to one number, `(tempo,)`, several channels to `(channel, tempo)`; float64.
//! Source: librosa 0.11.0, `librosa.feature.tempo`. Unlike `onset.librosa` it tells how often, not when.

use std::marker::PhantomData;

use auricle_analysis::{AUDIO, librosa, refused_as};
use auricle_dsp::Float;
use auricle_dsp::onset::Tempo;
use auricle_sdk::{Real, prelude::*};

use crate::rise::{OfStrength, Rise, Strength};

/// The stage, for samples of one precision.
pub type TempoStage<T> = Strength<Beats<T>>;

/// How the tempo is found.
pub struct Beats<T> {
    tempo: Tempo,
    value: PhantomData<fn() -> T>,
}

impl<T: Real + Float> OfStrength for Beats<T> {
    const DESCRIPTOR: Descriptor = Descriptor::new("tempo.librosa", "Beats per minute, as librosa.feature.tempo")
        .doc(
            "The lag at which onset.librosa's strength, windowed over ac_size, correlates most with itself in the mean, weighted by a \
             log-normal prior around start_bpm. All of the input is kept. Silence gives the prior's tempo. Not there: aggregate, prior.",
        )
        .source("librosa 0.11.0, librosa.feature.tempo")
        .inputs(&[AUDIO])
        .outputs(&[Port::tensor("tempo").dtypes(&[DType::F64]).doc("Beats per minute.")])
        .parameters(&[
            librosa::HOP_LENGTH.default(DefaultValue::Int(512)),
            Parameter::float("start_bpm", 120.0).range(1e-3, 1e6).doc("The most likely tempo."),
            Parameter::float("std_bpm", 1.0).range(1e-3, 1e6).doc("How far from it others are likely, in octaves."),
            Parameter::float("ac_size", 8.0).range(1e-3, 1e4).unit("s").doc("How much is correlated."),
            Parameter::float("max_tempo", 320.0).range(1e-3, 1e6).choices(&["none"]).doc("Faster tempi are none."),
        ])
        .locality(Locality::WholeInput);

    type Value = T;

    fn new(setup: &Setup) -> Result<(Self, Rise<T>, Vec<Format>)> {
        let parameters = &setup.parameters;
        let fixed = Parameters::new([("n_fft".to_owned(), 2048.into())]);
        let rise = Rise::<T>::new(&setup.with(&fixed), &|bank| bank, 1, true)?;
        let audio = setup.input(0)?.as_audio()?;
        let rate = f64::from(audio.sample_rate);
        let hop = rise.framing.hop;
        let tempo = Tempo {
            rate: rate / hop as f64,
            frames: (parameters.float("ac_size")? * rate) as usize / hop,
            start_bpm: parameters.float("start_bpm")?,
            std_bpm: parameters.float("std_bpm")?,
            max_bpm: parameters.optional_float("max_tempo")?,
        };
        // What is wrong with it is told before the run.
        tempo.find::<T>(&[]).map_err(refused_as(&[]))?;
        let (mut axes, mut layout) = (vec![Axis::new(Role::Other, "tempo", Some(1))], "tempo");
        if audio.channels > 1 {
            axes.push(Axis::channels(audio.channels));
            layout = "channel,tempo";
        }
        let mut tensor = Tensor::new::<f64>(axes, "tempo");
        tensor.unit = "1/min".into();
        Ok((Beats { tempo, value: PhantomData }, rise, vec![Format::tensor(tensor, Clock::NONE, Some(1), layout)]))
    }

    fn tell(&self, strengths: &[Vec<T>], out: &mut Outputs<'_>) -> Result<()> {
        let mut block = out.tensor::<f64>(0, 0, 1)?;
        for (place, strength) in block.values().iter_mut().zip(strengths) {
            *place = self.tempo.find(strength).map_err(refused_as(&[]))?;
        }
        block.emit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    #[test]
    fn clicks_twice_a_second_are_120() {
        let clicks: Vec<f32> = (0..66_150).map(|i| if i % 11_025 < 100 { 0.5 - (i % 2) as f32 } else { 0.0 }).collect();
        let bench = Bench::<TempoStage<f32>>::new().audio(22_050, &[&clicks]);
        let tempo: Vec<f64> = bench.run().expect("runs").tensor(0).expect("a tempo");
        assert!((tempo[0] - 120.0).abs() < 4.0, "{tempo:?}");
        let stereo = Bench::<TempoStage<f32>>::new().audio(22_050, &[&[0.0f32; 66_150], &clicks]);
        let tempi: Vec<f64> = stereo.run().expect("runs").tensor(0).expect("two tempi");
        assert_eq!((tempi.len(), tempi[1]), (2, tempo[0]));
        stereo.conforms();
    }

    #[test]
    fn a_window_of_no_frame_is_refused() {
        let bench = Bench::<TempoStage<f32>>::new().parameter("ac_size", 0.01).audio(22_050, &[&[0.0f32; 900]]);
        assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, "ac_size");
    }
}
