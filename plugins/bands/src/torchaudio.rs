//! `mel.torchaudio`: mel bands as torchaudio's transform makes them.
//!
//! Shape: audio to `(band, frame)`, several channels or audio with a channel axis to `(channel, band, frame)`; float32.
//! Source: torchaudio 2.8.0, `transforms.MelSpectrogram`. Unlike `mel.librosa`: HTK's scale, no norm, mirrored ends.

use auricle_dsp::bands;
use auricle_dsp::mel::{Config, Norm, Scale};
use auricle_dsp::stft;
use auricle_dsp::window::{self, Shape};
use auricle_sdk::prelude::*;

use crate::arguments::{
    self, SINGLE, bands as n_bands, centred, lower_edge, samples, samples_or_none, upper_edge_or_none,
};
use crate::front::{FrontEnd, Recipe, Signal};
use crate::refusal::refused;

/// torchaudio's mel bands.
pub struct Torchaudio;

impl FrontEnd for Torchaudio {
    const DESCRIPTOR: Descriptor = Descriptor::new("mel.torchaudio", "Mel bands, as torchaudio's MelSpectrogram")
        .doc(
            "Powers of centred, mirrored frames, summed by triangles on HTK's scale without a norm. The bank is made in \
             float32 as the tool makes it, so that narrow bands agree. sample_rate is the stream's; window_fn is a name \
             (hann or hann_window, hamming, blackman, bartlett, [\"kaiser\", beta]) and always periodic. Not there: wkwargs, \
             onesided, and pad_mode circular. As the tool, it refuses clips that are too short to mirror or to fill a frame.",
        )
        .source("torchaudio 2.8.0, transforms.MelSpectrogram and functional.melscale_fbanks")
        .inputs(&[SINGLE])
        .outputs(&[Port::tensor("bands").doc("Mel bands, (band, frame), lowest first.")])
        .parameters(&PARAMETERS)
        .locality(Locality::Window);

    fn recipe(setup: &Setup) -> Result<Recipe> {
        recipe(setup)
    }
}

/// The tool's arguments.
pub const PARAMETERS: [Parameter; 14] = [
    samples("n_fft", 400).doc("Length of the transform."),
    samples_or_none("win_length").doc("Length of the window, in the middle of the frame; none: n_fft."),
    samples_or_none("hop_length").doc("Samples from one frame to the next; none: win_length // 2."),
    lower_edge("f_min", 0.0),
    upper_edge_or_none("f_max"),
    Parameter::int("pad", 0).range(0.0, 1e9).unit("samples").doc("Zeros at both ends, before anything else."),
    n_bands("n_mels", 128),
    Parameter::choice("window_fn", "hann", &WINDOWS).or(Types::LIST).doc("Window, periodic."),
    Parameter::float("power", 2.0).range(1e-3, 1e3).doc("Exponent of the magnitude."),
    Parameter::bool("normalized", false)
        .choices(&["window", "frame_length"])
        .doc("true or window: divided by the root of the sum of the window's squares; frame_length: by that of n_fft."),
    Parameter::bool("center", true).doc("Frame t is centred on sample t * hop_length; else it begins there."),
    Parameter::choice("pad_mode", "reflect", &["reflect", "constant", "replicate"])
        .doc("With center, what stands outside the signal: the signal mirrored, zeros, its ends."),
    Parameter::choice("norm", "none", &["none", "slaney"]).doc("slaney: bands of equal area; none: peaks of 1."),
    Parameter::choice("mel_scale", "htk", &["htk", "slaney"]).doc("The scale of the bands."),
];

const WINDOWS: [&str; 10] = [
    "hann",
    "hamming",
    "blackman",
    "bartlett",
    "kaiser",
    "hann_window",
    "hamming_window",
    "blackman_window",
    "bartlett_window",
    "kaiser_window",
];

/// The transform's recipe, which others go on with.
pub fn recipe(setup: &Setup) -> Result<Recipe> {
    let parameters = &setup.parameters;
    let audio = setup.input(0)?;
    let channel_axis = audio.layout.starts_with("channel");
    let sample_rate = arguments::sample_rate(setup)?;
    let n_fft = parameters.count("n_fft")?;
    let win_length = parameters.optional_count("win_length")?.unwrap_or(n_fft);
    let hop = parameters.optional_count("hop_length")?.unwrap_or(win_length / 2);
    if hop == 0 {
        let message = format!("expected one, since half of win_length ({win_length}) is less than a sample");
        return Err(Error::parameter("hop_length", message));
    }
    let window = centred(shape(parameters)?, win_length, n_fft);
    let scale = match parameters.get("normalized")? {
        Value::Bool(false) => 1.0,
        Value::Str(by) if by == "frame_length" => 1.0 / (n_fft as f64).sqrt(),
        _ => {
            let values = window::window(&window).map_err(refused)?;
            1.0 / values.iter().map(|w| w * w).sum::<f64>().sqrt()
        }
    };
    let slaney = parameters.text("mel_scale")? == "slaney";
    let bank = Config::torch(sample_rate, n_fft, if slaney { Scale::Slaney } else { Scale::Htk });
    let bank = Config {
        n_mels: parameters.count("n_mels")?,
        fmin: parameters.float("f_min")?,
        fmax: parameters.optional_float("f_max")?.unwrap_or(bank.fmax),
        norm: if parameters.text("norm")? == "slaney" { Norm::Slaney } else { Norm::None },
        ..bank
    };
    if bank.fmin > bank.fmax {
        let message = format!("expected at most f_max ({}), got {}", bank.fmax, bank.fmin);
        return Err(Error::parameter("f_min", message));
    }
    let bands = bands::Config {
        stft: stft::Config { window, scale },
        exponent: parameters.float("power")?.into(),
        ..bands::Config::new(window, Some(bank))
    };
    let pad = parameters.count("pad")?;
    let (framing, shortest) = match (parameters.bool("center")?, parameters.text("pad_mode")?) {
        (false, _) => (Framing::plain(n_fft, hop), n_fft as i64),
        (true, "constant") => (Framing::centred(n_fft, hop, Pad::Zero), 0),
        (true, "replicate") => (Framing::centred(n_fft, hop, Pad::Edge), 1),
        (true, _) => (Framing::centred(n_fft, hop, Pad::Reflect), n_fft as i64 / 2 + 1),
    };
    Ok(Recipe {
        signal: Signal { lead: pad, trail: pad, ..Signal::default() },
        shortest: shortest - 2 * pad as i64,
        channel_axis,
        scale: if slaney { "mel/slaney" } else { "mel/htk" },
        quantity: quantity(bands.exponent),
        ..Recipe::new(framing, bands)
    })
}

/// What bands of this power of a magnitude are.
pub fn quantity(exponent: stft::Exponent) -> &'static str {
    match exponent {
        stft::Exponent::Magnitude => "amplitude",
        stft::Exponent::Power => "power",
        stft::Exponent::Of(_) => "",
    }
}

fn shape(parameters: &Parameters) -> Result<Shape> {
    let (name, numbers) = parameters.named("window_fn")?;
    let plain = name.strip_suffix("_window").unwrap_or(name);
    // torch.kaiser_window's default.
    let numbers = if plain == "kaiser" && numbers.is_empty() { vec![12.0] } else { numbers };
    Shape::named(plain, &numbers).map_err(|error| Error::parameter("window_fn", error.message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::Front;
    use auricle_sdk::testing::{Bench, refused};

    type Stage32 = Front<Torchaudio, f32>;

    fn ramp(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect()
    }

    #[test]
    fn shapes_and_laws() {
        let outcome = Bench::<Stage32>::new().audio(16_000, &[&ramp(4096)]).run().expect("runs");
        assert_eq!(outcome.tensor::<f32>(0).expect("bands").len(), 128 * 21);
        assert_eq!(outcome.formats[0].layout, "band,frame");
        for (samples, center, pad, pad_mode) in [
            (3000, true, 0, "reflect"),
            (300, true, 130, "reflect"),
            (1, true, 0, "constant"),
            (3000, false, 7, "reflect"),
        ] {
            let bench = Bench::<Stage32>::new()
                .parameter("n_mels", 20)
                .parameter("win_length", 301)
                .parameter("center", center)
                .parameter("pad", pad)
                .parameter("pad_mode", pad_mode)
                .audio(16_000, &[&ramp(samples), &ramp(samples)]);
            bench.conforms();
        }
    }

    #[test]
    fn refusals() {
        let samples = ramp(200);
        let bench = || Bench::<Stage32>::new().audio(16_000, &[&samples]);
        for (bench, parameter) in [
            (bench().parameter("win_length", 401), "win_length"),
            (bench().parameter("pad_mode", "constant").parameter("f_min", 9000.0), "f_min"),
            (bench().parameter("n_fft", 1), "hop_length"),
        ] {
            assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, parameter);
        }
        let short = refused(bench().run(), ErrorKind::Data);
        assert!(short.message.contains("at least 201 samples, got 200"), "{short}");
    }
}
