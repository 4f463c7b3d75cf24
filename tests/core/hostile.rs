//! Bad input to families: a sentence with line and column for each, nothing lost, no hang.

use std::fs;

use worldproof::family::{self, Distribution, Parameter, Severity, canonical, saved_text};
use worldproof::run;

use crate::language::{framed, sound};
use crate::tool::{Bench, Stopwatch};

/// Asserts less than five seconds since the start.
fn assert_quick(watch: &Stopwatch, about: &str) {
    let took_s = watch.spent_s();
    assert!(took_s < 5.0, "{about}: {took_s} s");
}

/// The error of reading `text`, which takes less than five seconds and is a sentence that fits on a screen.
fn refusal(text: &str, about: &str) -> String {
    let watch = Stopwatch::start();
    let error = family::parse(text, "f.ron").err().unwrap_or_else(|| panic!("{about} is read")).to_string();
    assert_quick(&watch, about);
    assert!(error.starts_with("f.ron:") && error.chars().count() < 1_500, "{about}: {error}");
    error
}

/// Everything that `check` says of `text`, within five seconds.
fn told(text: &str, about: &str) -> Vec<String> {
    let watch = Stopwatch::start();
    let dir = tempfile::tempdir().expect("temp dir");
    let path = dir.path().join("f.ron");
    fs::write(&path, text).expect("write");
    let checked = run::check::check_file(&path).unwrap_or_else(|error| panic!("{about}: {error}"));
    assert_quick(&watch, about);
    let told: Vec<String> = checked.findings.iter().map(ToString::to_string).collect();
    assert!(told.iter().all(|line| line.chars().count() < 2_000), "{about}");
    told
}

#[test]
fn ten_megabytes_of_anything_are_answered_in_a_sentence() {
    const LENGTH: usize = 10_000_000;
    let parameter = |at: usize| format!("(name: \"p{at}\", unit: \"\", role: Cause, nominal: Constant(1)),\n");
    let parameters = |n: usize| framed(&format!("parameters: [{}],\n", (0..n).map(parameter).collect::<String>()));
    let title = |length: usize| framed(&format!("title: \"{}\",\n", "ü".repeat(length / 2)));
    let comment = |length: usize| framed(&format!("/*{}*/\n", "-".repeat(length)));
    for (about, text) in [
        ("parameters", parameters(100_000)),
        ("a text", title(LENGTH)),
        ("brackets", "[".repeat(LENGTH)),
        ("a comment", comment(LENGTH)),
        ("no family", "\u{0}".repeat(LENGTH)),
    ] {
        assert!(refusal(&text, about).contains("at most 4 MiB are read"), "{about}");
    }
    // Just short enough to be read.
    let short = family::text::LONGEST_TEXT - 2_000;
    assert!(refusal(&"[".repeat(short), "brackets").contains("round brackets"), "brackets");
    assert!(refusal(&"(id:".repeat(short / 4), "fields").contains("double quotes"), "fields");
    assert!(refusal(&format!("({}: 1)", "a".repeat(short)), "a name").contains("unknown field"), "a name");
    assert!(refusal(&"/*".repeat(short / 2), "comments").contains("f.ron:1:"), "comments");
    assert_eq!(told(&comment(short), "a comment"), Vec::<String>::new(), "a long comment is fine");
    assert_eq!(told(&title(short), "a text"), Vec::<String>::new(), "a long title is fine");
    let many = told(&parameters(60_000), "parameters");
    assert!(many.len() == 1 && many[0].contains("there are 60000, but at most 1000"), "{many:?}");
    let unit = framed(&format!("derived: [(name: \"d\", unit: \"{0}\", is: \"{0}\")],\n", "u".repeat(short / 2)));
    assert!(!told(&unit, "a unit").is_empty(), "a unit");
}

#[test]
fn deep_nesting_is_refused_where_it_is() {
    let nest = |before: &str, inner: &str, after: &str, n: usize| {
        let law = format!("{}{inner}{}", before.repeat(n), after.repeat(n));
        framed(&format!("parameters: [(name: \"p\", unit: \"\", role: Cause, nominal: {law})],\n"))
    };
    for (before, after) in [
        ("Truncated(of: ", ", low: 0, high: 1)"),
        ("Mixture([(weight: 1, of: ", ")])"),
        ("Cases(of: [], otherwise: ", ")"),
        ("Cases(of: [(when: \"true\", then: ", ")], otherwise: Constant(1))"),
    ] {
        let found = told(&nest(before, "Uniform(low: 0, high: 1)", after, 8), before);
        let is_cases = before.starts_with("Cases");
        assert!(is_cases == found.is_empty(), "8 deep: {found:?}");
        assert!(is_cases || found[0].contains("at most 4 deep"), "{found:?}");
        let error = refusal(&nest(before, "Uniform(low: 0, high: 1)", after, 50_000), before);
        assert!(error.contains("nest too deeply") && error.contains("parameters[0].nominal"), "{error}");
    }
    assert!(refusal(&"(".repeat(100_000), "brackets").contains("f.ron:1:2"), "brackets");
    let deep = format!("requirements: [(name: \"r\", that: \"{}1{} > 0\")],\n", "(".repeat(400), ")".repeat(400));
    assert!(told(&framed(&deep), "an expression")[0].contains("brackets nest deeper than 24"), "expression");
    let long = format!("requirements: [(name: \"r\", that: \"{}1 > 0\")],\n", "1+".repeat(1_000_000));
    assert!(told(&framed(&long), "an expression")[0].contains("1000 are allowed"), "expression");
}

/// The bytes of every bare number of a text, outside quotes and comments.
fn numbers(text: &str) -> Vec<std::ops::Range<usize>> {
    let bytes = text.as_bytes();
    let (mut found, mut at, mut quoted) = (Vec::new(), 0, false);
    while at < bytes.len() {
        let starts_number =
            bytes[at].is_ascii_digit() && !bytes[at - 1].is_ascii_alphanumeric() && bytes[at - 1] != b'_';
        if bytes[at..].starts_with(b"//") && !quoted {
            at += text[at..].find('\n').unwrap_or(text.len() - at);
        } else if starts_number && !quoted {
            let end = at + text[at..].find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(0);
            let begin = if bytes[at - 1] == b'-' { at - 1 } else { at };
            found.push(begin..end);
            at = end;
            continue;
        }
        quoted ^= bytes[at] == b'"';
        at += 1;
    }
    found
}

#[test]
fn a_number_that_is_none_is_refused_wherever_it_stands() {
    let (mut tried, mut taken) = (0, Vec::new());
    for (line, text) in sound() {
        for (place, instead) in numbers(&text).into_iter().zip(["NaN", "inf", "-inf", "1e999"].into_iter().cycle()) {
            let mut wrong = text.clone();
            wrong.replace_range(place.clone(), instead);
            let before = &wrong[..place.start];
            let at = (before.matches('\n').count() + 1, wrong.lines().nth(before.matches('\n').count()));
            tried += 1;
            let Ok(family) = family::parse(&wrong, "f.ron") else { continue };
            let found = run::check::findings(&family);
            if found.iter().all(|finding| finding.severity != Severity::Error) {
                taken.push(format!("the block at line {line} of FAMILY.md, line {at:?}: {instead}"));
            }
            assert!(canonical(&family).starts_with('('), "it can still be written");
        }
    }
    assert!(taken.is_empty(), "taken for numbers:\n{}", taken.join("\n"));
    assert!(tried > 300, "{tried} numbers");
}

#[test]
fn any_script_survives_where_people_write_and_is_refused_in_names() {
    let scripts =
        ["شاحنة حمراء", "罐子倒下", "\u{202b}עברית\u{202c}", "Größe e\u{301}n\u{303}", "🤖🏽‍🔧", "ไทย", "\u{feff}"];
    for words in scripts {
        let fields = format!(
            "// {words}\ntitle: \"{words}\", // {words}\ntags: [\"{words}\"],\nderived: [(name: \"d\", is: \"1 + 0\", about: \"{words}\")],\n\
             parameters: [(name: \"p\", unit: \"\", role: Cause, about: \"{words}\", \
             nominal: Choice([(value: 1, weight: 1, label: \"{words}\")]))],\n"
        );
        let text = framed(&fields);
        let read = family::parse(&text, "f.ron").unwrap_or_else(|error| panic!("{words}: {error}"));
        assert_eq!((read.title.as_str(), read.tags[0].as_str()), (words, words), "as written");
        assert_eq!(family::parse(&canonical(&read), "f.ron").as_ref(), Ok(&read), "written and read");
        let mut edited = read.clone();
        edited.version = 2;
        let saved = saved_text(&edited, &text);
        assert_eq!(family::parse(&saved, "f.ron"), Ok(edited), "saved");
        assert_eq!(saved, text.replace("version: 1", "version: 2"), "comments and layout stay");
        let name = |text: &str| framed(&format!("derived: [(name: \"{text}\", is: \"1 + 0\")],\n"));
        let found = told(&name(words), words);
        let sentence = found.iter().find(|line| line.contains("is not an identifier")).expect("a finding");
        assert!(sentence.contains(":2:18: in `derived[0].name`: `"), "{sentence}");
    }
}

#[test]
fn check_says_line_and_column_of_every_finding() {
    let bench = Bench::new();
    let low = framed(
        "requirements: [\n    (name: \"r\", that: \"height_m < 0.2\"),\n    (name: \"s\", that: \"height_m > 0.21\"),\n],\n",
    );
    fs::write(bench.path("low.ron"), &low).expect("write");
    let said = bench.expect(1, "check low.ron").stdout;
    // Of the two the second refuses more: half of the heights lie below 0.2, more than that below 0.21.
    assert!(said.contains("error: low.ron:4:23: in `requirements[1].that`: no candidate"), "{said}");
    assert!(said.contains("10000 tries") && said.contains("nearest missed by"), "{said}");
    let seldom = low.replace("height_m < 0.2\"", "height_m < 0.2 && mass_kg < 0.15002\"").replace("> 0.21", "> 0.1");
    fs::write(bench.path("seldom.ron"), &seldom).expect("write");
    let json = bench.expect(0, "check seldom.ron --json").json();
    let finding = &json["families"][0]["findings"][0];
    assert_eq!((finding["line"].as_u64(), finding["column"].as_u64()), (Some(3), Some(23)), "{json}");
    assert!(
        finding["blocks"].is_null() && finding["text"].as_str().is_some_and(|text| text.contains("smallest share")),
        "{json}"
    );

    bench.expect(0, "new study");
    let path = bench.study().join("families/tabletop_light_step.ron");
    let text = fs::read_to_string(&path)
        .expect("family")
        .replace("\"drop_time_s\",\n            over_s", "\"drop_tim_s\",\n            over_s");
    fs::write(&path, &text).expect("write");
    let line = text.lines().position(|line| line.contains("drop_tim_s")).expect("the line") + 1;
    let said = bench.expect(1, "check --study study").stdout;
    assert!(said.contains(&format!("tabletop_light_step.ron:{line}:19: in `events[0].at_s`")), "{said}");
    assert!(said.contains("did you mean `drop_time_s`?"), "{said}");
}

#[test]
fn a_thousand_of_everything_is_checked_in_a_moment() {
    let chain = |at: usize| format!("(name: \"d{at}\", is: \"d{} + 1\"),", at + 1);
    let circle = format!("derived: [{}(name: \"d999\", is: \"d0 + 1\")],\n", (0..999).map(chain).collect::<String>());
    let found = told(&framed(&circle), "a circle of a thousand");
    assert!(found.len() == 1 && found[0].contains("in a circle: `d0` → `d1`"), "{found:?}");
    let mut family = family::parse(&framed(""), "f.ron").expect("family");
    let parameter = |at: usize| {
        let mut one = Parameter::new(&format!("p{at}"), "m", &Distribution::Uniform { low: 0.0, high: 1.0 });
        one.proposal = Some(family::written(&Distribution::Uniform { low: 0.5, high: 1.0 }));
        one
    };
    family.parameters.extend((0..990).map(parameter));
    let found = told(&canonical(&family), "a thousand proposals that miss half");
    assert_eq!(found.len(), 100, "the first hundred");
    assert!(found[0].contains("in `parameters[5].proposal`: the proposal never draws 0 to 0.5"), "{}", found[0]);
}
