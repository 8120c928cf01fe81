//! The first pass of what estimates its tuning: the peaks of all frames, of every channel.

use auricle_analysis::refused;
use auricle_dsp::chroma::Tuning;
use auricle_dsp::stft::{Config, Exponent, Stft};
use auricle_dsp::window::{self, Shape};
use auricle_sdk::adapter::Framer;
use auricle_sdk::prelude::*;

/// Length of the transform.
const N_FFT: usize = 2048;

/// Magnitudes of frames, and the peaks among them, as `librosa.estimate_tuning` takes them of samples.
pub struct Survey {
    framer: Framer<f64>,
    channels: usize,
    stft: Stft,
    magnitudes: Vec<f64>,
    step_hz: f64,
    tuning: Tuning,
    done: bool,
}

impl Survey {
    /// A pass that has seen nothing.
    ///
    /// # Errors
    /// None: the transform is a legal one.
    pub fn new(sample_rate: f64, channels: usize) -> Result<Self> {
        let stft = Stft::new(&Config::new(window::Config::new(Shape::Hann, N_FFT))).map_err(refused)?;
        Ok(Survey {
            framer: Framer::new(Framing::centred(N_FFT, N_FFT / 4, Pad::Zero), channels),
            channels,
            magnitudes: vec![0.0; stft.bins()],
            stft,
            step_hz: sample_rate / N_FFT as f64,
            tuning: Tuning::default(),
            done: false,
        })
    }

    /// What comes next is the second pass, or the first of another run.
    pub fn begin(&mut self) {
        self.done = true;
    }

    /// Takes a packet in.
    ///
    /// # Errors
    /// The packet is not of this stream.
    pub fn push(&mut self, packet: &Packet) -> Result<()> {
        if self.done {
            self.framer.begin(0);
            (self.tuning, self.done) = (Tuning::default(), false);
        }
        self.framer.push(packet)?;
        if packet.end {
            self.framer.end()?;
        }
        let ready = self.framer.ready();
        for frame in 0..ready {
            for channel in 0..self.channels {
                let samples = self.framer.frame(frame, channel);
                self.stft.process_magnitude(samples, Exponent::Magnitude, &mut self.magnitudes);
                self.tuning.observe(&self.magnitudes, self.step_hz);
            }
        }
        self.framer.advance(ready);
        Ok(())
    }

    /// How far the peaks are out of tune, in bins of which an octave has so many.
    pub fn tuning(&self, per_octave: usize) -> f64 {
        self.tuning.estimate(per_octave)
    }
}
