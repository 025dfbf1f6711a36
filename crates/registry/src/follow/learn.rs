//! What one fact of another node changes in this one's memory.
//!
//! A fact says what happened and not always what is so now, and it may be learnt late:
//! where a record can be replaced, what is learnt is read from the ledger, which is at
//! least as new. So a fact may be learnt twice, and nothing is the worse for it. What is
//! served of the names that it touches is dropped last, as after a change made here.
//!
//! Absent: what is read from the ledger each time and needs no telling, such as rows and
//! owners of hosted crates.

use crate::federation::Federation;
use crate::ports::{Change, StoreError};
use crossdock_core::decision::{Decision, GateDecision, Made};
use crossdock_core::fact::{Event, Fact};
use crossdock_core::name::NameKey;
use crossdock_core::registry_name::RegistryName;

impl Federation {
    /// Learns a fact that another node recorded.
    pub(super) async fn learn(&self, sequence: u64, fact: &Fact) -> Result<(), StoreError> {
        match &fact.event {
            Event::Published { registry, name, .. } | Event::Rebuilt { registry, name, .. } => {
                self.hosted.insert(registry, name);
                self.drop_served(registry, &name.key());
            }
            Event::Yanked(id) | Event::Unyanked(id) => self.drop_served(&id.registry, &id.name),
            // Owners of a crate are asked of the ledger each time.
            Event::OwnersChanged { .. } => {}
            Event::Observed { registry, name, .. } => {
                if let Some(mirror) = self.mirrors.get(registry) {
                    mirror.forget(name);
                    mirror.learn_observed(name);
                    self.drop_named(registry, name);
                }
            }
            Event::Vanished(gone) => {
                if let Some(mirror) = self.mirrors.get(&gone.registry) {
                    mirror.learn_vanished(gone, fact.time);
                }
            }
            Event::Returned(back) => {
                if let Some(mirror) = self.mirrors.get(&back.registry) {
                    mirror.learn_returned(back);
                }
            }
            Event::OwnerRecorded { view, name, .. } | Event::ConflictSettled { view, name, .. } => {
                self.learn_owner(view, name).await?;
            }
            Event::FaceNamed {
                view,
                member,
                name,
                dependent,
            } => self.learn_faces(&[Change::NameFace {
                view: view.clone(),
                member: member.clone(),
                name: name.clone(),
                dependent: dependent.clone(),
            }]),
            Event::VersionsShown {
                view,
                name,
                releases,
            } => {
                self.shown.learn_of(view, name, releases);
                self.drop_in_view(view, name);
            }
            Event::Decided { scope, decision } => {
                let made = Made {
                    sequence,
                    time: fact.time,
                    actor: fact.actor.clone(),
                    decision: decision.clone(),
                };
                self.learn_decision(scope, made).await?;
            }
        }
        Ok(())
    }

    /// Learns whose a name is by now; a file is dropped only if something else was
    /// known, because none is served before it is recorded.
    async fn learn_owner(&self, view: &RegistryName, name: &NameKey) -> Result<(), StoreError> {
        let Some(record) = self.ledger.ownership(view, name).await? else {
            return Ok(());
        };
        let before = self.records.get(view, name);
        if before.as_ref() == Some(&record) {
            return Ok(());
        }
        self.records.learn_of(view, name, record);
        match before {
            Some(_) => self.drop_in_view(view, name),
            // It may be known as absent.
            None => self.served.drop_index(name, std::iter::empty()),
        }
        Ok(())
    }

    async fn learn_decision(&self, scope: &RegistryName, made: Made) -> Result<(), StoreError> {
        if let Decision::Account(decision) = &made.decision {
            self.accounts.learn_made(decision, &made.actor, made.time);
            return Ok(());
        }
        let decision = made.decision.clone();
        if let Decision::Transferred(turned) | Decision::Reassigned(turned) = &decision {
            self.learn_owner(scope, &turned.name).await?;
            self.shown.reload(&*self.ledger, scope).await?;
        }
        if let Decision::AcceptRemovals(accepted) = &decision
            && let Some(mirror) = self.mirrors.get(scope)
        {
            mirror.accept_missing(&accepted.names, made.time);
        }
        self.decisions.learn_made(scope, made);
        match &decision {
            Decision::Pin(pin) => self.held_routes.learn_of(scope, pin),
            Decision::Gate(GateDecision::LicenceFound { name, .. }) => {
                self.drop_in_view(scope, name);
            }
            // None of these is part of an answer.
            Decision::Gate(GateDecision::Requested { .. })
            | Decision::Snapshot(_)
            | Decision::Imported(_)
            | Decision::Policy(_) => {}
            _ => {
                // First the pasts, or a frozen view would be filled from one that does not know.
                self.pasts.forget();
                self.served.drop_all();
            }
        }
        Ok(())
    }
}
