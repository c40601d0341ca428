//! A question as Cedar's entities.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression,
};

use crate::{Ask, Aspects, Deed, On, Owner, Place, Sort, Subject, Who};

/// Names of types are read from text by a parser: once is enough.
macro_rules! types {
    ($($name:ident = $word:literal;)*) => {
        $(static $name: LazyLock<EntityTypeName> =
            LazyLock::new(|| $word.parse().expect("the name of a type is a plain word"));)*
    };
}

types! {
    MEMBER = "Member";
    TOKEN = "Token";
    ROLE = "Role";
    TEAM = "Team";
    SERVER = "Server";
    PROJECT = "Project";
    ENVIRONMENT = "Environment";
    RESOURCE = "Resource";
    KIND = "Kind";
    ASPECT = "Aspect";
    ACTION = "Action";
}

fn uid(of: &LazyLock<EntityTypeName>, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id((**of).clone(), EntityId::new(id))
}

/// The one name of a deed.
fn action(deed: Deed) -> EntityUid {
    static ACTIONS: LazyLock<[EntityUid; 9]> =
        LazyLock::new(|| Deed::ALL.map(|deed| uid(&ACTION, deed.word())));
    ACTIONS[deed as usize].clone()
}

type Attributes = HashMap<String, RestrictedExpression>;

fn text(of: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(of.to_owned())
}

fn texts<'a>(of: impl Iterator<Item = &'a str>) -> RestrictedExpression {
    RestrictedExpression::new_set(of.map(text))
}

fn entity(uid: EntityUid, attributes: Attributes, parents: HashSet<EntityUid>) -> Entity {
    Entity::new(uid, attributes, parents).expect("attributes are plain values, which evaluate to themselves")
}

/// The question itself, and what is known of who and what it names.
pub(crate) fn request(ask: &Ask<'_>) -> (Request, Entities) {
    let who = principal(&ask.who);
    let (what, context) = match ask.on {
        On::Server => (Entity::with_uid(uid(&SERVER, "this")), Context::empty()),
        On::Project(key) => (Entity::with_uid(uid(&PROJECT, key)), Context::empty()),
        On::Environment(project, place) => (environment(project, place), Context::empty()),
        On::Resource(project, subject, aspects) => (resource(project, subject), context(aspects)),
    };
    let request = Request::new(who.uid(), action(ask.deed), what.uid(), context, None)
        .expect("only a schema could refuse it, and none is given");
    let entities =
        Entities::from_entities([who, what], None).expect("two entities that are no ancestors of each other");
    (request, entities)
}

fn principal(who: &Who<'_>) -> Entity {
    let of = match who.sort {
        Sort::Member => &MEMBER,
        Sort::Token => &TOKEN,
    };
    let mut attributes = Attributes::from([("name".to_owned(), text(who.name))]);
    attributes.extend(who.email.map(|email| ("email".to_owned(), text(email))));
    let mut parents: HashSet<_> = who.teams.iter().map(|team| uid(&TEAM, team)).collect();
    parents.insert(uid(&ROLE, who.role.word()));
    entity(uid(of, who.id), attributes, parents)
}

fn environment(project: &str, place: &Place) -> Entity {
    let attributes = Attributes::from([
        ("key".to_owned(), text(&place.key)),
        ("production".to_owned(), RestrictedExpression::new_bool(place.production)),
    ]);
    entity(uid(&ENVIRONMENT, &place.key), attributes, HashSet::from([uid(&PROJECT, project)]))
}

fn resource(project: &str, subject: &Subject) -> Entity {
    let named = RestrictedExpression::new_entity_uid;
    let mut attributes = Attributes::from([
        ("kind".to_owned(), named(uid(&KIND, subject.kind().word()))),
        ("key".to_owned(), text(&subject.id.key)),
        ("tags".to_owned(), texts(subject.tags.iter().map(String::as_str))),
        ("actsIn".to_owned(), texts(subject.acts_in.iter().map(|key| &**key))),
        ("production".to_owned(), RestrictedExpression::new_bool(subject.production)),
    ]);
    if let Some(owner) = &subject.owner {
        let (name, known) = match owner {
            Owner::Member(id) => (id.as_str(), Some(("ownerMember", uid(&MEMBER, id)))),
            Owner::Team(key) => (&**key, Some(("ownerTeam", uid(&TEAM, key)))),
            Owner::Name(name) => (name.as_str(), None),
        };
        attributes.insert("owner".to_owned(), text(name));
        attributes.extend(known.map(|(attribute, uid)| (attribute.to_owned(), named(uid))));
    }
    let mut parents = HashSet::from([uid(&PROJECT, project)]);
    if let Some(environment) = subject.id.scope.environment() {
        attributes.insert("environment".to_owned(), text(environment));
        parents.insert(uid(&ENVIRONMENT, environment));
    }
    entity(uid(&RESOURCE, &subject.id.to_string()), attributes, parents)
}

fn context(aspects: Aspects) -> Context {
    let set = aspects.iter().map(|aspect| RestrictedExpression::new_entity_uid(uid(&ASPECT, aspect.word())));
    Context::from_pairs([("aspects".to_owned(), RestrictedExpression::new_set(set))])
        .expect("aspects are plain values, which evaluate to themselves")
}
