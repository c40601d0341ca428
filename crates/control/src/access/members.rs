//! Members.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;
use switchyard_model::Problem;
use switchyard_model::access::{Action, Role};
use switchyard_store::{self as store, Act, SignInLink, Way};
use uuid::Uuid;

use super::principal::How;
use super::{Known, secrets};
use crate::audit::Noted;
use crate::{Control, Error, Member, Principal, Result};

/// How long a one-time sign-in link lives.
const LINK_LIFE: Duration = Duration::from_secs(15 * 60);

/// The most characters of an e-mail address.
const EMAIL_MAX: usize = 254;

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
        let member = |known: &Known| known.members.get(&principal.id).map(|member| view(known, member));
        self.inner.directory.with(member).unwrap_or_else(|| Member {
            id: principal.id.clone(),
            name: principal.name.clone(),
            role: principal.role,
            email: None,
            active: true,
            teams: vec![],
            ways: vec![],
        })
    }

    /// Adds a member.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Denied`].
    pub async fn add_member(&self, principal: &Principal, new: NewMember) -> Result<Member> {
        self.authorize(principal, Action::Administer, None)?;
        let email = new.email.map(|email| email.trim().to_owned()).filter(|email| !email.is_empty());
        let id = format!("member-{}", Uuid::now_v7());
        self.check_member(&id, &new.name, email.as_deref())?;
        let member =
            store::Member { id, name: new.name, email, role: new.role, active: true, created_at: self.now() };
        let data = json!({ "name": member.name, "email": member.email });
        let detail = Noted::about(&member.id, data, json!({ "role": member.role }));
        let act = Act::AddMember(member.clone());
        self.administer(principal, act, "member.add", &member.id, detail).await?;
        Ok(self.member_view(&member))
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
        if let Some(email) = change.email {
            member.email = Some(email.trim().to_owned()).filter(|email| !email.is_empty());
        }
        self.check_member(id, &member.name, member.email.as_deref())?;
        member.role = change.role.unwrap_or(member.role);
        member.active = change.active.unwrap_or(member.active);
        if !is_admin(&member) && !self.has_other_admin(id) {
            let problem = Problem::new("role", "would leave nobody who can administer");
            return Err(Error::Invalid(vec![problem.hint("make another member admin first")]));
        }
        let act = Act::ChangeMember(member.clone());
        self.administer(principal, act, "member.change", id, detail).await?;
        Ok(self.member_view(&member))
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

    /// All that is wrong with a member's name and address.
    fn check_member(&self, id: &str, name: &str, email: Option<&str>) -> Result<()> {
        let mut problems = match check_name(name) {
            Err(Error::Invalid(problems)) => problems,
            _ => vec![],
        };
        if let Some(email) = email {
            let problem = |reason| Problem::new("email", reason).value(email);
            let other = |m: &store::Member| m.id != id && same_email(m, email);
            let before = self.inner.directory.with(|known| known.members.get(id).cloned());
            let is_new = !before.is_some_and(|before| same_email(&before, email));
            if !is_email(email) {
                problems.push(problem("is no e-mail address").hint("as ann@example.com"));
            } else if is_new && self.inner.directory.with(|known| known.members.values().any(other)) {
                problems.push(problem("is another member's").hint("each member signs in with their own"));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
    }

    fn member_view(&self, member: &store::Member) -> Member {
        self.inner.directory.with(|known| view(known, member))
    }

    pub(super) fn stored_member(&self, id: &str) -> Result<store::Member> {
        let found = self.inner.directory.with(|known| known.members.get(id).cloned());
        found.ok_or_else(|| Error::NotFound(format!("member {id:?}")))
    }

    pub(crate) fn has_other_admin(&self, id: &str) -> bool {
        self.inner.directory.with(|known| known.members.values().any(|m| m.id != id && is_admin(m)))
    }
}

fn same_email(member: &store::Member, email: &str) -> bool {
    member.email.as_ref().is_some_and(|own| own.to_lowercase() == email.to_lowercase())
}

/// Only what could never be one is refused: whether it is theirs, no pattern can say.
fn is_email(text: &str) -> bool {
    let parts = text.rsplit_once('@').is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty());
    parts && text.chars().count() <= EMAIL_MAX && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

pub(super) fn is_admin(member: &store::Member) -> bool {
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
    let identified = known.identities.iter().any(|identity| identity.member == id);
    let mut ways = vec![];
    ways.extend(known.with_password.contains(&id).then_some(Way::Password));
    ways.extend(identified.then_some(Way::OpenId));
    Member { teams: known.teams_of(&id).to_vec(), id, name, role, email, active, ways }
}

/// The member as a principal, while active.
pub(crate) fn principal(member: &store::Member) -> Option<Principal> {
    member.active.then(|| whoever(member))
}

/// The member as a principal, whether they are let in or not: to be asked about.
pub(crate) fn whoever(member: &store::Member) -> Principal {
    Principal {
        id: member.id.clone(),
        name: member.name.clone(),
        role: member.role,
        project: None,
        how: How::Session,
    }
}
