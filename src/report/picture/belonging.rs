//! The function and what belongs to it, and the lines among these and the finding.

use std::collections::BTreeSet;

use super::{
    super::text::{Cite, Text},
    column::Column,
    facts::NodeAt,
    resource,
    story::{Draft, Say, Story, Teller},
};

impl Teller<'_, '_> {
    /// The function and what belongs to it.
    pub(super) fn belongings(&mut self) {
        let facts = self.facts;
        let boxes = std::mem::take(&mut self.resources);
        let places = resource::places(&boxes);
        let mut drafts = Vec::new();
        for (group, one) in boxes.iter().enumerate() {
            let Some(first) = one.nodes.first().copied() else { continue };
            let (word, many) = resource::word(one.kind);
            let is_function = one.kind == "function";
            let draft = Draft {
                row: one.nodes.iter().find_map(|node| self.row_about(*node)),
                citations: self.citations_about(&one.nodes),
                rank: if is_function { 0 } else { 3 },
                ..self.draft(
                    Column::Resource,
                    &word.to_lowercase(),
                    first,
                    (u8::try_from(group).unwrap_or(u8::MAX), is_function),
                )
            };
            let draft = match one.nodes.as_slice() {
                [_] => Draft { says: self.resource_says(word, first), ..draft },
                several => {
                    self.story.counts.resources += several.len();
                    self.story.counts.resource_boxes += 1;
                    let labels: Vec<String> =
                        several.iter().map(|node| shorter(facts.label(*node))).collect();
                    let mut says =
                        vec![Say::plain(word), Say::name(format!("{} {many}", several.len()))];
                    says.extend(labels.iter().take(2).map(|label| Say::plain(label.as_str())));
                    Draft {
                        says,
                        name: format!("{} {many}", several.len()),
                        about: labels.join(", "),
                        nodes: several.iter().copied().collect(),
                        ..draft
                    }
                }
            };
            drafts.push(self.add(draft));
        }
        for (node, at) in places {
            if let Some(draft) = drafts.get(at) {
                self.things.insert(node, *draft);
            }
        }
        let code = facts.of_kind("code").filter(|node| !self.things.contains_key(node));
        self.story.counts.hashes = code.count();
        self.ties();
    }

    fn resource_says(&mut self, word: &'static str, node: NodeAt) -> Vec<Say> {
        let facts = self.facts;
        let mut says = vec![Say::plain(word), Say::name(shorter(facts.label(node)))];
        if facts.kind(node) != "function" {
            return says;
        }
        for edge in facts.out(node) {
            match edge.view.relation {
                "has version" => {
                    let version = facts.label(edge.to).rsplit(' ').next().unwrap_or_default();
                    says.push(Say::plain(format!("version {version}")));
                }
                "ran" => {
                    let hash: String = facts.label(edge.to).chars().take(8).collect();
                    says.push(Say::plain(format!("ran code {hash}…")));
                }
                _ => {}
            }
        }
        says
    }

    /// Lines among the function, what belongs to it, and the finding.
    pub(super) fn ties(&mut self) {
        let facts = self.facts;
        for edge in &facts.edges {
            let ends = (self.things.get(&edge.from), self.things.get(&edge.to));
            let (Some(&from), Some(&to)) = ends else { continue };
            if from == to {
                continue;
            }
            let to_signal = |draft: usize, story: &Story| {
                story.drafts.get(draft).is_some_and(|draft| draft.column == Column::Signal)
            };
            let path = self.is_path(from) && self.is_path(to);
            match edge.view.relation {
                // Read from left to right.
                "is about" => {
                    self.link_edge(to, from, "is what the finding is about:", path, *edge)
                }
                relation => {
                    let path =
                        path && to_signal(to, &self.story) && facts.kind(edge.from) == "function";
                    self.link_edge(from, to, relation, path, *edge);
                }
            }
        }
    }

    /// The row of the timeline that first tells of a thing.
    fn row_about(&self, node: NodeAt) -> Option<Text> {
        let edges = self.facts.into(node).chain(self.facts.out(node));
        let rows = edges.flat_map(|edge| edge.view.citations.iter());
        rows.filter_map(|cite| self.facts.row_of(cite)).next().map(|row| row.id.clone())
    }

    fn citations_about(&self, nodes: &[NodeAt]) -> BTreeSet<Cite> {
        let edges = nodes.iter().flat_map(|node| {
            self.facts.into(*node).chain(self.facts.out(*node)).filter(|edge| {
                matches!(self.facts.kind(edge.from), "function" | "role" | "finding" | "stack")
                    || self.facts.kind(edge.to) == "function"
            })
        });
        edges.flat_map(|edge| edge.view.citations.iter()).cloned().collect()
    }
}

/// An ARN without what stands before the name.
fn shorter(label: &str) -> String {
    match label.strip_prefix("arn:").map(|rest| rest.splitn(5, ':').last()) {
        Some(Some(name)) => name.to_owned(),
        _ => label.to_owned(),
    }
}
