//! What grows and what is packed: patterns that show near by, keep their mean from afar and come out the same again.

use glam::DVec3;

use super::gpu;
use super::scene::{body, light, material};
use crate::base::{Pose, Rgb};
use crate::render::{Frame, Renderer, Wanted};
use crate::world::snapshot::{Camera, Class, Shape, Snapshot, Surface, Weather};

const COLOUR: [f32; 3] = [0.50, 0.34, 0.20];
const SECOND: [f32; 3] = [0.30, 0.12, 0.08];

/// The matter of a wall of 4 m with a pattern of `scale_m`, from `away_m`; square roots in 255 steps.
fn wall(renderer: &mut Renderer, (surface, scale_m): (Surface, f32), (away_m, seed): (f64, u32)) -> Rgb {
    let mut look = material(surface, COLOUR, SECOND, 0.7);
    (look.scale_m, look.seed) = (scale_m, seed);
    let wall =
        body(1, Class::Clutter, Shape::Box { half: DVec3::new(0.05, 4.0, 4.0), round: 0.0 }, Pose::IDENTITY, look);
    let eye = Pose::looking_at(DVec3::new(-away_m - 0.05, 0.0, 0.0), DVec3::ZERO);
    let camera = Camera::with_vertical_fov(96, 96, 30.0, eye);
    let now = Snapshot {
        time_s: 0.0,
        bodies: vec![wall],
        light: light(),
        lamps: Vec::new(),
        dome: None,
        weather: Weather::default(),
        camera,
    };
    let wanted = Wanted { linear: false, albedo: true };
    renderer.frame_with(&mut Frame::empty(), &now, None, wanted).expect("frame").albedo.expect("albedo")
}

/// Mean and standard deviation of linear green.
fn green(image: &Rgb) -> [f64; 2] {
    let all: Vec<f64> = image.pixels().map(|[_, green, _]| (f64::from(green) / 255.0).powi(2)).collect();
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    let variance = all.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / all.len() as f64;
    [mean, variance.sqrt()]
}

#[test]
fn patterns_show_near_by_and_keep_their_mean_from_afar() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let mut seen = Vec::new();
    // blotches of skin are 22 times as broad as its pores
    for (surface, scale_m) in [(Surface::Cardboard, 0.02), (Surface::Skin, 0.002), (Surface::Foliage, 0.02)] {
        let look = (surface, scale_m);
        let near = wall(&mut renderer, look, (0.3, 3));
        assert_eq!(near, wall(&mut renderer, look, (0.3, 3)), "{surface:?}: the same again");
        assert_ne!(near, wall(&mut renderer, look, (0.3, 4)), "{surface:?}: another seed is another variant");
        let ([mean, contrast], [far_mean, far_contrast]) = (green(&near), green(&wall(&mut renderer, look, (7.0, 3))));
        println!("{surface:?}: near {mean:.3} ± {contrast:.3}, far {far_mean:.3} ± {far_contrast:.3}");
        assert!(contrast > 0.008, "{surface:?} shows nothing: {contrast}");
        assert!(far_contrast < contrast, "{surface:?} glitters from afar: {far_contrast}, near {contrast}");
        assert!((far_mean / mean - 1.0).abs() < 0.25, "{surface:?}: {mean} near, {far_mean} from afar");
        assert!(mean > 0.4 * f64::from(SECOND[1]) && mean < 1.3 * f64::from(COLOUR[1]), "{surface:?}: {mean}");
        seen.push(near);
    }
    assert!(seen[0] != seen[1] && seen[1] != seen[2] && seen[0] != seen[2], "three different patterns");
}
