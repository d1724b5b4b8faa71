//! The same JSON, spelt otherwise: pretty, escaped, and with texts that look like its structure.

use serde_json::Value;

use super::{Fallible, Fate, Maker};

impl Maker<'_> {
    /// Files that every reader of JSON reads alike, and that no reader of bytes does.
    pub fn spelt_otherwise(&mut self) -> Fallible<()> {
        let content = self.content(60_000)?;
        let value: Value = serde_json::from_str(&content.json)?;
        let bytes = self.packed(&serde_json::to_string_pretty(&value)?)?;
        let events = content.witnesses.into_iter().map(|id| (Fate::Kept, id)).collect();
        self.add("pretty-printed", "JSON with spaces and lines", &bytes, events, false)?;

        let name = self.case.function.clone();
        let with = |from: char, to: &str| name.replace(from, to);
        let first = name.chars().next().unwrap_or_default();
        let code = u32::from(first);
        for (kind, what, spelt) in [
            ("escaped hyphen", "the name's hyphens are \\u002d", with('-', "\\u002d")),
            ("escaped hyphen in capitals", "the name's hyphens are \\u002D", with('-', "\\u002D")),
            (
                "escaped letter",
                "the name's first letter is escaped",
                name.replacen(first, &format!("\\u{code:04x}"), 1),
            ),
            (
                "escaped letters",
                "every sign of the name is escaped, in capitals and not",
                name.chars()
                    .enumerate()
                    .map(|(at, sign)| match (at % 2, u32::from(sign)) {
                        (0, code) => format!("\\u{code:04X}"),
                        (_, code) => format!("\\u{code:04x}"),
                    })
                    .collect(),
            ),
        ] {
            let witness = self.witness()?;
            let named = format!("\"functionName\":\"{name}\"");
            let spelt = format!("\"functionName\":\"{spelt}\"");
            let bytes = self.packed(&Self::file_of(&[&witness.text.replace(&named, &spelt)]))?;
            self.add(kind, what, &bytes, vec![(Fate::Kept, witness.id)], false)?;
        }

        let witness = self.witness()?;
        let named = format!("\"functionName\":\"{name}\"");
        let arn = self.case.arn_of(&name).replace(':', "\\u003A");
        let spelt = format!("\"functionName\":\"{arn}\",\"path\":\"\\/2015-03-31\\/functions\\/\"");
        let bytes = self.packed(&Self::file_of(&[&witness.text.replace(&named, &spelt)]))?;
        let what = "slashes are \\/, and the colons of the function's ARN \\u003A";
        self.add("escaped slashes", what, &bytes, vec![(Fate::Kept, witness.id)], false)?;

        let (witness, other) = (self.witness()?, self.witness()?);
        let tricky = r#""note":"{\"Records\":[ } ] \" \\","tail":"\\\"}]}{[","#;
        let tricky = witness.text.replacen('{', &format!("{{{tricky}"), 1);
        let bytes = self.packed(&Self::file_of(&[&tricky, &other.text]))?;
        let what = "texts hold braces, quotes and the beginning of a file";
        let events = vec![(Fate::Kept, witness.id), (Fate::Kept, other.id)];
        self.add("structure in texts", what, &bytes, events, false)?;

        let witness = self.witness()?;
        let key = witness.text.replace("\"requestParameters\"", "\"request\\u0050arameters\"");
        let bytes = self.packed(&Self::file_of(&[&key]))?;
        let what = "a member's name is escaped";
        self.add("escaped member", what, &bytes, vec![(Fate::Kept, witness.id)], false)
    }
}
