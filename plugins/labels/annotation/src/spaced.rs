//! NIST's formats of words between spaces: RTTM and CTM.
//!
//! Source: NIST, "The 2009 (RT-09) Rich Transcription Meeting Recognition Evaluation Plan", appendix A (RTTM); SCTK,
//! `sclite`, "ctm" (CTM). `<NA>` stands for what is not known.

use crate::scan::{Error, Result, decimal, duration, end_of, number, span};
use crate::{Annotation, Label, Losses};

const NONE: &str = "<NA>";

fn known(word: &str) -> Option<String> {
    (word != NONE).then(|| word.to_owned())
}

/// Lines that are no comment, as words, each with its number.
fn lines<'a>(text: &'a str, losses: &mut Losses) -> Vec<(usize, Vec<&'a str>)> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with(";;") {
            losses.add("comments are not kept");
        } else if !line.trim().is_empty() {
            found.push((index + 1, line.split_whitespace().collect()));
        }
    }
    found
}

fn stretch(start: &str, length: &str, at: usize) -> Result<(f64, f64)> {
    let (start, length) = (number(start, at, "a start in seconds")?, number(length, at, "a duration in seconds")?);
    span(start, end_of(start, length), at)
}

/// One word: spaces become underscores.
fn word(text: &str, losses: &mut Losses) -> String {
    let joined = text.split_whitespace().collect::<Vec<_>>().join("_");
    losses.add_if(joined != text && !text.is_empty(), "spaces inside a word were written as _");
    if joined.is_empty() { NONE.to_owned() } else { joined }
}

fn optional(text: &Option<String>, losses: &mut Losses) -> String {
    text.as_deref().map_or_else(|| NONE.to_owned(), |text| word(text, losses))
}

pub fn read_rttm(text: &str, losses: &mut Losses) -> Result<Annotation> {
    let mut labels = Vec::new();
    for (at, words) in lines(text, losses) {
        let [kind, file, channel, start, length, ortho, subtype, name, rest @ ..] = &words[..] else {
            return Err(Error::new(at, format!("expected at least 8 fields, got {}", words.len())));
        };
        if *kind == "SPKR-INFO" {
            losses.add("SPKR-INFO lines are not kept");
            continue;
        }
        losses.add_if(*subtype != NONE, "the subtype of an RTTM line is not kept");
        losses.add_if(rest.get(1).is_some_and(|slat| *slat != NONE), "the lookahead time of an RTTM line is not kept");
        let (start, end) = stretch(start, length, at)?;
        let score = rest.first().filter(|score| **score != NONE);
        labels.push(Label {
            file: known(file),
            channel: known(channel),
            tier: (*kind != "SPEAKER").then(|| (*kind).to_owned()),
            speaker: known(name),
            score: score.map(|score| number(score, at, "a confidence")).transpose()?,
            ..Label::new(start, end, known(ortho).unwrap_or_default())
        });
    }
    Ok(Annotation::new(labels))
}

pub fn print_rttm(annotation: &Annotation, losses: &mut Losses) -> String {
    let mut out = String::new();
    for label in &annotation.labels {
        losses.add_if(label.fmin.is_some() || label.fmax.is_some(), "RTTM has no range of frequencies");
        let kind = word(label.tier.as_deref().unwrap_or("SPEAKER"), losses);
        // Without a speaker the label is who speaks: so are diarisations labelled.
        let (ortho, name) = match &label.speaker {
            Some(speaker) => (word(&label.text, losses), word(speaker, losses)),
            None if kind == "SPEAKER" => {
                losses.add_if(!label.text.is_empty(), "labels without a speaker were written as speakers");
                (NONE.to_owned(), word(&label.text, losses))
            }
            None => (word(&label.text, losses), NONE.to_owned()),
        };
        let score = label.score.map_or_else(|| NONE.to_owned(), |score| decimal(score, 1));
        let channel = if label.channel.is_some() { optional(&label.channel, losses) } else { "1".to_owned() };
        out += &format!(
            "{kind} {} {channel} {} {} {ortho} {NONE} {name} {score} {NONE}\n",
            optional(&label.file, losses),
            decimal(label.start, 3),
            duration(label.start, label.end)
        );
    }
    out
}

pub fn read_ctm(text: &str, losses: &mut Losses) -> Result<Annotation> {
    let mut labels = Vec::new();
    for (at, words) in lines(text, losses) {
        let [file, channel, start, length, text, rest @ ..] = &words[..] else {
            return Err(Error::new(at, format!("expected at least 5 fields, got {}", words.len())));
        };
        let (start, end) = stretch(start, length, at)?;
        let score = rest.first().filter(|score| !["NA", NONE].contains(score));
        labels.push(Label {
            file: known(file),
            channel: known(channel),
            tier: rest.get(1).and_then(|kind| known(kind)),
            speaker: rest.get(2).and_then(|name| known(name)),
            score: score.map(|score| number(score, at, "a confidence")).transpose()?,
            ..Label::new(start, end, known(text).unwrap_or_default())
        });
    }
    Ok(Annotation::new(labels))
}

pub fn print_ctm(annotation: &Annotation, losses: &mut Losses) -> String {
    let mut out = String::new();
    for label in &annotation.labels {
        losses.add_if(label.fmin.is_some() || label.fmax.is_some(), "CTM has no range of frequencies");
        let channel = if label.channel.is_some() { optional(&label.channel, losses) } else { "1".to_owned() };
        out += &format!(
            "{} {channel} {} {} {}",
            optional(&label.file, losses),
            decimal(label.start, 3),
            duration(label.start, label.end),
            word(&label.text, losses)
        );
        let mut behind = [
            label.score.map_or_else(|| "NA".to_owned(), |score| decimal(score, 1)),
            optional(&label.tier, losses),
            optional(&label.speaker, losses),
        ]
        .to_vec();
        while behind.last().is_some_and(|word| [NONE, "NA"].contains(&word.as_str())) {
            behind.pop();
        }
        for word in behind {
            out += &format!(" {word}");
        }
        out.push('\n');
    }
    out
}
