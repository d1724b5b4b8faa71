//! The graph for yEd, Gephi and NetworkX.

use super::shown::plain;
use super::{Format, RenderError};
use crate::report::{Report, Visible};

/// The typed graph as GraphML, with the values as they are: only what XML cannot hold, or a reader
/// would not see, is marked.
pub struct GraphMl;

/// Name, what has it, and its type.
const KEYS: [(&str, &str, &str); 8] = [
    ("kind", "node", "string"),
    ("label", "node", "string"),
    ("time", "node", "string"),
    ("relation", "edge", "string"),
    ("inferred", "edge", "boolean"),
    ("method", "edge", "string"),
    ("confidence", "edge", "string"),
    ("citations", "edge", "string"),
];

impl Format for GraphMl {
    fn name(&self) -> &'static str {
        "graphml"
    }

    fn about(&self) -> &'static str {
        "the graph, for yEd, Gephi and NetworkX"
    }

    fn extension(&self) -> &'static str {
        "graphml"
    }

    fn packed(&self) -> &'static str {
        "graph.graphml"
    }

    fn render(&self, report: &Report) -> Result<Vec<u8>, RenderError> {
        let mut xml = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n",
        );
        for (name, of, kind) in KEYS {
            xml.push_str(&format!(
                "  <key id=\"{name}\" for=\"{of}\" attr.name=\"{name}\" attr.type=\"{kind}\"/>\n"
            ));
        }
        xml.push_str("  <graph id=\"casefile\" edgedefault=\"directed\">\n");
        for node in &report.graph.nodes {
            xml.push_str(&format!("    <node id=\"{}\">", escaped(&node.id.visible())));
            data(&mut xml, "kind", node.kind);
            data(&mut xml, "label", node.label.raw());
            if let Some(when) = &node.time {
                data(&mut xml, "time", &when.utc);
            }
            xml.push_str("</node>\n");
        }
        for (number, edge) in report.graph.edges.iter().enumerate() {
            xml.push_str(&format!(
                "    <edge id=\"e{number}\" source=\"{}\" target=\"{}\">",
                escaped(&edge.from.visible()),
                escaped(&edge.to.visible())
            ));
            data(&mut xml, "relation", edge.relation);
            data(&mut xml, "inferred", &edge.inferred.to_string());
            if let Some(method) = edge.method {
                data(&mut xml, "method", method);
            }
            data(&mut xml, "confidence", edge.confidence);
            let records: Vec<String> = edge.citations.iter().map(ToString::to_string).collect();
            data(&mut xml, "citations", &records.join(" "));
            xml.push_str("</edge>\n");
        }
        xml.push_str("  </graph>\n</graphml>\n");
        Ok(xml.into_bytes())
    }
}

fn data(xml: &mut String, key: &str, text: &str) {
    xml.push_str(&format!("<data key=\"{key}\">{}</data>", escaped(text)));
}

/// A text as XML 1.0 has it, in an element or an attribute.
///
/// What XML does not allow at all (most control characters, U+FFFE, U+FFFF) is hidden, and marked
/// as such.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in plain(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
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

    fn unescape(xml: &str) -> String {
        let text = ["&lt;<", "&gt;>", "&quot;\"", "&apos;'", "&amp;&"].iter().fold(
            xml.to_owned(),
            |text, rule| {
                let (name, character) = rule.split_once(';').unwrap();
                text.replace(&format!("{name};"), character)
            },
        );
        unmark(&text).unwrap()
    }

    #[test]
    fn a_graph_of_tricks_has_its_elements_and_no_more() {
        for report in [example::calm(), example::hostile(), example::empty()] {
            let xml = String::from_utf8(GraphMl.render(&report).unwrap()).unwrap();
            assert!(!xml.chars().any(|c| is_hidden(c) && c != '\n'));
            let graph = &report.graph;
            assert_eq!(xml.matches("<node ").count(), graph.nodes.len());
            assert_eq!(xml.matches("<edge ").count(), graph.edges.len());
            let names: std::collections::BTreeSet<&str> = xml
                .split('<')
                .skip(1)
                .map(|tag| tag.split([' ', '>']).next().unwrap().trim_start_matches('/'))
                .collect();
            let ours = ["?xml", "data", "edge", "graph", "graphml", "key", "node"];
            assert!(names.iter().all(|name| ours.contains(name)), "{names:?}");
            for node in &graph.nodes {
                let label = format!("<data key=\"label\">{}</data>", escaped(node.label.raw()));
                assert!(xml.contains(&label));
            }
        }
    }

    proptest! {
        #[test]
        fn every_text_is_xml_and_reads_back(text in any_text()) {
            let xml = escaped(&text);
            prop_assert!(!xml.contains(['<', '>', '"', '\'']));
            prop_assert!(!xml.chars().any(is_hidden));
            prop_assert_eq!(unescape(&xml), text);
        }
    }
}
