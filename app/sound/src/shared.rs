//! The block of memory that a device's callback and its client share: a ring of samples with one
//! reader and one writer, the commands to the callback and the callback's report. What the callback
//! does with it stands in `callback.rs`; the methods here are the client's.
//!
//! Every field is an atomic (samples are the bits of an f32), so neither side can lock, allocate
//! or block the other, and no misuse of it is a data race. Positions count sample frames since
//! the stream began and never wrap.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// The memory shared with a running stream. Playback: the client writes, the callback
/// [pulls](Shared::pull). Capture: the callback [pushes](Shared::push), the client reads.
#[repr(C)]
#[derive(Debug)]
pub struct Shared {
    samples: *mut AtomicU32,
    capacity: u64,
    sample_rate: u32,
    channels: u32,
    pub(crate) written: AtomicU64,
    pub(crate) taken: AtomicU64,
    // Commands, client to callback.
    pub(crate) playing: AtomicU32,
    pub(crate) ready: AtomicU32,
    pub(crate) gain: AtomicU32,
    pub(crate) sharp: AtomicU32,
    pub(crate) skip_to: AtomicU64,
    pub(crate) end_at: AtomicU64,
    // The callback's own: how far the gate is open, in frames of the ramp, and the gain that it has reached.
    pub(crate) fade: AtomicU32,
    pub(crate) turned: AtomicU32,
    // Report, callback to client.
    pub(crate) callbacks: AtomicU64,
    pub(crate) after_end: AtomicU64,
    pub(crate) latency: AtomicU64,
    pub(crate) underruns: AtomicU64,
    pub(crate) starving: AtomicU32,
    pub(crate) clipped: AtomicU64,
    pub(crate) lost: AtomicU64,
    pub(crate) owed: AtomicU64,
    pub(crate) errors: AtomicU64,
    pub(crate) xruns: AtomicU64,
    pub(crate) fault: AtomicU32,
}

// SAFETY: `samples` points at memory that this value owns (see `new` and `drop`); it is only ever
// read as a slice of atomics, and all other fields are atomics or never change.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    /// A silent ring that holds at least `frames` sample frames.
    ///
    /// # Panics
    /// With no channels: a stream's format is checked before its memory is made.
    pub fn new(sample_rate: u32, channels: u32, frames: u64) -> Self {
        assert!(channels > 0, "a stream has at least one channel");
        let capacity = frames.max(64).next_power_of_two();
        let len = capacity as usize * channels as usize;
        let samples: Box<[AtomicU32]> = (0..len).map(|_| AtomicU32::new(0)).collect();
        Self {
            samples: Box::into_raw(samples).cast(),
            capacity,
            sample_rate,
            channels,
            written: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            playing: AtomicU32::new(0),
            ready: AtomicU32::new(0),
            gain: AtomicU32::new(1.0f32.to_bits()),
            sharp: AtomicU32::new(1),
            skip_to: AtomicU64::new(0),
            end_at: AtomicU64::new(u64::MAX),
            fade: AtomicU32::new(0),
            turned: AtomicU32::new(1.0f32.to_bits()),
            callbacks: AtomicU64::new(0),
            after_end: AtomicU64::new(0),
            latency: AtomicU64::new(0),
            underruns: AtomicU64::new(0),
            starving: AtomicU32::new(0),
            clipped: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            owed: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            xruns: AtomicU64::new(0),
            fault: AtomicU32::new(0),
        }
    }

    /// Sample frames a second.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Interleaved channels of a frame.
    pub fn channels(&self) -> usize {
        self.channels as usize
    }

    /// Frames that the ring holds.
    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// Frames in which the gate closes or opens in the middle of a sound: 3 ms.
    pub fn ramp(&self) -> u32 {
        ((u64::from(self.sample_rate) * 3 / 1000) as u32).max(1)
    }

    fn samples(&self) -> &[AtomicU32] {
        let len = self.capacity as usize * self.channels as usize;
        // SAFETY: `new` made exactly this allocation, `drop` alone frees it, and the three fields
        // that describe it are private and never change in between.
        unsafe { std::slice::from_raw_parts(self.samples, len) }
    }

    /// The samples of `frames` frames from position `start`, which the caller knows to be inside.
    pub(crate) fn span(&self, start: u64, frames: usize) -> impl Iterator<Item = &AtomicU32> {
        let channels = self.channels();
        let first = (start % self.capacity) as usize;
        let upper = frames.min(self.capacity as usize - first);
        let (before, after) = (
            &self.samples()[first * channels..(first + upper) * channels],
            &self.samples()[..(frames - upper) * channels],
        );
        before.iter().chain(after)
    }

    pub(crate) fn store<'a>(&self, start: u64, frames: usize, values: impl Iterator<Item = &'a f32>) {
        for (cell, value) in self.span(start, frames).zip(values) {
            cell.store(value.to_bits(), Relaxed);
        }
    }

    /// Frames that can be written now.
    pub fn room(&self) -> u64 {
        self.capacity - self.written.load(Relaxed).saturating_sub(self.taken.load(Acquire))
    }

    /// Writes as many whole frames of `input` as fit and says how many.
    pub fn write(&self, input: &[f32]) -> usize {
        let n = (input.len() / self.channels()).min(self.room() as usize);
        let written = self.written.load(Relaxed);
        self.store(written, n, input.iter());
        self.written.store(written + n as u64, Release);
        n
    }

    /// Replaces the frames from position `at` on by those of `input`, fading from the old ones to the new ones within
    /// `fade` frames; the ring then ends with them. The callback must not be about to take position `at`, and `input`
    /// reaches no further than what is written.
    pub fn replace(&self, at: u64, input: &[f32], fade: u64) {
        let frames = (input.len() / self.channels()) as u64;
        let frames = frames.min(self.written.load(Relaxed).saturating_sub(at));
        let fade = fade.clamp(1, frames.max(1));
        let cells = self.span(at, frames as usize).zip(input);
        for (n, (cell, new)) in cells.enumerate() {
            let share = (((n / self.channels()) as f32 + 1.0) / fade as f32).min(1.0);
            let old = f32::from_bits(cell.load(Relaxed));
            // So written, what is equal stays equal to the bit.
            let between = if share < 1.0 { old + (new - old) * share } else { *new };
            cell.store(between.to_bits(), Relaxed);
        }
        self.end_at.store(u64::MAX, Release);
        self.after_end.store(0, Release);
        self.written.store(at + frames, Release);
    }

    /// Reads as many whole frames as are there and fit into `out`, and says how many.
    pub fn read(&self, out: &mut [f32]) -> usize {
        let taken = self.start();
        let available = self.written.load(Acquire).saturating_sub(taken);
        let n = (out.len() / self.channels()).min(available as usize);
        for (value, cell) in out.iter_mut().zip(self.span(taken, n)) {
            *value = f32::from_bits(cell.load(Relaxed));
        }
        self.taken.store(taken + n as u64, Release);
        n
    }

    /// Frames written since the beginning.
    pub fn written(&self) -> u64 {
        self.written.load(Acquire)
    }

    /// Frames taken, or ordered to be skipped, since the beginning: the play position.
    pub fn taken(&self) -> u64 {
        self.taken.load(Acquire).max(self.skip_to.load(Acquire))
    }

    /// Frames that are written and not yet taken.
    pub fn available(&self) -> u64 {
        self.written().saturating_sub(self.taken())
    }

    /// Whether the sound is [finished](Shared::finish) and everything of it was taken.
    pub fn ended(&self) -> bool {
        self.taken() >= self.end_at.load(Acquire)
    }

    /// Whether both halves of the gate are open.
    pub fn is_open(&self) -> bool {
        self.playing.load(Acquire) != 0 && self.ready.load(Acquire) != 0
    }

    /// Whether the gate is open as far as the device: something is heard, or has been until now.
    pub(crate) fn is_sounding(&self) -> bool {
        self.is_open() && self.fade.load(Acquire) > 0
    }

    /// Throws away what is written and not yet taken, at the next callback. What is written next is the beginning of
    /// a sound if it is `sharp`, which leaves as it is, else the middle of one, which fades in.
    pub fn flush(&self, sharp: bool) {
        self.sharp.store(sharp.into(), Release);
        self.end_at.store(u64::MAX, Release);
        self.after_end.store(0, Release);
        self.skip_to.store(self.written.load(Relaxed), Release);
    }

    /// The user's half of the gate: play or pause, from the next callback on.
    pub fn set_playing(&self, playing: bool) {
        self.playing.store(playing.into(), Release);
    }

    /// The feeder's half of the gate: closed while there is not enough to begin with.
    pub fn set_ready(&self, ready: bool) {
        self.ready.store(ready.into(), Release);
    }

    /// The factor on every sample, from the next callback on.
    pub fn set_gain(&self, gain: f32) {
        self.gain.store(gain.to_bits(), Relaxed);
    }

    /// Marks the sound as complete at what is written now: an empty ring is no underrun then.
    pub fn finish(&self) {
        let end = self.written.load(Relaxed);
        if self.end_at.load(Relaxed) != end {
            self.after_end.store(0, Release);
            self.end_at.store(end, Release);
        }
    }

    /// Silent frames given out since the end, 0 before it.
    pub fn after_end(&self) -> u64 {
        self.after_end.load(Acquire)
    }

    /// Callbacks so far.
    pub fn callbacks(&self) -> u64 {
        self.callbacks.load(Relaxed)
    }

    /// The largest [noted](Shared::note_latency) latency in frames.
    pub fn latency(&self) -> u64 {
        self.latency.load(Relaxed)
    }

    /// Times that the ring ran empty before the end.
    pub fn underruns(&self) -> u64 {
        self.underruns.load(Relaxed)
    }

    /// Samples that left at full scale because they were beyond it.
    pub fn clipped(&self) -> u64 {
        self.clipped.load(Relaxed)
    }

    /// Captured frames that were replaced by silence because the ring was full.
    pub fn lost(&self) -> u64 {
        self.lost.load(Relaxed)
    }

    /// Errors other than xruns that the sound system reported.
    pub fn errors(&self) -> u64 {
        self.errors.load(Relaxed)
    }

    /// Over- and underruns that the sound system reported.
    pub fn xruns(&self) -> u64 {
        self.xruns.load(Relaxed)
    }

    /// The first [noted](Shared::note_fault) fault code, 0 while there is none.
    pub fn fault(&self) -> u32 {
        self.fault.load(Acquire)
    }

    /// Copies the newest frames that were taken, at most `frames` and none from before the last
    /// flush, oldest first. They stand until the writer is a whole ring ahead.
    pub fn recent(&self, frames: u64, out: &mut Vec<f32>) {
        let taken = self.taken();
        let intact = self.capacity.saturating_sub(self.written().saturating_sub(taken));
        let n = frames.min(intact).min(taken - self.skip_to.load(Acquire));
        out.clear();
        let cells = self.span(taken - n, n as usize);
        out.extend(cells.map(|cell| f32::from_bits(cell.load(Relaxed))));
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let len = self.capacity as usize * self.channels as usize;
        let slice = std::ptr::slice_from_raw_parts_mut(self.samples, len);
        // SAFETY: `new` leaked exactly this boxed slice into `samples`, and nothing else frees it.
        drop(unsafe { Box::from_raw(slice) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulled(shared: &Shared, frames: usize) -> Vec<f32> {
        let mut out = vec![9.0; frames * shared.channels()];
        shared.pull(&mut out);
        out
    }

    fn open(channels: u32) -> Shared {
        let shared = Shared::new(48_000, channels, 64);
        shared.set_playing(true);
        shared.set_ready(true);
        shared
    }

    #[test]
    fn the_gate_holds_the_position_and_gives_silence() {
        let shared = open(2);
        assert_eq!(shared.write(&[0.1, 0.2, 0.3, 0.4]), 2);
        shared.set_playing(false);
        assert_eq!(pulled(&shared, 2), [0.0; 4]);
        assert_eq!(shared.taken(), 0);
        shared.set_playing(true);
        assert_eq!(pulled(&shared, 2), [0.1, 0.2, 0.3, 0.4]);
        assert_eq!((shared.taken(), shared.underruns()), (2, 0));
    }

    #[test]
    fn a_gate_in_the_middle_of_a_sound_closes_and_opens_within_3_ms_without_a_click() {
        let shared = Shared::new(48_000, 1, 4_096);
        shared.set_playing(true);
        shared.set_ready(true);
        shared.write(&[0.5; 4_000]);
        assert_eq!(pulled(&shared, 100), [0.5; 100], "a beginning is left as it is");
        let steady = |heard: &[f32]| heard.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.004);
        shared.set_playing(false);
        let closing = pulled(&shared, 1_000);
        assert!(steady(&closing) && closing[0] > 0.49, "{closing:?}");
        assert!(closing[144..].iter().all(|sample| *sample == 0.0));
        assert_eq!((shared.taken(), shared.underruns()), (100 + 144, 0), "what fades out is taken, no more");
        assert_eq!(pulled(&shared, 100), [0.0; 100]);
        shared.set_playing(true);
        let opening = pulled(&shared, 1_000);
        assert!(steady(&opening) && opening[0] < 0.004 && opening[144..].iter().all(|sample| *sample == 0.5));
        shared.set_playing(false);
        let half = pulled(&shared, 72);
        shared.set_playing(true);
        let turned = pulled(&shared, 200);
        assert!(steady(&[half, turned].concat()), "a gate may turn half way");
    }

    #[test]
    fn a_gain_is_turned_not_switched() {
        let shared = Shared::new(48_000, 1, 4_096);
        shared.set_playing(true);
        shared.set_ready(true);
        shared.write(&[1.0; 4_000]);
        pulled(&shared, 10);
        shared.set_gain(0.25);
        let mut heard = Vec::new();
        for _ in 0..60 {
            heard.extend(pulled(&shared, 32));
        }
        assert!(heard.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.006), "{heard:?}");
        assert_eq!(heard.last(), Some(&0.25));
    }

    #[test]
    fn an_empty_ring_is_an_underrun_before_the_end_only() {
        let shared = open(1);
        shared.write(&[0.5]);
        assert_eq!(pulled(&shared, 2), [0.5, 0.0]);
        assert_eq!(pulled(&shared, 2), [0.0, 0.0]);
        assert_eq!((shared.underruns(), shared.after_end()), (1, 0), "one, however long");
        shared.write(&[0.25]);
        shared.finish();
        assert_eq!(pulled(&shared, 3), [0.25, 0.0, 0.0]);
        shared.finish(); // said twice, it is the same end
        assert_eq!((shared.underruns(), shared.after_end()), (1, 2));
    }

    #[test]
    fn a_flush_skips_what_was_written() {
        let shared = open(1);
        shared.write(&[0.1, 0.2, 0.3]);
        assert_eq!(pulled(&shared, 1), [0.1]);
        shared.flush(true);
        assert_eq!(shared.taken(), 3, "the position follows at once");
        shared.write(&[0.7]);
        assert_eq!(pulled(&shared, 1), [0.7]);
        assert_eq!(shared.room(), shared.capacity());
    }

    #[test]
    fn samples_are_exact_over_the_seam_and_limited_to_full_scale() {
        let shared = open(1);
        let mut next = 0.0f32;
        for _ in 0..50 {
            let block: Vec<f32> = (0..13).map(|i| (next + i as f32) / 1024.0).collect();
            next += 13.0;
            assert_eq!(shared.write(&block), 13);
            assert_eq!(pulled(&shared, 13), block);
        }
        shared.write(&[2.0, -3.0, f32::NAN, f32::INFINITY, 1.0]);
        assert_eq!(pulled(&shared, 5), [1.0, -1.0, 0.0, 1.0, 1.0]);
        assert_eq!(shared.clipped(), 3);
        let shared = open(1);
        shared.set_gain(0.5);
        shared.write(&[1.5]);
        assert_eq!(pulled(&shared, 1), [0.75]);
    }

    #[test]
    fn a_full_ring_keeps_the_time_of_what_it_loses() {
        let shared = Shared::new(48_000, 1, 64);
        let block: Vec<f32> = (1..=100).map(|i| i as f32).collect();
        shared.push(&block[..60]);
        shared.push(&block[60..70]);
        assert_eq!(shared.lost(), 6);
        shared.push(&block[70..72]);
        assert_eq!(shared.lost(), 8, "nothing fits while silence is owed");
        let mut out = vec![0.0; 64];
        assert_eq!(shared.read(&mut out), 64);
        assert_eq!(out[63], 64.0);
        shared.push(&block[72..80]);
        assert_eq!(shared.read(&mut out), 16);
        assert_eq!(&out[..8], &[0.0; 8]);
        assert_eq!(&out[8..16], &block[72..80]);
    }

    #[test]
    fn what_waits_is_replaced_without_a_step() {
        let shared = Shared::new(48_000, 2, 256);
        shared.set_playing(true);
        shared.set_ready(true);
        shared.write(&[0.5; 400]);
        assert_eq!(pulled(&shared, 10), [0.5; 20]);
        shared.replace(20, &[-0.5; 2 * 100], 50);
        assert_eq!((shared.taken(), shared.written()), (10, 120));
        let heard = pulled(&shared, 110);
        assert_eq!(heard[..20], [0.5; 20]);
        assert!(heard.chunks(2).collect::<Vec<_>>().windows(2).all(|pair| (pair[1][0] - pair[0][0]).abs() < 0.021));
        assert_eq!(heard[2 * 60..], [-0.5; 2 * 50]);
    }

    #[test]
    fn recent_frames_end_at_the_position_and_begin_after_a_flush() {
        let shared = open(1);
        let mut recent = Vec::new();
        shared.write(&[0.1, 0.2, 0.3]);
        pulled(&shared, 2);
        shared.recent(10, &mut recent);
        assert_eq!(recent, [0.1, 0.2]);
        shared.flush(true);
        shared.write(&[0.4, 0.5]);
        pulled(&shared, 1);
        shared.recent(10, &mut recent);
        assert_eq!(recent, [0.4]);
    }

    #[test]
    fn two_threads_pass_every_frame_in_order() {
        let shared = open(2);
        let total = 20_000u32;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut next = 0;
                while next < total {
                    let frame = [next as f32 / total as f32, -(next as f32) / total as f32];
                    next += shared.write(&frame) as u32;
                }
            });
            let mut seen = 0;
            let mut out = [0.0; 34];
            while seen < total {
                let frames = shared.read(&mut out);
                for frame in out.chunks(2).take(frames) {
                    let value = seen as f32 / total as f32;
                    assert_eq!(frame, [value, -value]);
                    seen += 1;
                }
            }
        });
    }
}
