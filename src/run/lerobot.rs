//! Episodes in the columns of a real set: the family's mapping and the writer of a `LeRobot` set together.
//!
//! What is written is a set that learners load and that this program takes for generated. A simulation's has no pictures; a
//! pack's has those that the format has a place for ([`of_pack`]).

mod pictured;

use std::path::Path;

use crate::base::Monitor;
use crate::data::Set;
use crate::family::{Family, Mapped, Mapping};
use crate::pack::lerobot::{self, About, Made, SetWriter, compare};
use crate::sample::Draw;
use crate::study::Study;
use crate::world::{self, Episode};

use super::{Place, RunError, import};

pub use pictured::{Beside, PackRequest, Pictured, of_pack, refuse};

/// The columns of the study's set called `name`, whose elements say nothing yet of what they are.
///
/// # Errors
/// A set that is not there or is no `LeRobot` set with columns.
pub fn columns_of(place: &Place, study: &Study, name: &str, monitor: &dyn Monitor) -> Result<Mapping, RunError> {
    let set = import::open_set(place, import::set_ref(study, name)?, monitor)?;
    Ok(lerobot::columns_of(&set)?)
}

/// The set's folder in that of a simulation.
pub const FOLDER: &str = "lerobot";

/// A set that is to be written, or is being written.
pub struct Columns {
    mapped: Mapped,
    about: About,
    mapping: Mapping,
    writer: Option<SetWriter>,
}

impl std::fmt::Debug for Columns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Columns").field("about", &self.about).finish_non_exhaustive()
    }
}

impl Columns {
    /// The columns of `family`, if it has a mapping, and what the person should know.
    ///
    /// # Errors
    /// A mapping that does not compile, that is not like the real set `like`, or whose episodes have a rate that such sets
    /// cannot have.
    pub fn begin(family: &Family, like: Option<&Set>) -> Result<(Option<Self>, Vec<String>), RunError> {
        let vocabulary = world::vocabulary(family);
        let mapped = Mapped::new(family, &vocabulary).map_err(world::WorldError::from)?;
        let (Some(mapped), Some(mapping)) = (mapped, family.mapping.clone()) else {
            return match like {
                None => Ok((None, Vec::new())),
                Some(real) => Err(RunError::Request(format!(
                    "`{}` has no mapping, so its columns cannot be like those of `{}`; add `mapping` to the family",
                    family.id, real.name
                ))),
            };
        };
        let rate_hz = family.clock.frame_rate_hz;
        if rate_hz != rate_hz.round() {
            let wrong = format!(
                "clock.frame_rate_hz is {rate_hz}, and a LeRobot set has a whole number of rows a second; change the rate, or take \
                 `mapping` out of the family"
            );
            return Err(RunError::Request(wrong));
        }
        let (like, remarks) = match like {
            Some(real) => compare(&mapping, &family.clock, real).map(|(like, remarks)| (Some(like), remarks))?,
            None => (None, Vec::new()),
        };
        let about = About {
            fps: rate_hz as u32,
            robot: mapping.robot.clone(),
            task: if mapping.task.is_empty() { family.title.clone() } else { mapping.task.clone() },
            family: family.id.clone(),
            family_digest: family.digest().to_string(),
            verdict: None,
            like,
        };
        Ok((Some(Self { mapped, about, mapping, writer: None }), remarks))
    }

    /// Begins the set below the folder of a simulation.
    ///
    /// # Errors
    /// Where nothing can be written there.
    pub fn write_below(&mut self, folder: &Path) -> Result<(), RunError> {
        self.writer = Some(SetWriter::begin(&folder.join(FOLDER), self.about.clone(), &self.mapping, Vec::new())?);
        Ok(())
    }

    /// Adds an episode.
    ///
    /// # Errors
    /// An element that is not finite; a full disk.
    pub fn add(&mut self, draw: &Draw, episode: &Episode) -> Result<(), RunError> {
        let rows = self.mapped.rows(&draw.values, &episode.signals).map_err(world::WorldError::from)?;
        let made = Made { draw: draw.index, ln_weight: draw.ln_weight, rare: episode.rare };
        self.writer.as_mut().map_or(Ok(()), |writer| Ok(writer.add(made, &rows, &[])?))
    }

    /// Makes the set whole.
    ///
    /// # Errors
    /// A full disk.
    pub fn finish(self) -> Result<(), RunError> {
        self.writer.map_or(Ok(()), |writer| Ok(writer.finish().map(drop)?))
    }
}
