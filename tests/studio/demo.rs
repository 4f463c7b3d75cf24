//! View models as a study would fill them, with made-up numbers: for pictures of the screens and for stories.

use std::sync::Arc;

use eframe::egui::{self, TextureHandle, TextureId};
use worldproof::{
    app::{
        difference, icon,
        jobs::{JobLine, Step},
        theme,
        view::*,
        widgets::{contact_sheet::atlas_uv, picture},
    },
    base::Rgb,
    run::annotations::Annotation,
};

/// The demo window and the textures that must live as long.
pub(crate) struct Demo {
    pub(crate) view: StudioView,
    _textures: Vec<TextureHandle>,
}

/// A bottle on a table, leaning by `lean`, under light `light`.
fn scene(width: u32, height: u32, lean: f32, light: f32, grain: u32) -> Rgb {
    let mut image = Rgb::black(width, height);
    let (w, h) = (width as f32, height as f32);
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (x as f32 / w, y as f32 / h);
            let mut color = if v < 0.52 { [148.0, 146.0, 140.0] } else { [124.0, 98.0, 74.0] };
            let shade = 1.0 - 0.35 * (v - 0.52).abs();
            let side = u - 0.5 - lean * (0.72 - v);
            let neck = if v < 0.36 { 0.025 } else { 0.07 };
            let shadow = ((u - 0.6) / 0.2).powi(2) + ((v - 0.74) / 0.05).powi(2);
            if v > 0.52 && shadow < 1.0 {
                color = color.map(|c| c * 0.6);
            }
            if (0.22..0.74).contains(&v) && side.abs() < neck {
                let round = (1.0 - (side / neck).powi(2)).sqrt();
                color =
                    if v < 0.27 { [60.0, 66.0, 70.0] } else { [70.0, 118.0, 104.0] }.map(|c| c * (0.5 + 0.7 * round));
            }
            let noise = ((x.wrapping_mul(1_973) ^ y.wrapping_mul(9_277)).wrapping_mul(26_699) >> 8) % (grain + 1);
            let at = ((y * width + x) * 3) as usize;
            for (byte, level) in image.bytes[at..at + 3].iter_mut().zip(color) {
                *byte = (level * shade * light + noise as f32).clamp(0.0, 255.0) as u8;
            }
        }
    }
    image
}

fn load(ctx: &egui::Context, keep: &mut Vec<TextureHandle>, image: &Rgb) -> TextureId {
    let texture = ctx.load_texture("demo", theme::color_image(image), picture::texture_options());
    let id = texture.id();
    keep.push(texture);
    id
}

fn bell(centre: f64, width: f64) -> Vec<[f64; 2]> {
    (0..=80)
        .map(|at| centre + (f64::from(at) / 40.0 - 1.0) * 3.5 * width)
        .map(|x| [x, (-((x - centre) / width).powi(2) / 2.0).exp() / width])
        .collect()
}

fn parameter(name: &str, unit: &str, role: ParameterRole, value: f64, (nominal, width): (f64, f64)) -> Parameter {
    let shifted = nominal + 1.6 * width;
    Parameter {
        name: name.into(),
        unit: unit.into(),
        role,
        value,
        nominal_value: nominal,
        range: [nominal - 5.0 * width, nominal + 7.0 * width],
        decimals: if width < 0.05 { 3 } else { 2 },
        nominal: bell(nominal, width).into(),
        proposal: bell(shifted, width * 1.3).into(),
        about: format!("How {name} changes the outcome; measured on the bench."),
        finding: None,
    }
}

pub(crate) fn parameters() -> Vec<Parameter> {
    use ParameterRole::{Cause, Nuisance, Sensor};
    let mut all = vec![
        parameter("Friction", "", Cause, 0.18, (0.42, 0.08)),
        parameter("Fill height", "m", Cause, 0.162, (0.11, 0.02)),
        parameter("Push speed", "m/s", Cause, 0.64, (0.3, 0.09)),
        parameter("Bottle mass", "kg", Nuisance, 0.51, (0.48, 0.06)),
        parameter("Table yaw", "°", Nuisance, 12.4, (0.0, 9.0)),
        parameter("Key light", "lx", Nuisance, 612.0, (540.0, 80.0)),
        parameter("Exposure", "ms", Sensor, 8.2, (8.0, 0.7)),
        parameter("Read noise", "DN", Sensor, 1.9, (1.8, 0.2)),
    ];
    all[3].finding = Some("Its proposal is narrower than its nominal: weights above 1 are unbounded.".into());
    all
}

fn shot(texture: TextureId, image: Rgb, origin: Origin, caption: &str) -> Picture {
    Picture {
        texture: Some((texture, [image.width, image.height])),
        origin,
        channel: "Colour · wrist".into(),
        caption: caption.into(),
        state: PictureState::Ready,
        pixels: Some(Arc::new(image)),
    }
}

fn sheet(ctx: &egui::Context, keep: &mut Vec<TextureHandle>) -> ContactSheet {
    let (columns, rows, width, height) = (6_u32, 4_u32, 160_u32, 120_u32);
    let mut atlas = Rgb::black(columns * width, rows * height);
    let mut tiles = Vec::new();
    for at in 0..columns * rows {
        let lean = ((at * 37) % 24) as f32 / 24.0 - 0.25;
        let tile = scene(width, height, lean, 0.75 + (at % 5) as f32 * 0.1, 6);
        for y in 0..height {
            let from = (y * width * 3) as usize;
            let to = (((at / columns * height + y) * columns * width + at % columns * width) * 3) as usize;
            let length = (width * 3) as usize;
            atlas.bytes[to..to + length].copy_from_slice(&tile.bytes[from..from + length]);
        }
        tiles.push(Tile {
            draw: u64::from(at),
            uv: atlas_uv(at as usize, columns as usize, rows as usize),
            texture: None,
            weight: Some(0.02 + f64::from(at % 7) * 0.03),
            tipped: lean > 0.3,
            outcome: format!("Lean {:.0}°", lean * 60.0),
            ..Tile::default()
        });
    }
    let atlas = Some(load(ctx, keep, &atlas));
    let summary = "10 of 24 tip over · weighted 0.8 % of reality".into();
    ContactSheet { atlas, aspect: 4.0 / 3.0, tiles, selected: Some(7), summary, ..ContactSheet::default() }
}

fn node(depth: usize, label: &str, icon: &'static str, detail: &str, glyph: Glyph, origin: Option<Origin>) -> TreeNode {
    TreeNode { id: label.into(), label: label.into(), icon, detail: detail.into(), depth, glyph, origin }
}

fn tree() -> Vec<TreeNode> {
    use Origin::{Real, Synthetic};
    vec![
        node(0, "Families", "", "3", Glyph::Idle, None),
        node(1, "Bottle tips on wet tray", icon::CUBE, "", Glyph::Good, None),
        node(1, "Glare hides the gripper", icon::CUBE, "", Glyph::Attention, None),
        node(1, "Cable snags the wrist", icon::CUBE, "", Glyph::Idle, None),
        node(0, "Sets", "", "4", Glyph::Idle, None),
        node(1, "Kitchen teleop", icon::DATABASE, "12 480", Glyph::Idle, Some(Real)),
        node(2, "Reference", icon::EYE, "8 736", Glyph::Idle, Some(Real)),
        node(2, "Held", icon::LOCK, "3 744", Glyph::Sealed, Some(Real)),
        node(1, "Wet tray, seed 7", icon::STACK, "4 000", Glyph::Idle, Some(Synthetic)),
        node(0, "Seals", "", "1", Glyph::Idle, None),
        node(1, "Kitchen held", icon::SEAL_CHECK, "0 of 4", Glyph::Sealed, None),
        node(0, "Trials", "", "1", Glyph::Idle, None),
        node(1, "Tip detector", icon::FLASK, "4 arms", Glyph::Good, None),
    ]
}

fn histogram() -> Histogram {
    let edges: Vec<f64> = (0..=24).map(|at| f64::from(at) / 24.0).collect();
    let share = |centre: f64| edges.windows(2).map(move |e| (-((e[0] - centre) * 6.0).powi(2)).exp() / 6.8).collect();
    Histogram {
        title: "Luminance".into(),
        unit: "of full scale".into(),
        words: ["Real", "Synthetic"].map(str::to_owned),
        shares: [share(0.42), share(0.52)],
        edges: edges.clone(),
    }
}

fn histograms() -> Vec<Histogram> {
    ["Luminance", "Red", "Green", "Blue"].map(|title| Histogram { title: title.into(), ..histogram() }).to_vec()
}

fn told() -> Vec<Told> {
    vec![
        "Synthetic is 0.8 σ brighter and 0.4 σ smoother than real.".into(),
        "Parts of real are missing from synthetic: recall 0.31, by chance 0.62 to 0.84.".into(),
        Told {
            text: "Between draws, light_after explains 61 % of luminance_mean: a higher one is brighter; lower it to \
                   come nearer to real."
                .to_owned(),
            parameter: Some(("tabletop_light_step".to_owned(), "light_after".to_owned())),
        },
    ]
}

fn features() -> Vec<(&'static str, Vec<Metric>)> {
    let one = |(name, value): (&str, f64)| Metric {
        id: format!("Pictures {name}"),
        name: name.into(),
        value,
        null: Some([-0.3, 0.28]),
        axis: Some([-1.0, 1.0]),
        interval: None,
        about: "Cliff's delta: 0 is no difference.".into(),
        ..metrics().swap_remove(0)
    };
    let signal = Metric { id: "Signals grip".into(), ..one(("luminance_mean", 0.2)) };
    vec![
        ("Pictures", [("luminance_mean", 0.62), ("spectrum_slope", 0.35), ("noise_floor", -0.12)].map(one).into()),
        ("Signals", vec![signal]),
    ]
}

fn metrics() -> Vec<Metric> {
    [
        ("Sharpness", 0.21, 0.12),
        ("Luminance", 0.14, 0.10),
        ("Colour", 0.06, 0.09),
        ("Noise", 0.05, 0.08),
        ("Edges", 0.04, 0.09),
        ("Features", 0.18, 0.15),
    ]
    .into_iter()
    .map(|(name, value, null)| Metric {
        id: name.into(),
        name: name.into(),
        value,
        axis: None,
        null: Some([null * 0.3, null]),
        halves: Some([null * 0.4, null * 0.9]),
        interval: Some([value * 0.75, value * 1.25]),
        groups: 48,
        p: Some(if value > null { 0.004 } else { 0.31 }),
        beside: vec![Beside {
            name: "KS",
            value: 1.4 * value,
            null: [0.4 * null, 1.3 * null],
            halves: Some([0.5 * null, 1.2 * null]),
        }],
        caveat: None,
        about: format!(
            "Distance between the distributions of {} in both sets; lens and exposure move it most.",
            name.to_lowercase()
        ),
    })
    .collect()
}

fn arm(kind: ArmKind, items: u64, score: f64, slope: f64) -> Arm {
    let curve = if slope == 0.0 {
        Vec::new()
    } else {
        (0..=8)
            .map(|at| f64::from(at) / 8.0)
            .map(|s| (s, score - 0.05 + slope * s * (1.2 - s)))
            .map(|(s, y)| [s, y, y - 0.018, y + 0.018])
            .collect()
    };
    Arm { kind, items, score: Some(score), interval: [score - 0.022, score + 0.022], curve }
}

fn rule(name: &str, state: RuleState, measured: &str, threshold: &str) -> Rule {
    let evidence =
        "Measured on 48 held episodes, resampled by episode 10 000 times; the interval is in the ledger at entry 38.";
    Rule { name: name.into(), state, measured: measured.into(), threshold: threshold.into(), evidence: evidence.into() }
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

fn timeline() -> Timeline {
    let event = |label: &str, start_s, end_s| TimelineEvent {
        label: label.into(),
        start_s,
        end_s,
        movable: true,
        index: 0,
        when: None,
        came: Came::Yes,
    };
    Timeline {
        length_s: 4.0,
        rate_hz: 30.0,
        now_s: 1.4,
        playing: false,
        events: vec![
            event("Arm approaches", 0.2, Some(1.0)),
            event("Push", 1.1, Some(1.6)),
            event("Bottle tips", 1.9, None),
            event("Release", 2.6, Some(3.2)),
        ],
        contacts: [[1.05, 1.62], [2.1, 2.3], [2.5, 3.6]].map(|span_s| Touch { thing: "arm".into(), span_s }).into(),
    }
}

fn ledger() -> Vec<LedgerRow> {
    let kinds = [
        ("Study made", "Seed 7"),
        ("Real set read", "Kitchen teleop, 12 480 items"),
        ("Sealed", "Kitchen held, 3 744 items, root 9f2c…"),
        ("Plan registered", "Tip detector, four arms"),
        ("Set generated", "Wet tray, seed 7, 4 000 draws"),
        ("Compared", "Kitchen reference beside wet tray"),
        ("Lock opened", "Gate, first of four"),
    ];
    kinds
        .iter()
        .enumerate()
        .map(|(at, (kind, summary))| LedgerRow {
            seq: 32 + at as u64,
            time: format!("12 Mar 14:{:02}", 10 + at * 3),
            kind: (*kind).into(),
            summary: (*summary).into(),
            hash: format!("{:08x}", 0x9f2c_11a7_u32.wrapping_mul(at as u32 + 3)),
        })
        .collect()
}

fn tabs() -> [TabState; 5] {
    let tab = |glyph, text: &str| TabState { glyph, text: text.into() };
    [
        tab(Glyph::Good, "Three families, no errors"),
        tab(Glyph::Attention, "Two metrics outside their null band"),
        tab(Glyph::Sealed, "Kitchen held is sealed"),
        tab(Glyph::Good, "All four arms ran"),
        tab(Glyph::Idle, "Not judged yet"),
    ]
}

fn lock() -> LockView {
    LockView {
        set: "Kitchen teleop".into(),
        groups: (0..14).map(|at| (format!("episode_{at:04}"), 240 + (at * 53) % 90, at % 3 == 2)).collect(),
        leaks: Vec::new(),
        root: Some("9f2c11a7d0e4".into()),
        signer: "bench key".into(),
        openings: vec![("12 Mar 14:28".into(), "Gate for wet tray, seed 7".into(), "m.keller".into())],
        budget: 4,
        origin: Origin::StandIn,
        note: String::new(),
    }
}

fn trial() -> TrialView {
    let slice = |name: &str, groups, difference: f64, half| Slice {
        name: name.into(),
        groups,
        difference,
        interval: [difference - half, difference + half],
    };
    TrialView {
        plan: pairs(&[
            ("Learner", "linear probe"),
            ("Seeds", "5"),
            ("Score", "recall at 1 % FPR"),
            ("Margin", "0.010"),
            ("Budget α", "0.05"),
            ("Unit", "episode"),
        ]),
        registered: Some("4be1·77c0".into()),
        arms: vec![
            arm(ArmKind::Real, 8736, 0.612, 0.0),
            arm(ArmKind::Resampled, 12736, 0.618, 0.02),
            arm(ArmKind::Synthetic, 4000, 0.571, 0.0),
            arm(ArmKind::Mixed, 12736, 0.703, 0.26),
        ],
        score: "Recall of tipped bottles".into(),
        slices: vec![
            slice("Wet tray", 31, 0.085, 0.03),
            slice("Dry tray", 62, 0.004, 0.012),
            slice("Low light", 18, 0.031, 0.04),
            slice("Full bottle", 24, 0.062, 0.028),
            slice("Empty bottle", 40, -0.022, 0.014),
        ],
        margin: 0.01,
    }
}

fn export() -> ExportView {
    use RuleState::{Failed, Passed, Pending, Unclear};
    ExportView {
        verdict: VerdictState::Inconclusive,
        reason: "The gain on the rare slice may be below the margin: about 22 more real episodes would decide".into(),
        rules: vec![
            rule("Rare slice improves", Unclear, "+0.085 ± 0.030", "> +0.010"),
            rule("No slice gets worse", Failed, "−0.022 ± 0.014", "> −0.010"),
            rule("Seal is whole", Passed, "3 744 of 3 744", "all"),
            rule("No leak across the split", Passed, "0", "0"),
            rule("Policy card is answered", Passed, "4 of 4", "4"),
            rule("Drift is explained", Pending, "–", "≤ 2 metrics"),
        ],
        lerobot: Some("/data/studies/kitchen/light-lerobot".into()),
        formats: vec![
            ("LeRobot v3".into(), "Episodes as Parquet and MP4".into(), true),
            ("COCO".into(), "Boxes and masks as JSON".into(), true),
            ("WebDataset".into(), "Shards for streaming".into(), false),
        ],
        facts: pairs(&[
            ("Draws", "4 000"),
            ("Frames", "480 000"),
            ("Size", "≈ 6.2 GB"),
            ("Seed", "7"),
            ("Lineage", "every item"),
        ]),
        needed: vec![
            "About 22 more real episodes with the rare event in the sealed half".into(),
            "A registered trial with the four arms".into(),
        ],
        origin: Origin::StandIn,
        pack: Some("/data/keller/studies/kitchen-study/packs/wet-tray-7-INCONCLUSIVE".into()),
        checks: vec![
            (true, "Digests".into(), "4 012 of 4 012 files".into()),
            (true, "Signature".into(), "bench key".into()),
            (false, "Ledger".into(), "entry 38 is missing its successor".into()),
        ],
    }
}

fn examples(ctx: &egui::Context, keep: &mut Vec<TextureHandle>) -> Vec<ExampleCard> {
    let cards = [
        ("Bottle tips on a wet tray", "Friction drops to a tenth; the arm pushes as it always did.", 0.5),
        ("Glare hides the gripper", "Low sun through a window, and a camera that exposes for the room.", 0.0),
        ("Cable snags the wrist", "A cable crosses the path once in four thousand reaches.", -0.2),
    ];
    let cards = cards.into_iter().map(|(title, text, lean)| {
        let image = scene(480, 300, lean, 1.0, 3);
        ExampleCard { title: title.into(), text: text.into(), picture: Some((load(ctx, keep, &image), [480, 300])) }
    });
    cards.collect()
}

fn labels() -> [LabelsView; 2] {
    [("canister", [262.0, 120.0, 388.0, 342.0]), ("canister", [270.0, 118.0, 404.0, 338.0])].map(|(words, bounds)| {
        let mark = |words: &str, bounds_px| Annotation { words: words.into(), bounds_px, outline_px: Vec::new() };
        let all = [mark(words, Some(bounds)), mark("right hand, partly hidden", Some([410.0, 230.0, 640.0, 420.0]))];
        LabelsView { all: all.into(), failed: String::new() }
    })
}

fn scatter() -> Scatter {
    let dots = (0..160_u32).map(|at| {
        let t = f64::from(at);
        let side = at as usize % 2;
        let x = (t * 1.7).sin() * (0.4 + (t * 0.37).cos().abs()) + 0.7 * side as f64;
        let y = (t * 2.9).cos() * (0.5 + (t * 0.73).sin().abs());
        worldproof::run::compare::MapDot { side, episode: u64::from(at / 8), frame: at % 8, at: [x, y] }
    });
    Scatter {
        words: ["The stand-in".into(), "Synthetic".into()],
        axes: [
            "Across: 31 % of what varies, most of all luminance_mean".into(),
            "Up: 14 % of what varies, most of all saturation".into(),
        ],
        dots: dots.collect(),
        shown: [Some(0), Some(1)],
        ..Scatter::default()
    }
}

fn author(preview: Picture, sheet: ContactSheet) -> AuthorView {
    AuthorView {
        family: "Bottle tips on wet tray".into(),
        about: "A pushed bottle tips over instead of sliding".into(),
        preview,
        channels: ["Colour", "Depth", "Instances", "Normals", "Flow"].map(str::to_owned).to_vec(),
        parameters: parameters(),
        selected: Some("Friction".into()),
        timeline: timeline(),
        sheet,
        many: Many::default(),
        findings: Vec::new(),
        outcome: "draw 7 · tipped, 61° · weight 0.31".into(),
        card: pairs(&[
            ("What is the rare event?", "A pushed bottle tips over on a wet tray instead of sliding."),
            (
                "What artefact would make the data dangerous?",
                "The wet film is drawn as a darker tray, so darkness stands in for slip.",
            ),
            ("Which real probe would show it?", "Dry dark trays: a model that fires on them has learnt the shade."),
            ("What makes us discard the data?", "More than 2 % false alarms on the dark tray probe."),
        ]),
        inspected: None,
        stage: worldproof::app::stage::StageView::default(),
    }
}

/// Two sets to choose from, the reference's with two cameras.
fn sides() -> [SideChoice; 2] {
    let sets: Vec<(String, Origin)> =
        vec![("Kitchen reference".into(), Origin::StandIn), ("Wet tray, seed 7".into(), Origin::Synthetic)];
    let side = |at: usize, cameras: &[&str]| SideChoice {
        set: sets[at].0.clone(),
        sets: sets.clone(),
        cameras: cameras.iter().map(|name| (*name).into()).collect(),
        camera: 0,
    };
    [side(0, &["cam_high", "cam_wrist"]), side(1, &["head"])]
}

fn matching() -> Matching {
    Matching { conditions: vec!["task".into(), "light".into()], page: Some([1, 3]), ..Matching::default() }
}

fn compared_signals() -> [SignalLine; 2] {
    let wave = |phase: f64| (0..84).map(|at| [f64::from(at) / 30.0, (f64::from(at) * 0.09 + phase).sin()]).collect();
    let line = |name: &str, phase: f64| SignalLine {
        offered: vec!["state · elbow".into(), "state · wrist".into()],
        name: name.into(),
        points: wave(phase),
        now: Some(0.52),
        ..SignalLine::default()
    };
    [line("state · elbow", 0.0), line("state · elbow", 0.4)]
}

fn remarks() -> Vec<RemarkRow> {
    let row =
        |about: &str, flagged, text: &str, shown| RemarkRow { about: about.into(), flagged, text: text.into(), shown };
    vec![
        row("episode 12 · frame 43 beside 7 · frame 43", true, "Shadow falls the other way", true),
        row("episode 9 · frame 3 beside 4 · frame 3", true, "", false),
    ]
}

fn note() -> String {
    "Two sets of 48 episodes: distances below the grey band are noise, and KID below 256 frames is biased.".into()
}

fn evidence() -> EvidenceView {
    let look = |side: usize| {
        let value = move |at: usize| if at / 8 >= 4 { [-2.4, 2.8][side] } else { 0.3 * (at as f64).sin() };
        (0..48).map(|at| CellLook { value: value(at), strongest: "noise floor" }).collect()
    };
    let words = ["the stand-in".into(), "synthetic".into()];
    EvidenceView { words, about: String::new(), cells: Some([look(0), look(1)]) }
}

fn audit() -> AuditView {
    AuditView {
        set: "Wet tray, seed 7".into(),
        told: vec!["lamp_red tells tipped beyond its causes, higher when tipped: 0.41 of 0.97 bits that they leave open (p < 0.001).".into()],
        about: "316 pairs of 48 draws; 12 cannot be judged".into(),
        accuses: true,
        parameters: vec!["lamp_red".into(), "friction".into()],
        swapped: vec![
            "lamp_red is no cause among these 24 draws: exchanged among them it turns tipped in none and moves no measure.".into(),
        ],
    }
}

fn twins(texture: TextureId) -> TwinsView {
    let row = |episode: u64, others: &str, is_held: bool| RepeatRow {
        texture: Some(texture),
        first: format!("episode {episode} · frame 60{}", if is_held { " (held back)" } else { "" }),
        others: others.into(),
        frame: (!is_held).then_some((episode, 60)),
    };
    TwinsView {
        set: "Kitchen, spring".into(),
        told: vec![
            "214 of 2400 pictures are nearly the same as an earlier one, 3 of them pixel by pixel; 2186 differ from each other.".into(),
            "12 of 480 held pictures have a near twin in the reference half.".into(),
        ],
        about: "One picture in 30; hashes of twins differ in 4 of 64 bits at most".into(),
        rows: vec![
            row(12, "17 others, as episode 31 · frame 90", false),
            row(31, "episode 4 · frame 0 (held back)", false),
            row(44, "episode 12 · frame 60", true),
        ],
    }
}

fn job() -> JobLine {
    let step = Step { stage: "Rendering frames".into(), done: 2480, total: 4000 };
    let (share, left_s) = (Some(0.62), Some(140.0));
    JobLine { id: 1, title: "Wet tray, seed 7".into(), step, share, left_s, stopping: false, notes: 2 }
}

/// Everything filled.
pub(crate) fn demo(ctx: &egui::Context) -> Demo {
    let mut keep = Vec::new();
    let real = scene(640, 480, 0.10, 0.92, 14);
    let synthetic = scene(640, 480, 0.16, 1.02, 2);
    let difference = ctx.load_texture(
        "difference",
        difference::difference_image(&real, &synthetic, 4.0).expect("same size"),
        picture::texture_options(),
    );
    let (real_id, synthetic_id) = (load(ctx, &mut keep, &real), load(ctx, &mut keep, &synthetic));
    let sheet = sheet(ctx, &mut keep);
    let preview = shot(synthetic_id, synthetic.clone(), Origin::Synthetic, "draw 7 · frame 42");
    let examples = examples(ctx, &mut keep);
    let compare = CompareView {
        sides: sides(),
        matching: matching(),
        signals: compared_signals(),
        audit: Some(audit()),
        twins: [Some(twins(real_id).into()), None],
        remarks: remarks(),
        remark: remarks().into_iter().next(),
        reference: shot(real_id, real, Origin::StandIn, "episode_0012 · 1.40 s"),
        other: shot(synthetic_id, synthetic, Origin::Synthetic, "draw 7 · 1.40 s"),
        labels: Some(labels()),
        evidence: Some(evidence()),
        difference: Some(difference.id()),
        pairs: ContactSheet { summary: "24 pairs, nearest in feature space".into(), ..sheet.clone() },
        metrics: metrics(),
        features: features(),
        measured: "Built-in features · 12 frames of each episode".into(),
        told: told(),
        selected: Some("Luminance".into()),
        scatter: scatter(),
        timeline: Timeline { events: Vec::new(), contacts: Vec::new(), ..timeline() },
        histograms: histograms(),
        note: note(),
    };
    let mut view = StudioView {
        study: Some("kitchen-study".into()),
        unsaved: true,
        lab: crate::lab::demo(),
        adapter: "llvmpipe · Vulkan".into(),
        jobs: vec![job()],
        tabs: tabs(),
        tree: tree(),
        selected_node: Some("Bottle tips on wet tray".into()),
        ledger: ledger(),
        fingerprint: "b3·5a1e 77d2".into(),
        status: "Rendering frames: 2 480 of 4 000, about 2 min left".into(),
        banner: None,
        confirm: None,
        form: None,
        welcome: Welcome {
            examples,
            recents: pairs(&[("kitchen-study", "~/studies/kitchen-study"), ("glare", "~/studies/glare")]),
        },
        author: author(preview, sheet),
        compare,
        lock: lock(),
        trial: trial(),
        export: export(),
    };
    keep.push(difference);
    crate::many::fill(&mut view);
    Demo { view, _textures: keep }
}
