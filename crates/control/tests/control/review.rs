//! What a change needs before it applies, and what people say of it.

use serde_json::{Value, json};
use switchyard_control::{
    Apply, AuditQuery, ChangeQuery, ChangeView, Error, Listening, Mode, Outcome, Principal, Proposal, Source,
    Submission,
};
use switchyard_model::access::Role;
use switchyard_model::{ChangeState, Verdict};

use crate::world::{SHOP, World, edits, on, serve, weights};

mod bypass;
mod random;

/// A shop whose production asks for one approval, two developers and an operator.
struct House {
    world: World,
    mia: Principal,
    tom: Principal,
    zoe: Principal,
}

impl House {
    async fn new() -> House {
        let world = World::shop().await;
        world.require("production", 1).await;
        let mia = world.member("Mia", Role::Developer).await;
        let tom = world.member("Tom", Role::Developer).await;
        let zoe = world.member("Zoe", Role::Operator).await;
        House { world, mia, tom, zoe }
    }

    async fn apply(&self, who: &Principal, number: u64) -> Result<u64, Error> {
        let applied = self.world.control.apply_change(who, SHOP, number, Apply::default()).await;
        applied.map(|revision| revision.number)
    }

    async fn change(&self, number: u64) -> ChangeView {
        self.world.control.change(&self.mia, SHOP, number).await.unwrap()
    }

    /// Mia's change of these edits, which Tom approved.
    async fn approved(&self, edits: Value) -> u64 {
        let number = self.world.submit(&self.mia, edits).await.number;
        let change = self.world.judge(&self.tom, number, Verdict::Approve).await.unwrap();
        assert_eq!(change.state, ChangeState::Approved, "{:?}", change.review);
        number
    }

    /// Makes the change be these edits, as somebody who may.
    async fn rewrite(&self, who: &Principal, number: u64, edits_of: Value) -> Result<ChangeView, Error> {
        let version = self.change(number).await.version;
        let proposal = Proposal { edits: edits(edits_of), ..Proposal::default() };
        self.world.control.update_change(who, SHOP, number, version, proposal).await
    }
}

/// What a refusal for want of approval says.
fn missing(refused: Result<u64, Error>) -> String {
    match refused {
        Err(Error::NeedsApproval(missing)) => missing.to_string(),
        other => panic!("{other:?}"),
    }
}

fn details(mut fields: Value) -> Value {
    fields["type"] = json!("setDetails");
    json!([{ "target": { "kind": "flag", "key": "banner" }, "op": fields }])
}

fn all() -> ChangeQuery {
    ChangeQuery::default()
}

#[tokio::test]
async fn an_environment_asks_for_its_approvals() {
    let house = House::new().await;
    let (world, control) = (&house.world, &house.world.control);
    let change = world.submit(&house.mia, on("banner", "production", true)).await;
    assert_eq!((change.state, change.title.is_empty()), (ChangeState::InReview, false));
    let needed = &change.review.requirements[0];
    assert_eq!((&*needed.reason, needed.approvals, needed.have), ("production needs 1 approval", 1, 0));
    assert_eq!(needed.source, Source::Environment { environment: "production".into() });
    assert!(!change.review.may.approve.allowed && !change.review.may.apply.allowed);
    let number = change.number;

    let says = "production needs 1 approval; Tom or Zoe can give it";
    assert_eq!(missing(house.apply(&house.mia, number).await), says);
    assert_eq!(change.review.may.apply.why.as_deref(), Some(says));
    let waiting = control.changes_awaiting(&house.tom, SHOP, all()).await.unwrap();
    assert_eq!((waiting.total, waiting.items[0].number), (1, number));
    assert_eq!(control.changes_awaiting(&house.mia, SHOP, all()).await.unwrap().total, 0);

    let change = world.judge(&house.tom, number, Verdict::Approve).await.unwrap();
    assert_eq!((change.state, change.review.requirements[0].have), (ChangeState::Approved, 1));
    assert_eq!(control.changes_awaiting(&house.zoe, SHOP, all()).await.unwrap().total, 0);
    let approved = ChangeQuery { state: Some(ChangeState::Approved), ..all() };
    assert_eq!(control.changes(&house.mia, SHOP, approved).await.unwrap().total, 1);
    assert_eq!(house.apply(&house.zoe, number).await, Ok(2), "whoever may edit it may apply it");
    let change = house.change(number).await;
    assert_eq!((change.state, change.review.reviews[0].valid), (ChangeState::Applied, true));

    // Staging asks for none, and words alter nothing that is compiled.
    for edits in [on("banner", "staging", true), details(json!({ "description": "Above the fold" }))] {
        world.apply(&house.mia, edits).await.unwrap();
    }
    // What an environment asks for holds for open changes too.
    let open = world.submit(&house.mia, on("banner", "staging", false)).await;
    assert_eq!(open.state, ChangeState::Approved, "it needs nothing");
    world.require("staging", 2).await;
    assert_eq!(
        missing(house.apply(&house.mia, open.number).await),
        "staging needs 2 approvals; Tom or Zoe can give it"
    );
    world.judge(&house.tom, open.number, Verdict::Approve).await.unwrap();
    let says = "staging needs 2 approvals; it has 1 approval, and Zoe can give another";
    assert_eq!(missing(house.apply(&house.mia, open.number).await), says);
}

/// The newest verdict of each person counts, and a rejection holds until they approve or the change does
/// something else.
#[tokio::test]
async fn verdicts_are_taken_back_by_others() {
    let house = House::new().await;
    let world = &house.world;
    let number = house.approved(on("banner", "production", true)).await;
    let change = world.judge(&house.zoe, number, Verdict::Reject).await.unwrap();
    assert_eq!(change.state, ChangeState::InReview);
    assert!(missing(house.apply(&house.mia, number).await).starts_with("Zoe rejected it"));
    let change = world.judge(&house.zoe, number, Verdict::Approve).await.unwrap();
    assert_eq!(change.state, ChangeState::Approved);
    let told: Vec<_> = change.review.reviews.iter().map(|r| (r.valid, r.void_because.clone())).collect();
    let later = Some("Zoe gave another verdict later".to_owned());
    assert_eq!(told, [(true, None), (false, later), (true, None)]);

    world.judge(&house.tom, number, Verdict::Reject).await.unwrap();
    // Neither the same edits again nor a head that moved elsewhere or even below it talks Tom round.
    house.rewrite(&house.mia, number, on("banner", "production", true)).await.unwrap();
    world.apply(&house.mia, on("search", "staging", true)).await.unwrap();
    assert!(missing(house.apply(&house.mia, number).await).starts_with("Tom rejected it"));
    let change = house.rewrite(&house.mia, number, serve("banner", "production", 1)).await.unwrap();
    assert_eq!(change.review.reviews[3].void_because.as_deref(), Some("the change was edited since"));
    assert_eq!(change.review.requirements[0].have, 0, "and Zoe's approval was of something else");
}

/// An owner who is a member agrees to what is done to theirs: to losing it and to getting it, too.
#[tokio::test]
async fn owners_are_asked_before_and_after() {
    let house = House::new().await;
    house.world.ask_owners().await;
    let (world, tom, zoe) = (&house.world, &house.tom, &house.zoe);
    let own = |owner: &str| details(json!({ "owner": owner }));
    let says = |who: &str| format!("{who} owns flag/banner; {who} can give it");
    assert_eq!(world.apply(&house.mia, own("Marketing")).await.unwrap().number, 2, "a name asks for nothing");
    let given = world.submit(&house.mia, own(&tom.id)).await.number;
    assert_eq!(
        missing(house.apply(&house.mia, given).await),
        says("Tom"),
        "to become owner is Tom's to agree to"
    );
    world.judge(zoe, given, Verdict::Approve).await.unwrap();
    assert_eq!(missing(house.apply(&house.mia, given).await), says("Tom"), "and nobody else's");
    world.judge(tom, given, Verdict::Approve).await.unwrap();
    house.apply(&house.mia, given).await.unwrap();

    for edits in [own(""), own("Marketing"), on("banner", "staging", true)] {
        let change = world.submit(&house.mia, edits).await;
        let Source::Owner { owner, .. } = &change.review.requirements[0].source else { panic!("{change:?}") };
        assert_eq!(*owner, tom.id);
        assert!(missing(house.apply(&house.mia, change.number).await).contains("Tom can give it"));
    }
    let handed = world.submit(&house.mia, own(&zoe.id)).await;
    assert_eq!(handed.review.requirements.len(), 2, "who gives it and who gets it");
    // What Tom writes himself he agrees to; when somebody else has written last he is asked.
    let own_change = world.submit(tom, on("banner", "staging", true)).await.number;
    house.rewrite(&world.ann, own_change, serve("banner", "staging", 1)).await.unwrap();
    let says = "Tom owns staging/targeting/banner; Tom agrees by saving it";
    assert_eq!(missing(house.apply(tom, own_change).await), says);
    house.rewrite(tom, own_change, serve("banner", "staging", 1)).await.unwrap();
    house.apply(tom, own_change).await.unwrap();
}

#[tokio::test]
async fn a_verdict_is_for_who_may_make_such_edits() {
    let house = House::new().await;
    let world = &house.world;
    let (pat, eve) = (world.member("Pat", Role::Product).await, world.member("Eve", Role::Viewer).await);
    let flags = world.submit(&house.mia, on("banner", "production", true)).await;
    let traffic = world.submit(&house.mia, weights(50_000, 50_000)).await;
    world.judge(&pat, flags.number, Verdict::Approve).await.unwrap();
    for (who, number) in [(&pat, traffic.number), (&eve, traffic.number), (&eve, flags.number)] {
        let refused = world.judge(who, number, Verdict::Approve).await.unwrap_err();
        assert!(matches!(refused, Error::Denied(_)), "{refused:?}");
        assert!(!world.control.change(who, SHOP, number).await.unwrap().review.may.approve.allowed);
    }
    let refused = world.control.comment(&eve, SHOP, flags.number, "hm", None).await.unwrap_err();
    assert!(matches!(refused, Error::Denied(_)), "{refused:?}");
    let draft = Proposal { edits: edits(on("search", "staging", true)), ..Proposal::default() };
    let draft = world.control.create_change(&house.mia, SHOP, draft).await.unwrap().number;
    let refused = world.judge(&house.tom, draft, Verdict::Approve).await.unwrap_err();
    assert!(matches!(refused, Error::WrongState { .. }), "{refused:?}");
}

#[tokio::test]
async fn what_is_sent_for_review_says_why_and_fits() {
    let house = House::new().await;
    let control = &house.world.control;
    let propose = async |edits_of: Value, links: &[&str]| {
        let links = Some(links.iter().map(|link| (*link).to_owned()).collect());
        let proposal = Proposal { edits: edits(edits_of), links, ..Proposal::default() };
        control.create_change(&house.mia, SHOP, proposal).await
    };
    let send = async |number, reason: &str, reviewers: &[&str]| {
        let reviewers = reviewers.iter().map(|id| (*id).to_owned()).collect();
        let submission = Submission { reason: Some(reason.into()), reviewers, ..Submission::default() };
        control.submit_change(&house.mia, SHOP, number, submission).await
    };
    let good =
        propose(on("banner", "production", true), &["https://tracker.example/T-1"]).await.unwrap().number;
    for bad in ["http://tracker.example", "https://", "https://a b", "javascript:alert(1)"] {
        let refused = propose(json!([]), &[bad]).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid(_)), "{bad}: {refused:?}");
    }
    let Err(Error::Invalid(problems)) = send(good, " ", &["nobody"]).await else { panic!("no reason") };
    assert_eq!(problems.iter().map(|p| &*p.path).collect::<Vec<_>>(), ["reason", "reviewers[0]"]);
    let never = propose(on("unheard-of", "production", true), &[]).await.unwrap().number;
    assert!(matches!(send(never, "why", &[]).await, Err(Error::Invalid(_))));
    let idle = propose(on("banner", "production", false), &[]).await.unwrap().number;
    assert_eq!(send(idle, "why", &[]).await.unwrap_err(), Error::Unchanged { head: 1 });

    let sent = send(good, "why", &[&house.zoe.id]).await.unwrap();
    assert_eq!((&*sent.review.reviewers[0].name, sent.links.len()), ("Zoe", 1));
    let again = send(good, "why", &[]).await.unwrap_err();
    assert!(matches!(again, Error::WrongState { .. }), "{again:?}");
    house.world.judge(&house.tom, good, Verdict::Approve).await.unwrap();
    let asked = control.changes_awaiting(&house.zoe, SHOP, all()).await.unwrap();
    assert_eq!(asked.total, 1, "who was asked by name is waited for");
    let back = control.withdraw_change(&house.mia, SHOP, good).await.unwrap();
    assert_eq!((back.state, back.review.reviews[0].valid), (ChangeState::Draft, true));
}

#[tokio::test]
async fn a_conversation_is_kept_with_its_mentions() {
    let house = House::new().await;
    let control = &house.world.control;
    let number = house.world.submit(&house.mia, on("banner", "production", true)).await.number;
    let Listening { mut events, .. } = control.events(&house.mia, SHOP).unwrap();
    let text = format!("@{}, why? cc @nobody, a@b.example and @{}.", house.tom.id, house.tom.id);
    let first = control.comment(&house.zoe, SHOP, number, &text, Some(0)).await.unwrap();
    assert_eq!((first.id, &*first.who_name, first.edit), (1, "Zoe", Some(0)));
    assert_eq!(first.mentions.iter().map(|m| &*m.name).collect::<Vec<_>>(), ["Tom"]);
    assert!(events.try_recv().is_ok(), "whoever looks at it learns of it");
    control.comment(&house.mia, SHOP, number, "because", None).await.unwrap();
    let said = control.comments(&house.tom, SHOP, number).await.unwrap();
    assert_eq!((said.len(), &said[0], house.change(number).await.comments), (2, &first, 2));
    for (text, edit, path) in
        [("", None, "text"), ("x", Some(1), "edit"), (&*"x".repeat(10_001), None, "text")]
    {
        let Err(Error::Invalid(problems)) = control.comment(&house.tom, SHOP, number, text, edit).await
        else {
            panic!("{edit:?}")
        };
        assert_eq!(problems[0].path, path);
    }
}

/// Who may break glass does with a reason, it is in the audit log, and somebody else looks at it afterwards.
#[tokio::test]
async fn broken_glass_is_recorded_and_reviewed() {
    let house = House::new().await;
    let (world, control) = (&house.world, &house.world.control);
    let number = world.submit(&house.zoe, on("banner", "production", true)).await.number;
    let glass = |reason: &str| Apply { break_glass: Some(reason.into()), ..Apply::default() };
    let refused = control.apply_change(&house.mia, SHOP, number, glass("it burns")).await.unwrap_err();
    assert!(matches!(refused, Error::Denied(_)), "{refused:?}");
    let refused = control.apply_change(&house.zoe, SHOP, number, glass(" ")).await.unwrap_err();
    assert!(matches!(refused, Error::Invalid(_)), "{refused:?}");
    control.apply_change(&house.zoe, SHOP, number, glass("it burns")).await.unwrap();
    let change = house.change(number).await;
    let broke = change.review.broke_glass.unwrap();
    assert_eq!((&*broke.who_name, &*broke.reason, broke.reviewed), ("Zoe", "it burns", None));
    let only = AuditQuery { what: Some("change.breakGlass".into()), ..AuditQuery::default() };
    let audit = control.audit(&world.ann, &only).await.unwrap().items;
    assert_eq!((audit.len(), &*audit[0].target), (1, "shop/C-1"));
    assert_eq!(audit[0].detail["missing"], json!(["production needs 1 approval"]));

    let own = world.judge(&house.zoe, number, Verdict::Approve).await.unwrap_err();
    assert!(matches!(own, Error::OwnChange(_)), "{own:?}");
    let change = world.judge(&house.tom, number, Verdict::Approve).await.unwrap();
    assert_eq!(change.review.broke_glass.unwrap().reviewed.unwrap().who_name, "Tom");

    // Where nothing is missing, no glass is broken.
    let number = house.approved(on("banner", "production", false)).await;
    control.apply_change(&house.zoe, SHOP, number, glass("in a hurry")).await.unwrap();
    assert_eq!(house.change(number).await.review.broke_glass, None);

    // A revert too: it is kept as the change that it would have been.
    let mode = Mode::BreakGlass("still burns".into());
    let Outcome::Applied(revert) = control.revert(&house.zoe, SHOP, 3, "", mode).await.unwrap() else {
        panic!("glass was broken")
    };
    let change = control.changes(&house.mia, SHOP, all()).await.unwrap().items.remove(0);
    assert_eq!((change.revision, change.review.broke_glass.is_some()), (Some(revert.number), true));
}
