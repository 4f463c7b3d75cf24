//! `draw`, `simulate`, `estimate` and `coverage` as a person at a shell meets them.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float64Type, UInt64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::tool::Bench;

const FAMILY: &str = "tabletop_light_step";

#[test]
fn a_file_of_draws_holds_what_the_table_shows() {
    let bench = Bench::new();
    bench.expect(0, "new study");
    let shown = bench.expect(0, &format!("draw {FAMILY} --count 7 --from 4000 --json --study study")).json();
    bench.expect(0, &format!("draw {FAMILY} --count 5000 --parquet draws.parquet --study study"));
    let file = std::fs::File::open(bench.path("draws.parquet")).expect("written");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(ParquetRecordBatchReaderBuilder::build);
    let (mut n, mut found) = (0, Vec::new());
    for batch in reader.expect("readable") {
        let batch = batch.expect("a batch");
        let indices = batch.column_by_name("index").expect("index").as_primitive::<UInt64Type>();
        let fill = batch.column_by_name("canister_fill").expect("a parameter").as_primitive::<Float64Type>();
        n += batch.num_rows();
        found.extend(
            indices
                .values()
                .iter()
                .zip(fill.values())
                .filter(|(at, _)| (4_000..4_007).contains(*at))
                .map(|(at, v)| (*at, *v)),
        );
    }
    let draws = shown["draws"].as_array().expect("draws");
    let expected: Vec<(u64, f64)> = draws
        .iter()
        .map(|draw| (draw["index"].as_u64().expect("index"), draw["values"]["canister_fill"].as_f64().expect("value")))
        .collect();
    assert_eq!((n, found), (5_000, expected));
}

/// Every row of a Parquet file as text, under its titles.
fn rows(path: &std::path::Path) -> (Vec<String>, Vec<String>) {
    let file = std::fs::File::open(path).unwrap_or_else(|err| panic!("{}: {err}", path.display()));
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(ParquetRecordBatchReaderBuilder::build);
    let (mut titles, mut all) = (Vec::new(), Vec::new());
    for batch in reader.expect("readable") {
        let batch = batch.expect("a batch");
        titles = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
        all.extend((0..batch.num_rows()).map(|row| {
            let cell = |column: &arrow_array::ArrayRef| format!("{:?}", column.slice(row, 1));
            batch.columns().iter().map(cell).collect::<String>()
        }));
    }
    (titles, all)
}

#[test]
fn simulated_tables_are_the_same_on_any_number_of_threads_and_in_shards() {
    let bench = Bench::new();
    bench.expect(0, "new study");
    // Beside the tables: a LeRobot set of four files where the family has a mapping.
    for (family, n_files) in [("tabletop_light_step", 12), ("balance_push", 7)] {
        let on = |threads: &str, out: &str| {
            let words = format!("simulate {family} --count 6 --out {out} --study study --json");
            let mut command = bench.command(env!("CARGO_BIN_EXE_worldproof"));
            let ran = crate::tool::ran(command.env("RAYON_NUM_THREADS", threads).args(words.split(' ')));
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            (ran.json(), bench.snapshot(out).into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>())
        };
        let (one, one_bytes) = on("1", &format!("{family}-one"));
        let (_, four_bytes) = on("4", &format!("{family}-four"));
        assert!(one_bytes == four_bytes && one_bytes.len() == n_files, "{family}: {} files", one_bytes.len());
        bench.expect(0, &format!("simulate {family} --count 2 --out {family}-a --study study"));
        bench.expect(0, &format!("simulate {family} --from 2 --count 4 --out {family}-b --study study"));
        for table in ["episodes", "states", "poses", "contacts", "events"] {
            let of = |part: &str| rows(&bench.path(&format!("{family}-{part}/{table}.parquet")));
            let ((titles, whole), (_, mut parts)) = (of("one"), of("a"));
            parts.extend(of("b").1);
            assert!(whole == parts && !whole.is_empty(), "{family} {table}: {} and {} rows", whole.len(), parts.len());
            assert_eq!(titles[0], "draw", "{table}");
        }
        let (titles, states) = rows(&bench.path(&format!("{family}-one/states.parquet")));
        assert_eq!(one["states"].as_u64(), Some(states.len() as u64));
        assert!(titles.iter().any(|title| title == "light_level"), "{titles:?}");
    }
    let (titles, _) = rows(&bench.path("balance_push-one/episodes.parquet"));
    for title in ["ln_weight", "parameter.push_ns", "summary.fallen", "measure.margin_m", "rare", "margin"] {
        assert!(titles.iter().any(|found| found == title), "{title} in {titles:?}");
    }
    let (_, poses) = rows(&bench.path("balance_push-one/poses.parquet"));
    assert!(poses.iter().any(|row| row.contains("left_foot")), "links have names");
    let there = bench.expect(2, "simulate balance_push --count 2 --out balance_push-one --study study").stderr;
    assert!(there.contains("it is there already"), "{there}");
    let none = bench.expect(2, "simulate balance_push --count 0 --out none --study study").stderr;
    assert!(none.contains("at least one draw") && !bench.path("none").exists(), "{none}");
}

#[test]
fn a_family_with_a_mapping_gives_the_columns_of_a_real_set_and_never_passes_for_one() {
    let bench = Bench::new();
    bench.expect(0, "new study");
    let said = bench.expect(0, &format!("simulate {FAMILY} --count 3 --out made --study study --json")).json();
    assert!(said["lerobot"].as_str().expect("a folder").ends_with("lerobot"), "{said}");
    let (titles, rows) = rows(&bench.path("made/lerobot/data/chunk-000/file-000.parquet"));
    let numbering = ["timestamp", "frame_index", "episode_index", "index", "task_index"];
    assert_eq!(titles[..2], ["observation.state", "action"]);
    assert_eq!(titles[2..], numbering);
    assert_eq!(said["states"].as_u64(), Some(rows.len() as u64));
    let refused = bench.expect(2, "import made/lerobot --study study").stderr;
    assert!(refused.contains("is a synthetic set"), "{refused}");
    let unlike = bench.expect(2, "simulate balance_push --count 1 --out x --like made/lerobot --study study").stderr;
    assert!(unlike.contains("has no mapping") && !bench.path("x").exists(), "{unlike}");
    bench.expect(0, &format!("simulate {FAMILY} --count 1 --out y --like made/lerobot --study study"));
    let real = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/real/g1_bottle_v30");
    if !real.exists() {
        eprintln!("skipped: no real set at `{}`", real.display());
        return;
    }
    let like = format!("simulate {FAMILY} --count 2 --out z --study study --like");
    let words: Vec<&str> = like.split(' ').chain(real.to_str()).collect();
    let beside = bench.run_args(&words);
    assert_eq!(beside.code, 0, "{}", beside.stderr);
    assert!(beside.stdout.contains("also has pictures (observation.images.cam_high)"), "{}", beside.stdout);
    let features = |path: &std::path::Path| -> serde_json::Value {
        let text = std::fs::read_to_string(path.join("meta/info.json")).expect("a description");
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON")["features"].clone()
    };
    let (ours, theirs) = (features(&bench.path("z/lerobot")), features(&real));
    for column in ["observation.state", "action"].into_iter().chain(numbering) {
        assert_eq!(ours[column], theirs[column], "word for word");
    }
}

#[test]
fn methods_say_what_their_draws_are_worth() {
    let bench = Bench::new();
    bench.expect(0, "new study");
    let pairs =
        bench.expect(0, &format!("draw {FAMILY} --method pairwise --levels 2 --count 99 --json --study study")).json();
    let (drawn, weight) = (pairs["drawn"].as_u64().expect("a count"), &pairs["draws"][0]["ln_weight"]);
    assert!((4..20).contains(&drawn) && weight.is_null() && pairs["effective_sample_size"].is_null(), "{pairs}");
    let grid = bench.expect(0, &format!("draw {FAMILY} --method sobol --count 3 --study study")).stdout;
    assert!(grid.contains("draw 4 instead of 3"), "{grid}");
    for (arguments, part) in [
        ("--method diverse", "say what tells the events apart"),
        ("--method diverse --axis tilt_deg:0:90", "NAME:LOW:HIGH:BINS"),
        ("--method diverse --axis tlt_deg:0:90:9", "did you mean `tilt_deg`?"),
        ("--method grid --levels 0", "choose 1 to 1000"),
        ("--method pairwise --seed-row fill=0.5", "not drawn by itself"),
        ("--method lhs --points 0", "points"),
    ] {
        let refused = bench.expect(2, &format!("draw {FAMILY} {arguments} --study study")).stderr;
        assert!(refused.contains(part), "{arguments}: {refused}");
    }
}

#[test]
fn an_event_of_parameters_is_estimated_in_a_moment_and_coverage_lists_holes() {
    let bench = Bench::new();
    bench.expect(0, "new study");
    let asked = format!("estimate {FAMILY} --budget 40000 --json --parquet rare.parquet --study study");
    let words: Vec<&str> = asked.split(' ').chain(["--event", "reach_speed_m_s > 0.85"]).collect();
    let found = bench.run_args(&words);
    assert_eq!(found.code, 0, "{}", found.stderr);
    let found = found.json();
    assert_eq!(found["simulated"].as_bool(), Some(false), "{found}");
    for estimate in found["estimates"].as_array().expect("four") {
        if let Some(probability) = estimate["probability"].as_f64() {
            // TruncatedNormal(0.45, 0.12, 0.15, 1.2) above 0.85: Φ(−3.333) − Φ(−6.25) over the mass, 4.318e-4; the
            // requirements hardly touch it.
            assert!((3e-4..6e-4).contains(&probability), "{estimate}");
        }
    }
    assert!(bench.path("rare.parquet").is_file(), "written");
    let covered = bench.expect(0, &format!("coverage {FAMILY} --count 30 --json --study study")).json();
    let share = covered["combinations"][0]["share"].as_f64().expect("a share");
    assert!((0.3..0.95).contains(&share), "{share}");
    let goals = covered["goals"].as_array().map(Vec::len);
    assert_eq!(goals, Some(16), "one a parameter");
    let refused = bench.expect(2, &format!("coverage {FAMILY} --against nothing --study study")).stderr;
    assert!(refused.contains("nothing"), "{refused}");
}
