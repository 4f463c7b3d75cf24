//! What a variant has of its own over its base, part by part, each with the way back and the way to where it is edited.

use eframe::egui::{self, Rect, Sense, Ui, accesskit::Role, pos2, vec2};

use crate::app::{
    author::{Face, Inherited, Inspected, InspectorState},
    icon,
    message::{Message, Outbox},
    theme::{self, Theme},
};
use crate::family::variant::{Own, OwnKind};

/// One line above the faces of a variant: whose it is, and how much of it is its own.
pub fn line(ui: &mut Ui, inherited: &Inherited, state: &mut InspectorState, out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let wide = (ui.available_width() - 28.0).max(48.0);
        let changes = match inherited.own.len() {
            0 => "no changes".to_owned(),
            1 => format!("changes {}", inherited.own[0].path()),
            n => format!("changes {n} parts"),
        };
        let text = format!("Variant of {} · {changes}", inherited.base.id);
        let text = super::cut(ui, &text, theme::sans(theme::size::SMALL), theme.text, wide - 16.0);
        let told: Vec<String> = inherited.own.iter().map(|own| format!("{} {}", word(own.kind), own.path())).collect();
        let response = ui.add(egui::Button::new(text).frame_when_inactive(false));
        super::named(&response, Role::Button, &format!("Variant of {}, {changes}", inherited.base.id));
        if response.on_hover_text(told.join("\n")).clicked() {
            state.face = Face::Variant;
        }
        let name = format!("Show the base {}", inherited.base.id);
        if super::icon_button(ui, icon::CUBE, &name).clicked() {
            out.send(Message::SelectNode(format!("family:{}", inherited.base.id)));
        }
    });
}

fn word(kind: OwnKind) -> &'static str {
    match kind {
        OwnKind::Changed => "Changed",
        OwnKind::Added => "Only here",
        OwnKind::Removed => "Left out",
    }
}

/// Every part of its own.
pub fn parts(ui: &mut Ui, inspected: &Inspected, state: &mut InspectorState, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let Some(inherited) = &inspected.inherited else {
        ui.add(
            egui::Label::new(theme.quiet("This family is no variant. New variant… in the Edit menu makes one.")).wrap(),
        );
        return;
    };
    ui.label(theme.body(format!("Over {}", inherited.base.title)));
    let about = "Everything else is the base's and follows it. The file holds only these parts.";
    ui.add(egui::Label::new(theme.caption(about)).wrap());
    ui.add_space(8.0);
    if inherited.own.is_empty() {
        ui.label(theme.quiet("Nothing of its own yet"));
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    for own in &inherited.own {
        row(ui, own, inherited, state, out);
        // With one field only, the part's own way back is the field's.
        if own.fields.len() > 1 {
            own.fields_alone().for_each(|field| field_row(ui, (own, field), inherited, out));
        }
    }
}

/// One field of a parameter, with its way back.
fn field_row(ui: &mut Ui, (own, field): (&Own, &str), inherited: &Inherited, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::hover());
    super::cell(ui, rect.with_min_x(rect.left() + 20.0), field, theme::sans(theme::size::SMALL), theme.weak);
    let button = Rect::from_center_size(pos2(rect.right() - 14.0, rect.center().y), vec2(theme::ROW, theme::ROW));
    let told = format!("Take {field} of {} from {} again", own.key, inherited.base.id);
    if super::icon_button_in(ui, button, icon::ARROW_U_UP_LEFT, &told).on_hover_text(&told).clicked() {
        out.send(Message::Inherit { list: own.list, key: format!("{}.{field}", own.key) });
    }
}

fn row(ui: &mut Ui, own: &Own, inherited: &Inherited, state: &mut InspectorState, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let path = own.path();
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW + 4.0), Sense::click());
    super::named(&response, Role::Row, &format!("{} {path}", word(own.kind)));
    if response.hovered() {
        ui.painter().rect_filled(rect, theme::CORNER, theme.raised);
    }
    let button = Rect::from_center_size(pos2(rect.right() - 14.0, rect.center().y), vec2(theme::ROW, theme::ROW));
    let kind = Rect::from_min_max(pos2(button.left() - 76.0, rect.top()), pos2(button.left() - 6.0, rect.bottom()));
    super::cell_right(ui, kind, word(own.kind), theme::sans(theme::size::SMALL), theme.weak);
    let fields = if own.fields.is_empty() { String::new() } else { format!("  {}", own.fields.join(", ")) };
    let name = rect.with_min_x(rect.left() + 4.0).with_max_x(kind.left() - 6.0);
    let end = super::cell(ui, name, &path, theme::sans(theme::size::BODY), theme.text);
    super::cell(ui, name.with_min_x(end), &fields, theme::sans(theme::size::SMALL), theme.weak);
    super::focus_ring(ui, &response, rect);
    let told = match own.kind {
        OwnKind::Changed => format!("Take {path} from {} again", inherited.base.id),
        OwnKind::Added => format!("Remove {path}, which {} has not", inherited.base.id),
        OwnKind::Removed => format!("Bring {path} of {} back", inherited.base.id),
    };
    if super::icon_button_in(ui, button, icon::ARROW_U_UP_LEFT, &told).on_hover_text(&told).clicked() {
        out.send(Message::Inherit { list: own.list, key: own.key.clone() });
    }
    super::underline(ui, rect);
    if response.on_hover_text(format!("{path}{fields}")).clicked() {
        show(own, state, out);
    }
}

/// Leads to where a part is edited.
fn show(own: &Own, state: &mut InspectorState, out: &mut Outbox) {
    state.face = Face::of_field(own.list).unwrap_or(state.face);
    match own.list {
        "parameters" => out.send(Message::SelectParameter(own.key.clone())),
        "regions" => state.region = Some(own.key.clone()),
        _ => {}
    }
}
