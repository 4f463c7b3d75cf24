//! Weather, and what is in the air indoors: slots of a stage that a family may set and events may change. A stage has those that
//! can be there: the road all of them, rooms fog (steam, too) and dust.
//!
//! It is seen, and hinders cameras and ranging sensors; that wet ground is slippery is the family's to say, with its friction.

use super::WorldError;
use super::engine::Engine;
use super::fields::Binder;
use super::slots::{Slot, slot};
use super::snapshot::Weather;

/// From this visibility on there is no fog, in metres.
const CLEAR_M: f64 = 20_000.0;

pub(super) const FOG: Slot = slot(
    "fog_visibility_m",
    "m",
    [10.0, CLEAR_M, CLEAR_M],
    "How far one sees in the fog (contrast of 2 %): dense 50, thick 200, mist 2,000; at 20,000 there is none.",
);
pub(super) const DUST: Slot = slot(
    "dust_visibility_m",
    "m",
    [10.0, CLEAR_M, CLEAR_M],
    "How far one sees in the dust or smoke; at 20,000 there is none.",
);
/// In rooms one sees less far at closer range.
pub(super) const FOG_INDOORS: Slot = slot(
    "fog_visibility_m",
    "m",
    [0.5, CLEAR_M, CLEAR_M],
    "How far one sees in steam or fog (contrast of 2 %): over a pot 1, a bathroom 5; at 20,000 there is none.",
);
pub(super) const DUST_INDOORS: Slot = slot(
    "dust_visibility_m",
    "m",
    [0.5, CLEAR_M, CLEAR_M],
    "How far one sees in dust or smoke: a workshop after sweeping 20; at 20,000 there is none.",
);
pub(super) const DUST_NEAR: Slot = slot(
    "dust_visibility_m",
    "m",
    [0.05, CLEAR_M, CLEAR_M],
    "How far one sees in the dust between camera and board; at 20,000 there is none.",
);
pub(super) const RAIN: Slot =
    slot("rain_mm_h", "mm/h", [0.0, 0.0, 150.0], "Rain: light 2, moderate 7, heavy 25, a cloudburst 100.");
pub(super) const SNOW: Slot =
    slot("snow_mm_h", "mm/h", [0.0, 0.0, 20.0], "Snowfall as water: light 0.5, moderate 2, heavy 5.");
pub(super) const WETNESS: Slot =
    slot("wetness", "", [0.0, 0.0, 1.0], "How wet what lies open is: 0 dry, 1 covered by a film of water.");
pub(super) const PUDDLES: Slot =
    slot("puddles", "", [0.0, 0.0, 1.0], "Share of the level ground that lies under puddles.");

/// What a family says of the weather, in the slots' units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sky {
    /// In the order of [`ALL`].
    said: [f64; 6],
}

const ALL: [Slot; 6] = [FOG, DUST, RAIN, SNOW, WETNESS, PUDDLES];

impl Sky {
    /// As the scene of `binder`'s draw has it; clear and dry where the stage has no such slot.
    ///
    /// # Errors
    /// A value outside its range.
    pub(super) fn of(binder: &Binder<'_>) -> Result<Self, WorldError> {
        let mut said = ALL.map(|slot| slot.default);
        for (value, slot) in said.iter_mut().zip(ALL) {
            if binder.kind().slots.iter().any(|known| known.name == slot.name) {
                *value = binder.slot(slot.name)?;
            }
        }
        Ok(Self { said })
    }

    /// As events have set it by now.
    pub(super) fn now(&self, engine: &Engine) -> Weather {
        let mut now = self.said;
        for (value, slot) in now.iter_mut().zip(ALL) {
            *value = engine.slot(slot.name, *value);
        }
        weather(now)
    }
}

fn weather([fog_m, dust_m, rain, snow, wetness, puddles]: [f64; 6]) -> Weather {
    Weather {
        fog_per_m: extinction_per_m(fog_m),
        dust_per_m: extinction_per_m(dust_m),
        rain_mm_h: rain as f32,
        snow_mm_h: snow as f32,
        wetness: wetness as f32,
        puddles: puddles as f32,
    }
}

/// Koschmieder: a black thing keeps a contrast of 2 % at the visibility.
fn extinction_per_m(visibility_m: f64) -> f32 {
    if visibility_m >= CLEAR_M { 0.0 } else { (-libm::log(0.02) / visibility_m) as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visibility_is_where_two_hundredths_are_left() {
        for visibility_m in [0.5, 50.0, 200.0, 2000.0] {
            let left = libm::exp(-f64::from(extinction_per_m(visibility_m)) * visibility_m);
            assert!((left - 0.02).abs() < 1e-6, "{visibility_m}: {left}");
        }
        let clear = weather(ALL.map(|slot| slot.default));
        assert_eq!(clear, Weather::default(), "what is left out is clear and dry");
    }
}
