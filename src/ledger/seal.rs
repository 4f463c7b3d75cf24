//! Seals over held real items: a signed Merkle root, the list of digests, and the check that nothing moved since.
//!
//! A [`LockedSet`] holds names and digests. It has no method that yields pixels or labels, and no path from here leads to
//! one: opening is `gate`'s, which writes the ledger first.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::merkle::{self, Hash};
use super::note::{Checkpoint, SignedNote};
use super::{Keys, LedgerError, PublicKey, Timestamp, check_name};
use crate::base::digest::{hex, unhex};
use crate::base::files::{make_folder, read_text, write_whole};
use crate::data::{Item, Origin};

const FORMAT: &str = "worldproof seal 1";

/// The group of files that hold several episodes, held ones and others. Such a file is sealed whole, and is no independent
/// unit: its episodes are sealed one by one as well.
pub const SHARED_GROUP: &str = "shared";

/// What is about to be sealed.
#[derive(Clone, Copy, Debug)]
pub struct SealRequest<'a> {
    /// The seal's name, also its file name.
    pub name: &'a str,
    /// Where the set's media lie, as the study writes it.
    pub set_path: &'a str,
    /// The set's digest at intake.
    pub set_digest: &'a str,
    /// Where the pictures come from; signed with the items.
    pub origin: Origin,
    /// The held episodes' numbers.
    pub held: &'a [u64],
    /// The held items.
    pub items: &'a [Item],
}

/// The part of the seal file that is signed as the tree's first leaf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    name: String,
    set_path: String,
    set_digest: String,
    origin: Origin,
    held: Vec<u64>,
    time: Timestamp,
    key: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealFile {
    header: Header,
    items: Vec<SealedItem>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedItem {
    name: String,
    size: u64,
    sha256: String,
    group: String,
}

/// A sealed set whose signature and root were checked. Only `gate` can open it.
#[derive(Clone, Debug)]
pub struct LockedSet {
    header: Header,
    items: Vec<Item>,
    root: Hash,
    key: PublicKey,
    trusted: bool,
}

/// What a new look at the sealed files found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SealReport {
    /// Items that are as they were.
    pub unchanged: usize,
    /// Items with other content or in another group.
    pub changed: Vec<Difference>,
    /// Items that are gone.
    pub missing: Vec<Difference>,
    /// Items that were not sealed.
    pub added: Vec<Difference>,
    /// What was absent when the seal was made and came since, in sentences: it is not under the seal, and breaks nothing.
    pub unsealed: Vec<String>,
}

/// One item that is not as it was sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The item.
    pub name: String,
    /// Its group.
    pub group: String,
    /// What happened, in one sentence.
    pub text: String,
}

impl SealReport {
    /// Whether every sealed item is there, unchanged, and nothing was added.
    pub fn is_whole(&self) -> bool {
        self.changed.is_empty() && self.missing.is_empty() && self.added.is_empty()
    }

    /// Whether only files changed that hold other episodes too, and no sealed episode's own content did.
    pub fn only_shared_differs(&self) -> bool {
        !self.is_whole() && self.differences().all(|difference| difference.group == SHARED_GROUP)
    }

    /// Every difference, changed items first.
    pub fn differences(&self) -> impl Iterator<Item = &Difference> {
        self.changed.iter().chain(&self.missing).chain(&self.added)
    }
}

fn seal_error(name: &str, what: impl Into<String>) -> LedgerError {
    LedgerError::Seal { name: name.to_owned(), what: what.into() }
}

fn paths(study_root: &Path, name: &str) -> (PathBuf, PathBuf) {
    let folder = study_root.join("seals");
    (folder.join(format!("{name}.json")), folder.join(format!("{name}.note")))
}

/// Seals `request`'s items: writes `seals/<name>.json` and then `seals/<name>.note`. The seal counts from the note on; a
/// crash between the two leaves no seal. The caller appends `seal.made` with [`LockedSet::ledger_body`].
///
/// # Errors
/// When the seal exists, nothing is held, two items have one name, or a file cannot be written.
pub fn seal(
    study_root: &Path,
    request: &SealRequest<'_>,
    keys: &Keys,
    time: Timestamp,
) -> Result<LockedSet, LedgerError> {
    let name = request.name;
    check_name(name)?;
    let (json_path, note_path) = paths(study_root, name);
    if note_path.exists() {
        return Err(seal_error(name, "exists already; seals are never replaced, choose another name"));
    }
    let mut items = request.items.to_vec();
    items.sort_by(|a, b| a.name.cmp(&b.name));
    check_items(name, &items)?;
    let key = keys.public();
    let mut held = request.held.to_vec();
    held.sort_unstable();
    held.dedup();
    let header = Header {
        format: FORMAT.to_owned(),
        name: name.to_owned(),
        set_path: request.set_path.to_owned(),
        set_digest: request.set_digest.to_owned(),
        origin: request.origin,
        held,
        time,
        key: key.to_string(),
    };
    let root = root_of(&header, &items)?;
    let head = Checkpoint { origin: note_origin(name), size: items.len() as u64 + 1, root };
    let note = SignedNote::sign(&head.render(), keys)?;
    let sealed = items.iter().map(|item| SealedItem {
        name: item.name.clone(),
        size: item.size,
        sha256: hex(&item.sha256),
        group: item.group.clone(),
    });
    let file = SealFile { header: header.clone(), items: sealed.collect() };
    let mut text = serde_json::to_string_pretty(&file).map_err(|err| seal_error(name, err.to_string()))?;
    text.push('\n');
    make_folder(&study_root.join("seals"))?;
    write_whole(&json_path, text.as_bytes())?;
    write_whole(&note_path, note.render().as_bytes())?;
    Ok(LockedSet { header, items, root, key, trusted: true })
}

fn note_origin(name: &str) -> String {
    format!("worldproof/seal/{name}")
}

fn check_items(seal: &str, sorted: &[Item]) -> Result<(), LedgerError> {
    if sorted.is_empty() {
        return Err(seal_error(seal, "would hold nothing; hold back at least one episode"));
    }
    match sorted.windows(2).find(|pair| pair.first().map(|item| &item.name) == pair.last().map(|item| &item.name)) {
        Some([item, ..]) => Err(seal_error(seal, format!("would hold two items called `{}`; rename one", item.name))),
        _ => Ok(()),
    }
}

/// The root over the header and the items in their order.
fn root_of(header: &Header, items: &[Item]) -> Result<Hash, LedgerError> {
    let json = |value: serde_json::Result<Vec<u8>>| value.map_err(|err| seal_error(&header.name, err.to_string()));
    let mut leaves = vec![merkle::leaf(&json(serde_json::to_vec(header))?)];
    for item in items {
        // JSON text, so that no choice of names can make two lists read the same.
        let fields = (&item.name, item.size, hex(&item.sha256), &item.group);
        leaves.push(merkle::leaf(&json(serde_json::to_vec(&fields))?));
    }
    Ok(merkle::root(&leaves))
}

impl LockedSet {
    /// Reads a seal and checks its signature and root. `trusted` are the keys that the caller knows; a valid signature of
    /// another key is not an error, [`Self::key_is_trusted`] tells.
    ///
    /// # Errors
    /// When a file is missing, the list does not fit the root, or the signature does not fit the note.
    pub fn load(study_root: &Path, name: &str, trusted: &[PublicKey]) -> Result<Self, LedgerError> {
        check_name(name)?;
        let (json_path, note_path) = paths(study_root, name);
        let changed = |what: &str| {
            seal_error(name, format!("does not hold: {what}; restore `seals/{name}.json` and `.note` from a copy"))
        };
        let note = SignedNote::parse(&read_text(&note_path)?).map_err(|err| changed(&err.to_string()))?;
        let file: SealFile = serde_json::from_str(&read_text(&json_path)?)
            .map_err(|err| changed(&format!("its list cannot be read ({err})")))?;
        if file.header.format != FORMAT {
            let what = format!("has the format `{}`, which this version does not know", file.header.format);
            return Err(seal_error(name, what));
        }
        let items = file.items.into_iter().map(item).collect::<Option<Vec<_>>>();
        let items = items.ok_or_else(|| changed("a digest in its list is not 64 hex digits"))?;
        let head = Checkpoint::parse(&note.text).map_err(|err| changed(&err.to_string()))?;
        let root = root_of(&file.header, &items)?;
        if head.origin != note_origin(name) || file.header.name != name {
            return Err(changed("it was made under another name"));
        }
        if head.root != root || head.size != items.len() as u64 + 1 {
            return Err(changed("its list was changed after sealing"));
        }
        let key: PublicKey = file.header.key.parse().map_err(|_| changed("its public key is damaged"))?;
        if !note.verified_by(&key) {
            return Err(changed("its signature is not valid"));
        }
        let trusted = trusted.contains(&key);
        Ok(Self { header: file.header, items, root, key, trusted })
    }

    /// Compares the sealed list with what is there now, which the caller has read and digested anew.
    pub fn verify(&self, current: &[Item]) -> SealReport {
        let mut report = SealReport::default();
        let now: BTreeMap<&str, &Item> = current.iter().map(|item| (item.name.as_str(), item)).collect();
        for was in &self.items {
            let Some(is) = now.get(was.name.as_str()) else {
                let text = format!("`{}` of {} is missing", was.name, was.group);
                report.missing.push(difference(was, text));
                continue;
            };
            match change(was, is) {
                Some(text) => report.changed.push(difference(was, text)),
                None => report.unchanged += 1,
            }
        }
        let sealed: BTreeSet<&str> = self.items.iter().map(|item| item.name.as_str()).collect();
        for item in current.iter().filter(|item| !sealed.contains(item.name.as_str())) {
            let text = format!("`{}` of {} was added after sealing", item.name, item.group);
            report.added.push(difference(item, text));
        }
        report
    }

    /// The seal's name.
    pub fn name(&self) -> &str {
        &self.header.name
    }

    /// Where the set's media lie, as the study writes it.
    pub fn set_path(&self) -> &str {
        &self.header.set_path
    }

    /// The set's digest at intake.
    pub fn set_digest(&self) -> &str {
        &self.header.set_digest
    }

    /// Where the pictures come from, as it was signed.
    pub fn origin(&self) -> Origin {
        self.header.origin
    }

    /// The held episodes' numbers, in rising order.
    pub fn held(&self) -> &[u64] {
        &self.header.held
    }

    /// When it was sealed.
    pub fn time(&self) -> &Timestamp {
        &self.header.time
    }

    /// The key that signed it.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Whether that key is among those the caller knows.
    pub fn key_is_trusted(&self) -> bool {
        self.trusted
    }

    /// The Merkle root in hex.
    pub fn root(&self) -> String {
        hex(&self.root)
    }

    /// Number of sealed items.
    pub fn n_items(&self) -> usize {
        self.items.len()
    }

    /// The distinct groups (episodes, sessions) of the sealed items: the independent units. [`SHARED_GROUP`] is none.
    pub fn groups(&self) -> BTreeSet<&str> {
        self.items.iter().map(|item| item.group.as_str()).filter(|group| *group != SHARED_GROUP).collect()
    }

    /// The sealed list: names, sizes, digests and groups, as in the seal's file. `gate` hands it out.
    pub(crate) fn items(&self) -> &[Item] {
        &self.items
    }

    /// What `seal.made` records.
    pub fn ledger_body(&self) -> serde_json::Value {
        serde_json::json!({
            "seal": self.name(), "root": self.root(), "items": self.n_items(), "groups": self.groups().len(),
            "origin": self.origin(), "set_path": self.set_path(), "set_digest": self.set_digest(), "held": self.held(),
            "key": self.key.to_string(),
        })
    }
}

fn item(sealed: SealedItem) -> Option<Item> {
    let sha256 = Hash::try_from(unhex(&sealed.sha256)?).ok()?;
    Some(Item { name: sealed.name, size: sealed.size, sha256, group: sealed.group })
}

fn difference(item: &Item, text: String) -> Difference {
    Difference { name: item.name.clone(), group: item.group.clone(), text }
}

fn change(was: &Item, is: &Item) -> Option<String> {
    if was.size != is.size {
        return Some(format!("`{}` of {} has {} bytes, it had {} when sealed", was.name, was.group, is.size, was.size));
    }
    if was.sha256 != is.sha256 {
        return Some(format!("`{}` of {} has other content than when sealed", was.name, was.group));
    }
    (was.group != is.group)
        .then(|| format!("`{}` belonged to {} when sealed, now to {}", was.name, was.group, is.group))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items() -> Vec<Item> {
        let item = |n: u8| Item {
            name: format!("frame-{n}.png"),
            size: 100 + u64::from(n),
            sha256: [n; 32],
            group: format!("episode {}", n / 2),
        };
        (0..6).map(item).collect()
    }

    fn request(items: &[Item]) -> SealRequest<'_> {
        SealRequest {
            name: "kitchen",
            set_path: "/data/kitchen",
            set_digest: "abc",
            origin: Origin::Real,
            held: &[2, 0, 1],
            items,
        }
    }

    fn sealed(dir: &Path) -> (LockedSet, Keys) {
        let keys = Keys::from_seed("ada", [3; 32]).expect("key");
        let locked = seal(dir, &request(&items()), &keys, Timestamp::from_unix_s(0)).expect("seal");
        (locked, keys)
    }

    #[test]
    fn a_seal_loads_again_and_is_never_replaced() {
        let dir = tempfile::tempdir().expect("temp dir");
        let (made, keys) = sealed(dir.path());
        let loaded = LockedSet::load(dir.path(), "kitchen", &[keys.public()]).expect("load");
        assert_eq!((loaded.root(), loaded.held()), (made.root(), [0, 1, 2].as_slice()), "same seal");
        assert!(loaded.key_is_trusted(), "known key");
        assert_eq!(loaded.groups().len(), 3, "groups");
        assert!(!LockedSet::load(dir.path(), "kitchen", &[]).expect("load").key_is_trusted(), "unknown key is said");
        let again = seal(dir.path(), &request(&items()), &keys, Timestamp::from_unix_s(1));
        assert!(again.expect_err("exists").to_string().contains("never replaced"), "cure");
        let mut twice = items();
        twice.push(twice[0].clone());
        let doubled = SealRequest { name: "b", ..request(&twice) };
        assert!(seal(dir.path(), &doubled, &keys, Timestamp::from_unix_s(1)).is_err(), "same name twice");
        let nothing = SealRequest { name: "b", ..request(&[]) };
        assert!(seal(dir.path(), &nothing, &keys, Timestamp::from_unix_s(1)).is_err(), "nothing held");
        let outside = SealRequest { name: "../b", ..request(&twice) };
        assert!(seal(dir.path(), &outside, &keys, Timestamp::from_unix_s(1)).is_err(), "path in a name");
        assert!(LockedSet::load(dir.path(), "nope", &[]).is_err(), "no such seal");
    }

    #[test]
    fn a_shared_file_is_told_from_an_episode() {
        let dir = tempfile::tempdir().expect("temp dir");
        let keys = Keys::from_seed("ada", [3; 32]).expect("key");
        let mut all = items();
        let shared = Item { name: "file all.mp4".to_owned(), size: 9, sha256: [9; 32], group: SHARED_GROUP.to_owned() };
        all.push(shared);
        let locked = seal(dir.path(), &request(&all), &keys, Timestamp::from_unix_s(0)).expect("seal");
        assert_eq!(locked.groups().len(), 3, "a shared file is no independent unit");
        all[6].sha256[0] ^= 1;
        assert!(locked.verify(&all).only_shared_differs(), "only the shared file");
        all[0].sha256[0] ^= 1;
        assert!(!locked.verify(&all).only_shared_differs(), "an episode too");
        assert!(!locked.verify(locked.items()).only_shared_differs(), "nothing differs");
    }

    #[test]
    fn every_change_of_the_real_files_is_named() {
        let dir = tempfile::tempdir().expect("temp dir");
        let (locked, _) = sealed(dir.path());
        assert!(locked.verify(&items()).is_whole(), "untouched");
        assert_eq!(locked.verify(&items()).unchanged, 6, "all");
        let mut now = items();
        now[0].sha256[31] ^= 1;
        now[1].size += 1;
        now[2].group = "episode 9".to_owned();
        now[3].name = "new.png".to_owned();
        let report = locked.verify(&now);
        assert_eq!((report.unchanged, report.changed.len()), (2, 3), "{report:?}");
        assert_eq!((report.missing.len(), report.added.len()), (1, 1), "{report:?}");
        let words: Vec<&str> = report.differences().map(|difference| difference.text.as_str()).collect();
        for (text, has) in words.iter().zip(["other content", "has 102 bytes", "now to episode 9", "missing", "added"])
        {
            assert!(text.contains(has), "{text} lacks {has}");
        }
    }

    /// Not synced: the test writes a thousand times.
    fn overwrite(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        std::io::Write::write_all(&mut std::fs::File::create(path)?, bytes)
    }

    #[test]
    fn no_changed_byte_of_either_file_loads_as_the_same_seal() {
        let dir = tempfile::tempdir().expect("temp dir");
        let (_, keys) = sealed(dir.path());
        let (json, note) = paths(dir.path(), "kitchen");
        for path in [json, note] {
            let bytes = std::fs::read(&path).expect("read");
            for at in 0..bytes.len() {
                // White space between JSON fields means nothing, and is the one thing that may change.
                if bytes[at].is_ascii_whitespace() {
                    continue;
                }
                let mut bad = bytes.clone();
                bad[at] ^= 1;
                overwrite(&path, &bad).expect("tamper");
                let loaded = LockedSet::load(dir.path(), "kitchen", &[keys.public()]);
                assert!(loaded.is_err(), "{} byte {at}", path.display());
            }
            overwrite(&path, &bytes).expect("restore");
        }
        assert!(LockedSet::load(dir.path(), "kitchen", &[]).is_ok(), "restored");
    }

    #[test]
    fn a_stand_in_cannot_become_real_by_editing_the_seal() {
        let dir = tempfile::tempdir().expect("temp dir");
        let keys = Keys::from_seed("ada", [3; 32]).expect("key");
        let items = items();
        let stand_in = SealRequest { origin: Origin::StandIn, ..request(&items) };
        seal(dir.path(), &stand_in, &keys, Timestamp::from_unix_s(0)).expect("seal");
        let (json, _) = paths(dir.path(), "kitchen");
        let text = read_text(&json).expect("read");
        assert!(text.contains("\"StandIn\""), "written");
        write_whole(&json, text.replace("\"StandIn\"", "\"Real\"").as_bytes()).expect("tamper");
        let err = LockedSet::load(dir.path(), "kitchen", &[keys.public()]).expect_err("changed");
        assert!(err.to_string().contains("changed after sealing"), "{err}");
    }
}
