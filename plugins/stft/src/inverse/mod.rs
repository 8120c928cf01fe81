//! Samples from complex bins: the mechanism of every `istft.*`.

use std::marker::PhantomData;
use std::ops::Range;

use auricle_dsp::Float;
use auricle_dsp::istft::{Config, Istft};
use auricle_sdk::{Real, prelude::*};

use crate::spectrum::Spectrum;

pub mod librosa;
pub mod tacotron2;
pub mod tensorflow;
pub mod torch;

/// What tells one tool's inverse from another's.
pub trait Dialect: Sized + Send + 'static {
    /// What its stage says about itself.
    const DESCRIPTOR: Descriptor;

    /// What its parameters mean.
    fn synthesis(setup: &Setup, spectrum: &Spectrum) -> Result<Synthesis>;
}

/// A tool's inverse as the kernel and the stage know it.
pub struct Synthesis {
    /// Window, transform and correction.
    pub config: Config,
    /// Samples left out at the start.
    pub before: usize,
    /// Samples left out at the end, unless the length is given.
    pub after: usize,
    /// Samples that come out; what is missing is zero.
    pub length: Option<i64>,
    /// Refuses samples over which the squared windows add up to less.
    pub lowest: f64,
    /// Samples that no frame at all gives, all zero.
    pub of_nothing: usize,
}

/// The stage of a dialect: float32 of complex64, float64 of complex128.
pub type Stage<D> = Precision<Inverse<D, f32>, Inverse<D, f64>>;

/// What goes in.
pub const BINS: &[Port] =
    &[Port::tensor("bins").dtypes(&[DType::C64, DType::C128]).doc("Complex bins of an stft stage.")];

/// What comes out.
pub const AUDIO: &[Port] = &[Port::audio("audio").dtypes(&[DType::F32, DType::F64]).doc("Samples.")];

/// The length of the signal.
pub const LENGTH: Parameter = Parameter::absent("length", Types::INT)
    .range(0.0, 1e15)
    .default(DefaultValue::Str("none"))
    .choices(&["none"])
    .unit("samples")
    .doc("Samples that come out: the rest is left out, what is missing is zero; none: as the frames give.");

/// A dialect for bins of one precision; it computes in float64.
pub struct Inverse<D, T> {
    synthesis: Synthesis,
    /// One a channel.
    kernels: Vec<Istft>,
    bins: usize,
    /// Frames in all, if that is known.
    total: Option<i64>,
    /// Index of the next frame.
    frame: i64,
    started: bool,
    ended: bool,
    /// Samples by channel that are complete, the first of which is sample `next`, and the windows over them.
    pending: Vec<Vec<T>>,
    weights: Vec<f64>,
    next: i64,
    /// The first sample that is wanted.
    wanted: i64,
    dialect: PhantomData<fn() -> D>,
}

impl<D: Dialect, T: Real + Float> auricle_sdk::Stage for Inverse<D, T>
where
    Complex<T>: Element,
{
    const DESCRIPTOR: Descriptor = D::DESCRIPTOR.inputs(BINS).outputs(AUDIO).locality(Locality::Window);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let spectrum = Spectrum::new(setup)?;
        let synthesis = D::synthesis(setup, &spectrum)?;
        let kernel = Istft::new(&synthesis.config).map_err(auricle_analysis::refused)?;
        let inverse = Inverse {
            kernels: vec![kernel; spectrum.channels],
            pending: vec![Vec::new(); spectrum.channels],
            weights: Vec::new(),
            bins: spectrum.bins,
            total: spectrum.frames,
            synthesis,
            frame: 0,
            started: false,
            ended: false,
            next: 0,
            wanted: 0,
            dialect: PhantomData,
        };
        let length = inverse.synthesis.length.or(spectrum.frames.map(|frames| inverse.natural(frames)));
        Ok((inverse, vec![spectrum.audio::<T>(length)]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        let hop = self.synthesis.config.hop as i64;
        // Where frames leave gaps, a frame gives those behind it too.
        let reach = hop.max(self.kernels[0].span() as i64);
        let place = |sample: i64| sample.saturating_add(self.synthesis.before as i64);
        let last = self.total.map_or(i64::MAX, |total| (total - 1).max(0));
        let first = ((place(span.start) - reach).div_euclid(hop) + 1).clamp(0, last);
        let mut end = if span.end == i64::MAX { i64::MAX } else { (place(span.end) - 1).div_euclid(hop) + 1 };
        if self.total.is_none() && end < i64::MAX {
            // And those that show that the end does not lie before.
            let left_out = self.synthesis.after as i64 - self.kernels[0].span() as i64;
            end = end.max((place(span.end) + left_out - 1).div_euclid(hop) + 2);
        }
        // At least one frame: a stage that is given nothing is not called.
        let need = first..end.max(first + 1);
        vec![need]
    }

    fn begin(&mut self, _: usize, span: Range<i64>) -> Result<()> {
        self.kernels.iter_mut().for_each(Istft::reset);
        self.pending.iter_mut().for_each(Vec::clear);
        self.weights.clear();
        (self.started, self.ended) = (false, false);
        (self.frame, self.next) = (0, -(self.synthesis.before as i64));
        self.wanted = span.start.max(0);
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else { return Ok(Flow::Continue) };
        self.ended |= packet.end;
        if packet.count == 0 {
            return Ok(Flow::Continue);
        }
        if !self.started {
            self.started = true;
            self.frame = packet.start;
            self.next = packet.start * self.synthesis.config.hop as i64 - self.synthesis.before as i64;
        }
        for frame in packet.tensor::<Complex<T>>()?.frames() {
            for ((kernel, pending), bins) in
                self.kernels.iter_mut().zip(&mut self.pending).zip(frame.chunks_exact(self.bins))
            {
                kernel.process(bins, pending);
            }
            self.weights.extend_from_slice(self.kernels[0].weights());
            self.frame += 1;
        }
        // Unless more are promised, the frame that came last may be the last of all, and leave out samples at the end.
        let frames = self.total.unwrap_or(self.frame).max(self.frame);
        self.emit(self.synthesis.length.unwrap_or_else(|| self.natural(frames)), out)?;
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        if self.started {
            for (kernel, pending) in self.kernels.iter_mut().zip(&mut self.pending) {
                kernel.finish(pending);
            }
            self.weights.extend_from_slice(self.kernels[0].weights());
        }
        let end = self.synthesis.length.unwrap_or_else(|| self.natural(self.frame));
        self.emit(end, out)?;
        // A region that stops before the end says nothing about what stands behind it.
        if self.ended || !self.started {
            self.next = self.next.max(0);
            while self.next < end {
                let count = (end - self.next).min(1 << 14);
                let mut block = out.audio::<T>(0, self.next, count as usize)?;
                block.each_channel().for_each(|channel| channel.fill(T::default()));
                block.emit()?;
                self.next += count;
            }
        }
        Ok(Flow::Done)
    }
}

impl<D: Dialect, T: Real + Float> Inverse<D, T> {
    /// Samples that `frames` frames give of themselves.
    fn natural(&self, frames: i64) -> i64 {
        if frames == 0 {
            return self.synthesis.of_nothing as i64;
        }
        let all = (frames - 1) * self.synthesis.config.hop as i64 + self.kernels[0].span() as i64;
        (all - (self.synthesis.before + self.synthesis.after) as i64).max(0)
    }

    /// Sends what is complete before sample `end`.
    fn emit(&mut self, end: i64, out: &mut Outputs<'_>) -> Result<()> {
        let complete = self.weights.len();
        self.forget(usize::try_from(-self.next).unwrap_or(0).min(complete));
        let count = usize::try_from(end - self.next).unwrap_or(0).min(self.weights.len());
        if count == 0 {
            return Ok(());
        }
        let low = |(t, weight): (usize, &f64)| self.next + t as i64 >= self.wanted && *weight < self.synthesis.lowest;
        if let Some(t) = self.weights[..count].iter().enumerate().position(low) {
            let message =
                format!("expected windows that cover every sample, got a sum of squares of {:e}", self.weights[t]);
            let error = Error::parameter("window", message).at(self.next + t as i64);
            return Err(error.hint("use center = true, a longer window, or one that does not end in zeros"));
        }
        let mut block = out.audio::<T>(0, self.next, count)?;
        for (channel, pending) in block.each_channel().zip(&self.pending) {
            channel.copy_from_slice(&pending[..count]);
        }
        block.emit()?;
        self.forget(count);
        Ok(())
    }

    fn forget(&mut self, count: usize) {
        self.pending.iter_mut().for_each(|pending| drop(pending.drain(..count)));
        self.weights.drain(..count);
        self.next += count as i64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bins;
    use auricle_sdk::testing::{Bench, Outcome, refused};

    type Pairs<'a> = &'a [(&'a str, Value)];

    fn noise(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect()
    }

    fn given<S: auricle_sdk::Stage>(parameters: Pairs<'_>) -> Bench<S> {
        parameters.iter().fold(Bench::new(), |bench, (id, value)| bench.parameter(id, value.clone()))
    }

    fn spectrum<D: bins::Dialect>(parameters: Pairs<'_>, samples: &[f32]) -> Outcome {
        given::<bins::Stage<D>>(parameters).audio(8000, &[samples, samples]).run().expect("runs")
    }

    /// Goes there and back, keeps the laws, and gives the signal where windows cover it.
    #[track_caller]
    fn check<A: bins::Dialect, D: Dialect>(there: Pairs<'_>, back: Pairs<'_>, length: usize, cover: Range<usize>) {
        let samples = noise(1000);
        let bins = spectrum::<A>(there, &samples);
        let bench = given::<Stage<D>>(back).packets(&bins.formats[0], &bins.packets[0]);
        let made = bench.run().expect("runs").audio::<f32>(0).expect("audio");
        assert_eq!((made.len(), made[0].len()), (2, length));
        for t in cover {
            assert!((made[1][t] - samples[t]).abs() < 1e-6, "sample {t}: expected {}, got {}", samples[t], made[1][t]);
        }
        bench.conforms();
    }

    #[test]
    fn librosa_there_and_back() {
        type A = crate::librosa::Librosa;
        type D = librosa::Librosa;
        let even: Pairs<'_> = &[("n_fft", 64.into()), ("hop_length", 16.into())];
        check::<A, D>(even, &[], 992, 0..992);
        check::<A, D>(even, &[("length", 1000.into())], 1000, 0..1000);
        check::<A, D>(even, &[("length", 1200.into())], 1200, 0..1000);
        check::<A, D>(even, &[("length", 100.into()), ("hop_length", 16.into())], 100, 0..100);
        let odd: Pairs<'_> = &[("n_fft", 63.into()), ("hop_length", 20.into()), ("win_length", 51.into())];
        check::<A, D>(odd, &[("n_fft", 63.into()), ("win_length", 51.into())], 981, 0..981);
        let plain: Pairs<'_> = &[("n_fft", 64.into()), ("hop_length", 48.into()), ("center", false.into())];
        check::<A, D>(plain, &[("center", false.into())], 976, 20..956);
        let wide: Pairs<'_> = &[("n_fft", 64.into()), ("hop_length", 100.into())];
        check::<A, D>(wide, &[], 1000, 0..20);
    }

    #[test]
    fn torch_there_and_back() {
        type A = crate::torch::Torch;
        type D = torch::Torch;
        let hann: Pairs<'_> = &[("n_fft", 64.into()), ("window", "hann".into()), ("normalized", true.into())];
        check::<A, D>(hann, &[("window", "hann".into()), ("normalized", true.into())], 992, 0..992);
        let all: Pairs<'_> = &[("n_fft", 64.into()), ("onesided", false.into())];
        check::<A, D>(all, &[("n_fft", 64.into()), ("onesided", false.into())], 992, 0..992);
    }

    #[test]
    fn windows_that_leave_a_sample_uncovered_are_refused_as_by_torch() {
        let there: Pairs<'_> = &[("n_fft", 64.into()), ("window", "hann".into()), ("center", false.into())];
        let bins = spectrum::<crate::torch::Torch>(there, &noise(1000));
        let back = given::<Stage<torch::Torch>>(&[("window", "hann".into()), ("center", false.into())]);
        let error = refused(back.packets(&bins.formats[0], &bins.packets[0]).run(), ErrorKind::Parameter);
        assert_eq!((error.parameter.as_str(), error.at), ("window", Some(0)));
    }

    #[test]
    fn tensorflow_there_and_back() {
        type A = crate::tensorflow::Tensorflow;
        let there: Pairs<'_> = &[("frame_length", 60.into()), ("frame_step", 15.into())];
        let back: Pairs<'_> = &[("frame_length", 60.into()), ("window_fn", "inverse_stft_window_fn".into())];
        check::<A, tensorflow::Tensorflow>(there, back, 990, 60..930);
        check::<A, tensorflow::Tensorflow>(there, &[("frame_length", 60.into())], 990, 0..0);
    }

    #[test]
    fn tacotron2_there_and_back() {
        let there: Pairs<'_> = &[("filter_length", 64.into()), ("hop_length", 16.into()), ("win_length", 64.into())];
        check::<crate::tacotron2::Tacotron2, tacotron2::Tacotron2>(there, &[], 992, 0..992);
    }

    #[test]
    fn refusals() {
        let bins = spectrum::<crate::librosa::Librosa>(&[("n_fft", 64.into())], &noise(300));
        let hop: Bench<Stage<librosa::Librosa>> = given(&[("hop_length", 20.into())]);
        let hop = hop.packets(&bins.formats[0], &bins.packets[0]).run();
        assert_eq!(refused(hop, ErrorKind::Parameter).parameter, "hop_length");
        let long: Bench<Stage<librosa::Librosa>> = given(&[("win_length", 100.into())]);
        let long = long.packets(&bins.formats[0], &bins.packets[0]).run();
        assert_eq!(refused(long, ErrorKind::Parameter).parameter, "win_length");
        let unlike: Bench<Stage<torch::Torch>> = given(&[("n_fft", 100.into())]);
        let unlike = unlike.packets(&bins.formats[0], &bins.packets[0]).run();
        assert_eq!(refused(unlike, ErrorKind::Parameter).parameter, "n_fft");
    }
}
