//! How people sign in: the settings, raw and checked.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use switchyard_control::{ProviderRules, SignInSettings};
use switchyard_model::access::Role;
use switchyard_model::ids::check_key;
use switchyard_openid::Settings as Openid;

const DAY: u64 = 24 * 3600;

/// How people sign in, as a person wrote it.
#[derive(Debug, Clone, Default, PartialEq, Args, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[command(next_help_heading = "Sign-in")]
pub(crate) struct RawSignIn {
    /// Whether members may sign in with e-mail and password. [default: true]
    #[arg(long = "sign-in-passwords", env = "SWITCHYARD_SIGN_IN_PASSWORDS", value_name = "BOOL")]
    pub(crate) passwords: Option<bool>,
    /// A session ends when it was not used for so many days. [default: 7]
    #[arg(long = "session-idle-days", env = "SWITCHYARD_SESSION_IDLE_DAYS", value_name = "DAYS")]
    pub(crate) idle_days: Option<u64>,
    /// A session ends after so many days, however much it is used. [default: 30]
    #[arg(long = "session-days", env = "SWITCHYARD_SESSION_DAYS", value_name = "DAYS")]
    pub(crate) days: Option<u64>,
    #[command(flatten)]
    pub(crate) openid: RawOpenid,
}

/// An OpenID Connect provider, as a person wrote it.
#[derive(Debug, Clone, Default, PartialEq, Args, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct RawOpenid {
    /// An OpenID Connect provider's issuer, as https://id.example/realms/shop.
    #[arg(long = "openid-issuer", env = "SWITCHYARD_OPENID_ISSUER", value_name = "URL")]
    pub(crate) issuer: Option<String>,
    /// Switchyard's client id there.
    #[arg(long = "openid-client-id", env = "SWITCHYARD_OPENID_CLIENT_ID", value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// A file with the client's secret; none for a public client.
    #[arg(
        long = "openid-client-secret-file",
        env = "SWITCHYARD_OPENID_CLIENT_SECRET_FILE",
        value_name = "FILE"
    )]
    pub(crate) client_secret_file: Option<PathBuf>,
    /// What people call the provider. [default: the issuer's host]
    #[arg(long = "openid-name", env = "SWITCHYARD_OPENID_NAME", value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// What is asked for beside `openid`; separated by commas. [default: profile,email]
    #[arg(
        long = "openid-scopes",
        env = "SWITCHYARD_OPENID_SCOPES",
        value_name = "SCOPES",
        value_delimiter = ','
    )]
    pub(crate) scopes: Option<Vec<String>>,
    /// The claim that names somebody's groups. [default: groups]
    #[arg(long = "openid-groups-claim", env = "SWITCHYARD_OPENID_GROUPS_CLAIM", value_name = "CLAIM")]
    pub(crate) groups_claim: Option<String>,
    /// The role of who is in a group, as ops=operator; the strongest counts. Separated by commas, or repeated.
    #[arg(
        long = "openid-roles",
        env = "SWITCHYARD_OPENID_ROLES",
        value_name = "GROUP=ROLE",
        value_delimiter = ','
    )]
    pub(crate) roles: Option<Vec<String>>,
    /// The team of who is in a group, as ops=operations. Separated by commas, or repeated.
    #[arg(
        long = "openid-teams",
        env = "SWITCHYARD_OPENID_TEAMS",
        value_name = "GROUP=TEAM",
        value_delimiter = ','
    )]
    pub(crate) teams: Option<Vec<String>>,
    /// The role of who is in none of these groups. [default: none, they don't come in]
    #[arg(long = "openid-otherwise", env = "SWITCHYARD_OPENID_OTHERWISE", value_name = "ROLE")]
    pub(crate) otherwise: Option<String>,
    /// Only e-mail addresses of these domains come in, and the provider is believed about whose they are.
    #[arg(
        long = "openid-domains",
        env = "SWITCHYARD_OPENID_DOMAINS",
        value_name = "DOMAINS",
        value_delimiter = ','
    )]
    pub(crate) domains: Option<Vec<String>>,
    /// A session that began at the provider ends after so many hours. [default: 12]
    #[arg(long = "openid-session-hours", env = "SWITCHYARD_OPENID_SESSION_HOURS", value_name = "HOURS")]
    pub(crate) session_hours: Option<u64>,
}

/// How people sign in, checked; without where the provider sends browsers back to, which is known later.
#[derive(Debug, Clone, Default)]
pub(crate) struct SignIn {
    pub(crate) settings: SignInSettings,
    pub(crate) openid: Option<Openid>,
}

impl RawSignIn {
    /// These settings, and `below` where these say nothing.
    pub(crate) fn over(self, below: RawSignIn) -> Self {
        let (openid, under) = (self.openid, below.openid);
        RawSignIn {
            passwords: self.passwords.or(below.passwords),
            idle_days: self.idle_days.or(below.idle_days),
            days: self.days.or(below.days),
            openid: RawOpenid {
                issuer: openid.issuer.or(under.issuer),
                client_id: openid.client_id.or(under.client_id),
                client_secret_file: openid.client_secret_file.or(under.client_secret_file),
                name: openid.name.or(under.name),
                scopes: openid.scopes.or(under.scopes),
                groups_claim: openid.groups_claim.or(under.groups_claim),
                roles: openid.roles.or(under.roles),
                teams: openid.teams.or(under.teams),
                otherwise: openid.otherwise.or(under.otherwise),
                domains: openid.domains.or(under.domains),
                session_hours: openid.session_hours.or(under.session_hours),
            },
        }
    }

    /// Checks everything.
    ///
    /// # Errors
    /// All mistakes.
    pub(crate) fn check(self, mistakes: &mut Vec<String>) -> SignIn {
        let default = SignInSettings::default();
        let passwords = self.passwords.unwrap_or(default.passwords);
        let idle = life("signIn.idleDays", self.idle_days, DAY, 365, default.idle, mistakes);
        let life = life("signIn.days", self.days, DAY, 365, default.life, mistakes);
        let (openid, provider) = self.openid.check(mistakes).unzip();
        SignIn { settings: SignInSettings { passwords, idle, life, provider }, openid }
    }
}

impl RawOpenid {
    fn check(self, mistakes: &mut Vec<String>) -> Option<(Openid, ProviderRules)> {
        let Some(issuer) = self.issuer.clone() else {
            if self != RawOpenid::default() {
                mistakes.push(
                    "signIn.openid.issuer: is missing; say which provider, as https://id.example".into(),
                );
            }
            return None;
        };
        let mut wrong = |name: &str, why: String| mistakes.push(format!("signIn.openid.{name}: {why}"));
        if let Some(why) = Openid::against_issuer(&issuer) {
            wrong(
                "issuer",
                format!("{issuer:?} {why}; write it as the provider's discovery document has it, with https"),
            );
        }
        let client_id = self.client_id.unwrap_or_default();
        if client_id.is_empty() {
            wrong("clientId", "is missing; the provider gives it when Switchyard is registered there".into());
        }
        let client_secret = self.client_secret_file.and_then(|path| match std::fs::read_to_string(&path) {
            Ok(text) if text.trim().is_empty() => {
                wrong("clientSecretFile", format!("{} is empty", path.display()));
                None
            }
            Ok(text) => Some(text.trim().to_owned()),
            Err(error) => {
                wrong("clientSecretFile", format!("{} can't be read: {error}", path.display()));
                None
            }
        });
        let mut roles = vec![];
        for pair in self.roles.unwrap_or_default() {
            match pair.rsplit_once('=').map(|(group, word)| (group.trim(), role(word.trim()))) {
                Some((group, Some(role))) if !group.is_empty() => roles.push((group.to_owned(), role)),
                Some((_, None)) => wrong("roles", format!("{pair:?} ends with no role; {ROLES}")),
                _ => wrong("roles", format!("{pair:?} is no group with a role; write it as ops=operator")),
            }
        }
        let mut teams = vec![];
        for pair in self.teams.unwrap_or_default() {
            match pair.rsplit_once('=').map(|(group, team)| (group.trim(), team.trim())) {
                Some((group, team)) if !group.is_empty() => match check_key(team) {
                    None => teams.push((group.to_owned(), team.into())),
                    Some(why) => wrong("teams", format!("{team:?} {why}")),
                },
                _ => wrong("teams", format!("{pair:?} is no group with a team; write it as ops=operations")),
            }
        }
        let otherwise = self.otherwise.as_deref().and_then(|word| {
            let role = role(word);
            if role.is_none() {
                wrong("otherwise", format!("{word:?} is no role; {ROLES}"));
            }
            role
        });
        let domains = self.domains.unwrap_or_default();
        for domain in domains.iter().filter(|domain| domain.contains('@') || domain.trim().is_empty()) {
            wrong("domains", format!("{domain:?} is no domain; write what stands behind the @"));
        }
        let hours = life(
            "signIn.openid.sessionHours",
            self.session_hours,
            3600,
            24 * 30,
            Duration::from_secs(12 * 3600),
            mistakes,
        );
        let host = issuer.split("://").nth(1).and_then(|rest| rest.split(['/', ':']).next());
        let name = self.name.unwrap_or_else(|| host.unwrap_or("the provider").to_owned());
        let scopes = self.scopes.unwrap_or_else(|| vec!["profile".into(), "email".into()]);
        let groups_claim = self.groups_claim.unwrap_or_else(|| "groups".into());
        let openid =
            Openid { issuer, client_id, client_secret, redirect: String::new(), scopes, groups_claim };
        Some((openid, ProviderRules { name, roles, teams, otherwise, domains, life: hours }))
    }
}

const ROLES: &str = "there are viewer, product, developer, operator and admin";

fn role(word: &str) -> Option<Role> {
    [Role::Viewer, Role::Product, Role::Developer, Role::Operator, Role::Admin]
        .into_iter()
        .find(|role| role.word() == word)
}

/// `units` of so many seconds, from 1 to `most`.
fn life(
    name: &str,
    units: Option<u64>,
    unit: u64,
    most: u64,
    default: Duration,
    mistakes: &mut Vec<String>,
) -> Duration {
    match units {
        None => default,
        Some(units) if (1..=most).contains(&units) => Duration::from_secs(units * unit),
        Some(units) => {
            mistakes.push(format!("{name}: {units} is not from 1 to {most}"));
            default
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(yaml: &str) -> (SignIn, String) {
        let mut mistakes = vec![];
        let raw: RawSignIn = serde_norway::from_str(yaml).unwrap();
        let checked = raw.check(&mut mistakes);
        (checked, mistakes.join("\n"))
    }

    #[test]
    fn a_provider_with_groups_is_taken() {
        let (checked, mistakes) = check(
            "openid:\n  issuer: https://id.example/x\n  clientId: switchyard\n  roles: [ops=operator, 'a=b=viewer']\n  domains: [shop.example]",
        );
        assert_eq!(mistakes, "");
        let provider = checked.settings.provider.unwrap();
        assert_eq!(provider.name, "id.example");
        assert_eq!(provider.roles, [("ops".into(), Role::Operator), ("a=b".into(), Role::Viewer)]);
        assert_eq!(checked.openid.unwrap().scopes, ["profile", "email"]);
        assert!(check("").0.openid.is_none());
    }

    #[test]
    fn all_mistakes_are_told_and_no_secret_is() {
        let (_, mistakes) = check(
            "days: 0\nopenid:\n  issuer: http://id.example\n  clientSecretFile: /nowhere\n  roles: [ops, ops=king]\n  teams: [ops, 'ops=a b']\n  otherwise: queen\n  domains: [a@b]\n  sessionHours: 0",
        );
        for part in [
            "signIn.days:",
            "issuer:",
            "clientId:",
            "clientSecretFile:",
            "\"ops\" is no group",
            "\"ops=king\" ends",
            "\"ops\" is no group with a team",
            "\"a b\"",
            "otherwise:",
            "domains:",
            "sessionHours:",
        ] {
            assert!(mistakes.contains(part), "{part} is not in\n{mistakes}");
        }
        assert!(check("openid: {clientId: x}").1.contains("issuer: is missing"));
    }
}
