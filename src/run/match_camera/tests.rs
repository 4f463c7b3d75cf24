//! Matches of pictures whose cameras are known.

use std::collections::BTreeMap;
use std::sync::Arc;

use glam::{DVec2, DVec3};

use super::*;
use crate::base::{Silent, png};
use crate::family::sensor_model::{Auto, BrownConrady, Intrinsics, SensorModel};
use crate::family::{Bound, Family};
use crate::render::{Gpu, Renderer};
use crate::run::preview::Previewer;
use crate::run::{Place, check, new, person};
use crate::study::Study;

fn example() -> Family {
    let mut family = new::example("tabletop_light_step").unwrap();
    (family.camera.width_px, family.camera.height_px) = (320, 240);
    family.clock.duration_s = 0.3;
    family.camera.exposure_ev = Bound::Number(0.0);
    family
}

fn scene_of(family: &Family, size_px: [u32; 2]) -> Result<Arc<Scene>, crate::run::RunError> {
    let family = Arc::new(family.clone());
    let preview = Previewer::new(Arc::clone(&family), 1).preview(2, &BTreeMap::new(), &Silent)?;
    Scene::new(&family, &preview, 0.2, size_px).map(Arc::new)
}

fn with_sensor(family: &mut Family, change: impl FnOnce(&mut SensorModel)) {
    change(family.camera.sensor.get_or_insert_default());
}

/// Pixels all over the picture at which something is seen.
fn grid(seen: &Synthetic) -> Vec<DVec3> {
    let places = (1..8).flat_map(|row| (1..8).map(move |column| DVec2::new(f64::from(column), f64::from(row)) * 30.0));
    places.filter_map(|at| seen.point_m(at)).collect()
}

#[test]
fn a_known_camera_is_found_again_by_points_and_by_light_and_goes_into_the_family() {
    let mut family = example();
    let bent = BrownConrady { k1: Bound::Number(-0.15), ..BrownConrady::default() };
    with_sensor(&mut family, |sensor| sensor.brown_conrady = Some(bent));
    let scene = scene_of(&family, [320, 240]).unwrap();
    let mut renderer = Renderer::new(&Gpu::headless().unwrap()).unwrap();
    let mut viewer = Viewer::default();
    let own = scene.own();
    let truth = own.moved(DVec3::new(0.04, -0.03, 0.02)).turned([3.0, -2.0, 4.0]);
    let truth = Trial { ev: 0.7, gains: [1.25, 1.0, 0.8], ..truth };
    let real = viewer.see(&mut renderer, &scene, &truth).unwrap();
    // A person clicks points of the scene as the family's own camera shows it, and the same points in the real picture.
    let first = viewer.see(&mut renderer, &scene, &own).unwrap();
    let pair = |point_m: DVec3| Some(Pair { point_m, pixel: scene.project(&truth, point_m)? });
    let pairs: Vec<Pair> = grid(&first).into_iter().filter_map(pair).collect();
    assert!(pairs.len() > 20 && scene.residuals_px(&own, &pairs).iter().all(|off| *off > 2.0));
    let (posed, fit) = scene.fit_pose(&own, &pairs).unwrap();
    assert!(posed.eye_m.distance(truth.eye_m) < 1e-6 && fit.rms_px < 1e-4, "{posed:?}");
    assert!(scene.residuals_px(&posed, &pairs).iter().all(|off| *off < 1e-3));
    let seen = viewer.see(&mut renderer, &scene, &posed).unwrap();
    let (lit, light) = scene.fit_light(&real.colour, &seen).unwrap();
    assert!((lit.ev - 0.7).abs() < 0.02 && (lit.gains[0] - 1.25).abs() < 0.02, "{lit:?}, {light:?}");
    let again = viewer.see(&mut renderer, &scene, &lit).unwrap();
    let apart = |(a, b): (&u8, &u8)| f64::from(a.abs_diff(*b));
    let mean = again.colour.bytes.iter().zip(&real.colour.bytes).map(apart).sum::<f64>() / (320.0 * 240.0 * 3.0);
    assert!(mean < 1.0, "the pictures agree: {mean} on average");
    // The saved family's own camera is the one that was tried.
    let (saved, remarks) = put(&scene, &lit).unwrap();
    assert_eq!((check::findings(&saved), remarks.len()), (check::findings(&family), 0), "{remarks:?}");
    let after = scene_of(&saved, [320, 240]).unwrap().own();
    assert!(
        after.eye_m.distance(lit.eye_m) < 2e-5 && after.pose().rotation.dot(lit.pose().rotation).abs() > 1.0 - 1e-9
    );
    assert_eq!(saved.camera.exposure_ev.shown(&BTreeMap::new()).map(|ev| (ev - lit.ev).abs() < 1e-4), Some(true));
}

#[test]
fn a_camera_that_rides_on_something_is_matched_in_its_frame() {
    let mut family = new::example("road_cut_in").unwrap();
    family.clock.duration_s = 0.5;
    assert!(family.camera.on.is_some(), "choose an example whose camera rides");
    let scene = scene_of(&family, [family.camera.width_px, family.camera.height_px]).unwrap();
    let own = scene.own();
    let tried = own.moved(DVec3::new(0.2, 0.1, 0.0)).turned([1.0, 0.5, -1.0]);
    let camera = scene.camera(&tried);
    let points = (0..30).map(|at| {
        camera.world_from_camera.point(DVec3::new(
            f64::from(at % 6) - 2.5,
            f64::from(at % 5) * 0.4 - 0.8,
            8.0 + f64::from(at),
        ))
    });
    let pair = |point_m: DVec3| Some(Pair { point_m, pixel: scene.project(&tried, point_m)? });
    let pairs: Vec<Pair> = points.filter_map(pair).collect();
    let (fitted, _) = scene.fit_pose(&own, &pairs).unwrap();
    assert!(fitted.eye_m.distance(tried.eye_m) < 1e-6, "{fitted:?}");
    let (saved, _) = put(&scene, &fitted).unwrap();
    let after = scene_of(&saved, scene.size_px()).unwrap();
    let (a, b) = (after.camera(&after.own()).world_from_camera, camera.world_from_camera);
    assert!(a.position.distance(b.position) < 1e-4 && a.rotation.dot(b.rotation).abs() > 1.0 - 1e-9, "in the world");
    assert_eq!(saved.camera.on, family.camera.on);
}

#[test]
fn a_real_pictures_size_becomes_the_cameras_and_a_calibration_goes_along() {
    let family = example();
    let scene = scene_of(&family, [640, 480]).unwrap();
    let (saved, remarks) = put(&scene, &scene.own()).unwrap();
    assert_eq!((saved.camera.width_px, saved.camera.height_px), (640, 480));
    assert!(remarks.iter().any(|remark| remark.contains("it was 320 x 240 px")), "{remarks:?}");
    assert_eq!(saved.camera.eye_m, family.camera.eye_m, "what was not touched stays as it is written");
    let mut calibrated = family.clone();
    let number = Bound::Number;
    let own = Intrinsics { fx_px: number(300.0), fy_px: number(310.0), cx_px: number(150.0), cy_px: number(125.0) };
    with_sensor(&mut calibrated, |sensor| sensor.intrinsics = Some(own));
    let twice = scene_of(&calibrated, [640, 480]).unwrap();
    assert_eq!(twice.camera(&twice.own()).focal_px, DVec2::new(600.0, 620.0));
    let (saved, _) = put(&twice, &twice.own()).unwrap();
    let after = scene_of(&saved, [640, 480]).unwrap();
    assert_eq!(after.camera(&after.own()), twice.camera(&twice.own()));
    let other = scene_of(&calibrated, [640, 360]).unwrap_err().to_string();
    assert!(other.contains("calibrated for 320 x 240 px") && other.contains("another shape"), "{other}");
    let huge = scene_of(&family, [9000, 480]).unwrap_err().to_string();
    assert!(huge.contains("9000 is not within 16 to 4096"), "{huge}");
}

#[test]
fn what_would_be_undone_or_lost_is_said() {
    let mut family = example();
    family.camera.exposure_ev = Bound::Expression("light_level".to_owned());
    assert!(why_no_light(&family).unwrap().contains("exposure is no plain number"));
    let mut family = example();
    assert_eq!(why_no_light(&family), None);
    with_sensor(&mut family, |sensor| sensor.auto = Some(Auto::default()));
    assert!(why_no_light(&family).unwrap().contains("automatic"));
    let scene = scene_of(&family, [320, 240]).unwrap();
    assert!(put(&scene, &Trial { ev: 1.0, ..scene.own() }).unwrap_err().contains("automatic"));
    assert!(put(&scene, &Trial { eye_m: DVec3::X * 500.0, ..scene.own() }).unwrap_err().contains("500 m away"));
    let zoomed = Trial { view_deg: 70.0, ..scene.own() };
    assert_eq!(put(&scene, &zoomed).unwrap().0.camera.vertical_fov_deg, Bound::Number(70.0));
}

#[test]
fn from_a_file_to_the_ledger() {
    let dir = tempfile::tempdir().unwrap();
    let place = Place { folder: dir.path().join("study"), keys_folder: dir.path().join("keys") };
    let stamp = person::stamp(Some("tester"));
    new::new(&place, 1, &stamp).unwrap();
    let study = Study::load(&place.folder).unwrap();
    let id = "tabletop_light_step";
    let mut renderer = Renderer::new(&Gpu::headless().unwrap()).unwrap();
    let file = dir.path().join("real.png");
    let request = |pairs: Vec<Pair>, light: bool| {
        let picture = RealPicture::File(dir.path().join("real.png"));
        MatchRequest { picture, family: id.to_owned(), draw: 0, time_s: 0.0, pairs, light }
    };
    let mut match_it = |request: &MatchRequest| match_camera(&place, &study, request, &mut renderer, &Silent);
    let missing = match_it(&request(Vec::new(), false)).unwrap_err().to_string();
    assert!(missing.contains("real.png"), "{missing}");
    std::fs::write(&file, png::encode_rgb(&Rgb { width: 64, height: 48, bytes: vec![120; 64 * 48 * 3] }).unwrap())
        .unwrap();
    let plain = match_it(&request(Vec::new(), false)).unwrap();
    assert_eq!((plain.real.width, plain.synthetic.colour.width, plain.trial), (64, 64, plain.scene.own()));
    let few = vec![Pair { point_m: DVec3::X, pixel: DVec2::ONE }];
    assert!(match_it(&request(few, false)).unwrap_err().to_string().contains("1 points cannot tell a pose"));
    let table = dir.path().join("pairs.csv");
    let pairs = vec![Pair { point_m: DVec3::new(0.25, -1.0, 0.125), pixel: DVec2::new(10.5, 7.25) }];
    std::fs::write(&table, written(&pairs)).unwrap();
    assert_eq!(read_pairs(&table).unwrap(), pairs);
    std::fs::write(&table, "1,2,3,4,5\n1,2,3,4\n").unwrap();
    assert!(read_pairs(&table).unwrap_err().to_string().contains("pairs.csv:2: is no pair"));
    let moved = plain.trial.moved(DVec3::new(0.0, 0.0, 0.01));
    let (edit, _) = keep(&place, (&plain.scene, &moved), &request(Vec::new(), false).picture, &stamp).unwrap();
    let mut after = study.clone();
    after.apply(edit).unwrap();
    assert_ne!(after.family(id), study.family(id));
    let ledger = crate::ledger::Ledger::read(&place.ledger()).unwrap();
    assert_eq!(ledger.last().map(|entry| entry.kind.as_str()), Some("camera.matched"));
}

#[test]
fn a_camera_of_a_set_is_found_by_its_name_or_the_end_of_it() {
    let names = ["observation.images.top", "observation.images.wrist_left"];
    let of = |wanted: &str| act::camera_of("g1", &names, wanted);
    assert_eq!((of("wrist_left"), of("observation.images.top")), (Ok(1), Ok(0)));
    let why = of("wrist_lef").unwrap_err();
    assert!(why.contains("`g1` has no camera `wrist_lef`") && why.contains("wrist_left"), "{why}");
}
