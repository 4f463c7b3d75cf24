//! Labels as lines and words over the picture: which lines, where hidden ones are dashed, what stands beside them.
//!
//! The labels are those that `generate` writes; here they are only turned into strokes in pixels of the picture.

use glam::{DVec2, DVec3};

use crate::app::channel::{Exact, paint::instance_colour};
use crate::sense::Rle;
use crate::sense::label::{Contact, Label, Labels, Points, Sight, Solid};
use crate::world::facts::EventNow;

/// Kinds of labels that are shown or hidden together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LabelLayer {
    /// Boxes round what is visible.
    Boxes,
    /// Boxes round what would be if nothing stood before it.
    Amodal,
    /// Outlines of the masks.
    Outlines,
    /// Boxes in space.
    Solids,
    /// Named points and what joins them.
    Points,
    /// Where things press on each other.
    Contacts,
    /// Lines and lanes of a road.
    Lanes,
    /// Events and how far they have come.
    Events,
}

impl LabelLayer {
    /// All of them with their words.
    pub const ALL: [(Self, &str); 8] = [
        (Self::Boxes, "2D boxes, visible part"),
        (Self::Amodal, "2D boxes, amodal"),
        (Self::Outlines, "Mask outlines"),
        (Self::Solids, "3D boxes"),
        (Self::Points, "Points and skeletons"),
        (Self::Contacts, "Contacts"),
        (Self::Lanes, "Lanes and lane lines"),
        (Self::Events, "Events of this moment"),
    ];

    /// Whether it needs what hidden things cover.
    pub fn needs_covers(self) -> bool {
        matches!(self, Self::Amodal | Self::Outlines)
    }
}

/// All labels of one picture, and what they were read off.
#[derive(Debug)]
pub struct Labelled {
    /// The labels.
    pub labels: Labels,
    /// The family's events at this time.
    pub events: Vec<EventNow>,
}

/// The colour of a stroke.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ink {
    /// That of an instance in the channel of instances.
    Of(u16),
    /// White.
    Plain,
}

impl Ink {
    /// Red, green and blue.
    pub fn rgb(self) -> [u8; 3] {
        match self {
            Self::Of(instance) => instance_colour(instance),
            Self::Plain => [255; 3],
        }
    }
}

/// What is drawn of a label, in pixels of the picture.
#[derive(Clone, Debug, PartialEq)]
pub enum Stroke {
    /// A line from point to point.
    Line {
        /// Its colour.
        ink: Ink,
        /// Its points.
        points: Vec<DVec2>,
        /// It stands for what is hidden.
        dashed: bool,
    },
    /// A point; a ring where it is hidden.
    Dot {
        /// Its colour.
        ink: Ink,
        /// Where it is.
        at: DVec2,
        /// It is hidden.
        hidden: bool,
        /// What it is, told where the pointer is near.
        name: String,
    },
    /// A name.
    Name {
        /// Its colour.
        ink: Ink,
        /// Where it stands: its lower left corner.
        at: DVec2,
        /// The words.
        text: String,
    },
}

/// The strokes of one layer.
pub fn strokes(layer: LabelLayer, labelled: &Labelled, exact: &Exact) -> Vec<Stroke> {
    let labels = &labelled.labels;
    let all = || labels.seen.iter().chain(&labels.hidden);
    match layer {
        LabelLayer::Boxes => labels.seen.iter().flat_map(visible_box).collect(),
        LabelLayer::Amodal => all().flat_map(amodal_box).collect(),
        LabelLayer::Outlines => all().flat_map(outlines).collect(),
        LabelLayer::Solids => all().flat_map(|label| solid_box(label, exact)).collect(),
        LabelLayer::Points => {
            all().filter_map(|label| Some(skeleton(label, label.points.as_ref()?))).flatten().collect()
        }
        LabelLayer::Contacts => labels.contacts.iter().flat_map(contact).collect(),
        LabelLayer::Lanes => lanes(labels),
        LabelLayer::Events => Vec::new(),
    }
}

/// The events of this moment, in words.
pub fn events(labelled: &Labelled) -> Vec<String> {
    let told = |event: &EventNow| {
        let when = event.at_s.map_or_else(|| "waits for its condition".to_owned(), |at_s| format!("at {at_s:.2} s"));
        let done = if event.phase.runs() { format!(", {:.0} % done", 100.0 * event.share) } else { String::new() };
        format!("{}: {}, {when}{done}", event.name.replace('_', " "), event.phase.name())
    };
    labelled.events.iter().map(told).collect()
}

fn name(label: &Label) -> String {
    label.name.replace('_', " ")
}

fn rectangle([x, y, width, height]: [u32; 4]) -> Vec<DVec2> {
    let [left, top] = [f64::from(x), f64::from(y)];
    let [right, bottom] = [left + f64::from(width), top + f64::from(height)];
    [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)].map(DVec2::from).into()
}

fn visible_box(label: &Label) -> Vec<Stroke> {
    let ink = Ink::Of(label.instance);
    let points = rectangle(label.bbox_px);
    let at = points[0];
    vec![Stroke::Line { ink, points, dashed: false }, Stroke::Name { ink, at, text: name(label) }]
}

/// Solid where all of it is seen: it is the visible box then.
fn amodal_box(label: &Label) -> Vec<Stroke> {
    let Some(amodal) = &label.amodal else { return Vec::new() };
    let ink = Ink::Of(label.instance);
    let points = rectangle(amodal.bbox_px);
    let text = format!("{}  {:.0} % in sight", name(label), 100.0 * amodal.visible);
    let at = points[0];
    vec![Stroke::Line { ink, points, dashed: amodal.visible < 1.0 }, Stroke::Name { ink, at, text }]
}

fn outlines(label: &Label) -> Vec<Stroke> {
    let ink = Ink::Of(label.instance);
    let line = |dashed: bool| move |points: Vec<DVec2>| Stroke::Line { ink, points, dashed };
    let hidden = label.amodal.as_ref().filter(|amodal| amodal.visible < 1.0);
    let hidden = hidden.into_iter().flat_map(|amodal| outline(&amodal.mask)).map(line(true));
    hidden.chain(outline(&label.mask).into_iter().map(line(false))).collect()
}

/// The edges between a mask's pixels and others, as straight pieces along columns and rows.
pub fn outline(mask: &Rle) -> Vec<Vec<DVec2>> {
    let Some(cut) = Cut::of(mask) else { return Vec::new() };
    let before = |at: usize| at.wrapping_sub(1);
    let along_rows = |x: usize, y: usize| cut.has(x, y) != cut.has(x, before(y));
    let along_columns = |y: usize, x: usize| cut.has(x, y) != cut.has(before(x), y);
    let point = |x: usize, y: usize| point(x + cut.left, y + cut.top);
    let mut pieces = Vec::new();
    for y in 0..=cut.height {
        runs(cut.width, |x| along_rows(x, y), |from, to| pieces.push(vec![point(from, y), point(to, y)]));
    }
    for x in 0..=cut.width {
        runs(cut.height, |y| along_columns(y, x), |from, to| pieces.push(vec![point(x, from), point(x, to)]));
    }
    pieces
}

/// The part of a mask that has set pixels: pictures are large, and most things in them small.
struct Cut {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    set: Vec<bool>,
}

impl Cut {
    /// `None` where no pixel is set.
    fn of(mask: &Rle) -> Option<Self> {
        let [left, top, width, height] = mask.bbox_px().map(|side| side as usize);
        if width == 0 {
            return None;
        }
        let high = mask.height() as usize;
        let mut set = vec![false; width * height];
        // Zeros, ones, zeros, …: column by column.
        let mut start = 0;
        for (run, count) in mask.counts().iter().enumerate() {
            let end = start + *count as usize;
            let ones = if run % 2 == 1 { start..end } else { 0..0 };
            for at in ones {
                if let Some(pixel) = set.get_mut((at % high - top) * width + at / high - left) {
                    *pixel = true;
                }
            }
            start = end;
        }
        Some(Self { left, top, width, height, set })
    }

    fn has(&self, x: usize, y: usize) -> bool {
        x < self.width && y < self.height && self.set.get(y * self.width + x).copied().unwrap_or(false)
    }
}

fn point(x: usize, y: usize) -> DVec2 {
    DVec2::new(x as f64, y as f64)
}

/// Calls `found` with every run of `count` places that hold.
fn runs(count: usize, holds: impl Fn(usize) -> bool, mut found: impl FnMut(usize, usize)) {
    let mut from = None;
    for at in 0..=count {
        match (at < count && holds(at), from) {
            (true, None) => from = Some(at),
            (false, Some(start)) => {
                found(start, at);
                from = None;
            }
            _ => {}
        }
    }
}

/// Pieces of a box's edge, each of which is seen or hidden.
const EDGE_PARTS: u32 = 24;
/// A surface nearer by less than this than a box's edge does not hide it: an absolute part in metres, and a share of the depth.
const EDGE_SLACK: [f64; 2] = [0.01, 0.01];
/// Nearer than this to the camera's plane nothing is drawn, in metres.
const NEAR_M: f64 = 0.01;

/// The twelve edges; what the picture has something before is dashed.
fn solid_box(label: &Label, exact: &Exact) -> Vec<Stroke> {
    let Some(solid) = &label.solid else { return Vec::new() };
    let ink = Ink::Of(label.instance);
    let edges = (0..8_usize).flat_map(|from| [1, 2, 4].map(|bit| (from, from | bit))).filter(|(from, to)| from < to);
    let mut strokes: Vec<Stroke> = edges.flat_map(|ends| edge(ends, solid, exact, ink)).collect();
    let size = solid.size_m.to_array().map(|side| format!("{side:.2}")).join(" × ");
    let corners = solid.corners_px.iter().flatten();
    if let Some(at) = corners.copied().reduce(|one, other| if other.y < one.y { other } else { one }) {
        strokes.push(Stroke::Name { ink, at, text: format!("{}  {size} m", name(label)) });
    }
    strokes
}

fn edge((from, to): (usize, usize), solid: &Solid, exact: &Exact, ink: Ink) -> Vec<Stroke> {
    let camera = &exact.snapshot.camera;
    let corner = |number: usize| {
        let side = |bit: usize| if number >> bit & 1 == 1 { 0.5 } else { -0.5 };
        solid.world.point(solid.size_m * DVec3::new(side(0), side(1), side(2)))
    };
    let (start, end) = (corner(from), corner(to));
    let mut strokes: Vec<Stroke> = Vec::new();
    for part in 0..EDGE_PARTS {
        let at = |part: u32| camera.project(start.lerp(end, f64::from(part) / f64::from(EDGE_PARTS)));
        let ((a, a_m), (b, b_m)) = (at(part), at(part + 1));
        if a_m.min(b_m) <= NEAR_M {
            continue;
        }
        let is_hidden = hides(exact, 0.5 * (a + b), 0.5 * (a_m + b_m));
        match strokes.last_mut() {
            Some(Stroke::Line { points, dashed, .. }) if *dashed == is_hidden && points.last() == Some(&a) => {
                points.push(b);
            }
            _ => strokes.push(Stroke::Line { ink, points: vec![a, b], dashed: is_hidden }),
        }
    }
    strokes
}

/// Whether the picture shows something before `depth_m` at `px`.
fn hides(exact: &Exact, px: DVec2, depth_m: f64) -> bool {
    let frame = &exact.frame;
    if px.x < 0.0 || px.y < 0.0 || px.x >= f64::from(frame.width) || px.y >= f64::from(frame.height) {
        return false;
    }
    let at = px.y as usize * frame.width as usize + px.x as usize;
    let drawn_m = frame.depth_m.get(at).copied().map_or(0.0, f64::from);
    drawn_m > 0.0 && drawn_m < depth_m - EDGE_SLACK[0] - EDGE_SLACK[1] * depth_m
}

fn skeleton(label: &Label, points: &Points) -> Vec<Stroke> {
    let ink = Ink::Of(label.instance);
    let all = &points.points;
    let bone = |[from, to]: &[usize; 2]| {
        let (from, to) = (all.get(*from)?, all.get(*to)?);
        let dashed = from.sight != Sight::Visible || to.sight != Sight::Visible;
        Some(Stroke::Line { ink, points: vec![from.px?, to.px?], dashed })
    };
    let bones = points.bones.edges.iter().filter_map(bone);
    let dots = all.iter().zip(&points.bones.names).filter_map(|(point, part)| {
        let name = format!("{}: {}", name(label), part.replace('_', " "));
        Some(Stroke::Dot { ink, at: point.px?, hidden: point.sight != Sight::Visible, name })
    });
    bones.chain(dots).collect()
}

fn contact(contact: &Contact) -> Vec<Stroke> {
    let pressing = &contact.pressing;
    let [a, b] = [&pressing.a.0, &pressing.b.0].map(|name| name.replace('_', " "));
    let force = crate::app::theme::shown(pressing.normal_n.length(), "N");
    let hidden = contact.at.sight != Sight::Visible;
    let Some(at) = contact.at.px.filter(|_| contact.at.sight != Sight::Outside) else { return Vec::new() };
    vec![Stroke::Dot { ink: Ink::Plain, at, hidden, name: format!("{a} on {b}  {force}") }]
}

fn lanes(labels: &Labels) -> Vec<Stroke> {
    let ink = Ink::Plain;
    let areas = labels.areas.iter().flat_map(|area| outline(&area.mask));
    let areas = areas.map(|points| Stroke::Line { ink, points, dashed: true });
    let lines = labels.lines.iter().flat_map(|line| {
        let text = format!("{}  {}", line.name.replace('_', " "), line.kind.name().replace('_', " "));
        let named = line.pieces_px.first().and_then(|piece| piece.get(piece.len() / 2)).copied();
        let pieces = line.pieces_px.iter().cloned().map(move |points| Stroke::Line { ink, points, dashed: false });
        pieces.chain(named.map(|at| Stroke::Dot { ink, at, hidden: false, name: text }))
    });
    areas.chain(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::channel::paint::tests::shot;
    use crate::sense::camera::lens::Lens;
    use crate::world::Facts;

    fn labelled(exact: &Exact) -> Labelled {
        let labels = Labels::of(&exact.frame, (&exact.snapshot, Lens::PINHOLE), &Facts::default(), None);
        Labelled { labels, events: Vec::new() }
    }

    #[test]
    fn an_outline_goes_round_the_pixels_and_nothing_else() {
        let mask =
            Rle::encode(4, 3, &[false, true, true, false, false, true, false, false, false, false, false, false]);
        let pieces = outline(&mask);
        let length: f64 = pieces.iter().map(|piece| piece[0].distance(piece[1])).sum();
        assert_eq!(length, 8.0, "three pixels in an L: {pieces:?}");
        let whole = outline(&Rle::encode(2, 2, &[true; 4]));
        let length: f64 = whole.iter().map(|piece| piece[0].distance(piece[1])).sum();
        assert_eq!((length, whole.len()), (8.0, 4), "the picture's edge: {whole:?}");
        assert!(outline(&Rle::encode(2, 2, &[false; 4])).is_empty());
        // Over a column's foot into the next one's head, and nowhere near the picture's corner.
        let mut set = [false; 30];
        for at in [13, 14, 25] {
            set[at] = true;
        }
        let pieces = outline(&Rle::encode(6, 5, &set));
        let mut ends: Vec<[f64; 4]> =
            pieces.iter().map(|piece| [piece[0].x, piece[0].y, piece[1].x, piece[1].y]).collect();
        ends.sort_by(|a, b| a.partial_cmp(b).unwrap());
        let expected = [
            [1.0, 2.0, 3.0, 2.0],
            [1.0, 3.0, 3.0, 3.0],
            [1.0, 2.0, 1.0, 3.0],
            [3.0, 2.0, 3.0, 3.0],
            [1.0, 4.0, 2.0, 4.0],
            [1.0, 5.0, 2.0, 5.0],
            [1.0, 4.0, 1.0, 5.0],
            [2.0, 4.0, 2.0, 5.0],
        ];
        let mut expected = expected.to_vec();
        expected.sort_by(|a, b| a.partial_cmp(b).unwrap());
        assert_eq!(ends, expected);
    }

    #[test]
    fn boxes_are_the_labels_own_and_what_is_behind_is_dashed() {
        let exact = shot("tabletop_light_step", 3);
        let labelled = labelled(&exact);
        let boxes = strokes(LabelLayer::Boxes, &labelled, &exact);
        let label = labelled.labels.seen.iter().find(|label| &*label.name == "canister").unwrap();
        let [x, y, width, height] = label.bbox_px.map(f64::from);
        let own = boxes.iter().find_map(|stroke| match stroke {
            Stroke::Line { ink, points, dashed } if *ink == Ink::Of(label.instance) => Some((points, dashed)),
            _ => None,
        });
        let (points, dashed) = own.unwrap();
        assert_eq!((points[0], points[2], *dashed), (DVec2::new(x, y), DVec2::new(x + width, y + height), false));
        // A box in space round the canister: its far edges lie behind it, its near ones before.
        let lengths = |wanted: bool| -> f64 {
            let strokes = solid_box(label, &exact);
            let of = |stroke: &Stroke| match stroke {
                Stroke::Line { points, dashed, .. } if *dashed == wanted => {
                    points.windows(2).map(|pair| pair[0].distance(pair[1])).sum::<f64>()
                }
                _ => 0.0,
            };
            strokes.iter().map(of).sum()
        };
        assert!(lengths(true) > 5.0 && lengths(false) > lengths(true), "{} {}", lengths(true), lengths(false));
        assert!(strokes(LabelLayer::Amodal, &labelled, &exact).is_empty(), "nothing is said without covers");
    }
}
