//! A new study with an example family.

use std::collections::BTreeMap;
use std::path::Path;

use crate::family::Family;
use crate::family::variant::{Source, parse_with};
use crate::study::Study;

use super::RunError;
use super::place::{Place, Stamp};

/// Families that ship with the program: file stem and text.
pub const EXAMPLES: [(&str, &str); 6] = [
    ("tabletop_light_step", include_str!("../../scenarios/tabletop_light_step.ron")),
    ("balance_push", include_str!("../../scenarios/balance_push.ron")),
    ("balance_patch", include_str!("../../scenarios/balance_patch.ron")),
    ("board_hairline_open", include_str!("../../scenarios/board_hairline_open.ron")),
    ("board_mousebite", include_str!("../../scenarios/board_mousebite.ron")),
    ("board_scan_short", include_str!("../../scenarios/board_scan_short.ron")),
];

/// The example family called `id`.
///
/// # Errors
/// When there is none.
pub fn example(id: &str) -> Result<Family, RunError> {
    let found = EXAMPLES.iter().find(|(name, _)| *name == id);
    let (name, text) = found.ok_or_else(|| RunError::Request(format!("there is no example family `{id}`")))?;
    Ok(parse_with(&source(name, text), &shelf())?.family)
}

fn source(stem: &str, text: &str) -> Source {
    Source { text: text.to_owned(), file: format!("{stem}.ron") }
}

/// All of them: an example may be a variant of another one.
fn shelf() -> BTreeMap<String, Source> {
    EXAMPLES.iter().map(|(stem, text)| ((*stem).to_owned(), source(stem, text))).collect()
}

/// Makes a study in `place`'s folder, which must not hold one, with every example family in its own words.
///
/// # Errors
/// When the folder holds something already or cannot be written.
pub fn new(place: &Place, seed: u64, stamp: &Stamp) -> Result<Study, RunError> {
    let folder = &place.folder;
    let name = study_name(folder);
    Study::create(folder, &name, seed)?;
    let families = folder.join("families");
    crate::base::files::make_folder(&families)?;
    for (stem, text) in EXAMPLES {
        // In its own words, comments included.
        crate::base::files::write_whole(&families.join(format!("{stem}.ron")), text.as_bytes())?;
    }
    let mut study = Study::load(folder)?;
    let place_of = |id: &str| EXAMPLES.iter().position(|(stem, _)| *stem == id);
    study.families.sort_by_key(|family| place_of(&family.id));
    study.save(folder)?;
    place.record(stamp, "study.created", serde_json::json!({ "study": name, "seed": seed }))?;
    Ok(study)
}

fn study_name(folder: &Path) -> String {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    absolute.file_name().map_or_else(|| "study".to_owned(), |name| name.to_string_lossy().into_owned())
}
