//! Bad input and faults: one clear sentence that names the thing, exit code 2 (1 where a check says no), nothing lost.

use std::fs;

use crate::tool::{Bench, copy, flip_byte, ran, real, walk};

/// The error's sentence, which must name `thing`.
fn error(bench: &Bench, words: &str, thing: &str) -> String {
    let ran = bench.expect(2, words);
    // The last: graphics drivers print errors of their own.
    let sentence = ran.stderr.lines().rfind(|line| line.starts_with("error: ")).unwrap_or_default().to_owned();
    assert!(sentence.contains(thing), "`worldproof {words}` must name `{thing}`:\n{}", ran.stderr);
    sentence
}

#[test]
fn malformed_families_name_line_column_field_and_expectation() {
    let bench = Bench::new();
    bench.expect(0, "new study");
    let path = bench.study().join("families/tabletop_light_step.ron");
    let whole = fs::read_to_string(&path).expect("family");
    let other = whole.replacen("id: \"tabletop_light_step\"", "id: \"healthy\"", 1);
    fs::write(bench.study().join("families/healthy.ron"), other).expect("write");
    let cases = [
        (whole.replacen("parameters:", "parametres:", 1), "parametres"),
        (whole.replacen("role: Cause", "role: Reason", 1), "Reason"),
        (whole[..whole.len() / 2].to_owned(), "tabletop_light_step.ron"),
        (String::new(), "tabletop_light_step.ron"),
    ];
    for (text, thing) in cases {
        fs::write(&path, &text).expect("write");
        let checked = bench.expect(1, "check --study study").stdout;
        assert!(
            checked.contains("cannot be read") && checked.contains("healthy (") && checked.contains(thing),
            "{checked}"
        );
        let sentence = error(&bench, "draw tabletop_light_step --study study", thing);
        assert!(sentence.contains("tabletop_light_step.ron:"), "position: {sentence}");
        let drawn = bench.expect(0, "draw healthy -n 1 --study study");
        assert!(drawn.stderr.contains("warning: the family `tabletop_light_step` is left out"), "{}", drawn.stderr);
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
    error(&bench, "generate tabletop_light_step --every 0 --study study", "0 keeps none");
    error(&bench, "generate tabletop_light_step -n 9999999999 --study study", "1,000,000");
    error(&bench, "draw tabletop_light_step -n 9999999999 --study study", "1,000,000");
    error(&bench, "draw tabletop_light_step -n 2 --from 18446744073709551615 --study study", "begin lower");
    error(&bench, "verify study", "not a pack");
    error(&bench, "report --out no/such/report.html --study study", "no/such/report.html");
    fs::write(bench.path("a_file"), "x").expect("write");
    error(&bench, "check --study a_file", "a file lies where a folder is expected");
    error(&bench, "new a_file", "a_file");
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
fn families_that_cannot_be_drawn_from_say_why() {
    let bench = Bench::new();
    bench.expect(0, "new study");
    let path = bench.study().join("families/tabletop_light_step.ron");
    let whole = fs::read_to_string(&path).expect("family");
    let unmet = whole.replacen("hypot(canister_x_m, canister_y_m + 0.12) <= 0.47", "canister_x_m > 9.0", 1);
    assert_ne!(unmet, whole, "the example has this requirement");
    fs::write(&path, &unmet).expect("write");
    error(&bench, "draw tabletop_light_step -n 1 --study study", "in_reach");
    error(&bench, "generate tabletop_light_step -n 1 --study study", "in_reach");
    assert_eq!(bench.left("sets"), [""; 0], "nothing half done");
    let at = whole.find("low: ").expect("a bound") + 5;
    let end = at + whole[at..].find([',', ')']).expect("its end");
    for bad in ["NaN", "inf", "1e999"] {
        fs::write(&path, format!("{}{bad}{}", &whole[..at], &whole[end..])).expect("write");
        let checked = bench.expect(1, "check --study study");
        assert!(checked.stdout.contains("must be a finite number"), "{bad}: {}", checked.stdout);
        error(&bench, "draw tabletop_light_step --study study", "must be a finite number");
    }
    fs::write(&path, b"\xff\xfe\x00").expect("write");
    let checked = bench.expect(1, "check --study study").stdout;
    assert!(checked.contains("it is not text"), "{checked}");
    error(&bench, "draw tabletop_light_step --study study", "it is not text");
    fs::write(&path, &whole).expect("write");
    fs::write(bench.study().join("study.ron"), "(").expect("write");
    error(&bench, "check --study study", "study.ron:1:");
}

#[test]
fn odd_picture_folders_are_named_or_read_as_far_as_they_go() {
    let bench = Bench::new();
    bench.expect(0, "new study");
    fs::create_dir(bench.path("empty")).expect("folder");
    error(&bench, "import empty --study study", "no pictures");
    fs::create_dir(bench.path("rlds")).expect("folder");
    fs::write(bench.path("rlds/x-train.tfrecord-00000-of-00001"), "x").expect("write");
    error(&bench, "import rlds --study study", "RLDS");
    fs::create_dir_all(bench.path("broken/a")).expect("folder");
    fs::write(bench.path("broken/a/1.png"), "not a picture").expect("write");
    error(&bench, "import broken --study study", "1.png");
    bench.pictures("one", 1, 3);
    let whole = bench.expect(0, "import one --study study");
    assert!(whole.stdout.contains("held (to be sealed): none"), "{}", whole.stdout);
    assert!(whole.stderr.contains("a folder of its own"), "that nothing is held back is told: {}", whole.stderr);
    error(&bench, "seal one --study study", "nothing of `one` is held back");
    bench.pictures("known", 4, 2);
    bench.expect(0, "import known --held 0 --study study");
    bench.expect(0, "import known --name unknown --held 0.5 --study study");
    error(
        &bench,
        "seal unknown --study study",
        "2 of the 2 episodes that `unknown` holds back could be looked at in `known`",
    );
    bench.expect(0, "import known --name alike --held 0.5 --study study");
    error(&bench, "seal alike --study study", "no untouched validation set");
    let takes = bench.pictures("takes", 6, 3);
    for share in ["=1", "=NaN", "=-1", " -1", "=inf"] {
        error(&bench, &format!("import takes --held{share} --study study"), "0 or more and below 1");
    }
    fs::write(takes.join("take_0/0001.png"), "not a picture").expect("write");
    let taken = bench.expect(0, "import takes --json --study study").json();
    let visible = taken["reference"][0].as_u64().expect("an episode");
    for frame in ["0000", "0001"] {
        fs::write(takes.join(format!("take_{visible}/{frame}.png")), "not a picture").expect("write");
    }
    bench.expect(0, "generate tabletop_light_step -n 2 --every 40 --name light --study study");
    let compared = bench.expect(0, "compare takes light --json --study study");
    let words = format!("2 frames are left out, of episode {visible}; the first: ");
    assert!(compared.stderr.contains(&words) && compared.stderr.contains("0000.png"), "a note: {}", compared.stderr);
    assert_eq!(compared.json()["frames"][0], 4 * 3 - 2, "the counts say what was looked at");
    let later = std::time::SystemTime::now() + std::time::Duration::from_hours(1);
    let changed =
        fs::File::options().append(true).open(takes.join(format!("take_{visible}/0002.png"))).expect("a file");
    changed.set_modified(later).expect("a later time");
    let compared = bench.expect(0, "compare takes light --permutations 9 --study study").stderr;
    assert!(compared.contains("of 12 files that were looked at are newer than its taking in"), "{compared}");
    error(&bench, "compare takes light --frames 0 --study study", "at least 1 frame");
    error(&bench, "compare takes light --permutations 0 --study study", "1 permutation");
    bench.pictures("few", 2, 2);
    bench.expect(0, "import few --study study");
    error(&bench, "compare few light --study study", "2 or more are needed");

    fs::create_dir_all(bench.path("deep/a")).and_then(|()| fs::create_dir_all(bench.path("deep/b"))).expect("folders");
    for (name, value) in [("a", 0x1200_u16), ("b", 0xff00)] {
        let mut bytes = b"P5 4 2 65535\n".to_vec();
        (0..8).for_each(|_| bytes.extend(value.to_be_bytes()));
        fs::write(bench.path(&format!("deep/{name}/1.pgm")), bytes).expect("write");
    }
    bench.expect(0, "import deep --study study");
    for folder in ["rgbd/color", "rgbd/depth"] {
        fs::create_dir_all(bench.path(folder)).expect("folder");
        fs::copy(bench.path("deep/a/1.pgm"), bench.path(&format!("{folder}/1.pgm"))).expect("copy");
    }
    let only = bench.expect(0, "import rgbd --study study").stdout;
    assert!(only.contains("1 episode, 1 frame\n"), "the picture whose distances lie beside it: {only}");
}

#[test]
fn a_set_that_moved_is_no_verdict_but_a_sentence() {
    let bench = Bench::new();
    bench.expect(0, "new study");
    bench.pictures("takes", 6, 2);
    bench.expect(0, "import takes --study study");
    bench.expect(0, "seal takes --study study");
    bench.expect(0, "generate tabletop_light_step -n 2 --every 40 --name light --study study");
    fs::rename(bench.path("takes"), bench.path("elsewhere")).expect("move");
    for words in ["compare takes light", "gate takes light", "seal takes --verify"] {
        let sentence = error(&bench, &format!("{words} --study study"), "no longer at");
        assert!(sentence.contains("study.ron"), "where to mend it: {sentence}");
    }
    bench.expect(0, "report --study study");
    fs::rename(bench.path("elsewhere"), bench.path("takes")).expect("move back");
    bench.expect(0, "seal takes --verify --study study");
}

#[test]
fn a_seal_whose_run_ended_early_is_taken_up() {
    let bench = Bench::new();
    bench.expect(0, "new study");
    let takes = bench.pictures("takes", 6, 2);
    let taken = bench.expect(0, "import takes --json --study study").json();
    let kept = ["study.ron", "ledger.jsonl"].map(|name| (name, fs::read(bench.study().join(name)).expect("read")));
    let root = bench.expect(0, "seal takes --json --study study").json()["root"].clone();
    // As if the run had been killed after the seal and before the ledger.
    for (name, bytes) in &kept {
        fs::write(bench.study().join(name), bytes).expect("write");
    }
    let again = bench.expect(0, "seal takes --json --study study").json();
    assert_eq!(again["root"], root, "the same seal");
    let ledger = fs::read_to_string(bench.study().join("ledger.jsonl")).expect("ledger");
    assert_eq!(ledger.matches("seal.made").count(), 1, "recorded once: {ledger}");
    // But not where the data moved on since.
    for (name, bytes) in &kept {
        fs::write(bench.study().join(name), bytes).expect("write");
    }
    flip_byte(&takes.join(format!("take_{}/0001.png", taken["held"][0])));
    error(&bench, "seal takes --study study", "not as it was when it was taken in");
}

#[test]
fn names_with_spaces_and_other_letters_work() {
    let bench = Bench::new();
    let made = ran(bench.command(env!("CARGO_BIN_EXE_worldproof")).args(["new", "mein Ordner \u{fc}"]));
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(made.stdout.contains("--study 'mein Ordner \u{fc}'"), "can be pasted: {}", made.stdout);
    bench.pictures("auf nahmen", 4, 2);
    let args = ["import", "auf nahmen", "--study", "mein Ordner \u{fc}", "--json"];
    let taken = bench.run_args(&args);
    assert_eq!(taken.code, 0, "{}", taken.stderr);
    assert_eq!(taken.json()["set"], "auf_nahmen", "a plain name is made of it");
}

#[cfg(unix)]
#[test]
fn a_disk_that_takes_no_more_leaves_everything_earlier_whole() {
    let bench = Bench::new();
    bench.expect(0, "new study");
    bench.expect(0, "generate tabletop_light_step -n 1 --every 40 --name light --study study");
    let before = bench.snapshot("study");
    let refused =
        bench.run_limited("ulimit -f 8", "generate tabletop_light_step -n 2 --every 40 --name more --study study");
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("limit on file sizes"), "{}", refused.stderr);
    assert_eq!(bench.snapshot("study"), before, "nothing changed, nothing half done");
    bench.expect(0, "generate tabletop_light_step -n 2 --every 40 --name more --study study");
    let before = bench.snapshot("study");
    bench.pictures("takes", 4, 2);
    let refused = bench.run_limited("ulimit -f 1", "import takes --study study");
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("limit on file sizes"), "{}", refused.stderr);
    assert_eq!(bench.snapshot("study"), before, "the ledger is cut back, the study is as it was");
    bench.expect(0, "import takes --study study");
}

#[cfg(unix)]
#[test]
fn a_killed_run_leaves_everything_earlier_whole() {
    use std::time::Duration;
    let bench = Bench::new();
    bench.expect(0, "new study");
    bench.pictures("takes", 6, 2);
    bench.expect(0, "import takes --study study");
    bench.expect(0, "generate tabletop_light_step -n 2 --every 10 --name light --study study");
    bench.expect(3, "gate takes light --study study");
    let before = bench.snapshot("study");
    let mut died = 0;
    for words in ["generate tabletop_light_step -n 200 --every 1 --name more --study study"] {
        for after_ms in [300, 900, 1500] {
            let mut command = bench.command(env!("CARGO_BIN_EXE_worldproof"));
            let mut child = command
                .args(words.split(' '))
                .stderr(std::process::Stdio::null())
                .stdout(std::process::Stdio::null())
                .spawn()
                .expect("runs");
            std::thread::sleep(Duration::from_millis(after_ms));
            child.kill().expect("kill -9");
            died += usize::from(child.wait().expect("ended").code().is_none());
            let after = bench.snapshot("study");
            assert!(before.iter().all(|file| after.contains(file)), "every earlier file is whole after {after_ms} ms");
            assert!(!bench.study().join("sets/more").exists(), "nothing half done under its name");
            bench.expect(0, "check --study study");
        }
    }
    assert_eq!(died, 3, "they were killed in the middle");
    bench.expect(0, "generate tabletop_light_step -n 1 --every 40 --name more --study study");
    assert_eq!(bench.left("sets"), ["light", "more"], "what dead runs left is swept away");
    bench.expect(3, "export takes light --name p --study study");
}

#[test]
fn damaged_lerobot_sets_name_the_file() {
    let Some(path) = real("g1_bottle_v30") else { return };
    let bench = Bench::new();
    bench.expect(0, "new study");
    let video = "videos/observation.images.cam_high/chunk-000/file-000.mp4";
    let rows = "data/chunk-000/file-000.parquet";
    copy(&path, &bench.path("no_video"));
    fs::remove_file(bench.path("no_video").join(video)).expect("remove");
    error(&bench, "import no_video --study study", "file-000.mp4");
    for (name, file) in [("short_rows", rows), ("short_video", video)] {
        copy(&path, &bench.path(name));
        let file = bench.path(name).join(file);
        let bytes = fs::read(&file).expect("read");
        fs::write(&file, &bytes[..bytes.len() / 2]).expect("cut");
        let sentence = error(&bench, &format!("import {name} --study study"), "cut short");
        let wanted = file.file_name().expect("name").to_string_lossy().into_owned();
        assert!(sentence.contains(&wanted), "{sentence}");
        fs::remove_dir_all(bench.path(name)).expect("make room");
    }
    copy(&path, &bench.path("size"));
    let info = bench.path("size/meta/info.json");
    let text = fs::read_to_string(&info).expect("info");
    fs::write(&info, text.replace("480", "481")).expect("write");
    let taken = bench.expect(0, "import size --json --study study").json();
    assert!(taken["notes"].to_string().contains("640 x 481"), "the size that is wrong is said: {taken}");
    fs::write(&info, &text[..text.len() / 2]).expect("write");
    error(&bench, "import size --name again --study study", "info.json");
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
        // GL would do where it is there; this asks for a machine without any driver.
        .env("WGPU_BACKEND", "vulkan")
        .env("VK_ICD_FILENAMES", "/nowhere.json")
        .env("VK_DRIVER_FILES", "/nowhere.json")
        .output()
        .expect("runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("Vulkan") && stderr.contains("mesa-vulkan-drivers"), "{stderr}");
    assert!(!bench.study().join("sets/tabletop_light_step").exists(), "nothing half done");
}

#[test]
fn generated_pictures_never_turn_real_and_sealed_recordings_stay_sealed() {
    let bench = Bench::new();
    bench.expect(0, "new study");
    bench.expect(0, "generate tabletop_light_step -n 2 --every 40 --name light --study study");
    // One folder further down there is no `set.json`; above there is one.
    error(&bench, "import study/sets/light/episodes --study study", "generated by Worldproof");
    error(&bench, "import study --name all --study study", "generated by Worldproof");
    bench.pictures("takes", 6, 3);
    bench.expect(0, "import takes --study study");
    bench.expect(0, "seal takes --study study");
    error(&bench, "import takes --name again --held 0.2 --study study", "is sealed in `takes`");
    // A folder in front shifts every number: the held half would be other episodes.
    bench.pictures("takes/a_first", 1, 2);
    error(&bench, "compare takes light --study study", "added, removed or renamed");
}

#[test]
fn a_verdict_counts_only_as_the_ledger_knows_it() {
    let bench = Bench::new();
    bench.expect(0, "new study");
    bench.expect(0, "generate tabletop_light_step -n 1 --every 40 --name light --study study");
    bench.pictures("takes", 4, 2);
    bench.expect(0, "import takes --study study");
    bench.expect(0, "seal takes --study study");
    bench.expect(3, "gate takes light --study study");
    let path = bench.study().join("gate/light--takes.json");
    let kept = fs::read_to_string(&path).expect("verdict");
    fs::write(&path, kept.replace("INCONCLUSIVE", "REJECT")).expect("write");
    error(&bench, "export takes light --study study", "not the one in the ledger");
    fs::write(&path, &kept).expect("write");
    bench.expect(3, "export takes light --study study");
}
