//! `write.png` and `write.svg`: waveforms, spectrograms, curves and events as a picture with axes, units and colour bar.
//!
//! Shape: audio, frames `(frame, [channel,] bin)`, or a table with a column `start` in; each input is a panel, each of its channels a lane. A stream is
//! pooled to the picture's columns as it passes: the largest value of a spectrogram, the range and RMS of a waveform. So
//! nothing short is lost, and an hour needs no more memory than a second. Both stages draw the same drawing; only what it
//! is rendered to differs.

mod canvas;
mod colour;
mod drawing;
mod figure;
mod frequency;
mod heat;
mod how;
mod panel;
mod part;
mod pool;
mod spans;
mod svg;
mod text;
mod ticks;
mod trace;

use auricle_sdk::Host;
use auricle_sdk::format::{Data, Kind};
use auricle_sdk::prelude::*;
use colour::Theme;
use drawing::Drawing;
use figure::{Figure, Plan};
use how::How;
use panel::{Panel, Picture};
use part::Part;
use std::marker::PhantomData;
use text::Fonts;
use ticks::Tick;

/// Most channels that are drawn.
const LANES: usize = 12;
/// Most inputs that are drawn.
const PANELS: usize = 12;
/// Frames of at most this many values are curves, unless the values stand at frequencies.
const CURVES: usize = 4;
/// Shares of the height of a panel of curves and of one of colours.
const WEIGHTS: [usize; 2] = [2, 3];

const DOC: &str = "Audio becomes a waveform: its range in each column, inside it the RMS, in red what exceeds full scale. \
    Frames of bins or bands become a spectrogram: complex values, power and amplitude in dB relative to the largest, levels, \
    logarithms and everything else as they are; a pixel shows the largest value under it. Frames of up to four values become \
    curves. Rows of a table that tell when they are become stretches of time, a lane a tier. Up to twelve channels are drawn, one above the other. Several inputs are panels on one time axis. A column of the \
    picture stands for the same span of time everywhere, each frame around its centre.";

const INPUTS: &[Port] = &[Port::array("array")
    .kinds(&[Kind::Audio, Kind::Tensor, Kind::Records])
    .many()
    .doc("What is drawn; several are panels from the top down.")];

const PARAMETERS: &[Parameter] = &[
    Parameter::output_path("path").doc("The file, relative to the output directory."),
    Parameter::text("title", "").doc("Headline; by default what the session calls the input."),
    Parameter::text("caption", "").doc("Lines below; by default how each input came about, where that is known."),
    Parameter::absent("panels", Types::LIST).doc("Names of the panels; absent: what the session calls the inputs."),
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
    Parameter::float("fmin", 0.0)
        .default(DefaultValue::Str("auto"))
        .choices(&["auto"])
        .doc("Lower end of a spectrogram's vertical axis, in Hz or what the axis counts; auto: all of it."),
    Parameter::float("fmax", 0.0)
        .default(DefaultValue::Str("auto"))
        .choices(&["auto"])
        .doc("Upper end; auto: all of it."),
    Parameter::int("channel", 1)
        .default(DefaultValue::Str("all"))
        .choices(&["all"])
        .range(1.0, 4096.0)
        .doc("The channel of a spectrogram that is drawn; all: up to twelve."),
    Parameter::choice("pooling", "max", how::POOLINGS)
        .doc("What a pixel of a spectrogram shows of the values under it."),
    Parameter::choice("levels", "auto", how::LEVELS)
        .doc("auto: power and amplitude in dB relative to the largest; none: as they are."),
    Parameter::choice("drawn", "auto", how::DRAWN).doc("What frames become; auto: lines where they hold few values."),
    Parameter::absent("looks", Types::LIST).doc(
        "What differs in a panel, a text an input, such as \"vmin=-60 colormap=gray height=2\": vmin, vmax, colormap, \
         frequency_scale, fmin, fmax, channel, pooling, levels, drawn, and the panel's height beside the others'.",
    ),
    Parameter::float("from_s", 0.0)
        .default(DefaultValue::Str("auto"))
        .choices(&["auto"])
        .unit("s")
        .doc("Left end of the time axis; what stands before it is left out; auto: where the first input begins."),
    Parameter::float("to_s", 0.0)
        .default(DefaultValue::Str("auto"))
        .choices(&["auto"])
        .unit("s")
        .doc("Right end; auto: where the last input ends."),
];

/// A file format for pictures.
pub trait Renderer: Send + 'static {
    /// What the stage that writes it says about itself.
    const DESCRIPTOR: Descriptor;

    /// The file.
    ///
    /// # Errors
    /// It cannot be encoded.
    fn render(drawing: &Drawing, title: &str, caption: &str) -> Result<Vec<u8>>;
}

/// Pixels.
pub struct Pixels;

impl Renderer for Pixels {
    const DESCRIPTOR: Descriptor = Descriptor::new("write.png", "Draws waveforms, spectrograms, curves and events")
        .doc(DOC)
        .inputs(INPUTS)
        .parameters(PARAMETERS);

    fn render(drawing: &Drawing, title: &str, caption: &str) -> Result<Vec<u8>> {
        let canvas = drawing.raster(&Fonts::new()?);
        encode(drawing.width, drawing.height, canvas.pixels(), &[("Title", title), ("Description", caption)])
    }
}

/// Text and curves, for print and for editing.
pub struct Vectors;

impl Renderer for Vectors {
    const DESCRIPTOR: Descriptor =
        Descriptor::new("write.svg", "Draws waveforms, spectrograms, curves and events as vectors")
            .doc(DOC)
            .source("Scalable Vector Graphics 1.1, W3C 2011")
            .inputs(INPUTS)
            .parameters(PARAMETERS);

    fn render(drawing: &Drawing, title: &str, caption: &str) -> Result<Vec<u8>> {
        Ok(svg::svg(drawing, title, caption)?.into_bytes())
    }
}

/// `write.png`
pub type Png = Drawer<Pixels>;
/// `write.svg`
pub type Svg = Drawer<Vectors>;

/// The stage.
pub struct Drawer<R> {
    host: Host,
    panels: Vec<Panel>,
    path: String,
    title: String,
    caption: String,
    theme: String,
    /// From when to when, in seconds, where that is given.
    window: (Option<f64>, Option<f64>),
    plan: Plan,
    renderer: PhantomData<R>,
}

impl<R: Renderer> Writer for Drawer<R> {
    const DESCRIPTOR: Descriptor = R::DESCRIPTOR;

    fn new(setup: &Setup) -> Result<Self> {
        let parameters = &setup.parameters;
        if !(1..=PANELS).contains(&setup.inputs.len()) {
            return Err(Error::format(format!("expected 1 to {PANELS} inputs, got {}", setup.inputs.len())));
        }
        let labels = labels(setup)?;
        let hows = hows(setup)?;
        let window = window(parameters)?;
        let chains: Vec<&str> =
            setup.inputs.iter().map(|i| i.format.attribute("chain").and_then(Value::as_str).unwrap_or("")).collect();
        let mut caption = parameters.text("caption")?.to_owned();
        if caption.is_empty() && chains.iter().any(|chain| !chain.is_empty()) {
            let line = |(label, chain): (&String, &&str)| format!("{label}:  {chain}");
            let several = || labels.iter().zip(&chains).map(line).collect::<Vec<_>>().join("\n");
            caption = if let [chain] = chains[..] { chain.to_owned() } else { several() };
        }
        let heats = setup.inputs.iter().zip(&hows).map(|(input, how)| is_heat(&input.format, how.colours));
        let heats = heats.collect::<Result<Vec<bool>>>()?;
        let scale = parameters.text("frequency_scale")?;
        if scale != "native" && !heats.contains(&true) {
            let message = format!("expected \"native\", as only spectrograms have another, got {scale:?}");
            return Err(Error::parameter("frequency_scale", message));
        }
        if (setup.inputs.len() > 1 || window != (None, None))
            && let Some(input) = setup.inputs.iter().find(|input| is_timeless(&input.format))
        {
            let message = format!("expected inputs with a time axis, as panels share it, got {:?}", input.label);
            return Err(Error::format(message));
        }
        let (width, height) = (parameters.count("width")?, parameters.count("height")?);
        let plan = Plan::with_caption(width, height, heats.contains(&true), &caption)?;
        let weight = |(heat, how): (&bool, &How)| {
            how.height.map_or(WEIGHTS[usize::from(*heat)] * 100, |height| (height * 100.0).ceil() as usize)
        };
        let weights: Vec<usize> = heats.iter().zip(&hows).map(weight).collect();
        let inputs = setup.inputs.iter().zip(&labels).zip(heats).zip(hows).zip(plan.panels(&weights));
        let panels = inputs.map(|((((input, label), heat), how), plan)| {
            Panel::new(input.format.clone(), label.clone(), heat, how, plan, window)
        });
        let title = parameters.text("title")?;
        let this = Drawer {
            host: setup.host(),
            panels: panels.collect(),
            path: parameters.text("path")?.to_owned(),
            title: if title.is_empty() { labels.join(", ") } else { title.to_owned() },
            caption,
            theme: parameters.text("theme")?.to_owned(),
            window,
            plan,
            renderer: PhantomData,
        };
        this.panels.iter().try_for_each(|panel| panel.empty().map(|_| ()))?;
        Ok(this)
    }

    fn begin(&mut self) -> Result<()> {
        for panel in &mut self.panels {
            panel.picture = Some(panel.empty()?);
        }
        Ok(())
    }

    fn write(&mut self, packet: &Packet) -> Result<()> {
        let panel = self.panels.get_mut(packet.port);
        panel.ok_or_else(|| Error::internal("a packet of an input that is not there"))?.push(packet)
    }

    fn finish(&mut self) -> Result<()> {
        let mut figure = Figure::new(self.plan, Theme::new(&self.theme))?;
        let several = self.panels.len() > 1;
        let spans: Vec<_> = self.panels.iter().map(Panel::span).collect();
        let low = self.window.0.unwrap_or_else(|| spans.iter().map(|span| span.0).fold(f64::INFINITY, f64::min));
        let high = self.window.1.unwrap_or_else(|| spans.iter().map(|span| span.1).fold(f64::NEG_INFINITY, f64::max));
        let high = if high > low { high } else { low + 1e-9 };
        let place = |at: f64| (at - low) / (high - low);
        for (panel, span) in self.panels.iter().zip(&spans) {
            let mut names = lane_names(&panel.format, panel.heat);
            if panel.how.channel.is_some() && panel.heat {
                names.truncate(0);
            }
            if several {
                let first =
                    names.first().map_or_else(|| panel.label.clone(), |name| format!("{}  ·  {name}", panel.label));
                names.splice(..names.len().min(1), [first]);
            }
            let part = Part { span: (place(span.0), place(span.1)), names };
            figure.plan = panel.plan;
            match &panel.picture {
                Some(Picture::Heat(heat)) => heat.draw(&mut figure, &panel.how, &part),
                Some(Picture::Trace(trace)) => trace.draw(&mut figure, &panel.how, &part),
                Some(Picture::Spans(spans)) => spans.draw(&mut figure, &part),
                None => return Err(Error::internal("finish before begin")),
            }
            if panel.entries() == 0 {
                figure.note(match panel.format.data {
                    Data::Audio(_) => "no samples",
                    Data::Records(_) => "no rows",
                    _ => "no frames",
                });
            }
        }
        figure.plan = self.plan;
        let (marks, title) = time_axis(self.panels.iter().all(Panel::timed), low, high, self.plan);
        figure.x_axis(&marks, &title);
        let facts = self.panels.first().map(|panel| facts(&panel.format, panel.entries())).unwrap_or_default();
        figure.words(&self.title, &facts, &self.caption);
        let bytes = R::render(&figure.drawing, &self.title, &self.caption)?;
        self.panels.iter_mut().for_each(|panel| panel.picture = None);
        self.host.output(&self.path)?.write_at(0, &bytes)
    }
}

/// How each panel looks.
fn hows(setup: &Setup) -> Result<Vec<How>> {
    let all = How::new(&setup.parameters)?;
    let Some(list) = setup.parameters.get("looks")?.as_list() else { return Ok(vec![all; setup.inputs.len()]) };
    let texts: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
    let texts = texts.filter(|texts| texts.len() == setup.inputs.len()).ok_or_else(|| {
        Error::parameter("looks", format!("expected {} texts, one an input, got {}", setup.inputs.len(), list.len()))
    })?;
    texts.into_iter().map(|words| all.with(words)).collect()
}

/// The stretch of time that is asked for.
fn window(parameters: &Parameters) -> Result<(Option<f64>, Option<f64>)> {
    let window = (parameters.get("from_s")?.as_f64(), parameters.get("to_s")?.as_f64());
    match window {
        (Some(from), Some(to)) if from >= to => {
            Err(Error::parameter("from_s", format!("expected less than to_s ({to}), got {from}")))
        }
        _ => Ok(window),
    }
}

/// What each panel is called.
fn labels(setup: &Setup) -> Result<Vec<String>> {
    let from_session = || setup.inputs.iter().map(|input| input.label.clone()).collect();
    let Some(list) = setup.parameters.get("panels")?.as_list() else { return Ok(from_session()) };
    let named: Option<Vec<String>> = list.iter().map(|name| name.as_str().map(str::to_owned)).collect();
    named.filter(|names| names.len() == setup.inputs.len()).ok_or_else(|| {
        Error::parameter("panels", format!("expected {} texts, one an input, got {}", setup.inputs.len(), list.len()))
    })
}

/// A PNG file, with texts.
fn encode(width: usize, height: usize, pixels: &[u8], texts: &[(&str, &str)]) -> Result<Vec<u8>> {
    let failed = |e: png::EncodingError| Error::internal(format!("PNG: {e}"));
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    for (keyword, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
        encoder.add_itxt_chunk((*keyword).to_owned(), (*text).to_owned()).map_err(failed)?;
    }
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

/// Has it no time axis? Rows tell their times themselves.
fn is_timeless(format: &Format) -> bool {
    format.clock.step == 0 && format.as_records().is_err()
}

/// Is it drawn as colours? Otherwise as curves.
fn is_heat(format: &Format, wanted: Option<bool>) -> Result<bool> {
    let tensor = match &format.data {
        Data::Audio(_) => return Ok(false),
        Data::Tensor(tensor) => tensor,
        Data::Records(records) if spans::has_times(records) => return Ok(false),
        _ => {
            let message = format!("expected audio, a tensor or rows with a start, got {}", format.kind().name());
            return Err(Error::format(message));
        }
    };
    let axes: Vec<&Axis> = tensor.frame_axes().iter().filter(|axis| axis.role != Role::Channel).collect();
    let names: Vec<&str> = tensor.axes.iter().map(|axis| axis.name.as_str()).collect();
    match axes[..] {
        _ if !tensor.streams() || axes.len() > 1 => {
            Err(Error::format(format!("expected frames of bins, bands or a few values, got axes {}", names.join(", ")))
                .hint("write.npy takes any tensor"))
        }
        [axis] => Ok(wanted.unwrap_or(axis.role == Role::Frequency || tensor.frame_len() > CURVES)),
        _ => Ok(false),
    }
}

/// What stands in the corner of each lane: nothing if there is only one.
fn lane_names(format: &Format, is_heat: bool) -> Vec<String> {
    let numbers = |n: usize| (1..=n).map(|k| k.to_string()).collect();
    match &format.data {
        Data::Audio(audio) if audio.channels > 1 => {
            let speakers: Vec<String> = audio.channel_layout.split(',').map(|name| name.trim().to_owned()).collect();
            if speakers.len() == audio.channels { speakers } else { numbers(audio.channels) }
        }
        Data::Tensor(tensor) => match tensor.axis(Role::Channel).and_then(|axis| axis.length) {
            Some(channels) if channels > 1 => numbers(channels),
            None if !is_heat && tensor.frame_len() > 1 => numbers(tensor.frame_len()),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Marks of the horizontal axis from `low` to `high`, and its title.
fn time_axis(timed: bool, low: f64, high: f64, plan: Plan) -> (Vec<(f64, Tick)>, String) {
    let most = ((plan.plot.width as f32 / (150.0 * plan.unit)) as usize).clamp(2, 20);
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
        _ => facts.push(several(entries.max(0) as usize, "row")),
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
        let plot = Plan::new(320, 200, true, 0).plot;
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
        let plot = Plan::new(320, 200, false, 0).plot;
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

    #[test]
    fn several_inputs_are_panels_on_one_time_axis() {
        let samples = [0.5f32; 800];
        let tensor = Tensor::new::<f32>(vec![Axis::frames(Some(3)), Axis::bins(9, 100.0)], "power");
        let format = Format::tensor(tensor, Clock::samples(8000).frames(80, 0), Some(3), "");
        let bench = bench().audio(8000, &[&samples]).tensor(format.clone(), &[1.0f32; 27]);
        let (width, _, pixels) = draw(&bench);
        let panels = Plan::new(320, 200, true, 0).panels(&WEIGHTS);
        let (plot, theme) = (panels[1].plot, Theme::new("light"));
        let row = (plot.y + plot.bottom()) / 2;
        let blank = |x: usize| pixels[(row * width + x) * 3..][..3] == theme.paper;
        // 30 ms of frames, the first half of it before 0, beside 100 ms of sound.
        let edge = plot.x + plot.width * 30 / 105;
        assert!((plot.x + 1..edge - 2).all(|x| !blank(x)) && (edge + 2..plot.right()).all(blank));
        let names = Value::List(vec![Value::from("one")]);
        let error = refused(bench.parameter("panels", names).run(), ErrorKind::Parameter);
        assert!(error.message.contains("expected 2 texts"), "{}", error.message);
        let mut timeless = format;
        timeless.clock = Clock::NONE;
        let error = refused(
            super::tests::bench().audio(8000, &[&samples]).tensor(timeless, &[1.0f32; 27]).run(),
            ErrorKind::Format,
        );
        assert!(error.message.contains("time axis"), "{}", error.message);
    }

    #[test]
    fn rows_with_times_are_stretches_beside_the_sound() {
        let column = |name: &str, kind| auricle_sdk::format::Column::new(name, kind);
        let (float, text) = (auricle_sdk::format::ColumnType::Float, auricle_sdk::format::ColumnType::Str);
        let table = || {
            auricle_sdk::format::Records::new(
                "test/1",
                vec![column("start", float), column("end", float), column("text", text), column("tier", text)],
            )
        };
        let row = |a: f64, b: f64, text: &str, tier: &str| vec![a.into(), b.into(), text.into(), tier.into()];
        let rows =
            vec![row(0.025, 0.05, "one", "words"), row(0.05, 0.075, "two", "words"), row(0.09, 0.09, "!", "marks")];
        let looks = Value::List(vec!["".into(), "".into()]);
        let bench = bench().audio(8000, &[&[0.5f32; 800]]).records(table(), rows).parameter("looks", looks);
        let (width, _, pixels) = draw(&bench.parameter("from_s", 0.0).parameter("to_s", 0.1));
        let plan = Plan::new(320, 200, false, 0).panels(&[200, 200])[1];
        let (theme, lanes) = (Theme::new("light"), plan.lanes(2));
        // Just below the upper edge, where no letters are.
        let at = |lane: usize, share: f64| {
            let x = plan.plot.x + (plan.plot.width as f64 * share) as usize;
            let at = (lanes[lane].y + 2) * width + x;
            [pixels[at * 3], pixels[at * 3 + 1], pixels[at * 3 + 2]]
        };
        for (share, expected) in [(0.1, theme.paper), (0.4, theme.spans[0]), (0.6, theme.spans[1]), (0.8, theme.paper)]
        {
            assert_eq!(at(0, share), expected, "{share}");
        }
        let line = (880..920).any(|share| at(1, f64::from(share) / 1000.0) == theme.core);
        assert!(line && at(1, 0.5) == theme.paper, "a point is a line where it is");
        let without = auricle_sdk::format::Records::metrics();
        let error = refused(super::tests::bench().records(without, Vec::<Vec<Value>>::new()).run(), ErrorKind::Format);
        assert!(error.message.contains("rows with a start"), "{}", error.message);
    }

    #[test]
    fn a_window_a_band_and_a_channel_are_what_the_whole_has_there() {
        // Ten frames of two channels of four bins: each value tells where it stands.
        let value = |frame: usize, channel: usize, bin: usize| (frame * 8 + channel * 4 + bin) as f32;
        let values: Vec<f32> = (0..80).map(|k| value(k / 8, k / 4 % 2, k % 4)).collect();
        let axes = vec![Axis::frames(Some(10)), Axis::channels(2), Axis::bins(4, 100.0)];
        let tensor = Tensor::new::<f32>(axes, "db");
        let format = Format::tensor(tensor, Clock::samples(8000).frames(80, 0), Some(10), "");
        let looks = Value::List(vec!["vmin=0 vmax=80 channel=2 fmin=50 fmax=250".into()]);
        // From the middle of frame 3 to the middle of frame 6.
        let bench = bench().parameter("looks", looks).parameter("from_s", 0.03).parameter("to_s", 0.06);
        let (width, _, pixels) = draw(&bench.tensor(format.clone(), &values));
        let plot = Plan::new(320, 200, true, 0).plot;
        let map = colour::Map::new("magma", false);
        for (share, frame) in [(0.08, 3), (0.25, 4), (0.42, 4), (0.6, 5), (0.95, 6)] {
            for (height, bin) in [(0.25, 1), (0.75, 2)] {
                let x = plot.x + (plot.width as f64 * share) as usize;
                let y = plot.bottom() - (plot.height as f64 * height) as usize;
                let expected = map.colour(value(frame, 1, bin) / 80.0);
                assert_eq!(pixels[(y * width + x) * 3..][..3], expected, "frame {frame}, bin {bin}");
            }
        }
        for (looks, told) in [
            ("channel=3", "channel"),
            ("vmin=2 vmax=1", "looks"),
            ("gamma=2", "looks"),
            ("height=0", "looks"),
            ("fmin=9000", "fmin"),
            ("colormap=hot", "looks"),
        ] {
            let bench = super::tests::bench().parameter("looks", Value::List(vec![looks.into()]));
            let error = refused(bench.tensor(format.clone(), &values).run(), ErrorKind::Parameter);
            assert_eq!(error.parameter, told, "{looks}: {}", error.message);
        }
    }

    #[test]
    fn the_same_drawing_becomes_vectors() {
        let bench = Bench::<Sink<Svg>>::new()
            .parameter("path", "x.svg")
            .parameter("title", "5 < 6")
            .audio(8000, &[&[0.5f32, -1.5]]);
        bench.conforms();
        let text = String::from_utf8(bench.run().expect("it runs").files["x.svg"].clone()).expect("UTF-8");
        assert!(text.starts_with("<svg ") && text.trim_end().ends_with("</svg>"));
        assert!(text.contains(">5 &lt; 6</text>") && text.contains(">Amplitude</text>") && text.contains("Time (ms)"));
    }
}
