//! The mel bands that a Whisper model hears: those of the stage `mel.whisper`, with 30 s of silence behind the clip.

use auricle_dsp::bands::{Bands, Config};
use auricle_sdk::prelude::*;
use ndarray::{Array2, s};

/// Rate that models hear, in Hz.
pub const SAMPLE_RATE: u32 = 16_000;
/// Samples from frame to frame: 10 ms.
pub const HOP: usize = 160;
/// Frames of a window: 30 s.
pub const WINDOW: usize = 3000;

/// The mel bands of a clip, `(frame, band)`.
pub struct Mel {
    bands: Array2<f32>,
    /// Frames of the clip itself.
    pub frames: usize,
}

impl Mel {
    /// Of all samples of a clip.
    ///
    /// # Errors
    /// The kernel has no such bank; or `go_on` refuses, which is asked at each window.
    pub fn new(samples: &[f32], n_mels: usize, go_on: &dyn Fn() -> Result<()>) -> Result<Self> {
        let config = Config::whisper(n_mels);
        let (n_fft, half) = (config.frame_length, config.frame_length / 2);
        let mut kernel = Bands::new(&config).map_err(|error| Error::internal(error.to_string()))?;
        let frames = samples.len() / HOP;
        // Only one frame of the silence holds samples; the others are all the same.
        let heard = frames + n_fft.div_ceil(HOP);
        let at = |index: usize| {
            let place = index as i64 - half as i64;
            samples.get(place.unsigned_abs() as usize).copied().unwrap_or(0.0)
        };
        let padded: Vec<f32> = (0..heard * HOP + n_fft).map(at).collect();
        let mut bands = Array2::zeros((frames + WINDOW, n_mels));
        let silent = heard.min(bands.nrows() - 1);
        for (index, mut row) in bands.rows_mut().into_iter().take(silent + 1).enumerate() {
            if index % WINDOW == 0 {
                go_on()?;
            }
            let begin = index.min(heard) * HOP;
            kernel.process(&padded[begin..begin + n_fft], row.as_slice_mut().expect("rows are contiguous"));
        }
        let silence = bands.row(silent).to_owned();
        for mut row in bands.rows_mut().into_iter().skip(silent + 1) {
            row.assign(&silence);
        }
        let most = bands.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        bands.mapv_inplace(|x| (x.max(most - 8.0) + 4.0) / 4.0);
        Ok(Mel { bands, frames })
    }

    /// The clip with silence behind it, `frames` in all, at most 30 s of them silence.
    pub fn padded(&self, frames: usize) -> Array2<f32> {
        self.bands.slice(s![..frames.min(self.bands.nrows()), ..]).to_owned()
    }

    /// A window from a frame on; behind the end there are zeros.
    pub fn window(&self, from: usize, frames: usize) -> Array2<f32> {
        let mut window = Array2::zeros((WINDOW, self.bands.ncols()));
        let frames = frames.min(WINDOW);
        window.slice_mut(s![..frames, ..]).assign(&self.bands.slice(s![from..from + frames, ..]));
        window
    }
}
