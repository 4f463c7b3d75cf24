//! The page of a comparison: one HTML file that stands alone, pictures that can be handled first, then the numbers.
//!
//! Plain data in, one string out, the same bytes for the same data; it knows no study and no disk. The page says itself what
//! it may do: its policy forbids every load from anywhere, and allows exactly its own style sheet and its own script.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::base::text::counted;
use crate::data::Origin;

use super::compare::ComparisonFile;
use super::import::origin_word;
use super::report_html::{badge, escape};

mod numbers;
mod picture;
mod probe;
mod scatter;
mod viewer;

pub use picture::{JPEG_QUALITY, PagePicture};
pub use scatter::PageMap;

/// How the page looks.
const STYLE: &str = concat!(include_str!("page.css"), include_str!("scatter.css"));
/// What the page does: the arithmetic, the tables, the plane, the pictures.
const SCRIPT: &str = concat!(
    include_str!("pixels.js"),
    include_str!("tables.js"),
    // Before the pictures: it listens for the pair that they begin with.
    include_str!("scatter.js"),
    include_str!("page.js")
);

/// Everything that stands on the page.
#[derive(Clone, Debug)]
pub struct PageView<'a> {
    /// The page's heading.
    pub title: String,
    /// Under the heading: when and by whom it was made.
    pub made: String,
    /// How the pairs were matched, in a sentence.
    pub matched: String,
    /// The pairs in the order in which they are walked through.
    pub pairs: Vec<PagePair>,
    /// The numbers.
    pub finding: &'a ComparisonFile,
    /// What each distance says: its name and a sentence. Distances that are not among them are shown without.
    pub about: &'a [(&'a str, &'a str)],
    /// Red, green and blue histograms of both, the reference's first, where they are known.
    pub colours: Option<&'a [[Vec<f64>; 3]; 2]>,
    /// Where frames lie on the plane on which they vary most, where it is known.
    pub map: Option<PageMap>,
}

/// Two pictures that are looked at together.
#[derive(Clone, Debug)]
pub struct PagePair {
    /// The reference's, then the other set's.
    pub sides: [PageSide; 2],
    /// Why a person should look at this pair; the page can show such pairs alone.
    pub flag: Option<String>,
    /// Anything else worth knowing of it.
    pub note: Option<String>,
}

/// One picture of a pair.
#[derive(Clone, Debug)]
pub struct PageSide {
    /// The episode's number or name.
    pub episode: String,
    /// The frame's number within it, from 0.
    pub frame: u32,
    /// Frames in the episode.
    pub n_frames: u32,
    /// When in the episode, in seconds, where it is known.
    pub time_s: Option<f64>,
    /// The picture, or the sentence that says why there is none.
    pub picture: Result<PagePicture, String>,
}

impl PageSide {
    /// Which picture it is, for people.
    fn caption(&self) -> String {
        let time = self.time_s.map_or_else(String::new, |time| format!(", {time:.2}\u{2009}s"));
        format!("episode {}, frame {} of {}{time}", self.episode, self.frame, self.n_frames)
    }
}

/// One of both sets as the page names it.
#[derive(Clone, Copy, Debug)]
struct Named<'a> {
    name: &'a str,
    origin: Origin,
}

impl Named<'_> {
    fn of(finding: &ComparisonFile) -> [Named<'_>; 2] {
        [
            Named { name: &finding.reference, origin: finding.reference_origin },
            Named { name: &finding.other, origin: finding.other_origin },
        ]
    }

    fn badge(self) -> String {
        badge(kind(self.origin), origin_word(self.origin))
    }
}

/// The class of an origin in the style sheet.
fn kind(origin: Origin) -> &'static str {
    match origin {
        Origin::Real => "real",
        Origin::Synthetic => "synthetic",
        Origin::StandIn => "standin",
    }
}

/// The whole page.
pub fn page(view: &PageView<'_>) -> String {
    // A parser makes every line end a line feed before it takes the digest, whatever the checkout made of it.
    let [style, script] = [STYLE, SCRIPT].map(|text| text.replace("\r\n", "\n"));
    let policy = format!(
        "default-src 'none'; img-src data:; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        digest(&style),
        digest(&script)
    );
    let body = [head(view), viewer::viewer(view), numbers::numbers(view)].concat();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n{body}</main>\n\
         <script type=\"application/json\" id=\"data\">{}</script>\n<script>{script}</script>\n</body>\n</html>\n",
        escape(&view.title),
        viewer::data(view),
    )
}

/// How a policy names an inline text.
fn digest(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// Title, both sets, and what to keep in mind before anything is looked at.
fn head(view: &PageView<'_>) -> String {
    let finding = view.finding;
    let set = |at: usize, role: &str| {
        let named = Named::of(finding)[at];
        format!(
            "<li>{} <bdi class=\"name\">{}</bdi> <span class=\"soft\">{role}, {} of {}</span></li>\n",
            named.badge(),
            escape(named.name),
            counted(finding.frames[at], "frame"),
            counted(finding.groups[at], "episode"),
        )
    };
    let banner =
        if [finding.reference_origin, finding.other_origin].contains(&Origin::StandIn) { STAND_IN } else { "" };
    format!(
        "<header>\n<h1>{}</h1>\n<ul class=\"sets\">\n{}{}</ul>\n\
         <p class=\"soft\">{} · A diagnosis, never the acceptance test.</p>\n{banner}</header>\n",
        escape(&view.title),
        set(0, "reference"),
        set(1, "held against it"),
        escape(&view.made),
    )
}

/// Stands above everything else where no camera recorded one of the sets.
const STAND_IN: &str = "<p class=\"banner\">A STAND-IN was rendered and only plays the part of real data. \
    Nothing on this page is proof about the real world.</p>\n";

/// A sentence whose names between backticks stand in the face of names.
fn sentence(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // An odd number of backticks is no quotation.
    if parts.len().is_multiple_of(2) {
        return escape(text);
    }
    let piece = |(at, part): (usize, &&str)| {
        if at % 2 == 1 { format!("<code>{}</code>", escape(part)) } else { escape(part) }
    };
    parts.iter().enumerate().map(piece).collect()
}

/// Sentences, each in a paragraph.
fn paragraphs(texts: &[String]) -> String {
    texts.iter().map(|text| format!("<p>{}</p>\n", sentence(text))).collect::<Vec<_>>().concat()
}

/// Sentences as a list.
fn list(texts: &[String]) -> String {
    let items: Vec<String> = texts.iter().map(|text| format!("<li>{}</li>", sentence(text))).collect();
    format!("<ul>{}</ul>\n", items.concat())
}

#[cfg(test)]
mod tests;
