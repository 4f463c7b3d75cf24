//! A comparison that was kept, read back: what the command line found is there when the studio opens.
//!
//! Only where the study knows both sets as they were; files that were changed in place it does not see. Numbers without pictures: the
//! map of frames and the probe's evidence need the frames again.

use std::path::Path;

use crate::base::Digest;
use crate::drift::{self, Cause, Distance, FeatureDifference, Measure, Shape};
use crate::run::Place;
use crate::run::synthetic::read_json;
use crate::stats::Interval;
use crate::study::SetRef;

use super::{CauseEntry, Comparison, ComparisonFile, DifferenceEntry, DistanceEntry, SignalDrift, file_of};

/// Changes where readers give other pictures or other cameras of the same files, so that what was measured before is not shown.
const READERS: u32 = 2;

/// What a set is as far as a finding goes: its files as they were taken in or made, and which of its episodes may be seen.
pub fn identity(place: &Place, set: &SetRef) -> String {
    let known = (set.origin, &set.digest, &set.listing, &set.held, &set.reference, set.folders, READERS);
    let mut text = format!("{known:?}\n").into_bytes();
    // A generated set is made anew under its old name.
    text.extend(std::fs::read(place.resolve(&set.path).join("set.json")).unwrap_or_default());
    Digest::of(&text).to_string()
}

impl Comparison {
    /// Whether both sets are what they were when this was found.
    pub fn is_of(&self, place: &Place, sets: [&SetRef; 2]) -> bool {
        self.identities == sets.map(|set| identity(place, set))
    }

    /// The comparison of these two sets through these cameras that was kept last, where both are what they were then.
    ///
    /// A file that is from before this was kept, damaged or of something else is none.
    pub fn kept(place: &Place, sets: [&SetRef; 2], cameras: [usize; 2]) -> Option<Self> {
        let path = file_of(place, &sets.map(|set| set.name.clone()));
        let file: ComparisonFile = path.is_file().then(|| read_json(&path).ok()).flatten()?;
        let is_current = file.backbone.is_some() || file.features == drift::DESCRIPTOR;
        let is_of =
            is_current && file.identities == sets.map(|set| identity(place, set)) && file.camera_positions == cameras;
        if is_of { Self::from_file(file, &path) } else { None }
    }

    fn from_file(file: ComparisonFile, path: &Path) -> Option<Self> {
        let mut others = file.distances.iter().map(|one| distance(one, &file)).collect::<Option<Vec<Distance>>>()?;
        if others.is_empty() {
            return None;
        }
        let first = others.remove(0);
        Some(Self {
            cameras: file.camera_positions,
            camera_names: file.cameras,
            distance: first,
            backbone: file.backbone,
            others,
            hidden: file.hidden,
            differences: differences(file.differences)?,
            map: None,
            probe: None,
            probed: file.probe,
            copies: Default::default(),
            signals: SignalDrift {
                signals: differences(file.signals)?,
                touches: differences(file.touches)?,
                parameters: differences(file.parameters)?,
                left_out: Vec::new(),
            },
            sentences: file.sentences,
            family: file.family,
            causes: file.causes.into_iter().map(cause).collect(),
            luminance: file.luminance,
            colours: file.colours,
            n_frames: file.frames,
            names: [file.reference, file.other],
            identities: file.identities,
            measuring: file.measuring,
            origins: [file.reference_origin, file.other_origin],
            file: path.to_owned(),
        })
    }
}

/// `None` where its measure is not known here.
fn distance(entry: &DistanceEntry, file: &ComparisonFile) -> Option<Distance> {
    let interval = |ends: [f64; 2]| Interval { low: ends[0], high: ends[1] };
    Some(Distance {
        measure: Measure::ALL.into_iter().find(|measure| measure.name() == entry.metric)?,
        value: entry.value,
        null_low: entry.null_band[0],
        null_high: entry.null_band[1],
        p: entry.p,
        n_x: file.frames[0],
        n_y: file.frames[1],
        groups_x: file.groups[0],
        groups_y: file.groups[1],
        features: file.features.clone(),
        permutations: entry.permutations,
        exact: entry.exact,
        reference_band: entry.reference_band.map(interval),
        interval: entry.interval.map(interval),
        caveat: entry.caveat.clone(),
    })
}

/// `None` where it was kept without what chance gives.
fn difference(entry: DifferenceEntry) -> Option<FeatureDifference> {
    let ([sd_x, sd_y], groups, chance) = (entry.sd?, entry.groups?, entry.chance?);
    Some(FeatureDifference {
        name: entry.feature,
        mean_x: entry.reference,
        mean_y: entry.other,
        sd_x,
        sd_y,
        effect: entry.effect_sd,
        effect_bands: chance.effect_sd.bands(),
        p: entry.p,
        p_adjusted: entry.p_adjusted,
        shape: Shape {
            cliffs_delta: chance.cliffs_delta.banded(entry.cliffs_delta),
            ks: chance.ks.banded(entry.ks),
            w1_sd: chance.w1_sd.banded(entry.w1_sd),
            js: chance.js.banded(entry.js),
            psi: chance.psi.banded(entry.psi),
            labellings: chance.permutations,
        },
        shape_p_adjusted: chance.js_p_adjusted,
        groups,
    })
}

/// All of a kind, in their order.
fn differences(entries: Vec<DifferenceEntry>) -> Option<Vec<FeatureDifference>> {
    entries.into_iter().map(difference).collect()
}

fn cause(entry: CauseEntry) -> Cause {
    let CauseEntry { feature, parameter, share, correlation, p, raise, .. } = entry;
    Cause { feature, parameter, share, correlation, p, raise }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Rgb, Silent, StreamKey, png};
    use crate::ledger::Timestamp;
    use crate::run::Stamp;
    use crate::run::compare::{CompareRequest, Measuring, compare};
    use crate::run::import::{ImportRequest, import};
    use crate::study::{Edit, Study};

    fn stamp() -> Stamp {
        Stamp { time: Timestamp::from_unix_s(0), actor: "tester".to_owned() }
    }

    /// A study with two sets of six takes of two pictures each.
    fn desk() -> (tempfile::TempDir, Place, Study) {
        let dir = tempfile::tempdir().unwrap();
        let place = Place { folder: dir.path().join("study"), keys_folder: dir.path().join("keys") };
        let mut study = crate::run::new::new(&place, 1, &stamp()).unwrap();
        for (at, name) in ["one", "two"].into_iter().enumerate() {
            for take in 0_u64..6 {
                let folder = dir.path().join(format!("{name}/take_{take}"));
                std::fs::create_dir_all(&folder).unwrap();
                for frame in 0..2 {
                    let key = StreamKey::new(100 * at as u64 + 10 * take + frame, "kept tests");
                    let bytes = (0..32 * 24 * 3).map(|pixel| (key.unit("pixel", pixel) * 250.0) as u8).collect();
                    let picture = Rgb::from_bytes(32, 24, bytes).unwrap();
                    std::fs::write(folder.join(format!("{frame}.png")), png::encode_rgb(&picture).unwrap()).unwrap();
                }
            }
            let request = ImportRequest::of(dir.path().join(name), 0.2);
            let edit = import(&place, &study, &request, &stamp(), &Silent).unwrap().edit;
            study.apply(edit).unwrap();
        }
        (dir, place, study)
    }

    #[test]
    fn what_was_found_is_there_again_until_a_set_is_another() {
        let (_dir, place, mut study) = desk();
        let (reference, other) = ("one".to_owned(), "two".to_owned());
        let measuring = Measuring { frames: 2, permutations: 99, ..Measuring::default() };
        let request = CompareRequest { reference, other, cameras: [0, 0], measuring };
        let kept = |study: &Study, cameras| {
            Comparison::kept(&place, [study.set("one").unwrap(), study.set("two").unwrap()], cameras)
        };
        assert!(kept(&study, [0, 0]).is_none(), "nothing was found yet");
        let found = compare(&place, &study, &request, &stamp(), &Silent).unwrap();
        let again = kept(&study, [0, 0]).expect("both sets are what they were");
        assert_eq!((&again.distance, &again.others), (&found.distance, &found.others), "to the last bit");
        assert_eq!((&again.differences, &again.sentences), (&found.differences, &found.sentences));
        assert_eq!(again.measuring, Some(request.measuring), "whoever compares again compares alike");
        assert_eq!((&again.colours, again.n_frames), (&found.colours, found.n_frames));
        assert!(again.map.is_none() && again.probe.is_none(), "frames are not kept");
        assert!(kept(&study, [0, 1]).is_none(), "not through another camera");
        let whole: serde_json::Value = read_json(&found.file).unwrap();
        let mut before = whole.clone();
        before.as_object_mut().unwrap().remove("identities");
        std::fs::write(&found.file, before.to_string()).unwrap();
        assert!(kept(&study, [0, 0]).is_none(), "nor from before it was kept what the sets were");
        std::fs::write(&found.file, whole.to_string()).unwrap();
        assert!(kept(&study, [0, 0]).is_some(), "which alone it was");
        let mut set = study.set("two").unwrap().clone();
        set.held.push(set.reference.pop().unwrap());
        study.apply(Edit::PutSet(set)).unwrap();
        assert!(kept(&study, [0, 0]).is_none(), "and not once an episode is held that was looked at");
    }

    #[test]
    fn damaged_files_are_none() {
        let (_dir, place, study) = desk();
        let sets = [study.set("one").unwrap(), study.set("two").unwrap()];
        std::fs::create_dir_all(place.folder.join("compare")).unwrap();
        for text in ["", "{}", "{\"format\": \"worldproof comparison 2\"", "[1, 2]"] {
            std::fs::write(place.folder.join("compare/one--two.json"), text).unwrap();
            assert!(Comparison::kept(&place, sets, [0, 0]).is_none(), "{text}");
        }
    }
}
