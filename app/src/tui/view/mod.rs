//! The views: each draws one part of the state into one area. None computes sound, none knows another.

mod browser;
mod curve;
mod events;
mod footer;
mod frequency_axis;
mod header;
mod help;
mod history;
mod labels;
mod lines;
mod meter;
mod offers;
mod parameters;
mod pipeline;
mod pixels;
mod profile;
mod question;
mod readout;
mod recording;
mod selected;
mod spectrogram;
mod spectrum;
mod spoken;
mod status;
mod subject;
mod table;
mod time_axis;
mod waveform;
mod welcome;

pub use super::paint::text::first_row;
pub use events::label_at;
pub use help::{lines as help_lines, shown as help_shown};
pub use parameters::row_at as parameter_at;
pub use pixels::images;

use super::comparison;
use super::draw::Frame;
use super::lane::Kind;
use super::layout::{LEAST, Layout};
use super::paint::text::Line;
use super::state::{Overlay, State};
use super::theme;
use ratatui::buffer::Buffer;

/// Draws the whole screen.
pub fn draw(frame: &Frame<'_>, buffer: &mut Buffer) {
    let state = frame.state;
    let Some(layout) = &frame.layout else { return too_small(state, buffer) };
    if state.is_open {
        header::draw(state, layout.header, buffer);
        if let Some(area) = layout.pipeline {
            pipeline::draw(state, area, buffer);
        }
        if let Some(area) = layout.parameters {
            parameters::draw(state, area, buffer);
        }
        lanes(frame, layout, buffer);
        status::draw(state, layout.status, buffer);
    } else {
        welcome::draw(state, layout, buffer);
    }
    footer::draw(state, layout.footer, buffer);
    match &state.overlay {
        Some(Overlay::Recorder) => recording::draw(state, &state.recording, buffer),
        Some(Overlay::Help(first)) => help::draw(state, *first, buffer),
        Some(Overlay::Palette(field, row)) => help::palette(state, field, *row, buffer),
        Some(Overlay::Browser(listing, field, row)) => {
            let title = if state.is_for_b { "Compare with a session" } else { "Open" };
            browser::draw(title, listing, field, *row, buffer);
        }
        Some(Overlay::Offers { offers, field, row, between }) => {
            offers::draw(state, offers, field, *row, *between, buffer);
        }
        Some(Overlay::Labels(field, row)) => labels::draw(state, field, *row, buffer),
        Some(Overlay::History(row)) => history::draw(state, *row, buffer),
        Some(Overlay::Text(title, text, first)) => lines::draw(title, text, *first, buffer),
        Some(question) => question::draw(question, buffer),
        None => {}
    }
}

fn lanes(frame: &Frame<'_>, layout: &Layout, buffer: &mut Buffer) {
    for area in &layout.lanes {
        let Some(lane) = frame.state.lanes.get(area.place) else { continue };
        match area.kind {
            Kind::Wave => {
                waveform::draw(frame, lane, area, buffer);
                if layout.wave == Some(*area) {
                    meter::draw(frame.state, area.scale, buffer);
                }
            }
            Kind::Grid => spectrogram::draw(frame, lane, area, buffer),
            Kind::Curve => curve::draw(frame, lane, area, buffer),
            Kind::Events => events::draw(frame, lane, area, buffer),
            Kind::Table => table::draw(frame, lane, area, buffer),
            Kind::Profile => profile::draw(frame, lane, area, buffer),
        }
        if let Some(side) = comparison::flickering(frame.state, lane) {
            let tag = format!(" {} ", comparison::NAMES[side]);
            Line::at(area.plot.x + 1, area.plot.y, 3).add(&tag, theme::chosen(true)).draw(buffer);
        }
    }
    if let Some(area) = layout.time {
        time_axis::draw(frame.state, area, buffer);
        if let Some(area) = layout.spectrum {
            spectrum::draw(frame, area, buffer);
        }
        readout::draw(frame, layout.readout, buffer);
    }
}

fn too_small(state: &State, buffer: &mut Buffer) {
    let (width, height) = state.size;
    let lines =
        [format!("auricle needs {}x{}", LEAST.0, LEAST.1), format!("this is {width}x{height}"), "q quits".to_owned()];
    let top = height.saturating_sub(lines.len() as u16) / 2;
    for (row, text) in (top..height).zip(lines) {
        let x = width.saturating_sub(text.len() as u16) / 2;
        Line::at(x, row, width - x).plain(&text).draw(buffer);
    }
    if let Some(message) = &state.message {
        Line::at(0, height.saturating_sub(1), width).add(&message.text, theme::warn()).draw(buffer);
    }
}
