//! Overviews of what the lanes show: made beside the screen, one after the other, and how far each has come.

use super::target::Target;
use super::worker::guarded;
use auricle_engine::{Cancel, Evaluator, Overview, Overviews, Registry};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Between two pieces of news.
const NEWS: Duration = Duration::from_millis(250);

/// How far the overview of one output has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Covered {
    /// Signature of the stage and index of the output.
    pub of: (u64, usize),
    /// Entries in all.
    pub length: i64,
    /// The entries that it covers, in order.
    pub spans: Vec<Range<i64>>,
    /// Is it being made, or waiting for its turn?
    pub is_making: bool,
    /// Why it could not be made.
    pub problem: Option<String>,
}

impl Covered {
    /// Nothing yet.
    pub fn none(target: &Target) -> Self {
        let (of, length) = ((target.signature, target.output), target.length.unwrap_or(0));
        Covered { of, length, is_making: true, ..Covered::default() }
    }

    /// Covers it all of these entries?
    pub fn covers(&self, span: &Range<i64>) -> bool {
        let before = self.spans.partition_point(|covered| covered.start <= span.start);
        before.checked_sub(1).is_some_and(|last| span.end <= self.spans[last].end)
    }

    /// Entries that it covers.
    pub fn count(&self) -> i64 {
        self.spans.iter().map(|span| span.end - span.start).sum()
    }
}

/// An output, as signature and index, and its overview.
type OfOutput = ((u64, usize), Overview);

/// The overviews that are open. Cheap to clone.
#[derive(Clone, Default)]
pub struct Opened(Arc<Mutex<Vec<OfOutput>>>);

impl Opened {
    /// The overview of an output.
    pub fn of(&self, target: &Target) -> Option<Overview> {
        let opened = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = opened.iter().find(|(of, _)| *of == (target.signature, target.output));
        found.map(|(_, overview)| overview.clone())
    }

    /// Keeps these and no others.
    fn keep(&self, all: Vec<OfOutput>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = all;
    }
}

/// Opens the overviews of `targets` and makes what they lack, in this order; `news` hears how far each has come.
pub fn make(
    targets: &[Target],
    evaluator: &Evaluator,
    registry: &Registry,
    overviews: &Overviews,
    opened: &Opened,
    cancel: &Cancel,
    news: &mut dyn FnMut(Covered),
) {
    let open = |target: &Target| {
        let of = (target.stage, target.output);
        let open = || Overview::open(evaluator, of, target.length.unwrap_or(0), registry, overviews);
        guarded(|| open().map_err(|error| error.to_string()))
    };
    let found: Vec<(&Target, Result<Option<Overview>, String>)> = targets.iter().map(|t| (t, open(t))).collect();
    let good = |(target, found): &(&Target, Result<Option<Overview>, String>)| {
        Some(((target.signature, target.output), found.as_ref().ok()?.clone()?))
    };
    opened.keep(found.iter().filter_map(good).collect());
    let tell = |target: &Target, overview: Option<&Overview>, is_making, problem| {
        let spans = overview.map(Overview::covered).unwrap_or_default();
        Covered { spans, is_making, problem, ..Covered::none(target) }
    };
    // What an earlier session made can be drawn at once.
    for (target, overview) in found.iter().filter_map(|(t, found)| Some((t, found.as_ref().ok()?.as_ref()?))) {
        news(tell(target, Some(overview), true, None));
    }
    for (target, found) in found {
        let overview = match found {
            Ok(Some(overview)) => overview,
            Ok(None) => continue,
            Err(problem) => {
                news(tell(target, None, false, Some(problem)));
                continue;
            }
        };
        let mut told = Instant::now();
        let mut made = || {
            if told.elapsed() >= NEWS {
                told = Instant::now();
                news(tell(target, Some(&overview), true, None));
            }
        };
        let done = guarded(|| overview.make(evaluator, registry, cancel, &mut made).map_err(|error| error.to_string()));
        if cancel.is_cancelled() {
            return;
        }
        news(tell(target, Some(&overview), false, done.err()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_covered_lies_in_one_span() {
        let covered = Covered { spans: vec![0..100, 200..300], ..Covered::default() };
        for (span, expected) in [(0..100, true), (10..20, true), (90..110, false), (150..160, false), (250..300, true)]
        {
            assert_eq!(covered.covers(&span), expected, "{span:?}");
        }
        assert!(!Covered::default().covers(&(0..1)));
        assert_eq!(covered.count(), 200);
    }
}
