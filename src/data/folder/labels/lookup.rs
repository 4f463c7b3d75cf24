//! Which picture a label file means: by its path from several places, and else by a file name that is there only once.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use crate::data::set::slashed;

/// Positions of pictures by path and by name.
pub(super) struct Lookup {
    by_path: HashMap<String, usize>,
    /// `None` where several pictures have the name.
    by_name: HashMap<String, Option<usize>>,
}

impl Lookup {
    pub(super) fn new(files: &[PathBuf]) -> Self {
        let (mut by_path, mut by_name) = (HashMap::with_capacity(files.len()), HashMap::with_capacity(files.len()));
        for (at, file) in files.iter().enumerate() {
            by_path.insert(slashed(file), at);
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            by_name.entry(name).and_modify(|known| *known = None).or_insert(Some(at));
        }
        Self { by_path, by_name }
    }

    /// The picture that a file in `folder` calls `name`.
    pub(super) fn find(&self, folder: &Path, name: &str) -> Option<usize> {
        let name = name.trim().replace('\\', "/");
        let above = folder.parent().unwrap_or(Path::new(""));
        [folder, Path::new(""), Path::new("images"), &folder.join("images"), above, &above.join("images")]
            .into_iter()
            .find_map(|place| self.by_path.get(&plain(&place.join(name.trim_start_matches('/')))).copied())
            .or_else(|| self.by_name.get(name.rsplit('/').next()?).copied().flatten())
    }
}

/// The path without `.` and `..`.
fn plain(path: &Path) -> String {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                parts.pop();
            }
            Component::Normal(part) => parts.push(part),
            _ => {}
        }
    }
    slashed(&parts)
}
