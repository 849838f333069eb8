//! Aho-Corasick over bytes with ASCII case folded: one table look-up per byte, whatever the number of words.

use std::collections::VecDeque;

/// The automaton as tables.
pub struct Automaton {
    /// Column of a byte; bytes that occur in no word share column 0.
    columns: [u8; 256],
    width: usize,
    /// Next state by state times width plus column. State 0 is the start.
    next: Vec<u16>,
    /// By state: the words that end there, as their indexes; empty for most.
    ends: Vec<Vec<u16>>,
}

impl Automaton {
    /// Builds the automaton of words, which are found in any case of ASCII. A pack has fewer than 65,536 bytes of words.
    pub fn build<W: AsRef<[u8]>>(words: &[W]) -> Self {
        let mut columns = [0; 256];
        let mut width: u8 = 1;
        for byte in words.iter().flat_map(|word| word.as_ref()) {
            let column = &mut columns[usize::from(byte.to_ascii_lowercase())];
            if *column == 0 {
                *column = width;
                width = width.saturating_add(1);
            }
        }
        for byte in b'A'..=b'Z' {
            columns[usize::from(byte)] = columns[usize::from(byte.to_ascii_lowercase())];
        }
        let mut automaton = Self {
            columns,
            width: usize::from(width),
            next: Vec::new(),
            ends: Vec::new(),
        };
        automaton.add_state();
        for (word, index) in words.iter().zip(0..) {
            let end = word
                .as_ref()
                .iter()
                .fold(0, |state, byte| automaton.step_or_add(state, *byte));
            if let Some(ends) = automaton.ends.get_mut(end) {
                ends.push(index);
            }
        }
        automaton.inherit();
        automaton
    }

    fn add_state(&mut self) -> u16 {
        let state = u16::try_from(self.ends.len()).unwrap_or(0);
        self.ends.push(Vec::new());
        self.next.resize(self.ends.len() * self.width, 0);
        state
    }

    fn step_or_add(&mut self, state: usize, byte: u8) -> usize {
        let at = state * self.width + usize::from(self.columns[usize::from(byte)]);
        if self.next.get(at) == Some(&0) {
            let added = self.add_state();
            if let Some(next) = self.next.get_mut(at) {
                *next = added;
            }
        }
        self.step(state, byte)
    }

    /// In the order of their depth, every state inherits what its longest proper suffix has.
    fn inherit(&mut self) {
        let mut suffix = vec![0_usize; self.ends.len()];
        let mut queue: VecDeque<usize> = (1..self.width)
            .map(|column| self.cell(0, column))
            .filter(|to| *to != 0)
            .collect();
        while let Some(state) = queue.pop_front() {
            let fallback = suffix.get(state).copied().unwrap_or(0);
            let inherited = self.ends.get(fallback).cloned().unwrap_or_default();
            if let Some(ends) = self.ends.get_mut(state) {
                ends.extend(inherited);
            }
            for column in 1..self.width {
                let (to, from_suffix) = (self.cell(state, column), self.cell(fallback, column));
                if to == 0 {
                    if let Some(next) = self.next.get_mut(state * self.width + column) {
                        *next = u16::try_from(from_suffix).unwrap_or(0);
                    }
                    continue;
                }
                if let Some(suffix) = suffix.get_mut(to) {
                    *suffix = from_suffix;
                }
                queue.push_back(to);
            }
        }
    }

    fn cell(&self, state: usize, column: usize) -> usize {
        self.next
            .get(state * self.width + column)
            .map_or(0, |to| usize::from(*to))
    }

    /// The state after one more byte.
    #[inline]
    pub fn step(&self, state: usize, byte: u8) -> usize {
        self.cell(state, usize::from(self.columns[usize::from(byte)]))
    }

    /// The words that end in a state.
    #[inline]
    pub fn ends(&self, state: usize) -> &[u16] {
        self.ends.get(state).map_or(&[], Vec::as_slice)
    }

    /// Whether any word stands in the text.
    pub fn is_in(&self, text: &[u8]) -> bool {
        let mut state = 0;
        text.iter().any(|byte| {
            state = self.step(state, *byte);
            !self.ends(state).is_empty()
        })
    }
}

/// Whether `word`, which is in lower case, stands at `at` in any case of ASCII.
pub fn starts_with(text: &[u8], at: usize, word: &[u8]) -> bool {
    text.get(at..at + word.len())
        .is_some_and(|here| here.eq_ignore_ascii_case(word))
}
