//! Whom a project's own policies may let do more than their role: for what is shown before anything certain is asked.

use cedar_policy::{ActionConstraint, Effect, EntityUid, Policy, PrincipalConstraint};

use crate::{Deed, Sort, Who};

/// To whom and for what a `permit` may apply, its conditions and its resource left aside.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    who: PrincipalConstraint,
    what: ActionConstraint,
}

impl Reach {
    pub(crate) fn of(policy: &Policy) -> Option<Reach> {
        let reach = || Reach { who: policy.principal_constraint(), what: policy.action_constraint() };
        (policy.effect() == Effect::Permit).then(reach)
    }

    pub(crate) fn takes(&self, who: &Who<'_>, deed: Deed) -> bool {
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
pub(crate) fn concerns(what: &ActionConstraint, deed: Deed) -> bool {
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
