//! The way to the boundary of the rare event: the search as a job, and what it found as values set by hand.

use std::sync::Arc;

use crate::app::author::{Boundary, boundary};
use crate::sample::{Draw, Sampler};

use super::Studio;
use super::tasks::Outcome;

/// Draws that are tried where no outcome is known yet.
const BLIND: u64 = 12;

impl Studio {
    /// Starts the search from the shown draw.
    pub(super) fn to_boundary(&mut self) {
        let Some(document) = &self.document else {
            self.status = "Open a study first".to_owned();
            return;
        };
        let Some(scene) = document.scene() else { return };
        let pool = self.live.pool.as_ref().ok().and_then(|pool| pool.shown(document.family()));
        let index = document.draw;
        let known: Vec<(u64, bool)> = pool.map_or_else(Vec::new, |pool| {
            let rows = pool.rare.iter().enumerate();
            rows.filter_map(|(row, rare)| Some((row as u64, (*rare)?))).collect()
        });
        self.jobs.start("boundary", "Searching the boundary", move |monitor| {
            let sampler = Sampler::new(&scene.family, scene.seed).map_err(|err| err.to_string())?;
            let draw = |index| sampler.draw_with(index, &scene.pinned).map_err(|err| err.to_string());
            let here = draw(index)?;
            let own = known.iter().find(|(row, _)| *row == index).map(|(_, rare)| *rare);
            // The other outcome where outcomes are known, else the first draws there are.
            let others: Result<Vec<Draw>, String> = match own {
                Some(own) => known.iter().filter(|(_, rare)| *rare != own).map(|(row, _)| draw(*row)).collect(),
                None => (0..BLIND).filter(|row| *row != index).map(draw).collect(),
            };
            let found = boundary(&scene.family, &here, &others?, monitor)?;
            Ok(Outcome::Bounded(scene.family.id.clone(), Arc::new(found)))
        });
    }

    /// Shows the side of the last boundary that is not shown.
    pub(super) fn other_side(&mut self) {
        let Some(document) = &mut self.document else { return };
        let found = document.boundary.clone().filter(|(family, _)| family == document.family());
        let Some((_, found)) = found else {
            self.status = "No boundary was found yet: take the shown draw to it first".to_owned();
            return;
        };
        let rare_event = document.shown_family().map_or_else(String::new, |family| family.rare_event.clone());
        let value = |at: usize| found.sides.get(at).and_then(|side| side.values.get(&found.parameter));
        let at = usize::from(document.pinned().get(&found.parameter) == value(0));
        let Some(side) = found.sides.get(at) else { return };
        document.pin_all(&label(&found), &side.values);
        self.status = found.sentence(&rare_event);
    }
}

/// What the history calls going there.
pub(super) fn label(found: &Boundary) -> String {
    format!("Go to the boundary in {}", found.parameter)
}
