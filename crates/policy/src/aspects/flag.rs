//! What differs between two states of a flag.

use switchyard_model::Flag;

use super::{Aspect, Aspects, details};

pub(super) fn aspects(before: &Flag, after: &Flag) -> Aspects {
    let Flag {
        key,
        name,
        description,
        owner,
        tags,
        managed_by,
        purpose,
        expires,
        archived,
        variations,
        client_side_availability,
    } = before;
    details(
        (name, description),
        (&after.name, &after.description),
        (owner, &after.owner),
        (tags, &after.tags),
        (managed_by, &after.managed_by),
    )
    .with_if(*purpose != after.purpose || *expires != after.expires, Aspect::Details)
    .with_if(*archived != after.archived, Aspect::Archived)
    .with_if(*variations != after.variations || *key != after.key, Aspect::Variations)
    .with_if(*client_side_availability != after.client_side_availability, Aspect::Clients)
}
