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

    bench.expect(0, "seal takes --study study");
    bench.expect(0, "seal takes --verify --study study");
    let verdict = bench.expect(3, "gate takes light --json --study study").json();
    assert_eq!(verdict["decision"], "INCONCLUSIVE", "no trial: {verdict}");
    let pack = bench.expect(3, "export takes light --name p --json --study study").json();
    let folder = pack["pack"].as_str().expect("a path").to_owned();
    assert!(folder.contains("INCONCLUSIVE"), "stamped in the folder's name: {folder}");
    bench.expect(0, &format!("verify {folder} --render 1"));
    bench.expect(0, "report --study study");
    assert!(bench.study().join("report.html").is_file(), "the report is there");
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
}

#[test]
fn every_subcommand_has_help_with_an_example() {
    let bench = Bench::new();
    for name in [
        "new", "check", "draw", "generate", "import", "compare", "seal", "fit", "gate", "export", "verify", "report",
        "demo",
    ] {
        let help = bench.expect(0, &format!("{name} --help")).stdout;
        assert!(help.contains("Example") && help.contains(&format!("worldproof {name}")), "{name}: {help}");
    }
    bench.expect(0, "--version");
    bench.expect(2, "no-such-command");
}
