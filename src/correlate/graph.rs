//! The typed graph of a case.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::stable_graph::{EdgeIndex, NodeIndex, StableDiGraph};

use super::link::{Confidence, Method};
use crate::model::{RecordId, Time};

/// What a node is. The order is that of a reader's interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeKind {
    /// A GuardDuty finding.
    Finding,
    /// A function.
    Function,
    /// A published version of a function.
    Version,
    /// A remote or source address, or a domain.
    Address,
    /// A threat list.
    ThreatList,
    /// A user, role, human, service or account.
    Principal,
    /// A session of a principal.
    Session,
    /// An access key.
    AccessKey,
    /// An API call.
    Call,
    /// A configuration item.
    ConfigurationItem,
    /// A function's execution role.
    Role,
    /// A policy.
    Policy,
    /// Code, by its hash or its place.
    Code,
    /// A layer version.
    Layer,
    /// A subnet, security group or VPC.
    Network,
    /// A stack.
    Stack,
    /// A rule or other source of invocations.
    Trigger,
}

impl NodeKind {
    /// The word that data outputs use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Finding => "finding",
            Self::Function => "function",
            Self::Version => "version",
            Self::Address => "address",
            Self::ThreatList => "threat_list",
            Self::Principal => "principal",
            Self::Session => "session",
            Self::AccessKey => "access_key",
            Self::Call => "call",
            Self::ConfigurationItem => "configuration_item",
            Self::Role => "role",
            Self::Policy => "policy",
            Self::Code => "code",
            Self::Layer => "layer",
            Self::Network => "network",
            Self::Stack => "stack",
            Self::Trigger => "trigger",
        }
    }
}

/// A thing: its kind and key tell it from every other.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// What tells it from others of its kind: an ARN, an id, a name.
    pub key: String,
    /// What a reader calls it.
    pub label: String,
    /// When it happened, for calls, items and findings.
    pub time: Option<Time>,
}

/// A relation and the records that say so.
#[derive(Clone, Debug)]
pub struct Edge {
    /// In the active voice: `created`, `runs as`, `contacted`, …
    pub relation: &'static str,
    /// How it was computed; `None` when a record states it.
    pub method: Option<Method>,
    /// How sure it is.
    pub confidence: Confidence,
    /// The first record behind it.
    pub record: RecordId,
    /// Further records behind it.
    pub more: Vec<RecordId>,
}

/// A handle to a node.
pub type NodeRef = NodeIndex;

/// Things and relations, each once.
#[derive(Debug, Default)]
pub struct Graph {
    graph: StableDiGraph<Node, Edge>,
    index: BTreeMap<(NodeKind, String), NodeIndex>,
    /// Each relation and the records behind it. A thing may have thousands of relations and a
    /// relation thousands of records, which is too many to look through for each.
    relations: BTreeMap<(NodeIndex, NodeIndex, &'static str), (EdgeIndex, BTreeSet<RecordId>)>,
}

impl Graph {
    /// The node of that kind and key, made if it is not there yet.
    pub fn node(&mut self, kind: NodeKind, key: &str, label: &str, time: Option<Time>) -> NodeRef {
        let graph = &mut self.graph;
        *self.index.entry((kind, key.to_owned())).or_insert_with(|| {
            graph.add_node(Node { kind, key: key.to_owned(), label: label.to_owned(), time })
        })
    }

    /// Says that a record states a relation.
    pub fn state(&mut self, from: NodeRef, relation: &'static str, to: NodeRef, record: &RecordId) {
        self.link(from, relation, to, None, Confidence::Exact, record, &[]);
    }

    /// Adds a relation. Said twice, it is one relation with both records and the better strength.
    #[expect(
        clippy::too_many_arguments,
        reason = "a relation has two ends, a kind, a strength and its records"
    )]
    pub fn link(
        &mut self,
        from: NodeRef,
        relation: &'static str,
        to: NodeRef,
        method: Option<Method>,
        confidence: Confidence,
        record: &RecordId,
        more: &[&RecordId],
    ) {
        let known = self.relations.get_mut(&(from, to, relation));
        let known = known.and_then(|(id, cited)| Some((self.graph.edge_weight_mut(*id)?, cited)));
        let records = || std::iter::once(record).chain(more.iter().copied());
        match known {
            Some((edge, cited)) => {
                for record in records() {
                    if cited.insert(record.clone()) {
                        edge.more.push(record.clone());
                    }
                }
                if (method.is_some(), confidence) < (edge.method.is_some(), edge.confidence) {
                    edge.method = method;
                    edge.confidence = confidence;
                }
            }
            None => {
                let edge = Edge {
                    relation,
                    method,
                    confidence,
                    record: record.clone(),
                    more: more.iter().map(|record| (*record).clone()).collect(),
                };
                let id = self.graph.add_edge(from, to, edge);
                self.relations.insert((from, to, relation), (id, records().cloned().collect()));
            }
        }
    }

    /// All nodes, by kind and key.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.index.values().filter_map(|index| self.graph.node_weight(*index))
    }

    /// All relations with their ends, by the kinds and keys of these and the relation.
    pub fn edges(&self) -> Vec<(&Node, &Edge, &Node)> {
        let mut edges: Vec<(&Node, &Edge, &Node)> = self
            .graph
            .edge_indices()
            .filter_map(|index| {
                let (from, to) = self.graph.edge_endpoints(index)?;
                Some((
                    self.graph.node_weight(from)?,
                    self.graph.edge_weight(index)?,
                    self.graph.node_weight(to)?,
                ))
            })
            .collect();
        edges.sort_by(|a, b| {
            (a.0.kind, &a.0.key, a.2.kind, &a.2.key, a.1.relation).cmp(&(
                b.0.kind,
                &b.0.key,
                b.2.kind,
                &b.2.key,
                b.1.relation,
            ))
        });
        edges
    }
}
