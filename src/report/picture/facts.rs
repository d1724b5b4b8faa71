//! The view's graph, indexed and in one order, whatever order it came in.

use std::collections::BTreeMap;

use super::super::{
    text::{Cite, When},
    view::{EdgeView, NodeView, TimelineRow},
};
use super::Material;
use crate::model::Time;

/// A thing of the graph, by its place in [`Facts::nodes`].
pub type NodeAt = usize;

/// A relation with its ends found.
#[derive(Clone, Copy)]
pub struct Fact<'a> {
    /// Where it starts.
    pub from: NodeAt,
    /// Where it ends.
    pub to: NodeAt,
    /// The relation.
    pub view: &'a EdgeView,
}

/// The graph and what the timeline says of its calls.
pub struct Facts<'a> {
    /// The things by kind and key.
    pub nodes: Vec<&'a NodeView>,
    /// The relations by their ends.
    pub edges: Vec<Fact<'a>>,
    rows: BTreeMap<&'a str, &'a TimelineRow>,
    out: Vec<Vec<usize>>,
    into: Vec<Vec<usize>>,
    keys: BTreeMap<(NodeAt, &'a Cite), NodeAt>,
    /// When the activity of the finding began.
    pub signal: Option<Time>,
    /// When an earlier function of the name was deleted.
    pub reborn: Option<Time>,
}

impl<'a> Facts<'a> {
    /// Indexes what is known. A relation whose ends are not among the things is left out.
    pub fn new(material: &Material<'a>) -> Self {
        let mut nodes: Vec<&NodeView> = material.graph.nodes.iter().collect();
        nodes.sort_by_key(|node| (node.kind, node.key.raw(), node.id.raw()));
        nodes.dedup_by_key(|node| node.id.raw());
        let places: BTreeMap<&str, NodeAt> =
            nodes.iter().enumerate().map(|(at, node)| (node.id.raw(), at)).collect();
        let ends = |view: &'a EdgeView| {
            Some(Fact {
                from: *places.get(view.from.raw())?,
                to: *places.get(view.to.raw())?,
                view,
            })
        };
        let mut edges: Vec<Fact<'a>> = material.graph.edges.iter().filter_map(ends).collect();
        edges.sort_by_key(|edge| (edge.from, edge.to, edge.view.relation));
        let mut out = vec![Vec::new(); nodes.len()];
        let mut into = vec![Vec::new(); nodes.len()];
        for (at, edge) in edges.iter().enumerate() {
            if let Some(list) = out.get_mut(edge.from) {
                list.push(at);
            }
            if let Some(list) = into.get_mut(edge.to) {
                list.push(at);
            }
        }
        let used = edges.iter().filter(|edge| edge.view.relation == "used");
        let keys = used
            .flat_map(|edge| edge.view.citations.iter().map(|cite| ((edge.from, cite), edge.to)));
        let keys = keys.collect();
        let seen = material.finding.first_seen.as_ref().or(material.finding.created.as_ref());
        let created = material.provenance.created.as_ref().and_then(|origin| time(&origin.time));
        let deleted = edges.iter().filter(|edge| edge.view.relation == "deleted");
        let deleted = deleted.filter_map(|edge| time(nodes.get(edge.from)?.time.as_ref()?));
        let reborn = deleted.filter(|at| created.is_some_and(|created| *at < created)).max();
        Self {
            reborn,
            nodes,
            edges,
            rows: material.timeline.iter().map(|row| (row.id.raw(), row)).collect(),
            out,
            into,
            keys,
            signal: seen.and_then(time),
        }
    }

    /// Things of a kind.
    pub fn of_kind(&self, kind: &'static str) -> impl Iterator<Item = NodeAt> {
        self.nodes.iter().enumerate().filter(move |(_, node)| node.kind == kind).map(|(at, _)| at)
    }

    /// What a thing is.
    pub fn kind(&self, node: NodeAt) -> &'static str {
        self.nodes.get(node).map_or("", |node| node.kind)
    }

    /// What a thing is called.
    pub fn label(&self, node: NodeAt) -> &'a str {
        self.nodes.get(node).map_or("", |node| node.label.raw())
    }

    /// When a thing happened.
    pub fn when(&self, node: NodeAt) -> Option<&'a When> {
        self.nodes.get(node)?.time.as_ref()
    }

    /// What the timeline says of a call or an item.
    pub fn row(&self, node: NodeAt) -> Option<&'a TimelineRow> {
        self.rows.get(self.nodes.get(node)?.key.raw()).copied()
    }

    /// The row of the timeline that bears a record's name.
    pub fn row_of(&self, cite: &Cite) -> Option<&'a TimelineRow> {
        self.rows.get(cite.to_string().as_str()).copied()
    }

    /// Relations that start at a thing.
    pub fn out(&self, node: NodeAt) -> impl Iterator<Item = Fact<'a>> {
        let list = self.out.get(node).map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(|at| self.edges.get(*at)).copied()
    }

    /// Relations that end at a thing.
    pub fn into(&self, node: NodeAt) -> impl Iterator<Item = Fact<'a>> {
        let list = self.into.get(node).map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(|at| self.edges.get(*at)).copied()
    }

    /// The access key with which somebody made a call.
    pub fn key_used(&self, maker: NodeAt, call: NodeAt) -> Option<NodeAt> {
        self.keys.get(&(maker, &self.row(call)?.citation)).copied()
    }

    /// Whether a call or an item belongs to an earlier function of the name: AWS Config tells of
    /// its end some minutes late.
    pub fn is_of_earlier_function(&self, node: NodeAt) -> bool {
        let late = if self.kind(node) == "call" { 0 } else { super::LATE };
        let at = self.when(node).and_then(time);
        at.zip(self.reborn).is_some_and(|(at, end)| at.seconds_since(end) <= late)
            && self.row(node).is_some_and(|row| !row.key && row.relation == "subject")
    }

    /// Whether a moment lies in the days before the activity in which a change is likely to have
    /// led to it.
    pub fn is_shortly_before(&self, when: Option<&When>) -> bool {
        when.and_then(time).zip(self.signal).is_some_and(|(time, signal)| {
            (0..=super::super::lead::SHORTLY).contains(&signal.seconds_since(time))
        })
    }
}

/// The moment of a view.
pub fn time(when: &When) -> Option<Time> {
    Time::parse(&when.utc)
}
