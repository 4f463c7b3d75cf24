//! What a variant has of its own, part by part, and the way back to the base.

use super::list::Thing;
use super::{Variant, is_meant, names};
use crate::family::{
    Correlation, Derived, Entity, Event, Family, Goal, Measure, Parameter, Place, Requirement, Sensor,
};

/// A part that a variant does not simply inherit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Own {
    /// The list or field of a family's file (`"parameters"`, `"card"`).
    pub list: &'static str,
    /// The thing in the list (`"drop_time_s"`), the field of the struct (`"artefact"`); empty where the field is one value.
    pub key: String,
    /// Of a parameter or the taxonomy, the fields that it gives; empty where the part is given whole.
    pub fields: Vec<&'static str>,
    /// How it differs.
    pub kind: OwnKind,
}

/// How a part of a variant differs from its base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OwnKind {
    /// It stands instead of the base's.
    Changed,
    /// The base has nothing of that name.
    Added,
    /// The base's is left out.
    Removed,
}

impl Own {
    /// The fields of a changed parameter that can go back to the base's while others stay. Not its unit, in which its numbers
    /// are; and what its nominal was fitted to goes with the nominal.
    pub fn fields_alone(&self) -> impl Iterator<Item = &'static str> {
        let is_parameter = self.list == Parameter::LIST && self.kind == OwnKind::Changed;
        let stays = move |field: &&str| is_parameter && !matches!(*field, "unit" | "fitted");
        self.fields.iter().copied().filter(stays)
    }

    /// As people point at it (`"parameters.drop_time_s"`).
    pub fn path(&self) -> String {
        if self.key.is_empty() { self.list.to_owned() } else { format!("{}.{}", self.list, self.key) }
    }
}

/// No longer gives the field that `$key` names.
macro_rules! forget_field {
    ($part:expr, $key:expr; $($field:ident)*) => {
        match $key {
            $(stringify!($field) => $part.$field = None,)*
            _ => {}
        }
    };
}

impl Variant {
    /// Everything that the file gives or leaves out, in the order of a family's file.
    pub fn own(&self, base: &Family) -> Vec<Own> {
        fn things<T: Thing>(parts: &[T::Part]) -> impl Iterator<Item = (&'static str, String)> {
            parts.iter().map(|part| (T::LIST, T::part_key(part)))
        }
        let of_base = names(base);
        let gone = self.gone(base).unwrap_or_default();
        let named = |list: &'static str, key: String, fields: Vec<&'static str>| {
            let kind = if of_base.contains(&(list, key.clone())) { OwnKind::Changed } else { OwnKind::Added };
            Own { list, key, fields, kind }
        };
        let whole = |list: &'static str, key: &str| Own {
            list,
            key: key.to_owned(),
            fields: Vec::new(),
            kind: OwnKind::Changed,
        };
        let single = [
            ("version", self.version.is_some()),
            ("tags", self.tags.is_some()),
            ("stage", self.stage.is_some()),
            ("rare_event", self.rare_event.is_some()),
            ("mapping", self.mapping.is_some()),
        ];
        let mut own: Vec<Own> =
            single.into_iter().filter(|(_, given)| *given).map(|(list, _)| whole(list, "")).collect();
        if let Some(taxonomy) = &self.taxonomy {
            let fields = taxonomy.as_ref().map_or_else(Vec::new, super::PartTaxonomy::given);
            own.push(Own { fields, ..whole("taxonomy", "") });
        }
        own.extend(self.card.given().into_iter().map(|field| whole("card", field)));
        own.extend(self.camera.given().into_iter().map(|field| whole("camera", field)));
        own.extend(self.clock.given().into_iter().map(|field| whole("clock", field)));
        own.extend(self.scene.keys().map(|name| named("scene", name.clone(), Vec::new())));
        own.extend(self.regions.keys().map(|name| named("regions", name.clone(), Vec::new())));
        for part in &self.parameters {
            let mut fields = part.given();
            fields.retain(|field| *field != "name");
            own.push(named(Parameter::LIST, Parameter::part_key(part), fields));
        }
        let rest = things::<Place>(&self.places)
            .chain(things::<Derived>(&self.derived))
            .chain(things::<Correlation>(&self.correlations))
            .chain(things::<Requirement>(&self.requirements))
            .chain(things::<Goal>(&self.coverage))
            .chain(things::<Entity>(&self.entities))
            .chain(things::<Sensor>(&self.sensors))
            .chain(things::<Event>(&self.events))
            .chain(things::<Measure>(&self.measures));
        own.extend(rest.map(|(list, key)| named(list, key, Vec::new())));
        let missing =
            gone.into_iter().filter(|(list, key)| !own.iter().any(|one| one.list == *list && one.key == *key));
        let missing: Vec<Own> =
            missing.map(|(list, key)| Own { list, key, fields: Vec::new(), kind: OwnKind::Removed }).collect();
        own.extend(missing);
        own
    }

    /// The variant without its own say about a part, as [`Self::own`] names it: the base's holds there again, and what only
    /// the variant had is gone. `key` may also name one field of a parameter of [`Own::fields_alone`] (`"canister_fill.nominal"`).
    #[must_use]
    pub fn inheriting(&self, base: &Family, list: &'static str, key: &str) -> Self {
        fn forget<T: Thing>(parts: &mut Vec<T::Part>, list: &str, key: &str) {
            if T::LIST == list {
                parts.retain(|part| T::part_key(part) != key);
            }
        }
        let mut next = self.clone();
        // A plain name in `without` means one thing of the base only.
        if names(base).contains(&(list, key.to_owned())) {
            next.without.retain(|name| !is_meant(name, list, key));
        }
        match list {
            "version" => next.version = None,
            "tags" => next.tags = None,
            "stage" => next.stage = None,
            "rare_event" => next.rare_event = None,
            "mapping" => next.mapping = None,
            "taxonomy" => next.taxonomy = None,
            "card" => forget_field!(next.card, key; rare_event artefact real_probe discard_rule),
            "camera" => forget_field!(
                next.camera, key; width_px height_px vertical_fov_deg eye_m target_m on roll_deg exposure_ev sensor
            ),
            "clock" => forget_field!(next.clock, key; duration_s frame_rate_hz),
            "scene" => drop(next.scene.remove(key)),
            "regions" => drop(next.regions.remove(key)),
            _ => {}
        }
        if let (Parameter::LIST, Some((name, field))) = (list, key.split_once('.')) {
            for part in next.parameters.iter_mut().filter(|part| part.name.as_deref() == Some(name)) {
                forget_field!(part, field; role about layer nominal proposal);
                if field == "nominal" {
                    part.fitted = None;
                }
            }
            next.parameters.retain(|part| Parameter::part_key(part) != name || part.given() != ["name"]);
        }
        forget::<Parameter>(&mut next.parameters, list, key);
        forget::<Place>(&mut next.places, list, key);
        forget::<Derived>(&mut next.derived, list, key);
        forget::<Correlation>(&mut next.correlations, list, key);
        forget::<Requirement>(&mut next.requirements, list, key);
        forget::<Goal>(&mut next.coverage, list, key);
        forget::<Entity>(&mut next.entities, list, key);
        forget::<Sensor>(&mut next.sensors, list, key);
        forget::<Event>(&mut next.events, list, key);
        forget::<Measure>(&mut next.measures, list, key);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::{Said, text};

    fn base() -> Family {
        crate::family::parse(include_str!("../../../scenarios/tabletop_light_step.ron"), "base").unwrap()
    }

    fn variant() -> Variant {
        let text = r#"(id: "dusk", title: "Dusk", extends: "tabletop_light_step", version: 2,
            card: (artefact: "another"), scene: {"table_tone": 0.5, "sun_strength": 0.2}, clock: (duration_s: 3),
            parameters: [(name: "canister_fill", nominal: Constant(0.5)),
                (name: "wind_m_s", unit: "m/s", role: Cause, nominal: Constant(1))],
            requirements: [(name: "calm", that: "wind_m_s < 3")],
            without: ["requirements.drop_finishes"])"#;
        let Ok(Said::Variant(variant)) = text::read(text, "dusk") else { panic!("a variant") };
        *variant
    }

    #[test]
    fn every_part_of_its_own_is_named_once_and_says_how_it_differs() {
        let own = variant().own(&base());
        let told: Vec<(String, OwnKind)> = own.iter().map(|one| (one.path(), one.kind)).collect();
        let expected = [
            ("version", OwnKind::Changed),
            ("card.artefact", OwnKind::Changed),
            ("clock.duration_s", OwnKind::Changed),
            ("scene.sun_strength", OwnKind::Changed),
            ("scene.table_tone", OwnKind::Changed),
            ("parameters.canister_fill", OwnKind::Changed),
            ("parameters.wind_m_s", OwnKind::Added),
            ("requirements.calm", OwnKind::Added),
            ("requirements.drop_finishes", OwnKind::Removed),
        ];
        assert_eq!(told, expected.map(|(path, kind)| (path.to_owned(), kind)));
        assert_eq!(own[5].fields, ["nominal"], "what it gives of the parameter");
    }

    #[test]
    fn one_field_of_a_parameter_goes_back_alone() {
        let base = base();
        let text = r#"(id: "dusk", title: "Dusk", extends: "tabletop_light_step", parameters: [
            (name: "canister_fill", role: Sensor, about: "How full.", nominal: Constant(0.5))])"#;
        let Ok(Said::Variant(variant)) = text::read(text, "dusk") else { panic!("a variant") };
        let fields = |variant: &Variant| variant.own(&base).first().map(|own| own.fields.clone());
        let mut now = *variant;
        for (field, left) in [("nominal", Some(vec!["role", "about"])), ("about", Some(vec!["role"])), ("role", None)] {
            now = now.inheriting(&base, "parameters", &format!("canister_fill.{field}"));
            assert_eq!(fields(&now), left, "{field} went back");
        }
        assert_eq!(now, Variant::new("dusk", "Dusk", "tabletop_light_step"), "the last one took the parameter along");
    }

    #[test]
    fn going_back_part_by_part_ends_at_the_base() {
        let base = base();
        let mut now = variant();
        for one in variant().own(&base) {
            let before = now.own(&base).len();
            now = now.inheriting(&base, one.list, &one.key);
            assert_eq!(now.own(&base).len(), before - 1, "{}", one.path());
        }
        assert_eq!(now, Variant::new("dusk", "Dusk", "tabletop_light_step"), "it says nothing any more");
        let merged = now.over(&base).unwrap();
        let renamed = Family { id: "dusk".into(), title: "Dusk".into(), extends: merged.extends.clone(), ..base };
        assert_eq!(merged, renamed);
    }
}
