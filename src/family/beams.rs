//! Where a lidar's beams go: a spinning head, a field of view that is scanned, or a list of directions.
//!
//! These numbers give a sweep its shape, so that they are the same in every draw: no parameter can be bound to them. Presets are
//! patterns with a name and nothing else; range, noise and rate stay the family's. They are those of data sheets and manuals:
//!
//! | preset | like | channels | columns a turn |
//! |---|---|---|---|
//! | `spinning_16` | Velodyne VLP-16 at 10 Hz | −15° to 15° by 2° | 1800 |
//! | `spinning_32` | Velodyne HDL-32E at 10 Hz | −30.67° to 10.67° by 4/3° | 2160 |
//! | `spinning_64` | Ouster OS1-64 | −22.5° to 22.5° evenly | 1024 |
//! | `spinning_128` | Ouster OS1-128 | −22.5° to 22.5° evenly | 2048 |
//! | `solid_120` | a scanned field of view of 120° by 25° at 0.2° | 125 rows | 600 |

use serde::{Deserialize, Serialize};

use crate::base::text::did_you_mean;

/// The most beams that a sweep can have.
const MOST_BEAMS: u64 = 1_000_000;

/// The beams of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Beams {
    /// A pattern by its name.
    Preset(String),
    /// Channels that turn once a sweep.
    Spinning {
        /// Of each channel, above the sensor's x-y plane.
        elevations_deg: Vec<f64>,
        /// Steps of a turn.
        columns: u32,
    },
    /// A field of view about the sensor's x.
    Grid {
        /// From right to left.
        width_deg: f64,
        /// From bottom to top.
        height_deg: f64,
        /// Across it.
        columns: u32,
        /// From bottom to top.
        rows: u32,
    },
    /// One beam after the other: azimuth from x to y, and elevation.
    Directions(Vec<(f64, f64)>),
}

/// The names of the presets.
pub const PRESETS: [&str; 5] = ["spinning_16", "spinning_32", "spinning_64", "spinning_128", "solid_120"];

impl Beams {
    /// The pattern that a preset's name stands for; others are themselves.
    ///
    /// # Errors
    /// A sentence on a name that is none.
    pub fn resolved(&self) -> Result<Self, String> {
        let Self::Preset(name) = self else { return Ok(self.clone()) };
        let even = |channels: u32, low: f64, high: f64, columns: u32| {
            let step = (high - low) / f64::from(channels - 1);
            let elevations_deg = (0..channels).map(|at| low + step * f64::from(at)).collect();
            Ok(Self::Spinning { elevations_deg, columns })
        };
        match name.as_str() {
            "spinning_16" => even(16, -15.0, 15.0, 1800),
            "spinning_32" => even(32, -92.0 / 3.0, 32.0 / 3.0, 2160),
            "spinning_64" => even(64, -22.5, 22.5, 1024),
            "spinning_128" => even(128, -22.5, 22.5, 2048),
            "solid_120" => Ok(Self::Grid { width_deg: 120.0, height_deg: 25.0, columns: 600, rows: 125 }),
            _ => {
                let hint = did_you_mean(name, PRESETS);
                Err(format!("there is no preset `{name}`{hint}; there are {}", PRESETS.join(", ")))
            }
        }
    }

    /// Beams of a sweep; 0 where there is no such preset.
    pub fn n_beams(&self) -> u64 {
        self.resolved().map_or(0, |pattern| pattern.count())
    }

    /// Beams of a sweep, as written; 0 for a preset.
    fn count(&self) -> u64 {
        match self {
            Self::Preset(_) => 0,
            Self::Spinning { elevations_deg, columns } => elevations_deg.len() as u64 * u64::from(*columns),
            Self::Grid { columns, rows, .. } => u64::from(*columns) * u64::from(*rows),
            Self::Directions(all) => all.len() as u64,
        }
    }

    /// What is wrong with it, and what to do.
    pub fn fault(&self) -> Option<String> {
        let pattern = match self.resolved() {
            Ok(pattern) => pattern,
            Err(text) => return Some(text),
        };
        let count = pattern.count();
        if count == 0 {
            return Some(
                "the pattern has no beams; give it at least one channel and one column, or a direction".to_owned(),
            );
        }
        if count > MOST_BEAMS {
            return Some(format!(
                "the pattern has {count} beams a sweep, but at most {MOST_BEAMS} can be; give it fewer channels, rows or columns"
            ));
        }
        let rows = match &pattern {
            Self::Spinning { elevations_deg, .. } => elevations_deg.len(),
            Self::Grid { rows, .. } => *rows as usize,
            Self::Preset(_) | Self::Directions(_) => 0,
        };
        if rows > usize::from(u16::MAX) {
            return Some(format!(
                "the pattern has {rows} rows, but at most {} can be numbered; give it fewer",
                u16::MAX
            ));
        }
        let steep = |deg: &f64| !(-90.0..=90.0).contains(deg);
        let beyond = match &pattern {
            Self::Preset(_) => None,
            Self::Spinning { elevations_deg, .. } => elevations_deg.iter().copied().find(steep),
            Self::Grid { width_deg, height_deg, .. } => {
                let wide = !(*width_deg > 0.0 && *width_deg <= 360.0);
                let high = !(*height_deg > 0.0 && *height_deg <= 180.0);
                return (wide || high).then(|| {
                    format!(
                        "a field of view of {width_deg} by {height_deg} degrees; give up to 360 by up to 180, above 0"
                    )
                });
            }
            Self::Directions(all) => {
                let wide = all.iter().map(|(azimuth, _)| *azimuth).find(|deg| !(-360.0..=360.0).contains(deg));
                if let Some(deg) = wide {
                    return Some(format!("a beam's azimuth is {deg} degrees; give -360 to 360"));
                }
                all.iter().map(|(_, elevation)| *elevation).find(steep)
            }
        };
        beyond.map(|deg| format!("a beam's elevation is {deg} degrees; give -90 to 90"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_the_patterns_of_their_table() {
        for (name, beams) in PRESETS.into_iter().zip([28_800, 69_120, 65_536, 262_144, 75_000]) {
            let preset = Beams::Preset(name.to_owned());
            let pattern = preset.resolved().expect(name);
            assert_eq!((pattern.count(), preset.fault()), (beams, None), "{name}");
        }
        let Ok(Beams::Spinning { elevations_deg, .. }) = Beams::Preset("spinning_32".to_owned()).resolved() else {
            panic!("it spins")
        };
        assert!((elevations_deg[0] + 30.67).abs() < 0.01 && (elevations_deg[31] - 10.67).abs() < 0.01);
        assert!((elevations_deg[1] - elevations_deg[0] - 4.0 / 3.0).abs() < 1e-12, "{elevations_deg:?}");
    }

    #[test]
    fn nonsense_is_named_with_its_cure() {
        let spinning = |elevations_deg: Vec<f64>, columns| Beams::Spinning { elevations_deg, columns };
        let grid = |width_deg, rows| Beams::Grid { width_deg, height_deg: 20.0, columns: 10, rows };
        for (beams, part) in [
            (Beams::Preset("spining_32".to_owned()), "did you mean `spinning_32`?"),
            (Beams::Preset("x".to_owned()), "there are spinning_16, spinning_32"),
            (spinning(vec![0.0; 100], 100_000), "10000000 beams a sweep, but at most 1000000 can be; give it fewer"),
            (grid(120.0, 4_000_000_000), "40000000000 beams"),
            (spinning(vec![0.0; 70_000], 1), "70000 rows, but at most 65535 can be numbered"),
            (spinning(vec![0.0], 0), "no beams"),
            (Beams::Directions(Vec::new()), "no beams"),
            (spinning(vec![0.0, 91.0], 10), "elevation is 91"),
            (spinning(vec![f64::NAN], 10), "elevation is NaN"),
            (grid(0.0, 10), "up to 360"),
            (Beams::Directions(vec![(400.0, 0.0)]), "azimuth is 400"),
        ] {
            let text = beams.fault().unwrap_or_else(|| panic!("{beams:?} passes"));
            assert!(text.contains(part), "{text}");
        }
    }
}
