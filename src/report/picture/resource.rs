//! Which resources get a box: the function and its role, and by kind what belongs to these.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, NodeAt};

/// A box of the column: its kind, its things, and whether a call on the path touched it.
pub struct Resource {
    /// What its things are.
    pub kind: &'static str,
    /// The things.
    pub nodes: Vec<NodeAt>,
}

/// More things of a kind than this, which no call on the path touched, share a box.
const APART: usize = 2;

/// The boxes of the column.
pub fn resources(facts: &Facts<'_>, path: &BTreeSet<NodeAt>) -> Vec<Resource> {
    let named: BTreeSet<NodeAt> = path
        .iter()
        .flat_map(|call| facts.out(*call))
        .filter(|edge| edge.view.relation != "put in place")
        .map(|edge| edge.to)
        .collect();
    let kinds = ["function", "role", "policy", "code", "layer", "trigger", "stack", "network"];
    let mut boxes = Vec::new();
    for kind in kinds {
        let mut rest: Vec<NodeAt> = Vec::new();
        for node in facts.of_kind(kind).filter(|node| belongs(facts, *node, &named)) {
            if kind == "function" || named.contains(&node) {
                boxes.push(Resource { kind, nodes: vec![node] });
            } else {
                rest.push(node);
            }
        }
        if rest.len() > APART {
            boxes.push(Resource { kind, nodes: rest });
        } else {
            boxes.extend(rest.into_iter().map(|node| Resource { kind, nodes: vec![node] }));
        }
    }
    boxes
}

/// Whether a thing belongs to the function or its role, or a call on the path touched it. Code is
/// drawn where the path took it from; hashes stand in the boxes of the changes.
fn belongs(facts: &Facts<'_>, node: NodeAt, named: &BTreeSet<NodeAt>) -> bool {
    let tied = |other: NodeAt| matches!(facts.kind(other), "function" | "role");
    match facts.kind(node) {
        "function" => true,
        "code" => named.contains(&node),
        _ => {
            named.contains(&node)
                || facts.into(node).any(|edge| tied(edge.from) && edge.from != node)
                || facts.out(node).any(|edge| tied(edge.to) && edge.to != node)
        }
    }
}

/// The word for a kind of thing, alone and together.
pub fn word(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "function" => ("FUNCTION", "functions"),
        "role" => ("ROLE", "roles"),
        "policy" => ("POLICY", "policies"),
        "code" => ("CODE", "pieces of code"),
        "layer" => ("LAYER", "layers"),
        "trigger" => ("TRIGGER", "triggers"),
        "stack" => ("STACK", "stacks"),
        _ => ("NETWORK", "parts of the network"),
    }
}

/// Where each thing went.
pub fn places(boxes: &[Resource]) -> BTreeMap<NodeAt, usize> {
    let places = boxes.iter().enumerate();
    places.flat_map(|(at, one)| one.nodes.iter().map(move |node| (*node, at))).collect()
}
