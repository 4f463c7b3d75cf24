//! Lamps on the GPU: their numbers, and the depth maps of those that cast shadows, side by side in one atlas.
//!
//! A lamp with a cone of up to 120 degrees has one map along its axis; one that shines all round has six, one along each axis.
//! All maps of a picture have the same size, so that few lamps have fine shadows and many have coarse ones. What casts is drawn
//! for each map: many lamps that cast cost many draws. Light that a lamp sends through others' air is left out.

use bytemuck::{Pod, Zeroable};
use glam::{DQuat, DVec3};

use super::layout::{on_screen_ball, wide};
use super::pipelines::DEPTH_FORMAT;
use super::scene::Growing;
use super::targets::texture;
use super::view::View;
use super::{Gpu, RenderError};
use crate::base::Pose;
use crate::world::snapshot::{Lamp, Snapshot};

/// The most lamps of one picture.
pub(super) const MOST_LAMPS: usize = 64;
/// Texels in a row of the atlas.
pub(super) const ATLAS_TEXELS: u32 = 2048;
/// Texels in a row of one map: as many as fit, between these.
const TILE_TEXELS: [u32; 2] = [128, 1024];
/// Nothing nearer to a lamp than this shades, in metres, be the lamp ever so small.
const NEAREST_M: f64 = 0.02;
/// Cones up to this half angle have one map.
const WIDEST_CONE_RAD: f64 = 1.05;
/// A lamp's light is left out where its irradiance, times the scene's exposure, is below this: on white that is a tenth of a step
/// of 255 once the tone curve has lifted darks, and half a step where a camera exposes two stops longer.
const DARK: f64 = 0.000_014;

/// Twin of `Lamp` in `lamp.wgsl`; 256 bytes apart, the step of dynamic offsets.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub(super) struct LampData {
    at: [f32; 4],
    direction: [f32; 4],
    colour: [f32; 4],
    shadow: [f32; 4],
    right: [f32; 4],
    down: [f32; 4],
    reach: [f32; 4],
    room: [[f32; 4]; 9],
}

/// Twin of `Face` in `lamp_shadow.wgsl`; 256 bytes apart.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub(super) struct FaceData {
    x: [f32; 4],
    y: [f32; 4],
    z: [f32; 4],
    lens: [f32; 4],
    room: [[f32; 4]; 12],
}

/// What the lamps of all views need.
#[derive(Debug, Default)]
pub(super) struct LampList {
    pub(super) lamps: Vec<LampData>,
    /// In which view each of them shines.
    pub(super) views: Vec<usize>,
    pub(super) faces: Vec<FaceData>,
    /// In which view each of them is.
    pub(super) face_views: Vec<usize>,
    /// Texels in a row of one map.
    pub(super) tile: u32,
}

impl LampData {
    /// Where its members start, in bytes.
    #[cfg(test)]
    pub(super) const OFFSETS: [usize; 7] = [
        core::mem::offset_of!(Self, at),
        core::mem::offset_of!(Self, direction),
        core::mem::offset_of!(Self, colour),
        core::mem::offset_of!(Self, shadow),
        core::mem::offset_of!(Self, right),
        core::mem::offset_of!(Self, down),
        core::mem::offset_of!(Self, reach),
    ];
}

/// Axes of the faces all round: right, down and ahead. Twin of `on_face` in `lamp.wgsl`.
fn all_round() -> [[DVec3; 3]; 6] {
    let axes = [DVec3::X, DVec3::Y, DVec3::Z];
    core::array::from_fn(|face| {
        let axis = face / 2;
        let ahead = if face % 2 == 0 { axes[axis] } else { -axes[axis] };
        [axes[(axis + 1) % 3], axes[(axis + 2) % 3], ahead]
    })
}

/// One map of a lamp: its axes, and the tangent of half its angle.
type Face = ([DVec3; 3], f64);

/// The maps of a lamp.
fn faces(lamp: &Lamp) -> Vec<Face> {
    if !lamp.casts {
        return Vec::new();
    }
    let outer = f64::from(lamp.outer_rad);
    if outer > WIDEST_CONE_RAD {
        return all_round().map(|axes| (axes, 1.0)).into();
    }
    let turn = Pose::looking_at(DVec3::ZERO, lamp.direction.normalize_or(-DVec3::Z)).rotation;
    let axes = |turn: DQuat| [turn * DVec3::X, turn * DVec3::Y, turn * DVec3::Z];
    vec![(axes(turn), libm::tan((outer + 0.02).min(WIDEST_CONE_RAD + 0.02)))]
}

/// The cosine beyond which a lamp does not shine; none is so small where it shines all round.
fn edge_of(lamp: &Lamp) -> f64 {
    if lamp.outer_rad >= core::f32::consts::PI { -2.0 } else { libm::cos(f64::from(lamp.outer_rad)) }
}

/// How far a lamp's light reaches, in metres.
fn reach_m(lamp: &Lamp, exposure: f64) -> f64 {
    let strongest = lamp.at_1_m.into_iter().fold(0.0, f32::max);
    libm::sqrt((f64::from(strongest) * exposure / DARK).max(0.0))
}

impl LampList {
    /// The lamps that light something in their view.
    pub(super) fn new(views: &[View<'_>]) -> Self {
        let seen_in = |view: &'_ View<'_>, lamp: &Lamp| {
            let exposure = f64::from(view.now.light.exposure);
            on_screen_ball(lamp.position, reach_m(lamp, exposure), view)
        };
        let all = views.iter().flat_map(|view| view.now.lamps.iter().map(move |lamp| (view, lamp)));
        let seen: Vec<(&View<'_>, &Lamp, [f32; 4], Vec<Face>)> =
            all.filter_map(|(view, lamp)| Some((view, lamp, seen_in(view, lamp)?, faces(lamp)))).collect();
        let wanted: usize = seen.iter().map(|(.., maps)| maps.len()).sum();
        let tile = tile_for(wanted);
        let in_row = ATLAS_TEXELS / tile;
        let mut list = Self { tile, ..Self::default() };
        for (view, lamp, reach, maps) in seen {
            let at = lamp.position - view.camera.world_from_camera.position;
            list.views.push(view.number);
            let first = list.faces.len();
            // what finds no room in the atlas shines through; see `Lamp::casts`
            let has_room = first + maps.len() <= (in_row * in_row) as usize;
            let shadow = if has_room { maps.len() } else { 0 };
            let (axes, tangent) = maps.first().map_or(([DVec3::X, DVec3::Y, DVec3::Z], 1.0), |map| *map);
            list.lamps.push(LampData {
                at: wide(at, f64::from(lamp.radius_m)),
                direction: wide(lamp.direction.normalize_or(-DVec3::Z), edge_of(lamp)),
                colour: [lamp.at_1_m[0], lamp.at_1_m[1], lamp.at_1_m[2], libm::cosf(lamp.inner_rad)],
                shadow: [shadow as f32, first as f32, in_row as f32, nearest_m(lamp) as f32],
                right: wide(axes[0], tangent),
                down: wide(axes[1], f64::from(tile)),
                reach,
                room: [[0.0; 4]; 9],
            });
            if has_room {
                let lens = |tangent: f64| [tangent as f32, nearest_m(lamp) as f32, 0.0, 0.0];
                list.face_views.extend(maps.iter().map(|_| view.number));
                list.faces.extend(maps.iter().map(|(axes, tangent)| FaceData::new(axes, at, lens(*tangent))));
            }
        }
        list
    }
}

impl FaceData {
    /// Where its members start, in bytes.
    #[cfg(test)]
    pub(super) const OFFSETS: [usize; 4] = [
        core::mem::offset_of!(Self, x),
        core::mem::offset_of!(Self, y),
        core::mem::offset_of!(Self, z),
        core::mem::offset_of!(Self, lens),
    ];

    fn new(axes: &[DVec3; 3], lamp_at: DVec3, lens: [f32; 4]) -> Self {
        let row = |axis: DVec3| wide(axis, axis.dot(lamp_at));
        Self { x: row(axes[0]), y: row(axes[1]), z: row(axes[2]), lens, room: [[0.0; 4]; 12] }
    }
}

/// What is nearer than this is the lamp itself, in metres.
fn nearest_m(lamp: &Lamp) -> f64 {
    NEAREST_M.max(1.1 * f64::from(lamp.radius_m))
}

/// The largest maps of which `wanted` fit into the atlas.
fn tile_for(wanted: usize) -> u32 {
    let [least, most] = TILE_TEXELS;
    let mut tile = most;
    while tile > least && ((ATLAS_TEXELS / tile) as usize).pow(2) < wanted {
        tile /= 2;
    }
    tile
}

/// Refuses more lamps than there is room for, and lamps whose numbers make no light.
pub(super) fn check(now: &Snapshot) -> Result<(), RenderError> {
    if now.lamps.len() > MOST_LAMPS {
        return Err(RenderError::TooManyLamps { count: now.lamps.len(), limit: MOST_LAMPS });
    }
    for lamp in &now.lamps {
        let numbers = lamp.at_1_m.into_iter().chain([lamp.inner_rad, lamp.outer_rad, lamp.radius_m]);
        let is_sound = numbers.into_iter().all(|value| value.is_finite() && value >= 0.0)
            && lamp.inner_rad <= lamp.outer_rad
            && lamp.position.is_finite()
            && lamp.direction.is_finite();
        if !is_sound {
            return Err(RenderError::Lamp { name: lamp.name.to_string() });
        }
    }
    Ok(())
}

/// The buffers and the atlas.
#[derive(Debug)]
pub(super) struct LampBuffers {
    pub(super) lamps: Growing,
    pub(super) faces: Growing,
    pub(super) atlas: wgpu::TextureView,
}

impl LampBuffers {
    pub(super) fn new(gpu: &Gpu) -> Self {
        let usage = wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::TEXTURE_BINDING;
        Self {
            lamps: Growing::new(gpu, "lamps", wgpu::BufferUsages::UNIFORM),
            faces: Growing::new(gpu, "faces", wgpu::BufferUsages::UNIFORM),
            atlas: texture(gpu, "lamp shadows", [ATLAS_TEXELS; 2], DEPTH_FORMAT, usage)
                .create_view(&wgpu::TextureViewDescriptor::default()),
        }
    }

    /// Uploads `list`.
    pub(super) fn bring(&mut self, gpu: &Gpu, list: &LampList) {
        self.lamps.bring(gpu, bytemuck::cast_slice(&list.lamps));
        self.faces.bring(gpu, bytemuck::cast_slice(&list.faces));
    }
}
