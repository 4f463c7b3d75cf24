//! What merging gives, what each mistake is told, and the law that binds merging and saving.

use super::*;
use crate::base::{Stream, StreamKey};
use crate::family::text::{canonical, parse, read};
use crate::family::{Action, Distribution, Layer, said_text, written};

const BASE: &str = r#"// The base.
(
    id: "base",
    title: "A cart crosses",
    version: 3,
    tags: ["cart"],
    card: (rare_event: "a", artefact: "b", real_probe: "c", discard_rule: "d"),
    stage: "tabletop",
    scene: {"speed": "speed", "tone": 0.5},
    camera: (width_px: 64, height_px: 48, vertical_fov_deg: 50, eye_m: (0, 0, 1), target_m: (1, 0, 0)),
    clock: (duration_s: 2.5, frame_rate_hz: 30),
    regions: {"spot": Box(low_m: (0, 0, 0), high_m: (1, 1, 1))},
    parameters: [
        (name: "speed", unit: "m/s", role: Cause, about: "Of the cart.", nominal: Uniform(low: 0, high: 10), proposal: Uniform(low: 5, high: 10)),
        (name: "mass", unit: "kg", role: Nuisance, nominal: Constant(2)),
        (name: "tilt", unit: "deg", role: Cause, nominal: Normal(mean: 0, sd: 1)),
    ],
    places: [(name: "thing", role: Nuisance, on: "spot")],
    derived: [(name: "energy", is: "mass * speed * speed")],
    correlations: [(a: "speed", b: "mass", rho: 0.5)],
    requirements: [(name: "slow", that: "speed < 9")],
    coverage: [(of: "speed", target: 3)],
    events: [(name: "dark", at_s: 1, action: ScaleLight(to: 0.1))],
    measures: [(name: "fast", is: "speed > 5"), (name: "odd", is: "fast > 0.5")],
    rare_event: "fast",
)
"#;

const VARIANT: &str = r#"// The variant.
(
    id: "quick",
    title: "A quick cart crosses",
    extends: "base",
    // The light stays on.
    without: ["dark", "scene.tone", "correlations.speed.mass"],
    card: (artefact: "other"),
    camera: (width_px: 128),
    clock: (frame_rate_hz: 60),
    parameters: [
        // Faster than people walk.
        (name: "speed", nominal: Uniform(low: "9 km/h", high: 20), proposal: None), // sic
        (name: "grip", unit: "", role: Cause, nominal: Constant(0.5)),
    ],
    requirements: [(name: "slow", that: "speed < 19")],
)
"#;

fn source(text: &str, file: &str) -> Source {
    Source { text: text.to_owned(), file: file.to_owned() }
}

fn shelf(texts: &[(&str, &str)]) -> BTreeMap<String, Source> {
    texts.iter().map(|(id, text)| ((*id).to_owned(), source(text, &format!("{id}.ron")))).collect()
}

fn base() -> Family {
    parse(BASE, "base.ron").unwrap()
}

fn variant(text: &str) -> Variant {
    match read(text, "v.ron") {
        Ok(Said::Variant(variant)) => *variant,
        other => panic!("{other:?}"),
    }
}

fn quick() -> Family {
    parse_with(&source(VARIANT, "quick.ron"), &shelf(&[("base", BASE)])).unwrap().family
}

/// What is said about `VARIANT` with one thing changed: its sentence and its place.
fn mistake(from: &str, to: &str) -> (String, (usize, usize)) {
    assert!(VARIANT.contains(from), "{from}");
    let text = VARIANT.replacen(from, to, 1);
    let error = parse_with(&source(&text, "quick.ron"), &shelf(&[("base", BASE)])).expect_err(to);
    assert!(error.to_string().starts_with(&format!("quick.ron:{}:{}: ", error.line, error.column)), "{error}");
    (error.to_string(), (error.line, error.column))
}

#[test]
fn a_variant_is_its_base_with_what_it_says_instead() {
    let (base, quick) = (base(), quick());
    let mut expected = base.clone();
    expected.id = "quick".to_owned();
    expected.title = "A quick cart crosses".to_owned();
    expected.extends = Some("base".to_owned());
    expected.card.artefact = "other".to_owned();
    expected.camera.width_px = 128;
    expected.clock.frame_rate_hz = 60.0;
    expected.scene.remove("tone");
    expected.correlations.clear();
    expected.events.clear();
    // 9 km/h are 2.5 m/s, the base's unit.
    expected.parameters[0].nominal = written(&Distribution::Uniform { low: 2.5, high: 20.0 });
    expected.parameters[0].proposal = None;
    expected.parameters.push(crate::family::Parameter::new("grip", "", &Distribution::Constant(0.5)));
    expected.requirements[0].that = "speed < 19".to_owned();
    assert_eq!(quick, expected);
    assert_eq!(quick.parameters[0].about, "Of the cart.", "what a parameter leaves out is the base's");
}

#[test]
fn a_canonical_variant_is_whole_and_needs_no_base() {
    let quick = quick();
    let alone = parse(&canonical(&quick), "canonical").unwrap();
    assert_eq!(alone, Family { extends: None, ..quick.clone() });
    assert_eq!(
        (alone.digest(), canonical(&alone)),
        (quick.digest(), canonical(&quick)),
        "the same draws, the same digest"
    );
    let error = parse(VARIANT, "quick.ron").unwrap_err();
    assert!(error.text.contains("needs its base `base`"), "{error}");
    assert_eq!((error.line, error.field.as_str()), (5, "extends"));
}

#[test]
fn a_taxonomy_is_merged_word_by_word_and_can_be_left_out() {
    let worded = BASE.replace("card:", "taxonomy: (version: 1, failure: [\"fall\"], robot: [\"mobile\"]),\n    card:");
    let over = |base: &str, part: &str| {
        let text = VARIANT.replace("    card:", &format!("    {part}\n    card:"));
        parse_with(&source(&text, "quick.ron"), &shelf(&[("base", base)])).map(|parsed| parsed.family.taxonomy)
    };
    let merged = over(&worded, "taxonomy: (failure: [\"slip\"]),").unwrap().unwrap();
    assert_eq!((merged.failure, merged.robot), (vec!["slip".to_owned()], vec!["mobile".to_owned()]));
    assert_eq!(over(&worded, "taxonomy: None,").unwrap(), None);
    assert_eq!(over(BASE, "taxonomy: (version: 1),").unwrap().map(|words| words.version), Some(1));
    assert!(over(BASE, "taxonomy: (robot: []),").unwrap_err().text.contains("`version`"), "nothing to inherit");
}

#[test]
fn mistakes_of_a_variant_have_their_place_in_its_own_text() {
    for (from, to, part, place) in [
        (
            "\"dark\"",
            "\"dank\"",
            "in `without[0]`: the base `base` has nothing called `dank` (did you mean `dark`?)",
            (7, 15),
        ),
        ("\"scene.tone\"", "\"speed\"", "`scene.speed`", (7, 23)),
        ("\"scene.tone\"", "\"speed\"", "`coverage.speed` or `parameters.speed`", (7, 23)),
        ("\"scene.tone\"", "\"dark\"", "named twice", (7, 23)),
        (
            "\"speed\", nominal",
            "\"sped\", nominal",
            "the base has no parameter `sped` (did you mean `speed`?)",
            (13, 9),
        ),
        ("name: \"grip\", unit: \"\", ", "name: \"grip\", ", "a new parameter needs its `unit`", (14, 9)),
        (
            "name: \"grip\", unit: \"\", role: Cause, nominal: Constant(0.5)",
            "name: \"speed\"",
            "changed twice",
            (14, 9),
        ),
        ("9 km/h", "9 kg", "is given in kg, but m/s is needed", (13, 47)),
        ("width_px", "widht_px", "did you mean `width_px`?", (9, 14)),
        ("frame_rate_hz: 60", "frame_rate_hz: None", "expected a number", (10, 28)),
        ("extends: \"base\"", "extends: \"../base\"", "never by a path", (5, 14)),
        ("extends: \"base\"", "extends: \"bse\"", "there is no family `bse` (did you mean `base`?)", (5, 14)),
        ("id: \"quick\"", "id: \"base\"", "`base` extends `base`: a circle", (5, 14)),
        ("(name: \"grip\", ", "(", "`name` is missing", (14, 9)),
    ] {
        let (sentence, found) = mistake(from, to);
        assert!(sentence.contains(part), "{to}: {sentence}");
        assert_eq!(found, place, "{to}: {sentence}");
    }
}

#[test]
fn a_changed_unit_needs_every_number_that_was_in_the_old_one() {
    let over = |part: &str| {
        variant(&format!("(id: \"v\", title: \"V\", extends: \"base\", parameters: [{part}])")).over(&base())
    };
    let told = |part: &str| over(part).unwrap_err().1;
    assert!(told("(name: \"speed\", unit: \"km/h\")").contains("give `nominal`, too"));
    assert!(
        told("(name: \"speed\", unit: \"km/h\", nominal: Constant(1))").contains("give `proposal`, too, or `None`")
    );
    let family = over("(name: \"speed\", unit: \"km/h\", nominal: Constant(\"10 m/s\"), proposal: None)").unwrap();
    assert_eq!(family.parameters[0].nominal, written(&Distribution::Constant(36.0)), "in the new unit");
    assert!(over("(name: \"speed\", unit: \"m/s\")").is_ok(), "the same unit is no change");
}

#[test]
fn chains_end_and_a_broken_base_is_named() {
    let link = |id: &str, base: &str| format!("(id: \"{id}\", title: \"T\", extends: \"{base}\")");
    let chain = |length: usize| {
        let mut texts: BTreeMap<String, Source> = shelf(&[("base", BASE)]);
        let id = |at: usize| if at == 0 { "base".to_owned() } else { format!("v{at}") };
        for at in 1..length {
            texts.insert(id(at), source(&link(&id(at), &id(at - 1)), &format!("v{at}.ron")));
        }
        parse_with(&source(&link("last", &id(length - 1)), "last.ron"), &texts)
    };
    let parsed = chain(DEEPEST).unwrap();
    assert_eq!((parsed.family.parameters, parsed.variants.len()), (base().parameters, DEEPEST));
    assert!(chain(DEEPEST + 1).unwrap_err().text.contains("more than 8"));

    let told = |texts: &[(&str, &str)]| {
        let error = parse_with(&source(&link("a", "b"), "a.ron"), &shelf(texts)).unwrap_err();
        assert_eq!((error.line, error.field.as_str()), (1, "extends"));
        error.text
    };
    let circle = told(&[("b", &link("b", "c")), ("c", &link("c", "a"))]);
    assert!(circle.contains("its base `c` is broken: c.ron:1:32: "), "{circle}");
    assert!(circle.contains("`a` extends `b`, which extends `c`, which extends `a`: a circle"), "{circle}");
    let broken = BASE.replace("id: \"base\"", "id: \"b\"").replace("m/s\",", "m/s\", unti: 1,");
    assert!(told(&[("b", &broken)]).contains("its base `b` is broken: b.ron:14:"));
    let misnamed = told(&[("b", BASE)]);
    assert!(misnamed.contains("b.ron:3:9: in `id`: the file holds the family `base`"), "{misnamed}");
    assert!(told(&[("b", &link("b", "c"))]).contains("b.ron:1:32: in `extends`: there is no family `c`"));
    let deep = told(&[("b", "(id: \"b\", title: \"B\", extends: \"base\", without: [\"x\"])"), ("base", BASE)]);
    assert!(deep.contains("its base `b` is broken: b.ron:1:50: in `without[0]`"), "{deep}");
}

#[test]
fn a_field_is_traced_to_the_file_that_it_stands_in() {
    let middle =
        "(id: \"middle\", title: \"M\", extends: \"base\", parameters: [(name: \"mass\", about: \"Of the cart.\")])";
    let text = VARIANT.replace("extends: \"base\"", "extends: \"middle\"");
    let parsed = parse_with(&source(&text, "quick.ron"), &shelf(&[("base", BASE), ("middle", middle)])).unwrap();
    let variants: Vec<&Variant> = parsed.variants.iter().collect();
    let from = |field: &str| inherited_from(&parsed.family, field, &variants);
    let own = ["id", "parameters[0].nominal.low", "parameters[3].unit", "camera.width_px", "requirements[0].that"];
    assert_eq!(own.map(from), [None; 5]);
    assert_eq!(from("parameters[1].about"), Some("middle"));
    let inherited =
        ["parameters[0].unit", "parameters[1].nominal", "camera.eye_m.x", "measures[0].is", "scene.speed", "stage"];
    assert_eq!(inherited.map(from), [Some("base"); 6]);
    assert_eq!(inherited_from(&parsed.family, "stage", &[]), None, "a whole family inherits nothing");
}

#[test]
fn saving_without_an_edit_changes_no_byte() {
    let said = variant(VARIANT);
    assert_eq!(said.revised(&base(), &quick()), said, "what is said already");
    assert_eq!(said_text(&Said::Variant(Box::new(said)), VARIANT), VARIANT);
}

#[test]
fn an_edit_changes_its_own_line_and_inherited_values_stay_out() {
    let mut family = quick();
    family.parameters[1].nominal = written(&Distribution::Constant(4.0));
    family.parameters[3].about = "Of the tyres.".to_owned();
    family.camera.height_px = 96;
    family.events = base().events;
    let said = variant(VARIANT).revised(&base(), &family);
    let saved = said_text(&Said::Variant(Box::new(said)), VARIANT);
    let expected = VARIANT
        .replace("\"dark\", ", "")
        .replace("(width_px: 128)", "(width_px: 128, height_px: 96)")
        .replace(
            "role: Cause, nominal: Constant(0.5)),\n",
            "role: Cause, about: \"Of the tyres.\", nominal: Constant(0.5)),\n        (name: \"mass\", nominal: Constant(4.0)),\n",
        );
    assert_eq!(saved, expected, "{saved}");
    assert_eq!(variant(&saved).over(&base()), Ok(family));
}

#[test]
fn what_is_said_stays_said_when_the_base_says_the_same() {
    let mut like_base = quick();
    like_base.camera.width_px = 64;
    let said = variant(VARIANT).revised(&base(), &like_base);
    let mut other_base = base();
    other_base.camera.width_px = 32;
    other_base.camera.height_px = 24;
    let camera = said.over(&other_base).unwrap().camera;
    assert_eq!((camera.width_px, camera.height_px), (64, 24), "the first is the variant's own, the second the base's");
}

/// A few arbitrary changes, sensible or not.
fn scrambled(family: &Family, stream: &mut Stream) -> Family {
    let mut next = family.clone();
    for _ in 0..=stream.next_below(4) {
        let (n, pick, number) = (next.parameters.len() as u64, stream.next_below(22), stream.next_unit());
        let at = stream.next_below(n.max(1)) as usize;
        let name = format!("new{}", stream.next_below(3));
        match (pick, next.parameters.get_mut(at)) {
            (0, Some(it)) => it.nominal = written(&Distribution::Constant(number)),
            (1, Some(it)) => it.proposal = it.proposal.is_none().then(|| it.nominal.clone()),
            (2, Some(it)) => it.about = "a \"quoted\" (odd: text, [ // sign".to_owned(),
            (3, Some(it)) => it.unit = "km/h".to_owned(),
            (4, Some(it)) => it.name = name,
            (5, Some(it)) => it.layer = it.layer.is_none().then_some(Layer::L4),
            (6, Some(_)) => drop(next.parameters.remove(at)),
            (7, Some(_)) => next.parameters.swap(0, at),
            (8, _) => {
                next.parameters.insert(at, crate::family::Parameter::new(&name, "", &Distribution::Constant(number)));
            }
            (9, _) => drop(next.scene.insert(name, Bound::Number(number))),
            (10, _) => drop(next.scene.pop_first()),
            (11, _) => drop(next.correlations.pop()),
            (12, _) => next.correlations.push(Correlation { a: "mass".to_owned(), b: name, rho: number }),
            (13, _) => next.measures.reverse(),
            (14, _) => drop(next.measures.pop()),
            (15, _) => {
                next.events.push(Event::at(
                    &name,
                    Bound::Number(number),
                    Action::ScaleLight { to: Bound::Number(0.0) },
                ));
            }
            (16, _) => drop(
                next.regions.insert(
                    name,
                    next.regions
                        .values()
                        .next()
                        .cloned()
                        .unwrap_or(Region::Lane { points_m: vec![[number; 3]], width_m: Bound::Number(1.0) }),
                ),
            ),
            (17, _) => next.camera.roll_deg = Bound::Number(number),
            (18, _) => next.clock.duration_s = number,
            (19, _) => next.tags.push(name),
            (20, _) => next.taxonomy = next.taxonomy.is_none().then(|| Taxonomy::of_version(1)),
            _ => next.coverage.clear(),
        }
    }
    next
}

#[test]
fn whatever_is_edited_the_saved_variant_over_its_base_is_the_family() {
    let mut stream = StreamKey::new(1, "variant").stream("edits", 0);
    for round in 0..300 {
        // Bases and texts that were themselves edited before.
        let base = if round % 2 == 0 { base() } else { scrambled(&base(), &mut stream) };
        let blank = Variant::new("quick", "Quick", "base");
        let mut text = if round % 3 == 0 { VARIANT.to_owned() } else { "// Mine.\n".to_owned() };
        let mut said = if round % 3 == 0 { variant(VARIANT) } else { blank };
        let Ok(mut family) = said.over(&base) else { continue };
        for _ in 0..4 {
            family = scrambled(&family, &mut stream);
            said = said.revised(&base, &family);
            text = said_text(&Said::Variant(Box::new(said.clone())), &text);
            let read_back = variant(&text);
            assert_eq!(read_back, said, "{text}");
            assert_eq!(read_back.over(&base).as_ref(), Ok(&family), "{text}");
            assert_eq!(said.revised(&base, &family), said, "a second save changes nothing: {text}");
            assert!(text.starts_with("// "), "the first comment stays: {text}");
        }
    }
}

#[test]
fn a_fresh_text_says_only_what_differs() {
    let mut family = Variant::new("slow", "Slow", "base").over(&base()).unwrap();
    let fresh = |family: &Family| {
        let said = Variant::new("slow", "Slow", "base").revised(&base(), family);
        said_text(&Said::Variant(Box::new(said)), "")
    };
    assert_eq!(fresh(&family), "(\n    id: \"slow\",\n    title: \"Slow\",\n    extends: \"base\",\n)\n");
    family.parameters[0].nominal = written(&Distribution::Constant(1.0));
    family.measures.pop();
    let expected = "(\n    id: \"slow\",\n    title: \"Slow\",\n    extends: \"base\",\n    without: [\"measures.odd\"],\n    \
                    parameters: [\n        (name: \"speed\", nominal: Constant(1.0)),\n    ],\n)\n";
    assert_eq!(fresh(&family), expected);
}

#[test]
fn garbled_variants_give_errors_or_families_and_never_hang() {
    let mut stream = StreamKey::new(2, "variant").stream("garbled", 0);
    let texts = shelf(&[("base", BASE)]);
    for _ in 0..600 {
        let mut letters: Vec<char> = VARIANT.chars().collect();
        for _ in 0..=stream.next_below(2) {
            let at = stream.next_below(letters.len() as u64) as usize;
            letters[at] = ['(', ')', '"', ',', 'ü', '[', ']', '/'][stream.next_below(8) as usize];
        }
        let text: String = letters.iter().collect();
        if let Ok(parsed) = parse_with(&source(&text, "garbled.ron"), &texts) {
            let own = parsed.variants[0].clone();
            assert_eq!(own.revised(&base(), &parsed.family), own, "{text}");
        }
    }
    assert!(parse_with(&source(&"(extends:".repeat(30_000), "deep.ron"), &texts).is_err(), "deep");
}
