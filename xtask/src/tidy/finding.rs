//! What a check hands back: where, what, and what to do about it.
//!
//! Apart so that every check speaks in the same three parts.
//! Absent: severity. A finding is put right, or its rule is changed.

/// One breach of one rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// `path` or `path:line`, as editors and terminals open it.
    pub(crate) place: String,
    /// What stands there and should not, or should and does not.
    pub(crate) says: String,
    /// What whoever reads this does next.
    pub(crate) cure: String,
}

impl Finding {
    /// A finding about a whole file.
    pub(crate) fn in_file(path: &str, says: impl Into<String>, cure: impl Into<String>) -> Self {
        Self {
            place: path.to_owned(),
            says: says.into(),
            cure: cure.into(),
        }
    }

    /// A finding about one line of a file, counted from 1.
    pub(crate) fn at(
        path: &str,
        line: usize,
        says: impl Into<String>,
        cure: impl Into<String>,
    ) -> Self {
        Self::in_file(&format!("{path}:{line}"), says, cure)
    }
}
