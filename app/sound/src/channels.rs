//! Which source channels are heard on which device channel. For the ear only.
//!
//! The rule, in this order:
//! - as many as the device has: each on its own channel;
//! - mono: on every channel, unscaled;
//! - to mono: the mean;
//! - fewer than the device has: channel i on channel i, the rest silent;
//! - to stereo, if the speakers are known (or there are 3 to 6 or 8 channels, which are then taken for the usual
//!   speakers in WAVE order): left ones on the left, right ones on the right, all but the front pair at -3 dB, the
//!   centre at -3 dB on both, LFE left out, the whole scaled so that it cannot exceed full scale;
//! - else: device channel i gets the mean of the source channels i, i + m, i + 2m ...
//!
//! # Source
//! ITU-R BS.775-4, annex 4, table 2 (downward mixing to 2/0); names and order of the WAVE speaker mask.

/// A matrix from source channels to device channels.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelMap {
    from: usize,
    to: usize,
    /// One list of (source channel, factor) a device channel.
    rows: Vec<Vec<(usize, f32)>>,
    identity: bool,
}

/// The speakers that so many channels usually are.
fn usual_speakers(channels: usize) -> &'static str {
    match channels {
        3 => "FL,FR,FC",
        4 => "FL,FR,BL,BR",
        5 => "FL,FR,FC,BL,BR",
        6 => "FL,FR,FC,LFE,BL,BR",
        8 => "FL,FR,FC,LFE,BL,BR,SL,SR",
        _ => "",
    }
}

/// What of a speaker is heard on the left and on the right.
fn stereo_factors(speaker: &str) -> Option<[f32; 2]> {
    const MINUS_3_DB: f32 = std::f32::consts::FRAC_1_SQRT_2;
    Some(match speaker {
        "FL" => [1.0, 0.0],
        "FR" => [0.0, 1.0],
        "BL" | "SL" | "FLC" | "TFL" | "TBL" => [MINUS_3_DB, 0.0],
        "BR" | "SR" | "FRC" | "TFR" | "TBR" => [0.0, MINUS_3_DB],
        "FC" => [MINUS_3_DB; 2],
        "BC" | "TC" | "TFC" | "TBC" => [0.5; 2],
        "LFE" => [0.0; 2],
        _ => return None,
    })
}

/// Both rows of the way to stereo; absent if a speaker is not known.
fn stereo_rows(speakers: &[&str]) -> Option<Vec<Vec<(usize, f32)>>> {
    let factors: Vec<[f32; 2]> = speakers.iter().map(|name| stereo_factors(name)).collect::<Option<_>>()?;
    let row = |side: usize| -> Vec<(usize, f32)> {
        let heard = factors.iter().map(|both| both[side]).enumerate().filter(|(_, factor)| *factor > 0.0);
        heard.collect()
    };
    let rows = [row(0), row(1)];
    let sum = |row: &Vec<(usize, f32)>| row.iter().map(|(_, factor)| factor).sum::<f32>();
    let loudest = sum(&rows[0]).max(sum(&rows[1])).max(1.0);
    Some(rows.map(|row| row.into_iter().map(|(channel, factor)| (channel, factor / loudest)).collect()).into())
}

impl ChannelMap {
    /// The map from `from` source channels to `to` device channels (see the module's rule). `speakers` names the
    /// source channels, as `"FL,FR,FC"`; empty if they are not known.
    pub fn new(from: usize, speakers: &str, to: usize) -> Self {
        let mean = |first: usize, step: usize| -> Vec<(usize, f32)> {
            let inputs: Vec<usize> = (first..from).step_by(step).collect();
            let factor = 1.0 / inputs.len().max(1) as f32;
            inputs.into_iter().map(|input| (input, factor)).collect()
        };
        let speakers = if speakers.is_empty() { usual_speakers(from) } else { speakers };
        let speakers: Vec<&str> = speakers.split(',').map(str::trim).collect();
        let stereo = if to == 2 && from > 2 && speakers.len() == from { stereo_rows(&speakers) } else { None };
        let plain = |output: usize| match (from, to) {
            _ if from == to => vec![(output, 1.0)],
            (1, _) => vec![(0, 1.0)],
            _ if from < to && output < from => vec![(output, 1.0)],
            _ if from < to => Vec::new(),
            _ => mean(output, to),
        };
        let rows = stereo.unwrap_or_else(|| (0..to).map(plain).collect());
        Self { from, to, rows, identity: from == to }
    }

    /// The map that puts source channel `channel` alone on every device channel.
    pub fn solo(from: usize, channel: usize, to: usize) -> Self {
        let rows = (0..to).map(|_| vec![(channel, 1.0)]).collect();
        Self { from, to, rows, identity: from == 1 && to == 1 }
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
        ChannelMap::new(from, "", to).map(frame, &mut out);
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

    #[test]
    fn named_speakers_are_heard_on_their_side() {
        let heard = |speakers: &str, frame: &[f32]| {
            let mut out = Vec::new();
            ChannelMap::new(frame.len(), speakers, 2).map(frame, &mut out);
            out
        };
        let [left, right] = heard("FC,FL,FR", &[0.0, 1.0, 0.0])[..] else { panic!("a frame") };
        assert!(left > 0.5 && right == 0.0, "{left} {right}");
        let [left, right] = heard("FC,FL,FR", &[1.0, 0.0, 0.0])[..] else { panic!("a frame") };
        assert!(left == right && left > 0.3, "{left} {right}");
        assert_eq!(heard("A,B,C", &[0.5, 0.5, 0.0]), [0.25, 0.5], "names that are not known are left aside");
    }
}
