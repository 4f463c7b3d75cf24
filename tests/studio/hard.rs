//! What a screen must stand: nothing there, nothing there yet, failures, long names, dialogs.

use worldproof::app::{
    Command,
    jobs::{JobLine, Step},
    many::TilePicture,
    view::*,
};

/// The banner that some pictures show.
pub(crate) fn banner() -> Banner {
    Banner {
        text: "The file episode_0031.mp4 is cut short after 112 frames: read the set again once it is copied whole."
            .into(),
        cure: Some(Command::OpenRealDataset),
    }
}

/// The dialog before sealing.
pub(crate) fn confirm() -> Confirm {
    Confirm {
        title: "Seal 3 744 held items".into(),
        lines: vec![
            "Their digests are signed with bench key and written to the ledger.".into(),
            "Only the gate can open them, four times in all. This cannot be undone.".into(),
        ],
        act: "Seal now".into(),
    }
}

/// The dialog before generating.
pub(crate) fn form() -> Form {
    let field = |label: &str, value: &str, hint: &str, unit: &str, kind| Field {
        label: label.into(),
        value: value.into(),
        hint: hint.into(),
        unit: unit.into(),
        kind,
        missing: String::new(),
    };
    Form {
        title: "Generate a set".into(),
        lines: vec!["Draws of Bottle tips on wet tray are simulated, rendered and written to the study.".into()],
        fields: vec![
            field("Name", "wet-tray-7", "wet-tray", "", FieldKind::Text),
            field("Draws", "4000", "1000", "draws", FieldKind::Number),
            field("First draw", "", "0", "", FieldKind::Number),
            field("Folder", "/data/keller/studies/kitchen-study/sets", "~/studies", "", FieldKind::Path),
        ],
        act: "Generate".into(),
        error: Some("A set named wet-tray-7 is there already: choose another name.".into()),
    }
}

/// Two jobs at once.
pub(crate) fn busy(view: &mut StudioView) {
    let step = Step { stage: "Reading episodes".into(), done: 12, total: 0 };
    let title = "Read kitchen teleop".into();
    view.jobs.push(JobLine { id: 2, title, step, share: None, left_s: None, stopping: false, notes: 0 });
}

/// Everything is on its way.
pub(crate) fn loading(view: &mut StudioView) {
    view.author.preview.state = PictureState::Loading("Simulating draw 8".into());
    view.author.sheet.atlas = None;
    for tile in &mut view.author.sheet.tiles {
        tile.picture = TilePicture::Waiting;
    }
    view.banner = Some(banner());
    view.confirm = None;
}

/// One picture could not be made and one is missing.
pub(crate) fn failed(view: &mut StudioView) {
    let why = "The file episode_0031.mp4 is cut short after 112 frames: copy it again and read the set once more.";
    view.compare.reference.state = PictureState::Failed(why.into());
    view.compare.reference.texture = None;
    view.compare.other.state = PictureState::Failed("The device was lost: the last picture is shown.".into());
    view.compare.selected = None;
    view.compare.metrics.truncate(2);
    view.compare.metrics[1].value = -0.03;
    view.compare.metrics[1].interval = Some([-0.08, 0.02]);
    view.compare.metrics[1].null = Some([-0.05, 0.05]);
    view.compare.metrics[1].caveat = Some("Only 48 frames: KID is unbiased but wide.".into());
}

const LONG: &str = "A half-full bottle tips over on a wet tray beside the cold sink";

/// Names of 60 letters and more, everywhere.
pub(crate) fn long(view: &mut StudioView) {
    view.study = Some(LONG.into());
    view.author.family = LONG.into();
    view.author.outcome = format!("draw 1 204 · {LONG} · weight 0.000 31");
    for parameter in &mut view.author.parameters {
        parameter.name = format!("{} of the bottle on the tray beside the sink", parameter.name);
        parameter.about = format!("{LONG}. {LONG}. {LONG}.");
    }
    view.author.selected = view.author.parameters.first().map(|parameter| parameter.name.clone());
    view.author.preview.caption = format!("{LONG} {LONG}");
    view.author.sheet.summary = format!("{LONG} {LONG}");
    view.author.findings = vec![format!("{LONG}: {LONG}.")];
    let mut pool = (*view.author.many.pool).clone();
    for column in &mut pool.columns {
        column.name = format!("{} of the bottle on the tray", column.name);
    }
    view.author.many.pool = pool.into();
    for side in &mut view.compare.sides {
        side.set = LONG.into();
        side.sets.push((LONG.into(), Origin::Real));
    }
    view.compare.remark = Some(RemarkRow { about: LONG.into(), text: LONG.into(), ..RemarkRow::default() });
    view.compare.reference.channel = LONG.into();
    view.compare.metrics[0].name = LONG.into();
    view.compare.note = format!("{LONG}. {LONG}.");
    view.lock.set = LONG.into();
    view.lock.note = format!("{LONG}. {LONG}.");
    view.lock.groups[1].0 = format!("{LONG} {LONG}");
    view.lock.leaks = vec![format!("{LONG} {LONG}")];
    view.lock.signer = LONG.into();
    view.lock.openings[0].1 = LONG.into();
    view.export.reason = format!("{LONG}: {LONG}, {LONG}.");
    view.export.rules[1].name = LONG.into();
    view.export.pack = Some(format!("/data/keller/studies/{LONG}/packs/{LONG}"));
    view.status = format!("{LONG} {LONG}");
    view.adapter = "NVIDIA RTX 6000 Ada Generation Laptop GPU · Vulkan 1.3.277".into();
    for node in &mut view.tree {
        if node.depth > 0 {
            node.label = format!("{} beside the cold sink in the kitchen", node.label);
        }
    }
    view.ledger[2].summary = format!("{LONG} {LONG}");
    view.banner = Some(Banner { text: format!("{LONG}: {LONG}."), cure: Some(Command::OpenRealDataset) });
}

/// A study that was just made.
pub(crate) fn empty(view: &mut StudioView) {
    let none = |text: &str, act| PictureState::Empty(text.into(), act);
    view.jobs.clear();
    view.tree.clear();
    view.ledger.truncate(1);
    view.status = "Ready".into();
    let author = &mut view.author;
    (author.parameters, author.card, author.inspected) = (Vec::new(), Vec::new(), None);
    author.channels.clear();
    (author.family, author.outcome, author.selected) = ("No family".into(), String::new(), None);
    author.preview.texture = None;
    author.preview.state = none("A family's draw appears here", Some(Command::NewStudy));
    (author.sheet, author.timeline) = (ContactSheet::default(), Timeline::default());
    author.many = Many::default();
    let compare = &mut view.compare;
    (compare.reference.texture, compare.other.texture) = (None, None);
    compare.reference.state = none("A frame of the real set appears here", Some(Command::OpenRealDataset));
    compare.other.state = none("A frame of the synthetic set appears here", Some(Command::GenerateSet));
    (compare.metrics, compare.histograms, compare.scatter) = (Vec::new(), Vec::new(), Scatter::default());
    (compare.pairs, compare.timeline) = (ContactSheet::default(), Timeline::default());
    (view.lock, view.trial) = (LockView::default(), TrialView::default());
    let export = &mut view.export;
    (export.rules, export.formats) = (Vec::new(), Vec::new());
    (export.facts, export.checks) = (Vec::new(), Vec::new());
    (export.verdict, export.pack) = (VerdictState::Open, None);
    export.reason = "No real set is sealed".into();
    export.needed = vec!["Real data with a held half".into(), "A seal on that half".into()];
}
