//! Values that begin at a cache line.

use std::ops::{Deref, DerefMut};

/// Bytes of a cache line; no vector of the CPU is longer.
const LINE: usize = 64;

/// A slice whose first value stands at the start of a cache line, where vectors are read and written whole. Without it every
/// other vector of 32 bytes lies across two lines, which costs a transform a sixth of its time.
#[derive(Debug)]
pub(crate) struct Aligned<V> {
    /// As many as there are, and a line more.
    room: Vec<V>,
    from: usize,
    length: usize,
}

impl<V: Copy> Aligned<V> {
    /// Copies of one value.
    pub(crate) fn filled(value: V, length: usize) -> Self {
        let room = vec![value; length + LINE / size_of::<V>().max(1)];
        Self { from: room.as_ptr().align_offset(LINE), room, length }
    }
}

impl<V: Copy + Default> FromIterator<V> for Aligned<V> {
    fn from_iter<I: IntoIterator<Item = V>>(values: I) -> Self {
        let values: Vec<V> = values.into_iter().collect();
        let mut aligned = Self::filled(V::default(), values.len());
        aligned.copy_from_slice(&values);
        aligned
    }
}

/// A clone lies elsewhere, with another distance to the next line.
impl<V: Copy + Default> Clone for Aligned<V> {
    fn clone(&self) -> Self {
        self.iter().copied().collect()
    }
}

impl<V> Deref for Aligned<V> {
    type Target = [V];

    #[inline(always)]
    fn deref(&self) -> &[V] {
        &self.room[self.from..][..self.length]
    }
}

impl<V> DerefMut for Aligned<V> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [V] {
        &mut self.room[self.from..][..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_at_a_line_and_a_clone_too() {
        for length in [0, 1, 3, 1000] {
            let values: Aligned<f64> = (0..length).map(f64::from).collect();
            for copy in [values.clone(), values] {
                assert!(copy.as_ptr().addr().is_multiple_of(LINE));
                assert!(copy.iter().copied().eq((0..length).map(f64::from)));
            }
        }
    }
}
