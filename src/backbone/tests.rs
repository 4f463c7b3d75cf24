//! Models of a few kilobytes against onnxruntime and Pillow (`tests/reference/backbone.py`), and models that must be refused.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use super::resize::{Area, resized};
use super::*;
use crate::base::{Note, Silent, protobuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/backbone")
}

fn expected() -> Value {
    serde_json::from_str(&fs::read_to_string(folder().join("expected.json")).unwrap()).unwrap()
}

/// The same whole numbers as in the script.
fn picture(width: u32, height: u32) -> Rgb {
    let code = |x: u32, y: u32, c: u32| ((x * x / 3 + 5 * y + 40 * c + x * y / 7) % 256) as u8;
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    Rgb { width, height, bytes: pixels.flat_map(|(x, y)| (0..3).map(move |c| code(x, y, c))).collect() }
}

fn whole(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|one| one.as_u64().unwrap() as u32).collect()
}

fn preparation(case: &Value) -> Preparation {
    let text = |key: &str| case[key].as_str();
    Preparation {
        side_px: case["side_px"].as_u64().map(|side| side as u32),
        fit: text("fit").unwrap().parse().unwrap(),
        scale: text("scale").map(|scale| scale.parse().unwrap()),
        output: text("output").map(str::to_owned),
        tokens: text("tokens").map(|tokens| tokens.parse().unwrap()),
    }
}

fn ask() -> Preparation {
    Preparation { side_px: Some(32), ..Preparation::default() }
}

fn refusal(path: &Path, ask: &Preparation) -> String {
    Backbone::open(path, ask).expect_err("refused").to_string()
}

fn written(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    // Not `write_whole`, which waits for the disk.
    fs::File::create(&path).unwrap().write_all(bytes).unwrap();
    path
}

/// Half a second of mutations in a debug build, and thousands where it is worth it.
fn rounds() -> u64 {
    std::env::var("BACKBONE_FUZZ").ok().and_then(|text| text.parse().ok()).unwrap_or(60)
}

#[test]
fn resizing_gives_the_bytes_of_pillow() {
    for case in expected()["resized"].as_array().unwrap() {
        let (size, to) = (whole(&case["size"]), whole(&case["to"]));
        let area = match &case["box"] {
            Value::Null => Area { left: 0, top: 0, width: size[0], height: size[1] },
            area => {
                let area = whole(area);
                Area { left: area[0], top: area[1], width: area[2] - area[0], height: area[3] - area[1] }
            }
        };
        let got: Vec<u32> =
            resized(&picture(size[0], size[1]), area, to[0], to[1]).bytes.iter().map(|byte| u32::from(*byte)).collect();
        assert_eq!(got, whole(&case["bytes"]), "{size:?} to {to:?}");
    }
}

#[test]
fn features_are_those_of_onnxruntime() {
    for case in expected()["cases"].as_array().unwrap() {
        let file = case["file"].as_str().unwrap();
        let backbone = Backbone::open(&folder().join(file), &preparation(case)).unwrap();
        let size = whole(&case["size"]);
        let row = backbone.describe(&picture(size[0], size[1])).unwrap();
        let reference: Vec<f64> =
            case["features"].as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect();
        assert_eq!((row.len(), backbone.length()), (reference.len(), row.len()), "{}", backbone.name());
        let largest = reference.iter().fold(0.0, |most: f64, one| most.max(one.abs()));
        let apart = row.iter().zip(&reference).fold(0.0, |most: f64, (a, b)| most.max((a - b).abs())) / largest;
        println!("{}: {apart:.1e} of {largest:.3}", backbone.name());
        assert!(apart < 3e-6, "{}: {apart:e}", backbone.name());
    }
}

#[test]
fn bits_do_not_depend_on_the_run_or_on_other_threads() {
    let pictures: Vec<Rgb> = (0..24).map(|at| picture(40 + at, 70 - at)).collect();
    let all: Vec<&Rgb> = pictures.iter().collect();
    for (file, ask) in [("wide.onnx", ask()), ("vit.onnx", Preparation::default())] {
        let backbone = Backbone::open(&folder().join(file), &ask).unwrap();
        let rows: Vec<Vec<f64>> = pictures.iter().map(|picture| backbone.describe(picture).unwrap()).collect();
        assert!(rows.windows(2).all(|two| two[0] != two[1]), "pictures differ");
        for lanes in [1, 2, 5] {
            assert_eq!(backbone.describe_on_lanes(&all, &Silent, lanes).unwrap(), rows, "{lanes} lanes");
        }
        let again = Backbone::open(&folder().join(file), &ask).unwrap();
        assert_eq!(again.describe_all(&all, &Silent).unwrap(), rows, "opened again");
        assert_eq!(again.name(), backbone.name(), "name");
    }
}

#[test]
fn the_name_tells_file_preparation_and_output() {
    let path = folder().join("conv.onnx");
    let backbone = Backbone::open(&path, &ask()).unwrap();
    let digest = Digest::of(&fs::read(&path).unwrap());
    assert_eq!(backbone.digest(), digest, "of the file");
    assert_eq!(backbone.name(), format!("conv.onnx@{}:32x32-bicubic-squash-imagenet:features", digest.short()));
    let tokens = Preparation { tokens: Some(Tokens::Mean), fit: Fit::Crop, ..Preparation::default() };
    let backbone = Backbone::open(&folder().join("vit.onnx"), &tokens).unwrap();
    assert!(backbone.name().ends_with(":32x32-bicubic-crop-imagenet:tokens-mean-of-tokens"), "{}", backbone.name());
    assert_eq!(backbone.caveats(), [CAVEAT]);
    let caveats = Backbone::open(&folder().join("wide.onnx"), &ask()).unwrap().caveats();
    assert!(caveats.len() == 2 && caveats[1].contains("`features` has 1000 numbers"), "{caveats:?}");
    for name in Scale::ALL.iter().map(ToString::to_string) {
        assert_eq!(name.parse::<Scale>().unwrap().to_string(), name);
    }
    assert!("rgb".parse::<Scale>().unwrap_err().contains("imagenet, clip"), "lists them");
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    let (name, version) = RUNTIME.split_once(' ').unwrap();
    assert!(lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"")), "RUNTIME is not what is built");
}

#[test]
fn weights_beside_the_model_are_read_and_digested() {
    let from = folder();
    let place = tempfile::tempdir().unwrap();
    let model = fs::read(from.join("outside.onnx")).unwrap();
    let path = written(place.path(), "outside.onnx", &model);
    let text = refusal(&path, &ask());
    assert!(text.contains("`outside.onnx.data`, which is not beside it; copy"), "{text}");
    let data = fs::read(from.join("outside.onnx.data")).unwrap();
    written(place.path(), "outside.onnx.data", &data);
    let backbone = Backbone::open(&path, &ask()).unwrap();
    let [one, other] = [Digest::of(&model), Digest::of(&data)];
    let lines = format!("{one}  outside.onnx\n{other}  outside.onnx.data\n");
    assert_eq!(backbone.digest(), Digest::of(lines.as_bytes()), "as b3sum prints");
    assert_eq!(backbone.files().len(), 2);
    written(place.path(), "outside.onnx.data", &data[..100]);
    assert!(refusal(&path, &ask()).contains("too short"), "{}", refusal(&path, &ask()));
    let elsewhere = |name: &[u8; 17]| {
        let at: Vec<usize> = (0..model.len() - 17).filter(|at| &model[*at..at + 17] == b"outside.onnx.data").collect();
        let mut bytes = model.clone();
        for at in at {
            bytes[at..at + 17].copy_from_slice(name);
        }
        refusal(&written(place.path(), "moved.onnx", &bytes), &ask())
    };
    for name in [b"../side.onnx.data", b"/etc/passwd..data", b"weights_of_it.bin"] {
        let text = elsewhere(name);
        assert!(text.contains(std::str::from_utf8(name).unwrap()) && text.contains("save it again"), "{text}");
    }
}

#[test]
fn what_cannot_be_described_with_is_refused_with_the_thing_and_the_cure() {
    let cases = [
        ("unknown", &["Wombat", "opset 17"][..]),
        ("text", &["`image` takes text", "32-bit floats"]),
        ("whole", &["`image` takes whole numbers"]),
        ("eight", &["always takes 8 pictures at once", "any number of them"]),
        ("grey", &["any x 1 x 32 x 32", "export it again with one picture"]),
        ("row", &["`image` is no picture", "export it again with one picture"]),
        ("two", &["`image`, `second`", "not exactly one"]),
        ("score", &["`features` gives no features", "another output"]),
        ("classes", &["not real numbers"]),
        ("nan", &["not finite (number 1 of a picture for trial)", "weights are whole"]),
    ];
    for (name, parts) in cases {
        let path = folder().join(format!("refused-{name}.onnx"));
        let text = refusal(&path, &Preparation::default());
        assert!(text.contains(&format!("refused-{name}.onnx")), "names the file: {text}");
        assert!(parts.iter().all(|part| text.contains(part)), "{parts:?} in: {text}");
        println!("{text}");
    }
    let text = refusal(&folder().join("pair.onnx"), &Preparation::default());
    assert!(text.contains("words") && text.contains("`image_features`"), "says which output: {text}");
    println!("{text}");
}

#[test]
fn what_does_not_go_with_the_model_is_refused() {
    let of = |file: &str, ask: Preparation| refusal(&folder().join(file), &ask);
    let text = of("vit.onnx", Preparation { side_px: Some(64), ..Preparation::default() });
    assert!(text.contains("of 64 pixels were asked, and it always takes 32"), "{text}");
    let text = of("conv.onnx", Preparation { output: Some("pooled".to_owned()), ..ask() });
    assert!(text.contains("`pooled`") && text.contains("`features`"), "{text}");
    let text = of("vit.onnx", Preparation { output: Some("token".to_owned()), ..Preparation::default() });
    assert!(text.contains("did you mean `tokens`?") && text.contains("the last values inside are `"), "{text}");
    let text = of("conv.onnx", Preparation { tokens: Some(Tokens::Mean), ..ask() });
    assert!(text.contains("`mean-of-tokens` was asked, and its output `features` has no tokens"), "{text}");
    let text = of("codes.onnx", Preparation { scale: Some(Scale::Clip), ..ask() });
    assert!(text.contains("`clip`") && text.contains("`codes`"), "{text}");
    let text = of("conv.onnx", Preparation { side_px: Some(100_000), ..Preparation::default() });
    assert!(text.contains("1 to 2048"), "{text}");
    assert!(of("nowhere.onnx", ask()).contains("nowhere.onnx"), "the path");
}

#[test]
fn files_that_are_no_models_are_refused() {
    let place = tempfile::tempdir().unwrap();
    for (at, bytes) in [&b""[..], b"hello, this is text", b"\x89PNG\r\n\x1a\n", &[0; 64], &[8, 8]].iter().enumerate() {
        let text = refusal(&written(place.path(), &format!("{at}.onnx"), bytes), &ask());
        assert!(text.contains("is not a whole ONNX file") && text.contains("again"), "{text}");
    }
    let path = place.path().join("large.onnx");
    fs::File::create(&path).unwrap().set_len(3 << 30).unwrap();
    assert!(refusal(&path, &ask()).contains("more than 2 GiB"), "without reading it");
    assert!(refusal(place.path(), &ask()).contains("folder"), "a folder");
}

/// A graph of `steps` steps in a row, from a picture to `features`.
fn chain(steps: usize) -> Vec<u8> {
    let name = |at: usize| if at == steps { "features".to_owned() } else { format!("v{at}") };
    let mut graph = Vec::new();
    for at in 0..steps {
        let mut step = Vec::new();
        protobuf::push(&mut step, 1, &[name(at).as_bytes()]);
        protobuf::push(&mut step, 2, &[name(at + 1).as_bytes()]);
        protobuf::push(&mut step, 4, &[b"Neg"]);
        protobuf::push(&mut graph, 1, &[&step]);
    }
    model(graph, b"v0")
}

fn model(mut graph: Vec<u8>, input: &[u8]) -> Vec<u8> {
    // A tensor of floats without a shape.
    let mut port = Vec::new();
    protobuf::push(&mut port, 1, &[input]);
    protobuf::push(&mut port, 2, &[&[10, 2, 8, 1]]);
    protobuf::push(&mut graph, 11, &[&port]);
    protobuf::push(&mut graph, 12, &[&[&[10, 8], &b"features"[..]].concat()]);
    let mut all = vec![8, 8];
    protobuf::push(&mut all, 7, &[&graph]);
    protobuf::push(&mut all, 8, &[&[16, 17]]);
    all
}

#[test]
fn nesting_and_chains_do_not_exhaust_the_stack() {
    let place = tempfile::tempdir().unwrap();
    let ask = Preparation { side_px: Some(4), scale: Some(Scale::ZeroToOne), ..Preparation::default() };
    let path = written(place.path(), "chain.onnx", &chain(19_999));
    let row = Backbone::open(&path, &ask).unwrap().describe(&picture(4, 4)).unwrap();
    assert!(row.len() == 3 && row.iter().all(|number| *number < 0.0), "an odd number of signs turned: {row:?}");
    let path = written(place.path(), "longer.onnx", &chain(200_000));
    assert!(refusal(&path, &ask).contains("more than 20000 steps"));
    let (mut graph, mut kind) = (Vec::new(), vec![10, 2, 8, 1]);
    for _ in 0..3000 {
        let (mut attribute, mut step, mut outer) = (Vec::new(), Vec::new(), Vec::new());
        protobuf::push(&mut attribute, 6, &[&graph]);
        protobuf::push(&mut step, 5, &[&attribute]);
        protobuf::push(&mut outer, 1, &[&step]);
        graph = outer;
        let (mut inner, mut sequence) = (Vec::new(), Vec::new());
        protobuf::push(&mut inner, 1, &[&kind]);
        protobuf::push(&mut sequence, 4, &[&inner]);
        kind = sequence;
    }
    let path = written(place.path(), "deep.onnx", &model(graph, b"image"));
    assert!(refusal(&path, &ask).contains("graphs are nested too deeply"));
    let (mut port, mut graph) = (Vec::new(), Vec::new());
    protobuf::push(&mut port, 2, &[&kind]);
    protobuf::push(&mut graph, 13, &[&port]);
    let path = written(place.path(), "types.onnx", &model(graph, b"image"));
    assert!(refusal(&path, &ask).contains("types are nested too deeply"));
}

#[test]
fn damage_anywhere_is_an_error_or_a_model_and_never_a_panic() {
    let place = tempfile::tempdir().unwrap();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let (mut opened, mut broke_off) = (0, 0);
    for file in ["conv.onnx", "vit.onnx", "codes.onnx", "pair.onnx"] {
        let whole = fs::read(folder().join(file)).unwrap();
        for _ in 0..rounds() {
            let mut bytes = whole.clone();
            match random(4) {
                0 => bytes.truncate(random(whole.len())),
                1 => (0..8).for_each(|_| bytes[random(whole.len())] = random(256) as u8),
                2 => {
                    let at = random(whole.len() - 40);
                    drop(bytes.drain(at..at + random(40)));
                }
                _ => {
                    let at = random(whole.len());
                    bytes[at] ^= 1 << random(8);
                }
            }
            let path = place.path().join("damaged.onnx");
            written(place.path(), "damaged.onnx", &bytes);
            match Backbone::open(&path, &ask()) {
                Ok(backbone) => {
                    opened += 1;
                    let row = backbone.describe(&picture(33, 20));
                    assert!(row.is_err() || row.unwrap().iter().all(|number| number.is_finite()));
                }
                Err(err) => {
                    let text = err.to_string();
                    broke_off += u32::from(text.contains("broke off"));
                    assert!(text.contains("damaged.onnx") && text.contains(';') || text.contains("finite"), "{text}");
                }
            }
        }
    }
    println!("{} damaged models: {opened} opened, {broke_off} times the runtime panicked", 4 * rounds());
    assert!(opened > 0, "some damage is only to a weight");
}

struct StopsAt(u64, AtomicU64);

impl Monitor for StopsAt {
    fn step(&self, _stage: &str, _done: u64, _total: u64) {
        self.1.fetch_add(1, Ordering::Relaxed);
    }
    fn note(&self, _note: Note) {}
    fn stopped(&self) -> bool {
        self.1.load(Ordering::Relaxed) >= self.0
    }
}

#[test]
fn it_stops_when_asked_and_takes_odd_pictures() {
    let backbone = Backbone::open(&folder().join("conv.onnx"), &Preparation { fit: Fit::Crop, ..ask() }).unwrap();
    let one = picture(20, 20);
    let pictures = vec![&one; 50];
    let err = backbone.describe_all(&pictures, &StopsAt(3, AtomicU64::new(0))).unwrap_err();
    assert!(matches!(err, BackboneError::Stopped), "{err}");
    assert!(backbone.describe_all(&[], &Silent).unwrap().is_empty(), "nothing of nothing");
    let black = backbone.describe(&Rgb::black(5, 5)).unwrap();
    assert_eq!(backbone.describe(&Rgb::black(0, 0)).unwrap(), black, "no pixels read as black");
    for (width, height) in [(1, 1), (1, 900), (900, 1), (3, 2)] {
        assert_eq!(backbone.describe(&picture(width, height)).unwrap().len(), 12, "{width} x {height}");
    }
}
