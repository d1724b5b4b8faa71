//! The tables in the samples' notes: what, where in the JSON report, which value.

use serde_json::Value;

/// One row of such a table.
pub struct Discovery {
    what: String,
    place: String,
    expected: Expected,
}

enum Expected {
    Is(Value),
    Contains(String),
}

impl Discovery {
    /// Every row of the table that begins with `| what | where | value |`.
    pub fn all(note: &str) -> Vec<Self> {
        note.lines()
            .skip_while(|line| *line != "| what | where | value |")
            .skip(2)
            .take_while(|line| line.starts_with('|'))
            .map(Self::row)
            .collect()
    }

    fn row(line: &str) -> Self {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [what, place, value] = cells[..] else { panic!("three cells in {line}") };
        let (contains, literal) = match value.strip_prefix("contains ") {
            Some(literal) => (true, literal),
            None => (false, value),
        };
        let literal: Value =
            serde_json::from_str(literal.trim_matches('`')).expect("a JSON literal in backticks");
        Self {
            what: what.to_owned(),
            place: place.trim_matches('`').to_owned(),
            expected: if contains {
                Expected::Contains(literal.as_str().expect("a text").to_owned())
            } else {
                Expected::Is(literal)
            },
        }
    }

    /// Whether the report has the value at one of the places that the row selects.
    pub fn check(&self, report: &Value) -> Result<(), String> {
        let found = select(report, &steps(&self.place));
        let holds = found.iter().any(|value| match &self.expected {
            Expected::Is(expected) => value == expected,
            Expected::Contains(part) => value.as_str().is_some_and(|text| text.contains(part)),
        });
        if holds {
            return Ok(());
        }
        let expected = match &self.expected {
            Expected::Is(value) => value.to_string(),
            Expected::Contains(part) => format!("something with {part:?}"),
        };
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        Err(format!(
            "{} at {}: expected {expected}, found [{}]",
            self.what,
            self.place,
            found.join(", ")
        ))
    }
}

/// The steps of a place; a `/` inside brackets belongs to the step.
fn steps(place: &str) -> Vec<String> {
    let mut steps = Vec::new();
    let mut depth = 0;
    for character in place.chars() {
        match character {
            '/' if depth == 0 => {
                steps.push(String::new());
                continue;
            }
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        steps.last_mut().expect("a place begins with /").push(character);
    }
    steps
}

fn select(root: &Value, steps: &[String]) -> Vec<Value> {
    let mut found = vec![root.clone()];
    for (index, step) in steps.iter().enumerate() {
        if step == "#" {
            let selected =
                steps[..index].last().is_some_and(|last| last == "*" || last.starts_with('['));
            let count = match found.as_slice() {
                [Value::Array(elements)] if !selected => elements.len(),
                _ => found.len(),
            };
            return vec![Value::from(count)];
        }
        found = found.iter().flat_map(|value| take(value, step)).collect();
    }
    found
}

fn take(value: &Value, step: &str) -> Vec<Value> {
    match value {
        Value::Array(elements) if step == "*" => elements.clone(),
        Value::Array(elements) => match step.strip_prefix('[').and_then(|s| s.strip_suffix(']')) {
            Some(wanted) => {
                let (field, text) = wanted.split_once('=').expect("[field=text]");
                elements.iter().filter(|e| e[field].as_str() == Some(text)).cloned().collect()
            }
            None => elements
                .get(step.parse::<usize>().expect("an index"))
                .cloned()
                .into_iter()
                .collect(),
        },
        Value::Object(members) => members.get(step).cloned().into_iter().collect(),
        _ => Vec::new(),
    }
}
