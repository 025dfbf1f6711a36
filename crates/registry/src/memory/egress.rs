//! A record of what left, as a test says it is.

use crate::ports::{Departed, EgressQuestion, EgressRecord, ErrandKind, StoreError};
use async_trait::async_trait;
use crossdock_core::registry_name::RegistryName;
use std::collections::BTreeMap;

/// A record in memory; nothing is added to it.
#[derive(Debug, Default)]
pub struct MemoryEgress {
    /// What left, latest first.
    pub departed: Vec<Departed>,
}

#[async_trait]
impl EgressRecord for MemoryEgress {
    async fn departed(&self, question: &EgressQuestion) -> Result<Vec<Departed>, StoreError> {
        let found = self.departed.iter().filter(|sum| question.takes_in(sum));
        Ok(found.take(question.limit).cloned().collect())
    }

    fn sent(&self) -> BTreeMap<(RegistryName, ErrandKind), u64> {
        let mut sent = BTreeMap::new();
        for sum in &self.departed {
            *sent.entry((sum.registry.clone(), sum.kind)).or_default() += sum.count;
        }
        sent
    }
}
