//! Rate conversion for the ear: from a source's rate to the device's, at playback only.
//!
//! Equal rates pass through bit for bit. Otherwise rubato's FFT resampler works on the exact
//! ratio of the two rates, so hours do not drift. (Only a ratio that needs blocks of more than
//! 131072 frames, such as 192001:48000, is replaced by the nearest simpler one, within 8 ppm.) The
//! filter's delay is cut off and the tail played out, so frame `n` of the output stands at
//! `n / to` seconds of the source.

use crate::error::{Error, ErrorKind, Result};
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing};

/// Input frames per step: about 20 ms at usual rates, and a filter of that length.
const CHUNK: usize = 1024;
/// What a sample is limited to before it is transformed, 180 dB over full scale: an infinity or a NaN would spoil the
/// whole block.
const LIMIT: f32 = 1e9;
/// Longest block that an exact ratio is worth.
const MAX_BLOCK: u32 = 131_072;
/// Highest ratio, either way, that is converted.
const MAX_RATIO: u32 = 1024;

/// A streaming resampler of interleaved frames.
pub struct Resampler {
    engine: Option<Box<dyn rubato::Resampler<f32>>>,
    from: u32,
    to: u32,
    channels: usize,
    /// Frames of the filter's delay that are still to be dropped.
    delay: usize,
    taken: u64,
    given: u64,
    scratch: Vec<f32>,
}

impl Resampler {
    /// A resampler from `from` Hz to `to` Hz.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] for a rate of 0 and for ratios beyond 1024.
    pub fn new(from: u32, to: u32, channels: usize) -> Result<Self> {
        if from == 0 || to == 0 || from / MAX_RATIO > to || to / MAX_RATIO > from {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "cannot play {from} Hz on a device at {to} Hz: expected rates above 0 within a factor of {MAX_RATIO}"
                ),
            ));
        }
        let mut resampler = Self {
            engine: (from != to).then(|| engine(from, to, channels)).transpose()?,
            from,
            to,
            channels,
            delay: 0,
            taken: 0,
            given: 0,
            scratch: Vec::new(),
        };
        resampler.reset();
        Ok(resampler)
    }

    /// Forgets what came before: the next input is a new beginning.
    pub fn reset(&mut self) {
        (self.taken, self.given, self.delay) = (0, 0, 0);
        if let Some(engine) = &mut self.engine {
            engine.reset();
            self.delay = engine.output_delay();
            self.scratch = vec![0.0; engine.output_frames_max() * self.channels];
        }
    }

    /// How many input frames the next [`step`](Resampler::step) takes.
    pub fn wanted(&self) -> usize {
        self.engine.as_ref().map_or(CHUNK, |engine| engine.input_frames_next())
    }

    /// Converts [`wanted`](Resampler::wanted) interleaved frames and appends the result to `out`;
    /// fewer frames mean that the source has ended, and the tail comes out too.
    ///
    /// # Errors
    /// What rubato refuses; not met in practice.
    pub fn step(&mut self, input: &[f32], out: &mut Vec<f32>) -> Result<()> {
        let frames = input.len() / self.channels;
        if self.engine.is_none() {
            out.extend_from_slice(input);
            return Ok(());
        }
        self.taken += frames as u64;
        let wanted = self.wanted();
        let finite = |sample: &f32| if sample.is_nan() { 0.0 } else { sample.clamp(-LIMIT, LIMIT) };
        let input: Vec<f32> = input.iter().map(finite).collect();
        if frames >= wanted {
            return self.convert(&input, wanted, out);
        }
        let end = (self.taken * u64::from(self.to)).div_ceil(u64::from(self.from));
        let (mut padded, mut real) = (input, frames);
        while self.given < end {
            padded.resize(self.wanted().max(real) * self.channels, 0.0);
            let before = self.given;
            self.convert(&padded, real, out)?;
            if self.given > end {
                let surplus = (self.given - end.max(before)) as usize;
                out.truncate(out.len() - surplus * self.channels);
                self.given = end;
            }
            padded.clear();
            real = 0;
        }
        Ok(())
    }

    fn convert(&mut self, input: &[f32], real: usize, out: &mut Vec<f32>) -> Result<()> {
        let Some(engine) = &mut self.engine else {
            return Ok(());
        };
        let channels = self.channels;
        let refused =
            |error: String| Error::new(ErrorKind::Backend, format!("resampling for playback failed: {error}"));
        let source = InterleavedSlice::new(input, channels, input.len() / channels)
            .map_err(|error| refused(error.to_string()))?;
        let room = self.scratch.len() / channels;
        let mut sink =
            InterleavedSlice::new_mut(&mut self.scratch, channels, room).map_err(|error| refused(error.to_string()))?;
        let partial = Indexing::new().partial_len(real);
        let (_, frames) = engine
            .process_into_buffer(&source, &mut sink, Some(&partial))
            .map_err(|error| refused(error.to_string()))?;
        let drop = self.delay.min(frames);
        self.delay -= drop;
        self.given += (frames - drop) as u64;
        out.extend_from_slice(&self.scratch[drop * channels..frames * channels]);
        Ok(())
    }
}

fn engine(from: u32, to: u32, channels: usize) -> Result<Box<dyn rubato::Resampler<f32>>> {
    let (units_in, units_out) = simple_ratio(from, to);
    // rubato centres its filter in the input block: to the frame only if that is even.
    let chunk = CHUNK.next_multiple_of(2 * units_in as usize);
    let (units_in, units_out) = (units_in as usize, units_out as usize);
    let fft = Fft::<f32>::new(units_in, units_out, chunk, channels, FixedSync::Both);
    let fft = fft.map_err(|error| {
        let message = format!("cannot convert {from} Hz to the device's {to} Hz");
        Error::with_source(ErrorKind::Unsupported, message, error)
    })?;
    Ok(Box::new(fft))
}

/// The ratio in lowest terms, or its last convergent with both terms up to [`MAX_BLOCK`].
fn simple_ratio(from: u32, to: u32) -> (u32, u32) {
    let (mut a, mut b) = (u64::from(from), u64::from(to));
    let (mut last, mut ratio) = ((0, 1), (1, 0));
    while b > 0 {
        let digit = a / b;
        let next = (digit * ratio.0 + last.0, digit * ratio.1 + last.1);
        if next.0.max(next.1) > u64::from(MAX_BLOCK) {
            break;
        }
        (last, ratio) = (ratio, next);
        (a, b) = (b, a % b);
    }
    (ratio.0 as u32, ratio.1 as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    /// rubato's filters reach about -120 dB at these lengths; f32 leaves -140 dB.
    const TONE_ERROR: f64 = 1e-5;

    fn tone(rate: u32, hz: f64, frames: usize) -> Vec<f32> {
        let step = TAU * hz / f64::from(rate);
        (0..frames).map(|n| (0.5 * (step * n as f64).sin()) as f32).collect()
    }

    fn convert(from: u32, to: u32, input: &[f32]) -> Vec<f32> {
        let mut resampler = Resampler::new(from, to, 1).expect("a usual ratio");
        let (mut out, mut at) = (Vec::new(), 0);
        loop {
            let end = (at + resampler.wanted()).min(input.len());
            let last = end - at < resampler.wanted();
            resampler.step(&input[at..end], &mut out).expect("converts");
            at = end;
            if last {
                return out;
            }
        }
    }

    #[test]
    fn tones_keep_pitch_level_phase_and_length() {
        let rows = [
            (8_000, 48_000, 1_000.0),
            (16_000, 48_000, 3_000.0),
            (22_050, 48_000, 5_000.0),
            (44_100, 48_000, 10_000.0),
            (96_000, 48_000, 10_000.0),
            (48_000, 44_100, 10_000.0),
            (44_101, 48_000, 1_000.0),
            (11_025, 8_000, 440.0),
        ];
        for (from, to, hz) in rows {
            let input = tone(from, hz, from as usize * 3 + 17);
            let out = convert(from, to, &input);
            let expected_len = (input.len() as u64 * u64::from(to)).div_ceil(u64::from(from));
            assert_eq!(out.len() as u64, expected_len, "{from} -> {to}");
            let expected = tone(to, hz, out.len());
            let interior = to as usize / 4..out.len() - to as usize / 4;
            let (worst, error) = interior
                .map(|n| (n, f64::from(out[n] - expected[n]).abs()))
                .fold((0, 0.0), |a, b| if b.1 > a.1 { b } else { a });
            assert!(error < TONE_ERROR, "{from} -> {to}: error {error:e} at frame {worst}");
        }
    }

    #[test]
    fn what_the_device_cannot_carry_is_removed_not_folded() {
        let out = convert(48_000, 16_000, &tone(48_000, 11_000.0, 48_000));
        let peak = out[2_000..out.len() - 2_000].iter().fold(0.0f32, |a, b| a.max(b.abs()));
        assert!(peak < 1e-5, "an 11 kHz tone folded into 8 kHz at {peak}");
    }

    #[test]
    fn equal_rates_pass_bit_for_bit() {
        let input = tone(44_100, 997.0, 5_000);
        assert_eq!(convert(44_100, 44_100, &input), input);
    }

    #[test]
    fn short_and_empty_inputs_have_their_length() {
        for frames in [0, 1, 5, 1023, 1024, 1025] {
            let out = convert(16_000, 48_000, &tone(16_000, 100.0, frames));
            assert_eq!(out.len(), frames * 3);
        }
    }

    #[test]
    fn what_is_no_number_spoils_nothing_else() {
        for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX] {
            let mut input = tone(16_000, 440.0, 8_000);
            input[4_000] = odd;
            let out = convert(16_000, 48_000, &input);
            assert!(out.iter().all(|sample| sample.is_finite()), "{odd}");
        }
        let mut input = tone(16_000, 440.0, 8_000);
        let expected = convert(16_000, 48_000, &input);
        input[4_000] = f32::NAN;
        let got = convert(16_000, 48_000, &input);
        assert_eq!(got[..6_000], expected[..6_000]);
        assert_eq!(got[18_000..], expected[18_000..]);
    }

    #[test]
    fn ratios_are_exact_or_nearly() {
        assert_eq!(simple_ratio(44_100, 48_000), (147, 160));
        assert_eq!(simple_ratio(48_001, 48_000), (48_001, 48_000));
        assert_eq!(simple_ratio(4_000_000, 48_000), (250, 3));
        let (from, to) = simple_ratio(3_999_999, 48_000);
        let error = f64::from(from) / f64::from(to) / (3_999_999.0 / 48_000.0) - 1.0;
        assert!(error.abs() < 8e-6, "{from}/{to}: {error:e}");
    }

    #[test]
    fn impossible_ratios_are_refused() {
        for (from, to) in [(0, 48_000), (48_000, 0), (1, 48_000), (1_000_000_000, 48_000)] {
            let error = Resampler::new(from, to, 2).err().expect("refused");
            assert!(error.to_string().contains(&format!("{from} Hz")), "{error}");
        }
    }
}
