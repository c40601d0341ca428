//! Secure mode: browsers are answered only for contexts that a server vouches for, so that nobody learns what others
//! are served by naming them. The server makes a hash of the context's key with its SDK key, as LaunchDarkly's SDKs do
//! (`secureModeHash`), and the page hands it over.

use serde::Serialize;
use serde_json::json;
use subtle::ConstantTimeEq;
use switchyard_model::Problem;
use switchyard_model::access::Action;
use switchyard_store::{Act, KeyKind, Signer};

use super::signer;
use crate::{Control, Error, Principal, Result};

/// Whether an environment is in secure mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecureMode {
    /// Whether it is.
    pub on: bool,
    /// Whether there is an SDK key that can vouch; one from before this was there can't.
    pub ready: bool,
    /// What that means, in a sentence.
    pub words: String,
}

impl Control {
    /// Whether an environment is in secure mode.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn secure_mode(&self, principal: &Principal, project: &str, environment: &str) -> Result<SecureMode> {
        self.authorize_in(principal, Action::View, &*self.handle(project)?, environment)?;
        self.environment(project, environment)?;
        let on = self.is_secure(project, environment);
        let ready = !self.signers(project, environment).is_empty();
        let words = match (on, ready) {
            (true, _) => format!(
                "Browsers are answered only for a context whose hash a server made with an SDK key of {environment}."
            ),
            (false, true) => "Browsers are answered for whatever context they name.".to_owned(),
            (false, false) => format!(
                "Browsers are answered for whatever context they name. The SDK keys of {environment} are from before \
                 there was a secure mode: make a new one first, and give it to your servers."
            ),
        };
        Ok(SecureMode { on, ready, words })
    }

    /// Turns secure mode on or off. Streams that are open go on until they end.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`]; [`Error::Invalid`] where no SDK key could vouch.
    pub async fn set_secure_mode(
        &self,
        principal: &Principal,
        project: &str,
        environment: &str,
        on: bool,
    ) -> Result<SecureMode> {
        self.authorize_in(principal, Action::ManageKeys, &*self.handle(project)?, environment)?;
        let environment = self.environment(project, environment)?.key;
        if on && self.signers(project, &environment).is_empty() {
            let problem =
                Problem::new("on", "no SDK key of the environment can vouch for a context").value(on);
            let hint =
                "make a new SDK key and give it to your servers; those there are from before secure mode";
            return Err(Error::Invalid(vec![problem.hint(hint)]));
        }
        if on != self.is_secure(project, &environment) {
            let act = Act::SetSecureMode(project.into(), environment.clone(), on);
            let detail = json!({ "project": project, "environment": environment, "on": on });
            self.administer(principal, act, "environment.secure", &environment, detail).await?;
        }
        self.secure_mode(principal, project, &environment)
    }

    /// Whether a browser may be told of a context with this canonical key and hash. Asks no database.
    pub fn is_vouched_for(
        &self,
        project: &str,
        environment: &str,
        context: &str,
        hash: Option<&str>,
    ) -> bool {
        if !self.is_secure(project, environment) {
            return true;
        }
        let Some(hash) = hash.and_then(from_hex) else { return false };
        let right = |signer: &Signer| bool::from(signer::sign(signer, context.as_bytes()).ct_eq(&hash));
        self.signers(project, environment).iter().any(right)
    }

    fn is_secure(&self, project: &str, environment: &str) -> bool {
        self.inner.directory.with(|known| known.secure.contains(&(project.into(), environment.into())))
    }

    /// Of the SDK keys that are alive.
    fn signers(&self, project: &str, environment: &str) -> Vec<Signer> {
        let now = self.now();
        self.inner.directory.with(|known| {
            let here = known.keys.values().filter(|key| {
                key.kind == KeyKind::Sdk
                    && &*key.project == project
                    && &*key.environment == environment
                    && key.expires_at.is_none_or(|end| end > now)
            });
            here.filter_map(|key| key.signer).collect()
        })
    }
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let pairs = text.as_bytes().as_chunks::<2>();
    if pairs.0.len() != bytes.len() || !pairs.1.is_empty() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(pairs.0) {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| !pair.starts_with('+'))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_64_hexadecimal_digits() {
        assert_eq!(from_hex(&"0f".repeat(32)), Some([15; 32]));
        for wrong in ["", "0f", &"0f".repeat(33), &"0g".repeat(32), &"+f".repeat(32), &"ø".repeat(32)] {
            assert_eq!(from_hex(wrong), None, "{wrong}");
        }
    }
}
