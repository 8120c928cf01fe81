//! Where something begins: the rise of bands, its peaks, and how they repeat.

use crate::correlation::Autocorrelation;
use crate::window::{self, Shape};
use crate::{Error, Float};

/// The mean rise of a frame's bands over those `lag` frames before, put `late` frames later; zero where there are none.
///
/// # Panics
/// If `levels` is not whole frames of `bands` values.
///
/// # Source
/// Böck and Widmer, "Maximum filter vibrato suppression for onset detection", DAFx 2013, without the filter; as
/// `librosa.onset.onset_strength` 0.11.
pub fn strength<T: Float>(levels: &[T], bands: usize, lag: usize, late: usize) -> Vec<T> {
    assert!(bands > 0 && levels.len().is_multiple_of(bands), "whole frames");
    let frames: Vec<&[T]> = levels.chunks_exact(bands).collect();
    let rise = |frame: usize| {
        let rises = frames[frame].iter().zip(frames[frame - lag]).map(|(now, before)| {
            let rise: f64 = (*now - *before).into();
            rise.max(0.0)
        });
        T::from_real(rises.sum::<f64>() / bands as f64)
    };
    let at = |frame: usize| frame.checked_sub(late).filter(|frame| *frame >= lag).map_or(T::default(), rise);
    (0..frames.len()).map(at).collect()
}

/// How peaks are picked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Picking {
    /// Values before that a peak is not under.
    pub pre_max: usize,
    /// Values from the peak on that it is not under.
    pub post_max: usize,
    /// Values before that are averaged.
    pub pre_avg: usize,
    /// Values from the peak on that are averaged.
    pub post_avg: usize,
    /// How far it is over their mean.
    pub delta: f64,
    /// Values after a peak that are none.
    pub wait: usize,
}

impl Picking {
    /// The peaks of values that are scaled to 0..1 first, if `normalise`; none of values that do not change then.
    ///
    /// # Source
    /// Böck, Krebs and Schedl, "Evaluating the online capabilities of onset detection methods", ISMIR 2012, section 3; as
    /// `librosa.onset.onset_detect` 0.11.
    pub fn peaks<T: Float>(&self, values: &[T], normalise: bool) -> Vec<i64> {
        let mut values: Vec<T> = values.to_vec();
        if normalise {
            let least = values.iter().copied().fold(T::from_real(f64::INFINITY), |a, b| if b < a { b } else { a });
            values.iter_mut().for_each(|x| *x = *x - least);
            let most = values.iter().copied().fold(T::default(), |a, b| if b > a { b } else { a });
            let most = most + T::from_real(f64::from(f32::MIN_POSITIVE));
            values.iter_mut().for_each(|x| *x = *x / most);
        }
        let mut peaks = Vec::new();
        if values.iter().all(|x| *x == T::default()) {
            return peaks;
        }
        let mut n = 0;
        while n < values.len() {
            if self.is_peak(&values, n) {
                peaks.push(n as i64);
                n += self.wait;
            }
            n += 1;
        }
        peaks
    }

    fn is_peak<T: Float>(&self, values: &[T], n: usize) -> bool {
        let around = |before: usize, after: usize| &values[n.saturating_sub(before)..(n + after).min(values.len())];
        if around(self.pre_max, self.post_max).iter().any(|x| *x > values[n]) {
            return false;
        }
        let near = around(self.pre_avg, self.post_avg);
        let mean = near.iter().map(|x| -> f64 { (*x).into() }).sum::<f64>() / near.len().max(1) as f64;
        let value: f64 = values[n].into();
        value >= mean + self.delta
    }
}

/// How a tempo is looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tempo {
    /// Frames of strength in a second.
    pub rate: f64,
    /// Frames that are correlated.
    pub frames: usize,
    /// The tempo that is most likely.
    pub start_bpm: f64,
    /// The deviation from it, in octaves.
    pub std_bpm: f64,
    /// Tempi from here on are none.
    pub max_bpm: Option<f64>,
}

impl Tempo {
    /// The most likely tempo in beats per minute.
    ///
    /// # Errors
    /// No frames, or a likely tempo or deviation that is not above 0.
    ///
    /// # Source
    /// Grosche, Müller and Kurth, "Cyclic tempogram", ICASSP 2010; Ellis, "Beat tracking by dynamic programming", JNMR 36(1),
    /// 2007, for the prior; as `librosa.feature.tempo` 0.11.
    pub fn find<T: Float>(&self, strength: &[T]) -> Result<f64, Error> {
        let Tempo { frames, start_bpm, std_bpm, .. } = *self;
        if frames == 0 {
            return Err(Error::parameter("ac_size", "at least a frame", frames));
        }
        for (field, value) in [("start_bpm", start_bpm), ("std_bpm", std_bpm)] {
            if value.is_nan() || value <= 0.0 {
                return Err(Error::parameter(field, "a number above 0", value));
            }
        }
        let mean = self.tempogram(strength)?;
        let bpm = |lag: usize| 60.0 * self.rate / lag as f64;
        let first = self.max_bpm.map_or(0, |most| (0..frames).find(|lag| bpm(*lag) < most).unwrap_or(0));
        let score = |lag: usize| {
            let prior = -0.5 * ((bpm(lag).log2() - start_bpm.log2()) / std_bpm).powi(2);
            if lag < first { f64::NEG_INFINITY } else { (1e6 * mean[lag]).ln_1p() + prior }
        };
        let best = (1..frames).fold((0, score(0)), |best, lag| {
            let score = score(lag);
            if score > best.1 { (lag, score) } else { best }
        });
        Ok(bpm(best.0))
    }

    /// The mean over time of the windowed strength's correlation, each scaled to its largest.
    fn tempogram<T: Float>(&self, strength: &[T]) -> Result<Vec<f64>, Error> {
        let frames = self.frames;
        let pad = frames / 2;
        let window = window::window(&window::Config::new(Shape::Hann, frames))?;
        let mut autocorrelation = Autocorrelation::new(frames)?;
        let (mut frame, mut lags, mut mean) = (vec![0.0; frames], vec![0.0; frames], vec![0.0; frames]);
        let last = strength.len() as i64 - 1;
        // Behind the ends the strength falls to zero on a line.
        let at = |index: i64| {
            let Some(edge) = strength.get(index.clamp(0, last.max(0)) as usize) else { return 0.0 };
            let edge: f64 = (*edge).into();
            let outside = if index < 0 { -index } else { (index - last).max(0) };
            edge * (1.0 - outside as f64 / pad.max(1) as f64).max(0.0)
        };
        for start in 0..strength.len() {
            for (i, (place, weight)) in frame.iter_mut().zip(&window).enumerate() {
                *place = at(start as i64 + i as i64 - pad as i64) * weight;
            }
            autocorrelation.process(&frame, &mut lags);
            let largest = lags.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
            let scale = if largest < f64::MIN_POSITIVE { 1.0 } else { largest };
            mean.iter_mut().zip(&lags).for_each(|(mean, lag)| *mean += lag / scale / strength.len() as f64);
        }
        Ok(mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_are_averaged_and_put_later() {
        let levels = [0.0f32, 0.0, 2.0, -1.0, 1.0, 3.0];
        assert_eq!(strength(&levels, 2, 1, 0), [0.0, 1.0, 2.0]);
        assert_eq!(strength(&levels, 2, 1, 1), [0.0, 0.0, 1.0]);
        assert_eq!(strength(&levels, 2, 2, 0), [0.0, 0.0, 2.0]);
    }

    #[test]
    fn peaks_stand_over_their_neighbours() {
        let picking = Picking { pre_max: 1, post_max: 1, pre_avg: 3, post_avg: 3, delta: 0.07, wait: 1 };
        let values = [0.0f32, 0.1, 0.0, 4.0, 3.9, 4.0, 0.0, 0.0];
        // The one at 5 is a peak only if the one at 3 lets it.
        assert_eq!(picking.peaks(&values, true), [3, 5]);
        assert_eq!(Picking { wait: 2, ..picking }.peaks(&values, true), [3]);
        assert!(picking.peaks(&[1.0f64; 9], true).is_empty());
        assert!(picking.peaks::<f32>(&[], true).is_empty());
    }

    #[test]
    fn a_steady_beat_is_found() {
        let tempo = Tempo { rate: 40.0, frames: 320, start_bpm: 120.0, std_bpm: 1.0, max_bpm: Some(320.0) };
        let beats: Vec<f32> = (0..900).map(|t| if t % 20 == 0 { 1.0 } else { 0.0 }).collect();
        assert_eq!(tempo.find(&beats).expect("legal"), 120.0);
        assert!(Tempo { start_bpm: 0.0, ..tempo }.find(&beats).is_err());
    }
}
