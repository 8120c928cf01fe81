//! A signal from magnitudes alone: phases are found by going back and forth between spectrum and signal.

use crate::istft::{self, Correction, Istft};
use crate::stft::{self, Stft};
use crate::{Complex, Error, random, window};

/// What a reconstruction is made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Window of analysis and synthesis.
    pub window: window::Config,
    /// Samples from one frame to the next.
    pub hop: usize,
    /// How often.
    pub iterations: usize,
    /// How much of the last step is made again: m in t − m / (1 + m) · the one before.
    pub momentum: f64,
    /// Added to a magnitude before dividing by it.
    pub epsilon: f64,
    /// What stands outside the signal when it is analysed, n_fft / 2 samples on both sides; none: frames begin with it.
    pub edges: Option<Edges>,
    /// Samples of the signal; none: as many as the frames give.
    pub length: Option<usize>,
}

/// What stands outside a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edges {
    /// Zeros.
    Zeros,
    /// The signal, mirrored without repeating its end.
    Mirrored,
    /// The end's value.
    Ends,
}

/// A planned reconstruction.
///
/// # Shape
/// T frames of n_fft / 2 + 1 magnitudes to (T − 1) · hop + n_fft samples, less n_fft / 2 on both sides where there are edges.
///
/// # Source
/// Griffin and Lim, IEEE Trans. ASSP 32(2), 1984; with momentum Perraudin, Balazs, Søndergaard, "A fast Griffin-Lim
/// algorithm", WASPAA 2013.
pub struct GriffinLim {
    config: Config,
    stft: Stft,
    istft: Istft,
    padded: Vec<f64>,
}

impl GriffinLim {
    /// Makes the window and plans the transforms.
    ///
    /// # Errors
    /// What [`Stft::new`] and [`Istft::new`] refuse, and a momentum below 0.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let Config { window, hop, momentum, .. } = *config;
        if !(momentum >= 0.0 && momentum.is_finite()) {
            return Err(Error::parameter("momentum", "0 or more", momentum));
        }
        let correction = Correction::Samples { above: f64::from(f32::MIN_POSITIVE) };
        let istft = Istft::new(&istft::Config { window, hop, scale: 1.0, correction })?;
        let stft = Stft::new(&stft::Config::new(window))?;
        Ok(Self { config: *config, stft, istft, padded: Vec::new() })
    }

    /// Bins of a frame.
    pub fn bins(&self) -> usize {
        self.stft.bins()
    }

    /// Samples that come of `frames` frames.
    pub fn count(&self, frames: usize) -> usize {
        let all = frames.saturating_sub(1) * self.config.hop + self.istft.span();
        let natural = if frames == 0 { 0 } else { all.saturating_sub(2 * self.trim()) };
        self.config.length.unwrap_or(natural)
    }

    /// Frames that the analysis of `samples` samples has.
    pub fn frames(&self, samples: usize) -> usize {
        let padded = samples + 2 * self.trim();
        if padded < self.stft.n_fft() { 0 } else { 1 + (padded - self.stft.n_fft()) / self.config.hop }
    }

    /// The signal of `magnitudes`, frame after frame; the phase of each starts at `phase` radians.
    pub fn process(&mut self, magnitudes: &[f64], mut phase: impl FnMut() -> f64) -> Vec<f64> {
        let zero = Complex::new(0.0, 0.0);
        let mut bins: Vec<Complex<f64>> = magnitudes.iter().map(|s| Complex::from_polar(*s, phase())).collect();
        let mut rebuilt = vec![zero; bins.len()];
        let mut last = vec![zero; bins.len()];
        let momentum = self.config.momentum / (1.0 + self.config.momentum);
        for _ in 0..self.config.iterations {
            let signal = self.signal(&bins);
            self.spectrum(&signal, &mut rebuilt);
            for (bin, ((now, before), magnitude)) in bins.iter_mut().zip(rebuilt.iter().zip(&last).zip(magnitudes)) {
                let step = now - before * momentum;
                *bin = step * (magnitude / (step.norm() + self.config.epsilon));
            }
            std::mem::swap(&mut rebuilt, &mut last);
        }
        self.signal(&bins)
    }

    /// Samples that edges take on either side.
    fn trim(&self) -> usize {
        if self.config.edges.is_some() { self.config.window.n_fft / 2 } else { 0 }
    }

    fn signal(&mut self, bins: &[Complex<f64>]) -> Vec<f64> {
        let n_bins = self.bins();
        let count = self.count(bins.len() / n_bins);
        let mut out = Vec::with_capacity(bins.len() / n_bins * self.config.hop + self.istft.span());
        self.istft.reset();
        for frame in bins.chunks_exact(n_bins) {
            self.istft.process(frame, &mut out);
        }
        self.istft.finish(&mut out);
        out.drain(..self.trim().min(out.len()));
        out.resize(count, 0.0);
        out
    }

    fn spectrum(&mut self, signal: &[f64], bins: &mut [Complex<f64>]) {
        let (n_bins, n_fft, pad) = (self.bins(), self.stft.n_fft(), self.trim() as i64);
        let edges = self.config.edges.unwrap_or(Edges::Zeros);
        self.padded.clear();
        self.padded.extend((-pad..signal.len() as i64 + pad).map(|t| outside(signal, t, edges)));
        for (t, frame) in bins.chunks_exact_mut(n_bins).enumerate() {
            let start = (t * self.config.hop).min(self.padded.len());
            let end = (start + n_fft).min(self.padded.len());
            self.stft.process(&self.padded[start..end], frame);
        }
    }
}

/// Random phases in radians, the same for the same seed.
pub fn random_phases(seed: u64) -> impl FnMut() -> f64 {
    let mut uniform = random::uniform(seed);
    move || uniform() * std::f64::consts::TAU
}

/// The sample at `t`, which may lie outside.
fn outside(signal: &[f64], t: i64, edges: Edges) -> f64 {
    let last = signal.len() as i64 - 1;
    let inside = |t: i64| usize::try_from(t).ok().and_then(|t| signal.get(t)).copied().unwrap_or(0.0);
    match edges {
        Edges::Zeros => inside(t),
        Edges::Ends => inside(t.clamp(0, last.max(0))),
        Edges::Mirrored if last <= 0 => inside(0),
        Edges::Mirrored => {
            let folded = t.rem_euclid(2 * last);
            inside(folded.min(2 * last - folded))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stft::Exponent;
    use crate::window::Shape;

    fn config(edges: Option<Edges>) -> Config {
        Config {
            window: window::Config::new(Shape::Hann, 64),
            hop: 16,
            iterations: 30,
            momentum: 0.99,
            epsilon: 1e-16,
            edges,
            length: None,
        }
    }

    #[test]
    fn the_magnitudes_of_what_it_makes_come_near_those_asked_for() {
        let signal: Vec<f64> =
            (0..640).map(|t| (f64::from(t) * 0.3).sin() + 0.3 * (f64::from(t) * 1.1).sin()).collect();
        for edges in [None, Some(Edges::Zeros), Some(Edges::Mirrored), Some(Edges::Ends)] {
            let mut kernel = GriffinLim::new(&config(edges)).expect("legal");
            let frames = if edges.is_some() { 41 } else { 37 };
            let mut bins = vec![Complex::new(0.0, 0.0); frames * 33];
            kernel.spectrum(&signal, &mut bins);
            let wanted: Vec<f64> = bins.iter().map(|x| x.norm()).collect();
            let made = kernel.process(&wanted, || 0.0);
            assert_eq!((made.len(), kernel.frames(640)), (640, frames));
            kernel.spectrum(&made, &mut bins);
            let distance: f64 = bins.iter().zip(&wanted).map(|(a, b)| (a.norm() - b).powi(2)).sum();
            let energy: f64 = wanted.iter().map(|x| x * x).sum();
            assert!(distance < 0.03 * energy, "{edges:?}: {}", distance / energy);
        }
    }

    #[test]
    fn silence_stays_silent_and_a_length_is_kept() {
        let mut kernel = GriffinLim::new(&Config { length: Some(100), ..config(Some(Edges::Zeros)) }).expect("legal");
        assert_eq!(kernel.process(&vec![0.0; 33 * 4], || 1.0), vec![0.0; 100]);
        assert_eq!(kernel.process(&[], || 1.0), vec![0.0; 100]);
        assert_eq!(GriffinLim::new(&config(None)).expect("legal").process(&[], || 0.0), Vec::<f64>::new());
    }

    #[test]
    fn the_analysis_is_the_transforms() {
        let mut kernel = GriffinLim::new(&config(None)).expect("legal");
        let signal: Vec<f64> = (0..64).map(|t| (f64::from(t) * 0.7).sin()).collect();
        let mut bins = vec![Complex::new(0.0, 0.0); 33];
        kernel.spectrum(&signal, &mut bins);
        let mut stft: Stft = Stft::new(&stft::Config::new(config(None).window)).expect("legal");
        let mut magnitudes = vec![0.0f64; 33];
        stft.process_magnitude(&signal, Exponent::Magnitude, &mut magnitudes);
        for (bin, magnitude) in bins.iter().zip(magnitudes) {
            assert!((bin.norm() - magnitude).abs() < 1e-12);
        }
    }

    #[test]
    fn phases_are_spread_and_repeatable() {
        let phases = |seed| -> Vec<f64> { std::iter::repeat_with(random_phases(seed)).take(1000).collect() };
        assert_eq!(phases(7), phases(7));
        assert_ne!(phases(7), phases(8));
        let mean = phases(7).iter().sum::<f64>() / 1000.0;
        assert!((mean - std::f64::consts::PI).abs() < 0.2, "{mean}");
    }

    #[test]
    fn refusals() {
        for broken in [Config { momentum: -1.0, ..config(None) }, Config { hop: 0, ..config(None) }] {
            assert!(GriffinLim::new(&broken).is_err());
        }
    }
}
