//! What was found out about single sets since the study is open: shortcuts, what exchanging a parameter moved, and twins.
//!
//! Deliberately not here: the looking itself ([`crate::run`]), and what was found of two sets, which the comparison keeps.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{Context, TextureId};

use crate::app::theme;
use crate::app::view::{AuditView, RepeatRow, Told, TwinsView};
use crate::base::Rgb;
use crate::base::text::unquoted;
use crate::data::Origin;
use crate::run::audit::Audited;
use crate::run::compare;
use crate::run::place::Place;
use crate::run::swap::{SwapRequest, Swapped};
use crate::run::twins::{PictureId, Repeated, Twins};
use crate::study::{SetRef, Study};

use super::document::Document;
use super::{Studio, tasks};

/// All that is shown of it.
#[derive(Default)]
pub(super) struct Findings {
    /// The last shortcut audit.
    audit: Option<Arc<Audited>>,
    /// What came of exchanging parameters among draws.
    swaps: Vec<Swapped>,
    /// Pictures that sets repeat, by the set's name and the position of the camera.
    twins: BTreeMap<String, BTreeMap<usize, Arc<TwinsView>>>,
}

/// What was found of a set, with what the set was before it was looked at.
pub(super) struct Dated<T> {
    pub(super) found: T,
    /// [`compare::identity`] of the set.
    pub(super) identity: String,
}

/// Twins of a set, with a picture of each pair that it repeats most.
pub(super) struct Twinned {
    pub(super) found: Twins,
    /// Position of the camera that was looked through.
    pub(super) camera: usize,
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

/// The set called so, where it is what it was; else why nothing that was found of it is shown, in a sentence.
fn as_it_was<'a>((place, study): (&Place, &'a Study), name: &str, identity: &str) -> Result<&'a SetRef, String> {
    match study.set(name) {
        Some(set) if compare::identity(place, set) == identity => Ok(set),
        Some(_) => Err(format!(
            "{name} was made anew while it was looked at: what was found of the one before is left out, so look again."
        )),
        None => Err(format!("{name} is no longer in the study: what was found of it is left out.")),
    }
}

/// Keeps an audit in place of the last, where its set is still the one that was audited; a sentence on it.
pub(super) fn audited(document: &mut Document, Dated { found, identity }: Dated<Audited>) -> String {
    if let Err(why) = as_it_was((&document.place, document.study()), &found.set, &identity) {
        return why;
    }
    let sentence = first(&found.sentences);
    document.findings.audit = Some(Arc::new(found));
    document.refresh();
    sentence
}

/// Keeps what came of exchanging a parameter, where the set is still the one that it was exchanged in; a sentence on it.
pub(super) fn swapped(document: &mut Document, Dated { found, identity }: Dated<Swapped>) -> String {
    if let Err(why) = as_it_was((&document.place, document.study()), &found.set, &identity) {
        return why;
    }
    let sentence = first(&found.sentences);
    let swaps = &mut document.findings.swaps;
    swaps.retain(|swap| (&swap.set, &swap.parameter) != (&found.set, &found.parameter));
    swaps.push(found);
    document.refresh();
    sentence
}

/// Keeps which pictures sets repeat, of each set that is still the one that was looked through; a sentence on each. `upload` brings a
/// picture under a name to where it is drawn.
fn twins_found(
    document: &mut Document,
    all: &[Dated<Twinned>],
    mut upload: impl FnMut(&str, &Rgb) -> TextureId,
) -> Vec<String> {
    let study = Arc::clone(document.study());
    let mut told = Vec::new();
    for Dated { found: Twinned { found, camera, pictures }, identity } in all {
        let set = match as_it_was((&document.place, &study), &found.set, identity) {
            Ok(set) => set,
            Err(why) => {
                told.push(why);
                continue;
            }
        };
        let name = |at: usize| format!("twins {at} of {} through {camera}", found.set);
        let textures: Vec<TextureId> =
            pictures.iter().enumerate().map(|(at, picture)| upload(&name(at), picture)).collect();
        told.push(format!("{}: {}", found.set, first(&found.sentences())));
        let view = Arc::new(shown(set, found, &textures));
        document.findings.twins.entry(found.set.clone()).or_default().insert(*camera, view);
    }
    told
}

/// The first of some sentences.
fn first(sentences: &[String]) -> String {
    sentences.first().map(|sentence| unquoted(sentence)).unwrap_or_default()
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

    /// Looks for pictures that the two sets repeat, each through the camera that its side shows.
    pub(super) fn find_twins(&mut self) {
        let Some(document) = &self.document else { return };
        let sides = looked_through(document);
        if sides.is_empty() {
            self.status = "There is no set to look through yet".to_owned();
            return;
        }
        let bench = self.bench(document);
        tasks::find_twins(&mut self.jobs, bench, sides);
    }

    /// Takes in which pictures sets repeat.
    pub(super) fn take_in_twins(&mut self, ctx: &Context, all: &[Dated<Twinned>]) {
        let Some(document) = &mut self.document else { return };
        let uploads = &mut self.live.uploads;
        let told = twins_found(document, all, |name, picture| uploads.put(ctx, name, theme::color_image(picture)));
        if !told.is_empty() {
            self.status = told.join(" ");
        }
    }
}

/// The sets that stand beside each other, each with the position of the camera that its side shows.
fn looked_through(document: &Document) -> Vec<(String, usize)> {
    let sides = document.compared().into_iter().enumerate();
    sides.filter_map(|(side, set)| Some((set?.name.clone(), document.camera_of(side)))).collect()
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
        text: unquoted(sentence),
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
    of.flat_map(|swap| &swap.sentences).map(|sentence| unquoted(sentence)).collect()
}

/// What each of the two sets repeats through the camera that is shown, where it was looked for.
pub(super) fn twins(document: &Document) -> [Option<Arc<TwinsView>>; 2] {
    let sets = document.compared();
    [0, 1].map(|side| {
        let of_set = document.findings.twins.get(&sets[side]?.name)?;
        of_set.get(&document.camera_of(side)).map(Arc::clone)
    })
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
        told: found.sentences().iter().map(|sentence| unquoted(sentence)).collect(),
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
    let of_camera = if found.n_cameras > 1 { format!(" of {}", found.camera) } else { String::new() };
    format!("{every}{of_camera}{within}")
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::base::{Silent, StreamKey, png};
    use crate::run::import::{self, ImportRequest, Imported};
    use crate::study::Edit;

    /// A picture of a take: noise of its own, so that others are no twins of it.
    fn put(root: &Path, take: u64, of: u64) {
        put_as(&root.join(format!("take_{take}/0.png")), of);
    }

    fn put_as(file: &Path, of: u64) {
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        let key = StreamKey::new(of, "findings");
        let mut picture = Rgb::black(32, 32);
        for (at, byte) in picture.bytes.iter_mut().enumerate() {
            *byte = (key.unit("block", at as u64 / 3 % 32 / 4 + at as u64 / 96 / 4 * 8) * 255.0) as u8;
        }
        std::fs::write(file, png::encode_rgb(&picture).expect("a picture")).expect("written");
    }

    /// A study with the set in the folder `takes`, half of it held back.
    fn taken_in(dir: &Path) -> (Document, Imported) {
        let mut document = Document::fresh(dir);
        let request = ImportRequest::of(dir.join("takes"), 0.5);
        let stamp = crate::run::person::stamp(Some("tester"));
        let imported = import::import(&document.place, document.study(), &request, &stamp, &Silent).expect("taken in");
        document.keep(&imported.edit).expect("kept");
        document.choose_sets();
        (document, imported)
    }

    fn twinned(document: &Document, camera: usize) -> Dated<Twinned> {
        let found = tasks::twinned((&document.place, document.study()), ("takes", camera), &Silent).expect("looked");
        found.expect("has pictures")
    }

    fn upload(_: &str, _: &Rgb) -> TextureId {
        TextureId::default()
    }

    #[test]
    fn what_is_held_back_is_told_of_and_not_drawn_and_a_set_made_anew_is_forgotten() {
        let dir = tempfile::tempdir().expect("a folder");
        let root = dir.path().join("takes");
        (0..6).for_each(|take| put(&root, take, take));
        let (mut document, imported) = taken_in(dir.path());
        let ([seen, ..], [one, two, three]) = (&imported.reference[..], &imported.held[..]) else { panic!("halves") };
        put(&root, *one, *seen);
        put(&root, *three, *two);
        let twinned = twinned(&document, 0);
        let is_grey = |picture: &Rgb, from: usize| {
            let rows = picture.bytes.chunks_exact(picture.width as usize * 3);
            rows.flat_map(|row| &row[from..][..300]).all(|byte| *byte == 0x80)
        };
        let pictures = &twinned.found.pictures;
        let drawn: Vec<[bool; 2]> = pictures.iter().map(|one| [0, 600].map(|from| !is_grey(one, from))).collect();
        assert_eq!(drawn, [[true, false], [false, false]]);
        twins_found(&mut document, &[twinned], upload);
        let [Some(shown), None] = twins(&document) else { panic!("one set") };
        let rows: Vec<_> = shown.rows.iter().map(|row| (row.first.clone(), row.others.clone(), row.frame)).collect();
        let words = |id: &u64, held: &str| format!("episode {id} · frame 1{held}");
        let held = " (held back)";
        assert_eq!(rows[0], (words(seen, ""), words(one, held), Some((*seen, 0))));
        assert_eq!(rows[1], (words(two, held), words(three, held), None));
        assert!(
            shown.told[0].starts_with("2 of 6 pictures are") && shown.told[1].starts_with("1 of 3 held"),
            "{shown:?}"
        );
        assert!(shown.about.starts_with("Every picture; "), "one camera is not named: {shown:?}");
        document.findings.forget_set("takes");
        assert_eq!(twins(&document), [None, None]);
    }

    #[test]
    fn a_set_is_looked_through_the_camera_that_its_side_shows() {
        let dir = tempfile::tempdir().expect("a folder");
        let root = dir.path().join("takes");
        for take in 0..6 {
            // Boards of which none is like another, and one template of all.
            put_as(&root.join(format!("take_{take}/0_test.png")), take);
            put_as(&root.join(format!("take_{take}/0_temp.png")), 9);
            std::fs::create_dir_all(root.join(format!("take_{take}_not"))).expect("a folder");
            std::fs::write(root.join(format!("take_{take}_not/0.txt")), "1 1 3 4 6\n").expect("written");
        }
        let (mut document, imported) = taken_in(dir.path());
        let set = Arc::new(imported.set);
        document.sets.insert("takes".to_owned(), Ok(Arc::clone(&set)));
        assert_eq!(looked_through(&document), [("takes".to_owned(), 0)]);
        document.beside.cameras[0] = 1;
        assert_eq!(looked_through(&document), [("takes".to_owned(), 1)]);
        let of_template = twinned(&document, 1);
        let Twinned { found, pictures, .. } = &of_template.found;
        let at = set.position(found.most_repeated[0].picture.episode).expect("an episode");
        let row = |camera: usize| {
            let picture = set.frame(camera, at, 0).expect("a picture").resized(192, 144);
            picture.bytes[..192 * 3].to_vec()
        };
        assert_ne!(row(0), row(1));
        assert_eq!(pictures[0].bytes[..192 * 3], row(1), "what is drawn is of that camera, too");
        twins_found(&mut document, &[of_template], upload);
        let [Some(shown), None] = twins(&document) else { panic!("one set") };
        assert!(shown.told[0].starts_with("5 of 6 pictures of template are nearly the same"), "{shown:?}");
        assert!(shown.told[1].starts_with("3 of 3 held pictures of template have"), "{shown:?}");
        assert!(shown.about.starts_with("Every picture of template; "), "{shown:?}");
        document.beside.cameras[0] = 0;
        assert_eq!(twins(&document), [None, None], "through the other camera nothing was looked for");
        let of_boards = twinned(&document, 0);
        twins_found(&mut document, &[of_boards], upload);
        let [Some(boards), None] = twins(&document) else { panic!("one set") };
        assert!(boards.told[0].starts_with("0 of 6 pictures of test are nearly the same"), "{boards:?}");
        document.beside.cameras[0] = 1;
        assert_eq!(twins(&document), [Some(shown), None], "and what was found before is still there");
    }

    /// An audit of the set, and what came of a swap in it, as if they had begun now.
    fn others(document: &Document) -> (Dated<Audited>, Dated<Swapped>) {
        let set = document.study().set("takes").expect("in the study");
        let identity = compare::identity(&document.place, set);
        let audited = Audited {
            set: set.name.clone(),
            n_draws: 3,
            findings: Vec::new(),
            untold: Vec::new(),
            sentences: vec!["Nothing tells `end`.".to_owned()],
            held_fixed: BTreeMap::new(),
            parameters: Vec::new(),
            file: PathBuf::new(),
        };
        let swapped = Swapped {
            format: "worldproof swap 1".to_owned(),
            set: set.name.clone(),
            parameter: "lamp".to_owned(),
            draws: 4,
            refused: 0,
            turned: 0,
            measures: Vec::new(),
            statistics: Vec::new(),
            sentences: vec!["`lamp` moves nothing.".to_owned()],
            each: Vec::new(),
        };
        (Dated { found: audited, identity: identity.clone() }, Dated { found: swapped, identity })
    }

    #[test]
    fn what_was_found_of_a_set_that_was_made_anew_meanwhile_is_left_out_and_told() {
        let dir = tempfile::tempdir().expect("a folder");
        let root = dir.path().join("takes");
        (0..6).for_each(|take| put(&root, take, take));
        let (mut document, _) = taken_in(dir.path());
        let is_shown = |document: &Document| {
            [twins(document)[0].is_some(), audit(document).is_some(), !moved(document, "takes").is_empty()]
        };
        let take_in = |document: &mut Document, all: (Dated<Twinned>, (Dated<Audited>, Dated<Swapped>))| {
            let (twinned, (one, other)) = all;
            let told = twins_found(document, &[twinned], upload);
            let [told] = &told[..] else { panic!("one set: {told:?}") };
            [told.clone(), audited(document, one), swapped(document, other)]
        };
        let begun = |document: &Document| (twinned(document, 0), others(document));
        let [before, again, once_more, last] = [(); 4].map(|()| begun(&document));
        let [told, audited, swapped] = take_in(&mut document, before);
        assert!(told.starts_with("takes: 0 of 6 pictures are nearly the same"), "{told}");
        assert_eq!([audited, swapped], ["Nothing tells end.", "lamp moves nothing."]);
        assert_eq!(is_shown(&document), [true; 3], "it is still the set that was looked at");
        let left_out = |document: &mut Document, all| {
            document.findings.forget_set("takes");
            for told in take_in(document, all) {
                assert!(told.starts_with("takes was made anew while it was looked at"), "{told}");
            }
            assert_eq!(is_shown(document), [false; 3], "what was found is of the one before");
        };
        // What a generated set says of itself is written anew with it.
        std::fs::write(root.join("set.json"), "{}").expect("written");
        left_out(&mut document, again);
        std::fs::remove_file(root.join("set.json")).expect("removed");
        // One that is taken in anew has another digest.
        let set = document.study().set("takes").expect("in the study").clone();
        document.keep(&Edit::PutSet(SetRef { digest: Some("another".to_owned()), ..set })).expect("kept");
        left_out(&mut document, once_more);
        let anew = begun(&document);
        take_in(&mut document, anew);
        assert_eq!(is_shown(&document), [true; 3], "what is found of it now is shown");
        document.keep(&Edit::RemoveSet("takes".to_owned())).expect("removed");
        for told in take_in(&mut document, last) {
            assert!(told.starts_with("takes is no longer in the study"), "{told}");
        }
    }
}
