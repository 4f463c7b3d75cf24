//! Checks a pack that came from anywhere: its files, its signature, and that its parts say the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::reader::PackReader;
use super::writer::{episode_path, frame_path, labels_path, note_origin, png_size};
use super::{DIGITAL_SOURCE_TYPE, PackError, card, coco, folder_name, points};
use crate::base::Monitor;
use crate::base::digest::{Digest, hex};
use crate::base::files::{FileError, read, read_text};
use crate::data::Origin;
use crate::family::digest_of;
use crate::family::files::FOLDER;
use crate::ledger::note::{Checkpoint, SignedNote};
use crate::ledger::{Entry, PublicKey, merkle};
use crate::sense::file::{LabelEntry, LabelFile};

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackCheck {
    /// A few words in sentence case.
    pub name: &'static str,
    /// Whether it holds.
    pub ok: bool,
    /// What was found.
    pub detail: String,
}

/// What a check of a pack found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackReport {
    /// In a fixed order.
    pub checks: Vec<PackCheck>,
    /// Whether the signing key is among those the caller knows. An unknown key is said, not failed.
    pub key_is_trusted: bool,
}

impl PackReport {
    /// Whether every check holds.
    pub fn ok(&self) -> bool {
        self.checks.iter().all(|check| check.ok)
    }
}

type Outcome = Result<String, String>;

/// Checks the pack at `root`; `trusted` are the keys that the caller knows.
///
/// # Errors
/// When `root` is not a folder that can be listed, or the watcher stops it. What is wrong with the pack is in the report.
pub fn verify(root: &Path, trusted: &[PublicKey], monitor: &dyn Monitor) -> Result<PackReport, PackError> {
    let (mut files, mut odd) = (BTreeSet::new(), Vec::new());
    walk(root, "", &mut files, &mut odd)?;
    if !odd.is_empty() {
        // A link may point outside the pack or at a device that never ends: nothing of such a pack is read.
        let what = format!("not plain files: {}; nothing else was read", some(&odd.iter().collect::<Vec<_>>()));
        return Ok(PackReport { checks: vec![line("Files", Err(what))], key_is_trusted: false });
    }
    let listed = read_digests(root);
    let hashes = digest_all(root, &files, monitor)?;
    let mut key_is_trusted = false;
    let signature = signature(root, trusted, &mut key_is_trusted);
    let mut checks = vec![
        line("Files", file_set(&files, listed.as_ref())),
        line("Digests", digests(&hashes, listed.as_ref())),
        line("Signature", signature),
    ];
    match PackReader::open(root) {
        Ok(pack) => checks.extend([
            line("Manifest", manifest(&pack, &files)),
            line("Verdict", verdict(root, &pack)),
            line("Family", family(root, &pack, &files)),
            line("Labels", labels(root, &pack)),
            line("Draws", draw_rows(&pack, &files)),
            line("Method", method(root, &pack)),
            line("Ledger excerpt", excerpt(root, &pack)),
        ]),
        Err(err) => checks.push(line("Manifest", Err(err.to_string()))),
    }
    Ok(PackReport { checks, key_is_trusted })
}

fn line(name: &'static str, outcome: Outcome) -> PackCheck {
    let ok = outcome.is_ok();
    PackCheck { name, ok, detail: outcome.unwrap_or_else(|what| what) }
}

/// Lists plain files and, apart, what is neither a file nor a folder (a link, a device).
fn walk(root: &Path, relative: &str, files: &mut BTreeSet<String>, odd: &mut Vec<String>) -> Result<(), PackError> {
    let folder = root.join(relative);
    let fail = |err| FileError::new("list", &folder, err);
    for entry in std::fs::read_dir(&folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if relative.is_empty() { name } else { format!("{relative}/{name}") };
        let kind = entry.file_type().map_err(fail)?;
        if kind.is_dir() {
            walk(root, &path, files, odd)?;
        } else if kind.is_file() {
            files.insert(path);
        } else {
            odd.push(path);
        }
    }
    Ok(())
}

type Listed = BTreeMap<String, String>;

fn read_digests(root: &Path) -> Result<Listed, String> {
    let text = read_text(&root.join("digests.txt")).map_err(|err| err.to_string())?;
    let parse = |line: &str| line.split_once("  ").map(|(hash, path)| (path.to_owned(), hash.to_owned()));
    let listed: Option<Listed> = text.lines().map(parse).collect();
    let listed = listed.ok_or("`digests.txt` has a line that is not `hash  path`")?;
    // One spelling only, so that the signed root stands for this very file.
    let again = listed.iter().fold(String::new(), |text, (path, hash)| text + hash + "  " + path + "\n");
    if again == text { Ok(listed) } else { Err("`digests.txt` is not in its order or lists a file twice".to_owned()) }
}

const UNLISTED: [&str; 2] = ["digests.txt", "pack.note"];

fn some(names: &[&String]) -> String {
    let shown: Vec<String> = names.iter().take(5).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(5);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

fn file_set(files: &BTreeSet<String>, listed: Result<&Listed, &String>) -> Outcome {
    let listed = listed.map_err(Clone::clone)?;
    let missing: Vec<&String> = listed.keys().filter(|path| !files.contains(*path)).collect();
    let extra: Vec<&String> =
        files.iter().filter(|path| !listed.contains_key(*path) && !UNLISTED.contains(&path.as_str())).collect();
    match (missing.is_empty(), extra.is_empty()) {
        (true, true) => Ok(format!("{} files, none missing, none extra", listed.len())),
        (false, _) => Err(format!("missing: {}", some(&missing))),
        (true, false) => Err(format!("not listed in `digests.txt`: {}", some(&extra))),
    }
}

fn digest_all(
    root: &Path,
    files: &BTreeSet<String>,
    monitor: &dyn Monitor,
) -> Result<BTreeMap<String, Result<String, String>>, PackError> {
    let done = AtomicU64::new(0);
    let total = files.len() as u64;
    let one = |path: &String| {
        if monitor.stopped() {
            return Err(PackError::Stopped);
        }
        let full = root.join(path);
        let hash = digest(&full).map_err(|err| FileError::new("read", &full, err).to_string());
        monitor.step("Checking files", done.fetch_add(1, Ordering::Relaxed) + 1, total);
        Ok((path.clone(), hash))
    };
    files.par_iter().map(one).collect()
}

fn digest(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&hasher.finalize())),
            n => hasher.update(buffer.get(..n).unwrap_or_default()),
        }
    }
}

fn digests(hashes: &BTreeMap<String, Result<String, String>>, listed: Result<&Listed, &String>) -> Outcome {
    let listed = listed.map_err(Clone::clone)?;
    let mut changed = Vec::new();
    for (path, expected) in listed {
        match hashes.get(path) {
            Some(Ok(hash)) if hash == expected => {}
            Some(Err(words)) => return Err(words.clone()),
            Some(Ok(_)) => changed.push(path),
            None => {}
        }
    }
    if changed.is_empty() {
        Ok("every listed file has its digest".to_owned())
    } else {
        Err(format!("changed: {}", some(&changed)))
    }
}

fn signature(root: &Path, trusted: &[PublicKey], is_trusted: &mut bool) -> Outcome {
    let say = |err: &dyn std::fmt::Display| err.to_string();
    let note =
        SignedNote::parse(&read_text(&root.join("pack.note")).map_err(|err| say(&err))?).map_err(|err| say(&err))?;
    let head = Checkpoint::parse(&note.text).map_err(|err| say(&err))?;
    let pack = PackReader::open(root).map_err(|err| say(&err))?;
    let text = read_text(&root.join("digests.txt")).map_err(|err| say(&err))?;
    let leaves: Vec<merkle::Hash> = text.lines().map(|line| merkle::leaf(line.as_bytes())).collect();
    if head.origin != note_origin(&pack.manifest().name) {
        return Err("`pack.note` belongs to a pack of another name".to_owned());
    }
    if head.root != merkle::root(&leaves) || head.size != leaves.len() as u64 {
        return Err("`pack.note` signs another list than `digests.txt`".to_owned());
    }
    let known = trusted.iter().find(|key| note.verified_by(key));
    if let Some(key) = known {
        *is_trusted = true;
        return Ok(format!("signed by {key}, which you know"));
    }
    let key: PublicKey = pack.manifest().key.parse().map_err(|err| say(&err))?;
    if note.verified_by(&key) {
        return Ok(format!("signed by {key}, which you do not know; ask its owner for the key by another way"));
    }
    Err("the signature is not valid".to_owned())
}

fn manifest(pack: &PackReader, files: &BTreeSet<String>) -> Outcome {
    let manifest = pack.manifest();
    if manifest.origin != Origin::Synthetic || manifest.digital_source_type != DIGITAL_SOURCE_TYPE {
        return Err("it does not say that the pictures are generated".to_owned());
    }
    let frames = files.iter().filter(|path| path.starts_with("frames/")).count() as u64;
    let channels = pack.channels().map_err(|err| err.to_string())?;
    let each = 3 + channels.len() as u64;
    if frames != manifest.counts.frames * each {
        return Err(format!("it counts {} frames of {each} files, {frames} files are there", manifest.counts.frames));
    }
    Ok(format!("{}, {} draws, {} frames", manifest.format, manifest.counts.draws, manifest.counts.frames))
}

fn verdict(root: &Path, pack: &PackReader) -> Outcome {
    let verdict = pack.verdict().map_err(|err| err.to_string())?;
    let manifest = pack.manifest();
    let word = verdict.decision.word();
    if !verdict.is_earned() {
        return Err("`verdict.json` says ACCEPT but its checks do not all pass".to_owned());
    }
    if manifest.verdict != verdict.decision || (manifest.stamp.as_deref() == Some("STAND-IN")) != verdict.stand_in {
        return Err(format!("`pack.json` and `verdict.json` ({word}) do not say the same"));
    }
    if manifest.real_set.as_ref().is_some_and(|set| (set.origin == Origin::StandIn) != verdict.stand_in) {
        return Err("the real set's origin and the stand-in stamp do not say the same".to_owned());
    }
    let readme = read_text(&root.join("README.md")).map_err(|err| err.to_string())?;
    let stamped: Vec<&str> = readme.lines().filter(|line| line.starts_with("# Verdict: ")).collect();
    if stamped != [card::verdict_line(&verdict)] {
        return Err(format!("`README.md` does not carry the one verdict {word}"));
    }
    let expected = folder_name(&manifest.name, &verdict);
    let folder = root.canonicalize().ok().and_then(|path| path.file_name().map(std::ffi::OsStr::to_os_string));
    if folder.is_none_or(|name| *name != *expected) {
        return Err(format!("the folder must be called `{expected}`; rename it back"));
    }
    Ok(format!("{word} in the manifest, verdict, card and folder name"))
}

/// The family's text and the files that its things are made of are those that the manifest names.
fn family(root: &Path, pack: &PackReader, files: &BTreeSet<String>) -> Outcome {
    let text = pack.family_text().map_err(|err| err.to_string())?;
    let mut beside = Vec::new();
    for path in files {
        let Some(name) = path.strip_prefix(FOLDER).and_then(|path| path.strip_prefix('/')) else { continue };
        beside.push((name, Digest::of(&read(&root.join(path)).map_err(|err| err.to_string())?)));
    }
    let n_files = beside.len();
    let digest = digest_of(text, beside.into_iter());
    if digest.to_string() == pack.manifest().family.digest {
        return Ok(format!(
            "`{}` version {} with {n_files} files, digest {}",
            pack.manifest().family.id,
            pack.manifest().family.version,
            digest.short()
        ));
    }
    Err(format!("`family.ron` with the {n_files} files in `{FOLDER}/` is not the family that the manifest names"))
}

fn labels(root: &Path, pack: &PackReader) -> Outcome {
    let coco = pack.coco().map_err(|err| err.to_string())?;
    let counts = pack.manifest().counts;
    if (coco.images.len() as u64, coco.annotations.len() as u64) != (counts.frames, counts.labels) {
        return Err(format!(
            "{} pictures and {} labels are listed, the manifest counts {} and {}",
            coco.images.len(),
            coco.annotations.len(),
            counts.frames,
            counts.labels
        ));
    }
    let mut sizes = BTreeMap::new();
    for (at, image) in coco.images.iter().enumerate() {
        if image.id != at as u64 + 1 || image.file_name != frame_path(image.draw, "colour", image.frame) {
            return Err(format!(
                "picture {} (`{}`) has another id or file name than expected",
                at + 1,
                image.file_name
            ));
        }
        for channel in ["colour", "depth", "instance"] {
            let path = frame_path(image.draw, channel, image.frame);
            if size_of(&root.join(&path))? != [image.width, image.height] {
                return Err(format!("`{path}` is not {} x {} pixels", image.width, image.height));
            }
        }
        sizes.insert(image.id, [image.width, image.height]);
    }
    let classes: BTreeSet<u32> = coco.categories.iter().map(|category| category.id).collect();
    for (at, label) in coco.annotations.iter().enumerate() {
        let Some(size) = sizes.get(&label.image_id).filter(|_| label.id == at as u64 + 1) else {
            return Err(format!("label {} has a wrong id or picture", at + 1));
        };
        if !classes.contains(&label.category_id) {
            return Err(format!("label {} has the unknown class {}", label.id, label.category_id));
        }
        let points =
            coco.categories.iter().find(|known| known.id == label.category_id).map_or(0, |it| it.keypoints.len());
        let fault = coco::fault(*size, label.bbox, label.area, &label.segmentation);
        let fault = fault.or_else(|| label.own.fault(*size, &label.segmentation));
        if let Some(fault) = fault.or_else(|| points::fault(label, points, *size)) {
            return Err(format!("label {}: {fault}", label.id));
        }
    }
    let said = episode_labels(root, &coco)?;
    Ok(format!("{} labels on {} pictures, every box and mask inside{said}", coco.annotations.len(), coco.images.len()))
}

/// What both files say of an instance in a picture: its id, its box, its area, its mask.
type Seen<'a> = (u32, [u32; 4], u64, &'a str);

fn seen(label: &LabelEntry) -> Seen<'_> {
    (u32::from(label.instance), label.bbox_px, label.area_px, label.rle.as_str())
}

/// The label file of every draw, where the pack has them, has the pictures of the draw and says of what is visible what COCO says.
fn episode_labels(root: &Path, coco: &coco::Coco) -> Outcome {
    let mut draws: BTreeMap<u64, Vec<&coco::Image>> = BTreeMap::new();
    coco.images.iter().for_each(|image| draws.entry(image.draw).or_default().push(image));
    let mut labels: BTreeMap<u64, Vec<Seen<'_>>> = BTreeMap::new();
    for label in &coco.annotations {
        let seen = (label.instance_id, label.bbox, label.area, label.segmentation.counts.as_str());
        labels.entry(label.image_id).or_default().push(seen);
    }
    let mut read_files = 0;
    for (draw, images) in &draws {
        let path = labels_path(*draw);
        if !root.join(&path).exists() {
            continue;
        }
        read_files += 1;
        let bytes = read(&root.join(&path)).map_err(|err| err.to_string())?;
        let file: LabelFile = serde_json::from_slice(&bytes).map_err(|err| format!("`{path}`: {err}"))?;
        let states: Vec<u32> = file.frames.iter().map(|frame| frame.state as u32).collect();
        if states != images.iter().map(|image| image.frame).collect::<Vec<_>>() {
            return Err(format!("`{path}` has other frames than the pictures of its draw"));
        }
        for (frame, image) in file.frames.iter().zip(images) {
            if !frame.labels.iter().map(seen).eq(labels.get(&image.id).into_iter().flatten().copied()) {
                return Err(format!("`{path}`, state {}: it has other labels than the COCO file", frame.state));
            }
            // Packs from before the COCO file had cameras have none there.
            if image.camera.is_some() && image.camera != frame.camera {
                return Err(format!("`{path}`, state {}: it has another camera than the COCO file", frame.state));
            }
        }
        let size = images.first().map_or((0, 0), |image| (image.width, image.height));
        if let Some(fault) = file.fault(size.0, size.1) {
            return Err(format!("`{path}`: {fault}"));
        }
    }
    match read_files {
        0 => Ok(String::new()),
        all if all == draws.len() => Ok(format!("; {all} label files agree")),
        some => Err(format!("{some} of {} draws have a label file", draws.len())),
    }
}

/// Width and height of the PNG at `path`.
fn size_of(path: &Path) -> Result<[u32; 2], String> {
    let mut head = [0; 24];
    let mut open = || File::open(path)?.read_exact(&mut head);
    open().map_err(|err| FileError::new("read", path, err).to_string())?;
    png_size(&head).ok_or_else(|| format!("`{}` is not a PNG", path.display()))
}

fn draw_rows(pack: &PackReader, files: &BTreeSet<String>) -> Outcome {
    let rows = pack.draws().map_err(|err| err.to_string())?;
    let counts = pack.manifest().counts;
    let rare = rows.iter().filter(|row| row.rare).count() as u64;
    if (rows.len() as u64, rare) != (counts.draws, counts.rare) {
        return Err(format!(
            "{} rows, {rare} rare; the manifest counts {} and {}",
            rows.len(),
            counts.draws,
            counts.rare
        ));
    }
    let known: BTreeSet<u64> = rows.iter().map(|row| row.draw.index).collect();
    if known.len() != rows.len() {
        return Err("a draw has two rows".to_owned());
    }
    if let Some(draw) = known.iter().find(|draw| !files.contains(&episode_path(**draw))) {
        return Err(format!("draw {draw} has no episode file"));
    }
    let frames = pack.frames().map_err(|err| err.to_string())?;
    if let Some((draw, _)) = frames.iter().find(|(draw, _)| !known.contains(draw)) {
        return Err(format!("draw {draw} has frames but no row"));
    }
    Ok(format!("{} rows, {rare} with the rare event", rows.len()))
}

/// The method in the manifest, the weights of the rows and the card say the same.
fn method(root: &Path, pack: &PackReader) -> Outcome {
    let placed = pack.manifest().placed();
    let is_weighted = placed.method.is_weighted();
    let rows = pack.draws().map_err(|err| err.to_string())?;
    if let Some(row) = rows.iter().find(|row| row.draw.ln_weight.is_nan() == is_weighted) {
        let (has, wants) = if is_weighted { ("no", "one") } else { ("a", "none") };
        return Err(format!("draw {} has {has} weight, and the method in the manifest gives {wants}", row.draw.index));
    }
    if pack.manifest().placed.is_some() {
        let readme = read_text(&root.join("README.md")).map_err(|err| err.to_string())?;
        if !readme.contains(&card::placed_lines(&placed)) {
            return Err("`README.md` does not say of the draws what the manifest says".to_owned());
        }
    }
    Ok(format!("draws placed {}; the manifest, the weights and the card agree", placed.method.words()))
}

fn excerpt(root: &Path, pack: &PackReader) -> Outcome {
    let bytes = read(&root.join("ledger_excerpt.jsonl")).map_err(|err| err.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| "it is not text".to_owned())?;
    if !text.is_empty() && !text.ends_with('\n') {
        return Err("its last line is not finished".to_owned());
    }
    let mut last: Option<Entry> = None;
    for (at, line) in text.lines().enumerate() {
        let entry = Entry::parse(line).map_err(|what| format!("line {}: {what}", at + 1))?;
        if last.as_ref().is_some_and(|last| last.hash != entry.prev || last.seq + 1 != entry.seq) {
            return Err(format!("line {} does not follow the line before it", at + 1));
        }
        last = Some(entry);
    }
    let fingerprint = last.as_ref().map_or(Digest([0; 32]), |entry| entry.hash).to_string();
    if fingerprint != pack.manifest().ledger_fingerprint {
        return Err("it does not end at the entry that the manifest names".to_owned());
    }
    Ok(format!("{} entries, unbroken, up to {}", text.lines().count(), fingerprint.get(..8).unwrap_or("")))
}
