//! A new study with an example family.

use std::path::Path;
use std::sync::Arc;

use crate::family::{self, Family};
use crate::study::{Edit, Study};

use super::RunError;
use super::place::{Place, Stamp};

/// Families that ship with the program: file stem and text.
pub const EXAMPLES: [(&str, &str); 1] =
    [("tabletop_light_step", include_str!("../../scenarios/tabletop_light_step.ron"))];

/// The example family called `id`.
///
/// # Errors
/// When there is none.
pub fn example(id: &str) -> Result<Family, RunError> {
    let found = EXAMPLES.iter().find(|(name, _)| *name == id);
    let (name, text) = found.ok_or_else(|| RunError::Request(format!("there is no example family `{id}`")))?;
    Ok(family::text::parse(text, &format!("{name}.ron"))?)
}

/// Makes a study in `place`'s folder, which must not hold one, with every example family in its own words.
///
/// # Errors
/// When the folder holds something already or cannot be written.
pub fn new(place: &Place, seed: u64, stamp: &Stamp) -> Result<Study, RunError> {
    let folder = &place.folder;
    let name = study_name(folder);
    let mut study = Study::create(folder, &name, seed)?;
    for (stem, text) in EXAMPLES {
        // The file is written in its own words, comments included, before the study learns of it.
        let families = folder.join("families");
        crate::base::files::make_folder(&families)?;
        crate::base::files::write_whole(&families.join(format!("{stem}.ron")), text.as_bytes())?;
        study.apply(Edit::PutFamily(Arc::new(example(stem)?)))?;
    }
    study.save(folder)?;
    place.record(stamp, "study.created", serde_json::json!({ "study": name, "seed": seed }))?;
    Ok(study)
}

fn study_name(folder: &Path) -> String {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    absolute.file_name().map_or_else(|| "study".to_owned(), |name| name.to_string_lossy().into_owned())
}
