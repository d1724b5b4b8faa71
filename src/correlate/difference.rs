//! What differs between two configuration items of one resource.
//!
//! The comparison knows what AWS means, not how it happens to be spelled: see
//! [`canonical`](crate::resource::canonical). Objects are compared field by
//! field, arrays as sets whose elements are found again by their key, and text
//! that holds JSON is compared as that JSON.

use crate::resource::canonical::{Reading, canonical, element_text, is_policy, statements};
use crate::resource::{FieldRole, Resource, embedded};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One field or one element of a set that two items do not have alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where, as a JSON pointer from the item's root. An element of a set is
    /// named by its key (`/configuration/layers/arn:aws:lambda:…:layer:name`), a
    /// scalar by itself, and an element without a key by a hash of its content.
    pub path: String,
    /// Which aspect of the resource it belongs to; `revision` if the items
    /// differ in their bookkeeping alone.
    pub aspect: &'static str,
    /// The value before, as recorded, with JSON texts unfolded; null when absent.
    pub before: Value,
    /// The value after, likewise.
    pub after: Value,
}

/// Everything that differs between two configuration items, sorted by path.
///
/// Fields that only say when an item was taken are left out. If nothing else
/// differs but the revision id, or the time of the last modification, then that
/// is the one difference, of the aspect `revision`. What only repeats another
/// difference is left out too: the code's size beside its hash, the copies of a
/// tag, the version and id of a policy that appears or disappears.
///
/// Items that say that a resource was deleted have no configuration to compare;
/// the caller knows them by their status.
#[must_use]
pub fn differences(kind: &dyn Resource, before: &Value, after: &Value) -> Vec<Difference> {
    let (before, after) = (readable(before), readable(after));
    let mut comparison =
        Comparison { kind, path: Vec::new(), pointer: String::new(), found: Vec::new() };
    comparison.values(Some(&before), Some(&after), Reading::Plain);
    let mut found = without_repetition(comparison.found);
    if found.is_empty() {
        found.extend(revision(&before, &after));
    }
    found.sort_by_cached_key(|difference| {
        (difference.path.clone(), difference.before.to_string(), difference.after.to_string())
    });
    found
}

/// A difference, and the pointer of the one that it would follow from.
type Found = (Difference, Option<&'static str>);

/// A walk through both items at once.
struct Comparison<'a, 'k> {
    kind: &'k dyn Resource,
    /// The object keys from the root.
    path: Vec<&'a str>,
    /// The same with the keys of set elements, as a JSON pointer.
    pointer: String,
    found: Vec<Found>,
}

impl<'a> Comparison<'a, '_> {
    fn values(&mut self, before: Option<&'a Value>, after: Option<&'a Value>, reading: Reading) {
        let role = self.kind.role_of(&self.path);
        if role == FieldRole::Bookkeeping {
            return;
        }
        let before = before.filter(|value| !value.is_null());
        let after = after.filter(|value| !value.is_null());
        match (before, after) {
            (None | Some(Value::Object(_)), None | Some(Value::Object(_))) => {
                self.objects(before, after, reading);
            }
            (None | Some(Value::Array(_)), None | Some(Value::Array(_)))
                if role != FieldRole::Ordered =>
            {
                self.sets(&elements(before), &elements(after), reading);
            }
            _ => {
                let one = before.filter(|value| self.text(value, reading).is_some());
                let other = after.filter(|value| self.text(value, reading).is_some());
                let texts = [one, other].map(|value| value.and_then(|v| self.text(v, reading)));
                let [one_text, other_text] = texts;
                if one_text != other_text {
                    self.found(one, other);
                }
            }
        }
    }

    fn objects(&mut self, before: Option<&'a Value>, after: Option<&'a Value>, reading: Reading) {
        let sides = [before, after];
        let policies = sides.map(|side| side.is_some_and(is_policy));
        let is_policy = policies.contains(&true);
        // Of a policy that appears or disappears, its statements tell all.
        let only_statements = is_policy && policies.contains(&false);
        let reading = if is_policy { Reading::Policy } else { reading };
        let keys: BTreeSet<&'a str> = sides
            .iter()
            .flatten()
            .filter_map(|side| side.as_object())
            .flat_map(|fields| fields.keys().map(String::as_str))
            .collect();
        for key in keys {
            let [one, other] = sides.map(|side| side.and_then(|value| value.get(key)));
            let length = self.step(key);
            self.path.push(key);
            let lists = [one, other].iter().flatten().all(|value| is_list(value));
            if is_policy && key == "Statement" && lists {
                let [one, other] = sides.map(|side| side.map(statements).unwrap_or_default());
                self.sets(&one, &other, reading);
            } else if !(only_statements && matches!(key, "Version" | "Id")) {
                self.values(one, other, reading);
            }
            self.path.pop();
            self.pointer.truncate(length);
        }
    }

    fn sets(&mut self, before: &[&'a Value], after: &[&'a Value], reading: Reading) {
        let mut groups: BTreeMap<Identity, [Vec<Element<'a>>; 2]> = BTreeMap::new();
        for (side, elements) in [before, after].into_iter().enumerate() {
            for element in elements {
                let Some((identity, element)) = self.element(element, reading) else {
                    continue;
                };
                if let Some(group) = groups.entry(identity).or_default().get_mut(side) {
                    group.push(element);
                }
            }
        }
        for (identity, sides) in groups {
            let [before, after] = sides.map(settled);
            let (before, after) = without_common(before, after);
            if before.is_empty() && after.is_empty() {
                continue;
            }
            let length = self.step(identity.segment());
            let mut before = before.into_iter();
            let mut after = after.into_iter();
            loop {
                match (before.next(), after.next()) {
                    (None, None) => break,
                    (Some(one), Some(other)) if one.is_open() && other.is_open() => {
                        self.values(Some(one.value), Some(other.value), reading);
                    }
                    (one, other) => {
                        self.found(
                            one.map(|element| element.value),
                            other.map(|element| element.value),
                        );
                    }
                }
            }
            self.pointer.truncate(length);
        }
    }

    fn element(&mut self, element: &'a Value, reading: Reading) -> Option<(Identity, Element<'a>)> {
        let text = element_text(self.kind, &mut self.path, element, reading)?;
        let identity = match self.kind.identity_key(&self.path, element) {
            Some(key) => Identity::Key(key),
            None => Identity::Content {
                segment: match element {
                    Value::String(text) => text.clone(),
                    Value::Array(_) | Value::Object(_) => fingerprint(&text),
                    scalar => scalar.to_string(),
                },
                text: text.clone(),
            },
        };
        let statement = reading == Reading::Policy && self.path.last() == Some(&"Statement");
        let element = Element {
            value: self.kind.stands_for(&self.path, element),
            text,
            is_unit: statement,
            is_set: reading == Reading::Policy || !(element.is_object() || element.is_array()),
        };
        Some((identity, element))
    }

    fn text(&mut self, value: &'a Value, reading: Reading) -> Option<String> {
        canonical(self.kind, &mut self.path, value, reading)
    }

    fn found(&mut self, before: Option<&Value>, after: Option<&Value>) {
        let difference = Difference {
            path: self.pointer.clone(),
            aspect: self.kind.aspect(&self.path),
            before: before.cloned().unwrap_or_default(),
            after: after.cloned().unwrap_or_default(),
        };
        let cause = self.kind.follows_from(&self.path);
        self.found.push((difference, cause));
    }

    /// Extends the pointer; gives the length to cut it back to.
    fn step(&mut self, segment: &str) -> usize {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&segment.replace('~', "~0").replace('/', "~1"));
        length
    }
}

/// What makes an element of a set the same in both items.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    Key(String),
    Content { segment: String, text: String },
}

impl Identity {
    fn segment(&self) -> &str {
        match self {
            Self::Key(key) => key,
            Self::Content { segment, .. } => segment,
        }
    }
}

struct Element<'a> {
    value: &'a Value,
    text: String,
    /// Whether it changes as a whole, although it has fields.
    is_unit: bool,
    /// Whether having it twice means no more than having it once.
    is_set: bool,
}

impl Element<'_> {
    fn is_open(&self) -> bool {
        self.value.is_object() && !self.is_unit
    }
}

/// Whether a value can be the statements of a policy.
fn is_list(statements: &Value) -> bool {
    statements.is_array() || statements.is_object() || statements.is_null()
}

fn elements(array: Option<&Value>) -> Vec<&Value> {
    let elements = array.and_then(Value::as_array);
    elements.map(|list| list.iter().collect()).unwrap_or_default()
}

/// Sorted by content, and each that is in a set once.
fn settled(mut elements: Vec<Element<'_>>) -> Vec<Element<'_>> {
    elements.sort_by(|one, other| one.text.cmp(&other.text));
    elements.dedup_by(|one, other| one.is_set && other.is_set && one.text == other.text);
    elements
}

/// Two sorted sides without the elements that each has a like one of on the other.
fn without_common<'a>(
    before: Vec<Element<'a>>,
    after: Vec<Element<'a>>,
) -> (Vec<Element<'a>>, Vec<Element<'a>>) {
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    let mut after = after.into_iter().peekable();
    for element in before {
        while let Some(other) = after.next_if(|other| other.text < element.text) {
            added.push(other);
        }
        if after.next_if(|other| other.text == element.text).is_none() {
            removed.push(element);
        }
    }
    added.extend(after);
    (removed, added)
}

fn without_repetition(found: Vec<Found>) -> Vec<Difference> {
    let paths: BTreeSet<String> = found.iter().map(|(one, _)| one.path.clone()).collect();
    let tags: Vec<Difference> = found
        .iter()
        .map(|(one, _)| one)
        .filter(|one| one.path.starts_with("/tags/"))
        .cloned()
        .collect();
    found
        .into_iter()
        .filter(|(_, cause)| !cause.is_some_and(|cause| paths.contains(cause)))
        .map(|(one, _)| one)
        .filter(|one| !tags.iter().any(|tag| is_copy_of_tag(one, tag)))
        .collect()
}

/// An item may hold its tags up to three times.
fn is_copy_of_tag(copy: &Difference, tag: &Difference) -> bool {
    copy.aspect == tag.aspect
        && copy.path != tag.path
        && copy.path.ends_with(&tag.path.replacen("/tags/", "/", 1))
        && (&copy.before, &copy.after) == (&tag.before, &tag.after)
}

/// The difference of two items that differ in their bookkeeping alone.
fn revision(before: &Value, after: &Value) -> Option<Difference> {
    ["/configuration/revisionId", "/configuration/lastModified"].into_iter().find_map(|path| {
        let [before, after] = [before, after].map(|item| item.pointer(path));
        let texts = before.and_then(Value::as_str).zip(after.and_then(Value::as_str));
        // An item that does not tell its revision tells no other one either.
        let (before, after) = texts.filter(|(before, after)| before != after)?;
        Some(Difference {
            path: path.to_owned(),
            aspect: "revision",
            before: before.into(),
            after: after.into(),
        })
    })
}

/// The item with its JSON texts unfolded and its relationships in one spelling.
fn readable(item: &Value) -> Value {
    let mut item = embedded::unfold(item);
    if let Some(Value::Array(relationships)) = item.get_mut("relationships") {
        for relationship in relationships {
            let Some(fields) = relationship.as_object_mut() else {
                continue;
            };
            // Notifications and files call it `name`.
            if !fields.contains_key("relationshipName")
                && let Some(name) = fields.remove("name")
            {
                fields.insert("relationshipName".to_owned(), name);
            }
            if let Some(Value::String(name)) = fields.get_mut("relationshipName") {
                *name = name.trim().to_owned();
            }
        }
    }
    item
}

/// A short name for content that has no key: FNV-1a, 64 bits.
fn fingerprint(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop")]
mod tests;
