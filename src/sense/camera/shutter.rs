//! Exposure in time: which instants of the world a picture needs, and how they come together.
//!
//! The first row begins at the snapshot's time, each next one `row_s` later, and each is open for the exposure time. The
//! pictures of equal slices of that whole span are taken at the slices' middles; a row is the mean of the slices that it is
//! open in, weighted by how long. Ids, depth, normals and flow are those of the slice in which the middle of the row's exposure
//! lies. There are so many slices that nothing seen at the start moves more than `step_px` from one to the next, at most
//! `most`: an edge of a blur over n slices is a staircase of n steps, which is off by at most 1/(2n) of its contrast, and a row
//! is shown at most half a step from where it was read. Two snapshots apart, things go straight and turn evenly.

use glam::DVec3;

use crate::base::{Linear, Rgb};
use crate::render::Frame;
use crate::sense::ray::{between as pose_between, moved};
use crate::world::sensor_model::Shutter;
use crate::world::{Camera, Dome, Lamp, Light, Snapshot};

/// When each row of a picture is open, and the slices of time it is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    rows: u32,
    row_s: f64,
    time_s: f64,
    slices: u32,
}

impl Timing {
    /// For a picture of `rows` rows, each open for `time_s`, of what moves by up to `fastest_px_s`.
    pub fn new(shutter: &Shutter<f64>, time_s: f64, rows: u32, fastest_px_s: f64) -> Self {
        let span_s = time_s + shutter.row_s * f64::from(rows.saturating_sub(1));
        let wanted = libm::ceil(fastest_px_s * span_s / shutter.step_px);
        // NaN counts as 1.
        let slices = wanted.max(1.0).min(shutter.most) as u32;
        Self { rows, row_s: shutter.row_s, time_s, slices }
    }

    /// From the first row's beginning to the last row's end, in seconds.
    pub fn span_s(&self) -> f64 {
        self.time_s + self.row_s * f64::from(self.rows.saturating_sub(1))
    }

    /// The instants to be rendered, in seconds after the snapshot.
    pub fn instants_s(&self) -> impl ExactSizeIterator<Item = f64> + use<> {
        let slice_s = self.slice_s();
        (0..self.slices).map(move |at| (f64::from(at) + 0.5) * slice_s)
    }

    fn slice_s(&self) -> f64 {
        self.span_s() / f64::from(self.slices)
    }

    /// How much slice `slice` counts in row `row`; the sum over all slices is 1.
    fn weight(&self, row: u32, slice: u32) -> f64 {
        let (slice_s, opens_s) = (self.slice_s(), f64::from(row) * self.row_s);
        let (from, to) = (f64::from(slice) * slice_s, f64::from(slice + 1) * slice_s);
        let overlap_s = (opens_s + self.time_s).min(to) - opens_s.max(from);
        (overlap_s / self.time_s).clamp(0.0, 1.0)
    }

    /// The slice in which the middle of a row's exposure lies.
    fn middle(&self, row: u32) -> u32 {
        let middle_s = f64::from(row) * self.row_s + 0.5 * self.time_s;
        ((middle_s / self.slice_s()) as u32).min(self.slices.saturating_sub(1))
    }

    /// Whether ids, depth, normals or flow of a slice are some row's.
    pub fn is_exact(&self, slice: u32) -> bool {
        (0..self.rows).any(|row| self.middle(row) == slice)
    }
}

/// A picture that is being exposed.
#[derive(Clone, Debug)]
pub struct Exposed {
    timing: Timing,
    light: Linear,
    exact: Frame,
    albedo: Option<Rgb>,
}

impl Exposed {
    /// Nothing yet, of a picture of this size.
    pub fn new(timing: Timing, width: u32, height: u32) -> Self {
        let count = width as usize * height as usize;
        let exact = Frame::blank(width, height);
        Self { timing, light: Linear { width, height, pixels: vec![[0.0; 3]; count] }, exact, albedo: None }
    }

    /// Takes in the picture of slice `slice`, multiplied by `by`.
    pub fn add(&mut self, slice: u32, light: &Linear, by: f64) {
        let width = self.light.width.max(1) as usize;
        let rows = self.light.pixels.chunks_mut(width).zip(light.pixels.chunks(width)).zip(0_u32..);
        for ((sum, row), number) in rows {
            let weight = (self.timing.weight(number, slice) * by) as f32;
            if weight > 0.0 {
                sum.iter_mut().flatten().zip(row.iter().flatten()).for_each(|(sum, channel)| *sum += channel * weight);
            }
        }
    }

    /// Takes in the other channels of slice `slice` for the rows that are theirs, and the matter's own colour where it is known.
    pub fn put(&mut self, slice: u32, exact: &Frame, albedo: Option<&Rgb>) {
        let width = self.exact.width as usize;
        for row in (0..self.exact.height).filter(|row| self.timing.middle(*row) == slice) {
            let span = row as usize * width..(row as usize + 1) * width;
            copy(&mut self.exact.depth_m, &exact.depth_m, &span);
            copy(&mut self.exact.instance, &exact.instance, &span);
            copy(&mut self.exact.normal, &exact.normal, &span);
            copy(&mut self.exact.flow_px, &exact.flow_px, &span);
            if let Some(albedo) = albedo {
                let own = self.albedo.get_or_insert_with(|| Rgb::black(exact.width, exact.height));
                copy(&mut own.bytes, &albedo.bytes, &(3 * span.start..3 * span.end));
            }
        }
    }

    /// The light, the frame whose colour is still black, and the matter's own colour where it was given.
    pub fn finish(self) -> (Linear, Frame, Option<Rgb>) {
        (self.light, self.exact, self.albedo)
    }
}

fn copy<T: Copy>(to: &mut [T], from: &[T], span: &std::ops::Range<usize>) {
    if let (Some(to), Some(from)) = (to.get_mut(span.clone()), from.get(span.clone())) {
        to.copy_from_slice(from);
    }
}

/// The fastest motion of `frame`'s flow in pixels, which is that until the next snapshot.
pub fn fastest_px(frame: &Frame) -> f64 {
    let squares = frame.flow_px.iter().map(|[x, y]| f64::from(*x) * f64::from(*x) + f64::from(*y) * f64::from(*y));
    libm::sqrt(squares.filter(|square| square.is_finite()).fold(0.0, f64::max))
}

/// The world at `after` periods behind snapshot `at`; behind the last one, what moved goes on as it did. `None` where there is
/// no such snapshot.
pub fn moment(snapshots: &[Snapshot], at: usize, after: f64) -> Option<Snapshot> {
    let place = at as f64 + after.max(0.0);
    let last = snapshots.len().saturating_sub(1);
    if last > 0 && place >= last as f64 {
        // seen from the last, so that what came with it is there
        let (now, before) = (snapshots.get(last)?, snapshots.get(last - 1)?);
        return Some(between(now, before, last as f64 - place));
    }
    let first = (place as usize).min(snapshots.len().saturating_sub(2));
    let now = snapshots.get(first)?;
    Some(match snapshots.get(first + 1) {
        Some(next) if place > first as f64 => between(now, next, place - first as f64),
        _ => now.clone(),
    })
}

/// The world a share of the way from `now` to `next`: 0 is `now`, 1 is `next`, and beyond 1 it goes on. Positions go straight,
/// turns are even (slerp), light goes in proportion; what only one of them has stays as it is in `now`.
pub fn between(now: &Snapshot, next: &Snapshot, share: f64) -> Snapshot {
    let mut bodies = now.bodies.clone();
    for (at, to) in moved(&now.bodies, &next.bodies) {
        if let Some(body) = bodies.get_mut(at) {
            body.pose = pose_between(&body.pose, &to, share);
        }
    }
    let mut lamps = now.lamps.clone();
    for lamp in &mut lamps {
        // Lamps go on and off, so that their places in the list are no names.
        let Some(to) = next.lamps.iter().find(|to| to.name == lamp.name) else { continue };
        lamp_between(lamp, to, share);
    }
    let world_from_camera = pose_between(&now.camera.world_from_camera, &next.camera.world_from_camera, share);
    Snapshot {
        time_s: now.time_s + (next.time_s - now.time_s) * share,
        bodies,
        lamps,
        dome: dome_between(now, next, share),
        light: light_between(&now.light, &next.light, share),
        camera: Camera { world_from_camera, ..now.camera },
        weather: now.weather,
    }
}

/// What is all round: it is as bright as in between, where it is the same.
fn dome_between(now: &Snapshot, next: &Snapshot, share: f64) -> Option<Dome> {
    let (from, to) = (now.dome.as_ref()?, next.dome.as_ref().or(now.dome.as_ref())?);
    Some(Dome { strength: from.strength + (to.strength - from.strength) * share as f32, ..from.clone() })
}

fn lamp_between(lamp: &mut Lamp, to: &Lamp, share: f64) {
    lamp.position += (to.position - lamp.position) * share;
    lamp.direction = direction_between(lamp.direction, to.direction, share);
    lamp.at_1_m = colour_between(lamp.at_1_m, to.at_1_m, share);
}

fn direction_between(from: DVec3, to: DVec3, share: f64) -> DVec3 {
    if from == to { from } else { (from + (to - from) * share).normalize_or(from) }
}

fn colour_between(from: [f32; 3], to: [f32; 3], share: f64) -> [f32; 3] {
    let one = |at: usize| (from[at] + (to[at] - from[at]) * share as f32).max(0.0);
    [one(0), one(1), one(2)]
}

fn light_between(from: &Light, to: &Light, share: f64) -> Light {
    Light {
        sun_direction: direction_between(from.sun_direction, to.sun_direction, share),
        sun: colour_between(from.sun, to.sun, share),
        sky: colour_between(from.sky, to.sky, share),
        horizon: colour_between(from.horizon, to.horizon, share),
        ground: colour_between(from.ground, to.ground, share),
        exposure: (from.exposure + (to.exposure - from.exposure) * share as f32).max(0.0),
        ..*from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Shutter<f64> = Shutter { row_s: 0.0, step_px: 0.5, most: 64.0 };

    #[test]
    fn every_row_is_a_mean_and_reads_its_own_time() {
        for (shutter, time_s, fastest) in [
            (PLAIN, 0.01, 1e9),
            (Shutter { row_s: 3e-5, ..PLAIN }, 0.004, 700.0),
            (Shutter { row_s: 1e-4, most: 7.0, ..PLAIN }, 1e-6, 1e5),
        ] {
            let timing = Timing::new(&shutter, time_s, 48, fastest);
            for row in 0..48 {
                let weights: Vec<f64> = (0..timing.slices).map(|slice| timing.weight(row, slice)).collect();
                assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{timing:?} row {row}");
                let mean: f64 = timing.instants_s().zip(&weights).map(|(at_s, weight)| at_s * weight).sum();
                let middle_s = f64::from(row) * shutter.row_s + 0.5 * time_s;
                let slice_s = timing.span_s() / f64::from(timing.slices);
                assert!((mean - middle_s).abs() <= 0.5 * slice_s, "{timing:?} row {row}: {mean} s, not {middle_s} s");
            }
        }
        assert_eq!(Timing::new(&PLAIN, 0.01, 48, 0.0).slices, 1, "nothing moves");
        assert_eq!(Timing::new(&PLAIN, 0.01, 48, 150.0).slices, 3, "1.5 px in half pixels");
        assert_eq!(Timing::new(&PLAIN, 0.01, 48, f64::NAN).slices, 1);
    }

    /// A bar 12.25 px wide whose left edge is at `left_px`, covering pixels by their share.
    fn bar(left_px: f64) -> Linear {
        let cover = |x: u32| {
            let (from, to) = (f64::from(x).max(left_px), (f64::from(x) + 1.0).min(left_px + 12.25));
            [(to - from).max(0.0) as f32; 3]
        };
        Linear { width: 160, height: 48, pixels: (0..48).flat_map(|_row| (0..160).map(cover)).collect() }
    }

    fn exposed(shutter: &Shutter<f64>, time_s: f64, speed_px_s: f64) -> (Linear, usize) {
        let timing = Timing::new(shutter, time_s, 48, speed_px_s);
        let mut picture = Exposed::new(timing, 160, 48);
        for (slice, at_s) in timing.instants_s().enumerate() {
            picture.add(slice as u32, &bar(10.0 + speed_px_s * at_s), 1.0);
        }
        (picture.finish().0, timing.instants_s().len())
    }

    #[test]
    fn a_blur_is_the_mean_of_its_64_pictures() {
        let (blurred, n) = exposed(&Shutter { step_px: 0.5, ..PLAIN }, 0.02, 1600.0);
        assert_eq!(n, 64);
        let pictures: Vec<Linear> =
            (0..64).map(|at| bar(10.0 + 1600.0 * 0.02 * (f64::from(at) + 0.5) / 64.0)).collect();
        // The exact blur of a bar is a trapezium: the overlap of the way with where the bar covers the pixel.
        for x in 0..160 {
            let mean: f64 = pictures.iter().map(|picture| f64::from(picture.pixels[x][0])).sum::<f64>() / 64.0;
            assert!((f64::from(blurred.pixels[x][0]) - mean).abs() < 1e-6, "column {x}");
        }
        let light: f64 = blurred.pixels[..160].iter().map(|pixel| f64::from(pixel[0])).sum();
        assert!((light - 12.25).abs() < 1e-4, "no light is lost: {light}");
    }

    #[test]
    fn the_skew_is_speed_times_row_time() {
        let (speed_px_s, row_s) = (900.0, 5e-4);
        let shutter = Shutter { row_s, step_px: 0.5, most: 1024.0 };
        let (picture, n) = exposed(&shutter, 1e-4, speed_px_s);
        println!("{n} pictures");
        let place = |row: usize| {
            let pixels = &picture.pixels[row * 160..(row + 1) * 160];
            let light: f64 = pixels.iter().map(|pixel| f64::from(pixel[0])).sum();
            let moment: f64 = pixels.iter().enumerate().map(|(x, pixel)| (x as f64 + 0.5) * f64::from(pixel[0])).sum();
            moment / light
        };
        for row in 1..48 {
            let (skew, wanted) = (place(row) - place(0), speed_px_s * row_s * row as f64);
            assert!((skew - wanted).abs() < 0.5, "row {row}: {skew} px, not {wanted} px");
        }
        println!("skew over 47 rows {:.3} px, wanted {:.3} px", place(47) - place(0), speed_px_s * row_s * 47.0);
    }

    #[test]
    fn other_channels_are_those_of_the_middle_of_each_row() {
        let timing = Timing { rows: 4, row_s: 0.01, time_s: 0.01, slices: 4 };
        let mut picture = Exposed::new(timing, 2, 4);
        let flat = |slice: u16| Rgb { width: 2, height: 4, bytes: vec![slice as u8; 24] };
        for slice in 0..4_u16 {
            let mut frame = Exposed::new(timing, 2, 4).exact;
            frame.instance.fill(slice + 1);
            frame.depth_m.fill(f32::from(slice));
            picture.put(u32::from(slice), &frame, Some(&flat(slice)));
            assert!(timing.is_exact(u32::from(slice)));
        }
        let (_, frame, albedo) = picture.finish();
        let rows: Vec<u8> = albedo.unwrap().bytes.chunks(6).map(|row| row[5]).collect();
        assert_eq!(rows, [0, 1, 2, 3]);
        assert_eq!(frame.instance, [1, 1, 2, 2, 3, 3, 4, 4]);
        assert_eq!(frame.depth_m[6], 3.0);
        let global = Timing { row_s: 0.0, slices: 5, ..timing };
        assert_eq!((0..5).filter(|slice| global.is_exact(*slice)).collect::<Vec<_>>(), [2]);
    }
}
