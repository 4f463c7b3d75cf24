//! Two pictures held against each other: side by side, wipe, blink, overlay, difference, heat map; zoom, pan and probe linked.

use eframe::egui::{self, Color32, Pos2, Rect, Sense, TextureId, Ui, accesskit::Role, pos2, vec2};

use super::{
    divider,
    frames_map::MapLook,
    mesh,
    picture::{self, ViewState},
};
use crate::app::{
    channel::Map,
    command::Command,
    icon,
    message::Outbox,
    theme::{self, Theme},
    view::{EvidenceView, LabelsView, Picture},
};

/// How the two are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Next to each other.
    #[default]
    SideBySide,
    /// A divider between them.
    Wipe,
    /// One, then the other.
    Blink,
    /// The other half transparent over the reference.
    Overlay,
    /// Absolute difference of each channel.
    Difference,
    /// Absolute difference of luminance through a colour map.
    Heat,
    /// Next to each other, with what the domain probe sees in them.
    Evidence,
}

impl Mode {
    /// All modes with their names.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::SideBySide, "Side by side"),
        (Self::Wipe, "Wipe"),
        (Self::Blink, "Blink"),
        (Self::Overlay, "Overlay"),
        (Self::Difference, "Difference"),
        (Self::Heat, "Heat map"),
        (Self::Evidence, "Evidence"),
    ];
}

/// What the person set up for comparing; lives beside the pane, is not part of the study.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CompareState {
    /// How the two are shown.
    pub mode: Mode,
    /// Zoom, pan and probe of both.
    pub view: ViewState,
    /// Divider of the wipe, 0 (all of the other) to 1 (all of the reference).
    pub divider: f32,
    /// Opacity of the overlay.
    pub opacity: f32,
    /// True while blink shows the other.
    pub blinked: bool,
    /// Since when blink has been held, in the window's seconds.
    pub blink_since_s: Option<f64>,
    /// True until the wipe's divider has taken the keyboard's focus.
    pub take_divider: bool,
    /// Gain that the difference image was made with.
    pub gain: f32,
    /// Colours of the heat map.
    pub map: Map,
    /// Whether labels lie over the pictures.
    pub labels: bool,
    /// True where the probe tells what is lost by hiding a part, not what the part looks like.
    pub hidden: bool,
    /// How the map of frames is shown.
    pub frames: MapLook,
}

impl Default for CompareState {
    fn default() -> Self {
        let view = ViewState::default();
        Self {
            mode: Mode::SideBySide,
            view,
            divider: 0.5,
            opacity: 0.5,
            blinked: false,
            blink_since_s: None,
            take_divider: false,
            gain: 4.0,
            map: Map::Viridis,
            labels: false,
            hidden: false,
            frames: MapLook::default(),
        }
    }
}

/// Two pictures and, where there is one, the texture of their difference.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// The reference.
    pub reference: &'a Picture,
    /// What is held against it.
    pub other: &'a Picture,
    /// Difference, made by [`crate::app::difference`].
    pub difference: Option<TextureId>,
    /// What is written about the things in both, where there are labels.
    pub labels: Option<&'a [LabelsView; 2]>,
    /// What the domain probe sees.
    pub evidence: Option<&'a EvidenceView>,
    /// The colours of both sides.
    pub colors: [Color32; 2],
}

/// What can be asked of the probe, in a word and in a sentence.
const PROBED: [(bool, &str, &str); 2] = [
    (false, "Alone", "What each part looks like by itself, weighed by how well its place tells the two sets apart"),
    (true, "Hidden", "What this frame's verdict loses with the part hidden: odd things count in full"),
];

/// What there is beside the pictures.
#[derive(Clone, Copy, Debug)]
pub struct Offered {
    /// A map of frames, to be shown in place of them.
    pub map: bool,
    /// Labels, to lie over them.
    pub labels: bool,
}

/// The row of modes and their one setting, with what is offered beside the pictures.
pub fn bar(ui: &mut Ui, state: &mut CompareState, offered: Offered) {
    let maps = offered.map && state.frames.large;
    for (mode, name) in Mode::ALL {
        if super::choice(ui, state.mode == mode && !maps, name).clicked() {
            (state.mode, state.frames.large) = (mode, false);
        }
    }
    if offered.map
        && super::choice(ui, maps, "Map")
            .on_hover_text("All frames that were compared, by what they look like")
            .clicked()
    {
        state.frames.large = !maps;
    }
    if maps {
        return;
    }
    if offered.labels {
        ui.add_space(8.0);
        let word = format!("{} Labels", icon::TAG);
        let about = "What is written about the things in both frames: boxes and outlines with their classes (Shift+L)";
        if super::choice(ui, state.labels, &word).on_hover_text(about).clicked() {
            state.labels = !state.labels;
        }
    }
    let slider = match state.mode {
        Mode::Overlay => Some((&mut state.opacity, 0.0..=1.0, "Opacity")),
        Mode::Difference | Mode::Heat => Some((&mut state.gain, 1.0..=16.0, "Gain")),
        _ => None,
    };
    if let Some((value, range, name)) = slider {
        ui.add_space(8.0);
        let label = ui.label(Theme::of(ui).caption(name));
        ui.add(egui::Slider::new(value, range).max_decimals(2)).labelled_by(label.id);
    }
    if state.mode == Mode::Evidence {
        ui.add_space(8.0);
        for (hidden, word, about) in PROBED {
            if super::choice(ui, state.hidden == hidden, word).on_hover_text(about).clicked() {
                state.hidden = hidden;
            }
        }
    }
    if state.mode == Mode::Heat {
        let text = Theme::of(ui).caption(state.map.word()).color(Theme::of(ui).text);
        let chosen = egui::ComboBox::from_id_salt("heat colours").selected_text(text).width(72.0).show_ui(ui, |ui| {
            for map in Map::ALL {
                ui.selectable_value(&mut state.map, map, map.word());
            }
        });
        super::named(&chosen.response, Role::ComboBox, "Colours of the heat map");
    }
}

/// Draws `pair` in `rect`.
pub fn compare(ui: &mut Ui, rect: Rect, pair: Pair<'_>, state: &mut CompareState, out: &mut Outbox) {
    if is_beside(state, pair) {
        let middle = rect.center().x;
        let left = Rect::from_min_max(rect.min, pos2(middle - 0.5, rect.max.y));
        let right = Rect::from_min_max(pos2(middle + 0.5, rect.min.y), rect.max);
        for (side, (area, name, shown)) in
            [(left, "left", pair.reference), (right, "right", pair.other)].into_iter().enumerate()
        {
            ui.scope_builder(egui::UiBuilder::new().id_salt(name).max_rect(area), |ui| {
                let response = picture::picture(ui, area, shown, &mut state.view, out);
                if labels(ui, (area, shown), (pair, side), state, response.hover_pos()) {
                    // Nothing lies over where a picture comes from.
                    picture::labels(&ui.painter_at(area), area, shown);
                }
                if state.mode == Mode::Evidence {
                    evidence(ui, (area, shown), (pair, side), state, &response);
                }
            });
        }
        if state.mode == Mode::Evidence {
            explain(ui, rect, pair, state);
        }
        return;
    }
    in_place(ui, rect, pair, state, out);
}

/// The labels of one side over its picture; false where none are wanted or there is no picture.
fn labels(
    ui: &Ui,
    (area, shown): (Rect, &Picture),
    (pair, side): (Pair<'_>, usize),
    state: &CompareState,
    pointer: Option<Pos2>,
) -> bool {
    let (Some(labels), Some((_, size)), true) = (pair.labels, shown.texture, state.labels) else { return false };
    // In one place both pictures lie where the reference does.
    let in_place = !is_beside(state, pair);
    let frame = pair.reference.texture.filter(|_| in_place).map_or(size, |(_, size)| size);
    let at = state.view.rect_in(area, frame);
    let of_side = (&labels[side], pair.colors[side], in_place && side == 1);
    super::annotations::annotations(&ui.painter_at(area), (at, size), of_side, pointer);
    true
}

/// Whether the two stand next to each other.
fn is_beside(state: &CompareState, pair: Pair<'_>) -> bool {
    let is_chosen = matches!(state.mode, Mode::SideBySide | Mode::Evidence);
    is_chosen || pair.reference.texture.is_none() || pair.other.texture.is_none()
}

/// The probe's cells over one picture.
fn evidence(
    ui: &Ui,
    (area, shown): (Rect, &Picture),
    (pair, side): (Pair<'_>, usize),
    state: &CompareState,
    response: &egui::Response,
) {
    let (Some(view), Some((_, size))) = (pair.evidence, shown.texture) else { return };
    let painter = ui.painter_at(area);
    let over = (&painter, state.view.rect_in(area, size));
    super::evidence::cells(ui, over, (view, side), (pair.colors, state.hidden), response);
}

/// What the probe's colours mean, or why there are none.
fn explain(ui: &Ui, rect: Rect, pair: Pair<'_>, state: &CompareState) {
    let painter = ui.painter_at(rect);
    let say = |text: &str| {
        let at = rect.center_top() + vec2(0.0, 40.0);
        picture::on_picture(&painter, at, egui::Align2::CENTER_TOP, text, false);
    };
    match pair.evidence {
        None => say("There is no probe of these sets yet: Compare sets (Ctrl+D) lets it learn where they differ"),
        Some(view) => {
            super::evidence::key(&painter, rect, view, (pair.colors, state.hidden));
            if view.cells.is_none() {
                say("Looking at both frames …");
            } else if !view.about.is_empty() {
                say(&view.about);
            }
        }
    }
}

fn in_place(ui: &mut Ui, rect: Rect, pair: Pair<'_>, state: &mut CompareState, out: &mut Outbox) {
    let Some(size) = pair.reference.texture.map(|(_, size)| size) else { return };
    let response = ui.interact(rect, ui.scope_id().with("compare in place"), Sense::click_and_drag());
    super::named(&response, Role::Image, "Both pictures in one place");
    picture::steer(ui, &response, (rect, size), None, &mut state.view);
    picture::probe(ui, &response, (rect, size), &mut state.view);
    state.view.magnified = picture::magnified(ui, rect, size, &state.view);
    let (Some(reference), Some(other)) = (texture_of(ui, pair.reference, state), texture_of(ui, pair.other, state))
    else {
        return;
    };
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 0, Theme::of(ui).surround);
    let at = state.view.rect_in(rect, size);
    match state.mode {
        Mode::Wipe => {
            if wipe(ui, rect, (pair, [reference, other]), (state, response.hover_pos())) {
                out.command(Command::PlayPause);
            }
        }
        Mode::Overlay => {
            picture::paint_texture(&painter, at, reference, theme::WHITE);
            picture::paint_texture(&painter, at, other, theme::faded(theme::WHITE, state.opacity));
            both_labels(ui, rect, pair, (state, response.hover_pos()));
            picture::overlay(ui, rect, pair.reference, &state.view);
            let (word, fill, ink) = super::chip::origin_badge(pair.other.origin);
            badge_right(ui, rect, word, fill, ink);
        }
        Mode::Difference | Mode::Heat => {
            if let Some(texture) = pair.difference {
                picture::paint_texture(&painter, at, texture, theme::WHITE);
                both_labels(ui, rect, pair, (state, response.hover_pos()));
                let [one, other] =
                    [pair.reference.origin, pair.other.origin].map(|origin| super::chip::origin_badge(origin).0);
                let what = if state.mode == Mode::Heat { "luminance" } else { "" };
                let text = format!("|{one} − {other}| {what} × {:.0}", state.gain).replace("  ", " ");
                let told =
                    picture::on_picture(&painter, rect.min + vec2(8.0, 8.0), egui::Align2::LEFT_TOP, &text, false);
                if let Some(text) = resampled(pair) {
                    let at = told.left_bottom() + vec2(0.0, 4.0);
                    picture::on_picture(&painter, at, egui::Align2::LEFT_TOP, &text, false);
                }
                if state.mode == Mode::Heat {
                    key(&painter, rect, state);
                }
            } else {
                let text = "The two pictures differ in shape: choose cameras of the same proportions.";
                picture::on_picture(&painter, rect.center(), egui::Align2::CENTER_CENTER, text, false);
            }
        }
        Mode::Blink | Mode::SideBySide | Mode::Evidence => {
            let side = usize::from(state.blinked);
            let shown = if state.blinked { pair.other } else { pair.reference };
            let texture = if state.blinked { other } else { reference };
            picture::paint_texture(&painter, at, texture, theme::WHITE);
            labels(ui, (rect, shown), (pair, side), state, response.hover_pos());
            picture::overlay(ui, rect, shown, &state.view);
            if response.clicked() {
                state.blinked = !state.blinked;
            }
        }
    }
}

/// The labels of both sides where their pictures lie over each other.
fn both_labels(ui: &Ui, rect: Rect, pair: Pair<'_>, (state, pointer): (&CompareState, Option<Pos2>)) {
    for (side, shown) in [pair.reference, pair.other].into_iter().enumerate() {
        labels(ui, (rect, shown), (pair, side), state, pointer);
    }
}

/// What a person must know of a difference between pictures of different sizes.
fn resampled(pair: Pair<'_>) -> Option<String> {
    let [(_, one), (_, other)] = [pair.reference.texture?, pair.other.texture?];
    (one != other).then(|| format!("the other from {} × {} to {} × {} pixels", other[0], other[1], one[0], one[1]))
}

/// The heat map's colours with the levels at their ends, in the lower right corner.
fn key(painter: &egui::Painter, rect: Rect, state: &CompareState) {
    const WIDTH: f32 = 160.0;
    let bar = Rect::from_min_size(rect.right_bottom() - vec2(WIDTH + 16.0, 24.0), vec2(WIDTH, 8.0));
    mesh::strip(painter, bar, |share| theme::exact(state.map.colour(share)));
    let most = format!("{:.0} of 255", 255.0 / state.gain);
    picture::on_picture(painter, bar.left_top() - vec2(0.0, 4.0), egui::Align2::LEFT_BOTTOM, "0", true);
    picture::on_picture(painter, bar.right_top() - vec2(0.0, 4.0), egui::Align2::RIGHT_BOTTOM, &most, true);
}

fn badge_right(ui: &Ui, rect: Rect, word: &str, fill: Color32, ink: Color32) {
    let galley = ui.painter().layout_no_wrap(word.to_owned(), theme::sans(theme::size::SMALL), ink);
    let badge = Rect::from_min_size(
        pos2(rect.right() - galley.size().x - 20.0, rect.top() + 8.0),
        vec2(galley.size().x + 12.0, 20.0),
    );
    ui.painter().rect_filled(badge, theme::CORNER, fill);
    ui.painter().galley(pos2(badge.left() + 6.0, badge.center().y - galley.size().y / 2.0), galley, ink);
}

/// The texture at this magnification.
fn texture_of(ui: &Ui, picture: &Picture, state: &CompareState) -> Option<TextureId> {
    let (texture, _) = picture.texture?;
    Some(if state.view.magnified { picture::sharp(ui, picture).unwrap_or(texture) } else { texture })
}

/// Draws both with a divider between; true if space was pressed while the divider has the focus: it still plays.
fn wipe(
    ui: &mut Ui,
    rect: Rect,
    (pair, [reference, other]): (Pair<'_>, [TextureId; 2]),
    (state, pointer): (&mut CompareState, Option<Pos2>),
) -> bool {
    let Some((_, size)) = pair.reference.texture else { return false };
    let divided = divider::moved(ui, rect, &mut state.divider, &mut state.take_divider);
    let x = divided.x;
    let at = state.view.rect_in(rect, size);
    let left = Rect::from_min_max(rect.min, pos2(x, rect.bottom()));
    let right = Rect::from_min_max(pos2(x, rect.top()), rect.max);
    picture::paint_texture(&ui.painter_at(left), at, reference, theme::WHITE);
    picture::paint_texture(&ui.painter_at(right), at, other, theme::WHITE);
    for (side, (part, shown)) in [(left, pair.reference), (right, pair.other)].into_iter().enumerate() {
        // Where the divider stands decides what is seen, not where the picture lies.
        ui.scope_builder(egui::UiBuilder::new().id_salt(side), |ui| {
            ui.shrink_clip_rect(part);
            labels(ui, (rect, shown), (pair, side), state, pointer);
        });
        picture::labels(&ui.painter_at(part), part, shown);
    }
    divider::paint(ui, rect, &divided);
    divided.plays
}
