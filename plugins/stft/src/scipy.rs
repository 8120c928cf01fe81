//! `stft.scipy`: complex bins of overlapping frames.
//!
//! Shape: audio to `(bin, frame)`, several channels to `(channel, bin, frame)`; complex64 of float32 and integers up to 16 bits, else complex128.
//! Source: scipy 1.17.1, `signal.stft`. Unlike librosa it divides by the window's sum and fills the last frame.

use auricle_analysis::{Analysis, librosa, refused, samples, samples_or_none};
use auricle_dsp::detrend::Trend;
use auricle_dsp::stft::Config;
use auricle_dsp::window::{self, Placement};
use auricle_sdk::prelude::*;

use crate::bins::{BINS, Dialect};

/// The dialect.
pub struct Scipy;

impl Dialect for Scipy {
    const DESCRIPTOR: Descriptor = Descriptor::new("stft.scipy", "Short-time Fourier transform, as scipy.signal.stft")
        .doc(
            "Frames of nperseg samples, nperseg - noverlap apart, after nperseg // 2 samples of padding at both ends and zeros \
             until the last frame is whole; bins divided by the window's sum (spectrum), or by the root of fs times its energy \
             (psd), with fs the stream's rate. A frame shorter than nfft is followed by zeros. A signal shorter than nperseg \
             shortens it, with a finding, where the signal's length is known beforehand; else it is refused.",
        )
        .source("scipy 1.17.1, signal.stft")
        .inputs(&[Port::audio("audio").dtypes(&[DType::F32, DType::F64, DType::U8, DType::I16, DType::I32]).doc("Samples.")])
        .outputs(BINS)
        .parameters(&[
            librosa::WINDOW,
            samples("nperseg").default(DefaultValue::Int(256)).doc("Length of the window."),
            samples_or_none("noverlap")
                .range(0.0, auricle_analysis::MOST)
                .doc("Samples that two frames share; none: nperseg // 2."),
            samples_or_none("nfft").doc("Length of the transform, at least nperseg; none: nperseg."),
            Parameter::bool("return_onesided", true)
                .doc("Only bins 0 to nfft // 2; else all nfft, of which the others are conjugates."),
            Parameter::choice("boundary", "zeros", &["zeros", "even", "odd", "constant", "none"]).doc(
                "What stands outside the signal: zeros, the signal mirrored (even), mirrored through its ends (odd), its ends \
                 (constant), or nothing (none).",
            ),
            Parameter::bool("detrend", false)
                .choices(&["constant", "linear"])
                .doc("What is taken off each frame before the window: its mean (constant), the line through it (linear), or nothing."),
            Parameter::bool("padded", true).doc("Zeros behind it until the last frame is whole; else a rest is left out."),
            Parameter::choice("scaling", "spectrum", &["spectrum", "psd"]).doc("What the bins are divided by."),
        ]);

    fn trend(setup: &Setup) -> Result<Option<Trend>> {
        Ok(match setup.parameters.get("detrend")? {
            Value::Bool(false) => None,
            Value::Bool(true) => {
                return Err(Error::parameter("detrend", "expected false, constant or linear, got true"));
            }
            Value::Str(name) if name == "constant" => Some(Trend::Mean),
            _ => Some(Trend::Line),
        })
    }

    fn analysis(setup: &Setup) -> Result<Analysis> {
        let parameters = &setup.parameters;
        let input = setup.input(0)?;
        let asked = parameters.count("nperseg")?;
        let nperseg = match input.length.and_then(|length| usize::try_from(length).ok()) {
            Some(length) if (1..asked).contains(&length) => {
                let message = format!("nperseg is {length}, the length of the input, and not {asked}");
                setup.host().finding(Severity::Warning, "short-input", &message, None);
                length
            }
            _ => asked,
        };
        let noverlap = parameters.optional_count("noverlap")?.unwrap_or(nperseg / 2);
        if noverlap >= nperseg {
            return Err(Error::parameter(
                "noverlap",
                format!("expected less than nperseg ({nperseg}), got {noverlap}"),
            ));
        }
        let nfft = parameters.optional_count("nfft")?.unwrap_or(nperseg);
        if nfft < nperseg {
            return Err(Error::parameter("nfft", format!("expected nperseg ({nperseg}) or more, got {nfft}")));
        }
        let shape = librosa::shape(parameters)?;
        let window =
            window::Config { win_length: nperseg, placement: Placement::Start, ..window::Config::new(shape, nfft) };
        let values = window::window(&window).map_err(refused)?;
        let scale = match parameters.text("scaling")? {
            "psd" => {
                let energy: f64 = values.iter().map(|w| w * w).sum();
                (f64::from(input.as_audio()?.sample_rate) * energy).sqrt().recip()
            }
            _ => values.iter().sum::<f64>().recip(),
        };
        let half = match parameters.text("boundary")? {
            "none" => 0,
            _ => nperseg / 2,
        };
        let pad = match parameters.text("boundary")? {
            "even" => Pad::Reflect,
            "odd" => Pad::Odd,
            "constant" => Pad::Edge,
            _ => Pad::Zero,
        };
        let tail = if parameters.bool("padded")? { Tail::Whole } else { Tail::Drop };
        let framing = Framing::plain(nperseg, nperseg - noverlap).padded(half, half, pad).tail(tail);
        let config = Config { scale, onesided: parameters.bool("return_onesided")?, ..Config::new(window) };
        Ok(Analysis::new(config, framing.at_least(nperseg, "nperseg")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bins::Stage;
    use auricle_sdk::testing::{Bench, refused};

    fn bench(samples: usize) -> Bench<Stage<Scipy>> {
        let samples: Vec<f32> = (0..samples).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect();
        Bench::new().audio(8000, &[&samples])
    }

    #[test]
    fn shapes_are_scipys() {
        for (bench, expected) in [
            (bench(1000), (129, 9)),
            (bench(1000).parameter("boundary", "none"), (129, 7)),
            (bench(1000).parameter("boundary", "none").parameter("padded", false), (129, 6)),
            (bench(1000).parameter("boundary", "even").parameter("nperseg", 255).parameter("noverlap", 100), (128, 8)),
            (bench(1000).parameter("nfft", 300).parameter("return_onesided", false), (300, 9)),
            (bench(1000).parameter("boundary", "constant").parameter("scaling", "psd"), (129, 9)),
            (bench(1000).parameter("boundary", "odd").parameter("detrend", "linear"), (129, 9)),
        ] {
            let format = bench.run().expect("runs").formats.remove(0);
            let bins = format.as_tensor().expect("a tensor").frame_len();
            assert_eq!((bins, format.length), (expected.0, Some(expected.1)));
            bench.conforms();
        }
    }

    #[test]
    fn integers_are_taken_as_they_are() {
        let wide = Bench::<Stage<Scipy>>::new().audio(8000, &[&[1i32 << 30; 600]]).run().expect("runs");
        assert_eq!(wide.formats[0].dtype(), Some(DType::C128));
        let narrow = Bench::<Stage<Scipy>>::new().audio(8000, &[&[1000i16; 600]]).run().expect("runs");
        let bins: Vec<Complex<f32>> = narrow.tensor(0).expect("complex64");
        // Away from the ends a constant stands in bin 0 as it is.
        assert!((bins[2 * 129].re - 1000.0).abs() < 1e-2, "{}", bins[2 * 129]);
    }

    #[test]
    fn a_short_signal_shortens_the_window() {
        let outcome = bench(100).run().expect("runs");
        assert_eq!(outcome.formats[0].as_tensor().expect("a tensor").frame_len(), 51);
        assert_eq!(outcome.findings[0].code, "short-input");
    }

    #[test]
    fn refusals() {
        for (bench, parameter) in [
            (bench(1000).parameter("noverlap", 256), "noverlap"),
            (bench(1000).parameter("nfft", 255), "nfft"),
            (bench(1000).parameter("detrend", true), "detrend"),
            (bench(1000).parameter("window", Value::List(vec!["kaiser".into()])), "window"),
        ] {
            assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, parameter);
        }
    }
}
