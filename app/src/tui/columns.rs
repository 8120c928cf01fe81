//! What a lane draws: columns over time, kept while the window moves, replaced as better ones come.

use super::pool::Column;
use super::target::Target;
use super::timeline::Timeline;
use auricle_sdk::format::Format;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Columns on either side of the window that are made too where columns are finer than entries.
pub const MARGIN: u16 = 10;

/// Bytes that columns out of sight may occupy on either side, about.
const BESIDE: usize = 2 << 20;

/// What is being done for a lane.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Work {
    /// Nothing: all is there.
    #[default]
    Idle,
    /// Columns are being made for this ticket.
    Computing {
        /// Number of the request; answers to others come too late.
        ticket: u64,
        /// Columns that came.
        done: usize,
        /// Columns that were asked for.
        total: usize,
    },
    /// A stage failed.
    Failed(String),
    /// The user did not want it.
    Cancelled,
}

/// Columns on one grid of time, of one format.
#[derive(Clone, Debug)]
pub struct Layer<C> {
    /// The grid; where its window lies does not matter.
    grid: Timeline,
    /// What the columns were made of.
    pub format: Arc<Format>,
    columns: BTreeMap<i64, C>,
}

/// The columns of one output: what there is of them, and what is waited for.
#[derive(Clone, Debug)]
pub struct Columns<C> {
    /// What they are made of.
    pub target: Option<Target>,
    /// What is being done.
    pub work: Work,
    /// Parts of a column of the screen that are made: more than one where pixels are drawn.
    pub parts: u16,
    layer: Option<Layer<C>>,
    /// What was shown before; drawn where nothing new has come yet.
    behind: Option<Layer<C>>,
}

impl<C> Default for Columns<C> {
    fn default() -> Self {
        Columns { target: None, work: Work::Idle, parts: 1, layer: None, behind: None }
    }
}

/// A column to draw, and what it was made of.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a, C> {
    /// The column.
    pub column: &'a C,
    /// The format of the stage's output then.
    pub format: &'a Format,
    /// Is it from before the last change?
    pub old: bool,
}

impl<C: Column> Columns<C> {
    /// Shows `target` from now on; columns stay if it gives the same results.
    pub fn aim(&mut self, target: Option<Target>) {
        let same = match (&self.target, &target) {
            (Some(old), Some(new)) => old.signature == new.signature && old.output == new.output,
            (None, None) => true,
            _ => false,
        };
        if !same {
            self.retire();
            self.work = Work::Idle;
            if target.is_none() {
                self.behind = None;
            }
        }
        self.target = target;
    }

    fn retire(&mut self) {
        if let Some(layer) = self.layer.take().filter(|layer| !layer.columns.is_empty()) {
            self.behind = Some(layer);
        }
    }

    /// The columns in sight of a window, cut into parts already, that are still to be made; those that are provisional too, if `refine` says so.
    pub fn missing(&mut self, timeline: &Timeline, refine: &dyn Fn(i64) -> bool) -> Vec<i64> {
        let Some(target) = &self.target else { return Vec::new() };
        let rate = target.clock().rate();
        let same_grid = |layer: &Layer<C>| layer.grid.step == timeline.step && layer.grid.begin == timeline.begin;
        if !self.layer.as_ref().is_some_and(same_grid) {
            let format = target.format.clone();
            self.retire();
            self.layer = Some(Layer { grid: *timeline, format, columns: BTreeMap::new() });
        }
        let Some(layer) = &mut self.layer else { return Vec::new() };
        let sight = timeline.visible();
        let bytes = layer.columns.values().next_back().map_or(1, Column::bytes);
        let keep = (3 * i64::from(timeline.columns / self.parts)).min((BESIDE / bytes.max(1)) as i64);
        layer.columns.retain(|column, _| (sight.start - keep..sight.end + keep).contains(column));
        // A line through single samples comes from and goes to those beyond the edges.
        let beyond = if timeline.step * rate < 1.0 { i64::from(MARGIN * self.parts) } else { 0 };
        let wanted = (sight.start - beyond).max(0)..(sight.end + beyond).min(timeline.total());
        wanted.filter(|k| layer.columns.get(k).is_none_or(|c| c.is_provisional() && refine(*k))).collect()
    }

    /// Takes columns in, if they were made for the present request.
    pub fn receive(&mut self, ticket: u64, columns: Vec<(i64, C)>) {
        let Work::Computing { ticket: mine, done, .. } = &mut self.work else { return };
        let Some(layer) = self.layer.as_mut().filter(|_| *mine == ticket) else { return };
        for (at, mut column) in columns {
            if let Some(old) = layer.columns.get(&at) {
                column.inherit(old);
            }
            *done += usize::from(!column.is_provisional());
            layer.columns.insert(at, column);
        }
    }

    /// The request is done, or failed with a message.
    pub fn finish(&mut self, ticket: u64, failure: Option<String>) {
        if self.is_waiting_for(ticket) {
            self.behind = None;
            self.work = failure.map_or(Work::Idle, Work::Failed);
        }
    }

    /// Is the request with this ticket the present one?
    pub fn is_waiting_for(&self, ticket: u64) -> bool {
        matches!(self.work, Work::Computing { ticket: mine, .. } if mine == ticket)
    }

    /// Is anything being made?
    pub fn is_computing(&self) -> bool {
        matches!(self.work, Work::Computing { .. })
    }

    /// What to draw in a column; where its parts are made, in the first of them.
    pub fn shown(&self, timeline: &Timeline, column: i64) -> Option<Shown<'_, C>> {
        self.part(&timeline.finer(self.parts), column * i64::from(self.parts))
    }

    /// What to draw in pixel `x` from the left of the window, of which a column has `across`.
    pub fn pixel(&self, timeline: &Timeline, x: usize, across: usize) -> Option<Shown<'_, C>> {
        let timeline = timeline.finer(self.parts);
        self.part(&timeline, timeline.left + (x * usize::from(self.parts) / across.max(1)) as i64)
    }

    fn part(&self, timeline: &Timeline, column: i64) -> Option<Shown<'_, C>> {
        let layer = self.layer.as_ref().filter(|layer| layer.grid.step == timeline.step);
        if let Some((layer, found)) = layer.and_then(|layer| Some((layer, layer.columns.get(&column)?))) {
            return Some(Shown { column: found, format: &layer.format, old: false });
        }
        let behind = self.behind.as_ref()?;
        let middle = (timeline.time(column) + timeline.time(column + 1)) / 2.0;
        let found = behind.columns.get(&behind.grid.column(middle))?;
        Some(Shown { column: found, format: &behind.format, old: true })
    }

    /// All columns that are kept, in sight and around it.
    pub fn columns(&self) -> impl Iterator<Item = &C> {
        self.layer.iter().flat_map(|layer| layer.columns.values())
    }

    /// Is any column in sight made of only some of its entries?
    pub fn is_provisional(&self, timeline: &Timeline) -> bool {
        let timeline = timeline.finer(self.parts);
        self.layer.as_ref().is_some_and(|l| l.columns.range(timeline.visible()).any(|(_, c)| c.is_provisional()))
    }
}
