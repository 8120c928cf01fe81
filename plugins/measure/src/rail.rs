//! Runs of samples at full scale: what clipping leaves.

use auricle_sdk::prelude::*;

/// So many samples in a row at the same end of the range are taken for clipping.
pub const RUN: u64 = 3;

/// The ends of the range, and the samples that lie there.
#[derive(Clone, Debug)]
pub struct Rail {
    low: f64,
    high: f64,
    /// End at which the last sample lay, and how many in a row.
    run: (i8, u64),
    /// Samples at an end.
    pub samples: u64,
    /// Runs of at least [`RUN`] samples.
    pub runs: u64,
    /// The longest of them.
    pub longest: u64,
    /// Sample frame at which the first of them begins.
    pub first: Option<i64>,
}

impl Rail {
    /// The ends for audio of this format. Of integers of n bits they are the extreme codes, also when they come as floats;
    /// of everything else ±1.
    pub fn new(format: &Format) -> Self {
        let bits = match format.dtype() {
            Some(DType::U8) => Some(8),
            Some(DType::I16) => Some(16),
            _ => integer_bits(format),
        };
        let high = bits.map_or(1.0, |bits| 1.0 - (1.0 - f64::from(bits)).exp2());
        Rail { low: -1.0, high, run: (0, 0), samples: 0, runs: 0, longest: 0, first: None }
    }

    /// Takes the sample of frame `at`.
    pub fn push(&mut self, sample: f64, at: i64) {
        let end = i8::from(sample >= self.high) - i8::from(sample <= self.low);
        if end == 0 {
            self.run = (0, 0);
            return;
        }
        self.samples += 1;
        self.run = (end, if self.run.0 == end { self.run.1 + 1 } else { 1 });
        if self.run.1 == RUN {
            self.runs += 1;
            self.first.get_or_insert(at + 1 - RUN as i64);
        }
        if self.run.1 >= RUN {
            self.longest = self.longest.max(self.run.1);
        }
    }
}

/// Bits of the integers that the samples were, if the reader says so.
fn integer_bits(format: &Format) -> Option<i32> {
    let codec = format.attribute("codec")?.as_str()?;
    let integers = codec.starts_with("pcm_s") || codec.starts_with("pcm_u") || matches!(codec, "flac" | "alac");
    let bits = format.attribute("bits_per_sample")?.as_i64()?;
    i32::try_from(bits).ok().filter(|bits| integers && (2..=32).contains(bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rail(format: &Format, samples: &[f64]) -> Rail {
        let mut rail = Rail::new(format);
        samples.iter().zip(0..).for_each(|(sample, at)| rail.push(*sample, at));
        rail
    }

    #[test]
    fn runs_are_counted_at_either_end() {
        let float = Format::audio::<f32>(1, 8000, None);
        let high = 32_767.0 / 32_768.0;
        let sixteen = float.clone().with_attribute("codec", "flac").with_attribute("bits_per_sample", 16);
        let lossy = float.clone().with_attribute("codec", "mp3").with_attribute("bits_per_sample", 16);
        for (format, samples, counted, runs, longest, first) in [
            (&float, &[1.0, 1.0, -1.0, -1.0, -1.0, 1.5][..], 6, 1, 3, Some(2)),
            (&float, &[high; 5], 0, 0, 0, None),
            (&lossy, &[high; 5], 0, 0, 0, None),
            (&sixteen, &[0.0, high, high, high, high, 0.0, -1.0, -1.0, -1.0], 7, 2, 4, Some(1)),
            (&Format::audio::<u8>(1, 8000, None), &[127.0 / 128.0; 3], 3, 1, 3, Some(0)),
            (&float, &[f64::NAN, 1.0, 1.0, f64::NAN, 1.0], 3, 0, 0, None),
        ] {
            let rail = rail(format, samples);
            assert_eq!(
                (rail.samples, rail.runs, rail.longest, rail.first),
                (counted, runs, longest, first),
                "{samples:?}"
            );
        }
    }
}
