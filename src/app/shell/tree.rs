//! The tree on the left: families, sets, seals, with a search above.

use eframe::egui::{self, Rect, Sense, Ui, accesskit::Role, pos2, vec2};

use super::Shell;
use crate::app::{
    command, icon,
    message::{Message, Outbox},
    theme::{self, Theme},
    view::{Glyph, StudioView, TreeNode},
    widgets::{self, cell, cell_right, chip},
};

pub(super) fn tree(ui: &mut Ui, view: &StudioView, shell: &mut Shell, out: &mut Outbox) {
    egui::Frame::new().inner_margin(egui::Margin::same(8)).show(ui, |ui| {
        let edit = egui::TextEdit::singleline(&mut shell.search)
            .hint_text(format!("{}  Search", icon::MAGNIFYING_GLASS))
            .desired_width(f32::INFINITY)
            .margin(egui::Margin::symmetric(8, 5));
        let _ = ui.add(edit).accessible_name("Search the study");
    });
    if view.tree.is_empty() {
        widgets::empty::empty(ui, icon::CUBE, "No families, sets or seals yet", None, out);
        return;
    }
    egui::ScrollArea::vertical().id_salt("tree").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for node in view.tree.iter().filter(|node| shown(node, &shell.search)) {
            row(ui, node, view.selected_node.as_deref() == Some(node.id.as_str()), out);
        }
    });
}

fn shown(node: &TreeNode, search: &str) -> bool {
    search.trim().is_empty() || node.depth == 0 || command::fuzzy(search, &node.label).is_some()
}

fn row(ui: &mut Ui, node: &TreeNode, selected: bool, out: &mut Outbox) {
    let theme = Theme::of(ui);
    if node.depth == 0 {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::INPUT + 4.0), Sense::hover());
        let low = Rect::from_min_max(pos2(rect.left() + 12.0, rect.top() + 8.0), rect.max - vec2(12.0, 0.0));
        cell(ui, low, &node.label, theme::sans(theme::size::SMALL), theme.weak);
        cell_right(ui, low, &node.detail, theme::mono(theme::size::SMALL), theme.faint);
        return;
    }
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::click());
    widgets::named(&response, Role::TreeItem, &node.label);
    if selected || response.hovered() {
        let fill = if selected { theme.hover } else { theme.raised };
        ui.painter().rect_filled(rect.shrink2(vec2(4.0, 0.0)), theme::CORNER, fill);
    }
    let left = rect.left() + 12.0 + (node.depth - 1) as f32 * 16.0;
    let color = node.origin.map_or(theme.weak, |origin| chip::origin_color(&theme, origin));
    chip::paint_icon(ui, pos2(left + 7.0, rect.center().y), node.icon, theme::size::BODY, color);
    let mut right = rect.right() - 12.0;
    if node.glyph != Glyph::Idle {
        let (sign, color) = chip::glyph(&theme, node.glyph);
        chip::paint_icon(ui, pos2(right - 6.0, rect.center().y), sign, theme::size::BODY, color);
        right -= 18.0;
    }
    let detail = Rect::from_min_max(pos2(right - 72.0, rect.top()), pos2(right, rect.bottom()));
    cell_right(ui, detail, &node.detail, theme::mono(theme::size::SMALL), theme.weak);
    let used = if node.detail.is_empty() { 0.0 } else { node.detail.chars().count() as f32 * 7.5 + 6.0 };
    let label = Rect::from_min_max(pos2(left + 20.0, rect.top()), pos2(right - used, rect.bottom()));
    cell(ui, label, &node.label, theme::sans(theme::size::BODY), theme.text);
    widgets::focus_ring(ui, &response, rect.shrink2(vec2(4.0, 0.0)));
    if response.clicked() {
        out.send(Message::SelectNode(node.id.clone()));
    }
}
