//! What loom sees of a segment's memory.
//!
//! loom follows accesses to its own cells only, so under `--cfg loom` each word
//! of a segment has a cell that is touched whenever the word is: a read that
//! races with a write fails the model. In a normal build all of this is nothing.

use std::ops::Range;

#[cfg(loom)]
#[derive(Debug)]
pub(super) struct Shadow {
    words: Vec<loom::cell::UnsafeCell<()>>,
}

#[cfg(loom)]
impl Shadow {
    pub(super) fn new(length: usize) -> Self {
        let words = length.div_ceil(4);
        Self {
            words: (0..words)
                .map(|_| loom::cell::UnsafeCell::new(()))
                .collect(),
        }
    }

    pub(super) fn wrote(&self, bytes: Range<usize>) {
        for word in &self.words[bytes.start / 4..bytes.end.div_ceil(4)] {
            word.with_mut(|_| ());
        }
    }

    pub(super) fn read(&self, bytes: Range<usize>) {
        for word in &self.words[bytes.start / 4..bytes.end.div_ceil(4)] {
            word.with(|_| ());
        }
    }
}

/// Nothing, in a normal build.
#[cfg(not(loom))]
#[derive(Debug)]
pub(super) struct Shadow;

#[cfg(not(loom))]
impl Shadow {
    pub(super) fn new(_length: usize) -> Self {
        Self
    }

    #[inline(always)]
    pub(super) fn wrote(&self, _bytes: Range<usize>) {}

    #[inline(always)]
    pub(super) fn read(&self, _bytes: Range<usize>) {}
}
