//! Publishes a release to a hosted registry, or to a view by routing.
//!
//! Absent: several at once (`publish_batch.rs`), and what both are made of: reading
//! and inspecting (`upload.rs`), what is there already (`standing.rs`), recording
//! (`take_uploads.rs`).

use crate::accounts::Bearer;
use crate::federation::Federation;
use crate::refusal::{Refusal, RefusalKind};
use crate::standing::Standing;
use crate::surface::Surface;
use crate::take_uploads::TakeError;
use crate::upload::{Sent, Upload};
use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::version::Version;
use crossdock_wire::publish_body;
use std::sync::Arc;

/// A publish that is durable.
#[derive(Clone, Debug, Default)]
pub struct Published {
    /// What the publisher should know; cargo prints it.
    pub warnings: Vec<String>,
    /// The version that was minted for its content, if it is not the one that was sent.
    pub minted: Option<Version>,
    /// Whether it was recorded now; else it was there.
    pub is_new: bool,
}

impl Federation {
    /// Publishes the body of `PUT /api/v1/crates/new`.
    ///
    /// An existing version with equal bytes is success and says so, as is one with the
    /// same sources where the registry's `rebuilds` let it be.
    ///
    /// # Errors
    /// [`Refusal`] says which rule was broken and what to do; nothing was kept.
    pub async fn publish(
        self: &Arc<Self>,
        surface: &Surface,
        body: Bytes,
        bearer: &Bearer,
    ) -> Result<Published, Refusal> {
        let parsed =
            publish_body::parse(&body, &publish_body::Limits::default()).map_err(|error| {
                let kind = if error.is_too_large() {
                    RefusalKind::TooLarge
                } else {
                    RefusalKind::Invalid
                };
                Refusal::new(kind, error)
            })?;
        let sent = Sent::read(&body, parsed)?;
        let upload = self.admitted(surface, sent, bearer).await?;
        self.publish_one(surface, upload, bearer.actor()).await
    }

    /// Records one upload, unless it is there.
    pub(crate) async fn publish_one(
        self: &Arc<Self>,
        surface: &Surface,
        mut upload: Upload,
        actor: &Actor,
    ) -> Result<Published, Refusal> {
        let taken = self
            .take(surface, std::slice::from_mut(&mut upload), actor)
            .await;
        let standing = match taken {
            Ok(standings) => standings.into_iter().next(),
            Err(TakeError::All(refusal)) => return Err(refusal),
            Err(TakeError::Judged(judged)) => {
                let refused = judged.into_iter().find_map(Result::err);
                return Err(refused.map_or_else(
                    || Refusal::unavailable("the upload was not taken"),
                    |refused| refused.refusal,
                ));
            }
        };
        let Some(standing) = standing else {
            return Ok(Published::default());
        };
        let warnings = self.told_of(&mut upload, &standing).await;
        let is_there = matches!(standing, Standing::Present | Standing::SameContent { .. });
        let minted = match standing {
            Standing::Minted(minted) => Some(minted.version),
            _ => None,
        };
        Ok(Published {
            warnings,
            minted,
            is_new: !is_there,
        })
    }

    /// Tells the publisher of a release that was taken what there is to know of it.
    pub(crate) async fn told_of(&self, upload: &mut Upload, standing: &Standing) -> Vec<String> {
        let mut warnings = std::mem::take(&mut upload.warnings);
        let (registry, name, version) = (&upload.registry, &upload.name, &upload.version);
        match standing {
            Standing::Present => warnings.push(format!(
                "`{name}` {version} already is in `{registry}` with the same bytes; the first ones are kept"
            )),
            Standing::SameContent {
                version: there,
                kept,
                ignored,
            } => warnings.push(format!(
                "`{name}` {there} already is in `{registry}` with the same sources{}; the first bytes are kept \
                 (checksum {kept}, yours {}), and what differs is ignored: {}",
                match there == version {
                    true => "",
                    false => ", minted for them",
                },
                upload.checksum,
                ignored.join(", ")
            )),
            Standing::Replaces { seen } => {
                warnings.push(format!(
                    "`{name}` {version} of `{registry}` is replaced: rows show checksum {} from now on, {seen} stays \
                     downloadable; a Cargo.lock that names it is refused by cargo (\"changed between lock files\") \
                     until `crossdock lock refresh`, unless cargo still has the old bytes and goes on with them",
                    upload.checksum
                ));
                warnings.extend(self.frozen_warnings(registry, &name.key()));
                warnings.extend(self.told_by_views(registry, name, version).await);
            }
            Standing::Minted(minted) => {
                warnings.extend(minted.warnings.iter().cloned());
                warnings.push(format!(
                    "`{name}` {version} is in `{registry}` with other content, so this build is {} \
                     (checksum {}, packed anew under that version)",
                    minted.version, minted.checksum
                ));
                warnings.extend(self.frozen_warnings(registry, &name.key()));
                let told = self.told_by_views(registry, name, &minted.version).await;
                warnings.extend(told);
            }
            Standing::New | Standing::Beside => {
                warnings.extend(self.frozen_warnings(registry, &name.key()));
                warnings.extend(self.told_by_views(registry, name, version).await);
            }
        }
        warnings
    }
}
