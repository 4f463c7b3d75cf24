//! Refuses what would look out of a body: a camera, a lidar or a radar that is inside one as an episode begins. Surfaces are
//! seen from outside only: pictures would lack the body and keep its shadow, and a ranging sensor would look through it.
//!
//! Deliberately not here: bodies that come over a camera later on. They do so in front of real cameras too, and the frames
//! show it.

use crate::family::{Family, Finding, Severity};
use crate::sample::{Draw, Sampler};
use crate::sense::ray::{Meshes, holder};
use crate::world::{Body, Carried, Simulator, Snapshot};

use super::{RunError, ranging};

/// What a family looks with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Eye {
    Camera,
    /// Which of the family's sensors.
    Sensor(usize),
}

impl Eye {
    /// The field of the family that says where it is.
    fn field(self) -> String {
        match self {
            Self::Camera => "camera.eye_m".to_owned(),
            Self::Sensor(at) => format!("sensors[{at}].at_m"),
        }
    }

    /// What is wrong with it in `body`, and what to do.
    fn sentence(self, body: &str) -> String {
        match self {
            Self::Camera => camera_sentence(body),
            Self::Sensor(_) => {
                format!(
                    "it begins inside `{body}`, where it would see nothing; move it with `at_m`, or put it on something else"
                )
            }
        }
    }
}

/// What is wrong with a camera in `body`, and what to do.
pub fn camera_sentence(body: &str) -> String {
    format!("the camera is inside `{body}`, which pictures would then lack; move `camera.eye_m` or `{body}`")
}

/// The body that the camera of `family` is in. What it rides on may hold it: cameras look out of cars and heads, and pictures
/// show neither from within.
pub fn camera_holder<'a>(family: &Family, now: &'a Snapshot, meshes: &mut Meshes) -> Option<&'a Body> {
    let others = now.bodies.iter().filter(|body| family.camera.on.as_deref() != Some(&*body.name));
    holder(others, now.camera.world_from_camera.position, meshes)
}

/// The first eye that a body holds, and that body; the camera is asked `with_camera` only.
fn held<'a>(family: &Family, now: &'a Snapshot, carried: &[Carried], with_camera: bool) -> Option<(Eye, &'a Body)> {
    let mut meshes = Meshes::default();
    let camera = with_camera.then(|| camera_holder(family, now, &mut meshes)).flatten();
    camera.map(|body| (Eye::Camera, body)).or_else(|| {
        carried.iter().find_map(|one| {
            let body = holder(now.bodies.iter(), one.poses.first()?.position, &mut meshes)?;
            Some((Eye::Sensor(one.sensor), body))
        })
    })
}

/// Refuses a draw in which something begins inside a body; the camera too `with_camera`, where pictures are asked for.
///
/// # Errors
/// A sentence with the draw, the field and the body; where the draw cannot be built.
pub fn refuse(family: &Family, simulator: &Simulator, draw: &Draw, with_camera: bool) -> Result<(), RunError> {
    if !with_camera && !ranging::is_asked(family) {
        return Ok(());
    }
    let (now, carried) = simulator.begin(draw).map_err(RunError::of_draw(draw.index))?;
    let Some((eye, body)) = held(family, &now, &carried, with_camera) else { return Ok(()) };
    Err(RunError::Request(format!("draw {}: {}: {}", draw.index, eye.field(), eye.sentence(&body.name))))
}

/// What [`refuse`] has against the first draw of `family`, for who checks it.
pub(super) fn finding(family: &Family) -> Option<Finding> {
    let draw = Sampler::new(family, 0).ok()?.draw(0).ok()?;
    let (now, carried) = Simulator::new(family).ok()?.begin(&draw).ok()?;
    let (eye, body) = held(family, &now, &carried, true)?;
    Some(Finding { severity: Severity::Error, field: eye.field(), text: eye.sentence(&body.name) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::Bound;
    use crate::run::new::{EXAMPLES, example};

    /// The example with its camera over the middle of the canister's foot.
    fn seen_from(height_m: f64) -> Family {
        let mut family = example("tabletop_tip_over").unwrap();
        let middle = ["canister_x_m", "canister_y_m"].map(|name| Bound::Expression(name.to_owned()));
        let [x_m, y_m] = middle;
        family.camera.eye_m = [x_m, y_m, Bound::Number(height_m)];
        family
    }

    #[test]
    fn no_family_of_ours_begins_inside_something() {
        for (id, _) in EXAMPLES {
            let family = example(id).unwrap();
            assert_eq!(finding(&family), None, "{id}");
            let (sampler, simulator) = (Sampler::new(&family, 3).unwrap(), Simulator::new(&family).unwrap());
            for index in 1..6 {
                let Some(draw) = sampler.draw_if_permitted(index).unwrap() else { continue };
                refuse(&family, &simulator, &draw, true).unwrap_or_else(|error| panic!("{id}: {error}"));
            }
        }
    }

    #[test]
    fn a_camera_inside_a_body_is_refused_in_a_sentence() {
        let family = seen_from(0.08);
        let told = finding(&family).expect("it is inside");
        assert_eq!(told.field, "camera.eye_m");
        assert!(told.text.starts_with("the camera is inside `canister`"), "{}", told.text);
        let (sampler, simulator) = (Sampler::new(&family, 0).unwrap(), Simulator::new(&family).unwrap());
        let draw = sampler.draw(0).unwrap();
        let refused = refuse(&family, &simulator, &draw, true).expect_err("it sees nothing").to_string();
        assert!(refused.starts_with("draw 0: camera.eye_m: the camera is inside `canister`"), "{refused}");
        refuse(&family, &simulator, &draw, false).expect("who takes no pictures need not mind");
        assert_eq!(finding(&seen_from(0.6)), None, "above it");
    }
}
