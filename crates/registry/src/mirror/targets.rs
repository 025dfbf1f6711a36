//! What the `registry` of a mirrored row's dependency means.

use crossdock_core::address::{Address, AddressBook, AddressError, Place};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Target;
use std::sync::Arc;

/// Reads the `registry` of a mirrored row's dependencies.
#[derive(Clone)]
pub(crate) struct Targets {
    pub(crate) mirror: RegistryName,
    pub(crate) address: Address,
    pub(crate) book: Arc<AddressBook>,
}

impl Targets {
    pub(crate) fn of(&self, registry: Option<&str>) -> Result<Target, AddressError> {
        let Some(text) = registry else {
            return Ok(Target::Own);
        };
        let address = Address::parse(text)?;
        if address == self.address {
            return Ok(Target::Own);
        }
        Ok(match self.book.place(&address) {
            Place::CratesIo if self.address == Address::CratesIo => Target::Own,
            Place::CratesIo => Target::CratesIo,
            Place::Registry(name) if name == self.mirror => Target::Own,
            Place::Registry(name) => Target::Registry(name),
            // An upstream that names our views or faces means what it says.
            Place::View(_) | Place::Face { .. } | Place::Nowhere(_) | Place::Elsewhere(_) => {
                Target::Elsewhere(address)
            }
        })
    }
}
