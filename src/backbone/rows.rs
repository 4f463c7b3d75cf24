//! From what a model gives to one row of features.

use super::prepare::{Layout, Tokens};

/// More numbers than this for a picture are a picture, not features of one.
const LENGTH_MAX: usize = 65_536;

/// What a model gave for one picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) shape: Vec<usize>,
    /// In the shape's order, the last side quickest.
    pub(super) numbers: Vec<f32>,
}

/// One row for one picture; else what does not fit about the answer.
///
/// - `D` or `1 x D`: as it is.
/// - `1 x tokens x D`: one token or the mean of all.
/// - four sides: the mean over rows and columns, of which the input's own order says which they are.
pub(super) fn row(answer: &Answer, layout: Layout, tokens: Tokens) -> Result<Vec<f64>, String> {
    let numbers = &answer.numbers;
    let mean = |count: usize, length: usize, at: &dyn Fn(usize, usize) -> usize| -> Vec<f64> {
        let sum = |feature: usize| (0..count).map(|cell| f64::from(numbers[at(cell, feature)])).sum::<f64>();
        (0..length).map(|feature| sum(feature) / count as f64).collect()
    };
    let length = match (answer.shape.as_slice(), layout) {
        ([length] | [1, length] | [1, _, length], _) | ([1, _, _, length], Layout::ChannelsLast) => *length,
        ([1, channels, _, _], Layout::ChannelsFirst) => *channels,
        _ => return Err(format!("it has the shape {} for one picture", shape_words(&answer.shape))),
    };
    if numbers.is_empty() || numbers.len() != answer.shape.iter().product::<usize>() {
        return Err(format!("it is empty ({})", shape_words(&answer.shape)));
    }
    if !(2..=LENGTH_MAX).contains(&length) {
        return Err(format!("it has {length} numbers for a picture, where features are 2 to {LENGTH_MAX}"));
    }
    let cells = numbers.len() / length;
    Ok(match (answer.shape.len(), layout) {
        (3, _) if tokens == Tokens::First => numbers[..length].iter().map(|number| f64::from(*number)).collect(),
        (4, Layout::ChannelsFirst) => mean(cells, length, &|cell, feature| feature * cells + cell),
        _ => mean(cells, length, &|cell, feature| cell * length + feature),
    })
}

/// `1 x 3 x 8`.
pub(super) fn shape_words(shape: &[usize]) -> String {
    if shape.is_empty() {
        return "a single number".to_owned();
    }
    shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(shape: &[usize], layout: Layout, tokens: Tokens) -> Result<Vec<f64>, String> {
        let numbers = (0..shape.iter().product::<usize>()).map(|at| at as f32).collect();
        row(&Answer { shape: shape.to_vec(), numbers }, layout, tokens)
    }

    #[test]
    fn every_shape_becomes_the_row_that_is_meant() {
        use Layout::{ChannelsFirst as First, ChannelsLast as Last};
        assert_eq!(of(&[1, 3], First, Tokens::Mean).unwrap(), [0.0, 1.0, 2.0]);
        assert_eq!(of(&[3], First, Tokens::First).unwrap(), [0.0, 1.0, 2.0]);
        assert_eq!(of(&[1, 2, 3], First, Tokens::First).unwrap(), [0.0, 1.0, 2.0], "class token");
        assert_eq!(of(&[1, 2, 3], First, Tokens::Mean).unwrap(), [1.5, 2.5, 3.5], "mean of both");
        assert_eq!(of(&[1, 2, 2, 2], First, Tokens::First).unwrap(), [1.5, 5.5], "planes");
        assert_eq!(of(&[1, 2, 2, 2], Last, Tokens::First).unwrap(), [3.0, 4.0], "every second");
        assert_eq!(of(&[1, 4, 1, 1], First, Tokens::First).unwrap().len(), 4, "pooled already");
    }

    #[test]
    fn what_is_no_row_is_named() {
        let refused = |shape: &[usize]| of(shape, Layout::ChannelsFirst, Tokens::First).unwrap_err();
        assert_eq!(refused(&[2, 8]), "it has the shape 2 x 8 for one picture");
        assert_eq!(refused(&[]), "it has the shape a single number for one picture");
        assert!(refused(&[1, 1]).starts_with("it has 1 numbers for"), "{}", refused(&[1, 1]));
        assert!(refused(&[1, 70_000]).contains("70000"), "{}", refused(&[1, 70_000]));
        assert!(refused(&[1, 0, 8]).contains("empty"), "{}", refused(&[1, 0, 8]));
    }
}
