//! What calls did: to resources, and which credentials they handed out.

use std::collections::BTreeSet;

use super::{
    column::Column,
    facts::{Fact, NodeAt},
    story::{Draft, Say, Teller},
};

impl Teller<'_, '_> {
    /// What calls did to resources, where no recorded change stands between, and which credentials
    /// they handed out.
    pub(super) fn effects(&mut self) {
        let facts = self.facts;
        let calls: Vec<(NodeAt, usize)> = self.calls.iter().map(|(c, d)| (*c, *d)).collect();
        let through: BTreeSet<(usize, usize)> = self
            .story
            .links
            .iter()
            .filter(|(_, link)| link.relations.contains("led to"))
            .flat_map(|((call, item), _)| {
                let after = self.story.links.range((*item, 0)..(*item, usize::MAX));
                after.map(|((_, thing), _)| (*call, *thing))
            })
            .collect();
        for (node, call) in calls {
            let path = self.path.calls.contains(&node);
            for edge in facts.out(node) {
                match edge.view.relation {
                    "came from" | "led to" => {}
                    "started" | "made key" => {
                        let to =
                            self.credentials.of.get(&edge.to).and_then(|at| self.people.get(at));
                        let to = match (to, facts.kind(edge.to)) {
                            (Some(to), _) => Some(*to),
                            (None, "access_key") => Some(self.unused_key(edge.to, edge)),
                            _ => None,
                        };
                        if let Some(to) = to {
                            let path = path && self.is_path(to);
                            self.link_edge(call, to, edge.view.relation, path, edge);
                        }
                    }
                    relation => {
                        let Some(&to) = self.things.get(&edge.to) else { continue };
                        if through.contains(&(call, to)) {
                            self.story.counts.through += 1;
                        } else {
                            let heavy = path && matches!(facts.kind(edge.to), "function" | "role");
                            self.link_edge(call, to, relation, heavy, edge);
                        }
                    }
                }
            }
        }
    }

    /// A key that a call made and no call used.
    fn unused_key(&mut self, node: NodeAt, edge: Fact<'_>) -> usize {
        if let Some(draft) = self.things.get(&node) {
            return *draft;
        }
        let draft = self.add(Draft {
            says: vec![
                Say::plain("ACCESS KEY"),
                Say::name(self.facts.label(node)),
                Say::plain("no use was seen"),
            ],
            citations: edge.view.citations.iter().cloned().collect(),
            row: self.facts.row(edge.from).map(|row| row.id.clone()),
            about: "made by a call; no call with it is in the evidence".to_owned(),
            ..self.draft(Column::Identity, "access key", node, (1, false))
        });
        self.things.insert(node, draft);
        draft
    }
}
