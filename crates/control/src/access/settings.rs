//! How people may sign in here: the server's settings.

use std::time::Duration;

use switchyard_model::access::Role;
use switchyard_model::ids::Key;
use switchyard_store::Way;

use crate::Control;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How people may sign in, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInSettings {
    /// Whether members may have passwords.
    pub passwords: bool,
    /// A session ends when it was not used for so long.
    pub idle: Duration,
    /// A session ends after so long, however much it is used.
    pub life: Duration,
    /// Whom the OpenID Connect provider lets in; `None` where there is none.
    pub provider: Option<ProviderRules>,
}

/// Whom an OpenID Connect provider lets in, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderRules {
    /// What people call it.
    pub name: String,
    /// The role of who is in a group; the strongest counts. Where there are any, the provider says who may what:
    /// at each sign-in a member gets the role that their groups give.
    pub roles: Vec<(String, Role)>,
    /// The team of who is in a group. At each sign-in a member joins those that their groups give and leaves those
    /// that they don't; teams that are not named here are not touched.
    pub teams: Vec<(String, Key)>,
    /// The role of who is in none of these groups; they are not let in where it is absent.
    pub otherwise: Option<Role>,
    /// Only e-mail addresses of these domains come in, and the provider is believed about whose they are. All where
    /// empty.
    pub domains: Vec<String>,
    /// A session that began there ends after so long: who is gone there is gone here by then.
    pub life: Duration,
}

impl Default for SignInSettings {
    fn default() -> Self {
        SignInSettings { passwords: true, idle: 7 * DAY, life: 30 * DAY, provider: None }
    }
}

impl SignInSettings {
    /// How long a session lives at the most.
    pub(super) fn life_of(&self, way: Way) -> Duration {
        match (way, &self.provider) {
            (Way::OpenId, Some(provider)) => self.life.min(provider.life),
            _ => self.life,
        }
    }
}

impl Control {
    /// Says how people may sign in. Only the first time counts: it is said at the start.
    pub fn set_up_sign_in(&self, settings: SignInSettings) {
        let _ = self.inner.sign_in.set(settings);
    }

    /// How people may sign in.
    pub fn sign_in_settings(&self) -> &SignInSettings {
        self.inner.sign_in.get_or_init(SignInSettings::default)
    }
}
