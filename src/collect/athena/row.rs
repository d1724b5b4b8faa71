//! A row of an answer, back as the `CloudTrail` record that it was made from.

use serde_json::{Map, Value};

use super::table::{COLUMNS, Column};

/// Members of structures whose names Athena gives in lower case.
const MEMBERS: [(&str, &str); 23] = [
    ("principalid", "principalId"),
    ("accountid", "accountId"),
    ("invokedby", "invokedBy"),
    ("accesskeyid", "accessKeyId"),
    ("username", "userName"),
    ("onbehalfof", "onBehalfOf"),
    ("userid", "userId"),
    ("identitystorearn", "identityStoreArn"),
    ("sessioncontext", "sessionContext"),
    ("mfaauthenticated", "mfaAuthenticated"),
    ("creationdate", "creationDate"),
    ("sessionissuer", "sessionIssuer"),
    ("ec2roledelivery", "ec2RoleDelivery"),
    ("webidfederationdata", "webIdFederationData"),
    ("federatedprovider", "federatedProvider"),
    ("sourceidentity", "sourceIdentity"),
    ("identityprovider", "identityProvider"),
    ("inscopeof", "inScopeOf"),
    ("credentialid", "credentialId"),
    ("tlsversion", "tlsVersion"),
    ("ciphersuite", "cipherSuite"),
    ("clientprovidedhostheader", "clientProvidedHostHeader"),
    ("issuertype", "issuerType"),
];

/// The record of a row, whose values stand in the order of the columns. What the table holds as the
/// text of a structure is one again; what is null is left out.
pub fn record(columns: &[Column], row: &[Option<String>]) -> Value {
    let mut record = Map::new();
    for (column, value) in columns.iter().zip(row) {
        let Some(value) = value else { continue };
        let known = COLUMNS.into_iter().find(|(name, _)| *name == column.name);
        let name = known.map_or(column.name, |(_, name)| name);
        let value = match name {
            "userIdentity" | "tlsDetails" | "addendum" => parsed(value).map(|it| members(it, "")),
            "resources" => parsed(value).map(resources),
            "requestParameters"
            | "responseElements"
            | "additionalEventData"
            | "serviceEventDetails" => Some(parsed(value).unwrap_or_else(|| value.clone().into())),
            "readOnly" | "managementEvent" => Some(match value.as_str() {
                "true" => true.into(),
                "false" => false.into(),
                other => other.into(),
            }),
            _ => Some(value.clone().into()),
        };
        // A structure that is no JSON does not come from this query.
        if let Some(value) = value.filter(|value| !is_nothing(value)) {
            record.insert(name.to_owned(), value);
        }
    }
    record.into()
}

/// Text that holds JSON; `None` for any other.
fn parsed(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(|value: &Value| value.is_object() || value.is_array())
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(Map::is_empty)
}

/// The same with the names that `CloudTrail` gives, and without members that are null. `within` is
/// the member that it stands in: attributes of a web identity are named by whoever gave it.
fn members(value: Value, within: &str) -> Value {
    let Value::Object(members) = value else { return value };
    let renamed = members.into_iter().filter_map(|(name, value)| {
        let known = MEMBERS.into_iter().find(|(lower, _)| within != "webid" && *lower == name);
        let inside = match (name.as_str(), within) {
            ("webidfederationdata", _) => "federation",
            ("attributes", "federation") => "webid",
            _ => "",
        };
        let value = self::members(value, inside);
        let name = known.map_or(name, |(_, known)| known.to_owned());
        (!is_nothing(&value)).then_some((name, value))
    });
    Value::Object(renamed.collect())
}

/// The resources of a record: structures, or lists of their values in the table's order.
fn resources(value: Value) -> Value {
    let Value::Array(all) = value else { return value };
    let names = [("arn", "ARN"), ("accountid", "accountId"), ("type", "type")];
    let one = |value: Value| {
        let member = |(at, (lower, name)): (usize, (&str, &str))| {
            let value = value.get(lower).or_else(|| value.get(at)).cloned()?;
            (!value.is_null()).then(|| (name.to_owned(), value))
        };
        Value::Object(names.into_iter().enumerate().filter_map(member).collect())
    };
    all.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::collect::athena::table::{Name, Table};

    fn read(values: &[(&str, &str)]) -> Value {
        let name = Name { database: "d".into(), table: "t".into() };
        let columns = Table::standard(name, Vec::new()).columns;
        let row: Vec<Option<String>> = columns
            .iter()
            .map(|column| {
                let value = values.iter().find(|(name, _)| *name == column.name);
                value.map(|(_, value)| (*value).to_owned())
            })
            .collect();
        record(&columns, &row)
    }

    #[test]
    fn a_row_is_the_record_again() {
        let row = read(&[
            ("eventtime", "2026-11-20T02:11:47Z"),
            ("eventid", "e-1"),
            ("sourceipaddress", "203.0.113.7"),
            ("readonly", "false"),
            (
                "useridentity",
                r#"{"type":"AssumedRole","principalid":"AROA:x","invokedby":null,"sessioncontext":{"attributes":{"mfaauthenticated":"false"},"sessionissuer":{"username":"r"},"webidfederationdata":{"federatedprovider":"p","attributes":{"accountid":"kept"}},"ec2roledelivery":null},"onbehalfof":{"userid":null}}"#,
            ),
            ("requestparameters", r#"{"functionName":"f","n":1}"#),
            ("responseelements", "no JSON"),
            ("resources", r#"[{"arn":"arn:x","accountid":"1","type":null}]"#),
        ]);
        let expected = json!({
            "eventTime": "2026-11-20T02:11:47Z",
            "eventID": "e-1",
            "sourceIPAddress": "203.0.113.7",
            "readOnly": false,
            "userIdentity": {
                "type": "AssumedRole",
                "principalId": "AROA:x",
                "sessionContext": {
                    "attributes": {"mfaAuthenticated": "false"},
                    "sessionIssuer": {"userName": "r"},
                    "webIdFederationData": {
                        "federatedProvider": "p", "attributes": {"accountid": "kept"},
                    },
                },
            },
            "requestParameters": {"functionName": "f", "n": 1},
            "responseElements": "no JSON",
            "resources": [{"ARN": "arn:x", "accountId": "1"}],
        });
        assert_eq!(row, expected);
    }

    #[test]
    fn resources_may_be_lists() {
        let row = read(&[("resources", r#"[["arn:x",null,"AWS::IAM::Role"]]"#)]);
        assert_eq!(row, json!({"resources": [{"ARN": "arn:x", "type": "AWS::IAM::Role"}]}));
    }
}
