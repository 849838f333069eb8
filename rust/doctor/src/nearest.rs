//! Did you mean …?

use strsim::damerau_levenshtein;

/// The known word that somebody may have meant who wrote another one: at most a third of its letters are wrong, missing, too
/// many or swapped.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = |known: &str| damerau_levenshtein(&word.to_lowercase(), &known.to_lowercase());
    let most = word.chars().count().max(3) / 3;
    let known = known.into_iter().map(|known| (wrong(known), known));
    let nearest = known.min_by_key(|(wrong, _)| *wrong);
    nearest
        .filter(|(wrong, _)| *wrong <= most)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_understood_and_another_word_is_not() {
        let known = ["validations", "notes", "models"];
        for (word, meant) in [
            ("validatons", Some("validations")),
            ("Validations", Some("validations")),
            ("ntoes", Some("notes")),
            ("model", Some("models")),
            ("chairs", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
    }
}
