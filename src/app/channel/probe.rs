//! What one pixel of a picture holds: its values in all channels, read off the exact ones.

use glam::{DVec2, DVec3};

use super::{Exact, paint};
use crate::app::theme::{figures, with_unit};

/// What a pixel shows of a surface.
#[derive(Clone, Debug, PartialEq)]
pub struct Surface {
    /// Along the optical axis in metres.
    pub depth_m: f64,
    /// The point of the surface under the pixel's middle, in metres in the world.
    pub world_m: DVec3,
    /// Its instance.
    pub instance: u16,
    /// What the instance is called.
    pub name: String,
    /// The class's name.
    pub class: &'static str,
    /// In the world, of length 1 to a hundredth.
    pub normal: [f32; 3],
    /// Motion to the next state in pixels (right, down).
    pub flow_px: [f32; 2],
    /// Reflectance of red, green and blue, where it was read.
    pub albedo: Option<[f32; 3]>,
}

/// The values of one pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// Column and row.
    pub pixel: [u32; 2],
    /// 8-bit sRGB.
    pub colour: [u8; 3],
    /// Radiance, where it was read.
    pub radiance: Option<[f32; 3]>,
    /// What is seen; `None` for sky.
    pub surface: Option<Surface>,
    /// It lies beside all that was read: what it sees is not known.
    pub beyond: bool,
}

impl Probe {
    /// The values at column and row `pixel`; `None` outside the picture.
    pub fn at(exact: &Exact, pixel: [u32; 2]) -> Option<Self> {
        let frame = &exact.frame;
        if pixel[0] >= frame.width || pixel[1] >= frame.height {
            return None;
        }
        let at = pixel[1] as usize * frame.width as usize + pixel[0] as usize;
        let radiance = exact.linear.as_ref().and_then(|linear| linear.pixels.get(at).copied());
        let colour = frame.colour.pixel(pixel[0], pixel[1]);
        Some(Self { pixel, colour, radiance, surface: surface(exact, pixel, at), beyond: false })
    }

    /// The values at `pixel` of a picture through a lens, where it has this colour: those that the pinhole's picture has at the
    /// place `from`, which sees the same.
    pub fn through(exact: &Exact, (pixel, colour): ([u32; 2], [u8; 3]), from: Option<DVec2>) -> Self {
        let inside = from.filter(|from| from.cmpge(DVec2::ZERO).all());
        let known = inside.and_then(|from| Self::at(exact, [from.x as u32, from.y as u32]));
        let unknown = Self { pixel, colour, radiance: None, surface: None, beyond: true };
        Self { pixel, colour, ..known.unwrap_or(unknown) }
    }

    /// Each value with its name, in the order in which they are read.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let three = |all: [f32; 3]| all.map(|part| fixed(f64::from(part), 3)).join("  ");
        let [u, v] = self.pixel;
        let [r, g, b] = self.colour;
        let mut rows = vec![("u, v", format!("{u}, {v} px")), ("sRGB", format!("{r}  {g}  {b}"))];
        rows.extend(
            self.radiance.map(|radiance| ("radiance", radiance.map(|part| figures(f64::from(part))).join("  "))),
        );
        let Some(surface) = &self.surface else {
            let sees = if self.beyond { "beyond what a pinhole sees" } else { "sky" };
            rows.push(("sees", sees.to_owned()));
            return rows;
        };
        let world = surface.world_m.to_array().map(|part| fixed(part, 3)).join("  ");
        rows.push(("depth", with_unit(surface.depth_m, 4, "m")));
        rows.push(("world", format!("{world}{}m", crate::app::theme::THIN_SPACE)));
        rows.push(("instance", format!("{}  {}", surface.instance, surface.name)));
        rows.push(("class", surface.class.to_owned()));
        rows.push(("normal", three(surface.normal)));
        let flow = surface.flow_px.map(|part| fixed(f64::from(part), 2)).join("  ");
        rows.push(("flow", format!("{flow}{}px", crate::app::theme::THIN_SPACE)));
        let albedo = |albedo: [f32; 3]| albedo.map(|part| format!("{part:.3}")).join("  ");
        rows.extend(surface.albedo.map(|own| ("albedo", albedo(own))));
        rows
    }

    /// All rows as text, for the clipboard.
    pub fn text(&self) -> String {
        self.rows().iter().flat_map(|(name, value)| [&**name, "\t", &**value, "\n"]).collect()
    }
}

fn surface(exact: &Exact, [u, v]: [u32; 2], at: usize) -> Option<Surface> {
    let frame = &exact.frame;
    let instance = frame.instance.get(at).copied().filter(|instance| *instance != 0)?;
    let (class, name) = exact.thing(instance)?;
    let depth_m = f64::from(*frame.depth_m.get(at)?);
    let camera = &exact.snapshot.camera;
    let middle = DVec2::new(f64::from(u) + 0.5, f64::from(v) + 0.5);
    let across = (middle - camera.centre_px) / camera.focal_px;
    let albedo = exact.albedo.as_ref().map(|albedo| albedo.pixel(u, v).map(paint::reflectance));
    Some(Surface {
        depth_m,
        world_m: camera.world_from_camera.point(across.extend(1.0) * depth_m),
        instance,
        name: name.replace('_', " "),
        class: class.name(),
        normal: paint::unit(frame.normal.get(at).copied()?),
        flow_px: frame.flow_px.get(at).copied()?,
        albedo,
    })
}

/// With a true minus, as wide with it as without.
fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:+.decimals$}");
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::super::paint::tests::shot;
    use super::*;

    #[test]
    fn what_is_shown_is_what_the_frame_holds() {
        let exact = shot("tabletop_light_step", 6);
        let (frame, camera) = (&exact.frame, &exact.snapshot.camera);
        let mut seen = 0;
        for (u, v) in (0..160).step_by(7).flat_map(|u| (0..120).step_by(5).map(move |v| (u, v))) {
            let at = (v * 160 + u) as usize;
            let probe = Probe::at(&exact, [u, v]).unwrap();
            let rows: std::collections::BTreeMap<_, _> = probe.rows().into_iter().collect();
            assert_eq!(probe.colour, frame.colour.pixel(u, v));
            assert_eq!(rows["u, v"], format!("{u}, {v} px"));
            let Some(surface) = probe.surface else {
                assert_eq!((frame.instance[at], rows["sees"].as_str()), (0, "sky"));
                continue;
            };
            seen += 1;
            assert_eq!(surface.instance, frame.instance[at]);
            assert!(rows["depth"].starts_with(&format!("{:.4}", frame.depth_m[at])), "{rows:?}");
            // The point of the world lies under the pixel's middle, as deep as the frame says.
            let (px, depth_m) = camera.project(surface.world_m);
            assert!(px.distance(DVec2::new(f64::from(u) + 0.5, f64::from(v) + 0.5)) < 1e-6, "{px}");
            assert!((depth_m - f64::from(frame.depth_m[at])).abs() < 1e-9);
            // And on the body that is called so.
            let on = |body: &&crate::world::Body| body.instance == surface.instance;
            let body = exact.snapshot.bodies.iter().find(on).unwrap();
            assert_eq!((surface.name.as_str(), surface.class), (&*body.name.replace('_', " "), body.class.name()));
            assert_eq!(surface.flow_px, frame.flow_px[at]);
            let [r, g, b] = probe.radiance.unwrap();
            assert!(r >= 0.0 && g >= 0.0 && b >= 0.0 && surface.albedo.unwrap().iter().all(|part| *part <= 1.0));
        }
        assert!(seen > 200, "{seen}");
        assert_eq!(Probe::at(&exact, [160, 3]), None, "outside");
        // Through a lens: what the pinhole has where the same is seen, with the place and the colour on screen.
        let plain = Probe::at(&exact, [80, 90]).unwrap();
        let bent = Probe::through(&exact, ([82, 92], [1, 2, 3]), Some(DVec2::new(80.7, 90.2)));
        assert_eq!(bent, Probe { pixel: [82, 92], colour: [1, 2, 3], ..plain });
        for from in [None, Some(DVec2::new(-0.5, 4.0)), Some(DVec2::new(9.0, 120.5))] {
            let bent = Probe::through(&exact, ([0, 4], [1, 2, 3]), from);
            assert!(bent.surface.is_none() && bent.rows()[2].1.contains("beyond"), "{:?}", bent.rows());
        }
        assert!(Probe::at(&exact, [80, 90]).unwrap().text().contains("depth\t"));
    }
}
