//! The lower panel of the Author workspace: many draws as pictures, against each other, as lines, as coverage.

use eframe::egui::{self, Align, Layout, Rect, RichText, Sense, Ui, accesskit::Role, pos2, vec2};

use crate::app::{
    command::Command,
    icon,
    many::{
        Brush, Column, ColumnKind, Compared, Face, MATRIX_COLUMNS, Many, ManyAct, PinRow, PinSide, SIZES, Sort, SortKey,
    },
    message::{Message, Outbox},
    theme::{self, Theme},
    view::AuthorView,
    widgets::{self, contact_sheet, heat, matrix, parallel, picture},
};

/// Axes of parallel coordinates that can be read.
const AXES_MAX: usize = 16;

/// Draws the panel.
pub fn many(ui: &mut Ui, view: &AuthorView, out: &mut Outbox) {
    first_row(ui, view, out);
    if view.family.is_empty() || view.parameters.is_empty() {
        widgets::empty::empty(ui, icon::IMAGES, "Draws of this family appear here", None, out);
        return;
    }
    second_row(ui, view, out);
    ui.add_space(2.0);
    let many = &view.many;
    match many.state.face {
        Face::Sheet if view.sheet.tiles.is_empty() => {
            let (text, act) = if many.state.brushed_only {
                ("No draw with these values is known", Some(Command::ClearBrush))
            } else {
                ("Draws of this family appear here", None)
            };
            widgets::empty::empty(ui, icon::IMAGES, text, act, out);
        }
        Face::Sheet => contact_sheet::contact_sheet(ui, &view.sheet, None, out),
        _ if many.pool.is_empty() => {
            let text = many.pool.error.as_deref().unwrap_or("Drawing parameters");
            widgets::empty::empty(ui, icon::CHART_SCATTER, text, None, out);
        }
        Face::Matrix if many.columns.len() < MATRIX_COLUMNS[0] => {
            widgets::empty::empty(ui, icon::CHART_SCATTER, "Fewer than two columns vary", None, out);
        }
        Face::Matrix => matrix::matrix(ui, many, view.sheet.selected, out),
        Face::Parallel => parallel::parallel(ui, many, view.sheet.selected, out),
        Face::Coverage if many.state.strips => heat::strips(ui, &many.strips, &many.state.brush, out),
        Face::Coverage => match &many.heat {
            Some(map) => heat::heat_map(ui, map, &many.state.brush, out),
            None => widgets::empty::empty(ui, icon::GRID_NINE, "Fewer than two causes vary", None, out),
        },
    }
    if let Some(compared) = &many.compared {
        compare(ui, many, compared, out);
    }
}

/// Which view, what it found, and the one act.
fn first_row(ui: &mut Ui, view: &AuthorView, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let state = &view.many.state;
    ui.horizontal(|ui| {
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            for (face, word) in Face::ALL {
                let response = widgets::choice(ui, state.face == face, word);
                if response.on_hover_text("V shows the next").clicked() {
                    out.send(Message::Many(ManyAct::Show(face)));
                }
            }
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let info = Command::GenerateSet.info();
            let text = theme.caption(format!("{}  {}", info.icon, info.label)).color(theme.text);
            if ui.button(text).on_hover_text(info.tooltip).clicked() {
                out.command(Command::GenerateSet);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let words = summary(view);
                ui.add(egui::Label::new(theme.caption(&words)).truncate()).on_hover_text(words);
            });
        });
    });
}

/// One line on what the shown view holds.
fn summary(view: &AuthorView) -> String {
    let many = &view.many;
    if many.state.face == Face::Sheet {
        return view.sheet.summary.clone();
    }
    let mut parts = Vec::new();
    if let Some(brushed) = many.n_brushed() {
        parts.push(format!("{} of {} brushed", theme::count(brushed as u64), theme::count(many.pool.len() as u64)));
    }
    if many.state.face == Face::Coverage {
        parts.extend(many.heat.as_ref().map(crate::app::many::Heat::words));
        let holes = |strip: &&crate::app::many::Strip| strip.counts.contains(&0);
        if many.state.strips {
            let with = many.strips.iter().filter(holes).count();
            parts.push(format!("{with} of {} parameters have bins without a draw", many.strips.len()));
        }
    }
    parts.push(format!("{} draws", theme::count(many.pool.len() as u64)));
    if many.pool.simulated < many.pool.wanted {
        parts.push(format!("{} of {} simulated", many.pool.simulated, many.pool.wanted));
    } else {
        parts.push(format!("{} simulated", many.pool.simulated));
    }
    parts.extend(many.pool.error.clone());
    parts.join(" · ")
}

/// What can be chosen of the shown view; brush and pins at the right.
fn second_row(ui: &mut Ui, view: &AuthorView, out: &mut Outbox) {
    ui.horizontal(|ui| {
        let many = &view.many;
        match many.state.face {
            Face::Sheet => {
                size_menu(ui, many, out);
                sort_menu(ui, many, view, out);
            }
            Face::Matrix => {
                let [least, most] = MATRIX_COLUMNS;
                columns_menu(ui, (many, &many.columns, "Columns"), [least, most], |names| {
                    out.send(Message::Many(ManyAct::Columns(names)));
                });
            }
            Face::Parallel => columns_menu(ui, (many, &many.axes, "Axes"), [2, AXES_MAX], |names| {
                out.send(Message::Many(ManyAct::Axes(names)));
            }),
            Face::Coverage => coverage_menus(ui, many, out),
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            pins_menu(ui, many, out);
            brush_bar(ui, many, out);
        });
    });
}

fn small(ui: &Ui, text: impl Into<String>) -> RichText {
    let theme = Theme::of(ui);
    theme.caption(text).color(theme.text)
}

fn size_menu(ui: &mut Ui, many: &Many, out: &mut Outbox) {
    let text = small(ui, format!("{}  {} draws", icon::GRID_NINE, many.state.size));
    let menu = ui.menu_button(text, |ui| {
        for size in SIZES {
            if ui.selectable_label(many.state.size == size, size.to_string()).clicked() {
                out.send(Message::Many(ManyAct::Resize(size)));
                ui.close();
            }
        }
    });
    menu.response.on_hover_text(format!("How many draws the sheet holds ({})", Command::MoreDraws.keys_text()));
}

fn sort_menu(ui: &mut Ui, many: &Many, view: &AuthorView, out: &mut Outbox) {
    let sort = &many.state.sort;
    let sign = if sort.descending { icon::SORT_DESCENDING } else { icon::SORT_ASCENDING };
    let menu = ui.menu_button(small(ui, format!("Sort: {}", sort.word())), |ui| {
        let mut row = |ui: &mut Ui, key: SortKey| {
            let one = Sort { key, descending: sort.descending };
            if ui.selectable_label(one.key == sort.key, one.word()).clicked() {
                out.send(Message::Many(ManyAct::SortBy(one)));
                ui.close();
            }
        };
        row(ui, SortKey::Draw);
        row(ui, SortKey::Weight);
        ui.separator();
        egui::ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
            for name in sort_names(view) {
                row(ui, SortKey::Value(name));
            }
        });
    });
    menu.response.on_hover_text("Order of the sheet; equal draws go by number");
    let name = if sort.descending { "Largest first" } else { "Smallest first" };
    if widgets::icon_button(ui, sign, name).clicked() {
        let turned = Sort { key: sort.key.clone(), descending: !sort.descending };
        out.send(Message::Many(ManyAct::SortBy(turned)));
    }
}

/// Measures first, then parameters: those that any tile has.
fn sort_names(view: &AuthorView) -> Vec<String> {
    let known = view.sheet.tiles.iter().find(|tile| !tile.values.is_empty());
    let is_parameter = |name: &String| view.parameters.iter().any(|parameter| parameter.name == *name);
    let measures = known.into_iter().flat_map(|tile| tile.values.keys()).filter(|name| !is_parameter(name)).cloned();
    measures.chain(view.parameters.iter().map(|parameter| parameter.name.clone())).collect()
}

/// A menu of columns of which between `least` and `most` are on.
fn columns_menu(
    ui: &mut Ui,
    (many, chosen, word): (&Many, &[String], &str),
    [least, most]: [usize; 2],
    mut choose: impl FnMut(Vec<String>),
) {
    let text = small(ui, format!("{word}: {}", chosen.len()));
    let menu = egui::containers::menu::MenuButton::new(text).config(
        egui::containers::menu::MenuConfig::new().close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside),
    );
    let (response, _) = menu.ui(ui, |ui| {
        ui.label(Theme::of(ui).caption(format!("{least} to {most}")));
        egui::ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
            for column in
                many.pool.columns.iter().filter(|column| !column.is_constant() || chosen.contains(&column.name))
            {
                let on = chosen.contains(&column.name);
                let fits = if on { chosen.len() > least } else { chosen.len() < most };
                let mut now = on;
                let text = format!("{}  {}", column.name, kind_word(column));
                if ui.add_enabled(fits, egui::Checkbox::new(&mut now, text)).changed() {
                    let mut names: Vec<String> = chosen.to_vec();
                    names.retain(|name| *name != column.name);
                    if now {
                        names.push(column.name.clone());
                    }
                    choose(names);
                }
            }
        });
    });
    response.on_hover_text("Choose parameters and measures");
}

fn kind_word(column: &Column) -> &'static str {
    match column.kind {
        ColumnKind::Measure => "· measure",
        ColumnKind::Parameter(_) => "",
    }
}

fn coverage_menus(ui: &mut Ui, many: &Many, out: &mut Outbox) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for (strips, word) in [(false, "Two together"), (true, "Each alone")] {
            if widgets::choice(ui, many.state.strips == strips, word).clicked() {
                out.send(Message::Many(ManyAct::Strips(strips)));
            }
        }
    });
    let Some(map) = &many.heat else { return };
    let pair = [map.x.name.clone(), map.y.name.clone()];
    for (at, word) in [(0, "Across"), (1, "Up")] {
        let room = (ui.available_width() * 0.24).clamp(72.0, 180.0);
        let name = format!("{word}: {}", pair[at]);
        let cut = widgets::cut(ui, &name, theme::sans(theme::size::SMALL), Theme::of(ui).text, room);
        let menu = ui.menu_button(cut, |ui| {
            let parameters = many.pool.columns.iter().filter(|column| column.kind != ColumnKind::Measure);
            for column in parameters.filter(|column| !column.is_constant() && column.name != pair[1 - at]) {
                if ui.selectable_label(pair[at] == column.name, &column.name).clicked() {
                    let mut pair = pair.clone();
                    pair[at].clone_from(&column.name);
                    out.send(Message::Many(ManyAct::Heat(pair)));
                    ui.close();
                }
            }
        });
        menu.response.on_hover_text(name);
    }
}

/// The brush in words, with what can be done with it.
fn brush_bar(ui: &mut Ui, many: &Many, out: &mut Outbox) {
    let brush = &many.state.brush;
    if brush.is_empty() {
        return;
    }
    if widgets::icon_button(ui, icon::X, "Clear brush").clicked() {
        out.send(Message::Many(ManyAct::Brush(Brush::default())));
    }
    let only = many.state.brushed_only;
    let response = widgets::choice(ui, only, &format!("{}  Brushed only", icon::FUNNEL));
    if response.on_hover_text(Command::BrushedOnly.info().tooltip).clicked() {
        out.send(Message::Many(ManyAct::BrushedOnly(!only)));
    }
    let words = brush.words();
    ui.add(egui::Label::new(Theme::of(ui).caption(&words)).truncate()).on_hover_text(words);
}

fn pins_menu(ui: &mut Ui, many: &Many, out: &mut Outbox) {
    if many.pins.is_empty() {
        return;
    }
    let text = small(ui, format!("{}  Pins: {}", icon::PUSH_PIN, many.pins.len()));
    let menu = ui.menu_button(text, |ui| {
        for pin in &many.pins {
            if ui.button(format!("Draw {pin}")).clicked() {
                out.send(Message::SelectDraw(*pin));
                ui.close();
            }
        }
        ui.separator();
        let enough = many.pins.len() > 1;
        if ui.add_enabled(enough, egui::Button::new("Compare pins")).clicked() {
            out.command(Command::ComparePins);
            ui.close();
        }
        if ui.button("Let all go").clicked() {
            out.send(Message::Many(ManyAct::UnpinAll));
            ui.close();
        }
    });
    menu.response.on_hover_text("Pinned draws; P pins the shown one");
}

/// Two pins side by side, over the window.
fn compare(ui: &Ui, many: &Many, compared: &Compared, out: &mut Outbox) {
    let ctx = ui.ctx();
    let modal = egui::Modal::new(egui::Id::unique("pins")).frame(widgets::dialog_frame(ctx)).show(ctx, |ui| {
        let theme = Theme::of(ui);
        let screen = ctx.content_rect();
        ui.set_width((screen.width() - 120.0).min(920.0));
        ui.horizontal(|ui| {
            ui.label(theme.title("Two pinned draws"));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if widgets::icon_button(ui, icon::X, "Close").clicked() {
                    out.send(Message::Many(ManyAct::Compare(None)));
                }
            });
        });
        ui.add_space(8.0);
        let width = (ui.available_width() - 12.0) / 2.0;
        let height = (width / compared.aspect.max(0.1)).min(screen.height() * 0.42);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        for (side, left) in compared.sides.iter().zip([rect.left(), rect.right() - width]) {
            pin_picture(ui, Rect::from_min_size(pos2(left, rect.top()), vec2(width, height)), compared.aspect, side);
        }
        ui.add_space(theme::GRID);
        pick_sides(ui, many, compared, out);
        let room = (screen.height() - height - 220.0).clamp(96.0, 420.0);
        egui::ScrollArea::vertical().max_height(room).min_scrolled_height(room).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            pin_heads(ui, "Measures", compared);
            compared.measures.iter().for_each(|row| pin_row(ui, row));
            pin_heads(ui, "Parameters that differ, in nominal standard deviations", compared);
            compared.parameters.iter().for_each(|row| pin_row(ui, row));
            if compared.parameters.is_empty() {
                ui.label(theme.quiet("None"));
            }
        });
    });
    if modal.should_close() {
        out.send(Message::Many(ManyAct::Compare(None)));
    }
}

fn pin_picture(ui: &Ui, rect: Rect, aspect: f32, side: &PinSide) {
    let theme = Theme::of(ui);
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 0, theme.surround);
    let inner = vec2(rect.height() * aspect, rect.height()).min(vec2(rect.width(), rect.width() / aspect.max(0.1)));
    let inner = Rect::from_center_size(rect.center(), inner);
    match side.picture {
        Some((texture, uv)) => {
            painter.image(texture, inner, uv, theme::WHITE);
        }
        None => widgets::chip::paint_icon(ui, rect.center(), icon::CIRCLE_DASHED, theme::size::HERO, theme.faint),
    }
    widgets::chip::paint_badge(&painter, inner.min + vec2(8.0, 8.0), crate::app::view::Origin::Synthetic);
    let text = format!("draw {} · {}", side.draw, side.outcome);
    let at = inner.left_bottom() + vec2(8.0, -8.0);
    picture::on_picture(&painter, at, egui::Align2::LEFT_BOTTOM, &text, false);
    let response = ui.interact(rect, ui.scope_id().with(("pin", side.draw)), Sense::hover());
    widgets::named(&response, Role::Image, &format!("Pinned draw {}", side.draw));
    let _ = response.on_hover_text(text);
}

/// Which two of the pins are compared.
fn pick_sides(ui: &mut Ui, many: &Many, compared: &Compared, out: &mut Outbox) {
    let shown = [compared.sides[0].draw, compared.sides[1].draw];
    ui.columns(2, |columns| {
        for (at, ui) in columns.iter_mut().enumerate() {
            let draw = shown[at];
            let weight =
                compared.sides[at].weight.map_or_else(String::new, |w| format!(" · weight {}", theme::figures(w)));
            let text = small(ui, format!("Draw {draw}{weight}"));
            ui.menu_button(text, |ui| {
                for pin in many.pins.iter().filter(|pin| **pin != shown[1 - at]) {
                    if ui.selectable_label(*pin == draw, format!("Draw {pin}")).clicked() {
                        let pair = if at == 0 { [*pin, shown[1]] } else { [shown[0], *pin] };
                        out.send(Message::Many(ManyAct::Compare(Some(pair))));
                        ui.close();
                    }
                }
            });
        }
    });
}

/// Name, left, right and how far apart, in a row of a table.
fn pin_columns(rect: Rect) -> [Rect; 4] {
    let ends = [0.0, 0.44, 0.63, 0.82, 1.0].map(|share| rect.left() + share * rect.width());
    let [a, b, c, d, e] = ends;
    [[a, b], [b, c], [c, d], [d, e]].map(|[from, to]| Rect::from_x_y_ranges(from..=to - 8.0, rect.y_range()))
}

fn pin_heads(ui: &mut Ui, title: &str, compared: &Compared) {
    let theme = Theme::of(ui);
    ui.add_space(theme::GRID);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::hover());
    let font = theme::sans(theme::size::SMALL);
    let [name, left, right, _] = pin_columns(rect);
    widgets::cell(ui, name, title, font.clone(), theme.weak);
    for (room, side) in [left, right].into_iter().zip(&compared.sides) {
        widgets::cell_right(ui, room, &format!("Draw {}", side.draw), font.clone(), theme.weak);
    }
    widgets::underline(ui, rect);
}

/// Name, both values, and how far apart.
fn pin_row(ui: &mut Ui, row: &PinRow) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::hover());
    let value = |value: f64| {
        let unit = if row.unit.is_empty() { String::new() } else { format!("{}{}", theme::THIN_SPACE, row.unit) };
        format!("{}{unit}", theme::figures(value))
    };
    let [left, right] = row.values.map(value);
    let apart = row.apart_sds.map_or_else(String::new, |sds| format!("{sds:+.1} sd").replace('-', "−"));
    let [name, rooms @ ..] = pin_columns(rect);
    widgets::cell(ui, name, &row.name, theme::sans(theme::size::SMALL), theme.text);
    for (room, text) in rooms.into_iter().zip([&left, &right, &apart]) {
        widgets::cell_right(ui, room, text, theme::mono(theme::size::SMALL), theme.text);
    }
    widgets::underline(ui, rect);
    widgets::named(&response, Role::Row, &format!("{}: {left}, {right}, {apart}", row.name));
}
