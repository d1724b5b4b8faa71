//! Lenient look-ups in JSON whose casing and types differ from one export to the next.

use serde_json::{Map, Value};

use crate::model::Time;

/// The members of a JSON object, looked up without regard to ASCII case.
///
/// The GuardDuty API says `accountId`, the AWS CLI `AccountId`; AWS Config says `arn` in an
/// answer and `ARN` in a notification. Null and a missing member are the same.
#[derive(Clone, Copy)]
pub struct Fields<'a>(&'a Value);

/// What stands in a field that should hold a moment.
pub enum Moment {
    /// A moment.
    At(Time),
    /// Nothing.
    Absent,
    /// Something that is no date.
    Unreadable(String),
}

impl Moment {
    /// The moment, if it could be read.
    pub fn time(self) -> Option<Time> {
        match self {
            Self::At(time) => Some(time),
            Self::Absent | Self::Unreadable(_) => None,
        }
    }
}

impl<'a> Fields<'a> {
    /// The members of `value`; of anything but an object, none.
    pub fn of(value: &'a Value) -> Self {
        Self(value)
    }

    /// The member of that name, unless it is null.
    pub fn get(self, name: &str) -> Option<&'a Value> {
        let members = self.0.as_object()?;
        members
            .get(name)
            .or_else(|| {
                members
                    .iter()
                    .find(|(key, _)| key.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value)
            })
            .filter(|value| !value.is_null())
    }

    /// The members themselves; `None` when the value is no object.
    pub fn members(self) -> Option<&'a Map<String, Value>> {
        self.0.as_object()
    }

    /// The members of the object in that field; none when it is missing or no object.
    pub fn object(self, name: &str) -> Self {
        Self(self.get(name).unwrap_or(&Value::Null))
    }

    /// The elements of the array in that field; none when it is missing or no array.
    pub fn list(self, name: &str) -> &'a [Value] {
        self.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The text in that field; a number or a boolean is its text. Empty text is absent.
    pub fn text(self, name: &str) -> Option<String> {
        self.get(name).and_then(as_text)
    }

    /// Every text in the array in that field.
    pub fn texts(self, name: &str) -> Vec<String> {
        self.list(name).iter().filter_map(as_text).collect()
    }

    /// An account id. A number has lost its leading zeros; they are put back.
    pub fn account(self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::Number(_) => self.whole(name).map(|number| format!("{number:0>12}")),
            value => as_text(value),
        }
    }

    /// A whole number, also when it stands in quotes.
    pub fn whole(self, name: &str) -> Option<u64> {
        let value = self.get(name)?;
        value.as_u64().or_else(|| value.as_str()?.trim().parse().ok()).or_else(|| {
            // AWS Config's query answers give integers as floats.
            let float = value.as_f64().filter(|float| float.fract() == 0.0 && *float >= 0.0)?;
            format!("{float:.0}").parse().ok()
        })
    }

    /// A number, also when it stands in quotes.
    pub fn decimal(self, name: &str) -> Option<f64> {
        let value = self.get(name)?;
        value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|n| n.is_finite())
    }

    /// A yes or no, also when it stands in quotes.
    pub fn flag(self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// A moment in any of the spellings that [`Time::parse`] knows.
    pub fn time(self, name: &str) -> Moment {
        match self.get(name) {
            None => Moment::Absent,
            Some(value) => match as_text(value) {
                None if value.as_str() == Some("") => Moment::Absent,
                None => Moment::Unreadable(brief(value)),
                Some(text) => Time::parse(&text).map_or(Moment::Unreadable(text), Moment::At),
            },
        }
    }
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The beginning of a value that is too strange to be used, for a message.
pub fn brief(value: &Value) -> String {
    value.to_string().chars().take(40).collect()
}
