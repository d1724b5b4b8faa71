//! A value as one word of a command line that a person may copy into a shell.

use std::fmt;

/// As long as the key of an S3 object, in bytes.
const LONGEST: usize = 1_024;

/// One word, in single quotes.
///
/// Whatever a record holds may have been written to become more than a word, so a word is made of
/// [`Part`]s alone, and `Display` is the only way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellWord(String);

impl ShellWord {
    /// The parts, one after the other, as one word.
    pub fn join(parts: &[Part]) -> Self {
        Self(format!("'{}'", parts.iter().map(|part| part.0.as_str()).collect::<String>()))
    }
}

impl fmt::Display for ShellWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What may stand between single quotes as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part(String);

impl Part {
    /// The program's own text, which no record can change.
    pub fn fixed(text: &'static str) -> Self {
        Self(text.replace('\'', r"'\''"))
    }

    /// A value of a record, or `None` when it holds anything but letters, digits and
    /// `_ . / : @ = + , $ -`, when it begins like an option, and when it holds `://`: the AWS CLI
    /// takes `file://` and `https://` at the beginning of a value for where the value is to be
    /// fetched from (<https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-file.html>).
    /// No name in AWS is longer than [`LONGEST`], and a longer command would not be shown whole.
    pub fn value(value: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./:@=+,$-".contains(&byte);
        let taken = !value.is_empty()
            && value.len() <= LONGEST
            && value.bytes().all(plain)
            && !value.starts_with('-')
            && !value.contains("://");
        taken.then(|| Self(value.to_owned()))
    }

    /// A value of a record where `=`, `,` and the like would have a meaning, as in the AWS CLI's
    /// shorthand (<https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html>).
    pub fn id(value: &str) -> Option<Self> {
        Self::value(value).filter(|_| !value.contains(['=', ',', '@', '+', '$']))
    }
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test may stop")]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    fn word_of(value: &str) -> Option<ShellWord> {
        Some(ShellWord::join(&[Part::value(value)?]))
    }

    /// The words that a shell makes of a line, each ended by a line feed.
    fn words(line: &str) -> String {
        let output = Command::new("sh")
            .args(["-c", &format!("printf '%s\\n' {line}")])
            .output()
            .expect("a shell runs");
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    #[test]
    fn names_of_aws_are_words_and_what_could_be_more_is_none() {
        for value in [
            "$LATEST",
            "order-export",
            "arn:aws:iam::111122223333:role/service-role/x+y=z,a.b@c_d-e",
            "1YijIMKp5eBwLnw4eedysPpBfspXdHinYpuxMvN0i28=",
            "2026-11-20T02:11:47Z",
        ] {
            let word = word_of(value).expect("a word").to_string();
            assert_eq!(word, format!("'{value}'"));
            assert_eq!(words(&word), format!("{value}\n"));
        }
        for value in [
            "",
            "-x",
            "--role-name",
            "a b",
            "a'b",
            "a\"b",
            "$(id)",
            "`id`",
            "a;b",
            "a|b",
            "a&b",
            "a\nb",
            "a\\b",
            "*",
            "~",
            "!x",
            "{a}",
            "ä",
            "\u{202e}",
            "%41",
            "file:///etc/passwd",
            "https://evil.example/x",
            "fileb://x",
            "a#b",
            "<x",
            ">x",
            "(x)",
            "[x]",
        ] {
            assert_eq!(word_of(value), None, "{value:?}");
        }
        assert_eq!(Part::id("x,B=y"), None);
        let own = "{\"it's\":\"`*` $HOME\"}";
        let word = ShellWord::join(&[Part::fixed(own), Part::value("x=y").expect("a part")]);
        assert_eq!(words(&word.to_string()), format!("{own}x=y\n"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_value_arrives_as_one_unchanged_word_or_is_none(
            value in prop_oneof!["\\PC{0,24}", "[A-Za-z0-9_./:@=+,$-]{0,24}", "[-$'\"`\\\\;|&<>(){}*?~!# \t\n\r=a]{0,12}", any::<String>()]
        ) {
            if let Some(word) = word_of(&value) {
                prop_assert_eq!(words(&word.to_string()), format!("{value}\n"));
                prop_assert!(!word.to_string().contains(['\n', '\r', '\0']));
            }
            if let Some(id) = Part::id(&value) {
                let word = ShellWord::join(&[Part::fixed("Key="), id]);
                prop_assert_eq!(words(&word.to_string()), format!("Key={value}\n"));
            }
        }
    }
}
