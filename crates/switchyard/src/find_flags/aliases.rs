//! How a key is written where a language allows no `-` in names; the conventions of LaunchDarkly's own finder.

use clap::ValueEnum;

/// A way of writing a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Convention {
    /// anyKey
    #[value(name = "camelcase")]
    Camel,
    /// AnyKey
    #[value(name = "pascalcase")]
    Pascal,
    /// any_key
    #[value(name = "snakecase")]
    Snake,
    /// ANY_KEY
    #[value(name = "uppersnakecase")]
    UpperSnake,
    /// any-key
    #[value(name = "kebabcase")]
    Kebab,
    /// any.key
    #[value(name = "dotcase")]
    Dot,
}

impl Convention {
    /// The key as it is written so.
    pub(crate) fn of(self, key: &str) -> String {
        let words = words(key);
        let capitals = |words: &[String]| words.iter().map(|word| capital(word)).collect::<String>();
        match (self, words.as_slice()) {
            (_, []) => String::new(),
            (Convention::Camel, [first, rest @ ..]) => format!("{first}{}", capitals(rest)),
            (Convention::Pascal, all) => capitals(all),
            (Convention::Snake, all) => all.join("_"),
            (Convention::UpperSnake, all) => all.join("_").to_uppercase(),
            (Convention::Kebab, all) => all.join("-"),
            (Convention::Dot, all) => all.join("."),
        }
    }
}

/// The words of a key, in small letters: they end at what is no letter or digit, and before a capital that follows a
/// small letter.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for c in key.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && small) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        small = c.is_lowercase() || c.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_each_way() {
        use Convention::*;
        for (key, written) in [
            ("dark-mode", ["darkMode", "DarkMode", "dark_mode", "DARK_MODE", "dark-mode", "dark.mode"]),
            ("AnyKey.v2", ["anyKeyV2", "AnyKeyV2", "any_key_v2", "ANY_KEY_V2", "any-key-v2", "any.key.v2"]),
            ("search", ["search", "Search", "search", "SEARCH", "search", "search"]),
        ] {
            let all = [Camel, Pascal, Snake, UpperSnake, Kebab, Dot];
            assert_eq!(all.map(|convention| convention.of(key)), written, "{key}");
        }
    }
}
