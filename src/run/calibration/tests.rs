//! Calibrations as their programs write them, and what is wrong with others.

use super::*;

/// Written by `cv2.FileStorage` of opencv-python 5.0.0.
const OPENCV: &str = "%YAML 1.2
---
calibration_time: \"Sat 21 Nov 2026: 22:00\"
image_width: 640
image_height: 480
camera_matrix: !!opencv-matrix
   rows: 3
   cols: 3
   dt: d
   data: [ 612.34567890100004, 0., 318.25, 0., 611.5, 242.75, 0., 0., 1. ]
distortion_coefficients: !!opencv-matrix
   rows: 1
   cols: 5
   dt: d
   data: [ -0.28000000000000003, 0.089999999999999997,
       0.0011000000000000001, -0.00069999999999999999, -0.012 ]
avg_reprojection_error: 0.23449999999999999
";

/// As `camera_calibration` of ROS writes it.
const ROS: &str = "image_width: 1280
image_height: 720
camera_name: narrow_stereo  # left
camera_matrix:
  rows: 3
  cols: 3
  data: [900.5, 0.0, 640.0, 0.0, 899.5, 360.0, 0.0, 0.0, 1.0]
distortion_model: rational_polynomial
distortion_coefficients:
  rows: 1
  cols: 8
  data: [0.1, -0.2, 0.001, 0.002, 0.03, 0.4, -0.05, 0.006]
rectification_matrix:
  rows: 3
  cols: 3
  data: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
";

/// As `ros2 topic echo` prints it.
const ECHO: &str = "header:
  stamp:
    sec: 17
    nanosec: 5
  frame_id: cam
height: 480
width: 640
distortion_model: equidistant
d:
- -0.01
- 0.02
- -0.003
- 0.0004
k:
- 300.0
- 0.0
- 320.0
- 0.0
- 301.0
- 240.0
- 0.0
- 0.0
- 1.0
binning_x: 0
binning_y: 0
roi:
  x_offset: 0
  y_offset: 0
  do_rectify: false
---
";

fn parsed(text: &str) -> Result<Calibration, CalibrationError> {
    parse(text, "cam.yaml", None)
}

#[test]
fn what_opencv_writes_is_read_and_moves_by_half_a_pixel() {
    let calibration = parsed(OPENCV).unwrap();
    assert_eq!((calibration.format, calibration.size_px), ("OpenCV YAML", [640, 480]));
    assert_eq!(calibration.intrinsics, Some([612.345_678_901, 611.5, 318.75, 243.25]));
    let k = [-0.28, 0.09, 0.0011, -0.0007, -0.012, 0.0, 0.0, 0.0];
    assert_eq!(calibration.distortion, Distortion::BrownConrady(k));
    assert!(calibration.remarks[0].contains("0.2345 px"), "{:?}", calibration.remarks);
}

#[test]
fn both_kinds_of_ros_are_read() {
    let calibration = parsed(ROS).unwrap();
    assert_eq!((calibration.format, calibration.size_px), ("ROS camera_info", [1280, 720]));
    let k = [0.1, -0.2, 0.001, 0.002, 0.03, 0.4, -0.05, 0.006];
    assert_eq!(calibration.distortion, Distortion::BrownConrady(k));
    let plumb_bob = ROS.replace("rational_polynomial", "plumb_bob").replace("cols: 8", "cols: 5");
    let plumb_bob = plumb_bob.replace(", 0.4, -0.05, 0.006]", "]");
    let k = [0.1, -0.2, 0.001, 0.002, 0.03, 0.0, 0.0, 0.0];
    assert_eq!(parsed(&plumb_bob).unwrap().distortion, Distortion::BrownConrady(k));
    let echo = parsed(ECHO).unwrap();
    assert_eq!(echo.intrinsics, Some([300.0, 301.0, 320.5, 240.5]));
    assert_eq!(echo.distortion, Distortion::KannalaBrandt([-0.01, 0.02, -0.003, 0.0004]));
}

#[test]
fn a_lerobot_set_gives_size_and_rate_and_says_what_it_lacks() {
    let text = r#"{"fps": 30, "features": {
        "observation.state": {"dtype": "float32", "shape": [26]},
        "observation.images.top": {"dtype": "video", "shape": [480, 640, 3], "names": ["height", "width", "channel"]},
        "observation.images.hand": {"dtype": "image", "shape": [3, 120, 160], "names": ["channels", "height", "width"]}}}"#;
    let several = parse(text, "info.json", None).unwrap_err().to_string();
    assert!(several.contains("choose one of observation.images.top, observation.images.hand"), "{several}");
    let top = parse(text, "info.json", Some("top")).unwrap();
    assert_eq!((top.size_px, top.rate_hz, top.intrinsics), ([640, 480], Some(30.0), None));
    assert!(top.remarks[0].contains("focal length, principal point, distortion and pose are not in it"));
    assert_eq!(parse(text, "info.json", Some("hand")).unwrap().size_px, [160, 120]);
    let other = parse(text, "info.json", Some("tops")).unwrap_err().to_string();
    assert!(other.contains("no camera `tops`"), "{other}");
    assert!(parse("{\"a\":\n1,}", "info.json", None).unwrap_err().to_string().starts_with("info.json:2: is no JSON"));
}

#[test]
fn what_is_wrong_is_told_with_file_line_and_cure() {
    let cases: [(&str, &str, &str, &str); 17] = [
        (OPENCV, "image_width: 640\n", "", "cam.yaml: has no `image_width`"),
        (OPENCV, "image_width: 640", "image_width: 6.4", "cam.yaml:4: `image_width` is 6.4; a number of pixels"),
        (OPENCV, "612.34567890100004", "0.", "cam.yaml:10: the focal length is 0 x 611.5 px"),
        (OPENCV, "612.34567890100004, 0.", "612.3, 0.7", "cam.yaml:10: the camera matrix has a skew of 0.7"),
        (OPENCV, "611.5, ", "", "cam.yaml:10: `camera_matrix` has 8 numbers, but 3 rows of 3; the file may be cut off"),
        (OPENCV, "611.5", "six", "cam.yaml:10: `six` is no finite number"),
        (OPENCV, "-0.012 ]", "-0.012", "cam.yaml:15: the list of `distortion_coefficients.data` has no `]`"),
        (OPENCV, "cols: 5", "cols: 4", "cam.yaml:15: `distortion_coefficients` has 5 numbers, but 1 rows of 4"),
        (OPENCV, "camera_matrix: !!", "camera_matrix: &a !!", "cam.yaml:6: anchors and references are not read"),
        (OPENCV, "!!opencv-matrix", "!!opencv-nd-matrix", "cam.yaml:6: the tag `!!opencv-nd-matrix` is not known"),
        (OPENCV, "   dt: d", "\tdt: d", "cam.yaml:9: the line is indented by a tab"),
        (OPENCV, "image_height: 480", "image_width: 480", "cam.yaml:5: `image_width` is there twice"),
        (OPENCV, "image_height: 480", "image height 480", "cam.yaml:5: `image height 480` is no `key: value`"),
        (ROS, "rational_polynomial", "ratonal_polynomial", "did you mean `rational_polynomial`?"),
        (ROS, "rational_polynomial", "plumb_bob", "cam.yaml:8: `plumb_bob` has 4 to 5 coefficients, the file gives 8"),
        (
            ECHO,
            "y_offset: 0",
            "y_offset: 0\n  height: 240\n  width: 640",
            "`roi.height` is 240 of 480 px: the picture is part",
        ),
        (ECHO, "x_offset: 0", "x_offset: 16", "`roi.x_offset` is 16: the picture is part of the calibrated one"),
    ];
    for (text, from, to, expected) in cases {
        assert!(text.contains(from), "{from}");
        let error = parsed(&text.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}\nexpected: {expected}");
    }
    let whole = ECHO.replacen("y_offset: 0", "y_offset: 0\n  height: 480\n  width: 0", 1);
    assert_eq!(parsed(&whole).unwrap(), parsed(ECHO).unwrap(), "a region that is the whole picture cuts nothing");
    assert!(parsed("").unwrap_err().to_string().contains("has no `image_width`"));
    assert!(
        parsed(&format!("{ECHO}header:\n  sec: 1\n")).unwrap_err().to_string().contains("a second document begins")
    );
    let prism = OPENCV.replace("cols: 5", "cols: 12").replace("-0.012 ]", "-0.012, 0, 0, 0, 0.1, 0, 0, 0 ]");
    assert!(parsed(&prism).unwrap_err().to_string().contains("thin prisms"));
}

#[test]
fn cutting_a_calibration_anywhere_is_refused_or_gives_the_same_lens() {
    for text in [OPENCV, ROS, ECHO] {
        let whole = parsed(text).unwrap();
        for end in 0..text.len() {
            if let Ok(cut) = parsed(&text[..end]) {
                let same = (cut.size_px, cut.intrinsics) == (whole.size_px, whole.intrinsics);
                assert!(same, "cut after {end} bytes: {cut:?}");
            }
        }
    }
}

#[test]
fn a_size_alone_takes_the_focal_length_along_or_says_that_it_is_of_another_size() {
    let mut family = crate::run::new::example("tabletop_light_step").unwrap();
    (family.camera.width_px, family.camera.height_px) = (320, 240);
    let number = crate::family::Bound::Number;
    let [fx_px, fy_px, cx_px, cy_px] = [300.0, 310.0, 150.0, 125.0].map(number);
    let own = crate::family::sensor_model::Intrinsics { fx_px, fy_px, cx_px, cy_px };
    family.camera.sensor.get_or_insert_default().intrinsics = Some(own.clone());
    let size = |width: u32, height: u32| {
        let text =
            format!(r#"{{"fps": 30, "features": {{"top": {{"dtype": "video", "shape": [{height}, {width}, 3]}}}}}}"#);
        take(&family, &parse(&text, "info.json", None).unwrap()).unwrap()
    };
    let intrinsics = |taken: &Taken| taken.family.camera.sensor.as_ref().and_then(|sensor| sensor.intrinsics.clone());
    let twice = size(640, 480);
    assert_eq!(intrinsics(&twice).map(|own| own.fy_px), Some(crate::family::Bound::Number(620.0)));
    assert!(twice.remarks.iter().any(|remark| remark.contains("it is scaled to 640 x 480 px")), "{:?}", twice.remarks);
    let wide = size(640, 360);
    assert_eq!(intrinsics(&wide), Some(own));
    assert!(wide.remarks.iter().any(|remark| remark.contains("another shape than 640 x 360 px")), "{:?}", wide.remarks);
    assert!(size(320, 240).remarks.iter().all(|remark| !remark.contains("own focal length")));
    // What follows a parameter cannot be scaled: nothing is, rather than half of it.
    let last = &mut family.camera.sensor.get_or_insert_default().intrinsics.as_mut().unwrap().cy_px;
    *last = crate::family::Bound::Expression("centre".to_owned());
    let text = r#"{"fps": 30, "features": {"top": {"dtype": "video", "shape": [480, 640, 3]}}}"#;
    let refused = take(&family, &parse(text, "info.json", None).unwrap()).unwrap_err();
    assert!(refused.contains("follows a parameter") && refused.contains("write its number"), "{refused}");
    let before = family.camera.clone();
    assert!(crate::run::match_camera::scale_intrinsics(&mut family.camera, 2.0).is_err());
    assert_eq!(family.camera, before, "it stays as it was");
}
