//! Rows as upstreams show them.

use super::package::Package;
use crossdock_core::checksum::Checksum;
use serde_json::{Value, json};

/// One row of an upstream's index file.
#[derive(Clone)]
pub(crate) struct Row(Value);

impl Row {
    /// The row of a package without dependencies.
    pub(crate) fn of(package: &Package) -> Self {
        Self(json!({
            "name": package.name,
            "vers": package.version,
            "deps": [],
            "cksum": package.checksum().to_string(),
            "features": {},
            "yanked": false,
        }))
    }

    /// The row of a package that is of no further interest.
    pub(crate) fn new(name: &str, version: &str) -> Self {
        Self::of(&Package::new(name, version))
    }

    /// Depends on a crate of the same registry.
    pub(crate) fn needs(self, name: &str, req: &str) -> Self {
        self.needs_of(name, req, Value::Null)
    }

    /// Depends on a crate of the registry at an address.
    pub(crate) fn needs_of(mut self, name: &str, req: &str, registry: impl Into<Value>) -> Self {
        let registry: Value = registry.into();
        self.0["deps"].as_array_mut().unwrap().push(json!({
            "name": name,
            "req": req,
            "features": [],
            "optional": false,
            "default_features": true,
            "target": null,
            "kind": "normal",
            "registry": registry,
        }));
        self
    }

    pub(crate) fn yanked(self) -> Self {
        self.with("yanked", true)
    }

    pub(crate) fn checksum(self, checksum: Checksum) -> Self {
        self.with("cksum", checksum.to_string())
    }

    /// Sets a field.
    pub(crate) fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.0[field] = value.into();
        self
    }
}

/// An index file.
pub(crate) fn file(rows: &[Row]) -> String {
    rows.iter().map(|row| format!("{}\n", row.0)).collect()
}
