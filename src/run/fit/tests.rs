//! Fits of a stand-in made here: what is read, what is refused, what a taken fit leaves behind.

use super::*;
use crate::base::special::normal_quantile;
use crate::base::{Rgb, Silent, StreamKey, png};
use crate::family::distribution::Law;
use crate::ledger::{Ledger, Timestamp};
use crate::run::new;

const EPISODES: u64 = 14;
const FRAMES: usize = 12;
const HELD: [u64; 4] = [1, 4, 8, 13];

struct Desk {
    dir: tempfile::TempDir,
    place: Place,
    study: Study,
    stamp: Stamp,
}

/// A study with the example family and a stand-in whose held episodes are `held_offset` further out.
fn desk(held_offset: f64) -> Desk {
    let dir = tempfile::tempdir().unwrap();
    let place = Place { folder: dir.path().join("study"), keys_folder: dir.path().join("keys") };
    let stamp = Stamp { time: Timestamp::from_unix_s(0), actor: "tester".to_owned() };
    let mut study = new::new(&place, 5, &stamp).unwrap();
    made_set(&dir.path().join("takes"), held_offset);
    let set_ref = SetRef {
        name: "takes".to_owned(),
        path: dir.path().join("takes").display().to_string(),
        digest: None,
        origin: Origin::StandIn,
        held: HELD.to_vec(),
        reference: (0..EPISODES).filter(|id| !HELD.contains(id)).collect(),
        sealed: None,
        listing: None,
        conditions: std::collections::BTreeMap::default(),
        folders: crate::data::Folders::default(),
    };
    study.apply(Edit::PutSet(set_ref)).unwrap();
    study.save(&place.folder).unwrap();
    Desk { dir, place, study, stamp }
}

fn made_set(root: &Path, held_offset: f64) {
    let mut stream = StreamKey::new(1, "run fit tests").stream("values", 0);
    let mut episodes = Vec::new();
    for id in 0..EPISODES {
        let folder = root.join(format!("episodes/{id:06}"));
        std::fs::create_dir_all(folder.join("colour")).unwrap();
        std::fs::write(folder.join("colour/000011.png"), png::encode_rgb(&Rgb::black(2, 2)).unwrap()).unwrap();
        let offset = if HELD.contains(&id) { held_offset } else { 0.0 };
        let x_mm: Vec<f64> = (0..FRAMES).map(|_| 320.0 + offset + 12.0 * normal_quantile(stream.next_unit())).collect();
        let heading: Vec<f64> = x_mm.iter().map(|x| 0.01 * x).collect();
        let signals = serde_json::json!({ "x_mm": x_mm, "heading": heading, "still": vec![1.0; FRAMES] });
        std::fs::write(folder.join("signals.json"), signals.to_string()).unwrap();
        episodes.push(serde_json::json!({ "id": id, "frames": FRAMES }));
    }
    let index = serde_json::json!({
        "format": "worldproof set 1", "name": "takes", "origin": "StandIn", "fps": 30.0, "width": 2, "height": 2,
        "camera": "head", "episodes": episodes,
    });
    std::fs::write(root.join("set.json"), index.to_string()).unwrap();
}

fn request(column: &str) -> FitRequest {
    FitRequest { set: "takes".to_owned(), column: column.to_owned(), target: None, unit: None, take: None, refits: 39 }
}

fn for_x(take: Option<&str>) -> FitRequest {
    FitRequest {
        target: Some(("tabletop_light_step".to_owned(), "canister_x_m".to_owned())),
        unit: Some("mm".to_owned()),
        take: take.map(str::to_owned),
        ..request("x_mm")
    }
}

impl Desk {
    fn fit(&self, request: &FitRequest) -> Result<Found, RunError> {
        fit(&self.place, &self.study, request, &self.stamp, &Silent)
    }

    fn refused(&self, request: &FitRequest) -> String {
        self.fit(request).unwrap_err().to_string()
    }
}

#[test]
fn the_held_half_is_never_read() {
    let (near, far) = (desk(0.0), desk(500.0));
    let [a, b] = [&near, &far].map(|desk| desk.fit(&request("x_mm")).unwrap());
    assert_eq!(a.fits.n, 120, "ten episodes of twelve frames");
    assert_eq!(
        (format!("{:?}", a.fits), &a.digest),
        (format!("{:?}", b.fits), &b.digest),
        "whatever the held half says"
    );
    let [a, b] = [&near, &far].map(|desk| columns(&desk.place, &desk.study, "takes", &Silent).unwrap());
    assert_eq!(a, b, "nor in the list of columns");
    let names: Vec<&str> = a.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["x_mm", "heading", "still", FRAME_INTERVAL, EPISODE_LENGTH]);
    assert_eq!((a[0].n, a[3].n, a[4].n, a[4].unit), (120, 110, 10, Some("s")));
    assert!((a[4].low - 0.4).abs() < 1e-12, "twelve frames at 30 Hz");
}

#[test]
fn a_taken_fit_becomes_the_nominal_with_where_it_comes_from() {
    let mut desk = desk(0.0);
    let looked = desk.fit(&for_x(None)).unwrap();
    assert!(looked.taken.is_none() && looked.unit.as_deref() == Some("m"), "{:?}", looked.unit);
    let before = Ledger::read(&desk.place.ledger()).unwrap().len();
    let found = desk.fit(&for_x(Some("truncatednormal"))).unwrap();
    let (model, edit) = found.taken.clone().unwrap();
    assert_eq!(model, Model::TruncatedNormal);
    desk.place.keep(&mut desk.study, [edit]).unwrap();
    let saved = Study::load(&desk.place.folder).unwrap();
    let parameter = saved.family("tabletop_light_step").unwrap().parameter("canister_x_m").unwrap().clone();
    let fitted = parameter.fitted.unwrap();
    assert_eq!((fitted.set.as_str(), fitted.column.as_str(), fitted.n), ("takes", "x_mm", 120));
    assert!(fitted.low > 0.27 && fitted.low < 0.31 && fitted.high > 0.33 && fitted.high < 0.37, "metres: {fitted:?}");
    assert!(fitted.judged.starts_with("STAND-IN, Kolmogorov–Smirnov D 0.0"), "{}", fitted.judged);
    let fit = found.fits.fits.iter().find(|fit| fit.model == Model::TruncatedNormal).unwrap();
    assert_eq!(parameter.nominal, written(&fit.distribution));
    let law = Law::new(&fit.distribution, None).unwrap();
    assert!((law.mean() - 0.32).abs() < 0.005 && (law.sd() - 0.012).abs() < 0.003, "{:?}", fit.distribution);
    // Comments of the family's file stay.
    let text = std::fs::read_to_string(desk.place.folder.join("families/tabletop_light_step.ron")).unwrap();
    assert!(text.contains("// ---- Where the canister stands"), "{text}");
    let entries = Ledger::read(&desk.place.ledger()).unwrap();
    let last = entries.last().unwrap();
    assert_eq!(
        (entries.len(), last.kind.as_str()),
        (before + 1, "nominal.fitted"),
        "looking is no entry, taking is one"
    );
    assert_eq!(
        (last.body["taken"].as_str(), last.body["origin"].as_str()),
        (Some("TruncatedNormal"), Some("STAND-IN"))
    );
    assert_eq!(last.body["digest"].as_str(), Some(found.digest.as_str()));
    assert_eq!(last.body["family_digest"], saved.family("tabletop_light_step").unwrap().digest().to_string());
}

#[test]
fn quantiles_say_where_they_were_measured() {
    let desk = desk(0.0);
    let found = desk.fit(&for_x(Some("Empirical"))).unwrap();
    let Some((_, Edit::PutFamily(family))) = &found.taken else { panic!("{:?}", found.taken) };
    let Distribution::Empirical { from: Some(source), .. } = &family.parameter("canister_x_m").unwrap().nominal else {
        panic!("{:?}", family.parameter("canister_x_m"));
    };
    assert_eq!((source.set.as_str(), source.n, &source.digest), ("takes", 120, &found.digest));
}

#[test]
fn units_are_converted_assumed_aloud_or_refused() {
    let desk = desk(0.0);
    let assumed = desk.fit(&FitRequest { unit: None, ..for_x(None) }).unwrap();
    assert!(assumed.fits.warnings[1].contains("taken to be that of the parameter, m"), "{:?}", assumed.fits.warnings);
    assert!(assumed.fits.warnings[0].contains("STAND-IN"), "{:?}", assumed.fits.warnings);
    assert!((assumed.fits.low / desk.fit(&for_x(None)).unwrap().fits.low - 1_000.0).abs() < 1e-9, "mm taken for m");
    let kilograms = FitRequest { unit: Some("kg".to_owned()), ..for_x(None) };
    assert!(desk.refused(&kilograms).contains("`x_mm` is in kg, but the parameter is in m"));
    let slip = FitRequest { unit: Some("mms".to_owned()), ..request("x_mm") };
    assert!(desk.refused(&slip).contains("unknown unit `mms`"));
    let clock = FitRequest { unit: None, column: EPISODE_LENGTH.to_owned(), ..for_x(None) };
    assert!(desk.refused(&clock).contains("is in s, but the parameter is in m"), "a time is no length");
    let angle = FitRequest { unit: Some("rad".to_owned()), ..request("heading") };
    let models: Vec<Model> = desk.fit(&angle).unwrap().fits.fits.iter().map(|fit| fit.model).collect();
    assert!(models.contains(&Model::VonMises), "{models:?}");
}

#[test]
fn what_is_not_there_is_named_with_what_is() {
    let mut desk = desk(0.0);
    let text = desk.refused(&request("x_m"));
    assert!(
        text.contains("did you mean `x_mm`?") && text.contains("heading") && text.contains(EPISODE_LENGTH),
        "{text}"
    );
    let text = desk.refused(&FitRequest { set: "take".to_owned(), ..request("x_mm") });
    assert!(text.contains("no set `take`; it has: takes"), "{text}");
    let text = desk.refused(&request("still"));
    assert!(text.contains("`still` of `takes`: every value is 1"), "{text}");
    let text = desk.refused(&request(EPISODE_LENGTH));
    assert!(text.contains("10 values are finite numbers"), "{text}");
    let text = desk.refused(&FitRequest { take: Some("Normal".to_owned()), ..request("x_mm") });
    assert!(text.contains("of which family and parameter"), "{text}");
    let text = desk.refused(&for_x(Some("Norml")));
    assert!(text.contains("did you mean `Normal`?"), "{text}");
    let target = Some(("tabletop_light_step".to_owned(), "canister_x".to_owned()));
    let text = desk.refused(&FitRequest { target, ..for_x(None) });
    assert!(text.contains("did you mean `canister_x_m`?"), "{text}");
    let mut synthetic = desk.study.set("takes").unwrap().clone();
    (synthetic.name, synthetic.origin) = ("made".to_owned(), Origin::Synthetic);
    desk.study.apply(Edit::PutSet(synthetic)).unwrap();
    let text = desk.refused(&FitRequest { set: "made".to_owned(), ..request("x_mm") });
    assert!(text.contains("`made` is SYNTHETIC, a real set is wanted here"), "{text}");
    assert!(desk.dir.path().join("takes/set.json").is_file(), "the set stays as it was");
}

#[test]
fn a_fit_that_would_break_the_family_is_refused() {
    let desk = desk(0.0);
    // A normal has no ends, and the stage's slot has.
    let before = Ledger::read(&desk.place.ledger()).unwrap().len();
    let text = desk.refused(&for_x(Some("Normal")));
    assert!(text.starts_with("with Normal the family would have an error, scene.canister_x_m: "), "{text}");
    assert!(text.contains("TruncatedNormal"), "what to take instead: {text}");
    assert_eq!(Ledger::read(&desk.place.ledger()).unwrap().len(), before, "nothing recorded");
}

#[test]
fn a_column_that_changed_since_its_fit_is_told_and_nothing_else_is() {
    let mut desk = desk(0.0);
    let (_, edit) = desk.fit(&for_x(Some("TruncatedNormal"))).unwrap().taken.unwrap();
    desk.place.keep(&mut desk.study, [edit]).unwrap();
    let told = |desk: &Desk| {
        let found = changed(&desk.place, &desk.study, &comparable(&desk.study), &Silent).unwrap();
        advice(desk.study.family("tabletop_light_step").unwrap(), &found)
    };
    assert_eq!(comparable(&desk.study).len(), 1, "the fit that was taken");
    assert_eq!(told(&desk), [], "the data are as they were");
    let signals = |id: u64| desk.dir.path().join(format!("takes/episodes/{id:06}/signals.json"));
    let edit = |id: u64, from: &str, to: &str| {
        let text = std::fs::read_to_string(signals(id)).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(signals(id), text.replacen(from, to, 1)).unwrap();
    };
    // The held half is not looked at, and another column is not this one.
    edit(HELD[0], "\"x_mm\":[", "\"x_mm\":[5,");
    edit(0, "\"still\":[1.0", "\"still\":[2.0");
    assert_eq!(told(&desk), []);
    edit(0, "\"x_mm\":[", "\"x_mm\":[5,");
    let said = told(&desk);
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said[0].severity, Severity::Advice);
    for part in ["`canister_x_m` was fitted to `x_mm` of `takes`", "120 values then, 121 now", "fit it again"] {
        assert!(said[0].text.contains(part), "{}", said[0].text);
    }
    let at = desk.study.family("tabletop_light_step").unwrap().parameters.iter().position(|one| one.fitted.is_some());
    assert_eq!(said[0].field, format!("parameters[{}].fitted", at.unwrap()));
    // `check` says it, and where in the file.
    let checked = check::check_study(&desk.place, &desk.study, &Silent).unwrap();
    let placed =
        checked.iter().flat_map(|family| &family.findings).find(|placed| placed.finding.text.contains("then, 121 now"));
    assert!(placed.is_some_and(|placed| placed.place.as_ref().is_some_and(|place| place.line > 1)), "{checked:?}");
    assert!(checked.iter().all(check::Checked::usable), "advice stops nothing");
    for id in (0..EPISODES).filter(|id| !HELD.contains(id)) {
        edit(id, "\"x_mm\"", "\"x_m\"");
    }
    assert!(told(&desk)[0].text.contains("no longer has"), "{:?}", told(&desk));
    // A set that is gone is no alarm, and one that the study does not know neither.
    std::fs::rename(desk.dir.path().join("takes"), desk.dir.path().join("elsewhere")).unwrap();
    assert_eq!(told(&desk), []);
    desk.study.sets.clear();
    assert_eq!((comparable(&desk.study), told(&desk)), (Vec::new(), Vec::new()));
}
