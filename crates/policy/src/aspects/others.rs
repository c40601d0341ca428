//! What differs between two states of a service, a listener or a guardrail.

use switchyard_model::{Guardrail, Listener, Service};

use super::{Aspect, Aspects, details};

pub(super) fn service(before: &Service, after: &Service) -> Aspects {
    let Service { key, name, description, owner, tags, managed_by, subsets } = before;
    details(
        (name, description),
        (&after.name, &after.description),
        (owner, &after.owner),
        (tags, &after.tags),
        (managed_by, &after.managed_by),
    )
    .with_if(*subsets != after.subsets || *key != after.key, Aspect::Endpoints)
}

pub(super) fn listener(before: &Listener, after: &Listener) -> Aspects {
    let Listener { key, name, description, owner, tags, managed_by, mapping } = before;
    details(
        (name, description),
        (&after.name, &after.description),
        (owner, &after.owner),
        (tags, &after.tags),
        (managed_by, &after.managed_by),
    )
    .with_if(*mapping != after.mapping || *key != after.key, Aspect::Mapping)
}

pub(super) fn guardrail(before: &Guardrail, after: &Guardrail) -> Aspects {
    let Guardrail {
        key,
        name,
        description,
        owner,
        tags,
        managed_by,
        rule,
        message,
        effect,
        environments,
        enabled,
        reverts,
    } = before;
    let judges = *rule != after.rule
        || *message != after.message
        || *effect != after.effect
        || *environments != after.environments
        || *enabled != after.enabled
        || *reverts != after.reverts
        || *key != after.key;
    details(
        (name, description),
        (&after.name, &after.description),
        (owner, &after.owner),
        (tags, &after.tags),
        (managed_by, &after.managed_by),
    )
    .with_if(judges, Aspect::Rule)
}
