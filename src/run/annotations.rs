//! What is written about the things in a frame, to be laid over its picture: the labels of a recorded set, and the truth that a
//! generated one was rendered with.
//!
//! Deliberately not here: masks, boxes in space and points, which have their own places in the preview.

use std::sync::Arc;

use crate::data::{Origin, Set};
use crate::sense::file::LabelFile;

use super::RunError;
use super::synthetic::{episode_folder, read_labels};

/// One thing in one picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Annotation {
    /// Its class, and what must be known of it (`"car, hidden in part"`).
    pub words: String,
    /// Its box as `x0, y0, x1, y1` in pixels, corners between pixels; `None` where the whole picture has the class.
    pub bounds_px: Option<[f64; 4]>,
    /// Closed outlines in the same coordinates.
    pub outline_px: Vec<Vec<[f64; 2]>>,
}

/// Whether anything may be written about the frames of a set.
pub fn are_possible(set: &Set) -> bool {
    set.origin != Origin::Real || !set.classes.is_empty()
}

/// Reads the annotations of one frame after another; keeps what is read of a whole episode at once.
#[derive(Default)]
pub struct AnnotationReader {
    /// The open set, the position of the episode, and its file. A set that is made anew under its name is opened anew.
    kept: Option<(Arc<Set>, usize, LabelFile)>,
}

impl AnnotationReader {
    /// What is written about a frame of the episode at position `episode`; nothing where nobody looked.
    ///
    /// # Errors
    /// When there is no such frame, or what was written is damaged.
    pub fn of(
        &mut self,
        set: &Arc<Set>,
        (camera, episode, frame): (usize, usize, u32),
    ) -> Result<Vec<Annotation>, RunError> {
        if set.origin == Origin::Real {
            let word = |class: usize| set.classes.get(class).map_or("unknown class", String::as_str);
            let labels = set.labels(camera, episode, frame)?;
            return Ok(labels.into_iter().map(|label| of_label(&label, word(label.class))).collect());
        }
        if self.kept.as_ref().is_none_or(|(of, at, _)| !Arc::ptr_eq(of, set) || *at != episode) {
            let folder = set.episodes.get(episode).map(|info| episode_folder(&set.root, info.id));
            // Sets from before there were labels have none.
            let Some(folder) = folder.filter(|folder| folder.join("labels.json").is_file()) else {
                return Ok(Vec::new());
            };
            self.kept = Some((Arc::clone(set), episode, read_labels(&folder)?));
        }
        let labels = self.kept.as_ref().and_then(|(_, _, file)| file.frames.get(frame as usize));
        let seen = labels.map_or(&[][..], |frame| &frame.labels);
        let seen_as = |entry: &crate::sense::file::LabelEntry| {
            let [x, y, width, height] = entry.bbox_px.map(f64::from);
            Annotation {
                words: entry.class.clone(),
                bounds_px: Some([x, y, x + width, y + height]),
                outline_px: Vec::new(),
            }
        };
        Ok(seen.iter().filter(|entry| entry.area_px > 0).map(seen_as).collect())
    }
}

fn of_label(label: &crate::data::Label, class: &str) -> Annotation {
    let mut words = class.to_owned();
    if label.is_crowd {
        words.push_str(", many together");
    }
    match label.occluded {
        Some(1) => words.push_str(", partly hidden"),
        Some(2) => words.push_str(", largely hidden"),
        _ => {}
    }
    if let Some(share) = label.truncated.filter(|share| *share > 0.0) {
        words.push_str(&format!(", {:.0}\u{2009}% outside", share * 100.0));
    }
    Annotation { words, bounds_px: label.bounds_px, outline_px: label.outline_px.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Rgb, Silent, png};
    use crate::data::Label;

    #[test]
    fn labels_of_people_are_told_with_what_must_be_known() {
        let label = Label { bounds_px: Some([1.0, 2.0, 5.0, 6.0]), ..Label::default() };
        let mark = of_label(&label, "car");
        assert_eq!((mark.words.as_str(), mark.bounds_px), ("car", label.bounds_px));
        let odd = Label { is_crowd: true, occluded: Some(2), truncated: Some(0.25), ..label };
        assert_eq!(of_label(&odd, "car").words, "car, many together, largely hidden, 25\u{2009}% outside");
    }

    #[test]
    fn a_folder_with_labels_has_annotations_and_one_without_has_none() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["images/a.png", "images/b.png", "labels/a.txt"] {
            std::fs::create_dir_all(dir.path().join(name).parent().unwrap()).unwrap();
        }
        let picture = png::encode_rgb(&Rgb::black(40, 20)).unwrap();
        std::fs::write(dir.path().join("images/a.png"), &picture).unwrap();
        std::fs::write(dir.path().join("images/b.png"), &picture).unwrap();
        std::fs::write(dir.path().join("labels/a.txt"), "0 0.5 0.5 0.25 0.5\n").unwrap();
        std::fs::write(dir.path().join("labels/classes.txt"), "hairline\n").unwrap();
        let set = Arc::new(Set::open(dir.path(), &Silent).unwrap());
        assert!(are_possible(&set), "{:?}", set.classes);
        let mut reader = AnnotationReader::default();
        let all = reader.of(&set, (0, 0, 0)).unwrap();
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!((all[0].words.as_str(), all[0].bounds_px), ("hairline", Some([15.0, 5.0, 25.0, 15.0])));
        assert!(reader.of(&set, (0, 0, 1)).unwrap().is_empty(), "nobody wrote about the other");
        assert!(reader.of(&set, (0, 0, 9)).is_err(), "there is no such frame");
    }

    #[test]
    fn a_generated_set_has_the_truth_that_it_was_rendered_with_also_when_it_is_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            "set.json",
            r#"{"format":"worldproof set 1","name":"made","origin":"Synthetic","fps":10.0,"width":8,"height":6,"camera":"front",
                "episodes":[{"id":3,"frames":2,"task":""},{"id":4,"frames":1,"task":""}]}"#,
        );
        for name in ["000003/colour/000000.png", "000003/colour/000001.png", "000004/colour/000000.png"] {
            let path = dir.path().join("episodes").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, png::encode_rgb(&Rgb::black(8, 6)).unwrap()).unwrap();
        }
        let entry = |class: &str, area: u32| {
            format!(r#"{{"instance":1,"class":"{class}","name":"x","bbox_px":[1,2,3,2],"area_px":{area},"rle":""}}"#)
        };
        let labels = |class: &str| {
            let frame = |entries: String| format!(r#"{{"state":0,"time_s":0.0,"labels":[{entries}]}}"#);
            let (seen, hidden) = (entry(class, 6), entry("ghost", 0));
            let frames = [frame(String::new()), frame(format!("{seen},{hidden}"))].join(",");
            write(
                "episodes/000003/labels.json",
                &format!(r#"{{"format":"worldproof labels 2","skeletons":[],"frames":[{frames}]}}"#),
            );
        };
        labels("cup");
        let open = || Arc::new(Set::open(dir.path(), &Silent).unwrap());
        let (set, mut reader) = (open(), AnnotationReader::default());
        assert!(are_possible(&set) && reader.of(&set, (0, 0, 0)).unwrap().is_empty(), "nothing is seen yet");
        let cup = Annotation { words: "cup".to_owned(), bounds_px: Some([1.0, 2.0, 4.0, 4.0]), outline_px: Vec::new() };
        assert_eq!(reader.of(&set, (0, 0, 1)).unwrap(), [cup], "not what no pixel shows");
        assert!(reader.of(&set, (0, 1, 0)).unwrap().is_empty(), "an episode without labels");
        labels("bottle");
        assert_eq!(reader.of(&open(), (0, 0, 1)).unwrap()[0].words, "bottle", "made anew");
        write("episodes/000003/labels.json", "{");
        assert!(reader.of(&open(), (0, 0, 1)).is_err(), "damage is told");
    }
}
