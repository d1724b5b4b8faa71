//! What to look for in other logs.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{
    naming::actor,
    text::{Address, Citations},
    view::Indicator,
};
use crate::{
    correlate::{Correlation, code_origin},
    model::{Case, PrincipalKind, RecordId, Relation},
};

/// Remote hosts of the finding; addresses, keys and agents of those who created, changed or
/// deleted the function or its role, or tried to; the code, its origin and its layers.
pub fn indicators(case: &Case, worked: &Correlation<'_>) -> Vec<Indicator> {
    let mut found: BTreeMap<(&'static str, String), (String, Vec<RecordId>)> = BTreeMap::new();
    let mut add = |kind: &'static str, value: &str, context: String, record: &RecordId| {
        let (_, records) =
            found.entry((kind, value.to_owned())).or_insert_with(|| (context, Vec::new()));
        records.push(record.clone());
    };
    let finding = &case.finding;
    for remote in &finding.remotes {
        if let Some(ip) = &remote.ip {
            add("ip", ip, "remote address of the finding".to_owned(), &finding.record);
        }
        if let Some(domain) = &remote.domain {
            add("domain", domain, "remote domain of the finding".to_owned(), &finding.record);
        }
    }
    let touching = case.events.iter().filter(|kept| {
        matches!(kept.relation, Relation::Subject | Relation::Role | Relation::Trigger)
            && (kept.fact.writes() || kept.fact.error.is_some())
    });
    for event in touching.map(|kept| &kept.fact) {
        let Some(maker) = worked.actors.who(event) else { continue };
        if matches!(maker.principal.kind, PrincipalKind::Service | PrincipalKind::Function) {
            continue;
        }
        let who = actor(maker);
        if let Some(address) = event.source_ip.as_deref()
            && address.parse::<IpAddr>().is_ok()
        {
            add("ip", address, format!("source address of {who}"), &event.record);
        }
        if let Some(key) = &event.identity.access_key {
            add("access_key_id", key, format!("access key of {who}"), &event.record);
        }
        if let Some(agent) = event.user_agent.as_deref()
            && !agent.ends_with(".amazonaws.com")
        {
            add("user_agent", agent, format!("user agent of {who}"), &event.record);
        }
        for start in worked.sessions.chain(event) {
            let account = start.event.identity.account.as_deref();
            let own = case.subject.as_ref().and_then(|subject| subject.account.as_deref());
            if let Some(account) = account
                && own.is_some_and(|own| own != account)
            {
                let context = format!("account from which {who} was assumed");
                add("account_id", account, context, &start.event.record);
            }
        }
    }
    if let Some((hash, record)) = &worked.provenance.code {
        add("code_sha256", hash, "code that ran at the first activity".to_owned(), record);
    }
    if let Some(running) = &worked.provenance.running {
        let origin = code_origin(running.event);
        let record = &running.event.record;
        if let (Some(bucket), Some(key)) = (&origin.bucket, &origin.key) {
            let context = "object that the code came from".to_owned();
            add("s3_object", &format!("s3://{bucket}/{key}"), context, record);
        }
        if let Some(image) = &origin.image_uri {
            add("image_uri", image, "image that the code came from".to_owned(), record);
        }
    }
    for change in worked.changes.all.iter().filter(|change| change.aspect == "layers") {
        let arn = change.after.as_str().or_else(|| change.after.get("arn")?.as_str());
        if let Some(arn) = arn {
            add("layer_arn", arn, "layer added to the function".to_owned(), &change.item.record);
        }
    }
    found
        .into_iter()
        .filter_map(|((kind, value), (context, records))| {
            let (first, more) = records.split_first()?;
            Some(Indicator {
                kind,
                value: Address::new(value),
                context: context.into(),
                citations: Citations::one(first).and(more),
            })
        })
        .collect()
}
