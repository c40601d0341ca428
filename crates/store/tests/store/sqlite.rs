//! SQLite, held to the common promises and to its own.

use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use switchyard_model::{Comment, Review, Verdict};
use switchyard_store::{
    Act, Administration, Audit, AuditEntry, Broken, Changes, History, Member, Personal, SqliteStore,
    Verifier, verify,
};
use tempfile::TempDir;

use crate::conformance;
use crate::sample::{at, draft, entry, id, member, next, segment, shop};

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
    finds_what_comes_after,
    knows_who_has_not_answered,
    changes_environments,
    audits_every_act,
    keeps_teams,
    knows_which_team_has_not_answered,
    keeps_policies,
    chains_the_audit_log,
    erases_personal_data,
    does_each_step_of_a_schedule_once,
    ends_what_must_end,
    keeps_how_people_come_in,
    tells_what_happened,
    keeps_deliveries,
    uses_review_links_up,
    keeps_firings,
    adds_up_what_flags_served,
    forgets_who_asked_too_long_ago,
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
    let personal = Some(Personal { member: "ann".into(), data: serde_json::json!({ "address": "::1" }) });
    store.record(&AuditEntry { personal, ..entry("session.begin") }).await.unwrap();

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
        "UPDATE audit_personal SET data = '{}'",
        "INSERT INTO audit (id, at, who, what, target, detail, hash) VALUES (99, 0, 'a', 'b', 'c', '{}', 'd')",
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

/// Whoever gets around the triggers is found out.
#[tokio::test]
async fn what_was_tampered_with_is_found() {
    for (statement, broken) in [
        ("UPDATE audit SET who = 'eve' WHERE id = 3", Broken::Line { seq: 3 }),
        ("UPDATE audit SET what = 'nothing' WHERE id = 3", Broken::Line { seq: 3 }),
        ("UPDATE audit SET target = 'x' WHERE id = 2", Broken::Line { seq: 2 }),
        ("UPDATE audit SET at = at + 1 WHERE id = 4", Broken::Line { seq: 4 }),
        ("UPDATE audit SET detail = '{}' WHERE id = 2", Broken::Line { seq: 2 }),
        ("UPDATE audit SET hash = upper(hash) WHERE id = 4", Broken::Line { seq: 4 }),
        ("UPDATE audit SET hash = NULL WHERE id = 4", Broken::Line { seq: 4 }),
        ("UPDATE audit SET commitment = NULL WHERE id = 4", Broken::Line { seq: 4 }),
        ("DELETE FROM audit_personal; DELETE FROM audit WHERE id = 3", Broken::Gap { from: 3, next: 4 }),
        ("DELETE FROM audit WHERE id < 3", Broken::Gap { from: 1, next: 3 }),
        (
            "UPDATE audit SET id = 99 WHERE id = 3; UPDATE audit SET id = 3 WHERE id = 2; UPDATE audit SET id = 2 WHERE id = 99",
            Broken::Line { seq: 2 },
        ),
        ("UPDATE audit_personal SET data = '{}'", Broken::Personal { seq: 4 }),
        ("UPDATE audit_personal SET member = 'eve'", Broken::Personal { seq: 4 }),
        ("UPDATE revisions SET author = 'eve' WHERE number = 1", revision(Some(2), 1)),
        ("UPDATE revisions SET edits = '[]' WHERE number = 2", revision(Some(3), 2)),
        ("DELETE FROM revisions WHERE number = 2", revision(Some(3), 2)),
        (
            "INSERT INTO revisions SELECT project, 3, at, author, title, reason, origin, reverts, edits FROM revisions WHERE number = 2",
            revision(None, 3),
        ),
        ("DELETE FROM audit_personal; DELETE FROM audit WHERE id > 2", revision(None, 2)),
        ("DELETE FROM audit_personal; DELETE FROM audit WHERE id > 1", revision(None, 1)),
    ] {
        let (dir, store) = open().await;
        let empty = shop(&store).await;
        let first = next(&empty, "one", vec![(id("production", "beta"), Some(segment("beta", &[])))]);
        store.append("shop", &first, None).await.unwrap();
        let second = next(&empty.after(&first), "two", vec![(id("production", "beta"), None)]);
        store.append("shop", &second, None).await.unwrap();
        let personal = Some(Personal { member: "ann".into(), data: serde_json::json!({ "address": "::1" }) });
        store.record(&AuditEntry { personal, ..entry("session.begin") }).await.unwrap();
        assert!(verify(&store, None).await.unwrap().is_ok());

        let path = dir.path().join("switchyard.db");
        let mut shell = self::shell(&path).await;
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut shell).await.unwrap();
        assert_eq!(verify(&store, None).await.unwrap(), Err(broken), "{statement}");
    }
}

/// Whatever cell of log, personal data or history is changed, whichever line is taken out or changes places with
/// another: it is found, by who noted the newest hash.
#[tokio::test]
async fn no_cell_can_be_tampered_with() {
    let (dir, store) = open().await;
    let mut state = shop(&store).await;
    for (title, with) in [("one", true), ("two", false), ("three", true)] {
        let edit = (id("production", "beta"), with.then(|| segment("beta", &[title])));
        let revision = next(&state, title, vec![edit]);
        store.append("shop", &revision, None).await.unwrap();
        state = state.after(&revision);
        let data = serde_json::json!({ "address": title });
        let personal = Some(Personal { member: title.into(), data });
        store.record(&AuditEntry { personal, ..entry("session.begin") }).await.unwrap();
    }
    store.record(&entry("the last")).await.unwrap();
    let head = verify(&store, None).await.unwrap().unwrap().head;
    store.close().await;

    let path = dir.path().join("switchyard.db");
    let mut shell = self::shell(&path).await;
    let mut statements = vec![];
    for (table, key) in [("audit", "id"), ("audit_personal", "entry"), ("revisions", "number")] {
        let columns: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(format!("SELECT name FROM pragma_table_info('{table}')")))
                .fetch_all(&mut shell)
                .await
                .unwrap();
        let rows: Vec<i64> =
            sqlx::query_scalar(AssertSqlSafe(format!("SELECT {key} FROM {table} ORDER BY {key}")))
                .fetch_all(&mut shell)
                .await
                .unwrap();
        assert!(rows.len() >= 3, "{table}");
        for row in &rows {
            for column in &columns {
                for value in ["NULL".to_owned(), format!("{column} || 'x'"), format!("{column} + 1")] {
                    statements
                        .push(format!("UPDATE OR IGNORE {table} SET {column} = {value} WHERE {key} = {row}"));
                }
                for other in rows.iter().filter(|other| *other != row) {
                    statements.push(format!(
                        "UPDATE OR IGNORE {table} SET {column} = (SELECT {column} FROM {table} WHERE {key} = {other}) \
                         WHERE {key} = {row}"
                    ));
                }
            }
            // Taking away personal data is what erasing does.
            if table != "audit_personal" {
                statements.push(format!("DELETE FROM {table} WHERE {key} = {row}"));
            }
            for other in rows.iter().filter(|other| *other > row) {
                statements.push(format!(
                    "UPDATE {table} SET {key} = -1 WHERE {key} = {row}; UPDATE {table} SET {key} = {row} WHERE \
                     {key} = {other}; UPDATE {table} SET {key} = {other} WHERE {key} = -1"
                ));
            }
        }
    }
    shell.close().await.unwrap();

    let whole = std::fs::read(&path).unwrap();
    let before = contents(&path).await;
    let mut tried = 0;
    for statement in &statements {
        let copy = dir.path().join("copy.db");
        for left in ["copy.db-wal", "copy.db-shm"] {
            drop(std::fs::remove_file(dir.path().join(left)));
        }
        std::fs::write(&copy, &whole).unwrap();
        let mut shell = self::shell(&copy).await;
        // What the table itself doesn't take (a NULL, a key twice) is no tampering.
        let taken = sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(&mut shell).await.is_ok();
        shell.close().await.unwrap();
        if !taken || contents(&copy).await == before {
            continue;
        }
        tried += 1;
        let store = SqliteStore::read(&copy).await.unwrap();
        let found = verify(&store, Some(&head)).await;
        assert!(!matches!(found, Ok(Ok(_))), "not found: {statement}");
        store.close().await;
    }
    assert!(tried > 200, "only {tried} of {} changed anything", statements.len());
}

/// A connection that nothing hinders.
async fn shell(path: &std::path::Path) -> SqliteConnection {
    let mut shell = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    sqlx::raw_sql("PRAGMA foreign_keys = OFF").execute(&mut shell).await.unwrap();
    let names: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        .fetch_all(&mut shell)
        .await
        .unwrap();
    for name in names {
        sqlx::raw_sql(AssertSqlSafe(format!("DROP TRIGGER {name}"))).execute(&mut shell).await.unwrap();
    }
    shell
}

/// All that log and history hold, as text.
async fn contents(path: &std::path::Path) -> String {
    let mut shell = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let mut all = String::new();
    for (table, key) in [("audit", "id"), ("audit_personal", "entry"), ("revisions", "number")] {
        let columns: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT 'quote(' || name || ')' FROM pragma_table_info('{table}')"
        )))
        .fetch_all(&mut shell)
        .await
        .unwrap();
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT concat({}) FROM {table} ORDER BY {key}",
            columns.join(", ',', ")
        )))
        .fetch_all(&mut shell)
        .await
        .unwrap();
        all += &rows.join("\n");
        all.push('\n');
    }
    shell.close().await.unwrap();
    all
}

fn revision(seq: Option<u64>, number: u64) -> Broken {
    Broken::Revision { seq, project: "shop".into(), number }
}

/// An export is verified where there is no store, and cut off it needs the newest hash from elsewhere.
#[tokio::test]
async fn an_export_is_verified_by_itself() {
    let (_dir, store) = open().await;
    shop(&store).await;
    store.record(&entry("one")).await.unwrap();
    store.record(&entry("two")).await.unwrap();
    let head = verify(&store, None).await.unwrap().unwrap().head;
    let lines: Vec<String> =
        store.audit_after(0, 10).await.unwrap().iter().map(|r| serde_json::to_string(r).unwrap()).collect();
    let read = |lines: &[String], noted: Option<&str>| {
        let mut verifier = Verifier::new(noted);
        for line in lines {
            verifier.take(&serde_json::from_str(line).unwrap())?;
        }
        verifier.finish()
    };
    assert_eq!(read(&lines, Some(&head)).unwrap().head, head);
    assert!(read(&lines[..2], None).is_ok(), "nothing in it shows that the end is missing");
    assert_eq!(read(&lines[..2], Some(&head)), Err(Broken::Head { lines: 2 }));
    let altered = lines[1].replace("a test", "a toast");
    assert_eq!(read(&[lines[0].clone(), altered], None), Err(Broken::Line { seq: 2 }));
}

/// Erased means gone from the disk too: from the file's free places and from the write-ahead log.
#[tokio::test]
async fn what_is_erased_is_in_no_file() {
    let (dir, store) = open().await;
    shop(&store).await;
    let ann = Member { name: "Ann Unusual".into(), ..member("ann") };
    store.administer(&Act::AddMember(ann), &entry("member.add")).await.unwrap();
    let data = serde_json::json!({ "address": "192.0.2.77" });
    let personal = Some(Personal { member: "ann".into(), data });
    store.record(&AuditEntry { personal, ..entry("session.begin") }).await.unwrap();
    let found = || {
        let files =
            std::fs::read_dir(dir.path()).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
        let all: Vec<u8> = files.flatten().collect();
        ["Ann Unusual", "192.0.2.77"].map(|text| all.windows(text.len()).any(|at| at == text.as_bytes()))
    };
    assert_eq!(found(), [true, true]);
    store.administer(&Act::EraseMember("ann".into()), &entry("member.erase")).await.unwrap();
    assert_eq!(found(), [false, false]);
}
