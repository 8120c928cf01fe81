//! `measure.snr`: how far a recording rises over its own noise floor, estimated without a reference.
//!
//! Shape: audio in, metrics out. `compare.snr` needs the clean signal; this one guesses the noise from the quietest frames.

use crate::meter::{Meter, Metric};
use crate::samples::DTYPES;
use auricle_dsp::floor::Floor;
use auricle_sdk::prelude::*;

/// Length of a frame: shorter than a pause between words.
const FRAME_S: f64 = 0.02;

/// The meter.
#[derive(Clone)]
pub struct SnrMeter {
    floor: Floor,
    frame: usize,
    filled: usize,
    squares: f64,
}

impl Meter for SnrMeter {
    const DESCRIPTOR: Descriptor = Descriptor::new("measure.snr", "Signal over noise floor, estimated without a reference")
        .doc(
            "`snr_db`: the power of the signal over that of the noise, in dB. Noise is the mean power of the quietest tenth of \
             20 ms frames, all channels together; the signal is what all frames have on average more than that. It is right \
             where noise is steady and at least a tenth of the time holds nothing else, as between words; for music and \
             other sounds without pauses it reads too low. Digital silence is left out. Missing for less than 200 ms.",
        )
        .inputs(&[Port::audio("audio").dtypes(DTYPES).doc("What is measured.")])
        .outputs(&[Port::records("metrics").doc("The number.")])
        .locality(Locality::WholeInput);

    fn new(setup: &Setup) -> Result<Self> {
        let rate = setup.input(0)?.as_audio()?.sample_rate;
        let frame = ((f64::from(rate) * FRAME_S) as usize).max(1);
        Ok(SnrMeter { floor: Floor::default(), frame, filled: 0, squares: 0.0 })
    }

    fn push(&mut self, _: i64, channels: &[Vec<f64>]) {
        for index in 0..channels.first().map_or(0, Vec::len) {
            self.squares += channels.iter().map(|samples| samples[index] * samples[index]).sum::<f64>();
            self.filled += 1;
            if self.filled == self.frame {
                self.floor.push(self.squares / (self.frame * channels.len()) as f64);
                (self.filled, self.squares) = (0, 0.0);
            }
        }
    }

    fn metrics(&mut self) -> Vec<Metric> {
        vec![Metric { value: self.floor.snr_db(), ..Metric::new("snr_db", 0.0, "dB") }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::Metered;
    use auricle_sdk::testing::Bench;

    fn snr(channels: &[&[f32]]) -> Option<f64> {
        let bench = Bench::<Metered<SnrMeter>>::new().audio(1_000, channels);
        bench.conforms();
        bench.run().expect("it runs").metric("snr_db")
    }

    #[test]
    fn words_over_steady_noise() {
        // 20 samples a frame: noise of power 0.01, and every second frame words of power 1 beside it.
        let clip: Vec<f32> = (0..2_000).map(|k| if k / 20 % 2 == 0 { 1.01f32.sqrt() } else { 0.1 }).collect();
        let got = snr(&[&clip]).expect("it is long enough");
        assert!((got - 10.0 * 50f64.log10()).abs() < 1e-4, "{got}");
        assert!((snr(&[&clip[..]; 9]).expect("it is long enough") - got).abs() < 1e-9);
    }

    #[test]
    fn nothing_and_one_sample_have_none() {
        assert_eq!(snr(&[&[]]), None);
        assert_eq!(snr(&[&[0.5]]), None);
    }
}
