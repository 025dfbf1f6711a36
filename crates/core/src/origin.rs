//! What a registry says it is, and whether it can be mirrored.
//!
//! A Crossdock says in its `config.json` what stands at an address. Rows of its views
//! and faces are addressed by the rules of that view: they say crates.io of private
//! crates too, which a mirror would take literally. Rows of its registries say what
//! they mean, and a chain of mirrors is as good as one.
//!
//! Absent: how it is said (`wire`), and what becomes of a mirror that is refused.

use std::fmt;

/// What stands at an address of a Crossdock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// What its rows are rows of.
    pub shows: Shows,
    /// Which Crossdock it is: a text that no other has.
    pub installation: String,
}

/// What rows at an address are rows of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// One registry: its rows say what they mean.
    Registry,
    /// A view: its rows name each other by the view's identity.
    View,
    /// A face: its rows lead where those of its view lead.
    Face,
    /// Something that later versions have.
    Other,
}

impl Shows {
    /// Reads the word for it; what is not known is something else than a registry.
    pub fn of_word(word: &str) -> Self {
        match word {
            "registry" => Self::Registry,
            "view" => Self::View,
            "face" => Self::Face,
            _ => Self::Other,
        }
    }

    /// Returns the word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::View => "view",
            Self::Face => "face",
            Self::Other => "other",
        }
    }
}

/// Why an upstream cannot be mirrored; displayed as a fragment that says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is this very installation.
    Ourselves,
    /// It is no registry, but this.
    NoRegistry(Shows),
}

impl Origin {
    /// Finds out why it cannot be mirrored by the installation `ours`.
    pub fn unfit(&self, ours: &str) -> Option<Unfit> {
        match self.shows {
            _ if self.installation == ours => Some(Unfit::Ourselves),
            Shows::Registry => None,
            shows => Some(Unfit::NoRegistry(shows)),
        }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Ourselves => {
                return f.write_str(
                    "is this installation itself: a view brings its registries together; if \
                     the data folder is a copy of the upstream's, remove `installation` in it \
                     and start again",
                );
            }
            Self::NoRegistry(Shows::View) => "a view",
            Self::NoRegistry(Shows::Face) => "a face of a view",
            Self::NoRegistry(_) => "something else than a registry",
        };
        write!(
            f,
            "is {what} of another Crossdock, whose rows say crates.io of private crates too: \
             mirror the registries behind it, and bring them together in a view here"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(word: &str) -> Origin {
        Origin {
            shows: Shows::of_word(word),
            installation: "theirs".to_owned(),
        }
    }

    #[test]
    fn registries_of_others_alone_can_be_mirrored() {
        assert_eq!(origin("registry").unfit("ours"), None);
        assert_eq!(origin("registry").unfit("theirs"), Some(Unfit::Ourselves));
        for (word, told) in [
            ("view", "a view of another Crossdock"),
            ("face", "a face of a view of another Crossdock"),
            ("what is to come", "something else than a registry"),
        ] {
            let unfit = origin(word).unfit("ours").unwrap().to_string();
            assert!(unfit.contains(told), "{unfit}");
        }
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for shows in [Shows::Registry, Shows::View, Shows::Face, Shows::Other] {
            assert_eq!(Shows::of_word(shows.word()), shows);
        }
    }
}
