//! The ledger's last entries, newest first.

use eframe::egui::{self, Rect, Sense, Ui, pos2, vec2};

use super::{cell, cell_right, underline};
use crate::app::{
    theme::{self, Theme},
    view::LedgerRow,
};

/// Draws `rows`, newest first.
pub fn ledger(ui: &mut Ui, rows: &[LedgerRow]) {
    let theme = Theme::of(ui);
    egui::ScrollArea::vertical().id_salt("ledger").auto_shrink(false).show_rows(
        ui,
        theme::ROW,
        rows.len(),
        |ui, range| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let count = range.len();
            for row in rows.iter().rev().skip(range.start).take(count) {
                let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::hover());
                let mono = theme::mono(theme::size::SMALL);
                let sans = theme::sans(theme::size::SMALL);
                let at = |from: f32, to: f32| {
                    Rect::from_min_max(
                        pos2(rect.left() + from, rect.top()),
                        pos2((rect.left() + to).min(rect.right()), rect.bottom()),
                    )
                };
                cell(ui, at(12.0, 52.0), &format!("{:>4}", row.seq), mono.clone(), theme.weak);
                cell(ui, at(56.0, 176.0), &row.time, mono.clone(), theme.weak);
                cell(ui, at(184.0, 300.0), &row.kind, sans.clone(), theme.text);
                cell(ui, at(304.0, rect.width() - 110.0), &row.summary, sans, theme.text);
                cell_right(ui, at(rect.width() - 100.0, rect.width() - 12.0), &row.hash, mono, theme.weak);
                underline(ui, rect);
                let _ = response.on_hover_text(format!(
                    "#{} · {} · {}\n{}\n{}",
                    row.seq, row.time, row.kind, row.summary, row.hash
                ));
            }
        },
    );
}
