//! What is folded, in words and with its numbers.

use super::super::text::Text;

/// How many things went where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Things of the graph.
    pub things: usize,
    /// Relations of the graph.
    pub relations: usize,
    /// Calls that share a box with others of their name, target and outcome, and these boxes.
    pub repeated: usize,
    /// See [`Counts::repeated`].
    pub repeated_boxes: usize,
    /// Calls that were no key step and changed nothing, which share a box, and these boxes.
    pub others: usize,
    /// See [`Counts::others`].
    pub other_boxes: usize,
    /// Recorded changes that share a box.
    pub changes: usize,
    /// Their boxes.
    pub change_boxes: usize,
    /// Sessions of one name that share a box.
    pub sessions: usize,
    /// Their boxes.
    pub session_boxes: usize,
    /// Addresses that share a box.
    pub addresses: usize,
    /// Their boxes.
    pub address_boxes: usize,
    /// Calls that AWS services made of themselves.
    pub by_services: usize,
    /// Identities whose calls never touched the function.
    pub strangers: usize,
    /// Their calls.
    pub by_strangers: usize,
    /// Calls of nobody recorded that never touched the function.
    pub by_nobody: usize,
    /// Addresses of nothing but calls that are not drawn.
    pub unused_addresses: usize,
    /// Calls and items of an earlier function of the name.
    pub earlier: usize,
    /// Items that show no change, or of resources that are not drawn.
    pub still: usize,
    /// Resources that share a box with others of their kind, and these boxes.
    pub resources: usize,
    /// See [`Counts::resources`].
    pub resource_boxes: usize,
    /// Code, by its hash or its place, that has no box of its own.
    pub hashes: usize,
    /// Relations that are drawn through a recorded change.
    pub through: usize,
    /// Boxes that were folded for want of room, by column.
    pub crowded: Vec<(&'static str, usize)>,
    /// Lines that were left out for want of room.
    pub cut_lines: usize,
}

/// The notes under a picture of so many boxes and lines.
pub fn notes(counts: &Counts, boxes: usize, lines: usize) -> Vec<Text> {
    let drawn = format!(
        "{} and {} for {} and {}.",
        number(boxes, "box", "boxes"),
        number(lines, "line", "lines"),
        number(counts.things, "thing", "things"),
        number(counts.relations, "relation", "relations"),
    );
    let share = |count: usize, what: &str, boxes: usize| {
        (count > 0).then(|| format!("{count} {what} in {}", number(boxes, "box", "boxes")))
    };
    let mut folded: Vec<String> = [
        share(
            counts.repeated,
            "calls of the same name, credential, target and outcome (×)",
            counts.repeated_boxes,
        ),
        share(
            counts.others,
            "calls that are no key step and changed nothing about the function, one box a \
             credential,",
            counts.other_boxes,
        ),
        share(counts.sessions, "sessions of the same name and role", counts.session_boxes),
        share(counts.addresses, "addresses of the same callers", counts.address_boxes),
        share(counts.resources, "resources of the same kind", counts.resource_boxes),
        share(counts.changes, "recorded changes of the same fields", counts.change_boxes),
    ]
    .into_iter()
    .flatten()
    .collect();
    for (things, count) in &counts.crowded {
        folded.push(format!("for want of room, {count} boxes of {things} in 1 box"));
    }
    let mut left = Vec::new();
    let mut leave = |count: usize, text: String| {
        if count > 0 {
            left.push(text);
        }
    };
    leave(
        counts.by_strangers,
        format!(
            "{} by {} that never touched the function or what belongs to it",
            number(counts.by_strangers, "call", "calls"),
            number(counts.strangers, "credential", "credentials")
        ),
    );
    leave(
        counts.by_services,
        format!(
            "{} that AWS services made by themselves",
            number(counts.by_services, "call", "calls")
        ),
    );
    leave(
        counts.by_nobody,
        format!("{} of nobody named", number(counts.by_nobody, "call", "calls")),
    );
    leave(
        counts.earlier,
        format!(
            "{} of an earlier function of that name",
            number(counts.earlier, "call or recorded state", "calls and recorded states")
        ),
    );
    leave(
        counts.unused_addresses,
        format!("{} of these calls alone", number(counts.unused_addresses, "address", "addresses")),
    );
    leave(
        counts.still,
        format!("{} without a change", number(counts.still, "recorded state", "recorded states")),
    );
    leave(
        counts.through,
        format!(
            "{} of a call to what it changed, where the line runs through the recorded change",
            number(counts.through, "relation", "relations")
        ),
    );
    leave(
        counts.hashes,
        format!(
            "{} of code that the path did not take, whose hashes stand in the changes",
            number(counts.hashes, "piece", "pieces")
        ),
    );
    leave(
        counts.cut_lines,
        number(counts.cut_lines, "line of the least weight", "lines of the least weight"),
    );
    let list = |title: &str, parts: Vec<String>| {
        (!parts.is_empty()).then(|| format!("{title}: {}.", parts.join("; ")))
    };
    let notes = [Some(drawn), list("Folded", folded), list("Not drawn", left)];
    notes.into_iter().flatten().map(Text::from).collect()
}

fn number(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
