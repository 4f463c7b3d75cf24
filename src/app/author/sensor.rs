//! The camera beside its pose, as the inspector edits it: which parts it has, what each is called, what a typed text means.
//!
//! What the numbers may be is the family's own to say; only the words for the parts are here.

use super::{Fault, typed};
use crate::family::sensor_model::{Allowed, Intrinsics, POINT_CODE, POINT_LIGHT, SensorModel, Tone};
use crate::family::{Bound, CameraSpec, Scope};

/// The parts by their names in the file, each with its words and what it does.
pub const PARTS: [(&str, &str, &str); 13] = [
    (
        "intrinsics",
        "Calibrated focal length",
        "Focal length and principal point in pixels, instead of the angle of view.",
    ),
    ("brown_conrady", "Lens distortion", "Brown and Conrady's, as OpenCV calibrates it."),
    ("kannala_brandt", "Fisheye", "Kannala and Brandt's, as OpenCV's fisheye module calibrates it."),
    ("optics", "Glass", "Softness, falling off to the corners, colour fringes and glare."),
    ("focus", "Focus", "What lies nearer or farther than the distance of focus is blurred by the aperture."),
    ("exposure", "Exposure", "Aperture, time and speed."),
    ("auto", "Automatic exposure", "Follows the light with a lag, as a camera out of a tunnel does."),
    ("balance", "White balance", "The colour temperature that looks white, and the gains of the channels."),
    ("noise", "Noise", "Shot, read and fixed pattern noise, hot pixels, and the converter's steps."),
    ("mosaic", "Colour filters", "One colour a photosite, and what interpolates the others: zippers and colour moiré."),
    ("shutter", "Shutter", "Open for the exposure time, row after row: motion blur and rolling shutter."),
    ("coding", "Coding", "Bits of the picture, and what JPEG leaves of it."),
    ("video", "Video", "What H.264 leaves of a film: a picture now and then whole, the others by what has changed."),
];

/// The tone curves by their words, in the order of [`tone_at`].
pub const TONES: [&str; 5] = ["The renderer's", "Linear", "sRGB", "Gamma", "Points"];

/// `camera` with a part or without it. Of the two distortions, one goes when the other comes; a focal length begins as the one
/// that the angle of view has in the shown draw.
pub fn switched(camera: &CameraSpec, part: &str, on: bool, shown: impl Fn(&Bound) -> Option<f64>) -> CameraSpec {
    let mut new = camera.clone();
    let mut model = new.sensor.take().map_or_else(SensorModel::default, |model| *model);
    model.switch(part, on);
    match (part, on) {
        ("brown_conrady", true) => model.kannala_brandt = None,
        ("kannala_brandt", true) => model.brown_conrady = None,
        ("intrinsics", true) => {
            let half_deg = 0.5 * shown(&camera.vertical_fov_deg).unwrap_or(50.0);
            let focal_px = 0.5 * f64::from(camera.height_px) / libm::tan(half_deg.to_radians());
            let number = |number: f64| Bound::Number((number * 1000.0).round() / 1000.0);
            let [cx_px, cy_px] = [camera.width_px, camera.height_px].map(|side| number(0.5 * f64::from(side)));
            model.intrinsics = Some(Intrinsics { fx_px: number(focal_px), fy_px: number(focal_px), cx_px, cy_px });
        }
        _ => {}
    }
    put(&mut new, model);
    new
}

/// `camera` with `model`; one that changes nothing is left out.
pub fn put(camera: &mut CameraSpec, model: SensorModel) {
    camera.sensor = (model != SensorModel::default()).then(|| Box::new(model));
}

/// `camera` with its sensor's number `at` ([`SensorModel::numbers`]) exchanged.
pub fn numbered(camera: &CameraSpec, at: usize, bound: &Bound) -> CameraSpec {
    let mut new = camera.clone();
    if let Some(slot) = new.sensor.as_mut().and_then(|model| model.numbers_mut().into_iter().nth(at)) {
        slot.clone_from(bound);
    }
    new
}

/// Its number in [`TONES`].
pub fn tone_at(tone: &Tone) -> usize {
    match tone {
        Tone::Renderer => 0,
        Tone::Linear => 1,
        Tone::Srgb => 2,
        Tone::Gamma(_) => 3,
        Tone::Points(_) => 4,
    }
}

/// `camera` with another kind of tone curve, at its usual numbers.
pub fn toned(camera: &CameraSpec, at: usize) -> CameraSpec {
    let number = Bound::Number;
    let tone = match at {
        1 => Tone::Linear,
        2 => Tone::Srgb,
        3 => Tone::Gamma(number(2.2)),
        4 => Tone::Points([(0.0, 0.0), (0.18, 0.46), (1.0, 1.0)].map(|(x, y)| (number(x), number(y))).to_vec()),
        _ => Tone::Renderer,
    };
    with_tone(camera, tone)
}

/// `camera` with this tone curve.
pub fn with_tone(camera: &CameraSpec, tone: Tone) -> CameraSpec {
    let mut new = camera.clone();
    let model = new.sensor.take().map_or_else(SensorModel::default, |model| *model);
    put(&mut new, SensorModel { tone, ..model });
    new
}

/// A number within its range, or an expression, as it is typed.
///
/// # Errors
/// As [`typed::bound`], and a number outside its range with the range.
pub fn read(text: &str, allowed: &Allowed, scope: &Scope) -> Result<Bound, Fault> {
    let bound = typed::bound(text, allowed.unit, scope)?;
    match bound {
        Bound::Number(number) if !(allowed.low..=allowed.high).contains(&number) => {
            Err(Fault::whole(format!("choose {}", range(allowed))))
        }
        bound => Ok(bound),
    }
}

/// `"0 to 20 px"`.
pub fn range(allowed: &Allowed) -> String {
    let text = format!("{} to {} {}", typed::plain(allowed.low), typed::plain(allowed.high), allowed.unit);
    text.trim_end().to_owned()
}

/// Points of a tone curve as they are typed: `0:0, 0.18:0.46, 1:1`.
pub fn points_text(points: &[(Bound, Bound)]) -> String {
    let one = |(linear, code): &(Bound, Bound)| format!("{}:{}", typed::written(linear), typed::written(code));
    points.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The points of such a text.
///
/// # Errors
/// The first that is none, and points out of order.
pub fn points(text: &str, scope: &Scope) -> Result<Vec<(Bound, Bound)>, Fault> {
    let (mut all, mut column) = (Vec::new(), 1);
    for part in text.split(',') {
        let here = |fault: Fault| Fault { column, ..fault };
        let Some((linear, code)) = part.split_once(':') else {
            return Err(Fault { column, text: "write points as light:code, such as 0:0, 0.18:0.46, 1:1".to_owned() });
        };
        let linear = read(linear, &POINT_LIGHT, scope).map_err(here)?;
        let code = read(code, &POINT_CODE, scope).map_err(here)?;
        if let (Some((Bound::Number(before), _)), Bound::Number(now)) = (all.last(), &linear)
            && before >= now
        {
            return Err(Fault { column, text: format!("{now} follows {before}; write the points in rising order") });
        }
        all.push((linear, code));
        column += part.chars().count() + 1;
    }
    if all.len() < 2 {
        return Err(Fault::whole("give at least two points, in rising order"));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera() -> CameraSpec {
        crate::run::new::example("tabletop_light_step").unwrap().camera
    }

    fn switch(camera: &CameraSpec, part: &str, on: bool) -> CameraSpec {
        switched(camera, part, on, |bound| bound.shown(&std::collections::BTreeMap::new()))
    }

    #[test]
    fn every_part_has_words_and_can_be_switched_on_and_off() {
        let names: Vec<&str> = PARTS.iter().map(|(name, ..)| *name).collect();
        assert_eq!(names, SensorModel::<Bound>::GROUPS);
        let plain = CameraSpec { sensor: None, ..camera() };
        for name in names {
            let on = switch(&plain, name, true);
            assert!(on.sensor.as_ref().is_some_and(|model| model.has(name)), "{name}");
            assert_eq!(switch(&on, name, false), plain, "{name}: nothing is left");
        }
        let bent = switch(&switch(&plain, "kannala_brandt", true), "brown_conrady", true);
        assert_eq!(bent.sensor.map(|model| model.faults().len()), Some(0), "one distortion at a time");
    }

    #[test]
    fn a_focal_length_begins_as_the_angle_of_view_says() {
        let mut camera = CameraSpec { sensor: None, ..camera() };
        (camera.height_px, camera.vertical_fov_deg) = (480, Bound::Number(90.0));
        let own = switch(&camera, "intrinsics", true).sensor.unwrap().intrinsics.unwrap();
        assert_eq!((own.fy_px, own.cy_px), (Bound::Number(240.0), Bound::Number(240.0)));
    }

    #[test]
    fn texts_are_read_within_their_ranges() {
        let scope = Scope::default();
        let allowed = Allowed { low: 0.000_001, high: 60.0, unit: "s", what: "the exposure time" };
        assert_eq!(read("5 ms", &allowed, &scope), Ok(Bound::Number(0.005)));
        assert!(read("0", &allowed, &scope).is_err_and(|fault| fault.text == "choose 1e-6 to 60 s"));
        let curve = points("0:0, 0.2:0.5, 1:1", &scope).unwrap();
        assert_eq!(points(&points_text(&curve), &scope), Ok(curve));
        for (text, column, words) in [
            ("0:0, 0.2", 5, "light:code"),
            ("0:0, 1:1, 0.5:0.7", 10, "0.5 follows 1"),
            ("0:0", 1, "at least two"),
            ("0:0, 1:2", 5, "choose 0 to 1"),
        ] {
            let fault = points(text, &scope).unwrap_err();
            assert!(fault.column == column && fault.text.contains(words), "{text}: {fault:?}");
        }
    }
}
