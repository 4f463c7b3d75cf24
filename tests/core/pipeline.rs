//! The whole path on the command line, on pictures made here.

use crate::tool::Bench;

#[test]
fn from_a_new_study_to_a_verified_pack() {
    let bench = Bench::new();
    bench.expect(0, "new study --seed 7");
    bench.expect(0, "check --study study");
    let drawn = bench.expect(0, "draw tabletop_light_step -n 4 --json --study study").json();
    assert_eq!(drawn["draws"].as_array().map(Vec::len), Some(4), "four draws");
    let again = bench.expect(0, "draw tabletop_light_step -n 1 --from 3 --json --study study").json();
    assert_eq!(again["draws"][0], drawn["draws"][3], "draw 3 is draw 3 however many are drawn");

    let made = bench.expect(0, "generate tabletop_light_step -n 2 --every 25 --name light --json --study study").json();
    assert_eq!((made["draws"].as_u64(), made["frames"].as_u64()), (Some(2), Some(8)), "76 states, every 25th: {made}");
    bench.pictures("takes", 6, 4);
    let taken = bench.expect(0, "import takes --name takes --held 0.34 --json --study study").json();
    assert_eq!(taken["reference"].as_array().map(Vec::len), Some(4), "four of six visible: {taken}");
    let found = bench.expect(0, "compare takes light --permutations 99 --json --study study").json();
    assert!(found["value"].is_f64() && found["p"].as_f64().is_some_and(|p| p > 0.0 && p <= 1.0), "{found}");
    let told = found["distances"].as_array().expect("all");
    let metrics: Vec<&str> = told.iter().filter_map(|one| one["metric"].as_str()).collect();
    assert!(metrics.starts_with(&["KID", "MMD²"]) && metrics.contains(&"Recall") && !metrics.contains(&"Fréchet"));
    assert!(told.iter().all(|one| one["null_band"][0].is_f64() && one["permutations"].as_u64() > Some(1)), "{found}");
    assert!(found["hidden"][0].as_str().is_some_and(|why| why.contains("Fréchet")), "few frames: {found}");
    // any two sets: two real ones here, by their names
    bench.pictures("others", 6, 4);
    bench.expect(0, "import others --name others --held 0.34 --study study");
    let alike = bench.expect(0, "compare takes others --permutations 99 --study study").stdout;
    assert!(alike.contains("KID of `others` (REAL) against `takes` (REAL)"), "{alike}");
    let made_first = bench.expect(0, "compare light takes --permutations 99 --json --study study").json();
    assert_eq!((&made_first["reference_origin"], &made_first["other_origin"]), (&"SYNTHETIC".into(), &"REAL".into()));
    bench.expect(0, "generate tabletop_light_step -n 2 --from 2 --every 25 --name more --study study");
    let drawn = bench.expect(0, "compare light more --permutations 99 --json --study study").json();
    let parameters: Vec<&str> = drawn["parameters"]
        .as_array()
        .expect("of one family")
        .iter()
        .filter_map(|one| one["feature"].as_str())
        .collect();
    assert!(parameters.contains(&"canister_fill") && parameters.contains(&"drop_time_s"), "{parameters:?}");
    assert!(found["parameters"].is_null() || found["parameters"].as_array().is_some_and(Vec::is_empty), "of one alone");
    let itself = bench.expect(2, "compare takes takes --study study").stderr;
    assert!(itself.contains("`takes` against itself differs in nothing; name two sets"), "{itself}");

    bench.expect(0, "seal takes --study study");
    bench.expect(0, "seal takes --verify --study study");
    let verdict = bench.expect(3, "gate takes light --json --study study").json();
    assert_eq!(verdict["decision"], "INCONCLUSIVE", "no trial: {verdict}");
    let pack = bench.expect(3, "export takes light --name p --json --study study").json();
    let folder = pack["pack"].as_str().expect("a path").to_owned();
    assert!(folder.contains("INCONCLUSIVE"), "stamped in the folder's name: {folder}");
    let verified = bench.expect(0, &format!("verify {folder} --render 1")).stdout;
    assert!(verified.contains("of them with all their labels"), "labels are made again, too: {verified}");
    let coco = std::fs::read_to_string(bench.path(&folder).join("annotations/coco.json")).expect("labels");
    let coco: serde_json::Value = serde_json::from_str(&coco).expect("json");
    let arm = coco["annotations"].as_array().expect("all").iter().find(|label| label["instance_name"] == "right_arm");
    let arm = arm.expect("an arm is seen");
    assert!(arm["visible_fraction"].as_f64().is_some_and(|share| share > 0.1 && share <= 1.0), "{arm}");
    assert!(arm["num_keypoints"].as_u64().is_some_and(|count| count > 3) && arm["box3d"].is_object(), "{arm}");
    bench.expect(0, "report --study study");
    assert!(bench.study().join("report.html").is_file(), "the report is there");
}

#[test]
fn control_pictures_are_written_on_request_and_nonsense_is_refused() {
    let bench = Bench::new();
    bench.expect(0, "new study --seed 7");
    let refused = bench.expect(2, "generate tabletop_light_step --controls edges --study study").stderr;
    assert!(refused.contains("did you mean `edge`"), "{refused}");
    bench.expect(2, "generate tabletop_light_step --controls edge,edge:low --study study");
    let asked = "-n 1 --every 40 --controls edge:low,blur,depth,seg";
    bench.expect(0, &format!("generate tabletop_light_step {asked} --name s --study study"));
    let set = bench.study().join("sets/s");
    for channel in ["colour", "control_edge", "control_blur", "control_depth", "control_seg"] {
        let bytes = std::fs::read(set.join("episodes/000000").join(channel).join("000001.png")).expect(channel);
        let picture = worldproof::base::png::decode_rgb(&bytes).expect(channel);
        assert!(picture.pixels().any(|pixel| pixel != picture.pixel(0, 0)), "{channel} shows something");
    }
    let told: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(set.join("set.json")).expect("set")).expect("json");
    assert_eq!(told["controls"], serde_json::json!(["edge:low", "blur:medium", "depth", "seg"]));
}

/// The names and bytes of all files under `folder` that `keep` takes.
fn files(folder: &std::path::Path, keep: &dyn Fn(&str) -> bool) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut all = std::collections::BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() {
            all.extend(files(&path, keep).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else if keep(&name) {
            all.insert(name, std::fs::read(&path).expect("a file"));
        }
    }
    all
}

#[test]
fn every_channel_is_written_on_request_and_goes_into_a_pack_that_verifies() {
    let bench = Bench::new();
    bench.expect(0, "new study --seed 7");
    let refused = bench.expect(2, "generate tabletop_light_step --channels normals --study study").stderr;
    assert!(refused.contains("did you mean `normal`"), "{refused}");
    bench.expect(0, "generate tabletop_light_step -n 2 --every 30 --name plain --study study");
    let asked = "--channels colour,linear,class,normal,flow,albedo";
    bench.expect(0, &format!("generate tabletop_light_step -n 2 --every 30 {asked} --name full --study study"));
    let set = |name: &str| bench.study().join("sets").join(name);
    let in_order = files(&set("plain"), &|name| name != "set.json");
    let beside = files(&set("full"), &|name| name != "set.json");
    assert!(
        in_order.iter().all(|(path, bytes)| beside.get(path) == Some(bytes)),
        "asking for more changes nothing else"
    );
    let told: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(set("full").join("set.json")).expect("set")).expect("json");
    assert_eq!(told["channels"], serde_json::json!(["class", "normal", "flow", "albedo", "linear"]));
    assert!(told["classes"].as_array().expect("a table").contains(&serde_json::json!({"id": 2, "name": "canister"})));
    let plain = std::fs::read_to_string(set("plain").join("set.json")).expect("set");
    assert!(!plain.contains("channels") && !plain.contains("classes"), "nothing new where nothing was asked for");
    let file = |channel: &str, ending: &str| beside[&format!("episodes/000000/{channel}/000001.{ending}")].clone();
    let (width, height, classes) = worldproof::base::png::decode_grey8(&file("class", "png")).expect("class");
    let (.., ids) = worldproof::base::png::decode_grey16(&file("instance", "png")).expect("instance");
    assert!(
        classes.contains(&2)
            && classes.len() == ids.len()
            && ids.iter().zip(&classes).all(|(id, class)| *id > 0 || *class == 0)
    );
    let linear = worldproof::base::float_image::decode_pfm(&file("linear", "pfm")).expect("linear");
    assert!(
        (linear.width, linear.height) == (width, height) && linear.pixels.iter().flatten().all(|value| *value >= 0.0)
    );
    let (.., flow) = worldproof::base::float_image::decode_flo(&file("flow", "flo")).expect("flow");
    assert!(flow.iter().any(|[x, y]| x.hypot(*y) > 0.05), "something moves");

    bench.pictures("takes", 6, 4);
    bench.expect(0, "import takes --name takes --held 0.34 --study study");
    bench.expect(0, "compare takes full --permutations 19 --study study");
    bench.expect(0, "seal takes --study study");
    bench.expect(3, "gate takes full --study study");
    let pack = bench.expect(3, "export takes full --name p --json --study study").json();
    let folder = pack["pack"].as_str().expect("a path").to_owned();
    bench.expect(0, &format!("verify {folder} --render 1"));
    let frames = files(&bench.path(&folder).join("frames"), &|_| true);
    assert_eq!(frames.len() as u64, 8 * pack["frames"].as_u64().expect("a count"), "eight files a frame");
    assert_eq!(frames["draw-000000/flow-0030.flo"], file("flow", "flo"), "the set's very bytes");
}

#[test]
fn the_same_study_gives_the_same_bytes() {
    let bench = Bench::new();
    for name in ["a", "b"] {
        bench.expect(0, &format!("new {name} --seed 3"));
        bench.expect(0, &format!("generate tabletop_light_step -n 1 --every 40 --name s --study {name}"));
    }
    let colour =
        |study: &str| std::fs::read(bench.path(study).join("sets/s/episodes/000000/colour/000001.png")).expect("frame");
    assert_eq!(colour("a"), colour("b"), "frames");
    let facts =
        |study: &str| std::fs::read(bench.path(study).join("sets/s/episodes/000000/episode.json")).expect("facts");
    assert_eq!(facts("a"), facts("b"), "draw, measures, contacts");
    let labels =
        |study: &str| std::fs::read(bench.path(study).join("sets/s/episodes/000000/labels.json")).expect("labels");
    assert_eq!(labels("a"), labels("b"), "labels");
}

#[test]
fn every_subcommand_has_help_with_an_example() {
    let bench = Bench::new();
    for name in [
        "new", "check", "draw", "generate", "import", "compare", "seal", "fit", "camera", "gate", "export", "verify",
        "report", "demo",
    ] {
        let help = bench.expect(0, &format!("{name} --help")).stdout;
        assert!(help.contains("Example") && help.contains(&format!("worldproof {name}")), "{name}: {help}");
    }
    bench.expect(0, "--version");
    bench.expect(2, "no-such-command");
}
