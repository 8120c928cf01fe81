//! Which stretch of time the lanes show, and how finely: seconds and columns.

/// Guard against times that lie on a column's edge but for rounding.
const EDGE: f64 = 1e-6;

/// A window on time. Column `k` shows the time from `begin + k * step` up to that of column `k + 1`.
///
/// The columns stand still while the window moves over them, so that what was drawn once can be drawn again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timeline {
    /// Where all there is begins, in seconds.
    pub begin: f64,
    /// Where all there is ends.
    pub end: f64,
    /// Seconds a column.
    pub step: f64,
    /// The first column in the window.
    pub left: i64,
    /// Columns in the window.
    pub columns: u16,
    /// The smallest useful `step`.
    pub finest: f64,
}

impl Timeline {
    /// A window of `columns` columns that shows everything from `begin` to `end`.
    pub fn new(begin: f64, end: f64, columns: u16, finest: f64) -> Self {
        let end = if end > begin { end } else { begin + finest.max(1e-9) };
        let mut timeline = Timeline { begin, end, step: 1.0, left: 0, columns: columns.max(1), finest };
        timeline.fit();
        timeline
    }

    /// Shows everything.
    pub fn fit(&mut self) {
        (self.step, self.left) = (self.fit_step(), 0);
    }

    /// Does it show everything?
    pub fn is_fit(&self) -> bool {
        self.left == 0 && self.total() <= i64::from(self.columns)
    }

    /// Columns of everything at this step.
    pub fn total(&self) -> i64 {
        ((self.end - self.begin) / self.step - EDGE).ceil().max(1.0) as i64
    }

    /// The column that holds `time`.
    pub fn column(&self, time: f64) -> i64 {
        ((time - self.begin) / self.step + EDGE).floor() as i64
    }

    /// Where a column begins.
    pub fn time(&self, column: i64) -> f64 {
        self.begin + column as f64 * self.step
    }

    /// The columns in the window.
    pub fn visible(&self) -> std::ops::Range<i64> {
        self.left..self.left + i64::from(self.columns)
    }

    /// The place in the window of the column that holds `time`.
    pub fn place(&self, time: f64) -> Option<u16> {
        let column = self.column(time);
        let place = u16::try_from(column - self.left).ok()?;
        (place < self.columns && column >= 0 && column < self.total()).then_some(place)
    }

    /// Moves the window by so many columns; says by how many it went.
    pub fn pan(&mut self, columns: i64) -> i64 {
        let before = self.left;
        self.left = (self.left + columns).clamp(0, self.most_left());
        self.left - before
    }

    /// Makes columns `factor` times as long; the one that holds `anchor` keeps its place, as far as it can.
    pub fn zoom(&mut self, factor: f64, anchor: f64) {
        let place = (self.column(anchor) - self.left).clamp(0, i64::from(self.columns) - 1);
        let fit = self.fit_step();
        // A step of a hair less than all would be a window that can hardly move.
        let step = self.step * factor;
        self.step = if step > fit * 0.75 { fit } else { step.max(self.finest) };
        self.left = (self.column(anchor) - place).clamp(0, self.most_left());
    }

    /// Moves the window as little as needed for `time` to lie in it.
    pub fn reveal(&mut self, time: f64) {
        let column = self.column(time.clamp(self.begin, self.end)).min(self.total() - 1);
        let last = column - i64::from(self.columns) + 1;
        self.left = self.left.min(column).max(last).clamp(0, self.most_left());
    }

    /// The window has another width now; what it shows begins where it did.
    pub fn resize(&mut self, columns: u16) {
        let was_fit = self.is_fit();
        self.columns = columns.max(1);
        if was_fit || self.step > self.fit_step() {
            self.fit();
        }
        self.left = self.left.clamp(0, self.most_left());
    }

    /// The same window with each column cut into `parts`.
    pub fn finer(&self, parts: u16) -> Timeline {
        let step = self.step / f64::from(parts);
        let (left, columns) = (self.left * i64::from(parts), self.columns.saturating_mul(parts));
        Timeline { step, left, columns, ..*self }
    }

    fn fit_step(&self) -> f64 {
        ((self.end - self.begin) / f64::from(self.columns)).max(f64::MIN_POSITIVE)
    }

    fn most_left(&self) -> i64 {
        (self.total() - i64::from(self.columns)).max(0)
    }
}

/// The entries that stand in `from..to` seconds, if entry `k` stands at `origin + k / rate`.
pub fn entries(from: f64, to: f64, origin: f64, rate: f64) -> std::ops::Range<i64> {
    let index = |time: f64| ((time - origin) * rate - EDGE).ceil() as i64;
    index(from)..index(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_share_out_all_samples_without_gap_or_overlap() {
        for (seconds, columns, rate) in [(3.52, 97u16, 16_000.0), (36_000.0, 160, 44_100.0), (0.01, 42, 48_000.0)] {
            let mut timeline = Timeline::new(0.0, seconds, columns, 1.0 / rate / 8.0);
            for _ in 0..6 {
                let mut next = entries(timeline.time(0), timeline.time(1), 0.0, rate).start;
                for column in 0..timeline.total().min(5_000) {
                    let span = entries(timeline.time(column), timeline.time(column + 1), 0.0, rate);
                    assert_eq!(span.start, next, "{seconds} s, column {column}");
                    next = span.end;
                }
                timeline.zoom(0.5, 0.0);
            }
        }
    }

    #[test]
    fn zooming_keeps_the_anchor_in_its_place_and_stops_at_both_ends() {
        let mut timeline = Timeline::new(0.0, 10.0, 100, 1e-3);
        let place = |t: &Timeline| t.place(3.0).expect("it is in sight");
        let before = place(&timeline);
        timeline.zoom(0.5, 3.0);
        assert_eq!(place(&timeline), before);
        for _ in 0..50 {
            timeline.zoom(0.5, 3.0);
        }
        assert_eq!(timeline.step, 1e-3);
        for _ in 0..50 {
            timeline.zoom(2.0, 3.0);
        }
        assert!(timeline.is_fit());
    }

    #[test]
    fn a_window_never_leaves_what_there_is() {
        let mut timeline = Timeline::new(0.0, 10.0, 100, 1e-3);
        timeline.zoom(0.25, 0.0);
        assert_eq!(timeline.pan(10_000), 300);
        assert_eq!(timeline.pan(-10_000), -300);
        timeline.reveal(9.99);
        assert_eq!(timeline.place(9.99), Some(99));
        timeline.resize(400);
        assert!(timeline.is_fit());
        assert!(Timeline::new(0.0, 0.0, 80, 1e-3).is_fit(), "nothing is shown whole");
    }
}
