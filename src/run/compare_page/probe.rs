//! Where the two sets can be told apart: the probe's properties as a table, its cells as a picture.

use super::super::compare::{ProbeEntry, PropertyEntry};
use super::super::report_html::escape;
use super::PageView;
use super::numbers::{chance, figures};
use crate::base::text::counted;
use crate::drift::probe::PROPERTIES;

/// Properties in the table.
const SHOWN: usize = 6;
/// Width and height of a cell of the picture.
const CELL: f64 = 40.0;

/// The section; nothing where no probe was kept.
pub(super) fn probe(view: &PageView<'_>) -> String {
    let Some(probe) = &view.finding.probe else { return String::new() };
    let [low, high] = probe.null_band.map(|share| 100.0 * share);
    format!(
        "<section aria-labelledby=\"where\">\n<h2 id=\"where\">Where they differ</h2>\n\
         <p class=\"soft\">A classifier over cells of the pictures, asked of frames whose episodes it never saw ({}, {} and {}): it is right in \
         {:.0}\u{2009}% of pairs of frames, by chance in {low:.0} to {high:.0}\u{2009}% (p {}). The fuller a cell, the better it tells by \
         itself; framed cells do so beyond chance.{}</p>\n<div class=\"where\">{}{}</div>\n</section>\n",
        counted(probe.frames[0] + probe.frames[1], "frame"),
        counted(probe.groups[0], "episode"),
        probe.groups[1],
        100.0 * probe.auc,
        chance(probe.p),
        probe.caveat.as_ref().map_or_else(String::new, |caveat| format!(" {}", escape(caveat))),
        cells(probe),
        properties(probe),
    )
}

/// The cells of a picture, row by row.
fn cells(probe: &ProbeEntry) -> String {
    let [columns, rows] = probe.grid;
    if columns == 0 || probe.cells.len() != columns * rows {
        return String::new();
    }
    let cell = |(at, auc): (usize, &f64)| {
        let (x, y) = ((at % columns) as f64 * CELL, (at / columns) as f64 * CELL);
        let share = ((auc - 0.5) * 2.0).clamp(0.0, 1.0);
        let class = if *auc > probe.cell_chance { "cell told" } else { "cell" };
        format!(
            "<rect class=\"{class}\" x=\"{:.0}\" y=\"{:.0}\" width=\"{:.0}\" height=\"{:.0}\" fill-opacity=\"{share:.2}\"><title>column {}, \
             row {}: right in {:.0} % of pairs</title></rect>",
            x + 1.5,
            y + 1.5,
            CELL - 3.0,
            CELL - 3.0,
            at % columns + 1,
            at / columns + 1,
            100.0 * auc
        )
    };
    let all: String = probe.cells.iter().enumerate().map(cell).collect();
    format!(
        "<svg class=\"cells\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Cells of the picture by how well they tell the sets apart\">{all}</svg>",
        columns as f64 * CELL,
        rows as f64 * CELL
    )
}

/// What the decision rests on.
fn properties(probe: &ProbeEntry) -> String {
    let row = |one: &PropertyEntry| {
        let known = PROPERTIES.iter().find(|property| property.name == one.property);
        let words = known.map_or(one.property.as_str(), |property| property.words);
        let way = if one.shift_sd > 0.0 { "higher" } else { "lower" };
        format!(
            "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{way}</td></tr>\n",
            escape(words),
            figures(one.part),
            figures(one.alone),
            figures(one.shift_sd),
        )
    };
    let rows: String = probe.properties.iter().take(SHOWN).map(row).collect();
    format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"What the probe tells by\"><table><thead><tr><th scope=\"col\">Property</th>\
         <th scope=\"col\" class=\"n\">Log-odds</th><th scope=\"col\" class=\"n\">AUC alone</th><th scope=\"col\" class=\"n\">Shift, sd</th>\
         <th scope=\"col\">In the other set</th></tr></thead><tbody>\n{rows}</tbody></table></div>"
    )
}
