//! The pictures of a glTF file's materials: base colour, roughness with metal, normals and emission.
//!
//! What stands in the material as numbers for a picture is worked into its pixels: how far alpha goes before there is a hole, and
//! how strong normals are. Occlusion is deliberately not read, nor how a file wants pixels filtered.

use std::collections::BTreeMap;
use std::sync::Arc;

use gltf::image::Source;
use gltf::material::AlphaMode;
use gltf::texture::WrappingMode;

use super::super::file::Fetch;
use super::super::{Holds, Picture, Pictures, Texture, Wrap};
use super::behind;

/// The pictures of a material and how they are laid on corners.
#[derive(Clone, Debug)]
pub(super) struct Laid {
    pub(super) pictures: Arc<Pictures>,
    /// By which of a corner's places; none where there is no picture at all.
    pub(super) set: Option<u32>,
    /// Rows that make a place on the picture of it.
    rows: [[f32; 3]; 2],
}

impl Laid {
    /// No picture, for what glows in a colour that is not its own.
    fn nowhere() -> Self {
        Self { pictures: Arc::default(), set: None, rows: PLAIN }
    }

    /// Where on the pictures lies what a file puts at `uv`.
    pub(super) fn on_picture(&self, [u, v]: [f32; 2]) -> [f32; 2] {
        self.rows.map(|[along, across, from]| along * u + across * v + from)
    }
}

/// The brightest that a material glows, as a family's own may.
const GLOW_MAX: f32 = 1e4;

/// What a picture is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// Colours all of which are there.
    Opaque,
    /// Colours with holes where alpha is less than a number with these bits.
    Cut(u32),
    /// Numbers.
    Numbers,
    /// Normals, made as much steeper as a number with these bits says.
    Normals(u32),
}

/// The pictures of a file, each read once for each part that it plays.
pub(super) struct Images<'a> {
    buffers: &'a [Vec<u8>],
    /// None where pictures are passed over.
    fetch: Option<Fetch<'a>>,
    read: BTreeMap<(usize, Part), Arc<Picture>>,
}

impl<'a> Images<'a> {
    pub(super) fn new(buffers: &'a [Vec<u8>], fetch: Option<Fetch<'a>>) -> Self {
        Self { buffers, fetch, read: BTreeMap::new() }
    }

    /// The pictures of `material`; none where it has none.
    ///
    /// # Errors
    /// A picture that is missing or broken; pictures that are not laid the same way.
    pub(super) fn laid(&mut self, material: &gltf::Material<'_>) -> Result<Option<Laid>, String> {
        let Some(fetch) = self.fetch else { return Ok(None) };
        let pbr = material.pbr_metallic_roughness();
        let (colour, roughness) = (pbr.base_color_texture(), pbr.metallic_roughness_texture());
        let (normals, light) = (material.normal_texture(), material.emissive_texture());
        let ways = [&colour, &roughness, &light].map(|info| info.as_ref().map(way));
        let mut ways = ways.into_iter().flatten();
        let own = normals.as_ref().map(gltf::material::NormalTexture::tex_coord);
        // The reader tells of normals only which places they go by: they lie as the others do.
        let first = ways.next().or_else(|| own.map(|set| (set, PLAIN)));
        let Some((set, rows)) = first else {
            return Ok((given_off(material).1 > 0.0).then(Laid::nowhere));
        };
        if ways.any(|other| other != (set, rows)) || own.is_some_and(|own| own != set) {
            let at = material.index().unwrap_or_default();
            return Err(format!(
                "has `materials[{at}]`, whose pictures are laid in different ways; bake them to one set of coordinates"
            ));
        }
        let part = match material.alpha_mode() {
            AlphaMode::Opaque => Part::Opaque,
            AlphaMode::Mask => {
                let [.., opacity] = pbr.base_color_factor();
                Part::Cut((material.alpha_cutoff().unwrap_or(0.5) / opacity.max(1e-6)).to_bits())
            }
            AlphaMode::Blend => Part::Cut(0.5_f32.to_bits()),
        };
        let pictures = Pictures {
            colour: colour.map(|info| self.texture(fetch, &info.texture(), part)).transpose()?,
            roughness: roughness.map(|info| self.texture(fetch, &info.texture(), Part::Numbers)).transpose()?,
            normals: normals
                .map(|info| self.texture(fetch, &info.texture(), Part::Normals(info.scale().to_bits())))
                .transpose()?,
            light: light.map(|info| self.texture(fetch, &info.texture(), Part::Opaque)).transpose()?,
        };
        Ok(Some(Laid { pictures: Arc::new(pictures), set: Some(set), rows }))
    }

    fn texture(&mut self, fetch: Fetch<'_>, texture: &gltf::Texture<'_>, part: Part) -> Result<Texture, String> {
        let image = texture.source();
        let at = image.index();
        let picture = if let Some(picture) = self.read.get(&(at, part)) {
            Arc::clone(picture)
        } else {
            let picture = Arc::new(self.picture(fetch, &image, part)?);
            self.read.insert((at, part), Arc::clone(&picture));
            picture
        };
        let wrap = |mode| match mode {
            WrappingMode::ClampToEdge => Wrap::Edge,
            WrappingMode::MirroredRepeat => Wrap::Mirror,
            WrappingMode::Repeat => Wrap::Repeat,
        };
        let sampler = texture.sampler();
        Ok(Texture { picture, wrap: [wrap(sampler.wrap_s()), wrap(sampler.wrap_t())] })
    }

    fn picture(&self, fetch: Fetch<'_>, image: &gltf::Image<'_>, part: Part) -> Result<Picture, String> {
        let element = format!("images[{}]", image.index());
        let fetched;
        let bytes = match image.source() {
            Source::View { view, .. } => {
                let end = view.offset().checked_add(view.length());
                let buffer = self.buffers.get(view.buffer().index());
                end.and_then(|end| buffer?.get(view.offset()..end))
                    .ok_or_else(|| format!("shows `{element}`, which lies beyond its buffer; export it again"))?
            }
            Source::Uri { uri, .. } => {
                fetched = behind(uri, &element, fetch).map_err(|text| format!("shows a picture: {text}"))?;
                &fetched
            }
        };
        let holds = if matches!(part, Part::Opaque | Part::Cut(_)) { Holds::Colour } else { Holds::Numbers };
        let whole = Picture::decoded(bytes, holds).map_err(|text| format!("shows `{element}`, which {text}"))?;
        Ok(match part {
            Part::Opaque => whole.mapped(|[red, green, blue, _]| [red, green, blue, 255]),
            Part::Cut(least) => cut(whole, f32::from_bits(least)),
            Part::Numbers => whole,
            Part::Normals(scale) => steeper(whole, f32::from_bits(scale)),
        })
    }
}

/// The colour of the light that `material` gives off, and how bright it is: times that colour a radiance. A file's 1 is white paper
/// in full sun.
pub(super) fn given_off(material: &gltf::Material<'_>) -> ([f32; 3], f32) {
    let factor = material.emissive_factor().map(|part| if part.is_finite() { part.max(0.0) } else { 0.0 });
    let strength = material.emissive_strength().filter(|strength| strength.is_finite()).unwrap_or(1.0).max(0.0);
    let most = factor.into_iter().fold(0.0, f32::max);
    (factor.map(|part| part / most.max(f32::MIN_POSITIVE)), (most * strength).min(GLOW_MAX))
}

/// As a file has it.
const PLAIN: [[f32; 3]; 2] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];

/// By which of a corner's places a picture goes, and how (`KHR_texture_transform`: scaled, turned, moved).
fn way(info: &gltf::texture::Info<'_>) -> (u32, [[f32; 3]; 2]) {
    let Some(transform) = info.texture_transform() else { return (info.tex_coord(), PLAIN) };
    let (sin, cos) = libm::sincosf(transform.rotation());
    let ([x, y], [along, across]) = (transform.offset(), transform.scale());
    let rows = [[cos * along, sin * across, x], [-sin * along, cos * across, y]];
    (transform.tex_coord().unwrap_or(info.tex_coord()), rows)
}

/// The picture with its alpha moved so that what lies below `least` lies below a half.
fn cut(picture: Picture, least: f32) -> Picture {
    let moved = |alpha: f32| match least {
        // no number below it, or none at all
        least if least <= 0.0 => 1.0,
        least if alpha < least => 0.5 * alpha / least,
        least => 0.5 + 0.5 * (alpha - least) / (1.0 - least).max(1e-6),
    };
    picture.mapped(|[red, green, blue, alpha]| {
        let share = moved(f32::from(alpha) / 255.0).clamp(0.0, 1.0);
        // 128 is the first byte that is no hole
        let byte = if share < 0.5 { (share * 255.0) as u8 } else { (share * 255.0 + 0.5) as u8 };
        [red, green, blue, byte]
    })
}

/// The normals with their lean multiplied by `scale`.
fn steeper(picture: Picture, scale: f32) -> Picture {
    let scale = if scale.is_finite() { scale } else { 1.0 };
    if scale == 1.0 {
        return picture;
    }
    let lean = |byte: u8| ((f32::from(byte) - 127.5) * scale + 128.0).clamp(0.0, 255.0) as u8;
    picture.mapped(|[right, up, out, alpha]| [lean(right), lean(up), out, alpha])
}
