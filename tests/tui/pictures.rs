//! Pictures of pixels: their colours against the arrays that `replay` writes, and what is drawn over them.

use crate::screen::{Screen, replayed, written};
use crate::support::scratch;
use auricle::tui::{self, Event, Graphics, Image, Kind, MARK, Protocol};
use ratatui::layout::Rect;
use std::path::Path;

const KITTY: Graphics = Graphics { protocol: Protocol::Kitty, cell: (10, 20) };

fn screen(session: &Path) -> Screen {
    let mut screen = Screen::open(session, (120, 36));
    screen.receive(Event::Graphics(Some(KITTY)));
    screen.settle();
    screen.choose("levels");
    screen.keys("3");
    screen
}

fn image(screen: &Screen, kind: Kind) -> (Image, Rect) {
    let plot = screen.layout().lanes.iter().find(|area| area.kind == kind).expect("it is shown").plot;
    let image = tui::pictures(screen.state()).into_iter().find(|image| image.area == plot);
    (image.expect("it has a picture"), plot)
}

#[test]
fn pixels_have_the_colours_of_the_values_that_replay_writes() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = screen(&session);
    screen.keys("Home > > + + + c } }");
    let (image, plot) = image(&screen, Kind::Grid);
    assert_eq!(image.size, (usize::from(plot.width) * 5, usize::from(plot.height) * 10));
    let (low, high) = screen.state().lanes.current(Kind::Grid).expect("it is there").levels();
    let timeline = screen.state().timeline.expect("it is known");
    let array = replayed(home.path(), &session, "levels.npy");
    let (bins, frames) = (array.shape[0], array.shape[1]);
    let colour = |value: f64| {
        let share = (((value as f32 - low) / (high - low)).clamp(0.0, 1.0) * 64.0) as usize;
        let colour = colorous::MAGMA.eval_continuous(share.min(63) as f64 / 63.0);
        [colour.r, colour.g, colour.b]
    };
    let mut seen = 0;
    for x in 0..image.size.0 {
        // The frames whose centres lie in the pixel, or that nearest to it.
        let edge = |x: usize| (timeline.time(timeline.left) + x as f64 * timeline.step / 5.0) * 16_000.0 / 128.0;
        let (from, to) = ((edge(x) - 1e-6).ceil() as usize, (edge(x + 1) - 1e-6).ceil() as usize);
        let (from, to) = if from < to {
            (from, to)
        } else {
            let nearest = ((edge(x) + edge(x + 1)) / 2.0).round() as usize;
            (nearest, nearest + 1)
        };
        let is_cursor =
            timeline.place(screen.state().cursor).is_some_and(|place| x.abs_diff(usize::from(place) * 5) < 4);
        if is_cursor || to > frames {
            continue;
        }
        for y in (0..image.size.1).step_by(17) {
            let height = |y: usize| (image.size.1 - y) as f64 / image.size.1 as f64 * bins as f64;
            let (lower, upper) = ((height(y + 1) - 0.5).ceil() as usize, (height(y) - 0.5).ceil() as usize);
            let (lower, upper) = if lower < upper { (lower, upper) } else { (lower.saturating_sub(1), lower + 1) };
            let all = (lower..upper.min(bins)).map(|bin| {
                let values = (from..to).map(|frame| array.values[bin * frames + frame]);
                values.fold(f64::NEG_INFINITY, f64::max)
            });
            let all: Vec<f64> = all.collect();
            let largest = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let got = image.palette[usize::from(image.pixels[y * image.size.0 + x])];
            let fits = got == colour(largest) || all.iter().any(|value| got == colour(*value));
            assert!(fits, "x {x} y {y}: frames {from}..{to}, bins {lower}..{upper}: {got:?}");
            seen += 1;
        }
    }
    assert!(seen > 3_000, "{seen} pixels");
}

#[test]
fn cursor_selection_and_boxes_are_seen_over_pictures() {
    let home = scratch();
    let session = written(home.path(), "effect.wav", "");
    let mut screen = screen(&session);
    screen.keys("Home > >");
    let (with, plot) = image(&screen, Kind::Wave);
    screen.keys(">");
    let (moved, _) = image(&screen, Kind::Wave);
    let column = |image: &Image, x: usize| -> Vec<[u8; 3]> {
        (0..image.size.1).map(|y| image.palette[usize::from(image.pixels[y * image.size.0 + x])]).collect()
    };
    let changed: Vec<usize> = (0..with.size.0).filter(|x| column(&with, *x) != column(&moved, *x)).collect();
    assert_eq!(changed, [100, 150], "the cursor went ten columns, and nothing else changed");
    let line = column(&moved, 150);
    assert!(line.iter().all(|colour| *colour == line[0]), "it is a line from top to bottom");
    screen.keys("i > > > I");
    let (selected, _) = image(&screen, Kind::Wave);
    let tinted = (0..with.size.0).filter(|x| column(&selected, *x)[1] != column(&moved, *x)[1]).count();
    assert!((150..=156).contains(&tinted), "{tinted}");
    // All cells are left to the picture, until a box stands over them.
    let marked = |screen: &Screen, area: Rect| {
        let buffer = screen.buffer();
        area.positions().filter(|at| buffer[*at].symbol() == MARK).count()
    };
    assert_eq!(marked(&screen, plot), usize::from(plot.width) * usize::from(plot.height));
    let grid = image(&screen, Kind::Grid).1;
    screen.keys("?");
    assert!(marked(&screen, grid) < usize::from(grid.width) * usize::from(grid.height) / 2, "{}", screen.text());
    screen.shows("Zoom in on the cursor");
    screen.keys("Esc M-a");
    screen.receive(Event::Graphics(None));
    screen.settle();
    assert_eq!((marked(&screen, plot), tui::pictures(screen.state()).len()), (0, 0), "cells draw again");
    screen.shows("▀");
}

#[test]
fn single_samples_are_a_line_and_every_lane_has_its_picture() {
    let home = scratch();
    let session = written(home.path(), "effect.wav", "");
    let mut screen = screen(&session);
    assert_eq!(tui::pictures(screen.state()).len(), 2);
    screen.keys("Home > + + + + + + + + + + + + + +");
    let (image, _) = image(&screen, Kind::Wave);
    let timeline = screen.state().timeline.expect("it is known");
    let cursor = timeline.place(screen.state().cursor).map(|place| usize::from(place) * 5);
    let gaps = (6..image.size.0 - 6).filter(|x| {
        // The line has a colour of its own; the middle has another, and so has the cursor.
        Some(*x) != cursor && (0..image.size.1).all(|y| image.pixels[y * image.size.0 + x] != 6)
    });
    assert_eq!(gaps.count(), 0, "the line has no gap");
    for size in [(60, 16), (20, 5), (200, 50)] {
        screen.receive(Event::Resize(size.0, size.1));
        screen.settle();
        let pictures = tui::pictures(screen.state());
        assert!(pictures.iter().all(|image| image.area.right() <= size.0 && image.area.bottom() <= size.1));
    }
}
