//! Whether two snapshots act differently.

use switchyard_model::{Resource, Writer};

use super::Snapshot;
use crate::listener::CompiledListener;
use crate::route::CompiledRoute;

impl Snapshot {
    /// Whether something compiled differs from `other`: an evaluation, a match or an action could be another.
    /// Names, descriptions, owners, tags and expiry, and the versions on the wire, make no difference.
    pub fn alters(&self, other: &Snapshot) -> bool {
        !(self.wire.same_content(&other.wire)
            && self.listeners().len() == other.listeners().len()
            && self.listeners().iter().zip(other.listeners()).all(|(a, b)| same_listener(a, b)))
    }
}

fn same_listener(a: &CompiledListener, b: &CompiledListener) -> bool {
    std::ptr::eq(a, b)
        || same_listener_itself(a, b)
            && a.by_key.len() == b.by_key.len()
            && a.by_key.iter().zip(&b.by_key).all(|(a, b)| same_route(a, b))
}

/// Whether two listeners read requests alike; their routes aside.
pub(crate) fn same_listener_itself(a: &CompiledListener, b: &CompiledListener) -> bool {
    std::ptr::eq(a, b) || same_essence(&a.source, &b.source)
}

/// Whether two listeners make the same context of a request.
pub(crate) fn same_mapping(a: &Resource, b: &Resource) -> bool {
    match (a, b) {
        (Resource::Listener(a), Resource::Listener(b)) => a.mapping == b.mapping,
        _ => false,
    }
}

pub(crate) fn same_route(a: &CompiledRoute, b: &CompiledRoute) -> bool {
    std::ptr::eq(a, b)
        || a.inputs.len() == b.inputs.len() && a.inputs.iter().zip(&b.inputs).all(|(a, b)| same_essence(a, b))
}

fn same_essence(a: &Resource, b: &Resource) -> bool {
    std::ptr::eq(a, b) || essence(a) == essence(b)
}

/// The resource without what only people read.
fn essence(resource: &Resource) -> Resource {
    macro_rules! plain {
        ($of:expr) => {{
            let of = $of;
            of.name.clear();
            of.description.clear();
            of.owner = None;
            of.tags.clear();
        }};
    }
    let mut plain = resource.clone();
    plain.set_managed_by(Writer::Page);
    match &mut plain {
        Resource::Flag(flag) => {
            plain!(&mut *flag);
            flag.purpose = Default::default();
            flag.expires = None;
            flag.variations.iter_mut().for_each(|variation| variation.description.clear());
        }
        Resource::Targeting(_) => {}
        Resource::Segment(segment) => plain!(segment),
        Resource::Service(service) => plain!(service),
        Resource::Listener(listener) => plain!(listener),
        Resource::Route(route) => plain!(route),
        Resource::Guardrail(guardrail) => plain!(guardrail),
    }
    plain
}
