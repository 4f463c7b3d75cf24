//! A region from above: the stage's ground and what stands on it, the region's outline in the shown draw, handles that pull it.
//!
//! Up is away from the robot, left is its left: as the robot sees its table. While something is pulled the picture's frame
//! stands still, so that what is pulled stays under the pointer.

use eframe::egui::{self, Align2, CursorIcon, Key, Pos2, Rect, Sense, Ui, accesskit::Role, pos2, vec2};

use super::field;
use crate::app::{
    author::{
        Inspected,
        region::{self, Handle, Spot},
    },
    theme::{self, Theme},
};
use crate::family::Region;
use crate::world;

/// Height of the picture in points.
const HEIGHT: f32 = 220.0;

/// Metres to the screen.
#[derive(Clone, Copy, Debug)]
struct Ground {
    rect: Rect,
    middle: Spot,
    points_per_m: f32,
}

impl Ground {
    /// All of `spots` in `rect`, with room round them.
    fn over(rect: Rect, spots: impl Iterator<Item = Spot>) -> Self {
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for spot in spots.filter(|spot| spot.iter().all(|number| number.is_finite())) {
            for ((low, high), number) in low.iter_mut().zip(&mut high).zip(spot) {
                (*low, *high) = (low.min(number), high.max(number));
            }
        }
        if low[0] > high[0] {
            (low, high) = ([-0.5; 2], [0.5; 2]);
        }
        let wide = |axis: usize| ((high[axis] - low[axis]) * 1.12).max(0.05) as f32;
        let points_per_m = (rect.height() / wide(0)).min(rect.width() / wide(1));
        Self { rect, middle: [0.5 * (low[0] + high[0]), 0.5 * (low[1] + high[1])], points_per_m }
    }

    fn at(&self, [x, y]: Spot) -> Pos2 {
        let by = [(x - self.middle[0]) as f32, (y - self.middle[1]) as f32].map(|m| m * self.points_per_m);
        self.rect.center() - vec2(by[1], by[0])
    }

    fn spot(&self, at: Pos2) -> Spot {
        let by = (self.rect.center() - at) / self.points_per_m;
        [self.middle[0] + f64::from(by.y), self.middle[1] + f64::from(by.x)]
    }
}

/// How near to a lane's line a double click puts a point into it, in points.
const NEAR: f32 = 10.0;

/// Draws the region called `name`; what a pull or a double click on a lane makes of it, and its gesture.
pub fn picture(ui: &mut Ui, inspected: &Inspected, (name, region): (&str, &Region)) -> Option<(Region, Option<u64>)> {
    let theme = Theme::of(ui);
    let value = |name: &str| inspected.values.get(name).copied();
    let numbers = match region::numbers(region, &inspected.family, value) {
        Ok(numbers) => numbers,
        Err(why) => {
            field::told(ui, Some(&crate::app::author::Fault::whole(why)));
            return None;
        }
    };
    let is_lane = matches!(region, Region::Lane { .. });
    // A map that only looks takes no part in the tab order.
    let sense = if is_lane { Sense::CLICK } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), sense);
    super::named(&response, Role::Image, &format!("{name} from above"));
    let lines = region::outline(region, &numbers);
    let table = world::footprint(&inspected.family.stage);
    let held = ui.scope_id().with("held ground");
    let down = ui.input(|input| input.pointer.any_down());
    let kept: Option<Ground> = ui.data(|data| data.get_temp(held)).filter(|_| down);
    let ground = kept.unwrap_or_else(|| {
        Ground::over(rect.shrink(14.0), lines.iter().flatten().copied().chain(table.into_iter().flatten()))
    });
    ui.data_mut(|data| data.insert_temp(held, ground));
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, theme::CORNER, theme.canvas);
    surroundings(&painter, &theme, &ground, inspected, table);
    for (at, line) in lines.iter().enumerate() {
        let width = if is_lane && at == 2 { 1.0 } else { 1.5 };
        let points: Vec<Pos2> = line.iter().map(|spot| ground.at(*spot)).collect();
        painter.add(egui::Shape::line(points, egui::Stroke::new(width, theme.synthetic)));
    }
    for place in inspected.family.places.iter().filter(|place| place.on == name) {
        let coordinate = |axis: &str| value(&format!("{}_{axis}_m", place.name));
        if let (Some(x), Some(y)) = (coordinate("x"), coordinate("y")) {
            let at = ground.at([x, y]);
            painter.circle_filled(at, 3.5, theme.text);
            let font = theme::sans(theme::size::SMALL);
            painter.text(at + vec2(6.0, 0.0), Align2::LEFT_CENTER, &place.name, font, theme.text);
        }
    }
    scale(&painter, &theme, &ground, rect);
    if let Some(pulled) = handles(ui, &ground, region, &region::handles(region, &numbers)) {
        return Some((pulled.0, Some(pulled.1)));
    }
    let clicked = response.interact_pointer_pos().filter(|_| response.double_clicked())?;
    let split = region::split(region, ground.spot(clicked), f64::from(NEAR / ground.points_per_m));
    split.map(|new| (new, None))
}

/// The table and the canister, where the stage has them.
fn surroundings(
    painter: &egui::Painter,
    theme: &Theme,
    ground: &Ground,
    inspected: &Inspected,
    table: Option<[Spot; 2]>,
) {
    let Some([low, high]) = table else { return };
    let rect = Rect::from_two_pos(ground.at(low), ground.at(high));
    painter.rect(rect, 0, theme.raised, theme.separator(), egui::StrokeKind::Inside);
    let font = theme::sans(theme::size::SMALL);
    painter.text(rect.left_top() + vec2(6.0, 4.0), Align2::LEFT_TOP, "table", font.clone(), theme.weak);
    let row: Vec<f64> = crate::family::Columns::of(&inspected.family)
        .names()
        .map(|name| inspected.values.get(name).copied().unwrap_or(f64::NAN))
        .collect();
    let slot = |name: &str| {
        let slot = world::slots(&inspected.family.stage).iter().find(|slot| slot.name == name)?;
        let Some(bound) = inspected.family.scene.get(name) else { return Some(slot.default) };
        bound.bind(&inspected.scope, slot.unit).ok()?.number(&row).ok()
    };
    if let (Some(x), Some(y), Some(radius)) = (slot("canister_x_m"), slot("canister_y_m"), slot("canister_radius_m")) {
        let at = ground.at([x, y]);
        painter.circle(at, radius as f32 * ground.points_per_m, theme.hover, (1.0, theme.weak));
        let below = at + vec2(0.0, radius as f32 * ground.points_per_m + 1.0);
        painter.text(below, Align2::CENTER_TOP, "canister", theme::sans(10.0), theme.weak);
    }
}

/// How long a round length is, and which way the axes run.
fn scale(painter: &egui::Painter, theme: &Theme, ground: &Ground, rect: Rect) {
    let lengths = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0];
    let fits = |length: &&f64| (36.0..120.0).contains(&(**length as f32 * ground.points_per_m));
    let Some(length) = lengths.iter().find(fits) else { return };
    let from = rect.right_bottom() - vec2(10.0 + *length as f32 * ground.points_per_m, 8.0);
    let to = pos2(rect.right() - 10.0, from.y);
    painter.line_segment([from, to], (1.5, theme.weak));
    let font = theme::mono(10.0);
    let text = theme::with_unit(*length, if *length < 0.1 { 2 } else { usize::from(*length < 1.0) }, "m");
    painter.text(pos2(0.5 * (from.x + to.x), from.y - 3.0), Align2::CENTER_BOTTOM, text, font.clone(), theme.weak);
    painter.text(rect.left_bottom() + vec2(8.0, -6.0), Align2::LEFT_BOTTOM, "x up, y left", font, theme.weak);
}

fn handles(ui: &mut Ui, ground: &Ground, region: &Region, all: &[Handle]) -> Option<(Region, u64)> {
    let theme = Theme::of(ui);
    let mut out = None;
    for (at, handle) in all.iter().enumerate() {
        let centre = ground.at(handle.at);
        let hit = Rect::from_center_size(centre, vec2(16.0, 16.0));
        let sense = if handle.free { Sense::click_and_drag() } else { Sense::hover() };
        let response = ui.interact(hit, ui.scope_id().with(("spot", at)), sense);
        super::named(&response, Role::Slider, &format!("{} handle", handle.name));
        let lit = response.hovered() || response.dragged() || response.has_focus();
        let fill = if handle.free { theme.panel } else { theme.synthetic };
        ui.painter().circle(centre, if lit { 6.0 } else { 4.5 }, fill, (2.0, theme.synthetic));
        super::focus_ring(ui, &response, hit);
        let gesture = field::drag_gesture(ui, &response);
        if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) {
            out = Some((region::pulled(region, handle, ground.spot(pointer)), gesture));
        } else if let Some([x, y]) = arrows(ui, &response) {
            let to = [handle.at[0] + x, handle.at[1] + y];
            let gesture = ui.ctx().cumulative_pass_nr().wrapping_add(response.id.value());
            out = Some((region::pulled(region, handle, to), gesture));
        }
        let [x, y] = handle.at.map(theme::figures);
        let how = if handle.free { "drag, or focus and use the arrows" } else { "computed: change its field" };
        let response = response.on_hover_text(format!("{}: {x}, {y}\u{2009}m · {how}", handle.name));
        let _ = response.on_hover_cursor(if handle.free { CursorIcon::Grab } else { CursorIcon::Default });
    }
    out.filter(|(new, _)| new != region)
}

/// By how many metres the arrow keys move a handle that has the focus: a centimetre a press, Shift a millimetre.
fn arrows(ui: &Ui, response: &egui::Response) -> Option<Spot> {
    if !response.has_focus() {
        return None;
    }
    let filter = egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let by = ui.input_mut(|input| {
        let fine = input.modifiers.shift;
        let (step, mods) = if fine { (0.001, egui::Modifiers::SHIFT) } else { (0.01, egui::Modifiers::NONE) };
        let mut by = |plus, minus| {
            let pressed = |input: &mut egui::InputState, key| f64::from(u8::from(input.consume_key(mods, key)));
            step * (pressed(input, plus) - pressed(input, minus))
        };
        [by(Key::ArrowUp, Key::ArrowDown), by(Key::ArrowLeft, Key::ArrowRight)]
    });
    (by != [0.0; 2]).then_some(by)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ground_goes_there_and_back_with_away_up_and_left_left() {
        let rect = Rect::from_min_size(pos2(10.0, 20.0), vec2(300.0, 200.0));
        let ground = Ground::over(rect, [[0.0, -0.7], [0.72, 0.7]].into_iter());
        let middle = ground.at([0.36, 0.0]);
        assert!((middle - rect.center()).length() < 1e-3, "{middle:?}");
        let (away, left) = (ground.at([0.5, 0.0]), ground.at([0.36, 0.3]));
        assert!(away.y < middle.y && left.x < middle.x);
        let back = ground.spot(ground.at([0.2, -0.1]));
        assert!((back[0] - 0.2).abs() < 1e-5 && (back[1] + 0.1).abs() < 1e-5, "{back:?}");
        assert!(rect.contains(ground.at([0.0, -0.7])) && rect.contains(ground.at([0.72, 0.7])));
    }
}
