//! A model, a rig or a panorama from anywhere on disk: found with all that it names, and put where a study keeps such files.
//!
//! Files are copied as they are. Whether they make sense is the world's to know; a family's text is not changed here.

use std::path::{Path, PathBuf};

use super::beside;
use crate::base::files::{FileError, make_folder, write_whole};
use crate::family::Files;

/// So many folders above a file, what it names by a package's name may begin.
const LEVELS: usize = 5;

/// So many different files of one name are kept beside each other.
const NAMESAKES: usize = 999;

/// The file endings of rigs.
pub const RIGS: [&str; 1] = ["urdf"];
pub use crate::family::files::{MODELS, PANORAMAS};

/// What a file holds, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A model of one thing.
    Model,
    /// Links and joints.
    Rig,
    /// A picture of all directions, or of something else: only who asks for a panorama knows.
    Panorama,
}

/// A file and what it names, read.
#[derive(Clone, Debug)]
pub struct Found {
    /// The file's path from the folder that holds it and all that it names, with `/`.
    pub name: String,
    /// It and what it names, by their paths from there.
    pub files: Files,
}

/// The ending of a file's name in lower case.
fn ending(file: &Path) -> String {
    file.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
}

/// What a file holds by its name; none where no thing is made of it.
pub fn kind(file: &Path) -> Option<Kind> {
    let ending = ending(file);
    let all = [(Kind::Rig, &RIGS[..]), (Kind::Model, &MODELS[..]), (Kind::Panorama, &PANORAMAS[..])];
    all.into_iter().find(|(_, endings)| endings.contains(&ending.as_str())).map(|(kind, _)| kind)
}

/// Whether a file becomes a thing that nobody has asked for: a picture may be dropped for other reasons.
pub fn is_thing(file: &Path) -> bool {
    kind(file).is_some_and(|kind| kind != Kind::Panorama || ending(file) == "hdr")
}

/// The path of `file` in `folder`, where it lies there.
pub fn within(file: &Path, folder: &Path) -> Option<String> {
    let whole = |path: &Path| std::fs::canonicalize(path).ok();
    slashed(whole(file)?.strip_prefix(whole(folder)?).ok()?)
}

/// A relative path with `/`.
fn slashed(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
    parts.map(|parts| parts.join("/"))
}

/// Reads the rig, model or panorama in `file` with all that it names.
///
/// # Errors
/// A sentence: it is none, cannot be read, or names what is not there.
pub fn find(file: &Path) -> Result<Found, String> {
    let shown = file.display();
    if kind(file).is_none() {
        let known = MODELS.iter().chain(&RIGS).chain(&PANORAMAS).map(|ending| format!(".{ending}"));
        let known: Vec<String> = known.collect();
        return Err(format!("`{shown}` is no model, rig or panorama; choose one of {}", known.join(", ")));
    }
    let whole = std::fs::canonicalize(file).map_err(|error| FileError::new("read", file, error).to_string())?;
    let mut nearest: Option<(Found, Vec<String>)> = None;
    for root in whole.ancestors().skip(1).take(LEVELS) {
        let Some(name) = whole.strip_prefix(root).ok().and_then(slashed) else { continue };
        let files = beside::read([name.as_str()], root);
        if let Err(why) = files.bytes(&name) {
            return Err(format!("`{shown}` cannot be taken in: {why}"));
        }
        let missing = files.unresolved(&name);
        if missing.is_empty() {
            return Ok(Found { name, files });
        }
        if nearest.as_ref().is_none_or(|(_, before)| missing.len() < before.len()) {
            nearest = Some((Found { name, files }, missing));
        }
    }
    let missing = nearest.map(|(_, missing)| missing).unwrap_or_default();
    let first = missing.first().map_or("", String::as_str);
    let more = if missing.len() > 1 { format!(" (and {} more)", missing.len() - 1) } else { String::new() };
    Err(format!(
        "`{shown}` names `{first}`{more}, which was not found from there; put it where the file says, below the same folder, and \
         choose the file again"
    ))
}

impl Found {
    /// Writes the files into the study in `folder`, beside those that lie there; the file's path in the study. What lies there
    /// already with the same bytes is used as it is, what has other bytes is not touched.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn put(&self, folder: &Path) -> Result<String, FileError> {
        let file = Path::new(&self.name);
        let base = match kind(file) {
            Some(Kind::Rig) => "robots",
            Some(Kind::Panorama) => "places",
            _ => "props",
        };
        let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let alone = self.files.iter().count() == 1;
        let place = |number: usize, name: &str| {
            let count = if number > 1 { format!("_{number}") } else { String::new() };
            match file.file_name() {
                Some(_) if alone => format!("{base}/{stem}{count}.{}", ending(file)),
                _ => format!("{base}/{stem}{count}/{name}"),
            }
        };
        let fits = |number: &usize| {
            let mut all = self.files.iter();
            all.all(|(name, bytes, _)| is_free_for(&folder.join(place(*number, name)), bytes))
        };
        let Some(number) = (1..=NAMESAKES).find(fits) else {
            let cause =
                std::io::Error::other(format!("{NAMESAKES} others of this name lie there; give the file another name"));
            return Err(FileError::new("write", &folder.join(place(1, &self.name)), cause));
        };
        for (name, bytes, _) in self.files.iter() {
            let path: PathBuf = folder.join(place(number, name));
            if !path.exists() {
                make_folder(path.parent().unwrap_or(folder))?;
                write_whole(&path, bytes)?;
            }
        }
        Ok(place(number, &self.name))
    }
}

/// Whether nothing lies at `path`, or just these bytes.
fn is_free_for(path: &Path, bytes: &[u8]) -> bool {
    !path.exists() || std::fs::read(path).is_ok_and(|there| there == bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, all: &[(&str, &str)]) {
        for (name, text) in all {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }

    #[test]
    fn a_rig_comes_with_its_meshes_from_wherever_its_package_begins() {
        let dir = tempfile::tempdir().unwrap();
        let (from, study) = (dir.path().join("from"), dir.path().join("study"));
        let text =
            r#"<robot><mesh filename="package://my_arm/meshes/a.stl"/><mesh filename="../meshes/b.stl"/></robot>"#;
        write(&from, &[("my_arm/urdf/Arm.URDF", text), ("my_arm/meshes/a.stl", "A")]);
        let refused = find(&from.join("my_arm/urdf/Arm.URDF")).unwrap_err();
        assert!(refused.contains("Arm.URDF") && refused.contains("`../meshes/b.stl`"), "{refused}");
        write(&from, &[("my_arm/meshes/b.stl", "B"), ("my_arm/meshes/unused.stl", "U")]);
        let found = find(&from.join("my_arm/urdf/Arm.URDF")).unwrap();
        let put = found.put(&study).unwrap();
        let files = beside::read([put.as_str()], &study);
        assert!(files.unresolved(&put).is_empty() && files.iter().count() == 3, "{put}: {files:?}");
        assert!(put.starts_with("robots/Arm/") && !study.join("robots/Arm/meshes/unused.stl").exists(), "{put}");
        assert_eq!(found.put(&study).unwrap(), put, "the same again is the same");
        write(&from, &[("my_arm/meshes/b.stl", "other")]);
        let other = find(&from.join("my_arm/urdf/Arm.URDF")).unwrap().put(&study).unwrap();
        assert!(other.starts_with("robots/Arm_2/"), "{other}");
        let kept = beside::read([put.as_str()], &study);
        assert_eq!(kept.referenced(&put, "../meshes/b.stl"), Some(&b"B"[..]), "what was there is not touched");
    }

    #[test]
    fn what_is_no_model_is_refused_and_what_lies_in_the_study_stays_there() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &[("a.txt", "a"), ("study/props/mug.obj", "v"), ("mug.obj", "w")]);
        assert!(find(&dir.path().join("a.txt")).unwrap_err().contains("is no model, rig or panorama"));
        assert!(find(&dir.path().join("none.stl")).unwrap_err().contains("none.stl"));
        let things = ["a.hdr", "a.URDF", "a.glb", "a.png", "a.txt"].map(|name| is_thing(Path::new(name)));
        assert_eq!(things, [true, true, true, false, false], "a picture may be dropped for other reasons");
        let study = dir.path().join("study");
        assert_eq!(within(&study.join("props/mug.obj"), &study).as_deref(), Some("props/mug.obj"));
        assert_eq!(within(&dir.path().join("mug.obj"), &study), None);
        assert_eq!(find(&dir.path().join("mug.obj")).unwrap().put(&study).unwrap(), "props/mug_2.obj");
    }

    #[test]
    fn what_changes_on_disk_is_read_again_once_for_all_who_have_it() {
        use crate::family::{Entity, Family, Form};
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &[("props/mug.obj", "v 1"), ("props/cup.obj", "v 2")]);
        let model = |file: &str| Form::Model { file: file.to_owned(), scale: crate::family::Bound::Number(1.0) };
        let family = |id: &str, file: &str| {
            let mut family = Family::new(id, "Title", "tabletop");
            family.entities.push(Entity::new("mug", model(file), [0.0; 3]));
            std::sync::Arc::new(beside::with_files(family, dir.path()))
        };
        let families = vec![family("a", "props/mug.obj"), family("b", "props/cup.obj")];
        let mut study = super::super::Study::create(&dir.path().join("empty"), "Empty", 1).unwrap();
        study.families.clone_from(&families);
        let mut again = beside::Again::default();
        again.renew(&mut study, dir.path());
        assert!(again.changed().is_empty() && std::sync::Arc::ptr_eq(&study.families[0], &families[0]));
        write(dir.path(), &[("props/mug.obj", "v 3")]);
        let mut again = beside::Again::default();
        again.renew(&mut study, dir.path());
        assert_eq!(again.changed().into_iter().collect::<Vec<_>>(), ["props/mug.obj"]);
        assert_eq!(study.families[0].files.bytes("props/mug.obj"), Ok(&b"v 3"[..]));
        assert!(std::sync::Arc::ptr_eq(&study.families[1], &families[1]), "the other has not changed");
        let mut before = super::super::Study::create(&dir.path().join("other"), "Empty", 1).unwrap();
        before.families.clone_from(&families);
        again.renew(&mut before, dir.path());
        assert!(std::sync::Arc::ptr_eq(&before.families[0], &study.families[0]), "one family in every moment");
    }
}
