//! What was found out about single sets since the study is open: shortcuts, what exchanging a parameter moved, and twins.
//!
//! Deliberately not here: the looking itself ([`crate::run`]), and what was found of two sets, which the comparison keeps.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{Context, TextureId};

use crate::app::theme;
use crate::app::view::{AuditView, RepeatRow, Told, TwinsView};
use crate::base::Rgb;
use crate::data::Origin;
use crate::run::audit::Audited;
use crate::run::swap::{SwapRequest, Swapped};
use crate::run::twins::{PictureId, Repeated, Twins};
use crate::study::SetRef;

use super::document::Document;
use super::{Studio, tasks};

/// All that is shown of it.
#[derive(Default)]
pub(super) struct Findings {
    /// The last shortcut audit.
    audit: Option<Arc<Audited>>,
    /// What came of exchanging parameters among draws.
    swaps: Vec<Swapped>,
    /// Pictures that sets repeat, by the set's name.
    twins: BTreeMap<String, Arc<TwinsView>>,
}

/// Twins of a set, with a picture of each pair that it repeats most.
pub(super) struct Twinned {
    pub(super) found: Twins,
    pub(super) pictures: Vec<Rgb>,
}

impl Findings {
    /// Forgets what is told of the set called so: it was made anew.
    pub(super) fn forget_set(&mut self, name: &str) {
        self.audit = self.audit.take().filter(|audit| audit.set != name);
        self.swaps.retain(|swap| swap.set != name);
        self.twins.remove(name);
    }

    /// Forgets what was seen through one camera.
    pub(super) fn forget_camera(&mut self) {
        self.audit = None;
    }
}

/// Keeps an audit in place of the last; its first sentence.
pub(super) fn audited(document: &mut Document, found: Audited) -> String {
    let sentence = first(&found.sentences);
    document.findings.audit = Some(Arc::new(found));
    document.refresh();
    sentence
}

/// Keeps what came of exchanging a parameter; its first sentence.
pub(super) fn swapped(document: &mut Document, found: Swapped) -> String {
    let sentence = first(&found.sentences);
    let swaps = &mut document.findings.swaps;
    swaps.retain(|swap| (&swap.set, &swap.parameter) != (&found.set, &found.parameter));
    swaps.push(found);
    document.refresh();
    sentence
}

/// The first of some sentences; quotes are for the terminal.
fn first(sentences: &[String]) -> String {
    sentences.first().map(|sentence| sentence.replace('`', "")).unwrap_or_default()
}

/// Under what the picture of a pair that a set repeats is uploaded.
fn texture_name(set: &str, at: usize) -> String {
    format!("twins {at} of {set}")
}

impl Studio {
    /// Looks for what gives an outcome of one of the two sets away: of the other set, of the reference where there is no other.
    pub(super) fn audit_set(&mut self) {
        let Some(document) = &self.document else { return };
        let sets = document.compared().map(|set| set.map(|set| set.name.clone()));
        let Some((side, set)) = sets.into_iter().enumerate().rev().find_map(|(at, set)| Some((at, set?))) else {
            self.status = "There is no set to audit yet".to_owned();
            return;
        };
        let (bench, camera) = (self.bench(document), document.camera_of(side));
        tasks::audit(&mut self.jobs, bench, &set, camera);
    }

    /// Exchanges a parameter among the draws of the audited set.
    pub(super) fn swap(&mut self, parameter: String) {
        let Some(document) = &self.document else { return };
        let Some(audit) = &document.findings.audit else { return };
        let request = SwapRequest::of(audit.set.clone(), parameter);
        let bench = self.bench(document);
        tasks::swap(&mut self.jobs, bench, request);
    }

    /// Looks for pictures that the two sets repeat.
    pub(super) fn find_twins(&mut self) {
        let Some(document) = &self.document else { return };
        let sets: Vec<String> = document.compared().into_iter().flatten().map(|set| set.name.clone()).collect();
        if sets.is_empty() {
            self.status = "There is no set to look through yet".to_owned();
            return;
        }
        let bench = self.bench(document);
        tasks::find_twins(&mut self.jobs, bench, sets);
    }

    /// Takes in which pictures sets repeat.
    pub(super) fn take_in_twins(&mut self, ctx: &Context, all: &[Twinned]) {
        let Some(document) = &mut self.document else { return };
        let study = Arc::clone(document.study());
        let mut told = Vec::new();
        for Twinned { found, pictures } in all {
            // A set that is gone meanwhile is told of no more.
            let Some(set) = study.set(&found.set) else { continue };
            let mut upload =
                |(at, picture)| self.live.uploads.put(ctx, &texture_name(&found.set, at), theme::color_image(picture));
            let textures: Vec<TextureId> = pictures.iter().enumerate().map(&mut upload).collect();
            told.push(format!("{}: {}", found.set, first(&found.sentences())));
            document.findings.twins.insert(found.set.clone(), Arc::new(shown(set, found, &textures)));
        }
        self.status = told.join(" ");
    }
}

/// What the last audit says, where it was of one of the two sets.
pub(super) fn audit(document: &Document) -> Option<AuditView> {
    let found = document.findings.audit.as_deref()?;
    let is_shown = document.compared().into_iter().flatten().any(|set| set.name == found.set);
    let family = document.comparison.as_deref().map(|found| found.family.clone()).filter(|family| !family.is_empty());
    let family = family.unwrap_or_else(|| document.family().to_owned());
    let is_parameter = |name: &str| {
        let known = document.study().family(&family)?;
        known.parameters.iter().any(|parameter| parameter.name == name).then(|| (family.clone(), name.to_owned()))
    };
    // Each accusing sentence begins with what gives away.
    let accused =
        |sentence: &String| found.told().find(|one| sentence.starts_with(&format!("`{}` tells", one.candidate)));
    let told = |sentence: &String| Told {
        text: sentence.replace('`', ""),
        parameter: accused(sentence).and_then(|one| is_parameter(&one.candidate)),
    };
    let is_drawn = document.study().set(&found.set).is_some_and(|set| set.origin == Origin::Synthetic);
    is_shown.then(|| AuditView {
        set: found.set.clone(),
        told: found.sentences.iter().map(told).collect(),
        about: format!(
            "{} pairs of {} draws; {} cannot be judged",
            found.findings.len(),
            found.n_draws,
            found.untold.len()
        ),
        accuses: found.told().next().is_some(),
        parameters: if is_drawn { found.parameters.clone() } else { Vec::new() },
        swapped: moved(document, &found.set),
    })
}

/// What came of exchanging parameters among the draws of a set; quotes are for the terminal.
fn moved(document: &Document, set: &str) -> Vec<String> {
    let of = document.findings.swaps.iter().filter(|swap| swap.set == set);
    of.flat_map(|swap| &swap.sentences).map(|sentence| sentence.replace('`', "")).collect()
}

/// What each of the two sets repeats, where it was looked for.
pub(super) fn twins(document: &Document) -> [Option<Arc<TwinsView>>; 2] {
    document.compared().map(|set| document.findings.twins.get(&set?.name).map(Arc::clone))
}

/// What `set` repeats, as it is shown; `textures` are of the pairs that it repeats most.
fn shown(set: &SetRef, found: &Twins, textures: &[TextureId]) -> TwinsView {
    let is_held = |one: PictureId| set.held.contains(&one.episode);
    let words = |one: PictureId| {
        let what = if set.origin == Origin::Synthetic { "draw" } else { "episode" };
        let held = if is_held(one) { " (held back)" } else { "" };
        // people count frames from 1
        format!("{what} {} · frame {}{held}", one.episode, one.frame + 1)
    };
    let row = |(at, one): (usize, &Repeated)| RepeatRow {
        texture: textures.get(at).copied(),
        first: words(one.picture),
        others: match one.others {
            1 => words(one.twin),
            others => format!("{others} others, as {}", words(one.twin)),
        },
        frame: (!is_held(one.picture)).then_some((one.picture.episode, one.picture.frame)),
    };
    TwinsView {
        set: set.name.clone(),
        told: found.sentences(),
        about: about(found),
        rows: found.most_repeated.iter().enumerate().map(row).collect(),
    }
}

/// On what it stands.
fn about(found: &Twins) -> String {
    let every = match found.every {
        1 => "Every picture".to_owned(),
        2 => "Every second picture".to_owned(),
        every => format!("One picture in {every}"),
    };
    let within =
        found.within.map_or_else(String::new, |bits| format!("; hashes of twins differ in {bits} of 64 bits at most"));
    format!("{every} of the first camera{within}")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::base::{Silent, StreamKey, png};
    use crate::run::import::{self, ImportRequest};

    /// A picture of a take: noise of its own, so that others are no twins of it.
    fn put(root: &Path, take: u64, of: u64) {
        let folder = root.join(format!("take_{take}"));
        std::fs::create_dir_all(&folder).expect("a folder");
        let key = StreamKey::new(of, "findings");
        let mut picture = Rgb::black(32, 32);
        for (at, byte) in picture.bytes.iter_mut().enumerate() {
            *byte = (key.unit("block", at as u64 / 3 % 32 / 4 + at as u64 / 96 / 4 * 8) * 255.0) as u8;
        }
        std::fs::write(folder.join("0.png"), png::encode_rgb(&picture).expect("a picture")).expect("written");
    }

    #[test]
    fn what_is_held_back_is_told_of_and_not_drawn_and_a_set_made_anew_is_forgotten() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut document = Document::fresh(dir.path());
        let root = dir.path().join("takes");
        (0..6).for_each(|take| put(&root, take, take));
        let request = ImportRequest::of(root.clone(), 0.5);
        let stamp = crate::run::person::stamp(Some("tester"));
        let imported = import::import(&document.place, document.study(), &request, &stamp, &Silent).expect("taken in");
        document.keep(&imported.edit).expect("kept");
        document.choose_sets();
        let ([seen, ..], [one, two, three]) = (&imported.reference[..], &imported.held[..]) else { panic!("halves") };
        put(&root, *one, *seen);
        put(&root, *three, *two);
        let set_ref = document.study().set("takes").expect("in the study").clone();
        let twinned = tasks::twinned((&document.place, document.study()), "takes", &Silent).expect("looked");
        let twinned = twinned.expect("has pictures");
        let is_grey = |picture: &Rgb, from: usize| {
            let rows = picture.bytes.chunks_exact(picture.width as usize * 3);
            rows.flat_map(|row| &row[from..][..300]).all(|byte| *byte == 0x80)
        };
        let drawn: Vec<[bool; 2]> =
            twinned.pictures.iter().map(|one| [0, 600].map(|from| !is_grey(one, from))).collect();
        assert_eq!(drawn, [[true, false], [false, false]]);
        let view = shown(&set_ref, &twinned.found, &[]);
        document.findings.twins.insert("takes".to_owned(), Arc::new(view));
        let [Some(shown), None] = twins(&document) else { panic!("one set") };
        let rows: Vec<_> = shown.rows.iter().map(|row| (row.first.clone(), row.others.clone(), row.frame)).collect();
        let words = |id: &u64, held: &str| format!("episode {id} · frame 1{held}");
        let held = " (held back)";
        assert_eq!(rows[0], (words(seen, ""), words(one, held), Some((*seen, 0))));
        assert_eq!(rows[1], (words(two, held), words(three, held), None));
        assert!(shown.told[0].starts_with("2 of 6 pictures") && shown.told[1].starts_with("1 of 3 held"), "{shown:?}");
        document.findings.forget_set("takes");
        assert_eq!(twins(&document), [None, None]);
    }
}
