//! Bad input and faults: one clear sentence that names the thing, exit code 2 (1 where a check says no), nothing lost.

use std::fs;

use crate::tool::{Bench, flip_byte};

/// The error's sentence, which must name `thing`.
fn error(bench: &Bench, words: &str, thing: &str) -> String {
    let ran = bench.expect(2, words);
    let sentence = ran.stderr.lines().find(|line| line.starts_with("error: ")).unwrap_or_default().to_owned();
    assert!(sentence.contains(thing), "`worldproof {words}` must name `{thing}`:\n{}", ran.stderr);
    sentence
}

#[test]
fn malformed_families_name_line_column_field_and_expectation() {
    let bench = Bench::new();
    bench.expect(0, "new study");
    let path = bench.study().join("families/tabletop_light_step.ron");
    let whole = fs::read_to_string(&path).expect("family");
    let cases = [
        (whole.replacen("parameters:", "parametres:", 1), "parametres"),
        (whole.replacen("role: Cause", "role: Reason", 1), "Reason"),
        (whole[..whole.len() / 2].to_owned(), "tabletop_light_step.ron"),
        (String::new(), "tabletop_light_step.ron"),
    ];
    for (text, thing) in cases {
        fs::write(&path, &text).expect("write");
        let sentence = error(&bench, "check --study study", thing);
        assert!(sentence.contains("line") || sentence.contains(':'), "position: {sentence}");
        assert_eq!(fs::read_to_string(&path).expect("family"), text, "the file is left as it is");
    }
}

#[test]
fn what_does_not_exist_is_named() {
    let bench = Bench::new();
    error(&bench, "check --study nowhere", "nowhere");
    bench.expect(0, "new study");
    error(&bench, "new study", "study");
    error(&bench, "draw no_family --study study", "tabletop_light_step");
    error(&bench, "import no/such/folder --study study", "no/such/folder");
    error(&bench, "compare a b --study study", "`a`");
    error(&bench, "verify no/pack", "no/pack");
    error(&bench, "generate tabletop_light_step -n 0 --study study", "at least one");
    error(&bench, "generate tabletop_light_step --name ../out --study study", "../out");
}

#[test]
fn a_flipped_byte_is_found_in_sealed_data_in_the_ledger_and_in_a_pack() {
    let bench = Bench::new();
    bench.expect(0, "new study");
    let takes = bench.pictures("takes", 6, 3);
    let taken = bench.expect(0, "import takes --held 0.34 --json --study study").json();
    bench.expect(0, "seal takes --study study");
    bench.expect(0, "generate tabletop_light_step -n 1 --every 40 --name light --study study");
    bench.expect(3, "gate takes light --study study");
    let pack =
        bench.expect(3, "export takes light --json --study study").json()["pack"].as_str().expect("path").to_owned();
    bench.expect(0, &format!("verify {pack} --render 0"));

    let held = taken["held"][0].as_u64().expect("an episode");
    flip_byte(&takes.join(format!("take_{held}/0001.png")));
    let broken = bench.expect(1, "seal takes --verify --study study");
    assert!(broken.stdout.contains("BROKEN") && broken.stdout.contains("0001.png"), "{}", broken.stdout);
    let verdict = bench.run("gate takes light --json --study study");
    assert_eq!((verdict.code, verdict.json()["decision"].as_str()), (1, Some("REJECT")), "changed after sealing");

    let frame = bench.path(&pack);
    let picture =
        walk(&frame).into_iter().find(|path| path.extension().is_some_and(|ending| ending == "png")).expect("a frame");
    flip_byte(&picture);
    let checked = bench.expect(1, &format!("verify {pack} --render 0"));
    let name = picture.file_name().expect("name").to_string_lossy().into_owned();
    assert!(checked.stdout.contains(&name), "the changed file is named: {}", checked.stdout);

    flip_byte(&bench.study().join("ledger.jsonl"));
    let sentence = error(&bench, "gate takes light --study study", "ledger.jsonl");
    assert!(sentence.contains("line"), "{sentence}");
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).expect("folder").flatten().map(|entry| entry.path()) {
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn a_half_written_ledger_line_is_recovered_on_request() {
    use std::io::Write as _;
    let bench = Bench::new();
    bench.expect(0, "new study");
    let ledger = bench.study().join("ledger.jsonl");
    let mut file = fs::OpenOptions::new().append(true).open(&ledger).expect("ledger");
    file.write_all(br#"{"seq":1,"time":"2026-"#).expect("half a line");
    drop(file);
    bench.pictures("takes", 3, 2);
    error(&bench, "import takes --study study", "ledger.jsonl");
    bench.expect(0, "check --recover --study study");
    bench.expect(0, "import takes --study study");
}

#[test]
fn a_stand_in_never_accepts() {
    let bench = Bench::new();
    let ran = bench.expect(3, "demo --out d --draws 2 --json");
    let found = ran.json();
    assert_eq!(found["decision"], "INCONCLUSIVE", "{found}");
    assert_eq!(found["origin"], "STAND-IN", "{found}");
    let pack = found["pack"].as_str().expect("a path");
    let readme = fs::read_to_string(bench.path(pack).join("README.md")).expect("card");
    assert!(readme.contains("STAND-IN"), "stamped on the card");
}

#[test]
fn no_vulkan_driver_is_one_sentence() {
    let bench = Bench::new();
    bench.expect(0, "new study");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_worldproof"))
        .args(["generate", "tabletop_light_step", "-n", "1", "--study", "study"])
        .current_dir(bench.dir.path())
        .env("VK_ICD_FILENAMES", "/nowhere.json")
        .env("VK_DRIVER_FILES", "/nowhere.json")
        .output()
        .expect("runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("Vulkan") && stderr.contains("mesa-vulkan-drivers"), "{stderr}");
    assert!(!bench.study().join("sets/tabletop_light_step").exists(), "nothing half done");
}
