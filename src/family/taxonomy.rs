//! Words that sort families: the six layers of PEGASUS, the operating conditions of ISO 34503, kinds of failure, and our
//! own for humanoids and manipulators, for which there is no standard.
//!
//! The lists are versioned: a family says which version its words are from. Sources: the six-layer model of PEGASUS
//! (arXiv 2012.06319), read for indoor robots with the floor and layout as the first layer; the top-level attributes of
//! ISO 34503:2023; disturbance kinds after JAMA's perception, traffic and vehicle disturbances. External identifiers
//! (`encap:CPNCO`) are free text.

use serde::{Deserialize, Serialize};

use crate::base::text::did_you_mean;

/// The newest version of the words.
pub const VERSION: u32 = 1;

/// Where a parameter belongs among the six layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Layer {
    /// Road or floor: geometry, surface, markings, layout.
    L1,
    /// Beside it: buildings, guard rails, shelves, tables, fixtures.
    L2,
    /// Temporary changes of the first two: works, spills, a blocked aisle.
    L3,
    /// What moves or can be moved: vehicles, people, robots, objects.
    L4,
    /// Environment: light, weather, noise.
    L5,
    /// Digital information: signals, maps, commands, delays.
    L6,
}

impl Layer {
    /// All of them in order.
    pub const ALL: [Self; 6] = [Self::L1, Self::L2, Self::L3, Self::L4, Self::L5, Self::L6];

    /// What it holds, in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::L1 => "Road or floor",
            Self::L2 => "Fixtures beside it",
            Self::L3 => "Temporary changes",
            Self::L4 => "Moving and movable things",
            Self::L5 => "Environment",
            Self::L6 => "Digital information",
        }
    }
}

/// A family's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taxonomy {
    /// Which version of the lists the words are from.
    pub version: u32,
    /// Operating conditions (ISO 34503): `scenery.indoor`, `environment.illumination`, …
    #[serde(default)]
    pub odd: Vec<String>,
    /// What goes wrong.
    #[serde(default)]
    pub failure: Vec<String>,
    /// What disturbs.
    #[serde(default)]
    pub disturbance: Vec<String>,
    /// What kind of robot, and what it does.
    #[serde(default)]
    pub robot: Vec<String>,
    /// Identifiers elsewhere (`"encap:CPNCO"`, `"nhtsa:…"`), as they are written there.
    #[serde(default)]
    pub external: Vec<String>,
}

/// Top-level attributes of ISO 34503's operational design domain, as paths.
pub const ODD: [&str; 27] = [
    "scenery.zone",
    "scenery.drivable_area",
    "scenery.drivable_area.surface",
    "scenery.drivable_area.geometry",
    "scenery.junction",
    "scenery.structure.fixed",
    "scenery.structure.temporary",
    "scenery.structure.special.tunnel",
    "scenery.structure.special.bridge",
    "scenery.indoor",
    "scenery.indoor.workplace",
    "scenery.indoor.household",
    "environment.weather.wind",
    "environment.weather.rain",
    "environment.weather.snow",
    "environment.particulates.fog",
    "environment.particulates.dust",
    "environment.illumination.day",
    "environment.illumination.night",
    "environment.illumination.low",
    "environment.illumination.artificial",
    "environment.illumination.glare",
    "environment.connectivity",
    "dynamic.traffic.vehicle",
    "dynamic.traffic.cyclist",
    "dynamic.traffic.pedestrian",
    "dynamic.subject",
];

/// What goes wrong.
pub const FAILURE: [&str; 20] = [
    "collision",
    "contact_unintended",
    "contact_force_excess",
    "separation_violated",
    "fall",
    "slip",
    "trip",
    "tip_over",
    "drop",
    "grasp_lost",
    "missed_detection",
    "false_detection",
    "late_detection",
    "wrong_class",
    "localisation_lost",
    "control_unstable",
    "stuck",
    "defect_missed",
    "defect_false",
    "policy_frozen",
];

/// What disturbs, after JAMA's three kinds, and the environment.
pub const DISTURBANCE: [&str; 8] =
    ["perception", "agent", "ego_dynamics", "environment", "sudden", "gradual", "occlusion", "human_intrusion"];

/// Our own words for robots and what they do; there is no standard to take them from.
pub const ROBOT: [&str; 20] = [
    "humanoid",
    "humanoid.standing",
    "humanoid.walking",
    "humanoid.stepping",
    "humanoid.upper_body",
    "manipulator.fixed",
    "manipulator.mobile",
    "manipulator.reach",
    "manipulator.grasp",
    "manipulator.lift",
    "manipulator.carry",
    "manipulator.handover",
    "manipulator.pour",
    "vehicle.car",
    "vehicle.truck",
    "vehicle.agv",
    "inspection.camera",
    "sensor.camera",
    "sensor.lidar",
    "sensor.force",
];

/// One of the lists that words are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List {
    /// The field of a family's file.
    pub field: &'static str,
    /// For people.
    pub title: &'static str,
    /// Its words.
    pub words: &'static [&'static str],
}

/// All lists of the newest version.
pub const LISTS: [List; 4] = [
    List { field: "odd", title: "Operating conditions", words: &ODD },
    List { field: "failure", title: "What goes wrong", words: &FAILURE },
    List { field: "disturbance", title: "What disturbs", words: &DISTURBANCE },
    List { field: "robot", title: "Robot and task", words: &ROBOT },
];

impl Taxonomy {
    /// No word yet, from the newest lists.
    pub fn new() -> Self {
        Self::of_version(VERSION)
    }

    /// No word yet, from the lists of a version.
    pub fn of_version(version: u32) -> Self {
        Self {
            version,
            odd: Vec::new(),
            failure: Vec::new(),
            disturbance: Vec::new(),
            robot: Vec::new(),
            external: Vec::new(),
        }
    }

    /// The words of one list, by the field's name; `None` for a field that is no list of words.
    pub fn words_mut(&mut self, field: &str) -> Option<&mut Vec<String>> {
        match field {
            "odd" => Some(&mut self.odd),
            "failure" => Some(&mut self.failure),
            "disturbance" => Some(&mut self.disturbance),
            "robot" => Some(&mut self.robot),
            _ => None,
        }
    }

    /// The family's words in the order of [`LISTS`].
    pub fn all(&self) -> [&[String]; 4] {
        [&self.odd, &self.failure, &self.disturbance, &self.robot]
    }

    /// Every word that is not in its list: field, sentence.
    pub fn findings(&self) -> Vec<(String, String)> {
        if self.version == 0 || self.version > VERSION {
            let text = format!("version {} of the words is not known here; the newest is {VERSION}", self.version);
            return vec![("version".to_owned(), text)];
        }
        let mut findings = Vec::new();
        for (List { field, words: known, .. }, words) in LISTS.into_iter().zip(self.all()) {
            for (at, word) in words.iter().enumerate().filter(|(_, word)| !known.contains(&word.as_str())) {
                let hint = did_you_mean(word, known.iter().copied());
                let text = format!("`{word}` is not one of the words{hint}; use a known one, or put it under `tags`");
                findings.push((format!("{field}[{at}]"), text));
            }
        }
        findings
    }
}

impl Default for Taxonomy {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_words_are_found_with_a_guess() {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        let mut taxonomy = Taxonomy {
            version: 1,
            odd: words(&["scenery.indoor", "environment.illumination.glrae"]),
            failure: words(&["tip_over"]),
            disturbance: words(&["sudden"]),
            robot: words(&["humanoid.upper_body"]),
            external: words(&["encap:CPNCO"]),
        };
        let found = taxonomy.findings();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, "odd[1]");
        assert!(found[0].1.contains("did you mean `environment.illumination.glare`?"), "{found:?}");
        taxonomy.version = 2;
        assert!(taxonomy.findings()[0].1.contains("newest is 1"), "version");
    }

    #[test]
    fn every_list_has_its_field() {
        let mut taxonomy = Taxonomy::new();
        for (at, list) in LISTS.iter().enumerate() {
            taxonomy.words_mut(list.field).unwrap().push(list.words[0].to_owned());
            assert_eq!(taxonomy.all()[at], [list.words[0]], "{}", list.field);
        }
        assert!(taxonomy.findings().is_empty() && taxonomy.words_mut("external").is_none());
    }

    #[test]
    fn no_word_stands_twice() {
        for list in [&ODD[..], &FAILURE, &DISTURBANCE, &ROBOT] {
            for (at, word) in list.iter().enumerate() {
                assert!(!list[..at].contains(word), "{word}");
            }
        }
    }
}
