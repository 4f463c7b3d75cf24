//! Points of the scene with their pixels, as a table: `x_m,y_m,z_m,u_px,v_px`.

use std::path::Path;

use glam::{DVec2, DVec3};

use super::Pair;
use crate::base::files;
use crate::run::RunError;

/// The names of the columns, in their order.
const COLUMNS: &str = "x_m,y_m,z_m,u_px,v_px";

/// Reads the pairs in the file at `path`: five numbers a line, the names of the columns first or left out.
///
/// # Errors
/// A line that is no pair, by its number.
pub fn read_pairs(path: &Path) -> Result<Vec<Pair>, RunError> {
    let text = files::read_text(path)?;
    let mut pairs = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        let is_head = line.replace(' ', "").eq_ignore_ascii_case(COLUMNS);
        if line.is_empty() || line.starts_with('#') || is_head {
            continue;
        }
        let numbers: Vec<f64> = line.split(',').map_while(|cell| cell.trim().parse().ok()).collect();
        let [x, y, z, u, v] = numbers[..] else {
            let (file, line) = (path.display(), at + 1);
            let text = format!("{file}:{line}: is no pair; write five numbers with commas between them, {COLUMNS}");
            return Err(RunError::Request(text));
        };
        pairs.push(Pair { point_m: DVec3::new(x, y, z), pixel: DVec2::new(u, v) });
    }
    Ok(pairs)
}

/// The table of `pairs`, as [`read_pairs`] reads it.
pub fn written(pairs: &[Pair]) -> String {
    let mut text = format!("{COLUMNS}\n");
    for Pair { point_m, pixel } in pairs {
        text.push_str(&format!("{},{},{},{},{}\n", point_m.x, point_m.y, point_m.z, pixel.x, pixel.y));
    }
    text
}
