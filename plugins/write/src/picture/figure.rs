//! The frame around a picture: title, axes with round numbers and units, colour bar, caption.

use super::canvas::{Rect, Rgb};
use super::colour::{Map, Theme};
use super::drawing::Drawing;
use super::text::{Anchor, Fonts, Style};
use super::ticks::Tick;
use auricle_sdk::prelude::*;

/// Height of a line of the caption, and size of its letters.
const CAPTION: f32 = 26.0;
const SMALL: f32 = 19.0;

/// Where things are, for a picture of this size. All lengths follow from its size alone.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Columns of the picture.
    pub width: usize,
    /// Rows of the picture.
    pub height: usize,
    /// Pixels for each pixel of a picture of 1600 by 900.
    pub unit: f32,
    /// Where the data are drawn.
    pub plot: Rect,
}

impl Plan {
    /// The plan of a picture, with room for a colour bar or without, and for lines of caption.
    pub fn new(width: usize, height: usize, bar: bool, captions: usize) -> Self {
        let unit = (width as f32 / 1600.0).min(height as f32 / 900.0).max(0.4);
        let pixels = |length: f32| (length * unit).round() as usize;
        let (left, right) = (pixels(138.0), pixels(if bar { 178.0 } else { 48.0 }));
        let (top, bottom) =
            (pixels(92.0), pixels(118.0 + if captions > 0 { 14.0 + CAPTION * captions as f32 } else { 0.0 }));
        let plot = Rect {
            x: left,
            y: top,
            width: width.saturating_sub(left + right).max(1),
            height: height.saturating_sub(top + bottom).max(1),
        };
        Plan { width, height, unit, plot }
    }

    /// The plan of a picture whose caption is this.
    ///
    /// # Errors
    /// The fonts cannot be read.
    pub fn with_caption(width: usize, height: usize, bar: bool, caption: &str) -> Result<Self> {
        let plan = Plan::new(width, height, bar, 0);
        let style = Style { size: SMALL * plan.unit, bold: false, colour: [0; 3] };
        Ok(Plan::new(width, height, bar, Fonts::new()?.wrapped(caption, style, plan.caption_width()).len()))
    }

    /// Room for a line of the caption.
    fn caption_width(&self) -> f32 {
        self.width as f32 - self.plot.x as f32 - 40.0 * self.unit
    }

    /// The plan of each of `n` panels, from the top down: the same picture, with a plot of its own.
    pub fn panels(&self, weights: &[usize]) -> Vec<Plan> {
        let gap = if weights.len() > 1 { (30.0 * self.unit).round() as usize } else { 0 };
        let total: usize = weights.iter().sum::<usize>().max(1);
        let room = self.plot.height.saturating_sub(gap * weights.len().saturating_sub(1)).max(weights.len());
        let mut done = 0;
        let mut panel = |(index, weight): (usize, &usize)| {
            let top = self.plot.y + index * gap + done * room / total;
            done += weight;
            let bottom = self.plot.y + index * gap + done * room / total;
            Plan { plot: Rect { y: top, height: (bottom - top).max(1), ..self.plot }, ..*self }
        };
        weights.iter().enumerate().map(&mut panel).collect()
    }

    /// The plot cut into `n` lanes from the top down.
    pub fn lanes(&self, n: usize) -> Vec<Rect> {
        let gap = (14.0 * self.unit).round() as usize;
        let n = n.max(1);
        let room = self.plot.height.saturating_sub(gap * (n - 1)).max(n);
        let edge = |lane: usize| self.plot.y + lane * gap + lane * room / n;
        (0..n).map(|lane| Rect { y: edge(lane), height: edge(lane + 1) - gap - edge(lane), ..self.plot }).collect()
    }

    /// How many marks fit on a vertical axis of this height.
    pub fn marks(&self, height: usize) -> usize {
        ((height as f32 / (62.0 * self.unit)) as usize).clamp(2, 12)
    }
}

/// A picture being drawn.
pub struct Figure {
    /// What is drawn.
    pub drawing: Drawing,
    /// Its colours.
    pub theme: Theme,
    /// Where things are.
    pub plan: Plan,
    fonts: Fonts,
}

impl Figure {
    /// An empty page.
    ///
    /// # Errors
    /// The fonts cannot be read.
    pub fn new(plan: Plan, theme: Theme) -> Result<Self> {
        let drawing = Drawing::new(plan.width, plan.height, theme.paper);
        Ok(Figure { drawing, theme, plan, fonts: Fonts::new()? })
    }

    /// Title on the left, facts on the right, caption below.
    pub fn words(&mut self, title: &str, facts: &str, caption: &str) {
        let Plan { height, unit, plot, .. } = self.plan;
        let (title_style, muted) = (self.style(34.0, true, self.theme.ink), self.style(22.0, false, self.theme.muted));
        let baseline = 60.0 * unit;
        let facts_width = self.fonts.width(facts, muted);
        let room = plot.width as f32 + if facts.is_empty() { 0.0 } else { -facts_width - 40.0 * unit };
        let title = self.fonts.fitted(title, title_style, room.max(plot.width as f32 / 2.0));
        let title_width = self.fonts.width(&title, title_style);
        self.drawing.text(&title, (plot.x as f32, baseline), Anchor::Start, title_style);
        if title_width + facts_width + 40.0 * unit <= plot.width as f32 {
            self.drawing.text(facts, (plot.right() as f32, baseline), Anchor::End, muted);
        }
        let small = self.style(SMALL, false, self.theme.muted);
        let lines = self.fonts.wrapped(caption, small, self.plan.caption_width());
        for (index, line) in lines.iter().enumerate() {
            let line = self.fonts.fitted(line, small, self.plan.caption_width());
            let below = (lines.len() - 1 - index) as f32 * CAPTION;
            let place = (plot.x as f32, height as f32 - (28.0 + below) * unit);
            self.drawing.text(&line, place, Anchor::Start, small);
        }
    }

    /// The horizontal axis below the plot: marks with their place from 0 to 1.
    pub fn x_axis(&mut self, marks: &[(f64, Tick)], title: &str) {
        let (unit, plot) = (self.plan.unit, self.plan.plot);
        let style = self.style(24.0, false, self.theme.ink);
        let thick = self.stroke();
        let mut free = f32::MIN;
        for (place, tick) in marks.iter().filter(|(place, _)| (0.0..=1.0).contains(place)) {
            let x = plot.x as f32 + *place as f32 * plot.width as f32;
            let column = (x.round() as usize).saturating_sub(thick / 2);
            let mark = Rect { x: column, y: plot.bottom(), width: thick, height: self.pixels(9.0) };
            self.drawing.fill(mark, self.theme.ink);
            let half = self.fonts.width(&tick.label, style) / 2.0;
            if x - half >= free {
                let y = plot.bottom() as f32 + 38.0 * unit;
                self.drawing.text(&tick.label, (x, y), Anchor::Middle, style);
                free = x + half + 12.0 * unit;
            }
        }
        let place = (plot.x as f32 + plot.width as f32 / 2.0, plot.bottom() as f32 + 80.0 * unit);
        self.drawing.text(title, place, Anchor::Middle, style);
    }

    /// Marks left of a lane, with their place from 0, its lower edge, to 1.
    pub fn y_axis(&mut self, lane: Rect, marks: &[(f64, Tick)]) {
        let (thick, plot) = (self.stroke(), self.plan.plot);
        let style = self.style(24.0, false, self.theme.ink);
        // Labels at edges between two lanes move inside.
        let top = lane.y as f32 + if lane.y > plot.y { style.size / 2.0 } else { 0.0 };
        let bottom = lane.bottom() as f32 - if lane.bottom() < plot.bottom() { style.size / 2.0 } else { 0.0 };
        let mut taken = f32::INFINITY;
        for (place, tick) in marks.iter().filter(|(place, _)| (-1e-6..=1.0 + 1e-6).contains(place)) {
            let y = lane.bottom() as f32 - *place as f32 * lane.height as f32;
            let x = lane.x.saturating_sub(self.pixels(9.0));
            self.mark(Rect { x, y: 0, width: self.pixels(9.0), height: thick }, y, lane);
            let middle = y.min(bottom).max(top);
            if (taken - middle).abs() >= style.size {
                let place = (x as f32 - 8.0 * self.plan.unit, middle + style.size * 0.36);
                let label = self.fonts.fitted(&tick.label, style, place.0);
                self.drawing.text(&label, place, Anchor::End, style);
                taken = middle;
            }
        }
    }

    /// What the vertical axis shows, along the left edge.
    pub fn y_title(&mut self, title: &str) {
        let (unit, plot) = (self.plan.unit, self.plan.plot);
        let style = self.style(24.0, false, self.theme.ink);
        let place = (40.0 * unit, plot.y as f32 + plot.height as f32 / 2.0);
        self.drawing.standing(title, place, Anchor::Middle, style);
    }

    /// The colour bar right of the plot.
    pub fn bar(&mut self, map: &Map, marks: &[(f64, Tick)], title: &str) {
        let (unit, plot) = (self.plan.unit, self.plan.plot);
        let bar = Rect { x: plot.right() + self.pixels(28.0), width: self.pixels(26.0), ..plot };
        let mut pixels = Vec::with_capacity(bar.width * bar.height * 3);
        for y in 0..bar.height {
            let value = 1.0 - (y as f32 + 0.5) / bar.height as f32;
            pixels.extend(map.colour(value).repeat(bar.width));
        }
        self.drawing.pixels(bar, pixels);
        let thick = self.stroke();
        self.drawing.outline(bar, thick, self.theme.ink);
        let style = self.style(24.0, false, self.theme.ink);
        let mut widest = 0.0f32;
        for (place, tick) in marks.iter().filter(|(place, _)| (-1e-6..=1.0 + 1e-6).contains(place)) {
            widest = widest.max(self.fonts.width(&tick.label, style));
            let y = bar.bottom() as f32 - *place as f32 * bar.height as f32;
            self.mark(Rect { x: bar.right(), y: 0, width: self.pixels(9.0), height: thick }, y, bar);
            let left = bar.right() as f32 + 17.0 * unit;
            self.drawing.text(&tick.label, (left, y + style.size * 0.36), Anchor::Start, style);
        }
        // Wide numbers push the title outwards, as far as there is room.
        let beside = (widest + 38.0 * unit).clamp(102.0 * unit, 117.0 * unit);
        let place = (bar.right() as f32 + beside, bar.y as f32 + bar.height as f32 / 2.0);
        self.drawing.standing(title, place, Anchor::Middle, style);
    }

    /// A stretch of time with its text, as far as that fits into `room` pixels; a point is a line.
    pub fn span(&mut self, area: Rect, text: &str, room: usize, is_point: bool, number: usize) {
        let edge = Rect { width: self.stroke().min(area.width), ..area };
        if !is_point {
            self.drawing.fill(area, self.theme.spans[number % self.theme.spans.len()]);
        }
        self.drawing.fill(edge, if is_point { self.theme.core } else { self.theme.paper });
        let style = self.style(22.0, false, self.theme.ink);
        let left = self.pixels(8.0);
        let text = self.fonts.fitted(text, style, room.saturating_sub(2 * left) as f32);
        if room > 3 * left && style.size <= area.height as f32 {
            let baseline = area.y as f32 + area.height as f32 / 2.0 + style.size * 0.36;
            self.drawing.text(&text, ((area.x + left) as f32, baseline), Anchor::Start, style);
        }
    }

    /// The line around a lane, and its name in a corner of it.
    pub fn frame(&mut self, lane: Rect, name: &str) {
        let thick = self.stroke();
        self.drawing.outline(lane, thick, self.theme.ink);
        if name.is_empty() {
            return;
        }
        let (unit, style) = (self.plan.unit, self.style(20.0, true, self.theme.ink));
        let (width, height) = (self.fonts.width(name, style) + 20.0 * unit, 32.0 * unit);
        let (x, y) = (lane.x, lane.y);
        let label = Rect { x, y, width: width as usize, height: (height as usize).min(lane.height) };
        self.drawing.fill(label, self.theme.paper);
        let place = (x as f32 + 10.0 * unit, y as f32 + 23.0 * unit);
        self.drawing.text(name, place, Anchor::Start, style);
    }

    /// A note in the middle of the plot, where there is nothing to draw.
    pub fn note(&mut self, text: &str) {
        let plot = self.plan.plot;
        let place = (plot.x as f32 + plot.width as f32 / 2.0, plot.y as f32 + plot.height as f32 / 2.0);
        let style = self.style(28.0, false, self.theme.muted);
        self.drawing.text(text, place, Anchor::Middle, style);
    }

    /// Thickness of axes and marks.
    pub fn stroke(&self) -> usize {
        self.pixels(2.0).max(1)
    }

    fn pixels(&self, length: f32) -> usize {
        (length * self.plan.unit).round() as usize
    }

    fn style(&self, size: f32, bold: bool, colour: Rgb) -> Style {
        Style { size: size * self.plan.unit, bold, colour }
    }

    /// A horizontal mark at height `y`, kept inside `lane`.
    fn mark(&mut self, mark: Rect, y: f32, lane: Rect) {
        let top = (y - mark.height as f32 / 2.0).round() as i64;
        if (lane.y as i64 - mark.height as i64..=lane.bottom() as i64).contains(&top) {
            self.drawing.fill(Rect { y: top.max(0) as usize, ..mark }, self.theme.ink);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_fill_the_plot() {
        for (width, height) in [(1600, 900), (320, 200), (4000, 500)] {
            let plan = Plan::new(width, height, true, 1);
            for n in [1, 2, 9, 12] {
                let lanes = plan.lanes(n);
                assert_eq!((lanes[0].y, lanes[n - 1].bottom()), (plan.plot.y, plan.plot.bottom()), "{width} {n}");
                assert!(lanes.iter().all(|lane| lane.height > 0));
            }
        }
    }
}
