//! Signing in with what an OpenID Connect provider says: who may come in, and as what.

use std::collections::BTreeSet;

use serde_json::json;
use switchyard_model::access::Role;
use switchyard_model::ids::Key;
use switchyard_store::{self as store, Act, Holder, Identity, Way};
use uuid::Uuid;

use super::members::is_admin;
use super::sessions::{SignedIn, Visitor};
use super::settings::ProviderRules;
use crate::audit::Noted;
use crate::{Control, Error, Principal, Result};

/// Whom the provider vouches for. What is in it was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// The provider.
    pub issuer: String,
    /// Whom it knows; never given to another there.
    pub subject: String,
    /// What people call them.
    pub name: Option<String>,
    /// Their e-mail address, where the provider has verified that it is theirs.
    pub email: Option<String>,
    /// The groups they are in.
    pub groups: Vec<String>,
}

/// Why the provider's word was not enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnedAway {
    /// None of their groups has a role here.
    Groups,
    /// Their e-mail address is of no domain that comes in, or not verified.
    Domain,
    /// An admin closed their account.
    Closed,
    /// Nobody comes in this way who is not a member yet.
    Uninvited,
    /// Another member has their e-mail address, and the provider is not believed about it.
    Email,
}

impl TurnedAway {
    /// All reasons.
    pub const ALL: [TurnedAway; 5] = [
        TurnedAway::Groups,
        TurnedAway::Domain,
        TurnedAway::Closed,
        TurnedAway::Uninvited,
        TurnedAway::Email,
    ];

    /// A word for it that stays the same.
    pub fn word(self) -> &'static str {
        match self {
            TurnedAway::Groups => "groups",
            TurnedAway::Domain => "domain",
            TurnedAway::Closed => "closed",
            TurnedAway::Uninvited => "uninvited",
            TurnedAway::Email => "email",
        }
    }
}

impl std::fmt::Display for TurnedAway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            TurnedAway::Groups => {
                "You are in none of the groups that may use Switchyard. Who manages the groups can add you to one."
            }
            TurnedAway::Domain => {
                "Your e-mail address is not one that may use Switchyard, or the provider has not verified it."
            }
            TurnedAway::Closed => "Your account is closed. An admin can open it again.",
            TurnedAway::Uninvited => "You are no member yet. An admin can invite you.",
            TurnedAway::Email => {
                "A member with your e-mail address is here already. Sign in as before; an admin can have the provider \
                 believed about your domain."
            }
        })
    }
}

impl Control {
    /// Begins a session of whom the provider vouches for, as a new member where they are none yet. A member is
    /// known by issuer and subject; by e-mail address only the first time, and only where the provider has verified
    /// it and is believed about its domain.
    ///
    /// # Errors
    /// [`Error::TurnedAway`]; a member whose groups give no role any more is locked out by it.
    pub async fn sign_in_vouched(&self, vouched: &Vouched, visitor: &Visitor) -> Result<SignedIn> {
        let rules = self.sign_in_settings().provider.as_ref().ok_or(Error::SignedOut)?;
        let member = {
            // One at a time: somebody who comes twice at once is one member.
            let _turn = self.inner.vouching.lock().await;
            match self.vouched_member(rules, vouched).await {
                Ok(id) => self.give_teams(rules, &id, &vouched.groups).await.map(|()| id),
                away => away,
            }
        };
        let member = member.inspect_err(|error| {
            if let Error::TurnedAway(_) = error {
                let known = self.identity_of(vouched).map(|identity| identity.member);
                self.sign_in_failed(known.as_deref(), visitor.address);
            }
        })?;
        self.begin_session(Holder::Member(member), Way::OpenId, visitor).await
    }

    /// The member's id, once they are as the provider has them.
    async fn vouched_member(&self, rules: &ProviderRules, vouched: &Vouched) -> Result<String> {
        let away = |why| Err(Error::TurnedAway(why));
        let believed = |email: &&String| {
            let domain = email.rsplit_once('@').map(|(_, domain)| domain).unwrap_or_default();
            rules.domains.iter().any(|one| one.eq_ignore_ascii_case(domain))
        };
        let email_believed = vouched.email.as_ref().filter(believed);
        let known = self.identity_of(vouched);
        if !rules.domains.is_empty() && email_believed.is_none() {
            return away(TurnedAway::Domain);
        }
        let role = role_of(rules, &vouched.groups);
        if let Some(identity) = known {
            let member = self.stored_member(&identity.member)?;
            return self.come_back(rules, role, member, identity).await;
        }
        let with_email = vouched.email.as_ref().and_then(|email| {
            self.inner.directory.with(|known| {
                let same =
                    |m: &&store::Member| m.email.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(email));
                known.members.values().find(same).cloned()
            })
        });
        match with_email {
            Some(_) if email_believed.is_none() => away(TurnedAway::Email),
            Some(member) if self.has_identity(&member.id, &vouched.issuer) => away(TurnedAway::Email),
            Some(member) => {
                let identity = self.new_identity(vouched, &member.id);
                let detail = json!({ "issuer": identity.issuer });
                let act = Act::Identify(member.clone(), identity.clone());
                self.administer(&inside(rules), act, "member.identify", &member.id, detail).await?;
                self.come_back(rules, role, member, identity).await
            }
            None => match role {
                Some(role) => self.join(rules, role, vouched).await,
                None if rules.roles.is_empty() => away(TurnedAway::Uninvited),
                None => away(TurnedAway::Groups),
            },
        }
    }

    /// A member who was here before gets the role that they have there now.
    async fn come_back(
        &self,
        rules: &ProviderRules,
        role: Option<Role>,
        before: store::Member,
        identity: Identity,
    ) -> Result<String> {
        if !before.active && !identity.shut {
            return Err(Error::TurnedAway(TurnedAway::Closed));
        }
        let id = before.id.clone();
        // Without groups to go by, a member's role is what an admin made it.
        let role = if rules.roles.is_empty() { Some(before.role) } else { role };
        let last_admin = is_admin(&before) && !self.has_other_admin(&id);
        let member = store::Member {
            active: role.is_some() || last_admin,
            role: if last_admin { before.role } else { role.unwrap_or(before.role) },
            ..before.clone()
        };
        if last_admin && role != Some(before.role) {
            tracing::warn!(id, "the provider's groups would leave nobody who can administer: the role stays");
        }
        let now = Identity { shut: !member.active, ..identity.clone() };
        if member != before || now != identity {
            let detail = json!({
                "before": { "role": before.role, "active": before.active },
                "after": { "role": member.role, "active": member.active },
            });
            let act = Act::Identify(member, now);
            self.administer(&inside(rules), act, "member.change", &id, detail).await?;
        }
        if role.is_some() { Ok(id) } else { Err(Error::TurnedAway(TurnedAway::Groups)) }
    }

    /// Puts a member into the teams that their groups give, and out of those that they don't.
    async fn give_teams(&self, rules: &ProviderRules, id: &str, groups: &[String]) -> Result<()> {
        let (before, all): (BTreeSet<Key>, BTreeSet<Key>) = self.inner.directory.with(|known| {
            (known.teams_of(id).iter().cloned().collect(), known.teams.keys().cloned().collect())
        });
        let given = |team: &Key| rules.teams.iter().any(|(group, key)| key == team && groups.contains(group));
        let named = |team: &Key| rules.teams.iter().any(|(_, key)| key == team);
        let kept = |team: &Key| before.contains(team) && !named(team);
        let after: BTreeSet<Key> = all.into_iter().filter(|team| given(team) || kept(team)).collect();
        if after != before {
            self.set_teams(&inside(rules), id, after).await?;
        }
        Ok(())
    }

    async fn join(&self, rules: &ProviderRules, role: Role, vouched: &Vouched) -> Result<String> {
        let named = vouched.name.as_ref().or(vouched.email.as_ref()).unwrap_or(&vouched.subject);
        let name: String = named.trim().chars().take(super::members::NAME_MAX).collect();
        let member = store::Member {
            id: format!("member-{}", Uuid::now_v7()),
            name: if name.is_empty() { "somebody".to_owned() } else { name },
            email: vouched.email.clone(),
            role,
            active: true,
            created_at: self.now(),
        };
        let id = member.id.clone();
        let data = json!({ "name": member.name, "email": member.email });
        let detail = Noted::about(&id, data, json!({ "role": role, "issuer": vouched.issuer }));
        let act = Act::Identify(member, self.new_identity(vouched, &id));
        self.administer(&inside(rules), act, "member.add", &id, detail).await?;
        Ok(id)
    }

    fn new_identity(&self, vouched: &Vouched, member: &str) -> Identity {
        Identity {
            issuer: vouched.issuer.clone(),
            subject: vouched.subject.clone(),
            member: member.to_owned(),
            shut: false,
            created_at: self.now(),
        }
    }

    fn identity_of(&self, vouched: &Vouched) -> Option<Identity> {
        let same = |one: &&Identity| one.issuer == vouched.issuer && one.subject == vouched.subject;
        self.inner.directory.with(|known| known.identities.iter().find(same).cloned())
    }

    fn has_identity(&self, member: &str, issuer: &str) -> bool {
        let same = |one: &Identity| one.member == member && one.issuer == issuer;
        self.inner.directory.with(|known| known.identities.iter().any(same))
    }
}

/// The strongest role that the groups give; the one for who is in none of them where there is one.
fn role_of(rules: &ProviderRules, groups: &[String]) -> Option<Role> {
    let given = rules.roles.iter().filter(|(group, _)| groups.contains(group)).map(|(_, role)| *role);
    given.max().or(rules.otherwise)
}

/// Who does what the provider's word leads to.
fn inside(rules: &ProviderRules) -> Principal {
    Principal { name: rules.name.clone(), ..Principal::switchyard() }
}
