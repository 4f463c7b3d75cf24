//! What LeRobot sets say of episodes in words: in the list of episodes and in columns of text.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, StringArray};

use super::{parquet, put, whole};
use crate::base::Silent;
use crate::data::Set;

fn opened(root: &Path) -> Set {
    Set::open(root, &Silent).expect("opens")
}

fn noted(set: &Set, words: &str) -> bool {
    set.notes.iter().any(|note| note.text.contains(words))
}

/// What is known of each episode under `name`, as `0 dry, 2 rain`.
fn known(set: &Set, name: &str) -> String {
    let values = set.known.get(name).into_iter().flatten();
    values.map(|(id, value)| format!("{id} {value}")).collect::<Vec<_>>().join(", ")
}

fn texts<const N: usize>(values: [Option<&str>; N]) -> ArrayRef {
    Arc::new(StringArray::from_iter(values))
}

/// `meta/info.json` with columns of text.
fn info(root: &Path, version: &str, columns: &[&str]) {
    let columns: Vec<String> =
        columns.iter().map(|name| format!(r#""{name}":{{"dtype":"string","shape":[1],"names":null}}"#)).collect();
    let text = format!(r#"{{"codebase_version":"{version}","fps":10,"features":{{{}}}}}"#, columns.join(","));
    put(root, "meta/info.json", text.as_bytes());
}

/// Episodes of 3, 2 and 1 rows in two files.
fn three(root: &Path) {
    info(root, "v3.0", &["weather", "operator", "stage", "speech"]);
    parquet(root, "meta/tasks.parquet", vec![("task_index", whole([0])), ("task", texts([Some("Lift")]))]);
    let success: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]));
    let episodes: Vec<(&str, ArrayRef)> = vec![
        ("episode_index", whole([0, 1, 2])),
        ("length", whole([3, 2, 1])),
        ("data/chunk_index", whole([0, 0, 0])),
        ("data/file_index", whole([0, 0, 1])),
        ("operator", texts([Some("ann"), Some("bob"), None])),
        ("success", success),
        ("tasks", texts([Some("Lift"), Some("Lift"), Some("Pour")])),
    ];
    parquet(root, "meta/episodes/chunk-000/file-000.parquet", episodes);
    let rows: Vec<(&str, ArrayRef)> = vec![
        ("episode_index", whole([0, 0, 0, 1, 1])),
        ("weather", texts([Some("dry"), None, Some(" dry"), Some("dry"), Some("rain")])),
        ("operator", texts([Some("eve"); 5])),
        ("stage", texts([Some("reach"), Some("lift"), Some("reach"), Some("reach"), Some("lift")])),
        ("speech", texts([None, Some(""), None, None, None])),
    ];
    parquet(root, "data/chunk-000/file-000.parquet", rows);
    let rows: Vec<(&str, ArrayRef)> = vec![
        ("episode_index", whole([2])),
        ("weather", texts([Some("rain")])),
        ("stage", texts([None])),
        ("speech", texts([None])),
    ];
    parquet(root, "data/chunk-000/file-001.parquet", rows);
}

#[test]
fn words_of_the_list_and_of_the_rows_are_known_of_episodes() {
    let dir = tempfile::tempdir().expect("temp dir");
    three(dir.path());
    let set = opened(dir.path());
    assert_eq!(known(&set, "weather"), "0 dry, 2 rain", "where the rows that have a word agree");
    assert_eq!(known(&set, "operator"), "0 ann, 1 bob", "the list goes before the rows");
    assert_eq!(known(&set, "success"), "0 yes, 1 no");
    assert_eq!(set.known.len(), 3, "and no task: {:?}", set.known);
    assert!(noted(&set, "have several words within each episode and are left out: `stage`."), "{:?}", set.notes);
    assert!(noted(&set, "hold no words: `speech`."), "{:?}", set.notes);
    assert_eq!(set.notes.len(), 2, "{:?}", set.notes);
    assert!(set.columns.is_empty(), "text is no signal");

    fs::remove_file(dir.path().join("data/chunk-000/file-001.parquet")).expect("remove");
    assert_eq!(known(&opened(dir.path()), "weather"), "0 dry", "of what is there");
}

#[test]
fn each_file_of_an_older_set_is_asked() {
    let dir = tempfile::tempdir().expect("temp dir");
    info(dir.path(), "v2.1", &["weather"]);
    let list: Vec<String> = (0..3)
        .map(|id| format!(r#"{{"episode_index":{id},"tasks":["Lift"],"length":2,"success":{}}}"#, id > 0))
        .collect();
    put(dir.path(), "meta/episodes.jsonl", list.join("\n").as_bytes());
    for (id, weather) in [(0, ["dry", "dry"]), (1, ["dry", "rain"]), (2, ["rain", "rain"])] {
        let rows = vec![("episode_index", whole([id; 2])), ("weather", texts(weather.map(Some)))];
        parquet(dir.path(), &format!("data/chunk-000/episode_{id:06}.parquet"), rows);
    }
    let set = opened(dir.path());
    assert_eq!(known(&set, "weather"), "0 dry, 2 rain");
    assert_eq!(known(&set, "success"), "0 no, 1 yes, 2 yes");
    assert!(set.notes.is_empty(), "{:?}", set.notes);
}
