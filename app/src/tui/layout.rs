//! Where everything stands on a screen of a given size.

use super::action::Focus;
use super::lane::Kind;
use super::paint::text;
use super::pipeline::StageRow;
use super::share;
use super::state::State;
use ratatui::layout::Rect;

/// Fewer columns or rows than this show a message only.
pub const LEAST: (u16, u16) = (40, 10);
/// Below this width pipeline and parameters take the whole screen when they have the focus, and none of it else.
const NARROW: u16 = 76;
/// Rows from which the lanes leave some to the spectrum, and which share of them.
const SPECTRUM: (u16, u16) = (15, 3);
/// Columns left of a lane, for the numbers of its axis; names of tiers may have more, up to a share of the width.
const AXIS: u16 = 7;
const TIERS: (u16, u16) = (16, 6);
/// Columns right of a lane, for the meter and the colour bar.
const SCALE: u16 = 8;

/// The places of one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneArea {
    /// The lane's place among all.
    pub place: usize,
    /// How it draws.
    pub kind: Kind,
    /// The title.
    pub title: Rect,
    /// Labels on the left.
    pub axis: Rect,
    /// The picture.
    pub plot: Rect,
    /// Meter or colour bar on the right.
    pub scale: Rect,
}

/// The places of everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Name, format, device.
    pub header: Rect,
    /// The list of stages.
    pub pipeline: Option<Rect>,
    /// The form.
    pub parameters: Option<Rect>,
    /// The lanes in sight, from top to bottom.
    pub lanes: Vec<LaneArea>,
    /// The waveform that is meant.
    pub wave: Option<LaneArea>,
    /// The spectrogram that is meant.
    pub grid: Option<LaneArea>,
    /// The spectrum at the cursor.
    pub spectrum: Option<Rect>,
    /// The time axis.
    pub time: Option<Rect>,
    /// Values at the cursor.
    pub readout: Rect,
    /// Transport and messages.
    pub status: Rect,
    /// Keys.
    pub footer: Rect,
}

impl Layout {
    /// The layout of `state`'s screen; none if it is too small.
    pub fn new(state: &State) -> Option<Self> {
        let (width, height) = state.size;
        if width < LEAST.0 || height < LEAST.1 {
            return None;
        }
        let row = |y| Rect::new(0, y, width, 1);
        let body = Rect::new(0, 1, width, height - 4);
        let narrow = width < NARROW;
        let side_has_focus = matches!(state.focus, Focus::Pipeline | Focus::Parameters);
        let (side, lanes) = match (!state.is_wide || side_has_focus, narrow) {
            (true, true) if side_has_focus => (Some(body), None),
            (_, true) | (false, _) => (None, Some(body)),
            (true, false) => {
                let side = side_width(state, width);
                let lanes = Rect { x: side + 1, width: width - side - 1, ..body };
                (Some(Rect { width: side, ..body }), Some(lanes))
            }
        };
        let mut layout = Layout {
            header: row(0),
            pipeline: None,
            parameters: None,
            lanes: Vec::new(),
            wave: None,
            grid: None,
            spectrum: None,
            time: None,
            readout: row(height - 3),
            status: row(height - 2),
            footer: row(height - 1),
        };
        if let Some(side) = side {
            let stages = state.pipeline.stages.len().clamp(1, usize::from(u16::MAX / 2)) as u16;
            let most = (side.height * 2 / 5).max(4);
            let pipeline = (stages + 2).min(most);
            layout.pipeline = Some(Rect { height: pipeline, ..side });
            layout.parameters = Some(Rect { y: side.y + pipeline, height: side.height - pipeline, ..side });
        }
        if let Some(lanes) = lanes {
            let spectrum = if state.has_spectrum && lanes.height >= SPECTRUM.0 { lanes.height / SPECTRUM.1 } else { 0 };
            let area = Rect { y: lanes.bottom() - spectrum, height: spectrum, ..lanes };
            layout.spectrum = (spectrum > 0).then_some(area);
            layout.put_lanes(state, Rect { height: lanes.height - spectrum, ..lanes });
        }
        Some(layout)
    }

    fn put_lanes(&mut self, state: &State, area: Rect) {
        let time = Rect { y: area.bottom() - 1, height: 1, ..area };
        let area = Rect { height: area.height - 1, ..area };
        let mut y = area.y;
        let names = state.lanes.shown().into_iter().filter_map(|place| state.lanes.get(place));
        let names = names.map(|lane| lane.tier_names + 1).max().unwrap_or(0);
        let axis = names.min(TIERS.0).min(area.width / TIERS.1).max(AXIS);
        for (place, height) in share::heights(&state.lanes, area.height) {
            let Some(lane) = state.lanes.get(place) else { continue };
            let title = Rect { y, height: 1, ..area };
            let below = Rect { y: y + 1, height: height.saturating_sub(1), ..area };
            self.lanes.push(LaneArea {
                place,
                kind: lane.kind(),
                title,
                axis: Rect { width: axis, ..below },
                plot: Rect { x: below.x + axis, width: below.width.saturating_sub(axis + SCALE), ..below },
                scale: Rect { x: below.right().saturating_sub(SCALE), width: SCALE, ..below },
            });
            y += height;
        }
        let meant = |kind| {
            let place = state.lanes.place(kind);
            self.lanes.iter().copied().find(|lane| Some(lane.place) == place)
        };
        (self.wave, self.grid) = (meant(Kind::Wave), meant(Kind::Grid));
        let plot = self.lanes.first().map_or(area, |lane| lane.plot);
        self.time = Some(Rect { x: plot.x, width: plot.width + SCALE, ..time });
    }

    /// Columns of the lanes' pictures.
    pub fn columns(&self) -> Option<u16> {
        self.lanes.first().map(|lane| lane.plot.width)
    }

    /// Rows of the spectrogram's picture, each of two pixels.
    pub fn pixel_rows(&self) -> usize {
        self.grid.map_or(2, |lane| usize::from(lane.plot.height) * 2)
    }
}

/// Columns of pipeline and parameters: what the names need, within bounds that leave the picture its room.
fn side_width(state: &State, width: u16) -> u16 {
    let longest = |name: fn(&StageRow) -> &str| {
        state.pipeline.stages.iter().map(|stage| text::width(name(stage))).max().unwrap_or(0)
    };
    // Between them lie a mark and gaps.
    let needed = longest(|stage| &stage.id) + longest(|stage| &stage.stage) + 6;
    needed.clamp(width * 27 / 100, width * 32 / 100).clamp(24, 46)
}

#[cfg(test)]
mod tests {
    use super::super::lane::Source;
    use super::*;

    #[test]
    fn nothing_overlaps_or_leaves_the_screen() {
        for width in [40, 60, 75, 76, 80, 120, 200, 400] {
            for height in [10, 16, 24, 36, 50, 100] {
                for focus in [Focus::Lanes, Focus::Pipeline] {
                    for more in [0, 1, 9] {
                        let mut state = State { size: (width, height), focus, ..State::default() };
                        state.has_spectrum = more == 1;
                        for k in 0..more {
                            let source = Source::Output { stage: format!("s{k}"), port: "out".into() };
                            state.lanes.add(source).look.weight = k - 4;
                        }
                        check(&state);
                        state.lanes.set_alone(true);
                        check(&state);
                    }
                }
            }
        }
        assert_eq!(Layout::new(&State { size: (20, 5), ..State::default() }), None);
    }

    fn check(state: &State) {
        let (width, height) = state.size;
        let layout = Layout::new(state).expect("it is large enough");
        let of = |lane: &LaneArea| [lane.title, lane.axis, lane.plot, lane.scale];
        let areas = [layout.header, layout.readout, layout.status, layout.footer].into_iter();
        let areas =
            areas.chain([layout.pipeline, layout.parameters, layout.time, layout.spectrum].into_iter().flatten());
        let areas: Vec<Rect> = areas.chain(layout.lanes.iter().flat_map(of)).collect();
        for (at, a) in areas.iter().enumerate() {
            assert!(a.right() <= width && a.bottom() <= height, "{width}x{height} {a:?}");
            let clear = areas[..at].iter().all(|b| a.intersection(*b).area() == 0);
            assert!(clear, "{width}x{height}: {a:?} lies on another");
        }
        if let Some(time) = layout.time {
            let focus = state.lanes.focus();
            let lane = layout.lanes.iter().find(|lane| lane.place == focus);
            assert!(
                lane.is_some_and(|lane| lane.plot.height >= 1),
                "{width}x{height}: the lane with the keys is there"
            );
            assert_eq!(layout.lanes.last().map(|lane| lane.plot.bottom()), Some(time.y), "no row is left over");
        }
    }
}
