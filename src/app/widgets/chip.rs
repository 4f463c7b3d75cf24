//! Chips and badges: a meaning in one word, with an icon or a fill.

use eframe::egui::{Align2, Painter, Pos2, Rect, Ui, pos2, vec2};

use crate::app::{
    icon,
    theme::{self, Theme},
    view::{ArmKind, Glyph, Origin, ParameterRole, RuleState, VerdictState},
};
use eframe::egui::Color32;

/// Word, fill and text colour of an origin's badge.
pub fn origin_badge(origin: Origin) -> (&'static str, Color32, Color32) {
    match origin {
        Origin::Real => ("REAL", theme::BADGE_REAL, theme::WHITE),
        Origin::Synthetic => ("SYNTHETIC", theme::BADGE_SYNTHETIC, theme::INK),
        Origin::StandIn => ("STAND-IN", theme::BADGE_STAND_IN, theme::INK),
    }
}

/// Paints the origin's badge with its left top at `at`; returns its rectangle.
pub fn paint_badge(painter: &Painter, at: Pos2, origin: Origin) -> Rect {
    let (word, fill, text) = origin_badge(origin);
    paint_word(painter, at, word, fill, text)
}

/// How wide the origin's badge is.
pub fn badge_width(painter: &Painter, origin: Origin) -> f32 {
    let (word, _, text) = origin_badge(origin);
    painter.layout_no_wrap(word.to_owned(), theme::sans(theme::size::SMALL), text).size().x + 12.0
}

/// Paints the SEALED badge, hatched; returns its rectangle.
pub fn paint_sealed(painter: &Painter, at: Pos2) -> Rect {
    let rect = paint_word(painter, at, "SEALED", theme::BADGE_SEALED, theme::INK);
    hatch(painter, rect, theme::faded(theme::INK, 0.18));
    rect
}

fn paint_word(painter: &Painter, at: Pos2, word: &str, fill: Color32, text: Color32) -> Rect {
    let galley = painter.layout_no_wrap(word.to_owned(), theme::sans(theme::size::SMALL), text);
    let rect = Rect::from_min_size(at, vec2(galley.size().x + 12.0, 20.0));
    painter.rect_filled(rect, theme::CORNER, fill);
    painter.galley(pos2(at.x + 6.0, rect.center().y - galley.size().y / 2.0), galley, text);
    rect
}

/// Diagonal one-pixel lines over `rect`.
pub fn hatch(painter: &Painter, rect: Rect, color: Color32) {
    let painter = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
    let mut x = rect.left() - rect.height();
    while x < rect.right() {
        painter.line_segment([pos2(x, rect.bottom()), pos2(x + rect.height(), rect.top())], (1.0, color));
        x += 6.0;
    }
}

/// Colour of data from `origin`.
pub fn origin_color(theme: &Theme, origin: Origin) -> Color32 {
    match origin {
        Origin::Real => theme.real,
        Origin::Synthetic => theme.synthetic,
        Origin::StandIn => theme.weak,
    }
}

/// Colour and name of an arm.
pub fn arm(theme: &Theme, kind: ArmKind) -> (Color32, &'static str) {
    match kind {
        ArmKind::Real => (theme.real, "Real only"),
        ArmKind::Resampled => (theme.resampled, "Real, resampled"),
        ArmKind::Synthetic => (theme.synthetic, "Synthetic only"),
        ArmKind::Mixed => (theme.mixed, "Mixed"),
    }
}

/// Icon and colour of a state sign.
pub fn glyph(theme: &Theme, glyph: Glyph) -> (&'static str, Color32) {
    match glyph {
        Glyph::Idle => (icon::CIRCLE_DASHED, theme.faint),
        Glyph::Good => (icon::CHECK_CIRCLE, theme.text),
        Glyph::Attention => (icon::WARNING, theme.text),
        Glyph::Bad => (icon::X_CIRCLE, theme.rare),
        Glyph::Sealed => (icon::LOCK, theme.sealed),
    }
}

/// Icon and word of a role.
pub fn role(role: ParameterRole) -> (&'static str, &'static str) {
    match role {
        ParameterRole::Cause => (icon::LIGHTNING, "Cause"),
        ParameterRole::Nuisance => (icon::DICE_FIVE, "Nuisance"),
        ParameterRole::Sensor => (icon::VIDEO_CAMERA, "Sensor"),
    }
}

/// Icon, word and colour of a rule's state.
pub fn rule(theme: &Theme, state: RuleState) -> (&'static str, &'static str, Color32) {
    match state {
        RuleState::Passed => (icon::CHECK_CIRCLE, "Passed", theme.mixed),
        RuleState::Failed => (icon::X_CIRCLE, "Failed", theme.rare),
        RuleState::Pending => (icon::CIRCLE_DASHED, "Not run", theme.weak),
        RuleState::Unclear => (icon::QUESTION, "Unclear", theme.text),
    }
}

/// Icon, word and colour of a verdict.
pub fn verdict(theme: &Theme, state: VerdictState) -> (&'static str, &'static str, Color32) {
    match state {
        VerdictState::Open => (icon::CIRCLE_DASHED, "Not judged yet", theme.weak),
        VerdictState::Accept => (icon::CHECK_CIRCLE, "Accept", theme.mixed),
        VerdictState::Reject => (icon::X_CIRCLE, "Reject", theme.rare),
        VerdictState::Inconclusive => (icon::QUESTION, "Inconclusive", theme.text),
    }
}

/// An icon centred at `at`.
pub fn paint_icon(ui: &Ui, at: Pos2, icon: &str, size: f32, color: Color32) {
    ui.painter().text(at, Align2::CENTER_CENTER, icon, theme::sans(size), color);
}
