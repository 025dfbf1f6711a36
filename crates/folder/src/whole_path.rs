//! Paths without `..`, which mean the same to cargo, to the system and to us.
//!
//! cargo takes `..` away as text, the system follows what is before it, and the
//! folders above a path are other ones as long as it is in there.
//!
//! Absent: what lies at a path.

use std::io;
use std::path::{Component, Path, PathBuf};

/// Gives a path from the root. Links in it stay as they are, unless a `..` comes
/// after them: then only the system knows where that leads.
///
/// # Errors
/// What the system says of a folder with `..` in its path, if it is not there.
pub(crate) fn whole(path: &Path) -> io::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    let climbs = |path: &Path| path.components().any(|it| it == Component::ParentDir);
    if !climbs(&absolute) {
        return Ok(absolute);
    }
    // The last name may be a link that says what is meant.
    match (absolute.parent(), absolute.file_name()) {
        (Some(folder), Some(name)) => Ok(folder.canonicalize()?.join(name)),
        _ => absolute.canonicalize(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::create_dir_all;
    use std::os::unix::fs::symlink;

    #[test]
    fn what_climbs_is_led_by_the_system_and_the_rest_stays() {
        let top = tempfile::tempdir().unwrap();
        let real = top.path().canonicalize().unwrap();
        for folder in ["a/b", "far/away"] {
            create_dir_all(real.join(folder)).unwrap();
        }
        symlink(real.join("far/away"), real.join("a/link")).unwrap();
        let of = |path: &str| whole(&real.join(path)).unwrap();
        assert_eq!(of("a/b/../c"), real.join("a/c"));
        assert_eq!(of("a/b/.."), real.join("a"));
        assert_eq!(of("a/link/x"), real.join("a/link/x"));
        assert_eq!(of("a/b/../link"), real.join("a/link"));
        // Taken away as text, it would be `a/x`.
        assert_eq!(of("a/link/../x"), real.join("far/x"));
        assert!(whole(&real.join("none/../x")).is_err());
    }
}
