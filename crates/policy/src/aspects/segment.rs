//! What differs between two states of a segment.

use switchyard_model::Segment;

use super::{Aspect, Aspects, details};

pub(super) fn aspects(before: &Segment, after: &Segment) -> Aspects {
    let Segment {
        key,
        name,
        description,
        owner,
        tags,
        managed_by,
        salt,
        included,
        excluded,
        included_contexts,
        excluded_contexts,
        rules,
        unbounded,
        unbounded_context_kind,
        generation,
        list,
    } = before;
    let members = *included != after.included
        || *excluded != after.excluded
        || *included_contexts != after.included_contexts
        || *excluded_contexts != after.excluded_contexts
        || *unbounded != after.unbounded
        || *unbounded_context_kind != after.unbounded_context_kind
        || *generation != after.generation
        || *list != after.list;
    details(
        (name, description),
        (&after.name, &after.description),
        (owner, &after.owner),
        (tags, &after.tags),
        (managed_by, &after.managed_by),
    )
    .with_if(*salt != after.salt, Aspect::Bucketing)
    .with_if(members, Aspect::Members)
    .with_if(*rules != after.rules || *key != after.key, Aspect::Rules)
}
