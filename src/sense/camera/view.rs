//! A lens's picture out of pinhole pictures: which to render, and where each pixel comes from.
//!
//! One pinhole picture is enough where no pixel looks farther than 50° from the axis; else the faces of a cube that are looked
//! at, each cut to what is needed of it. A pinhole picture is everywhere at least as dense as the lens's: its focal length is
//! one over the smallest stretch of any pixel. Colour is interpolated bilinearly in linear light; ids, normals, depth and flow
//! are the nearest sample's and never blended. Where a lens gathers many samples into one pixel (the middle of a strong barrel),
//! they are deliberately not averaged: the ratio is that of the densities, below 2 for lenses under 100°.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use glam::{DQuat, DVec2, DVec3};
use rayon::prelude::*;

use super::lens::{Folds, Lens};
use crate::base::{Linear, Pose, Rgb};
use crate::render::{Cover, Frame};
use crate::world::Camera;

/// The farthest that a pixel may look from the axis for one pinhole picture, as a tangent: 50°.
const SINGLE_TAN: f64 = 1.191_753_592_594_21;
/// Spare samples round what is looked at, for interpolation.
const RIM_PX: f64 = 2.0;
/// Spare density, since stretches are told between neighbouring pixels.
const SPARE: f64 = 1.02;
/// Longest side of a pinhole picture.
const LONGEST_PX: f64 = 8192.0;
/// The smallest depth along the axis that is told in a channel; beside and behind the camera there is none.
const LEAST_DEPTH_M: f64 = 1e-3;

/// Why a lens's picture cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum ViewError {
    /// The distortion folds.
    #[error(transparent)]
    Folds(#[from] Folds),
    /// A pinhole picture would be too large.
    #[error(
        "the lens shrinks the scene so much in places that a pinhole picture of {side_px:.0} px a side would be needed, at most \
         {LONGEST_PX} can be; make the picture smaller, or the lens milder"
    )]
    TooLarge {
        /// Its longer side.
        side_px: f64,
    },
    /// Nothing is seen.
    #[error("no pixel of the picture looks anywhere through this lens; check its focal length and principal point")]
    Dark,
}

/// One pinhole picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// `lens_from_view`.
    pub rotation: DQuat,
    /// Pixels in a row.
    pub width_px: u32,
    /// Rows.
    pub height_px: u32,
    /// Focal length in pixels.
    pub focal_px: f64,
    /// Principal point in pixels.
    pub centre_px: DVec2,
}

impl View {
    /// The pinhole camera of this view, where the lens's camera stands at `world_from_camera`.
    pub fn camera(&self, world_from_camera: &Pose) -> Camera {
        Camera {
            width_px: self.width_px,
            height_px: self.height_px,
            focal_px: DVec2::splat(self.focal_px),
            centre_px: self.centre_px,
            world_from_camera: world_from_camera.then(&Pose { position: DVec3::ZERO, rotation: self.rotation }),
        }
    }

    /// The ray of depth 1 through a place in the picture, in the lens's frame.
    fn ray(&self, pixel: DVec2) -> DVec3 {
        self.rotation * ((pixel - self.centre_px) / self.focal_px).extend(1.0)
    }
}

/// Where a pixel of the lens's picture comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Source {
    /// Which view; `NOWHERE` where the lens is dark.
    view: u32,
    at: [f32; 2],
}

const NOWHERE: u32 = u32::MAX;

/// How the picture of one lens is made. Independent of where the camera stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    lens: Lens,
    /// The lens's focal length, principal point and size; its pose is not used.
    camera: Camera,
    views: Vec<View>,
    sources: Vec<Source>,
    /// Worked out when they are first asked for.
    cosines: OnceLock<Vec<f32>>,
}

impl Plan {
    /// How the picture that `camera` takes through `lens` is made.
    ///
    /// # Errors
    /// [`ViewError`].
    pub fn of(lens: &Lens, camera: &Camera) -> Result<Self, ViewError> {
        let camera = Camera { world_from_camera: Pose::IDENTITY, ..*camera };
        let (views, sources, cosines) = Default::default();
        let mut plan = Self { lens: *lens, camera, views, sources, cosines };
        if lens.is_pinhole() {
            return Ok(plan);
        }
        lens.check(&camera)?;
        let (width, height) = (camera.width_px as usize, camera.height_px as usize);
        let rays: Vec<Option<DVec3>> = (0..width * height)
            .into_par_iter()
            .map(|at| lens.ray(&camera, DVec2::new((at % width) as f64 + 0.5, (at / width) as f64 + 0.5)))
            .collect();
        let narrow = |ray: &DVec3| ray.z > 0.0 && libm::hypot(ray.x, ray.y) <= SINGLE_TAN * ray.z;
        let is_single = rays.iter().flatten().all(narrow);
        let turns = if is_single { vec![DQuat::IDENTITY] } else { cube() };
        let face = |ray: &DVec3| if is_single { 0 } else { face_of(*ray) };
        plan.sources = vec![Source { view: NOWHERE, at: [0.0; 2] }; rays.len()];
        for (number, turn) in turns.into_iter().enumerate() {
            let mine = |at: usize| rays.get(at).copied().flatten().filter(|ray| face(ray) == number);
            let Some(view) = fitted(turn, width, &rays, &mine)? else { continue };
            let index = plan.views.len() as u32;
            plan.views.push(view);
            for (at, source) in plan.sources.iter_mut().enumerate() {
                if let Some(ray) = mine(at) {
                    let own = turn.conjugate() * ray;
                    let pixel = DVec2::new(own.x, own.y) / own.z * view.focal_px + view.centre_px;
                    *source = Source { view: index, at: [pixel.x as f32, pixel.y as f32] };
                }
            }
        }
        if plan.views.is_empty() { Err(ViewError::Dark) } else { Ok(plan) }
    }

    /// Whether it is the plan of this lens and camera, wherever that stands.
    pub fn fits(&self, lens: &Lens, camera: &Camera) -> bool {
        self.lens == *lens && self.camera == Camera { world_from_camera: Pose::IDENTITY, ..*camera }
    }

    /// The pinhole pictures to be rendered; none where the camera's own is the lens's.
    pub fn views(&self) -> &[View] {
        &self.views
    }

    /// The angle of each pixel's ray from the optical axis as its cosine, row by row; where the lens is dark, 0.
    pub fn cosines(&self) -> &[f32] {
        self.cosines.get_or_init(|| self.find_cosines())
    }

    fn find_cosines(&self) -> Vec<f32> {
        let (width, height) = (self.camera.width_px as usize, self.camera.height_px as usize);
        let cosine = |at: usize| {
            let ray = match self.sources.get(at) {
                None => {
                    let pixel = DVec2::new((at % width) as f64 + 0.5, (at / width) as f64 + 0.5);
                    ((pixel - self.camera.centre_px) / self.camera.focal_px).extend(1.0)
                }
                Some(source) => match self.views.get(source.view as usize) {
                    Some(view) => view.ray(DVec2::new(f64::from(source.at[0]), f64::from(source.at[1]))),
                    None => return 0.0,
                },
            };
            (ray.z / ray.length()).max(0.0) as f32
        };
        (0..width * height).into_par_iter().map(cosine).collect()
    }

    /// The lens's picture from those of its views, in their order.
    pub fn colour(&self, pictures: &[Linear]) -> Linear {
        let (width, height) = (self.camera.width_px, self.camera.height_px);
        let one = |source: &Source| match pictures.get(source.view as usize) {
            Some(picture) => bilinear(picture, source.at),
            None => [0.0; 3],
        };
        Linear { width, height, pixels: self.sources.par_iter().map(one).collect() }
    }

    /// The matter's own colour from that of its views: the nearest sample's, as ids are; black where the lens is dark.
    pub fn albedo(&self, pictures: &[Rgb]) -> Rgb {
        let mut out = Rgb::black(self.camera.width_px, self.camera.height_px);
        for (pixel, source) in out.bytes.as_chunks_mut::<3>().0.iter_mut().zip(&self.sources) {
            if let Some(picture) = pictures.get(source.view as usize) {
                let column = (source.at[0].max(0.0) as u32).min(picture.width.saturating_sub(1));
                let row = (source.at[1].max(0.0) as u32).min(picture.height.saturating_sub(1));
                *pixel = picture.pixel(column, row);
            }
        }
        out
    }

    /// All other channels from those of its views; its colour is black. Depth is along the lens's own axis, and 0 beside and
    /// behind it; flow is in the lens's pixels.
    pub fn exact(&self, frames: &[Frame]) -> Frame {
        let (width, height) = (self.camera.width_px, self.camera.height_px);
        let mut out = Frame::blank(width, height);
        let channels = out.depth_m.iter_mut().zip(&mut out.instance).zip(&mut out.normal).zip(&mut out.flow_px);
        for ((((depth, instance), normal), flow), source) in channels.zip(&self.sources) {
            let Some((view, frame)) = self.views.get(source.view as usize).zip(frames.get(source.view as usize)) else {
                continue;
            };
            let column = (source.at[0].max(0.0) as u32).min(frame.width.saturating_sub(1));
            let row = (source.at[1].max(0.0) as u32).min(frame.height.saturating_sub(1));
            let at = row as usize * frame.width as usize + column as usize;
            let here = DVec2::new(f64::from(column) + 0.5, f64::from(row) + 0.5);
            *instance = frame.instance.get(at).copied().unwrap_or_default();
            *normal = frame.normal.get(at).copied().unwrap_or_default();
            let along = f64::from(frame.depth_m.get(at).copied().unwrap_or_default()) * view.ray(here).z;
            *depth = if along >= LEAST_DEPTH_M { along as f32 } else { 0.0 };
            *flow = self.flow(view, here, frame.flow_px.get(at).copied().unwrap_or_default());
        }
        out
    }

    /// What each instance covers in the lens's picture from what it covers in its views', hidden pixels included.
    pub fn covers(&self, of_views: &[Vec<Cover>]) -> Vec<Cover> {
        let mut found: BTreeMap<u16, Cover> = BTreeMap::new();
        let (width, height) = (self.camera.width_px, self.camera.height_px);
        for (view, covers) in (0_u32..).zip(of_views) {
            let own_pixels = (0_u32..).zip(&self.sources).filter(|(_, source)| source.view == view);
            let pixels: Vec<[u32; 4]> = own_pixels
                .map(|(at, Source { at: [x, y], .. })| [at % width, at / width, x.max(0.0) as u32, y.max(0.0) as u32])
                .collect();
            for cover in covers {
                let own = found.entry(cover.instance).or_insert_with(|| Cover::none(cover.instance, width, height));
                for [column, row, x, y] in &pixels {
                    if cover.has(*x, *y) {
                        own.set(*column, *row);
                    }
                }
            }
        }
        found.into_values().collect()
    }

    /// A motion in a view as a motion in the lens's picture; none where the lens does not see its end.
    fn flow(&self, view: &View, here: DVec2, by_px: [f32; 2]) -> [f32; 2] {
        if by_px == [0.0; 2] {
            return by_px;
        }
        let place = |pixel: DVec2| self.lens.project(&self.camera, view.ray(pixel));
        let there = here + DVec2::new(f64::from(by_px[0]), f64::from(by_px[1]));
        place(here).zip(place(there)).map_or([0.0; 2], |(from, to)| (to - from).as_vec2().to_array())
    }
}

/// `lens_from_view` of the faces of a cube: ahead, right, left, down, up, behind.
fn cube() -> Vec<DQuat> {
    use core::f64::consts::{FRAC_PI_2, PI};
    vec![
        DQuat::IDENTITY,
        turn_about(DVec3::Y, FRAC_PI_2),
        turn_about(DVec3::Y, -FRAC_PI_2),
        turn_about(DVec3::X, -FRAC_PI_2),
        turn_about(DVec3::X, FRAC_PI_2),
        turn_about(DVec3::Y, PI),
    ]
}

fn turn_about(axis: DVec3, angle_rad: f64) -> DQuat {
    let (sine, cosine) = libm::sincos(0.5 * angle_rad);
    DQuat::from_xyzw(axis.x * sine, axis.y * sine, axis.z * sine, cosine)
}

/// Which face of [`cube`] a ray meets.
fn face_of(ray: DVec3) -> usize {
    let size = ray.abs();
    if size.z >= size.x && size.z >= size.y {
        if ray.z > 0.0 { 0 } else { 5 }
    } else if size.x >= size.y {
        if ray.x > 0.0 { 1 } else { 2 }
    } else if ray.y > 0.0 {
        3
    } else {
        4
    }
}

/// The pinhole picture that is turned by `turn` and dense and large enough for the pixels that `mine` gives rays of.
fn fitted(
    turn: DQuat,
    width: usize,
    rays: &[Option<DVec3>],
    mine: &dyn Fn(usize) -> Option<DVec3>,
) -> Result<Option<View>, ViewError> {
    let plane = |ray: DVec3| {
        let own = turn.conjugate() * ray;
        (own.z > 0.0).then(|| DVec2::new(own.x, own.y) / own.z)
    };
    let mut stretch = f64::INFINITY;
    let (mut low, mut high) = (DVec2::INFINITY, DVec2::NEG_INFINITY);
    for at in 0..rays.len() {
        let Some(here) = mine(at).and_then(plane) else { continue };
        low = low.min(here);
        high = high.max(here);
        let beside = |other: usize| Some(plane(rays.get(other).copied().flatten()?)? - here);
        let right = if (at + 1) % width == 0 { None } else { beside(at + 1) };
        if let (Some(right), Some(down)) = (right, beside(at + width)) {
            stretch = stretch.min(least_stretch(right, down));
        }
    }
    let is_seen = low.x <= high.x;
    if !is_seen {
        return Ok(None);
    }
    // A single row or column has no neighbours both ways: as dense as what it spans.
    let stretch = if stretch.is_finite() { stretch } else { (high - low).max_element().max(1e-3) / rays.len() as f64 };
    let focal_px = SPARE / stretch;
    let size = (high - low) * focal_px + 2.0 * RIM_PX;
    let fits = size.max_element() <= LONGEST_PX;
    if !fits {
        return Err(ViewError::TooLarge { side_px: size.max_element() });
    }
    Ok(Some(View {
        rotation: turn,
        width_px: libm::ceil(size.x) as u32,
        height_px: libm::ceil(size.y) as u32,
        focal_px,
        centre_px: DVec2::splat(RIM_PX) - low * focal_px,
    }))
}

/// The smaller singular value of the matrix with these columns.
fn least_stretch(a: DVec2, b: DVec2) -> f64 {
    let (sum, area) = (a.length_squared() + b.length_squared(), a.perp_dot(b).abs());
    // The larger value squared is (sum + root) / 2, and the product of both is the area: no cancellation that way.
    let root = libm::sqrt((sum * sum - 4.0 * area * area).max(0.0));
    let larger = libm::sqrt(0.5 * (sum + root));
    if larger > 0.0 { area / larger } else { 0.0 }
}

/// The light at a place in a picture; beyond the rim that of the rim.
pub(super) fn bilinear(picture: &Linear, [x, y]: [f32; 2]) -> [f32; 3] {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let corner = |value: f32, count: usize| {
        let value = (value - 0.5).clamp(0.0, count.saturating_sub(1) as f32);
        let first = value as usize;
        (first, (first + 1).min(count.saturating_sub(1)), value - first as f32)
    };
    let ((left, right, across), (top, bottom, down)) = (corner(x, width), corner(y, height));
    let pixel = |row: usize, column: usize| picture.pixels.get(row * width + column).copied().unwrap_or_default();
    let mix = |a: [f32; 3], b: [f32; 3], share: f32| [0, 1, 2].map(|c: usize| a[c] + (b[c] - a[c]) * share);
    mix(mix(pixel(top, left), pixel(top, right), across), mix(pixel(bottom, left), pixel(bottom, right), across), down)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera(focal_px: f64) -> Camera {
        let wide = Camera::with_vertical_fov(160, 120, 50.0, Pose::IDENTITY);
        Camera { focal_px: DVec2::splat(focal_px), ..wide }
    }

    /// Pinhole frames of a plane at depth `far_m` along the lens's axis, with the colour of each pixel its own ray.
    fn painted(view: &View, far_m: f64, flow_px: [f32; 2]) -> (Frame, Linear) {
        let (width, height) = (view.width_px, view.height_px);
        let places: Vec<DVec2> = (0..width * height)
            .map(|at| DVec2::new(f64::from(at % width) + 0.5, f64::from(at / width) + 0.5))
            .collect();
        let rays: Vec<DVec3> = places.iter().map(|place| view.ray(*place)).collect();
        let depth = |ray: &DVec3| if ray.z > 1e-6 { (far_m / ray.z) as f32 } else { 0.0 };
        let frame = Frame {
            width,
            height,
            colour: Rgb::black(width, height),
            depth_m: rays.iter().map(depth).collect(),
            instance: rays.iter().map(|ray| 1 + u16::from(ray.x > 0.0)).collect(),
            normal: vec![[0, 0, -127]; rays.len()],
            flow_px: vec![flow_px; rays.len()],
        };
        let pixels = rays.iter().map(|ray| ray.normalize().as_vec3().to_array()).collect();
        (frame, Linear { width, height, pixels })
    }

    #[test]
    fn every_pixel_gets_the_light_of_its_own_ray() {
        for (lens, focal, n_views) in [
            (Lens::brown_conrady([-0.25, 0.08, 0.0, 0.0, 0.0, 0.0], [0.001, -0.002]), 150.0, 1),
            (Lens::kannala_brandt([-0.02, 0.005, -0.003, 0.0004]), 60.0, 5),
            (Lens::kannala_brandt([0.0; 4]), 25.0, 6),
        ] {
            let camera = camera(focal);
            let plan = Plan::of(&lens, &camera).unwrap();
            assert_eq!(plan.views().len(), n_views, "{lens:?}");
            let (frames, lights): (Vec<Frame>, Vec<Linear>) =
                plan.views().iter().map(|view| painted(view, 2.0, [0.0; 2])).unzip();
            let (colour, exact) = (plan.colour(&lights), plan.exact(&frames));
            let cosines = plan.cosines();
            let cover = |frame: &Frame| {
                let mut cover = Cover::none(2, frame.width, frame.height);
                let own = (0_u32..).zip(&frame.instance).filter(|(_, instance)| **instance == 2);
                own.for_each(|(at, _)| cover.set(at % frame.width, at / frame.width));
                vec![cover]
            };
            let covers = plan.covers(&frames.iter().map(cover).collect::<Vec<_>>());
            let [cover] = &covers[..] else { panic!("{covers:?}") };
            let covered = |at: u32| cover.has(at % 160, at / 160) == (exact.instance[at as usize] == 2);
            assert!((0..160 * 120).all(covered), "{lens:?}: what hides nothing is covered where it is seen");
            for at in 0..160 * 120 {
                let pixel = DVec2::new(f64::from(at % 160) + 0.5, f64::from(at / 160) + 0.5);
                let at = at as usize;
                let Some(ray) = lens.ray(&camera, pixel) else {
                    assert_eq!((colour.pixels[at], exact.instance[at]), ([0.0; 3], 0), "dark at {pixel}");
                    continue;
                };
                let got = DVec3::from(colour.pixels[at].map(f64::from));
                // A bilinear mix of unit rays is off by the square of a sample's angle.
                assert!(got.distance(ray) < 0.3 / (focal * focal), "{lens:?} {pixel}: {got}, not {ray}");
                assert!((f64::from(cosines[at]) - ray.z.max(0.0)).abs() < 1e-4, "{pixel}");
                if ray.z > 0.1 {
                    assert!((exact.depth_m[at] - 2.0).abs() < 1e-4, "{pixel}: {}", exact.depth_m[at]);
                }
                if ray.x.abs() > 2.0 / focal {
                    assert_eq!(exact.instance[at], 1 + u16::from(ray.x > 0.0), "{pixel}");
                }
            }
        }
    }

    #[test]
    fn pinhole_pictures_are_at_least_as_dense_as_the_lens() {
        for lens in [
            Lens::brown_conrady([-0.25, 0.08, 0.0, 0.0, 0.0, 0.0], [0.0; 2]),
            Lens::brown_conrady([0.4, 0.1, 0.0, 0.0, 0.0, 0.0], [0.0; 2]),
            Lens::kannala_brandt([0.05, 0.0, 0.0, 0.0]),
        ] {
            let plan = Plan::of(&lens, &camera(90.0)).unwrap();
            let of = |at: usize| plan.sources[at];
            let mut least = f64::INFINITY;
            for at in (0..119).flat_map(|row| (0..159).map(move |column| row * 160 + column)) {
                let (here, right, down) = (of(at), of(at + 1), of(at + 160));
                if here.view == right.view && here.view == down.view {
                    let by =
                        |to: Source| DVec2::new(f64::from(to.at[0] - here.at[0]), f64::from(to.at[1] - here.at[1]));
                    least = least.min(least_stretch(by(right), by(down)));
                }
            }
            assert!((1.0..1.05).contains(&least), "{lens:?}: a pixel takes {least} samples at least");
        }
    }

    #[test]
    fn flow_is_told_in_the_lenss_pixels() {
        let (lens, camera) = (Lens::brown_conrady([-0.3, 0.1, 0.0, 0.0, 0.0, 0.0], [0.0; 2]), camera(130.0));
        let plan = Plan::of(&lens, &camera).unwrap();
        let view = plan.views()[0];
        let frames = [painted(&view, 2.0, [3.0, -2.0]).0];
        let flow = plan.exact(&frames).flow_px;
        for (x, y) in [(80_u32, 60_u32), (10, 10), (150, 40)] {
            let pixel = DVec2::new(f64::from(x) + 0.5, f64::from(y) + 0.5);
            let ray = lens.ray(&camera, pixel).unwrap();
            let moved = ray / ray.z + DVec3::new(3.0, -2.0, 0.0) / view.focal_px;
            let expected = lens.project(&camera, moved).unwrap() - pixel;
            let got = flow[(y * 160 + x) as usize];
            let got = DVec2::new(f64::from(got[0]), f64::from(got[1]));
            assert!(got.distance(expected) < 0.05, "{pixel}: {got}, not {expected}");
        }
        let still = plan.exact(&[painted(&view, 2.0, [0.0; 2]).0]);
        assert!(still.flow_px.iter().all(|flow| *flow == [0.0; 2]), "what stands still stands still");
    }

    #[test]
    fn a_pinhole_needs_no_other_picture_and_a_wrong_lens_is_refused() {
        assert!(Plan::of(&Lens::PINHOLE, &camera(100.0)).unwrap().views().is_empty());
        let folds = Lens::brown_conrady([-0.5, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0; 2]);
        assert!(matches!(Plan::of(&folds, &camera(90.0)), Err(ViewError::Folds(_))));
        let away = Camera { centre_px: DVec2::new(9000.0, 0.0), ..camera(100.0) };
        assert_eq!(Plan::of(&Lens::kannala_brandt([0.0; 4]), &away).unwrap_err(), ViewError::Dark);
    }
}
