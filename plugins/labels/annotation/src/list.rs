//! A label as a short list: start, end, text, tier, speaker, channel, score, fmin, fmax, file.
//!
//! What is not known is an empty text, and left off at the end; so most labels are three or four items.

use crate::Label;

/// An item of a list.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// Seconds, a score or a frequency.
    Number(f64),
    /// Text.
    Text(String),
}

/// The list of a label.
pub fn to_list(label: &Label) -> Vec<Item> {
    let number = |value: Option<f64>| value.map_or_else(|| Item::Text(String::new()), Item::Number);
    let text = |value: &Option<String>| Item::Text(value.clone().unwrap_or_default());
    let mut list = vec![
        Item::Number(label.start),
        Item::Number(label.end),
        Item::Text(label.text.clone()),
        text(&label.tier),
        text(&label.speaker),
        text(&label.channel),
        number(label.score),
        number(label.fmin),
        number(label.fmax),
        text(&label.file),
    ];
    let is_known = |item: &Item| !matches!(item, Item::Text(text) if text.is_empty());
    let length = list.iter().rposition(is_known).map_or(0, |last| last + 1);
    list.truncate(length.max(3));
    list
}

/// The label of a list.
///
/// # Errors
/// What is wrong with it.
pub fn from_list(list: &[Item]) -> Result<Label, String> {
    let [Item::Number(start), Item::Number(end), Item::Text(text), rest @ ..] = list else {
        return Err("expected [start, end, \"text\", \"tier\", \"speaker\", ...] with start and end in seconds".into());
    };
    if !(start.is_finite() && end.is_finite() && end >= start) {
        return Err(format!("expected an end that is at least the start, got {start} to {end}"));
    }
    const NAMES: [&str; 7] = ["tier", "speaker", "channel", "score", "fmin", "fmax", "file"];
    if let Some(extra) = rest.get(NAMES.len()) {
        return Err(format!("expected at most {} items, got {extra:?} behind them", NAMES.len() + 3));
    }
    let mut label = Label::new(*start, *end, text.clone());
    for (name, item) in NAMES.into_iter().zip(rest) {
        let (texts, numbers) = match name {
            "tier" => (Some(&mut label.tier), None),
            "speaker" => (Some(&mut label.speaker), None),
            "channel" => (Some(&mut label.channel), None),
            "file" => (Some(&mut label.file), None),
            "score" => (None, Some(&mut label.score)),
            "fmin" => (None, Some(&mut label.fmin)),
            _ => (None, Some(&mut label.fmax)),
        };
        match (item, texts, numbers) {
            (Item::Text(text), ..) if text.is_empty() => {}
            (Item::Text(text), Some(place), _) => *place = Some(text.clone()),
            (Item::Number(number), _, Some(place)) => *place = Some(*number),
            (Item::Text(text), None, _) => return Err(format!("{name}: expected a number, got {text:?}")),
            (Item::Number(number), ..) => return Err(format!("{name}: expected a text, got {number}")),
        }
    }
    Ok(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_back_as_the_labels_that_they_were_made_of() {
        let full = Label {
            start: 0.25,
            end: 1.0,
            text: "tone".into(),
            score: Some(0.5),
            speaker: Some("A".into()),
            channel: Some("1".into()),
            tier: Some("words".into()),
            fmin: Some(80.0),
            fmax: Some(4000.0),
            file: Some("a.wav".into()),
        };
        let bare = Label { tier: None, speaker: None, ..full.clone() };
        for (label, length) in [(Label::new(1.0, 1.0, ""), 3), (full, 10), (bare, 10)] {
            let list = to_list(&label);
            assert_eq!((list.len(), from_list(&list)), (length, Ok(label)));
        }
    }

    #[test]
    fn what_is_no_label_is_refused_in_words() {
        let text = |text: &str| Item::Text(text.into());
        let number = Item::Number;
        for (list, expected) in [
            (vec![number(1.0), text("a")], "[start, end"),
            (vec![number(2.0), number(1.0), text("a")], "got 2 to 1"),
            (vec![number(f64::NAN), number(1.0), text("a")], "got NaN"),
            (vec![number(1.0), number(1.0), text("a"), number(3.0)], "tier: expected a text, got 3"),
            (
                vec![number(1.0), number(1.0), text("a"), text(""), text(""), text(""), text("high")],
                "score: expected a number",
            ),
        ] {
            assert!(from_list(&list).is_err_and(|reason| reason.contains(expected)), "{list:?}");
        }
    }
}
