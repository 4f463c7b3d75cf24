//! What the colours of a picture mean, on a plate over its corner: a bar with numbers, a wheel, a ball, or names.
//!
//! Every colour comes from `channel::paint`, which painted the picture too.

use eframe::egui::{self, Align2, Color32, Mesh, Painter, Pos2, Rect, Stroke, Ui, Vec2, pos2, vec2};
use glam::{DQuat, DVec3};

use crate::app::{
    channel::{
        Key, Look, Map, Named, Spread,
        paint::{depth_colour, flow_colour, normal_colour, reflectance_colour},
        scale::Scale,
    },
    icon,
    message::{Message, Outbox},
    stage::{StageAct, clouds::CloudKey},
    theme::{self, figures},
};
use crate::sense::camera::exposure::{srgb, srgb_light};

const ROW: f32 = 18.0;
const PAD: f32 = 8.0;
/// Radius of wheel and ball in points.
const ROUND: f32 = 40.0;
/// Names that are listed at most.
const NAMES: usize = 10;
/// Points from a bar's left edge to its numbers, and from a chip's to its name.
const TICKS: f32 = 22.0;
const CHIP: f32 = 18.0;
/// Names are cut so that no list is wider.
const WIDEST: f32 = 148.0;
/// Points that the button of the settings takes beside a title.
const BUTTON: f32 = 20.0;
/// Reflectances that are told.
const REFLECTANCES: [f32; 5] = [0.0, 0.05, 0.2, 0.5, 1.0];

/// Draws the legend of `key` with its lower left corner (its lower right one if `right`) at `at`, no higher than `room` points; what
/// the person chooses goes to `out`. Where its plate lies.
pub fn legend(
    ui: &mut Ui,
    (at, right): (Pos2, bool),
    room: f32,
    (key, look): (&Key, &Look),
    out: &mut Outbox,
) -> Option<Rect> {
    let (title, size) = measured(key, room, &|text| wide(ui.painter(), text))?;
    let (plate, body) = plate(ui, (at, right), &title, size);
    if is_set(key) {
        let button = Rect::from_min_size(pos2(plate.right() - 26.0, plate.top() + 4.0), vec2(22.0, 22.0));
        ui.scope_builder(egui::UiBuilder::new().max_rect(button).id_salt(("legend", right)), |ui| {
            settings(ui, (key, look), out);
        });
    }
    let painter = ui.painter_at(plate);
    match key {
        Key::Colour => {}
        Key::Depth(map, scale) => {
            let ticks = scale.ticks(ROW / body.height().max(ROW));
            let ticks: Vec<(f32, String)> = ticks.iter().map(|m| (scale.share(*m), number(*m))).collect();
            bar(&painter, body, |share| depth_colour(*map, scale, scale.value(share)), &ticks);
        }
        Key::Reflectance => {
            let ticks = REFLECTANCES.map(|share| (srgb(f64::from(share)) as f32, number(share)));
            // As the picture's bytes come: roots of reflectances.
            let root = |share: f32| (srgb_light(f64::from(share)).sqrt() * 255.0 + 0.5) as u8;
            bar(&painter, body, |share| [reflectance_colour(root(share)); 3], &ticks);
        }
        Key::Flow(top_px) => wheel(&painter, body, *top_px),
        Key::Normal(world_from_camera) => ball(&painter, body, *world_from_camera),
        Key::Instances(all) | Key::Classes(all) => names(&painter, body, all),
    }
    Some(plate)
}

/// Draws the legend of what lidars and radars met, with its lower left corner at `at`, no higher than `room` points.
pub fn clouds(ui: &Ui, at: Pos2, room: f32, key: &CloudKey) {
    let CloudKey { title, scale, colour } = *key;
    let high = (room - 2.0 * PAD - ROW).clamp(2.0 * ROW, 132.0);
    let ticks: Vec<(f32, String)> =
        scale.ticks(ROW / high).iter().map(|value| (scale.share(*value), number(*value))).collect();
    let widest =
        ticks.iter().map(|(_, text)| TICKS + wide(ui.painter(), text)).fold(wide(ui.painter(), title), f32::max);
    let (plate, body) = plate(ui, (at, false), title, vec2(widest.ceil(), high));
    bar(&ui.painter_at(plate), body, colour, &ticks);
}

fn wide(painter: &Painter, text: &str) -> f32 {
    painter.layout_no_wrap(text.to_owned(), theme::sans(theme::size::SMALL), theme::WHITE).size().x
}

/// The plate of a legend with its title; where it lies, and where its body of `size` points does.
fn plate(ui: &Ui, (at, right): (Pos2, bool), title: &str, size: Vec2) -> (Rect, Rect) {
    let anchor = if right { Align2::RIGHT_BOTTOM } else { Align2::LEFT_BOTTOM };
    let plate = anchor.anchor_size(at, size + vec2(2.0 * PAD, 2.0 * PAD + ROW));
    ui.painter().rect_filled(plate, theme::CORNER, theme::CARD_ON_PICTURE);
    let inner = plate.shrink(PAD);
    words(ui.painter(), inner.left_top() + vec2(0.0, 0.5 * ROW), Align2::LEFT_CENTER, title);
    (plate, inner.with_min_y(inner.top() + ROW))
}

/// Title and size in points of what a key shows, as narrow as its words, which are `wide` points each; `None` where colours speak
/// for themselves.
fn measured(key: &Key, room: f32, wide: &dyn Fn(&str) -> f32) -> Option<(String, Vec2)> {
    let high = (room - 2.0 * PAD - ROW).max(2.0 * ROW);
    let round = 2.0 * ROUND + 24.0;
    let widest = |texts: &mut dyn Iterator<Item = String>| texts.map(|text| wide(&text)).fold(0.0, f32::max);
    let (title, size) = match key {
        Key::Colour => return None,
        Key::Depth(_, scale) => {
            let spread = match scale.spread {
                Spread::Log => "log",
                Spread::Linear => "linear",
                Spread::Inverse => "inverse",
            };
            let high = high.min(132.0);
            let ticks = scale.ticks(ROW / high);
            (format!("Depth, m · {spread}"), vec2(TICKS + widest(&mut ticks.into_iter().map(number)), high))
        }
        Key::Reflectance => {
            let ticks = widest(&mut REFLECTANCES.into_iter().map(number));
            ("Reflectance".to_owned(), vec2(TICKS + ticks, high.min(100.0)))
        }
        Key::Flow(top_px) => {
            let ticks = widest(&mut [0.5 * top_px, *top_px].into_iter().map(number));
            ("Motion to next, px".to_owned(), vec2(2.0 * ROUND + 12.0 + ticks, round))
        }
        Key::Normal(_) => ("World normals".to_owned(), Vec2::splat(round)),
        Key::Instances(all) | Key::Classes(all) => {
            let of = if matches!(key, Key::Classes(_)) { "Classes" } else { "Instances" };
            let rows = rows_in(all, high);
            let names = widest(&mut all.iter().take(rows).map(|named| named.name.clone()));
            (format!("{of} in the picture"), vec2((CHIP + names).min(WIDEST), ROW * rows as f32))
        }
    };
    let heading = wide(&title) + if is_set(key) { BUTTON } else { 0.0 };
    Some((title, vec2(size.x.max(heading).ceil(), size.y)))
}

/// Whether there is something to choose about it.
fn is_set(key: &Key) -> bool {
    matches!(key, Key::Depth(..) | Key::Flow(_))
}

/// Rows of names in `high` points, the one that counts the rest included.
fn rows_in(all: &[Named], high: f32) -> usize {
    all.len().min(NAMES + 1).min(((high / ROW) as usize).max(1))
}

fn words(painter: &Painter, at: Pos2, anchor: Align2, text: &str) {
    painter.text(at, anchor, text, theme::sans(theme::size::SMALL), theme::WHITE);
}

/// A number of a legend: three figures at most, without zeros that say nothing.
fn number(value: f32) -> String {
    let text = figures(f64::from((value * 1000.0).round() / 1000.0));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// An upright bar: its foot is 0, and each row has the colour of its middle.
fn bar(painter: &Painter, rect: Rect, colour: impl Fn(f32) -> [u8; 3], ticks: &[(f32, String)]) {
    let rect = rect.shrink2(vec2(0.0, 5.0));
    let rail = Rect::from_min_size(rect.min, vec2(14.0, rect.height()));
    let rows = rail.height().max(1.0) as usize;
    // A mesh, whose edges are not feathered: rows that blend with the plate would be darker than the picture.
    let mut mesh = Mesh::default();
    let edge = |row: usize| rail.bottom() - row as f32 * rail.height() / rows as f32;
    for row in 0..rows {
        let share = (row as f32 + 0.5) / rows as f32;
        let row = Rect::from_min_max(pos2(rail.left(), edge(row + 1)), pos2(rail.right(), edge(row)));
        mesh.add_colored_rect(row, theme::exact(colour(share)));
    }
    painter.add(mesh);
    for (share, text) in ticks {
        let y = rail.bottom() - share * rail.height();
        painter.hline(rail.right()..=rail.right() + 4.0, y, Stroke::new(1.0, theme::WHITE));
        words(painter, pos2(rail.left() + TICKS, y), Align2::LEFT_CENTER, text);
    }
}

/// A disc of rings and sectors whose corners have the colour that `colour` gives for a point of the unit disc.
fn disc(painter: &Painter, centre: Pos2, colour: impl Fn([f32; 2]) -> [u8; 3]) {
    const RINGS: u32 = 12;
    const SECTORS: u32 = 60;
    let mut mesh = Mesh::default();
    for ring in 0..=RINGS {
        for sector in 0..=SECTORS {
            let (sin, cos) = (std::f32::consts::TAU * sector as f32 / SECTORS as f32).sin_cos();
            let away = ring as f32 / RINGS as f32;
            let at = [cos * away, sin * away];
            mesh.colored_vertex(centre + vec2(at[0], at[1]) * ROUND, theme::exact(colour(at)));
        }
    }
    let corner = |ring: u32, sector: u32| ring * (SECTORS + 1) + sector;
    for (ring, sector) in (0..RINGS).flat_map(|ring| (0..SECTORS).map(move |sector| (ring, sector))) {
        let [a, b] = [corner(ring, sector), corner(ring, sector + 1)];
        let [c, d] = [corner(ring + 1, sector), corner(ring + 1, sector + 1)];
        mesh.add_triangle(a, b, c);
        mesh.add_triangle(b, c, d);
    }
    painter.add(mesh);
}

/// The colours of motion, with rings at half and at full speed.
fn wheel(painter: &Painter, rect: Rect, top_px: f32) {
    let centre = rect.left_center() + vec2(ROUND + 4.0, 0.0);
    disc(painter, centre, |[x, y]| flow_colour(1.0, [x, y]));
    for (share, text) in [(0.5, number(0.5 * top_px)), (1.0, number(top_px))] {
        painter.circle_stroke(centre, ROUND * share, Stroke::new(1.0, theme::ON_PICTURE));
        let foot = centre + vec2(ROUND * share, 0.0);
        painter.vline(foot.x, centre.y..=centre.y + 6.0, Stroke::new(1.0, theme::INK));
        let from = if share < 1.0 { centre + vec2(ROUND + 8.0, 14.0) } else { centre + vec2(ROUND + 8.0, -6.0) };
        words(painter, from, Align2::LEFT_CENTER, &text);
    }
}

/// A ball as the picture's camera sees it, with the world's axes.
fn ball(painter: &Painter, rect: Rect, world_from_camera: DQuat) {
    let centre = rect.center();
    disc(painter, centre, |[x, y]| {
        let ahead = -(1.0 - x * x - y * y).max(0.0).sqrt();
        normal_colour(
            (world_from_camera * DVec3::new(f64::from(x), f64::from(y), f64::from(ahead))).as_vec3().to_array(),
        )
    });
    for (axis, name) in [(DVec3::X, "x"), (DVec3::Y, "y"), (DVec3::Z, "z")] {
        let seen = world_from_camera.inverse() * axis;
        let tip = vec2(seen.x as f32, seen.y as f32);
        // Those that point away lie behind the ball.
        let share = if seen.z > 0.0 { 0.4 } else { 1.0 };
        let ink = theme::faded(theme::INK, share);
        painter.line_segment([centre, centre + tip * ROUND], Stroke::new(2.0, ink));
        let at = centre + tip * (ROUND + if tip.length() > 0.5 { 8.0 } else { 0.0 });
        let ink = if tip.length() > 0.5 { theme::WHITE } else { theme::INK };
        painter.text(at, Align2::CENTER_CENTER, name, theme::sans(theme::size::SMALL), ink);
    }
}

/// Chips with names, those that cover most first.
fn names(painter: &Painter, rect: Rect, all: &[Named]) {
    let rows = rows_in(all, rect.height() + 1.0);
    let more = all.len() - rows;
    for (row, named) in all.iter().take(rows).enumerate() {
        let at = rect.left_top() + vec2(0.0, ROW * (row as f32 + 0.5));
        if more > 0 && row + 1 == rows {
            words(painter, at, Align2::LEFT_CENTER, &format!("and {} more", more + 1));
            break;
        }
        let chip = Rect::from_center_size(at + vec2(6.0, 0.0), Vec2::splat(11.0));
        painter.rect_filled(chip, 2, theme::exact(named.colour));
        let font = theme::sans(theme::size::SMALL);
        let mut job = egui::text::LayoutJob::simple_singleline(named.name.clone(), font, theme::WHITE);
        job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width() - CHIP);
        let galley = painter.layout_job(job);
        painter.galley(at + vec2(CHIP, -0.5 * galley.size().y), galley, theme::WHITE);
    }
}

/// A small menu of map, spread and range.
fn settings(ui: &mut Ui, (key, look): (&Key, &Look), out: &mut Outbox) {
    ui.spacing_mut().button_padding = vec2(3.0, 2.0);
    let text = egui::RichText::new(icon::SLIDERS).color(theme::WHITE);
    let stays = egui::containers::menu::MenuConfig::new().close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
    let button = egui::containers::menu::MenuButton::from_button(egui::Button::new(text).fill(Color32::TRANSPARENT));
    let (response, _) = button.config(stays).ui(ui, |ui| {
        let mut chosen = *look;
        match key {
            Key::Depth(_, scale) => depth_settings(ui, &mut chosen, scale),
            Key::Flow(top_px) => {
                let mut follows = chosen.flow_px.is_none();
                ui.checkbox(&mut follows, "Scale of the picture");
                chosen.flow_px = if follows { None } else { Some(chosen.flow_px.unwrap_or(*top_px)) };
                if let Some(px) = &mut chosen.flow_px {
                    metres(ui, px, "Full colour at", " px");
                }
            }
            _ => {}
        }
        if chosen != *look {
            out.send(Message::Stage(StageAct::Look(chosen)));
        }
    });
    super::named(&response, egui::accesskit::Role::Button, "Colours and range");
    let _ = response.on_hover_text("Colours and range");
}

fn depth_settings(ui: &mut Ui, chosen: &mut Look, scale: &Scale) {
    super::heading(ui, "Colours");
    for map in Map::ALL {
        ui.radio_value(&mut chosen.map, map, map.word());
    }
    super::heading(ui, "Spread");
    for spread in Spread::ALL {
        ui.radio_value(&mut chosen.spread, spread, spread.word());
    }
    super::heading(ui, "Range");
    let mut follows = chosen.depth_m.is_none();
    ui.checkbox(&mut follows, "Range of the picture");
    chosen.depth_m = if follows { None } else { Some(chosen.depth_m.unwrap_or([scale.low, scale.high])) };
    if let Some([near, far]) = &mut chosen.depth_m {
        metres(ui, near, "Near", " m");
        metres(ui, far, "Far", " m");
        *far = far.max(*near * 1.05);
    }
}

fn metres(ui: &mut Ui, value: &mut f32, name: &str, unit: &str) {
    ui.horizontal(|ui| {
        let label = ui.label(name);
        let speed = (*value * 0.02).max(0.001);
        let drag = egui::DragValue::new(value).range(0.01..=100_000.0).speed(speed).max_decimals(3).suffix(unit);
        ui.add(drag).labelled_by(label.id);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_long_lists_are_counted() {
        assert_eq!([0.2, 1.0, 1.5, 30.0, 200.0, 0.05].map(number), ["0.2", "1", "1.5", "30", "200", "0.05"]);
        let named = Named { id: 1, name: "thing".to_owned(), colour: [0; 3], area_px: 1 };
        assert_eq!(rows_in(&vec![named.clone(); 40], 900.0), NAMES + 1);
        assert_eq!(rows_in(&vec![named.clone(); 40], 60.0), 3, "a low picture");
        assert_eq!(rows_in(&[named], 900.0), 1);
        assert!(measured(&Key::Colour, 300.0, &|_| 0.0).is_none());
    }

    #[test]
    fn a_plate_is_as_wide_as_its_words() {
        let wide = |text: &str| 6.0 * text.chars().count() as f32;
        let width = |key: &Key| measured(key, 300.0, &wide).expect("a plate").1.x;
        let named = |name: &str| vec![Named { id: 1, name: name.to_owned(), colour: [0; 3], area_px: 1 }];
        assert_eq!(width(&Key::Reflectance), wide("Reflectance"), "the title is wider than its numbers");
        let classes = wide("Classes in the picture");
        assert_eq!(width(&Key::Classes(named("car"))), classes);
        assert_eq!(width(&Key::Classes(named("a name with 26 letters, you"))), WIDEST, "and then it is cut");
        let scale = Scale::new([0.5, 8.0], Spread::Linear);
        assert_eq!(width(&Key::Depth(Map::Turbo, scale)), wide("Depth, m · linear") + BUTTON);
        assert_eq!(
            width(&Key::Flow(1234.0)),
            (2.0 * ROUND + 12.0 + wide("1234")).max(wide("Motion to next, px") + BUTTON)
        );
    }
}
