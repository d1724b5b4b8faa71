//! Just enough of Rust to read what a file names: comments, literals and tests are taken out, and
//! paths that begin at the crate's root are found with the lines they stand on.

/// A path from the crate's root, by its first segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The module, or the item of `lib.rs`; `*` for all of them.
    pub root: String,
    /// Line, from 1.
    pub line: usize,
}

/// What is left of a file: code that is built into the program, with its lines kept.
#[derive(Debug)]
pub struct Code {
    tokens: Vec<Token>,
    /// Modules declared with `#[cfg(test)] mod name;`, whose files are tests.
    pub test_modules: Vec<String>,
}

#[derive(Clone, Debug)]
struct Token {
    text: String,
    line: usize,
}

impl Code {
    /// Reads a file.
    pub fn of(source: &str) -> Self {
        let mut test_modules = Vec::new();
        let tokens = without_tests(tokens(&blank(source)), &mut test_modules);
        Self { tokens, test_modules }
    }

    /// The lines on which any of these words stands as a whole word.
    pub fn lines_with(&self, is: impl Fn(&str) -> bool) -> Vec<(usize, String)> {
        let found = self.tokens.iter().filter(|token| is(&token.text));
        found.map(|token| (token.line, token.text.clone())).collect()
    }

    /// The lines on which these words follow each other.
    pub fn lines_with_all(&self, words: &[&str]) -> Vec<usize> {
        let found = self
            .tokens
            .windows(words.len())
            .filter(|window| window.iter().zip(words).all(|(token, word)| token.text == *word));
        found.filter_map(|window| window.first()).map(|token| token.line).collect()
    }

    /// Every path that begins at the root of the crate, for a file that is the module of that
    /// depth (`lib.rs` is 0, `report/mod.rs` 1, `report/gap.rs` 2).
    pub fn roots(&self, depth: usize) -> Vec<Named> {
        let mut named = Vec::new();
        let mut at = 0;
        while let Some(token) = self.tokens.get(at) {
            let after = match token.text.as_str() {
                "crate" => self.after_crate(at),
                "super" => self.after_supers(at, depth),
                _ => None,
            };
            if let Some(next) = after {
                self.heads(next, &mut named);
            }
            at += 1;
            // `super::super` is one path.
            while token.text == "super" && self.is(at, "::") && self.is(at + 1, "super") {
                at += 2;
            }
        }
        named
    }

    fn is(&self, at: usize, text: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.text == text)
    }

    /// Where the path goes on after `crate::`; `pub(crate)` names nothing.
    fn after_crate(&self, at: usize) -> Option<usize> {
        if self.is(at + 1, "::") {
            return Some(at + 2);
        }
        self.is(at + 1, "as").then_some(at)
    }

    /// Where the path goes on after as many `super::` as lead to the root.
    fn after_supers(&self, at: usize, depth: usize) -> Option<usize> {
        let mut count = 1;
        let mut next = at + 1;
        while self.is(next, "::") && self.is(next + 1, "super") {
            count += 1;
            next += 2;
        }
        (count >= depth && self.is(next, "::")).then_some(next + 1)
    }

    /// The first segments of the path or group of paths at `at`.
    fn heads(&self, at: usize, named: &mut Vec<Named>) {
        let Some(token) = self.tokens.get(at) else { return };
        if token.text != "{" {
            let all = ["crate", "self"].contains(&token.text.as_str());
            let root = if all { "*".to_owned() } else { token.text.clone() };
            named.push(Named { root, line: token.line });
            return;
        }
        let mut depth = 0_usize;
        let mut head = true;
        for inner in self.tokens.iter().skip(at) {
            match inner.text.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                "," if depth == 1 => head = true,
                word if depth == 1 && head => {
                    let root = if word == "self" { "*" } else { word };
                    named.push(Named { root: root.to_owned(), line: inner.line });
                    head = false;
                }
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }
}

/// The source with comments and literals blanked, and its lines where they were.
fn blank(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let end = match c {
            '/' if chars.get(at + 1) == Some(&'/') => line_end(&chars, at),
            '/' if chars.get(at + 1) == Some(&'*') => comment_end(&chars, at),
            '"' => text_end(&chars, at),
            'r' if !joined(&chars, at) && raw_hashes(&chars, at).is_some() => raw_end(&chars, at),
            '\'' => letter_end(&chars, at),
            _ => at,
        };
        if end > at {
            let blanked = chars.iter().take(end).skip(at);
            out.extend(blanked.map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at = end;
        } else {
            out.push(c);
            at += 1;
        }
    }
    out
}

fn line_end(chars: &[char], at: usize) -> usize {
    chars.iter().skip(at).position(|&c| c == '\n').map_or(chars.len(), |length| at + length)
}

fn comment_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = at;
    while at < chars.len() {
        match (chars.get(at), chars.get(at + 1)) {
            (Some('/'), Some('*')) => depth += 1,
            (Some('*'), Some('/')) => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            break;
        }
    }
    at
}

fn text_end(chars: &[char], at: usize) -> usize {
    let mut at = at + 1;
    while let Some(&c) = chars.get(at) {
        at += if c == '\\' { 2 } else { 1 };
        if c == '"' {
            break;
        }
    }
    at.min(chars.len())
}

/// Whether the character is the middle of a word (`r` in `for`), so that it begins no raw text.
/// The `b` of `br"…"` is a prefix, not a word.
fn joined(chars: &[char], at: usize) -> bool {
    let word = |at: usize| chars.get(at).is_some_and(|c| c.is_alphanumeric() || *c == '_');
    let before = at.checked_sub(1);
    match before {
        Some(before) if chars.get(before) == Some(&'b') => before.checked_sub(1).is_some_and(word),
        Some(before) => word(before),
        None => false,
    }
}

fn raw_hashes(chars: &[char], at: usize) -> Option<usize> {
    let hashes = chars.iter().skip(at + 1).take_while(|&&c| c == '#').count();
    (chars.get(at + 1 + hashes) == Some(&'"')).then_some(hashes)
}

fn raw_end(chars: &[char], at: usize) -> usize {
    let hashes = raw_hashes(chars, at).unwrap_or_default();
    let mut at = at + hashes + 2;
    while at < chars.len() {
        let closes = chars.get(at) == Some(&'"')
            && chars.iter().skip(at + 1).take(hashes).filter(|&&c| c == '#').count() == hashes;
        at += 1;
        if closes {
            return at + hashes;
        }
    }
    at
}

/// The end of a character literal; a lifetime is none.
fn letter_end(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => {
            let close = chars.iter().skip(at + 3).position(|&c| c == '\'');
            close.map_or(chars.len(), |length| at + 3 + length + 1)
        }
        (Some(_), Some('\'')) => at + 3,
        _ => at,
    }
}

/// Words, `::`, and every other character that is no white space.
fn tokens(source: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for (index, text) in source.lines().enumerate() {
        let line = index + 1;
        let mut word = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c.is_alphanumeric() || c == '_' {
                word.push(c);
                continue;
            }
            if !word.is_empty() {
                tokens.push(Token { text: std::mem::take(&mut word), line });
            }
            if c == ':' && chars.next_if_eq(&':').is_some() {
                tokens.push(Token { text: "::".to_owned(), line });
            } else if !c.is_whitespace() {
                tokens.push(Token { text: c.to_string(), line });
            }
        }
        if !word.is_empty() {
            tokens.push(Token { text: word, line });
        }
    }
    tokens
}

/// The tokens without the items that stand under `#[cfg(test)]`.
fn without_tests(tokens: Vec<Token>, test_modules: &mut Vec<String>) -> Vec<Token> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::with_capacity(tokens.len());
    let mut rest = tokens.as_slice();
    while let [first, more @ ..] = rest {
        let marked = rest.len() > MARK.len()
            && rest.iter().zip(MARK).all(|(token, mark)| token.text == mark);
        if marked {
            rest = after_item(rest, test_modules);
        } else {
            kept.push(first.clone());
            rest = more;
        }
    }
    kept
}

/// What follows the item that begins here with its attributes.
fn after_item<'a>(tokens: &'a [Token], test_modules: &mut Vec<String>) -> &'a [Token] {
    let mut depth = 0_usize;
    let mut in_attribute = false;
    let mut words: Vec<&str> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "#" if depth == 0 => in_attribute = true,
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 && in_attribute {
                    in_attribute = false;
                } else if depth == 0 && token.text == "}" {
                    return tokens.get(at + 1..).unwrap_or_default();
                }
            }
            ";" if depth == 0 => {
                if let [.., "mod", name] = words[..] {
                    test_modules.push(name.to_owned());
                }
                return tokens.get(at + 1..).unwrap_or_default();
            }
            word if depth == 0 && !in_attribute => words.push(word),
            _ => {}
        }
    }
    &[]
}
