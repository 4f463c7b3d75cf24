//! Frames as points on the map of their features, coloured by anything that is known of them. Form tells the side as well as colour:
//! round dots are the reference's, diamonds the other's.
//!
//! A click goes to the frame, a lasso keeps to some of them, hovering shows the picture. Many dots are one mesh that is laid out
//! again only when something moves.

use std::sync::Arc;

use eframe::egui::{
    self, Align, Button, Color32, ComboBox, Id, Key, Label, Layout, Mesh, Pos2, Rect, Response, Sense, Shape, Stroke,
    Ui, Vec2, accesskit::Role, vec2,
};
use egui_plot::{Plot, PlotPoint, PlotTransform};

use super::histogram::plain;
use super::mesh::{diamond, square, strip};
use crate::app::{
    channel::Map,
    icon,
    message::{CompareAct, Message, Outbox},
    theme::{self, Theme},
    view::{MapLayout, Scatter, ShadeKey, Shades},
};
use crate::run::compare::MapDot;

/// How near the pointer a dot must be, in points.
const REACH: f32 = 8.0;
/// With more dots than these, marks are small and plain.
const MANY: usize = 4_000;
/// How much of its colour a dot outside of the lasso keeps.
const OUTSIDE: f32 = 0.12;
/// The lasso takes a point when the pointer has come so far, in points.
const STEP: f32 = 3.0;

/// The ways to lay dots out, in a word and in a sentence.
const LAYOUTS: [(MapLayout, &str, &str); 2] = [
    (MapLayout::Plane, "Plane", "Along the two directions in which the frames differ most (PCA)"),
    (
        MapLayout::Neighbours,
        "Neighbours",
        "So that frames that look alike lie together (t-SNE); seconds for thousands, a minute for 100,000, far longer beyond",
    ),
];

/// How the map is shown; lives beside the pane, is not part of the study.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MapLook {
    /// In the middle of the window instead of the pictures.
    pub large: bool,
    /// A drag throws the lasso instead of moving the map.
    pub lasso: bool,
}

/// Draws the map at `height` with what belongs to it, the reference in the first of `colors`. Drag moves, Ctrl with the wheel zooms, a
/// double click shows all; Shift and drag throws the lasso.
pub fn frames_map(
    ui: &mut Ui,
    (scatter, colors): (&Scatter, [Color32; 2]),
    height: f32,
    look: &mut MapLook,
    out: &mut Outbox,
) {
    if !look.large {
        ui.label(Theme::of(ui).body("Map of frames"));
    }
    tools(ui, scatter, look, out);
    key(ui, scatter, colors, out);
    plot(ui, (scatter, colors), height, *look, out);
    let theme = Theme::of(ui);
    if let Some(lasso) = &scatter.lasso {
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if super::choice(ui, false, "Show all")
                    .on_hover_text("Let go of the lasso (Esc over the map)")
                    .clicked()
                {
                    out.send(Message::Compare(CompareAct::Lasso(None)));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(theme.body(format!("{} {}", icon::LASSO, lasso.about))).truncate());
                });
            });
        });
    }
    for axis in &scatter.axes {
        ui.add(Label::new(theme.caption(axis)).truncate());
    }
}

/// Its name, what the dots are coloured by, and what can be done with it.
fn tools(ui: &mut Ui, scatter: &Scatter, look: &mut MapLook, out: &mut Outbox) {
    ui.horizontal(|ui| {
        for (layout, word, about) in LAYOUTS {
            if super::choice(ui, scatter.layout == layout, word).on_hover_text(about).clicked() {
                out.send(Message::Compare(CompareAct::Layout(layout)));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let size = if look.large { "Show the pictures again" } else { "Show the map large" };
            if super::choice(ui, look.large, icon::ARROWS_OUT).on_hover_text(size).clicked() {
                look.large = !look.large;
            }
            let lasso = super::choice(ui, look.lasso, icon::LASSO);
            super::named(&lasso, Role::Button, "Lasso");
            if lasso
                .on_hover_text("A drag keeps to the frames within it; so does Shift with a drag at any time")
                .clicked()
            {
                look.lasso = !look.lasso;
            }
            if super::icon_button(ui, icon::COPY, "Copy features as CSV").clicked() {
                ui.copy_text(csv(scatter));
            }
            let room = (ui.available_width() - 52.0).clamp(56.0, 220.0);
            colour_by(ui, scatter, room, out);
        });
    });
}

/// The list of what the dots can be coloured by.
fn colour_by(ui: &mut Ui, scatter: &Scatter, width: f32, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let shown = super::cut(ui, scatter.by.word(), theme::sans(theme::size::SMALL), theme.text, width - 26.0);
    let chosen =
        ComboBox::from_id_salt("map colours").selected_text(shown).width(width).height(420.0).show_ui(ui, |ui| {
            let mut kind = "";
            for one in &*scatter.offered {
                if one.kind() != kind {
                    kind = one.kind();
                    ui.label(theme.caption(kind));
                }
                if ui.selectable_label(*one == scatter.by, one.word()).clicked() {
                    out.send(Message::Compare(CompareAct::ColourBy(one.clone())));
                }
            }
        });
    super::named(&chosen.response, Role::ComboBox, "Dots coloured by");
    let _ = chosen.response.on_hover_text("What the dots are coloured by");
}

/// What the colours mean: values that can be clicked to keep to them, or a scale.
fn key(ui: &mut Ui, scatter: &Scatter, colors: [Color32; 2], out: &mut Outbox) {
    let theme = Theme::of(ui);
    let value = |ui: &mut Ui, (at, text, mark): (usize, &str, &str), color: Color32| {
        // The mark alone has the colour: not every colour of a scale can be read as text.
        let small = |color: Color32| egui::TextFormat::simple(theme::sans(theme::size::SMALL), color);
        let mut job = egui::text::LayoutJob::default();
        job.append(mark, 0.0, small(color));
        job.append(text, 4.0, small(theme.text));
        job.wrap = egui::text::TextWrapping::truncate_at_width(150.0);
        let button = Button::new(job).frame_when_inactive(false).min_size(vec2(0.0, theme::ROW));
        (at, ui.add(button).on_hover_text(format!("{text}\nKeep to these frames; again to let go")))
    };
    match &scatter.shades.key {
        ShadeKey::Scale(ends) => scale(ui, *ends),
        ShadeKey::Sides | ShadeKey::Values(_) => {
            let clicked = ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = vec2(4.0, 0.0);
                ui.spacing_mut().button_padding.x = 2.0;
                let mut all = Vec::new();
                if let ShadeKey::Values(values) = &scatter.shades.key {
                    for (at, (text, count)) in values.iter().enumerate() {
                        let color = theme::exact(value_colour(at, values.len()));
                        all.push(value(ui, (at, &format!("{text} · {count}"), "■"), color));
                    }
                    let rest = scatter.dots.len()
                        - values.iter().map(|(_, count)| count).sum::<usize>().min(scatter.dots.len());
                    if rest > 0 {
                        ui.label(theme.caption(format!("other or unknown · {rest}")));
                    }
                } else {
                    for (side, mark) in ["●", "◆"].into_iter().enumerate() {
                        all.push(value(ui, (side, &scatter.words[side], mark), colors[side]));
                    }
                }
                all.into_iter().find(|(_, response)| response.clicked()).map(|(at, _)| at)
            });
            if let Some(at) = clicked.inner {
                out.send(Message::Compare(CompareAct::LassoValue(at)));
            }
        }
    }
}

/// A strip of the scale's colours between its ends.
fn scale(ui: &mut Ui, ends: [f64; 2]) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        let [low, high] = ends.map(theme::figures);
        ui.label(theme.caption(low));
        let width = (ui.available_width() - 64.0).clamp(40.0, 180.0);
        let (bar, response) = ui.allocate_exact_size(vec2(width, 8.0), Sense::hover());
        strip(ui.painter(), bar, |share| theme::exact(Map::Viridis.colour(share)));
        let _ = response
            .on_hover_text("From about the 2 % quantile to the 98 % one; what lies beyond has the colour of the end");
        ui.label(theme.caption(high));
    });
}

/// The colour of one of `count` values.
fn value_colour(at: usize, count: usize) -> [u8; 3] {
    Map::Turbo.colour((at as f32 + 0.5) / count.max(1) as f32 * 0.9 + 0.05)
}

/// What a dot is drawn in.
fn ink(scatter: &Scatter, theme: &Theme, colors: [Color32; 2], at: usize, side: usize) -> Color32 {
    let shade = || scatter.shades.of_dot.get(at).copied().flatten();
    let color = match &scatter.shades.key {
        ShadeKey::Sides => theme::faded(colors[side.min(1)], 0.75),
        ShadeKey::Values(values) => {
            shade().map_or(theme.faint, |shade| theme::exact(value_colour(usize::from(shade), values.len())))
        }
        ShadeKey::Scale(_) => {
            shade().map_or(theme.faint, |shade| theme::exact(Map::Viridis.colour(f32::from(shade) / 255.0)))
        }
    };
    if is_inside(scatter, at) { color } else { theme::faded(color, OUTSIDE) }
}

fn is_inside(scatter: &Scatter, at: usize) -> bool {
    scatter.lasso.as_ref().is_none_or(|lasso| lasso.inside.get(at).copied().unwrap_or(false))
}

/// The plane with its dots, the lasso and what lies under the pointer.
fn plot(ui: &mut Ui, (scatter, colors): (&Scatter, [Color32; 2]), height: f32, look: MapLook, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let lassoing = look.lasso || ui.input(|input| input.modifiers.shift);
    let width = ui.available_width();
    let rect = Rect::from_min_size(ui.cursor().min, vec2(width, height));
    ui.painter().rect_filled(rect, theme::CORNER, theme.canvas);
    let mut plot = plain(Plot::new("features"))
        .allow_drag(!lassoing)
        .allow_zoom(true)
        .allow_double_click_reset(true)
        .data_aspect(1.0)
        .show_axes(false)
        .set_margin_fraction(vec2(0.06, 0.06))
        .width(width)
        .height(height);
    for [x, y] in kept_corners(ui, &scatter.dots) {
        plot = plot.include_x(x).include_y(y);
    }
    let shown = plot.show(ui, |_| ());
    let (response, transform) = (shown.response, shown.transform);
    super::named(&response, Role::Figure, "Map of frames");
    let place = |dot: &MapDot| transform.position_from_point(&PlotPoint::new(dot.at[0], dot.at[1]));
    let painter = ui.painter_at(rect);
    if scatter.dots.len() > MANY {
        painter.add(Shape::mesh(laid(ui, scatter, &transform, (&theme, colors))));
    } else {
        for outside in [true, false] {
            for (at, dot) in scatter.dots.iter().enumerate().filter(|(at, _)| is_inside(scatter, *at) != outside) {
                mark(&painter, place(dot), dot.side, ink(scatter, &theme, colors, at, dot.side));
            }
        }
    }
    for dot in scatter.shown.iter().flatten().filter_map(|at| scatter.dots.get(*at)) {
        painter.circle_stroke(place(dot), 5.0, Stroke::new(1.5, theme.text));
    }
    let dragging = throw(ui, &response, &transform, lassoing, out);
    if scatter.lasso.is_some()
        && response.hovered()
        && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Escape))
    {
        out.send(Message::Compare(CompareAct::Lasso(None)));
    }
    let under = response.hover_pos().filter(|_| !dragging).and_then(|at| nearest(scatter, at, place));
    if let Some((_, dot)) = under {
        painter.circle_stroke(place(&dot), 4.0, Stroke::new(1.5, theme.text));
        if response.clicked() {
            let MapDot { side, episode, frame, .. } = dot;
            out.send(Message::Compare(CompareAct::ShowFrame { side, episode, frame }));
        }
    }
    peek(ui, response, scatter, under, out);
}

/// One of few dots.
fn mark(painter: &egui::Painter, at: Pos2, side: usize, color: Color32) {
    const HALF: f32 = 3.2;
    if side == 0 {
        painter.circle_filled(at, 2.5, color);
    } else {
        let corners = [vec2(0.0, -HALF), vec2(HALF, 0.0), vec2(0.0, HALF), vec2(-HALF, 0.0)].map(|by| at + by);
        painter.add(Shape::convex_polygon(corners.to_vec(), color, Stroke::NONE));
    }
}

/// [`corners`] as they were found last, as long as the dots are the same.
fn kept_corners(ui: &Ui, dots: &Arc<[MapDot]>) -> Vec<[f64; 2]> {
    type Kept = (Arc<[MapDot]>, Vec<[f64; 2]>);
    let id = Id::unique("frames map corners");
    let kept: Option<Kept> = ui.data(|data| data.get_temp(id));
    if let Some((_, corners)) = kept.filter(|(of, _)| Arc::ptr_eq(of, dots)) {
        return corners;
    }
    let found = corners(dots);
    ui.data_mut(|data| data.insert_temp::<Kept>(id, (Arc::clone(dots), found.clone())));
    found
}

/// Two opposite corners of what all dots take.
fn corners(dots: &[MapDot]) -> Vec<[f64; 2]> {
    let finite = dots.iter().map(|dot| dot.at).filter(|at| at.iter().all(|value| value.is_finite()));
    let grown = |ends: Option<[[f64; 2]; 2]>, at: [f64; 2]| {
        let [low, high] = ends.unwrap_or([at, at]);
        Some([[low[0].min(at[0]), low[1].min(at[1])], [high[0].max(at[0]), high[1].max(at[1])]])
    };
    finite.fold(None, grown).into_iter().flatten().collect()
}

/// Many dots as they were laid out last: the same as long as nothing moves.
#[derive(Clone)]
struct Laid {
    dots: Arc<[MapDot]>,
    shades: Arc<Shades>,
    inside: Option<Arc<[bool]>>,
    seen: ([Pos2; 2], bool, [Color32; 2]),
    mesh: Arc<Mesh>,
}

fn laid(ui: &Ui, scatter: &Scatter, transform: &PlotTransform, (theme, colors): (&Theme, [Color32; 2])) -> Arc<Mesh> {
    let id = Id::unique("frames map laid");
    let ends = [[0.0, 0.0], [1.0, 1.0]].map(|[x, y]| transform.position_from_point(&PlotPoint::new(x, y)));
    let seen = (ends, theme.dark, colors);
    let inside = scatter.lasso.as_ref().map(|lasso| Arc::clone(&lasso.inside));
    let is_same = |laid: &Laid| {
        let same_lasso = match (&laid.inside, &inside) {
            (Some(held), Some(inside)) => Arc::ptr_eq(held, inside),
            (held, inside) => held.is_none() && inside.is_none(),
        };
        let same_dots = Arc::ptr_eq(&laid.dots, &scatter.dots) && Arc::ptr_eq(&laid.shades, &scatter.shades);
        laid.seen == seen && same_dots && same_lasso
    };
    if let Some(laid) = ui.data(|data| data.get_temp::<Laid>(id)).filter(is_same) {
        return laid.mesh;
    }
    let mut mesh = Mesh::default();
    // What the lasso holds lies on top.
    for outside in [true, false] {
        for (at, dot) in scatter.dots.iter().enumerate().filter(|(at, _)| is_inside(scatter, *at) != outside) {
            let place = transform.position_from_point(&PlotPoint::new(dot.at[0], dot.at[1]));
            let color = ink(scatter, theme, colors, at, dot.side);
            if dot.side == 0 { square(&mut mesh, place, 1.3, color) } else { diamond(&mut mesh, place, 1.9, color) }
        }
    }
    let mesh = Arc::new(mesh);
    let (dots, shades) = (Arc::clone(&scatter.dots), Arc::clone(&scatter.shades));
    ui.data_mut(|data| data.insert_temp(id, Laid { dots, shades, inside, seen, mesh: Arc::clone(&mesh) }));
    mesh
}

/// The lasso under the hand: drawn while it is thrown, sent when it is let go. True while it is thrown.
fn throw(ui: &Ui, response: &Response, transform: &PlotTransform, lassoing: bool, out: &mut Outbox) -> bool {
    let id = response.id.with("lasso");
    let mut thrown: Vec<[f64; 2]> = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    if lassoing && response.drag_started_by(egui::PointerButton::Primary) {
        thrown.clear();
        // Where the press was, not where the drag was first known as one.
        if let Some(at) = ui.input(|input| input.pointer.press_origin()) {
            thrown.push(of_place(transform, at));
        }
    } else if thrown.is_empty() {
        return false;
    }
    if let Some(at) = response.interact_pointer_pos() {
        let far =
            |last: &[f64; 2]| transform.position_from_point(&PlotPoint::new(last[0], last[1])).distance(at) >= STEP;
        if thrown.last().is_none_or(far) {
            thrown.push(of_place(transform, at));
        }
    }
    if ui.input(|input| input.pointer.primary_down()) {
        let line: Vec<Pos2> =
            thrown.iter().map(|at| transform.position_from_point(&PlotPoint::new(at[0], at[1]))).collect();
        ui.painter_at(response.rect).add(Shape::closed_line(line, Stroke::new(1.5, Theme::of(ui).text)));
        ui.data_mut(|data| data.insert_temp(id, thrown));
        return true;
    }
    ui.data_mut(|data| data.remove::<Vec<[f64; 2]>>(id));
    if thrown.len() > 2 {
        out.send(Message::Compare(CompareAct::Lasso(Some(thrown))));
    }
    false
}

fn of_place(transform: &PlotTransform, at: Pos2) -> [f64; 2] {
    let value = transform.value_from_position(at);
    [value.x, value.y]
}

/// The picture of the dot under the pointer, asked for once and shown when it is there.
fn peek(ui: &Ui, response: Response, scatter: &Scatter, under: Option<(usize, MapDot)>, out: &mut Outbox) {
    let id = Id::unique("frames map peek");
    let asked: Option<MapDot> = ui.data(|data| data.get_temp(id)).flatten();
    let wanted = under.map(|(_, dot)| dot);
    if asked != wanted {
        ui.data_mut(|data| data.insert_temp(id, wanted));
        out.send(Message::Compare(CompareAct::Peek(wanted)));
    }
    let Some((at, dot)) = under else { return };
    let _ = response.on_hover_ui_at_pointer(|ui| {
        let theme = Theme::of(ui);
        match scatter.peek.as_ref().filter(|peek| peek.dot == dot).map(|peek| &peek.picture) {
            Some(Ok((texture, [width, height]))) => {
                let size = Vec2::new(*width as f32, *height as f32);
                ui.image(egui::load::SizedTexture::new(*texture, size));
            }
            Some(Err(why)) => drop(ui.label(theme.caption(why))),
            None => {}
        }
        ui.label(theme.body(format!(
            "{}: episode {} · frame {}",
            scatter.words[dot.side.min(1)],
            dot.episode,
            dot.frame + 1
        )));
        let told = told(scatter, at);
        ui.label(theme.caption(format!("{told}A click shows it")));
    });
}

/// The value that the dot is coloured by, where it is one of the key's.
fn told(scatter: &Scatter, at: usize) -> String {
    let ShadeKey::Values(values) = &scatter.shades.key else { return String::new() };
    let shade = scatter.shades.of_dot.get(at).copied().flatten();
    let value = shade.and_then(|shade| values.get(usize::from(shade)));
    value.map_or_else(String::new, |(value, _)| format!("{}: {value}\n", scatter.by.word()))
}

/// The dot under the pointer with its number; with a lasso, of those within it.
fn nearest(scatter: &Scatter, at: Pos2, place: impl Fn(&MapDot) -> Pos2) -> Option<(usize, MapDot)> {
    let dots = scatter.dots.iter().enumerate().filter(|(number, _)| is_inside(scatter, *number));
    let far = dots.map(|(number, dot)| (place(dot).distance(at), (number, *dot))).filter(|(far, _)| *far <= REACH);
    far.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, found)| found)
}

/// The points as CSV: `x,y,side,episode,frame`, and whether they lie within the lasso, where there is one.
pub fn csv(scatter: &Scatter) -> String {
    let mut text = String::from("x,y,side,episode,frame");
    text.push_str(if scatter.lasso.is_some() { ",inside\n" } else { "\n" });
    for (at, dot) in scatter.dots.iter().enumerate() {
        let side = if dot.side == 0 { "reference" } else { "other" };
        text.push_str(&format!("{},{},{side},{},{}", dot.at[0], dot.at[1], dot.episode, dot.frame));
        if scatter.lasso.is_some() {
            text.push_str(if is_inside(scatter, at) { ",1" } else { ",0" });
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use eframe::egui::pos2;

    use super::*;
    use crate::app::view::LassoView;

    fn two() -> Scatter {
        let dot = |side, at| MapDot { side, episode: 7, frame: 3, at };
        Scatter { dots: [dot(1, [0.5, -1.0]), dot(0, [2.0, 0.0])].into(), ..Scatter::default() }
    }

    fn second_only() -> Scatter {
        Scatter { lasso: Some(LassoView { inside: [false, true].into(), about: String::new() }), ..two() }
    }

    #[test]
    fn csv_names_side_and_frame_and_what_the_lasso_holds() {
        assert_eq!(csv(&two()), "x,y,side,episode,frame\n0.5,-1,other,7,3\n2,0,reference,7,3\n");
        assert_eq!(csv(&second_only()), "x,y,side,episode,frame,inside\n0.5,-1,other,7,3,0\n2,0,reference,7,3,1\n");
    }

    #[test]
    fn the_nearest_dot_within_reach_is_meant() {
        let place = |dot: &MapDot| pos2(10.0 * dot.at[0] as f32, 10.0 * dot.at[1] as f32);
        let found = |scatter: &Scatter, x: f32, y: f32| nearest(scatter, pos2(x, y), place).map(|(_, dot)| dot.side);
        let two = two();
        assert_eq!([found(&two, 18.0, 3.0), found(&two, 6.0, -6.0), found(&two, 60.0, 60.0)], [Some(0), Some(1), None]);
        assert_eq!(found(&second_only(), 6.0, -6.0), None, "what lies outside of the lasso is not meant");
    }

    #[test]
    fn all_dots_are_in_sight() {
        assert_eq!(corners(&two().dots), [[0.5, -1.0], [2.0, 0.0]]);
        let odd = [MapDot { side: 0, episode: 0, frame: 0, at: [f64::NAN, 1.0] }];
        assert!(corners(&odd).is_empty() && corners(&[]).is_empty());
    }
}
