//! What one frame costs on one thread: transforms, log-mel bands, levels.
//!
//! `cargo bench -p auricle-dsp` runs it; `tests/bench/rivals.py` measures whole stages beside the tools they speak for.

use std::hint::black_box;

use auricle_dsp::basis::Basis;
use auricle_dsp::level::Calibration;
use auricle_dsp::log::{self, Base, Log};
use auricle_dsp::mel::{self, Mel};
use auricle_dsp::stft::{Config, Exponent, Stft};
use auricle_dsp::window::{self, Shape};
use auricle_dsp::{Complex, Error};
use criterion::{Criterion, criterion_group, criterion_main};

/// Frames that are gone through, so that samples come from memory as in a run.
const FRAMES: usize = 256;

fn signal(n_fft: usize, hop: usize) -> Vec<f32> {
    let mut state = 1u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state as f32 / u32::MAX as f32 - 0.5
    };
    (0..n_fft + hop * FRAMES).map(next).collect()
}

/// Times `work` on one frame after the other.
fn frames(c: &mut Criterion, name: &str, n_fft: usize, hop: usize, mut work: impl FnMut(&[f32])) {
    let samples = signal(n_fft, hop);
    let mut frame = 0;
    c.bench_function(name, |bencher| {
        bencher.iter(|| {
            frame = (frame + 1) % FRAMES;
            work(black_box(&samples[frame * hop..frame * hop + n_fft]));
        });
    });
}

fn transforms(c: &mut Criterion) -> Result<(), Error> {
    for (n_fft, hop) in [(400, 160), (1024, 256), (2048, 512)] {
        let config = Config::new(window::Config::new(Shape::Hann, n_fft));
        let mut stft: Stft = Stft::new(&config)?;
        let mut bins = vec![Complex::new(0.0f32, 0.0); stft.bins()];
        frames(c, &format!("stft {n_fft}/{hop}"), n_fft, hop, |samples| {
            stft.process(samples, &mut bins);
            black_box(&bins);
        });
        let mut stft = Stft::<f32>::new(&config)?;
        frames(c, &format!("stft in f32 {n_fft}/{hop}"), n_fft, hop, |samples| {
            stft.process(samples, &mut bins);
            black_box(&bins);
        });
    }
    Ok(())
}

fn bands(c: &mut Criterion) -> Result<(), Error> {
    let (n_fft, hop) = (400, 160);
    let mut stft: Stft = Stft::new(&Config::new(window::Config::new(Shape::Hann, n_fft)))?;
    let mel = Mel::new(&mel::Config { n_mels: 80, ..mel::Config::librosa(16_000.0, n_fft) })?;
    let log = Log::new(&log::Config::new(Base::Ten, 1e-10))?;
    let mut power = vec![0.0f64; stft.bins()];
    let mut sums = vec![0.0f64; mel.bands()];
    let mut out = vec![0.0f32; mel.bands()];
    frames(c, "log-mel 400/160, 80 bands", n_fft, hop, |samples| {
        stft.process_magnitude(samples, Exponent::Power, &mut power);
        mel.process(&power, &mut sums);
        log.process(&sums, &mut out);
        black_box(&out);
    });
    Ok(())
}

fn levels(c: &mut Criterion) -> Result<(), Error> {
    let (n_fft, hop) = (2048, 512);
    let window = window::Config::new(Shape::Hann, n_fft);
    let mut stft: Stft = Stft::new(&Config::new(window))?;
    let calibration = Calibration::new(1024.0, n_fft, -200.0)?;
    let mut power = vec![0.0f64; stft.bins()];
    let mut out = vec![0.0f32; stft.bins()];
    frames(c, "dBFS 2048/512", n_fft, hop, |samples| {
        stft.process_magnitude(samples, Exponent::Power, &mut power);
        calibration.process(&power, &mut out);
        black_box(&out);
    });
    Ok(())
}

fn rounding(c: &mut Criterion) -> Result<(), Error> {
    let (n_fft, hop) = (1024, 256);
    let Some(mut basis) = Basis::new(&window::Config::new(Shape::Hann, n_fft))? else { return Ok(()) };
    let mut bins = vec![Complex::new(0.0f64, 0.0); n_fft / 2 + 1];
    frames(c, "rounding of a float32 basis, 1024/256", n_fft, hop, |samples| {
        basis.process(samples, &mut bins);
        black_box(&bins);
    });
    Ok(())
}

fn all(c: &mut Criterion) {
    for group in [transforms, bands, levels, rounding] {
        group(c).expect("the configurations are legal");
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
