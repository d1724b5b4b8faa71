//! Links that others would make.

/// A text in which no program finds a link: schemes, hosts behind two slashes and `www` lose their
/// colon or dots to brackets, `https[:]//evil[.]example/x.html`, as people write what must not be
/// clicked.
///
/// Addresses of S3 objects stay, because nothing opens them, and so do bare domains, which in a
/// sentence are file names as often.
pub fn broken(text: &str) -> String {
    let all: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + 8);
    // Whether what stands here is the host of an address.
    let mut host = false;
    let mut at = 0;
    while let Some(&character) = all.get(at) {
        let place = Place { all: &all, at };
        at += 1;
        if character == '/' && place.follows("/") {
            host = !place.ends_word("s3:");
            at += 1;
            out.push_str("//");
            continue;
        }
        host &= !(character.is_whitespace() || "/?#\"',;()<>".contains(character));
        match character {
            ':' if place.is_scheme() => out.push_str("[:]"),
            '.' if (host || place.ends("www")) && !place.is_bracketed() => out.push_str("[.]"),
            other => out.push(other),
        }
    }
    out
}

/// Schemes that make a link without two slashes.
const SCHEMES: [&str; 16] = [
    "xmpp",
    "tel",
    "sms",
    "sip",
    "sips",
    "im",
    "callto",
    "skype",
    "facetime",
    "news",
    "geo",
    "magnet",
    "file",
    "javascript",
    "vbscript",
    "data",
];

/// A place in a text.
struct Place<'a> {
    all: &'a [char],
    at: usize,
}

impl Place<'_> {
    /// Whether the colon here ends a scheme.
    fn is_scheme(&self) -> bool {
        self.follows("//") && !self.ends_word("s3")
            || self.ends("mailto")
            || SCHEMES.iter().any(|scheme| self.ends_word(scheme))
    }

    /// Whether these characters come after this one.
    fn follows(&self, words: &str) -> bool {
        let next = self.all.get(self.at + 1..).unwrap_or_default();
        next.len() >= words.len() && next.iter().zip(words.chars()).all(|(c, word)| *c == word)
    }

    /// Whether these characters stand before this one, in capitals or not.
    fn ends(&self, words: &str) -> bool {
        let before = self.at.checked_sub(words.len()).and_then(|at| self.all.get(at..self.at));
        let same = |(c, word): (&char, char)| c.eq_ignore_ascii_case(&word);
        before.is_some_and(|before| before.iter().zip(words.chars()).all(same))
    }

    /// The same, as a word of its own.
    fn ends_word(&self, word: &str) -> bool {
        let before = self.at.checked_sub(word.len() + 1).and_then(|at| self.all.get(at));
        self.ends(word) && !before.is_some_and(char::is_ascii_alphanumeric)
    }

    /// Whether this character is taken in brackets already.
    fn is_bracketed(&self) -> bool {
        self.ends("[") && self.follows("]")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    pub fn mended(text: &str) -> String {
        text.replace("[.]", ".").replace("[:]", ":")
    }

    #[test]
    fn links_are_broken_and_other_texts_are_as_they_were() {
        for (text, written) in [
            ("see https://evil.example/x.y.", "see https[:]//evil[.]example/x.y."),
            ("HTTP://EVIL.example:80", "HTTP[:]//EVIL[.]example:80"),
            ("hxxps://c2[.]evil.example", "hxxps[:]//c2[.]evil[.]example"),
            ("//evil.example/x.y", "//evil[.]example/x.y"),
            ("xWwW.evil.example", "xWwW[.]evil.example"),
            ("MailTo:x amailto:x", "MailTo[:]x amailto[:]x"),
            ("tel:1 hotel:1", "tel[:]1 hotel:1"),
            ("s3://bucket.name/key.zip xs3://y.z", "s3://bucket.name/key.zip xs3[:]//y[.]z"),
            (
                "arn:aws:s3:::x/y.z, 203[.]0[.]113[.]44:80",
                "arn:aws:s3:::x/y.z, 203[.]0[.]113[.]44:80",
            ),
        ] {
            assert_eq!(broken(text), written, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_twice_is_once(text in r"(https?|s3|www|mailto|:|//|\.|\[|\]|a|é| ){0,16}") {
            let once = broken(&text);
            prop_assert_eq!(mended(&once), mended(&text));
            prop_assert_eq!(broken(&once), once.clone());
            prop_assert!(!once.replace("s3://", "").contains("://"), "{}", once);
            prop_assert!(!once.contains("www.") && !once.contains("mailto:"), "{}", once);
        }
    }
}
