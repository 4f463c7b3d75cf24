//! A user's own robot, prop or panorama into a study: found with what it names, read as the world will read it, copied beside the
//! families.
//!
//! Nothing is copied that the world would refuse. Which family makes a thing of it is the caller's.

use std::path::Path;

use glam::DVec3;

use crate::base::Monitor;
use crate::family::{Bound, Family, Files, Form};
use crate::study::{
    self,
    bring::{self, Kind},
};
use crate::world;

/// A file that a thing of a family can be made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Brought {
    /// The thing's shape: a model as large as in its file, a rig that is fixed and held as it stands, or a dome.
    pub form: Form,
    /// The corners of a model, lowest and highest, in its file's numbers taken for metres; none of a rig, which stands by its
    /// joints, and of a dome.
    pub extent_m: Option<[DVec3; 2]>,
}

/// Takes `file` into the study in `folder`: copied there with what it names, unless it lies there already.
///
/// # Errors
/// A sentence: nothing is made of such a file, it cannot be read, names what is not there, makes no sense, or the disk refuses.
pub fn bring(folder: &Path, file: &Path) -> Result<Brought, String> {
    if let (Some(kind), Some(name)) = (bring::kind(file), bring::within(file, folder)) {
        let form = form_of(kind, &name);
        // What lies in the study is read as a family with this thing would have it.
        let mut family = Family::new("bring", "", "");
        family.entities.push(crate::family::Entity::new("thing", form.clone(), [0.0; 3]));
        let files = study::with_files(family, folder).files;
        return read(&files, form);
    }
    let found = bring::find(file)?;
    let kind = bring::kind(file).unwrap_or(Kind::Model);
    let brought = read(&found.files, form_of(kind, &found.name))?;
    let name = found.put(folder).map_err(|error| error.to_string())?;
    Ok(Brought { form: form_of(kind, &name), ..brought })
}

/// The same for several files, and a sentence for each that cannot be taken in.
pub fn bring_all(folder: &Path, files: &[std::path::PathBuf], monitor: &dyn Monitor) -> (Vec<Brought>, Vec<String>) {
    let (mut all, mut refused) = (Vec::new(), Vec::new());
    for (at, file) in files.iter().enumerate() {
        if monitor.stopped() {
            break;
        }
        monitor.step("Taking files in", at as u64, files.len() as u64);
        match bring(folder, file) {
            Ok(brought) => all.push(brought),
            Err(why) => refused.push(why),
        }
    }
    (all, refused)
}

fn form_of(kind: Kind, name: &str) -> Form {
    match kind {
        Kind::Model => Form::Model { file: name.to_owned(), scale: Bound::Number(1.0) },
        Kind::Rig => Form::rig(name),
        Kind::Panorama => Form::dome(name),
    }
}

fn read(files: &Files, form: Form) -> Result<Brought, String> {
    let extent_m = world::read_form(files, &form)?;
    Ok(Brought { form, extent_m })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TETRAHEDRON: &str = "v 0 0 0\nv 1 0 0\nv 0 2 0\nv 0 0 -3\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n";

    #[test]
    fn a_panorama_comes_to_the_places_and_another_picture_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let (study, from) = (dir.path().join("study"), dir.path().join("from"));
        std::fs::create_dir_all(&from).unwrap();
        let save = |name: &str, [width, height]: [u32; 2]| {
            let pixels = image::RgbImage::from_pixel(width, height, image::Rgb([90, 120, 150]));
            pixels.save(from.join(name)).unwrap();
            bring(&study, &from.join(name))
        };
        let square = save("mug.png", [80, 80]).unwrap_err();
        assert!(square.contains("mug.png") && square.contains("twice as wide"), "{square}");
        assert!(!study.exists(), "nothing is left");
        let yard = save("yard.png", [128, 64]).unwrap();
        assert_eq!((yard.form.file(), yard.extent_m), (Some("places/yard.png"), None));
        assert!(matches!(yard.form, Form::Dome { .. }) && study.join("places/yard.png").exists());
        assert_eq!(bring(&study, &study.join("places/yard.png")).as_ref(), Ok(&yard), "it lies there already");
    }

    #[test]
    fn what_the_world_refuses_is_not_copied() {
        let dir = tempfile::tempdir().unwrap();
        let (study, from) = (dir.path().join("study"), dir.path().join("from"));
        std::fs::create_dir_all(&from).unwrap();
        let write = |name: &str, text: &str| {
            std::fs::write(from.join(name), text).unwrap();
            bring(&study, &from.join(name))
        };
        let flat = write("flat.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n").unwrap_err();
        assert!(flat.contains("flat.obj") && flat.contains("thin box"), "{flat}");
        let circle = r#"<robot name="r"><link name="a"/><link name="b"/>
            <joint name="one" type="fixed"><parent link="a"/><child link="b"/></joint>
            <joint name="two" type="fixed"><parent link="b"/><child link="a"/></joint></robot>"#;
        let circle = write("circle.urdf", circle).unwrap_err();
        assert!(circle.contains("circle.urdf"), "{circle}");
        assert!(!study.exists(), "nothing is left");
        let prop = write("prop.obj", TETRAHEDRON).unwrap();
        assert_eq!(prop.form.file(), Some("props/prop.obj"));
        assert_eq!(prop.extent_m, Some([DVec3::new(0.0, 0.0, -3.0), DVec3::new(1.0, 2.0, 0.0)]));
        assert_eq!(bring(&study, &study.join("props/prop.obj")).as_ref(), Ok(&prop), "it lies there already");
    }
}
