//! To whom, for what and with what a statement may apply, its conditions left aside: so that only those are put to Cedar
//! that could say something, and that what somebody might do is known before anything certain is asked.

use cedar_policy::{ActionConstraint, EntityUid, Policy, PrincipalConstraint, ResourceConstraint};

use crate::{Ask, Deed, On, Sort, Who};

/// A statement's head.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    who: PrincipalConstraint,
    what: ActionConstraint,
    on: ResourceConstraint,
}

impl Reach {
    pub(crate) fn of(policy: &Policy) -> Reach {
        Reach {
            who: policy.principal_constraint(),
            what: policy.action_constraint(),
            on: policy.resource_constraint(),
        }
    }

    /// Whether it may apply to a question.
    pub(crate) fn takes(&self, ask: &Ask<'_>) -> bool {
        self.may_take(&ask.who, ask.deed)
            && match &self.on {
                ResourceConstraint::Any => true,
                ResourceConstraint::In(uid) => is_with(ask.on, uid),
                ResourceConstraint::Eq(uid) => is_itself(ask.on, uid),
                ResourceConstraint::Is(of) => of.basename() == thing(ask.on),
                ResourceConstraint::IsIn(of, uid) => of.basename() == thing(ask.on) && is_with(ask.on, uid),
            }
    }

    /// Whether it may apply to somebody who does something, with whatever.
    pub(crate) fn may_take(&self, who: &Who<'_>, deed: Deed) -> bool {
        concerns(&self.what, deed)
            && match &self.who {
                PrincipalConstraint::Any => true,
                PrincipalConstraint::In(uid) => is_in(who, uid),
                PrincipalConstraint::Eq(uid) => is(who, uid),
                PrincipalConstraint::Is(of) => of.basename() == sort(who),
                PrincipalConstraint::IsIn(of, uid) => of.basename() == sort(who) && is_in(who, uid),
            }
    }
}

/// True where a policy says something of a deed.
fn concerns(what: &ActionConstraint, deed: Deed) -> bool {
    let names = |uid: &EntityUid| uid.id().unescaped() == deed.word();
    match what {
        ActionConstraint::Any => true,
        ActionConstraint::In(uids) => uids.iter().any(names),
        ActionConstraint::Eq(uid) => names(uid),
    }
}

fn sort(who: &Who<'_>) -> &'static str {
    match who.sort {
        Sort::Member => "Member",
        Sort::Token => "Token",
    }
}

fn is(who: &Who<'_>, uid: &EntityUid) -> bool {
    uid.type_name().basename() == sort(who) && uid.id().unescaped() == who.id
}

fn is_in(who: &Who<'_>, uid: &EntityUid) -> bool {
    let id = uid.id().unescaped();
    match uid.type_name().basename() {
        "Role" => who.role.word() == id,
        "Team" => who.teams.iter().any(|team| **team == *id),
        _ => is(who, uid),
    }
}

fn thing(on: On<'_>) -> &'static str {
    match on {
        On::Server => "Server",
        On::Project(_) => "Project",
        On::Environment(..) => "Environment",
        On::Resource(..) => "Resource",
    }
}

fn is_itself(on: On<'_>, uid: &EntityUid) -> bool {
    let id = uid.id().unescaped();
    uid.type_name().basename() == thing(on)
        && match on {
            On::Server => id == "this",
            On::Project(key) => id == key,
            On::Environment(_, place) => *id == *place.key,
            On::Resource(_, subject, _) => id == subject.id.to_string(),
        }
}

/// What it is done with, or something that this is in: as [`crate::entities`] says it to Cedar.
fn is_with(on: On<'_>, uid: &EntityUid) -> bool {
    let id = uid.id().unescaped();
    let of = uid.type_name().basename();
    match on {
        On::Environment(project, _) if of == "Project" => id == project,
        On::Resource(project, _, _) if of == "Project" => id == project,
        On::Resource(_, subject, _) if of == "Environment" => {
            subject.id.scope.environment().is_some_and(|environment| *id == **environment)
        }
        _ => is_itself(on, uid),
    }
}
