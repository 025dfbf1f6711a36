//! Where a crate's file lies in a sparse index.
//!
//! Cargo Book, "Registry Index", Index files. Apart from the files' content
//! (`index_line.rs`), because a path is all that a request for one carries.
//!
//! Absent: `config.json`, which lies beside the crates but belongs to none.

use crossdock_core::name::IndexName;

/// Returns the path of `name`'s file below the index: `ax/um/axum`.
///
/// Cargo Book, "Registry Index", Index files: "Packages with 1 character names
/// are placed in a directory named `1`", two in `2`, three in `3/{first-character}`,
/// "All other packages are stored in directories named
/// `{first-two}/{second-two}`".
pub fn path(name: &IndexName) -> String {
    let name = name.as_str();
    format!("{}/{name}", directory(name))
}

/// Returns the name whose file lies at `path`, if any.
///
/// Strict: only exactly what [`path`] writes, so no file has two addresses.
/// Upper case is refused, since cargo asks in lower case only.
pub fn parse(path: &str) -> Option<IndexName> {
    let (directory, name) = path.rsplit_once('/')?;
    let name = IndexName::parse(name).ok()?;
    (self::directory(name.as_str()) == directory).then_some(name)
}

/// Returns the directory of a name in the spelling given: `ax/um`, `My/Cr`, `3/f`.
///
/// The name is a parsed one, hence ASCII and not empty.
pub(crate) fn directory(name: &str) -> String {
    match name.len() {
        length @ 1..=2 => length.to_string(),
        3 => format!("3/{}", &name[..1]),
        _ => format!("{}/{}", &name[..2], &name[2..4]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_has_its_directory_and_comes_back() {
        for (name, at) in [
            ("a", "1/a"),
            ("ab", "2/ab"),
            ("abc", "3/a/abc"),
            ("axum", "ax/um/axum"),
            ("cargo-x_y", "ca/rg/cargo-x_y"),
        ] {
            let name = IndexName::parse(name).unwrap();
            assert_eq!(path(&name), at);
            assert_eq!(parse(at), Some(name));
        }
    }

    #[test]
    fn any_other_path_is_none() {
        for bad in [
            "",
            "a",
            "/1/a",
            "1/a/",
            "1/ab",
            "2/a",
            "3/b/abc",
            "3/abc",
            "ax/um/Axum",
            "AX/UM/axum",
            "ax/um/axul",
            "ax//um/axum",
            "ax/um/../axum",
            "ax/um/axum/x",
            "ax%2Fum/axum",
            "config.json",
            "co/nf/config.json",
            "京/京",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
