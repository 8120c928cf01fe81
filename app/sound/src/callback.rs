//! What a device's callback does with the [`Shared`] block: it takes from the ring or adds to it,
//! and counts. Nothing here locks, allocates or waits.

use crate::shared::Shared;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

impl Shared {
    /// What a playback callback does: fills `out` (whole interleaved frames) from the ring.
    ///
    /// Silence stands wherever nothing is to be played: while the gate is closed (nothing is
    /// taken then), after the end, and, counted as an underrun, where the ring is empty.
    /// A gate that closes or opens in the middle of a sound does so within [`Shared::ramp`] frames, so
    /// that it is heard at once and does not click. Otherwise samples leave as they came, times the gain,
    /// limited to full scale; NaN leaves as 0.
    pub fn pull(&self, out: &mut [f32]) {
        self.callbacks.fetch_add(1, Relaxed);
        let taken = self.start();
        let (channels, frames) = (self.channels(), out.len() / self.channels());
        let (open, ramp) = (self.is_open(), self.ramp());
        let mut fade = self.fade.load(Relaxed);
        if fade == 0 && !open {
            out.fill(0.0);
            return;
        }
        if fade == 0 && self.sharp.swap(0, AcqRel) != 0 {
            fade = ramp;
        }
        let end = self.end_at.load(Acquire);
        let available = self.written.load(Acquire).min(end).saturating_sub(taken);
        let audible = if open { u64::MAX } else { u64::from(fade) };
        let n = available.min(audible).min(frames as u64) as usize;
        let (sound, silence) = out.split_at_mut(n * channels);
        let (gain, step) = self.turned_gain(n);
        let mut clipped = 0;
        let mut cells = self.span(taken, n);
        for (at, frame) in sound.chunks_exact_mut(channels).enumerate() {
            fade = if open { (fade + 1).min(ramp) } else { fade - 1 };
            let mut factor = gain + step * at as f32;
            if fade < ramp {
                factor *= fade as f32 / ramp as f32;
            }
            for (value, cell) in frame.iter_mut().zip(&mut cells) {
                let sample = f32::from_bits(cell.load(Relaxed)) * factor;
                clipped += u64::from(sample.abs() > 1.0);
                *value = if sample.is_nan() { 0.0 } else { sample.clamp(-1.0, 1.0) };
            }
        }
        self.clipped.fetch_add(clipped, Relaxed);
        silence.fill(0.0);
        self.taken.store(taken + n as u64, Release);
        let lack = (frames - n) as u64;
        let over = taken + n as u64 >= end;
        // What has run out is silent already; the gate needs no ramp any more.
        self.fade.store(if open || (lack == 0 && !over) { fade } else { 0 }, Relaxed);
        if !open {
            return;
        }
        if lack > 0 && over {
            self.after_end.fetch_add(lack, AcqRel);
        }
        let starving = u32::from(lack > 0 && !over);
        if starving > self.starving.swap(starving, Relaxed) {
            self.underruns.fetch_add(1, Relaxed);
        }
    }

    /// The gain at the first of `frames` frames, and what it grows by in each: a turn of it takes a [`Shared::ramp`].
    fn turned_gain(&self, frames: usize) -> (f32, f32) {
        let wanted = f32::from_bits(self.gain.load(Relaxed));
        let turned = f32::from_bits(self.turned.load(Relaxed));
        if frames == 0 || wanted == turned || self.fade.load(Relaxed) == 0 {
            self.turned.store(wanted.to_bits(), Relaxed);
            return (wanted, 0.0);
        }
        let step = (wanted - turned) / self.ramp().max(frames as u32) as f32;
        let reached = turned + step * frames as f32;
        let there = (wanted - reached).abs() < 1e-3 * wanted.abs().max(1e-3);
        self.turned.store(if there { wanted } else { reached }.to_bits(), Relaxed);
        (turned, step)
    }

    /// The position of the next frame to take, after an ordered skip.
    pub(crate) fn start(&self) -> u64 {
        let (taken, skip_to) = (self.taken.load(Relaxed), self.skip_to.load(Acquire));
        if skip_to > taken {
            self.taken.store(skip_to, Release);
        }
        taken.max(skip_to)
    }

    /// What a capture callback does: appends whole interleaved frames.
    ///
    /// A full ring loses them, but not their time: as soon as there is room again, as many
    /// silent frames go in before anything else, and [`Shared::lost`] counts them.
    pub fn push(&self, input: &[f32]) {
        self.callbacks.fetch_add(1, Relaxed);
        let channels = self.channels();
        let frames = (input.len() / channels) as u64;
        let written = self.written.load(Relaxed);
        let mut room = self.capacity() - (written - self.taken.load(Acquire));
        let owed = self.owed.load(Relaxed);
        let silent = owed.min(room);
        self.store(written, silent as usize, std::iter::repeat(&0.0));
        room -= silent;
        let kept = if silent < owed { 0 } else { frames.min(room) };
        self.store(written + silent, kept as usize, input.iter());
        let dropped = frames - kept;
        if silent > 0 || dropped > 0 {
            self.owed.store(owed - silent + dropped, Relaxed);
            self.lost.fetch_add(dropped, Relaxed);
        }
        self.written.store(written + silent + kept, Release);
    }

    /// The device's delay between a callback and the ear, in frames; the largest one is kept.
    pub fn note_latency(&self, frames: u64) {
        self.latency.fetch_max(frames, Relaxed);
    }

    /// An over- or underrun that the sound system reported.
    pub fn note_xrun(&self) {
        self.xruns.fetch_add(1, Relaxed);
    }

    /// Any other error of the sound system; errors count as a rate, none is a verdict.
    pub fn note_error(&self) {
        self.errors.fetch_add(1, Relaxed);
    }

    /// The sound system's word that this stream is dead; the first code stays.
    pub fn note_fault(&self, code: u32) {
        let _ = self.fault.compare_exchange(0, code, AcqRel, Relaxed);
    }
}
