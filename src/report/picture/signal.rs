//! The finding, the hosts and the lists that it names.

use std::collections::BTreeSet;

use super::{
    super::{
        defang::defang,
        text::{Text, Visible},
    },
    Tone,
    column::Column,
    facts::NodeAt,
    story::{Draft, Say, Teller, moment},
};

impl Teller<'_, '_> {
    /// The finding, what it names, and the lines between these and the function.
    pub(super) fn signals(&mut self) {
        let facts = self.facts;
        let finding = self.material.finding;
        let citations = BTreeSet::from([finding.citation.clone()]);
        let seen = format!("{}-first-seen", finding.citation);
        let row = self.material.timeline.iter().any(|row| row.id.raw() == seen);
        let row = row.then(|| Text::from(seen));
        for node in facts.of_kind("finding") {
            let mut says = vec![
                Say::plain("FINDING"),
                Say { tone: Tone::Name, text: facts.label(node).to_owned(), lines: 3 },
            ];
            let word = finding.severity_label.unwrap_or_default();
            let number = finding.severity.map(|number| format!("{number:.1}")).unwrap_or_default();
            if !word.is_empty() || !number.is_empty() {
                says.push(Say::plain(format!("{word} {number}").trim()));
            }
            says.extend(finding.first_seen.as_ref().map(|when| Say::plain(moment(when))));
            let draft = self.add(Draft {
                says,
                about: finding
                    .title
                    .as_ref()
                    .map_or_else(String::new, |title| title.visible().into_owned()),
                row: row.clone(),
                citations: citations.clone(),
                ..self.draft(Column::Signal, "finding", node, (0, true))
            });
            self.things.insert(node, draft);
        }
        let named: BTreeSet<NodeAt> = facts
            .of_kind("address")
            .filter(|node| facts.into(*node).any(|edge| edge.view.relation != "came from"))
            .collect();
        for node in named {
            let label = facts.label(node);
            let remote = finding.remotes.iter().find(|remote| {
                [&remote.ip, &remote.domain].into_iter().flatten().any(|name| name.raw() == label)
            });
            let mut says = vec![Say::plain("REMOTE HOST"), Say::name(defang(label))];
            let port = remote.and_then(|remote| remote.port);
            says.extend(port.map(|port| Say::plain(format!("port {port}"))));
            let draft = self.add(Draft {
                says,
                row: row.clone(),
                citations: citations.clone(),
                ..self.draft(Column::Signal, "remote host", node, (1, true))
            });
            self.things.insert(node, draft);
        }
        for node in facts.of_kind("threat_list") {
            let draft = self.add(Draft {
                says: vec![Say::plain("THREAT LIST"), Say::name(facts.label(node))],
                citations: citations.clone(),
                row: row.clone(),
                ..self.draft(Column::Signal, "threat list", node, (2, false))
            });
            self.things.insert(node, draft);
        }
    }
}
