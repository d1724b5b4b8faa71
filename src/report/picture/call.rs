//! Who made calls, and which of these share a box.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::view::TimelineRow,
    Tone,
    column::Column,
    credential::Credential,
    facts::NodeAt,
    label::plain_name,
    story::{Draft, Say, Teller, key, moment, until},
};

impl Teller<'_, '_> {
    /// Whether a call did something to the function, its role, or what belongs to them.
    fn touches(&self, call: NodeAt) -> bool {
        let about =
            |row: &TimelineRow| row.key || !matches!(row.relation, "actor" | "session" | "finding");
        let facts = self.facts;
        if self.path.calls.contains(&call) {
            return true;
        }
        !facts.is_of_earlier_function(call)
            && (facts.row(call).is_some_and(about)
                || facts.out(call).any(|edge| {
                    edge.view.relation != "came from" && self.things.contains_key(&edge.to)
                }))
    }

    /// Who made calls, and the calls.
    pub(super) fn people(&mut self) {
        let credentials = self.credentials;
        for (at, credential) in credentials.all.iter().enumerate() {
            let touched: Vec<bool> =
                credential.calls.iter().map(|call| self.touches(*call)).collect();
            let is_key = |call: &NodeAt| self.facts.row(*call).is_some_and(|row| row.key);
            if credential.service && !credential.path && !credential.calls.iter().any(is_key) {
                self.story.counts.by_services += credential.calls.len();
                continue;
            }
            if !touched.contains(&true) {
                self.story.counts.strangers += 1;
                self.story.counts.by_strangers += credential.calls.len();
                continue;
            }
            let person = self.person(credential);
            self.people.insert(at, person);
            self.made(credential, person);
        }
        let alone = self.facts.of_kind("call").filter(|call| {
            !self.facts.into(*call).any(|edge| matches!(edge.view.relation, "made" | "called"))
        });
        let (alone, strange): (Vec<NodeAt>, Vec<NodeAt>) =
            alone.partition(|call| self.touches(*call));
        self.story.counts.by_nobody += strange.len();
        self.made(&Credential { calls: alone, ..Credential::default() }, usize::MAX);
    }

    fn person(&mut self, credential: &Credential) -> usize {
        let facts = self.facts;
        let mut says = vec![Say::plain(credential.kind), Say::name(&credential.label)];
        if !credential.owner.is_empty() {
            says.push(Say::plain(&credential.owner));
        }
        if credential.sessions > 1 {
            says.push(Say::plain(format!("×{} sessions", credential.sessions)));
            self.story.counts.sessions += credential.sessions;
            self.story.counts.session_boxes += 1;
        }
        let first = credential.calls.iter().filter_map(|call| facts.row(*call));
        let first = first.min_by_key(|row| key(&row.time));
        let records = credential.calls.iter().filter_map(|call| facts.row(*call));
        let count = credential.calls.len();
        let calls = if count == 1 { "1 call".to_owned() } else { format!("{count} calls") };
        let kind = credential.kind.to_lowercase();
        let owner = &credential.owner;
        self.add(Draft {
            column: Column::Identity,
            says,
            name: format!("{kind} {} {owner}", credential.label).trim_end().to_owned(),
            about: calls,
            order: (
                0,
                first.map(|row| key(&row.time)).unwrap_or_default(),
                format!("{} {}", credential.label, credential.owner),
            ),
            rank: if credential.path { self.rank(credential.calls.iter().copied()) } else { 3 },
            path: credential.path,
            row: first.map(|row| row.id.clone()),
            citations: records.map(|row| row.citation.clone()).collect(),
            nodes: credential.nodes.clone(),
        })
    }

    /// The calls of a credential, grouped so that each box says one thing.
    fn made(&mut self, credential: &Credential, person: usize) {
        let facts = self.facts;
        let mut groups: BTreeMap<(u8, String), Vec<NodeAt>> = BTreeMap::new();
        for call in &credential.calls {
            if facts.is_of_earlier_function(*call) {
                self.story.counts.earlier += 1;
                continue;
            }
            groups.entry(self.group(*call)).or_default().push(*call);
        }
        for ((sort, _), mut calls) in groups {
            calls.sort_by_key(|call| (facts.when(*call).map(key), *call));
            let draft = self.group_draft(sort, &calls);
            let path = draft.path;
            let at = self.add(draft);
            for call in calls {
                self.calls.insert(call, at);
                let made = facts.into(call);
                let made = made.filter(|edge| matches!(edge.view.relation, "made" | "called"));
                for edge in made.take(1).filter(|_| person != usize::MAX) {
                    self.link_edge(person, at, edge.view.relation, path, edge);
                }
            }
        }
    }

    /// Which calls of a credential share a box: of those on the path none, of key steps and of what
    /// was to change something those of one name, target and outcome, and all others.
    fn group(&self, call: NodeAt) -> (u8, String) {
        if self.path.calls.contains(&call) {
            return (0, format!("{call:09}"));
        }
        let Some(row) = self.facts.row(call) else {
            return (1, self.facts.label(call).to_owned());
        };
        let verbs = self.facts.out(call).map(|edge| edge.view.relation);
        let reads = match row.access {
            Some(access) => access == "read",
            None => verbs.filter(|verb| *verb != "came from").any(|verb| verb.ends_with("read")),
        };
        if row.key || (!reads && self.touches(call)) {
            let target = row.target.as_ref().map_or("", |target| target.raw());
            return (1, format!("{}\0{target}\0{}", row.name.raw(), row.outcome));
        }
        (2, String::new())
    }

    fn group_draft(&mut self, sort: u8, calls: &[NodeAt]) -> Draft {
        let facts = self.facts;
        let count = calls.len();
        let names: BTreeSet<&str> =
            calls.iter().map(|call| plain_name(facts.label(*call))).collect();
        let listed = names.iter().copied().collect::<Vec<_>>().join(", ");
        let first = calls.first().copied().unwrap_or_default();
        let last = calls.last().copied().unwrap_or_default();
        let row = facts.row(first);
        let times = (facts.when(first), facts.when(last));
        let mut says = vec![Say::plain(times.0.map_or_else(|| "no time".to_owned(), moment))];
        let what = match sort {
            _ if names.len() == 1 => String::new(),
            _ => format!("{count} other calls"),
        };
        if what.is_empty() {
            says.push(Say::name(&listed));
        } else {
            says.push(Say::name(&what));
            says.push(Say::plain(&listed));
        }
        for outcome in ["denied", "failed"] {
            let rows = calls.iter().filter_map(|call| facts.row(*call));
            match rows.filter(|row| row.outcome == outcome).count() {
                0 => {}
                all if all == count => says.push(Say::one(Tone::Bad, outcome)),
                some => says.push(Say::one(Tone::Bad, format!("{some} {outcome}"))),
            }
        }
        if count > 1 {
            let until = until(times.0, times.1);
            let number = if what.is_empty() { format!("×{count} ") } else { String::new() };
            says.push(Say::plain(format!("{number}{until}")));
            let counts = &mut self.story.counts;
            let (folded, boxes) = match sort {
                2 => (&mut counts.others, &mut counts.other_boxes),
                _ => (&mut counts.repeated, &mut counts.repeated_boxes),
            };
            *folded += count;
            *boxes += 1;
        }
        let path = sort == 0;
        let at = times.0.map_or_else(|| "at an unknown time".to_owned(), moment);
        let about = match (count, row) {
            (1, Some(row)) => {
                let who = row.actor.as_ref().map_or("somebody", |actor| actor.raw());
                format!("{who} {}", row.text.raw())
            }
            _ => format!("{listed}; {count} calls, {}", until(times.0, times.1)),
        };
        let is_key = calls.iter().any(|call| facts.row(*call).is_some_and(|row| row.key));
        let name = if what.is_empty() { &listed } else { &what };
        let times_made =
            if count > 1 && what.is_empty() { format!(" ×{count}") } else { String::new() };
        Draft {
            column: Column::Call,
            says,
            name: format!("{name}{times_made} ({at})"),
            about,
            order: (0, times.0.map(key).unwrap_or_default(), format!("{first:09}")),
            rank: match sort {
                0 => self.rank(calls.iter().copied()),
                _ if is_key => 2,
                1 => 3,
                _ => 4,
            },
            path,
            row: row.map(|row| row.id.clone()),
            citations: calls
                .iter()
                .filter_map(|call| Some(facts.row(*call)?.citation.clone()))
                .collect(),
            nodes: calls.iter().copied().collect(),
        }
    }
}
