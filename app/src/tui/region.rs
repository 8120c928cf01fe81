//! Columns made beside the screen: regions of a stage's output, evaluated in small pieces and pooled as they come.

use super::pool::Column;
use super::target::Target;
use super::timeline::Timeline;
use auricle_engine::{Cancel, Evaluator, Overview};
use auricle_sdk::Packet;
use std::ops::Range;

/// Frames evaluated in one call.
const FRAMES: i64 = 1_024;
/// Bytes of what is evaluated in one call, about.
const BYTES: i64 = 4 << 20;
/// Sample frames evaluated in one call.
const SAMPLES: i64 = 1 << 17;
/// A column of more frames than this is looked at in part first.
const MANY_FRAMES: i64 = 24;
/// The same for sample frames.
const MANY_SAMPLES: i64 = 1 << 13;
/// Frames that a first look takes.
const LOOK_FRAMES: i64 = 2;
/// Sample frames that a first look takes.
const LOOK_SAMPLES: i64 = 256;
/// Windows on more frames than this stay at the first look.
const MOST_FRAMES: i64 = 400_000;
/// The same for sample frames.
const MOST_SAMPLES: i64 = 200_000_000;

/// Columns to be made.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its number.
    pub ticket: u64,
    /// Of what.
    pub target: Target,
    /// On which grid.
    pub timeline: Timeline,
    /// Which.
    pub columns: Vec<i64>,
    /// Is there an overview of it, or will there be one?
    pub has_overview: bool,
}

/// How many entries are evaluated at once, and how many are too many.
struct Measure {
    call: i64,
    many: i64,
    look: i64,
    most: i64,
}

impl Measure {
    fn of(target: &Target) -> Self {
        if target.format.as_audio().is_ok() {
            Measure { call: SAMPLES, many: MANY_SAMPLES, look: LOOK_SAMPLES, most: MOST_SAMPLES }
        } else {
            let frame = target.format.as_tensor().map_or(1, |tensor| tensor.frame_len() * tensor.dtype.size());
            let call = (BYTES / frame.max(1) as i64).clamp(1, FRAMES);
            Measure { call, many: MANY_FRAMES, look: LOOK_FRAMES, most: MOST_FRAMES }
        }
    }
}

/// Will all entries in sight be looked at, sooner or later, without an overview?
pub fn is_exact(target: &Target, timeline: &Timeline, has_overview: bool) -> bool {
    if has_overview {
        return target.level(timeline).is_none();
    }
    let sight = timeline.visible();
    let entries = target.entries(timeline, sight.end).start - target.entries(timeline, sight.start).start;
    entries <= Measure::of(target).most
}

/// Makes the columns and hands them on piece by piece: from the overview what it covers, a first look at the rest where
/// there is much, then all of it.
///
/// # Errors
/// What a stage says when it fails. Nothing when cancelled.
pub fn fill<C: Column>(
    request: &Request,
    evaluator: &Evaluator,
    overview: Option<&Overview>,
    cancel: &Cancel,
    hand: &mut dyn FnMut(Vec<(i64, C)>),
) -> auricle_sdk::Result<()> {
    let Request { target, timeline, columns, has_overview, .. } = request;
    let evaluator = &evaluator.steady(cancel);
    let measure = Measure::of(target);
    let mut spans: Vec<(i64, Range<i64>)> = columns.iter().map(|&k| (k, target.entries(timeline, k))).collect();
    if let (Some(overview), Some((level, hop))) = (overview, target.level(timeline)) {
        let mut covered = Vec::new();
        for (at, span) in &spans {
            covered.extend(summed(overview, level, hop, span, target)?.map(|column| (*at, column)));
        }
        spans.retain(|(at, _)| covered.iter().all(|(other, _)| other != at));
        hand(covered);
    }
    let (few, many): (Vec<_>, Vec<_>) = spans.into_iter().partition(|(_, s)| s.end - s.start <= measure.many);
    let read = |span: Range<i64>| evaluator.evaluate(target.stage, target.output, span, cancel);
    let exact = is_exact(target, timeline, *has_overview);
    for (at, span) in many.iter().filter(|_| !cancel.is_cancelled()) {
        let look = span.start..span.start + measure.look;
        let mut column = C::new(span.start, measure.look, true);
        for packet in evaluator.look(target.stage, target.output, look, cancel)? {
            column.add(&packet)?;
        }
        column.finish();
        hand(vec![(*at, column)]);
    }
    for group in groups(&few, measure.call) {
        if cancel.is_cancelled() {
            return Ok(());
        }
        let packets = read(hull(group))?;
        hand(group.iter().map(|(at, span)| pooled(*at, span, &packets, false)).collect::<Result<_, _>>()?);
    }
    for (at, span) in many.iter().filter(|_| exact) {
        let mut column = C::new(span.start, span.end - span.start, false);
        let mut start = span.start;
        while start < span.end && !cancel.is_cancelled() {
            let end = (start + measure.call).min(span.end);
            for packet in read(start..end)? {
                column.add(&packet)?;
            }
            start = end;
        }
        if cancel.is_cancelled() {
            return Ok(());
        }
        column.finish();
        hand(vec![(*at, column)]);
    }
    Ok(())
}

/// The column of the entries `span` from a level of the overview, if it covers them.
fn summed<C: Column>(
    overview: &Overview,
    level: usize,
    hop: i64,
    span: &Range<i64>,
    target: &Target,
) -> auricle_sdk::Result<Option<C>> {
    let mut column = C::new(span.start, span.end - span.start, false);
    let (entries, length) = (span.start / hop..(span.end + hop - 1) / hop, overview.shape().frame_len);
    let add = &mut |values: &[f32]| column.add_overview(values, length, hop, &target.format);
    if entries.is_empty() || !overview.read(level, entries, add)? {
        return Ok(None);
    }
    column.finish();
    Ok(Some(column))
}

/// Runs of columns whose entries follow one another, at most `most` entries each.
fn groups(spans: &[(i64, Range<i64>)], most: i64) -> Vec<&[(i64, Range<i64>)]> {
    let mut groups = Vec::new();
    let mut from = 0;
    for at in 1..=spans.len() {
        let split = at == spans.len()
            || spans[at].1.start > spans[at - 1].1.end
            || spans[at].1.start < spans[at - 1].1.start
            || spans[at].1.end - spans[from].1.start > most;
        if split {
            groups.push(&spans[from..at]);
            from = at;
        }
    }
    groups
}

fn hull(group: &[(i64, Range<i64>)]) -> Range<i64> {
    let start = group.iter().map(|(_, span)| span.start).min().unwrap_or(0);
    let end = group.iter().map(|(_, span)| span.end).max().unwrap_or(0);
    start..end
}

/// The column of the entries `span`, which lie in `packets`; provisional if there will be more of them.
///
/// # Errors
/// The packets hold nothing that can be drawn.
pub fn pooled<'a, C: Column>(
    at: i64,
    span: &Range<i64>,
    packets: impl IntoIterator<Item = &'a Packet>,
    is_provisional: bool,
) -> auricle_sdk::Result<(i64, C)> {
    let mut column = C::new(span.start, span.end - span.start, is_provisional);
    for packet in packets {
        let from = (span.start - packet.start).clamp(0, packet.count as i64) as usize;
        let to = (span.end - packet.start).clamp(0, packet.count as i64) as usize;
        if from < to {
            column.add(&packet.slice(from, to))?;
        }
    }
    column.finish();
    Ok((at, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_columns_are_evaluated_together() {
        let spans: Vec<(i64, Range<i64>)> = vec![(0, 0..10), (1, 10..20), (2, 20..20), (3, 20..30), (9, 90..100)];
        let sizes = |most| groups(&spans, most).iter().map(|group| group.len()).collect::<Vec<_>>();
        assert_eq!(sizes(1_000), [4, 1]);
        assert_eq!(sizes(20), [3, 1, 1]);
        assert_eq!(groups(&[], 10).len(), 0);
        assert_eq!(hull(&spans[0..4]), 0..30);
    }
}
