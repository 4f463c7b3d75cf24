//! The picture view: zoom, pan, probe, badge. One widget for every picture, so that all behave alike.
//!
//! Several views that share one [`ViewState`] are linked. Above two screen pixels per picture pixel the pixels are
//! shown as squares. The origin's badge is always drawn.

use std::sync::Arc;

use eframe::egui::{
    self, Align2, Event, Painter, PointerButton, Pos2, Rect, Response, Sense, Ui, Vec2, accesskit::Role, pos2, vec2,
};

use super::chip;
use crate::{
    app::{
        message::Outbox,
        theme::{self, Theme},
        view::{Picture, PictureState},
    },
    base::Rgb,
};

/// Zoom and pan, shared by linked views.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ViewState {
    /// Screen points per picture pixel; 0 fits the picture.
    pub scale: f32,
    /// Picture point at the middle of the view, as a share of the picture's size.
    pub centre: Vec2,
    /// Picture pixel under the pointer.
    pub probe: Option<[u32; 2]>,
    /// True where a picture pixel is more than two screen pixels wide: then pixels are shown as squares. Written by the
    /// picture widgets; who registers a texture of the GPU chooses its filter by it.
    pub magnified: bool,
}

impl Default for ViewState {
    fn default() -> Self {
        Self { scale: 0.0, centre: vec2(0.5, 0.5), probe: None, magnified: false }
    }
}

impl ViewState {
    /// Shows the whole picture.
    pub fn fit(&mut self) {
        *self = Self { probe: self.probe, ..Self::default() };
    }

    /// One picture pixel per screen pixel.
    pub fn actual_size(&mut self, pixels_per_point: f32) {
        self.scale = 1.0 / pixels_per_point;
    }

    /// Screen points per picture pixel in a view of `view` points.
    pub fn scale_in(&self, view: Vec2, size: [u32; 2]) -> f32 {
        if self.scale > 0.0 { self.scale } else { fit_scale(view, size) }
    }

    /// Where the picture lies on screen.
    pub fn rect_in(&self, view: Rect, size: [u32; 2]) -> Rect {
        let extent = vec2(size[0] as f32, size[1] as f32) * self.scale_in(view.size(), size);
        Rect::from_min_size(view.center() - extent * self.centre, extent)
    }

    /// Zooms by `factor` and keeps the picture point under `at` where it is.
    pub fn zoom(&mut self, factor: f32, at: Pos2, view: Rect, size: [u32; 2]) {
        let before = self.rect_in(view, size);
        let anchor = (at - before.min) / before.size();
        let fit = fit_scale(view.size(), size);
        self.scale = (self.scale_in(view.size(), size) * factor).clamp(fit * 0.25, 64.0);
        let extent = vec2(size[0] as f32, size[1] as f32) * self.scale;
        self.centre = anchor - (at - view.center()) / extent;
    }

    /// Moves the picture by `delta` screen points.
    pub fn pan(&mut self, delta: Vec2, view: Rect, size: [u32; 2]) {
        let scale = self.scale_in(view.size(), size);
        self.scale = scale;
        self.centre -= delta / (vec2(size[0] as f32, size[1] as f32) * scale);
        self.centre = self.centre.clamp(vec2(0.0, 0.0), vec2(1.0, 1.0));
    }

    /// The picture pixel under `at`.
    pub fn pixel_at(&self, at: Pos2, view: Rect, size: [u32; 2]) -> Option<[u32; 2]> {
        let rect = self.rect_in(view, size);
        if !rect.contains(at) {
            return None;
        }
        let share = (at - rect.min) / rect.size();
        let at = |share: f32, length: u32| ((share * length as f32) as u32).min(length.saturating_sub(1));
        Some([at(share.x, size[0]), at(share.y, size[1])])
    }
}

fn fit_scale(view: Vec2, size: [u32; 2]) -> f32 {
    (view.x / size[0].max(1) as f32).min(view.y / size[1].max(1) as f32)
}

/// Draws `picture` in `rect` and lets the person zoom, pan and probe. One per `ui`: give each a scope of its own.
pub fn picture(ui: &mut Ui, rect: Rect, picture: &Picture, view: &mut ViewState, out: &mut Outbox) -> Response {
    steered(ui, (rect, picture), view, out, |ui, response, size, view| steer(ui, response, (rect, size), None, view))
}

/// As [`picture()`], with what the hand does to the view left to `steer`, which gets the picture's size in pixels.
pub fn steered(
    ui: &mut Ui,
    (rect, picture): (Rect, &Picture),
    view: &mut ViewState,
    out: &mut Outbox,
    steer: impl FnOnce(&Ui, &Response, [u32; 2], &mut ViewState),
) -> Response {
    let theme = Theme::of(ui);
    let id = ui.scope_id().with("picture");
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let (word, ..) = chip::origin_badge(picture.origin);
    super::named(&response, Role::Image, &format!("{word} {} {}", picture.channel, picture.caption));
    ui.painter().rect_filled(rect, 0, theme.surround);
    let Some((texture, size)) = picture.texture else {
        placeholder(ui, rect, picture, out);
        return response;
    };
    steer(ui, &response, size, view);
    probe(ui, &response, (rect, size), view);
    let painter = ui.painter_at(rect);
    view.magnified = magnified(ui, rect, size, view);
    let texture = if view.magnified { sharp(ui, picture).unwrap_or(texture) } else { texture };
    paint_texture(&painter, view.rect_in(rect, size), texture, theme::WHITE);
    overlay(ui, rect, picture, view);
    response
}

/// True where pixels of a picture of `size` in `rect` are to be shown as squares.
pub fn magnified(ui: &Ui, rect: Rect, size: [u32; 2], view: &ViewState) -> bool {
    view.scale_in(rect.size(), size) * ui.pixels_per_point() > 2.0
}

/// Textures of magnified pictures, with the pixels that they were made of: the newest few are kept.
type Sharp = Vec<(Arc<Rgb>, egui::TextureHandle)>;

/// The picture as a texture whose pixels stay squares; `None` where its pixels are not in memory.
pub fn sharp(ui: &Ui, picture: &Picture) -> Option<egui::TextureId> {
    let pixels = picture.pixels.as_ref()?;
    let id = egui::Id::unique("sharp pictures");
    let mut kept: Sharp = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    if let Some((_, texture)) = kept.iter().find(|(of, _)| Arc::ptr_eq(of, pixels)) {
        return Some(texture.id());
    }
    let texture = ui.ctx().load_texture("sharp", theme::color_image(pixels), egui::TextureOptions::NEAREST);
    let shown = texture.id();
    kept.insert(0, (Arc::clone(pixels), texture));
    kept.truncate(4);
    ui.data_mut(|data| data.insert_temp(id, kept));
    Some(shown)
}

/// Paints a whole texture into `rect`.
pub fn paint_texture(painter: &Painter, rect: Rect, texture: egui::TextureId, tint: egui::Color32) {
    painter.image(texture, rect, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), tint);
}

/// Wheel, pinch, double click and drag (with `pan`, where only that button moves it) on a view of a picture of this size in `rect`.
pub fn steer(
    ui: &Ui,
    response: &Response,
    (rect, size): (Rect, [u32; 2]),
    pan: Option<PointerButton>,
    view: &mut ViewState,
) {
    if pan.map_or(response.dragged(), |button| response.dragged_by(button)) {
        view.pan(response.drag_delta(), rect, size);
    }
    if response.double_clicked() {
        view.fit();
    }
    let Some(at) = response.hover_pos() else { return };
    let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
    let factor = pinch * (wheel / 240.0).exp2();
    if (factor - 1.0).abs() > f32::EPSILON {
        view.zoom(factor, at, rect, size);
    }
}

/// Lets the probe follow the pointer. One that rests leaves it alone: keys may have moved it.
pub fn probe(ui: &Ui, response: &Response, (rect, size): (Rect, [u32; 2]), view: &mut ViewState) {
    let Some(at) = response.hover_pos() else { return };
    let moved = ui.input(|input| input.events.iter().any(|event| matches!(event, Event::PointerMoved(_))));
    if moved || view.probe.is_none() {
        view.probe = view.pixel_at(at, rect, size);
    }
}

/// Badge, channel, caption, probe and loading sign over a picture.
pub fn overlay(ui: &mut Ui, rect: Rect, picture: &Picture, view: &ViewState) {
    let painter = ui.painter_at(rect);
    labels(&painter, rect, picture);
    readout(ui, rect, picture, view);
    match &picture.state {
        PictureState::Loading(what) => {
            let at = rect.right_top() + vec2(-8.0, 8.0);
            let label = on_picture(&painter, at, Align2::RIGHT_TOP, what, false);
            let spin = Rect::from_center_size(label.left_center() - vec2(16.0, 0.0), Vec2::splat(16.0));
            egui::Spinner::new().color(theme::WHITE).paint_at(ui, spin);
        }
        PictureState::Failed(why) => {
            on_picture(&painter, rect.center_bottom() - vec2(0.0, 36.0), Align2::CENTER_BOTTOM, why, false);
        }
        PictureState::Ready | PictureState::Empty(..) => {}
    }
}

/// The pixel under the pointer and the zoom, at the lower right.
pub fn readout(ui: &Ui, rect: Rect, picture: &Picture, view: &ViewState) {
    let painter = ui.painter_at(rect);
    if let Some(text) = view.probe.and_then(|at| probe_text(picture, at)) {
        let mut text = text;
        if let Some((_, size)) = picture.texture {
            let scale = view.scale_in(rect.size(), size) * ui.pixels_per_point();
            text.push_str(&format!("   {:.0}{}%", scale * 100.0, theme::THIN_SPACE));
        }
        // Where both do not fit beside each other, the probe stands above the caption.
        let narrow = rect.width() < 560.0 && !picture.caption.is_empty();
        let rise = if narrow { 32.0 } else { 8.0 };
        on_picture(&painter, rect.right_bottom() - vec2(8.0, rise), Align2::RIGHT_BOTTOM, &text, true);
    }
}

/// Badge, channel and caption.
pub fn labels(painter: &Painter, rect: Rect, picture: &Picture) {
    let badge = chip::paint_badge(painter, rect.min + vec2(8.0, 8.0), picture.origin);
    let beside = pos2(badge.right() + 4.0, badge.top());
    if !picture.channel.is_empty() {
        on_picture(painter, beside, Align2::LEFT_TOP, &picture.channel, false);
    }
    if !picture.caption.is_empty() {
        on_picture(painter, rect.left_bottom() + vec2(8.0, -8.0), Align2::LEFT_BOTTOM, &picture.caption, false);
    }
}

/// Where badge and channel of `picture` end in `rect`.
pub fn labels_end(painter: &Painter, rect: Rect, picture: &Picture) -> f32 {
    let channel = painter.layout_no_wrap(picture.channel.clone(), theme::sans(theme::size::SMALL), theme::WHITE);
    let plate = if picture.channel.is_empty() { 0.0 } else { channel.size().x + 16.0 };
    rect.left() + 8.0 + chip::badge_width(painter, picture.origin) + plate
}

/// Text on a dark plate, readable over any picture.
pub fn on_picture(painter: &Painter, at: Pos2, anchor: Align2, text: &str, mono: bool) -> Rect {
    let font = if mono { theme::mono(theme::size::SMALL) } else { theme::sans(theme::size::SMALL) };
    // Never wider than what it lies on.
    let room = (painter.clip_rect().width() - 28.0).max(16.0);
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, theme::WHITE);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room);
    let galley = painter.layout_job(job);
    let rect = anchor.anchor_size(at, vec2(galley.size().x + 12.0, 20.0));
    painter.rect_filled(rect, theme::CORNER, theme::ON_PICTURE);
    painter.galley(pos2(rect.left() + 6.0, rect.center().y - galley.size().y / 2.0), galley, theme::WHITE);
    rect
}

/// `"x 12 y 40  R 120 G 80 B 7"`; without colours where the pixels are not in memory.
pub fn probe_text(picture: &Picture, at: [u32; 2]) -> Option<String> {
    let mut text = format!("x {:>4}  y {:>4}", at[0], at[1]);
    let image: Option<&Rgb> = picture.pixels.as_deref();
    if let Some(image) = image.filter(|image| at[0] < image.width && at[1] < image.height) {
        let [r, g, b] = image.pixel(at[0], at[1]);
        text.push_str(&format!("   R {r:>3}  G {g:>3}  B {b:>3}"));
    }
    picture.texture.map(|_| text)
}

fn placeholder(ui: &mut Ui, rect: Rect, picture: &Picture, out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.painter().rect_filled(rect, 0, theme.canvas);
    let (icon, text, act) = match &picture.state {
        PictureState::Empty(text, act) => (crate::app::icon::IMAGE, text.as_str(), *act),
        PictureState::Failed(why) => (crate::app::icon::WARNING, why.as_str(), None),
        PictureState::Loading(what) => (crate::app::icon::IMAGE, what.as_str(), None),
        PictureState::Ready => (crate::app::icon::IMAGE, "No picture yet", None),
    };
    ui.scope_builder(egui::UiBuilder::new().max_rect(rect.shrink(16.0)), |ui| {
        super::empty::empty_primary(ui, icon, text, act, out);
    });
    if matches!(picture.state, PictureState::Loading(_)) {
        let spin = Rect::from_center_size(rect.center() + vec2(0.0, 24.0), Vec2::splat(20.0));
        egui::Spinner::new().color(theme.weak).paint_at(ui, spin);
    }
    if !matches!(picture.state, PictureState::Empty(..)) {
        labels(&ui.painter_at(rect), rect, picture);
    }
}

/// How a picture's texture is to be uploaded: smooth. Above two screen pixels per picture pixel [`sharp`] takes over.
pub fn texture_options() -> egui::TextureOptions {
    egui::TextureOptions::LINEAR
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEW: Rect = Rect { min: Pos2 { x: 100.0, y: 50.0 }, max: Pos2 { x: 500.0, y: 250.0 } };

    #[test]
    fn fit_shows_all_and_keeps_the_aspect() {
        let rect = ViewState::default().rect_in(VIEW, [640, 480]);
        assert!((rect.height() - 200.0).abs() < 1e-3 && (rect.width() - 200.0 * 4.0 / 3.0).abs() < 1e-3, "{rect:?}");
        assert!((rect.center() - VIEW.center()).length() < 1e-3, "in the middle");
    }

    #[test]
    fn zoom_keeps_the_pixel_under_the_pointer() {
        let mut view = ViewState::default();
        let at = pos2(340.0, 170.0);
        let before = view.pixel_at(at, VIEW, [640, 480]);
        view.zoom(5.0, at, VIEW, [640, 480]);
        assert_eq!(view.pixel_at(at, VIEW, [640, 480]), before);
        view.pan(vec2(10.0, 0.0), VIEW, [640, 480]);
        assert_eq!(view.pixel_at(at + vec2(10.0, 0.0), VIEW, [640, 480]), before, "it moves with the drag");
        view.fit();
        assert_eq!(view, ViewState::default());
    }

    #[test]
    fn outside_the_picture_is_no_pixel() {
        assert_eq!(ViewState::default().pixel_at(pos2(101.0, 60.0), VIEW, [640, 480]), None);
        assert_eq!(ViewState::default().pixel_at(pos2(300.0, 249.9), VIEW, [640, 480]).map(|at| at[1]), Some(479));
    }
}
