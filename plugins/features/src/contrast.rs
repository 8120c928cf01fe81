//! `feature.contrast`: how far the loudest bins of octaves stand over the quietest.
//!
//! Shape: audio to `(band, frame)`, several channels to `(channel, band, frame)`; float64.
//! Source: librosa 0.11.0, `librosa.feature.spectral_contrast`. Unlike `feature.flatness` it looks at octaves.

use std::ops::Range;

use auricle_analysis::refused;
use auricle_dsp::Float;
use auricle_dsp::db::{Config, Db};
use auricle_dsp::spectral::Octaves;
use auricle_dsp::stft::{Exponent, Stft};
use auricle_sdk::adapter::Framer;
use auricle_sdk::{Real, prelude::*};

use crate::spectrum::{INPUT, planned, with};

/// The stage, for samples of one precision.
pub struct Contrast<T> {
    framing: Framing,
    framer: Framer<T>,
    stft: Stft,
    octaves: Octaves,
    db: Option<Db>,
    /// The loudest peak and the loudest valley of the whole input.
    loudest: [f64; 2],
    magnitudes: Vec<T>,
    channels: usize,
    total: Option<i64>,
}

impl<T: Real + Float> Stage for Contrast<T> {
    const DESCRIPTOR: Descriptor =
        Descriptor::new("feature.contrast", "Contrast in octaves, as librosa.feature.spectral_contrast")
            .doc(
                "Of what lies under fmin and of n_bands octaves from there on: the mean of the loudest bins less that of the quietest, a share of \
                 quantile of each, in dB; linear: of the magnitudes themselves. Either level has a floor 80 dB under its loudest of the \
                 whole input, so a first pass looks for it. S and freq are not there: the input is audio.",
            )
            .source("librosa 0.11.0, librosa.feature.spectral_contrast; Jiang et al., ICME 2002")
            .inputs(&[INPUT])
            .outputs(&[Port::tensor("contrast").dtypes(&[DType::F64]).doc("Contrasts, (band, frame), lowest first.")])
            .parameters(&PARAMETERS)
            .locality(Locality::Global);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let parameters = &setup.parameters;
        let input = setup.input(0)?;
        let channels = input.as_audio()?.channels;
        let (stft, framing, hz) = planned(setup)?;
        framing.check()?;
        input.length.map_or(Ok(()), |samples| framing.fits(samples))?;
        let fmin = parameters.float("fmin")?;
        let octaves =
            Octaves::new(&hz, fmin, parameters.count("n_bands")?, parameters.float("quantile")?).map_err(refused)?;
        let length = input.length.map(|samples| framing.count(samples));
        let mut axes = vec![Axis::frames(length), Axis::new(Role::Frequency, "band", Some(octaves.count()))];
        let mut layout = "band,frame";
        if channels > 1 {
            axes.insert(1, Axis::channels(channels));
            layout = "channel,band,frame";
        }
        let linear = parameters.bool("linear")?;
        let tensor = Tensor::new::<f64>(axes, if linear { "difference" } else { "db" });
        let format = Format::tensor(tensor, input.clock.frames(framing.hop as i64, framing.origin()), length, layout);
        let stage = Contrast {
            framer: Framer::new(framing, channels),
            magnitudes: vec![T::default(); hz.len()],
            db: if linear { None } else { Some(Db::new(&Config::power()).map_err(refused)?) },
            loudest: [0.0; 2],
            framing,
            stft,
            octaves,
            channels,
            total: input.length,
        };
        Ok((stage, vec![format]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        vec![self.framing.need(span, self.total)]
    }

    fn begin(&mut self, _: usize, span: Range<i64>) -> Result<()> {
        self.framer.begin(span.start);
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet {
            self.framer.push(packet)?;
            self.emit(out)?;
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        self.framer.end()?;
        self.emit(out)?;
        Ok(Flow::Done)
    }

    fn reduces(&self) -> bool {
        self.db.is_some()
    }

    fn reduce(&mut self, packet: &Packet) -> Result<()> {
        if packet.start == 0 && packet.count > 0 {
            self.loudest = [0.0; 2];
        }
        self.framer.push(packet)?;
        if packet.end {
            self.framer.end()?;
        }
        for _ in 0..self.framer.ready() {
            for channel in 0..self.channels {
                for (peak, valley) in self.analyse(channel) {
                    self.loudest = [self.loudest[0].max(peak), self.loudest[1].max(valley)];
                }
            }
            self.framer.advance(1);
        }
        Ok(())
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

const PARAMETERS: [Parameter; 10] = with(&[
    Parameter::float("fmin", 200.0).range(1e-3, 1e9).unit("Hz").doc("Where the first octave begins."),
    Parameter::int("n_bands", 6).range(1.0, 24.0).doc("Number of octaves."),
    Parameter::float("quantile", 0.02).range(1e-9, 0.9999).doc("The share of an octave's bins that is averaged."),
    Parameter::bool("linear", false).doc("The difference of magnitudes instead of dB."),
]);

impl<T: Real + Float> Contrast<T> {
    /// Peaks and valleys of the next frame of a channel.
    fn analyse(&mut self, channel: usize) -> Vec<(f64, f64)> {
        self.stft.process_magnitude(self.framer.frame(0, channel), Exponent::Magnitude, &mut self.magnitudes);
        self.octaves.peaks_and_valleys(&self.magnitudes)
    }

    fn emit(&mut self, out: &mut Outputs<'_>) -> Result<()> {
        let count = self.framer.ready();
        if count == 0 {
            return Ok(());
        }
        let mut block = out.tensor::<f64>(0, self.framer.next(), count)?;
        let bands = self.octaves.count();
        let mut places = block.values().chunks_exact_mut(bands);
        for _ in 0..count {
            for (channel, place) in (0..self.channels).zip(&mut places) {
                let (peaks, mut valleys): (Vec<f64>, Vec<f64>) = self.analyse(channel).into_iter().unzip();
                match &self.db {
                    Some(db) => {
                        db.process(&peaks, self.loudest[0], place);
                        let levels = valleys.clone();
                        db.process(&levels, self.loudest[1], &mut valleys);
                    }
                    None => place.copy_from_slice(&peaks),
                }
                place.iter_mut().zip(&valleys).for_each(|(place, valley)| *place -= valley);
            }
            self.framer.advance(1);
        }
        block.emit()
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
            let bench = Bench::<Contrast<f32>>::new().parameter("linear", linear).audio(22_050, &[&tone(4000)]);
            let contrast: Vec<f64> = bench.run().expect("runs").tensor(0).expect("contrasts");
            assert_eq!(contrast.len(), 7 * 8);
            // The tone of 1053 Hz lies in the octave from 800 Hz on.
            assert!(linear || contrast[4 * 7 + 3] > contrast[4 * 7 + 5], "{:?}", &contrast[28..35]);
            bench.conforms();
        }
        Bench::<Contrast<f64>>::new().audio(22_050, &[&[0.0f64; 900], &[0.1; 900]]).conforms();
    }

    #[test]
    fn octaves_over_half_the_rate_are_refused() {
        let bench = Bench::<Contrast<f32>>::new().audio(8000, &[&tone(4000)]);
        assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, "fmin");
    }
}
