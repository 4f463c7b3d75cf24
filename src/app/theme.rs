//! Every colour, size and font of the studio. No other file makes a colour.
//!
//! Surfaces are neutral grey: a tinted surround falsifies colour judgement. One hue has one meaning everywhere
//! (Okabe and Ito's palette, safe for colour-blind eyes): real, synthetic, mixed, resampled, rare, sealed.

use std::sync::Arc;

use eframe::egui::{
    self, Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, RichText, Stroke, TextStyle,
    style::WidgetVisuals, vec2,
};

/// One unit of the spacing grid, in points.
pub const GRID: f32 = 4.0;
/// Height of a table row, in points.
pub const ROW: f32 = 24.0;
/// Height of an input row, in points.
pub const INPUT: f32 = 28.0;
/// Corner radius of everything that has corners.
pub const CORNER: u8 = 4;
/// A thin space, between a number and its unit.
pub const THIN_SPACE: char = '\u{2009}';

/// Text sizes in points.
pub mod size {
    /// Captions, units, ticks.
    pub const SMALL: f32 = 12.0;
    /// Everything else.
    pub const BODY: f32 = 14.0;
    /// Titles of panes.
    pub const TITLE: f32 = 18.0;
    /// The verdict, the welcome.
    pub const HERO: f32 = 24.0;
}

/// The colours of one theme, by meaning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Theme {
    /// True on dark.
    pub dark: bool,
    /// Deepest surface: behind everything, and inputs.
    pub canvas: Color32,
    /// Panels.
    pub panel: Color32,
    /// Buttons, cards, the selected row.
    pub raised: Color32,
    /// The same under the pointer.
    pub hover: Color32,
    /// One-pixel separators.
    pub line: Color32,
    /// Text.
    pub text: Color32,
    /// Captions and units; still 4.5:1 against `panel`.
    pub weak: Color32,
    /// What is off: ticks, disabled.
    pub faint: Color32,
    /// What frames sit on: mid grey.
    pub surround: Color32,
    /// Fill of the one primary button, and the text on it.
    pub primary: Color32,
    /// Text on `primary`.
    pub on_primary: Color32,
    /// Real data.
    pub real: Color32,
    /// Synthetic data.
    pub synthetic: Color32,
    /// Real and synthetic together.
    pub mixed: Color32,
    /// Real data resampled to the same count.
    pub resampled: Color32,
    /// Failures, rare regions, weights tipped over.
    pub rare: Color32,
    /// Sealed.
    pub sealed: Color32,
    /// The null band of a plot.
    pub null_band: Color32,
    /// Reality's own (nominal) density.
    pub nominal: Color32,
}

const fn grey(level: u8) -> Color32 {
    Color32::from_rgb(level, level, level)
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// White.
pub const WHITE: Color32 = grey(255);
/// Near black, for text on a light fill.
pub const INK: Color32 = grey(20);
/// Nothing.
pub const CLEAR: Color32 = Color32::TRANSPARENT;
/// Fill of a REAL badge, in both themes.
pub const BADGE_REAL: Color32 = rgb(0x0000_72B2);
/// Fill of a SYNTHETIC badge, in both themes.
pub const BADGE_SYNTHETIC: Color32 = rgb(0x00E6_9F00);
/// Fill of a SEALED badge, in both themes.
pub const BADGE_SEALED: Color32 = rgb(0x00CC_79A7);
/// A line of sight that nothing hides, over a picture.
pub const SEEN: Color32 = rgb(0x0000_C08B);
/// Fill of a STAND-IN badge: no hue, because it is neither.
pub const BADGE_STAND_IN: Color32 = grey(222);
/// Behind text that lies on a picture.
pub const ON_PICTURE: Color32 = Color32::from_rgba_premultiplied(0, 0, 0, 170);

/// Behind rows of numbers that lie on a picture.
pub const CARD_ON_PICTURE: Color32 = Color32::from_rgba_premultiplied(0, 0, 0, 220);
/// Quiet text on such a plate.
pub const QUIET_ON_PICTURE: Color32 = grey(0xb4);
/// Three parts of a whole on such a plate, by lightness alone.
pub const STEPS_ON_PICTURE: [Color32; 3] = [grey(0x70), grey(0xa8), grey(0xe0)];

/// Dark theme.
pub const DARK: Theme = Theme {
    dark: true,
    canvas: grey(0x16),
    panel: grey(0x1f),
    raised: grey(0x2e),
    hover: grey(0x3a),
    line: grey(0x34),
    text: grey(0xe6),
    weak: grey(0xa2),
    faint: grey(0x6a),
    surround: grey(0x5c),
    primary: grey(0xe6),
    on_primary: grey(0x16),
    real: rgb(0x0056_B4E9),
    synthetic: rgb(0x00E6_9F00),
    mixed: rgb(0x0000_B889),
    resampled: rgb(0x0089_A7BD),
    rare: rgb(0x00E8_7B35),
    sealed: rgb(0x00CC_79A7),
    null_band: grey(0x55),
    nominal: rgb(0x0089_A7BD),
};

/// Light theme.
pub const LIGHT: Theme = Theme {
    dark: false,
    canvas: grey(0xe9),
    panel: grey(0xf6),
    raised: grey(0xe2),
    hover: grey(0xd4),
    line: grey(0xd2),
    text: grey(0x1c),
    weak: grey(0x5a),
    faint: grey(0x9a),
    surround: grey(0x8c),
    primary: grey(0x1c),
    on_primary: grey(0xff),
    real: rgb(0x0000_72B2),
    synthetic: rgb(0x00B9_7A00),
    mixed: rgb(0x0000_9E73),
    resampled: rgb(0x005F_7F96),
    rare: rgb(0x00C2_4E00),
    sealed: rgb(0x00A3_4F80),
    null_band: grey(0xbe),
    nominal: rgb(0x005F_7F96),
};

impl Theme {
    /// The theme that `ui` is drawn in.
    pub fn of(ui: &egui::Ui) -> Self {
        if ui.visuals().dark_mode { DARK } else { LIGHT }
    }

    /// A one-pixel separator.
    pub fn separator(&self) -> Stroke {
        Stroke::new(1.0, self.line)
    }

    /// `text` in body size.
    pub fn body(&self, text: impl Into<String>) -> RichText {
        RichText::new(text).color(self.text)
    }

    /// `text` in body size, quieter.
    pub fn quiet(&self, text: impl Into<String>) -> RichText {
        RichText::new(text).color(self.weak)
    }

    /// `text` as a caption.
    pub fn caption(&self, text: impl Into<String>) -> RichText {
        RichText::new(text).size(size::SMALL).color(self.weak)
    }

    /// `text` as the title of a pane.
    pub fn title(&self, text: impl Into<String>) -> RichText {
        RichText::new(text).size(size::TITLE).color(self.text)
    }

    /// `text` as a value, id or digest.
    pub fn value(&self, text: impl Into<String>) -> RichText {
        RichText::new(text).font(mono(size::SMALL)).color(self.text)
    }
}

/// The sans font at `size` points.
pub fn sans(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

/// The monospace font at `size` points: its figures are tabular.
pub fn mono(size: f32) -> FontId {
    FontId::new(size, FontFamily::Monospace)
}

/// A colour that was measured or that stands for a value: it means what its legend says.
pub fn exact([red, green, blue]: [u8; 3]) -> Color32 {
    Color32::from_rgb(red, green, blue)
}

/// `color` with `share` (0 to 1) of its opacity.
pub fn faded(color: Color32, share: f32) -> Color32 {
    color.gamma_multiply(share)
}

/// `number` with `decimals`, a thin space and `unit`.
pub fn with_unit(number: f64, decimals: usize, unit: &str) -> String {
    if unit.is_empty() { format!("{number:.decimals$}") } else { format!("{number:.decimals$}{THIN_SPACE}{unit}") }
}

/// `number` with about three figures, as narrow as a table column: `"0.142"`, `"−1.25"`, `"4.2e−4"`; a whole number without
/// decimals.
pub fn figures(number: f64) -> String {
    let text = match number.abs() {
        0.0 => "0".to_owned(),
        size if size >= 100.0 || size == size.trunc() => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        size if size >= 1.0 => format!("{number:.2}"),
        size if size >= 0.01 => format!("{number:.3}"),
        _ => format!("{number:.1e}"),
    };
    text.replace('-', "−")
}

/// `number` with about three figures, a thin space and `unit`.
pub fn shown(number: f64, unit: &str) -> String {
    if unit.is_empty() { figures(number) } else { format!("{}{THIN_SPACE}{unit}", figures(number)) }
}

/// `number` in groups of three (`"12 480"`).
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(THIN_SPACE);
        }
        text.push(digit);
    }
    text
}

/// A colour image from an [`crate::base::Rgb`], for a texture.
pub fn color_image(image: &crate::base::Rgb) -> egui::ColorImage {
    egui::ColorImage::from_rgb([image.width as usize, image.height as usize], &image.bytes)
}

/// Gives `ctx` our fonts and both themes. Call once when the window opens.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    ctx.set_style_of(egui::Theme::Dark, style(&DARK));
    ctx.set_style_of(egui::Theme::Light, style(&LIGHT));
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let inter = FontData::from_static(include_bytes!("../../assets/fonts/Inter-Medium.otf"));
    let phosphor = FontData::from_static(include_bytes!("../../assets/fonts/Phosphor.ttf")).tweak(egui::FontTweak {
        y_offset_factor: 0.1,
        scale: 1.1,
        ..Default::default()
    });
    fonts.font_data.insert("inter".to_owned(), Arc::new(inter));
    fonts.font_data.insert("phosphor".to_owned(), Arc::new(phosphor));
    let sans = fonts.families.entry(FontFamily::Proportional).or_default();
    sans.insert(0, "inter".to_owned());
    sans.insert(1, "phosphor".to_owned());
    fonts.families.entry(FontFamily::Monospace).or_default().insert(1, "phosphor".to_owned());
    fonts
}

fn style(theme: &Theme) -> egui::Style {
    let mut style = egui::Style { visuals: visuals(theme), animation_time: 0.08, ..egui::Style::default() };
    let text_styles = [
        (TextStyle::Small, sans(size::SMALL)),
        (TextStyle::Body, sans(size::BODY)),
        (TextStyle::Button, sans(size::BODY)),
        (TextStyle::Heading, sans(size::TITLE)),
        (TextStyle::Monospace, mono(size::SMALL)),
    ];
    style.text_styles = text_styles.into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(8.0, 4.0);
    spacing.button_padding = vec2(8.0, 4.0);
    spacing.menu_margin = Margin::same(4);
    spacing.window_margin = Margin::same(16);
    spacing.interact_size = vec2(40.0, ROW);
    spacing.indent = 16.0;
    spacing.tooltip_width = 360.0;
    spacing.scroll.floating = true;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.35;
    style
}

fn visuals(theme: &Theme) -> egui::Visuals {
    let mut visuals = if theme.dark { egui::Visuals::dark() } else { egui::Visuals::light() };
    let state = |fill: Color32, text: Color32, stroke: Stroke| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: stroke,
        corner_radius: CornerRadius::same(CORNER),
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    visuals.widgets.noninteractive = state(theme.panel, theme.text, theme.separator());
    visuals.widgets.inactive = state(theme.raised, theme.text, Stroke::NONE);
    visuals.widgets.hovered = state(theme.hover, theme.text, Stroke::NONE);
    visuals.widgets.active = state(theme.hover, theme.text, Stroke::new(1.0, theme.weak));
    visuals.widgets.open = state(theme.raised, theme.text, Stroke::NONE);
    visuals.weak_text_color = Some(theme.weak);
    visuals.selection.bg_fill = theme.hover;
    visuals.selection.stroke = Stroke::new(1.0, theme.text);
    visuals.hyperlink_color = theme.text;
    visuals.faint_bg_color = theme.panel;
    visuals.extreme_bg_color = theme.canvas;
    visuals.panel_fill = theme.panel;
    visuals.window_fill = theme.panel;
    visuals.window_stroke = theme.separator();
    visuals.window_corner_radius = CornerRadius::same(CORNER);
    visuals.menu_corner_radius = CornerRadius::same(CORNER);
    visuals.warn_fg_color = theme.rare;
    visuals.error_fg_color = theme.rare;
    visuals
}

/// The ink that is read best on `fill`.
pub fn ink_on(fill: Color32) -> Color32 {
    if contrast(INK, fill) >= contrast(WHITE, fill) { INK } else { WHITE }
}

/// How far apart two colours are, 1 to 21, as the web's accessibility guidelines count it.
fn contrast(a: Color32, b: Color32) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(color: Color32) -> f32 {
    let linear = |byte: u8| {
        let share = f32::from(byte) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_readable_and_surfaces_have_no_tint() {
        for theme in [DARK, LIGHT] {
            for surface in [theme.canvas, theme.panel, theme.raised, theme.hover, theme.surround] {
                assert!(surface.r() == surface.g() && surface.g() == surface.b(), "{surface:?} has a tint");
            }
            assert!(contrast(theme.text, theme.panel) >= 7.0, "text on panel");
            assert!(contrast(theme.weak, theme.panel) >= 4.5, "captions on panel");
            for hue in [theme.real, theme.synthetic, theme.mixed, theme.resampled, theme.rare, theme.sealed] {
                assert!(contrast(hue, theme.panel) >= 3.0, "{hue:?} on panel: {}", contrast(hue, theme.panel));
                assert!(contrast(ink_on(hue), hue) >= 4.3, "figures on {hue:?}: {}", contrast(ink_on(hue), hue));
            }
        }
        assert!(contrast(WHITE, BADGE_REAL) >= 4.5, "badge");
        assert!(contrast(INK, BADGE_SYNTHETIC) >= 4.5, "badge");
    }

    #[test]
    fn figures_stay_few_and_keep_their_sign() {
        let texts = [-0.0, 1234.5, 12.34, -1.251, 0.1416, -0.000_42, 3.0, -12.0].map(figures);
        assert_eq!(texts, ["0", "1234", "12.3", "−1.25", "0.142", "−4.2e−4", "3", "−12"]);
    }

    #[test]
    fn counts_are_grouped_from_the_right() {
        assert_eq!([0, 999, 12_480, 1_000_000].map(count), ["0", "999", "12\u{2009}480", "1\u{2009}000\u{2009}000"]);
    }
}
