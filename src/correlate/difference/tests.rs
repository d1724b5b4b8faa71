//! Real items of each type are changed in one place; made-up ones show the rest.
//!
//! The three items are example configuration items of the AWS Config Rule
//! Development Kit (github awslabs/aws-config-rdk, Apache-2.0), unchanged but for
//! white space and the array that the function's item stands in.

use super::{Difference, differences};
use crate::resource::{Resource, of_type};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const FUNCTION: &str = r#"{"version":"1.3","accountId":"823362693882","configurationItemCaptureTime":"2018-05-11T17:53:48.872Z","configurationItemStatus":"OK","configurationStateId":"1526061228872","configurationItemMD5Hash":"","arn":"arn:aws:lambda:us-east-1:823362693882:function:test-function","resourceType":"AWS::Lambda::Function","resourceId":"test-function","resourceName":"test-function","awsRegion":"us-east-1","availabilityZone":"Not Applicable","tags":{"test":"value"},"relatedEvents":[],"relationships":[{"resourceType":"AWS::IAM::Role","resourceName":"lambda_basic_execution","relationshipName":"Is associated with "},{"resourceType":"AWS::EC2::SecurityGroup","resourceId":"sg-e463c89c","relationshipName":"Is associated with "},{"resourceType":"AWS::EC2::Subnet","resourceId":"subnet-23deb22f","relationshipName":"Is contained in "},{"resourceType":"AWS::EC2::Subnet","resourceId":"subnet-8dee48a7","relationshipName":"Is contained in "}],"configuration":{"functionName":"test-function","functionArn":"arn:aws:lambda:us-east-1:823362693882:function:test-function","runtime":"nodejs6.10","role":"arn:aws:iam::823362693882:role/lambda_basic_execution","handler":"index.handler","codeSize":216,"description":"","timeout":3,"memorySize":128,"lastModified":"2018-05-11T17:51:41.919+0000","codeSha256":"IIwUc2FF9nrH3U856beLym8t6M2ZBgwZJ5MLu3OWGAo=","version":"$LATEST","vpcConfig":{"subnetIds":["subnet-8dee48a7","subnet-23deb22f"],"securityGroupIds":["sg-e463c89c"]},"tracingConfig":{"mode":"PassThrough"},"revisionId":"156c57a0-7f2f-41d2-8240-29797b0132ed"},"supplementaryConfiguration":{"Tags":{"test":"value"}}}"#;

const ROLE: &str = r#"{"version":"1.2","accountId":"264683526309","configurationItemCaptureTime":"2016-11-06T03:41:52.719Z","configurationItemStatus":"OK","configurationStateId":"1478403712719","configurationItemMD5Hash":"91a47a3c0184f9b29cfb3e354ff887dd","arn":"arn:aws:iam::264683526309:role/service-role/config-role-ezcrc2","resourceType":"AWS::IAM::Role","resourceId":"AROAIY7FPU7KRV7IZBNPC","resourceName":"config-role-ezcrc2","awsRegion":"global","availabilityZone":"Not Applicable","resourceCreationTime":"2016-03-10T23:52:10.000Z","tags":{},"relatedEvents":[],"relationships":[{"resourceType":"AWS::IAM::Policy","resourceId":"ANPAIJWML3NX3NT6UAGO4","resourceName":"ELB-policy","relationshipName":"Is attached to CustomerManagedPolicy"},{"resourceType":"AWS::IAM::Policy","resourceId":"ANPAILY3GNWH4C77WJ6QM","resourceName":"config-role-ezcrc2-AWSConfigDeliveryPermissions-us-west-2","relationshipName":"Is attached to CustomerManagedPolicy"}],"configuration":{"path":"/service-role/","roleName":"config-role-ezcrc2","roleId":"AROAIY7FPU7KRV7IZBNPC","arn":"arn:aws:iam::264683526309:role/service-role/config-role-ezcrc2","createDate":"2016-03-10T23:52:10.000Z","assumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[{"Sid":"","Effect":"Allow","Principal":{"Service":"config.amazonaws.com"},"Action":"sts:AssumeRole"}]},"instanceProfileList":[],"rolePolicyList":[],"attachedManagedPolicies":[{"policyName":"ELB-policy","policyArn":"arn:aws:iam::264683526309:policy/ELB-policy"},{"policyName":"config-role-ezcrc2-AWSConfigDeliveryPermissions-us-west-2","policyArn":"arn:aws:iam::264683526309:policy/service-role/config-role-ezcrc2-AWSConfigDeliveryPermissions-us-west-2"},{"policyName":"AWS_ConfigRole","policyArn":"arn:aws:iam::aws:policy/service-role/AWS_ConfigRole"}]},"supplementaryConfiguration":{}}"#;

const SECURITY_GROUP: &str = r#"{"version":"1.2","accountId":"264683526309","configurationItemCaptureTime":"2016-06-09T08:59:59.139Z","configurationItemStatus":"OK","configurationStateId":"58","configurationItemMD5Hash":"d5256a780a70ecb28fbd02b10c2a1662","arn":"arn:aws:ec2:us-east-1:264683526309:security-group/sg-1d56fc66","resourceType":"AWS::EC2::SecurityGroup","resourceId":"sg-1d56fc66","awsRegion":"us-east-1","availabilityZone":"Not Applicable","tags":{},"relatedEvents":[],"relationships":[{"resourceType":"AWS::EC2::VPC","resourceId":"vpc-0990dc6d","relationshipName":"Is contained in Vpc"}],"configuration":{"ownerId":"264683526309","groupName":"launch-wizard-7","groupId":"sg-1d56fc66","description":"launch-wizard-7 created 2016-05-26T14:26:12.992-07:00","ipPermissions":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"userIdGroupPairs":[],"ipRanges":["0.0.0.0/0"],"prefixListIds":[]}],"ipPermissionsEgress":[{"ipProtocol":"-1","userIdGroupPairs":[],"ipRanges":["0.0.0.0/0"],"prefixListIds":[]}],"vpcId":"vpc-0990dc6d","tags":[]},"supplementaryConfiguration":{}}"#;

fn items() -> [(&'static dyn Resource, Value); 3] {
    [FUNCTION, ROLE, SECURITY_GROUP].map(|text| {
        let item: Value = serde_json::from_str(text).unwrap();
        (of_type(item["resourceType"].as_str().unwrap()), item)
    })
}

fn function() -> &'static dyn Resource {
    of_type("AWS::Lambda::Function")
}

fn role() -> &'static dyn Resource {
    of_type("AWS::IAM::Role")
}

fn function_item() -> Value {
    serde_json::from_str(FUNCTION).unwrap()
}

/// `path aspect before after`, one a line.
fn told(found: &[Difference]) -> Vec<String> {
    found
        .iter()
        .map(|one| format!("{} {} {} {}", one.path, one.aspect, one.before, one.after))
        .collect()
}

/// The pointers of all scalars of a value.
fn leaves(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                leaves(value, &format!("{pointer}/{key}"), found);
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter().enumerate() {
                leaves(value, &format!("{pointer}/{index}"), found);
            }
        }
        _ => found.push(pointer.to_owned()),
    }
}

/// Pretends that a value comes from the API, where all of it is text.
fn as_on_the_wire(item: &Value) -> Value {
    let mut item = item.clone();
    item["configuration"] = json!(item["configuration"].to_string());
    for value in item["supplementaryConfiguration"].as_object_mut().unwrap().values_mut() {
        *value = json!(value.to_string());
    }
    item
}

#[test]
fn an_item_does_not_differ_from_itself_nor_from_its_wire_form() {
    for (kind, item) in items() {
        assert_eq!(differences(kind, &item, &item), []);
        assert_eq!(differences(kind, &as_on_the_wire(&item), &item), []);
    }
}

#[test]
fn one_changed_leaf_is_one_difference() {
    // In these the leaf is in an element that is known by its content or by the
    // leaf itself, so that one element goes and another comes.
    let in_an_element = |pointer: &str| {
        pointer.contains("/Statement/")
            || pointer.contains("Ids/")
            || pointer.contains("/ipPermissions")
            || pointer.ends_with("/policyArn")
            || pointer.starts_with("/relationships/") && !pointer.ends_with("/relationshipName")
    };
    // The id is told when both are there.
    let not_the_key = |pointer: &str, item: &Value| {
        pointer.ends_with("/resourceName")
            && item.pointer(&pointer.replace("/resourceName", "/resourceId")).is_some()
    };
    let mut told = 0;
    for (kind, item) in items() {
        let mut pointers = Vec::new();
        leaves(&item, "", &mut pointers);
        for pointer in pointers {
            let mut changed = item.clone();
            let leaf = changed.pointer_mut(&pointer).unwrap();
            *leaf = if leaf.is_number() { json!(7171) } else { json!("changed") };
            let found = differences(kind, &item, &changed);
            let names: Vec<&str> = pointer.split('/').skip(1).collect();
            let (first, last) = (names[0], names[names.len() - 1]);
            let is_part = ["tags", "relationships", "configuration"].contains(&first)
                || first == "supplementaryConfiguration";
            let sides = |one: &Difference| (one.before.is_null(), one.after.is_null());
            if !is_part || pointer == "/configuration/version" {
                assert_eq!(found, [], "{pointer}");
            } else if ["revisionId", "lastModified"].contains(&last) {
                assert_eq!(found.len(), 1, "{pointer}");
                assert_eq!(
                    (found[0].path.as_str(), found[0].aspect),
                    (pointer.as_str(), "revision")
                );
            } else if in_an_element(&pointer) && !not_the_key(&pointer, &item) {
                let mut all: Vec<_> = found.iter().map(sides).collect();
                all.sort_unstable();
                assert_eq!(all, [(false, true), (true, false)], "{pointer}: {found:?}");
            } else {
                assert_eq!(found.len(), 1, "{pointer}: {found:?}");
                assert_eq!(&found[0].after, item_at(&changed, &pointer), "{pointer}");
                let empty = item.pointer(&pointer) == Some(&json!(""));
                assert_eq!(sides(&found[0]), (empty, false), "{pointer}");
                assert!(found[0].path.ends_with(last), "{pointer}");
            }
            told += found.len();
        }
    }
    assert!(told > 60, "{told}");
}

fn item_at<'a>(item: &'a Value, pointer: &str) -> &'a Value {
    item.pointer(pointer).unwrap()
}

#[test]
fn new_code_is_told_once() {
    let before = function_item();
    let mut after = function_item();
    after["configuration"]["codeSha256"] = json!("Pt1c8vVaBygmNtAeSyjlpdy7r8nHRqJAAL++HEGlQkc=");
    after["configuration"]["codeSize"] = json!(211);
    after["configuration"]["revisionId"] = json!("80497f44-ab61-49ef-b235-4166136e3d10");
    after["configuration"]["state"] = json!({"value": "Pending"});
    after["configuration"]["snapStart"] = json!({"optimizationStatus": "On"});
    assert_eq!(
        told(&differences(function(), &before, &after)),
        ["/configuration/codeSha256 code \"IIwUc2FF9nrH3U856beLym8t6M2ZBgwZJ5MLu3OWGAo=\" \
             \"Pt1c8vVaBygmNtAeSyjlpdy7r8nHRqJAAL++HEGlQkc=\""]
    );
}

#[test]
fn only_bookkeeping_that_differs_is_a_revision() {
    let before = function_item();
    let mut after = function_item();
    after["configuration"]["lastModified"] = json!("2018-05-12T00:00:00.000+0000");
    assert_eq!(differences(function(), &before, &after)[0].path, "/configuration/lastModified");
    after["configuration"]["revisionId"] = json!("80497f44-ab61-49ef-b235-4166136e3d10");
    let found = differences(function(), &before, &after);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].path.as_str(), found[0].aspect),
        ("/configuration/revisionId", "revision")
    );
    after["configuration"]["timeout"] = json!(60);
    let found = differences(function(), &before, &after);
    assert_eq!(told(&found), ["/configuration/timeout timeout 3 60"]);
}

#[test]
fn a_layer_that_comes_goes_or_gets_a_new_version_is_one_difference() {
    let arn = |name: &str, version: u32| {
        format!("arn:aws:lambda:us-east-1:111122223333:layer:{name}:{version}")
    };
    let with = |layers: Value| {
        let mut item = function_item();
        item["configuration"]["layers"] = layers;
        item
    };
    let before = with(json!([{"arn": arn("a", 1), "codeSize": 9}, {"arn": arn("b", 1)}]));
    let after = with(json!([{"arn": arn("c", 3)}, {"arn": arn("a", 2), "codeSize": 10}]));
    let path = "/configuration/layers/arn:aws:lambda:us-east-1:111122223333:layer";
    assert_eq!(
        told(&differences(function(), &before, &after)),
        [
            format!("{path}:a layers \"{}\" \"{}\"", arn("a", 1), arn("a", 2)),
            format!("{path}:b layers \"{}\" null", arn("b", 1)),
            format!("{path}:c layers null \"{}\"", arn("c", 3)),
        ]
    );
    // Two versions of one layer cannot be, but would not be lost.
    let twice = with(json!([{"arn": arn("a", 1)}, {"arn": arn("a", 2)}]));
    let once = with(json!([{"arn": arn("a", 2)}]));
    assert_eq!(
        told(&differences(function(), &once, &twice)),
        [format!("{path}:a layers null \"{}\"", arn("a", 1))]
    );
}

#[test]
fn a_permission_is_told_as_its_statement() {
    // Its shape is that of the AddPermission20150331v2 of stratus-red-team's
    // detonation logs (DataDog, Apache-2.0).
    let backdoor = json!({"Sid": "backdoor", "Effect": "Allow", "Principal": "*",
        "Action": "lambda:InvokeFunction",
        "Resource": "arn:aws:lambda:us-east-1:823362693882:function:test-function"});
    let with = |statements: Value| {
        let policy = json!({"Version": "2012-10-17", "Id": "default", "Statement": statements});
        let mut item = function_item();
        // The text of a text, as Config has it.
        let text = json!(policy.to_string()).to_string();
        item["supplementaryConfiguration"]["Policy"] = json!(text);
        item
    };
    let none = function_item();
    let one = with(json!([backdoor]));
    let path = "/supplementaryConfiguration/Policy/Statement/backdoor";
    assert_eq!(
        told(&differences(function(), &none, &one)),
        [format!("{path} resource policy null {backdoor}")]
    );
    let mut wider = backdoor.clone();
    wider["Action"] = json!(["lambda:InvokeFunction", "lambda:GetFunction"]);
    let mut narrow = backdoor.clone();
    narrow["Action"] = json!(["lambda:InvokeFunction"]);
    assert_eq!(differences(function(), &one, &with(narrow)), []);
    assert_eq!(
        told(&differences(function(), &one, &with(json!([wider.clone()])))),
        [format!("{path} resource policy {backdoor} {wider}")]
    );
}

#[test]
fn a_role_is_compared_by_policy_and_statement() {
    let encode = |policy: &Value| -> String {
        percent_encoding::utf8_percent_encode(
            &policy.to_string(),
            percent_encoding::NON_ALPHANUMERIC,
        )
        .to_string()
    };
    let read = json!({"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"});
    let inline = |statements: Value| {
        let document = json!({"Version": "2012-10-17", "Statement": statements});
        json!([{"policyName": "own", "policyDocument": encode(&document)}])
    };
    let mut before: Value = serde_json::from_str(ROLE).unwrap();
    let mut after = before.clone();
    before["configuration"]["rolePolicyList"] = inline(json!([read]));
    let mut wide = read.clone();
    wide["Action"] = json!("s3:*");
    after["configuration"]["rolePolicyList"] = inline(json!([wide]));
    after["configuration"]["attachedManagedPolicies"].as_array_mut().unwrap().swap_remove(0);
    // The profile repeats the role as it is now.
    let profile = |item: &Value| {
        let document = item["configuration"]["assumeRolePolicyDocument"].to_string();
        json!([{"arn": "arn:aws:iam::264683526309:instance-profile/p",
            "roles": [{"assumeRolePolicyDocument": document}]}])
    };
    before["configuration"]["instanceProfileList"] = profile(&before);
    let trust = &mut after["configuration"]["assumeRolePolicyDocument"];
    let service = trust["Statement"][0].clone();
    let guest = json!({"Effect": "Allow", "Action": ["sts:AssumeRole"],
        "Principal": {"AWS": "arn:aws:iam::444455556666:root"}});
    trust["Statement"] = json!([guest, service]);
    *trust = json!(encode(trust));
    after["configuration"]["instanceProfileList"] = profile(&after);

    let found = differences(role(), &before, &after);
    let aspects: Vec<&str> = found.iter().map(|one| one.aspect).collect();
    assert_eq!(aspects, ["trust policy", "attached policies", "inline policies"]);
    assert_eq!(found[0].after, guest);
    assert_eq!(
        found[1].path,
        "/configuration/attachedManagedPolicies/arn:aws:iam::264683526309:policy~1ELB-policy"
    );
    assert_eq!(found[1].before["policyName"], "ELB-policy");
    assert_eq!(found[2].path, "/configuration/rolePolicyList/own/policyDocument/Statement/Read");
    assert_eq!((&found[2].before, &found[2].after), (&read, &wide));
}

#[test]
fn a_tag_is_told_once_wherever_it_is_recorded() {
    let before = function_item();
    let mut after = function_item();
    after["tags"] = json!({"test": "value", "a/b~": "{}"});
    after["supplementaryConfiguration"]["Tags"] = after["tags"].clone();
    assert_eq!(told(&differences(function(), &before, &after)), ["/tags/a~1b~0 tags null \"{}\""]);
    after["supplementaryConfiguration"]["Tags"]["a/b~"] = json!("other");
    assert_eq!(differences(function(), &before, &after).len(), 2);

    let group = of_type("AWS::EC2::SecurityGroup");
    let list = |tags: Value| json!({"configuration": {"tags": tags}});
    let one = list(json!([{"key": "App", "value": "x"}, {"key": "Team", "value": ""}]));
    let other = list(json!([{"key": "App", "value": "y"}]));
    assert_eq!(
        told(&differences(group, &one, &other)),
        ["/configuration/tags/App tags \"x\" \"y\"", "/configuration/tags/Team tags \"\" null"]
    );
}

#[test]
fn leaving_a_network_is_told_for_each_part() {
    let before = function_item();
    let mut after = function_item();
    after["configuration"]["vpcConfig"] =
        json!({"subnetIds": [], "securityGroupIds": [], "vpcId": ""});
    assert_eq!(
        told(&differences(function(), &before, &after)),
        [
            "/configuration/vpcConfig/securityGroupIds/sg-e463c89c network \"sg-e463c89c\" null",
            "/configuration/vpcConfig/subnetIds/subnet-23deb22f network \"subnet-23deb22f\" null",
            "/configuration/vpcConfig/subnetIds/subnet-8dee48a7 network \"subnet-8dee48a7\" null",
        ]
    );
    after["configuration"].as_object_mut().unwrap().remove("vpcConfig");
    assert_eq!(differences(function(), &before, &after).len(), 3);
}

#[test]
fn the_same_relationship_has_one_spelling() {
    let before = function_item();
    let mut after = function_item();
    after["relationships"] = json!([
        {"resourceId": "subnet-8dee48a7", "resourceName": null, "resourceType": "AWS::EC2::Subnet", "name": "Is contained in"},
        {"resourceId": "sg-e463c89c", "resourceType": "AWS::EC2::SecurityGroup", "name": "Is associated with "},
        {"resourceName": "lambda_basic_execution", "resourceType": "AWS::IAM::Role", "name": " Is associated with"},
    ]);
    let found = differences(function(), &before, &after);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].path, "/relationships/AWS::EC2::Subnet~1subnet-23deb22f");
    assert_eq!(found[0].before["relationshipName"], "Is contained in", "trimmed");
}

#[test]
fn arrays_with_an_order_are_compared_and_told_whole() {
    let with = |command: Value| json!({"configuration": {"imageConfigResponse": {"imageConfig": {"command": command}}}});
    let one = with(json!(["a", "b", "a"]));
    assert_eq!(differences(function(), &one, &one), []);
    assert_eq!(
        told(&differences(function(), &one, &with(json!(["b", "a", "a"])))),
        ["/configuration/imageConfigResponse/imageConfig/command image settings \
             [\"a\",\"b\",\"a\"] [\"b\",\"a\",\"a\"]"]
    );
}

#[test]
fn the_wire_form_of_numbers_and_missing_fields_does_not_matter() {
    let one = json!({"configuration": {"timeout": 60, "ephemeralStorage": {"size": 512.0}}});
    let other = json!({"configuration": {"timeout": 60.0, "ephemeralStorage": {"size": 512},
        "description": "", "layers": [], "vpcConfig": {"subnetIds": []}, "kmskeyArn": null},
        "tags": {}, "relationships": []});
    assert_eq!(differences(function(), &one, &other), []);
    let typed = differences(
        function(),
        &one,
        &json!({"configuration": {"timeout": "60",
        "ephemeralStorage": [512]}}),
    );
    assert_eq!(
        told(&typed),
        [
            "/configuration/ephemeralStorage storage {\"size\":512.0} [512]",
            "/configuration/timeout timeout 60 \"60\""
        ]
    );
}

#[test]
fn deep_and_wide_items_are_compared_quickly() {
    let started = std::time::Instant::now();
    for kind in [function(), role(), of_type("none")] {
        for (open, close) in [
            ("[", "]"),
            ("{\"tags\":", "}"),
            ("{\"Statement\":", "}"),
            ("[{\"Sid\":\"s\",\"Effect\":\"Allow\",\"Statement\":", "}]"),
            ("[{\"key\":\"k\",\"tags\":", "}]"),
        ] {
            let depth = 120 / open.matches(['[', '{']).count();
            let deep = |leaf: &str| -> Value {
                let text = format!("{}{leaf}{}", open.repeat(depth), close.repeat(depth));
                serde_json::from_str(&text).unwrap()
            };
            let (one, other) = (deep("1"), deep("2"));
            assert_eq!(differences(kind, &one, &one), []);
            assert!(!differences(kind, &one, &other).is_empty());
            let text = |value: &Value| json!({"configuration": value.to_string()});
            let _ = differences(kind, &text(&one), &text(&other));
        }
        let wide = |from: u32| -> Value {
            let layers: Vec<Value> = (from..from + 5_000)
                .map(|n| json!({"arn": format!("arn:x:layer:same:{n}"), "n": n}))
                .collect();
            json!({"configuration": {"layers": layers, "attachedManagedPolicies": layers}})
        };
        assert!(!differences(kind, &wide(0), &wide(2_500)).is_empty());
    }
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

/// Keys that mean something, so that made-up items reach every rule.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => proptest::sample::select(vec![
            "configuration", "supplementaryConfiguration", "tags", "Tags", "relationships",
            "layers", "arn", "Policy", "Statement", "Effect", "Sid", "Action", "key", "value",
            "Key", "resourceType", "resourceId", "name", "relationshipName", "description",
            "codeSha256", "codeSize", "revisionId", "lastModified", "state", "policyName",
            "rolePolicyList", "attachedManagedPolicies", "policyArn", "imageConfig", "command",
            "vpcConfig", "vpcId", "subnetIds", "Version", "Id", "ipPermissions",
        ]).prop_map(str::to_owned),
        1 => "[a-c~/]{0,2}",
    ]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..3_i64).prop_map(Value::from),
        (0..3_i32).prop_map(|number| json!(f64::from(number) / 2.0)),
        "[ab ]{0,2}".prop_map(Value::from),
        proptest::sample::select(vec![
            "",
            "null",
            "{}",
            "[\"a\"]",
            "\"[1]\"",
            "%7B%22Statement%22%3A%5B%5D%7D",
            "{\"Statement\":{\"Effect\":\"Allow\",\"Sid\":\"s\"}}",
            "arn:aws:lambda:r:1:layer:a:1",
        ])
        .prop_map(Value::from),
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(6, 60, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn any_item() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => any_json(),
        3 => (any_json(), any_json(), any_json(), any_json()).prop_map(|(a, b, c, d)| json!({
            "configuration": a, "supplementaryConfiguration": b, "tags": c, "relationships": d,
        })),
    ]
}

fn any_type() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "AWS::Lambda::Function",
        "AWS::IAM::Role",
        "AWS::EC2::SecurityGroup",
        "AWS::S3::Bucket",
    ])
}

/// The value with its keys and arrays in another order, but for the arrays whose
/// order means something.
fn shuffled(value: &Value, below: &str, by: usize) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> =
                fields.iter().map(|(key, value)| (key.clone(), shuffled(value, key, by))).collect();
            let half = by % fields.len().max(1);
            fields.rotate_left(half);
            Value::Object(fields.into_iter().collect::<Map<_, _>>())
        }
        Value::Array(elements) => {
            let mut elements: Vec<_> = elements.iter().map(|e| shuffled(e, below, by)).collect();
            if below != "command" {
                let half = by % elements.len().max(1);
                elements.rotate_left(half);
                elements.reverse();
            }
            Value::Array(elements)
        }
        scalar => scalar.clone(),
    }
}

proptest! {
    #[test]
    fn nothing_differs_from_itself(of in any_type(), item in any_item()) {
        prop_assert_eq!(differences(of_type(of), &item, &item), []);
    }

    #[test]
    fn order_means_nothing(of in any_type(), item in any_item(), by in 0_usize..5) {
        prop_assert_eq!(differences(of_type(of), &item, &shuffled(&item, "", by)), []);
    }

    #[test]
    fn order_means_nothing_in_real_items(which in 0_usize..3, by in 0_usize..5) {
        let (kind, item) = &items()[which];
        prop_assert_eq!(differences(*kind, item, &shuffled(item, "", by)), []);
    }

    #[test]
    fn swapping_the_items_swaps_the_values(
        of in any_type(), one in any_item(), other in any_item()
    ) {
        let forth = differences(of_type(of), &one, &other);
        let mut back: Vec<Difference> = differences(of_type(of), &other, &one)
            .into_iter()
            .map(|Difference { path, aspect, before, after }| {
                Difference { path, aspect, before: after, after: before }
            })
            .collect();
        prop_assert!(forth.is_sorted_by(|a, b| a.path <= b.path));
        back.sort_by_cached_key(|d| (d.path.clone(), d.before.to_string(), d.after.to_string()));
        prop_assert_eq!(forth, back);
    }

    #[test]
    fn every_difference_says_two_things(
        of in any_type(), one in any_item(), other in any_item()
    ) {
        for found in differences(of_type(of), &one, &other) {
            prop_assert_ne!(&found.before, &found.after, "{}", found.path);
        }
    }
}
