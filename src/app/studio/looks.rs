//! How a family's distributions look, kept from frame to frame: computed anew only where the shown draw changes them.

use std::sync::Arc;

use crate::app::author::{self, Names, Selected};
use crate::family::{Family, Law, Plan};

/// Points of a small density.
const DENSITY_POINTS: usize = 97;

/// What is kept of one family.
#[derive(Debug)]
pub(super) struct Looks {
    /// What its expressions may read.
    pub(super) names: Arc<Names>,
    /// The numbers of the draw that it was last asked for, once it was.
    row: Vec<f64>,
    turned: bool,
    /// One a parameter; none where it has no law in this draw.
    parameters: Vec<Option<Arc<Look>>>,
    /// The parameter that is looked at closely, by its name.
    selected: Option<(String, Arc<Selected>)>,
}

/// One parameter's distributions.
#[derive(Clone, Debug)]
pub(super) struct Look {
    /// Between which values both are shown.
    pub(super) range: [f64; 2],
    /// The nominal's median.
    pub(super) median: f64,
    /// The nominal's density.
    pub(super) nominal: Arc<[[f64; 2]]>,
    /// The density that draws come from; empty where that is the nominal.
    pub(super) proposal: Arc<[[f64; 2]]>,
    /// Every value of both is a whole number.
    pub(super) is_whole: bool,
    /// The same in every draw.
    is_fixed: bool,
}

impl Looks {
    /// Nothing computed yet.
    pub(super) fn new(family: &Family) -> Self {
        let names = Arc::new(Names::of(family));
        Self { names, row: Vec::new(), turned: false, parameters: Vec::new(), selected: None }
    }

    /// The same, with what of `before`, a family with those looks, looks the same in every draw of both.
    pub(super) fn after(family: &Family, before: Option<(&Family, &Self)>) -> Self {
        let mut looks = Self::new(family);
        let Some((then, before)) = before else { return looks };
        let pairs = family.parameters.iter().zip(then.parameters.iter().zip(&before.parameters));
        let kept = pairs.map(|(now, (then, look))| {
            let same = now.unit == then.unit && now.nominal == then.nominal && now.proposal == then.proposal;
            look.clone().filter(|look| same && look.is_fixed)
        });
        looks.parameters = kept.collect();
        looks
    }

    /// Turns to the draw whose numbers are `row`. Without a `plan` the family has something wrong somewhere; what is sound
    /// is still shown.
    pub(super) fn turn_to(&mut self, family: &Family, plan: Option<&Plan>, row: Vec<f64>) {
        if self.turned && self.row == row {
            return;
        }
        (self.row, self.turned) = (row, true);
        let mut before = std::mem::take(&mut self.parameters).into_iter();
        let fixed = |at: usize| plan.is_some_and(|plan| plan.nominal(at).is_some() && plan.drawn_from(at).is_some());
        let kept = |look: Option<Arc<Look>>| look.filter(|look| look.is_fixed);
        for (at, parameter) in family.parameters.iter().enumerate() {
            let look = kept(before.next().flatten()).or_else(|| {
                let (nominal, drawn) = match plan {
                    Some(plan) => (plan.nominal_given(at, &self.row).ok()?, plan.drawn_from_given(at, &self.row).ok()?),
                    None => author::laws_of(parameter, &self.names.scope, &self.row)?,
                };
                Some(Arc::new(Look::of(&nominal, parameter.proposal.is_some().then_some(&drawn), fixed(at))))
            });
            self.parameters.push(look);
        }
        let is_fixed = |name: &str| family.parameters.iter().position(|own| own.name == name).is_some_and(fixed);
        self.selected = self.selected.take().filter(|(name, _)| is_fixed(name));
    }

    /// The parameter `at`, in the draw that was turned to.
    pub(super) fn parameter(&self, at: usize) -> Option<&Look> {
        self.parameters.get(at)?.as_deref()
    }

    /// The numbers of the draw that was turned to.
    pub(super) fn row(&self) -> &[f64] {
        &self.row
    }

    /// The parameter called `name`, looked at closely.
    pub(super) fn selected(&mut self, family: &Family, name: &str) -> Option<Arc<Selected>> {
        if let Some((_, selected)) = self.selected.as_ref().filter(|(before, _)| before == name) {
            return Some(Arc::clone(selected));
        }
        let selected = Arc::new(author::select(family, name, &self.names.scope, &self.row)?);
        self.selected = Some((name.to_owned(), Arc::clone(&selected)));
        Some(selected)
    }
}

impl Look {
    fn of(nominal: &Law, proposal: Option<&Law>, is_fixed: bool) -> Self {
        let drawn = proposal.unwrap_or(nominal);
        let ((low, high), (drawn_low, drawn_high)) = (nominal.shown_range(), drawn.shown_range());
        let range = [low.min(drawn_low), high.max(drawn_high)];
        let curve = |law: &Law| author::curve(law, range, DENSITY_POINTS).into();
        Self {
            range,
            median: nominal.median(),
            nominal: curve(nominal),
            proposal: proposal.map_or_else(Arc::default, curve),
            is_whole: nominal.is_whole() && proposal.is_none_or(Law::is_whole),
            is_fixed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::{Bound, Distribution, Parameter, written};

    #[test]
    fn an_edit_leaves_what_it_does_not_touch() {
        let mut family = Family::new("f", "F", "tabletop");
        let flat = Distribution::Uniform { low: 0.0, high: 1.0 };
        family.parameters = ["a", "b", "c"].map(|name| Parameter::new(name, "m", &flat)).to_vec();
        let turned = |family: &Family, before| {
            let mut looks = Looks::after(family, before);
            looks.turn_to(family, Some(&Plan::new(family).expect("sound")), vec![0.5; 3]);
            looks
        };
        let before = turned(&family, None);
        let mut edited = family.clone();
        edited.parameters[1].nominal = written(&Distribution::Uniform { low: 0.0, high: 3.0 });
        edited.parameters[2].unit = "s".to_owned();
        let after = turned(&edited, Some((&family, &before)));
        let look = |looks: &Looks, at: usize| Arc::clone(looks.parameters[at].as_ref().expect("a law"));
        assert!(Arc::ptr_eq(&look(&before, 0), &look(&after, 0)), "the same one");
        assert_eq!(look(&after, 1).range, [0.0, 3.0], "the one that was pulled");
        assert!(!Arc::ptr_eq(&look(&before, 2), &look(&after, 2)), "another unit may mean a turn");
    }

    #[test]
    fn only_what_depends_on_the_draw_is_computed_again() {
        let mut family = Family::new("f", "F", "tabletop");
        let flat = Distribution::Uniform { low: 0.0, high: 1.0 };
        family.parameters = vec![Parameter::new("a", "m", &flat), Parameter::new("b", "m", &flat)];
        family.parameters[1].nominal =
            Distribution::Uniform { low: Bound::Number(0.0), high: Bound::Expression("2 * a".to_owned()) };
        let plan = Plan::new(&family).expect("sound");
        let mut looks = Looks::new(&family);
        looks.turn_to(&family, Some(&plan), vec![0.5, 0.1]);
        let curve = |looks: &Looks, at: usize| Arc::clone(&looks.parameter(at).expect("a law").nominal);
        let (a, b) = (curve(&looks, 0), curve(&looks, 1));
        let near = looks.selected(&family, "b").expect("is there");
        assert!(Arc::ptr_eq(&near, &looks.selected(&family, "b").expect("is there")), "kept");
        looks.turn_to(&family, Some(&plan), vec![0.8, 0.1]);
        assert!(Arc::ptr_eq(&a, &curve(&looks, 0)), "the same in every draw");
        assert!(!Arc::ptr_eq(&b, &curve(&looks, 1)));
        assert_eq!(looks.parameter(1).expect("a law").range[1], 1.6);
        let again = looks.selected(&family, "b").expect("is there");
        assert_eq!(again.sides[0].law.as_ref().expect("a law").support(), (0.0, 1.6));
    }
}
