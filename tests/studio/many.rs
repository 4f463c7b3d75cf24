//! Stories about many draws: order, pins, brushes and coverage, driven by accessible names.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{Key, Modifiers, Rect, pos2, vec2};
use egui_kittest::{Harness, kittest::NodeT as _, kittest::Queryable as _};
use worldproof::app::{Command, Message, many::*, shell::Workspace, view::StudioView};
use worldproof::family::Distribution;

use crate::{Stage, demo, hard, open, screen, shown};

/// Draws whose values are known.
const DRAWS: usize = 600;
/// Draws that are simulated.
const SIMULATED: usize = 400;

/// A row of numbers between 0 and 1 without chance: multiples of an irrational, one a parameter.
fn unit(draw: usize, parameter: usize) -> f64 {
    (draw as f64 * [0.618_034, 0.754_878, 0.569_84, 0.327_19, 0.869_838, 0.414_214, 0.236_068, 0.645_751][parameter])
        .fract()
}

fn nominal(parameter: &worldproof::app::view::Parameter) -> Distribution {
    let [low, high] = parameter.range;
    Distribution::TruncatedNormal { mean: parameter.nominal_value, sd: (high - low) / 12.0, low, high }
}

fn pool() -> Pool {
    let parameters = demo::parameters();
    let of = |at: usize, draw: usize| {
        let [low, high] = parameters[at].range;
        low + (high - low) * unit(draw, at)
    };
    // It tips the sooner the faster the push and the grippier the floor.
    let tilt = |draw: usize| 75.0 * (0.2 + unit(draw, 2)) * (0.4 + unit(draw, 0)) + 3.0 * unit(draw, 3);
    let known = |draw: usize, value: f64| if draw < SIMULATED { value } else { f64::NAN };
    let mut columns: Vec<Column> = (0..parameters.len())
        .map(|at| {
            let parameter = &parameters[at];
            let values: Arc<[f64]> = (0..DRAWS).map(|draw| of(at, draw)).collect();
            Column::new(&parameter.name, &parameter.unit, ColumnKind::Parameter(parameter.role), values)
        })
        .collect();
    let measure = |name: &str, unit: &str, value: &dyn Fn(usize) -> f64| {
        let values = (0..DRAWS).map(|draw| known(draw, value(draw))).collect();
        Column::new(name, unit, ColumnKind::Measure, values)
    };
    columns.push(measure("tips", "", &|draw| f64::from(tilt(draw) > 45.0)));
    columns.push(measure("tilt", "°", &tilt));
    let rare = (0..DRAWS).map(|draw| (draw < SIMULATED).then(|| tilt(draw) > 45.0)).collect();
    let mut pool = Pool { columns, rare, simulated: SIMULATED, wanted: 512, telling: Vec::new(), error: None };
    pool.telling = pool.find_telling("tips");
    pool
}

/// Puts many draws beside the pictures of the demo window.
pub(crate) fn fill(view: &mut StudioView) {
    let pool = Arc::new(pool());
    let sheet = &mut view.author.sheet;
    (sheet.can_pin, sheet.event) = (true, "tips".into());
    for tile in &mut sheet.tiles {
        let row = tile.draw as usize;
        let values: BTreeMap<String, f64> =
            pool.columns.iter().filter_map(|column| Some((column.name.clone(), column.value(row)?))).collect();
        tile.tipped = pool.rare[row] == Some(true);
        let deviation =
            |name: &str, unit: &str, sds| Deviation { name: name.into(), unit: unit.into(), value: values[name], sds };
        tile.deviations = [deviation("Push speed", "m/s", 2.41), deviation("Friction", "", -1.7)].into();
        tile.values = Arc::new(values);
    }
    view.author.many = Many { pool, event: "tips".into(), ..Many::default() };
    settle(view, &sheet_of(view));
}

fn sheet_of(view: &StudioView) -> Vec<Tile> {
    view.author.sheet.tiles.clone()
}

/// What the studio does with a command about many draws.
pub(crate) fn command(view: &mut StudioView, tiles: &[Tile], command: Command) {
    let many = &view.author.many;
    if let Ok(Some(act)) = many.state.act_of(command, &many.pins, view.author.sheet.selected.unwrap_or(0)) {
        apply(view, tiles, act);
    }
}

/// What the studio does with an act; `tiles` are all that there are.
pub(crate) fn apply(view: &mut StudioView, tiles: &[Tile], act: ManyAct) {
    let many = &mut view.author.many;
    match act {
        ManyAct::Pin(draw) => many.pins = toggled(&many.pins, draw).unwrap_or_else(|_| many.pins.clone()),
        ManyAct::UnpinAll => many.pins.clear(),
        other => many.state.apply(other),
    }
    settle(view, tiles);
}

fn settle(view: &mut StudioView, tiles: &[Tile]) {
    let many = &mut view.author.many;
    let state = many.state.clone();
    many.brushed = state.brush.mask(&many.pool).into();
    many.columns = many.pool.known(&state.columns, MATRIX_COLUMNS[0], || many.pool.telling.clone());
    many.axes = many.pool.known(&state.axes, 2, || many.pool.first_axes(8));
    let parameters = demo::parameters();
    let bins = |name: &str, count| {
        let parameter = parameters.iter().find(|parameter| parameter.name == name)?;
        Some(Bins::new(
            name,
            &parameter.unit,
            &worldproof::family::Law::new(&nominal(parameter), None).expect("a law"),
            count,
        ))
    };
    let values = |name: &str| many.pool.column(name).map(|column| &*column.values).unwrap_or_default();
    let [x, y] = state.heat.clone().unwrap_or(["Friction".into(), "Push speed".into()]);
    let coverage = state.face == Face::Coverage;
    many.heat = bins(&x, 8)
        .zip(bins(&y, 8))
        .filter(|_| coverage && !state.strips)
        .map(|(bins_x, bins_y)| Heat::of(bins_x, bins_y, values(&x), values(&y)));
    many.strips = parameters
        .iter()
        .filter(|_| coverage && state.strips)
        .filter_map(|parameter| Some(Strip::of(bins(&parameter.name, 24)?, values(&parameter.name))))
        .collect();
    let sheet = &mut view.author.sheet;
    sheet.visible.clone_from(&state.visible);
    sheet.tiles = tiles.to_vec();
    for tile in &mut sheet.tiles {
        tile.pinned = many.pins.contains(&tile.draw);
        tile.lit = state.brush.holds(|name| tile.values.get(name).copied());
    }
    sheet.tiles.retain(|tile| tile.lit || !state.brushed_only);
    sort(&mut sheet.tiles, &state.sort);
    let of = |draw: u64| tiles.iter().find(|tile| tile.draw == draw).cloned().unwrap_or_default();
    many.compared = state.compared.map(|pair| {
        let sides = pair.map(of);
        let row = |column: &Column| PinRow {
            name: column.name.clone(),
            unit: column.unit.clone(),
            values: [0, 1].map(|at| sides[at].values[&column.name]),
            apart_sds: (column.kind != ColumnKind::Measure).then(|| {
                12.0 * (sides[1].values[&column.name] - sides[0].values[&column.name])
                    / (column.ends[1] - column.ends[0])
            }),
        };
        let (measures, parameters) = many.pool.columns.iter().map(row).partition(|row| row.apart_sds.is_none());
        let side = |tile: &Tile| PinSide {
            draw: tile.draw,
            picture: sheet.atlas.map(|atlas| (atlas, tile.uv)),
            weight: tile.weight,
            outcome: tile.outcome.clone(),
        };
        let sides = [side(&sides[0]), side(&sides[1])];
        Compared { sides, aspect: 4.0 / 3.0, parameters: differing(parameters), measures }
    });
}

fn begun(face: Face) -> Stage {
    Stage { many: vec![ManyAct::Show(face)], ..shown(Workspace::Author) }
}

fn many<'a>(harness: &'a Harness<'_, Stage>) -> &'a Many {
    &harness.state().demo.as_ref().expect("it is filled").view.author.many
}

/// Draws of the tiles in the order of the screen: by their places, not by the list that was drawn.
fn on_screen(harness: &Harness<'_, Stage>) -> Vec<u64> {
    let mut found: Vec<(Rect, u64)> = harness
        .query_all_by_label_contains("weight ")
        .filter_map(|node| {
            let label = node.accesskit_node().label()?;
            let draw = label.strip_prefix("Draw ")?.split(',').next()?.parse().ok()?;
            Some((node.rect(), draw))
        })
        .collect();
    found.sort_by(|a, b| a.0.min.y.total_cmp(&b.0.min.y).then(a.0.min.x.total_cmp(&b.0.min.x)));
    found.into_iter().map(|(_, draw)| draw).collect()
}

fn tile_name(harness: &Harness<'_, Stage>, draw: u64) -> String {
    let start = format!("Draw {draw}, weight");
    let mut nodes = harness.query_all_by_label_contains(&start);
    nodes.find_map(|node| node.accesskit_node().label()).expect("the tile is in sight")
}

#[test]
fn the_views_of_many_draws_are_drawn() {
    for (name, face) in
        [("many-matrix", Face::Matrix), ("many-parallel", Face::Parallel), ("many-coverage", Face::Coverage)]
    {
        screen(name, || begun(face));
    }
    screen("many-strips", || Stage {
        many: vec![ManyAct::Show(Face::Coverage), ManyAct::Strips(true)],
        ..begun(Face::Coverage)
    });
    screen("many-brushed", || {
        let brush = Brush::default().with("tilt", Some([50.0, 90.0])).with("Push speed", Some([0.3, 0.8]));
        Stage { many: vec![ManyAct::Show(Face::Matrix), ManyAct::Brush(brush)], ..begun(Face::Matrix) }
    });
    screen("many-pins", || Stage {
        many: vec![ManyAct::Pin(3), ManyAct::Pin(7), ManyAct::Compare(Some([3, 7]))],
        ..begun(Face::Sheet)
    });
    screen("many-long", || Stage { change: Some(hard::long), ..begun(Face::Parallel) });
    screen("many-empty", || Stage { change: Some(hard::empty), ..begun(Face::Matrix) });
}

#[test]
fn the_sheet_is_ordered_by_weight_and_by_a_measure() {
    let mut harness = open([1440.0, 900.0], true, begun(Face::Sheet));
    harness.get_by_label("Sort: draw").click();
    harness.run_steps(3);
    harness.get_by_label("weight").click();
    harness.run_steps(3);
    harness.get_by_label("Smallest first").click();
    harness.run_steps(3);
    let weight = |draw: &u64| 0.02 + (draw % 7) as f64 * 0.03;
    let order = on_screen(&harness);
    assert!(order.len() >= 20, "{order:?}");
    assert!(
        order.windows(2).all(|w| weight(&w[0]) > weight(&w[1]) || weight(&w[0]) == weight(&w[1]) && w[0] < w[1]),
        "{order:?}"
    );
    harness.get_by_label("Sort: weight").click();
    harness.run_steps(3);
    harness.get_by_label("tilt").click();
    harness.run_steps(3);
    let tilt = |draw: u64| many(&harness).pool.column("tilt").and_then(|column| column.value(draw as usize));
    let order = on_screen(&harness);
    assert!(order.windows(2).all(|w| tilt(w[0]) >= tilt(w[1])), "largest first: {order:?}");
}

#[test]
fn a_sheet_of_256_scrolls_by_pages_and_down_a_column() {
    let mut story = begun(Face::Sheet);
    story.change = Some(|view| {
        fill(view);
        let tile = view.author.sheet.tiles[0].clone();
        view.author.sheet.tiles = (0..256).map(|draw| Tile { draw, ..tile.clone() }).collect();
        view.author.sheet.selected = Some(0);
    });
    let mut harness = open([1000.0, 700.0], true, story);
    let selected = |harness: &Harness<'_, Stage>| {
        let chosen = harness.state().messages.iter().rev().find_map(|message| match message {
            Message::SelectDraw(draw) => Some(*draw),
            _ => None,
        });
        chosen.expect("chosen")
    };
    harness.get_by_label_contains("Draw 0,").focus();
    harness.run_steps(2);
    harness.key_press(Key::ArrowDown);
    harness.run_steps(3);
    let columns = selected(&harness);
    harness.key_press(Key::PageDown);
    harness.run_steps(3);
    let paged = selected(&harness);
    assert!(columns > 4 && paged >= 2 * columns && paged.is_multiple_of(columns), "{columns} {paged}");
    harness.key_press(Key::PageUp);
    harness.run_steps(3);
    assert_eq!(selected(&harness), columns, "and back");
    harness.key_press(Key::End);
    harness.run_steps(3);
    assert_eq!(selected(&harness), 255);
    harness.key_press(Key::PageDown);
    harness.run_steps(3);
    assert_eq!(selected(&harness), 255, "there is no more");
    harness.key_press_modifiers(Modifiers::SHIFT, Key::V);
    harness.run_steps(2);
    assert_eq!(harness.state().commands.last(), Some(&Command::MoreDraws));
    crate::keep(&harness.render().expect("an adapter"), "sheet-256");
}

#[test]
fn two_draws_are_pinned_and_compared() {
    let mut harness = open([1440.0, 900.0], true, begun(Face::Sheet));
    harness.key_press(Key::P);
    harness.run_steps(2);
    let other = tile_name(&harness, 3);
    harness.get_by_label(&other).click_modifiers(Modifiers::SHIFT);
    harness.run_steps(3);
    assert_eq!(many(&harness).pins, [7, 3], "the selected draw and the one that was clicked");
    assert!(tile_name(&harness, 3).ends_with("pinned"), "the tile says so");
    harness.key_press_modifiers(Modifiers::SHIFT, Key::P);
    harness.run_steps(3);
    assert!(harness.query_by_label("Pinned draw 7").is_some() && harness.query_by_label("Pinned draw 3").is_some());
    let compared = many(&harness).compared.clone().expect("it is open");
    let first = compared.parameters.first().expect("they differ");
    let farthest = compared.parameters.iter().filter_map(|row| row.apart_sds).map(f64::abs).fold(0.0, f64::max);
    assert_eq!(first.apart_sds.map(f64::abs), Some(farthest), "farthest apart first");
    let start = format!("{}: ", first.name);
    let row = harness.query_all_by_label_contains(&start).next();
    assert!(row.is_some_and(|row| row.rect().height() > 0.0), "and it stands in the table");
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(many(&harness).compared.is_none(), "escape closes it");
    assert_eq!(many(&harness).pins.len(), 2, "and keeps the pins");
}

#[test]
fn a_brush_in_the_matrix_filters_the_sheet() {
    let mut harness = open([1440.0, 900.0], true, begun(Face::Matrix));
    let columns = many(&harness).columns.clone();
    let (x, y) = (columns[0].clone(), columns.last().cloned().expect("four columns"));
    let cell = harness.get_by_label(&format!("{y} against {x}")).rect();
    harness.drag_at(cell.left_top() + vec2(2.0, 2.0));
    harness.run_steps(2);
    for share in [0.3, 0.5, 0.6] {
        harness.hover_at(cell.min + cell.size() * share);
        harness.run_steps(2);
    }
    harness.drop_at(cell.min + cell.size() * 0.6);
    harness.run_steps(3);
    let brushed = many(&harness).n_brushed().expect("a brush");
    assert!(brushed > 3 && brushed < SIMULATED, "{brushed} draws");
    let range = many(&harness).state.brush.range(&y).expect("on both axes");
    let ends = many(&harness).pool.column(&y).expect("a column").ends;
    assert!(range[1] == ends[1] && range[0] > ends[0], "from the top down: {range:?} of {ends:?}");
    harness.get_by_label("Sheet").click();
    harness.run_steps(3);
    assert_eq!(on_screen(&harness).len(), 24, "all are there, some dimmed");
    harness.get_by_label_contains("Brushed only").click();
    harness.run_steps(4);
    let mask = many(&harness).brushed.clone();
    let left = on_screen(&harness);
    assert!(!left.is_empty() && left.len() < 24, "{left:?}");
    assert!(left.iter().all(|draw| mask[*draw as usize]), "only brushed ones: {left:?}");
    harness.key_press(Key::Escape);
    harness.run_steps(4);
    assert!(many(&harness).state.brush.is_empty() && on_screen(&harness).len() == 24, "escape lets all count again");
}

#[test]
fn a_cell_of_the_heat_map_brushes_its_draws() {
    let mut harness = open([1440.0, 900.0], false, begun(Face::Coverage));
    let labels: Vec<String> = harness
        .query_all_by_label_contains(" draws")
        .filter_map(|node| node.accesskit_node().label())
        .filter(|label| label.starts_with("Friction "))
        .collect();
    let label = labels.iter().max_by_key(|label| count_in(label)).expect("cells with draws").clone();
    harness.get_by_label(&label).click();
    harness.run_steps(3);
    assert_eq!(many(&harness).n_brushed(), Some(count_in(&label)), "{label}");
    harness.get_by_label(&label).click();
    harness.run_steps(3);
    assert_eq!(many(&harness).n_brushed(), None, "a second click lets go");
}

/// The count at the end of `"…: 12 draws"`.
fn count_in(label: &str) -> usize {
    let number = label.rsplit(": ").next().and_then(|end| end.split(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[test]
fn axes_are_brushed_and_moved_by_keyboard_alone() {
    let mut harness = open([1440.0, 900.0], true, begun(Face::Parallel));
    let axes = many(&harness).axes.clone();
    let name = axes[1].clone();
    harness.get_by_label(&format!("Brush {name}")).focus();
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    let first = many(&harness).state.brush.range(&name).expect("the middle of the axis");
    harness.key_press(Key::ArrowUp);
    harness.run_steps(2);
    let up = many(&harness).state.brush.range(&name).expect("still");
    assert!(up[0] > first[0] && up[1] > first[1], "{first:?} went to {up:?}");
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    harness.run_steps(2);
    let small = many(&harness).state.brush.range(&name).expect("still");
    assert!(small[1] - small[0] < up[1] - up[0], "shift narrows: {small:?}");
    harness.get_by_label(&format!("Axis {name}")).focus();
    harness.run_steps(2);
    harness.key_press(Key::ArrowRight);
    harness.run_steps(2);
    assert_eq!(many(&harness).axes[..3], [axes[0].clone(), axes[2].clone(), axes[1].clone()]);
}

#[test]
fn arrows_lead_from_tile_to_tile() {
    let mut harness = open([1440.0, 900.0], true, begun(Face::Sheet));
    let name = tile_name(&harness, 7);
    harness.get_by_label(&name).focus();
    harness.run_steps(2);
    for key in [Key::ArrowRight, Key::ArrowRight, Key::ArrowLeft, Key::Home, Key::End] {
        harness.key_press(key);
        harness.run_steps(3);
    }
    let selected: Vec<u64> = harness
        .state()
        .messages
        .iter()
        .filter_map(|message| if let Message::SelectDraw(draw) = message { Some(*draw) } else { None })
        .collect();
    assert_eq!(selected, [8, 9, 8, 0, 23], "{:?}", harness.state().commands);
    harness.key_press(Key::Space);
    harness.run_steps(2);
    assert_eq!(harness.state().commands, [Command::PlayPause], "space still plays");
}

#[test]
fn the_view_switches_by_key_and_by_click() {
    let mut harness = open([1024.0, 700.0], true, begun(Face::Sheet));
    harness.key_press(Key::V);
    harness.run_steps(2);
    assert_eq!(many(&harness).state.face, Face::Matrix);
    harness.get_by_label("Coverage").click();
    harness.run_steps(2);
    harness.get_by_label("Each alone").click();
    harness.run_steps(2);
    assert_eq!((many(&harness).state.face, many(&harness).strips.len()), (Face::Coverage, 8));
    let room = Rect::from_min_max(pos2(0.0, 0.0), pos2(1024.0, 700.0));
    let bins = harness.query_all_by_label_contains("Friction ").filter(|node| room.contains_rect(node.rect())).count();
    assert!(bins >= 20, "its bins are in the window: {bins}");
}
