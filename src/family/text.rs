//! (skeleton)

/// Canonical text.
pub fn canonical(_family: &super::Family) -> String {
    String::new()
}
