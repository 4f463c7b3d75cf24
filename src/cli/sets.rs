//! `generate`, `import`, `twins`, `conditions`, `compare`, `audit`, `seal`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};
use serde_json::json;

use crate::backbone::Preparation;
use crate::base::Silent;
use crate::base::files::write_whole;
use crate::base::text::{counted, shortened};
use crate::data::{Folders, Origin};
use crate::drift::audit::Finding;
use crate::drift::probe::Carried;
use crate::render::Gpu;
use crate::run::audit::{AuditRequest, FindingEntry};
use crate::run::compare::{BackboneAsk, CompareRequest, Comparison, DifferenceEntry, DistanceEntry, Measuring};
use crate::run::compare_report::PageRequest;
use crate::run::conditions::Said;
use crate::run::generate::GenerateRequest;
use crate::run::generator::{Look, Procedural};
use crate::run::import::{ImportRequest, origin_word};
use crate::run::pairing::{MatchBy, TimeLock};
use crate::run::swap::{Moved, SwapRequest};
use crate::run::twins::{Apart, PictureId, Repeated, TwinsBy, TwinsRequest};
use crate::run::{self, Place, Stamp};
use crate::study::{PairRemark, Study};

use super::args::{Audit, Compare, Conditions, Generate, Import, LockWord, Network, Seal, Twins};
use super::output::{Outcome, number, shell, table};
use super::progress::Progress;

/// `worldproof generate`.
pub(super) fn generate(args: &Generate) -> Result<Outcome> {
    let (place, mut study, stamp) = super::open(&args.common)?;
    let progress = Progress::new(args.common.quiet);
    let name = args.name.clone().unwrap_or_else(|| args.family.clone());
    let request = GenerateRequest {
        family: args.family.clone(),
        from: args.from,
        count: args.count,
        every: args.every,
        name: name.clone(),
        origin: Origin::Synthetic,
        placement: args.placing.choice().placement(args.count)?,
        channels: run::generate::channels(&args.channels)?,
        controls: args.controls.iter().map(|text| run::generate::control(text)).collect::<Result<_, _>>()?,
    };
    let mut generator = Procedural::new(&Gpu::headless()?, Look::Family, study.seed)?;
    let made = run::generate::generate(&place, &study, &request, &mut generator, &stamp, &progress)?;
    progress.finish();
    place.keep(&mut study, [made.edit.clone()])?;
    let folder = place.set_folder(&name);
    let mut text = format!(
        "generated `{name}`: {} draws, {} frames, {} with the rare event, {} candidates refused\nin {}",
        made.n_draws,
        made.n_frames,
        made.n_rare,
        made.n_refused,
        folder.display()
    );
    made.remarks.iter().for_each(|remark| text.push_str(&format!("\nnote: {remark}")));
    let json = json!({
        "set": name, "folder": folder, "draws": made.n_draws, "frames": made.n_frames, "rare": made.n_rare,
        "refused_candidates": made.n_refused, "left_out": made.n_left_out, "placed": made.placed, "remarks": made.remarks,
    });
    Ok(Outcome::done(text, json))
}

/// `worldproof import`.
pub(super) fn import(args: &Import) -> Result<Outcome> {
    let (place, mut study, stamp) = super::open(&args.common)?;
    let progress = Progress::new(args.common.quiet);
    let folders = if args.class_folders { Folders::Classes } else { Folders::Recordings };
    let request = ImportRequest { path: args.path.clone(), name: args.name.clone(), held: args.held, folders };
    let imported = run::import::import(&place, &study, &request, &stamp, &progress)?;
    progress.finish();
    place.keep(&mut study, [imported.edit.clone()])?;
    let set = &imported.set;
    let frames: u64 = set.episodes.iter().map(|episode| u64::from(episode.n_frames)).sum();
    let missing = set.episodes.iter().filter(|episode| episode.missing.is_some()).count();
    let unreadable = if missing == 0 {
        String::new()
    } else {
        format!("; {} of the episodes can be read", set.episodes.len() - missing)
    };
    let labels = set.labelled_by.map_or_else(String::new, |format| {
        format!("\nlabels: {format}, {} classes: {}", set.classes.len(), shortened(set.classes.join(", ")))
    });
    let name = &imported.name;
    let (held, next) = if imported.held.is_empty() {
        ("none, so that it is never judged on".to_owned(), format!("twins {name}"))
    } else {
        (listed(&imported.held), format!("seal {name}"))
    };
    let text = format!(
        "took in `{name}` ({}, {}): {}, {}{unreadable}{labels}\nreference (visible): {}\nheld (to be sealed): {held}\nnext: worldproof {next} --study {}",
        set.format,
        origin_word(set.origin),
        counted(set.episodes.len(), "episode"),
        counted(frames as usize, "frame"),
        listed(&imported.reference),
        shell(&place.folder)
    );
    let json = json!({
        "set": imported.name, "format": set.format.to_string(), "origin": origin_word(set.origin),
        "episodes": set.episodes.len(), "frames": frames, "reference": imported.reference, "held": imported.held,
        "labelled_by": set.labelled_by.map(|format| format.to_string()), "classes": set.classes,
        "notes": set.notes.iter().map(|note| json!({ "about": note.about, "text": note.text })).collect::<Vec<_>>(),
    });
    Ok(Outcome::done(text, json))
}

/// `worldproof twins`.
pub(super) fn twins(args: &Twins) -> Result<Outcome> {
    let (place, study, _) = super::open(&args.common)?;
    let progress = Progress::new(args.common.quiet);
    let by = backbone(&args.network)?.map_or(TwinsBy::Looks(args.within), |ask| TwinsBy::Network(ask, args.alike));
    let camera = camera(&place, &study, &args.set, args.camera.as_deref())?;
    let request = TwinsRequest { set: args.set.clone(), camera, every: args.every, by };
    let found = run::twins::twins(&place, &study, &request, &progress)?;
    progress.finish();
    let mut text = found.sentences().join("\n");
    let name = |one: &PictureId| format!("episode {} frame {}", one.episode, one.frame);
    if !found.most_repeated.is_empty() {
        let row = |one: &Repeated| vec![name(&one.picture), one.others.to_string(), name(&one.twin)];
        let rows: Vec<Vec<String>> = found.most_repeated.iter().map(row).collect();
        text.push_str(&format!("\n{}", table(&["most repeated", "times", "one of them"], &rows)));
    }
    if let Some(across) = found.across.as_ref().filter(|across| !across.nearest.is_empty()) {
        let row = |(held, other, apart): &(PictureId, PictureId, Apart)| {
            let apart = match apart {
                Apart::Bits(bits) => bits.to_string(),
                Apart::Alike(cosine) => number(*cosine),
            };
            vec![name(held), name(other), apart]
        };
        let rows: Vec<Vec<String>> = across.nearest.iter().map(row).collect();
        let last = if found.alike.is_some() { "cosine" } else { "bits apart" };
        text.push_str(&format!("\n{}", table(&["held", "nearest in the reference", last], &rows)));
    }
    Ok(Outcome::done(text, serde_json::to_value(&found)?))
}

/// `worldproof conditions`.
pub(super) fn conditions(args: &Conditions) -> Result<Outcome> {
    let (place, mut study, _) = super::open(&args.common)?;
    let progress = Progress::new(args.common.quiet);
    let set_ref = run::import::set_ref(&study, &args.set)?.clone();
    let set = run::import::open_set(&place, &set_ref, &progress)?;
    if !args.said.is_empty() {
        let all = || set.episodes.iter().map(|episode| episode.id);
        let said: Vec<Said> = args.said.iter().map(|text| Said::read(text, all())).collect::<Result<_, _>>()?;
        let edit = run::conditions::say(&study, &args.set, &set, &said)?;
        place.keep(&mut study, [edit])?;
    }
    for text in &args.derive {
        let said = run::conditions::derive(&set, &set_ref, text, &progress)?;
        let edit = run::conditions::say(&study, &args.set, &set, &said)?;
        place.keep(&mut study, [edit])?;
    }
    let set_ref = run::import::set_ref(&study, &args.set)?;
    let known = run::conditions::conditions(&place, &set, set_ref, &progress);
    progress.finish();
    let row = |(name, values): (&String, &BTreeMap<u64, String>)| {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for value in values.values() {
            *counts.entry(value).or_default() += 1;
        }
        let each = counts.iter().map(|(value, count)| format!("{value} ({count})")).collect::<Vec<_>>().join(", ");
        let each = if counts.len() > 12 { format!("{} values", counts.len()) } else { shortened(each) };
        vec![name.clone(), values.len().to_string(), each]
    };
    let rows: Vec<Vec<String>> = known.iter().map(row).collect();
    let text = format!(
        "what is known of the {} visible episodes of `{}`\n{}",
        run::import::visible_episodes(&set, set_ref).len(),
        args.set,
        table(&["condition", "episodes", "values"], &rows)
    );
    Ok(Outcome::done(text, json!({ "set": args.set, "conditions": known })))
}

/// `worldproof compare`.
pub(super) fn compare(args: &Compare) -> Result<Outcome> {
    let (place, study, stamp) = super::open(&args.common)?;
    let progress = Progress::new(args.common.quiet);
    let cameras = [
        camera(&place, &study, &args.reference, args.camera.as_deref())?,
        camera(&place, &study, &args.other, args.other_camera.as_deref())?,
    ];
    let request = CompareRequest {
        reference: args.reference.clone(),
        other: args.other.clone(),
        cameras,
        measuring: measuring(args)?,
    };
    let page = args.out.clone().map(|out| PageRequest {
        by: MatchBy::called(&args.by),
        lock: match args.lock {
            LockWord::Phase => TimeLock::Phase,
            LockWord::Seconds => TimeLock::Seconds,
        },
        pairs: args.pairs,
        ..PageRequest::to(out)
    });
    if let Some(page) = &page {
        run::compare_report::expect(&place, &study, [&args.reference, &args.other], page, &Silent)?;
    }
    if let Some(path) = &args.map {
        expect_table(path)?;
    }
    let found = run::compare::compare(&place, &study, &request, &stamp, &progress)?;
    let mut text = comparison_text(&found);
    let mut json = comparison_json(&found);
    let remarks: Vec<&PairRemark> = study.remarks_on(&args.reference, &args.other).collect();
    json["remarks"] = serde_json::to_value(remarks)?;
    if let Some(page) = &page {
        let page = run::compare_report::write(&place, &study, &found, page, &stamp, &progress)?;
        text.push_str(&format!("\npage: {}", page.display()));
        json["page"] = json!(page);
    }
    if let Some(path) = &args.map {
        // What was found is kept by now; without a map it is found all the same.
        match &found.map {
            Some(map) => {
                let laid = map.neighbourhood(study.seed, &progress)?;
                write_whole(path, map.csv(&found.names, laid.as_ref()).as_bytes())?;
                text.push_str(&format!("\nmap: {}", path.display()));
                json["map"] = json!(path);
            }
            None => text.push_str("\nno map: nothing differs between any two frames"),
        }
    }
    progress.finish();
    Ok(Outcome::done(text, json))
}

/// Refuses a path at which no table should be written, before the work: a study's own files are no tables.
///
/// # Errors
/// With the cure.
fn expect_table(path: &Path) -> Result<()> {
    let is_csv = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !is_csv || path.is_dir() {
        bail!("`{}` is no name of a table; give one that ends in .csv, as in `--map frames.csv`", path.display());
    }
    if !folder.is_dir() {
        bail!("the folder `{}` is not there; make it, or choose another for `--map`", folder.display());
    }
    Ok(())
}

/// How closely the sets are looked at, and on what.
fn measuring(args: &Compare) -> Result<Measuring> {
    let Compare { frames, permutations, fold, .. } = args;
    let backbone = backbone(&args.network)?;
    Ok(Measuring { frames: *frames, permutations: *permutations, fold: *fold, backbone })
}

/// The network, where one is named. Its path is kept with what it tells, so it is a whole one.
fn backbone(args: &Network) -> Result<Option<BackboneAsk>> {
    let Network { backbone: Some(file), side, fit, scale, output, tokens } = args else { return Ok(None) };
    if file.as_os_str().is_empty() {
        bail!("`--backbone` needs the network's .onnx file");
    }
    let file = std::path::absolute(file)?;
    let preparation = Preparation { side_px: *side, fit: *fit, scale: *scale, output: output.clone(), tokens: *tokens };
    Ok(Some(BackboneAsk { file, preparation }))
}

/// The position of a set's camera; the first where none is named.
fn camera(place: &Place, study: &Study, set: &str, name: Option<&str>) -> Result<usize> {
    let Some(name) = name else { return Ok(0) };
    let open = run::import::open_set(place, run::import::set_ref(study, set)?, &Silent)?;
    Ok(run::compare::camera_called(&open, name)?)
}

/// Episode ids for people; of many the first and how many there are.
fn listed(ids: &[u64]) -> String {
    const MOST: usize = 24;
    match ids.get(..MOST / 2) {
        Some(first) if ids.len() > MOST => {
            let first: Vec<String> = first.iter().map(u64::to_string).collect();
            format!("{} episodes: {}, … (`--json` has them all)", ids.len(), first.join(", "))
        }
        _ => format!("{ids:?}"),
    }
}

/// `worldproof audit --swap`.
fn swap(args: &Audit, parameter: &str, (place, study, stamp): (&Place, &Study, &Stamp)) -> Result<Outcome> {
    let progress = Progress::new(args.common.quiet);
    let request = SwapRequest {
        draws: args.draws,
        frames: args.frames,
        until: args.until,
        ..SwapRequest::of(args.set.clone(), parameter.to_owned())
    };
    let mut generator = Procedural::new(&Gpu::headless()?, Look::Family, study.seed)?;
    let (found, folder) = run::swap::swap(place, study, &request, (&mut generator, stamp), &progress)?;
    progress.finish();
    let mut text = String::new();
    found.sentences.iter().for_each(|sentence| text.push_str(&format!("{sentence}\n")));
    let rows = |all: &[Moved]| -> Vec<Vec<String>> {
        all.iter()
            .filter(|one| one.by_sd > 0.0)
            .take(SHOWN)
            .map(|one| vec![one.name.clone(), number(one.by_sd)])
            .collect()
    };
    for (what, all) in [("measure", &found.measures), ("statistic of pictures", &found.statistics)] {
        let rows = rows(all);
        if !rows.is_empty() {
            table(&[what, "moved, sd"], &rows).lines().for_each(|line| text.push_str(&format!("    {line}\n")));
        }
    }
    text.push_str(&format!("both versions of the pictures, for a model to be asked on: {}", folder.display()));
    let json = json!({ "swap": found, "folder": folder });
    Ok(Outcome::done(text, json))
}

/// `worldproof audit`.
pub(super) fn audit(args: &Audit) -> Result<Outcome> {
    let (place, study, stamp) = super::open(&args.common)?;
    if let Some(parameter) = &args.swap {
        return swap(args, parameter, (&place, &study, &stamp));
    }
    let progress = Progress::new(args.common.quiet);
    let request = AuditRequest {
        set: args.set.clone(),
        camera: camera(&place, &study, &args.set, args.camera.as_deref())?,
        frames: args.frames,
        until: args.until,
        causes: (!args.causes.is_empty()).then(|| args.causes.clone()),
        permutations: args.permutations,
    };
    let found = run::audit::audit(&place, &study, &request, &stamp, &progress)?;
    progress.finish();
    let mut text = format!(
        "{} pairs of `{}` looked at, {} draws; {} cannot be judged\n",
        found.findings.len(),
        found.set,
        found.n_draws,
        found.untold.len()
    );
    for sentence in &found.sentences {
        text.push_str(&format!("  {sentence}\n"));
    }
    let row = |finding: &Finding| {
        vec![
            finding.candidate.clone(),
            run::audit::word(finding.kind).to_owned(),
            finding.outcome.clone(),
            number(finding.bits),
            number(finding.open),
            number(finding.p),
            number(finding.p_adjusted),
            finding.direction.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = found.findings.iter().take(SHOWN).map(row).collect();
    if !rows.is_empty() {
        let head = ["candidate", "kind", "outcome", "bits told", "bits open", "p", "adjusted p", "way"];
        table(&head, &rows).lines().for_each(|line| text.push_str(&format!("    {line}\n")));
    }
    let told = found.told().count();
    if told > SHOWN {
        text.push_str(&format!("    … and {} more pairs are told; `--json` has them all\n", told - SHOWN));
    }
    if !found.findings.is_empty() {
        text.push_str(
            "  p is of the trend within strata of the causes, bits are counted in bins: a weak trend may have no bits of its own\n\
             \x20 a cue that is told can be learned instead of the cause; a clean audit finds no cue that these draws could show\n",
        );
    }
    let entries: Vec<FindingEntry> = found.findings.iter().map(FindingEntry::new).collect();
    let json = json!({
        "set": found.set, "draws": found.n_draws, "sentences": found.sentences, "findings": entries,
        "untold": found.untold.len(), "held_fixed": found.held_fixed, "file": found.file,
    });
    let code = match (found.findings.is_empty(), found.told().next()) {
        (true, _) => 3,
        (_, Some(_)) => 1,
        _ => 0,
    };
    Ok(Outcome { text, json, code })
}

/// Features that are printed; `--json` has them all.
const SHOWN: usize = 8;

/// The finding for people.
pub(super) fn comparison_text(found: &Comparison) -> String {
    let distance = &found.distance;
    let mut text = format!(
        "{} of `{}` ({}) against `{}` ({}) = {} (null band {} to {}, p = {})\n  on features {}; {} frames in {} episodes of the reference, {} in {} of the other\n",
        distance.measure.name(),
        found.names[1],
        origin_word(found.origins[1]),
        found.names[0],
        origin_word(found.origins[0]),
        number(distance.value),
        number(distance.null_low),
        number(distance.null_high),
        number(distance.p),
        distance.features,
        distance.n_x,
        distance.groups_x,
        distance.n_y,
        distance.groups_y,
    );
    if let Some(caveat) = &distance.caveat {
        text.push_str(&format!("  caveat: {caveat}\n"));
    }
    let causes: Vec<String> = found.causes().map(|cause| cause.sentence).collect();
    let told = found.sentences.iter().chain(&causes).chain(&found.hidden);
    told.for_each(|sentence| text.push_str(&format!("  {sentence}\n")));
    distances(found).lines().for_each(|line| text.push_str(&format!("    {line}\n")));
    let kinds = [
        ("feature", &found.differences),
        ("signal", &found.signals.signals),
        ("touch", &found.signals.touches),
        ("parameter", &found.signals.parameters),
    ];
    for (kind, differences) in kinds.into_iter().filter(|(_, differences)| !differences.is_empty()) {
        let rows: Vec<Vec<String>> = differences.iter().take(SHOWN).flat_map(difference).collect();
        let head = [kind, "reference", "other", "effect [σ]", "Cliff's δ", "KS", "W₁ [σ]", "JS", "PSI", "adjusted p"];
        table(&head, &rows).lines().for_each(|line| text.push_str(&format!("    {line}\n")));
    }
    if let Some(told) = found.probe.as_ref().map(|probe| probe.told()).filter(|told| told.is_told()) {
        let row =
            |one: &Carried| vec![one.property.words.to_owned(), number(one.part), number(one.alone), number(one.shift)];
        let rows: Vec<Vec<String>> = told.carried.iter().take(SHOWN).map(row).collect();
        let head = ["the probe tells by", "log-odds", "AUC alone", "shift [σ]"];
        table(&head, &rows).lines().for_each(|line| text.push_str(&format!("    {line}\n")));
    }
    text.push_str("  a diagnosis, not the acceptance test\n");
    text
}

/// A difference as two rows of a table: its numbers, and below each what chance alone gives.
fn difference(one: &crate::drift::FeatureDifference) -> [Vec<String>; 2] {
    // Beyond that a number only says how little the reference varies.
    let effect = if one.effect > 99.0 {
        ">99".to_owned()
    } else if one.effect < -99.0 {
        "<-99".to_owned()
    } else {
        number(one.effect)
    };
    let shape = &one.shape;
    let distances = [&shape.ks, &shape.w1_sd, &shape.js, &shape.psi];
    let both = |band: &crate::drift::Bands| format!("{:.2} to {:.2}", band.null.low, band.null.high);
    let numbers = [one.name.clone(), number(one.mean_x), number(one.mean_y), effect, number(shape.cliffs_delta.value)];
    let chance = [
        "  by chance".to_owned(),
        String::new(),
        String::new(),
        both(&one.effect_bands),
        both(&shape.cliffs_delta.bands),
    ];
    let own = distances.map(|distance| number(distance.value));
    let most = distances.map(|distance| format!("to {:.2}", distance.bands.null.high));
    [
        numbers.into_iter().chain(own).chain([number(one.p_adjusted)]).collect(),
        chance.into_iter().chain(most).chain([String::new()]).collect(),
    ]
}

/// Every distance with its null band, as a table.
fn distances(found: &Comparison) -> String {
    let between = |low: f64, high: f64| format!("{} to {}", number(low), number(high));
    let row = |one: &crate::drift::Distance| {
        let halves = one.reference_band.map_or_else(String::new, |band| between(band.low, band.high));
        let interval = one.interval.map_or_else(String::new, |interval| between(interval.low, interval.high));
        let null = between(one.null_low, one.null_high);
        let labellings = format!("{}{}", one.permutations, if one.exact { ", all" } else { "" });
        vec![one.measure.name().to_owned(), number(one.value), interval, null, number(one.p), labellings, halves]
    };
    let rows: Vec<Vec<String>> = found.distances().map(row).collect();
    table(&["distance", "value", "95 % interval", "by chance", "p", "labellings", "halves of the reference"], &rows)
}

fn comparison_json(found: &Comparison) -> serde_json::Value {
    let distance = &found.distance;
    let differences: Vec<DifferenceEntry> = found.differences.iter().map(DifferenceEntry::new).collect();
    let file = found.to_file();
    json!({
        "reference": found.names[0], "reference_origin": origin_word(found.origins[0]),
        "other": found.names[1], "other_origin": origin_word(found.origins[1]),
        "cameras": found.camera_names, "metric": distance.measure.name(), "features": distance.features, "value": distance.value, "p": distance.p,
        "null_band": [distance.null_low, distance.null_high], "groups": [distance.groups_x, distance.groups_y],
        "frames": found.n_frames, "caveat": distance.caveat, "sentences": found.sentences,
        "causes": found.causes().collect::<Vec<_>>(),
        "distances": found.distances().map(DistanceEntry::new).collect::<Vec<_>>(), "hidden": found.hidden,
        "differences": differences, "signals": file.signals, "touches": file.touches, "parameters": file.parameters, "probe": file.probe, "backbone": file.backbone, "measuring": file.measuring, "file": found.file,
    })
}

/// `worldproof seal`, and with `--verify` the check of one: exit code 1 where sealed bytes changed.
pub(super) fn seal(args: &Seal) -> Result<Outcome> {
    let (place, mut study, stamp) = super::open(&args.common)?;
    let progress = Progress::new(args.common.quiet);
    if args.verify {
        let report = run::seal::verify(&place, &study, &args.real, &stamp, &progress)?;
        progress.finish();
        let text = if report.intact {
            format!("the seal on `{}` holds: {} items unchanged, root {}", args.real, report.n_items, report.root)
        } else {
            format!("the seal on `{}` is BROKEN:\n  {}", args.real, report.sentences.join("\n  "))
        };
        let json = json!({ "set": args.real, "intact": report.intact, "items": report.n_items, "root": report.root, "changes": report.sentences, "unsealed": report.unsealed });
        return Ok(Outcome { text, json, code: u8::from(!report.intact) });
    }
    let sealed = run::seal::seal(&place, &study, &args.real, &stamp, &progress)?;
    progress.finish();
    place.keep(&mut study, [sealed.edit.clone()])?;
    let text = format!(
        "sealed the held half of `{}`: {} episodes, {} items, root {}\nnote: {}\nfrom now on only the gate opens it, and every opening is an entry in the ledger",
        args.real,
        sealed.n_episodes,
        sealed.n_items,
        sealed.root,
        sealed.note.display()
    );
    let json = json!({ "set": args.real, "episodes": sealed.n_episodes, "items": sealed.n_items, "root": sealed.root, "note": sealed.note });
    Ok(Outcome::done(text, json))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_takes_no_other_files_place() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| expect_table(&dir.path().join(name)).map_err(|err| err.to_string());
        assert_eq!((at("frames.csv"), at("FRAMES.CSV")), (Ok(()), Ok(())));
        for wrong in ["study.ron", "ledger.jsonl", "page.html", "frames"] {
            assert!(at(wrong).is_err_and(|why| why.contains("ends in .csv")), "{wrong}");
        }
        std::fs::create_dir(dir.path().join("folder.csv")).unwrap();
        assert!(at("folder.csv").is_err(), "a folder");
        assert!(at("gone/frames.csv").is_err_and(|why| why.contains("is not there")));
    }
}
