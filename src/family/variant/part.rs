//! Structs of which a variant's file gives any fields: what is left out is the base's.

use serde::{Deserialize, Serialize};

use super::Fault;
use crate::family::taxonomy::{Layer, Taxonomy};
use crate::family::{Bound, CameraSpec, Clock, Distribution, Fitted, Parameter, PolicyCard, Role, SensorModel, units};

/// A field that stands in the file: for a type that has a `None` of its own, left out and `None` are two things.
pub(super) mod given {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "the signature that serde asks for")]
    pub(in super::super) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => value.serialize(to),
            None => to.serialize_none(),
        }
    }

    pub(in super::super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        T::deserialize(from).map(Some)
    }
}

/// The struct `$part` with every field of `$whole` (called `$name` in messages), each optional.
macro_rules! part_of {
    ($part:ident of $whole:ident called $name:literal { $($field:ident: $type:ty,)* }) => {
        #[doc = concat!("Any fields of a [`", stringify!($whole), "`].")]
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, rename = $name)]
        pub(super) struct $part {
            $(
                #[serde(default, skip_serializing_if = "Option::is_none", with = "given")]
                pub(super) $field: Option<$type>,
            )*
        }

        impl $part {
            /// `base` with these fields instead of its own.
            pub(super) fn over(&self, base: &$whole) -> $whole {
                $whole { $($field: self.$field.clone().unwrap_or_else(|| base.$field.clone()),)* }
            }

            /// What must be given so that `over(base)` is `target`: the fields that `kept` gives, and those that differ.
            pub(super) fn revised(kept: &Self, base: &$whole, target: &$whole) -> Self {
                Self { $($field: revised(&kept.$field, &base.$field, &target.$field),)* }
            }

            /// The names of the given fields.
            pub(super) fn given(&self) -> Vec<&'static str> {
                let all = [$((stringify!($field), self.$field.is_some()),)*];
                all.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect()
            }

            /// Whether nothing is given.
            pub(super) fn is_empty(&self) -> bool {
                *self == Self::default()
            }
        }
    };
}

/// What a field must say so that it comes out as `target`: nothing where it said nothing and the base says the same.
#[expect(clippy::ref_option, reason = "the fields that it is called with are options")]
pub(super) fn revised<T: Clone + PartialEq>(kept: &Option<T>, base: &T, target: &T) -> Option<T> {
    (kept.is_some() || base != target).then(|| target.clone())
}

part_of!(PartCard of PolicyCard called "PolicyCard" {
    rare_event: String,
    artefact: String,
    real_probe: String,
    discard_rule: String,
});

part_of!(PartCamera of CameraSpec called "CameraSpec" {
    width_px: u32,
    height_px: u32,
    vertical_fov_deg: Bound,
    eye_m: [Bound; 3],
    target_m: [Bound; 3],
    on: Option<String>,
    roll_deg: Bound,
    exposure_ev: Bound,
    sensor: Option<Box<SensorModel>>,
});

part_of!(PartClock of Clock called "Clock" {
    duration_s: f64,
    frame_rate_hz: f64,
});

part_of!(PartTaxonomy of Taxonomy called "Taxonomy" {
    version: u32,
    odd: Vec<String>,
    failure: Vec<String>,
    disturbance: Vec<String>,
    robot: Vec<String>,
    external: Vec<String>,
});

part_of!(PartParameter of Parameter called "Parameter" {
    name: String,
    unit: String,
    role: Role,
    about: String,
    layer: Option<Layer>,
    nominal: Distribution<Bound>,
    proposal: Option<Distribution<Bound>>,
    fitted: Option<Fitted>,
});

impl PartTaxonomy {
    /// The words of a variant whose base has none.
    pub(super) fn alone(&self) -> Result<Taxonomy, Fault> {
        let Some(version) = self.version else {
            let text = "the base has no taxonomy, so that this one needs its `version`".to_owned();
            return Err(("taxonomy".to_owned(), text));
        };
        Ok(self.over(&Taxonomy::of_version(version)))
    }
}

impl PartParameter {
    /// The parameter that stands at the path `field` of a variant's file, in its unit.
    pub(super) fn merged(&self, base: Option<&Parameter>, field: &str) -> Result<Parameter, Fault> {
        let mut merged = match base {
            Some(base) => {
                self.check_unit(base, field)?;
                self.over(base)
            }
            None => self.alone(field)?,
        };
        units::resolve_parameter(field, &mut merged)?;
        Ok(merged)
    }

    /// Inherited numbers are in the base's unit.
    fn check_unit(&self, base: &Parameter, field: &str) -> Result<(), Fault> {
        if self.unit.as_ref().is_none_or(|unit| *unit == base.unit) {
            return Ok(());
        }
        let missing = [
            ("nominal", self.nominal.is_none()),
            ("proposal", base.proposal.is_some() && self.proposal.is_none()),
            ("fitted", base.fitted.is_some() && self.fitted.is_none()),
        ];
        match missing.iter().find(|(_, missing)| *missing) {
            None => Ok(()),
            Some((name, _)) => {
                let cure = if *name == "nominal" { "" } else { ", or `None` to do without" };
                let text = format!(
                    "the base's `{name}` is in {}, not in this unit; give `{name}`, too{cure}",
                    shown(&base.unit)
                );
                Err((format!("{field}.unit"), text))
            }
        }
    }

    /// A parameter that the base does not have.
    fn alone(&self, field: &str) -> Result<Parameter, Fault> {
        let missing = |name: &str| (field.to_owned(), format!("a new parameter needs its `{name}`"));
        Ok(Parameter {
            name: self.name.clone().ok_or_else(|| missing("name"))?,
            unit: self.unit.clone().ok_or_else(|| missing("unit"))?,
            role: self.role.ok_or_else(|| missing("role"))?,
            about: self.about.clone().unwrap_or_default(),
            layer: self.layer.unwrap_or_default(),
            nominal: self.nominal.clone().ok_or_else(|| missing("nominal"))?,
            proposal: self.proposal.clone().unwrap_or_default(),
            fitted: self.fitted.clone().unwrap_or_default(),
        })
    }

    /// What a variant's file must say so that the parameter comes out as `target`; `None` where it is the base's and `kept`
    /// said nothing. What `kept` gives in its own words (`"30 km/h"`) stays as it is while it means the same.
    pub(super) fn wanted(kept: Option<&Self>, base: Option<&Parameter>, target: &Parameter) -> Option<Self> {
        let words = kept.cloned().unwrap_or_default();
        let mut part = match base {
            Some(base) => Self::revised(&words, base, target),
            None => Self::new(&words, target),
        };
        if let Some(base) = base.filter(|base| base.unit != target.unit) {
            part.nominal = Some(target.nominal.clone());
            part.proposal = part.proposal.or_else(|| base.proposal.is_some().then(|| target.proposal.clone()));
            part.fitted = part.fitted.or_else(|| base.fitted.is_some().then(|| target.fitted.clone()));
        }
        if kept.is_none() && part.is_empty() {
            return None;
        }
        part.name = Some(target.name.clone());
        let mut said = Parameter { unit: target.unit.clone(), ..words.over(target) };
        if units::resolve_parameter("", &mut said).is_ok() {
            part.nominal = words.nominal.filter(|_| said.nominal == target.nominal).or(part.nominal);
            part.proposal = words.proposal.filter(|_| said.proposal == target.proposal).or(part.proposal);
        }
        Some(part)
    }

    /// A whole parameter, without what goes without saying.
    fn new(words: &Self, target: &Parameter) -> Self {
        let plain = Parameter { about: String::new(), layer: None, proposal: None, fitted: None, ..target.clone() };
        Self {
            unit: Some(target.unit.clone()),
            role: Some(target.role),
            nominal: Some(target.nominal.clone()),
            ..Self::revised(words, &plain, target)
        }
    }
}

fn shown(unit: &str) -> String {
    if unit.is_empty() { "a pure number".to_owned() } else { unit.to_owned() }
}
