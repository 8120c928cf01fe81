//! The lanes from top to bottom, the one that keys go to, and which are in sight.

use super::lane::{Kind, Lane, Source};

/// All lanes.
#[derive(Clone, Debug)]
pub struct Lanes {
    list: Vec<Lane>,
    focus: usize,
    /// One lane alone is shown; the number of the first that was.
    alone: Option<u32>,
    /// The lane that another is shown instead of.
    behind: Option<u32>,
    numbers: u32,
}

impl Default for Lanes {
    /// Waveform, spectrogram and records of whatever is chosen; keys go to the spectrogram.
    fn default() -> Self {
        let mut lanes = Lanes { list: Vec::new(), focus: 0, alone: None, behind: None, numbers: 0 };
        for source in [Source::Audio, Source::Frames, Source::Records] {
            lanes.add(source);
        }
        lanes.focus = 1;
        lanes
    }
}

impl Lanes {
    /// No lanes at all.
    pub fn none() -> Self {
        Lanes { list: Vec::new(), focus: 0, alone: None, behind: None, numbers: 0 }
    }

    /// Adds a lane below all others, to which keys go from now on.
    pub fn add(&mut self, source: Source) -> &mut Lane {
        self.numbers += 1;
        self.list.push(Lane::new(self.numbers, source));
        self.focus = self.list.len() - 1;
        &mut self.list[self.focus]
    }

    /// All lanes.
    pub fn iter(&self) -> impl Iterator<Item = &Lane> {
        self.list.iter()
    }

    /// All lanes, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Lane> {
        self.list.iter_mut()
    }

    /// The lane at that place from the top.
    pub fn get(&self, place: usize) -> Option<&Lane> {
        self.list.get(place)
    }

    /// The lane with that number.
    pub fn numbered(&mut self, id: u32) -> Option<&mut Lane> {
        self.list.iter_mut().find(|lane| lane.id == id)
    }

    /// The place of the lane that keys go to.
    pub fn focus(&self) -> usize {
        self.focus
    }

    /// Keys go to the lane at that place.
    pub fn set_focus(&mut self, place: usize) {
        self.focus = place.min(self.list.len().saturating_sub(1));
    }

    /// The lane that keys go to.
    pub fn focused(&self) -> Option<&Lane> {
        self.list.get(self.focus)
    }

    /// The lane that keys go to, to be changed.
    pub fn focused_mut(&mut self) -> Option<&mut Lane> {
        self.list.get_mut(self.focus)
    }

    /// The place of the lane of that kind which is meant: the one that keys go to, else the first that shows something.
    pub fn place(&self, kind: Kind) -> Option<usize> {
        let is = |lane: &Lane| lane.kind() == kind;
        let first = |wanted: &dyn Fn(&Lane) -> bool| self.list.iter().position(|lane| is(lane) && wanted(lane));
        let focus = self.focused().filter(|lane| is(lane)).map(|_| self.focus);
        let shown = |lane: &Lane| !lane.hidden && lane.target().is_some();
        focus.or_else(|| first(&shown)).or_else(|| first(&|_| true))
    }

    /// The lane of that kind which is meant.
    pub fn current(&self, kind: Kind) -> Option<&Lane> {
        self.list.get(self.place(kind)?)
    }

    /// The lane of that kind which is meant, to be changed.
    pub fn current_mut(&mut self, kind: Kind) -> Option<&mut Lane> {
        let place = self.place(kind)?;
        self.list.get_mut(place)
    }

    /// Places of the lanes that are to be shown as far as there is room.
    pub fn shown(&self) -> Vec<usize> {
        if self.alone.is_some() {
            return vec![self.focus];
        }
        (0..self.list.len()).filter(|&place| self.is_shown(place)).collect()
    }

    fn is_shown(&self, place: usize) -> bool {
        let lane = &self.list[place];
        let is_needless = match lane.source {
            Source::Records => lane.target().is_none(),
            // Where nothing can be heard or drawn over time, labels and tables have the screen.
            Source::Audio | Source::Frames => self.has_only_tables(),
            Source::Output { .. } | Source::Added { .. } => false,
        };
        !lane.hidden && !is_needless && self.behind != Some(lane.id)
    }

    fn has_only_tables(&self) -> bool {
        let is_table = |lane: &Lane| matches!(lane.kind(), Kind::Events | Kind::Table);
        let mut shown = self.list.iter().filter(|lane| !lane.hidden && lane.target().is_some()).peekable();
        shown.peek().is_some() && shown.all(is_table)
    }

    /// Gives keys to a lane that is shown, if the one that has them no longer is.
    pub fn mend_focus(&mut self) {
        if !self.is_alone() && !self.list.is_empty() && !self.is_shown(self.focus) {
            self.turn(0);
        }
    }

    /// Is one lane alone shown?
    pub fn is_alone(&self) -> bool {
        self.alone.is_some()
    }

    /// Shows the lane that keys go to alone, or all again.
    pub fn set_alone(&mut self, on: bool) {
        self.alone = self.focused().filter(|_| on).map(|lane| lane.id);
    }

    /// Gives keys to the next lane that is shown, or the one before.
    pub fn turn(&mut self, by: i64) {
        let shown: Vec<usize> = (0..self.list.len()).filter(|&place| self.is_shown(place)).collect();
        let at = shown.iter().position(|place| *place >= self.focus).unwrap_or(0) as i64;
        if !shown.is_empty() {
            self.focus = shown[(at + by).rem_euclid(shown.len() as i64) as usize];
        }
    }

    /// Shows the next lane alone, and after the last one all of them.
    pub fn cycle(&mut self) {
        let Some(first) = self.alone else { return self.set_alone(true) };
        self.turn(1);
        if self.focused().is_none_or(|lane| lane.id == first) {
            self.alone = None;
        }
    }

    /// Moves the lane that keys go to down, or up, past so many others that are shown.
    pub fn shift(&mut self, by: i64) {
        let shown: Vec<usize> = (0..self.list.len()).filter(|&place| self.is_shown(place)).collect();
        let Some(at) = shown.iter().position(|place| *place == self.focus) else { return };
        let to = shown[(at as i64 + by).clamp(0, shown.len() as i64 - 1) as usize];
        let lane = self.list.remove(self.focus);
        self.list.insert(to, lane);
        self.focus = to;
    }

    /// Takes the lane that keys go to off the screen: one that follows the chosen stage is hidden, others are gone.
    pub fn remove(&mut self) -> &'static str {
        if self.shown().len() < 2 && !self.is_alone() {
            return "the last lane stays";
        }
        let Some(lane) = self.focused_mut() else { return "there is no lane" };
        let text = if matches!(lane.source, Source::Output { .. } | Source::Added { .. }) {
            self.list.remove(self.focus);
            "lane removed"
        } else {
            lane.hidden = true;
            "lane hidden; D shows hidden lanes again"
        };
        self.alone = None;
        self.set_focus(self.focus);
        self.mend_focus();
        text
    }

    /// Puts the second lane below the first, and gives the first the keys.
    pub fn join(&mut self, first: &Source, second: &Source) {
        let Some(from) = self.list.iter().position(|lane| lane.source == *second) else { return };
        let lane = self.list.remove(from);
        let at = self.list.iter().position(|lane| lane.source == *first);
        self.list.insert(at.map_or(from, |at| at + 1), lane);
        self.focus = at.unwrap_or(from);
        self.behind = None;
        for lane in self.list.iter_mut().filter(|lane| lane.source == *first || lane.source == *second) {
            lane.hidden = false;
        }
    }

    /// Shows the lane of `shown` where that of `behind` was.
    pub fn show_instead(&mut self, shown: &Source, behind: &Source) {
        let place = |source: &Source| self.list.iter().position(|lane| lane.source == *source);
        let (Some(front), Some(back)) = (place(shown), place(behind)) else { return };
        self.behind = Some(self.list[back].id);
        self.list[front].hidden = false;
        self.focus = if self.focus == back || self.alone.is_some() { front } else { self.focus };
    }

    /// Shows both of two lanes again.
    pub fn show_both(&mut self) {
        self.behind = None;
    }

    /// Keeps only the lanes that are wanted.
    pub fn keep(&mut self, wanted: impl Fn(&Lane) -> bool) {
        self.list.retain(wanted);
        self.alone = None;
        self.set_focus(self.focus);
        self.mend_focus();
    }

    /// Shows hidden lanes again; says how many there were.
    pub fn unhide(&mut self) -> usize {
        let hidden = self.list.iter_mut().filter(|lane| lane.hidden);
        hidden.map(|lane| lane.hidden = false).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(lanes: &Lanes) -> Vec<Source> {
        lanes.iter().map(|lane| lane.source.clone()).collect()
    }

    fn output(stage: &str) -> Source {
        Source::Output { stage: stage.into(), port: "out".into() }
    }

    #[test]
    fn lanes_move_and_go_and_the_last_one_stays() {
        let mut lanes = Lanes::default();
        lanes.add(output("mel"));
        lanes.shift(-3);
        assert_eq!(sources(&lanes)[0], output("mel"));
        assert_eq!(lanes.shown(), [0, 1, 2], "records that are not there take no room");
        lanes.remove();
        assert_eq!((lanes.shown(), lanes.focus()), (vec![0, 1], 0));
        lanes.remove();
        assert_eq!((lanes.shown(), lanes.focus()), (vec![1], 1), "what follows the chosen stage is hidden");
        assert_eq!(lanes.remove(), "the last lane stays");
        assert_eq!(lanes.unhide(), 1);
        assert_eq!(lanes.shown(), [0, 1]);
    }

    #[test]
    fn each_lane_is_shown_alone_in_turn() {
        let mut lanes = Lanes::default();
        let mut seen = Vec::new();
        for _ in 0..3 {
            lanes.cycle();
            seen.push(lanes.shown());
        }
        assert_eq!(seen, [vec![1], vec![0], vec![0, 1]]);
        assert_eq!(lanes.focus(), 1, "keys go where they went");
    }
}
