//! How the draws of a set were placed, as `set.json` and `pack.json` keep it: enough to make each of them again, bit for bit,
//! without the search that may have come first.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Method;
use super::rare::Axis;
use crate::base::Digest;

/// The format's name.
pub const FORMAT: &str = "worldproof method 1";

/// A method as files keep it. Sets from before it was kept are [`Placed::default`]: independent draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Raw")]
pub struct Placed {
    format: String,
    /// The method with every number that it draws by.
    pub method: Method,
    /// What learned the proposal or found the points; `None` for a method that is known beforehand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<Search>,
}

/// A search that came first: what it was asked and what it spent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Search {
    /// The search's name.
    pub by: String,
    /// The event that was looked for, as an expression.
    pub event: String,
    /// Most evaluations.
    pub budget: u64,
    /// Evaluations spent.
    pub evaluations: u64,
    /// What told events apart, where it was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub axes: Vec<Axis>,
    /// What came of it, in words.
    pub found: String,
}

/// A file's fields before they are believed.
#[derive(Deserialize)]
struct Raw {
    format: String,
    #[serde(default)]
    method: Value,
    #[serde(default)]
    search: Value,
}

impl TryFrom<Raw> for Placed {
    type Error = String;

    fn try_from(raw: Raw) -> Result<Self, String> {
        // The format first: a later one may have other fields.
        if raw.format != FORMAT {
            let found = raw.format;
            return Err(format!(
                "its draws' method has the format `{found}`, this version reads `{FORMAT}`; use a newer one"
            ));
        }
        let wrong = |what: &str, error: serde_json::Error| {
            format!("its draws' {what} cannot be understood: {error}; make the set or the pack again")
        };
        Ok(Self {
            format: raw.format,
            method: serde_json::from_value(raw.method).map_err(|error| wrong("method", error))?,
            search: serde_json::from_value(raw.search).map_err(|error| wrong("search", error))?,
        })
    }
}

impl Default for Placed {
    fn default() -> Self {
        Self::by(Method::Independent)
    }
}

impl Placed {
    /// A method that is known beforehand.
    pub fn by(method: Method) -> Self {
        Self { format: FORMAT.to_owned(), method, search: None }
    }

    /// A method that a search has made.
    pub fn after(search: Search, method: Method) -> Self {
        Self { search: Some(search), ..Self::by(method) }
    }

    /// What people read: how the draws were placed, by which search, and what they are worth.
    pub fn sentences(&self) -> Vec<String> {
        let mut said = vec![format!("Draws were placed {}.", self.method.words())];
        said.extend(self.search.as_ref().map(Search::sentence));
        said.push(self.method.worth().to_owned());
        said
    }

    /// For a line of the ledger: what there is to know but for long rows of numbers, which the digest stands for.
    pub fn brief(&self) -> Value {
        let whole = serde_json::json!(self);
        serde_json::json!({
            "kind": whole["method"]["kind"], "words": self.method.words(), "digest": self.digest().to_string(),
            "search": self.search,
        })
    }

    /// Digest of its JSON without spaces.
    pub fn digest(&self) -> Digest {
        Digest::of(serde_json::json!(self).to_string().as_bytes())
    }
}

impl Search {
    /// What was done, in a sentence.
    pub fn sentence(&self) -> String {
        let Self { by, event, budget, evaluations, found, .. } = self;
        let apart: Vec<&str> = self.axes.iter().map(|axis| axis.name.as_str()).collect();
        let apart = if apart.is_empty() { String::new() } else { format!(", told apart by {}", apart.join(" and ")) };
        format!("Search by {by} for `{event}`{apart}: {evaluations} of at most {budget} evaluations; {found}.")
    }
}

#[cfg(test)]
mod tests;
