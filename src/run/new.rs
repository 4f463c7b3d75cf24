//! A new study with an example family.

use std::collections::BTreeMap;
use std::path::Path;

use crate::family::Family;
use crate::family::variant::{Source, parse_with};
use crate::study::Study;

use super::RunError;
use super::place::{Place, Stamp};

/// Families that ship with the program: file stem and text.
pub const EXAMPLES: [(&str, &str); 20] = [
    ("tabletop_light_step", include_str!("../../scenarios/tabletop_light_step.ron")),
    ("tabletop_tip_over", include_str!("../../scenarios/tabletop_tip_over.ron")),
    ("tabletop_grasp_slip", include_str!("../../scenarios/tabletop_grasp_slip.ron")),
    ("tabletop_human_hand", include_str!("../../scenarios/tabletop_human_hand.ron")),
    ("tabletop_occluder", include_str!("../../scenarios/tabletop_occluder.ron")),
    ("tabletop_glare", include_str!("../../scenarios/tabletop_glare.ron")),
    ("tabletop_clutter", include_str!("../../scenarios/tabletop_clutter.ron")),
    ("tabletop_clear_bottle", include_str!("../../scenarios/tabletop_clear_bottle.ron")),
    ("balance_push", include_str!("../../scenarios/balance_push.ron")),
    ("balance_patch", include_str!("../../scenarios/balance_patch.ron")),
    ("balance_obstacle", include_str!("../../scenarios/balance_obstacle.ron")),
    ("road_dart_out", include_str!("../../scenarios/road_dart_out.ron")),
    ("road_night_crossing", include_str!("../../scenarios/road_night_crossing.ron")),
    ("road_cut_in", include_str!("../../scenarios/road_cut_in.ron")),
    ("road_lead_brakes", include_str!("../../scenarios/road_lead_brakes.ron")),
    ("road_tunnel_glare", include_str!("../../scenarios/road_tunnel_glare.ron")),
    ("road_cyclist_door", include_str!("../../scenarios/road_cyclist_door.ron")),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Silent;
    use crate::sample::Sampler;
    use crate::world::{Episode, Simulator};

    /// How often the rare event comes in this many draws of a family: never and always are both useless.
    const DRAWS: u64 = 24;

    #[test]
    fn all_families_of_the_tabletop_have_one_robots_columns() {
        let tabletop = EXAMPLES.iter().filter(|(id, _)| id.starts_with("tabletop_"));
        let all: Vec<_> = tabletop.map(|(id, _)| (id, example(id).unwrap().mapping)).collect();
        let first = all.first().and_then(|(_, mapping)| mapping.clone()).expect("a mapping");
        assert_eq!(first.features.iter().map(|feature| feature.elements.len()).collect::<Vec<_>>(), [26, 26]);
        assert!(all.iter().all(|(_, mapping)| mapping.as_ref() == Some(&first)), "one edited, all edited");
        assert!(all.len() >= 7);
    }

    #[test]
    fn every_family_that_ships_is_sound_and_its_rare_event_comes_and_stays_away() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let mut wrong = Vec::new();
        files.retain(|file| file.extension().is_some_and(|ending| ending == "ron"));
        for file in &files {
            let checked = crate::run::check::check_file(file).unwrap();
            let findings: Vec<String> = checked.findings.iter().map(|one| one.finding.text.clone()).collect();
            let text = std::fs::read_to_string(file).unwrap();
            let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
            let family = parse_with(&source(&stem, &text), &shelf()).unwrap().family;
            let (sampler, simulator) = (Sampler::new(&family, 7).unwrap(), Simulator::new(&family).unwrap());
            let measured = |at| simulator.measured(&sampler.draw(at).unwrap(), &Silent).unwrap();
            let finite = |episode: &Episode| {
                episode.signals.values().flatten().chain(episode.measures.values()).all(|value| value.is_finite())
            };
            let episodes: Vec<Episode> = (0..DRAWS).map(measured).collect();
            assert!(episodes.iter().all(finite), "{stem}");
            let rare = episodes.iter().filter(|episode| episode.rare).count() as u64;
            println!("{stem}: {rare} of {DRAWS} rare");
            assert_eq!(example(&stem).ok().as_ref(), Some(&family), "{stem} is in the program");
            if family.id != stem || !findings.is_empty() || rare == 0 || rare == DRAWS {
                wrong.push(format!("{stem} ({}): {rare} of {DRAWS} rare; {findings:?}", family.id));
            }
        }
        assert!(files.len() == EXAMPLES.len() && wrong.is_empty(), "{} families ship: {wrong:#?}", EXAMPLES.len());
    }
}
