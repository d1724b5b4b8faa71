//! From a correlated case to what a reader sees: sentences, rows and tables.
//!
//! Order, words and numbers are decided here and nowhere else; a renderer only lays them out.
//! Nothing is stated without the records behind it: a [`Statement`] cannot be built
//! without [`Citations`].

mod activity;
mod archive;
mod defang;
mod gap;
mod headline;
mod hidden;
mod indicator;
mod lead;
mod moment;
mod naming;
mod next_step;
mod picture;
mod reach;
mod scene;
mod schema;
mod sentence;
mod statement;
mod text;
mod time_bar;
mod timeline;
mod view;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

pub use archive::{ArchiveView, FaultView, PlaceView, QueryView};
pub use defang::defang;
pub use hidden::{is_hidden, told_apart};
pub use moment::{Piece, pieces};
pub use naming::readable;
pub use next_step::StepPhase;
pub use picture::*;
pub use schema::schema;
pub use text::{Address, Citations, Cite, Json, Quote, Text, Visible, When};
pub use time_bar::{Bar, TimeBar, time_bar};
pub use view::*;

use crate::{
    correlate::{
        Actor, CodeOrigin, Correlation, Graph, Origin as Found, code_origin, means, recorded_state,
    },
    model::{Case, Finding, Record, Source, Subject, Time},
};

/// Longer records are cut on the page; data outputs have them whole.
const SHOWN_BYTES: usize = 8 * 1024;

/// What shapes a report beside its case.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A second clock beside UTC.
    pub zone: Option<TimeZone>,
    /// Minutes around an actor's change within which its other calls are in the case.
    pub around_minutes: i64,
    /// Which evidence the case was made from, in words.
    pub evidence: String,
    /// Who collected it, when the evidence says so.
    pub caller: Option<String>,
    /// Copies of records that were met again.
    pub duplicates: usize,
    /// The calls to AWS that gave the evidence, and how many answers of each there are.
    pub asked: BTreeMap<String, usize>,
    /// How many days before the finding were searched, when the evidence says so.
    pub lookback_days: Option<u32>,
}

/// Says everything that casefile has to say about a case.
pub fn report(case: &Case, worked: &Correlation<'_>, options: &Options) -> Report {
    let when = |time: Time| When::new(time, options.zone.as_ref());
    let when: &dyn Fn(Time) -> When = &when;
    let timeline = timeline::timeline(case, worked, when);
    let scene = scene::Scene::of(case, worked);
    let mut report = Report {
        schema: SCHEMA,
        generator: Generator { name: "casefile", version: env!("CARGO_PKG_VERSION") },
        finding: finding(&case.finding, when),
        subject: case.subject.as_ref().map(|subject| self::subject(case, subject, worked, when)),
        headline: headline::headline(case, worked).into(),
        statements: statement::statements(case, worked),
        provenance: provenance(worked, when),
        changes: changes(worked, when),
        actors: worked.actors.all.iter().map(|actor| self::actor(actor, worked, when)).collect(),
        indicators: indicator::indicators(case, worked),
        insights: Vec::new(),
        next_steps: next_step::next_steps(&scene),
        graph: graph(&worked.graph(case), when),
        gaps: gap::gaps(case, worked),
        coverage: coverage(case, when),
        archives: archive::archives(case, when),
        evidence: evidence(case, &timeline, when),
        time_bar: time_bar(&timeline, case.finding.first_seen.map(when).as_ref()),
        timeline,
        making: making(case, options),
        reach: reach::reach(&scene, when),
        activity: activity::activity(&scene, when),
        picture: Picture::default(),
    };
    report.picture = picture(&Material::of(&report));
    report
}

fn text(value: &Option<String>) -> Option<Text> {
    value.as_deref().map(Text::from)
}

fn texts<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<Text> {
    values.into_iter().map(Text::from).collect()
}

fn finding(finding: &Finding, when: &dyn Fn(Time) -> When) -> FindingView {
    FindingView {
        id: finding.id.clone().into(),
        arn: text(&finding.arn),
        kind: finding.kind.clone().into(),
        severity: finding.severity,
        severity_label: finding.severity_label(),
        account: text(&finding.account),
        region: text(&finding.region),
        title: finding.title.as_deref().map(Quote::from),
        description: finding.description.as_deref().map(Quote::from),
        count: finding.count,
        first_seen: finding.first_seen.map(when),
        last_seen: finding.last_seen.map(when),
        created: finding.created.map(when),
        updated: finding.updated.map(when),
        archived: finding.archived,
        sample: finding.sample,
        resource_type: text(&finding.resource_type),
        action_type: text(&finding.action_type),
        direction: text(&finding.direction),
        protocol: text(&finding.protocol),
        blocked: finding.blocked,
        remotes: finding
            .remotes
            .iter()
            .map(|remote| RemoteView {
                ip: remote.ip.clone().map(Address::new),
                domain: remote.domain.clone().map(Address::new),
                port: remote.port,
                country: text(&remote.country),
                asn: text(&remote.asn),
                org: text(&remote.org),
            })
            .collect(),
        threat_lists: finding
            .threat_lists
            .iter()
            .map(|list| ThreatListView {
                name: text(&list.name),
                threats: texts(list.threats.iter().map(String::as_str)),
            })
            .collect(),
        citation: Cite::from(&finding.record),
    }
}

fn subject(
    case: &Case,
    subject: &Subject,
    worked: &Correlation<'_>,
    when: &dyn Fn(Time) -> When,
) -> SubjectView {
    let details = case.finding.function.as_ref();
    let recorded = recorded_state(case);
    let state = recorded.as_ref().map(|(state, _)| state);
    let mut citations = Citations::one(&case.finding.record);
    if let Some((_, record)) = &recorded {
        citations = citations.and([*record]);
    }
    let partition = case.finding.arn.as_deref().and_then(|arn| arn.split(':').nth(1));
    let vpc = details.and_then(|details| details.vpc.as_ref());
    SubjectView {
        kind: "AWS::Lambda::Function",
        arn: subject.arn(partition.unwrap_or("aws")).map(Text::from),
        name: subject.name.clone().into(),
        version: text(&subject.version),
        runtime: state.and_then(|state| text(&state.runtime)),
        handler: state.and_then(|state| text(&state.handler)),
        role_arn: details
            .and_then(|details| text(&details.role))
            .or_else(|| state.and_then(|state| text(&state.role))),
        code_sha256: worked.provenance.code.as_ref().map(|(hash, _)| hash.clone().into()),
        revision_id: details.and_then(|details| text(&details.revision_id)),
        last_modified: details.and_then(|details| details.last_modified).map(when),
        vpc: vpc.map(|vpc| VpcView {
            id: text(&vpc.id),
            subnets: texts(vpc.subnets.iter().map(String::as_str)),
            security_groups: texts(vpc.security_groups.iter().map(String::as_str)),
        }),
        tags: details.map_or_else(BTreeMap::new, |details| {
            details
                .tags
                .iter()
                .map(|(key, value)| (key.clone().into(), value.clone().into()))
                .collect()
        }),
        citations,
    }
}

fn provenance(worked: &Correlation<'_>, when: &dyn Fn(Time) -> When) -> Provenance {
    let view = |found: &Option<Found<'_>>| found.as_ref().map(|found| origin(found, worked, when));
    Provenance {
        created: view(&worked.provenance.created),
        running: view(&worked.provenance.running),
        deleted: view(&worked.provenance.deleted),
    }
}

fn origin(found: &Found<'_>, worked: &Correlation<'_>, when: &dyn Fn(Time) -> When) -> Origin {
    let event = found.event;
    let maker = worked.actors.who(event);
    let identity = &event.identity;
    Origin {
        time: when(event.time),
        event_name: event.name.clone().into(),
        actor: naming::caller(maker, event).into(),
        principal_arn: maker.and_then(|maker| text(&maker.arn)),
        principal_kind: maker.map_or("unknown", |maker| maker.principal.kind.word()),
        session_issuer_arn: identity
            .session_name()
            .and(maker)
            .and_then(|maker| text(&maker.issuer_arn)),
        session_name: identity.session_name().map(Text::from),
        access_key_id: text(&identity.access_key),
        source_ip: event.source_ip.clone().map(Address::new),
        user_agent: text(&event.user_agent),
        via: means(event).via,
        code: code(code_origin(event)),
        code_sha256: event.answered("/codeSha256").map(Text::from),
        revision_id: event.answered("/revisionId").map(Text::from),
        matched_by: found.method.map(|method| method.word()),
        confidence: found.confidence.word(),
        citations: Citations::one(&event.record).and(found.through.iter().copied()),
    }
}

fn code(origin: CodeOrigin) -> CodeView {
    CodeView {
        kind: origin.kind,
        bucket: text(&origin.bucket),
        key: text(&origin.key),
        version: text(&origin.version),
        image_uri: text(&origin.image_uri),
    }
}

fn changes(worked: &Correlation<'_>, when: &dyn Fn(Time) -> When) -> Vec<ChangeView> {
    worked
        .changes
        .all
        .iter()
        .map(|change| {
            let item = change.item;
            let resource = format!(
                "{} {}",
                naming::clipped(&item.resource_type),
                naming::clipped(item.name())
            );
            let of_function = change.relation == crate::model::Relation::Subject;
            let path = if of_function {
                change.path.clone()
            } else {
                format!("{resource} {}", change.path)
            };
            let previous = change.previous.map(|previous| &previous.record);
            ChangeView {
                time: when(item.captured),
                path: path.into(),
                aspect: change.aspect,
                before: Json(change.before.clone()),
                after: Json(change.after.clone()),
                citations: Citations::one(&item.record).and(previous),
                caused_by: change.cause.map(|cause| CauseView {
                    citation: Cite::from(&cause.event.record),
                    method: cause.strength.0.word(),
                    confidence: cause.strength.1.word(),
                    text: format!(
                        "{} by {}",
                        cause.event.name,
                        naming::caller(worked.actors.who(cause.event), cause.event)
                    )
                    .into(),
                }),
                resource: resource.into(),
            }
        })
        .collect()
}

fn actor(actor: &Actor<'_>, worked: &Correlation<'_>, when: &dyn Fn(Time) -> When) -> ActorView {
    let principal = &actor.principal;
    let id = format!(
        "A-{}",
        digest(&[
            principal.kind.word(),
            principal.account.as_deref().unwrap_or_default(),
            &principal.name,
            principal.session.as_deref().unwrap_or_default(),
        ])
    );
    ActorView {
        id: id.into(),
        kind: principal.kind.word(),
        arn: text(&actor.arn),
        session_issuer_arn: text(&actor.issuer_arn),
        session_names: texts(actor.sessions.iter().copied()),
        access_key_ids: texts(actor.keys.iter().copied()),
        source_ips: actor.addresses.iter().map(|address| Address::new(*address)).collect(),
        user_agents: texts(actor.agents.iter().copied()),
        mfa: actor.mfa.filter(|_| says_of_mfa(actor)),
        first_seen: when(actor.first),
        last_seen: when(actor.last),
        calls: actor.calls.len(),
        denied: actor.denied(),
        chain: actor.chain.iter().map(|start| link(start, worked, when)).collect(),
        name: naming::actor(actor).into(),
        citation: Cite::from(actor.record),
        acts: acts(actor),
    }
}

fn acts(actor: &Actor<'_>) -> Vec<ActView> {
    let mut acts: Vec<ActView> = Vec::new();
    let mut met: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for event in &actor.calls {
        let outcome = event.outcome().word();
        let at = *met.entry((&event.name, outcome)).or_insert_with(|| {
            acts.push(ActView { name: event.name.clone().into(), outcome, count: 0 });
            acts.len() - 1
        });
        if let Some(act) = acts.get_mut(at) {
            act.count += 1;
        }
    }
    acts
}

/// Whether `mfaAuthenticated` says anything: what an identity provider asked of somebody is not
/// recorded there, and a service has nothing to authenticate with.
fn says_of_mfa(actor: &Actor<'_>) -> bool {
    use crate::model::PrincipalKind;
    let federated =
        |action: &str| matches!(action, "AssumeRoleWithSAML" | "AssumeRoleWithWebIdentity");
    matches!(actor.principal.kind, PrincipalKind::Root | PrincipalKind::User | PrincipalKind::Role)
        && !actor.chain.iter().any(|start| {
            federated(&start.event.action)
                || start.event.identity.kind == crate::model::IdentityKind::Service
        })
}

fn link(
    start: &crate::correlate::Start<'_>,
    worked: &Correlation<'_>,
    when: &dyn Fn(Time) -> When,
) -> ChainLink {
    let event = start.event;
    let maker = worked.actors.who(event);
    let key = event
        .answered("/credentials/accessKeyId")
        .or_else(|| event.answered("/accessKey/accessKeyId"));
    ChainLink {
        arn: maker.and_then(|maker| text(&maker.arn)),
        kind: maker.map_or("unknown", |maker| maker.principal.kind.word()),
        session_name: event.identity.session_name().map(Text::from),
        access_key_id: key.map(Text::from),
        event_name: event.name.clone().into(),
        time: when(event.time),
        method: start.strength.0.word(),
        confidence: start.strength.1.word(),
        citation: Cite::from(&event.record),
        name: naming::caller(maker, event).into(),
    }
}

fn graph(graph: &Graph, when: &dyn Fn(Time) -> When) -> GraphView {
    let id = |node: &crate::correlate::Node| {
        Text::from(format!("N-{}", digest(&[node.kind.word(), &node.key])))
    };
    GraphView {
        nodes: graph
            .nodes()
            .map(|node| NodeView {
                id: id(node),
                kind: node.kind.word(),
                label: node.label.clone().into(),
                time: node.time.map(when),
                key: node.key.clone().into(),
            })
            .collect(),
        edges: graph
            .edges()
            .into_iter()
            .map(|(from, edge, to)| EdgeView {
                from: id(from),
                to: id(to),
                relation: edge.relation,
                inferred: edge.method.is_some(),
                method: edge.method.map(|method| method.word()),
                confidence: edge.confidence.word(),
                citations: Citations::one(&edge.record).and(&edge.more),
            })
            .collect(),
    }
}

fn coverage(case: &Case, when: &dyn Fn(Time) -> When) -> Vec<CoverageView> {
    case.coverage
        .iter()
        .map(|coverage| CoverageView {
            source: coverage.source.word(),
            window: Window { from: coverage.from.map(when), to: coverage.to.map(when) },
            requests: coverage.requests,
            records: coverage.records,
            complete: coverage.complete,
            kept: case.records.values().filter(|record| record.source == coverage.source).count(),
            title: coverage.source.title(),
        })
        .collect()
}

/// The records in the order of their source and time.
fn evidence(
    case: &Case,
    timeline: &[TimelineRow],
    when: &dyn Fn(Time) -> When,
) -> Vec<EvidenceView> {
    let mut titles: BTreeMap<String, Text> = BTreeMap::new();
    for row in timeline {
        let name = match row.source {
            "guardduty" => "finding".to_owned(),
            "config" => format!("{} {}", row.name.raw(), row.target.as_ref().map_or("", Text::raw)),
            _ => row.name.raw().to_owned(),
        };
        titles.entry(row.citation.to_string()).or_insert_with(|| name.into());
    }
    let mut records: Vec<&Record> = case.records.values().collect();
    records.sort_by(|a, b| (a.source, a.time, &a.id).cmp(&(b.source, b.time, &b.id)));
    records
        .into_iter()
        .map(|record| {
            let pretty = format!("{:#}", record.body);
            let end = pretty.floor_char_boundary(SHOWN_BYTES);
            let shown = pretty.get(..end).unwrap_or_default();
            EvidenceView {
                id: Cite::from(&record.id),
                source: record.source.word(),
                operation: text(&record.operation),
                document: text(&record.document),
                pointer: text(&record.pointer),
                time: record.time.map(when),
                sha256: record.sha256.clone().into(),
                record: record.body.clone(),
                title: titles.get(&record.id.0).cloned().unwrap_or_else(|| {
                    Text::from(if record.source == Source::GuardDuty {
                        "another state of the finding"
                    } else {
                        "record"
                    })
                }),
                shown: shown.into(),
                cut: pretty.len() - shown.len(),
            }
        })
        .collect()
}

impl Report {
    /// What an empty list means, when its facts would have come from this source: that nothing was
    /// asked, that nothing came, or that nothing was among what came.
    pub fn nothing(&self, source: &str) -> Text {
        let Some(coverage) = self.coverage.iter().find(|coverage| coverage.source == source) else {
            return "Nothing was asked of this source.".into();
        };
        let title = coverage.title;
        match (coverage.records, coverage.requests) {
            (0, Some(0)) => format!("{title} was not asked."),
            (0, Some(1)) => format!("{title} was asked once, and no record came."),
            (0, Some(n)) => format!("{title} was asked {n} times, and no record came."),
            (0, None) => format!(
                "No {title} record is among the evidence, and nothing says that it was asked."
            ),
            (read, _) => {
                let written = |when: &Option<When>| {
                    when.as_ref()
                        .map_or_else(|| "?".to_owned(), |when| when.utc.replacen('T', " ", 1))
                };
                let (from, to) = (written(&coverage.window.from), written(&coverage.window.to));
                let records = if read == 1 {
                    format!("one {title} record")
                } else {
                    format!("{read} {title} records")
                };
                format!("None is among the {records} read, {from} to {to}.")
            }
        }
        .into()
    }
}

fn making(case: &Case, options: &Options) -> Making {
    let count = |number: usize, one: &str, many: &str| match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {many}")),
    };
    let left = [
        count(case.left.findings, "other finding", "other findings"),
        count(
            case.left.items,
            "configuration item of another resource",
            "configuration items of other resources",
        ),
        count(
            case.left.events,
            "event of other resources and actors",
            "events of other resources and actors",
        ),
    ];
    Making {
        around_minutes: options.around_minutes,
        zone: options.zone.as_ref().and_then(|zone| zone.iana_name().map(Text::from)),
        clock: options.zone.clone(),
        left: left.into_iter().flatten().map(Text::from).collect(),
        duplicates: options.duplicates,
        asked: options
            .asked
            .iter()
            .map(|(call, answers)| (Text::from(call.as_str()), *answers))
            .collect(),
        lookback_days: options.lookback_days,
        evidence: options.evidence.clone().into(),
        caller: text(&options.caller),
    }
}

/// Eight hexadecimal digits that stand for these words in every report.
fn digest(words: &[&str]) -> String {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    for word in words {
        hasher.update(word.as_bytes());
        hasher.update([0]);
    }
    hasher.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}
