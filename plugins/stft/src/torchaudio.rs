//! `spectrogram.torchaudio`: powers of the magnitude of overlapping frames, or their complex bins.
//!
//! Shape: audio to `(bin, frame)`, `(channel, time)` to `(channel, bin, frame)`; of the samples' precision.
//! Source: torchaudio 2.8.0, `transforms.Spectrogram`. Unlike `stft.torch` it has a Hann window and squares.

use std::marker::PhantomData;

use auricle_analysis::{Analysis, torch};
use auricle_dsp::Float;
use auricle_sdk::adapter::Choose;
use auricle_sdk::{Real, prelude::*};

use crate::bins::{AUDIO, Bins, Dialect};
use crate::spectra::Spectra;

/// The dialect, in one precision.
pub struct Torchaudio<T>(PhantomData<fn() -> T>);

const DESCRIPTOR: Descriptor = Descriptor::new("spectrogram.torchaudio", "Spectrogram, as torchaudio.transforms.Spectrogram")
    .doc(
        "|X|^power of the bins of stft.torch with a periodic Hann window, the hop half the window unless told. power = \"none\" \
         gives the complex bins. normalized divides X by the root of the window's energy (not of n_fft, unless \
         frame_length). Mirroring takes more than n_fft // 2 samples, as the tool does.",
    )
    .source("torchaudio 2.8.0, transforms.Spectrogram")
    .inputs(AUDIO)
    .outputs(&[Port::tensor("spectrogram")
        .dtypes(&[DType::F32, DType::F64, DType::C64, DType::C128])
        .doc("Powers of the magnitude, or complex bins.")])
    .parameters(&[
        torch::TRANSFORM_N_FFT,
        torch::WIN_LENGTH,
        torch::TRANSFORM_HOP_LENGTH,
        torch::PAD,
        torch::WINDOW_FN,
        Parameter::float("power", 2.0)
            .range(1e-3, 1e3)
            .choices(&["none"])
            .doc("Exponent of the magnitude: 1 for amplitude, 2 for power; none: complex bins."),
        torch::TRANSFORM_NORMALIZED,
        torch::CENTER,
        torch::PAD_MODE,
        torch::ONESIDED,
    ])
    .locality(Locality::Window);

impl<T: Real + Float> Dialect for Torchaudio<T> {
    const DESCRIPTOR: Descriptor = DESCRIPTOR;

    fn analysis(setup: &Setup) -> Result<Analysis> {
        let mut analysis = torch::transform(setup)?;
        analysis.config.onesided = setup.parameters.bool("onesided")?;
        Ok(analysis)
    }
}

impl<T: Real + Float> Choose for Torchaudio<T>
where
    Complex<T>: Element,
{
    const DESCRIPTOR: Descriptor = DESCRIPTOR;
    type First = Framed<Spectra<Self, T>>;
    type Second = Framed<Bins<Self, T>>;

    fn first(setup: &Setup) -> Result<bool> {
        Ok(!setup.parameters.get("power")?.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::adapter::Either;
    use auricle_sdk::testing::Bench;

    type Stage32 = Precision<Either<Torchaudio<f32>>, Either<Torchaudio<f64>>>;

    fn bench() -> Bench<Stage32> {
        let samples: Vec<f32> = (0..1000).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect();
        Bench::new().audio(16_000, &[&samples])
    }

    #[test]
    fn shapes_quantities_and_laws() {
        for (power, dtype, quantity) in [
            (Value::from(2.0), DType::F32, "power"),
            (Value::from(1.0), DType::F32, "amplitude"),
            (Value::from(0.5), DType::F32, ""),
            (Value::from("none"), DType::C64, "complex"),
        ] {
            let bench = bench().parameter("power", power);
            let outcome = bench.run().expect("runs");
            let format = &outcome.formats[0];
            assert_eq!((format.dtype(), format.length), (Some(dtype), Some(6)));
            assert_eq!(format.as_tensor().expect("a tensor").quantity, quantity);
            bench.conforms();
        }
    }

    #[test]
    fn scaling_is_by_the_windows_energy_or_the_frames_length() {
        let values = |bench: Bench<Stage32>| bench.run().expect("runs").tensor::<f32>(0).expect("power");
        let plain = values(bench());
        // The energy of a Hann window is 3/8 of its length.
        for (normalized, factor) in
            [(Value::from(true), 150.0), ("window".into(), 150.0), ("frame_length".into(), 400.0)]
        {
            for (a, b) in values(bench().parameter("normalized", normalized)).iter().zip(&plain) {
                assert!((a * factor - b).abs() <= 1e-5 * b, "{a} {b}");
            }
        }
    }

    #[test]
    fn zeros_around_the_signal() {
        let outcome = bench().parameter("pad", 100).parameter("center", false).run().expect("runs");
        assert_eq!(outcome.formats[0].length, Some(5));
        for pad_mode in ["reflect", "constant", "replicate", "circular"] {
            let mirrored = bench().parameter("pad", 100).parameter("pad_mode", pad_mode);
            assert_eq!(mirrored.run().expect("runs").formats[0].length, Some(7), "{pad_mode}");
            mirrored.conforms();
        }
    }
}
