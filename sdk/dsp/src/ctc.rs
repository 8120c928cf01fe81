//! Connectionist temporal classification: from the scores of classes in each frame to a text.
//!
//! A path has one class a frame. It collapses to a text: of equal classes side by side one stays, and blanks go.
//!
//! # Source
//! Graves, Fernández, Gomez, Schmidhuber, "Connectionist temporal classification", ICML 2006.

use std::collections::BTreeMap;

/// What no probability is under: so that a difference of two is never NaN.
const NEVER: f64 = -1e30;

/// Logarithms of the probabilities of each frame of `classes` scores.
pub fn log_softmax(scores: &mut [f32], classes: usize) {
    for frame in scores.chunks_exact_mut(classes.max(1)) {
        let most = frame.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = frame.iter().map(|score| f64::from(score - most).exp()).sum();
        let log = f64::from(most) + sum.ln();
        frame.iter_mut().for_each(|score| *score = (f64::from(*score) - log) as f32);
    }
}

/// The likeliest class of each frame; of equally likely ones the first.
pub fn best_path(scores: &[f32], classes: usize) -> Vec<usize> {
    let best = |frame: &[f32]| (1..frame.len()).fold(0, |best, k| if frame[k] > frame[best] { k } else { best });
    scores.chunks_exact(classes.max(1)).map(best).collect()
}

/// What becomes of a frame of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It begins a class of the text.
    Kept,
    /// It is the class before it once more.
    Repeat,
    /// It stands for nothing.
    Blank,
}

/// The fate of each frame of a path.
pub fn fates(path: &[usize], blank: usize) -> Vec<Fate> {
    let fate = |k: usize| match path[k] {
        class if class == blank => Fate::Blank,
        class if k > 0 && path[k - 1] == class => Fate::Repeat,
        _ => Fate::Kept,
    };
    (0..path.len()).map(fate).collect()
}

/// What a path collapses to.
pub fn collapse(path: &[usize], blank: usize) -> Vec<usize> {
    let fates = fates(path, blank);
    path.iter().zip(fates).filter(|(_, fate)| *fate == Fate::Kept).map(|(class, _)| *class).collect()
}

/// The likeliest text, by the sum over all paths that collapse to it, and the logarithm of its probability.
///
/// After each frame the `beams` likeliest beginnings go on; `log_probabilities` are those of [`log_softmax`]. Of equally
/// likely ones the one that was found first.
///
/// # Source
/// Graves and Jaitly, "Towards end-to-end speech recognition with recurrent neural networks", ICML 2014, algorithm 1,
/// without a language model.
pub fn prefix_beam(log_probabilities: &[f32], classes: usize, blank: usize, beams: usize) -> (Vec<usize>, f64) {
    // Beginnings are nodes of a tree: the node before, and the class that it adds.
    let mut tree: Vec<(usize, usize)> = vec![(0, blank)];
    let mut children: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let mut alive = vec![Beam { node: 0, blank: 0.0, class: NEVER }];
    for frame in log_probabilities.chunks_exact(classes.max(1)) {
        let mut next: Vec<Beam> = Vec::new();
        let mut places: BTreeMap<usize, usize> = BTreeMap::new();
        let mut add = |node: usize, blank: f64, class: f64| {
            let place = *places.entry(node).or_insert(next.len());
            if place == next.len() {
                next.push(Beam { node, blank: NEVER, class: NEVER });
            }
            next[place].blank = log_add(next[place].blank, blank);
            next[place].class = log_add(next[place].class, class);
        };
        for beam in &alive {
            let last = tree[beam.node].1;
            for (class, log) in frame.iter().map(|log| f64::from(*log)).enumerate() {
                if class == blank {
                    add(beam.node, beam.all() + log, NEVER);
                    continue;
                }
                let node = *children.entry((beam.node, class)).or_insert_with(|| {
                    tree.push((beam.node, class));
                    tree.len() - 1
                });
                if class == last {
                    // Side by side it is the same one; behind a blank another.
                    add(beam.node, NEVER, beam.class + log);
                    add(node, NEVER, beam.blank + log);
                } else {
                    add(node, NEVER, beam.all() + log);
                }
            }
        }
        next.sort_by(|a, b| b.all().total_cmp(&a.all()));
        next.truncate(beams.max(1));
        alive = next;
        prune(&mut tree, &mut children, &mut alive);
    }
    let Some(best) = alive.first() else { return (Vec::new(), 0.0) };
    let mut text = Vec::new();
    let mut node = best.node;
    while node != 0 {
        text.push(tree[node].1);
        node = tree[node].0;
    }
    text.reverse();
    (text, best.all())
}

/// A beginning of a text, with the logarithms of the probabilities that its paths end in a blank or in its last class.
struct Beam {
    node: usize,
    blank: f64,
    class: f64,
}

impl Beam {
    fn all(&self) -> f64 {
        log_add(self.blank, self.class)
    }
}

/// Takes the beginnings out of the tree that nothing goes on from, so that it does not grow by those that were given up.
fn prune(tree: &mut Vec<(usize, usize)>, children: &mut BTreeMap<(usize, usize), usize>, alive: &mut [Beam]) {
    let mut used = vec![false; tree.len()];
    used[0] = true;
    for beam in alive.iter() {
        let mut node = beam.node;
        while !used[node] {
            used[node] = true;
            node = tree[node].0;
        }
    }
    // A node stands behind the one before it, so that one has its new place already.
    let mut places = vec![0; tree.len()];
    let mut kept = Vec::new();
    for (node, (before, class)) in tree.iter().enumerate().filter(|(node, _)| used[*node]) {
        places[node] = kept.len();
        kept.push((places[*before], *class));
    }
    *tree = kept;
    *children = tree.iter().enumerate().skip(1).map(|(node, edge)| (*edge, node)).collect();
    alive.iter_mut().for_each(|beam| beam.node = places[beam.node]);
}

fn log_add(a: f64, b: f64) -> f64 {
    let (more, less) = if a > b { (a, b) } else { (b, a) };
    if less <= NEVER { more } else { more + (less - more).exp().ln_1p() }
}

/// The likeliest path that collapses to a text: the class of each frame. None if there are too few frames for it.
///
/// # Source
/// Viterbi's algorithm over the text with blanks between its classes.
pub fn align(log_probabilities: &[f32], classes: usize, blank: usize, text: &[usize]) -> Option<Vec<usize>> {
    let states = 2 * text.len() + 1;
    let class = |state: usize| if state.is_multiple_of(2) { blank } else { text[state / 2] };
    // A class may follow another without a blank between them if it is another.
    let jumps = |state: usize| state >= 3 && state % 2 == 1 && text[state / 2] != text[state / 2 - 1];
    let mut scores = vec![NEVER; states];
    let mut steps: Vec<Vec<u8>> = Vec::new();
    for (index, frame) in log_probabilities.chunks_exact(classes.max(1)).enumerate() {
        let mut next = vec![NEVER; states];
        let mut step = vec![0; states];
        for state in 0..states {
            let mut best = (scores[state], 0);
            if index == 0 {
                best = (if state < 2 { 0.0 } else { NEVER }, 0);
            } else {
                for back in [1, 2].into_iter().filter(|back| *back <= state && (*back == 1 || jumps(state))) {
                    if scores[state - back] > best.0 {
                        best = (scores[state - back], back as u8);
                    }
                }
            }
            next[state] = if best.0 <= NEVER { NEVER } else { best.0 + f64::from(frame[class(state)]) };
            step[state] = best.1;
        }
        scores = next;
        steps.push(step);
    }
    let last = states - 1;
    let mut state = if last > 0 && scores[last - 1] > scores[last] { last - 1 } else { last };
    if scores[state] <= NEVER && !steps.is_empty() || steps.is_empty() && !text.is_empty() {
        return None;
    }
    let mut path = vec![blank; steps.len()];
    for (index, step) in steps.iter().enumerate().rev() {
        path[index] = class(state);
        state -= usize::from(step[state]);
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// Sums of many small numbers in another order.
    const TOLERANCE: f64 = 1e-9;

    fn scores(seed: u64, frames: usize, classes: usize) -> Vec<f32> {
        let mut chance = crate::random::uniform(seed);
        let mut scores: Vec<f32> = (0..frames * classes).map(|_| (chance() * 4.0) as f32).collect();
        log_softmax(&mut scores, classes);
        scores
    }

    /// Every path, one after the other.
    fn paths(frames: usize, classes: usize) -> impl Iterator<Item = Vec<usize>> {
        let path = move |k: usize| (0..frames).map(|t| k / classes.pow(t as u32) % classes).collect();
        (0..classes.pow(frames as u32)).map(path)
    }

    fn log_of(path: &[usize], scores: &[f32], classes: usize) -> f64 {
        path.iter().enumerate().map(|(t, class)| f64::from(scores[t * classes + class])).sum()
    }

    #[test]
    fn probabilities_of_a_frame_sum_to_one() {
        let sums: Vec<f32> = scores(1, 5, 7).chunks(7).map(|frame| frame.iter().map(|log| log.exp()).sum()).collect();
        assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-6), "{sums:?}");
    }

    #[test]
    fn paths_collapse() {
        let check = |path: &[usize], text: &[usize]| assert_eq!(collapse(path, 0), text, "{path:?}");
        check(&[], &[]);
        check(&[0, 0], &[]);
        check(&[1, 1, 0, 1, 2, 2, 0], &[1, 1, 2]);
        use Fate::{Blank, Kept, Repeat};
        assert_eq!(fates(&[1, 1, 0, 1, 2, 2], 0), [Kept, Repeat, Blank, Kept, Kept, Repeat]);
        assert_eq!(best_path(&[0.0, 1.0, 1.0, 3.0, 2.0, 1.0], 3), [1, 0]);
    }

    #[test]
    fn the_best_text_is_that_of_all_paths_together() {
        for seed in 0..20 {
            let (frames, classes) = (6, 3);
            let scores = scores(seed, frames, classes);
            let mut texts: HashMap<Vec<usize>, f64> = HashMap::new();
            for path in paths(frames, classes) {
                *texts.entry(collapse(&path, 0)).or_default() += log_of(&path, &scores, classes).exp();
            }
            let best = texts.iter().max_by(|a, b| a.1.total_cmp(b.1)).expect("there are texts");
            let (text, log) = prefix_beam(&scores, classes, 0, 1000);
            assert_eq!(&text, best.0, "seed {seed}");
            assert!((log.exp() - best.1).abs() < TOLERANCE, "seed {seed}: {} {}", log.exp(), best.1);
        }
    }

    /// Graves's example: each of two frames is likeliest blank, but more paths than one give a.
    #[test]
    fn the_best_text_is_not_always_that_of_the_best_path() {
        let scores: Vec<f32> = [0.6f32, 0.4, 0.6, 0.4].map(f32::ln).to_vec();
        assert!(collapse(&best_path(&scores, 2), 0).is_empty());
        assert_eq!(prefix_beam(&scores, 2, 0, 8).0, [1]);
        assert_eq!(prefix_beam(&[], 2, 0, 8), (Vec::new(), 0.0));
    }

    #[test]
    fn the_path_of_a_text_is_its_likeliest() {
        for (seed, text) in [(1, &[1, 2][..]), (2, &[1, 1]), (3, &[]), (4, &[2]), (5, &[2, 1, 2])] {
            let (frames, classes) = (6, 3);
            let scores = scores(seed, frames, classes);
            let best = paths(frames, classes)
                .filter(|path| collapse(path, 0) == text)
                .map(|path| log_of(&path, &scores, classes));
            let best = best.max_by(f64::total_cmp).expect("there are such paths");
            let path = align(&scores, classes, 0, text).expect("there are enough frames");
            assert_eq!(collapse(&path, 0), text);
            assert!((log_of(&path, &scores, classes) - best).abs() < TOLERANCE, "{text:?}");
        }
        assert_eq!(align(&scores(1, 2, 3), 3, 0, &[1, 1]), None);
        assert_eq!(align(&[], 3, 0, &[]), Some(Vec::new()));
    }
}
