//! The dependencies of a release, shared with its neighbours.
//!
//! Of 120,000 dependencies in 400 index files of crates.io, 19,000 are different
//! within their file: a version mostly repeats what the one before it said. Whoever
//! reads a file makes one value of equal ones, and whoever works on rows can see
//! that two of them are one ([`Dependencies::shared`]) and do the work once.
//!
//! To everybody else this is a list of [`Dependency`]: what is changed is copied first.

use super::Dependency;
use std::ops::{Index, IndexMut};
use std::sync::Arc;

/// Dependencies in the order of the row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependencies(Vec<Arc<Dependency>>);

impl Dependencies {
    /// Makes an empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts them.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Goes through them in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Dependency> + ExactSizeIterator {
        self.0.iter().map(|dependency| &**dependency)
    }

    /// Goes through them in order to change them; shared ones are copied first.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Dependency> {
        self.0.iter_mut().map(Arc::make_mut)
    }

    /// Goes through them in order; one that is shared is the same memory wherever it
    /// occurs.
    pub fn shared(&self) -> &[Arc<Dependency>] {
        &self.0
    }

    /// Estimates the bytes in memory; one that is shared counts for as much as falls on
    /// each who has it.
    pub(super) fn bytes(&self) -> usize {
        let of_each = self.0.iter().map(|dependency| {
            size_of::<Arc<Dependency>>() + dependency.bytes() / Arc::strong_count(dependency)
        });
        of_each.sum()
    }

    /// Adds one at the end.
    pub fn push(&mut self, dependency: Dependency) {
        self.0.push(Arc::new(dependency));
    }
}

impl From<Vec<Dependency>> for Dependencies {
    fn from(dependencies: Vec<Dependency>) -> Self {
        dependencies.into_iter().collect()
    }
}

impl From<Vec<Arc<Dependency>>> for Dependencies {
    fn from(dependencies: Vec<Arc<Dependency>>) -> Self {
        Self(dependencies)
    }
}

impl FromIterator<Dependency> for Dependencies {
    fn from_iter<I: IntoIterator<Item = Dependency>>(dependencies: I) -> Self {
        Self(dependencies.into_iter().map(Arc::new).collect())
    }
}

impl<'d> IntoIterator for &'d Dependencies {
    type Item = &'d Dependency;
    type IntoIter = std::iter::Map<
        std::slice::Iter<'d, Arc<Dependency>>,
        fn(&'d Arc<Dependency>) -> Self::Item,
    >;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|dependency| &**dependency)
    }
}

impl Index<usize> for Dependencies {
    type Output = Dependency;

    fn index(&self, index: usize) -> &Dependency {
        &self.0[index]
    }
}

impl IndexMut<usize> for Dependencies {
    fn index_mut(&mut self, index: usize) -> &mut Dependency {
        Arc::make_mut(&mut self.0[index])
    }
}
