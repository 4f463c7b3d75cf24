//! What outlives a study: recent studies and the theme, kept by eframe in the person's own folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use eframe::egui::TextureId;
use serde::{Deserialize, Serialize};

use crate::app::channel::Look;
use crate::app::many::{ManyAct, ManyState};
use crate::app::stage::By;
use crate::app::stage::labels::LabelLayer;
use crate::app::view::{ExampleCard, Welcome};

/// Recent studies kept.
const RECENT_MAX: usize = 8;
const KEY: &str = "worldproof settings 1";

/// Kept between runs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Settings {
    /// Name and folder, newest first.
    recents: Vec<(String, PathBuf)>,
    /// What is drawn over the stage, and which signals are plotted.
    #[serde(default)]
    pub(super) stage: StageLook,
    /// How many draws a contact sheet holds, where the person chose it.
    #[serde(default)]
    pub(super) sheet_size: Option<u64>,
}

/// How the stage is looked at.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct StageLook {
    /// The words of the layers that are drawn over the picture.
    pub(super) layers: BTreeSet<String>,
    /// The words of the kinds of labels that are.
    pub(super) labels: BTreeSet<String>,
    /// Whether what lidars and radars met is.
    pub(super) clouds: bool,
    /// What its colours tell.
    pub(super) clouds_by: By,
    /// How channels are coloured.
    pub(super) look: Look,
    /// Plotted signals, by the family's id.
    pub(super) signals: BTreeMap<String, Vec<String>>,
}

impl StageLook {
    /// The kinds of labels that are drawn.
    pub(super) fn label_layers(&self) -> BTreeSet<LabelLayer> {
        let all = LabelLayer::ALL.into_iter().filter(|(_, words)| self.labels.contains(*words));
        all.map(|(layer, _)| layer).collect()
    }
}

impl Settings {
    /// As kept, or none where the kept ones cannot be read.
    pub(super) fn load(storage: Option<&dyn eframe::Storage>) -> Self {
        storage.and_then(|storage| eframe::get_value(storage, KEY)).unwrap_or_default()
    }

    /// Keeps them.
    pub(super) fn store(&self, storage: &mut dyn eframe::Storage) {
        eframe::set_value(storage, KEY, self);
    }

    /// What is seen of many draws when a study is opened.
    pub(super) fn many(&self) -> ManyState {
        let mut state = ManyState::default();
        if let Some(size) = self.sheet_size {
            state.apply(ManyAct::Resize(size));
        }
        state
    }

    /// Puts a study first.
    pub(super) fn remember(&mut self, folder: &Path, name: &str) {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        self.recents.retain(|(_, other)| *other != folder);
        self.recents.insert(0, (name.to_owned(), folder));
        self.recents.truncate(RECENT_MAX);
    }

    /// The folder of recent study `at`.
    pub(super) fn recent(&self, at: usize) -> Option<PathBuf> {
        self.recents.get(at).map(|(_, folder)| folder.clone())
    }

    /// The welcome screen.
    pub(super) fn welcome(&self, thumbnail: Option<(TextureId, [u32; 2])>) -> Welcome {
        let card = ExampleCard {
            title: "Light drops during a reach".to_owned(),
            text: "A humanoid reaches for a canister that is easily tipped; the light falls within a second."
                .to_owned(),
            picture: thumbnail,
        };
        let recents = self.recents.iter().filter(|(_, folder)| folder.join("study.ron").is_file());
        Welcome {
            examples: vec![card],
            recents: recents.map(|(name, folder)| (name.clone(), folder.display().to_string())).collect(),
        }
    }

    /// A folder under the person's own that does not exist yet.
    pub(super) fn new_folder(stem: &str) -> String {
        let base = home().join("worldproof");
        let free = (1..10_000).map(|at| base.join(format!("{stem}-{at}"))).find(|folder| !folder.exists());
        free.unwrap_or_else(|| base.join(stem)).display().to_string()
    }

    /// Where the example study lies.
    pub(super) fn example_folder() -> String {
        home().join("worldproof").join("example-light-step").display().to_string()
    }
}

fn home() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("HOME").or_else(|| variable("USERPROFILE")).unwrap_or_else(|| PathBuf::from("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_as_large_as_it_was_chosen_to_be() {
        let kept = |text: &str| serde_json::from_str::<Settings>(text).expect("reads").many().size;
        assert_eq!(kept(r#"{"recents": []}"#), ManyState::default().size, "kept before there was a choice");
        let chosen = Settings { sheet_size: Some(144), ..Settings::default() };
        assert_eq!(kept(&serde_json::to_string(&chosen).expect("writes")), 144);
        assert_eq!(kept(r#"{"recents": [], "sheet_size": 9999}"#), 256, "never one that is not offered");
    }

    #[test]
    fn recent_studies_are_few_and_once_each() {
        let mut settings = Settings::default();
        for at in 0..12 {
            settings.remember(Path::new(&format!("/s/{at}")), "s");
        }
        settings.remember(Path::new("/s/11"), "again");
        assert_eq!(settings.recents.len(), RECENT_MAX, "capped");
        assert_eq!(settings.recent(0), Some(PathBuf::from("/s/11")), "newest first");
        assert_eq!(settings.recents.iter().filter(|(_, folder)| *folder == Path::new("/s/11")).count(), 1, "once");
    }
}
