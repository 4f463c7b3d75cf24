//! docs/FAMILY.md against the program: every block is read and checked, every refusal says what stands there, and no word
//! of the language is missing.

use std::path::Path;

use worldproof::family::{self, Easing, Family, Layer, Severity, taxonomy};
use worldproof::sample::Sampler;
use worldproof::{run, world};

/// A block of code: what its fence says after the language, and its text.
pub(crate) struct Block {
    pub(crate) kind: String,
    pub(crate) text: String,
    line: usize,
}

pub(crate) fn document() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/FAMILY.md")).expect("docs/FAMILY.md")
}

/// The blocks of the document in order.
pub(crate) fn blocks() -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (at, line) in document().lines().enumerate() {
        match (line.strip_prefix("```"), open) {
            (Some(kind), false) => blocks.push(Block { kind: kind.to_owned(), text: String::new(), line: at + 1 }),
            (None, true) => blocks.last_mut().expect("open").text += &format!("{line}\n"),
            (_, _) => {}
        }
        open ^= line.starts_with("```");
    }
    assert!(!open, "a block is not closed");
    blocks
}

/// The family in which the document's fields stand; the fields that they give themselves are left out.
const FRAME: [(&str, &str); 12] = [
    ("id", r#""frame""#),
    ("title", r#""A frame""#),
    ("version", "1"),
    ("card", r#"(rare_event: "a", artefact: "b", real_probe: "c", discard_rule: "d")"#),
    ("stage", r#""tabletop""#),
    ("scene", r#"{"canister_height_m": "height_m"}"#),
    ("camera", "(width_px: 64, height_px: 48, vertical_fov_deg: 49, eye_m: (0, 0, 0.5), target_m: (0.3, 0, 0))"),
    ("clock", "(duration_s: 2.5, frame_rate_hz: 30)"),
    (
        "parameters",
        r#"[
        (name: "height_m", unit: "m", role: Cause, nominal: TruncatedNormal(mean: 0.2, sd: 0.02, low: 0.12, high: 0.28)),
        (name: "mass_kg", unit: "kg", role: Cause, nominal: Uniform(low: 0.15, high: 0.7)),
        (name: "speed_m_s", unit: "m/s", role: Cause, nominal: Uniform(low: 0.15, high: 1.2)),
        (name: "drop_s", unit: "s", role: Cause, nominal: Uniform(low: 0.1, high: 2.2)),
        (name: "light_after", unit: "", role: Cause, nominal: LogUniform(low: 0.02, high: 0.9)),
    ]"#,
    ),
    ("requirements", "[]"),
    ("measures", r#"[(name: "tipped", is: "canister_tilt_max_deg > 45")]"#),
    ("rare_event", r#""tipped""#),
];

/// A whole family around top-level `fields`.
pub(crate) fn framed(fields: &str) -> String {
    let given = |name: &str| fields.lines().any(|line| line.starts_with(&format!("{name}:")));
    // A list of parameters of their own leaves the frame's scene without its parameter.
    let dropped = |name: &str| name == "scene" && given("parameters");
    let rest = FRAME.iter().filter(|(name, _)| !given(name) && !dropped(name));
    let rest: Vec<String> = rest.map(|(name, value)| format!("{name}: {value},\n")).collect();
    format!("(\n{fields}{})\n", rest.concat())
}

/// One family for each distribution of a block of them.
pub(crate) fn with_distributions(text: &str) -> Vec<String> {
    let spin = |line: &str| {
        let (_, parameters) = FRAME[8];
        let own = format!("(name: \"spin\", unit: \"deg\", role: Cause, nominal: {line}),\n    ]");
        framed(&format!("parameters: {},\n", parameters.replacen("    ]", &own, 1)))
    };
    text.lines().map(spin).collect()
}

/// Every whole family that the document's sound blocks make.
pub(crate) fn sound() -> Vec<(usize, String)> {
    let texts = |block: Block| -> Vec<(usize, String)> {
        let all = match block.kind.as_str() {
            "ron" => vec![block.text],
            "ron fields" => vec![framed(&block.text)],
            "ron distributions" => with_distributions(&block.text),
            _ => Vec::new(),
        };
        all.into_iter().map(|text| (block.line, text)).collect()
    };
    blocks().into_iter().flat_map(texts).collect()
}

fn read(line: usize, text: &str) -> Family {
    family::parse(text, "FAMILY.md").unwrap_or_else(|error| panic!("the block at line {line}: {error}\n{text}"))
}

#[test]
fn every_example_is_a_family_that_can_be_drawn_and_simulated() {
    let all = sound();
    assert!(all.len() > 30, "{} examples", all.len());
    for (line, text) in all {
        let family = read(line, &text);
        let found = run::check::findings(&family);
        let bad = found.iter().filter(|finding| finding.severity != Severity::Advice).collect::<Vec<_>>();
        assert!(bad.is_empty(), "the block at line {line}: {bad:?}\n{text}");
        let sampler = Sampler::new(&family, 1).expect("sampler");
        let draw = sampler.draw(0).unwrap_or_else(|error| panic!("the block at line {line}: {error}"));
        assert!(draw.values.values().all(|value| value.is_finite()), "line {line}: {draw:?}");
        world::World::build(&family, &draw).unwrap_or_else(|error| panic!("the block at line {line}: {error}"));
    }
    // The events and measures of the document do happen.
    let busy =
        blocks().into_iter().filter(|block| ["events:", "measures:"].iter().any(|word| block.text.starts_with(word)));
    for block in busy.filter(|block| block.kind == "ron fields") {
        let family = read(block.line, &framed(&block.text));
        let draw = Sampler::new(&family, 1).expect("sampler").draw(0).expect("draw");
        let episode = world::simulate(&family, &draw, &worldproof::base::Silent).expect("episode");
        assert_eq!(episode.measures.len(), family.measures.len(), "line {}", block.line);
    }
}

#[test]
fn examples_that_need_files_name_them() {
    let all: Vec<Block> = blocks().into_iter().filter(|block| block.kind == "ron files").collect();
    assert!(!all.is_empty());
    for block in all {
        let family = read(block.line, &framed(&block.text));
        assert_eq!(family.file_names().count(), family.entities.len(), "line {}", block.line);
    }
}

#[test]
fn every_refusal_says_what_the_document_says() {
    let all = blocks();
    let mut seen = 0;
    for pair in all.windows(2).filter(|pair| pair[0].kind == "ron refused") {
        let [block, expected] = pair else { continue };
        assert_eq!(expected.kind, "text", "line {}: a refusal is followed by its sentence", block.line);
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("frame.ron");
        std::fs::write(&path, framed(&block.text)).expect("write");
        let checked = run::check::check_file(&path).unwrap_or_else(|error| panic!("line {}: {error}", block.line));
        let told: Vec<String> = checked.findings.iter().map(ToString::to_string).collect();
        let stops = |found: &run::check::Placed| found.finding.severity != Severity::Advice;
        assert!(checked.findings.iter().any(stops), "line {}: nothing is refused", block.line);
        let hit = told.iter().any(|line| line.contains(expected.text.trim_end()));
        assert!(hit, "line {}: expected {}got {told:#?}", block.line, expected.text);
        let (Some(first), true) = (checked.findings.first(), told.len() == 1) else {
            panic!("line {}: one mistake, one finding: {told:#?}", block.line)
        };
        let place = first.place.as_ref().expect("a place");
        let inside = (2..2 + block.text.lines().count()).contains(&place.line);
        assert!(inside, "line {}: {place:?} is not in the block", block.line);
        seen += 1;
    }
    assert!(seen >= 8, "{seen} refusals");
}

/// The names in back quotes that the parser offers where `wrong` stands.
fn offered(wrong: &str) -> Vec<String> {
    let text = framed(wrong);
    let error = family::parse(&text, "f.ron").expect_err("a wrong name").text;
    let (_, names) = error.split_once("expected one of ").unwrap_or_else(|| panic!("{error}"));
    names.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one list of all words")]
fn no_word_of_the_language_is_missing() {
    let document = document();
    let mut words = offered("nothing: 1,\n");
    for of in [
        "parameters: [(x: 1)],\n",
        "places: [(x: 1)],\n",
        "events: [(x: 1)],\n",
        "coverage: [(x: 1)],\n",
        "mapping: (x: 1),\n",
        "mapping: (features: [(x: 1)]),\n",
    ] {
        words.extend(offered(of));
    }
    for of in ["requirements: [(x: 1)],\n", "taxonomy: (x: 1),\n", "correlations: [(x: 1)],\n", "derived: [(x: 1)],\n"]
    {
        words.extend(offered(of));
    }
    let distributions = offered("parameters: [(name: \"x\", unit: \"\", role: Cause, nominal: Nothing(1))],\n");
    words.extend(offered("regions: {\"r\": Nothing(x: 1)},\n"));
    words.extend(offered("events: [(name: \"x\", action: Nothing(x: 1))],\n"));
    for thing in ["x: 1", "shape: Nothing(x: 1)", "shape: Box(x: 1)", "look: (x: 1)"] {
        words.extend(offered(&format!("entities: [({thing})],\n")));
    }
    for sensor in [
        "x: 1",
        "reads: Nothing(x: 1)",
        "reads: Imu(x: 1)",
        "reads: Wrench(x: 1)",
        "reads: Lidar(x: 1)",
        "reads: Lidar(beams: Nothing(1))",
        "reads: Lidar(beams: Grid(x: 1))",
        "reads: Lidar(beams: Spinning(x: 1))",
        "reads: Radar(x: 1)",
        "reads: Gnss(x: 1)",
    ] {
        words.extend(offered(&format!("sensors: [({sensor})],\n")));
    }
    for group in [
        "x: 1",
        "intrinsics: (x: 1)",
        "brown_conrady: (x: 1)",
        "kannala_brandt: (x: 1)",
        "optics: (x: 1)",
        "focus: (x: 1)",
        "exposure: (x: 1)",
        "auto: (x: 1)",
        "balance: (x: 1)",
        "noise: (x: 1)",
        "shutter: (x: 1)",
        "coding: (x: 1)",
        "tone: Nothing",
    ] {
        let (_, camera) = FRAME[6];
        let camera = camera.strip_suffix(')').expect("a bracket");
        words.extend(offered(&format!("camera: {camera}, sensor: ({group})),\n")));
    }
    words.extend(world::Surface::ALL.map(|pattern| pattern.name().to_owned()));
    words.extend(distributions.iter().cloned());
    for stage in ["tabletop", "balance", "road", "inspection"] {
        let told = world::vocabulary(&Family::new("x", "X", stage));
        words.extend(told.summary.into_iter().chain(told.signals).map(|(name, _)| name.into_owned()));
        let slots = world::slots(stage).iter().chain(world::live_slots(stage));
        words.extend(slots.map(|slot| slot.name.to_owned()));
    }
    words.extend(Easing::ALL.map(|easing| format!("{easing:?}")));
    words.extend(Layer::ALL.map(|layer| format!("{layer:?}")));
    let lists = [&taxonomy::ODD[..], &taxonomy::FAILURE, &taxonomy::DISTURBANCE, &taxonomy::ROBOT];
    words.extend(lists.concat().iter().map(|word| (*word).to_owned()));
    let unknown = family::Expression::compile("nothing(1)").expect_err("no such function").to_string();
    let (_, functions) = unknown.split_once("there are ").expect("a list");
    words.extend(functions.split(", ").map(str::to_owned));
    assert!(words.len() > 150, "{}", words.len());
    let is_there = |word: &str| {
        let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
        document.match_indices(word).any(|(at, _)| {
            let after = document[at + word.len()..].chars().next();
            !document[..at].ends_with(letter) && !after.is_some_and(letter)
        })
    };
    let missing: Vec<&String> = words.iter().filter(|word| !is_there(word)).collect();
    assert!(missing.is_empty(), "docs/FAMILY.md does not say {missing:?}");
    let block = blocks().into_iter().find(|block| block.kind == "ron distributions").expect("distributions");
    for name in distributions {
        assert!(block.text.lines().any(|line| line.starts_with(&format!("{name}("))), "{name} has no example");
    }
}

#[test]
fn every_variant_of_the_document_merges_over_its_base() {
    use worldproof::family::variant::{Source, parse_with};

    let whole = blocks().into_iter().filter(|block| block.kind == "ron");
    let shelf: std::collections::BTreeMap<String, Source> = whole
        .map(|block| (read(block.line, &block.text).id, Source { text: block.text, file: "base.ron".to_owned() }))
        .collect();
    let variants: Vec<Block> = blocks().into_iter().filter(|block| block.kind == "ron variant").collect();
    assert!(!variants.is_empty(), "the document shows one");
    for block in variants {
        let source = Source { text: block.text, file: "variant.ron".to_owned() };
        let family = parse_with(&source, &shelf).unwrap_or_else(|error| panic!("line {}: {error}", block.line)).family;
        let found = run::check::findings(&family);
        assert!(found.iter().all(|finding| finding.severity == Severity::Advice), "line {}: {found:?}", block.line);
        Sampler::new(&family, 1).expect("sampler").draw(0).unwrap_or_else(|error| panic!("{error}"));
    }
}
