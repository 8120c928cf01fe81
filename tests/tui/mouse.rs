//! The mouse: clicks seek and choose, the wheel pans and zooms, dragging follows.

use crate::screen::{Screen, replayed, written};
use crate::support::scratch;
use auricle::tui::{Event, Focus, Gesture, Mouse};
use ratatui::layout::Rect;

fn mouse(screen: &mut Screen, (x, y): (u16, u16), gesture: Gesture) {
    screen.receive(Event::Mouse(Mouse { x, y, gesture }));
    screen.settle();
}

fn plot(screen: &Screen) -> Rect {
    screen.layout().grid.expect("it is shown").plot
}

#[test]
fn a_click_puts_the_cursor_on_what_lies_there_and_dragging_moves_it() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let levels = replayed(home.path(), &session, "levels.npy");
    let mut screen = Screen::open(&session, (160, 40));
    let area = plot(&screen);
    screen.keys("1");
    for (x, y) in [(40, 3), (41, 5), (60, 20), (area.width - 1, area.height - 1), (0, 0)] {
        mouse(&mut screen, (area.x + x, area.y + y), Gesture::Press);
        assert_eq!(screen.state().focus, Focus::Lanes);
        let timeline = screen.state().timeline.expect("the lengths are known");
        assert_eq!(timeline.place(screen.state().cursor), Some(x));
        assert_eq!(screen.cell(area.x + x, area.y + y).symbol(), "┼", "{}", screen.text());
        // The level that the readout tells is the strongest in that cell: two rows of pixels tell two spans of bins.
        let line = screen.lines()[37].clone();
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = |name: &str| words.iter().position(|w| *w == name).unwrap_or_else(|| panic!("no {name} in {line}"));
        let bin: usize = words[at("bin") + 1].parse().expect("a number");
        let height = 1.0 - (bin as f64 + 0.5) / levels.shape[0] as f64;
        let row = height * f64::from(area.height) - f64::from(y);
        assert!((-0.1..=1.1).contains(&row), "bin {bin} is not in row {y}: {line}");
        let frames = words[at("frame") + 1];
        let (first, last) = frames.split_once('-').unwrap_or((frames, frames));
        let span = first.parse::<usize>().expect("a number")..=last.parse().expect("a number");
        let most = span.map(|frame| levels.values[bin * levels.shape[1] + frame]).fold(f64::MIN, f64::max);
        let shown: f64 = words[at("dB") - 1].parse().expect("a number");
        assert!((shown - most).abs() < 0.006, "{line}: {most}");
    }
}

#[test]
fn a_click_while_it_plays_goes_there() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (120, 36));
    screen.keys("Space");
    let device = screen.device.clone();
    screen.until("it plays", |screen| {
        device.advance(480);
        screen.state().sound.position.is_some_and(|position| position > 0.1)
    });
    let area = plot(&screen);
    mouse(&mut screen, (area.x + area.width / 2, area.y + 2), Gesture::Press);
    let there = screen.state().cursor;
    assert!(there > 3.0, "{there}");
    screen.until("it plays there", |screen| {
        device.advance(480);
        screen.state().sound.position.is_some_and(|position| (there..there + 1.0).contains(&position))
    });
}

#[test]
fn a_click_chooses_a_stage_and_a_parameter() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (120, 36));
    let at = screen.find("save_levels").expect("it is listed");
    mouse(&mut screen, at, Gesture::Press);
    assert_eq!(screen.state().focus, Focus::Pipeline);
    assert_eq!(screen.state().stage().map(|stage| stage.id.as_str()), Some("save_levels"));
    let at = screen.find("levels ").expect("it is listed");
    mouse(&mut screen, at, Gesture::Press);
    let at = screen.find("hop_length").expect("it is listed");
    mouse(&mut screen, at, Gesture::Press);
    assert_eq!(screen.state().focus, Focus::Parameters);
    assert_eq!(screen.state().parameter().map(|parameter| parameter.id.as_str()), Some("hop_length"));
    // The wheel chooses there, as the arrows do.
    mouse(&mut screen, at, Gesture::Wheel(-1));
    assert_eq!(screen.state().parameter().map(|parameter| parameter.id.as_str()), Some("n_fft"));
}

#[test]
fn the_wheel_pans_and_with_control_zooms_where_it_points() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (120, 36));
    let area = plot(&screen);
    let timeline = |screen: &Screen| screen.state().timeline.expect("the lengths are known");
    let at = (area.x + 50, area.y + 5);
    let pointed = timeline(&screen).time(timeline(&screen).left + 50);
    for _ in 0..3 {
        mouse(&mut screen, at, Gesture::Zoom(-1));
        assert_eq!(timeline(&screen).place(pointed), Some(50), "what is pointed at stays");
    }
    assert!(!timeline(&screen).is_fit());
    let left = timeline(&screen).left;
    mouse(&mut screen, at, Gesture::Wheel(1));
    assert_eq!(timeline(&screen).left, left + i64::from(area.width / 10));
    mouse(&mut screen, at, Gesture::Wheel(-1));
    assert_eq!(timeline(&screen).left, left);
    for _ in 0..3 {
        mouse(&mut screen, at, Gesture::Zoom(1));
    }
    assert!(timeline(&screen).is_fit());
}

#[test]
fn dragging_and_shift_with_arrows_select_and_z_shows_what_is_selected() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (120, 36));
    let area = plot(&screen);
    let timeline = |screen: &Screen| screen.state().timeline.expect("the lengths are known");
    let selected = |screen: &Screen| screen.state().selection.clone().expect("something is selected");
    mouse(&mut screen, (area.x + 20, area.y + 3), Gesture::Press);
    mouse(&mut screen, (area.x + 29, area.y + 9), Gesture::Drag);
    let first = timeline(&screen).time(20)..timeline(&screen).time(30);
    assert_eq!(selected(&screen), first);
    assert_eq!(screen.cell(area.x + 20, area.y + 1).symbol(), "▏", "{}", screen.text());
    assert_eq!(screen.cell(area.x + 29, area.y + 1).symbol(), "│", "the cursor stands where the mouse is");
    screen.keys("S-Right S-Right");
    assert_eq!(selected(&screen).end, timeline(&screen).time(32));
    screen.keys("z");
    assert_eq!(screen.state().selection.clone().map(|s| timeline(&screen).place(s.start)), Some(Some(0)));
    assert!((timeline(&screen).step * f64::from(area.width) - (selected(&screen).end - first.start)).abs() < 1e-9);
    mouse(&mut screen, (0, area.y), Gesture::Drag);
    assert!(selected(&screen).start <= first.start, "beyond the edge it goes to the edge");
    screen.keys("Esc");
    assert_eq!(screen.state().selection, None);
    screen.keys("* Esc");
    mouse(&mut screen, (area.x + 5, area.y + 3), Gesture::Press);
    assert_eq!(screen.state().selection, None);
}
