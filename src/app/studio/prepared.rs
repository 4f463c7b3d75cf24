//! The shown family prepared once, not at every frame: laws, columns and what is wrong with it.

use std::cell::RefCell;
use std::sync::Arc;

use crate::family::{Family, Finding, Plan};
use crate::run::check;
use crate::run::fit::{self, Changed};

/// A family with everything that drawing its screens needs.
#[derive(Debug)]
pub(super) struct Prepared {
    /// Laws and expressions; none where the family cannot be drawn from.
    pub(super) plan: Option<Plan>,
    /// What is wrong, in the order of the file.
    pub(super) findings: Arc<[Finding]>,
}

/// Families that were prepared, as long as they are shown.
#[derive(Debug, Default)]
pub(super) struct Cache {
    kept: RefCell<Vec<(Arc<Family>, Arc<Prepared>)>>,
    /// Fits whose data changed, as a job found.
    changed: Vec<Changed>,
}

/// Beyond this many the oldest is forgotten: every edit makes a new family.
const MOST_KEPT: usize = 64;

impl Cache {
    /// Takes in which fits no longer hold; what was prepared before does not know it.
    pub(super) fn tell(&mut self, changed: Vec<Changed>) {
        if self.changed != changed {
            self.changed = changed;
            self.kept.borrow_mut().clear();
        }
    }

    /// `family`, prepared; an edited family is another one.
    pub(super) fn of(&self, family: &Arc<Family>) -> Arc<Prepared> {
        let mut kept = self.kept.borrow_mut();
        if let Some((_, prepared)) = kept.iter().find(|(other, _)| Arc::ptr_eq(other, family)) {
            return Arc::clone(prepared);
        }
        let mut findings = check::findings(family);
        findings.extend(fit::advice(family, &self.changed));
        let prepared = Arc::new(Prepared { plan: Plan::new(family).ok(), findings: findings.into() });
        if kept.len() == MOST_KEPT {
            kept.remove(0);
        }
        kept.push((Arc::clone(family), Arc::clone(&prepared)));
        prepared
    }
}
