//! Praat's TextGrid, long and short: tiers of intervals that leave no gap, and tiers of points.
//!
//! Source: the Praat manual, "TextGrid file formats" (2024). Both forms are the same sequence of numbers, texts and flags;
//! everything else on a line is for people, so that one reader takes both.

use crate::scan::{Error, Result, span};
use crate::{Annotation, Label, Losses};

/// What a TextGrid consists of.
#[derive(Debug, PartialEq)]
enum Token {
    Number(f64),
    Text(String),
    Flag(String),
}

/// The tokens of the file behind its first two lines, each with its line.
fn tokens(text: &str) -> Result<Vec<(usize, Token)>> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut rest = text.char_indices().peekable();
    // A number counts only where a word begins; so `[1]` and `item2` are for people.
    let mut fresh = true;
    while let Some((at, character)) = rest.next() {
        match character {
            '\n' => {
                line += 1;
                fresh = true;
            }
            c if c.is_whitespace() => fresh = true,
            '!' if fresh => while rest.next_if(|(_, c)| *c != '\n').is_some() {},
            '"' if fresh => {
                let (begin, mut words) = (line, String::new());
                loop {
                    match rest.next() {
                        Some((_, '"')) if rest.next_if(|(_, c)| *c == '"').is_some() => words.push('"'),
                        Some((_, '"')) => break,
                        Some((_, c)) => {
                            line += usize::from(c == '\n');
                            words.push(c);
                        }
                        None => return Err(Error::new(begin, "a text has no closing quotation mark")),
                    }
                }
                tokens.push((begin, Token::Text(words)));
            }
            '<' if fresh => {
                let mut flag = String::new();
                while let Some((_, c)) = rest.next_if(|(_, c)| *c != '>' && *c != '\n') {
                    flag.push(c);
                }
                rest.next_if(|(_, c)| *c == '>');
                tokens.push((line, Token::Flag(flag)));
            }
            _ => {
                let mut end = at + character.len_utf8();
                while let Some((at, c)) = rest.next_if(|(_, c)| !c.is_whitespace()) {
                    end = at + c.len_utf8();
                }
                let word = &text[at..end];
                if let Some(value) = word.parse::<f64>().ok().filter(|value| fresh && value.is_finite()) {
                    tokens.push((line, Token::Number(value)));
                }
            }
        }
    }
    Ok(tokens)
}

/// Takes tokens one after the other.
struct Tape {
    tokens: std::vec::IntoIter<(usize, Token)>,
    line: usize,
}

impl Tape {
    fn next(&mut self) -> Option<Token> {
        let (line, token) = self.tokens.next()?;
        self.line = line;
        Some(token)
    }

    fn number(&mut self, what: &str) -> Result<f64> {
        match self.next() {
            Some(Token::Number(value)) => Ok(value),
            Some(other) => Err(Error::new(self.line, format!("expected {what}, got {other:?}"))),
            None => Err(Error::new(self.line, format!("expected {what}, got the end of the file"))),
        }
    }

    fn text(&mut self, what: &str) -> Result<String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(text),
            Some(other) => Err(Error::new(self.line, format!("expected {what} in quotation marks, got {other:?}"))),
            None => Err(Error::new(self.line, format!("expected {what}, got the end of the file"))),
        }
    }
}

pub fn read(text: &str, losses: &mut Losses) -> Result<Annotation> {
    let mut head = text.split_inclusive('\n');
    let first = head.next().unwrap_or("");
    if !first.contains("ooTextFile") {
        return Err(Error::new(1, "expected File type = \"ooTextFile\""));
    }
    let second = head.next().unwrap_or("");
    if !second.contains("TextGrid") {
        return Err(Error::new(2, format!("expected Object class = \"TextGrid\", got {:?}", second.trim())));
    }
    let mut tape = Tape { tokens: tokens(&text[first.len() + second.len()..])?.into_iter(), line: 3 };
    tape.tokens.as_mut_slice().iter_mut().for_each(|(line, _)| *line += 2);
    let (begin, end) = (tape.number("the start of the TextGrid")?, tape.number("its end")?);
    losses.add_if(begin != 0.0, "that the TextGrid does not begin at 0 s is not kept");
    let mut annotation = Annotation { duration: Some(end), ..Annotation::default() };
    let tiers = match tape.next() {
        Some(Token::Flag(flag)) if flag == "exists" => tape.number("the number of tiers")?,
        _ => 0.0,
    };
    for _ in 0..tiers as usize {
        let class = tape.text("the class of a tier")?;
        let points = match class.as_str() {
            "IntervalTier" => false,
            "TextTier" => true,
            _ => return Err(Error::new(tape.line, format!("expected an IntervalTier or a TextTier, got {class:?}"))),
        };
        let name = tape.text("the name of a tier")?;
        let (from, to) = (tape.number("the start of a tier")?, tape.number("its end")?);
        losses.add_if(from != begin || to != end, "that a tier is shorter than its TextGrid is not kept");
        losses.add_if(annotation.tiers.contains(&name), "tiers of one name were joined");
        if !annotation.tiers.contains(&name) {
            annotation.tiers.push(name.clone());
        }
        let count = tape.number("the number of entries")?;
        let mut blank = false;
        for _ in 0..count as usize {
            let start = tape.number("the start of an entry")?;
            let end = if points { start } else { tape.number("the end of an interval")? };
            let (start, end) = span(start, end, tape.line)?;
            let text = tape.text("the text of an entry")?;
            if text.is_empty() && !points {
                losses.add_if(blank, "a boundary between two empty intervals is not kept");
                blank = true;
                continue;
            }
            blank = false;
            annotation.labels.push(Label { tier: Some(name.clone()), ..Label::new(start, end, text) });
        }
    }
    Ok(annotation)
}

/// A tier to be printed.
struct Tier<'a> {
    name: String,
    points: bool,
    labels: Vec<&'a Label>,
}

pub fn print(annotation: &Annotation, losses: &mut Losses) -> String {
    let end = annotation.end();
    let tiers = tiers(annotation, losses);
    let mut out = format!(
        "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\nxmin = 0 \nxmax = {end} \ntiers? <exists> \nsize = {} \nitem []: \n",
        tiers.len()
    );
    for (index, tier) in tiers.iter().enumerate() {
        let class = if tier.points { "TextTier" } else { "IntervalTier" };
        out += &format!(
            "    item [{}]:\n        class = \"{class}\" \n        name = {} \n        xmin = 0 \n        xmax = {end} \n",
            index + 1,
            quoted(&tier.name)
        );
        if tier.points {
            out += &format!("        points: size = {} \n", tier.labels.len());
            for (index, label) in tier.labels.iter().enumerate() {
                out += &format!(
                    "        points [{}]:\n            number = {} \n            mark = {} \n",
                    index + 1,
                    label.start,
                    quoted(&label.text)
                );
            }
            continue;
        }
        let intervals = without_gaps(&tier.labels, end);
        out += &format!("        intervals: size = {} \n", intervals.len());
        for (index, (start, end, text)) in intervals.iter().enumerate() {
            out += &format!(
                "        intervals [{}]:\n            xmin = {start} \n            xmax = {end} \n            text = {} \n",
                index + 1,
                quoted(text)
            );
        }
    }
    out
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// The labels by tier, points and intervals apart, overlapping ones in tiers of their own.
fn tiers<'a>(annotation: &'a Annotation, losses: &mut Losses) -> Vec<Tier<'a>> {
    let mut names: Vec<&str> = annotation.tiers.iter().map(String::as_str).collect();
    for label in &annotation.labels {
        losses.add_if(label.score.is_some(), "TextGrids have no score");
        losses.add_if(label.speaker.is_some() && label.tier.is_some(), "TextGrids have no speaker beside the tier");
        losses.add_if(label.speaker.is_some() && label.tier.is_none(), "speakers were written as tiers");
        losses.add_if(label.channel.is_some(), "TextGrids have no channel");
        losses.add_if(label.fmin.is_some() || label.fmax.is_some(), "TextGrids have no range of frequencies");
        losses.add_if(label.file.is_some(), "TextGrids do not name the recording");
        losses.add_if(label.start < 0.0, "labels before 0 s lie outside of the TextGrid");
        if !names.contains(&name_of(label)) {
            names.push(name_of(label));
        }
    }
    let mut tiers: Vec<Tier> = Vec::new();
    for name in names {
        let mut labels: Vec<&Label> = annotation.labels.iter().filter(|label| name_of(label) == name).collect();
        labels.sort_by(|a, b| a.start.total_cmp(&b.start));
        let (points, intervals): (Vec<&Label>, Vec<&Label>) = labels.into_iter().partition(|label| label.is_point());
        let mut made: Vec<Tier> = Vec::new();
        for label in intervals {
            losses.add_if(label.text.is_empty(), "an interval without text is a gap in a TextGrid");
            let free = |tier: &&mut Tier| tier.labels.last().is_none_or(|last| last.end <= label.start);
            match made.iter_mut().find(free) {
                Some(tier) => tier.labels.push(label),
                None => {
                    let number = made.len() + 1;
                    losses.add_if(number > 1, "labels that overlap were put into a tier of their own");
                    let name = if number == 1 { name.to_owned() } else { format!("{name} {number}") };
                    made.push(Tier { name, points: false, labels: vec![label] });
                }
            }
        }
        if !points.is_empty() {
            losses.add_if(!made.is_empty(), "points among intervals were put into a tier of their own");
            let name = if made.is_empty() { name.to_owned() } else { format!("{name} points") };
            made.push(Tier { name, points: true, labels: points });
        }
        if made.is_empty() {
            made.push(Tier { name: name.to_owned(), points: false, labels: Vec::new() });
        }
        tiers.extend(made);
    }
    tiers
}

fn name_of(label: &Label) -> &str {
    label.tier.as_deref().or(label.speaker.as_deref()).unwrap_or("labels")
}

/// The intervals of a tier from 0 to the end, gaps among them.
fn without_gaps<'a>(labels: &[&'a Label], end: f64) -> Vec<(f64, f64, &'a str)> {
    let (mut intervals, mut now) = (Vec::new(), 0.0);
    for label in labels {
        if label.start > now {
            intervals.push((now, label.start, ""));
        }
        intervals.push((label.start, label.end, label.text.as_str()));
        now = label.end;
    }
    if now < end || intervals.is_empty() {
        intervals.push((now, end, ""));
    }
    intervals
}
