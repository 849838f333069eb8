//! Aho-Corasick over bytes with ASCII case folded: one table look-up per byte, whatever the number of words.

use std::collections::BTreeSet;

/// A state: twice its number, and 1 more where a word ends in it. The start is 0.
pub type State = u16;

/// The automaton as tables.
pub struct Automaton {
    /// Column of a byte; bytes that occur in no word share column 0.
    columns: [u8; 256],
    /// Every state has a row of `1 << shift` columns.
    shift: u32,
    /// By row and column: the next state.
    next: Vec<State>,
    /// By number of the state: the words that end there, as their indexes; empty for most.
    ends: Vec<Vec<u16>>,
}

impl Automaton {
    /// Builds the automaton of words, which are found in any case of ASCII. They have fewer than 32,768 bytes in all.
    pub fn build<W: AsRef<[u8]>>(words: &[W]) -> Self {
        let mut columns = [0; 256];
        let bytes = words.iter().flat_map(|word| word.as_ref());
        let bytes: BTreeSet<u8> = bytes.map(u8::to_ascii_lowercase).collect();
        // Letters first, so that what of a row is mostly read lies together.
        for (byte, column) in bytes.iter().rev().zip(1..) {
            columns[usize::from(*byte)] = column;
        }
        for byte in b'A'..=b'Z' {
            columns[usize::from(byte)] = columns[usize::from(byte.to_ascii_lowercase())];
        }
        let mut automaton = Self {
            columns,
            shift: (bytes.len() + 1).next_power_of_two().trailing_zeros(),
            next: Vec::new(),
            ends: Vec::new(),
        };
        automaton.add_state();
        // A byte of every word at a time: states get their numbers in the order of their depth, and shallow ones lie together.
        let mut reached: Vec<State> = vec![0; words.len()];
        let longest = words.iter().map(|word| word.as_ref().len()).max();
        for depth in 0..longest.unwrap_or(0) {
            for (word, state) in words.iter().zip(&mut reached) {
                if let Some(byte) = word.as_ref().get(depth) {
                    *state = automaton.step_or_add(*state, *byte);
                }
            }
        }
        for (state, index) in reached.into_iter().zip(0..) {
            if let Some(ends) = automaton.ends.get_mut(number(state)) {
                ends.push(index);
            }
        }
        automaton.inherit();
        automaton
    }

    fn add_state(&mut self) -> State {
        let state = State::try_from(self.ends.len() * 2).unwrap_or(0);
        self.ends.push(Vec::new());
        self.next.resize(self.ends.len() << self.shift, 0);
        state
    }

    fn step_or_add(&mut self, state: State, byte: u8) -> State {
        let column = self.columns[usize::from(byte)];
        if self.cell(state, column) == 0 {
            let added = self.add_state();
            self.set(state, column, added);
        }
        self.cell(state, column)
    }

    /// In the order of their depth, every state inherits what its longest proper suffix has.
    fn inherit(&mut self) {
        let columns = 1..=self.columns.iter().copied().max().unwrap_or(0);
        let mut suffix: Vec<State> = vec![0; self.ends.len()];
        let mut states = vec![0];
        let mut at = 0;
        while let Some(state) = states.get(at).copied() {
            at += 1;
            let fallback = suffix.get(number(state)).copied().unwrap_or(0);
            for column in columns.clone() {
                let to = self.cell(state, column);
                let other = if state == 0 {
                    0
                } else {
                    self.cell(fallback, column)
                };
                if to == 0 {
                    self.set(state, column, other);
                    continue;
                }
                if let Some(suffix) = suffix.get_mut(number(to)) {
                    *suffix = other;
                }
                let inherited = self.ends.get(number(other)).cloned().unwrap_or_default();
                let Some(ends) = self.ends.get_mut(number(to)) else {
                    continue;
                };
                ends.extend(inherited);
                let is_end = State::from(!ends.is_empty());
                self.set(state, column, to | is_end);
                states.push(to);
            }
        }
    }

    #[inline]
    fn cell(&self, state: State, column: u8) -> State {
        let row = number(state) << self.shift;
        self.next
            .get(row | usize::from(column))
            .copied()
            .unwrap_or(0)
    }

    fn set(&mut self, state: State, column: u8, to: State) {
        let row = number(state) << self.shift;
        if let Some(next) = self.next.get_mut(row | usize::from(column)) {
            *next = to;
        }
    }

    /// Goes on from `state` over `bytes` until a word ends, and gives how many bytes that took; `None` where no word ends any
    /// more. `each` is told every byte.
    #[inline]
    pub fn next_end(
        &self,
        state: &mut State,
        bytes: &[u8],
        mut each: impl FnMut(u8),
    ) -> Option<usize> {
        let (next, shift) = (self.next.as_slice(), self.shift);
        let mut now = *state;
        let end = bytes.iter().position(|byte| {
            each(*byte);
            let column = self.columns[usize::from(*byte)];
            let cell = (number(now) << shift) | usize::from(column);
            now = next.get(cell).copied().unwrap_or(0);
            now & 1 == 1
        });
        *state = now;
        end.map(|at| at + 1)
    }

    /// The words that end in a state.
    #[inline]
    pub fn ends(&self, state: State) -> &[u16] {
        if state & 1 == 0 {
            return &[];
        }
        self.ends.get(number(state)).map_or(&[], Vec::as_slice)
    }

    /// Whether any word stands in the text.
    pub fn is_in(&self, text: &[u8]) -> bool {
        self.next_end(&mut 0, text, |_| ()).is_some()
    }
}

#[inline]
fn number(state: State) -> usize {
    usize::from(state >> 1)
}

/// Whether `word`, which is in lower case, stands at `at` in any case of ASCII.
pub fn starts_with(text: &[u8], at: usize, word: &[u8]) -> bool {
    text.get(at..at + word.len())
        .is_some_and(|here| here.eq_ignore_ascii_case(word))
}
