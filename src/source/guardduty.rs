//! GuardDuty findings, in either casing, and the same findings as Security Hub passes them on.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    Misread,
    field::{Fields, brief},
};
use crate::model::{
    Arn, Finding, FunctionDetails, RecordId, RemoteHost, ThreatList, Time, VpcPlacement,
};

/// Reads a finding as GuardDuty writes it: API answer, CLI output, EventBridge detail or S3
/// export, which differ in casing and in the types of a few fields.
///
/// # Errors
/// When it has no id or no type, and so is no finding that anybody could look up.
pub fn read(record: &Value, id: RecordId, notes: &mut Vec<String>) -> Result<Finding, Misread> {
    let finding = Fields::of(record);
    let service = finding.object("service");
    let resource = finding.object("resource");
    let details = resource.object("lambdaDetails");
    let arn = finding.text("arn");
    let mut read = Finding {
        record: id,
        id: finding
            .text("id")
            .or_else(|| Some(arn.as_deref()?.rsplit_once("/finding/")?.1.to_owned()))
            .ok_or(Misread::missing("id"))?,
        arn,
        kind: finding.text("type").ok_or(Misread::missing("type"))?,
        severity: finding.decimal("severity"),
        account: super::account_or_note(finding, "accountId", notes),
        region: finding.text("region"),
        title: finding.text("title"),
        description: finding.text("description"),
        count: service.whole("count"),
        first_seen: time(service, "eventFirstSeen", notes),
        last_seen: time(service, "eventLastSeen", notes),
        created: time(finding, "createdAt", notes),
        updated: time(finding, "updatedAt", notes),
        archived: service.flag("archived"),
        sample: is_sample(service, finding),
        resource_type: resource.text("resourceType"),
        resource_name: other_resource(resource),
        action_type: None,
        direction: None,
        protocol: None,
        blocked: None,
        remotes: Vec::new(),
        threat_lists: threat_lists(service),
        function: resource.get("lambdaDetails").map(|_| function(details, notes)),
    };
    for (name, fields, missing) in
        [("severity", finding, read.severity.is_none()), ("count", service, read.count.is_none())]
    {
        if let Some(value) = fields.get(name).filter(|_| missing) {
            notes.push(format!("has the {name} {}, which is no number", brief(value)));
        }
    }
    action(service.object("action"), &mut read);
    agree(&mut read, notes);
    Ok(read)
}

/// Reads a finding of GuardDuty in the AWS Security Finding Format.
///
/// GuardDuty's own fields stand in `ProductFields` under `aws/guardduty/service/…` (older:
/// without that prefix), and the type is the last part of `Types`.
/// <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html>
///
/// # Errors
/// When the finding is another product's, or has no id or type.
pub fn read_security_hub(
    record: &Value,
    id: RecordId,
    notes: &mut Vec<String>,
) -> Result<Finding, Misread> {
    let finding = Fields::of(record);
    let product = finding.text("ProductArn").unwrap_or_default();
    let arn = finding.text("Id").ok_or(Misread::missing("Id"))?;
    if !product.ends_with("/guardduty") && !arn.contains(":guardduty:") {
        return Err(Misread::OtherProduct);
    }
    let fields = nested(finding.object("ProductFields"));
    let service = Fields::of(&fields);
    let types = finding.texts("Types");
    let kind = types
        .first()
        .and_then(|kind| kind.rsplit('/').next())
        .map(|kind| kind.replacen('-', "/", 1))
        .ok_or(Misread::missing("Types"))?;
    let resources = finding.list("Resources");
    let resource = resources
        .iter()
        .map(Fields::of)
        .find(|resource| resource.text("Type").as_deref() == Some("AwsLambdaFunction"));
    let first = resources.first().map(Fields::of);
    let mut read = Finding {
        record: id,
        id: arn.rsplit('/').next().unwrap_or(&arn).to_owned(),
        arn: Some(arn.clone()),
        kind,
        severity: finding
            .object("Severity")
            .decimal("Product")
            .or_else(|| finding.object("Severity").decimal("Original")),
        account: super::account_or_note(finding, "AwsAccountId", notes),
        region: finding.text("Region").or_else(|| first?.text("Region")),
        title: finding.text("Title"),
        description: finding.text("Description"),
        count: service.whole("count"),
        first_seen: time(service, "eventFirstSeen", notes)
            .or_else(|| time(finding, "FirstObservedAt", notes)),
        last_seen: time(service, "eventLastSeen", notes)
            .or_else(|| time(finding, "LastObservedAt", notes)),
        created: time(finding, "CreatedAt", notes),
        updated: time(finding, "UpdatedAt", notes),
        archived: service.flag("archived"),
        sample: is_sample(service, finding),
        resource_type: first
            .and_then(|resource| resource.text("Type"))
            .map(|kind| if kind == "AwsLambdaFunction" { "Lambda".to_owned() } else { kind }),
        resource_name: first.and_then(|resource| resource.text("Id")),
        action_type: None,
        direction: None,
        protocol: None,
        blocked: None,
        remotes: Vec::new(),
        threat_lists: threat_lists(service),
        function: resource.map(|resource| {
            let details = resource.object("Details").object("AwsLambdaFunction");
            let mut function = function(details, notes);
            function.arn = resource.text("Id");
            function.version = details.text("Version");
            function.tags = tags(resource);
            function
        }),
    };
    let own = finding.object("Action");
    action(if finding.get("Action").is_some() { own } else { service.object("action") }, &mut read);
    agree(&mut read, notes);
    Ok(read)
}

fn time(fields: Fields<'_>, name: &str, notes: &mut Vec<String>) -> Option<Time> {
    super::time_or_note(fields.time(name), name, notes)
}

fn function(details: Fields<'_>, notes: &mut Vec<String>) -> FunctionDetails {
    let vpc = details.object("vpcConfig");
    let placement = VpcPlacement {
        id: vpc.text("vpcId"),
        subnets: vpc.texts("subnetIds"),
        security_groups: vpc
            .list("securityGroups")
            .iter()
            .filter_map(|group| Fields::of(group).text("groupId"))
            .chain(vpc.texts("securityGroupIds"))
            .collect(),
    };
    FunctionDetails {
        arn: details.text("functionArn"),
        name: details.text("functionName"),
        version: details.text("functionVersion").or_else(|| details.text("version")),
        revision_id: details.text("revisionId"),
        last_modified: time(details, "lastModifiedAt", notes)
            .or_else(|| time(details, "lastModified", notes)),
        role: details.text("role"),
        vpc: (!placement.is_empty()).then_some(placement),
        tags: tags(details),
    }
}

/// Tags as a list of keys and values, or as an object.
fn tags(fields: Fields<'_>) -> BTreeMap<String, String> {
    let listed = fields
        .list("tags")
        .iter()
        .map(Fields::of)
        .filter_map(|tag| Some((tag.text("key")?, tag.text("value").unwrap_or_default())));
    let members = fields.get("tags").and_then(Value::as_object).into_iter().flatten();
    let named = members.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    listed.chain(named).collect()
}

fn threat_lists(service: Fields<'_>) -> Vec<ThreatList> {
    let mut lists: Vec<ThreatList> = service
        .object("evidence")
        .list("threatIntelligenceDetails")
        .iter()
        .map(Fields::of)
        .map(|list| ThreatList {
            name: list.text("threatListName"),
            threats: list.texts("threatNames"),
        })
        .filter(|list| list.name.is_some() || !list.threats.is_empty())
        .collect();
    if lists.is_empty() {
        let extra = additional(service);
        let extra = Fields::of(&extra);
        if let Some(name) = extra.text("threatListName") {
            let threats = extra.text("threatName").into_iter().collect();
            lists.push(ThreatList { name: Some(name), threats });
        }
    }
    lists
}

/// `additionalInfo`: text that holds JSON in `value`, the members themselves, or both.
fn additional(service: Fields<'_>) -> Value {
    let info = service.object("additionalInfo");
    info.text("value")
        .and_then(|text| serde_json::from_str::<Value>(&text).ok())
        .filter(|value| value.as_object().is_some_and(|members| !members.is_empty()))
        .or_else(|| match service.get("additionalInfo")? {
            Value::String(text) => serde_json::from_str(text).ok(),
            other => Some(other.clone()),
        })
        .unwrap_or(Value::Null)
}

fn is_sample(service: Fields<'_>, finding: Fields<'_>) -> bool {
    let info = additional(service);
    Fields::of(&info).flag("sample").unwrap_or(false)
        || service.object("additionalInfo").flag("sample").unwrap_or(false)
        || finding.flag("Sample").unwrap_or(false)
}

/// What an investigator would call a resource that is not a function.
fn other_resource(resource: Fields<'_>) -> Option<String> {
    resource
        .object("instanceDetails")
        .text("instanceId")
        .or_else(|| {
            let key = resource.object("accessKeyDetails");
            key.text("userName").or_else(|| key.text("accessKeyId"))
        })
        .or_else(|| {
            resource.list("s3BucketDetails").first().and_then(|b| Fields::of(b).text("name"))
        })
        .or_else(|| resource.object("eksClusterDetails").text("name"))
        .or_else(|| resource.object("ecsClusterDetails").text("name"))
        .or_else(|| resource.object("rdsDbInstanceDetails").text("dbInstanceIdentifier"))
        .or_else(|| resource.object("containerDetails").text("name"))
}

fn action(action: Fields<'_>, finding: &mut Finding) {
    finding.action_type = action.text("actionType");
    let connection = action.object("networkConnectionAction");
    finding.direction = connection.text("connectionDirection");
    let dns = action.object("dnsRequestAction");
    finding.protocol = connection.text("protocol").or_else(|| dns.text("protocol"));
    finding.blocked = connection.flag("blocked").or_else(|| dns.flag("blocked"));
    let mut remotes = Vec::new();
    if action.get("networkConnectionAction").is_some() {
        remotes.push(remote(connection));
    }
    if let Some(domain) = dns.text("domain") {
        remotes.push(RemoteHost { domain: Some(domain), ..RemoteHost::default() });
    }
    for name in ["awsApiCallAction", "rdsLoginAttemptAction", "kubernetesApiCallAction"] {
        remotes.push(remote(action.object(name)));
    }
    for probe in action.object("portProbeAction").list("portProbeDetails") {
        remotes.push(remote(Fields::of(probe)));
    }
    for host in remotes {
        if (host.ip.is_some() || host.domain.is_some()) && !finding.remotes.contains(&host) {
            finding.remotes.push(host);
        }
    }
}

fn remote(action: Fields<'_>) -> RemoteHost {
    let host = action.object("remoteIpDetails");
    let organization = host.object("organization");
    RemoteHost {
        ip: host.text("ipAddressV4").or_else(|| host.text("ipAddressV6")),
        domain: action.object("domainDetails").text("domain"),
        port: action.object("remotePortDetails").whole("port"),
        country: host.object("country").text("countryName"),
        asn: organization.text("asn").filter(|asn| asn != "-1"),
        org: organization.text("org").or_else(|| organization.text("asnOrg")),
    }
}

/// Fills account and region from the ARN, and says where the two disagree.
fn agree(finding: &mut Finding, notes: &mut Vec<String>) {
    let arn = finding.arn.clone();
    let Some(parts) = arn.as_deref().and_then(Arn::parse) else {
        if arn.is_some() {
            notes.push("has an ARN that is none".to_owned());
        }
        return;
    };
    for (what, own, named) in [
        ("account", &mut finding.account, parts.account),
        ("region", &mut finding.region, parts.region),
    ] {
        match own {
            None if !named.is_empty() => *own = Some(named.to_owned()),
            Some(own) if own != named => notes.push(format!(
                "says {what} {own}, and its own ARN says {named}; the first was taken"
            )),
            _ => {}
        }
    }
    let of_function = finding.function.as_ref().and_then(|function| function.arn.clone());
    if let Some(function) = of_function.as_deref().and_then(Arn::parse) {
        for (what, own, named) in [
            ("account", &finding.account, function.account),
            ("region", &finding.region, function.region),
        ] {
            if let Some(own) = own
                && own != named
            {
                notes.push(format!(
                    "says {what} {own}, and its function's ARN says {named}; the function was \
                     followed where its ARN says"
                ));
            }
        }
    }
}

/// Turns `ProductFields`, whose names are paths such as
/// `aws/guardduty/service/evidence/threatIntelligenceDetails.0_/threatListName`, into an object.
fn nested(fields: Fields<'_>) -> Value {
    let mut root = Value::Object(Map::new());
    let empty = Map::new();
    let members = fields.members().unwrap_or(&empty);
    for (path, value) in members {
        let path = path.strip_prefix("aws/guardduty/service/").unwrap_or(path);
        let steps: Vec<&str> = path.split('/').take(16).collect();
        put(&mut root, &steps, value);
    }
    root
}

/// Puts a value at the end of a path, making objects and lists on the way. What stands there
/// already stays.
fn put(place: &mut Value, steps: &[&str], value: &Value) {
    let Some((step, rest)) = steps.split_first() else {
        if place.is_null() {
            *place = value.clone();
        }
        return;
    };
    let (name, index) = match step.strip_suffix('_').and_then(|step| step.rsplit_once('.')) {
        Some((name, index)) => (name, index.parse::<usize>().ok().filter(|index| *index < 64)),
        None => (*step, None),
    };
    if !place.is_object() {
        *place = Value::Object(Map::new());
    }
    let Some(object) = place.as_object_mut() else {
        return;
    };
    let member = object.entry(name).or_insert(Value::Null);
    let Some(index) = index else {
        return put(member, rest, value);
    };
    if !member.is_array() {
        *member = Value::Array(Vec::new());
    }
    if let Some(list) = member.as_array_mut() {
        while list.len() <= index {
            list.push(Value::Null);
        }
        if let Some(element) = list.get_mut(index) {
            put(element, rest, value);
        }
    }
}
