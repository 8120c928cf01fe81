//! Another speed at the same pitch.
//!
//! Frames of the sound are laid down at an even distance, each taken from near the place where the new speed would have
//! it: from where it goes on most like what was laid down last. So waves join in phase, and every frame is the sound
//! itself. All channels are taken from the same place, so that they keep their phase to each other.
//!
//! # Source
//! W. Verhelst and M. Roelands, "An overlap-add technique based on waveform similarity (WSOLA) for high quality
//! time-scale modification of speech", ICASSP 1993, section 3, with a Hann window, half overlapped (section 4), and the
//! normalised cross-correlation (equation 7 without the constant energy of the reference).

use std::f64::consts::PI;
use std::sync::Arc;

use rustfft::{Fft, FftPlanner};

use crate::{Complex, Error};

/// Half a frame: what one frame is ahead of the one before. Frames of 30 ms hold a period of the lowest voice and
/// repeat no stop of speech audibly at half the speed.
const HOP_S: f64 = 0.015;
/// How far a frame is looked for either way: half a period of 40 Hz.
const SEARCH_S: f64 = 0.0125;
/// A place is better than one nearer to where the speed has it only by more than this part; so a sound that repeats
/// itself is not taken from far away because of rounding.
const MARGIN: f64 = 1e-6;

/// What a stretch does.
#[derive(Clone, Debug)]
pub struct Config {
    /// Samples a second.
    pub sample_rate: f64,
    /// Channels.
    pub channels: usize,
    /// How many times as fast, from 0.25 to 4.
    pub speed: f64,
}

impl Config {
    /// How many samples are made of `samples`.
    pub fn length(&self, samples: i64) -> i64 {
        (samples as f64 / self.speed).ceil() as i64
    }
}

/// A stretch under way: samples in, as many at a time as there are; hops out.
pub struct Stretch {
    config: Config,
    hop: usize,
    search: usize,
    /// Rises over a hop; a frame falls as it rose.
    rise: Vec<f32>,
    /// Input that is still needed, a list a channel, from sample `first` on.
    input: Vec<Vec<f32>>,
    first: i64,
    ended: Option<i64>,
    /// Number of the next frame, and where the one before began.
    frame: i64,
    before: i64,
    /// The falling half of the frame before, a list a channel.
    tail: Vec<Vec<f32>>,
    made: i64,
    correlation: Correlation,
}

impl Stretch {
    /// Plans a stretch.
    ///
    /// # Errors
    /// No channels, a sample rate at which a hop has no samples, a speed out of range.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let hop = (config.sample_rate * HOP_S).round();
        if !(1.0..1e9).contains(&hop) {
            return Err(Error::parameter("sample_rate", "67 Hz or more", config.sample_rate));
        }
        if config.channels == 0 {
            return Err(Error::parameter("channels", "1 or more", 0));
        }
        if !(0.25..=4.0).contains(&config.speed) {
            return Err(Error::parameter("speed", "0.25 to 4", config.speed));
        }
        let (hop, search) = (hop as usize, (config.sample_rate * SEARCH_S).round() as usize);
        let rise = (0..hop).map(|n| (0.5 - 0.5 * (PI * n as f64 / hop as f64).cos()) as f32).collect();
        let mut stretch = Self {
            config: config.clone(),
            hop,
            search,
            rise,
            input: Vec::new(),
            first: 0,
            ended: None,
            frame: 0,
            before: 0,
            tail: Vec::new(),
            made: 0,
            correlation: Correlation::new(hop, 2 * search + 1),
        };
        stretch.reset();
        Ok(stretch)
    }

    /// Forgets what came before: the next input is a new beginning.
    pub fn reset(&mut self) {
        let channels = self.config.channels;
        (self.input, self.tail) = (vec![Vec::new(); channels], vec![vec![0.0; self.hop]; channels]);
        (self.first, self.ended, self.frame, self.before, self.made) = (0, None, 0, 0, 0);
    }

    /// Takes samples in, a slice a channel.
    ///
    /// # Panics
    /// If there are not as many slices as channels.
    pub fn push(&mut self, channels: &[&[f32]]) {
        assert_eq!(channels.len(), self.input.len(), "a slice for each channel");
        for (input, samples) in self.input.iter_mut().zip(channels) {
            input.extend_from_slice(samples);
        }
    }

    /// Says that no more samples will come.
    pub fn finish(&mut self) {
        self.ended = Some(self.first + self.input[0].len() as i64);
    }

    /// Makes the next hop, a list a channel in `out`, once enough has come in; false until then, and at the end.
    pub fn process(&mut self, out: &mut Vec<Vec<f32>>) -> bool {
        loop {
            let left = self.ended.map(|end| self.config.length(end) - self.made);
            if left.is_some_and(|left| left <= 0) || !self.is_ready() {
                return false;
            }
            let start = self.place();
            out.resize(self.input.len(), Vec::new());
            for (channel, out) in out.iter_mut().enumerate() {
                out.clear();
                let samples = |n: usize| sample(&self.input[channel], start + n as i64 - self.first);
                let overlap = self.tail[channel].iter().zip(&self.rise).enumerate();
                out.extend(overlap.map(|(n, (tail, rise))| tail + samples(n) * rise));
                let falling = (0..self.hop).map(|n| samples(self.hop + n) * (1.0 - self.rise[n]));
                self.tail[channel] = falling.collect();
            }
            (self.before, self.frame) = (start, self.frame + 1);
            self.forget();
            // The first frame only rises before the sound begins.
            if self.frame > 1 {
                let count = left.map_or(self.hop, |left| (self.hop as i64).min(left) as usize);
                out.iter_mut().for_each(|out| out.truncate(count));
                self.made += count as i64;
                return true;
            }
        }
    }

    /// Where the next frame would begin by the speed alone.
    fn nominal(&self) -> i64 {
        (self.frame as f64 * self.hop as f64 * self.config.speed).round() as i64 - self.hop as i64
    }

    /// Is there enough input for the next frame?
    fn is_ready(&self) -> bool {
        let frame = self.nominal() + (self.search + 2 * self.hop) as i64;
        let needed = frame.max(self.before + 2 * self.hop as i64);
        self.ended.is_some() || self.first + self.input[0].len() as i64 >= needed
    }

    /// Where the next frame begins: of the places around the nominal one, that most like how the frame before goes on.
    fn place(&mut self) -> i64 {
        let nominal = self.nominal();
        if self.frame == 0 {
            return nominal;
        }
        let follows = self.before + self.hop as i64;
        let lowest = nominal - self.search as i64;
        let (input, first) = (&self.input, self.first);
        let mix = |at: i64| -> f64 { input.iter().map(|channel| f64::from(sample(channel, at - first))).sum() };
        self.correlation.compare((0..self.hop as i64).map(|n| mix(follows + n)), |n| mix(lowest + n));
        // From the middle outwards, so that a tie keeps the nearest.
        let mut best = (self.search, self.correlation.likeness(self.search));
        for away in 1..=self.search {
            for at in [self.search - away, self.search + away] {
                let likeness = self.correlation.likeness(at);
                if likeness > best.1 + MARGIN {
                    best = (at, likeness);
                }
            }
        }
        lowest + best.0 as i64
    }

    /// Lets go of input that no later frame can need.
    fn forget(&mut self) {
        let needed = (self.nominal() - self.search as i64).min(self.before + self.hop as i64);
        let surplus = (needed - self.first).clamp(0, self.input[0].len() as i64);
        // Moving the rest has its cost: not for every hop.
        if surplus as usize >= 8 * self.hop {
            self.input.iter_mut().for_each(|channel| drop(channel.drain(..surplus as usize)));
            self.first += surplus;
        }
    }
}

/// A sample of a channel, 0 outside; what is no number counts as silence.
fn sample(channel: &[f32], at: i64) -> f32 {
    let sample = usize::try_from(at).ok().and_then(|at| channel.get(at)).copied().unwrap_or(0.0);
    if sample.is_finite() { sample } else { 0.0 }
}

/// The likeness of a reference to each place of a longer stretch.
struct Correlation {
    length: usize,
    places: usize,
    forward: Arc<dyn Fft<f64>>,
    back: Arc<dyn Fft<f64>>,
    both: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
    /// Energies of the longer stretch up to each sample.
    energy: Vec<f64>,
    own: f64,
}

impl Correlation {
    fn new(length: usize, places: usize) -> Self {
        let points = (length + places).next_power_of_two();
        let mut planner = FftPlanner::new();
        let (forward, back) = (planner.plan_fft_forward(points), planner.plan_fft_inverse(points));
        let scratch = forward.get_inplace_scratch_len().max(back.get_inplace_scratch_len());
        let scratch = vec![Complex::default(); scratch];
        let (both, energy) = (vec![Complex::default(); points], vec![0.0; length + places]);
        Self { length, places, forward, back, both, scratch, energy, own: 0.0 }
    }

    /// Takes both in: `reference` of the planned length, and what is compared to it, by its index.
    fn compare(&mut self, reference: impl Iterator<Item = f64>, other: impl Fn(i64) -> f64) {
        let points = self.both.len();
        self.both.fill(Complex::default());
        self.own = 0.0;
        // Two real sequences in one transform: the reference as real, the other as imaginary part.
        for (to, x) in self.both.iter_mut().zip(reference) {
            to.re = x;
            self.own += x * x;
        }
        for n in 0..self.length + self.places - 1 {
            let x = other(n as i64);
            self.both[n].im = x;
            self.energy[n + 1] = self.energy[n] + x * x;
        }
        self.forward.process_with_scratch(&mut self.both, &mut self.scratch);
        for k in 0..=points / 2 {
            let mirror = (points - k) % points;
            let (z, w) = (self.both[k], self.both[mirror]);
            let reference = (z + w.conj()) * 0.5;
            let other = (z - w.conj()) * Complex::new(0.0, -0.5);
            let product = reference.conj() * other;
            (self.both[k], self.both[mirror]) = (product, product.conj());
        }
        self.back.process_with_scratch(&mut self.both, &mut self.scratch);
    }

    /// From -1 to 1: 1 where the other is the reference at any level; 0 for silence.
    fn likeness(&self, place: usize) -> f64 {
        let energy = self.energy[place + self.length] - self.energy[place];
        let product = self.both[place].re / self.both.len() as f64;
        let scale = (self.own * energy).sqrt();
        if scale > 1e-20 { product / scale } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fourier::RealFft;

    const RATE: f64 = 48_000.0;

    fn stretched(speed: f64, channels: &[Vec<f32>], block: usize) -> Vec<Vec<f32>> {
        let config = Config { sample_rate: RATE, channels: channels.len(), speed };
        let mut stretch = Stretch::new(&config).expect("usual");
        let (mut all, mut hop) = (vec![Vec::new(); channels.len()], Vec::new());
        let length = channels[0].len();
        let mut take = |stretch: &mut Stretch, hop: &mut Vec<Vec<f32>>| {
            while stretch.process(hop) {
                all.iter_mut().zip(hop.iter()).for_each(|(all, hop)| all.extend(hop));
            }
        };
        for from in (0..length).step_by(block.max(1)) {
            let part: Vec<&[f32]> = channels.iter().map(|c| &c[from..(from + block).min(length)]).collect();
            stretch.push(&part);
            take(&mut stretch, &mut hop);
        }
        stretch.finish();
        take(&mut stretch, &mut hop);
        all
    }

    fn tone(hz: f64, samples: usize) -> Vec<f32> {
        (0..samples).map(|n| (0.5 * (2.0 * PI * hz * n as f64 / RATE).sin()) as f32).collect()
    }

    fn noise(samples: usize) -> Vec<f32> {
        let mut state = 9u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        (0..samples).map(|_| next()).collect()
    }

    /// The strongest frequency, by a parabola through the logarithms of a Gaussian-windowed spectrum, and the share of
    /// the power that lies more than 30 Hz beside it.
    fn strongest(samples: &[f32]) -> (f64, f64) {
        let n = 1 << 15;
        let at = (samples.len() - n) / 2;
        let window: Vec<f64> =
            (0..n).map(|t| (-18.0 * ((t as f64 + 0.5) / n as f64 - 0.5).powi(2) * 2.0).exp()).collect();
        let mut fft: RealFft<f64> = RealFft::new(&window).expect("planned");
        let power: Vec<f64> = fft.process(&samples[at..at + n]).iter().map(|bin| bin.norm_sqr()).collect();
        let peak = (1..n / 2).max_by(|a, b| power[*a].total_cmp(&power[*b])).expect("some");
        let [a, b, c] = [peak - 1, peak, peak + 1].map(|k| power[k].ln());
        let hz = (peak as f64 + 0.5 * (a - c) / (a - 2.0 * b + c)) * RATE / n as f64;
        let beside = |k: usize| (k as f64 * RATE / n as f64 - hz).abs() > 30.0;
        let rest: f64 = (0..power.len()).filter(|k| beside(*k)).map(|k| power[k]).sum();
        (hz, rest / power.iter().sum::<f64>())
    }

    #[test]
    fn a_sine_stays_that_sine() {
        // One hundredth of a semitone; frames join within half a sample, which is the noise that is left.
        const CENTS: f64 = 1.0;
        for hz in [55.0, 110.0, 440.0, 997.0, 3_000.0] {
            for speed in [0.25, 0.5, 0.8, 1.25, 2.0, 4.0] {
                let out = &stretched(speed, &[tone(hz, 192_000.max((40_000.0 * speed) as usize))], 4_096)[0];
                let (got, rest) = strongest(out);
                let cents = 1_200.0 * (got / hz).log2();
                assert!(cents.abs() < CENTS, "{hz} Hz at {speed}: {cents:.2} cents off");
                assert!(rest < 1e-2, "{hz} Hz at {speed}: {:.1} dB beside it", 10.0 * rest.log10());
                let middle = &out[4_000..out.len() - 4_000];
                let peak = middle.iter().fold(0.0f32, |a, b| a.max(b.abs()));
                assert!((0.45..0.51).contains(&peak), "{hz} Hz at {speed}: a peak of {peak}");
            }
        }
    }

    #[test]
    fn a_click_stays_as_short_as_it_is_and_where_it_belongs() {
        // Taken once or twice, never smeared: its energy stays within a few samples of its places.
        let mut clicks = vec![0.0f32; 96_000];
        (1..9).for_each(|k| clicks[k * 10_000] = 1.0);
        for speed in [0.5, 0.75, 1.5, 2.0] {
            let out = &stretched(speed, &[clicks.clone()], 1_000)[0];
            let loud: Vec<usize> = (0..out.len()).filter(|n| out[*n].abs() > 0.2).collect();
            assert!(!loud.is_empty(), "{speed}: the clicks are lost");
            for n in &loud {
                let source = *n as f64 * speed;
                let nearest = (source / 10_000.0).round() * 10_000.0;
                let off_ms = (source - nearest).abs() / speed.max(1.0) / 48.0;
                assert!(off_ms < 30.0, "{speed}: a click {off_ms:.1} ms from its place");
            }
            let spread: f32 = out.iter().filter(|x| x.abs() > 1e-6 && x.abs() < 1e-3).map(|x| x.abs()).sum();
            assert!(spread < 0.1, "{speed}: {spread} smeared");
        }
    }

    #[test]
    fn its_own_speed_changes_nothing_and_every_speed_has_its_length() {
        let sound = noise(20_001);
        let same = &stretched(1.0, std::slice::from_ref(&sound), 333)[0];
        let worst = same.iter().zip(&sound).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(same.len() == sound.len() && worst < 1e-6, "{worst}");
        for samples in [0, 1, 719, 720, 721, 5_000] {
            for speed in [0.25, 0.3, 1.0, 3.7, 4.0] {
                let config = Config { sample_rate: RATE, channels: 1, speed };
                let out = stretched(speed, &[noise(samples)], 100);
                assert_eq!(out[0].len() as i64, config.length(samples as i64), "{samples} at {speed}");
            }
        }
    }

    #[test]
    fn blocks_do_not_matter_and_channels_stay_together() {
        let sound = [noise(30_000), tone(440.0, 30_000)];
        let whole = stretched(0.7, &sound, 30_000);
        for block in [1, 17, 720, 4_096] {
            assert_eq!(stretched(0.7, &sound, block), whole, "blocks of {block}");
        }
        let twice = stretched(1.6, &[sound[0].clone(), sound[0].clone()], 999);
        assert_eq!(twice[0], twice[1]);
    }

    #[test]
    fn what_is_no_number_is_silent() {
        let mut sound = noise(10_000);
        sound[5_000] = f32::NAN;
        sound[6_000] = f32::INFINITY;
        assert!(stretched(1.3, &[sound], 512)[0].iter().all(|x| x.is_finite()));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let config = Config { sample_rate: RATE, channels: 1, speed: 1.0 };
        for config in [
            Config { sample_rate: 10.0, ..config.clone() },
            Config { channels: 0, ..config.clone() },
            Config { speed: 5.0, ..config.clone() },
            Config { speed: f64::NAN, ..config },
        ] {
            assert!(Stretch::new(&config).is_err(), "{config:?}");
        }
    }
}
