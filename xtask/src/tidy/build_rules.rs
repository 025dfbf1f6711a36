//! Every package takes its versions and its lints from the workspace.
//!
//! One place for versions keeps two crates from asking for different ones of the same library;
//! one place for lints keeps a crate from quietly being held to less.
//!
//! Absent: which libraries are fine. That is `deny.toml`'s and the reviewer's.

use super::finding::Finding;
use super::packages::{self, Package};
use super::tree::Tree;

/// Looks at every manifest's dependencies and lints.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    packages::packages(tree)
        .iter()
        .flat_map(of_package)
        .collect()
}

fn of_package(package: &Package) -> Vec<Finding> {
    let path = package.manifest_path();
    let mut findings: Vec<Finding> = versions_of_its_own(package)
        .iter()
        .map(|name| {
            Finding::in_file(
                &path,
                format!("`{name}` has a version of its own"),
                "put it into [workspace.dependencies] and write `name.workspace = true`",
            )
        })
        .collect();
    let lints = package.manifest.get("lints");
    if !lints.is_some_and(from_workspace) {
        findings.push(Finding::in_file(
            &path,
            "does not take the workspace's lints",
            "add `[lints]` with `workspace = true`",
        ));
    }
    findings
}

fn versions_of_its_own(package: &Package) -> Vec<String> {
    ["dependencies", "dev-dependencies", "build-dependencies"]
        .iter()
        .filter_map(|kind| package.manifest.get(*kind)?.as_table())
        .flatten()
        .filter(|(_, value)| !from_workspace(value))
        .map(|(name, _)| name.clone())
        .collect()
}

fn from_workspace(value: &toml::Value) -> bool {
    value.get("workspace").and_then(toml::Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(manifest: &str) -> Vec<Finding> {
        check(&Tree::of(&[("xtask/Cargo.toml", manifest)]))
    }

    #[test]
    fn what_comes_from_the_workspace_is_fine() {
        let manifest = "[package]\nname = \"x\"\n[lints]\nworkspace = true\n\
                        [dependencies]\na.workspace = true\nb = { workspace = true, features = [\"c\"] }";
        assert_eq!(findings(manifest), []);
    }

    #[test]
    fn a_version_of_its_own_is_named() {
        let manifest =
            "[package]\nname = \"x\"\n[lints]\nworkspace = true\n[dev-dependencies]\nserde = \"1\"";
        let findings = findings(manifest);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].says.contains("`serde`"));
    }

    #[test]
    fn missing_lints_are_told() {
        assert_eq!(findings("[package]\nname = \"x\"").len(), 1);
    }
}
