//! How a hosted registry's rows keep the targets of their dependencies.
//!
//! Stored rows name registries of this installation by name, not by address, so
//! that a new public URL changes no row. `registry:` is no URL scheme cargo knows,
//! and such a row never leaves unrendered.

use crossdock_core::address::{Address, AddressError};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Target;

const SCHEME: &str = "registry:";

/// Spells a settled target for storage; null is the registry itself.
pub(crate) fn encode(target: &Target) -> Option<String> {
    match target {
        Target::Own => None,
        Target::CratesIo => Some(Address::CratesIo.to_string()),
        Target::Registry(name) => Some(format!("{SCHEME}{name}")),
        Target::Elsewhere(address) => Some(address.to_string()),
    }
}

/// Reads a stored spelling.
pub(crate) fn decode(text: Option<&str>) -> Result<Target, AddressError> {
    let Some(text) = text else {
        return Ok(Target::Own);
    };
    if let Some(name) = text.strip_prefix(SCHEME) {
        let name = RegistryName::parse(name).map_err(|_| AddressError::NotUrl(text.to_owned()))?;
        return Ok(Target::Registry(name));
    }
    Ok(match Address::parse(text)? {
        Address::CratesIo => Target::CratesIo,
        address => Target::Elsewhere(address),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_back() {
        let elsewhere = Address::parse("sparse+https://partner.example/i/").unwrap();
        let other = RegistryName::parse("team-b").unwrap();
        for target in [
            Target::Own,
            Target::CratesIo,
            Target::Registry(other),
            Target::Elsewhere(elsewhere),
        ] {
            assert_eq!(decode(encode(&target).as_deref()), Ok(target));
        }
    }
}
