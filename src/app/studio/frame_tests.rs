//! What a frame of the Author workspace costs, in processor time: filled from the document, drawn and made triangles.
//!
//! `cargo test --release --locked --lib frame_tests -- --ignored --nocapture`

use std::sync::Arc;

use eframe::egui::{self, TextureId};

use super::document::Document;
use super::fill_author::{self, Known, PreviewState};
use super::{empty_view, fill_lab, fill_many, fill_rest, sheet};
use crate::app::author::Face;
use crate::app::{Outbox, Shell, shell_ui, theme};
use crate::base::processor;
use crate::family::distribution::{Case, Part};
use crate::family::{Distribution, Parameter, Weighted, written};
use crate::run::preview::Preview;
use crate::run::{Place, new, person};
use crate::study::Edit;

/// Frames between two looks at the time, the least time of a round, and rounds.
const FRAMES: u32 = 10;
const ROUND_MS: f64 = 300.0;
const ROUNDS: usize = 5;

/// Processor time of this thread in milliseconds.
fn spent_ms() -> f64 {
    1e3 * processor::thread_s().expect("Linux")
}

/// Milliseconds of one of many calls, of the quickest round.
fn each_ms(mut call: impl FnMut()) -> f64 {
    let mut round = || {
        let (from, mut calls) = (spent_ms(), 0);
        // Processor time is told in steps of some milliseconds.
        while spent_ms() - from < ROUND_MS {
            (0..FRAMES).for_each(|_| call());
            calls += FRAMES;
        }
        (spent_ms() - from) / f64::from(calls)
    };
    (0..ROUNDS).map(|_| round()).fold(f64::INFINITY, f64::min)
}

/// Parameters of ten kinds: every tenth depends on the one before it, every second has a proposal.
fn parameter(at: usize) -> Parameter {
    let value = |value: f64| Weighted { value, weight: 1.0 + value, label: String::new() };
    let bell = |mean: f64| Distribution::Normal { mean, sd: 0.5 };
    let kinds = [
        Distribution::Uniform { low: -1.0, high: 2.0 },
        bell(1.0),
        Distribution::TruncatedNormal { mean: 0.4, sd: 0.2, low: 0.0, high: 1.0 },
        Distribution::LogNormal { median: 2.0, sigma: 0.4 },
        Distribution::Triangular { low: 0.0, mode: 0.3, high: 1.0 },
        Distribution::Weibull { shape: 1.7, scale: 3.0 },
        Distribution::Choice((0..5).map(|at| value(f64::from(at))).collect()),
        Distribution::Integer { low: 1.0, high: 6.0 },
        Distribution::Mixture(vec![Part { weight: 0.1, of: bell(0.0) }, Part { weight: 0.9, of: bell(2.0) }]),
        Distribution::Exponential { mean: 2.0 },
    ];
    let kind = &kinds[at % kinds.len()];
    let mut parameter = Parameter::new(&format!("p{at}"), "", kind);
    if at % 2 == 1 {
        parameter.proposal = Some(parameter.nominal.clone());
    }
    if at % 10 == 9 {
        let then = written(&Distribution::Exponential { mean: 3.0 });
        let of = vec![Case { when: format!("p{} > 0.5", at - 1), then }];
        parameter.nominal = Distribution::Cases { of, otherwise: Box::new(parameter.nominal) };
        parameter.proposal = None;
    }
    parameter
}

/// The example with `n` parameters in all, and its draw 3.
fn shown(dir: &std::path::Path, n: usize) -> (Document, Preview) {
    let place = Place { folder: dir.join("study"), keys_folder: dir.join("keys") };
    new::new(&place, 1, &person::stamp(Some("tester"))).expect("a study");
    let mut document = Document::open(&place.folder, place.keys_folder.clone()).expect("opens");
    let mut family = (**document.shown_family().expect("a family")).clone();
    let own = family.parameters.len();
    family.parameters.extend((own..n).map(parameter));
    document.edit(Edit::PutFamily(Arc::new(family)), None).expect("edited");
    document.parameter = Some("p18".to_owned());
    let preview = document.scene().expect("a family").simulate(3).expect("simulates");
    (document, preview)
}

/// The screens' values and the window's own state.
struct Screens {
    ctx: egui::Context,
    view: crate::app::view::StudioView,
    shell: Shell,
}

impl Screens {
    fn new() -> Self {
        let ctx = egui::Context::default();
        theme::install(&ctx);
        let mut view = empty_view("none".into());
        view.study = Some("Study".to_owned());
        let mut shell = Shell::default();
        shell.inspector.face = Face::Parameters;
        Self { ctx, view, shell }
    }

    /// Filled from the document.
    fn fill(&mut self, document: &Document, preview: &Preview) {
        let (view, known) = (&mut self.view, Known::default());
        view.unsaved = document.is_unsaved();
        view.tabs = fill_rest::tabs(document);
        view.tree = fill_rest::tree(document);
        view.ledger = fill_rest::ledger(document);
        view.lock = fill_rest::lock(document);
        view.trial = fill_rest::trial(document);
        view.export = fill_rest::export(document);
        let board = sheet::Board::default();
        let tiles = fill_many::sheet(document, &board, None, &[]);
        let many = fill_many::many(document, Arc::default(), Arc::default(), None);
        let shown = Some((preview, TextureId::default(), [640, 480], 0.0));
        let state = PreviewState { shown, error: None, stale: false, inside: None };
        view.author = fill_author::author(document, &state, (tiles, many), &known);
        view.lab = fill_lab::lab(document, &[], None);
    }

    /// Drawn and made triangles.
    fn draw(&mut self) {
        let size = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1440.0, 900.0));
        let input = egui::RawInput { screen_rect: Some(size), ..Default::default() };
        let (view, shell) = (&self.view, &mut self.shell);
        let full = self.ctx.run_ui(input, |ui| shell_ui(ui, view, shell, &mut Outbox::default()));
        let _triangles = self.ctx.tessellate(full.shapes, 1.0);
    }
}

#[test]
#[ignore = "prints a measurement"]
fn frames_of_the_author_workspace() {
    for n in [20, 200] {
        let dir = tempfile::tempdir().expect("a folder");
        let (mut document, preview) = shown(dir.path(), n);
        let mut screens = Screens::new();
        let fill_ms = each_ms(|| screens.fill(&document, &preview));
        let mut value = 0.0;
        let scrub_ms = each_ms(|| {
            value += 1e-4;
            document.pin("p16", Some(value), 1);
            screens.fill(&document, &preview);
        });
        let mut family = (**document.shown_family().expect("a family")).clone();
        let edit_ms = each_ms(|| {
            value += 1e-4;
            if let Some(own) = family.parameters.last_mut() {
                own.nominal = written(&Distribution::Normal { mean: value, sd: 1.0 });
            }
            document.edit(Edit::PutFamily(Arc::new(family.clone())), Some(1)).expect("edited");
            screens.fill(&document, &preview);
        });
        let draw_ms = each_ms(|| screens.draw());
        println!(
            "{n} parameters: filled in {fill_ms:.2} ms, while a value is scrubbed {scrub_ms:.2} ms, while a distribution is \
             pulled {edit_ms:.2} ms; drawn in {draw_ms:.2} ms"
        );
    }
}

#[test]
#[ignore = "prints a measurement"]
fn frames_of_a_parameter_with_500_cases() {
    let dir = tempfile::tempdir().expect("a folder");
    let (mut document, preview) = shown(dir.path(), 20);
    let mut family = (**document.shown_family().expect("a family")).clone();
    let case = |at: u32| {
        let then = written(&Distribution::Normal { mean: f64::from(at), sd: 1.0 });
        Case { when: format!("p17 > {}", 10.0 - 0.01 * f64::from(at)), then }
    };
    let own = family.parameters.iter_mut().find(|own| own.name == "p18").expect("is there");
    let otherwise = Box::new(own.nominal.clone());
    own.nominal = Distribution::Cases { of: (0..500).map(case).collect(), otherwise };
    document.edit(Edit::PutFamily(Arc::new(family)), None).expect("edited");
    let mut screens = Screens::new();
    let fill_ms = each_ms(|| screens.fill(&document, &preview));
    let mut value = 0.0;
    let scrub_ms = each_ms(|| {
        value += 1e-4;
        document.pin("p16", Some(value), 1);
        screens.fill(&document, &preview);
    });
    let draw_ms = each_ms(|| screens.draw());
    println!(
        "500 cases: filled in {fill_ms:.2} ms, while a value is scrubbed {scrub_ms:.2} ms; drawn in {draw_ms:.2} ms"
    );
}
