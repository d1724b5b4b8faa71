//! What AWS Config recorded.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::view::ChangeView,
    Tone, change,
    column::Column,
    facts::NodeAt,
    story::{Draft, Say, Teller, key, moment, until},
};

impl Teller<'_, '_> {
    /// What AWS Config recorded.
    pub(super) fn items(&mut self) {
        let facts = self.facts;
        type Key<'k> = (bool, usize, Vec<&'k str>, Vec<usize>, usize);
        let mut groups: BTreeMap<Key<'_>, Vec<NodeAt>> = BTreeMap::new();
        for node in facts.of_kind("configuration_item") {
            if facts.is_of_earlier_function(node) {
                self.story.counts.earlier += 1;
                continue;
            }
            let of = facts.into(node).find(|edge| edge.view.relation == "was recorded as");
            let of = of.and_then(|edge| self.things.get(&edge.from).copied());
            let led: Vec<_> =
                facts.into(node).filter(|edge| edge.view.relation == "led to").collect();
            let causes: BTreeSet<usize> =
                led.iter().filter_map(|edge| self.calls.get(&edge.from).copied()).collect();
            let changes = self.changes_of(node);
            let aspects: BTreeSet<&str> = changes.iter().map(|change| change.aspect).collect();
            let says_nothing = aspects.iter().all(|aspect| *aspect == "existence")
                && causes.is_empty()
                && !changes.iter().any(|change| change.after.0 == "ResourceDeleted");
            let Some(of) = of.filter(|_| !says_nothing) else {
                self.story.counts.still += 1;
                continue;
            };
            let path = causes.iter().any(|call| self.is_path(*call))
                || (facts.is_shortly_before(facts.when(node))
                    && facts.row(node).is_some_and(|row| row.key));
            let alone = if path { node } else { usize::MAX };
            let aspects: Vec<&str> = aspects.into_iter().collect();
            groups
                .entry((path, of, aspects, causes.into_iter().collect(), alone))
                .or_default()
                .push(node);
        }
        for ((path, of, aspects, _, _), mut nodes) in groups {
            nodes.sort_by_key(|node| (facts.when(*node).map(key), *node));
            let draft = self.item_draft(path, of, &aspects, &nodes);
            let at = self.add(draft);
            for node in nodes {
                self.things.insert(node, at);
                for edge in facts.into(node) {
                    match edge.view.relation {
                        "was recorded as" => {
                            self.link_edge(at, of, "is a recorded state of", path, edge);
                        }
                        "led to" => {
                            if let Some(&call) = self.calls.get(&edge.from) {
                                let path = path && self.is_path(call);
                                self.link_edge(call, at, "led to", path, edge);
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    fn changes_of(&self, item: NodeAt) -> &[&ChangeView] {
        let record = self.facts.nodes.get(item).map_or("", |node| node.key.raw());
        self.changes.get(record).map(Vec::as_slice).unwrap_or_default()
    }

    fn item_draft(&mut self, path: bool, of: usize, aspects: &[&str], nodes: &[NodeAt]) -> Draft {
        let facts = self.facts;
        let first = nodes.first().copied().unwrap_or_default();
        let last = nodes.last().copied().unwrap_or_default();
        let when = facts.when(first);
        let mut says = vec![Say::plain(when.map_or_else(|| "no time".to_owned(), moment))];
        let mut about = String::new();
        match nodes {
            [node] => {
                says.extend(change::told(self.changes_of(*node)));
                about = change::sentence(self.changes_of(*node));
                if says.len() == 1 {
                    says.push(Say::one(Tone::Name, "recorded"));
                }
            }
            several => {
                says.push(Say::name(aspects.join(", ").replace("existence", "recorded")));
                let until = until(when, facts.when(last));
                says.push(Say::plain(format!("×{} {until}", several.len())));
                let parts = several.iter().map(|node| {
                    let at = facts.when(*node).map_or_else(String::new, moment);
                    format!("{at} {}", change::sentence(self.changes_of(*node)))
                });
                about.push_str(&parts.take(12).collect::<Vec<_>>().join("; "));
                self.story.counts.changes += several.len();
                self.story.counts.change_boxes += 1;
            }
        }
        let at = when.map_or_else(|| "at an unknown time".to_owned(), moment);
        let thing = self.story.drafts.get(of).map_or("", |draft| draft.name.as_str());
        let times = if nodes.len() > 1 { format!(" ×{}", nodes.len()) } else { String::new() };
        let is_key = nodes.iter().any(|node| facts.row(*node).is_some_and(|row| row.key));
        let causes = nodes.iter().flat_map(|node| facts.into(*node)).map(|edge| edge.from);
        Draft {
            name: format!("change of {thing}{times} ({at})"),
            says,
            about,
            order: (0, when.map(key).unwrap_or_default(), format!("{first:09}")),
            rank: match (path, is_key) {
                (true, _) => self.rank(causes),
                (false, true) => 2,
                (false, false) => 3,
            },
            row: facts.row(first).map(|row| row.id.clone()),
            citations: nodes
                .iter()
                .filter_map(|node| Some(facts.row(*node)?.citation.clone()))
                .collect(),
            nodes: nodes.iter().copied().collect(),
            ..self.draft(Column::Change, "", first, (0, path))
        }
    }
}
