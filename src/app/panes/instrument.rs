//! The preview as an instrument: legends, a second channel, the probe, labels and frame times over the stage's picture.

use eframe::egui::{self, Event, Key as Press, Modifiers, Rect, Response, Ui, pos2, vec2};

use glam::DVec2;

use crate::app::{
    channel::{self, Probe},
    command::Command,
    message::{Message, Outbox},
    stage::{CloudView, Developed, Eye, Reading, StageAct},
    theme::{self, Theme},
    view::AuthorView,
    widgets::{
        self, divider, frame_times, labels, legend, marks,
        picture::{self, ViewState},
        probe,
    },
};
use crate::render::Channel;
use crate::sense::camera::lens::Lens;
use crate::world::{Camera, Mark};

/// How two channels are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// In one place, with a divider between.
    Wipe,
    /// Next to each other.
    Beside,
}

/// What the person set up to read the picture; lives beside the pane, is not part of the study.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Instrument {
    /// How a second channel is shown, where one is.
    pub split: Option<Split>,
    /// Divider of the wipe, 0 (all second) to 1 (all first).
    pub divider: f32,
    /// True until the divider has taken the keyboard's focus.
    pub take_divider: bool,
    /// The probe is on.
    pub probe: bool,
    /// The probe's key is held over the picture.
    pub held: bool,
    /// The frame times are shown.
    pub times: bool,
}

impl Default for Instrument {
    fn default() -> Self {
        Self { split: None, divider: 0.5, take_divider: false, probe: false, held: false, times: false }
    }
}

impl Instrument {
    /// Whether the values of pixels are wanted.
    pub fn probes(&self) -> bool {
        self.probe || self.held
    }

    /// From one picture to a wipe, to two beside each other, and back.
    pub fn turn_split(&mut self) {
        self.split = match self.split {
            None => Some(Split::Wipe),
            Some(Split::Wipe) => Some(Split::Beside),
            Some(Split::Beside) => None,
        };
        self.take_divider = self.split == Some(Split::Wipe);
    }
}

/// Points between two pictures beside each other.
const APART: f32 = 1.0;

/// Where the first and the second picture lie in `rect`; the second is not there without one.
pub fn places(instrument: &Instrument, reading: &Reading, rect: Rect) -> (Rect, Option<Rect>) {
    match instrument.split.filter(|_| reading.second.is_some()) {
        None => (rect, None),
        Some(Split::Wipe) => {
            let x = rect.left() + rect.width() * instrument.divider;
            (rect, Some(Rect::from_min_max(pos2(x, rect.top()), rect.max)))
        }
        Some(Split::Beside) => {
            let middle = rect.center().x;
            let left = Rect::from_min_max(rect.min, pos2(middle - APART, rect.max.y));
            (left, Some(Rect::from_min_max(pos2(middle + APART, rect.min.y), rect.max)))
        }
    }
}

/// Draws the second picture over the stage's `rect`; the response of its own, where it is not the first one's.
pub fn second(
    ui: &mut Ui,
    rect: Rect,
    (reading, size): (&Reading, [u32; 2]),
    (instrument, state): (&mut Instrument, &mut ViewState),
    out: &mut Outbox,
) -> Option<Response> {
    let shown = reading.second.as_ref()?;
    let (_, Some(place)) = places(instrument, reading, rect) else { return None };
    if instrument.split == Some(Split::Beside) {
        let scope = egui::UiBuilder::new().id_salt("second picture").max_rect(place);
        return Some(ui.scope_builder(scope, |ui| picture::picture(ui, place, shown, state, out)).inner);
    }
    let divided = divider::moved(ui, rect, &mut instrument.divider, &mut instrument.take_divider);
    let right = Rect::from_min_max(pos2(divided.x, rect.top()), rect.max);
    let painter = ui.painter_at(right);
    let texture = if state.magnified { picture::sharp(ui, shown) } else { None };
    if let Some(texture) = texture.or(shown.texture.map(|(texture, _)| texture)) {
        picture::paint_texture(&painter, state.rect_in(rect, size), texture, theme::WHITE);
    }
    // It lies where the first one's stood.
    picture::readout(ui, rect, shown, state);
    divider::paint(ui, rect, &divided);
    if divided.plays {
        out.command(Command::PlayPause);
    }
    None
}

/// Labels, legends, frame times and the probe over the pictures, drawn last.
pub fn over(
    ui: &mut Ui,
    rect: Rect,
    (view, camera): (&AuthorView, &Camera),
    (instrument, state): (&mut Instrument, &mut ViewState),
    responses: (&Response, Option<&Response>),
    out: &mut Outbox,
) {
    let reading = &view.stage.reading;
    let (first, second) = places(instrument, reading, rect);
    let size = [camera.width_px, camera.height_px];
    let beside = second.filter(|_| instrument.split == Some(Split::Beside));
    let views = [Some((first, responses.0)), beside.zip(responses.1)];
    let wiped = second.filter(|_| instrument.split == Some(Split::Wipe));
    let eye = |place: Rect, lens: Lens| Eye { camera: *camera, lens, area: state.rect_in(place, size) };
    for ((place, response), lens) in views.iter().flatten().zip([reading.lens(), Lens::PINHOLE]) {
        // A picture that is wiped over one through a lens has its labels where a pinhole has them.
        let over = wiped.filter(|_| !lens.is_pinhole());
        let own = over.map_or(*place, |right| place.with_max_x(right.left()));
        labels::paint(&ui.painter_at(own), &eye(*place, lens), &reading.strokes, response.hover_pos());
        if let Some(right) = over {
            labels::paint(&ui.painter_at(right), &eye(*place, Lens::PINHOLE), &reading.strokes, response.hover_pos());
        }
    }
    let clouds = view.stage.clouds.as_ref().filter(|clouds| clouds.on);
    let said = clouds.map_or(&[][..], |clouds| &clouds.said);
    let shown = view.stage.marks.iter().filter(|mark| view.stage.layers.contains(&mark.layer));
    let sensed = marks::said(&shown.collect::<Vec<&Mark>>());
    let rows: Vec<&String> = reading.events.iter().chain(said).chain(&sensed).collect();
    labels::rows(&ui.painter_at(first), first.min + vec2(8.0, 44.0), &rows);
    legends(ui, (first.with_min_y(first.top() + 24.0 * rows.len() as f32), second), (reading, clouds), out);
    if let Some(place) = second {
        choose(ui, place, reading, out);
    }
    if instrument.times {
        let top = 44.0 + 24.0 * rows.len() as f32;
        frame_times::graph(ui, rect.min + vec2(8.0, top), &reading.adapter, &reading.took);
    }
    probes(ui, (&views, wiped), (reading, camera), (instrument, state));
}

/// The legend of each picture in its lower corner, above its caption.
fn legends(
    ui: &mut Ui,
    (first, second): (Rect, Option<Rect>),
    (reading, clouds): (&Reading, Option<&CloudView>),
    out: &mut Outbox,
) {
    const CAPTION: f32 = 36.0;
    const BAR: f32 = 48.0;
    let room = first.height() - CAPTION - BAR;
    let [one, other] = &reading.keys;
    let at = first.left_bottom() + vec2(8.0, -CAPTION);
    let plate = legend::legend(ui, (at, false), room, (one, &reading.look), out);
    if let Some(CloudView { by, shown: Some(shown), .. }) = clouds
        && let Some(key) = shown.key(*by)
    {
        let beside = plate.map_or(at, |plate| plate.right_bottom() + vec2(8.0, 0.0));
        legend::clouds(ui, beside, room, &key);
    }
    if let Some(place) = second {
        // The line of the pointer's pixel lies below it.
        let at = place.right_bottom() - vec2(8.0, 2.0 * CAPTION - 8.0);
        legend::legend(ui, (at, true), room - CAPTION, (other, &reading.look), out);
    }
}

/// What the second picture shows, at its upper left.
fn choose(ui: &mut Ui, place: Rect, reading: &Reading, out: &mut Outbox) {
    let at = Rect::from_min_size(place.min + vec2(16.0, 44.0), vec2(112.0, theme::ROW)).intersect(ui.max_rect());
    ui.scope_builder(egui::UiBuilder::new().max_rect(at).id_salt("second channel"), |ui| {
        let now = channel::word(reading.second_channel);
        let text = Theme::of(ui).caption(now).color(Theme::of(ui).text);
        let chosen = egui::ComboBox::from_id_salt("second").selected_text(text).width(104.0).show_ui(ui, |ui| {
            for channel in Channel::ALL {
                if ui.selectable_label(channel == reading.second_channel, channel::word(channel)).clicked() {
                    out.send(Message::Stage(StageAct::Second(channel)));
                }
            }
        });
        widgets::named(&chosen.response, egui::accesskit::Role::ComboBox, "Second channel");
    });
}

/// Where the first picture lies and, beside it, the second, each with what the hand does there.
type Views<'a> = [Option<(Rect, &'a Response)>; 2];

/// Takes in the probe's key and the arrows, and draws the card of the pixel in the view that the pointer is over. Where the second
/// picture is `wiped` over the first, what lies there is the second's.
fn probes(
    ui: &mut Ui,
    (views, wiped): (&Views<'_>, Option<Rect>),
    (reading, camera): (&Reading, &Camera),
    (instrument, state): (&mut Instrument, &mut ViewState),
) {
    let size = [camera.width_px, camera.height_px];
    let over = views.iter().flatten().find(|(_, response)| response.hovered());
    let held = over.is_some() && ui.input(|input| input.modifiers.alt);
    if held != instrument.held {
        instrument.held = held;
        ui.ctx().request_repaint();
    }
    if !instrument.probes() {
        return;
    }
    let Some((place, response)) = over.or(views[0].as_ref()) else { return };
    if response.clicked() {
        response.request_focus();
    }
    arrows(ui, response, size, state);
    let Some(pixel) = state.probe else { return };
    let area = state.rect_in(*place, size);
    let at = area.min + vec2(pixel[0] as f32 + 0.5, pixel[1] as f32 + 0.5) * (area.width() / size[0].max(1) as f32);
    let second = views[1].is_some_and(|(own, _)| own == *place) || wiped.is_some_and(|right| at.x > right.left());
    let developed = reading.developed.as_ref().filter(|_| !second);
    let lens = developed.map_or(Lens::PINHOLE, |developed| developed.lens);
    let Some(probe) = probed(reading, developed, (&Eye { camera: *camera, lens, area }, pixel)) else { return };
    let colour = |x: i64, y: i64| {
        let inside = (0..i64::from(size[0])).contains(&x) && (0..i64::from(size[1])).contains(&y);
        let (Some(exact), true) = (&reading.exact, inside) else { return None };
        Some(match developed {
            Some(developed) => developed.pixels.pixel(x as u32, y as u32),
            None => reading.keys[usize::from(second)].colour(exact, (y * i64::from(size[0]) + x) as usize),
        })
    };
    probe::card(ui, *place, at, &probe, colour);
    if ui.input(|input| input.events.contains(&Event::Copy)) {
        ui.copy_text(probe.text());
    }
}

/// What is known of `pixel` of the picture that `eye` shows.
fn probed(reading: &Reading, developed: Option<&Developed>, (eye, pixel): (&Eye, [u32; 2])) -> Option<Probe> {
    let exact = reading.exact.as_ref()?;
    let Some(Developed { pixels, .. }) = developed else { return Probe::at(exact, pixel) };
    let is_inside = pixel[0] < pixels.width && pixel[1] < pixels.height;
    let colour = is_inside.then(|| pixels.pixel(pixel[0], pixel[1]))?;
    let middle = DVec2::new(f64::from(pixel[0]) + 0.5, f64::from(pixel[1]) + 0.5);
    Some(Probe::through(exact, (pixel, colour), eye.pinhole_px(middle)))
}

/// While the picture has the keyboard's focus, arrows move the probe by a pixel, with shift by ten.
fn arrows(ui: &Ui, response: &Response, size: [u32; 2], state: &mut ViewState) {
    if !response.has_focus() {
        return;
    }
    let filter = egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, ..egui::EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let mut by = [0_i64; 2];
    ui.input_mut(|input| {
        for (modifiers, step) in [(Modifiers::SHIFT, 10), (Modifiers::NONE, 1)] {
            let mut pressed = |key| i64::from(input.consume_key(modifiers, key)) * step;
            by[0] += pressed(Press::ArrowRight) - pressed(Press::ArrowLeft);
            by[1] += pressed(Press::ArrowDown) - pressed(Press::ArrowUp);
        }
    });
    if by != [0, 0] {
        let from = state.probe.unwrap_or([size[0] / 2, size[1] / 2]);
        let moved = |at: usize| (i64::from(from[at]) + by[at]).clamp(0, i64::from(size[at].max(1)) - 1) as u32;
        state.probe = Some([moved(0), moved(1)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_turns_and_its_pictures_share_the_place() {
        let mut instrument = Instrument::default();
        let rect = Rect::from_min_size(pos2(10.0, 20.0), vec2(600.0, 400.0));
        let mut reading = Reading::default();
        instrument.turn_split();
        assert_eq!(instrument.split, Some(Split::Wipe));
        assert_eq!(places(&instrument, &reading, rect), (rect, None), "the second is not there yet");
        reading.second = Some(crate::app::view::Picture {
            texture: None,
            origin: crate::app::view::Origin::default(),
            channel: String::new(),
            caption: String::new(),
            state: crate::app::view::PictureState::default(),
            pixels: None,
        });
        instrument.divider = 0.25;
        let (first, second) = places(&instrument, &reading, rect);
        assert_eq!((first, second.unwrap().left()), (rect, 160.0));
        instrument.turn_split();
        let (first, second) = places(&instrument, &reading, rect);
        let second = second.unwrap();
        assert!(first.width() == second.width() && first.right() < second.left());
        instrument.turn_split();
        assert_eq!(instrument.split, None);
    }
}
