//! What Slack is sent, and that its links answer.

use serde_json::Value;
use switchyard_control::{Filter, WebhookDraft, WebhookKind};
use switchyard_model::Verdict;

use crate::receiver::Receiver;
use crate::world::{PACE, SHOP, World};

fn buttons(message: &Value) -> Vec<(String, String)> {
    let blocks = message["blocks"].as_array().unwrap().iter();
    let actions = blocks
        .filter(|block| block["type"] == "actions")
        .flat_map(|block| block["elements"].as_array().unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    actions.map(|button| (text(&button["text"]["text"]), text(&button["url"]))).collect()
}

#[tokio::test]
async fn a_channel_is_told_where_to_answer_and_a_person_can_answer_at_once() {
    let mut world = World::new(true).await;
    let (mia, tom) = (world.member("Mia").await, world.member("Tom").await);
    let (mut channel, mut of_tom) = (Receiver::new(&[]).await, Receiver::new(&[]).await);
    world.hook(WebhookKind::Slack, &channel.url()).await;
    let own = WebhookDraft {
        name: "Tom".into(),
        kind: WebhookKind::Slack,
        url: of_tom.url(),
        to_me: true,
        filter: Filter::default(),
    };
    world.control.create_webhook(&tom, SHOP, own).await.unwrap();
    world.start(PACE).await;
    let number = world.submit(&mia, true).await;

    let came = channel.next().await;
    assert_eq!(came.header("webhook-signature"), "", "Slack takes no signature");
    let message: Value = serde_json::from_str(&came.body).unwrap();
    assert!(message["text"].as_str().unwrap().starts_with("Mia asks for a review of C-1: "), "{message}");
    assert!(came.body.contains("signed in as yourself"));
    let page = "https://switchyard.example/p/shop/production/changes/1".to_owned();
    assert_eq!(buttons(&message), [("Open".to_owned(), page.clone())]);

    let message: Value = serde_json::from_str(&of_tom.next().await.body).unwrap();
    let [(approve, link), (reject, other), (_, open)] = &buttons(&message)[..] else { panic!("{message}") };
    assert_eq!((&**approve, &**reject, open), ("Approve…", "Reject…", &page));
    assert_eq!(link.replace("verdict=approve", "verdict=reject"), *other);
    let link = link.strip_prefix("https://switchyard.example/hooks/review/").unwrap();
    let link = link.strip_suffix("?verdict=approve").unwrap();
    world.control.review_by_link(link, Verdict::Approve, String::new()).await.unwrap();
    let change = world.control.change(&mia, SHOP, number).await.unwrap();
    assert_eq!(change.review.reviews[0].who, tom.id);
    let told: Value = serde_json::from_str(&channel.next().await.body).unwrap();
    assert!(told["text"].as_str().unwrap().starts_with("Tom approved C-1: "), "{told}");
}
