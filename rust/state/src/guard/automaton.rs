//! Aho-Corasick over bytes with ASCII case folded: one table look-up per byte, whatever the number of words.

use std::collections::BTreeSet;

/// A state: its number, with the highest bit set where a word ends in it. The start is 0.
pub type State = u16;

const END: State = 0x8000;

/// The automaton as tables.
pub struct Automaton {
    /// By byte: where its column begins. Bytes that occur in no word share column 0.
    columns: [u32; 256],
    /// The next states by column and number of the state: the shallow ones, which are met most, lie together.
    next: Vec<State>,
    /// By number of the state: the words that end there, as their indexes; empty for most.
    ends: Vec<Vec<u16>>,
}

impl Automaton {
    /// Builds the automaton of words, which are found in any case of ASCII. They have fewer than 32,768 bytes in all.
    pub fn build<W: AsRef<[u8]>>(words: &[W]) -> Self {
        let bytes = words.iter().flat_map(|word| word.as_ref());
        let most_states = 1 + bytes.clone().count();
        let bytes: BTreeSet<u8> = bytes.map(u8::to_ascii_lowercase).collect();
        let mut columns = [0; 256];
        for (byte, column) in bytes.iter().zip(1..) {
            columns[usize::from(*byte)] = column * most_states as u32;
        }
        for byte in b'A'..=b'Z' {
            columns[usize::from(byte)] = columns[usize::from(byte.to_ascii_lowercase())];
        }
        let mut automaton = Self {
            columns,
            next: vec![0; (bytes.len() + 1) * most_states],
            ends: vec![Vec::new()],
        };
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
        automaton.inherit(&bytes);
        automaton
    }

    fn step_or_add(&mut self, state: State, byte: u8) -> State {
        let cell = self.cell(state, byte);
        let to = self.at(cell);
        if to != 0 {
            return to;
        }
        let added = State::try_from(self.ends.len()).unwrap_or(0);
        self.ends.push(Vec::new());
        self.set(cell, added);
        added
    }

    /// In the order of their depth, every state inherits what its longest proper suffix has.
    fn inherit(&mut self, bytes: &BTreeSet<u8>) {
        let mut suffix: Vec<State> = vec![0; self.ends.len()];
        let mut states = vec![0];
        let mut at = 0;
        while let Some(state) = states.get(at).copied() {
            at += 1;
            let fallback = suffix.get(number(state)).copied().unwrap_or(0);
            for byte in bytes {
                let cell = self.cell(state, *byte);
                let to = self.at(cell);
                let other = match state {
                    0 => 0,
                    _ => self.at(self.cell(fallback, *byte)),
                };
                if to == 0 {
                    self.set(cell, other);
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
                let end = if ends.is_empty() { 0 } else { END };
                self.set(cell, to | end);
                states.push(to);
            }
        }
    }

    fn cell(&self, state: State, byte: u8) -> usize {
        self.columns[usize::from(byte)] as usize + number(state)
    }

    fn at(&self, cell: usize) -> State {
        self.next.get(cell).copied().unwrap_or(0)
    }

    fn set(&mut self, cell: usize, to: State) {
        if let Some(next) = self.next.get_mut(cell) {
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
        let (next, columns) = (self.next.as_slice(), &self.columns);
        let mut now = number(*state);
        let end = bytes.iter().position(|byte| {
            each(*byte);
            // `now` is a number, since no word ends in it.
            let cell = columns[usize::from(*byte)] as usize + now;
            now = usize::from(next.get(cell).copied().unwrap_or(0));
            now & usize::from(END) != 0
        });
        *state = now as State;
        end.map(|at| at + 1)
    }

    /// The words that end in a state.
    #[inline]
    pub fn ends(&self, state: State) -> &[u16] {
        if state & END == 0 {
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
    usize::from(state & !END)
}

/// Whether `word`, which is in lower case, stands at `at` in any case of ASCII.
pub fn starts_with(text: &[u8], at: usize, word: &[u8]) -> bool {
    text.get(at..at + word.len())
        .is_some_and(|here| here.eq_ignore_ascii_case(word))
}
