//! The lanes in sight as a picture in a file, drawn by `write.png` or `write.svg` from the stages' own values; and what
//! one lane shows as numbers in a file, written by the session with a writer behind that lane's output.

use super::comparison;
use super::effect::Effect;
use super::lane::{Kind, Lane, Pooling};
use super::layout::Layout;
use super::palette::Palette;
use super::state::State;
use super::target::Target;
use super::theme::Theme;
use super::worker::guarded;
use auricle_engine::{Cancel, Evaluator, Registry, Stretch};
use auricle_sdk::Value;
use std::path::Path;

/// Size of the picture: its width, and its height without lanes and for each of them.
const WIDTH: i64 = 1600;
const HEIGHT: (i64, i64) = (260, 320);

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// What each panel shows.
    pub stretches: Vec<Stretch>,
    /// What the stage that draws is told, but for the file and the caption.
    pub parameters: Vec<(&'static str, Value)>,
    /// The stretch of time, in seconds.
    pub window: (f64, f64),
    /// Names of lanes in sight that no picture can show.
    pub left_out: Vec<String>,
}

/// The lanes in sight, as they are looked at now.
///
/// # Errors
/// None of them can be drawn.
pub fn of(state: &State) -> Result<Export, String> {
    let nothing = || "no lane in sight can be drawn in a picture".to_owned();
    let timeline = state.timeline.ok_or_else(nothing)?;
    let right = timeline.time(timeline.left + i64::from(timeline.columns));
    let window = (timeline.time(timeline.left), right.min(timeline.end));
    let (mut stretches, mut looks, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    // A screen with the side alone has no lanes in sight; the picture has them all.
    let with_lanes = State { is_wide: true, focus: super::Focus::Lanes, ..state.clone() };
    let layout = Layout::new(&with_lanes).ok_or_else(nothing)?;
    for area in &layout.lanes {
        let Some((lane, target)) = state.lanes.get(area.place).and_then(|lane| Some((lane, lane.target()?))) else {
            continue;
        };
        let label = name(state, lane, target);
        let span = match lane.kind() {
            Kind::Wave | Kind::Grid | Kind::Curve => span(target, window),
            Kind::Events => 0..i64::MAX,
            Kind::Table | Kind::Profile => {
                left_out.push(label);
                continue;
            }
        };
        stretches.push(Stretch { stage: target.stage, output: target.output, span, label });
        looks.push(Value::from(format!("{} height={}", look(lane), area.plot.height.max(1))));
    }
    if stretches.is_empty() {
        return Err(nothing());
    }
    let list = |texts: Vec<Value>| Value::List(texts);
    let parameters = vec![
        ("title", Value::from(state.name())),
        ("panels", list(stretches.iter().map(|stretch| stretch.label.as_str().into()).collect())),
        ("looks", list(looks)),
        ("from_s", Value::Float(window.0)),
        ("to_s", Value::Float(window.1)),
        ("width", Value::Int(WIDTH)),
        ("height", Value::Int(HEIGHT.0 + HEIGHT.1 * stretches.len().max(2) as i64)),
        ("theme", if state.theme == Theme::Light { "light" } else { "dark" }.into()),
    ];
    Ok(Export { stretches, parameters, window, left_out })
}

/// Endings of files of numbers, and what writes them.
const WRITERS: [(&str, &str); 5] =
    [("csv", "write.csv"), ("json", "write.json"), ("npy", "write.npy"), ("wav", "write.wav"), ("flac", "write.flac")];

/// The effect that writes all of what the lane with the keys shows.
///
/// # Errors
/// The ending is none that suits the lane, or the lane shows what is in no session.
pub fn numbers(state: &State, path: &Path, overwrite: bool) -> Result<Effect, String> {
    let lane = state.lanes.focused().ok_or("there is no lane")?;
    let target = lane.target().ok_or("the lane shows nothing")?;
    let row = state.pipeline.stages.get(target.row);
    let row = row.ok_or("what the screen compares stands in no session; its picture can be exported, .png or .svg")?;
    let (port, _) = row.outputs.get(target.output).ok_or("the output is not known yet")?;
    let suiting: &[&str] = match lane.kind() {
        Kind::Wave => &["wav", "flac", "csv", "npy"],
        Kind::Grid | Kind::Curve | Kind::Profile => &["npy", "csv", "json"],
        Kind::Events | Kind::Table => &["csv", "json"],
    };
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    let writer = WRITERS.iter().find(|(name, _)| *name == ending && suiting.contains(name));
    let Some((_, writer)) = writer else {
        return Err(format!("expected a name that ends in .png or .svg, or for {} .{}", row.id, suiting.join(" .")));
    };
    Ok(Effect::WriteOutput {
        stage: row.id.clone(),
        source: if target.output == 0 { row.id.clone() } else { format!("{}.{port}", row.id) },
        range: None,
        writer,
        path: path.to_owned(),
        overwrite,
        ask: None,
    })
}

/// Does the ending name a picture?
pub fn is_picture(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "png" || ending == "svg")
}

/// A name for the file: session, lane and, if not all of it is in sight, the stretch of time.
pub fn default_name(state: &State) -> String {
    let name = state.name();
    let stem = Path::new(&name).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let lane = state.lanes.focused().and_then(|lane| {
        let row = state.pipeline.stages.get(lane.target()?.row);
        Some(row.map_or_else(|| "comparison".to_owned(), |row| row.id.clone()))
    });
    let region = state.timeline.filter(|timeline| !timeline.is_fit()).map(|timeline| {
        let right = timeline.time(timeline.left + i64::from(timeline.columns)).min(timeline.end);
        format!("{}-{}s", number(timeline.time(timeline.left)), number(right))
    });
    let parts = [Some(stem), lane, region];
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let is_text = state.lanes.focused().is_some_and(|lane| matches!(lane.kind(), Kind::Table | Kind::Profile));
    format!("{}.{}", parts.join("-"), if is_text { "csv" } else { "png" })
}

/// Draws into the file; its ending says how.
///
/// # Errors
/// The ending is no picture's, a stage fails, or the file cannot be written.
pub fn write(
    export: &Export,
    path: &Path,
    evaluator: &Evaluator,
    registry: &Registry,
    cancel: &Cancel,
) -> Result<(), String> {
    let stage = match path.extension().and_then(|ending| ending.to_str()) {
        Some("png") => "write.png",
        Some("svg") => "write.svg",
        _ => return Err(format!("{}: expected a name that ends in .png or .svg", path.display())),
    };
    let (Some(directory), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Err(format!("{} is no name for a file", path.display()));
    };
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let mut parameters = export.parameters.clone();
    parameters.push(("path", name.into()));
    let mut draw = || {
        let hashes = evaluator.input_hashes(cancel)?;
        parameters.push(("caption", caption(export, evaluator, &hashes).into()));
        evaluator.write(registry, (stage, &parameters), &export.stretches, directory, cancel)
    };
    guarded(|| draw().map_err(|error| error.to_string()))
}

/// How each panel came about, from which bytes, and when in them it is.
fn caption(export: &Export, evaluator: &Evaluator, hashes: &[(String, String)]) -> String {
    let mut lines = Vec::new();
    for stretch in &export.stretches {
        let format = evaluator.format(stretch.stage, stretch.output).ok();
        let chain = format.and_then(|format| Some(format.attribute("chain")?.as_str()?.to_owned()));
        lines.push(format!("{}:  {}", stretch.label, chain.unwrap_or_default()));
    }
    for (input, (name, hash)) in evaluator.plan().inputs.iter().zip(hashes) {
        let file = input.path.file_name().map_or_else(String::new, |file| file.to_string_lossy().into_owned());
        lines.push(format!("{name}:  {file}, {hash}"));
    }
    let (from, to) = export.window;
    lines.push(format!("{} s to {} s  ·  auricle {}", number(from), number(to), env!("CARGO_PKG_VERSION")));
    lines.join("\n")
}

/// What the heading of the lane says that it is.
fn name(state: &State, lane: &Lane, target: &Target) -> String {
    let row = state.pipeline.stages.get(target.row);
    let port = row.and_then(|row| row.outputs.get(target.output)).filter(|_| target.output > 0);
    let id = row.map(|row| port.map_or_else(|| row.id.clone(), |(port, _)| format!("{}.{port}", row.id)));
    let caption = comparison::caption(state, lane);
    match (caption, id) {
        (Some(caption), Some(id)) => format!("{caption} {id}"),
        (caption, id) => caption.or(id).unwrap_or_else(|| lane.kind().name().to_owned()),
    }
}

/// The entries that reach into a stretch of time, and one more on either side.
fn span(target: &Target, (from, to): (f64, f64)) -> std::ops::Range<i64> {
    let clock = target.clock();
    let place = |at: f64| (at - clock.seconds(0)) * clock.rate();
    let length = target.length.unwrap_or(i64::MAX);
    let start = (place(from).floor() as i64 - 1).clamp(0, length);
    start..(place(to).ceil() as i64 + 2).clamp(start, length)
}

/// How the lane looks, in the words of the stage that draws.
fn look(lane: &Lane) -> String {
    if lane.kind() == Kind::Events {
        return String::new();
    }
    if lane.kind() == Kind::Wave {
        let full = 2f64.powi(-i32::from(lane.look.amplitude));
        return format!("vmin={} vmax={full}", -full);
    }
    let (low, high) = lane.levels();
    let mut words = vec![format!("vmin={low} vmax={high} levels=none")];
    if lane.kind() == Kind::Curve {
        words.push("drawn=lines".to_owned());
        return words.join(" ");
    }
    let map = match lane.palette() {
        Palette::Grey => "gray",
        Palette::Signed => "blue-orange",
        palette => palette.name(),
    };
    words.push(format!("drawn=colours colormap={map}"));
    if lane.look.pooling == Pooling::Mean {
        words.push("pooling=mean".to_owned());
    }
    let channels = lane.tensor().map_or(1, super::pixel::channels);
    words.push(format!("channel={}", lane.look.channel % channels + 1));
    if let Some(vertical) = lane.vertical() {
        words.push(format!("frequency_scale={}", vertical.spread.name()));
        let (bottom, top) = vertical.ends();
        words.extend(bottom.map(|bottom| format!("fmin={bottom}")));
        words.extend(top.map(|top| format!("fmax={top}")));
    }
    words.join(" ")
}

/// Seconds with as many decimals as tell them apart.
fn number(seconds: f64) -> String {
    super::axis::trimmed(seconds, 3)
}
