//! With what requests to an object store are signed: in the environment or in a file of
//! their own, and never in the settings.

use rusty_s3::Credentials;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A key and its secret; cannot be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct S3Credentials {
    signing: Credentials,
}

/// Why there are no credentials.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// The environment has none.
    #[error("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set")]
    Unset,
    /// The file cannot be read.
    #[error("could not read {}", path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file does not have both.
    #[error(
        "{} does not say both `aws_access_key_id = …` and `aws_secret_access_key = …` for [default]",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
}

impl S3Credentials {
    /// Takes a key and its secret.
    pub fn new(key: &str, secret: &str) -> Self {
        let signing = Credentials::new(key, secret);
        Self { signing }
    }

    /// Reads `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, if set,
    /// `AWS_SESSION_TOKEN`.
    ///
    /// # Errors
    /// [`CredentialsError::Unset`].
    pub fn from_environment() -> Result<Self, CredentialsError> {
        let signing = Credentials::from_env().ok_or(CredentialsError::Unset)?;
        Ok(Self { signing })
    }

    /// Reads a file as Amazon's tools have it: what stands before any section or in
    /// `[default]`.
    ///
    /// # Errors
    /// [`CredentialsError`] if it cannot be read or has no key.
    pub fn from_file(path: &Path) -> Result<Self, CredentialsError> {
        let text = std::fs::read_to_string(path).map_err(|source| {
            let path = path.to_owned();
            CredentialsError::System { path, source }
        })?;
        Self::from_text(&text).ok_or_else(|| {
            let path = path.to_owned();
            CredentialsError::Missing { path }
        })
    }

    fn from_text(text: &str) -> Option<Self> {
        let (mut key, mut secret, mut token) = (None, None, None);
        let mut is_ours = true;
        for line in text.lines().map(str::trim) {
            if line.starts_with('[') {
                is_ours = line == "[default]";
            }
            let Some((name, value)) = line.split_once('=').filter(|_| is_ours) else {
                continue;
            };
            let value = Some(value.trim()).filter(|value| !value.is_empty());
            match name.trim() {
                "aws_access_key_id" => key = value,
                "aws_secret_access_key" => secret = value,
                "aws_session_token" => token = value,
                _ => {}
            }
        }
        let signing = match token {
            Some(token) => Credentials::new_with_token(key?, secret?, token),
            None => Credentials::new(key?, secret?),
        };
        Some(Self { signing })
    }

    pub(super) fn signing(&self) -> &Credentials {
        &self.signing
    }
}

impl fmt::Debug for S3Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("S3Credentials(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_amazons_tools_is_read() {
        let text = "# ours\n[other]\naws_access_key_id = no\n\n[default]\n\
                    aws_access_key_id=key\naws_secret_access_key = s3cret=\n";
        let found = S3Credentials::from_text(text).unwrap();
        assert_eq!(found, S3Credentials::new("key", "s3cret="));
        assert!(!format!("{found:?}").contains("s3cret"));
        assert_eq!(S3Credentials::from_text("aws_access_key_id = key\n"), None);
        assert_eq!(
            S3Credentials::from_text("aws_access_key_id=key\naws_secret_access_key=\n"),
            None
        );
    }
}
