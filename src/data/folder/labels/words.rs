//! Columns of words in a table (light, weather, operator): what is known of episodes, where all pictures of one have the same.
//!
//! Deliberately not here: words that change within an episode, which nothing asks for.

use std::collections::{BTreeMap, HashMap};

use crate::data::set::MOST_WORDS;

/// A column of words.
pub(in crate::data::folder) struct Words {
    pub(in crate::data::folder) name: String,
    values: Vec<String>,
    /// Which of the values each picture has; `None` where its cell is empty.
    of_picture: Vec<Option<u32>>,
}

impl Words {
    /// The column called `name` with a cell a picture; `None` where there are too many different texts.
    pub(super) fn of<'a>(name: &str, cells: impl Iterator<Item = Option<&'a str>>) -> Option<Self> {
        let (mut places, mut values): (HashMap<&str, u32>, Vec<String>) = (HashMap::new(), Vec::new());
        let mut of_picture = Vec::new();
        for cell in cells {
            let cell = cell.map(str::trim).filter(|cell| !cell.is_empty());
            of_picture.push(cell.map(|cell| {
                *places.entry(cell).or_insert_with(|| {
                    values.push(cell.to_owned());
                    values.len() as u32 - 1
                })
            }));
            if values.len() > MOST_WORDS {
                return None;
            }
        }
        Some(Self { name: name.to_owned(), values, of_picture })
    }

    /// What is known of each episode, by its number: the value that all its pictures with one have. `episodes` has the positions of
    /// their pictures.
    pub(in crate::data::folder) fn by_episode(&self, episodes: &[Vec<usize>]) -> BTreeMap<u64, String> {
        let one = |frames: &Vec<usize>| {
            let mut known = frames.iter().filter_map(|at| self.of_picture.get(*at).copied().flatten());
            let first = known.next()?;
            known.all(|other| other == first).then_some(first)
        };
        let value = |frames: &Vec<usize>| self.values.get(one(frames)? as usize).cloned();
        episodes.iter().zip(0..).filter_map(|(frames, id)| Some((id, value(frames)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_episode_has_the_value_that_all_its_pictures_have() {
        let cells = ["dry", "", "dry ", "rain", "dry", ""].map(Some);
        let words = Words::of("weather", cells.into_iter().chain([None])).expect("few values");
        let episodes = [vec![0, 1, 2], vec![3], vec![3, 4], vec![5, 6]];
        assert_eq!(words.by_episode(&episodes), [(0, "dry".to_owned()), (1, "rain".to_owned())].into());
        let many: Vec<String> = (0..=MOST_WORDS).map(|at| at.to_string()).collect();
        assert!(Words::of("remark", many.iter().map(|text| Some(text.as_str()))).is_none(), "no condition");
    }
}
