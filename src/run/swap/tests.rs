//! A nuisance that only the pictures show, and a cause, swapped among draws of a set that was just generated.

use super::*;
use crate::base::Silent;
use crate::ledger::{Ledger, Timestamp};
use crate::render::Gpu;
use crate::run::generate::{GenerateRequest, generate};
use crate::run::generator::{Look, Procedural};
use crate::run::method::Placement;
use crate::sample::Method;
use crate::study::Edit;

fn stamp() -> Stamp {
    Stamp { time: Timestamp::from_unix_s(0), actor: "tester".to_owned() }
}

/// A study with eight short draws of a family, placed so, through a small camera.
fn drawn_of(id: &str, method: Method) -> (tempfile::TempDir, Place, Study, Procedural) {
    let dir = tempfile::tempdir().unwrap();
    let place = Place { folder: dir.path().join("study"), keys_folder: dir.path().join("keys") };
    let mut study = crate::run::new::new(&place, 1, &stamp()).unwrap();
    let mut family = Family::clone(study.family(id).unwrap());
    (family.camera.width_px, family.camera.height_px) = (96, 72);
    study.apply(Edit::PutFamily(family.into())).unwrap();
    let mut generator = Procedural::new(&Gpu::headless().expect("a graphics driver"), Look::Family, 1).unwrap();
    let request = GenerateRequest {
        family: id.to_owned(),
        from: 0,
        count: 8,
        every: 10,
        name: "light".to_owned(),
        origin: Origin::Synthetic,
        placement: Placement::Method(method),
        channels: Vec::new(),
        controls: Vec::new(),
    };
    let made = generate(&place, &study, &request, &mut generator, &stamp(), &Silent).unwrap();
    study.apply(made.edit).unwrap();
    (dir, place, study, generator)
}

fn drawn() -> (tempfile::TempDir, Place, Study, Procedural) {
    drawn_of("tabletop_light_step", Method::Independent)
}

/// Holds every picture of the draws as they are against that of the set: nothing but the swap is between the two versions.
fn hold_against_set(place: &Place, found: &Swapped, folder: &Path) {
    let names = std::fs::read_dir(folder.join("as_is")).unwrap().map(|entry| entry.unwrap().file_name());
    let names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    assert!(names.len() >= found.draws, "{names:?}");
    for name in names {
        let (draw, frame) = name.split_once('_').unwrap();
        let own = std::fs::read(folder.join("as_is").join(&name)).unwrap();
        let episode = episode_folder(&place.set_folder("light"), draw.parse().unwrap());
        assert!(own == std::fs::read(episode.join("colour").join(frame)).unwrap(), "{name} as it is");
    }
}

#[test]
fn a_draw_stays_where_it_is_whatever_placed_it() {
    // Things at drawn places, whose shares no other method draws alike.
    let (_dir, place, study, mut generator) = drawn_of("tabletop_clear_bottle", Method::Sobol);
    let parameter = "sun_azimuth_deg".to_owned();
    let request = SwapRequest { draws: 8, ..SwapRequest::of("light".to_owned(), parameter) };
    let (found, folder) = swap(&place, &study, &request, (&mut generator, &stamp()), &Silent).unwrap();
    assert!(found.draws >= FEWEST, "{found:?}");
    hold_against_set(&place, &found, &folder);
}

#[test]
fn a_nuisance_moves_pictures_alone_and_a_cause_what_comes_of_a_draw() {
    let (_dir, place, study, mut generator) = drawn();
    let mut swapped = |parameter: &str| {
        let request = SwapRequest { draws: 8, ..SwapRequest::of("light".to_owned(), parameter.to_owned()) };
        swap(&place, &study, &request, (&mut generator, &stamp()), &Silent).map_err(|err| err.to_string())
    };
    let (sun, folder) = swapped("sun_azimuth_deg").unwrap();
    assert_eq!((sun.draws + sun.refused, sun.turned), (8, 0), "{sun:?}");
    assert!(sun.measures.iter().all(|measure| measure.by_sd == 0.0), "the sun moves nothing: {:?}", sun.measures);
    assert!(sun.statistics[0].by_sd > MOVED_SD, "but it is seen: {:?}", sun.statistics[0]);
    assert!(sun.sentences[0].starts_with("`sun_azimuth_deg` is no cause among these 8 draws"), "{:?}", sun.sentences);
    let mut values: Vec<[f64; 2]> = sun.each.iter().map(|draw| [draw.own, draw.got]).collect();
    values.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let mut got: Vec<f64> = values.iter().map(|pair| pair[1]).collect();
    got.sort_by(f64::total_cmp);
    assert!(values.iter().all(|[own, got]| own != got), "no draw keeps its own");
    assert_eq!(got, values.iter().map(|pair| pair[0]).collect::<Vec<_>>(), "and together they have the same values");
    hold_against_set(&place, &sun, &folder);
    for draw in &sun.each {
        let of = |version: &str| std::fs::read(folder.join(version).join(picture_name(draw.draw, 0))).unwrap();
        assert!(of("as_is") != of("swapped"), "draw {} under another sun", draw.draw);
    }
    let csv = std::fs::read_to_string(folder.join("swap.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + sun.draws, "{csv}");
    let entries = Ledger::read(&place.ledger()).unwrap();
    assert_eq!(entries.last().map(|entry| entry.kind.as_str()), Some("audit.swap"), "it is on record");

    let (fill, folder) = swapped("canister_fill").unwrap();
    assert!(fill.measures[0].by_sd > MOVED_SD, "{:?}", fill.measures);
    assert!(fill.sentences[0].contains("tipped") && fill.sentences[0].contains("a cause"), "{:?}", fill.sentences);
    let (_, again) = swapped("canister_fill").unwrap();
    assert_eq!(again, folder, "the same swap takes the place of the one before");
    assert_eq!(std::fs::read_dir(folder.parent().unwrap()).unwrap().count(), 2, "and nothing else is left");
}

#[test]
fn what_cannot_be_swapped_is_told_with_its_cure() {
    let (_dir, place, mut study, mut generator) = drawn();
    let why = |study: &Study, generator: &mut Procedural, request: SwapRequest| {
        swap(&place, study, &request, (generator, &stamp()), &Silent).expect_err("refused").to_string()
    };
    let of = |set: &str, parameter: &str| SwapRequest::of(set.to_owned(), parameter.to_owned());
    let told = why(&study, &mut generator, of("light", "moon"));
    assert!(told.contains("`moon` is no parameter") && told.contains("canister_fill"), "{told}");
    let told = why(&study, &mut generator, SwapRequest { draws: 3, ..of("light", "canister_fill") });
    assert!(told.contains("at least 4 draws"), "{told}");
    let told = why(&study, &mut generator, of("dark", "canister_fill"));
    assert!(told.contains("dark"), "{told}");
    let set = study.set("light").unwrap().clone();
    study.apply(Edit::PutSet(crate::study::SetRef { origin: Origin::StandIn, ..set })).unwrap();
    let told = why(&study, &mut generator, of("light", "canister_fill"));
    assert!(told.contains("swap in a generated set"), "{told}");
}

#[test]
fn every_value_goes_half_of_all_ranks_on() {
    let file = |draw: u64, value: f64| EpisodeFile {
        draw,
        refused: 0,
        ln_weight: 0.0,
        values: [("lamp".to_owned(), value)].into(),
        measures: BTreeMap::new(),
        summary: BTreeMap::new(),
        rare: false,
        states: Vec::new(),
        contacts: Vec::new(),
        instances: Vec::new(),
    };
    let got = |values: &[f64]| -> Vec<(u64, f64)> {
        let files: Vec<EpisodeFile> = (0..).zip(values).map(|(draw, value)| file(draw, *value)).collect();
        exchanged(&files, "lamp").into_iter().map(|(file, got)| (file.draw, got)).collect()
    };
    assert_eq!(got(&[4.0, 1.0, 3.0, 2.0]), [(0, 2.0), (1, 3.0), (2, 1.0), (3, 4.0)]);
    assert_eq!(got(&[0.0, 0.0, 0.0, 1.0]), [(1, 1.0), (3, 0.0)], "whoever would get its own value is left out");
    assert!(got(&[5.0, 5.0]).is_empty() && got(&[]).is_empty());
}
