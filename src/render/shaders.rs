//! The shaders' sources as they are compiled: each the files in `shaders` that it is made of, one after the other.

/// The shader sources as they are compiled; also what the tests parse.
pub(super) const SHADOW: &str = concat!(
    include_str!("shaders/common.wgsl"),
    include_str!("shaders/body.wgsl"),
    include_str!("shaders/shadow.wgsl"),
    include_str!("shaders/cut.wgsl")
);
pub(super) const GEOMETRY: &str = concat!(
    include_str!("shaders/common.wgsl"),
    include_str!("shaders/body.wgsl"),
    include_str!("shaders/meet.wgsl"),
    include_str!("shaders/geometry.wgsl"),
    include_str!("shaders/growth.wgsl"),
    include_str!("shaders/pictured.wgsl")
);
pub(super) const SURROUNDINGS: &str = concat!(
    include_str!("shaders/common.wgsl"),
    include_str!("shaders/body.wgsl"),
    include_str!("shaders/surroundings.wgsl")
);
pub(super) const VISIBILITY: &str =
    concat!(include_str!("shaders/common.wgsl"), include_str!("shaders/visibility.wgsl"));
pub(super) const LIGHT: &str = concat!(
    include_str!("shaders/common.wgsl"),
    include_str!("shaders/matter.wgsl"),
    include_str!("shaders/water.wgsl"),
    include_str!("shaders/light.wgsl"),
    include_str!("shaders/air.wgsl")
);
pub(super) const LAMP: &str = concat!(
    include_str!("shaders/common.wgsl"),
    include_str!("shaders/matter.wgsl"),
    include_str!("shaders/water.wgsl"),
    include_str!("shaders/lamp.wgsl")
);
pub(super) const LAMP_SHADOW: &str = concat!(
    include_str!("shaders/common.wgsl"),
    include_str!("shaders/body.wgsl"),
    include_str!("shaders/lamp_shadow.wgsl"),
    include_str!("shaders/cut.wgsl")
);
pub(super) const SHOW: &str = concat!(include_str!("shaders/common.wgsl"), include_str!("shaders/show.wgsl"));

/// Coverage: the geometry's shader and a fragment stage of its own.
pub(super) const AMODAL: &str = concat!(
    include_str!("shaders/common.wgsl"),
    include_str!("shaders/body.wgsl"),
    include_str!("shaders/meet.wgsl"),
    include_str!("shaders/geometry.wgsl"),
    include_str!("shaders/growth.wgsl"),
    include_str!("shaders/pictured.wgsl"),
    include_str!("shaders/amodal.wgsl")
);

/// All of them, for the tests.
#[cfg(test)]
pub(super) const ALL: [(&str, &str); 9] = [
    ("shadow", SHADOW),
    ("geometry", GEOMETRY),
    ("surroundings", SURROUNDINGS),
    ("visibility", VISIBILITY),
    ("light", LIGHT),
    ("lamp", LAMP),
    ("lamp shadow", LAMP_SHADOW),
    ("show", SHOW),
    ("amodal", AMODAL),
];
