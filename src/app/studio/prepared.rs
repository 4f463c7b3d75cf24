//! The shown family prepared once, not at every frame: laws, columns and what is wrong with it.

use std::cell::RefCell;
use std::sync::Arc;

use crate::family::{Family, Finding, Plan};
use crate::run::check;

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
}

/// Beyond this many the oldest is forgotten: every edit makes a new family.
const MOST_KEPT: usize = 64;

impl Cache {
    /// `family`, prepared; an edited family is another one.
    pub(super) fn of(&self, family: &Arc<Family>) -> Arc<Prepared> {
        let mut kept = self.kept.borrow_mut();
        if let Some((_, prepared)) = kept.iter().find(|(other, _)| Arc::ptr_eq(other, family)) {
            return Arc::clone(prepared);
        }
        let prepared = Arc::new(Prepared { plan: Plan::new(family).ok(), findings: check::findings(family).into() });
        if kept.len() == MOST_KEPT {
            kept.remove(0);
        }
        kept.push((Arc::clone(family), Arc::clone(&prepared)));
        prepared
    }
}
