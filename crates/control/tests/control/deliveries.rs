//! What nodes say.

use switchyard_contract::{DeliveryReport, DeliveryState, NodeKind};
use switchyard_control::{Event, Listening, NodeState};

use crate::world::{SHOP, World, on};

#[tokio::test]
async fn a_node_is_behind_until_it_speaks_of_the_newest() {
    let world = World::shop().await;
    let deliveries = world.control.deliveries(SHOP).unwrap();
    let report = |node: &str, revision, state| {
        let (node, environment) = (node.to_owned(), "production".into());
        deliveries.report(DeliveryReport { node, kind: NodeKind::Gateway, environment, revision, state });
    };
    let states = || {
        let nodes = world.control.nodes(&world.ann, SHOP, "production").unwrap();
        let states: Vec<_> = nodes.nodes.into_iter().map(|n| (n.id, n.state)).collect();
        (nodes.revision, states)
    };
    let one = |state| vec![("gate".to_owned(), state)];
    report("gate", 1, DeliveryState::Acknowledged);
    assert_eq!(states(), (1, one(NodeState::Acknowledged)));

    let Listening { mut events, .. } = world.control.events(&world.ann, SHOP).unwrap();
    world.apply(&world.bob, on("banner", "production", true)).await.unwrap();
    assert_eq!(states(), (2, one(NodeState::Behind)));
    report("gate", 2, DeliveryState::Sent);
    assert_eq!(states(), (2, one(NodeState::Sent)));
    report("gate", 2, DeliveryState::Refused("no such module".into()));
    assert_eq!(states(), (2, one(NodeState::Refused)));
    report("gate", 2, DeliveryState::Acknowledged);
    report("gate", 1, DeliveryState::Acknowledged);
    assert_eq!(states(), (2, one(NodeState::Acknowledged)), "a late report of an older one says nothing");
    report("gate", 2, DeliveryState::Gone);
    assert_eq!(states(), (2, one(NodeState::Gone)));

    let mut told = vec![];
    while let Ok(event) = events.try_recv() {
        if let Event::Nodes { acknowledged, nodes, .. } = event {
            told.push((acknowledged, nodes));
        }
    }
    assert_eq!(told, [(0, 1), (0, 1), (0, 1), (1, 1), (1, 1), (0, 0)]);
}
