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
    /// Refused and failed calls that share a box.
    pub refused: usize,
    /// Their boxes.
    pub refused_boxes: usize,
    /// Reading calls that share a box.
    pub reads: usize,
    /// Their boxes.
    pub read_boxes: usize,
    /// Other calls on other resources that share a box.
    pub others: usize,
    /// Their boxes.
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
    /// Items that show no change, or of resources that are not drawn.
    pub still: usize,
    /// Things that are words in the box of another.
    pub written: usize,
    /// Relations that are drawn through a recorded change.
    pub through: usize,
    /// Boxes that were folded for want of room, by column.
    pub crowded: Vec<(&'static str, usize)>,
    /// Lines that were left out for want of room.
    pub cut_lines: usize,
}

/// The notes under a picture of so many boxes and lines.
pub fn notes(counts: &Counts, boxes: usize, lines: usize) -> Vec<Text> {
    let mut notes = vec![format!(
        "Drawn as {} and {}: what is known of {} and {} between them.",
        number(boxes, "box", "boxes"),
        number(lines, "line", "lines"),
        number(counts.things, "thing", "things"),
        number(counts.relations, "relation", "relations"),
    )];
    let mut say = |count: usize, text: String| {
        if count > 0 {
            notes.push(text);
        }
    };
    let into = |boxes| number(boxes, "box", "boxes");
    say(
        counts.repeated,
        format!(
            "{} of one name, credential, target and outcome share {}, marked ×.",
            number(counts.repeated, "call", "calls"),
            into(counts.repeated_boxes)
        ),
    );
    say(
        counts.reads,
        format!(
            "{} that only read share {}, one an identity.",
            number(counts.reads, "call", "calls"),
            into(counts.read_boxes)
        ),
    );
    say(
        counts.refused,
        format!(
            "{} that were denied or failed share {}, one an identity and outcome.",
            number(counts.refused, "call", "calls"),
            into(counts.refused_boxes)
        ),
    );
    say(
        counts.others,
        format!(
            "{} on other resources share {}, one an identity.",
            number(counts.others, "call", "calls"),
            into(counts.other_boxes)
        ),
    );
    say(
        counts.changes,
        format!(
            "{} in the same fields share {}.",
            number(counts.changes, "recorded change", "recorded changes"),
            into(counts.change_boxes)
        ),
    );
    say(
        counts.sessions,
        format!(
            "{} of one name and role share {}.",
            number(counts.sessions, "session", "sessions"),
            into(counts.session_boxes)
        ),
    );
    say(
        counts.addresses,
        format!(
            "{} from which the same identities called share {}.",
            number(counts.addresses, "address", "addresses"),
            into(counts.address_boxes)
        ),
    );
    say(
        counts.through,
        format!(
            "Of {} that a change was recorded of, the line runs through that change.",
            number(counts.through, "call", "calls")
        ),
    );
    for (things, count) in &counts.crowded {
        say(*count, format!("{count} more boxes of {things} are one box, for want of room."));
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
            number(counts.strangers, "identity", "identities")
        ),
    );
    leave(
        counts.by_services,
        format!("{} that AWS services made by themselves", number(counts.by_services, "call", "calls")),
    );
    leave(counts.by_nobody, format!("{} of nobody named", number(counts.by_nobody, "call", "calls")));
    leave(
        counts.unused_addresses,
        format!("{} of such calls alone", number(counts.unused_addresses, "address", "addresses")),
    );
    leave(
        counts.still,
        format!(
            "{} that shows no change here",
            number(counts.still, "recorded state", "recorded states")
        )
        .replace("states that shows", "states that show"),
    );
    leave(counts.cut_lines, number(counts.cut_lines, "line of the least weight", "lines of the least weight"));
    if !left.is_empty() {
        notes.push(format!("Not drawn: {}.", left.join("; ")));
    }
    notes.into_iter().map(Text::from).collect()
}

fn number(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
