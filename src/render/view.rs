//! Pictures that are drawn at once, side by side in the same targets: where each lies, and its map of the sun. A picture alone is
//! the only view.
//!
//! Every pass of many small pictures costs a driver as much as a pass over all of them together.

use glam::DVec2;

use super::RenderError;
use super::targets::TileRect;
use crate::world::snapshot::{Camera, Snapshot};

/// Views begin at multiples of this many pixels: passes at half and at quarter size then know whose each of their pixels is, and
/// patterns that repeat over the pixels begin as in a picture alone.
const STEP_PX: u32 = 4;
/// The most views that are drawn at once.
const MOST_VIEWS: u32 = 64;
/// The most pixels that are drawn at once in several views.
const MOST_PX: u32 = 1_500_000;
/// Texels in a row of a map of the sun for small pictures, and their longest side in pixels: finer ones would resolve more than
/// their pixels show.
const SMALL_SUN_MAPS: [(u32, u32); 2] = [(192, 160), (512, 320)];
/// Texels in a row of the map for all others.
const SUN_MAP: u32 = 1024;

/// One camera's picture among those that are drawn at once.
#[derive(Debug)]
pub(super) struct View<'a> {
    /// Its place among them.
    pub(super) number: usize,
    pub(super) now: &'a Snapshot,
    /// Where everything is in the picture after it, and that picture's camera, in the targets' pixels.
    pub(super) next: Option<(&'a Snapshot, Camera)>,
    /// Its camera, in the targets' pixels.
    pub(super) camera: Camera,
    /// Where it lies in the targets.
    pub(super) place: TileRect,
    /// Width and height of the targets.
    pub(super) targets: [u32; 2],
    /// Left and top of where it is shown; width and height of what it is shown in.
    pub(super) shown: [u32; 4],
    pub(super) sun_map: SunMap,
}

/// A view's map of the sun, within the texture that holds those of all views.
#[derive(Clone, Copy, Debug)]
pub(super) struct SunMap {
    /// Texels in a row.
    pub(super) texels: u32,
    corner: [u32; 2],
    /// Width and height of the texture.
    pub(super) texture: [u32; 2],
}

impl SunMap {
    /// Left, top, width and height as shares of the texture.
    pub(super) fn shares(&self) -> [f32; 4] {
        let share = |texels: u32, side: u32| texels as f32 / side as f32;
        let [width, height] = self.texture;
        let [left, top] = self.corner;
        [share(left, width), share(top, height), share(self.texels, width), share(self.texels, height)]
    }
}

/// The texels in a row of the map of the sun that a picture needs.
fn sun_texels([width, height]: [u32; 2]) -> u32 {
    let fits = SMALL_SUN_MAPS.into_iter().find(|(_, longest)| width.max(height) <= *longest);
    fits.map_or(SUN_MAP, |(texels, _)| texels)
}

impl<'a> View<'a> {
    /// A picture alone in targets of its size.
    pub(super) fn alone(now: &'a Snapshot, next: Option<&'a Snapshot>) -> Self {
        let size = [now.camera.width_px, now.camera.height_px];
        let texels = sun_texels(size);
        Self {
            number: 0,
            now,
            next: next.map(|next| (next, next.camera)),
            camera: now.camera,
            place: TileRect { x: 0, y: 0, width: size[0], height: size[1] },
            targets: size,
            shown: [0, 0, size[0], size[1]],
            sun_map: SunMap { texels, corner: [0; 2], texture: [texels; 2] },
        }
    }

    /// First and last corner in the targets' pixels.
    pub(super) fn corners(&self) -> (DVec2, DVec2) {
        let first = DVec2::new(f64::from(self.place.x), f64::from(self.place.y));
        (first, first + DVec2::new(f64::from(self.place.width), f64::from(self.place.height)))
    }

    /// Whether it fills the targets.
    pub(super) fn is_alone(&self) -> bool {
        [self.place.width, self.place.height] == self.targets
    }
}

/// A tile that is to be shown: its picture's camera already fits it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tile<'a> {
    pub(super) now: &'a Snapshot,
    pub(super) camera: Camera,
    /// Left and top of where it is shown; width and height of what it is shown in.
    pub(super) shown: [u32; 4],
}

/// How many tiles of at most `size` are drawn at once.
pub(super) fn at_once(size: [u32; 2]) -> usize {
    let [width, height] = size.map(|side| side.next_multiple_of(STEP_PX).max(1));
    (MOST_PX / width.saturating_mul(height).max(1)).clamp(1, MOST_VIEWS) as usize
}

/// Lays `tiles` out in rows, in cells of the largest of them.
pub(super) fn side_by_side<'a>(tiles: &[Tile<'a>]) -> Vec<View<'a>> {
    let largest = |side: fn(&Camera) -> u32| tiles.iter().map(|tile| side(&tile.camera)).max().unwrap_or(1);
    let size = [largest(|camera| camera.width_px), largest(|camera| camera.height_px)];
    let count = tiles.len() as u32;
    let step = if count > 1 { STEP_PX } else { 1 };
    let cell = size.map(|side| side.next_multiple_of(step));
    let columns = (1..=count).find(|side| side * side >= count).unwrap_or(1);
    let grid = [columns, count.div_ceil(columns).max(1)];
    let texels = sun_texels(size);
    let times = |cell: [u32; 2]| [grid[0] * cell[0], grid[1] * cell[1]];
    let views = tiles.iter().enumerate().map(|(number, tile)| {
        let at = [number as u32 % columns, number as u32 / columns];
        let [x, y] = [at[0] * cell[0], at[1] * cell[1]];
        let mut camera = tile.camera;
        camera.centre_px += DVec2::new(f64::from(x), f64::from(y));
        View {
            number,
            now: tile.now,
            next: None,
            place: TileRect { x, y, width: camera.width_px, height: camera.height_px },
            camera,
            targets: times(cell),
            shown: tile.shown,
            sun_map: SunMap { texels, corner: [at[0] * texels, at[1] * texels], texture: times([texels; 2]) },
        }
    });
    views.collect()
}

/// The camera at the largest size with its own aspect that fits `width` x `height`.
pub(super) fn fit(camera: &Camera, width: u32, height: u32) -> Result<Camera, RenderError> {
    if camera.width_px == 0 || camera.height_px == 0 || width == 0 || height == 0 {
        return Err(RenderError::Empty { width: camera.width_px.min(width), height: camera.height_px.min(height) });
    }
    let scale = (f64::from(width) / f64::from(camera.width_px)).min(f64::from(height) / f64::from(camera.height_px));
    let side = |pixels: u32, most: u32| (libm::round(f64::from(pixels) * scale) as u32).clamp(1, most);
    let mut out = *camera;
    out.width_px = side(camera.width_px, width);
    out.height_px = side(camera.height_px, height);
    let stretch = DVec2::new(
        f64::from(out.width_px) / f64::from(camera.width_px),
        f64::from(out.height_px) / f64::from(camera.height_px),
    );
    out.focal_px *= stretch;
    out.centre_px *= stretch;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tests::scene;

    #[test]
    fn tiles_lie_apart_and_keep_their_cameras() {
        let now = scene::tabletop(320, 240);
        for (count, size) in [(1, [30, 20]), (5, [33, 21]), (64, [160, 120])] {
            let camera = Camera { width_px: size[0], height_px: size[1], ..now.camera };
            let tiles = vec![Tile { now: &now, camera, shown: [0; 4] }; count];
            let views = side_by_side(&tiles);
            assert_eq!(views.len(), count);
            for view in &views {
                let place = view.place;
                assert!(place.x.is_multiple_of(4) && place.y.is_multiple_of(4), "{place:?}");
                assert!(place.x + place.width <= view.targets[0] && place.y + place.height <= view.targets[1]);
                let (first, last) = view.corners();
                assert_eq!(view.camera.centre_px - first, camera.centre_px);
                let [x, y, width, height] = view.sun_map.shares();
                assert!(x >= 0.0 && y >= 0.0 && x + width <= 1.0 && y + height <= 1.0);
                let apart = |other: &View<'_>| {
                    let (low, high) = other.corners();
                    other.number == view.number || low.cmpge(last).any() || high.cmple(first).any()
                };
                assert!(views.iter().all(apart), "{count} tiles: one lies over another");
            }
        }
        assert_eq!(at_once([160, 120]), 64);
        assert_eq!(at_once([4000, 3000]), 1, "large tiles come one by one");
    }
}
