//! Words for sentences: guesses at what a person meant.

/// ` (did you mean `x`?)` for the nearest of `known`, or nothing where none is near.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let near = known.into_iter().map(|candidate| (edits(name, candidate), candidate)).min();
    match near {
        Some((distance, candidate)) if distance <= 1 + name.chars().count() / 4 => {
            format!(" (did you mean `{candidate}`?)")
        }
        _ => String::new(),
    }
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
    fn guesses_only_what_is_near() {
        assert_eq!(did_you_mean("canister_z_m", ["canister_x_m", "mass"]), " (did you mean `canister_x_m`?)");
        assert_eq!(did_you_mean("speed", ["canister_x_m", "mass"]), "");
        assert_eq!((edits("kitten", "sitting"), edits("", "abc"), edits("abc", "abc")), (3, 3, 0), "distance");
    }
}
