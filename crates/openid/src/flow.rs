//! One sign-in from its beginning to its end, as the browser that began it holds it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A sign-in that was begun. All of it follows from one secret, which only the browser keeps: state, nonce and PKCE's
/// verifier tell nothing of each other nor of the secret, and the server remembers nothing that a flood could fill.
#[derive(Clone)]
pub struct Flow {
    secret: String,
}

/// What the provider sends the browser back with.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// Good for one exchange.
    pub code: Option<String>,
    /// As it was sent.
    pub state: Option<String>,
    /// Who answers (RFC 9207), where the provider says it.
    pub issuer: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
}

impl Flow {
    /// A new one.
    #[allow(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        Flow { secret: URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()) }
    }

    /// The one with this secret.
    pub fn of(secret: &str) -> Self {
        Flow { secret: secret.to_owned() }
    }

    /// What only the browser may know.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    pub(crate) fn state(&self) -> String {
        self.derived("state")
    }

    pub(crate) fn nonce(&self) -> String {
        self.derived("nonce")
    }

    /// PKCE's code verifier: 43 characters, as RFC 7636 wants at least.
    pub(crate) fn verifier(&self) -> String {
        self.derived("verifier")
    }

    /// Whether this answers it.
    pub(crate) fn is_answered_by(&self, answer: &Answer) -> bool {
        answer.state.as_deref() == Some(&*self.state())
    }

    fn derived(&self, what: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(what.as_bytes());
        hash.update([0]);
        hash.update(self.secret.as_bytes());
        URL_SAFE_NO_PAD.encode(hash.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flow_has_its_own_and_only_its_own_state_answers_it() {
        let (one, other) = (Flow::new(), Flow::new());
        let all = [one.state(), one.nonce(), one.verifier(), other.state(), one.secret().to_owned()];
        for (n, text) in all.iter().enumerate() {
            assert_eq!(text.len(), 43);
            assert!(!all[n + 1..].contains(text));
        }
        let answer = |state: Option<String>| Answer { state, ..Answer::default() };
        assert!(Flow::of(one.secret()).is_answered_by(&answer(Some(one.state()))));
        assert!(!one.is_answered_by(&answer(Some(other.state()))));
        assert!(!one.is_answered_by(&answer(None)));
    }
}
