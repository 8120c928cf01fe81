//! Subtitles: SubRip and WebVTT.
//!
//! Source: for SubRip what players agree on; "WebVTT: The Web Video Text Tracks Format", W3C 2019, sections 4 and 6.

use crate::scan::{Error, Result, as_clock, clock, span};
use crate::{Annotation, Label, Losses};

/// Lines between blank ones, each with its number.
fn blocks(text: &str) -> Vec<Vec<(usize, &str)>> {
    let mut blocks = vec![Vec::new()];
    for (index, line) in text.lines().enumerate() {
        match (line.trim().is_empty(), blocks.last_mut()) {
            (true, _) => blocks.push(Vec::new()),
            (false, Some(block)) => block.push((index + 1, line)),
            (false, None) => {}
        }
    }
    blocks.retain(|block| !block.is_empty());
    blocks
}

/// The times of a line with an arrow, and what stands behind them.
fn times(line: &str, at: usize) -> Result<(f64, f64, &str)> {
    let (start, rest) = line.split_once("-->").ok_or_else(|| Error::new(at, "expected two times with --> between"))?;
    let rest = rest.trim_start();
    let (end, settings) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let (start, end) = span(clock(start, at)?, clock(end, at)?, at)?;
    Ok((start, end, settings.trim()))
}

fn joined(lines: &[(usize, &str)]) -> String {
    lines.iter().map(|(_, line)| *line).collect::<Vec<_>>().join("\n")
}

pub fn read_srt(text: &str, losses: &mut Losses) -> Result<Annotation> {
    let mut labels: Vec<Label> = Vec::new();
    for block in blocks(text) {
        let Some(arrow) = block.iter().take(2).position(|(_, line)| line.contains("-->")) else {
            // A blank line inside a text.
            let (at, line) = block[0];
            let Some(label) = labels.last_mut() else {
                return Err(Error::new(at, format!("expected a number or two times with --> between, got {line:?}")));
            };
            label.text += &format!("\n\n{}", joined(&block));
            continue;
        };
        let (at, line) = block[arrow];
        let (start, end, place) = times(line, at)?;
        losses.add_if(!place.is_empty(), "the place of a subtitle on the screen is not kept");
        labels.push(Label::new(start, end, joined(&block[arrow + 1..])));
    }
    Ok(Annotation::new(labels))
}

pub fn read_vtt(text: &str, losses: &mut Losses) -> Result<Annotation> {
    let mut blocks = blocks(text).into_iter();
    let head = blocks.next().unwrap_or_default();
    if head.first().is_none_or(|(_, line)| !line.starts_with("WEBVTT")) {
        return Err(Error::new(1, "expected WEBVTT at the start"));
    }
    losses.add_if(head.len() > 1 || head[0].1.trim() != "WEBVTT", "the header's words are not kept");
    let mut labels = Vec::new();
    for block in blocks {
        let Some(arrow) = block.iter().take(2).position(|(_, line)| line.contains("-->")) else {
            let word = block[0].1.split_whitespace().next().unwrap_or("");
            match word {
                "NOTE" | "STYLE" | "REGION" => losses.add(format!("{word} blocks are not kept")),
                _ => return Err(Error::new(block[0].0, "expected two times with --> between")),
            }
            continue;
        };
        losses.add_if(arrow == 1 && block[0].1.trim().parse::<u64>().is_err(), "names of cues are not kept");
        let (at, line) = block[arrow];
        let (start, end, settings) = times(line, at)?;
        losses.add_if(!settings.is_empty(), "the place of a cue on the screen is not kept");
        labels.push(cue(start, end, &joined(&block[arrow + 1..]), losses));
    }
    Ok(Annotation::new(labels))
}

/// A cue without its marks; that of a voice is the speaker.
fn cue(start: f64, end: f64, marked: &str, losses: &mut Losses) -> Label {
    let mut label = Label::new(start, end, "");
    let mut rest = marked;
    let mut first = true;
    while let Some((before, behind)) = rest.split_once('<') {
        label.text += before;
        let Some((mark, behind)) = behind.split_once('>') else {
            label.text += "<";
            rest = behind;
            continue;
        };
        let voice = mark
            .strip_prefix('v')
            .filter(|v| v.starts_with([' ', '.', '\t']))
            .and_then(|v| v.split_once(char::is_whitespace));
        match voice {
            Some((_, name)) if first && before.is_empty() => label.speaker = Some(plain(name.trim())),
            Some(_) => losses.add("a second voice inside a cue is not kept"),
            None if mark == "/v" => {}
            None => losses.add("marks inside the text of cues are not kept"),
        }
        first = false;
        rest = behind;
    }
    label.text = plain(&(label.text + rest));
    label
}

fn plain(text: &str) -> String {
    let mut text = text.to_owned();
    for (mark, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", "\u{a0}"),
        ("&lrm;", "\u{200e}"),
        ("&rlm;", "\u{200f}"),
        ("&amp;", "&"),
    ] {
        text = text.replace(mark, character);
    }
    text
}

fn marked(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What neither kind of subtitles holds; gives the text of the cue.
fn common(label: &Label, losses: &mut Losses) -> String {
    losses.add_if(label.score.is_some(), "subtitles have no score");
    losses.add_if(label.channel.is_some(), "subtitles have no channel");
    losses.add_if(label.tier.is_some(), "subtitles have no tier");
    losses.add_if(label.fmin.is_some() || label.fmax.is_some(), "subtitles have no range of frequencies");
    losses.add_if(label.file.is_some(), "subtitles do not name the recording");
    losses.add_if(label.start < 0.0, "subtitles begin at 0 s at the earliest");
    let whole = |seconds: f64| (seconds * 1e3).round() / 1e3 == seconds;
    losses
        .add_if(!whole(label.start) || !whole(label.end), "subtitles have whole milliseconds, and times were rounded");
    let lines: Vec<&str> = label.text.lines().filter(|line| !line.trim().is_empty()).collect();
    let text = lines.join("\n");
    losses.add_if(text != label.text, "blank lines end a subtitle, and were left out");
    text
}

pub fn print_srt(annotation: &Annotation, losses: &mut Losses) -> String {
    let mut out = String::new();
    for (index, label) in annotation.labels.iter().enumerate() {
        losses.add_if(label.speaker.is_some(), "SubRip has no speaker");
        let text = common(label, losses);
        losses.add_if(text.contains("-->"), "--> inside a text was written as ->");
        let (start, end) = (as_clock(label.start, ','), as_clock(label.end, ','));
        out += &format!("{}\n{start} --> {end}\n{}\n\n", index + 1, text.replace("-->", "->"));
    }
    out
}

pub fn print_vtt(annotation: &Annotation, losses: &mut Losses) -> String {
    let mut out = "WEBVTT\n".to_owned();
    for label in &annotation.labels {
        let mut text = marked(&common(label, losses));
        if let Some(speaker) = &label.speaker {
            text = format!("<v {}>{text}", marked(speaker));
        }
        out += &format!("\n{} --> {}\n{text}\n", as_clock(label.start, '.'), as_clock(label.end, '.'));
    }
    out
}
