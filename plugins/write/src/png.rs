//! `write.png`: a waveform, a spectrogram or a curve as a picture with axes, units and colour bar.
//!
//! Shape: audio, or frames `(frame, [channel,] bin)`, in; each channel is a lane. A stream is pooled to the picture's
//! columns as it passes: the largest value of a spectrogram, the range and RMS of a waveform. So nothing short is lost,
//! and an hour needs no more memory than a second.

mod canvas;
mod colour;
mod figure;
mod frequency;
mod heat;
mod pool;
mod text;
mod ticks;
mod trace;
mod values;

use auricle_sdk::Host;
use auricle_sdk::format::Data;
use auricle_sdk::prelude::*;
use colour::Theme;
use figure::{Figure, Plan};
use heat::Heat;
use std::sync::Arc;
use ticks::Tick;
use trace::Trace;

/// Most channels that are drawn.
const LANES: usize = 12;
/// Frames of at most this many values are curves, unless the values stand at frequencies.
const CURVES: usize = 4;

/// The stage.
pub struct Png {
    host: Host,
    format: Arc<Format>,
    path: String,
    title: String,
    caption: String,
    theme: String,
    map: String,
    scale: String,
    low: Option<f64>,
    high: Option<f64>,
    plan: Plan,
    picture: Option<Picture>,
}

enum Picture {
    Heat(Heat),
    Trace(Trace),
}

impl Writer for Png {
    const DESCRIPTOR: Descriptor = Descriptor::new("write.png", "Draws a waveform, a spectrogram or a curve")
        .doc(
            "Audio becomes a waveform: its range in each column, inside it the RMS, in red what exceeds full scale. Frames \
             of bins or bands become a spectrogram: complex values, power and amplitude in dB relative to the largest, \
             levels, logarithms and everything else as they are; a pixel shows the largest value under it. Frames of up \
             to four values become curves. Up to twelve channels are drawn, one above the other. A column of the picture \
             stands for the same span of time everywhere, each frame around its centre.",
        )
        .inputs(&[Port::array("array").doc("What is drawn.")])
        .parameters(&[
            Parameter::output_path("path").doc("The file, relative to the output directory."),
            Parameter::text("title", "").doc("Headline; by default what the session calls the input."),
            Parameter::text("caption", "").doc("Line below; by default how the input came about, where that is known."),
            Parameter::int("width", 1600).range(320.0, 8192.0).unit("pixels").doc("Columns of the picture."),
            Parameter::int("height", 900).range(200.0, 8192.0).unit("pixels").doc("Rows of the picture."),
            Parameter::choice("theme", "light", Theme::NAMES).doc("Paper and ink."),
            Parameter::choice("colormap", "auto", colour::MAPS)
                .doc("Colours of a spectrogram; auto: magma, and diverging for differences of both signs."),
            Parameter::float("vmin", 0.0)
                .default(DefaultValue::Str("auto"))
                .choices(&["auto"])
                .doc("Lower end of the colours, or of a waveform's axis; auto: 80 dB below vmax, or the smallest value."),
            Parameter::float("vmax", 0.0)
                .default(DefaultValue::Str("auto"))
                .choices(&["auto"])
                .doc("Upper end; auto: the largest value, rounded up."),
            Parameter::choice("frequency_scale", "native", frequency::SCALES)
                .doc("Spacing of a spectrogram's rows; native: every bin or band equally high."),
        ]);

    fn new(setup: &Setup) -> Result<Self> {
        let input = setup.inputs.first().ok_or_else(|| Error::format("nothing is connected"))?;
        let parameters = &setup.parameters;
        let end = |id: &str| match parameters.get(id)?.as_str() {
            Some(_) => Ok(None),
            None => parameters.float(id).map(Some),
        };
        let (low, high) = (end("vmin")?, end("vmax")?);
        if let (Some(low), Some(high)) = (low, high)
            && low >= high
        {
            return Err(Error::parameter("vmin", format!("expected less than vmax ({high}), got {low}")));
        }
        let text = |id: &str| parameters.text(id).map(str::to_owned);
        let or = |text: String, other: &str| if text.is_empty() { other.to_owned() } else { text };
        let chain = input.format.attribute("chain").and_then(Value::as_str).unwrap_or("");
        let heat = is_heat(&input.format)?;
        let caption = or(text("caption")?, chain);
        let (width, height) = (parameters.count("width")?, parameters.count("height")?);
        let this = Png {
            host: setup.host(),
            format: input.format.clone(),
            path: text("path")?,
            title: or(text("title")?, &input.label),
            theme: text("theme")?,
            map: text("colormap")?,
            scale: text("frequency_scale")?,
            low,
            high,
            plan: Plan::new(width, height, heat, !caption.is_empty()),
            caption,
            picture: None,
        };
        if !heat && this.scale != "native" {
            let message = format!("expected \"native\", as only spectrograms have another, got {:?}", this.scale);
            return Err(Error::parameter("frequency_scale", message));
        }
        this.picture(heat)?;
        Ok(this)
    }

    fn begin(&mut self) -> Result<()> {
        self.picture = Some(self.picture(is_heat(&self.format)?)?);
        Ok(())
    }

    fn write(&mut self, packet: &Packet) -> Result<()> {
        match &mut self.picture {
            Some(Picture::Heat(heat)) => heat.push(packet),
            Some(Picture::Trace(trace)) => trace.push(packet),
            None => Err(Error::internal("write before begin")),
        }
    }

    fn finish(&mut self) -> Result<()> {
        let picture = self.picture.take().ok_or_else(|| Error::internal("finish before begin"))?;
        let mut figure = Figure::new(self.plan, Theme::new(&self.theme))?;
        let names = lane_names(&self.format);
        let entries = match &picture {
            Picture::Heat(heat) => {
                heat.draw(&mut figure, &self.map, self.low, self.high, &names);
                heat.entries()
            }
            Picture::Trace(trace) => {
                trace.draw(&mut figure, self.low, self.high, &names);
                trace.entries()
            }
        };
        let (marks, title) = time_axis(&self.format, entries, self.plan);
        figure.x_axis(&marks, &title);
        if entries == 0 {
            figure.note(if self.format.as_audio().is_ok() { "no samples" } else { "no frames" });
        }
        figure.words(&self.title, &facts(&self.format, entries), &self.caption);
        let bytes = self.encode(figure.canvas.pixels())?;
        self.host.output(&self.path)?.write_at(0, &bytes)
    }
}

impl Png {
    fn picture(&self, heat: bool) -> Result<Picture> {
        Ok(match heat {
            true => Picture::Heat(Heat::new(&self.format, &self.plan, &self.scale, LANES)?),
            false => Picture::Trace(Trace::new(&self.format, &self.plan, LANES)),
        })
    }

    fn encode(&self, pixels: &[u8]) -> Result<Vec<u8>> {
        let failed = |e: png::EncodingError| Error::internal(format!("PNG: {e}"));
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.plan.width as u32, self.plan.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        for (keyword, text) in [("Title", &self.title), ("Description", &self.caption)] {
            if !text.is_empty() {
                encoder.add_itxt_chunk(keyword.to_owned(), text.clone()).map_err(failed)?;
            }
        }
        let mut writer = encoder.write_header().map_err(failed)?;
        writer.write_image_data(pixels).map_err(failed)?;
        writer.finish().map_err(failed)?;
        Ok(bytes)
    }
}

/// Is it drawn as colours? Otherwise as curves.
fn is_heat(format: &Format) -> Result<bool> {
    let tensor = match &format.data {
        Data::Audio(_) => return Ok(false),
        Data::Tensor(tensor) => tensor,
        _ => return Err(Error::format(format!("expected audio or a tensor, got {}", format.kind().name()))),
    };
    let axes: Vec<&Axis> = tensor.frame_axes().iter().filter(|axis| axis.role != Role::Channel).collect();
    let names: Vec<&str> = tensor.axes.iter().map(|axis| axis.name.as_str()).collect();
    match axes[..] {
        _ if !tensor.streams() || axes.len() > 1 => {
            Err(Error::format(format!("expected frames of bins, bands or a few values, got axes {}", names.join(", ")))
                .hint("write.npy takes any tensor"))
        }
        [axis] => Ok(axis.role == Role::Frequency || tensor.frame_len() > CURVES),
        _ => Ok(false),
    }
}

/// What stands in the corner of each lane: nothing if there is only one.
fn lane_names(format: &Format) -> Vec<String> {
    let numbers = |n: usize| (1..=n).map(|k| k.to_string()).collect();
    match &format.data {
        Data::Audio(audio) if audio.channels > 1 => {
            let speakers: Vec<String> = audio.channel_layout.split(',').map(|name| name.trim().to_owned()).collect();
            if speakers.len() == audio.channels { speakers } else { numbers(audio.channels) }
        }
        Data::Tensor(tensor) => match tensor.axis(Role::Channel).and_then(|axis| axis.length) {
            Some(channels) if channels > 1 => numbers(channels),
            None if !is_heat(format).unwrap_or(true) && tensor.frame_len() > 1 => numbers(tensor.frame_len()),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Marks of the horizontal axis and its title. Every entry reaches half a step to both sides of its time.
fn time_axis(format: &Format, entries: i64, plan: Plan) -> (Vec<(f64, Tick)>, String) {
    let clock = format.clock;
    let most = ((plan.plot.width as f32 / (150.0 * plan.unit)) as usize).clamp(2, 20);
    let (low, high, timed) = match entries.max(1) {
        n if clock.step == 0 => (-0.5, n as f64 - 0.5, false),
        n => {
            let half = 0.5 / clock.rate();
            (clock.seconds(0) - half, clock.seconds(n - 1) + half, true)
        }
    };
    let (marks, title) = if timed {
        let (marks, unit) = ticks::time(low, high, most);
        (marks, format!("Time ({unit})"))
    } else {
        (ticks::linear(low, high, most), "Frame".to_owned())
    };
    (marks.into_iter().map(|tick| ((tick.value - low) / (high - low), tick)).collect(), title)
}

/// What is worth knowing about the stream, in a few words.
fn facts(format: &Format, entries: i64) -> String {
    let clock = format.clock;
    let several = |n: usize, name: &str| if n == 1 { format!("1 {name}") } else { format!("{n} {name}s") };
    let mut facts = Vec::new();
    match &format.data {
        Data::Audio(audio) => {
            facts.push(format!("{} kHz", f64::from(audio.sample_rate) / 1e3));
            facts.push(if audio.channels == 1 { "mono".into() } else { several(audio.channels, "channel") });
        }
        Data::Tensor(tensor) => {
            if clock.tick.0 == 1 && clock.step > 1 {
                let milliseconds = 1e3 / clock.rate();
                facts.push(format!("hop {} ({} ms)", clock.step, (milliseconds * 100.0).round() / 100.0));
            }
            if let Some((name, n)) = tensor.axis(Role::Frequency).and_then(|axis| Some((&axis.name, axis.length?))) {
                facts.push(several(n, name));
            }
            if let Some(channels) = tensor.axis(Role::Channel).and_then(|axis| axis.length).filter(|n| *n > 1) {
                facts.push(several(channels, "channel"));
            }
        }
        _ => {}
    }
    if clock.step > 0 {
        facts.push(match entries as f64 / clock.rate() {
            seconds if seconds < 1.0 => format!("{} ms", ticks::number(seconds * 1e3, 0.1)),
            seconds => format!("{} s", ticks::number(seconds, 0.01)),
        });
    }
    facts.join("  ·  ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn bench() -> Bench<Sink<Png>> {
        Bench::new().parameter("path", "x.png").parameter("width", 320).parameter("height", 200)
    }

    /// Width, height and pixels of the picture; it is the same for every size of block.
    fn draw(bench: &Bench<Sink<Png>>) -> (usize, usize, Vec<u8>) {
        bench.conforms();
        let outcome = bench.run().expect("it runs");
        let decoder = png::Decoder::new(std::io::Cursor::new(&outcome.files["x.png"]));
        let mut reader = decoder.read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("it fits in memory")];
        let info = reader.next_frame(&mut pixels).expect("a picture");
        assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
        (info.width as usize, info.height as usize, pixels)
    }

    fn frames(values: &[f32], axis: Axis, quantity: &str) -> Bench<Sink<Png>> {
        let length = values.len() as i64 / axis.length.expect("it is known") as i64;
        let tensor = Tensor::new::<f32>(vec![Axis::frames(Some(length)), axis], quantity);
        bench().tensor(Format::tensor(tensor, Clock::samples(8000).frames(80, 0), Some(length), ""), values)
    }

    #[test]
    fn a_spectrogram_has_the_colours_of_its_values() {
        let values = [0.0, -20.0, -40.0, -60.0, f32::NAN, f32::NEG_INFINITY];
        let bench = frames(&values, Axis::bins(2, 100.0), "db").parameter("vmin", -60.0).parameter("vmax", 0.0);
        let (width, height, pixels) = draw(&bench);
        assert_eq!((width, height), (320, 200));
        let plot = Plan::new(320, 200, true, false).plot;
        let (map, theme) = (colour::Map::new("magma", false), Theme::new("light"));
        for frame in 0..3 {
            for bin in 0..2 {
                let x = plot.x + plot.width * (2 * frame + 1) / 6;
                let y = plot.bottom() - plot.height * (2 * bin + 1) / 4;
                let expected = match values[2 * frame + bin] {
                    value if value.is_nan() => theme.nothing,
                    value => map.colour((value + 60.0) / 60.0),
                };
                assert_eq!(pixels[(y * width + x) * 3..][..3], expected, "frame {frame}, bin {bin}");
            }
        }
    }

    #[test]
    fn a_click_in_a_long_stream_is_seen() {
        let mut samples = vec![0.0f32; 100_000];
        samples[70_000] = 1.5;
        let (width, _, pixels) = draw(&bench().audio(8000, &[&samples]));
        let plot = Plan::new(320, 200, false, false).plot;
        let alarm = Theme::new("light").alarm;
        let red: Vec<usize> = (plot.y..plot.bottom())
            .flat_map(|y| (plot.x..plot.right()).map(move |x| (x, y)))
            .filter(|(x, y)| pixels[(y * width + x) * 3..][..3] == alarm)
            .map(|(x, _)| x)
            .collect();
        assert!(!red.is_empty() && red.iter().all(|x| *x == plot.x + plot.width * 7 / 10), "{red:?}");
    }

    #[test]
    fn odd_input_is_drawn() {
        let nine: Vec<&[f32]> = vec![&[0.0, 0.5, -2.0, f32::NAN]; 9];
        draw(&bench().audio::<f32>(8000, &[&[]]));
        draw(&bench().audio(8000, &[&[0.25f32]]));
        draw(&bench().audio(8000, &nine));
        draw(&bench().audio(8000, &[&[1i16, -1], &[5, 6]]).parameter("theme", "dark"));
        draw(&frames(&[], Axis::bins(2, 100.0), "power"));
        draw(&frames(&[0.0; 12], Axis::bins(3, 100.0), "amplitude").parameter("frequency_scale", "log"));
        draw(&frames(&[f32::NAN; 5], Axis::new(Role::Other, "f0", Some(1)), "frequency"));
        draw(&frames(&[1.0, -3.0, 2.0, 5.0], Axis::bins(2, 1.0), "difference"));
        let complex =
            Tensor::new::<Complex<f32>>(vec![Axis::frames(Some(1)), Axis::channels(2), Axis::bins(1, 1.0)], "complex");
        let format = Format::tensor(complex, Clock::NONE, Some(1), "");
        draw(&bench().tensor(format, &[Complex::new(3.0f32, 4.0), Complex::new(0.0, 0.0)]));
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let tensor = Tensor::new::<f32>(vec![Axis::bins(3, 1.0)], "power");
        let whole = bench().tensor(Format::tensor(tensor, Clock::NONE, Some(1), ""), &[0.0f32; 3]);
        assert!(refused(whole.run(), ErrorKind::Format).message.contains("got axes bin"));
        let ends = frames(&[0.0; 3], Axis::bins(3, 1.0), "db").parameter("vmin", 1.0).parameter("vmax", 1.0);
        assert_eq!(refused(ends.run(), ErrorKind::Parameter).parameter, "vmin");
        let scale = bench().audio(8000, &[&[0.0f32]]).parameter("frequency_scale", "log");
        assert_eq!(refused(scale.run(), ErrorKind::Parameter).parameter, "frequency_scale");
    }

    #[test]
    fn words_travel_in_the_file() {
        let run = bench().audio(8000, &[&[0.0f32]]).parameter("title", "Größe").parameter("caption", "how").run();
        let outcome = run.expect("it runs");
        let reader = png::Decoder::new(std::io::Cursor::new(&outcome.files["x.png"])).read_info().expect("a PNG");
        let texts: Vec<_> =
            reader.info().utf8_text.iter().map(|t| (t.keyword.clone(), t.get_text().expect("text"))).collect();
        assert_eq!(texts, [("Title".into(), "Größe".into()), ("Description".into(), "how".into())]);
    }
}
