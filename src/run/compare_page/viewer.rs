//! The pictures of the page: the frame that the script fills, all pairs below it, and what the script must know of them.
//!
//! Every picture stands in the page once, in the list of pairs. That list is the strip of thumbnails on a screen, and the whole
//! page of pictures on paper and where no script runs.

use serde_json::{Value, json};

use super::super::report_html::escape;
use super::{JPEG_QUALITY, Named, PagePair, PageSide, PageView, sentence};
use crate::base::text::counted;

/// A flag that no font need have.
const FLAG: &str = "<svg class=\"icon\" viewBox=\"0 0 12 12\" aria-hidden=\"true\"><path d=\"M2.5 1v10.5M2.5 1.5h7l-2 2.5 2 2.5h-7\"/></svg>";

/// The frame and the list of pairs.
pub(super) fn viewer(view: &PageView<'_>) -> String {
    if view.pairs.is_empty() {
        return "<p class=\"banner\">There is no pair of pictures to show; the numbers below are of the sets.</p>\n"
            .to_owned();
    }
    let sides = Named::of(view.finding);
    let flagged = view.pairs.iter().filter(|pair| pair.flag.is_some()).count();
    let filter = if flagged == 0 {
        String::new()
    } else {
        format!("<label class=\"check\"><input type=\"checkbox\" id=\"only\"> {FLAG} Only flagged ({flagged})</label>")
    };
    let frame = format!(
        include_str!("viewer.html"),
        badge_0 = sides[0].badge(),
        name_0 = escape(sides[0].name),
        badge_1 = sides[1].badge(),
        name_1 = escape(sides[1].name),
        filter = filter,
    );
    let pairs: String = view.pairs.iter().enumerate().map(|(at, pair)| one(at + 1, pair, sides)).collect();
    format!(
        "{frame}<section class=\"pairs\" aria-labelledby=\"pairs-title\">\n\
         <h2 id=\"pairs-title\">{}</h2>\n<p class=\"soft\">{}{}</p>\n\
         <noscript><p class=\"banner\">Without JavaScript the pairs stand here side by side; wipe, blink, overlay and difference \
         need it. It is in this file, and loads nothing.</p></noscript>\n<ol id=\"strip\" class=\"strip\">\n{pairs}</ol>\n</section>\n",
        counted(view.pairs.len(), "pair"),
        sentence(&view.matched),
        exactness(view),
    )
}

/// How far the values in the page can be trusted.
fn exactness(view: &PageView<'_>) -> String {
    let sides = view.pairs.iter().flat_map(|pair| &pair.sides);
    if sides.filter_map(|side| side.picture.as_ref().ok()).any(super::PagePicture::lossy) {
        return format!(
            " Pictures are kept as JPEG of quality {JPEG_QUALITY}: values in this page are a few codes from the frames’ own."
        );
    }
    " Pictures are kept without loss: values in this page are the frames’ own.".to_owned()
}

/// One pair of the list.
fn one(number: usize, pair: &PagePair, sides: [Named<'_>; 2]) -> String {
    let flag = pair.flag.as_ref().map_or_else(String::new, |why| {
        format!("<span class=\"flag\" title=\"{0}\">{FLAG}<span>{0}</span></span>", escape(why))
    });
    let marked = pair.flag.as_ref().map_or_else(String::new, |why| format!(", flagged: {}", escape(why)));
    let note =
        pair.note.as_ref().map_or_else(String::new, |note| format!("<p class=\"soft note\">{}</p>", sentence(note)));
    let figures: String = [0, 1].map(|at| figure(number, &pair.sides[at], sides[at])).concat();
    format!(
        "<li><a class=\"pair\" id=\"pair-{number}\" href=\"#pair={number}\" aria-label=\"Pair {number}{marked}\">\
         <div class=\"head\"><b>{number}</b>{flag}</div><div class=\"two\">{figures}</div></a>{note}</li>\n"
    )
}

fn figure(number: usize, side: &PageSide, named: Named<'_>) -> String {
    let caption = escape(&side.caption());
    let shown = match &side.picture {
        Ok(picture) => {
            let [width, height] = picture.size();
            format!(
                "<img alt=\"Pair {number}, {}, {caption}\" width=\"{width}\" height=\"{height}\" decoding=\"async\" src=\"{}\">",
                escape(named.name),
                picture.address()
            )
        }
        Err(why) => format!("<p class=\"missing\">{}</p>", sentence(why)),
    };
    format!(
        "<figure>{shown}<figcaption>{} <bdi class=\"name\">{}</bdi> <span class=\"caption\">{caption}</span></figcaption></figure>",
        named.badge(),
        escape(named.name)
    )
}

/// What the script must know that the list does not tell it, as JSON that cannot end its element.
pub(super) fn data(view: &PageView<'_>) -> String {
    let side = |side: &PageSide| match &side.picture {
        Ok(picture) => json!({ "caption": side.caption(), "size": picture.size(), "missing": Value::Null }),
        Err(why) => json!({ "caption": side.caption(), "size": Value::Null, "missing": why }),
    };
    let pair = |pair: &PagePair| json!({ "flag": pair.flag, "note": pair.note, "sides": pair.sides.iter().map(side).collect::<Vec<_>>() });
    let sides: Vec<Value> = Named::of(view.finding)
        .map(|named| json!({ "name": named.name, "word": super::origin_word(named.origin) }))
        .into();
    let pairs: Vec<Value> = view.pairs.iter().map(pair).collect();
    let data = json!({ "sides": sides, "pairs": pairs, "plane": super::scatter::data(view) });
    // `</script>` and `<!--` are only text once their first letter is spelt out.
    data.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
