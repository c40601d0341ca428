//! SQLite, held to the common promises and to its own.

use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use switchyard_model::{Comment, Review, Verdict};
use switchyard_store::{Changes, History, SqliteStore};
use tempfile::TempDir;

use crate::conformance;
use crate::sample::{at, draft, id, next, segment, shop};

async fn open() -> (TempDir, SqliteStore) {
    let dir = TempDir::new().unwrap();
    let store = SqliteStore::open(&dir.path().join("switchyard.db")).await.unwrap();
    (dir, store)
}

macro_rules! conforms {
    ($($case:ident),* $(,)?) => {$(
        #[tokio::test]
        async fn $case() {
            let (_dir, store) = open().await;
            conformance::$case(&store).await;
        }
    )*};
}

conforms! {
    appends_against_the_expected_head,
    keeps_the_last_of_several_edits,
    knows_every_state_there_was,
    finds_revisions,
    applies_changes_with_their_revision,
    keeps_what_is_said_of_a_change,
    changes_environments,
    audits_every_act,
    ends_what_must_end,
}

/// Whoever holds the file can't rewrite history by accident.
#[tokio::test]
async fn the_tables_refuse_to_forget() {
    let (dir, store) = open().await;
    let empty = shop(&store).await;
    let first = next(&empty, "one", vec![(id("production", "beta"), Some(segment("beta", &[])))]);
    store.append("shop", &first, None).await.unwrap();
    store.insert_change("shop", &draft("Beta")).await.unwrap();
    let (who, note, at) = ("ann".to_owned(), String::new(), at(1));
    let review = Review { who, verdict: Verdict::Reject, at, note, version: 1, difference: None };
    store.insert_review("shop", 1, &review).await.unwrap();
    let comment = Comment { id: 0, who: "ann".into(), at, text: "no".into(), edit: None };
    store.insert_comment("shop", 1, &comment).await.unwrap();

    let path = dir.path().join("switchyard.db");
    let mut shell = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    for statement in [
        "UPDATE revisions SET title = 'other'",
        "DELETE FROM revisions",
        "DELETE FROM touched",
        "UPDATE touched SET key = 'other'",
        "UPDATE reviews SET verdict = 'approve'",
        "DELETE FROM reviews",
        "UPDATE comments SET text = 'other'",
        "DELETE FROM comments",
        "UPDATE audit SET who = 'nobody'",
        "DELETE FROM audit",
        "INSERT INTO revisions SELECT project, 5, at, author, title, reason, origin, reverts, edits FROM revisions",
        "INSERT OR REPLACE INTO revisions SELECT * FROM revisions",
    ] {
        let refused = sqlx::query(AssertSqlSafe(statement)).execute(&mut shell).await;
        assert!(refused.is_err(), "{statement}");
    }
    assert_eq!(store.revision("shop", 1).await.unwrap(), Some(first));
}

/// What was answered is there after the file is opened again.
#[tokio::test]
async fn opens_again() {
    let (dir, store) = open().await;
    let empty = shop(&store).await;
    let first = next(&empty, "one", vec![(id("production", "beta"), Some(segment("beta", &[])))]);
    store.append("shop", &first, None).await.unwrap();
    store.close().await;
    let store = SqliteStore::open(&dir.path().join("switchyard.db")).await.unwrap();
    assert_eq!(store.state("shop").await.unwrap(), empty.after(&first));
}
