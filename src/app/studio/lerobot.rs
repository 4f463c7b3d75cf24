//! The pack that was exported last as a LeRobot set: what is asked first, what is refused there, and what came of it.

use std::path::{Path, PathBuf};

use crate::app::view::{FieldKind, Form};
use crate::run::lerobot::{Beside, PackRequest, Pictured, refuse};

use super::Studio;
use super::dialog::{Dialog, field, form, text_of};
use super::document::Document;

/// What can lie beside colour, by the words of the form.
const BESIDE: [(&str, &[Beside]); 4] = [
    ("Depth and instances", &[Beside::Depth, Beside::Seg]),
    ("Depth", &[Beside::Depth]),
    ("Instances as flat colours", &[Beside::Seg]),
    ("Nothing", &[]),
];

impl Studio {
    /// Asks how the pack that was exported last becomes a set.
    pub(super) fn ask_for_lerobot(&mut self) {
        match self.document.as_ref().and_then(dialog) {
            Some(dialog) => self.dialog = Some(dialog),
            None => self.status = "Export a pack first: a LeRobot set is made of one".to_owned(),
        }
    }
}

/// The form for the pack that `document` has; `None` where it has none.
fn dialog(document: &Document) -> Option<Dialog> {
    let (pack, _) = document.pack.as_ref()?;
    // `light.INCONCLUSIVE.pack` makes `light-lerobot`.
    let name = pack.file_name()?.to_string_lossy();
    let stem = name.split('.').next().unwrap_or_default();
    let folder = |at: u32| {
        let number = if at == 1 { String::new() } else { format!("-{at}") };
        document.place.folder.join(format!("{stem}-lerobot{number}"))
    };
    let free = (1..1000).map(folder).find(|folder| !folder.exists())?;
    let choices = BESIDE.map(|(words, _)| words.to_owned()).to_vec();
    let first = choices.first().cloned().unwrap_or_default();
    let fields = vec![
        field("Folder", free.display().to_string(), "A folder that is not there yet", "", FieldKind::Path),
        field("Camera", "camera".to_owned(), "Its pictures are observation.images.<camera>", "", FieldKind::Text),
        field("Beside colour", first, "", "", FieldKind::Choice(choices)),
    ];
    let what = format!("Writes {name} as a LeRobot v3.0 set: the family's mapping as columns, frames as PNG.");
    let beside =
        "The verdict goes along in a column and in the card. LeRobot reads depth in millimetres from 0.6.1 on.";
    Some(Dialog::Lerobot(pack.clone(), form("LeRobot set", &[&what, beside], fields, "Write")))
}

/// What the form asks for, and where it goes.
///
/// # Errors
/// What can be refused before the pack is read: it stands in the form.
pub(super) fn request(pack: &Path, form: &Form) -> Result<(PackRequest, PathBuf), String> {
    let (folder, chosen) = (text_of(form, 0), text_of(form, 2));
    if folder.is_empty() {
        return Err("Folder: choose one that is not there yet".to_owned());
    }
    let beside = BESIDE.iter().find(|(words, _)| *words == chosen).map_or(&[][..], |(_, beside)| beside).to_vec();
    let request = PackRequest { pack: pack.to_owned(), camera: text_of(form, 1), beside };
    let out = PathBuf::from(folder);
    refuse(&request, &out).map_err(|error| error.to_string())?;
    Ok((request, out))
}

/// Keeps where the set lies; what a person is told.
pub(super) fn written(document: &mut Document, made: Pictured) -> String {
    let said = format!("Wrote {} episodes, {} rows, {}", made.n_episodes, made.n_rows, made.verdict);
    document.lerobot = Some(made.folder);
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_asks_beside_the_pack_and_refuses_before_anything_is_read() {
        let dir = tempfile::tempdir().expect("temp dir");
        let mut document = Document::fresh(dir.path());
        assert!(dialog(&document).is_none(), "without a pack there is nothing to ask");
        let pack = document.place.packs().join("light.STAND-IN.INCONCLUSIVE.pack");
        document.pack = Some((pack.clone(), None));
        let of = |document: &Document| match dialog(document) {
            Some(Dialog::Lerobot(of, form)) if of == pack => form,
            _ => panic!("a form"),
        };
        let mut asked = of(&document);
        let folder = document.place.folder.join("light-lerobot");
        assert_eq!(text_of(&asked, 0), folder.display().to_string());
        std::fs::create_dir(&folder).expect("made");
        assert!(text_of(&of(&document), 0).ends_with("light-lerobot-2"), "a free one");
        for (at, text, says) in [
            (0, folder.display().to_string(), "is there already"),
            (0, String::new(), "Folder: choose"),
            (1, "the wrist".to_owned(), "use letters, digits and underscores"),
        ] {
            let before = std::mem::replace(&mut asked.fields[at].value, text);
            let why = request(&pack, &asked).expect_err("refused");
            assert!(why.contains(says), "{why}");
            asked.fields[at].value = before;
        }
        let why = request(&pack, &of(&document)).expect_err("no such pack");
        assert!(why.contains("pack.json"), "{why}");
        let made = Pictured { folder, verdict: "REJECT".to_owned(), n_episodes: 2, n_rows: 40 };
        assert_eq!(written(&mut document, made), "Wrote 2 episodes, 40 rows, REJECT");
        assert!(document.lerobot.is_some());
    }
}
