//! (skeleton)

/// Canonical text.
pub fn canonical(_family: &super::Family) -> String {
    String::new()
}

/// ` (did you mean `x`?)`, or nothing.
pub(crate) fn did_you_mean<'a>(_name: &str, _known: impl IntoIterator<Item = &'a str>) -> String {
    String::new()
}
