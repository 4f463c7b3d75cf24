//! What a family and a draw say of the tabletop.

use glam::DVec3;

use super::sight::Occluder;
use super::{grasp, human};
use crate::family::Family;
use crate::world::WorldError;
use crate::world::fields::Binder;
use crate::world::light::Window;

/// Everything that a tabletop world is built from.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    /// Where the canister stands (centre of its base) in metres.
    pub(super) canister_at: DVec3,
    pub(super) canister_yaw_rad: f64,
    pub(super) canister: Canister,
    pub(super) table_friction: f64,
    pub(super) table_tone: f64,
    pub(super) table_gloss: f64,
    pub(super) reach: Reach,
    pub(super) grasp: grasp::Settings,
    pub(super) hand_friction: f64,
    pub(super) noise_seed: u64,
    pub(super) distractor_count: u32,
    pub(super) distractor_seed: u64,
    /// Between which distances from the hand's way other things stand.
    pub(super) distractors_m: [f64; 2],
    pub(super) human: Option<human::Settings>,
    pub(super) occluder: Option<Occluder>,
    pub(super) window: Window,
}

/// The canister's body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Canister {
    pub(super) mass_kg: f64,
    pub(super) radius_m: f64,
    pub(super) height_m: f64,
    pub(super) fill: f64,
    pub(super) friction: f64,
}

/// How the right hand goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reach {
    pub(super) speed_m_s: f64,
    pub(super) offset_y_m: f64,
    pub(super) height_m: f64,
    pub(super) close: bool,
}

impl Scene {
    /// The scene that `binder`'s family and draw describe.
    pub(super) fn of(family: &Family, binder: &Binder<'_>) -> Result<Self, WorldError> {
        let get = |name: &str| binder.slot(name);
        Ok(Self {
            canister_at: DVec3::new(get("canister_x_m")?, get("canister_y_m")?, 0.0),
            canister_yaw_rad: get("canister_yaw_deg")?.to_radians(),
            canister: Canister {
                mass_kg: get("canister_mass_kg")?,
                radius_m: get("canister_radius_m")?,
                height_m: get("canister_height_m")?,
                fill: get("canister_fill")?,
                friction: get("canister_friction")?,
            },
            table_friction: get("table_friction")?,
            table_tone: get("table_tone")?,
            table_gloss: get("table_gloss")?,
            reach: Reach {
                speed_m_s: get("reach_speed_m_s")?,
                offset_y_m: get("reach_offset_y_m")?,
                height_m: get("reach_height_m")?,
                close: get("grip_close")? > 0.5,
            },
            grasp: grasp::Settings {
                force_n: get("grip_force_n")?,
                force_max_n: get("grip_force_max_n")?,
                delay_s: get("grip_delay_s")?,
                slip_gain_n_m: get("slip_gain_n_m")?,
                slip_noise_m: get("slip_noise_m")?,
                reaction_s: get("reaction_delay_s")?,
                lift_height_m: get("lift_height_m")?,
                lift_speed_m_s: get("lift_speed_m_s")?,
                canister_mass_kg: get("canister_mass_kg")?,
            },
            hand_friction: get("hand_friction")?,
            noise_seed: (get("noise_seed")? + 0.5) as u64,
            distractor_count: (get("distractor_count")? + 0.5) as u32,
            distractor_seed: (get("distractor_seed")? + 0.5) as u64,
            distractors_m: [get("distractor_gap_m")?, get("distractor_spread_m")?],
            human: human::Settings::of(binder)?,
            occluder: Occluder::of(binder)?,
            window: Window::of(family, binder)?,
        })
    }
}
