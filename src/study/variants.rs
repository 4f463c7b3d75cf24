//! Variants in an open study: each is what its file says, over its base as the base is now.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Study, StudyError};
use crate::base::text::did_you_mean;
use crate::family::variant::DEEPEST;
use crate::family::{Family, Said, Variant};

impl Study {
    /// Takes in what `family` says beside its base, or that it is none; then everything that extends it follows.
    pub(super) fn follow(&mut self, family: &Family) -> Result<(), StudyError> {
        match self.said(family)? {
            Said::Variant(variant) => drop(self.variants.insert(family.id.clone(), Arc::from(variant))),
            Said::Whole(_) => drop(self.variants.remove(&family.id)),
        }
        let mut changed = BTreeSet::from([family.id.clone()]);
        for id in self.bases_first()? {
            let Some(variant) = self.variants.get(&id).filter(|variant| changed.contains(&variant.extends)) else {
                continue;
            };
            let base = self.base(variant)?;
            let merged = variant.over(base).map_err(|(field, text)| {
                StudyError::content(
                    format!("the variant `{id}` of `{}`", variant.extends),
                    format!("in `{field}`: {text}"),
                )
            })?;
            if let Some(place) = self.families.iter_mut().find(|family| family.id == id) {
                *place = Arc::new(merged);
            }
            changed.insert(id);
        }
        Ok(())
    }

    /// What the family's file shall say. What the file of a variant says already stays there, even where it says the same
    /// as the base.
    pub(super) fn said(&self, family: &Family) -> Result<Said, StudyError> {
        let Some(base) = &family.extends else { return Ok(Said::Whole(Box::new(family.clone()))) };
        let kept = self.variants.get(&family.id).filter(|variant| variant.extends == *base);
        let kept = kept.map_or_else(|| Variant::new(&family.id, &family.title, base), |kept| (**kept).clone());
        Ok(Said::Variant(Box::new(kept.revised(self.base(&kept)?, family))))
    }

    /// Takes a part of the variant called `id` from its base again.
    pub(super) fn inherit(&mut self, id: &str, list: &'static str, key: &str) -> Result<(), StudyError> {
        let variant = self.variants.get(id).ok_or_else(|| {
            StudyError::content(format!("family {id}"), "it is no variant; there is no base to take it from")
        })?;
        let base = self.base(variant)?;
        let next = variant.inheriting(base, list, key);
        let merged = next.over(base).map_err(|(field, text)| {
            StudyError::content(format!("the variant `{id}` of `{}`", next.extends), format!("in `{field}`: {text}"))
        })?;
        let mut study = self.clone();
        study.variants.insert(id.to_owned(), Arc::new(next));
        if let Some(place) = study.families.iter_mut().find(|family| family.id == id) {
            *place = Arc::new(merged.clone());
        }
        study.follow(&merged)?;
        *self = study;
        Ok(())
    }

    /// The base of a variant in this study.
    ///
    /// # Errors
    /// When the study lacks it.
    pub fn base(&self, variant: &Variant) -> Result<&Family, StudyError> {
        self.family(&variant.extends).map(|base| &**base).ok_or_else(|| {
            let hint = did_you_mean(&variant.extends, self.families.iter().map(|family| family.id.as_str()));
            let what =
                format!("it extends `{}`, which is not in the study{hint}; add that family first", variant.extends);
            StudyError::content(format!("family {}", variant.id), what)
        })
    }

    /// The variants, each behind its base.
    fn bases_first(&self) -> Result<Vec<String>, StudyError> {
        let mut levels = Vec::new();
        for id in self.variants.keys() {
            let above = |variant: &&Arc<Variant>| self.variants.get(&variant.extends);
            let level = std::iter::successors(self.variants.get(id), above).take(DEEPEST + 1).count();
            if level > DEEPEST {
                let what =
                    format!("it extends a family in a circle, or more than {DEEPEST} in a row; extend another one");
                return Err(StudyError::content(format!("family {id}"), what));
            }
            levels.push((level, id.clone()));
        }
        levels.sort();
        Ok(levels.into_iter().map(|(_, id)| id).collect())
    }

    /// A base stays while something extends it.
    pub(super) fn check_unused(&self, id: &str) -> Result<(), StudyError> {
        match self.variants.values().find(|variant| variant.extends == id) {
            None => Ok(()),
            Some(variant) => Err(StudyError::content(
                format!("family {id}"),
                format!("`{}` is a variant of it; remove that one first", variant.id),
            )),
        }
    }
}
