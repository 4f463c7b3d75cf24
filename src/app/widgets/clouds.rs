//! What lidars and radars met, over the picture: echoes as small squares, detections as discs with their radial speed.

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{Id, Mesh, Painter, Pos2, Rect, Shape, Stroke, Ui, Vec2};
use glam::DVec3;

use super::{labels, marks};
use crate::app::{
    stage::{
        By, CloudView, Eye,
        clouds::{Clouds, Spot},
    },
    theme,
};
use crate::sense::camera::lens::Lens;
use crate::world::Camera;

/// Points that the square of an echo is wide.
const ECHO: f32 = 2.5;
/// Radius of a detection's disc in points.
const DISC: f32 = 4.5;
/// Nearer than this to the pointer, a point tells what it is.
const NEAR: f32 = 8.0;

/// Squares as they were laid out last: the same as long as nothing moves.
#[derive(Clone)]
struct Laid {
    of: (Arc<Clouds>, By),
    seen: (Camera, Lens, Rect),
    mesh: Arc<Mesh>,
    /// Where every point is on screen: its cloud, its number.
    places: Arc<[(Pos2, usize, usize)]>,
}

/// Draws the sweeps of `view` over the picture that `eye` has laid on screen.
pub fn paint(ui: &Ui, painter: &Painter, eye: &Eye, (view, pointer): (&CloudView, Option<Pos2>)) {
    let Some(clouds) = view.shown.as_ref().filter(|_| view.on) else { return };
    let laid = laid(ui, eye, clouds, view.by);
    // The picture may be smaller than its place: beside it there is nothing to hold points against.
    let painter = &painter.with_clip_rect(painter.clip_rect().intersect(eye.area));
    painter.add(Shape::mesh(Arc::clone(&laid.mesh)));
    let spot = |cloud: usize, at: usize| clouds.all.get(cloud)?.spots.get(at);
    let mut detections: Vec<(Pos2, &Spot)> = laid
        .places
        .iter()
        .filter_map(|(place, cloud, at)| Some((*place, spot(*cloud, *at)?)))
        .filter(|(_, spot)| spot.speed_m_s.is_some())
        .collect();
    detections.sort_by(|a, b| b.1.range_m.total_cmp(&a.1.range_m));
    for (place, spot) in &detections {
        let ink = theme::exact(clouds.colour(view.by, spot));
        painter.circle_filled(*place, DISC + 1.5, theme::ON_PICTURE);
        if spot.instance == 0 {
            // Nothing is there: a false alarm.
            painter.circle_stroke(*place, DISC - 1.0, Stroke::new(1.5, ink));
        } else {
            painter.circle_filled(*place, DISC, ink);
        }
    }
    let mut plates = Vec::new();
    for (place, spot) in nearest(&detections) {
        let ink = theme::exact(clouds.colour(view.by, spot));
        labels::name(painter, place - Vec2::new(0.0, DISC + 2.0), (&speed(spot), ink), &mut plates);
    }
    let Some(pointer) = pointer else { return };
    let away = |place: &Pos2| place.distance(pointer);
    let nearest = laid.places.iter().min_by(|a, b| away(&a.0).total_cmp(&away(&b.0)));
    if let Some((place, cloud, at)) = nearest.filter(|(place, ..)| away(place) < NEAR)
        && let Some((sensor, spot)) = clouds.all.get(*cloud).map(|cloud| &cloud.sensor).zip(spot(*cloud, *at))
    {
        marks::number(painter, *place - Vec2::new(0.0, 24.0), &words(sensor, spot));
    }
}

/// The nearest detection of every thing, near to far, of all of them far to near.
fn nearest<'a>(detections: &[(Pos2, &'a Spot)]) -> Vec<(Pos2, &'a Spot)> {
    let mut told = BTreeSet::new();
    let first = |(_, spot): &(Pos2, &Spot)| spot.instance != 0 && told.insert(spot.instance);
    detections.iter().rev().copied().filter(first).collect()
}

/// With a true minus, away from the sensor positive.
fn speed(spot: &Spot) -> String {
    let speed = spot.speed_m_s.unwrap_or_default();
    format!("{speed:+.1}{}m/s", theme::THIN_SPACE).replace('-', "−")
}

fn words(sensor: &str, spot: &Spot) -> String {
    let range = theme::with_unit(f64::from(spot.range_m), 2, "m");
    let more = match spot.intensity {
        Some(intensity) => format!("intensity {}", theme::figures(f64::from(intensity))),
        None => speed(spot),
    };
    let whose = match (spot.instance, spot.intensity) {
        (0, Some(_)) => "the air".to_owned(),
        (0, None) => "a false alarm".to_owned(),
        (instance, _) => format!("instance {instance}"),
    };
    format!("{}  {range}  {more}  {whose}", sensor.replace('_', " "))
}

/// The squares, from what was kept where nothing has moved.
fn laid(ui: &Ui, eye: &Eye, clouds: &Arc<Clouds>, by: By) -> Laid {
    let id = Id::unique("clouds");
    let seen = (eye.camera, eye.lens, eye.area);
    let known = ui.data(|data| data.get_temp::<Laid>(id));
    if let Some(known) =
        known.filter(|known| Arc::ptr_eq(&known.of.0, clouds) && known.of.1 == by && known.seen == seen)
    {
        return known;
    }
    let (mesh, places) = lay(eye, clouds, by);
    let laid = Laid { of: (Arc::clone(clouds), by), seen, mesh: Arc::new(mesh), places: places.into() };
    ui.data_mut(|data| data.insert_temp(id, laid.clone()));
    laid
}

/// A square for every echo that the camera sees, those far away first; and where all points are.
fn lay(eye: &Eye, clouds: &Clouds, by: By) -> (Mesh, Vec<(Pos2, usize, usize)>) {
    let from = eye.camera.world_from_camera.position;
    let mut seen: Vec<(f64, Pos2, usize, usize)> = Vec::new();
    for (cloud, one) in clouds.all.iter().enumerate() {
        for (at, spot) in one.spots.iter().enumerate() {
            if let Some(place) = eye.screen(spot.at_m) {
                seen.push((DVec3::distance_squared(spot.at_m, from), place, cloud, at));
            }
        }
    }
    seen.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut mesh = Mesh::default();
    for (_, place, cloud, at) in &seen {
        if let Some(spot) = clouds.all.get(*cloud).and_then(|cloud| cloud.spots.get(*at))
            && spot.speed_m_s.is_none()
        {
            let square = Rect::from_center_size(*place, Vec2::splat(ECHO));
            mesh.add_colored_rect(square, theme::exact(clouds.colour(by, spot)));
        }
    }
    (mesh, seen.into_iter().map(|(_, place, cloud, at)| (place, cloud, at)).collect())
}

#[cfg(test)]
mod tests {
    use eframe::egui::{pos2, vec2};

    use super::*;
    use crate::app::stage::clouds::Cloud;
    use crate::base::Pose;

    #[test]
    fn what_is_before_the_camera_has_a_square_and_the_nearest_lies_on_top() {
        let camera = Camera::with_vertical_fov(640, 480, 50.0, Pose::looking_at(DVec3::ZERO, DVec3::X));
        let eye = Eye { camera, lens: Lens::PINHOLE, area: Rect::from_min_size(pos2(0.0, 0.0), vec2(640.0, 480.0)) };
        let spot = |x: f64, speed_m_s: Option<f64>| Spot {
            at_m: DVec3::new(x, 0.0, 0.0),
            range_m: x.abs() as f32,
            intensity: speed_m_s.is_none().then_some(0.4),
            speed_m_s,
            instance: 4,
        };
        let spots = vec![spot(5.0, None), spot(40.0, None), spot(-5.0, None), spot(9.0, Some(-3.24))];
        let clouds = Clouds::new(vec![Cloud { sensor: "s".into(), times_s: [0.0; 2], spots: spots.clone() }]);
        let (mesh, places) = lay(&eye, &clouds, By::Range);
        assert_eq!((mesh.vertices.len(), places.len()), (8, 3), "two squares, and a detection");
        assert_eq!(mesh.vertices[4].color, theme::exact(clouds.colour(By::Range, &spots[0])));
        assert!(places.iter().all(|(place, ..)| place.distance(pos2(320.0, 240.0)) < 0.1));
        let all = [spot(90.0, Some(1.0)), spot(9.0, Some(2.0)), spot(8.0, Some(3.0)), spot(7.0, Some(4.0))];
        let [far, near, alarm, other] =
            [&all[0], &all[1], &Spot { instance: 0, ..all[2].clone() }, &Spot { instance: 2, ..all[3].clone() }];
        let told = nearest(&[far, near, alarm, other].map(|spot| (pos2(0.0, 0.0), spot)));
        assert_eq!(told.iter().map(|(_, spot)| spot.speed_m_s).collect::<Vec<_>>(), [Some(4.0), Some(2.0)]);
        assert_eq!(speed(&spots[3]), "−3.2\u{2009}m/s");
        assert!(words("roof_lidar", &spots[0]).starts_with("roof lidar  5.00\u{2009}m  intensity 0.400"), "said");
    }
}
