//! `feature.contrast`: how far the loudest bins of octaves stand over the quietest.
//!
//! Shape: audio to `(band, frame)`, several channels to `(channel, band, frame)`; float64.
//! Source: librosa 0.11.0, `librosa.feature.spectral_contrast`. Unlike `feature.flatness` it looks at octaves.

use auricle_analysis::{AUDIO, joined, librosa, refused};
use auricle_dsp::Float;
use auricle_dsp::db::{Config, Db};
use auricle_dsp::spectral::Octaves;
use auricle_dsp::stft::{Exponent, Stft};
use auricle_sdk::{Real, prelude::*};

/// The stage, for samples of one precision.
pub struct Contrast<T> {
    framing: Framing,
    stft: Stft,
    octaves: Octaves,
    db: Option<Db>,
    /// The loudest peak and the loudest valley of the whole input.
    loudest: [f64; 2],
    magnitudes: Vec<T>,
}

impl<T: Real + Float> PerFrame for Contrast<T> {
    const DESCRIPTOR: Descriptor =
        Descriptor::new("feature.contrast", "Contrast in octaves, as librosa.feature.spectral_contrast")
            .doc(
                "Of what lies under fmin and of n_bands octaves from there on: the mean of the loudest bins less that of the quietest, a share of \
                 quantile of each, in dB; linear: of the magnitudes themselves. Either level has a floor 80 dB under its loudest of the \
                 whole input, so a first pass looks for it. S and freq are not there: the input is audio.",
            )
            .source("librosa 0.11.0, librosa.feature.spectral_contrast; Jiang et al., ICME 2002")
            .inputs(&[AUDIO])
            .outputs(&[Port::tensor("contrast").dtypes(&[DType::F64]).doc("Contrasts, (band, frame), lowest first.")])
            .parameters(&PARAMETERS)
            .locality(Locality::Global)
            .result_version(2);

    type In = T;
    type Out = f64;

    fn new(setup: &Setup) -> Result<Self> {
        let parameters = &setup.parameters;
        let (stft, framing, hz) = librosa::spectra(setup)?;
        let fmin = parameters.float("fmin")?;
        let octaves =
            Octaves::new(&hz, fmin, parameters.count("n_bands")?, parameters.float("quantile")?).map_err(refused)?;
        let db = if parameters.bool("linear")? { None } else { Some(Db::new(&Config::power()).map_err(refused)?) };
        Ok(Contrast { magnitudes: vec![T::default(); hz.len()], db, loudest: [0.0; 2], framing, stft, octaves })
    }

    fn framing(&self) -> Framing {
        self.framing
    }

    fn output(&self, _: &Audio) -> Tensor {
        let axes = vec![Axis::new(Role::Frequency, "band", Some(self.octaves.count()))];
        Tensor::new::<f64>(axes, if self.db.is_some() { "db" } else { "difference" })
    }

    fn frame(&mut self, samples: &[T], out: &mut [f64]) {
        let (peaks, mut valleys): (Vec<f64>, Vec<f64>) = self.analyse(samples).into_iter().unzip();
        match &self.db {
            Some(db) => {
                db.process(&peaks, self.loudest[0], out);
                let levels = valleys.clone();
                db.process(&levels, self.loudest[1], &mut valleys);
            }
            None => out.copy_from_slice(&peaks),
        }
        out.iter_mut().zip(&valleys).for_each(|(contrast, valley)| *contrast -= valley);
    }

    fn reduces(&self) -> bool {
        self.db.is_some()
    }

    fn observe(&mut self, samples: &[T]) {
        for (peak, valley) in self.analyse(samples) {
            self.loudest = [self.loudest[0].max(peak), self.loudest[1].max(valley)];
        }
    }

    fn reduction(&self) -> Vec<u8> {
        self.loudest.into_iter().flat_map(f64::to_le_bytes).collect()
    }

    fn adopt(&mut self, state: &[u8]) -> Result<()> {
        let (numbers, _) = state.as_chunks::<8>();
        let [peak, valley] = numbers else { return Err(Error::internal("the reduction is not two numbers")) };
        self.loudest = [f64::from_le_bytes(*peak), f64::from_le_bytes(*valley)];
        Ok(())
    }
}

const PARAMETERS: [Parameter; 10] = joined(
    &librosa::FEATURE,
    &[
        Parameter::float("fmin", 200.0).range(1e-3, 1e9).unit("Hz").doc("Where the first octave begins."),
        Parameter::int("n_bands", 6).range(1.0, 24.0).doc("Number of octaves."),
        Parameter::float("quantile", 0.02).range(1e-9, 0.9999).doc("The share of an octave's bins that is averaged."),
        Parameter::bool("linear", false).doc("The difference of magnitudes instead of dB."),
    ],
);

impl<T: Real + Float> Contrast<T> {
    /// Peaks and valleys of a frame.
    fn analyse(&mut self, samples: &[T]) -> Vec<(f64, f64)> {
        self.stft.process_magnitude(samples, Exponent::Magnitude, &mut self.magnitudes);
        self.octaves.peaks_and_valleys(&self.magnitudes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum::tests::tone;
    use auricle_sdk::testing::{Bench, refused};

    #[test]
    fn octaves_and_laws() {
        for linear in [false, true] {
            let bench = Bench::<Framed<Contrast<f32>>>::new().parameter("linear", linear).audio(22_050, &[&tone(4000)]);
            let contrast: Vec<f64> = bench.run().expect("runs").tensor(0).expect("contrasts");
            assert_eq!(contrast.len(), 7 * 8);
            // The tone of 1053 Hz lies in the octave from 800 Hz on.
            assert!(linear || contrast[4 * 7 + 3] > contrast[4 * 7 + 5], "{:?}", &contrast[28..35]);
            bench.conforms();
        }
        Bench::<Framed<Contrast<f64>>>::new().audio(22_050, &[&[0.0f64; 900], &[0.1; 900]]).conforms();
    }

    #[test]
    fn octaves_over_half_the_rate_are_refused() {
        let bench = Bench::<Framed<Contrast<f32>>>::new().audio(8000, &[&tone(4000)]);
        assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, "fmin");
    }
}
