//! The aliases that the settings declare for a view.
//!
//! One step only: a provider is no alias itself. Chains would make the outcome of a
//! row depend on more than the line that a person reads, and cycles have none.

use crate::name::{CrateName, NameKey};
use std::collections::BTreeMap;

/// Aliases as declared: a name, and the crate that provides it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AliasRules(BTreeMap<NameKey, CrateName>);

/// Why an alias makes no sense beside the others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AliasRuleError {
    /// A crate provides itself.
    #[error("`{0}` cannot provide itself")]
    Itself(CrateName),
    /// The name has a provider already.
    #[error("`{name}` is an alias of `{provider}` already")]
    Twice {
        /// The name.
        name: NameKey,
        /// Its provider.
        provider: CrateName,
    },
    /// A provider is an alias, or an alias a provider.
    #[error("`{name}` is an alias and provides `{provided}`")]
    Chain {
        /// Who is both.
        name: NameKey,
        /// What it is to provide.
        provided: NameKey,
    },
}

impl AliasRules {
    /// Adds an alias.
    ///
    /// # Errors
    /// [`AliasRuleError`] if it contradicts, or continues, one that is there.
    pub fn declare(&mut self, name: &CrateName, provider: CrateName) -> Result<(), AliasRuleError> {
        let key = name.key();
        if key == provider.key() {
            return Err(AliasRuleError::Itself(name.clone()));
        }
        if let Some(provider) = self.0.get(&key) {
            return Err(AliasRuleError::Twice {
                name: key,
                provider: provider.clone(),
            });
        }
        if self.0.contains_key(&provider.key()) {
            return Err(AliasRuleError::Chain {
                name: provider.key(),
                provided: key,
            });
        }
        let provided = self.0.iter().find(|(_, other)| other.key() == key);
        if let Some((provided, _)) = provided {
            return Err(AliasRuleError::Chain {
                name: key,
                provided: provided.clone(),
            });
        }
        self.0.insert(key, provider);
        Ok(())
    }

    /// Lists the aliases with their providers, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&NameKey, &CrateName)> {
        self.0.iter()
    }

    /// Finds the provider of a name.
    pub fn provider(&self, name: &NameKey) -> Option<&CrateName> {
        self.0.get(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> CrateName {
        CrateName::parse(text).unwrap()
    }

    #[test]
    fn one_step_only() {
        let mut rules = AliasRules::default();
        rules.declare(&name("rand_hc128"), name("hc128")).unwrap();
        for (alias, provider, why) in [
            ("a", "A", "provide itself"),
            ("rand-hc128", "other", "already"),
            ("hc128", "other", "is an alias and provides `rand-hc128`"),
            ("other", "rand_hc128", "is an alias and provides `other`"),
        ] {
            let refused = rules.declare(&name(alias), name(provider)).unwrap_err();
            assert!(refused.to_string().contains(why), "{refused}");
        }
        rules.declare(&name("hc-128"), name("hc128")).unwrap();
        assert_eq!(rules.iter().count(), 2);
    }
}
