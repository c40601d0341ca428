//! What a list's `q` finds.

use crate::app::App;

/// The words of a query.
pub(super) fn words(q: Option<&str>) -> Vec<String> {
    q.into_iter().flat_map(str::split_whitespace).map(str::to_lowercase).collect()
}

/// True where each word is in one of the texts, or in what the owner is called.
pub(super) fn finds<'a>(
    app: &App,
    words: &[String],
    owner: Option<&str>,
    texts: impl Iterator<Item = &'a str> + Clone,
) -> bool {
    let inside = |text: &str, word: &str| text.to_lowercase().contains(word);
    words.iter().all(|word| {
        texts.clone().any(|text| inside(text, word))
            || owner.is_some_and(|owner| inside(&app.control.name_of(owner), word))
    })
}
