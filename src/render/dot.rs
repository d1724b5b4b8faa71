//! The graph for Graphviz.

use std::fmt::Write as _;

use super::shown::plain;
use super::{Format, RenderError};
use crate::report::{Address, EdgeView, NodeView, Report, Visible};

/// The typed graph, drawn as it is by `dot`: inferred relations dashed.
pub struct Dot;

impl Format for Dot {
    fn name(&self) -> &'static str {
        "dot"
    }

    fn about(&self) -> &'static str {
        "the graph, for Graphviz"
    }

    fn extension(&self) -> &'static str {
        "dot"
    }

    fn packed(&self) -> &'static str {
        "graph.dot"
    }

    fn render(&self, report: &Report) -> Result<Vec<u8>, RenderError> {
        let mut dot = String::from("digraph casefile {\n  rankdir=LR;\n  node [shape=box];\n");
        for node in &report.graph.nodes {
            statement(&mut dot, &[&node.id], &of_node(node));
        }
        for edge in &report.graph.edges {
            statement(&mut dot, &[&edge.from, &edge.to], &of_edge(edge));
        }
        dot.push_str("}\n");
        Ok(dot.into_bytes())
    }
}

type Attributes = Vec<(&'static str, String)>;

fn of_node(node: &NodeView) -> Attributes {
    let label = node.label.raw();
    // A picture is for the eye.
    let seen = if node.kind == "address" {
        Address::new(label).visible().into_owned()
    } else {
        label.to_owned()
    };
    let mut lines = vec![node.kind.replace('_', " "), seen];
    lines.extend(node.time.iter().map(|when| when.utc.clone()));
    lines.extend(node.time.iter().filter_map(|when| when.local.clone()));
    let mut attributes = vec![("label", quoted_lines(&lines)), ("kind", quoted(node.kind))];
    attributes.extend(node.time.iter().map(|when| ("time", quoted(&when.utc))));
    attributes
}

fn of_edge(edge: &EdgeView) -> Attributes {
    let records: Vec<String> = edge.citations.iter().map(ToString::to_string).collect();
    let mut attributes = vec![
        ("label", quoted_lines(&[edge.relation.to_owned(), records.join(" ")])),
        ("relation", quoted(edge.relation)),
        ("inferred", quoted(&edge.inferred.to_string())),
        ("confidence", quoted(edge.confidence)),
        ("citations", quoted(&records.join(" "))),
    ];
    attributes.extend(edge.method.map(|method| ("method", quoted(method))));
    attributes.extend(edge.inferred.then(|| ("style", "dashed".to_owned())));
    attributes
}

fn statement(dot: &mut String, ends: &[&impl Visible], attributes: &Attributes) {
    let ends: Vec<String> = ends.iter().map(|end| quoted(&end.visible())).collect();
    let attributes: Vec<String> =
        attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
    // Writing to a String does not fail.
    let _ = writeln!(dot, "  {} [{}];", ends.join(" -> "), attributes.join(", "));
}

/// A text between quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Longer lines are cut: nobody reads them in a picture, and Graphviz does not read texts of 16 KiB.
const LONGEST: usize = 200;

/// A label of several lines.
fn quoted_lines(lines: &[String]) -> String {
    let lines: Vec<String> = lines
        .iter()
        .map(|line| match line.char_indices().nth(LONGEST) {
            Some((end, _)) => escaped(line.get(..end).unwrap_or_default()) + "…",
            None => escaped(line),
        })
        .collect();
    format!("\"{}\"", lines.join("\\n"))
}

/// A text that stands for itself in a label of any shape.
///
/// There a backslash begins an escape and an ampersand the name of a character; braces, bars and
/// angle brackets divide the label of a record shape, should anybody set one. All of them are
/// written by name, so that quotes and backslashes are ours alone. What stands between quotes is
/// never HTML.
fn escaped(text: &str) -> String {
    let text = plain(text);
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\\' => out.push_str("&#92;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '{' => out.push_str("&#123;"),
            '|' => out.push_str("&#124;"),
            '}' => out.push_str("&#125;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use proptest::prelude::*;

    use super::super::shown::tests::{any_text, unmark};
    use super::super::{example, hidden::is_hidden};
    use super::*;

    fn unescape(mut label: &str) -> String {
        let mut text = String::new();
        while let Some(first) = label.chars().next() {
            label = label.strip_prefix(first).unwrap();
            if first == '&' {
                let (name, rest) = label.split_once(';').unwrap();
                text.push(match name {
                    "amp" => '&',
                    "quot" => '"',
                    "lt" => '<',
                    "gt" => '>',
                    code => {
                        let code = code.strip_prefix('#').unwrap().parse().unwrap();
                        char::from_u32(code).unwrap()
                    }
                });
                label = rest;
            } else {
                text.push(first);
            }
        }
        unmark(&text).unwrap()
    }

    #[test]
    fn a_graph_of_tricks_has_its_statements_and_no_more() {
        for report in [example::calm(), example::hostile(), example::empty()] {
            let dot = String::from_utf8(Dot.render(&report).unwrap()).unwrap();
            assert!(!dot.chars().any(|c| is_hidden(c) && c != '\n'));
            let statements = dot.lines().filter(|line| line.ends_with("];")).count();
            let graph = &report.graph;
            assert_eq!(statements, graph.nodes.len() + graph.edges.len() + 1);
            assert_eq!(dot.lines().count(), statements + 3);
            for line in dot.lines() {
                // Between its quotes a line has letters and names of characters, outside them ours.
                for (at, part) in line.split('"').enumerate() {
                    let part = if at % 2 == 1 { part.replace("\\n", "") } else { part.to_owned() };
                    let wrong = if at % 2 == 1 { r"\<>{}|" } else { r"\<&" };
                    assert!(!part.contains(|c| wrong.contains(c)), "{part}");
                }
                assert_eq!(line.matches('"').count() % 2, 0);
            }
        }
    }

    #[test]
    fn addresses_are_drawn_defanged_and_inferred_relations_dashed() {
        let mut report = example::calm();
        let node = report.graph.nodes.first_mut().unwrap();
        node.kind = "address";
        node.label = "198.51.100.7".into();
        let dot = String::from_utf8(Dot.render(&report).unwrap()).unwrap();
        assert!(dot.contains("198[.]51[.]100[.]7") && !dot.contains("198.51.100.7"), "{dot}");
        assert_eq!(dot.matches("style=dashed").count(), 1);
    }

    #[test]
    fn a_long_label_is_cut_before_graphviz_stops_reading() {
        let mut report = example::calm();
        report.graph.nodes.first_mut().unwrap().label = "<".repeat(100_000).into();
        let dot = String::from_utf8(Dot.render(&report).unwrap()).unwrap();
        assert!(dot.contains("&lt;…\""), "{dot}");
        assert!(dot.split('"').all(|text| text.len() < 16_384));
    }

    proptest! {
        #[test]
        fn every_label_reads_back(text in any_text()) {
            let label = escaped(&text);
            prop_assert!(!label.contains(['"', '\\', '<', '>', '{', '}', '|', '\n']), "{}", label);
            prop_assert_eq!(unescape(&label), text);
        }
    }
}
