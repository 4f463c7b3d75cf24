//! Saving an edited family into the text that a person wrote, so that comments and layout stay.
//!
//! Only values are exchanged; where that is not enough (a parameter was added), the canonical text is written under the
//! old text's first comment.

use serde::Serialize;

use super::scan::value_span;
use super::text::{canonical, options, parse};
use super::{Family, Parameter};

/// `family` as text, keeping as much of `previous` (the text it was read from) as possible. Whatever is kept, the result
/// parses to exactly `family`.
pub fn saved_text(family: &Family, previous: &str) -> String {
    let Ok(old) = parse(previous, "") else { return canonical(family) };
    if old == *family {
        return previous.to_owned();
    }
    match edited(&old, family, previous) {
        Some(text) if parse(&text, "").as_ref() == Ok(family) => text,
        _ => leading_comment(previous) + &canonical(family),
    }
}

/// The comment lines at the top.
fn leading_comment(text: &str) -> String {
    let comment = text.lines().take_while(|line| line.trim().is_empty() || line.trim_start().starts_with("//"));
    comment.map(|line| line.to_owned() + "\n").collect()
}

fn edited(old: &Family, new: &Family, previous: &str) -> Option<String> {
    let mut edit = Edit { text: previous.to_owned() };
    edit.value("id", &old.id, &new.id)?;
    edit.value("title", &old.title, &new.title)?;
    edit.value("version", &old.version, &new.version)?;
    edit.value("tags", &old.tags, &new.tags)?;
    edit.value("card.rare_event", &old.card.rare_event, &new.card.rare_event)?;
    edit.value("card.artefact", &old.card.artefact, &new.card.artefact)?;
    edit.value("card.real_probe", &old.card.real_probe, &new.card.real_probe)?;
    edit.value("card.discard_rule", &old.card.discard_rule, &new.card.discard_rule)?;
    edit.value("stage", &old.stage, &new.stage)?;
    if old.scene.keys().eq(new.scene.keys()) {
        for ((slot, before), after) in old.scene.iter().zip(new.scene.values()) {
            edit.value(&format!("scene.{slot}"), before, after)?;
        }
    } else {
        edit.value("scene", &old.scene, &new.scene)?;
    }
    edit.value("camera.width_px", &old.camera.width_px, &new.camera.width_px)?;
    edit.value("camera.height_px", &old.camera.height_px, &new.camera.height_px)?;
    edit.value("camera.vertical_fov_deg", &old.camera.vertical_fov_deg, &new.camera.vertical_fov_deg)?;
    edit.value("camera.eye_m", &old.camera.eye_m, &new.camera.eye_m)?;
    edit.value("camera.target_m", &old.camera.target_m, &new.camera.target_m)?;
    if (&old.camera.roll_deg, &old.camera.exposure_ev) != (&new.camera.roll_deg, &new.camera.exposure_ev) {
        edit.value("camera", &old.camera, &new.camera)?;
    }
    edit.value("clock", &old.clock, &new.clock)?;
    if old.parameters.len() != new.parameters.len() {
        return None;
    }
    for (index, (before, after)) in old.parameters.iter().zip(&new.parameters).enumerate() {
        edit.parameter(&format!("parameters[{index}]"), before, after)?;
    }
    edit.value("requirements", &old.requirements, &new.requirements)?;
    edit.value("events", &old.events, &new.events)?;
    edit.value("measures", &old.measures, &new.measures)?;
    edit.value("rare_event", &old.rare_event, &new.rare_event)?;
    Some(edit.text)
}

struct Edit {
    text: String,
}

impl Edit {
    /// Exchanges a value that changed; `None` where the text does not have it.
    fn value<T: Serialize + PartialEq>(&mut self, path: &str, old: &T, new: &T) -> Option<()> {
        if old != new {
            let span = value_span(&self.text, path)?;
            self.text.replace_range(span, &written(new)?);
        }
        Some(())
    }

    fn parameter(&mut self, at: &str, old: &Parameter, new: &Parameter) -> Option<()> {
        self.value(&format!("{at}.name"), &old.name, &new.name)?;
        self.value(&format!("{at}.unit"), &old.unit, &new.unit)?;
        self.value(&format!("{at}.role"), &old.role, &new.role)?;
        self.value(&format!("{at}.about"), &old.about, &new.about)?;
        self.value(&format!("{at}.nominal"), &old.nominal, &new.nominal)?;
        self.optional(at, "proposal", "nominal", old.proposal.as_ref(), new.proposal.as_ref())?;
        let above = if value_span(&self.text, &format!("{at}.proposal")).is_some() { "proposal" } else { "nominal" };
        self.optional(at, "fitted", above, old.fitted.as_ref(), new.fitted.as_ref())
    }

    /// Exchanges a value that the text may leave out: a first one goes on its own line below `above`, indented alike.
    fn optional<T: Serialize + PartialEq>(
        &mut self,
        at: &str,
        field: &str,
        above: &str,
        old: Option<&T>,
        new: Option<&T>,
    ) -> Option<()> {
        let path = format!("{at}.{field}");
        if old == new || value_span(&self.text, &path).is_some() {
            return self.value(&path, &old, &new);
        }
        let above = value_span(&self.text, &format!("{at}.{above}"))?;
        let before = self.text.get(..above.start)?;
        let line = before.rsplit('\n').next().unwrap_or_default();
        let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
        let insertion = format!(",\n{indent}{field}: {}", written(&new)?);
        self.text.insert_str(above.end, &insertion);
        Some(())
    }
}

/// On one line, as people write a value.
fn written<T: Serialize>(value: &T) -> Option<String> {
    options().to_string_pretty(value, ron::ser::PrettyConfig::new().depth_limit(0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;
    use crate::family::{Bound, Distribution, Fitted, written};

    fn shipped() -> (String, Family) {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/tabletop_light_step.ron");
        let text = std::fs::read_to_string(path).unwrap();
        let family = parse(&text, "shipped").unwrap();
        (text, family)
    }

    fn changed_lines(before: &str, after: &str) -> Vec<String> {
        after.lines().filter(|line| !before.lines().any(|old| old == *line)).map(str::to_owned).collect()
    }

    #[test]
    fn an_edited_distribution_changes_its_own_line_only() {
        let (text, mut family) = shipped();
        assert_eq!(saved_text(&family, &text), text, "no edit");
        family.parameters[0].nominal = written(&Distribution::Uniform { low: 0.25, high: 0.4 });
        family.camera.vertical_fov_deg = Bound::Number(60.0);
        family.scene.insert("table_tone".to_owned(), Bound::Expression("canister_fill".to_owned()));
        let saved = saved_text(&family, &text);
        assert_eq!(
            changed_lines(&text, &saved),
            [
                "        \"table_tone\": \"canister_fill\",",
                "        vertical_fov_deg: 60.0,",
                "            nominal: Uniform(low: 0.25, high: 0.4),"
            ],
            "{saved}"
        );
        assert_eq!(parse(&saved, "saved").as_ref(), Ok(&family), "meaning");
    }

    #[test]
    fn a_first_proposal_goes_below_its_nominal_and_can_be_removed() {
        let (text, mut family) = shipped();
        family.parameters[0].proposal = Some(written(&Distribution::Uniform { low: 0.2, high: 0.5 }));
        let saved = saved_text(&family, &text);
        assert_eq!(changed_lines(&text, &saved), ["            proposal: Uniform(low: 0.2, high: 0.5),"], "added");
        assert_eq!(parse(&saved, "saved").as_ref(), Ok(&family), "meaning");
        family.parameters[0].proposal = None;
        let removed = saved_text(&family, &saved);
        assert_eq!(changed_lines(&text, &removed), ["            proposal: None,"], "removed");
    }

    #[test]
    fn what_a_nominal_was_fitted_to_goes_below_it() {
        let (text, mut family) = shipped();
        let fitted = |n| Fitted {
            set: "g1".to_owned(),
            column: "x".to_owned(),
            n,
            low: 0.0,
            high: 1.0,
            digest: String::new(),
            judged: String::new(),
        };
        family.parameters[0].fitted = Some(fitted(30));
        let with_proposal = family.parameters.iter().position(|parameter| parameter.proposal.is_some()).unwrap();
        family.parameters[with_proposal].fitted = Some(fitted(40));
        let saved = saved_text(&family, &text);
        let lines =
            [30, 40].map(|n| format!("            fitted: (set: \"g1\", column: \"x\", n: {n}, low: 0.0, high: 1.0),"));
        assert_eq!(changed_lines(&text, &saved), lines, "{saved}");
        assert_eq!(parse(&saved, "saved").as_ref(), Ok(&family), "meaning");
        family.parameters[0].fitted = Some(fitted(50));
        let again = saved_text(&family, &saved);
        assert_eq!(changed_lines(&saved, &again), [lines[0].replace("30", "50")], "a second fit takes its place");
    }

    #[test]
    fn whatever_is_edited_the_saved_text_means_the_family() {
        let (text, shipped) = shipped();
        let mut stream = StreamKey::new(1, "edit").stream("edits", 0);
        for _ in 0..60 {
            let mut family = shipped.clone();
            for _ in 0..=stream.next_below(3) {
                let at = stream.next_below(family.parameters.len() as u64) as usize;
                match stream.next_below(7) {
                    0 => family.parameters[at].about = "a \"quoted\" (odd: text, [ // with signs".to_owned(),
                    1 => family.parameters[at].nominal = written(&Distribution::Constant(stream.next_unit())),
                    2 => drop(family.parameters.remove(at)),
                    3 => family.camera.roll_deg = Bound::Number(stream.next_unit()),
                    4 => drop(family.scene.remove("table_tone")),
                    5 => drop(family.requirements.pop()),
                    _ => family.card.artefact = "x".to_owned(),
                }
            }
            let saved = saved_text(&family, &text);
            assert_eq!(parse(&saved, "saved").as_ref(), Ok(&family), "{saved}");
            assert!(saved.starts_with("// The light drops"), "the first comment stays");
        }
        assert_eq!(saved_text(&shipped, "(broken"), canonical(&shipped), "an unreadable text is replaced");
    }
}
