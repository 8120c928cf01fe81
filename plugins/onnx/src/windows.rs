//! A stream cut into the windows that runs of a graph are for.

use crate::description::Window;

/// Cuts entries of `width` numbers.
#[derive(Clone, Debug)]
pub struct Windows {
    config: Window,
    width: usize,
    /// Entries from the next window's start on.
    pending: Vec<f32>,
    /// Entries to leave out before the next window.
    skip: usize,
    /// Windows that were given.
    given: usize,
}

impl Windows {
    /// Nothing yet.
    pub fn new(config: &Window, width: usize) -> Self {
        Windows { config: config.clone(), width, pending: Vec::new(), skip: 0, given: 0 }
    }

    /// Entries from one window to the next.
    pub fn hop(&self) -> usize {
        self.config.hop.unwrap_or(self.config.length)
    }

    /// Entries of a window.
    pub fn length(&self) -> usize {
        self.config.length
    }

    /// How many windows were given.
    pub fn given(&self) -> usize {
        self.given
    }

    /// Takes entries; gives the windows that they complete.
    pub fn push(&mut self, mut entries: &[f32]) -> Vec<Vec<f32>> {
        let skip = (self.skip * self.width).min(entries.len());
        entries = &entries[skip..];
        self.skip -= skip / self.width;
        self.pending.extend(entries);
        self.whole()
    }

    fn whole(&mut self) -> Vec<Vec<f32>> {
        let mut windows = Vec::new();
        loop {
            let length = self.config.length * self.width;
            let reach = if self.given == 0 {
                length
            } else {
                self.config.reach.map_or(length, |r| (r * self.width).max(length))
            };
            if self.pending.len() < reach {
                return windows;
            }
            windows.push(self.pending[..length].to_vec());
            self.advance();
        }
    }

    fn advance(&mut self) {
        self.given += 1;
        let hop = self.hop() * self.width;
        let gone = hop.min(self.pending.len());
        self.pending.drain(..gone);
        self.skip = (hop - gone) / self.width;
    }

    /// Gives what is left when the stream has ended.
    pub fn finish(&mut self) -> Vec<Vec<f32>> {
        let length = self.config.length * self.width;
        if self.given == 0 && !self.pending.is_empty() && self.config.repeat {
            while self.pending.len() < length {
                self.pending.extend_from_within(..);
            }
            return self.whole();
        }
        let mut windows = Vec::new();
        let covered = |entries: usize, coverage: f64| entries as f64 >= coverage * length as f64;
        while !self.pending.is_empty()
            && (self.given == 0 || self.config.coverage.is_some_and(|share| covered(self.pending.len(), share)))
        {
            let mut window = self.pending.clone();
            window.resize(length, 0.0);
            windows.push(window);
            self.advance();
        }
        windows
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.pending.clear();
        (self.skip, self.given) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(text: &str) -> Window {
        toml::from_str(text).expect("a window")
    }

    /// Windows of 0, 1, 2 ... `count`, in pieces of every size.
    #[track_caller]
    fn check(config: &str, count: usize, expected: &[&[u8]]) {
        let entries: Vec<f32> = (0..count).map(|n| n as f32).collect();
        for piece in 1..=count.max(1) {
            let mut windows = Windows::new(&window(config), 1);
            let mut got: Vec<Vec<f32>> = entries.chunks(piece).flat_map(|piece| windows.push(piece)).collect();
            got.extend(windows.finish());
            let got: Vec<Vec<u8>> = got.iter().map(|window| window.iter().map(|x| *x as u8).collect()).collect();
            assert_eq!(got, expected, "{config} in pieces of {piece}");
        }
    }

    #[test]
    fn windows_are_cut_alike_in_any_pieces() {
        check("length = 3", 0, &[]);
        check("length = 3", 7, &[&[0, 1, 2], &[3, 4, 5]]);
        check("length = 3\nhop = 2", 6, &[&[0, 1, 2], &[2, 3, 4]]);
        check("length = 2\nhop = 3", 8, &[&[0, 1], &[3, 4], &[6, 7]]);
        check("length = 3\nhop = 1\nreach = 4", 5, &[&[0, 1, 2], &[1, 2, 3]]);
        check("length = 4\nhop = 4\ncoverage = 0.5", 6, &[&[0, 1, 2, 3], &[4, 5, 0, 0]]);
        check("length = 4\nhop = 4\ncoverage = 0.5", 5, &[&[0, 1, 2, 3]]);
        check("length = 4", 2, &[&[0, 1, 0, 0]]);
        check("length = 5\nhop = 3\nrepeat = true", 2, &[&[0, 1, 0, 1, 0], &[1, 0, 1, 0, 1]]);
    }
}
