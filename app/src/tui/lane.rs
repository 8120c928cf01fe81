//! One lane of the screen: which output it shows, in which kind of picture, and how that looks.

use super::columns::{Columns, Work};
use super::effect::Effect;
use super::overview::Covered;
use super::palette::Palette;
use super::pixel::channels;
use super::pool::{Column, GridColumn, WaveColumn, is_signed};
use super::range;
use super::records::{Found, Table};
use super::region::{Request, is_exact};
use super::scale::{Spread, Vertical, vertical_axis};
use super::target::Target;
use super::timeline::Timeline;
use auricle_sdk::format::{Data, Format, Tensor};

/// What a lane shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The audio of the chosen stage, or that nearest to it.
    Audio,
    /// Its frames, or those nearest to it.
    Frames,
    /// Its records, if it has any.
    Records,
    /// One output of one stage, whichever is chosen.
    Output {
        /// Id of the stage.
        stage: String,
        /// Name of the output.
        port: String,
    },
    /// One output of a stage that the screen has added to the plan.
    Added {
        /// Id of the stage.
        stage: String,
        /// Name of the output.
        port: String,
    },
}

/// How a lane draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Each channel's samples over time.
    Wave,
    /// Each frame as a column of colours.
    Grid,
    /// Each value of a frame as a line over time.
    Curve,
    /// Records as stretches of time.
    Events,
    /// Records as rows of text.
    Table,
    /// One value for each entry of an axis, as bars beside it: frames without time.
    Profile,
}

impl Kind {
    /// What its heading says.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Wave => "Waveform",
            Kind::Grid => "Spectrogram",
            Kind::Curve => "Curve",
            Kind::Events => "Events",
            Kind::Table => "Table",
            Kind::Profile => "Profile",
        }
    }
}

/// What stands for the many values of one pixel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pooling {
    /// The largest: nothing short is missed.
    #[default]
    Max,
    /// The mean of the values, as they are: of dB, the mean of dB.
    Mean,
}

/// How a lane looks; saved with the session.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// The colour map.
    pub palette: Palette,
    /// The levels of the darkest and the brightest colour, or the ends of a curve's axis; none: fitted to what there is.
    pub range: Option<(f32, f32)>,
    /// How frequencies are spread over the height.
    pub spread: Spread,
    /// The part of the height in sight, from 0 to 1.
    pub heights: (f64, f64),
    /// The waveform's magnification, as a power of two.
    pub amplitude: i8,
    /// The channel of a spectrogram.
    pub channel: usize,
    /// What stands for the many values of one pixel.
    pub pooling: Pooling,
    /// How much higher the lane is than it would be, in steps.
    pub weight: i8,
    /// Colours or lines for frames, if the user has chosen.
    pub drawn: Option<Kind>,
}

impl Default for Look {
    fn default() -> Self {
        Look {
            palette: Palette::default(),
            range: None,
            spread: Spread::default(),
            heights: (0.0, 1.0),
            amplitude: 0,
            channel: 0,
            pooling: Pooling::default(),
            weight: 0,
            drawn: None,
        }
    }
}

/// What was asked for: signature and output, step, first column and columns of a lane, entries that an overview covered.
pub type Window = (u64, usize, f64, i64, u16, i64);

/// The values that an output has shown so far, wherever the window was: colours hold still while it moves.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Row and output of the stage.
    pub of: (usize, usize),
    /// What the values are.
    pub quantity: String,
    /// The least and the greatest.
    pub values: (f32, f32),
}

/// What a lane has to draw.
#[derive(Clone, Debug)]
enum Body {
    /// Extremes: waveforms and curves.
    Wave(Columns<WaveColumn>),
    /// Frames.
    Grid(Columns<GridColumn>),
    /// Records.
    Table(Table),
}

/// A lane.
#[derive(Clone, Debug)]
pub struct Lane {
    /// A number of its own.
    pub id: u32,
    /// What it shows.
    pub source: Source,
    /// How it looks.
    pub look: Look,
    /// Has the user taken it off the screen?
    pub hidden: bool,
    /// The least and the greatest value that it has shown.
    pub seen: Option<Seen>,
    /// What was asked for last, so that it is not asked for twice.
    pub asked: Option<Window>,
    /// Rows that its tiers need, if it shows labels.
    pub tiers: u16,
    /// Cells of the longest name of a tier.
    pub tier_names: u16,
    kind: Kind,
    body: Body,
}

impl Lane {
    /// A lane that shows nothing yet.
    pub fn new(id: u32, source: Source) -> Self {
        let kind = match source {
            Source::Audio => Kind::Wave,
            Source::Records => Kind::Table,
            Source::Frames | Source::Output { .. } | Source::Added { .. } => Kind::Grid,
        };
        let look = Look::default();
        let body = Body::new(kind);
        Lane { id, source, look, hidden: false, seen: None, asked: None, tiers: 1, tier_names: 0, kind, body }
    }

    /// How it draws.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What it shows now.
    pub fn target(&self) -> Option<&Target> {
        match &self.body {
            Body::Wave(columns) => columns.target.as_ref(),
            Body::Grid(columns) => columns.target.as_ref(),
            Body::Table(table) => table.target.as_ref(),
        }
    }

    /// Shows `target` from now on, in the kind that suits it.
    pub fn aim(&mut self, target: Option<Target>) {
        let kind = target.as_ref().map_or(self.kind, |target| kind_of(&target.format, self.look.drawn));
        if kind != self.kind {
            (self.kind, self.body, self.asked) = (kind, Body::new(kind), None);
        }
        match &mut self.body {
            Body::Wave(columns) => columns.aim(target),
            Body::Grid(columns) => columns.aim(target),
            Body::Table(table) => table.aim(target),
        }
    }

    /// What is being done for it.
    pub fn work(&self) -> &Work {
        match &self.body {
            Body::Wave(columns) => &columns.work,
            Body::Grid(columns) => &columns.work,
            Body::Table(table) => &table.work,
        }
    }

    /// What is being done for it, to be changed.
    pub fn work_mut(&mut self) -> &mut Work {
        match &mut self.body {
            Body::Wave(columns) => &mut columns.work,
            Body::Grid(columns) => &mut columns.work,
            Body::Table(table) => &mut table.work,
        }
    }

    /// Its extremes, if it draws such.
    pub fn wave(&self) -> Option<&Columns<WaveColumn>> {
        if let Body::Wave(columns) = &self.body { Some(columns) } else { None }
    }

    /// Its frames, if it draws such.
    pub fn grid(&self) -> Option<&Columns<GridColumn>> {
        if let Body::Grid(columns) = &self.body { Some(columns) } else { None }
    }

    /// Its records, if it draws such.
    pub fn table(&self) -> Option<&Table> {
        if let Body::Table(table) = &self.body { Some(table) } else { None }
    }

    /// What its frames are.
    pub fn tensor(&self) -> Option<&Tensor> {
        self.target()?.format.as_tensor().ok()
    }

    /// The vertical axis of its frames.
    pub fn vertical(&self) -> Option<Vertical> {
        Some(Vertical::new(self.tensor()?, self.look.spread, self.look.heights))
    }

    /// The levels of its darkest and its brightest colour, or the ends of its axis.
    pub fn levels(&self) -> (f32, f32) {
        range::of(self)
    }

    /// Its colour map: differences have one of their own, dark where there is none.
    pub fn palette(&self) -> Palette {
        if self.tensor().is_some_and(is_signed) { Palette::Signed } else { self.look.palette }
    }

    /// Is it the request with this ticket that it waits for?
    pub fn is_waiting_for(&self, ticket: u64) -> bool {
        matches!(self.work(), Work::Computing { ticket: mine, .. } if *mine == ticket)
    }

    /// Is anything being made?
    pub fn is_computing(&self) -> bool {
        matches!(self.work(), Work::Computing { .. })
    }

    /// Is any column in sight made of only some of its entries?
    pub fn is_provisional(&self, timeline: &Timeline) -> bool {
        match &self.body {
            Body::Wave(columns) => columns.is_provisional(timeline),
            Body::Grid(columns) => columns.is_provisional(timeline),
            Body::Table(_) => false,
        }
    }

    /// Takes extremes in, if they were made for the present request.
    pub fn receive_wave(&mut self, ticket: u64, new: Vec<(i64, WaveColumn)>) {
        if self.kind == Kind::Curve && self.is_waiting_for(ticket) {
            let extents = new.iter().flat_map(|(_, column)| &column.channels);
            range::see(self, extents.flat_map(|extent| [extent.min, extent.max]));
        }
        if let Body::Wave(columns) = &mut self.body {
            columns.receive(ticket, new);
        }
    }

    /// Takes frames in, if they were made for the present request.
    pub fn receive_grid(&mut self, ticket: u64, new: Vec<(i64, GridColumn)>) {
        if self.is_waiting_for(ticket) {
            range::see(self, new.iter().flat_map(|(_, column)| column.values.iter().copied()));
        }
        if let Body::Grid(columns) = &mut self.body {
            columns.receive(ticket, new);
        }
    }

    /// Takes records in, if they were read for the present request.
    pub fn receive_table(&mut self, ticket: u64, found: Found) {
        if let Body::Table(table) = &mut self.body {
            table.receive(ticket, found);
        }
    }

    /// The request is done, or failed with a message.
    pub fn finish(&mut self, ticket: u64, failure: Option<String>) {
        match &mut self.body {
            Body::Wave(columns) => columns.finish(ticket, failure),
            Body::Grid(columns) => columns.finish(ticket, failure),
            Body::Table(table) => table.finish(ticket, failure),
        }
    }

    /// Waits for nothing any more, and asks anew.
    pub fn rest(&mut self) {
        self.asked = None;
        if self.is_computing() {
            *self.work_mut() = Work::Idle;
        }
    }

    /// Asks anew for what may have grown; for its rows only if there are more.
    pub fn renew(&mut self, has_more: bool) {
        self.asked = None;
        if let (Body::Table(table), true) = (&mut self.body, has_more) {
            table.renew();
        }
    }

    /// Can an overview stand for what it shows? Lines through values need the least of them too.
    pub fn has_overview(&self) -> bool {
        matches!(self.kind, Kind::Wave | Kind::Grid)
    }

    /// Asks for what it lacks in the window, under this ticket; `parts` of a column are drawn where pixels are.
    pub fn ask(
        &mut self,
        timeline: Option<&Timeline>,
        overviews: &[Covered],
        parts: u16,
        ticket: u64,
    ) -> Option<Effect> {
        let parts = if self.kind == Kind::Curve { 1 } else { parts };
        let of = self.target().map(|target| (target.signature, target.output));
        let covered = overviews.iter().find(|covered| self.has_overview() && Some(covered.of) == of);
        let (id, asked) = (self.id, &mut self.asked);
        match &mut self.body {
            Body::Wave(columns) => {
                ask(columns, asked, (timeline?, parts), covered, ticket).map(|request| Effect::Wave(id, request))
            }
            Body::Grid(columns) => {
                ask(columns, asked, (timeline?, parts), covered, ticket).map(|request| Effect::Grid(id, request))
            }
            Body::Table(table) => table.ask(ticket).map(|target| Effect::Table { ticket, target }),
        }
    }
}

impl Body {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Wave | Kind::Curve => Body::Wave(Columns::default()),
            Kind::Grid => Body::Grid(Columns::default()),
            Kind::Events | Kind::Table | Kind::Profile => Body::Table(Table::default()),
        }
    }
}

/// Frames of at most so many values are drawn as lines, unless the values belong to frequencies.
const FEW: usize = 6;

/// The kind that suits what comes out, `drawn` where there is a choice.
fn kind_of(format: &Format, drawn: Option<Kind>) -> Kind {
    match &format.data {
        Data::Audio(_) => Kind::Wave,
        Data::Records(records) if super::records::times(records).is_some() => Kind::Events,
        Data::Tensor(_) if format.clock.step == 0 => Kind::Profile,
        Data::Tensor(tensor) => drawn.unwrap_or(if is_few(tensor) { Kind::Curve } else { Kind::Grid }),
        _ => Kind::Table,
    }
}

fn is_few(tensor: &Tensor) -> bool {
    let values = tensor.frame_len() / channels(tensor);
    values <= 1 || values <= FEW && vertical_axis(tensor).is_none_or(|axis| axis.unit != "Hz")
}

fn ask<C: Column>(
    columns: &mut Columns<C>,
    asked: &mut Option<Window>,
    (timeline, parts): (&Timeline, u16),
    covered: Option<&Covered>,
    ticket: u64,
) -> Option<Request> {
    let target = columns.target.clone().filter(|target| target.length.is_some())?;
    let count = covered.map_or(0, Covered::count);
    let finer = timeline.finer(parts);
    let sight = target.entries(&finer, finer.left).start..target.entries(&finer, finer.visible().end - 1).end;
    // What is only looked at here and there is looked at in few places, until there is an overview.
    let is_ready =
        is_exact(&target, &finer, covered.is_some()) || covered.is_some_and(|covered| covered.covers(&sight));
    columns.parts = if is_ready { parts } else { 1 };
    let timeline = &timeline.finer(columns.parts);
    let window = (target.signature, target.output, timeline.step, timeline.left, timeline.columns, count);
    // What came of the overview meanwhile is taken when this is done.
    let same = |old: Window| (old.0, old.1, old.2, old.3, old.4, count) == window;
    if asked.is_some_and(|old| old == window || columns.is_computing() && same(old)) {
        return None;
    }
    *asked = Some(window);
    let exact = is_exact(&target, timeline, covered.is_some());
    let refine = |column| exact || covered.is_some_and(|covered| covered.covers(&target.entries(timeline, column)));
    let missing = columns.missing(timeline, &refine);
    if missing.is_empty() {
        columns.work = Work::Idle;
        return None;
    }
    columns.work = Work::Computing { ticket, done: 0, total: missing.len() };
    Some(Request { ticket, target, timeline: *timeline, columns: missing, has_overview: covered.is_some() })
}
