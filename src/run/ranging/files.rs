//! The files of sweeps: a point cloud each (PCD 0.7, binary) beside the pictures of a set, and tables of a simulation.
//!
//! Numbers of points are f32, as lidars give them. A class of 255 and an instance of 0 are what the air sends back, and false alarms.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;

use crate::base::{Monitor, Pose, files};
use crate::family::Family;
use crate::run::RunError;
use crate::run::table_file::{TableFile, Values};
use crate::sample::Draw;
use crate::sense::lidar::Point;
use crate::sense::radar::Detection;
use crate::world::{Class, Episode};

use super::{Sweep, Told, Watch, Which};

/// The folder of an episode's sweeps.
pub const FOLDER: &str = "ranging";
/// Sweeps that are worked out together before they are written: bounds memory.
const TOGETHER: usize = 8;
/// The class of what is nothing.
const NOTHING: u16 = 255;

fn class_of(class: Option<Class>) -> u16 {
    class.map_or(NOTHING, |class| class as u16)
}

/// `sweeps.json`.
#[derive(Serialize)]
struct Listing<'a> {
    format: &'static str,
    sensor: &'a str,
    kind: &'a str,
    sweeps: Vec<Entry>,
}

/// One sweep's line.
#[derive(Serialize)]
struct Entry {
    begin_s: f64,
    end_s: f64,
    points: usize,
    /// x, y, z, qx, qy, qz, qw: `world_from_sensor`.
    begin: [f64; 7],
    end: [f64; 7],
}

fn seven(pose: &Pose) -> [f64; 7] {
    let ([x, y, z], [i, j, k, w]) = (pose.position.to_array(), pose.rotation.to_array());
    [x, y, z, i, j, k, w]
}

/// A number of a point as a file has it.
enum Field {
    Real(f64),
    Count(u16),
}

fn point_fields(point: &Point) -> [(&'static str, Field); 9] {
    let [x, y, z] = point.position.to_array().map(Field::Real);
    [
        ("x", x),
        ("y", y),
        ("z", z),
        ("intensity", Field::Real(point.intensity)),
        ("ring", Field::Count(point.ring)),
        ("echo", Field::Count(u16::from(point.echo))),
        ("time", Field::Real(point.offset_s)),
        ("instance", Field::Count(point.instance)),
        ("class", Field::Count(class_of(point.class))),
    ]
}

fn detection_fields(one: &Detection) -> [(&'static str, Field); 10] {
    let (sin, cos) = libm::sincos(one.azimuth_rad);
    [
        ("x", Field::Real(one.range_m * cos)),
        ("y", Field::Real(one.range_m * sin)),
        ("z", Field::Real(0.0)),
        ("range", Field::Real(one.range_m)),
        ("azimuth", Field::Real(one.azimuth_rad)),
        ("velocity", Field::Real(one.speed_m_s)),
        ("rcs", Field::Real(one.cross_section_dbsm)),
        ("snr", Field::Real(one.snr_db)),
        ("instance", Field::Count(one.instance)),
        ("class", Field::Count(class_of(one.class))),
    ]
}

/// What names and kinds of fields are told by where there is nothing else.
const NO_POINT: Point =
    Point { position: glam::DVec3::ZERO, intensity: 0.0, ring: 0, echo: 0, offset_s: 0.0, instance: 0, class: None };
const NO_DETECTION: Detection = Detection {
    range_m: 0.0,
    azimuth_rad: 0.0,
    speed_m_s: 0.0,
    cross_section_dbsm: 0.0,
    snr_db: 0.0,
    instance: 0,
    class: None,
};

/// A cloud as PCD 0.7 (pcl.readthedocs.io), binary, little-endian; its viewpoint is where the sweep begins.
pub fn pcd(sweep: &Sweep) -> Vec<u8> {
    match &sweep.told {
        Told::Points(all) => cloud(sweep, all, &NO_POINT, point_fields),
        Told::Detections(all) => cloud(sweep, all, &NO_DETECTION, detection_fields),
    }
}

fn cloud<T, const N: usize>(
    sweep: &Sweep,
    all: &[T],
    one: &T,
    fields: fn(&T) -> [(&'static str, Field); N],
) -> Vec<u8> {
    let known = fields(one);
    let row = |of: &dyn Fn(&(&'static str, Field)) -> String| known.iter().map(of).collect::<Vec<_>>().join(" ");
    let by = |real: &'static str, count: &'static str| {
        row(&|(_, field)| if matches!(field, Field::Real(_)) { real.to_owned() } else { count.to_owned() })
    };
    let [x, y, z, i, j, k, w] = seven(&sweep.poses[0]);
    let head = format!(
        "# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\nFIELDS {}\nSIZE {}\nTYPE {}\nCOUNT {}\nWIDTH {count}\nHEIGHT 1\n\
         VIEWPOINT {x} {y} {z} {w} {i} {j} {k}\nPOINTS {count}\nDATA binary\n",
        row(&|(name, _)| (*name).to_owned()),
        by("4", "2"),
        by("F", "U"),
        by("1", "1"),
        count = all.len()
    );
    let mut bytes = head.into_bytes();
    for (_, field) in all.iter().flat_map(fields) {
        match field {
            Field::Real(value) => bytes.extend((value as f32).to_le_bytes()),
            Field::Count(value) => bytes.extend(value.to_le_bytes()),
        }
    }
    bytes
}

/// Writes what the lidars and radars of `family` met in `episode` under its `folder`: a file a sweep, and a list of them.
///
/// # Errors
/// A full disk; [`RunError::Stopped`].
pub fn write_episode(family: &Family, episode: &Episode, folder: &Path, monitor: &dyn Monitor) -> Result<(), RunError> {
    if episode.carried.is_empty() {
        return Ok(());
    }
    let watch = Watch::new(family, episode);
    let folder = |sensor: &str| folder.join(FOLDER).join(sensor);
    watch.sensors().try_for_each(|(name, _)| files::make_folder(&folder(name)))?;
    each(&watch, monitor, &|sensor, file, bytes| crate::run::generate::put(&folder(sensor).join(file), bytes))
}

/// The list of a sensor's sweeps.
const LISTING: &str = "sweeps.json";

fn file_name(which: Which) -> String {
    format!("{:06}.pcd", which.number)
}

/// The names of the files of `watch` as sensor and file, in order.
pub fn names(watch: &Watch<'_>) -> Vec<(String, String)> {
    let lists = watch.sensors().map(|(name, _)| (name.to_owned(), LISTING.to_owned()));
    let clouds = watch.all().into_iter().map(|which| (watch.name(which).to_owned(), file_name(which)));
    let mut all: Vec<_> = lists.chain(clouds).collect();
    all.sort();
    all
}

/// What is done with a sensor's file of this name and these bytes.
pub type Take<'a> = dyn Fn(&str, &str, &[u8]) -> Result<(), RunError> + Sync + 'a;

/// Shows `take` every file of `watch` as sensor, name and bytes, some at a time and in no order.
///
/// # Errors
/// Those of `take`, of the earliest file that it does not like; [`RunError::Stopped`].
pub fn each(watch: &Watch<'_>, monitor: &dyn Monitor, take: &Take<'_>) -> Result<(), RunError> {
    let all = watch.all();
    for (name, kind) in watch.sensors() {
        let own: Vec<Which> = all.iter().copied().filter(|which| watch.name(*which) == name).collect();
        let mut sweeps = Vec::with_capacity(own.len());
        for some in own.chunks(TOGETHER) {
            if monitor.stopped() {
                return Err(RunError::Stopped);
            }
            let one = |which: &Which| -> Result<Option<Entry>, RunError> {
                let Some(sweep) = watch.sweep(*which) else { return Ok(None) };
                take(name, &file_name(*which), &pcd(&sweep))?;
                Ok(Some(entry(&sweep)))
            };
            let entries: Vec<Result<Option<Entry>, RunError>> = some.par_iter().map(one).collect();
            for entry in entries {
                sweeps.extend(entry?);
            }
        }
        let listing = Listing { format: "worldproof sweeps 1", sensor: name, kind, sweeps };
        take(name, LISTING, &crate::run::synthetic::json(Path::new(LISTING), &listing)?)?;
    }
    Ok(())
}

/// What of a `kept` cloud is not what was `made`, in words.
pub fn difference(made: &[u8], kept: &[u8]) -> String {
    const HEAD_ENDS: &[u8] = b"DATA binary\n";
    let at = made.iter().zip(kept).position(|(made, kept)| made != kept);
    let head = made.windows(HEAD_ENDS.len()).position(|part| part == HEAD_ENDS).map_or(0, |at| at + HEAD_ENDS.len());
    let text = String::from_utf8_lossy(made.get(..head).unwrap_or_default()).into_owned();
    let count = text.lines().find_map(|line| line.strip_prefix("POINTS ")?.parse::<usize>().ok()).unwrap_or(0);
    let size = made.len().saturating_sub(head).checked_div(count).unwrap_or(0);
    match at.and_then(|at| at.checked_sub(head)?.checked_div(size)) {
        Some(point) if made.len() == kept.len() => {
            format!("point {} of {count} is not what this program computes", point + 1)
        }
        _ => format!("its header or the number of its points is not what this program computes, {count} points"),
    }
}

/// The files that [`write_episode`] wrote under an episode's `folder`: sensor, name and path, in order; none where it has no such sensor.
///
/// # Errors
/// A folder that cannot be listed.
pub fn written(folder: &Path) -> Result<Vec<(String, String, PathBuf)>, RunError> {
    let list = |folder: &Path| -> Result<Vec<(String, PathBuf)>, RunError> {
        let fail = |err| files::FileError::new("list", folder, err);
        let mut all = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            all.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
        }
        all.sort();
        Ok(all)
    };
    let root = folder.join(FOLDER);
    if !root.is_dir() {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for (sensor, folder) in list(&root)? {
        all.extend(list(&folder)?.into_iter().map(|(file, path)| (sensor.clone(), file, path)));
    }
    Ok(all)
}

fn entry(sweep: &Sweep) -> Entry {
    let ([begin_s, end_s], [begin, end]) = (sweep.times_s, sweep.poses.each_ref().map(seven));
    Entry { begin_s, end_s, points: sweep.told.len(), begin, end }
}

/// The tables of a simulation's lidars and radars.
#[derive(Debug)]
pub struct Tables {
    sweeps: TableFile,
    lidar: Option<TableFile>,
    radar: Option<TableFile>,
}

impl Tables {
    /// Begins them in `folder`; none where `family` has no lidar or radar.
    ///
    /// # Errors
    /// Where nothing can be written.
    pub fn begin(family: &Family, folder: &Path) -> Result<Option<Self>, RunError> {
        use crate::family::Reading::{Lidar, Radar};
        let table = |name: &str| TableFile::begin(&folder.join(format!("{name}.parquet")));
        let has = |is: fn(&crate::family::Reading) -> bool| family.sensors.iter().any(|sensor| is(&sensor.reads));
        if !super::is_asked(family) {
            return Ok(None);
        }
        // A sensor so slow that no sweep fits into an episode has its tables with their columns all the same.
        let none = Own { draw: 0, sensor: "", number: 0 };
        let with = |name: &str, columns| -> Result<TableFile, RunError> {
            let mut table = table(name)?;
            table.add(columns)?;
            Ok(table)
        };
        let lidar = || with("lidar", none.points(&[], &NO_POINT, point_fields));
        let radar = || with("radar", none.points(&[], &NO_DETECTION, detection_fields));
        Ok(Some(Self {
            sweeps: with("sweeps", none.sweep(None))?,
            lidar: has(|reads| matches!(reads, Lidar { .. })).then(lidar).transpose()?,
            radar: has(|reads| matches!(reads, Radar { .. })).then(radar).transpose()?,
        }))
    }

    /// Adds the sweeps of an episode that has its snapshots.
    ///
    /// # Errors
    /// A full disk; [`RunError::Stopped`].
    pub fn add(
        &mut self,
        family: &Family,
        draw: &Draw,
        episode: &Episode,
        monitor: &dyn Monitor,
    ) -> Result<(), RunError> {
        let watch = Watch::new(family, episode);
        for some in watch.all().chunks(TOGETHER) {
            if monitor.stopped() {
                return Err(RunError::Stopped);
            }
            let told: Vec<_> = some.par_iter().map(|which| (*which, watch.sweep(*which))).collect();
            for (which, sweep) in told {
                let Some(sweep) = sweep else { continue };
                let own = Own { draw: draw.index, sensor: watch.name(which), number: which.number };
                self.sweeps.add(own.sweep(Some(&sweep)))?;
                match (&sweep.told, &mut self.lidar, &mut self.radar) {
                    (Told::Points(all), Some(table), _) => table.add(own.points(all, &NO_POINT, point_fields))?,
                    (Told::Detections(all), _, Some(table)) => {
                        table.add(own.points(all, &NO_DETECTION, detection_fields))?;
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Puts them under their names.
    ///
    /// # Errors
    /// A full disk.
    pub fn finish(self) -> Result<(), RunError> {
        [Some(self.sweeps), self.lidar, self.radar].into_iter().flatten().try_for_each(TableFile::finish)
    }
}

/// Whose rows they are.
struct Own<'a> {
    draw: u64,
    sensor: &'a str,
    number: u64,
}

impl Own<'_> {
    fn columns(&self, count: usize) -> Vec<(String, Values)> {
        vec![
            ("draw".to_owned(), Values::Counts(vec![self.draw; count])),
            ("sensor".to_owned(), Values::Texts(vec![self.sensor.to_owned(); count])),
            ("sweep".to_owned(), Values::Counts(vec![self.number; count])),
        ]
    }

    /// The row of `sweep`, or the columns without one.
    fn sweep(&self, sweep: Option<&Sweep>) -> Vec<(String, Values)> {
        let number = |name: &str, of: &dyn Fn(&Sweep) -> f64| {
            (name.to_owned(), Values::Numbers(sweep.map(of).into_iter().collect()))
        };
        let mut all = self.columns(usize::from(sweep.is_some()));
        let points = sweep.map(|sweep| sweep.told.len() as u64);
        all.push(("points".to_owned(), Values::Counts(points.into_iter().collect())));
        all.extend([number("begin_s", &|sweep| sweep.times_s[0]), number("end_s", &|sweep| sweep.times_s[1])]);
        for (end, when) in ["begin", "end"].into_iter().enumerate() {
            for (part, name) in ["x_m", "y_m", "z_m", "qx", "qy", "qz", "qw"].into_iter().enumerate() {
                all.push(number(&format!("{when}_{name}"), &|sweep| seven(&sweep.poses[end])[part]));
            }
        }
        all
    }

    fn points<T, const N: usize>(
        &self,
        all: &[T],
        one: &T,
        fields: fn(&T) -> [(&'static str, Field); N],
    ) -> Vec<(String, Values)> {
        let mut columns = self.columns(all.len());
        let rows: Vec<_> = all.iter().map(fields).collect();
        // A sweep that met nothing has its columns, too.
        for (at, (name, kind)) in fields(one).into_iter().enumerate() {
            let of = |row: &[(&'static str, Field); N]| match row.get(at) {
                Some((_, Field::Real(value))) => *value,
                Some((_, Field::Count(count))) => f64::from(*count),
                None => f64::NAN,
            };
            let values = match kind {
                Field::Real(_) => Values::Reals(rows.iter().map(|row| of(row) as f32).collect()),
                Field::Count(_) => Values::Counts(rows.iter().map(|row| of(row) as u64).collect()),
            };
            columns.push((name.to_owned(), values));
        }
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_that_met_nothing_has_the_columns_of_one_that_did() {
        let own = Own { draw: 3, sensor: "radar", number: 0 };
        let names = |columns: Vec<(String, Values)>| columns.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        let none = names(own.points(&[], &NO_DETECTION, detection_fields));
        assert_eq!(none, names(own.points(&[NO_DETECTION], &NO_DETECTION, detection_fields)));
        assert_eq!(none.len(), 3 + 10, "{none:?}");
        assert_eq!(names(own.points(&[], &NO_POINT, point_fields)).len(), 3 + 9);
        let still = Sweep { times_s: [0.0; 2], poses: [Pose::IDENTITY; 2], told: Told::Points(Vec::new()) };
        assert_eq!(names(own.sweep(None)), names(own.sweep(Some(&still))));
    }
}
