//! The demo: a small shop that really runs, and customers who really visit it.
//!
//! Its services are listeners in this process; they find each other, and are found, only through the
//! gateway. Its customers are made up but act alike at every start.

use std::collections::HashMap;
use std::net::SocketAddr;

use switchyard_contract::{EndpointKey, Live};
use switchyard_model::{Manifest, Resource, Scope};
use tokio::sync::watch;
use tokio::task::JoinSet;

mod call;
mod customers;
mod services;

/// The shop's configuration, the same file that `switchyard apply` takes.
const SHOP: &str = include_str!("../../../examples/shop/shop.yaml");

/// The shop's resources.
///
/// # Errors
/// What is wrong with the file; a test holds that nothing is.
pub(crate) fn manifests() -> anyhow::Result<Vec<Manifest>> {
    use serde::Deserialize;
    serde_norway::Deserializer::from_str(SHOP)
        .map(|document| {
            let json = serde_json::Value::deserialize(document)?;
            Manifest::from_json(json, None).map_err(|problems| anyhow::anyhow!("{problems:?}"))
        })
        .collect()
}

/// The pack of guardrails: warnings, but for one that keeps a flag that is on from being deleted.
pub(crate) fn guardrails() -> impl Iterator<Item = Manifest> {
    let manifest = |guardrail| Manifest { scope: Scope::Project, resource: Resource::Guardrail(guardrail) };
    switchyard_control::pack().into_iter().map(manifest)
}

/// Where the shop and its customers find what they call.
#[derive(Debug, Clone)]
pub(crate) struct Surroundings {
    /// The gateway.
    pub(crate) gateway: SocketAddr,
    /// The API, for flags by OpenFeature's protocol.
    pub(crate) api: SocketAddr,
    /// The environment's SDK key.
    pub(crate) sdk_key: String,
}

/// The shop's services, listening and found, but not yet called.
pub(crate) struct Shop {
    running: JoinSet<()>,
    surroundings: watch::Sender<Option<Surroundings>>,
    /// Where each service's subsets are.
    pub(crate) live: Live,
}

impl Shop {
    /// Opens a listener for each subset of each service.
    ///
    /// # Errors
    /// Where no port can be had.
    pub(crate) async fn open() -> anyhow::Result<Shop> {
        let (surroundings, told) = watch::channel(None);
        let mut running = JoinSet::new();
        let mut endpoints: HashMap<EndpointKey, Vec<SocketAddr>> = HashMap::new();
        for service in services::ALL {
            let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
            let key = EndpointKey { service: service.name.into(), subset: service.subset.into() };
            endpoints.entry(key).or_default().push(listener.local_addr()?);
            let app = services::app(service, told.clone());
            running.spawn(async move {
                // It ends with the process; there is nobody to tell.
                let _ = axum::serve(listener, app).await;
            });
        }
        Ok(Shop { running, surroundings, live: Live::new(endpoints) })
    }

    /// Lets the customers in.
    pub(crate) fn let_in(&mut self, surroundings: Surroundings) {
        self.surroundings.send_replace(Some(surroundings.clone()));
        self.running.spawn(customers::visit(surroundings));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchyard_model::ids::Key;
    use switchyard_model::{Edit, Op, State, validate};

    #[test]
    fn the_shop_is_a_sound_configuration() {
        let mut state = State::empty([Key::from("production"), Key::from("staging")]);
        for manifest in manifests().unwrap().into_iter().chain(guardrails()) {
            let (target, op) = (manifest.id(), Op::Put { resource: manifest.resource });
            let after = Edit { target: target.clone(), op }.apply(None).unwrap();
            state.set(target, after.map(Into::into), 1);
        }
        let problems = validate::validate(&state);
        assert!(problems.is_empty(), "{problems:#?}");
    }

    #[test]
    fn every_subset_of_the_shop_runs() {
        let running: Vec<_> = services::ALL.iter().map(|s| (s.name, s.subset)).collect();
        for manifest in manifests().unwrap() {
            if let switchyard_model::Resource::Service(service) = &manifest.resource {
                for subset in &service.subsets {
                    assert!(running.contains(&(&*service.key, &*subset.id)), "{} {}", service.key, subset.id);
                }
            }
        }
    }
}
