//! Questions before acts: a form that asks for values, or a confirmation of what cannot be undone.

use std::path::PathBuf;

use crate::app::author::free;
use crate::app::many::Pool;
use crate::app::view::{Confirm, Field, FieldKind, Form};
use crate::data::Folders;
use crate::run::export::ExportRequest;
use crate::run::import::ImportRequest;

use super::document::Document;
use super::{compare_form, generate_form};

/// What folders of pictures can be, in words.
const FOLDERS: [&str; 2] = ["Recordings, an episode each", "Classes of their pictures"];

/// The open question.
pub(super) enum Dialog {
    /// Values for a new study.
    NewStudy(Form),
    /// Values for a set to generate.
    Generate(Generating, Form),
    /// Values for taking a real set in.
    Import(Form),
    /// Values for a pack of this pair (real, synthetic).
    Export(String, String, Form),
    /// How this pack becomes a LeRobot set.
    Lerobot(PathBuf, Form),
    /// Which of the cameras of this file the family called so takes.
    Calibration(String, PathBuf, Form),
    /// Id and title of a variant of this family.
    NewVariant(String, Form),
    /// What is said of which episodes of which set.
    Condition(Form),
    /// How closely the two sets are compared, and on what; fields about a network where none is wanted.
    CompareHow(Form, Vec<Field>),
    /// Where to write the study.
    SaveAs(Form),
    /// Which study to open.
    OpenStudy(Form),
    /// Whether to seal this set.
    Seal(String, Confirm),
    /// Whether to let the gate judge this pair (real, synthetic).
    Gate(String, String, Confirm),
    /// Whether to leave unsaved edits behind; what follows then.
    Leave(Leaving, Confirm),
}

/// What a set is generated from.
pub(super) struct Generating {
    /// The family.
    pub(super) family: String,
    /// What tells its events apart, as the field takes it; empty where nothing suggests itself.
    pub(super) axes: String,
}

/// What waits behind unsaved edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    /// The window closes.
    Quit,
    /// Another study opens.
    Open(PathBuf),
    /// A new study is made.
    New,
}

/// A field that stands in a form.
pub(super) fn field(label: &str, value: String, hint: &str, unit: &str, kind: FieldKind) -> Field {
    let (label, hint, unit) = (label.to_owned(), hint.to_owned(), unit.to_owned());
    Field { label, value, hint, unit, kind, missing: String::new() }
}

/// A form without a complaint.
pub(super) fn form(title: &str, lines: &[&str], fields: Vec<Field>, act: &str) -> Form {
    let lines = lines.iter().map(|line| (*line).to_owned()).collect();
    Form { title: title.to_owned(), lines, fields, act: act.to_owned(), error: None }
}

impl Dialog {
    /// Asks for a new study's folder and seed.
    pub(super) fn new_study(folder: String) -> Self {
        let fields = vec![
            field("Folder", folder, "A folder that does not hold a study yet", "", FieldKind::Path),
            field("Seed", "1".to_owned(), "Every random number follows from it", "", FieldKind::Number),
        ];
        Self::NewStudy(form("New study", &["Makes the folder with an example family in it."], fields, "Make study"))
    }

    /// Asks what a variant of the shown family is called.
    pub(super) fn new_variant(document: &Document) -> Option<Self> {
        let base = document.shown_family()?;
        let id = free(&format!("{}_2", base.id), |id| document.study().family(id).is_none());
        let fields = vec![
            field("Id", id, "Lower-case letters, digits, - and _; the file's name", "", FieldKind::Text),
            field("Title", format!("{}, variant", base.title), "In a few words", "", FieldKind::Text),
        ];
        let line = format!("Everything is {}'s and follows it; what you change is the variant's own.", base.id);
        Some(Self::NewVariant(base.id.clone(), form("New variant", &[&line], fields, "Make variant")))
    }

    /// Asks how much to generate; `pool` knows how far quantities go.
    pub(super) fn generate(document: &Document, pool: Option<&Pool>) -> Option<Self> {
        let family = document.shown_family()?;
        let taken = |name: &str| document.study().set(name).is_some() || document.place.set_folder(name).exists();
        let name = (1..1000).map(|at| format!("{}_{at}", family.id)).find(|name| !taken(name))?;
        let axes = generate_form::told_apart(family, pool);
        let form = generate_form::form(name, document.sheet_from, &axes);
        Some(Self::Generate(Generating { family: family.id.clone(), axes }, form))
    }

    /// Asks how to take a real set in.
    pub(super) fn import(path: &str) -> Self {
        let fields = vec![
            field(
                "Dataset",
                path.to_owned(),
                "A LeRobot or RLDS folder, recordings, pictures or videos",
                "",
                FieldKind::Path,
            ),
            field("Name", String::new(), "The folder's name where left empty", "", FieldKind::Text),
            field(
                "Held back for the seal",
                "34".to_owned(),
                "Share of the episodes that nobody looks at; 0 to look at all",
                "%",
                FieldKind::Number,
            ),
            field(
                "Folders of pictures",
                FOLDERS[0].to_owned(),
                "Where they are classes, each picture stands for itself",
                "",
                FieldKind::Choice(FOLDERS.map(str::to_owned).to_vec()),
            ),
        ];
        let lines =
            ["Files stay where they are.", "Episodes are split whole into a visible reference and a held half."];
        Self::Import(form("Take in a real dataset", &lines, fields, "Take in"))
    }

    /// Asks what is said of which episodes of the sets called so; `episode` is the shown one of the first.
    pub(super) fn condition(sets: Vec<String>, episode: u64) -> Option<Self> {
        let first = sets.first()?.clone();
        let fields = vec![
            field("Set", first, "", "", FieldKind::Choice(sets)),
            field("Condition", String::new(), "One word: light, camera, operator", "", FieldKind::Text),
            field("Value", String::new(), "dim; left empty, what was said is taken back", "", FieldKind::Text),
            field("Episodes", episode.to_string(), "0, 3, 7-12", "", FieldKind::Text),
        ];
        let lines = ["Sets that share a condition can be matched on it.", "Each episode keeps the value said last."];
        Some(Self::Condition(form("Say a condition", &lines, fields, "Say")))
    }

    /// Asks for a pack's name.
    pub(super) fn export(document: &Document) -> Option<Self> {
        let (real, made) = (document.real.clone()?, document.synthetic.clone()?);
        let word = document.verdict.as_ref()?.decision.word();
        let name = format!("{made}_pack");
        let fields = vec![field("Name", name, "The verdict is added to the folder's name", "", FieldKind::Text)];
        let line = format!("Writes frames, labels, draws, card, ledger and signature. It is stamped {word}.");
        Some(Self::Export(real, made, form("Export pack", &[&line], fields, "Export")))
    }

    /// Asks which study to open; the path can be typed where no system dialog runs.
    pub(super) fn open_study(recent: Option<PathBuf>) -> Self {
        let folder = recent.map_or_else(String::new, |folder| folder.display().to_string());
        let fields = vec![field("Folder", folder, "A folder with a study.ron", "", FieldKind::Path)];
        Self::OpenStudy(form("Open study", &[], fields, "Open"))
    }

    /// Asks where to write the study.
    pub(super) fn save_as(folder: String) -> Self {
        let fields = vec![field("Folder", folder, "A folder that does not hold a study yet", "", FieldKind::Path)];
        let lines = ["Copies the whole study, ledger and seals included; this window goes on with the copy."];
        Self::SaveAs(form("Save study as", &lines, fields, "Save"))
    }

    /// Asks before sealing.
    pub(super) fn seal(document: &Document) -> Option<Self> {
        let set = document.real_ref().filter(|set| set.sealed.is_none() && !set.held.is_empty())?;
        let confirm = Confirm {
            title: format!("Seal the held half of {}", set.name),
            lines: vec![
                format!("{} held episodes are digested and signed with your key.", set.held.len()),
                "From then on only the gate opens them, and every opening is an entry in the ledger.".to_owned(),
                "The split cannot be changed afterwards. This cannot be undone.".to_owned(),
            ],
            act: "Seal".to_owned(),
        };
        Some(Self::Seal(set.name.clone(), confirm))
    }

    /// Asks before the gate runs.
    pub(super) fn gate(document: &Document) -> Option<Self> {
        let (real, made) = (document.real.clone()?, document.synthetic.clone()?);
        let confirm = Confirm {
            title: format!("Judge {made} on {real}"),
            lines: vec![
                "Reads every sealed byte again, checks the list of rules and writes the verdict to the ledger."
                    .to_owned(),
                "No trial is registered, so the lock stays shut: pictures and labels are not opened.".to_owned(),
            ],
            act: "Judge".to_owned(),
        };
        Some(Self::Gate(real, made, confirm))
    }

    /// Asks before edits are lost.
    pub(super) fn leave(to: Leaving) -> Self {
        let confirm = Confirm {
            title: "Leave without saving".to_owned(),
            lines: vec!["The study has edits that are not on disk. They would be lost.".to_owned()],
            act: "Leave".to_owned(),
        };
        Self::Leave(to, confirm)
    }

    /// The form that is shown where values are asked for.
    pub(super) fn form_mut(&mut self) -> Option<&mut Form> {
        match self {
            Self::NewStudy(form)
            | Self::Generate(_, form)
            | Self::NewVariant(_, form)
            | Self::Import(form)
            | Self::Export(_, _, form)
            | Self::Lerobot(_, form)
            | Self::Calibration(_, _, form)
            | Self::Condition(form)
            | Self::CompareHow(form, _)
            | Self::SaveAs(form)
            | Self::OpenStudy(form) => Some(form),
            Self::Seal(..) | Self::Gate(..) | Self::Leave(..) => None,
        }
    }

    /// The endings that fit a field that takes a file, and what such files are called; `None` of others.
    pub(super) fn endings(&mut self, at: usize) -> Option<(&'static str, &'static [&'static str])> {
        match self.form_mut()?.fields.get(at)?.kind {
            FieldKind::File(what, endings) => Some((what, endings)),
            _ => None,
        }
    }

    /// Writes `text` into field `at`; other fields may follow from it.
    pub(super) fn set_field(&mut self, at: usize, text: String) {
        if let Some(field) = self.form_mut().and_then(|form| form.fields.get_mut(at)) {
            field.value = text;
        }
        if let Self::Generate(of, form) = self {
            generate_form::settle(form, &of.axes);
        } else if let Self::CompareHow(form, aside) = self {
            compare_form::settle(form, aside);
        }
    }

    /// What the window shows where a yes is asked for.
    pub(super) fn confirm(&self) -> Option<Confirm> {
        match self {
            Self::Seal(_, confirm) | Self::Gate(_, _, confirm) | Self::Leave(_, confirm) => Some(confirm.clone()),
            _ => None,
        }
    }
}

/// What stands in field `at`.
pub(super) fn text_of(form: &Form, at: usize) -> String {
    form.fields.get(at).map_or_else(String::new, |field| field.value.trim().to_owned())
}

/// The number in field `at`.
///
/// # Errors
/// With the field's name and what stands there.
pub(super) fn number_of<T: std::str::FromStr>(form: &Form, at: usize) -> Result<T, String> {
    let text = text_of(form, at);
    let label = form.fields.get(at).map_or("field", |field| field.label.as_str());
    text.parse().map_err(|_| format!("{label}: `{text}` is not a number that fits here"))
}

/// The request that an import form makes.
///
/// # Errors
/// When a number does not parse or no path is given.
pub(super) fn import_request(form: &Form) -> Result<ImportRequest, String> {
    let (path, name) = (text_of(form, 0), text_of(form, 1));
    if path.is_empty() {
        return Err("Dataset: choose a folder or a file".to_owned());
    }
    let held: f64 = number_of(form, 2)?;
    let folders = if text_of(form, 3) == FOLDERS[1] { Folders::Classes } else { Folders::Recordings };
    Ok(ImportRequest {
        path: PathBuf::from(path),
        name: (!name.is_empty()).then_some(name),
        held: held / 100.0,
        folders,
    })
}

/// The request that an export form makes.
pub(super) fn export_request(real: &str, synthetic: &str, form: &Form) -> ExportRequest {
    ExportRequest { real: real.to_owned(), synthetic: synthetic.to_owned(), name: text_of(form, 0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_become_requests_and_say_which_field_is_wrong() {
        let Dialog::Import(mut form) = Dialog::import("/data/x") else { panic!("an import form") };
        let request = import_request(&form).expect("defaults are good");
        assert_eq!((request.name, request.held), (None, 0.34), "a third held, the folder's name");
        form.fields[2].value = "a lot".to_owned();
        assert!(import_request(&form).expect_err("not a number").contains("Held back"), "names the field");
        form.fields[0].value.clear();
        assert!(import_request(&form).is_err(), "no path");
    }
}
