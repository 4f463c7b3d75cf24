//! Which sets stand beside each other, and what is written about them.

use super::*;
use crate::base::{Rgb, Silent, png};
use crate::data::Origin;

/// A study with a real set, a synthetic one and another real one, each of two takes of three pictures, all open.
fn document(dir: &std::path::Path) -> Document {
    let mut document = Document::fresh(dir);
    for (name, origin) in [("old", Origin::Real), ("made", Origin::Synthetic), ("new", Origin::Real)] {
        let root = dir.join(name);
        for (take, frame) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)] {
            let folder = root.join(format!("take_{take}"));
            std::fs::create_dir_all(&folder).expect("a folder");
            let picture = png::encode_rgb(&Rgb::black(4, 3)).expect("a picture");
            std::fs::write(folder.join(format!("{frame}.png")), picture).expect("written");
        }
        let set = SetRef {
            name: name.to_owned(),
            path: root.display().to_string(),
            digest: None,
            origin,
            held: Vec::new(),
            reference: vec![0, 1],
            sealed: None,
            listing: None,
            conditions: std::collections::BTreeMap::new(),
            folders: crate::data::Folders::default(),
        };
        document.edit(Edit::PutSet(set), None).expect("put");
        let open = Set::open(&root, &Silent).expect("opens");
        document.sets.insert(name.to_owned(), Ok(Arc::new(open)));
    }
    document.choose_sets();
    document
}

fn names(document: &Document) -> [Option<&str>; 2] {
    document.compared().map(|set| set.map(|set| set.name.as_str()))
}

#[test]
fn any_two_sets_stand_beside_each_other_and_never_one_beside_itself() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut document = document(dir.path());
    assert_eq!(names(&document), [Some("new"), Some("made")], "the newest real one and the synthetic one");
    document.beside.sets[1] = Some("old".to_owned());
    assert_eq!(names(&document), [Some("new"), Some("old")], "two real ones");
    document.beside.sets = [Some("made".to_owned()), None];
    assert_eq!(names(&document), [Some("made"), Some("new")], "what stands on one side does not stand on the other");
    document.edit(Edit::RemoveSet("made".to_owned()), None).expect("removed");
    document.choose_sets();
    assert_eq!(names(&document), [Some("new"), Some("old")], "a set that is gone leaves its side to the others");
}

#[test]
fn what_is_written_about_a_pair_is_undone() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut document = document(dir.path());
    let ask = document.pairing_ask().expect("both are open");
    let known = Conditions::new();
    let pairing = pairing::in_order(sides_of(&ask.sides, [&known, &known]));
    document.pair = 1;
    document.pair_share = 1.0;
    let (_, moment) = document.shown_pair(&pairing).expect("two pairs");
    let remark = document.remark_at(&moment).expect("of open sets");
    assert_eq!((remark.episodes, remark.frames), ([1, 1], [2, 2]), "the last frames of the second takes");
    let said = PairRemark { flagged: true, text: "too dark".to_owned(), ..remark };
    document.edit(Edit::PutRemark(said.clone()), None).expect("said");
    assert_eq!(document.remark_at(&moment), Some(said), "it stands where it was said");
    document.pair_share = 0.0;
    let (_, elsewhere) = document.shown_pair(&pairing).expect("two pairs");
    assert_eq!(document.remark_at(&elsewhere).map(|remark| remark.flagged), Some(false), "and nowhere else");
    document.undo();
    assert!(document.remarks().is_empty(), "undone");
}
