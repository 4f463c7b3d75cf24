//! The generated set of a comparison: what was drawn, and which of its family's parameters explain what differs.

use std::collections::BTreeMap;

use crate::base::{Monitor, Note};
use crate::data::Origin;
use crate::drift::{self, Cause, FeatureDifference};
use crate::run::synthetic::{EpisodeFile, SetFile, episode_folder};
use crate::run::{Place, RunError};
use crate::study::SetRef;

use super::DrawParameters;
use super::side::Side;

/// The side whose parameters are looked at: the other set, or the reference where that alone was generated.
pub fn generated_side(origins: [Origin; 2]) -> Option<usize> {
    [1, 0].into_iter().find(|side| origins[*side] == Origin::Synthetic)
}

/// What was drawn.
#[derive(Default)]
pub(super) struct Drawn {
    /// Of which side; `None` where neither was generated.
    pub(super) side: Option<usize>,
    /// The family; empty where neither was.
    pub(super) family: String,
    /// Of the draws that were looked at.
    pub(super) parameters: DrawParameters,
}

impl Drawn {
    /// Reads it.
    ///
    /// # Errors
    /// When the set's file cannot be read, or the watcher wanted the end. A draw's file that cannot be read is a note.
    pub(super) fn read(place: &Place, sides: [(&SetRef, &Side); 2], monitor: &dyn Monitor) -> Result<Self, RunError> {
        let Some(at) = generated_side(sides.map(|(set, _)| set.origin)) else { return Ok(Self::default()) };
        let (set, side) = sides[at];
        let folder = place.resolve(&set.path);
        let family = SetFile::read(&folder)?.lineage.family;
        let mut parameters = DrawParameters::new();
        for draw in side.draws() {
            if monitor.stopped() {
                return Err(RunError::Stopped);
            }
            let values = match EpisodeFile::read(&episode_folder(&folder, draw)) {
                Ok(file) => file.values,
                Err(err) => {
                    let text = format!(
                        "No parameter is looked at, because what one draw was drawn with cannot be read: {err}."
                    );
                    monitor.note(Note::new(&set.name, text));
                    return Ok(Self { side: Some(at), family, ..Self::default() });
                }
            };
            for (name, value) in values {
                parameters.entry(name).or_default().insert(draw, value);
            }
        }
        Ok(Self { side: Some(at), family, parameters })
    }

    /// Parameters that explain `differences`, which are the other set's from the reference.
    pub(super) fn causes(&self, sides: [&Side; 2], differences: &[FeatureDifference], seed: u64) -> Vec<Cause> {
        let Some(at) = self.side else { return Vec::new() };
        let side = sides[at];
        let draws = side.draws();
        // each draw has all of a family's parameters; what a damaged file lacks is not guessed
        let of_draw = |values: &BTreeMap<u64, f64>| -> Option<Vec<f64>> {
            draws.iter().map(|draw| values.get(draw).copied()).collect()
        };
        let known = self.parameters.iter().filter_map(|(name, values)| Some((name.clone(), of_draw(values)?)));
        let parameters: Vec<(String, Vec<f64>)> = known.collect();
        // rows of a draw lie together, in the order of the draws
        let runs = side.groups.chunk_by(|one, next| one == next).enumerate();
        let groups: Vec<usize> = runs.flat_map(|(at, rows)| rows.iter().map(move |_| at)).collect();
        let rows = (&drift::NAMES[..], &side.features[..], &groups[..]);
        // The way is told for who turns the parameter: from the generated side to the one beside it.
        let turned = |one: &FeatureDifference| FeatureDifference { effect: -one.effect, ..one.clone() };
        let towards: Vec<FeatureDifference> =
            if at == 1 { differences.to_vec() } else { differences.iter().map(turned).collect() };
        drift::causes(&towards, rows, &parameters, seed)
    }

    /// What is said where draws differ and no parameter explains it; `draws` are those of both sides.
    pub(super) fn unexplained(
        &self,
        causes: &[Cause],
        differences: &[FeatureDifference],
        draws: [usize; 2],
    ) -> Option<String> {
        let draws = draws[self.side?];
        let differ = differences.iter().any(|one| one.p_adjusted <= 0.05);
        (causes.is_empty() && differ && !self.parameters.is_empty()).then(|| {
            format!(
                "Between {draws} draws no parameter of `{}` explains what differs beyond chance; more draws tell more.",
                self.family
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;

    #[test]
    fn the_way_is_told_for_the_set_that_was_drawn() {
        // Draws whose brightness follows `light`, all darker than what was recorded.
        let mut stream = StreamKey::new(3, "causes of sides").stream("draws", 0);
        let light: BTreeMap<u64, f64> = (0..24).map(|draw| (draw, stream.next_unit())).collect();
        let features = light.values().map(|light| {
            let mut row = vec![0.0; drift::NAMES.len()];
            row[0] = 0.2 + 0.1 * light;
            row
        });
        let drawn = Side { features: features.collect(), groups: light.keys().copied().collect(), ..Side::default() };
        let parameters: DrawParameters = [("light".to_owned(), light)].into();
        let of = |side: usize| Drawn { side: Some(side), family: "desk".to_owned(), parameters: parameters.clone() };
        let told = |side: usize, effect: f64| {
            let differs =
                FeatureDifference { p_adjusted: 0.01, ..FeatureDifference::of("luminance_mean", effect, 0.5) };
            let (recorded, mut sides) = (Side::default(), [&drawn, &drawn]);
            sides[1 - side] = &recorded;
            of(side).causes(sides, &[differs], 1)
        };
        let [other, reference] = [told(1, -2.0), told(0, 2.0)];
        assert_eq!(other[0].raise, Some(true), "the other set is too dark: {other:?}");
        assert_eq!(reference, other, "the same sets the other way round");
        assert_eq!(told(0, -2.0)[0].raise, Some(false));
        let unexplained = of(0).unexplained(&[], &[], [24, 9]);
        assert_eq!(unexplained, None, "where nothing differs nothing is to explain");
        assert!(Drawn::default().causes([&drawn, &drawn], &[], 1).is_empty());
    }

    #[test]
    fn the_other_set_is_asked_first() {
        use Origin::{Real, StandIn, Synthetic};
        let all = [[Real, Synthetic], [Synthetic, Real], [Synthetic, Synthetic], [Real, StandIn]];
        assert_eq!(all.map(generated_side), [Some(1), Some(0), Some(1), None]);
    }
}
