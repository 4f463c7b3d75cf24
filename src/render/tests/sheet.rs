//! Pictures that are drawn at once, against the same drawn one by one.

use glam::DVec3;

use super::{gpu, read_picture, scene};
use crate::base::{Pose, Rgb};
use crate::render::{Frame, PictureTarget, Renderer, TileRect, Wanted};
use crate::world::snapshot::{Body, Camera, Shape, Snapshot, Weather};

/// Six scenes that differ in all that a view may have of its own: camera, light, lamps, weather, number of bodies, aspect.
fn scenes() -> Vec<Snapshot> {
    let plain = scene::tabletop(320, 240);
    let mut moved = plain.clone();
    moved.camera.world_from_camera = Pose::looking_at(DVec3::new(-1.3, -1.1, 1.7), DVec3::new(0.35, 0.0, 0.7));
    let dim = Snapshot { light: scene::dim(), ..plain.clone() };
    let lit = Snapshot { lamps: vec![scene::lamp()], light: scene::dim(), ..moved.clone() };
    let weather = Weather { fog_per_m: 0.3, wetness: 0.6, puddles: 0.4, ..Weather::default() };
    let foggy = Snapshot { weather, ..moved.clone() };
    let few =
        Snapshot { bodies: plain.bodies[..6].to_vec(), camera: scene::tabletop(200, 240).camera, ..plain.clone() };
    vec![plain, moved, dim, lit, foggy, few]
}

fn tiles(scenes: &[Snapshot], size: [u32; 2]) -> (Vec<(TileRect, &Snapshot)>, [u32; 2]) {
    let place = |at: u32| TileRect { x: at % 3 * size[0], y: at / 3 * size[1], width: size[0], height: size[1] };
    let tiles = scenes.iter().enumerate().map(|(at, now)| (place(at as u32), now)).collect();
    (tiles, [3 * size[0], (scenes.len() as u32).div_ceil(3) * size[1]])
}

/// The mean and the share of far-off bytes between two pictures of the same size.
fn apart(a: &[[u8; 4]], b: &[[u8; 4]]) -> (f64, f64) {
    let steps: Vec<f64> = a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| f64::from(a.abs_diff(*b))).collect();
    let far = steps.iter().filter(|step| **step > 40.0).count();
    (steps.iter().sum::<f64>() / steps.len() as f64, far as f64 / steps.len() as f64)
}

/// Saves a sheet for people to look at where `WORLDPROOF_PICTURES` names a folder.
#[test]
fn a_sheet_for_people() {
    let (Some(gpu), Some(folder)) = (gpu(), std::env::var_os("WORLDPROOF_PICTURES")) else { return };
    let scenes = scenes();
    let (tiles, whole) = tiles(&scenes, [320, 240]);
    let mut target = PictureTarget::new(&gpu, whole[0], whole[1]).expect("target");
    Renderer::new(&gpu).expect("renderer").draw_tiles(&mut target, &tiles).expect("sheet");
    let bytes = read_picture(&gpu, &target).into_iter().flat_map(|[r, g, b, _]| [r, g, b]).collect();
    let picture = Rgb::from_bytes(whole[0], whole[1], bytes).expect("as many bytes as pixels");
    let file = std::path::PathBuf::from(folder).join("sheet.png");
    crate::base::files::write_whole(&file, &crate::base::png::encode_rgb(&picture).expect("png")).expect("written");
}

#[test]
fn tiles_drawn_at_once_look_as_they_do_one_by_one() {
    let Some(gpu) = gpu() else { return };
    let scenes = scenes();
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    for size in [[64, 48], [128, 90]] {
        let (tiles, whole) = tiles(&scenes, size);
        let target = || PictureTarget::new(&gpu, whole[0], whole[1]).expect("target");
        let (mut once, mut again, mut one_by_one) = (target(), target(), target());
        renderer.draw_tiles(&mut once, &tiles).expect("at once");
        for tile in &tiles {
            renderer.draw_tiles(&mut one_by_one, &[*tile]).expect("one by one");
        }
        // another order of the same views is another place in the targets, not another picture
        let turned: Vec<(TileRect, &Snapshot)> = tiles.iter().rev().copied().collect();
        renderer.draw_tiles(&mut again, &turned).expect("the other way round");
        let [once, again, one_by_one] = [once, again, one_by_one].map(|target| read_picture(&gpu, &target));
        let (mean, far) = apart(&once, &one_by_one);
        // edges are not smoothed on software drivers, and outlines in the map of the sun are coarser
        assert!(mean < 2.0 && far < 0.015, "{size:?}: {mean} steps apart, {far} of them far");
        let (mean, far) = apart(&once, &again);
        assert!(mean < 0.02 && far < 2e-4, "{size:?}: {mean} steps apart, {far} of them far, by the order alone");
    }
    assert!(gpu.take_errors().is_empty(), "no errors were stored");
}

#[test]
fn nothing_of_a_tile_reaches_into_its_neighbours() {
    let Some(gpu) = gpu() else { return };
    // a wall right before the camera fills its view and far more
    let empty = Snapshot { bodies: Vec::new(), ..scene::tabletop(160, 120) };
    let ahead = empty.camera.world_from_camera;
    let wall = |instance: u16, z: f64| {
        let shape = match instance {
            1 => Shape::Box { half: DVec3::new(30.0, 30.0, 0.1), round: 0.0 },
            _ => Shape::Sphere { radius: 20.0 },
        };
        let pose = Pose { position: ahead.point(DVec3::new(0.0, 0.0, z)), rotation: ahead.rotation };
        scene::body(instance, crate::world::Class::Clutter, shape, pose, scene::grey())
    };
    let full = |body: Body| Snapshot { bodies: vec![body], ..empty.clone() };
    let (flat, round) = (full(wall(1, 1.0)), full(wall(2, 21.0)));
    let scenes = [empty.clone(), flat, empty.clone(), round, empty.clone(), empty.clone()];
    let (tiles, whole) = tiles(&scenes, [42, 31]);
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let mut sheet = PictureTarget::new(&gpu, whole[0], whole[1]).expect("target");
    renderer.draw_tiles(&mut sheet, &tiles).expect("sheet");
    let sheet = read_picture(&gpu, &sheet);
    let tile = |at: usize| -> Vec<[u8; 4]> {
        let place = tiles[at].0;
        let row = |y: u32| &sheet[(y * whole[0] + place.x) as usize..(y * whole[0] + place.x + place.width) as usize];
        (place.y..place.y + place.height).flat_map(|y| row(y).iter().copied()).collect()
    };
    for at in [2, 4, 5] {
        assert!(tile(at) == tile(0), "tile {at} shows only sky, as the first does");
    }
    assert!(tile(1) != tile(0) && tile(3) != tile(0), "the wall and the ball are there");
}

#[test]
fn pictures_begun_together_are_those_drawn_one_by_one() {
    let Some(gpu) = gpu() else { return };
    let scenes = scenes();
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let wanted = Wanted { linear: true, albedo: true };
    let alone: Vec<_> = scenes
        .iter()
        .map(|now| {
            let mut frame = Frame::empty();
            let extra = renderer.frame_with(&mut frame, now, Some(now), wanted).expect("frame");
            (frame, extra, renderer.covers(now).expect("covers"))
        })
        .collect();
    let begun: Vec<_> = scenes
        .iter()
        .map(|now| (renderer.start(now, Some(now), wanted).expect("begun"), renderer.start_covers(now).expect("begun")))
        .collect();
    // one that nobody reads
    drop(renderer.start(&scenes[0], None, wanted).expect("begun"));
    let read: Vec<_> = std::thread::scope(|scope| {
        let handles: Vec<_> = begun
            .into_iter()
            .rev()
            .map(|(picture, covers)| {
                scope.spawn(move || {
                    let mut frame = Frame::empty();
                    let extra = picture.read(&mut frame).expect("read");
                    (frame, extra, covers.read().expect("read"))
                })
            })
            .collect();
        handles.into_iter().rev().map(|handle| handle.join().expect("joined")).collect()
    });
    for (at, (one, other)) in alone.iter().zip(&read).enumerate() {
        assert!(
            one == other,
            "scene {at} differs where pictures are begun together and read from the last on other threads"
        );
    }
    assert!(gpu.take_errors().is_empty(), "no errors were stored");
}

#[test]
fn many_large_and_no_tiles_are_drawn_too() {
    let Some(gpu) = gpu() else { return };
    let now = scene::tabletop(64, 48);
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let mut target = PictureTarget::new(&gpu, 512, 512).expect("target");
    renderer.draw_tiles(&mut target, &[]).expect("none");
    // more than are drawn at once, and of two sizes
    let place = |at: u32| TileRect { x: at % 16 * 32, y: at / 16 * 24, width: 32, height: 24 };
    let mut tiles: Vec<(TileRect, &Snapshot)> = (0..100).map(|at| (place(at), &now)).collect();
    tiles.push((TileRect { x: 0, y: 256, width: 512, height: 256 }, &now));
    renderer.draw_tiles(&mut target, &tiles).expect("many");
    let sheet = read_picture(&gpu, &target);
    let at = |x: u32, y: u32| sheet[(y * 512 + x) as usize];
    for tile in 0..100 {
        let place = place(tile);
        let (here, first) = (at(place.x + 16, place.y + 12), at(16, 12));
        let off = std::iter::zip(here, first).map(|(a, b)| a.abs_diff(b)).max().unwrap_or(255);
        assert!(off < 12, "tile {tile} shows {here:?}, the first {first:?}");
    }
    assert_eq!(at(256, 384)[3], 255, "the large one is there");
    let broken = Snapshot { camera: Camera { width_px: 0, ..now.camera }, ..now.clone() };
    assert!(
        renderer.draw_tiles(&mut target, &[(place(0), &now), (place(1), &broken)]).is_err(),
        "a camera without pixels"
    );
}
