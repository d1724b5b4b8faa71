//! Giving every document a name of its own.

use std::collections::BTreeSet;

use super::document::Document;

/// A document, and the longer name that tells it from one of another bundle.
pub(super) struct Found {
    pub document: Document,
    pub full_name: String,
}

/// Sorts the documents by name, leaves out what was given twice, and gives
/// each a name of its own.
///
/// Documents of several bundles that share a path are named by where their
/// bundle lies. Where names are still the same, because they are not UTF-8 and
/// only look alike, a number is added.
pub(super) fn named_apart(mut found: Vec<Found>) -> Vec<Document> {
    found.sort_by_cached_key(key);
    found.dedup_by(|a, b| a.document == b.document);

    let shared: BTreeSet<String> = found
        .windows(2)
        .filter_map(|pair| match pair {
            [a, b] if a.document.name == b.document.name => Some(a.document.name.clone()),
            _ => None,
        })
        .collect();
    for Found { document, full_name } in &mut found {
        if shared.contains(&document.name) {
            document.name.clone_from(full_name);
        }
    }
    found.sort_by_cached_key(key);

    let mut taken: BTreeSet<String> =
        found.iter().map(|found| found.document.name.clone()).collect();
    let mut last = String::new();
    let mut number = 1_u64;
    for Found { document, .. } in &mut found {
        if document.name != last {
            last.clone_from(&document.name);
            number = 1;
            continue;
        }
        let name = loop {
            number += 1;
            let name = format!("{last} ({number})");
            if taken.insert(name.clone()) {
                break name;
            }
        };
        document.name = name;
    }
    found.sort_by_cached_key(key);
    found.into_iter().map(|found| found.document).collect()
}

fn key(found: &Found) -> (String, String, String) {
    let Document { name, stored_sha256, .. } = &found.document;
    (name.clone(), stored_sha256.clone(), found.full_name.clone())
}

#[cfg(test)]
mod tests {
    use super::super::document::{Document, sha256_hex};
    use super::{Found, named_apart};

    fn found(name: &str, full_name: &str, bytes: &[u8]) -> Found {
        Found {
            document: Document {
                name: name.to_owned(),
                stored_sha256: sha256_hex(bytes),
                bytes: bytes.to_vec(),
                from_bundle: name != full_name,
                request: None,
            },
            full_name: full_name.to_owned(),
        }
    }

    fn names(found: Vec<Found>) -> Vec<String> {
        named_apart(found).into_iter().map(|document| document.name).collect()
    }

    #[test]
    fn bundles_that_share_a_path_are_told_apart_by_their_place() {
        let given = vec![
            found("c/x.json", "two.zip!c/x.json", b"2"),
            found("c/only.json", "one/c/only.json", b"3"),
            found("c/x.json", "one/c/x.json", b"1"),
        ];
        assert_eq!(names(given), ["c/only.json", "one/c/x.json", "two.zip!c/x.json"]);
    }

    #[test]
    fn the_same_document_given_twice_is_one() {
        let given = vec![
            found("x", "a/x", b"1"),
            found("y", "y", b"1"),
            found("x", "./a/x", b"1"),
            found("y", "y", b"1"),
        ];
        assert_eq!(names(given), ["x", "y"]);
    }

    #[test]
    fn names_that_look_alike_are_numbered_around_those_that_are_there() {
        let given = vec![
            found("x", "x", b"1"),
            found("x", "x", b"2"),
            found("x (2)", "x (2)", b"3"),
            found("x", "x", b"4"),
        ];
        assert_eq!(names(given), ["x", "x (2)", "x (3)", "x (4)"]);
    }
}
