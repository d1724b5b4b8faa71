//! What the function is made of, and where it runs.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{super::lead::SHORTLY, Latest, Noted, done, list, text};
use crate::{
    correlate::{CodeOrigin, Correlation, code_origin, subject_items},
    model::{Case, RecordId, Time, VpcPlacement},
    report::text::Citations,
};

/// What the function is made of, as last recorded.
pub struct Content {
    /// When it was last described as a whole, and by which record; `None` when by none.
    pub described: Option<Noted<Time>>,
    /// ARNs of its layer versions, and of which one is there lately.
    pub layers: Vec<Noted<(String, bool)>>,
    /// Where the layers were before the last change of them, when that was lately.
    pub layers_before: Option<Noted<Vec<String>>>,
    /// File systems and where they are mounted.
    pub file_systems: Vec<Noted<(String, Option<String>)>>,
    /// Names of environment variables; `None` when no record holds any.
    pub environment: Option<Noted<Vec<String>>>,
    /// Its place in the network.
    pub network: Network,
    /// Where the code that ran came from.
    pub code: Option<Noted<CodeOrigin>>,
    /// The hash of the code that ran.
    pub hash: Option<Noted<String>>,
    /// The hash before it was replaced, when that was lately.
    pub hash_before: Option<Noted<String>>,
    /// Its log group.
    pub log_group: Option<Noted<String>>,
    /// Its aliases.
    pub aliases: Vec<Noted<Alias>>,
    /// The stack that manages it.
    pub stack: Option<Noted<String>>,
    /// Timeout and memory as they were before they were changed lately.
    pub settings_before: Vec<Noted<(&'static str, i64)>>,
    /// Whether it is a container image.
    pub is_image: bool,
}

/// An alias and the versions that it named.
#[derive(Clone, Debug)]
pub struct Alias {
    /// Its name.
    pub name: String,
    /// The version that it names.
    pub version: String,
    /// The version that it named before, where a call was seen.
    pub before: Option<String>,
}

/// The function's place in the network.
pub enum Network {
    /// In a VPC of the account.
    Inside(Noted<Placement>),
    /// The finding, or an item, describes the function and names no VPC.
    Outside(Citations),
    /// Nothing describes it.
    Unknown,
}

/// VPC, subnets and security groups.
pub type Placement = VpcPlacement;

pub fn content(case: &Case, worked: &Correlation<'_>, latest: Option<&Latest<'_>>) -> Content {
    let provenance = &worked.provenance;
    let running = provenance.running.as_ref();
    let configuration = latest.map(|latest| latest.configuration);
    let cited = |record: &RecordId| Citations::one(record);
    let shown = |pointer: &'static str| {
        latest.into_iter().flat_map(move |latest| {
            list(latest.configuration, pointer).map(move |value| (value, latest.record))
        })
    };
    let new = new_layers(case, worked);
    let layers = shown("/layers").filter_map(|(layer, record)| {
        let arn = layer.as_str().or_else(|| text(layer, "/arn"))?;
        let change = new.get(arn);
        let citations = Citations::one(record).and(change.into_iter().flatten().copied());
        Some(Noted { what: (arn.to_owned(), change.is_some()), citations })
    });
    let file_systems = shown("/fileSystemConfigs").filter_map(|(system, record)| {
        let arn = text(system, "/arn")?.to_owned();
        let mount = text(system, "/localMountPath").map(str::to_owned);
        Some(Noted { what: (arn, mount), citations: cited(record) })
    });
    let code = running.map(|running| Noted {
        what: code_origin(running.event),
        citations: cited(&running.event.record),
    });
    let is_image = configuration.and_then(|value| text(value, "/packageType")) == Some("Image")
        || code.as_ref().is_some_and(|code| code.what.kind == "image");
    Content {
        described: latest
            .map(|latest| Noted { what: latest.time, citations: cited(latest.record) }),
        layers: layers.collect(),
        layers_before: layers_before(case, worked),
        file_systems: file_systems.collect(),
        environment: environment(case),
        network: network(case, latest),
        hash: provenance.code.as_ref().map(|(hash, record)| Noted {
            what: hash.clone(),
            citations: Citations::one(record).and(running.map(|running| &running.event.record)),
        }),
        hash_before: hash_before(case, worked),
        code,
        log_group: log_group(case),
        aliases: aliases(case),
        stack: stack(case),
        settings_before: settings_before(case, worked),
        is_image,
    }
}

/// Whether a change was recorded or caused within a week before the first activity.
fn lately(case: &Case, change: &crate::correlate::Change<'_>) -> bool {
    let time = change.cause.map_or(change.item.captured, |cause| cause.event.time);
    case.finding.signal().is_none_or(|signal| signal.seconds_since(time) <= SHORTLY)
}

/// The changes of the function itself that were made lately, in the order of time.
fn changes<'w, 'a>(
    case: &'w Case,
    worked: &'w Correlation<'a>,
    aspect: &'static str,
) -> impl Iterator<Item = &'w crate::correlate::Change<'a>> {
    worked.changes.all.iter().filter(move |change| {
        change.relation == crate::model::Relation::Subject
            && change.aspect == aspect
            && lately(case, change)
    })
}

/// Layer versions that came lately, and the records that show it.
fn new_layers<'a>(case: &Case, worked: &Correlation<'a>) -> BTreeMap<String, Vec<&'a RecordId>> {
    let named = |value: &Value| value.as_str().or_else(|| text(value, "/arn")).map(str::to_owned);
    changes(case, worked, "layers")
        .filter_map(|change| {
            let cause = change.cause.map(|cause| &cause.event.record);
            Some((
                named(&change.after)?,
                std::iter::once(&change.item.record).chain(cause).collect(),
            ))
        })
        .collect()
}

/// The layers of the item before the first late change of them.
fn layers_before(case: &Case, worked: &Correlation<'_>) -> Option<Noted<Vec<String>>> {
    let previous = changes(case, worked, "layers").next()?.previous?;
    let layers = list(&previous.configuration, "/layers");
    let arns = layers.filter_map(|layer| layer.as_str().or_else(|| text(layer, "/arn")));
    Some(Noted {
        what: arns.map(str::to_owned).collect(),
        citations: Citations::one(&previous.record),
    })
}

fn hash_before(case: &Case, worked: &Correlation<'_>) -> Option<Noted<String>> {
    let change =
        changes(case, worked, "code").find(|change| change.path.ends_with("/codeSha256"))?;
    Some(Noted {
        what: change.before.as_str()?.to_owned(),
        citations: Citations::one(&change.previous?.record),
    })
}

fn settings_before(case: &Case, worked: &Correlation<'_>) -> Vec<Noted<(&'static str, i64)>> {
    let before = |aspect, option| {
        let change = changes(case, worked, aspect).next()?;
        Some(Noted {
            what: (option, change.before.as_i64()?),
            citations: Citations::one(&change.item.record)
                .and(change.previous.map(|previous| &previous.record)),
        })
    };
    [before("timeout", "--timeout"), before("memory", "--memory-size")]
        .into_iter()
        .flatten()
        .collect()
}

/// The names of environment variables in the last record that holds any.
fn environment(case: &Case) -> Option<Noted<Vec<String>>> {
    let names = |value: &Value| -> Vec<String> {
        let variables = value.pointer("/environment/variables").and_then(Value::as_object);
        variables.into_iter().flat_map(|variables| variables.keys().cloned()).collect()
    };
    let items = subject_items(case).map(|item| (item.captured, &item.configuration, &item.record));
    let answers = done(case).map(|event| (event.time, &event.response, &event.record));
    let requests = done(case).map(|event| (event.time, &event.request, &event.record));
    items
        .chain(answers)
        .chain(requests)
        .filter(|(_, value, _)| !names(value).is_empty())
        .max_by_key(|(time, ..)| *time)
        .map(|(_, value, record)| Noted { what: names(value), citations: Citations::one(record) })
}

/// The log group in the last record that names one.
fn log_group(case: &Case) -> Option<Noted<String>> {
    let items = subject_items(case).map(|item| (item.captured, &item.configuration, &item.record));
    let answers = done(case).map(|event| (event.time, &event.response, &event.record));
    let named = items.chain(answers).filter_map(|(time, value, record)| {
        Some((time, text(value, "/loggingConfig/logGroup")?, record))
    });
    named.max_by_key(|(time, ..)| *time).map(|(_, group, record)| Noted {
        what: group.to_owned(),
        citations: Citations::one(record),
    })
}

fn network(case: &Case, latest: Option<&Latest<'_>>) -> Network {
    let details = case.finding.function.as_ref();
    if let Some(vpc) =
        details.and_then(|details| details.vpc.as_ref()).filter(|vpc| !vpc.is_empty())
    {
        let citations = Citations::one(&case.finding.record);
        return Network::Inside(Noted { what: vpc.clone(), citations });
    }
    let texts = |value: &Value, pointer: &str| {
        list(value, pointer).filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let placed = latest.map(|latest| {
        let value = latest.configuration;
        let vpc = Placement {
            id: text(value, "/vpcConfig/vpcId").map(str::to_owned),
            subnets: texts(value, "/vpcConfig/subnetIds"),
            security_groups: texts(value, "/vpcConfig/securityGroupIds"),
        };
        (vpc, Citations::one(latest.record))
    });
    match (placed, details) {
        (Some((vpc, citations)), _) if !vpc.is_empty() => {
            Network::Inside(Noted { what: vpc, citations })
        }
        (placed, Some(_)) => {
            let citations = Citations::one(&case.finding.record);
            let record = latest.filter(|_| placed.is_some()).map(|latest| latest.record);
            Network::Outside(citations.and(record))
        }
        (Some((_, citations)), None) => Network::Outside(citations),
        (None, None) => Network::Unknown,
    }
}

fn aliases(case: &Case) -> Vec<Noted<Alias>> {
    let mut found: BTreeMap<String, Noted<Alias>> = BTreeMap::new();
    for event in done(case) {
        let Some(name) = event.asked("/name").map(str::to_owned) else { continue };
        match event.action.as_str() {
            "CreateAlias" | "UpdateAlias" => {
                let version =
                    event.answered("/functionVersion").or_else(|| event.asked("/functionVersion"));
                let Some(version) = version.map(str::to_owned) else { continue };
                let known = found.remove(&name);
                let citations = Citations::one(&event.record);
                let (before, citations) = match known {
                    Some(known) if known.what.version != version => {
                        let mut citations = known.citations;
                        citations.push_last(&event.record);
                        (Some(known.what.version), citations)
                    }
                    // Said again.
                    Some(known) => (known.what.before, citations),
                    None => (None, citations),
                };
                let what = Alias { name: name.clone(), version, before };
                found.insert(name, Noted { what, citations });
            }
            "DeleteAlias" => {
                found.remove(&name);
            }
            _ => {}
        }
    }
    found.into_values().collect()
}

fn stack(case: &Case) -> Option<Noted<String>> {
    subject_items(case)
        .filter_map(|item| {
            let name = item.tags.get("aws:cloudformation:stack-name").and_then(Value::as_str)?;
            Some(Noted { what: name.to_owned(), citations: Citations::one(&item.record) })
        })
        .last()
}
