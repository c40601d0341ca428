//! Reads the log from its beginning and says whether it is what was written.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::{AuditRow, GENESIS, commit, link};
use crate::{Audit, Error, History};

/// Lines read at a time.
const AT_A_TIME: u32 = 1_000;

/// What a whole log came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verified {
    /// Lines that hold together.
    pub lines: u64,
    /// Lines from before the log was chained, of which nothing can be said.
    pub unchained: u64,
    /// Revisions that the history has just as their line says.
    pub revisions: u64,
    /// The newest hash. Noted elsewhere, it shows later whether the end was cut off.
    pub head: String,
    /// The line that has the hash which was noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noted: Option<u64>,
}

/// Why a log is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "type")]
pub enum Broken {
    /// The line's content is not what its hash says, or it stands behind another line than it did.
    Line {
        /// The line.
        seq: u64,
    },
    /// Lines are missing.
    Gap {
        /// The first one that is missing.
        from: u64,
        /// The next one that is there.
        next: u64,
    },
    /// The line's personal data is other than it was.
    Personal {
        /// The line.
        seq: u64,
    },
    /// The history has the revision otherwise than its line says, or not at all.
    Revision {
        /// The line that speaks of it; `None` where none does.
        seq: Option<u64>,
        /// The project.
        project: String,
        /// The revision.
        number: u64,
    },
    /// No line has the hash that was noted: the end was cut off, or it is another log.
    Head {
        /// How many lines there are.
        lines: u64,
    },
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Broken::Line { seq } => write!(f, "line {seq} was changed, or stands where it did not stand"),
            Broken::Gap { from, next } if from + 1 == *next => write!(f, "line {from} is missing"),
            Broken::Gap { from, next } => write!(f, "lines {from} to {} are missing", next - 1),
            Broken::Personal { seq } => write!(f, "the personal data of line {seq} was changed"),
            Broken::Revision { seq: Some(seq), project, number } => {
                write!(f, "{project}/r{number} is not what line {seq} says it was")
            }
            Broken::Revision { seq: None, project, number } => {
                write!(f, "{project}/r{number} is in the history, and no line speaks of it")
            }
            Broken::Head { lines } => {
                write!(f, "none of {lines} lines has the hash that was noted: the end was cut off")
            }
        }
    }
}

/// Takes lines in order and holds each against those before.
#[derive(Debug)]
pub struct Verifier {
    previous: String,
    seq: u64,
    verified: Verified,
    noted: Option<String>,
}

impl Verifier {
    /// Looks for the hash `noted` on the way.
    pub fn new(noted: Option<&str>) -> Self {
        let head = GENESIS.to_owned();
        let verified = Verified { lines: 0, unchained: 0, revisions: 0, head, noted: None };
        let noted = noted.map(str::to_lowercase);
        Verifier { previous: GENESIS.to_owned(), seq: 0, verified, noted }
    }

    /// The next line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn take(&mut self, row: &AuditRow) -> Result<(), Broken> {
        if row.seq != self.seq + 1 {
            return Err(match row.seq > self.seq {
                true => Broken::Gap { from: self.seq + 1, next: row.seq },
                false => Broken::Line { seq: row.seq },
            });
        }
        self.seq = row.seq;
        let Some(hash) = &row.hash else {
            self.verified.unchained += 1;
            // Once the chain has begun every line has a hash.
            return if self.verified.lines == 0 { Ok(()) } else { Err(Broken::Line { seq: row.seq }) };
        };
        if link(&self.previous, row.seq, &row.entry, row.commitment.as_deref()) != *hash {
            return Err(Broken::Line { seq: row.seq });
        }
        if let Some(personal) = &row.entry.personal {
            let known = row.salt.as_deref().map(|salt| commit(salt, personal));
            if known.is_none() || known != row.commitment {
                return Err(Broken::Personal { seq: row.seq });
            }
        }
        if self.noted.as_ref() == Some(hash) {
            self.verified.noted = Some(row.seq);
        }
        self.verified.lines += 1;
        self.previous.clone_from(hash);
        Ok(())
    }

    /// All lines were taken.
    ///
    /// # Errors
    /// [`Broken::Head`].
    pub fn finish(mut self) -> Result<Verified, Broken> {
        if self.noted.is_some() && self.verified.noted.is_none() {
            return Err(Broken::Head { lines: self.verified.lines });
        }
        self.verified.head = self.previous;
        Ok(self.verified)
    }
}

/// Reads the whole log of a store, and holds the history against it.
///
/// # Errors
/// The store's; what is wrong with the log is an answer.
pub async fn verify<S>(store: &S, noted: Option<&str>) -> Result<Result<Verified, Broken>, Error>
where
    S: Audit + History + ?Sized,
{
    let mut verifier = Verifier::new(noted);
    // The newest revision of each project that the log speaks of.
    let mut told: BTreeMap<String, u64> = BTreeMap::new();
    loop {
        let rows = store.audit_after(verifier.seq, AT_A_TIME).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            if let Err(broken) = verifier.take(row) {
                return Ok(Err(broken));
            }
            if row.entry.what == "project.create" && row.hash.is_some() {
                // Its history begins under the chain: each of its revisions has a line.
                told.insert(row.entry.target.clone(), 0);
            }
            let Some((project, number)) = revision(row) else { continue };
            let says = row.entry.detail["digest"].as_str().map(str::to_owned);
            let follows = told.get(&project).is_none_or(|last| last + 1 == number);
            if !follows || store.revision_digest(&project, number).await? != says {
                return Ok(Err(Broken::Revision { seq: Some(row.seq), project, number }));
            }
            verifier.verified.revisions += 1;
            told.insert(project, number);
        }
    }
    for (project, last) in told {
        let head = match store.head(&project).await {
            Err(Error::NotFound(_)) => 0,
            found => found?,
        };
        if head > last {
            // One that was written while this read is told in the log too.
            let rows = store.audit_after(verifier.seq, AT_A_TIME).await?;
            if !rows.iter().filter_map(revision).any(|(of, number)| of == project && number == last + 1) {
                return Ok(Err(Broken::Revision { seq: None, project, number: last + 1 }));
            }
        }
    }
    Ok(verifier.finish())
}

/// The revision that a chained line speaks of.
fn revision(row: &AuditRow) -> Option<(String, u64)> {
    if row.entry.what != "revision.apply" || row.hash.is_none() {
        return None;
    }
    let (project, number) = row.entry.target.rsplit_once("/r")?;
    Some((project.to_owned(), number.parse().ok()?))
}
