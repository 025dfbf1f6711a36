//! Why a use case did not give what was asked for.
//!
//! One shape for all use cases, because the one who asks does one of few things
//! next: give up, mend the request, settle a conflict, try again. Status codes are
//! the server's.

use crate::ports::{AppendError, StoreError};
use std::fmt;

/// A refusal: what the caller may do next, and the text for a person.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// What the caller does next.
    pub kind: RefusalKind,
    /// What was refused, by which rule, and what to do.
    pub detail: String,
}

/// What the caller of a refused use case does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// Gives up: there is no such thing.
    Absent,
    /// Asks the operator to settle whose crate a name is.
    Conflict,
    /// Gives up: it is not allowed.
    Forbidden,
    /// Gives up: it was taken away by law.
    Purged,
    /// Mends the request.
    Invalid,
    /// Chooses another version: this one exists with other content.
    Exists,
    /// Sends less.
    TooLarge,
    /// Tries again in a second: somebody who must be heard cannot answer.
    Unavailable,
    /// Tells the operator: no space is left or the store is read-only.
    Full,
    /// Asks somebody else: this registry does not do that.
    Unsupported,
}

impl Refusal {
    /// Makes a refusal.
    pub fn new(kind: RefusalKind, detail: impl fmt::Display) -> Self {
        Self {
            kind,
            detail: detail.to_string(),
        }
    }

    /// Makes the refusal of work that was interrupted.
    pub fn interrupted(what: &str) -> Self {
        Self::new(RefusalKind::Unavailable, format!("{what} was interrupted"))
    }

    pub(crate) fn absent(detail: impl fmt::Display) -> Self {
        Self::new(RefusalKind::Absent, detail)
    }

    pub(crate) fn invalid(detail: impl fmt::Display) -> Self {
        Self::new(RefusalKind::Invalid, detail)
    }

    pub(crate) fn unavailable(detail: impl fmt::Display) -> Self {
        Self::new(RefusalKind::Unavailable, detail)
    }
}

/// What is said where there is no room.
const FULL: &str = "storage is full or read-only, and nothing was recorded; \
     try again when whoever runs this registry has made room";

impl From<StoreError> for Refusal {
    /// The one place where trouble with the store meets a request: somebody must act.
    fn from(error: StoreError) -> Self {
        tracing::error!("{error}");
        match error {
            // Which file did not fit is for the log: whoever asks cannot make room.
            StoreError::Full(_) => Self::new(RefusalKind::Full, FULL),
            StoreError::Corrupt(_) | StoreError::Unavailable(_) => Self::unavailable(error),
        }
    }
}

impl From<AppendError> for Refusal {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Store(error) => error.into(),
            AppendError::NotFound => Self::absent(error),
            AppendError::OwnersChanged | AppendError::RowsChanged => Self::unavailable(error),
            AppendError::NameTaken { .. } => Self::invalid(error),
            AppendError::NameOwned { .. } => Self::new(RefusalKind::Forbidden, error),
            AppendError::VersionExists { .. } | AppendError::AlreadyDecided { .. } => {
                Self::new(RefusalKind::Exists, error)
            }
        }
    }
}
