//! Which repository, and what is done with it.

use serde_json::json;
use switchyard_model::Problem;
use switchyard_model::access::{Action, Role};
use switchyard_model::ids::check_key;
use switchyard_store::{GitSettings, GitStatuses};
use url::Url;

use super::GitView;
use crate::{Control, Error, Principal, Result};

/// The most bytes of a URL, and of a branch's name.
const URL_MAX: usize = 2_000;
const BRANCH_MAX: usize = 200;

/// How often a repository is looked at, in seconds.
const EVERY: std::ops::RangeInclusive<u32> = 5..=3_600;

impl Control {
    /// Makes this the project's repository. The next look at it follows at once.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all that is wrong; [`Error::NotFound`], [`Error::Denied`].
    pub async fn set_git(
        &self,
        principal: &Principal,
        project: &str,
        settings: GitSettings,
    ) -> Result<GitView> {
        self.authorize(principal, Action::Administer, Some(project))?;
        let handle = self.handle(project)?;
        let problems = wrong(&settings, self.hook_settings().private);
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let before = self.inner.store.git(project).await?;
        let detail = json!({ "before": before, "after": settings });
        let entry = self.noted(&principal.id, "git.set", project, detail);
        self.inner.store.put_git(project, Some(&settings), &entry).await?;
        handle.desk.forget();
        self.inner.git_changed.notify_one();
        self.git(principal, project).await
    }

    /// Leaves the repository alone from now on. What was taken from it stays.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the project has none; [`Error::Denied`].
    pub async fn remove_git(&self, principal: &Principal, project: &str) -> Result<()> {
        self.authorize(principal, Action::Administer, Some(project))?;
        let handle = self.handle(project)?;
        let before = self.inner.store.git(project).await?;
        let before =
            before.ok_or_else(|| Error::NotFound(format!("Git repository of project {project:?}")))?;
        let entry = self.noted(&principal.id, "git.remove", project, json!({ "before": before }));
        self.inner.store.put_git(project, None, &entry).await?;
        handle.desk.forget();
        self.inner.git_changed.notify_one();
        Ok(())
    }
}

/// All that is wrong with settings. `private` where the server may use this machine and its networks.
fn wrong(settings: &GitSettings, private: bool) -> Vec<Problem> {
    let mut problems = vec![];
    problems.extend(wrong_url(&settings.url, private));
    let branches = [
        ("mirror", &settings.mirror, false),
        ("follow", &settings.follow, false),
        ("proposals", &settings.proposals, true),
    ];
    for (field, branch, prefix) in branches {
        let Some(branch) = branch else { continue };
        if let Some(why) = wrong_branch(branch, prefix) {
            let hint = if prefix { "as proposals/" } else { "as main" };
            problems.push(Problem::new(field, why).value(branch.as_str()).hint(hint));
        }
    }
    if branches.iter().all(|(_, branch, _)| branch.is_none()) {
        let hint = "say to which branch revisions are written, which is followed, or both";
        problems.push(Problem::new("mirror", "is missing, and so are follow and proposals").hint(hint));
    }
    if let Some(prefix) = &settings.proposals {
        for (field, branch) in [("mirror", &settings.mirror), ("follow", &settings.follow)] {
            if branch.as_ref().is_some_and(|branch| branch.starts_with(prefix.as_str())) {
                let problem = Problem::new("proposals", format!("begins the name of {field} too"));
                problems.push(problem.value(prefix.as_str()));
            }
        }
    }
    if settings.role == Role::Viewer {
        let hint = "product for flags and segments, developer for the rest too";
        problems.push(Problem::new("role", "may change nothing").value("viewer").hint(hint));
    }
    if !EVERY.contains(&settings.every_seconds) {
        let problem = Problem::new("everySeconds", "is out of range").value(settings.every_seconds);
        problems.push(problem.hint(format!("{} to {}", EVERY.start(), EVERY.end())));
    }
    if let Some(statuses) = &settings.statuses {
        problems.extend(wrong_statuses(statuses, private));
    }
    problems
}

fn wrong_url(text: &str, private: bool) -> Option<Problem> {
    let hint = "as https://git.example/shop.git or ssh://git@git.example/shop.git";
    let wrong = |why: &str| Some(Problem::new("url", why).value(text).hint(hint));
    if text.len() > URL_MAX || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return wrong("is too long, or has blanks in it");
    }
    let Ok(url) = Url::parse(text) else { return wrong("is no URL") };
    match url.scheme() {
        "https" | "ssh" => {}
        "http" | "file" if private => {}
        "http" | "file" => {
            let hint =
                "a server uses this machine and plain http where it is started with --webhooks-private";
            return Some(Problem::new("url", "is not reached from here").value(text).hint(hint));
        }
        _ => return wrong("is of no scheme that is spoken"),
    }
    // Not even the value: it would be in the answer, and in logs.
    if url.password().is_some() || url.scheme() != "ssh" && !url.username().is_empty() {
        let hint =
            "leave it out; Git on the server finds it in its credential helper, or uses a key with ssh";
        return Some(Problem::new("url", "has a user or a password in it").hint(hint));
    }
    if url.scheme() != "file" && url.host_str().is_none_or(|host| host.is_empty() || host.starts_with('-')) {
        return wrong("has no host");
    }
    None
}

/// What Git says in `check-ref-format`, and no more than letters, digits and `._/-`.
fn wrong_branch(name: &str, prefix: bool) -> Option<&'static str> {
    let body = if prefix { name.strip_suffix('/').unwrap_or(name) } else { name };
    let part = |part: &str| {
        !part.is_empty() && !part.starts_with(['.', '-']) && !part.ends_with(".lock") && !part.ends_with('.')
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | '-');
    match body {
        "" => Some("is empty"),
        body if body.len() > BRANCH_MAX => Some("is too long"),
        body if !body.chars().all(plain) => Some("has characters other than letters, digits, ., _, / and -"),
        body if body.contains("..") || !body.split('/').all(part) || body == "HEAD" => {
            Some("is no name of a branch")
        }
        _ => None,
    }
}

fn wrong_statuses(statuses: &GitStatuses, private: bool) -> Vec<Problem> {
    let mut problems = vec![];
    let at = |field: &str, why: &str| Problem::new(format!("statuses.{field}"), why);
    if let Some(problem) = crate::hooks::url::wrong(&statuses.api, private) {
        problems.push(Problem { path: "statuses.api".into(), ..problem });
    }
    let parts: Vec<_> = statuses.repository.split('/').collect();
    if parts.len() != 2 || parts.iter().any(|part| check_key(part).is_some()) {
        let problem = at("repository", "is no repository").value(statuses.repository.as_str());
        problems.push(problem.hint("as acme/shop"));
    }
    if let Some(why) = check_key(&statuses.token_file) {
        let hint =
            "the name of a file in the folder git/secrets of the server's data, not a path and not the token";
        problems.push(at("tokenFile", &why).hint(hint));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str) -> GitSettings {
        GitSettings {
            url: url.into(),
            mirror: Some("main".into()),
            follow: None,
            proposals: None,
            role: Role::Developer,
            believe_authors: false,
            apply: false,
            statuses: None,
            every_seconds: 30,
        }
    }

    #[test]
    fn only_what_git_may_be_given() {
        for good in [
            "https://git.example/shop.git",
            "ssh://git@git.example:2222/acme/shop.git",
            "ssh://git.example/~ann/shop",
        ] {
            assert_eq!(wrong(&settings(good), false), [], "{good}");
        }
        for bad in [
            "ext::sh -c whoami",
            "ext::sh",
            "--upload-pack=touch",
            "git@git.example:shop.git",
            "file:///etc",
            "/etc",
            "http://git.example/a",
            "https://ann:secret@git.example/a",
            "https://ann@git.example/a",
            "ssh://-oProxyCommand=x/a",
            "https://git.example/a b",
            "",
        ] {
            let problems = wrong(&settings(bad), false);
            assert_eq!(problems.len(), 1, "{bad}: {problems:?}");
            assert!(!problems[0].to_string().contains("secret"));
        }
        for private in ["file:///srv/shop.git", "http://127.0.0.1:3000/a"] {
            assert_eq!(wrong(&settings(private), true), [], "{private}");
        }
        for branch in ["-f", "a..b", "a/", "/a", ".a", "a.lock", "a b", "a:b", "HEAD", "", "a//b", "+a", "é"]
        {
            let mut settings = settings("https://git.example/a");
            settings.mirror = Some(branch.into());
            assert_eq!(wrong(&settings, false).len(), 1, "{branch}");
        }
    }

    #[test]
    fn all_mistakes_at_once() {
        let mut settings = settings("nothing");
        settings.mirror = Some("proposals/x".into());
        settings.proposals = Some("proposals/".into());
        settings.role = Role::Viewer;
        settings.every_seconds = 1;
        settings.statuses = Some(GitStatuses {
            api: "ftp://x".into(),
            repository: "shop".into(),
            token_file: "../../etc/passwd".into(),
        });
        let paths: Vec<_> = wrong(&settings, false).into_iter().map(|problem| problem.path).collect();
        assert_eq!(
            paths,
            [
                "url",
                "proposals",
                "role",
                "everySeconds",
                "statuses.api",
                "statuses.repository",
                "statuses.tokenFile"
            ]
        );
    }
}
