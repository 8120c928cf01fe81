//! Which source channels are heard on which device channel. For the ear only.
//!
//! The rule, in this order:
//! - as many as the device has: each on its own channel;
//! - mono: on every channel, unscaled;
//! - to mono: the mean;
//! - fewer than the device has: channel i on channel i, the rest silent;
//! - 3 to 6 or 8 channels to stereo, read as the usual speakers in WAVE order (left, right,
//!   centre, LFE, rear or side left, ... right): centre and surrounds at -3 dB on their side
//!   (centre on both), LFE left out, the whole scaled so that it cannot exceed full scale;
//! - else: device channel i gets the mean of the source channels i, i + m, i + 2m ...
//!
//! # Source
//! ITU-R BS.775-4, annex 4, table 2 (downward mixing to 2/0); channel order of the WAVE speaker mask.

/// A matrix from source channels to device channels.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelMap {
    from: usize,
    to: usize,
    /// One list of (source channel, factor) a device channel.
    rows: Vec<Vec<(usize, f32)>>,
    identity: bool,
}

/// Left or right: the factors of BS.775 for one of the two outputs, by WAVE position.
fn stereo_row(from: usize, side: usize) -> Option<Vec<(usize, f32)>> {
    const MINUS_3_DB: f32 = std::f32::consts::FRAC_1_SQRT_2;
    let (centre, surrounds): (Option<usize>, &[usize]) = match from {
        3 => (Some(2), &[]),
        4 => (None, &[2]),
        5 => (Some(2), &[3]),
        6 => (Some(2), &[4]),
        8 => (Some(2), &[4, 6]),
        _ => return None,
    };
    let mut row = vec![(side, 1.0)];
    row.extend(centre.map(|centre| (centre, MINUS_3_DB)));
    row.extend(surrounds.iter().map(|left| (left + side, MINUS_3_DB)));
    let sum: f32 = row.iter().map(|(_, factor)| factor).sum();
    row.iter_mut().for_each(|(_, factor)| *factor /= sum);
    Some(row)
}

impl ChannelMap {
    /// The map from `from` source channels to `to` device channels (see the module's rule).
    pub fn new(from: usize, to: usize) -> Self {
        let mean = |first: usize, step: usize| {
            let inputs: Vec<usize> = (first..from).step_by(step).collect();
            let factor = 1.0 / inputs.len().max(1) as f32;
            inputs.into_iter().map(|input| (input, factor)).collect()
        };
        let rows = (0..to)
            .map(|output| match (from, to) {
                _ if from == to => vec![(output, 1.0)],
                (1, _) => vec![(0, 1.0)],
                _ if from < to && output < from => vec![(output, 1.0)],
                _ if from < to => Vec::new(),
                (_, 2) => stereo_row(from, output).unwrap_or_else(|| mean(output, 2)),
                _ => mean(output, to),
            })
            .collect();
        Self { from, to, rows, identity: from == to }
    }

    /// Appends the mapped frames of the interleaved `input` to `out`.
    pub fn map(&self, input: &[f32], out: &mut Vec<f32>) {
        if self.identity {
            out.extend_from_slice(input);
            return;
        }
        out.reserve(input.len() / self.from.max(1) * self.to);
        for frame in input.chunks_exact(self.from) {
            for row in &self.rows {
                out.push(match row.as_slice() {
                    [(channel, 1.0)] => frame[*channel],
                    row => row.iter().map(|(channel, factor)| frame[*channel] * factor).sum(),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(from: usize, to: usize, frame: &[f32], expected: &[f32]) {
        let mut out = Vec::new();
        ChannelMap::new(from, to).map(frame, &mut out);
        assert_eq!(out.len(), expected.len(), "{from} -> {to}");
        for (index, (got, expected)) in out.iter().zip(expected).enumerate() {
            assert!((got - expected).abs() < 1e-6, "{from} -> {to}, channel {index}: expected {expected}, got {got}");
        }
    }

    #[test]
    fn the_stated_rule() {
        check(2, 2, &[0.1, 0.2, 0.3, 0.4], &[0.1, 0.2, 0.3, 0.4]);
        check(1, 2, &[0.5, -0.5], &[0.5, 0.5, -0.5, -0.5]);
        check(1, 6, &[0.5], &[0.5; 6]);
        check(2, 1, &[0.5, 0.25], &[0.375]);
        check(2, 4, &[0.5, 0.25], &[0.5, 0.25, 0.0, 0.0]);
        check(9, 2, &[1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0], &[1.0, 0.0]);
        check(6, 4, &[1.0, 0.5, 0.25, 0.0, 0.5, 0.25], &[0.75, 0.375, 0.25, 0.0]);
        let third = 1.0 / (1.0 + 2.0 * std::f32::consts::FRAC_1_SQRT_2);
        check(6, 2, &[1.0, 0.0, 0.0, 0.0, 0.0, 0.0], &[third, 0.0]);
        check(6, 2, &[0.0, 0.0, 0.0, 1.0, 0.0, 0.0], &[0.0, 0.0]);
        check(6, 2, &[1.0; 6], &[1.0, 1.0]);
    }
}
