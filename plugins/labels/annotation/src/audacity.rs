//! Audacity's label track.
//!
//! Source: the Audacity manual, "Importing and Exporting Labels": start, end and label between tabs; a line `\`, lowest and
//! highest frequency follows a label that covers a range of them, -1 where an edge is open.

use crate::scan::{Error, Result, decimal, number, on_one_line, span};
use crate::{Annotation, Label, Losses};

pub fn read(text: &str, _: &mut Losses) -> Result<Annotation> {
    let mut labels: Vec<Label> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let at = index + 1;
        if line.trim().is_empty() {
            continue;
        }
        let mut fields = line.splitn(3, '\t');
        let (first, second, third) = (fields.next().unwrap_or(""), fields.next(), fields.next().unwrap_or(""));
        let Some(second) = second else {
            return Err(Error::new(at, format!("expected start, end and label between tabs, got {line:?}")));
        };
        if first == "\\" {
            let label =
                labels.last_mut().ok_or_else(|| Error::new(at, "a range of frequencies before the first label"))?;
            let edge = |text: &str| number(text, at, "a frequency in Hz").map(|hz| (hz >= 0.0).then_some(hz));
            (label.fmin, label.fmax) = (edge(second)?, edge(third)?);
            continue;
        }
        let (start, end) =
            span(number(first, at, "a start in seconds")?, number(second, at, "an end in seconds")?, at)?;
        labels.push(Label::new(start, end, third));
    }
    Ok(Annotation::new(labels))
}

pub fn print(annotation: &Annotation, losses: &mut Losses) -> String {
    let mut out = String::new();
    losses.add_if(annotation.tiers.len() > 1, "Audacity has one track a file, and the tiers were put into one");
    for label in &annotation.labels {
        let (text, changed) = on_one_line(&label.text);
        losses.add_if(changed, "Audacity's labels are of one line, and those of more were joined");
        losses.add_if(label.score.is_some(), "Audacity's labels have no score");
        losses.add_if(label.speaker.is_some(), "Audacity's labels have no speaker");
        losses.add_if(label.channel.is_some(), "Audacity's labels have no channel");
        losses.add_if(label.file.is_some(), "Audacity's labels do not name the recording");
        losses.add_if(label.tier.is_some() && annotation.tiers.len() < 2, "Audacity's labels have no tier");
        out += &format!("{}\t{}\t{text}\n", decimal(label.start, 6), decimal(label.end, 6));
        if label.fmin.is_some() || label.fmax.is_some() {
            let edge = |hz: Option<f64>| decimal(hz.unwrap_or(-1.0), 6);
            out += &format!("\\\t{}\t{}\n", edge(label.fmin), edge(label.fmax));
        }
    }
    out
}
