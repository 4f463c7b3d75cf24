//! How far a job is: small in the top bar, and on the page that waits for it.

use eframe::egui::{self, Rect, Ui, accesskit::Role, pos2, vec2};

use crate::app::{
    jobs::JobLine,
    message::{Message, Outbox},
    theme::{self, Theme},
};

/// A job across the page that waits for it: what it does, how far it is, how long it takes, cancel.
pub fn progress(ui: &mut Ui, job: &JobLine, out: &mut Outbox) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        let wide = (ui.available_width() - 88.0).max(48.0);
        let (rect, response) = ui.allocate_exact_size(vec2(wide, 36.0), egui::Sense::hover());
        super::named(&response, Role::ProgressIndicator, &format!("{} progress", job.title));
        let text = rect.with_max_y(rect.top() + 24.0);
        super::cell_right(ui, text, &share_of(job), theme::mono(theme::size::SMALL), theme.text);
        let line = line(job);
        let left = text.with_max_x(rect.right() - 56.0);
        super::cell(ui, left, &line, theme::sans(theme::size::SMALL), theme.text);
        rail(ui, rect, job);
        let _ = response.on_hover_text(line);
        let cancel = egui::Button::new("Cancel").min_size(vec2(72.0, theme::INPUT));
        if ui.add_enabled(!job.stopping, cancel).clicked() {
            out.send(Message::CancelJob(job.id));
        }
    });
}

/// How far `job` is, along the bottom of `rect`.
pub fn rail(ui: &Ui, rect: Rect, job: &JobLine) {
    let theme = Theme::of(ui);
    let rail = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 6.0), pos2(rect.right(), rect.bottom() - 3.0));
    ui.painter().rect_filled(rail, 1, theme.raised);
    let done = rail.with_max_x(rail.left() + rail.width() * job.share.unwrap_or(0.0).clamp(0.0, 1.0));
    ui.painter().rect_filled(done, 1, theme.text);
}

/// What it does now, and how far it is.
pub fn line(job: &JobLine) -> String {
    let parts = [stage_of(job).to_owned(), counted(job)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// `"62 %"`, or `"…"` where the total is not known.
pub fn share_of(job: &JobLine) -> String {
    job.share.map_or_else(|| "…".to_owned(), |share| theme::with_unit(f64::from(share) * 100.0, 0, "%"))
}

/// What it does now.
pub fn stage_of(job: &JobLine) -> &str {
    match job.step.stage.as_str() {
        _ if job.stopping => "Stopping",
        "" => "Starting",
        stage => stage,
    }
}

/// `"2 480 of 4 000 · 2 min left · 2 notes"`; only what is known.
pub fn counted(job: &JobLine) -> String {
    let mut text = theme::count(job.step.done);
    if job.step.total == 0 && job.step.done == 0 {
        text.clear();
    } else if job.step.total > 0 {
        text.push_str(&format!(" of {}", theme::count(job.step.total)));
    }
    if let Some(left_s) = job.left_s {
        text.push_str(&format!(" · {} left", duration(left_s)));
    }
    match job.notes {
        0 => {}
        1 => text.push_str(" · 1 note"),
        notes => text.push_str(&format!(" · {notes} notes")),
    }
    text
}

/// `"40 s"`, `"12 min"`, `"3 h"`: as exact as an estimate deserves.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => theme::with_unit(s, 0, "s"),
        s if s < 5400.0 => theme::with_unit(s / 60.0, 0, "min"),
        s => theme::with_unit(s / 3600.0, 1, "h"),
    }
}
