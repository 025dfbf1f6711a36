//! The one address that this repository takes from a library.
//!
//! Apart so that everybody who needs crates.io's index asks here, and so that a
//! change of it is an update of a dependency.

use url::Url;

/// Returns the address of crates.io's sparse index, without `sparse+`.
pub fn crates_io_index() -> Url {
    let address = tame_index::CRATES_IO_HTTP_INDEX;
    let address = address.strip_prefix("sparse+").unwrap_or(address);
    Url::parse(address).expect("a published constant that cargo's users rely on")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_an_https_directory() {
        let address = crates_io_index();
        assert_eq!(address.scheme(), "https");
        assert!(address.path().ends_with('/'), "{address}");
    }
}
