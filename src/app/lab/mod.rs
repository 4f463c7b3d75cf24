//! Questions about a family, as plain values: which distribution does reality give a parameter, how probable is the rare event,
//! what does one set cover that another does not, and how does its camera become a real one.
//!
//! Each has its choices, which the screens change; a job that answers them with a function of `run`; and what the screens
//! show of the answer. Nothing here draws, knows the study, or waits for a worker.

pub mod difference;
pub mod estimate;
pub mod fit;
pub mod matching;

use std::sync::Arc;

use super::jobs::JobLine;
use super::view::Origin;
use crate::run::fit::ColumnSummary;

pub use difference::{DifferenceAct, DifferenceChoice, DifferenceView};
pub use estimate::{EstimateAct, EstimateChoice, EstimateView};
pub use fit::{FitAct, FitChoice, FitView};
pub use matching::{MatchAct, MatchLook, MatchView};

/// What the centre of the Author workspace shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The preview, time and many draws.
    #[default]
    Preview,
    /// Distributions fitted to a column of a real set.
    Fit,
    /// How probable the rare event is.
    Estimate,
    /// What one set covers that another does not.
    Difference,
    /// A real camera, matched.
    Match,
}

impl Page {
    /// The pages that ask, with their words.
    pub const ASKING: [(Self, &str); 4] = [
        (Self::Fit, "Fit to reality"),
        (Self::Estimate, "Estimate"),
        (Self::Difference, "Coverage difference"),
        (Self::Match, "Match a camera"),
    ];
}

/// What the window remembers of the pages; a look is no edit.
#[derive(Clone, Debug, Default)]
pub struct LabLook {
    /// The shown page.
    pub page: Page,
    /// What is searched for among the columns.
    pub search: String,
    /// How the lists of combinations are read.
    pub lists: difference::Lists,
    /// How a camera is matched.
    pub matching: MatchLook,
}

/// What the person does on a page.
#[derive(Clone, Debug, PartialEq)]
pub enum LabAct {
    /// On the page of fits.
    Fit(FitAct),
    /// On the page of estimates.
    Estimate(EstimateAct),
    /// On the page of differences.
    Difference(DifferenceAct),
    /// On the page of a camera's match.
    Match(MatchAct),
}

/// What the pages show.
#[derive(Clone, Debug, Default)]
pub struct LabView {
    /// Fits.
    pub fit: FitView,
    /// Estimates.
    pub estimate: EstimateView,
    /// Differences.
    pub difference: DifferenceView,
    /// A camera's match.
    pub matching: MatchView,
}

/// A set that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetChoice {
    /// Its name in the study.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// The columns of a real set.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ColumnsState {
    /// No set is chosen.
    #[default]
    None,
    /// They are being read.
    Reading,
    /// They cannot be read: one sentence.
    Failed(String),
    /// There they are.
    Known(Arc<[ColumnSummary]>),
}

/// What a page has as an answer.
#[derive(Clone, Debug, Default)]
pub enum Answer<T> {
    /// Nothing was asked yet.
    #[default]
    None,
    /// It is being worked out.
    Running(JobLine),
    /// The person stopped it.
    Cancelled,
    /// It was refused: one sentence.
    Refused(String),
    /// There it is; `stale` says what has changed since, and is empty where nothing has.
    Found {
        /// What was found.
        shown: Arc<T>,
        /// In a few words (`"of the family before your last edit"`).
        stale: &'static str,
    },
}

/// The answer is of another family than the one that is shown.
pub const BEFORE_EDIT: &str = "of the family before your last edit";

impl<T> Answer<T> {
    /// The job that works it out.
    pub fn job(&self) -> Option<&JobLine> {
        match self {
            Self::Running(job) => Some(job),
            _ => None,
        }
    }

    /// What was found.
    pub fn shown(&self) -> Option<&T> {
        match self {
            Self::Found { shown, .. } => Some(shown),
            _ => None,
        }
    }
}
