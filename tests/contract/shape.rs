//! The members of every object of `casefile-report/1`, in their order, as the contract lists them.

use std::collections::BTreeMap;

use serde_json::Value;

/// Place of an object, and its members; `[]` stands for each element.
pub const MEMBERS: &[(&str, &str)] = &[
    (
        "",
        "schema generator finding subject headline statements provenance timeline changes actors \
         indicators insights next_steps graph gaps coverage archives evidence",
    ),
    ("/generator", "name version"),
    (
        "/finding",
        "id arn type severity severity_label account region title description count first_seen \
         last_seen created updated archived sample resource_type action_type direction protocol \
         blocked remotes threat_lists",
    ),
    ("/finding/remotes[]", "ip domain port country asn org"),
    ("/finding/threat_lists[]", "name threats"),
    (
        "/subject",
        "type arn name version runtime handler role_arn code_sha256 revision_id last_modified vpc \
         tags",
    ),
    ("/subject/vpc", "id subnets security_groups"),
    ("/statements[]", "kind text citations method"),
    ("/provenance", "created running deleted"),
    ("/provenance/created", ORIGIN),
    ("/provenance/created/code", CODE),
    ("/provenance/running", ORIGIN),
    ("/provenance/running/code", CODE),
    ("/provenance/deleted", ORIGIN),
    ("/provenance/deleted/code", CODE),
    ("/timeline[]", "id time source name actor text target outcome access relation key citation"),
    ("/changes[]", "time path aspect before after citations caused_by"),
    ("/changes[]/caused_by", "citation method confidence"),
    (
        "/actors[]",
        "id kind arn session_issuer_arn session_names access_key_ids source_ips user_agents mfa \
         first_seen last_seen calls denied chain",
    ),
    (
        "/actors[]/chain[]",
        "arn kind session_name access_key_id event_name time method confidence citation",
    ),
    ("/indicators[]", "type value context citations"),
    ("/insights[]", "rule title text level techniques citations"),
    ("/next_steps[]", "phase text command effect risk"),
    ("/graph", "nodes edges"),
    ("/graph/nodes[]", "id kind label time"),
    ("/graph/edges[]", "from to relation inferred method confidence citations"),
    ("/gaps[]", "source asked reason consequence"),
    ("/coverage[]", "source window requests records complete"),
    ("/coverage[]/window", "from to"),
    (
        "/archives[]",
        "files opened packed_bytes bytes records found passes digests insights copies places faults \
         queries",
    ),
    (
        "/archives[]/places[]",
        "account region opened passed bytes records window silent_hours silences",
    ),
    ("/archives[]/places[]/window", "from to"),
    ("/archives[]/places[]/silences[]", "from to"),
    ("/archives[]/faults[]", "reason files names"),
    (
        "/archives[]/queries[]",
        "engine table id sql rows unread scanned_bytes millionths_of_usd failed",
    ),
    ("/evidence[]", "id source operation document pointer time sha256 record"),
];

const ORIGIN: &str = "time event_name actor principal_arn principal_kind session_issuer_arn \
                      session_name access_key_id source_ip user_agent via code code_sha256 \
                      revision_id matched_by confidence citations";
const CODE: &str = "kind bucket key version image_uri";

/// Words that a member may be, beside null.
pub const WORDS: &[(&str, &str)] = &[
    ("/finding/severity_label", "Low Medium High Critical"),
    ("/statements[]/kind", "seen inferred unknown"),
    ("/provenance/*/principal_kind", PRINCIPALS),
    ("/provenance/*/via", "console cli sdk cloudformation terraform cdk sam service unknown"),
    ("/provenance/*/code/kind", "s3 zip image unknown"),
    ("/provenance/*/matched_by", "revision_id code_sha256 last_modified time"),
    ("/provenance/*/confidence", STRENGTHS),
    ("/timeline[]/source", "guardduty config cloudtrail"),
    ("/timeline[]/outcome", "ok denied failed"),
    ("/timeline[]/access", "read write"),
    (
        "/timeline[]/relation",
        "finding subject role code network stack trigger session actor by_function",
    ),
    ("/changes[]/caused_by/method", "revision_id code_sha256 value last_modified time"),
    ("/changes[]/caused_by/confidence", STRENGTHS),
    ("/actors[]/kind", PRINCIPALS),
    ("/actors[]/chain[]/kind", PRINCIPALS),
    ("/actors[]/chain[]/method", "access_key_id session_arn stack_role"),
    ("/actors[]/chain[]/confidence", STRENGTHS),
    (
        "/indicators[]/type",
        "ip domain code_sha256 access_key_id user_agent layer_arn s3_object image_uri account_id",
    ),
    ("/next_steps[]/phase", "contain preserve eradicate verify"),
    (
        "/graph/nodes[]/kind",
        "finding function version configuration_item call principal session access_key address \
         role policy network code layer stack threat_list trigger",
    ),
    ("/graph/edges[]/confidence", STRENGTHS),
    ("/gaps[]/source", "guardduty config cloudtrail input"),
    ("/coverage[]/source", "guardduty config cloudtrail"),
    ("/evidence[]/source", "guardduty config cloudtrail"),
];

const STRENGTHS: &str = "exact strong probable candidate";
const PRINCIPALS: &str = "root user role federated service account function unknown";

/// Places whose content is the evidence's own: any JSON, any text.
pub const FREE: &[&str] =
    &["/subject/tags", "/changes[]/before", "/changes[]/after", "/evidence[]/record"];

/// The members of that object.
pub fn members(place: &str) -> Option<Vec<&'static str>> {
    let (_, members) = MEMBERS.iter().find(|(listed, _)| *listed == place)?;
    Some(members.split_whitespace().collect())
}

/// Calls `visit` with every value of a report that the contract speaks of, and with its place.
pub fn walk<'a>(report: &'a Value, visit: &mut impl FnMut(&str, &'a Value)) {
    step("", report, visit);
}

fn step<'a>(place: &str, value: &'a Value, visit: &mut impl FnMut(&str, &'a Value)) {
    visit(place, value);
    if FREE.contains(&place) {
        return;
    }
    match value {
        Value::Array(elements) => {
            let place = format!("{place}[]");
            elements.iter().for_each(|element| step(&place, element, visit));
        }
        Value::Object(members) => {
            for (name, member) in members {
                step(&format!("{place}/{name}"), member, visit);
            }
        }
        _ => {}
    }
}

/// The objects that a schema describes, by their places, with their members in order.
pub fn described(schema: &Value) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    describe("", schema, schema, &mut found);
    found
}

fn describe(place: &str, schema: &Value, root: &Value, found: &mut BTreeMap<String, Vec<String>>) {
    if FREE.contains(&place) {
        return;
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let pointer = reference.strip_prefix('#').expect("a reference within the schema");
        return describe(place, root.pointer(pointer).expect("a definition"), root, found);
    }
    for inner in schema.get("anyOf").and_then(Value::as_array).into_iter().flatten() {
        describe(place, inner, root, found);
    }
    if let Some(items) = schema.get("items") {
        describe(&format!("{place}[]"), items, root, found);
    }
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        found.insert(place.to_owned(), properties.keys().cloned().collect());
        for (name, property) in properties {
            describe(&format!("{place}/{name}"), property, root, found);
        }
    }
}
