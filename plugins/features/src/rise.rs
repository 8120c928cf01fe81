//! What `onset.librosa` and `tempo.librosa` begin with: the strength of onsets, of the whole input.

use auricle_analysis::{librosa, refused};
use auricle_dsp::bands::{self, Bands};
use auricle_dsp::db::{Config as DbConfig, Db};
use auricle_dsp::{Float, mel, onset};
use auricle_sdk::adapter::Framer;
use auricle_sdk::{Real, prelude::*};

/// The analysis that the tool takes, whose window is Hann's, among zeros.
const FIXED: [(&str, &str); 3] = [("window", "hann"), ("pad_mode", "constant"), ("win_length", "none")];

/// Collects the bands of every frame, and makes the strength of them.
pub struct Rise<T> {
    pub framing: Framing,
    framer: Framer<T>,
    bands: Bands,
    powers: Vec<T>,
    lag: usize,
    late: usize,
}

impl<T: Real + Float> Rise<T> {
    /// Powers of `n_mels` bands of one channel, compared over `lag` frames; `late` is how many frames later it is told.
    pub fn new(setup: &Setup, bank: &dyn Fn(mel::Config) -> mel::Config, lag: usize, late: bool) -> Result<Self> {
        let audio = setup.input(0)?.as_audio()?;
        if audio.channels != 1 {
            let message = format!("expected one channel, got {}", audio.channels);
            return Err(Error::format(message).hint("mix it down, or read one channel"));
        }
        let fixed = FIXED.map(|(id, value)| (id.to_owned(), Value::from(value)));
        let fixed = fixed.into_iter().chain([("center".to_owned(), true.into())]);
        let analysis = librosa::analysis(&setup.with(&Parameters::new(fixed)))?;
        let n_fft = analysis.config.window.n_fft;
        let bank = bank(mel::Config::librosa(f64::from(audio.sample_rate), n_fft));
        let bands = Bands::new(&bands::Config::new(analysis.config, Some(bank))).map_err(refused)?;
        let framing = analysis.framing;
        Ok(Rise {
            framer: Framer::new(framing, 1),
            late: if late { n_fft / (2 * framing.hop) } else { 0 },
            framing,
            bands,
            powers: Vec::new(),
            lag,
        })
    }

    pub fn begin(&mut self) {
        self.framer.begin(0);
        self.powers.clear();
    }

    pub fn push(&mut self, packet: &Packet) -> Result<()> {
        self.framer.push(packet)?;
        self.take();
        Ok(())
    }

    /// The strength of every frame, now that the input has ended.
    pub fn strength(&mut self) -> Result<Vec<T>> {
        self.framer.end()?;
        self.take();
        let db = Db::new(&DbConfig::power()).map_err(refused)?;
        let mut levels = vec![T::default(); self.powers.len()];
        db.process(&self.powers, db.loudest(0.0, &self.powers), &mut levels);
        Ok(onset::strength(&levels, self.bands.elements(), self.lag, self.late))
    }

    fn take(&mut self) {
        let elements = self.bands.elements();
        for _ in 0..self.framer.ready() {
            let from = self.powers.len();
            self.powers.resize(from + elements, T::default());
            self.bands.process(self.framer.frame(0, 0), &mut self.powers[from..]);
            self.framer.advance(1);
        }
    }
}
