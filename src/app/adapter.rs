//! What draws, in words.

/// What draws the window and the pictures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adapter {
    /// Its name.
    pub name: String,
    /// Driver and graphics interface.
    pub about: String,
    /// The processor draws.
    pub software: bool,
}

impl Adapter {
    /// Name, kind and driver in one line.
    pub fn line(&self) -> String {
        let kind = if self.software { "software" } else { "hardware" };
        let about = if self.about.is_empty() { String::new() } else { format!(" · {}", self.about) };
        format!("{} · {kind}{about}", self.name)
    }
}

impl From<&str> for Adapter {
    fn from(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}
