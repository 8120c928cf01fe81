//! `chroma.librosa`: how much of each pitch class there is.
//!
//! Shape: audio to `(chroma, frame)`, several channels to `(channel, chroma, frame)`; float32 of float32, float64 of float64.
//! Source: librosa 0.11.0, `librosa.feature.chroma_stft`, `chroma_cqt` and `chroma_cens`. Unlike `mel.librosa` octaves fall together.

mod folded;
mod spectral;

use std::marker::PhantomData;

use crate::cqt::FMIN;
use crate::ffi::Sample;
use auricle_analysis::{AUDIO, joined, librosa};
use auricle_dsp::Float;
use auricle_dsp::norm::Norm;
use auricle_dsp::window::Shape;
use auricle_sdk::adapter::{Choose, Either};
use auricle_sdk::prelude::*;

/// The stage, for samples of one precision.
pub type ChromaStage<T> = Either<ByKind<T>>;

/// Of which transform, that is.
pub struct ByKind<T>(PhantomData<T>);

impl<T: Sample + Float> Choose for ByKind<T> {
    const DESCRIPTOR: Descriptor = DESCRIPTOR;
    type First = Framed<spectral::Spectral<T>>;
    type Second = folded::Folded<T>;

    fn first(setup: &Setup) -> Result<bool> {
        Ok(setup.parameters.text("kind")? == "stft")
    }
}

const DESCRIPTOR: Descriptor = Descriptor::new("chroma.librosa", "Pitch classes, as librosa.feature.chroma_stft, chroma_cqt and chroma_cens")
    .doc(
        "stft: powers of stft.librosa, weighted by Gaussian bumps on the tones of an octave. cqt: magnitudes of cqt.librosa, the octaves \
         added up, which takes libsoxr. cens: those as shares of their frame, counted by how many of four steps they are over, and smoothed. \
         Every frame is divided by its norm. Without a tuning it is estimated from the peaks of the whole input, all channels, so a first \
         pass collects them: some 12 MB an hour.",
    )
    .source("librosa 0.11.0, librosa.feature.chroma_stft, chroma_cqt, chroma_cens, librosa.filters.chroma, cq_to_chroma and librosa.estimate_tuning")
    .inputs(&[AUDIO])
    .outputs(&[Port::tensor("chroma").dtypes(&[DType::F32, DType::F64]).doc("Pitch classes, (chroma, frame), from C.")])
    .parameters(&PARAMETERS)
    .locality(Locality::Global)
    .result_version(2);

const PARAMETERS: [Parameter; 19] = joined(
    &librosa::FEATURE,
    &[
        Parameter::choice("kind", "stft", &["stft", "cqt", "cens"]).doc("What the classes are made of."),
        Parameter::absent("tuning", Types::FLOAT)
            .range(-1.0, 1.0)
            .choices(&["none"])
            .doc("How far the tones are above 440 Hz's, in tones, or in bins of the cqt; absent: estimated."),
        Parameter::int("n_chroma", 12).range(1.0, 4096.0).doc("Pitch classes."),
        Parameter::absent("norm", Types::FLOAT).choices(&["inf", "-inf", "none"]).doc(
            "Of a frame: its largest value (inf), its smallest (-inf), a p-norm, none; absent: inf, of kind cens 2.",
        ),
        Parameter::float("ctroct", 5.0).range(-20.0, 20.0).doc("stft: the octave that counts most, from 27.5 Hz on."),
        Parameter::float("octwidth", 2.0)
            .range(1e-3, 1e3)
            .choices(&["none"])
            .doc("stft: the width of the octaves that count; none: all alike."),
        Parameter::bool("base_c", true).doc("stft: the first class is C; else A."),
        FMIN,
        Parameter::int("n_octaves", 7).range(1.0, 64.0).doc("cqt, cens: octaves that are added up."),
        Parameter::int("bins_per_octave", 36)
            .range(1.0, 16_384.0)
            .choices(&["none"])
            .doc("cqt, cens: bins of an octave, a multiple of n_chroma; none: n_chroma."),
        Parameter::float("threshold", 0.0).range(0.0, 1e9).choices(&["none"]).doc("cqt: what is less becomes zero."),
        Parameter::int("win_len_smooth", 41)
            .range(1.0, 1e6)
            .unit("frames")
            .choices(&["none"])
            .doc("cens: frames that are smoothed over; none: not smoothed."),
        Parameter::choice("smoothing_window", "hann", &Shape::NAMES)
            .or(Types::LIST)
            .doc("cens: the weights of frames, by the window's name, symmetric."),
    ],
);

/// How a frame is normalised.
fn norm(parameters: &Parameters, usual: Norm) -> Result<Norm> {
    librosa::norm(parameters, "norm", usual)
}

/// Divides a frame by its norm.
fn normalise<T: Float>(norm: Norm, frame: &mut [T]) {
    let divisor = norm.divisor(frame.iter().map(|x| Into::<f64>::into(*x).abs()), f64::from(f32::MIN_POSITIVE));
    frame.iter_mut().for_each(|x| *x = T::from_real((*x).into() / divisor));
}

/// What a frame is.
fn tensor<T: Element>(classes: usize) -> Tensor {
    Tensor::new::<T>(vec![Axis::new(Role::Class, "chroma", Some(classes))], "chroma")
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    /// 1053 Hz, in noise.
    fn tone(length: usize) -> Vec<f32> {
        (0..length).map(|i| (i as f32 * 0.3).sin() * 0.4 + ((i * 7919) % 101) as f32 / 1010.0 - 0.05).collect()
    }

    #[test]
    fn a_tone_and_the_laws() {
        // 1053 Hz is C.
        let bench = Bench::<ChromaStage<f32>>::new().parameter("tuning", 0.0).audio(22_050, &[&tone(4000)]);
        let chroma: Vec<f32> = bench.run().expect("runs").tensor(0).expect("classes");
        assert_eq!((chroma.len(), chroma[4 * 12]), (12 * 8, 1.0), "{:?}", &chroma[48..60]);
        bench.conforms();
        Bench::<ChromaStage<f32>>::new().audio(22_050, &[&tone(3000), &tone(3000)]).conforms();
        let infinite = Bench::<ChromaStage<f32>>::new().parameter("tuning", 0.0).parameter("norm", f64::INFINITY);
        let outcome = infinite.audio(22_050, &[&tone(4000)]).run().expect("runs");
        assert_eq!(outcome.tensor::<f32>(0).expect("classes"), chroma);
        Bench::<ChromaStage<f64>>::new().parameter("norm", 2.0).audio(22_050, &[&[0.0f64; 900]]).conforms();
    }

    #[test]
    fn the_kinds_agree_on_a_tone_and_keep_the_laws() {
        for (kind, tuning, loudest) in [("cqt", Some(0.0), 1.0f32), ("cens", Some(0.0), 1.0), ("cens", None, 1.0)] {
            let mut bench = Bench::<ChromaStage<f32>>::new().parameter("kind", kind).parameter("hop_length", 256);
            if let Some(tuning) = tuning {
                bench = bench.parameter("tuning", tuning);
            }
            let bench = bench.audio(22_050, &[&tone(9000)]);
            let chroma: Vec<f32> = bench.run().expect("runs").tensor(0).expect("classes");
            assert_eq!(chroma.len(), 12 * 36);
            assert!((chroma[12 * 18] - loudest).abs() < 0.15, "{kind}: {:?}", &chroma[12 * 18..12 * 19]);
        }
        let two = |kind| Bench::<ChromaStage<f32>>::new().parameter("kind", kind).parameter("n_octaves", 2);
        two("cqt").parameter("fmin", 500.0).audio(22_050, &[&tone(3000)]).conforms();
        let stereo = two("cens").parameter("fmin", 500.0).parameter("win_len_smooth", 4).parameter("tuning", 0.1);
        stereo.audio(22_050, &[&tone(2000), &tone(2000)]).conforms();
    }

    #[test]
    fn refusals() {
        let bench = || Bench::<ChromaStage<f32>>::new().parameter("kind", "cqt").audio(22_050, &[&tone(900)]);
        for (bench, parameter) in [
            (bench().parameter("bins_per_octave", 30), "bins_per_octave"),
            (bench().parameter("n_octaves", 10), "n_octaves"),
            (bench().parameter("norm", -1.0), "norm"),
        ] {
            assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, parameter);
        }
    }
}
