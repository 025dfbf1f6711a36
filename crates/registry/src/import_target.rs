//! A copy does not come under the name of another crate by a slip.
//!
//! `import pa/petal --as hc128` where there is a `hc128` would make petal's code the
//! next release of it, for all who depend on it. Which releases are copies of what is
//! recorded, so that an import can be done again and go on.
//!
//! Absent: whether the name can be taken at all (`publish_name.rs`,
//! `publish_public.rs`).

use crate::aliases::OwnedRows;
use crate::federation::Federation;
use crate::import_crate::Import;
use crate::refusal::{Refusal, RefusalKind};
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::{Decision, Imported};
use crossdock_core::name::CrateName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Release;
use std::collections::BTreeSet;

impl Federation {
    /// Refuses copies that would come among releases of another crate; `rows` are all
    /// of the crate that is copied.
    ///
    /// # Errors
    /// [`Refusal`]: forbidden, with what allows it; or the ledger cannot be read.
    pub(crate) async fn admit_copies(
        &self,
        to: &RegistryName,
        name: &CrateName,
        import: &Import,
        rows: &OwnedRows,
    ) -> Result<(), Refusal> {
        let key = name.key();
        if import.into_existing || self.hosted.spelling(to, &key).is_none() {
            return Ok(());
        }
        let members: BTreeSet<_> = rows.iter().map(|(member, _)| member).collect();
        let sums: BTreeSet<Checksum> = rows.iter().map(|(_, row)| row.checksum).collect();
        let decided = self.decided(to);
        let copies: BTreeSet<Checksum> = decided
            .made()
            .iter()
            .filter_map(|made| match &made.decision {
                Decision::Imported(imported) => Some(imported),
                _ => None,
            })
            .filter(|imported: &&Imported| {
                imported.name == key
                    && imported.original.key() == import.name.key()
                    && members.contains(&imported.from)
            })
            .map(|imported| imported.checksum)
            .collect();
        let is_other = |release: &&Release| {
            !copies.contains(&release.checksum) && !sums.contains(&release.checksum)
        };
        let entry = self.hosted_entry(to, &key).await?;
        let Some(other) = entry.releases().iter().find(is_other) else {
            return Ok(());
        };
        let (from, original) = (import.from.path(), &import.name);
        Err(Refusal::new(
            RefusalKind::Forbidden,
            format!(
                "`{to}` has a `{name}` of its own ({} was not copied from `{original}` of `{from}`), and whoever \
                 depends on it would get the code of `{original}`; choose another name with --as, or say that it \
                 is meant with --into-existing",
                other.version
            ),
        ))
    }
}
