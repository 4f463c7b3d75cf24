//! Fits a family's camera to a real one: pose from points of the scene and their pixels, exposure and white balance from a real
//! and a synthetic picture of the same view; or by hand, a [`Trial`] at a time.
//!
//! The fits are pure functions of numbers and pictures in memory. What the data cannot tell is refused with the reason, and what they
//! can comes with its covariance. Focal length and distortion are deliberately not fitted: a handful of clicked points cannot tell
//! them from the pose; [`super::calibration`] brings them.

mod act;
mod light;
mod pairs;
mod pose;
mod put;
mod trial;
mod view;
mod words;

pub use act::{MatchRequest, Matched, RealPicture, blended, edges, frame_of, keep, match_camera, real_picture};
pub use light::{LightError, LightFit, fit_light};
pub use pairs::{read_pairs, written};
pub use pose::{Pair, PoseError, PoseFit, fit_pose};
pub use put::{put, why_no_light, why_no_pose};
pub use trial::{MOST_EV, Trial, VIEW_DEG};
pub use view::{Scene, Synthetic, Viewer};
pub use words::{light_words, pose_words};

pub(super) use put::scale_intrinsics;
pub(super) use view::same_shape;

use crate::base::Rgb;

impl Scene {
    /// The tried camera where `pairs` say that it stands, and the fit. `trial` is the first guess.
    ///
    /// # Errors
    /// [`PoseError`].
    pub fn fit_pose(&self, trial: &Trial, pairs: &[Pair]) -> Result<(Trial, PoseFit), PoseError> {
        let fit = fit_pose(self.lens(), &self.camera(trial), pairs)?;
        Ok((self.at(trial, &fit.world_from_camera), fit))
    }

    /// The tried camera as bright and as coloured as `real`, and the fit on top of what `synthetic` was made with.
    ///
    /// # Errors
    /// [`LightError`].
    pub fn fit_light(&self, real: &Rgb, synthetic: &Synthetic) -> Result<(Trial, LightFit), LightError> {
        let fit = fit_light(real, &synthetic.light, &|code| self.light_of(code))?;
        let before = synthetic.trial;
        let gains = [0, 1, 2].map(|at: usize| before.gains[at] * fit.gains[at]);
        Ok((Trial { ev: before.ev + fit.ev, gains, ..before }, fit))
    }
}

#[cfg(test)]
mod tests;
