//! What workers and jobs finished, taken in once a frame.

use std::sync::Arc;

use eframe::egui;

use crate::app::author::{Boundary, Change};
use crate::app::jobs::JobEvent;
use crate::app::view::{Banner, MapLayout};
use crate::app::widgets::frame_times;
use crate::app::{difference, theme};
use crate::base::text::unquoted;
use crate::family::Mapping;
use crate::gate::{Decision, Verdict};
use crate::run::RunError;
use crate::run::compare::{Comparison, Neighbourhood};
use crate::run::export::Exported;
use crate::run::generate::Generated;
use crate::run::import::Imported;

use super::beside::{DifferenceLook, Pairer, SIDES};
use super::document::Document;
use super::lab::LabOutcome;
use super::lerobot;
use super::map::MapState;
use super::tasks::{self, Outcome, Purpose};
use super::{Studio, act_author, findings, live, pairs};

impl Studio {
    /// Takes in finished jobs and newer answers.
    pub(super) fn take_in(&mut self, ctx: &egui::Context) {
        if let Ok(preview) = &mut self.live.preview
            && preview.poll()
            && let Some(Ok(shown)) = preview.last()
        {
            for (at, name) in live::FACES.into_iter().enumerate() {
                if let Some(one) = shown.coloured(at) {
                    self.live.uploads.put(ctx, name, Arc::clone(&one.image));
                }
            }
            self.live.took.push_back(shown.took);
            if self.live.took.len() > frame_times::KEPT {
                self.live.took.pop_front();
            }
            self.live.good = Some(shown.clone());
        }
        for sheet in [&mut self.live.sheet, &mut self.live.pins].into_iter().flatten() {
            sheet.poll();
        }
        if let Ok(accepted) = &mut self.live.accepted {
            accepted.poll();
        }
        self.take_in_pair(ctx);
        for event in self.jobs.poll() {
            if let Some(document) = &mut self.document {
                document.lab.ended(&event);
            }
            match event {
                JobEvent::Done { outcome, notes, title, .. } => {
                    if let Some(note) = notes.first() {
                        let more = notes.len() - 1;
                        let rest = if more > 0 { format!(" (and {more} more)") } else { String::new() };
                        self.status = format!("{}: {}{rest}", note.about, note.text);
                    } else {
                        self.status = format!("{title}: done");
                    }
                    self.finished(ctx, outcome);
                }
                JobEvent::Failed { title, error, .. } => self.complain(format!("{title}: {error}")),
                JobEvent::Cancelled { title, .. } => {
                    self.status = format!("{title}: cancelled, nothing was left behind");
                }
            }
        }
        if let Some(error) = self.live.gpu.take_errors().into_iter().next() {
            self.complain(format!(
                "While drawing, {error}. The study is untouched; reopen it if the preview stays still."
            ));
        }
    }

    fn take_in_pair(&mut self, ctx: &egui::Context) {
        if self.live.pairer.as_mut().is_ok_and(Pairer::poll) {
            if let (Some(pairing), Some(document)) = (self.paired(), &mut self.document) {
                document.pair = document.pair.min(pairing.pairs.len().saturating_sub(1));
            }
            self.draw_pairs();
        }
        self.take_in_peek(ctx);
        if let Ok(prober) = &mut self.live.prober {
            prober.poll();
        }
        let Ok(loader) = &mut self.live.pairs else { return };
        let newer = loader.poll();
        let Some(shown) = loader.last() else { return };
        if newer {
            for (name, side) in SIDES.into_iter().zip(&shown.sides) {
                if let Some(Ok(side)) = side {
                    self.live.uploads.put(ctx, name, theme::color_image(&side.pixels));
                }
            }
        }
        let Some(look) = DifferenceLook::of(&self.shell.compare) else { return };
        let wanted = (shown.ask.clone(), look);
        if self.live.difference.as_ref() != Some(&wanted) {
            let [reference, other] = shown.sides.each_ref().map(|side| pixels(side.as_ref()));
            let gain = self.shell.compare.gain;
            let image = reference.zip(other).and_then(|(reference, other)| match look.map {
                Some(map) => difference::heat_image(reference, other, gain, map),
                None => difference::difference_image(reference, other, gain),
            });
            if let Some(image) = image {
                self.live.uploads.put(ctx, "difference", image);
                self.live.difference = Some(wanted);
            }
        }
    }

    fn finished(&mut self, ctx: &egui::Context, outcome: Outcome) {
        match outcome {
            Outcome::Thumbnails(key, pictures) => {
                for (at, picture) in pictures.iter().enumerate() {
                    self.live.uploads.put(ctx, &format!("pair {at}"), theme::color_image(picture));
                }
                self.live.thumbnails = Some((key, pictures.len()));
                // The choice of sets may have changed meanwhile.
                self.draw_pairs();
            }
            Outcome::Picked(purpose, Some(path)) => self.picked(purpose, path),
            Outcome::Picked(purpose, None) => {
                let cure = "if no dialog appeared, type the path, or install xdg-desktop-portal or zenity";
                let is_file = match purpose {
                    Purpose::Thing(..) | Purpose::RealPicture | Purpose::Calibration(_) => true,
                    Purpose::Field(at) => self.dialog.as_mut().is_some_and(|dialog| dialog.endings(at).is_some()),
                    Purpose::VerifyPack => false,
                };
                let what = if is_file { "file" } else { "folder" };
                self.status = format!("No {what} was chosen; {cure}");
            }
            Outcome::Brought(bringing) => self.brought(*bringing),
            Outcome::Twins(all) => self.take_in_twins(ctx, &all),
            Outcome::Lab(LabOutcome::Picture(folder, picture, read)) => {
                self.take_in_picture(ctx, (&folder, picture), read);
            }
            Outcome::Lab(LabOutcome::Lit(to, told)) => {
                if let Some(document) = &mut self.document {
                    document.lit(&to, told);
                }
            }
            other => {
                let Some(document) = &mut self.document else { return };
                match take_into(document, other) {
                    Ok(Some(status)) => self.status = status,
                    Ok(None) => {}
                    Err(error) => self.banner = Some(Banner { text: error, cure: None }),
                }
                self.open_sets();
                self.draw_pairs();
            }
        }
    }

    /// Opens sets of the study that are not open yet.
    pub(super) fn open_sets(&mut self) {
        let Some(document) = &mut self.document else { return };
        let study = Arc::clone(document.study());
        for (at, set) in study.sets.iter().enumerate() {
            if !document.sets.contains_key(&set.name) {
                document.sets.insert(set.name.clone(), Err(OPENING.to_owned()));
                // One kind a set: they open beside each other.
                tasks::open_set(&mut self.jobs, &document.place, set, OPEN_KINDS[at % OPEN_KINDS.len()]);
            }
        }
    }
}

/// What stands for a set that is not open yet.
pub(super) const OPENING: &str = "the set is being opened";

/// Sets that may open at the same time.
const OPEN_KINDS: [&str; 8] = ["open 1", "open 2", "open 3", "open 4", "open 5", "open 6", "open 7", "open 8"];

fn pixels(side: Option<&Result<pairs::SideShown, String>>) -> Option<&crate::base::Rgb> {
    side?.as_ref().ok().map(|side| &*side.pixels)
}

/// What an act left, put into the document; a sentence for the status line.
fn take_into(document: &mut Document, outcome: Outcome) -> Result<Option<String>, String> {
    let text = |err: RunError| err.to_string();
    let status = match outcome {
        Outcome::Opened(name, set) => {
            document.sets.insert(name, Ok(set));
            return Ok(None);
        }
        Outcome::OpenFailed(name, error) => {
            document.sets.insert(name.clone(), Err(error.clone()));
            return Err(format!("{name}: {error}"));
        }
        Outcome::Generated(made) => generated(document, &made).map_err(text)?,
        Outcome::Imported(made) => imported(document, &made).map_err(text)?,
        Outcome::Compared(found) => compared(document, *found),
        Outcome::Audited(found) => findings::audited(document, *found),
        Outcome::Swapped(found) => findings::swapped(document, *found),
        Outcome::LaidOut(found, laid) => laid_out(document, &found, laid),
        Outcome::Sealed(sealed) => {
            document.keep(&sealed.edit).map_err(text)?;
            // A verdict from before the seal says nothing about it.
            document.verdict = None;
            format!("Sealed {} episodes; only the gate opens them from now on", sealed.n_episodes)
        }
        Outcome::SealChecked(name, found) => {
            document.refresh();
            if !found.intact {
                return Err(format!("The seal on {name} is broken: {}", found.sentences.join("; ")));
            }
            let holds = format!("The seal on {name} holds: {} items unchanged", found.n_items);
            unquoted(&std::iter::once(holds).chain(found.unsealed).collect::<Vec<_>>().join("; "))
        }
        Outcome::Judged(verdict) => judged(document, *verdict),
        Outcome::Exported(made) => exported(document, *made),
        // Of another study, it stands where it was wanted and nothing is to be told here.
        Outcome::Lerobot(folder, made) if folder == document.place.folder => lerobot::written(document, made),
        Outcome::PackVerified(pack, checked) => {
            let bad =
                checked.checks.iter().find(|check| !check.ok).map(|check| format!("{}: {}", check.name, check.detail));
            document.pack = Some((pack, Some(checked)));
            return bad.map_or_else(|| Ok(Some("The pack is whole".to_owned())), Err);
        }
        Outcome::Bounded(family, found) => return Ok(bounded(document, family, &found)),
        Outcome::Columns(folder, family, mapping) if folder == document.place.folder => {
            return columns(document, &family, *mapping);
        }
        Outcome::FitsCompared(changed) => {
            let status = changed.first().map(|one| format!("A parameter {}", one.text));
            document.tell_changed(changed);
            return Ok(status);
        }
        Outcome::Lab(answer) => return Ok(document.lab.take_in(answer)),
        Outcome::Reported(file) => format!("Wrote {}", file.display()),
        Outcome::Thumbnails(..)
        | Outcome::Picked(..)
        | Outcome::Brought(_)
        | Outcome::Twins(_)
        | Outcome::Lerobot(..)
        | Outcome::Columns(..) => return Ok(None),
    };
    Ok(Some(status))
}

/// Keeps where a new pack lies.
fn exported(document: &mut Document, made: Exported) -> String {
    let name = made.pack.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    document.pack = Some((made.pack, None));
    document.refresh();
    format!("Wrote {name} with {} frames", made.n_frames)
}

/// Puts a new set into the study and chooses it.
fn generated(document: &mut Document, made: &Generated) -> Result<String, RunError> {
    if let crate::study::Edit::PutSet(set) = &made.edit {
        document.sets.remove(&set.name);
        document.findings.forget_set(&set.name);
        document.lab.forget_set(&set.name);
        document.synthetic = Some(set.name.clone());
    }
    document.keep(&made.edit)?;
    let remarks = made.remarks.iter().fold(String::new(), |text, remark| text + "; " + remark);
    Ok(format!("{} draws, {} frames, {} with the rare event{remarks}", made.n_draws, made.n_frames, made.n_rare))
}

/// Puts a set that was taken in into the study and chooses it.
fn imported(document: &mut Document, made: &Imported) -> Result<String, RunError> {
    let Imported { name, reference, held, .. } = made;
    document.sets.remove(name);
    document.findings.forget_set(name);
    document.lab.forget_set(name);
    document.real = Some(name.clone());
    document.keep(&made.edit)?;
    Ok(format!("{name}: {} episodes visible, {} held back", reference.len(), held.len()))
}

/// Shows a comparison; its first sentence.
fn compared(document: &mut Document, found: Comparison) -> String {
    let sentence = found.sentences.first().cloned().unwrap_or_default();
    document.metric = None;
    document.comparison = Some(Arc::new(found));
    document.map = MapState::default();
    document.refresh();
    sentence
}

/// Takes in the map by neighbourhood, where its comparison is still shown.
fn laid_out(document: &mut Document, found: &Arc<Comparison>, laid: Option<Neighbourhood>) -> String {
    if !document.comparison.as_ref().is_some_and(|shown| Arc::ptr_eq(shown, found)) {
        return String::new();
    }
    let Some(laid) = laid else {
        document.map.layout = MapLayout::Plane;
        return "There are too few frames to lay out by neighbourhood; compare more of them".to_owned();
    };
    let told = match laid.dots.len() - laid.laid_out {
        0 => "Frames that look alike lie together".to_owned(),
        placed => format!("{placed} of {} frames were placed among those that were laid out", laid.dots.len()),
    };
    document.map.neighbourhood = Some(laid);
    told
}

/// Goes to the side of the boundary that the search began with, where the family is still shown.
fn bounded(document: &mut Document, family: String, found: &Boundary) -> Option<String> {
    if document.family() != family {
        return None;
    }
    let rare_event = document.shown_family().map_or_else(String::new, |family| family.rare_event.clone());
    if let Some(side) = found.sides.first() {
        document.pin_all(&act_author::label(found), &side.values);
    }
    document.parameter = Some(found.parameter.clone());
    document.boundary = Some((family, found.clone()));
    Some(format!("{}; Shift+X shows the other side", found.sentence(&rare_event)))
}

/// Takes names of columns into the family that they were read for, if it is still shown.
fn columns(document: &mut Document, family: &str, names: Mapping) -> Result<Option<String>, String> {
    let Some(shown) = document.shown_family().filter(|shown| shown.id == family) else { return Ok(None) };
    let mapping = names.filled(shown.mapping.as_ref());
    let elements = mapping.features.iter().flat_map(|feature| &feature.elements);
    let open = elements.filter(|element| element.is.is_empty()).count();
    let said = match open {
        0 => format!("The columns of `{family}` are those of the set"),
        1 => "One element is to be said: how it follows from the signals of a state".to_owned(),
        open => format!("{open} elements are to be said: how each follows from the signals of a state"),
    };
    act_author::change_family(document, &Change::SetMapping(Some(Box::new(mapping))), None)?;
    Ok(Some(said))
}

/// Shows the verdict; its word with the first reason.
fn judged(document: &mut Document, verdict: Verdict) -> String {
    let word = verdict.decision.word();
    let why = verdict.reasons.first().cloned().unwrap_or_default();
    let shown = if verdict.decision == Decision::Accept { word.to_owned() } else { format!("{word}: {why}") };
    document.verdict = Some(verdict);
    document.refresh();
    shown
}
