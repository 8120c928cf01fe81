//! `mel.fsd50k`: mel patches of the public FSD50K baselines.
//!
//! Shape: one channel of audio at 22.05 kHz to `(patch, frame, band)`, patches of 101 x 96; float32.
//! Source: the baselines' two public implementations, which disagree: `variant` says which. Unlike `patch.frames` the signal is cut, not its frames.

use std::ops::Range;

use auricle_dsp::bands::{self, Bands};
use auricle_dsp::log::{self, Base};
use auricle_dsp::mel::{Config, Scale};
use auricle_dsp::stft;
use auricle_dsp::window::{self, Shape};
use auricle_sdk::adapter::Framer;
use auricle_sdk::prelude::*;

use auricle_analysis::refused;

use crate::arguments::{SINGLE, only_mono, only_rate};

/// The stage.
pub struct Fsd50k {
    variant: Variant,
    /// Cuts the samples of a patch.
    framer: Framer<f32>,
    bands: Bands,
    total: Option<i64>,
    /// The next sample of the input.
    position: i64,
    samples: Vec<f32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variant {
    /// A second every half, mirrored on its own, in dB around their mean.
    Pieces,
    /// 101 frames of the whole every 50, in power.
    Frames,
}

const RATE: u32 = 22_050;
const HOP: usize = 220;
const FRAMES: usize = 101;
const BANDS: usize = 96;
/// Length of the transform of either variant.
const PIECES_N_FFT: usize = 1920;
const FRAMES_N_FFT: usize = 660;

impl Stage for Fsd50k {
    const DESCRIPTOR: Descriptor = Descriptor::new("mel.fsd50k", "Mel patches, as the FSD50K baselines")
        .doc(
            "96 HTK bands without a norm, 30 ms windows every 220 samples, patches of 101 frames that overlap by half. fsd50k_pytorch: pieces of \
             a second every half second, short ones (a short clip, and the tail) repeated to a second, each mirrored at its ends, 10 log10 with a floor 80 dB under \
             its loudest, less its mean. fsd_fed: frames of the whole clip, floor(frames / 50) - 1 patches, power; a last frame \
             that is missing is the one before; clips under 100 frames are refused.",
        )
        .source("Fonseca et al., FSD50K, IEEE/ACM TASLP 30, 2022; the public repositories fsd50k-pytorch and fsd_fed")
        .inputs(&[SINGLE])
        .outputs(&[Port::tensor("patches").doc("Patches, (patch, frame, band).")])
        .parameters(&[Parameter::choice("variant", "fsd50k_pytorch", &["fsd50k_pytorch", "fsd_fed"]).doc("Whose.")])
        .locality(Locality::Window)
        .result_version(2);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        only_rate(setup, RATE, "the baselines")?;
        only_mono(setup, "the baselines")?;
        let input = setup.input(0)?;
        let variant = match setup.parameters.text("variant")? {
            "fsd_fed" => Variant::Frames,
            _ => Variant::Pieces,
        };
        let framing = variant.framing();
        input.length.map_or(Ok(()), |samples| framing.fits(samples))?;
        let bands = Bands::new(&variant.bands()).map_err(refused)?;
        let centres = bands.mel().map_or(Vec::new(), |mel| mel.centres_hz().to_vec());
        let length = input.length.map(|samples| framing.count(samples));
        let axes = vec![
            Axis::new(Role::Time, "patch", length.and_then(|n| usize::try_from(n).ok())),
            Axis::new(Role::Other, "frame", Some(FRAMES)),
            Axis::bands(centres, "mel/htk"),
        ];
        let quantity = if variant == Variant::Pieces { "db" } else { "power" };
        let clock = input.clock.frames(framing.hop as i64, framing.origin());
        let format = Format::tensor(Tensor::new::<f32>(axes, quantity), clock, length, "patch,frame,band");
        let framer = Framer::new(framing, 1);
        let stage = Fsd50k { variant, framer, bands, total: input.length, position: 0, samples: Vec::new() };
        Ok((stage, vec![format]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        vec![self.variant.framing().need(span, self.total)]
    }

    fn begin(&mut self, _: usize, span: Range<i64>) -> Result<()> {
        self.framer.begin(span.start);
        self.position = 0;
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet {
            self.framer.push(packet)?;
            self.position = packet.start + packet.count as i64;
            self.emit(out)?;
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        self.framer.end()?;
        self.emit(out)?;
        Ok(Flow::Done)
    }
}

impl Fsd50k {
    fn emit(&mut self, out: &mut Outputs<'_>) -> Result<()> {
        for _ in 0..self.framer.ready() {
            let patch = self.framer.next();
            let mut block = out.tensor::<f32>(0, patch, 1)?;
            match self.variant {
                Variant::Pieces => self.piece(patch, block.values()),
                Variant::Frames => self.frames(patch, block.values()),
            }
            block.emit()?;
            self.framer.advance(1);
        }
        Ok(())
    }

    /// A second on its own.
    fn piece(&mut self, patch: i64, out: &mut [f32]) {
        let framing = self.variant.framing();
        let start = patch * framing.hop as i64;
        let heard = usize::try_from(self.position - start).unwrap_or(0).clamp(1, framing.length);
        let piece = &self.framer.frame(0, 0)[..heard];
        let (pad, length) = (PIECES_N_FFT as i64 / 2, framing.length as i64);
        let mirrored = (-pad..length + pad).map(|i| {
            if i < 0 {
                -i
            } else if i < length {
                i
            } else {
                2 * (length - 1) - i
            }
        });
        self.samples.clear();
        self.samples.extend(mirrored.map(|i| piece[i as usize % heard]));
        for (frame, place) in out.chunks_exact_mut(BANDS).enumerate() {
            self.bands.process(&self.samples[frame * HOP..frame * HOP + PIECES_N_FFT], place);
        }
        let floor = out.iter().copied().fold(f32::NEG_INFINITY, f32::max) - 80.0;
        out.iter_mut().for_each(|x| *x = x.max(floor));
        let mean = out.iter().map(|x| f64::from(*x)).sum::<f64>() / out.len() as f64;
        out.iter_mut().for_each(|x| *x = (f64::from(*x) - mean) as f32);
    }

    /// 101 frames of the whole.
    fn frames(&mut self, patch: i64, out: &mut [f32]) {
        let there = self.position / HOP as i64 + 1 - patch * 50;
        let samples = self.framer.frame(0, 0);
        for (frame, place) in out.chunks_exact_mut(BANDS).enumerate() {
            self.bands.process(&samples[frame * HOP..frame * HOP + FRAMES_N_FFT], place);
        }
        if there < FRAMES as i64 {
            let last = (FRAMES - 1) * BANDS;
            out.copy_within(last - BANDS..last, last);
        }
    }
}

impl Variant {
    fn framing(self) -> Framing {
        let second = RATE as usize;
        match self {
            Variant::Pieces => Framing::plain(second, second / 2).tail(Tail::EveryHop).at_least(1, "variant"),
            Variant::Frames => {
                let length = (FRAMES - 1) * HOP + FRAMES_N_FFT;
                let half = FRAMES_N_FFT / 2;
                // The last frame of a patch may lie behind the signal.
                Framing::plain(length, 50 * HOP).padded(half, half + HOP, Pad::Reflect).at_least(99 * HOP, "variant")
            }
        }
    }

    fn bands(self) -> bands::Config {
        let (n_fft, win_length) = match self {
            Variant::Pieces => (PIECES_N_FFT, 661),
            Variant::Frames => (FRAMES_N_FFT, FRAMES_N_FFT),
        };
        let bank = Config { n_mels: BANDS, ..Config::torch(f64::from(RATE), n_fft, Scale::Htk) };
        let window = window::Config { win_length, ..window::Config::new(Shape::Hann, n_fft) };
        let log = (self == Variant::Pieces).then_some(log::Config::new(Base::Decibels, 1e-10));
        bands::Config { log, ..bands::Config::new(stft::Config::new(window), Some(bank)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn noise(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 7919) % 1009) as f32 / 1009.0 - 0.5).collect()
    }

    #[test]
    fn patches_and_laws() {
        for (variant, samples, patches) in [
            ("fsd50k_pytorch", 79_380, 8),
            ("fsd50k_pytorch", 300, 1),
            ("fsd_fed", 79_380, 6),
            ("fsd_fed", 99 * 220, 1),
            ("fsd_fed", 149 * 220, 2),
        ] {
            let bench = Bench::<Fsd50k>::new().parameter("variant", variant).audio(RATE, &[&noise(samples)]);
            let outcome = bench.run().expect("runs");
            assert_eq!(
                outcome.tensor::<f32>(0).expect("patches").len(),
                patches * FRAMES * BANDS,
                "{variant}, {samples}"
            );
            if samples < 79_380 {
                bench.conforms();
            }
        }
    }

    #[test]
    fn a_patch_of_pieces_has_no_mean() {
        let outcome = Bench::<Fsd50k>::new().audio(RATE, &[&noise(12_000)]).run().expect("runs");
        let patches: Vec<f32> = outcome.tensor(0).expect("patches");
        for patch in patches.chunks(FRAMES * BANDS) {
            let mean = patch.iter().map(|x| f64::from(*x)).sum::<f64>() / patch.len() as f64;
            assert!(mean.abs() < 1e-4, "{mean}");
        }
    }

    #[test]
    fn refusals() {
        refused(Bench::<Fsd50k>::new().audio(16_000, &[&noise(900)]).run(), ErrorKind::Format);
        let short = Bench::<Fsd50k>::new().parameter("variant", "fsd_fed").audio(RATE, &[&noise(99 * 220 - 1)]);
        refused(short.run(), ErrorKind::Parameter);
    }
}
