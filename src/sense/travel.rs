//! An episode's snapshots with all times between them, for what senses while the world moves.

use super::ray::{Meshes, Moment, Scene, between};
use crate::base::Pose;
use crate::world::{Snapshot, Weather};

/// The world at every time from the first snapshot to the last: bodies and sensors go straight and turn evenly between two.
#[derive(Debug)]
pub struct Travel<'a> {
    snapshots: &'a [Snapshot],
    scenes: Vec<Scene<'a>>,
}

impl<'a> Travel<'a> {
    /// Through `snapshots`, in order of their times.
    pub fn new(snapshots: &'a [Snapshot]) -> Self {
        let mut meshes = Meshes::default();
        let scenes = snapshots.iter().enumerate().map(|(at, now)| Scene::new(now, snapshots.get(at + 1), &mut meshes));
        Self { snapshots, scenes: scenes.collect() }
    }

    /// The time of the last snapshot in seconds.
    pub fn end_s(&self) -> f64 {
        self.snapshots.last().map_or(0.0, |last| last.time_s)
    }

    /// The snapshot before `time_s` (the first and the last hold before and after), and the share of the way to the next.
    fn place(&self, time_s: f64) -> (usize, f64) {
        let at = self.snapshots.partition_point(|snapshot| snapshot.time_s <= time_s).saturating_sub(1);
        let time_of = |at: usize| self.snapshots.get(at).map(|snapshot| snapshot.time_s);
        match (time_of(at), time_of(at + 1)) {
            (Some(from_s), Some(to_s)) => (at, ((time_s - from_s) / (to_s - from_s)).clamp(0.0, 1.0)),
            _ => (at, 0.0),
        }
    }

    /// The world at `time_s`; none where there is no snapshot.
    pub fn at(&self, time_s: f64) -> Option<Moment<'_>> {
        let (at, share) = self.place(time_s);
        self.scenes.get(at).map(|scene| scene.at(share))
    }

    /// The weather at `time_s`.
    pub fn weather(&self, time_s: f64) -> Weather {
        self.snapshots.get(self.place(time_s).0).map(|snapshot| snapshot.weather).unwrap_or_default()
    }

    /// Where something is at `time_s` that at the snapshots' times was at `poses`.
    pub fn pose(&self, poses: &[Pose], time_s: f64) -> Pose {
        let (at, share) = self.place(time_s);
        let from = poses.get(at).or(poses.last()).copied().unwrap_or(Pose::IDENTITY);
        poses.get(at + 1).map_or(from, |to| between(&from, to, share))
    }

    /// How fast it goes at `time_s`, in m/s along the world's axes: the mean between two snapshots.
    pub fn velocity_m_s(&self, poses: &[Pose], time_s: f64) -> glam::DVec3 {
        // At the end, as before it.
        let at = self.place(time_s).0.min(self.snapshots.len().saturating_sub(2));
        match (self.snapshots.get(at), self.snapshots.get(at + 1), poses.get(at), poses.get(at + 1)) {
            (Some(now), Some(next), Some(from), Some(to)) => (to.position - from.position) / (next.time_s - now.time_s),
            _ => glam::DVec3::ZERO,
        }
    }
}
