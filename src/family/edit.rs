//! Saving an edited family into the text that a person wrote, so that comments and layout stay.
//!
//! Values are exchanged, added and removed where they stand (`tree`); where that is not enough, the whole text is
//! written anew under the old text's first comment.

use serde::Serialize;

use super::Family;
use super::text::{canonical, options, parse, read};
use super::tree::{broken_up, synced};
use super::variant::{Said, Variant};

/// `family` as text, keeping as much of `previous` (the text it was read from) as possible. Whatever is kept, the result
/// parses to exactly `family`. A variant is saved by [`said_text`]; here it is written whole, as [`canonical`] does.
pub fn saved_text(family: &Family, previous: &str) -> String {
    let family = Family { extends: None, ..family.clone() };
    let Ok(old) = parse(previous, "") else { return leading_comment(previous) + &canonical(&family) };
    if old == family {
        return previous.to_owned();
    }
    match edited(&old, &family, previous) {
        Some(text) if parse(&text, "").as_ref() == Ok(&family) => text,
        _ => leading_comment(previous) + &canonical(&family),
    }
}

/// What a family's file shall say, as text, keeping as much of `previous` as possible. A variant's text holds what differs
/// from its base and nothing else; an inherited value is never written into it.
pub fn said_text(said: &Said, previous: &str) -> String {
    let variant = match said {
        Said::Whole(family) => return saved_text(family, previous),
        Said::Variant(variant) => variant,
    };
    let meant = |text: &str| match read(text, "") {
        Ok(Said::Variant(variant)) => Some(*variant),
        _ => None,
    };
    let old = meant(previous);
    if old.as_ref() == Some(variant) {
        return previous.to_owned();
    }
    match old.and_then(|old| edited(&old, &**variant, previous)) {
        Some(text) if meant(&text).as_ref() == Some(variant) => text,
        _ => leading_comment(previous) + &variant_text(variant),
    }
}

fn variant_text(variant: &Variant) -> String {
    match written(variant).and_then(|line| broken_up(&line)) {
        Some(text) => text,
        // Strings, numbers and lists always have a text, as in `canonical`.
        None => format!("// not writable as RON\n{variant:?}\n"),
    }
}

/// The comment lines at the top.
fn leading_comment(text: &str) -> String {
    let comment = text.lines().take_while(|line| line.trim().is_empty() || line.trim_start().starts_with("//"));
    comment.map(|line| line.to_owned() + "\n").collect()
}

fn edited<T: Serialize>(old: &T, new: &T, previous: &str) -> Option<String> {
    synced(previous, &written(old)?, &written(new)?)
}

/// On one line, as people write a value.
pub(super) fn written<T: Serialize>(value: &T) -> Option<String> {
    options().to_string_pretty(value, ron::ser::PrettyConfig::new().depth_limit(0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;
    use crate::family::{Bound, Correlation, Distribution, Fitted, Parameter, written};

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
    fn things_are_added_and_removed_where_they_stand() {
        let (text, mut family) = shipped();
        family.parameters.remove(1);
        family.parameters.push(Parameter::new("wind_m_s", "m/s", &Distribution::Constant(2.0)));
        family.correlations.push(Correlation { a: "light_after".to_owned(), b: "wind_m_s".to_owned(), rho: 0.5 });
        family.scene.remove("sun_strength");
        family.camera.roll_deg = Bound::Number(3.0);
        family.requirements[0].probability = Some(0.5);
        let saved = saved_text(&family, &text);
        assert_eq!(parse(&saved, "saved").as_ref(), Ok(&family), "meaning");
        let added = [
            "        roll_deg: 3.0,",
            "        (name: \"wind_m_s\", unit: \"m/s\", role: Cause, about: \"\", nominal: Constant(2.0), proposal: None),",
            "    correlations: [",
            "        (a: \"light_after\", b: \"wind_m_s\", rho: 0.5),",
            "            probability: 0.5,",
        ];
        assert_eq!(changed_lines(&text, &saved), added, "{saved}");
        let mut lost = changed_lines(&saved, &text);
        lost.retain(|line| !line.contains("canister_y_m"));
        let (about, nominal) = ("Sideways position", "nominal: TruncatedNormal(mean: 0.03,");
        assert!(lost[0].contains("sun_strength") && lost[1].contains(about) && lost[2].contains(nominal), "{lost:?}");
        assert_eq!(lost.len(), 3, "comments stay: {lost:?}");
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
