//! Who goes with whom: the pairs of two groups that are worth most together.

/// For each row the column that it is paired with, so that the sum of the values is the greatest; `values` holds `columns` numbers a
/// row, all finite. Where there are more rows than columns, some have none.
///
/// # Source
/// The Hungarian method with potentials, rows added one by one along shortest paths: Kuhn, "The Hungarian method for the assignment
/// problem", Naval Research Logistics Quarterly 2, 1955; Edmonds & Karp, JACM 19, 1972, section 3.
pub fn best_pairs(values: &[f64], columns: usize) -> Vec<Option<usize>> {
    let rows = values.len().checked_div(columns).unwrap_or(0);
    if rows > columns {
        // The method wants no more rows than columns, so the two change places.
        let turned: Vec<f64> = (0..rows * columns).map(|k| values[k % rows * columns + k / rows]).collect();
        let mut pairs = vec![None; rows];
        for (column, row) in best_pairs(&turned, rows).into_iter().enumerate() {
            if let Some(row) = row {
                pairs[row] = Some(column);
            }
        }
        return pairs;
    }
    // What rows and columns cost beside the pair itself; of a pair that is chosen nothing is left.
    let (mut row_cost, mut column_cost) = (vec![0.0; rows], vec![0.0; columns]);
    let mut partner: Vec<Option<usize>> = vec![None; columns];
    for added in 0..rows {
        let (mut nearest, mut before) = (vec![f64::INFINITY; columns], vec![None; columns]);
        let mut visited = vec![false; columns];
        let (mut row, mut last) = (added, None);
        // The cheapest way from the new row to a column that nobody has.
        let free = loop {
            for column in (0..columns).filter(|&column| !visited[column]) {
                let cost = -values[row * columns + column] - row_cost[row] - column_cost[column];
                if cost < nearest[column] {
                    (nearest[column], before[column]) = (cost, last);
                }
            }
            let open = (0..columns).filter(|&column| !visited[column]);
            let Some(next) = open.min_by(|&a, &b| nearest[a].total_cmp(&nearest[b])) else {
                unreachable!("there are at least as many columns as rows, so one is free")
            };
            let step = nearest[next];
            row_cost[added] += step;
            for column in 0..columns {
                match partner[column] {
                    Some(row) if visited[column] => {
                        row_cost[row] += step;
                        column_cost[column] -= step;
                    }
                    _ => nearest[column] -= step,
                }
            }
            visited[next] = true;
            match partner[next] {
                Some(of) => (row, last) = (of, Some(next)),
                None => break next,
            }
        };
        let mut column = free;
        while let Some(previous) = before[column] {
            partner[column] = partner[previous];
            column = previous;
        }
        partner[column] = Some(added);
    }
    let mut pairs = vec![None; rows];
    for (column, row) in partner.into_iter().enumerate() {
        if let Some(row) = row {
            pairs[row] = Some(column);
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worth(values: &[f64], columns: usize, pairs: &[Option<usize>]) -> f64 {
        pairs.iter().enumerate().filter_map(|(row, column)| Some(values[row * columns + (*column)?])).sum()
    }

    /// The best of all ways, tried one by one.
    fn tried(values: &[f64], columns: usize, row: usize, taken: &mut Vec<usize>) -> f64 {
        if (row + 1) * columns > values.len() {
            return 0.0;
        }
        // A row may go without a partner; values are not negative.
        let mut best = tried(values, columns, row + 1, taken);
        for column in 0..columns {
            if !taken.contains(&column) {
                taken.push(column);
                best = best.max(values[row * columns + column] + tried(values, columns, row + 1, taken));
                taken.pop();
            }
        }
        best
    }

    #[test]
    fn no_way_is_worth_more() {
        assert!(best_pairs(&[], 0).is_empty() && best_pairs(&[], 3).is_empty());
        assert_eq!(best_pairs(&[1.0, 2.0, 5.0], 1), [None, None, Some(0)]);
        assert_eq!(best_pairs(&[1.0, 9.0, 9.0, 10.0], 2), [Some(1), Some(0)]);
        let mut chance = crate::random::uniform(5);
        for case in 0..200 {
            let (rows, columns) = (1 + case % 5, 1 + case / 5 % 6);
            // Few different values, so that there are many equals.
            let values: Vec<f64> = (0..rows * columns).map(|_| (chance() * 5.0).floor()).collect();
            let pairs = best_pairs(&values, columns);
            let mut columns_taken: Vec<usize> = pairs.iter().flatten().copied().collect();
            columns_taken.sort_unstable();
            columns_taken.dedup();
            assert_eq!((pairs.len(), columns_taken.len()), (rows, rows.min(columns)), "each has one partner");
            let best = tried(&values, columns, 0, &mut Vec::new());
            assert_eq!(worth(&values, columns, &pairs), best, "{rows}x{columns}: {values:?}");
        }
    }
}
