//! The shown family prepared once, not at every frame: laws, columns and what is wrong with it.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::app::author::Inherited;
use crate::family::validate::Prepared as Ready;
use crate::family::{Family, Finding, Plan, Variant};
use crate::run::check;
use crate::run::fit::{self, Changed};
use crate::run::preview::Previewer;
use crate::sample::Sampler;
use crate::study::Study;

use super::looks::Looks;

/// A family with everything that drawing its screens needs.
#[derive(Debug)]
pub(super) struct Prepared {
    /// What its draws come from, shared with the workers.
    pub(super) previewer: Arc<Previewer>,
    /// What is wrong, in the order of the file.
    pub(super) findings: Arc<[Finding]>,
    /// How its distributions look.
    pub(super) looks: RefCell<Looks>,
    /// What it has of its own, of which variant and over which base.
    inherited: RefCell<Option<(Arc<Variant>, Arc<Inherited>)>>,
}

impl Prepared {
    /// Laws and expressions; none where the family cannot be drawn from.
    pub(super) fn plan(&self) -> Option<&Plan> {
        self.previewer.sampler().ok().map(Sampler::plan)
    }

    /// What the family has of its own, where its file is `variant` over `base`.
    pub(super) fn inherited(&self, variant: &Arc<Variant>, base: &Arc<Family>) -> Arc<Inherited> {
        let mut kept = self.inherited.borrow_mut();
        let same = |(of, before): &&(Arc<Variant>, Arc<Inherited>)| {
            Arc::ptr_eq(of, variant) && Arc::ptr_eq(&before.base, base)
        };
        if let Some((_, inherited)) = kept.as_ref().filter(same) {
            return Arc::clone(inherited);
        }
        let inherited = Arc::new(Inherited { base: Arc::clone(base), own: variant.own(base) });
        *kept = Some((Arc::clone(variant), Arc::clone(&inherited)));
        inherited
    }
}

/// Families that were prepared, as long as they are shown.
#[derive(Debug, Default)]
pub(super) struct Cache {
    kept: RefCell<Vec<Rc<Prepared>>>,
    /// What was prepared last: an edit changes little of it. Only of this one what its checks tried is kept.
    last: RefCell<Option<(Rc<Prepared>, Ready)>>,
    /// Fits whose data changed, as a job found.
    changed: Vec<Changed>,
}

/// With this many, those of earlier edits are forgotten: every edit makes a new family.
const MANY_KEPT: usize = 64;

impl Cache {
    /// Takes in which fits no longer hold; what was prepared before does not know it.
    pub(super) fn tell(&mut self, changed: Vec<Changed>) {
        if self.changed != changed {
            self.changed = changed;
            self.kept.borrow_mut().clear();
        }
    }

    /// `family` of `study`, prepared; an edited family is another one.
    pub(super) fn of(&self, family: &Arc<Family>, study: &Study) -> Rc<Prepared> {
        let mut kept = self.kept.borrow_mut();
        let is_it =
            |previewer: &Previewer| Arc::ptr_eq(previewer.family(), family) && previewer.study_seed() == study.seed;
        if let Some(prepared) = kept.iter().find(|prepared| is_it(&prepared.previewer)) {
            return Rc::clone(prepared);
        }
        // Prepared once, for the checks and for everyone who draws.
        let before = self.last.take().filter(|(before, _)| before.previewer.family().id == family.id);
        let ready = Ready::after(family, before.as_ref().map(|(_, ready)| ready));
        let mut findings = check::findings_of(family, &ready);
        findings.extend(fit::advice(family, &self.changed));
        let previewer = Arc::new(Previewer::prepared(Arc::clone(family), study.seed, ready.plan.clone()));
        let then = before.as_ref().map(|(before, _)| (before.previewer.family(), before.looks.borrow()));
        let looks = Looks::after(family, then.as_ref().map(|(family, looks)| (&***family, &**looks)));
        let (looks, inherited) = (RefCell::new(looks), RefCell::default());
        let prepared = Rc::new(Prepared { previewer, findings: findings.into(), looks, inherited });
        self.last.replace(Some((Rc::clone(&prepared), ready)));
        if kept.len() >= MANY_KEPT {
            let is_current = |shown: &Arc<Family>| study.families.iter().any(|family| Arc::ptr_eq(family, shown));
            kept.retain(|prepared| is_current(prepared.previewer.family()));
        }
        kept.push(Rc::clone(&prepared));
        prepared
    }
}
