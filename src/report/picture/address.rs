//! Where calls came from.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{defang::defang, text::Cite},
    column::Column,
    facts::NodeAt,
    story::{Say, Teller, key},
};

impl Teller<'_, '_> {
    /// Where calls came from.
    pub(super) fn addresses(&mut self) {
        let facts = self.facts;
        // By address: the boxes that its calls lead to, and the relations that say so.
        type Met<'a> = BTreeMap<usize, (bool, BTreeSet<Cite>, usize)>;
        let mut met: BTreeMap<NodeAt, Met<'_>> = BTreeMap::new();
        let makers: BTreeMap<usize, usize> = self
            .story
            .links
            .keys()
            .filter(|(from, _)| self.people.values().any(|person| person == from))
            .map(|(from, to)| (*to, *from))
            .collect();
        let mut unused = 0;
        for node in facts.of_kind("address") {
            let mut drawn = false;
            for edge in facts.into(node).filter(|edge| edge.view.relation == "came from") {
                let Some(&call) = self.calls.get(&edge.from) else { continue };
                let to = makers.get(&call).copied().unwrap_or(call);
                let found = met.entry(node).or_default().entry(to).or_default();
                found.0 |= self.is_path(call);
                found.1.extend(edge.view.citations.iter().cloned());
                found.2 += 1;
                drawn = true;
            }
            unused += usize::from(!drawn && !self.things.contains_key(&node));
        }
        self.story.counts.unused_addresses += unused;
        // Those that are not on the path and lead to the same boxes share one.
        let mut groups: BTreeMap<(bool, usize, Vec<usize>), Vec<NodeAt>> = BTreeMap::new();
        for (node, found) in &met {
            let path = found.values().any(|(path, ..)| *path);
            let alone = if path { *node } else { usize::MAX };
            let to = found.keys().copied().collect();
            groups.entry((path, alone, to)).or_default().push(*node);
        }
        for ((path, _, _), nodes) in groups {
            let count: usize = nodes
                .iter()
                .filter_map(|node| met.get(node))
                .flat_map(BTreeMap::values)
                .map(|found| found.2)
                .sum();
            let calls = if count == 1 { "1 call".to_owned() } else { format!("{count} calls") };
            let first = nodes.first().copied().unwrap_or_default();
            let labels: Vec<String> = nodes.iter().map(|node| defang(facts.label(*node))).collect();
            let listed = labels.join(", ");
            let mut says =
                vec![Say::plain(if labels.len() == 1 { "ADDRESS" } else { "ADDRESSES" })];
            let mut draft = self.draft(Column::Source, "address", first, (0, path));
            if labels.len() == 1 {
                says.push(Say::name(&listed));
            } else {
                says.push(Say::name(format!("{} addresses", labels.len())));
                says.extend(labels.iter().take(2).map(Say::plain));
                draft.name = format!("{} addresses", labels.len());
                draft.nodes = nodes.iter().copied().collect();
                self.story.counts.addresses += labels.len();
                self.story.counts.address_boxes += 1;
            }
            says.push(Say::plain(&calls));
            if path {
                let calls = nodes.iter().flat_map(|node| facts.into(*node)).map(|edge| edge.from);
                draft.rank = self.rank(calls);
            }
            draft.says = says;
            draft.about = if labels.len() == 1 { calls } else { format!("{listed}; {calls}") };
            let found = nodes.iter().filter_map(|node| met.get(node)).flatten();
            let found: Vec<_> = found.map(|(to, found)| (*to, found.clone())).collect();
            draft.citations = found.iter().flat_map(|(_, found)| found.1.iter().cloned()).collect();
            let rows = draft.citations.iter().filter_map(|cite| facts.row_of(cite));
            let rows = rows.min_by_key(|row| (key(&row.time), row.id.raw()));
            draft.row = rows.map(|row| row.id.clone());
            let at = self.add(draft);
            for (to, (path, citations, count)) in found {
                let link = self.link(at, to, "is where calls came from:", path);
                link.stated = true;
                link.citations.extend(citations);
                link.count += count - 1;
            }
        }
    }
}
