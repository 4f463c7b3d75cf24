//! The form of how two sets are compared: what is asked of a network follows from whether there is one.

use std::path::{Path, PathBuf};

use crate::app::view::{Field, FieldKind, Form};
use crate::backbone::{Fit, Preparation, Scale, Tokens};
use crate::run::compare::{BackboneAsk, Measuring};

use super::dialog::{field, form as plain_form, number_of, text_of};

/// Where each thing stands among the fields; those of the network come last.
const FEATURES_AT: usize = 0;
const FRAMES_AT: usize = 1;
const PERMUTATIONS_AT: usize = 2;
const TWINS_AT: usize = 3;
const NETWORK_AT: usize = 4;
const FIT_AT: usize = 5;
const SCALE_AT: usize = 6;
const SIDE_AT: usize = 7;
const OUTPUT_AT: usize = 8;
const TOKENS_AT: usize = 9;

const FEATURES: [(&str, bool); 2] = [("Built in", false), ("A network of yours (ONNX)", true)];
const TWINS: [(&str, bool); 2] = [("Count every frame", false), ("Fold near twins of an episode away", true)];
const FITS: [(&str, Fit); 2] = [("All of it, squeezed", Fit::Squash), ("The middle, undistorted", Fit::Crop)];
const SCALES: [(&str, Option<Scale>); 6] = [
    ("What it takes, ImageNet's where it does not say", None),
    ("ImageNet's mean and sd", Some(Scale::Imagenet)),
    ("CLIP's mean and sd", Some(Scale::Clip)),
    ("−1 to 1", Some(Scale::MinusOneToOne)),
    ("0 to 1", Some(Scale::ZeroToOne)),
    ("0 to 255", Some(Scale::Codes)),
];
const TOKENS: [(&str, Option<Tokens>); 3] =
    [("What it has", None), ("The first token", Some(Tokens::First)), ("The mean of all tokens", Some(Tokens::Mean))];

/// The form that begins with what was chosen last.
pub(super) fn form(measuring: &Measuring) -> Form {
    let number = |label: &str, value: u32, hint: &str| field(label, value.to_string(), hint, "", FieldKind::Number);
    let mut fields = vec![
        choice("Features that distances are taken on", &FEATURES, &measuring.backbone.is_some()),
        number("Frames of each episode", measuring.frames, "Evenly spaced"),
        number("Permutations", measuring.permutations, "Of whole episodes, behind each p"),
        choice("Near twins", &TWINS, &measuring.fold),
    ];
    if let Some(backbone) = &measuring.backbone {
        fields.extend(of_network(backbone));
    }
    let mut form = plain_form("How sets are compared", &[], fields, "Compare");
    settle(&mut form, &mut Vec::new());
    form
}

/// A field with one of `all`, of which `value` is chosen.
fn choice<T: PartialEq>(label: &str, all: &[(&str, T)], value: &T) -> Field {
    let words: Vec<String> = all.iter().map(|(word, _)| (*word).to_owned()).collect();
    let chosen = all.iter().position(|(_, one)| one == value).unwrap_or_default();
    field(label, words[chosen].clone(), "", "", FieldKind::Choice(words))
}

/// What stands for the chosen word; the first where none is known.
fn chosen<T: Copy>(form: &Form, at: usize, all: &[(&str, T)]) -> T {
    let text = text_of(form, at);
    all.iter().find(|(word, _)| *word == text).unwrap_or(&all[0]).1
}

fn of_network(of: &BackboneAsk) -> Vec<Field> {
    const KIND: FieldKind = FieldKind::File("Network", &["onnx"]);
    let Preparation { side_px, fit, scale, output, tokens } = &of.preparation;
    let side = side_px.map_or_else(String::new, |side| side.to_string());
    vec![
        field("Network", of.file.display().to_string(), "A file that ends in .onnx", "", KIND),
        choice("Of a picture it sees", &FITS, fit),
        choice("Scale of colours", &SCALES, scale),
        field("Width and height", side, "Its own, 224 where it leaves them free", "px", FieldKind::Number),
        field("Output", output.clone().unwrap_or_default(), "Its first; any value inside by name", "", FieldKind::Text),
        choice("Tokens of a transformer", &TOKENS, tokens),
    ]
}

/// Asks for the network where one is wanted, and says what it means. What was typed about it is put `aside` where none is.
pub(super) fn settle(form: &mut Form, aside: &mut Vec<Field>) {
    let is_network = chosen(form, FEATURES_AT, &FEATURES);
    if !is_network && form.fields.len() > NETWORK_AT {
        *aside = form.fields.split_off(NETWORK_AT);
    } else if is_network && form.fields.len() <= NETWORK_AT {
        if aside.is_empty() {
            *aside = of_network(&BackboneAsk { file: PathBuf::new(), preparation: Preparation::default() });
        }
        form.fields.append(aside);
    }
    if let Some(field) = form.fields.get_mut(NETWORK_AT) {
        field.missing = missing(&field.value);
    }
    let features = if is_network {
        "Distances and the map are taken on what the network says of each frame; its digest stands beside every number. Single features \
         and the evidence stay the built-in ones."
    } else {
        "Distances are taken on 66 built-in features of light, colour, noise and texture that need no weights."
    };
    form.lines = vec![features.to_owned()];
}

/// What is missing of the network; empty where nothing is.
fn missing(path: &str) -> String {
    let path = path.trim();
    match path {
        "" => "Choose the network's .onnx file".to_owned(),
        _ if Path::new(path).is_file() => String::new(),
        _ => "There is no such file".to_owned(),
    }
}

/// What a form asks for.
///
/// # Errors
/// When a number does not parse or is zero, or there is no network.
pub(super) fn measuring(form: &Form) -> Result<Measuring, String> {
    let counted = |at: usize| match number_of(form, at)? {
        0 => Err(format!("{}: at least 1 is needed", form.fields[at].label)),
        count => Ok(count),
    };
    Ok(Measuring {
        frames: counted(FRAMES_AT)?,
        permutations: counted(PERMUTATIONS_AT)?,
        fold: chosen(form, TWINS_AT, &TWINS),
        backbone: if chosen(form, FEATURES_AT, &FEATURES) { Some(backbone(form)?) } else { None },
    })
}

fn backbone(form: &Form) -> Result<BackboneAsk, String> {
    let file = text_of(form, NETWORK_AT);
    let missing = missing(&file);
    if !missing.is_empty() {
        return Err(format!("Network: {missing}"));
    }
    let file = std::path::absolute(&file).map_err(|err| format!("Network: `{file}` is no path: {err}"))?;
    let given = |at: usize| Some(text_of(form, at)).filter(|text| !text.is_empty());
    let preparation = Preparation {
        side_px: given(SIDE_AT).map(|_| number_of(form, SIDE_AT)).transpose()?,
        fit: chosen(form, FIT_AT, &FITS),
        scale: chosen(form, SCALE_AT, &SCALES),
        output: given(OUTPUT_AT),
        tokens: chosen(form, TOKENS_AT, &TOKENS),
    };
    Ok(BackboneAsk { file, preparation })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_comes_back_from_the_form() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("net.onnx");
        std::fs::write(&file, "a network").unwrap();
        let plain = Measuring::default();
        assert_eq!(measuring(&form(&plain)), Ok(plain.clone()));
        assert_eq!(form(&plain).fields.len(), NETWORK_AT, "a network is not asked for");
        for (at, (_, scale)) in SCALES.iter().enumerate() {
            let preparation = Preparation {
                side_px: (at % 2 == 0).then_some(96),
                fit: FITS[at % 2].1,
                scale: *scale,
                output: (at % 3 == 0).then(|| "inside".to_owned()),
                tokens: TOKENS[at % 3].1,
            };
            let backbone = Some(BackboneAsk { file: file.clone(), preparation });
            let asked = Measuring { frames: 3, permutations: 499, fold: at % 2 == 1, backbone };
            assert_eq!(measuring(&form(&asked)), Ok(asked));
        }
    }

    #[test]
    fn what_is_missing_is_named_where_it_stands() {
        let (mut form, mut aside) = (form(&Measuring::default()), Vec::new());
        form.fields[FEATURES_AT].value = FEATURES[1].0.to_owned();
        settle(&mut form, &mut aside);
        assert_eq!(form.fields.len(), TOKENS_AT + 1, "the network is asked for");
        assert!(form.fields[NETWORK_AT].missing.contains(".onnx") && measuring(&form).is_err());
        form.fields[NETWORK_AT].value = "/nowhere/net.onnx".to_owned();
        form.fields[SIDE_AT].value = "large".to_owned();
        settle(&mut form, &mut aside);
        assert!(form.fields[NETWORK_AT].missing.contains("no such file"));
        assert_eq!(form.fields[SIDE_AT].value, "large", "what was typed stays");
        form.fields[NETWORK_AT].value = env!("CARGO_MANIFEST_DIR").to_owned() + "/Cargo.toml";
        settle(&mut form, &mut aside);
        assert_eq!(form.fields[NETWORK_AT].missing, "");
        assert!(measuring(&form).unwrap_err().contains("Width and height"), "no number");
        form.fields[FEATURES_AT].value = FEATURES[0].0.to_owned();
        settle(&mut form, &mut aside);
        assert_eq!(measuring(&form), Ok(Measuring::default()));
        form.fields[FEATURES_AT].value = FEATURES[1].0.to_owned();
        settle(&mut form, &mut aside);
        assert_eq!(form.fields[SIDE_AT].value, "large", "what was typed is there again");
        form.fields[FEATURES_AT].value = FEATURES[0].0.to_owned();
        settle(&mut form, &mut aside);
        for (at, text) in [(FRAMES_AT, "0"), (PERMUTATIONS_AT, "many")] {
            let before = std::mem::replace(&mut form.fields[at].value, text.to_owned());
            let why = measuring(&form).unwrap_err();
            assert!(why.contains(&form.fields[at].label), "{why}");
            form.fields[at].value = before;
        }
    }
}
