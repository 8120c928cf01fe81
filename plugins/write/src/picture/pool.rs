//! A stream reduced to as many columns as a picture has, while it passes.
//!
//! Memory is bounded by the columns, whatever comes. When the length is known each column stands for one pixel; when it
//! is not, columns are merged by twos whenever there are too many.

use std::ops::Range;

/// Columns of `rows` cells each.
pub struct Pool<C> {
    cells: Vec<C>,
    rows: usize,
    blank: C,
    merge: fn(&mut C, &C),
    grid: Grid,
    entries: i64,
}

/// Which column an entry belongs to.
enum Grid {
    /// Entry `k` of `total` belongs to column `k * columns / total`.
    Fixed { total: i64, columns: i64 },
    /// Entry `k` belongs to column `k / per`; there are at most `most`.
    Growing { per: i64, most: i64 },
}

impl<C: Copy> Pool<C> {
    /// A pool for a picture `width` pixels wide of a stream of `length` entries; `blank` is a cell that nothing has
    /// come to, and `merge` puts two neighbours together.
    pub fn new(rows: usize, width: usize, length: Option<i64>, blank: C, merge: fn(&mut C, &C)) -> Self {
        let width = width.max(1) as i64;
        let grid = match length {
            Some(total) => Grid::Fixed { total: total.max(1), columns: total.clamp(1, width) },
            None => Grid::Growing { per: 1, most: 2 * width },
        };
        Pool { cells: Vec::new(), rows, blank, merge, grid, entries: 0 }
    }

    /// Takes `count` entries: calls `take` with the cells of a column and the entries, counted from 0, that go there.
    pub fn each(&mut self, count: usize, mut take: impl FnMut(&mut [C], Range<usize>)) {
        let mut done = 0;
        while done < count {
            let column = self.column(self.entries);
            let Some(column) = self.room(column) else { continue };
            let run = self.first_behind(column).saturating_sub(self.entries).max(1);
            let to = done + usize::try_from(run).unwrap_or(usize::MAX).min(count - done);
            take(&mut self.cells[column as usize * self.rows..][..self.rows], done..to);
            self.entries += (to - done) as i64;
            done = to;
        }
    }

    /// Entries that have come.
    pub fn entries(&self) -> i64 {
        self.entries
    }

    /// All cells.
    pub fn cells(&self) -> &[C] {
        &self.cells
    }

    /// The columns under pixel `x` of `width`, when all entries fill the width.
    pub fn under(&self, x: usize, width: usize) -> impl Iterator<Item = &[C]> {
        let (x, width, total) = (x as i64, width.max(1) as i64, self.entries);
        let entries = if total <= width {
            let entry = x * total / width;
            entry..(entry + 1).min(total)
        } else {
            let edge = |x: i64| (x * total + width - 1) / width;
            edge(x)..edge(x + 1)
        };
        let columns =
            if entries.is_empty() { 0..0 } else { self.column(entries.start)..self.column(entries.end - 1) + 1 };
        columns.map(|column| &self.cells[column as usize * self.rows..][..self.rows])
    }

    fn column(&self, entry: i64) -> i64 {
        match self.grid {
            // More than was promised goes to the last column.
            Grid::Fixed { total, columns } => (entry * columns / total).min(columns - 1),
            Grid::Growing { per, .. } => entry / per,
        }
    }

    /// The first entry that does not belong to `column` or one before it.
    fn first_behind(&self, column: i64) -> i64 {
        match self.grid {
            Grid::Fixed { columns, .. } if column + 1 >= columns => i64::MAX,
            Grid::Fixed { total, columns } => ((column + 1) * total + columns - 1) / columns,
            Grid::Growing { per, .. } => (column + 1) * per,
        }
    }

    /// Makes room for a column, or merges by twos if there are too many: then the column is another.
    fn room(&mut self, column: i64) -> Option<i64> {
        if let Grid::Growing { per, most } = &mut self.grid
            && column >= *most
        {
            *per *= 2;
            let pairs = self.cells.len() / self.rows.max(1) / 2;
            for column in 0..pairs {
                for row in 0..self.rows {
                    let mut cell = self.cells[2 * column * self.rows + row];
                    (self.merge)(&mut cell, &self.cells[(2 * column + 1) * self.rows + row]);
                    self.cells[column * self.rows + row] = cell;
                }
            }
            self.cells.truncate(pairs * self.rows);
            return None;
        }
        let needed = (column as usize + 1) * self.rows;
        if self.cells.len() < needed {
            self.cells.resize(needed, self.blank);
        }
        Some(column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest of the entries 0, 1, 2 ... under each of `width` pixels.
    fn largest(total: i64, width: usize, known: bool, block: usize) -> Vec<i64> {
        let mut pool = Pool::new(1, width, known.then_some(total), -1, |a, b| *a = (*a).max(*b));
        let mut start = 0;
        while start < total {
            let count = block.min((total - start) as usize);
            pool.each(count, |cells, range| cells[0] = cells[0].max(start + range.end as i64 - 1));
            start += count as i64;
        }
        assert!(pool.cells().len() <= 2 * width);
        (0..width).map(|x| pool.under(x, width).map(|cells| cells[0]).max().unwrap_or(-1)).collect()
    }

    #[test]
    fn every_pixel_sees_its_entries() {
        for (total, width) in [(1, 10), (7, 10), (10, 10), (11, 10), (1000, 7), (12_345, 100)] {
            for block in [1, 3, 5000] {
                let known = largest(total, width, true, block);
                let edge = |x: usize| (x as i64 * total).div_euclid(width as i64);
                for (x, &value) in known.iter().enumerate() {
                    let expected = if total <= width as i64 {
                        edge(x)
                    } else {
                        ((x as i64 + 1) * total + width as i64 - 1) / width as i64 - 1
                    };
                    assert_eq!(value, expected, "{total} entries, {width} pixels, pixel {x}");
                }
                // A pixel may see one merged column more.
                let unknown = largest(total, width, false, block);
                let slack = (total / width as i64).max(0);
                assert!(
                    unknown.iter().zip(&known).all(|(u, k)| (0..=slack).contains(&(u - k))),
                    "{unknown:?} {known:?}"
                );
                assert_eq!(unknown.last(), Some(&(total - 1)));
            }
        }
    }

    #[test]
    fn nothing_and_too_much_do_no_harm() {
        assert_eq!(largest(0, 3, true, 1), [-1; 3]);
        assert_eq!(largest(0, 3, false, 1), [-1; 3]);
        let mut pool = Pool::new(1, 4, Some(2), 0u32, |a, b| *a += b);
        pool.each(9, |cells, range| cells[0] += range.len() as u32);
        assert_eq!(pool.cells().iter().sum::<u32>(), 9);
    }
}
