//! Mutated families: whatever a file says, it is read, checked, drawn from and written back without a panic, a hang or a
//! lost meaning. `WORLDPROOF_FUZZ_S` is for how many seconds (3 where left out), `WORLDPROOF_FUZZ_SEED` where to begin.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use worldproof::base::{Stream, StreamKey};
use worldproof::family::{self, Severity, canonical, saved_text};
use worldproof::sample::{SampleError, Sampler};
use worldproof::{run, world};

use crate::language;
use crate::tool::Stopwatch;

/// Less than any thread of ours has (2 MiB and more), so that nesting that just fits here fits everywhere.
const STACK_BYTES: usize = 1024 * 1024;

/// Longest processor time for one text, in seconds: a wall clock would count what other programs take of the machine.
const LONGEST_S: f64 = 1.0;

/// How often a text that took longer is tried: a lent machine also counts as our time what it took away from us, but not thrice.
const TRIES: usize = 3;

/// Mutants that are tried at least.
const LEAST: u64 = 50;

/// After so long without an end it is said to hang.
const HANGS: Duration = Duration::from_secs(20);

/// What stands in place of a number.
const NUMBERS: [&str; 22] = [
    "0",
    "-0.0",
    "1",
    "-1",
    "2",
    "0.5",
    "1e308",
    "-1.7976931348623157e308",
    "1e-320",
    "1e999",
    "NaN",
    "inf",
    "-inf",
    "9007199254740993",
    "18446744073709551616",
    "\"30 km/h\"",
    "\"1e999 m\"",
    "\"-5 deg\"",
    "\"height_m\"",
    "'('",
    "true",
    "[1, 2]",
];

/// What stands in place of a text.
const TEXTS: [&str; 16] = [
    "\"\"",
    "\"x\"",
    "\"أحمر\"",
    "\"罐子倒下\"",
    "\"🤖🏽\"",
    "\"e\u{301}\u{202e}abc\"",
    "\"a \\\"quoted\\\" one\"",
    "\"time_s > 1\"",
    "\"peak(light_level)\"",
    "\"1 / 0\"",
    "\"height_m / (height_m - height_m)\"",
    "\"true\"",
    "\"((((((((((((((((((((((((((1))))))))))))))))))))))))))\"",
    "\"-----------------1\"",
    "r#\"raw \" text\"#",
    "\"canister_x_m + 1 m\"",
];

/// What a distribution is wrapped in: before and after it.
const WRAPS: [(&str, &str); 5] = [
    ("Truncated(of: ", ", low: -1, high: 1)"),
    ("Mixture([(weight: 1, of: ", ")])"),
    ("Mixture([(weight: 3, of: Constant(0.5)), (weight: 1, of: ", ")])"),
    ("Cases(of: [(when: \"true\", then: ", ")], otherwise: Constant(1))"),
    ("Cases(of: [], otherwise: ", ")"),
];

const ODD_LETTERS: [char; 14] = ['(', ')', '[', ']', '{', '}', '"', '\'', ':', ',', '\\', '\u{0}', '\u{202e}', '\n'];

/// Words, numbers, texts in quotes, single signs and space.
fn tokens(text: &str) -> Vec<&str> {
    let mut rest = text;
    let mut found = Vec::new();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || "_.-".contains(c);
        let length = if first == '"' {
            let mut escaped = false;
            let closes = |(_, c): &(usize, char)| {
                let closes = *c == '"' && !escaped;
                escaped = *c == '\\' && !escaped;
                closes
            };
            rest.char_indices().skip(1).find(closes).map_or(rest.len(), |(at, _)| at + 1)
        } else if is_word(first) {
            rest.find(|c: char| !is_word(c)).unwrap_or(rest.len())
        } else if first.is_whitespace() {
            rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        found.push(token);
        rest = after;
    }
    found
}

struct Mutator<'a> {
    stream: Stream,
    corpus: &'a [String],
}

impl Mutator<'_> {
    fn below(&mut self, n: usize) -> usize {
        self.stream.next_below(n.max(1) as u64) as usize
    }

    fn pick<'b>(&mut self, from: &[&'b str]) -> &'b str {
        from[self.below(from.len())]
    }

    /// The places of the tokens that `wanted` likes.
    fn one_of(&mut self, all: &[String], wanted: impl Fn(&str) -> bool) -> Option<usize> {
        let places: Vec<usize> = (0..all.len()).filter(|at| wanted(&all[*at])).collect();
        (!places.is_empty()).then(|| places[self.below(places.len())])
    }

    fn text(&mut self) -> String {
        let base = self.corpus[self.below(self.corpus.len())].clone();
        let mut all: Vec<String> = tokens(&base).into_iter().map(str::to_owned).collect();
        // Mostly one: each further one makes it likelier that nothing can be read.
        let mutations = if self.below(2) == 0 { 1 } else { 1 + self.below(4) };
        for _ in 0..mutations {
            self.mutate(&mut all);
        }
        all.concat()
    }

    fn mutate(&mut self, all: &mut Vec<String>) {
        let is_number = |token: &str| token.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        let is_text = |token: &str| token.starts_with('"');
        let is_word = |token: &str| token.starts_with(|c: char| c.is_ascii_alphabetic());
        let at = self.below(all.len());
        match self.below(13) {
            0 | 1 => {
                if let Some(at) = self.one_of(all, is_number) {
                    all[at] = self.pick(&NUMBERS).to_owned();
                }
            }
            2 => {
                if let Some(at) = self.one_of(all, is_text) {
                    all[at] = self.pick(&TEXTS).to_owned();
                }
            }
            3 => {
                // Two texts change places: names, expressions, units.
                if let (Some(a), Some(b)) = (self.one_of(all, is_text), self.one_of(all, is_text)) {
                    all[a] = all[b].clone();
                }
            }
            4 => {
                if let (Some(a), Some(b)) = (self.one_of(all, is_word), self.one_of(all, is_word)) {
                    all[a] = all[b].clone();
                }
            }
            5 | 6 => self.wrap(all),
            7 => drop(all.remove(at)),
            8 => {
                let to = (at + 1 + self.below(40)).min(all.len());
                let piece = all[at..to].to_vec();
                all.splice(at..at, piece);
            }
            9 => {
                let other = self.corpus[self.below(self.corpus.len())].clone();
                let other = tokens(&other);
                let from = self.below(other.len());
                let to = (from + 1 + self.below(60)).min(other.len());
                all.splice(at..at, other[from..to].iter().map(|token| (*token).to_owned()));
            }
            10 => all[at] = ODD_LETTERS[self.below(ODD_LETTERS.len())].to_string(),
            11 => {
                if self.below(8) == 0 {
                    all.truncate(at);
                } else if let Some(at) = self.one_of(all, |token| "()[]{}".contains(token)) {
                    all.remove(at);
                }
            }
            _ => {
                let long = 1 << self.below(15);
                all[at] = match self.below(3) {
                    0 => "a".repeat(long),
                    1 => format!("\"{}\"", "ü".repeat(long)),
                    _ => self.pick(&["(", "[", "[(", "/*", "Truncated(of:"]).repeat(long),
                };
            }
        }
        if all.is_empty() {
            all.push("(".to_owned());
        }
    }

    /// Puts a distribution inside others.
    fn wrap(&mut self, all: &mut [String]) {
        let is_law =
            |token: &str| ["Uniform", "Normal", "Constant", "TruncatedNormal", "Choice", "Gamma"].contains(&token);
        let Some(begin) = self.one_of(all, is_law) else { return };
        let mut depth = 0_i32;
        let end = all.iter().enumerate().skip(begin + 1).find_map(|(at, token)| {
            depth += i32::from(token == "(") - i32::from(token == ")");
            (depth <= 0).then_some(at)
        });
        let Some(end) = end else { return };
        let deep = if self.below(4) == 0 { 1 + self.below(120) } else { 1 + self.below(4) };
        for _ in 0..deep {
            let (before, after) = WRAPS[self.below(WRAPS.len())];
            all[begin] = format!("{before}{}", all[begin]);
            all[end] += after;
        }
    }
}

/// Everything that the program does with a family's text, up to a world that could be stepped. Whether it was usable.
fn survive(text: &str) -> bool {
    let family = match family::parse(text, "mutant.ron") {
        Ok(family) => family,
        Err(error) => {
            assert!(error.line >= 1 && error.column >= 1 && !error.text.is_empty(), "{error:?}");
            assert!(error.to_string().chars().count() < 2_000, "a sentence, not a book: {error}");
            return false;
        }
    };
    let findings = run::check::findings(&family);
    for finding in &findings {
        let error = family::text::located(text, "mutant.ron", finding.field.clone(), finding.text.clone());
        assert!(!finding.text.is_empty() && error.line <= text.lines().count(), "{finding:?}");
    }
    let written = canonical(&family);
    let again = family::parse(&written, "canonical").unwrap_or_else(|error| panic!("its own text: {error}"));
    assert_eq!(canonical(&again), written, "written and read again, it is the same");
    let mut edited = again;
    edited.title = "other \u{202e} \" title".to_owned();
    let saved = saved_text(&edited, text);
    let read = family::parse(&saved, "saved").unwrap_or_else(|error| panic!("its saved text: {error}"));
    assert_eq!(canonical(&read), canonical(&edited), "saved, it means the same");
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return false;
    }
    let sampler = Sampler::new(&family, 7).expect("no finding stands against it");
    for index in 0..3 {
        match sampler.draw(index) {
            Ok(draw) => {
                let broken = draw.values.iter().find(|(_, value)| !value.is_finite());
                assert!(broken.is_none() && !draw.ln_weight.is_nan(), "draw {index}: {broken:?} {}", draw.ln_weight);
                // Only a world that says why may be missing.
                let _built =
                    world::World::build(&family, &draw).map_err(|error| assert!(!error.to_string().is_empty()));
            }
            Err(SampleError::Unmet(_)) => return true,
            Err(error) => assert!(error.to_string().contains(&family.id), "{error}"),
        }
    }
    true
}

/// The shipped families and every example of the document.
fn corpus() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("scenarios").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let shipped = paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "ron"));
    let shipped = shipped.map(|path| std::fs::read_to_string(path).expect("family"));
    shipped.chain(language::sound().into_iter().map(|(_, text)| text)).collect()
}

fn number_from(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn family_parser_survives_mutations() {
    let length = Duration::from_secs(number_from("WORLDPROOF_FUZZ_S", 3));
    let first = number_from("WORLDPROOF_FUZZ_SEED", 0);
    // Written before each try: a stack that overflows ends the process without a word.
    let last = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutant.ron");
    let at = Arc::new(AtomicU64::new(first));
    let (now, path) = (Arc::clone(&at), last.clone());
    let walk = move || {
        let corpus = corpus();
        let begin = Instant::now();
        let (mut usable, mut seed) = (0_u64, first);
        // On a busy machine few mutants fit the time, and a loop that only ever met broken texts would prove little.
        while begin.elapsed() < length || seed - first < LEAST {
            now.store(seed, Ordering::Relaxed);
            let stream = StreamKey::new(0, "fuzz").stream("mutant", seed);
            let text = Mutator { stream, corpus: &corpus }.text();
            std::fs::write(&path, &text).expect("write");
            let (mut took_s, mut good) = (f64::INFINITY, false);
            for _ in 0..TRIES {
                let watch = Stopwatch::start();
                good = survive(&text);
                took_s = took_s.min(watch.spent_s());
                if took_s < LONGEST_S {
                    break;
                }
            }
            assert!(took_s < LONGEST_S, "it took {took_s} s, {TRIES} times");
            usable += u64::from(good);
            seed += 1;
        }
        (seed - first, usable)
    };
    let thread =
        std::thread::Builder::new().name("fuzz".to_owned()).stack_size(STACK_BYTES).spawn(walk).expect("thread");
    let fails = |how: &str| -> ! {
        let seed = at.load(Ordering::Relaxed);
        panic!("WORLDPROOF_FUZZ_SEED={seed} {how}; the family is {}", last.display())
    };
    let (mut seen, mut since) = (first, Instant::now());
    while !thread.is_finished() {
        std::thread::sleep(Duration::from_millis(20));
        let seed = at.load(Ordering::Relaxed);
        if seed != seen {
            (seen, since) = (seed, Instant::now());
        }
        if since.elapsed() > HANGS {
            fails("hangs");
        }
    }
    let Ok((tried, usable)) = thread.join() else { fails("fails") };
    eprintln!("{tried} mutants, {usable} of them usable");
    assert!(usable * 50 > tried, "{tried} mutants, {usable} of them usable");
}
