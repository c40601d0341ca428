//! Members.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;
use switchyard_model::Problem;
use switchyard_model::access::{Action, Role};
use switchyard_store::{self as store, Act, SignInLink};
use uuid::Uuid;

use super::principal::How;
use super::{Known, secrets};
use crate::audit::Noted;
use crate::{Control, Error, Member, Principal, Result};

/// How long a one-time sign-in link lives.
const LINK_LIFE: Duration = Duration::from_secs(15 * 60);

/// The most characters of a name.
pub(super) const NAME_MAX: usize = 200;

/// Somebody to add.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// What people call them.
    pub name: String,
    /// Where they are written to.
    pub email: Option<String>,
    /// What they may do.
    pub role: Role,
}

/// What to change of a member; absent fields stay.
#[derive(Debug, Clone, Default)]
pub struct MemberChange {
    /// What people call them.
    pub name: Option<String>,
    /// Where they are written to.
    pub email: Option<String>,
    /// What they may do.
    pub role: Option<Role>,
    /// False locks them out and ends their sessions.
    pub active: Option<bool>,
}

impl Control {
    /// All members, by name.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub fn members(&self, principal: &Principal) -> Result<Vec<Member>> {
        self.authorize(principal, Action::View, None)?;
        let mut members: Vec<_> =
            self.inner.directory.with(|known| known.members.values().map(|m| view(known, m)).collect());
        members.sort_by(|a: &Member, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(members)
    }

    /// Who a principal is, as a member; a token is shown as one of its name and role.
    pub fn whoami(&self, principal: &Principal) -> Member {
        let member = self
            .inner
            .directory
            .with(|known| known.members.get(&principal.id).map(|member| view(known, member)));
        member.unwrap_or_else(|| Member {
            id: principal.id.clone(),
            name: principal.name.clone(),
            role: principal.role,
            email: None,
            active: true,
            teams: vec![],
        })
    }

    /// Adds a member.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Denied`].
    pub async fn add_member(&self, principal: &Principal, new: NewMember) -> Result<Member> {
        self.authorize(principal, Action::Administer, None)?;
        check_name(&new.name)?;
        let member = store::Member {
            id: format!("member-{}", Uuid::now_v7()),
            name: new.name,
            email: new.email,
            role: new.role,
            active: true,
            created_at: self.now(),
        };
        let data = json!({ "name": member.name, "email": member.email });
        let detail = Noted::about(&member.id, data, json!({ "role": member.role }));
        let act = Act::AddMember(member.clone());
        self.administer(principal, act, "member.add", &member.id, detail).await?;
        Ok(self.inner.directory.with(|known| view(known, &member)))
    }

    /// Changes a member.
    ///
    /// # Errors
    /// [`Error::Invalid`] where no active admin would be left; [`Error::NotFound`], [`Error::Denied`].
    pub async fn change_member(
        &self,
        principal: &Principal,
        id: &str,
        change: MemberChange,
    ) -> Result<Member> {
        self.authorize(principal, Action::Administer, None)?;
        let mut member = self.stored_member(id)?;
        let data = json!({ "name": change.name, "email": change.email });
        let detail = json!({ "role": change.role, "active": change.active });
        let detail = match change.name.is_some() || change.email.is_some() {
            true => Noted::about(id, data, detail),
            false => detail.into(),
        };
        member.name = change.name.unwrap_or(member.name);
        check_name(&member.name)?;
        member.email = change.email.or(member.email);
        member.role = change.role.unwrap_or(member.role);
        member.active = change.active.unwrap_or(member.active);
        if !is_admin(&member) && !self.has_other_admin(id) {
            let problem = Problem::new("role", "would leave nobody who can administer");
            return Err(Error::Invalid(vec![problem.hint("make another member admin first")]));
        }
        let act = Act::ChangeMember(member.clone());
        self.administer(principal, act, "member.change", id, detail).await?;
        Ok(self.inner.directory.with(|known| view(known, &member)))
    }

    /// A secret that signs the member in once, within 15 minutes. It is shown only now.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn sign_in_link(&self, principal: &Principal, id: &str) -> Result<String> {
        self.sign_in_link_for(principal, id, LINK_LIFE).await
    }

    /// As [`Control::sign_in_link`], within `life`.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn sign_in_link_for(&self, principal: &Principal, id: &str, life: Duration) -> Result<String> {
        self.authorize(principal, Action::Administer, None)?;
        let member = self.stored_member(id)?;
        if !member.active {
            let problem = Problem::new("", format!("{} is not active", member.name));
            return Err(Error::Invalid(vec![problem.hint("let them in again first")]));
        }
        let secret = secrets::secret("link-");
        let life = SignedDuration::try_from(life).unwrap_or(SignedDuration::MAX);
        let expires_at = self.now().saturating_add(life).unwrap_or(jiff::Timestamp::MAX);
        let link = SignInLink { hash: secrets::hash(&secret), member: member.id, expires_at };
        let detail = json!({ "expiresAt": expires_at });
        self.administer(principal, Act::AddSignInLink(link), "member.link", id, detail).await?;
        Ok(secret)
    }

    /// # Errors
    /// [`Error::NotFound`].
    pub(crate) fn member_there(&self, id: &str) -> Result<()> {
        self.stored_member(id).map(drop)
    }

    pub(super) fn stored_member(&self, id: &str) -> Result<store::Member> {
        let found = self.inner.directory.with(|known| known.members.get(id).cloned());
        found.ok_or_else(|| Error::NotFound(format!("member {id:?}")))
    }

    pub(crate) fn has_other_admin(&self, id: &str) -> bool {
        self.inner.directory.with(|known| known.members.values().any(|m| m.id != id && is_admin(m)))
    }
}

fn is_admin(member: &store::Member) -> bool {
    member.active && member.role == Role::Admin
}

pub(crate) fn check_name(name: &str) -> Result<()> {
    let reason = match name.trim().chars().count() {
        0 => "is empty",
        n if n > NAME_MAX => "is too long",
        _ => return Ok(()),
    };
    Err(Error::Invalid(vec![Problem::new("name", reason).hint(format!("1 to {NAME_MAX} characters"))]))
}

pub(super) fn view(known: &Known, member: &store::Member) -> Member {
    let store::Member { id, name, email, role, active, .. } = member.clone();
    Member { teams: known.teams_of(&id).cloned().collect(), id, name, role, email, active }
}

/// The member as a principal, while active.
pub(crate) fn principal(member: &store::Member) -> Option<Principal> {
    member.active.then(|| Principal {
        id: member.id.clone(),
        name: member.name.clone(),
        role: member.role,
        project: None,
        how: How::Session,
    })
}
