//! (skeleton)

/// Something wrong with a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The field (`"parameters[2].nominal"`).
    pub field: String,
    /// What is wrong and what was expected.
    pub text: String,
}
