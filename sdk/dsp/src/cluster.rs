//! Things that are alike, put together from below: agglomerative clustering of vectors by their cosine distance.

/// How far two groups are apart, by the distances of their members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linkage {
    /// The mean of all.
    Average,
    /// The greatest.
    Complete,
    /// The least.
    Single,
}

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Until {
    /// No two groups are as near as this, or nearer.
    Distance(f64),
    /// So many groups are left.
    Groups(usize),
}

/// Two groups that became one: each is the smallest index of a member.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Merge {
    a: usize,
    b: usize,
    distance: f64,
}

/// The group of each vector, counted from 0 by first members. `values` holds `length` numbers a vector. The distance of two is 1 less the
/// cosine between them; of a vector of zeros it is 1 to all others.
///
/// # Source
/// Groups by chains of nearest neighbours: Murtagh, "A survey of recent advances in hierarchical clustering algorithms", The Computer
/// Journal 26, 1983; distances of merged groups after Lance & Williams, The Computer Journal 9, 1967. The same groups as
/// `scipy.cluster.hierarchy.fcluster(linkage(x, method, "cosine"), ...)` of SciPy 1.17.1, but for equal distances.
pub fn groups(values: &[f32], length: usize, linkage: Linkage, until: Until) -> Vec<usize> {
    let count = values.len().checked_div(length).unwrap_or(0);
    let mut merges = merges(&mut distances(values, length, count), count, linkage);
    merges.sort_by(|x, y| x.distance.total_cmp(&y.distance));
    let wanted = match until {
        Until::Distance(most) => merges.iter().take_while(|merge| merge.distance <= most).count(),
        Until::Groups(groups) => count.saturating_sub(groups.max(1)),
    };
    // Who a vector was put to.
    let mut parent: Vec<usize> = (0..count).collect();
    fn root(parent: &[usize], mut at: usize) -> usize {
        while parent[at] != at {
            at = parent[at];
        }
        at
    }
    for merge in &merges[..wanted.min(merges.len())] {
        let (a, b) = (root(&parent, merge.a), root(&parent, merge.b));
        parent[a.max(b)] = a.min(b);
    }
    let mut names: Vec<usize> = Vec::new();
    (0..count)
        .map(|at| {
            let root = root(&parent, at);
            names.iter().position(|&name| name == root).unwrap_or_else(|| {
                names.push(root);
                names.len() - 1
            })
        })
        .collect()
}

/// Of every two vectors, `count` numbers a row.
fn distances(values: &[f32], length: usize, count: usize) -> Vec<f64> {
    let vector = |at: usize| values[at * length..][..length].iter().map(|&x| f64::from(x));
    let norms: Vec<f64> = (0..count).map(|at| vector(at).map(|x| x * x).sum::<f64>().sqrt()).collect();
    let mut distances = vec![0.0; count * count];
    for a in 0..count {
        for b in 0..a {
            let product: f64 = vector(a).zip(vector(b)).map(|(x, y)| x * y).sum();
            let norm = norms[a] * norms[b];
            let distance = if norm > 0.0 { (1.0 - product / norm).max(0.0) } else { 1.0 };
            (distances[a * count + b], distances[b * count + a]) = (distance, distance);
        }
    }
    distances
}

/// All merges up to one group.
fn merges(distances: &mut [f64], count: usize, linkage: Linkage) -> Vec<Merge> {
    let mut size = vec![1usize; count];
    let mut chain: Vec<usize> = Vec::new();
    let mut merges = Vec::new();
    while merges.len() + 1 < count {
        if chain.is_empty() {
            chain.extend((0..count).find(|&at| size[at] > 0));
        }
        let Some(&last) = chain.last() else { break };
        let before = chain.len().checked_sub(2).map(|at| chain[at]);
        // Of equally near ones the one before, or the chain would never end.
        let mut nearest = before;
        for other in (0..count).filter(|&other| other != last && size[other] > 0) {
            if nearest.is_none_or(|at| distances[last * count + other] < distances[last * count + at]) {
                nearest = Some(other);
            }
        }
        let Some(nearest) = nearest else { break };
        if Some(nearest) != before {
            chain.push(nearest);
            continue;
        }
        chain.truncate(chain.len() - 2);
        let (a, b) = (last.min(nearest), last.max(nearest));
        merges.push(Merge { a, b, distance: distances[a * count + b] });
        let (of_a, of_b) = (size[a] as f64, size[b] as f64);
        for other in (0..count).filter(|&other| other != a && other != b && size[other] > 0) {
            let (x, y) = (distances[a * count + other], distances[b * count + other]);
            let distance = match linkage {
                Linkage::Average => (of_a * x + of_b * y) / (of_a + of_b),
                Linkage::Complete => x.max(y),
                Linkage::Single => x.min(y),
            };
            (distances[a * count + other], distances[other * count + a]) = (distance, distance);
        }
        size[a] += size[b];
        size[b] = 0;
    }
    merges
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two coordinates: a direction at so many degrees.
    fn directions(degrees: &[f32]) -> Vec<f32> {
        degrees.iter().flat_map(|d| [d.to_radians().cos(), d.to_radians().sin()]).collect()
    }

    /// `fcluster(linkage(x, method, "cosine"), t, criterion)` of SciPy 1.17.1.
    #[test]
    fn as_scipy() {
        let x = directions(&[0.0, 50.0, 3.0, 47.0, 100.0, 98.0, 5.0, 20.0]);
        let check = |linkage, until, expected: [usize; 8]| {
            assert_eq!(groups(&x, 2, linkage, until), expected, "{linkage:?} {until:?}");
        };
        check(Linkage::Average, Until::Distance(0.1), [0, 1, 0, 1, 2, 2, 0, 0]);
        check(Linkage::Average, Until::Distance(0.01), [0, 1, 0, 1, 2, 2, 0, 3]);
        check(Linkage::Complete, Until::Distance(0.05), [0, 1, 0, 1, 2, 2, 0, 3]);
        check(Linkage::Single, Until::Distance(0.12), [0, 0, 0, 0, 1, 1, 0, 0]);
        check(Linkage::Average, Until::Groups(2), [0, 0, 0, 0, 1, 1, 0, 0]);
        check(Linkage::Average, Until::Groups(1), [0; 8]);
        check(Linkage::Average, Until::Groups(100), [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn few_equal_and_empty_ones() {
        assert!(groups(&[], 3, Linkage::Average, Until::Groups(2)).is_empty());
        assert!(groups(&[], 0, Linkage::Average, Until::Groups(2)).is_empty());
        assert_eq!(groups(&[1.0, 0.0], 2, Linkage::Average, Until::Groups(2)), [0]);
        // Nothing is like a vector of zeros.
        assert_eq!(groups(&[0.0, 0.0, 1.0, 0.0, 2.0, 0.0], 2, Linkage::Average, Until::Distance(0.5)), [0, 1, 1]);
        let same = [1.0f32, 2.0].repeat(50);
        assert_eq!(groups(&same, 2, Linkage::Average, Until::Distance(1e-12)).iter().max(), Some(&0));
    }
}
