//! HTML and inline pictures for the report: escaping, tables, contact sheets. It knows no study.

use base64::Engine as _;

use crate::base::{Rgb, png};

use super::RunError;

/// Text that cannot break out of its element.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A table whose cells are HTML already.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let cells = |tag: &str, cells: &mut dyn Iterator<Item = String>| {
        let cells: Vec<String> = cells.map(|cell| format!("<{tag}>{cell}</{tag}>")).collect();
        format!("<tr>{}</tr>", cells.concat())
    };
    let head = cells("th", &mut head.iter().map(|cell| escape(cell)));
    let body: String = rows.iter().map(|row| cells("td", &mut row.iter().cloned())).collect();
    format!("<table><thead>{head}</thead><tbody>{body}</tbody></table>")
}

/// Each text in an element of its own.
pub fn elements(tag: &str, texts: &[String]) -> String {
    texts.iter().map(|text| format!("<{tag}>{}</{tag}>", escape(text))).collect::<Vec<_>>().concat()
}

/// A badge in the colour of its meaning.
pub fn badge(kind: &str, text: &str) -> String {
    format!("<span class=\"badge {kind}\">{}</span>", escape(text))
}

/// Monospaced text.
pub fn mono(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// Pictures in a grid of `columns`, each `width` pixels wide at its own aspect, as one picture.
pub fn contact_sheet(pictures: &[Rgb], columns: u32, width: u32) -> Option<Rgb> {
    const GAP: u32 = 4;
    let first = pictures.first()?;
    let height = (u64::from(width) * u64::from(first.height) / u64::from(first.width.max(1))).max(1) as u32;
    let n_rows = (pictures.len() as u32).div_ceil(columns);
    let mut sheet = Rgb::black(columns * (width + GAP) - GAP, n_rows * (height + GAP) - GAP);
    sheet.bytes.fill(0x80);
    for (at, picture) in pictures.iter().enumerate() {
        let (column, row) = (at as u32 % columns, at as u32 / columns);
        let tile = picture.resized(width, height);
        for y in 0..height {
            let from = (y * width * 3) as usize;
            let to = (((row * (height + GAP) + y) * sheet.width + column * (width + GAP)) * 3) as usize;
            let bytes = &tile.bytes[from..from + (width * 3) as usize];
            sheet.bytes[to..to + bytes.len()].copy_from_slice(bytes);
        }
    }
    Some(sheet)
}

/// An `<img>` with the picture inside it.
///
/// # Errors
/// When the picture has no pixels.
pub fn inline(picture: &Rgb, words: &str) -> Result<String, RunError> {
    let data = base64::engine::general_purpose::STANDARD.encode(png::encode_rgb(picture)?);
    Ok(format!("<img alt=\"{}\" src=\"data:image/png;base64,{data}\">", escape(words)))
}

/// The distance as a point over its null band, on an axis that holds zero and both.
pub fn band(value: f64, [low, high]: [f64; 2]) -> String {
    const WIDTH: f64 = 640.0;
    let (least, most) = (value.min(low).min(0.0), value.max(high).max(0.0));
    let span = if most > least { most - least } else { 1.0 };
    let x = |at: f64| 8.0 + (at - least) / span * (WIDTH - 16.0);
    format!(
        "<svg viewBox=\"0 0 {WIDTH} 44\" width=\"{WIDTH}\" role=\"img\" aria-label=\"distance and null band\">\
         <rect class=\"null\" x=\"{:.1}\" y=\"8\" width=\"{:.1}\" height=\"16\"/>\
         <line class=\"axis\" x1=\"8\" y1=\"16\" x2=\"{:.1}\" y2=\"16\"/>\
         <circle class=\"synthetic\" cx=\"{:.1}\" cy=\"16\" r=\"5\"/>\
         <text x=\"{:.1}\" y=\"40\">null band</text><text x=\"{:.1}\" y=\"40\" text-anchor=\"{}\">measured</text></svg>",
        x(low),
        (x(high) - x(low)).max(1.0),
        WIDTH - 8.0,
        x(value),
        x(low),
        x(value),
        if x(value) > WIDTH / 2.0 { "end" } else { "start" },
    )
}

/// Luminance histograms of both sides: shares of the pixels at codes 0 to 255, square-root scale.
pub fn curves(real: &[f64], synthetic: &[f64]) -> String {
    const HEIGHT: f64 = 120.0;
    let most = real.iter().chain(synthetic).copied().fold(1e-9, f64::max);
    let path = |shares: &[f64]| -> String {
        let point = |(at, share): (usize, &f64)| {
            format!("{:.1},{:.1}", at as f64 * 2.5, HEIGHT - libm::sqrt(share / most) * (HEIGHT - 8.0))
        };
        shares.iter().enumerate().map(point).collect::<Vec<_>>().join(" ")
    };
    format!(
        "<figure><svg viewBox=\"0 0 640 {HEIGHT}\" width=\"640\" role=\"img\" aria-label=\"luminance histograms\">\
         <line class=\"axis\" x1=\"0\" y1=\"{HEIGHT}\" x2=\"640\" y2=\"{HEIGHT}\"/>\
         <polyline class=\"real\" points=\"{}\"/><polyline class=\"synthetic\" points=\"{}\"/></svg>\
         <figcaption>Luminance, code 0 to 255, share of pixels on a square-root scale: \
         <b class=\"real\">real</b>, <b class=\"synthetic\">synthetic</b></figcaption></figure>",
        path(real),
        path(synthetic)
    )
}

/// A whole page.
pub fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title>\n<style>{STYLE}</style></head>\n<body><main>\n{body}\n</main></body></html>\n",
        escape(title)
    )
}

/// The same colours as in the studio: one meaning a hue.
const STYLE: &str = "
:root { color-scheme: light dark; --text: #1c1c1c; --soft: #5e5e5e; --line: #d8d8d8; --ground: #fafafa; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e6e6; --soft: #a4a4a4; --line: #3a3a3a; --ground: #1b1b1b; } }
body { margin: 0; background: var(--ground); color: var(--text); font: 14px/1.5 Inter, system-ui, sans-serif; }
main { max-width: 1040px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 40px 0 8px; border-bottom: 1px solid var(--line); }
p { margin: 4px 0 12px; } .soft { color: var(--soft); } img { max-width: 100%; display: block; background: #808080; border-radius: 4px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; margin: 8px 0 16px; }
th { text-align: left; font-weight: 600; color: var(--soft); } th, td { padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
code { font: 12px/1.5 Hack, ui-monospace, monospace; overflow-wrap: anywhere; }
.badge { display: inline-block; padding: 0 8px; border-radius: 4px; font-size: 12px; font-weight: 600; border: 1px solid currentColor; }
.real { color: #0072b2; } .synthetic { color: #b97f00; } .standin { color: #d55e00; } .sealed { color: #a8558a; }
td:first-child { white-space: nowrap; }
h3 { font-size: 14px; margin: 24px 0 0; } h3 .badge { margin-left: 8px; }
figure { margin: 8px 0 16px; } figcaption { color: var(--soft); font-size: 12px; }
svg { max-width: 100%; height: auto; display: block; } svg text { font-size: 12px; fill: var(--soft); }
svg .null { fill: var(--line); } svg .axis { stroke: var(--soft); stroke-width: 1; }
svg polyline { fill: none; stroke: currentColor; stroke-width: 1.5; } svg circle { fill: currentColor; }
.banner { padding: 12px 16px; border: 1px solid #d55e00; border-radius: 4px; }
.state { white-space: nowrap; } .fail { color: #d55e00; font-weight: 600; } .missing { color: var(--soft); }
.verdict.accept { border-left: 8px solid #009e73; } .verdict.reject { border-left: 8px solid #d55e00; } .verdict.inconclusive { border-left: 8px solid #808080; }
.verdict { font-size: 24px; font-weight: 600; padding: 16px; border: 1px solid var(--line); border-radius: 4px; margin: 16px 0; }
@media (prefers-color-scheme: dark) { .real { color: #56b4e9; } .synthetic { color: #e69f00; } .sealed { color: #cc79a7; } }
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_holds_every_picture_and_text_is_escaped() {
        let red = Rgb::from_bytes(2, 1, vec![255, 0, 0, 255, 0, 0]).expect("size");
        let sheet = contact_sheet(&[red.clone(), red.clone(), red], 2, 4).expect("three pictures");
        assert_eq!((sheet.width, sheet.height), (12, 8), "two columns, two rows, gaps");
        assert_eq!(sheet.pixel(8, 0), [255, 0, 0], "second tile");
        assert_eq!(sheet.pixel(5, 0), [128; 3], "gap is mid grey");
        assert!(contact_sheet(&[], 2, 4).is_none(), "nothing to show");
        assert_eq!(escape("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;", "escaped");
    }

    #[test]
    fn a_distance_beyond_its_band_is_drawn_beyond_it() {
        let drawn = band(6.0, [1.0, 2.0]);
        // 8 + value / 6 * 624
        assert!(
            drawn.contains("x=\"112.0\"") && drawn.contains("width=\"104.0\"") && drawn.contains("cx=\"632.0\""),
            "{drawn}"
        );
        assert!(band(0.0, [0.0, 0.0]).contains("cx=\"8.0\""), "no span");
        let two = curves(&[0.0, 1.0], &[0.25, 0.0]);
        assert!(two.contains("points=\"0.0,120.0 2.5,8.0\"") && two.contains("0.0,64.0 2.5,120.0"), "{two}");
    }
}
