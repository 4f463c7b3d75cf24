//! Words for sentences: guesses at what a person meant, sentences that stay readable whatever they quote, and the order that
//! people put names in.

use std::cmp::Ordering;

/// Longest name that is guessed at, in characters. No identifier is longer, and the distance takes the square of it.
const LONGEST_GUESSED: usize = 64;

/// Most characters of a sentence.
const LONGEST_SENTENCE: usize = 800;

/// Characters that stay at the end of a sentence that is cut: there stands the cure.
const KEPT_AT_THE_END: usize = 200;

/// ` (did you mean `x`?)` for the nearest of `known`, or nothing where none is near.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let length = name.chars().count();
    if length > LONGEST_GUESSED {
        return String::new();
    }
    let near = 1 + length / 4;
    // Each inserted character is a step, so that a name of another length cannot be near.
    let alike = known.into_iter().filter(|candidate| candidate.chars().count().abs_diff(length) <= near);
    match alike.map(|candidate| (edits(name, candidate), candidate)).min() {
        Some((distance, candidate)) if distance <= near => format!(" (did you mean `{candidate}`?)"),
        _ => String::new(),
    }
}

/// The number with four figures: what a sentence says where more would only be read over.
pub fn four_figures(number: f64) -> f64 {
    format!("{number:.3e}").parse().unwrap_or(number)
}

/// `1 frame`, `2 frames`.
pub fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// A list with commas; what goes beyond `most` is only counted.
pub fn listed<T: ToString>(items: &[T], most: usize) -> String {
    let shown: Vec<String> = items.iter().take(most).map(T::to_string).collect();
    match items.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// With a capital at its head.
pub fn in_sentence_case(words: &str) -> String {
    let mut all = words.chars();
    all.next().map_or_else(String::new, |first| first.to_uppercase().chain(all).collect())
}

/// The sentence without the backquotes round names: where it is shown in the window it stands in one face, in which they would only
/// be marks to read over.
pub fn unquoted(sentence: &str) -> String {
    sentence.replace('`', "")
}

/// The sentence without its middle where it is longer than anybody reads: it may quote a text of any length.
pub fn shortened(sentence: String) -> String {
    let length = sentence.chars().count();
    if length <= LONGEST_SENTENCE {
        return sentence;
    }
    let begin = sentence.chars().take(LONGEST_SENTENCE - KEPT_AT_THE_END);
    begin.chain(" … ".chars()).chain(sentence.chars().skip(length - KEPT_AT_THE_END)).collect()
}

/// Orders `frame2` before `frame10`: runs of digits compare as numbers, the rest by character.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (Some(l), Some(r)) = (left.chars().next(), right.chars().next()) else {
            return left.len().cmp(&right.len()).then_with(|| a.cmp(b));
        };
        let order = if l.is_ascii_digit() && r.is_ascii_digit() {
            let (l, l_rest) = digits(left);
            let (r, r_rest) = digits(right);
            (left, right) = (l_rest, r_rest);
            l.len().cmp(&r.len()).then_with(|| l.cmp(r))
        } else {
            (left, right) = (&left[l.len_utf8()..], &right[r.len_utf8()..]);
            l.cmp(&r)
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// The number at the start without its leading zeros, and the rest.
fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    (number.trim_start_matches('0'), rest)
}

/// Levenshtein's distance: insertions, removals and changes of a character.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (index, from) in a.chars().enumerate() {
        let mut next = vec![index + 1];
        let mut left = index + 1;
        for ((to, diagonal), above) in b.iter().zip(&row).zip(row.iter().skip(1)) {
            left = (above + 1).min(left + 1).min(diagonal + usize::from(from != *to));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_begins_with_a_capital() {
        assert_eq!(in_sentence_case("über alles"), "Über alles");
        assert_eq!(in_sentence_case("`x` is no name"), "`x` is no name");
        assert_eq!(in_sentence_case(""), "");
    }

    #[test]
    fn names_lose_their_quotes_alone() {
        assert_eq!(unquoted("`a` is no name (did you mean `b`?)"), "a is no name (did you mean b?)");
    }

    #[test]
    fn long_sentences_keep_their_begin_and_their_cure() {
        assert_eq!(shortened("short".to_owned()), "short");
        let cut = shortened(format!("`{}` is no name; write another", "ü".repeat(1_000_000)));
        assert_eq!(cut.chars().count(), LONGEST_SENTENCE + 3);
        assert!(cut.starts_with("`üü") && cut.contains("üü … üü") && cut.ends_with("write another"), "{cut}");
        assert_eq!(did_you_mean(&"a".repeat(4_000_000), ["a"]), "", "at once");
    }

    #[test]
    fn guesses_only_what_is_near() {
        assert_eq!(did_you_mean("canister_z_m", ["canister_x_m", "mass"]), " (did you mean `canister_x_m`?)");
        assert_eq!(did_you_mean("speed", ["canister_x_m", "mass"]), "");
        assert_eq!((edits("kitten", "sitting"), edits("", "abc"), edits("abc", "abc")), (3, 3, 0), "distance");
    }
}
