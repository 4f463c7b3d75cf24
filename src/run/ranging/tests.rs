//! A road with a lidar and a radar: what they tell belongs to the draw and the sweep alone, and files say it again.

use super::*;
use crate::base::{Digest, Silent};
use crate::family::{Bound, Clock, Entity, Form, Sensor, Severity};
use crate::run::{check, inside};
use crate::sample::Draw;
use crate::world::{Class, Simulator};

fn family() -> Family {
    let mut family = Family::new("watched", "Watched", "road");
    family.clock = Clock { duration_s: 0.5, frame_rate_hz: 30.0 };
    family.camera.on = Some("ego".to_owned());
    family.scene.insert("lead".to_owned(), Bound::Number(1.0));
    let beams = Beams::Spinning { elevations_deg: vec![-12.0, -6.0, -2.0, 0.0, 3.0], columns: 360 };
    let mut roof = Sensor::new("roof", "ego", Reading::lidar(beams));
    roof.at_m[2] = Bound::Number(1.8);
    let mut front = Sensor::new("front", "ego", Reading::radar());
    front.at_m = [2.5, 0.0, 0.5].map(Bound::Number);
    family.sensors = vec![roof, front, Sensor::new("post", "stage", Reading::radar())];
    family.sensors[2].at_m = [0.0, 8.0, 3.0].map(Bound::Number);
    family
}

fn draw(index: u64) -> Draw {
    Draw { index, refused: 0, values: std::collections::BTreeMap::default(), ln_weight: 0.0 }
}

fn episode(family: &Family) -> Episode {
    Simulator::new(family).expect("runs").episode(&draw(0), &Silent).expect("an episode")
}

fn digest(family: &Family, episode: &Episode) -> Vec<String> {
    let watch = Watch::new(family, episode);
    let one = |which: &Which| Digest::of(&files::pcd(&watch.sweep(*which).expect("a sweep"))).to_string();
    watch.all().iter().map(one).collect()
}

#[test]
fn a_ride_on_the_road_is_told_by_lidar_and_radar() {
    let family = family();
    let episode = episode(&family);
    assert_eq!(episode.carried.iter().map(|one| one.sensor).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(episode.carried[2].poses[0], episode.carried[2].poses[14], "what stands on the stage stands still");
    let watch = Watch::new(&family, &episode);
    // Five whole sweeps of 0.1 s, eight scans at 15 Hz with the first.
    let count = |name: &str| watch.all().iter().filter(|which| watch.name(**which) == name).count();
    assert_eq!(["roof", "front", "post"].map(count), [5, 8, 8]);
    let lead = episode.snapshots[0].bodies.iter().find(|body| *body.name == *"lead").expect("a lead");
    let sweep = watch.sweep(watch.all()[2]).expect("a sweep");
    assert_eq!(sweep.times_s, [0.2, 0.3].map(|time_s: f64| libm::round(time_s * 10.0) / 10.0));
    let Told::Points(points) = &sweep.told else { panic!("a lidar's") };
    let classes = |class: Class| points.iter().filter(|point| point.class == Some(class)).count();
    assert!(classes(Class::Road) > 50 && points.len() > 300, "{} of {}", classes(Class::Road), points.len());
    assert!(points.iter().any(|point| point.instance == lead.instance), "it sees the lead");
    // The ground lies where it is: 0 under the sensor's height, whatever the ego does.
    for point in points.iter().filter(|point| point.class == Some(Class::Road)) {
        let share = point.offset_s * 10.0;
        let height = sweep.poses[0].position.z.midpoint(sweep.poses[1].position.z);
        let world = sweep.poses[0].rotation.slerp(sweep.poses[1].rotation, share) * point.position;
        assert!((height + world.z).abs() < 0.25, "{point:?} at {}", height + world.z);
    }
}

#[test]
fn sweeps_do_not_depend_on_threads_or_on_what_else_is_asked_for() {
    let family = family();
    let (one, two) = (episode(&family), episode(&family));
    let all = digest(&family, &one);
    let few = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    assert_eq!(all, few.install(|| digest(&family, &two)));
    // Another sensor before them and a longer episode leave each sweep what it was.
    let mut more = family.clone();
    more.sensors.insert(0, Sensor::new("imu", "ego", Reading::imu()));
    more.sensors.remove(3);
    more.clock.duration_s = 0.7;
    let longer = digest(&more, &episode(&more));
    assert_eq!((&longer[..5], &longer[7..15]), (&all[..5], &all[5..13]));
    let mut other = family.clone();
    other.sensors[0].noise_seed = Bound::Number(2.0);
    let others = digest(&other, &episode(&other));
    assert!(others[0] != all[0] && others[5..] == all[5..], "its noise is its own");
}

#[test]
fn a_cloud_reads_back() {
    let family = family();
    let episode = episode(&family);
    let watch = Watch::new(&family, &episode);
    let sweep = watch.sweep(watch.all()[0]).expect("a sweep");
    let bytes = files::pcd(&sweep);
    let head = bytes.windows(12).position(|some| some == b"DATA binary\n").expect("a head") + 12;
    let text = std::str::from_utf8(&bytes[..head]).expect("text");
    assert!(
        text.contains(
            "FIELDS x y z intensity ring echo time instance class\nSIZE 4 4 4 4 2 2 4 2 2\nTYPE F F F F U U F U U\n"
        ),
        "{text}"
    );
    let Told::Points(points) = &sweep.told else { panic!("a lidar's") };
    assert_eq!(bytes.len() - head, 28 * points.len());
    let last = points.last().expect("points");
    let row = &bytes[bytes.len() - 28..];
    let real = |at: usize| f32::from_le_bytes(row[at..at + 4].try_into().expect("four bytes"));
    assert_eq!([real(0), real(4), real(8)], last.position.to_array().map(|part| part as f32));
    assert_eq!(u16::from_le_bytes([row[26], row[27]]), last.class.map_or(255, |class| class as u16));
}

fn told(family: &Family) -> Vec<String> {
    let found = check::findings(family);
    let errors = found.into_iter().filter(|one| one.severity == Severity::Error);
    errors.chain(inside::finding(family)).map(|one| format!("{}: {}", one.field, one.text)).collect()
}

#[test]
fn bad_numbers_are_named_with_their_cure_before_anything_runs() {
    let good = family();
    assert_eq!(told(&good), Vec::<String>::new());
    let lidar = |change: &dyn Fn(&mut Reading)| {
        let mut family = good.clone();
        change(&mut family.sensors[0].reads);
        told(&family).join("; ")
    };
    let set = |name: &'static str, value: f64| {
        lidar(&move |reads| {
            if let Reading::Lidar { rate_hz, range_min_m, range_max_m, .. } = reads {
                let place = match name {
                    "rate" => rate_hz,
                    "min" => range_min_m,
                    _ => range_max_m,
                };
                *place = Bound::Number(value);
            }
        })
    };
    let beams = |new: Beams| {
        lidar(&move |reads| {
            if let Reading::Lidar { beams, .. } = reads {
                *beams = new.clone();
            }
        })
    };
    let many = Beams::Grid { width_deg: 90.0, height_deg: 20.0, columns: 5000, rows: 2000 };
    for (text, part) in [
        (set("rate", 0.0), "sensors[0].reads.rate_hz"),
        (set("min", 200.0), "sensors[0].reads.range_min_m"),
        (set("max", 0.3), "nothing nearer than 0.5 m and nothing farther than 0.3 m; raise `range_max_m`"),
        (beams(many), "sensors[0].reads.beams: the pattern has 10000000 beams a sweep, but at most 1000000"),
        (
            lidar(&|reads| {
                if let Reading::Lidar { beams, rate_hz, .. } = reads {
                    (*beams, *rate_hz) = (Beams::Preset("spinning_128".to_owned()), Bound::Number(100.0));
                }
            }),
            "262144 beams at 100 Hz are 26214400 a second, but at most 20000000 can be; lower the rate",
        ),
        (beams(Beams::Preset("spining_64".to_owned())), "did you mean `spinning_64`?"),
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn who_would_see_nothing_is_refused_before_anything_runs() {
    let good = family();
    let mut fine = good.clone();
    if let Reading::Radar { azimuth_cell_deg, height_deg, .. } = &mut fine.sensors[1].reads {
        (*azimuth_cell_deg, *height_deg) = (Bound::Number(0.2), Bound::Number(90.0));
    }
    let said = told(&fine).join("; ");
    assert!(
        said.contains("sensors[1].reads.azimuth_cell_deg: 120 by 90 degrees are 270000 cells of 0.2 degrees"),
        "{said}"
    );
    let refused = Simulator::new(&fine).expect("runs").begin(&draw(0)).expect_err("too fine").to_string();
    assert!(refused.contains("raise `azimuth_cell_deg`"), "{refused}");
    // What the draw says counts, whatever is known beforehand.
    let mut fast = good.clone();
    if let Reading::Lidar { beams, rate_hz, .. } = &mut fast.sensors[0].reads {
        (*beams, *rate_hz) = (Beams::Preset("spinning_128".to_owned()), Bound::Number(100.0));
    }
    let refused = Simulator::new(&fast).expect("runs").begin(&draw(0)).expect_err("too fast").to_string();
    assert!(refused.contains("262144 beams at 100 Hz are 26214400 a second"), "{refused}");
    let mut nowhere = good.clone();
    nowhere.sensors[0].on = "egg".to_owned();
    assert!(
        told(&nowhere)[0].contains("sensors[0].on: there is no link or thing `egg` for a sensor (did you mean `ego`?)")
    );
    let mut buried = good.clone();
    buried.sensors[0].at_m[2] = Bound::Number(0.6);
    let said = told(&buried);
    assert!(said.len() == 1 && said[0].starts_with("sensors[0].at_m: it begins inside `ego`"), "{said:?}");
    let simulator = Simulator::new(&buried).expect("runs");
    let refused = inside::refuse(&buried, &simulator, &draw(0), false).expect_err("it sees nothing").to_string();
    assert!(refused.starts_with("draw 0: sensors[0].at_m: it begins inside `ego`"), "{refused}");
    // In a box of the family's own, too.
    let mut boxed = good.clone();
    let mut crate_ = Entity::new("crate", Form::Box { size_m: [1.0; 3].map(Bound::Number) }, [0.0, 8.0, 3.0]);
    crate_.mass_kg = None;
    boxed.entities.push(crate_);
    assert!(told(&boxed).iter().any(|one| one.contains("inside `crate`")), "{:?}", told(&boxed));
}

#[test]
fn sets_and_simulations_hold_every_sweep() {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    let (family, dir) = (family(), tempfile::tempdir().expect("a folder"));
    let episode = episode(&family);
    let watch = Watch::new(&family, &episode);
    files::write_episode(&family, &episode, dir.path(), &Silent).expect("written");
    let written = files::written(dir.path()).expect("listed");
    let names: Vec<String> = written.iter().map(|(sensor, file, _)| format!("{sensor}/{file}")).collect();
    assert_eq!(names.len(), watch.all().len() + 3, "a list beside each sensor's clouds: {names:?}");
    assert_eq!((names[0].as_str(), names[8].as_str()), ("front/000000.pcd", "front/sweeps.json"));
    for which in watch.all() {
        let (_, _, path) = &written[names
            .iter()
            .position(|name| *name == format!("{}/{:06}.pcd", watch.name(which), which.number))
            .expect("a file a sweep")];
        assert_eq!(std::fs::read(path).expect("a file"), files::pcd(&watch.sweep(which).expect("a sweep")));
    }
    let mut tables = files::Tables::begin(&family, dir.path()).expect("begins").expect("it looks");
    tables.add(&family, &draw(0), &episode, &Silent).expect("added");
    tables.finish().expect("finished");
    let rows = |name: &str| {
        let file = std::fs::File::open(dir.path().join(name)).expect("a table");
        SerializedFileReader::new(file).expect("parquet").metadata().file_metadata().num_rows() as usize
    };
    let told = |is: fn(&Told) -> bool| -> usize {
        let all = watch.all().into_iter().filter_map(|which| watch.sweep(which));
        all.map(|sweep| sweep.told).filter(is).map(|told| told.len()).sum()
    };
    assert_eq!(rows("sweeps.parquet"), watch.all().len());
    assert_eq!(rows("lidar.parquet"), told(|told| matches!(told, Told::Points(_))));
    assert_eq!(rows("radar.parquet"), told(|told| matches!(told, Told::Detections(_))));
    // One that has no whole sweep in an episode has its tables, too, and with the same columns.
    let columns = |name: &str| {
        let file = std::fs::File::open(dir.path().join(name)).expect("a table");
        let reader = SerializedFileReader::new(file).expect("parquet");
        let schema = reader.metadata().file_metadata().schema_descr();
        schema.columns().iter().map(|column| column.name().to_owned()).collect::<Vec<_>>()
    };
    let before = ["sweeps.parquet", "lidar.parquet"].map(columns);
    let mut slow = family.clone();
    slow.sensors.truncate(1);
    if let Reading::Lidar { rate_hz, .. } = &mut slow.sensors[0].reads {
        *rate_hz = Bound::Number(0.1);
    }
    let mut tables = files::Tables::begin(&slow, dir.path()).expect("begins").expect("it looks");
    tables.add(&slow, &draw(0), &self::episode(&slow), &Silent).expect("added");
    tables.finish().expect("an episode without a whole sweep");
    assert_eq!(
        (["sweeps.parquet", "lidar.parquet"].map(rows), ["sweeps.parquet", "lidar.parquet"].map(columns)),
        ([0, 0], before)
    );
    let mut blind = family.clone();
    blind.sensors.clear();
    assert!(files::Tables::begin(&blind, dir.path()).expect("begins").is_none() && !is_asked(&blind));
}

#[test]
fn the_weather_of_the_scene_and_of_its_events_is_in_the_way() {
    use crate::family::{Action, Event};
    let mut family = family();
    let told = |family: &Family| -> Vec<Vec<Point>> {
        let episode = episode(family);
        let watch = Watch::new(family, &episode);
        let all = watch.all().into_iter().filter(|which| watch.name(*which) == "roof");
        let points = |which| match watch.sweep(which).map(|sweep| sweep.told) {
            Some(Told::Points(points)) => points,
            _ => Vec::new(),
        };
        all.map(points).collect()
    };
    let far =
        |points: &[Point]| points.iter().filter(|one| one.class.is_some() && one.position.length() > 12.0).count();
    let air = |points: &[Point]| points.iter().filter(|one| one.class.is_none()).count();
    let clear = told(&family);
    assert!(far(&clear[0]) > 100 && air(&clear[0]) == 0, "{} {}", far(&clear[0]), air(&clear[0]));
    // A wall of fog comes down at once.
    let slot = "fog_visibility_m".to_owned();
    family.events = vec![Event::at("fog", Bound::Number(0.15), Action::Set { slot, to: Bound::Number(25.0) })];
    let foggy = told(&family);
    assert_eq!(foggy[0], clear[0], "before it comes");
    let (before, after) = (&foggy[0], &foggy[4]);
    assert!(far(after) * 3 < far(before) && air(after) > 100, "{} of {}, {}", far(after), far(before), air(after));
}
