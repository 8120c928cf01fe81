//! The vertical axis beside a picture of frames: round frequencies, notes, or plain indices.

use crate::tui::axis;
use crate::tui::note;
use crate::tui::paint::text::Line;
use crate::tui::scale::{self, Vertical};
use crate::tui::theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws round values, the rounder ones where there is room for few; they keep two rows between them.
pub fn draw(vertical: &Vertical, area: Rect, buffer: &mut Buffer) {
    let rows = usize::from(area.height);
    let (low, high) = vertical.range();
    let mut put: Vec<(usize, String)> = Vec::new();
    let mut offer = |value: f64, label: String| {
        let Some(row) = vertical.row(vertical.height(value).clamp(1e-9, 1.0 - 1e-9), rows) else { return };
        if put.iter().all(|(other, _)| other.abs_diff(row) >= 2) {
            put.push((row, label));
        }
    };
    if note::octave(vertical).is_some() {
        // Octaves first, then fifths and what lies between.
        for class in [0, 7, 4, 9, 2, 5, 11] {
            for octave in -1..11 {
                let hertz = note::hertz(class, octave);
                if (low * 0.999..=high * 1.001).contains(&hertz) {
                    offer(hertz, note::name(class, octave));
                }
            }
        }
    } else if note::is_chroma(vertical) {
        for class in [0, 4, 7, 2, 9, 5, 11] {
            offer(f64::from(class) * vertical.count() as f64 / 12.0, note::CLASSES[class as usize].to_owned());
        }
    } else if vertical.in_hertz {
        // Steps from coarse to fine: the rounder number gets the room.
        let decades = [10_000.0, 1_000.0, 100.0];
        let even = axis::round_up((high - low) / (rows as f64 / 3.0).max(1.0));
        if vertical.spread == scale::Spread::Native && is_even(vertical) {
            axis::linear(low, high, even).into_iter().for_each(|tick| offer(tick.value, axis::hertz(tick.value)));
        } else {
            for factor in [1.0, 5.0, 2.0, 3.0, 4.0, 6.0, 8.0] {
                for hertz in decades.iter().map(|decade| decade * factor).filter(|hertz| (low..=high).contains(hertz)) {
                    offer(hertz, axis::hertz(hertz));
                }
            }
            if low == 0.0 {
                offer(0.0, "0".into());
            }
        }
    } else {
        let step = (vertical.count() as f64 / (rows as f64 / 3.0).max(1.0)).max(1.0);
        for tick in axis::linear(low.min(high), low.max(high), step) {
            offer(tick.value, axis::trimmed(tick.value, 2));
        }
    }
    for (row, label) in put {
        let line = Line::at(area.x, area.y + row as u16, area.width - 1);
        line.add(&label, theme::dim()).right().draw(buffer);
        Line::at(area.right() - 1, area.y + row as u16, 1).add("┤", theme::line()).draw(buffer);
    }
}

fn is_even(vertical: &Vertical) -> bool {
    let last = vertical.count() - 1;
    let middle = (vertical.coordinate(0) + vertical.coordinate(last)) / 2.0;
    (vertical.coordinate(last / 2) - middle).abs() <= (vertical.coordinate(last) - vertical.coordinate(0)) / 8.0
}
