//! What lies beside a family's file and belongs to it: models, rigs and panoramas that its things are made of, as bytes with
//! digests.
//!
//! Nothing here touches a disk: whoever reads a family hands in what gives the bytes ([`Files::read`]). Paths are those of
//! the study's folder, with `/`, and never lead out of it. What the bytes mean is the world's to know; from here come only
//! which further files a rig or a model names, so that all of them are there and count for the family's digest.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::Digest;

/// Where a set, a simulation or a pack keeps the files that its family's things are made of.
pub const FOLDER: &str = "files";

/// The endings of files that models are read from.
pub const MODELS: [&str; 4] = ["glb", "gltf", "stl", "obj"];

/// The endings of files that panoramas are read from.
pub const PANORAMAS: [&str; 4] = ["hdr", "png", "jpg", "jpeg"];

/// The largest file that is read, in bytes.
pub const LARGEST_BYTES: u64 = 256 << 20;

/// Files beside a family, by their paths in the study's folder. Cheap to clone.
///
/// Two of them are always equal: a family is equal to another where its text is. Bytes are told apart by
/// [`super::Family::digest`].
#[derive(Clone, Debug, Default)]
pub struct Files(Arc<Held>);

#[derive(Debug, Default)]
struct Held {
    /// What the family names, there or not.
    asked: BTreeSet<String>,
    there: BTreeMap<String, File>,
    /// Why a file is not there.
    missing: BTreeMap<String, String>,
    /// What has been made of these files, by what it is.
    kept: Mutex<BTreeMap<String, Arc<dyn Any + Send + Sync>>>,
}

struct File {
    bytes: Vec<u8>,
    digest: Digest,
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes, {:?}", self.bytes.len(), self.digest)
    }
}

impl PartialEq for Files {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Gives the bytes of the file at a path in the study's folder; `Ok(None)` where there is none, a sentence where it cannot
/// be read.
pub type Read<'a> = &'a dyn Fn(&str) -> Result<Option<Vec<u8>>, String>;

impl Files {
    /// Reads the files called `names` and all that they name in turn.
    pub fn read<'a>(names: impl IntoIterator<Item = &'a str>, read: Read<'_>) -> Self {
        let mut held = Held::default();
        for name in names {
            let Ok(path) = checked(name) else { continue };
            held.asked.insert(path.clone());
            if !held.take(&path, read) {
                let none = || format!("the file {path} was not found; put it there in the study's folder");
                held.missing.entry(path.clone()).or_insert_with(none);
                continue;
            }
            let named = held.there.get(&path).map(|file| references(&path, &file.bytes)).unwrap_or_default();
            for reference in named {
                // The first that is there; that none is, is told where the reference stands.
                let _there = candidates(&path, &reference).iter().any(|candidate| held.take(candidate, read));
            }
        }
        Self(Arc::new(held))
    }

    /// The bytes of the file called `name`.
    ///
    /// # Errors
    /// A sentence: the name leads out of the study's folder, there is no such file, it cannot be read.
    pub fn bytes(&self, name: &str) -> Result<&[u8], String> {
        let path = checked(name)?;
        let missing = || {
            let known = self.0.missing.get(&path).cloned();
            known.unwrap_or_else(|| format!("the file {path} has not been read; open the study that it lies in"))
        };
        self.0.there.get(&path).map(|file| file.bytes.as_slice()).ok_or_else(missing)
    }

    /// The bytes of what the file called `name` calls `reference` (`"package://arm/hand.stl"`, `"../meshes/hand.stl"`).
    pub fn referenced(&self, name: &str, reference: &str) -> Option<&[u8]> {
        let path = checked(name).ok()?;
        let all = candidates(&path, reference);
        all.iter().find_map(|candidate| self.0.there.get(candidate)).map(|file| file.bytes.as_slice())
    }

    /// What the file called `name` names and is not there, each once, as it is written in the file.
    pub fn unresolved(&self, name: &str) -> Vec<String> {
        let Ok(bytes) = self.bytes(name) else { return Vec::new() };
        let all: BTreeSet<String> = references(name, bytes).into_iter().collect();
        all.into_iter().filter(|reference| self.referenced(name, reference).is_none()).collect()
    }

    /// Whether the same files are there with the same bytes.
    pub fn same_bytes(&self, other: &Self) -> bool {
        let mine = self.iter().map(|(path, _, digest)| (path, digest));
        mine.eq(other.iter().map(|(path, _, digest)| (path, digest)))
    }

    /// Whether these have been read for `names`, no more and no fewer: what is named no longer must not count.
    pub fn are_of<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> bool {
        let asked: BTreeSet<String> = names.into_iter().filter_map(|name| checked(name).ok()).collect();
        asked == self.0.asked
    }

    /// Path, bytes and digest of every file, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8], Digest)> {
        self.0.there.iter().map(|(path, file)| (path.as_str(), file.bytes.as_slice(), file.digest))
    }

    /// What `make` makes of these files; made once, as `what` it is: a rig is parsed at the first draw and not at every one.
    pub fn kept<T: Any + Send + Sync>(&self, what: &str, make: impl FnOnce() -> T) -> Arc<T> {
        let known = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner).get(what).cloned();
        if let Some(known) = known.and_then(|known| known.downcast::<T>().ok()) {
            return known;
        }
        // Two threads may make the same at once; both make the same.
        let made = Arc::new(make());
        let kept = Arc::clone(&made) as Arc<dyn Any + Send + Sync>;
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(what.to_owned(), kept);
        made
    }
}

impl Held {
    /// Reads one file; whether it is there.
    fn take(&mut self, path: &str, read: Read<'_>) -> bool {
        if self.there.contains_key(path) {
            return true;
        }
        match read(path) {
            Ok(Some(bytes)) => {
                let digest = Digest::of(&bytes);
                self.there.insert(path.to_owned(), File { bytes, digest });
                true
            }
            Ok(None) => false,
            Err(why) => {
                self.missing.insert(path.to_owned(), why);
                false
            }
        }
    }
}

/// `name` as a path in the study's folder.
///
/// # Errors
/// A sentence: it is empty or leads out of the study's folder.
pub fn checked(name: &str) -> Result<String, String> {
    let absolute = name.starts_with('/') || name.contains(':') || name.contains('\\');
    let path = if absolute { None } else { joined("", name).filter(|path| !path.is_empty()) };
    path.ok_or_else(|| {
        format!("`{name}` is no file in the study's folder; write its path from there with `/`, as `props/mug.glb`")
    })
}

/// `name` as seen from `folder`, without `.` and `..`; none where it leads out.
fn joined(folder: &str, name: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Where the file at `path` may mean by `reference`, the likeliest first. `package://` is looked for in every folder from
/// the file's own up to the study's, under the package's name and without it.
fn candidates(path: &str, reference: &str) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let Some(inner) = reference.strip_prefix("package://").or_else(|| reference.strip_prefix("model://")) else {
        let reference = reference.strip_prefix("file://").unwrap_or(reference);
        let leaves = reference.starts_with('/') || reference.contains(':');
        let inside = joined(folder, &decoded(reference)).and_then(|path| checked(&path).ok());
        return inside.filter(|_| !leaves).into_iter().collect();
    };
    let without = inner.split_once('/').map_or(inner, |(_, rest)| rest);
    let above: Vec<&str> = std::iter::successors(Some(folder), |at| {
        (!at.is_empty()).then(|| at.rsplit_once('/').map_or("", |(up, _)| up))
    })
    .collect();
    let all = [inner, without].into_iter().flat_map(|rest| above.iter().filter_map(|at| joined(at, rest)));
    all.filter_map(|path| checked(&path).ok()).collect()
}

/// `text` with `%20` and its like as the characters that they stand for.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        if let Some(byte) = hex.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| *first == b'%') {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// The further files that a file names: meshes of a URDF, buffers and pictures of a glTF.
fn references(path: &str, bytes: &[u8]) -> Vec<String> {
    match path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "urdf" => std::str::from_utf8(bytes).map(meshes).unwrap_or_default(),
        "gltf" => buffers_and_images(bytes),
        _ => Vec::new(),
    }
}

fn meshes(text: &str) -> Vec<String> {
    let Ok(document) = roxmltree::Document::parse(text) else { return Vec::new() };
    let meshes = document.descendants().filter(|node| node.has_tag_name("mesh"));
    meshes.filter_map(|node| node.attribute("filename").map(str::to_owned)).collect()
}

fn buffers_and_images(bytes: &[u8]) -> Vec<String> {
    let Ok(root) = serde_json::from_slice::<serde_json::Value>(bytes) else { return Vec::new() };
    let all = ["buffers", "images"].into_iter().filter_map(|kind| root.get(kind)?.as_array()).flatten();
    let uris = all.filter_map(|one| one.get("uri")?.as_str());
    uris.filter(|uri| !uri.starts_with("data:")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder in memory.
    fn folder(all: &[(&str, &str)]) -> impl Fn(&str) -> Result<Option<Vec<u8>>, String> {
        let all: BTreeMap<String, Vec<u8>> =
            all.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
        move |path: &str| Ok(all.get(path).cloned())
    }

    #[test]
    fn a_rig_brings_the_meshes_that_it_names_wherever_its_package_lies() {
        let mesh = |name: &str| format!("<mesh filename=\"{name}\"/>");
        let urdf = format!(
            "<robot>{}{}{}{}</robot>",
            mesh("package://my_arm/meshes/a.stl"),
            mesh("../meshes/b.stl"),
            mesh("package://my_arm/meshes/none.stl"),
            mesh("../../../etc/c.stl"),
        );
        let files = Files::read(
            ["robots/my_arm/urdf/arm.urdf"],
            &folder(&[
                ("robots/my_arm/urdf/arm.urdf", &urdf),
                ("robots/my_arm/meshes/a.stl", "A"),
                ("robots/my_arm/meshes/b.stl", "B"),
                ("etc/c.stl", "C"),
            ]),
        );
        let found = |reference: &str| files.referenced("robots/my_arm/urdf/arm.urdf", reference);
        assert_eq!(found("package://my_arm/meshes/a.stl"), Some(&b"A"[..]));
        assert_eq!(found("package://other/meshes/a.stl"), Some(&b"A"[..]), "the folder may be called otherwise");
        assert_eq!((found("../meshes/b.stl"), found("../../../etc/c.stl")), (Some(&b"B"[..]), Some(&b"C"[..])));
        assert_eq!(found("package://my_arm/meshes/none.stl"), None);
        assert_eq!(files.unresolved("robots/my_arm/urdf/arm.urdf"), ["package://my_arm/meshes/none.stl"]);
        assert_eq!(files.iter().count(), 4);
    }

    #[test]
    fn buffers_come_along_and_nothing_leads_out_of_the_folder() {
        let gltf = r#"{"buffers": [{"uri": "a%20b.bin"}, {"uri": "data:;base64,AA"}, {"uri": "../../x.bin"}],
            "images": [{"uri": "wood.png"}, {"bufferView": 0}, {"uri": "none.jpg"}]}"#;
        let there = [("props/mug.gltf", gltf), ("props/a b.bin", "bin"), ("props/wood.png", "png")];
        let files = Files::read(["props/mug.gltf"], &folder(&there));
        assert_eq!(files.referenced("props/mug.gltf", "a%20b.bin"), Some(&b"bin"[..]));
        assert_eq!(files.referenced("props/mug.gltf", "wood.png"), Some(&b"png"[..]));
        assert_eq!(files.unresolved("props/mug.gltf"), ["../../x.bin", "none.jpg"]);
        for out in ["/etc/passwd", "../mug.glb", "props/../../mug.glb", "C:/mug.glb", "props\\mug.glb", ""] {
            assert!(checked(out).is_err_and(|text| text.contains("no file in the study's folder")), "{out}");
        }
        assert_eq!(checked("./props/../props/mug.glb").as_deref(), Ok("props/mug.glb"));
    }

    #[test]
    fn what_is_missing_says_so_and_what_is_made_is_kept() {
        let files = Files::read(["a.glb", "b.glb"], &|path| match path {
            "a.glb" => Ok(None),
            _ => Err("the disk says no".to_owned()),
        });
        assert_eq!(
            files.bytes("a.glb"),
            Err("the file a.glb was not found; put it there in the study's folder".to_owned())
        );
        assert_eq!(files.bytes("b.glb"), Err("the disk says no".to_owned()));
        assert!(
            files.are_of(["b.glb", "./a.glb"])
                && !files.are_of(["a.glb"])
                && !files.are_of(["a.glb", "b.glb", "c.glb"])
        );
        let mut made = 0;
        for _ in 0..3 {
            let number = files.kept("number", || {
                made += 1;
                7_u8
            });
            assert_eq!(*number, 7);
        }
        assert_eq!(made, 1);
    }
}
