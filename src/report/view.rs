//! The report as data: the contract `casefile-report/1`.
//!
//! This is the canonical form: every output says what stands here. Field names are those of the
//! JSON report; times are RFC 3339 in UTC with the precision that the source had; what is absent
//! is null and never empty text. Members marked `skip` serve the page alone.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{
    archive::ArchiveView,
    picture::Picture,
    text::{Address, Citations, Cite, Json, Quote, Text, When},
    time_bar::TimeBar,
};

/// The version of this contract.
pub const SCHEMA: &str = "casefile-report/1";

/// Everything that casefile says about one finding.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Always `casefile-report/1`.
    pub schema: &'static str,
    /// What made the report.
    pub generator: Generator,
    /// The finding, as GuardDuty states it.
    pub finding: FindingView,
    /// The function that the finding is about; null for other resource types.
    pub subject: Option<SubjectView>,
    /// One sentence made from records.
    pub headline: Text,
    /// What was seen, what is inferred, what is not known.
    pub statements: Vec<Statement>,
    /// The calls that put the function and its code there, and took it away.
    pub provenance: Provenance,
    /// Everything that happened, in the order of time.
    pub timeline: Vec<TimelineRow>,
    /// Differences between consecutive configuration items.
    pub changes: Vec<ChangeView>,
    /// Everybody who acted.
    pub actors: Vec<ActorView>,
    /// What to look for elsewhere.
    pub indicators: Vec<Indicator>,
    /// What casefile concludes.
    pub insights: Vec<InsightView>,
    /// What to do.
    pub next_steps: Vec<NextStep>,
    /// Things and their relations.
    pub graph: GraphView,
    /// What was asked for and not seen.
    pub gaps: Vec<GapView>,
    /// What was looked at.
    pub coverage: Vec<CoverageView>,
    /// The CloudTrail log archives that were searched, and the tables that were asked.
    pub archives: Vec<ArchiveView>,
    /// The records behind all of it.
    pub evidence: Vec<EvidenceView>,
    /// How the report was made.
    #[serde(skip)]
    pub making: Making,
    /// The timeline at a glance.
    #[serde(skip)]
    pub time_bar: Option<TimeBar>,
    /// What the function could reach, and what its credentials did.
    #[serde(skip)]
    pub reach: Reach,
    /// When it likely began, and whether it is known to have ended.
    #[serde(skip)]
    pub activity: Activity,
    /// The attack path.
    #[serde(skip)]
    pub picture: Picture,
}

/// What made the report.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Generator {
    /// `casefile`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// The finding.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FindingView {
    /// Finding id.
    pub id: Text,
    /// ARN.
    pub arn: Option<Text>,
    /// Finding type.
    #[serde(rename = "type")]
    pub kind: Text,
    /// 1.0 to 10.0.
    pub severity: Option<f64>,
    /// Low, Medium, High or Critical.
    pub severity_label: Option<&'static str>,
    /// Account of the resource.
    pub account: Option<Text>,
    /// Region.
    pub region: Option<Text>,
    /// GuardDuty's title.
    pub title: Option<Quote>,
    /// GuardDuty's description.
    pub description: Option<Quote>,
    /// How many times it was seen.
    pub count: Option<u64>,
    /// First activity.
    pub first_seen: Option<When>,
    /// Last activity.
    pub last_seen: Option<When>,
    /// When the finding was made.
    pub created: Option<When>,
    /// When it was last changed.
    pub updated: Option<When>,
    /// Whether it is archived.
    pub archived: Option<bool>,
    /// Whether GuardDuty calls it a sample.
    pub sample: bool,
    /// Resource type in GuardDuty's words.
    pub resource_type: Option<Text>,
    /// `NETWORK_CONNECTION`, …
    pub action_type: Option<Text>,
    /// `OUTBOUND`, …
    pub direction: Option<Text>,
    /// `TCP`, …
    pub protocol: Option<Text>,
    /// Whether the connection was blocked.
    pub blocked: Option<bool>,
    /// The hosts at the other end.
    pub remotes: Vec<RemoteView>,
    /// The lists that named them.
    pub threat_lists: Vec<ThreatListView>,
    /// The finding's record.
    #[serde(skip)]
    pub citation: Cite,
}

/// A host at the other end.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RemoteView {
    /// Address, not defanged.
    pub ip: Option<Address>,
    /// Domain, not defanged.
    pub domain: Option<Address>,
    /// Port.
    pub port: Option<u64>,
    /// Country name.
    pub country: Option<Text>,
    /// Autonomous system number.
    pub asn: Option<Text>,
    /// Its organisation.
    pub org: Option<Text>,
}

/// A threat list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ThreatListView {
    /// Its name.
    pub name: Option<Text>,
    /// The threats it names.
    pub threats: Vec<Text>,
}

/// The function that the finding is about.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SubjectView {
    /// `AWS::Lambda::Function`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Unqualified ARN.
    pub arn: Option<Text>,
    /// Name.
    pub name: Text,
    /// The version that the finding names.
    pub version: Option<Text>,
    /// Runtime, as last recorded up to the finding.
    pub runtime: Option<Text>,
    /// Handler.
    pub handler: Option<Text>,
    /// Execution role.
    pub role_arn: Option<Text>,
    /// Hash of the code that ran when the finding was first seen, when that is known.
    pub code_sha256: Option<Text>,
    /// The finding's revision id.
    pub revision_id: Option<Text>,
    /// The finding's last-modified time.
    pub last_modified: Option<When>,
    /// Its place in the account's network; null outside every VPC or when not recorded.
    pub vpc: Option<VpcView>,
    /// Tags.
    pub tags: BTreeMap<Text, Text>,
    /// The records these come from.
    #[serde(skip)]
    pub citations: Citations,
}

/// A function's place in the account's network.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VpcView {
    /// VPC id.
    pub id: Option<Text>,
    /// Subnet ids.
    pub subnets: Vec<Text>,
    /// Security group ids.
    pub security_groups: Vec<Text>,
}

/// How sure a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatementKind {
    /// A record says it.
    Seen,
    /// casefile concludes it from records.
    Inferred,
    /// It is not known.
    Unknown,
}

/// One sentence and the records behind it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Statement {
    /// How sure it is.
    pub kind: StatementKind,
    /// The sentence.
    pub text: Text,
    /// The records that say it, or that raise the question.
    pub citations: Citations,
    /// How it was inferred; null when it was seen.
    pub method: Option<&'static str>,
}

/// The calls behind the function and its code.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Provenance {
    /// The call that succeeded in creating the function.
    pub created: Option<Origin>,
    /// The call that put in place the code that ran when the finding was first seen.
    pub running: Option<Origin>,
    /// The call that deleted it.
    pub deleted: Option<Origin>,
}

/// One call of the function's history.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Origin {
    /// When it was made.
    pub time: When,
    /// Its name, with its suffix.
    pub event_name: Text,
    /// Who made it, in words.
    pub actor: Text,
    /// ARN of the user, role or human's session.
    pub principal_arn: Option<Text>,
    /// root | user | role | federated | service | account | function | unknown.
    pub principal_kind: &'static str,
    /// ARN of the role whose session it was; null for others.
    pub session_issuer_arn: Option<Text>,
    /// Session name.
    pub session_name: Option<Text>,
    /// Access key id.
    pub access_key_id: Option<Text>,
    /// Address, or name of the AWS service that called, not defanged.
    pub source_ip: Option<Address>,
    /// User agent, chosen by the caller.
    pub user_agent: Option<Text>,
    /// console | cli | sdk | cloudformation | terraform | cdk | sam | service | unknown.
    pub via: &'static str,
    /// Where the code came from.
    pub code: CodeView,
    /// Hash of the code, as the call was answered.
    pub code_sha256: Option<Text>,
    /// Revision id, as the call was answered.
    pub revision_id: Option<Text>,
    /// revision_id | code_sha256 | last_modified | time; null when the record names the function
    /// and nothing had to be matched.
    pub matched_by: Option<&'static str>,
    /// exact | strong | probable | candidate.
    pub confidence: &'static str,
    /// The call's record, and those that link it.
    pub citations: Citations,
}

/// Where code came from.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct CodeView {
    /// s3 | zip | image | unknown.
    pub kind: &'static str,
    /// S3 bucket.
    pub bucket: Option<Text>,
    /// S3 key.
    pub key: Option<Text>,
    /// S3 object version.
    pub version: Option<Text>,
    /// Container image.
    pub image_uri: Option<Text>,
}

/// One thing that happened.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TimelineRow {
    /// Stable id of the row.
    pub id: Text,
    /// When.
    pub time: When,
    /// guardduty | config | cloudtrail.
    pub source: &'static str,
    /// The event's name, the item's status, or the finding's moment.
    pub name: Text,
    /// Who did it, in words; null where nobody is recorded.
    pub actor: Option<Text>,
    /// What happened, in one sentence without the actor.
    pub text: Text,
    /// On what.
    pub target: Option<Text>,
    /// ok | denied | failed.
    pub outcome: &'static str,
    /// read | write; null where it is neither.
    pub access: Option<&'static str>,
    /// Why it is here: finding | subject | role | code | network | stack | trigger | session |
    /// actor | by_function.
    pub relation: &'static str,
    /// Whether it belongs to what led to the finding.
    pub key: bool,
    /// Its record.
    pub citation: Cite,
    /// A long silence before this row, in words.
    #[serde(skip)]
    pub silence: Option<Text>,
}

/// A difference between two consecutive configuration items.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChangeView {
    /// When the later item was captured.
    pub time: When,
    /// JSON pointer in the item; after the resource's type and name where it is not the function.
    pub path: Text,
    /// The field in the field's own word.
    pub aspect: &'static str,
    /// Before; null when absent.
    pub before: Json,
    /// After; null when absent.
    pub after: Json,
    /// The two items.
    pub citations: Citations,
    /// The call behind it; null when none was seen.
    pub caused_by: Option<CauseView>,
    /// What changed, in words: the function, or another resource by name.
    #[serde(skip)]
    pub resource: Text,
}

/// The call behind a change.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CauseView {
    /// The call's record.
    pub citation: Cite,
    /// revision_id | code_sha256 | value | last_modified | time.
    pub method: &'static str,
    /// exact | strong | probable | candidate.
    pub confidence: &'static str,
    /// The call in words.
    #[serde(skip)]
    pub text: Text,
}

/// Somebody who acted.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ActorView {
    /// Stable id.
    pub id: Text,
    /// root | user | role | federated | service | account | function | unknown.
    pub kind: &'static str,
    /// ARN, when one is recorded or follows from account and name.
    pub arn: Option<Text>,
    /// ARN of the role whose sessions these are.
    pub session_issuer_arn: Option<Text>,
    /// Session names.
    pub session_names: Vec<Text>,
    /// Access key ids.
    pub access_key_ids: Vec<Text>,
    /// Addresses and service names, not defanged.
    pub source_ips: Vec<Address>,
    /// User agents.
    pub user_agents: Vec<Text>,
    /// Whether its sessions had MFA: null when no record says, false when any session had none.
    pub mfa: Option<bool>,
    /// First call in the case.
    pub first_seen: When,
    /// Last call in the case.
    pub last_seen: When,
    /// Calls in the case.
    pub calls: usize,
    /// Denied calls among them.
    pub denied: usize,
    /// Outward to the human or machine that started it.
    pub chain: Vec<ChainLink>,
    /// In words.
    #[serde(skip)]
    pub name: Text,
    /// One of its records.
    #[serde(skip)]
    pub citation: Cite,
    /// What it did: the names of its calls, in the order of the first of each.
    #[serde(skip)]
    pub acts: Vec<ActView>,
}

/// Calls of one name with one outcome.
#[derive(Clone, Debug)]
pub struct ActView {
    /// The event's name.
    pub name: Text,
    /// ok | denied | failed.
    pub outcome: &'static str,
    /// How many.
    pub count: usize,
}

/// Who started a session or made a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct ChainLink {
    /// ARN of whoever made the call.
    pub arn: Option<Text>,
    /// What it is.
    pub kind: &'static str,
    /// Its session name, if it was a session itself.
    pub session_name: Option<Text>,
    /// The access key that the call gave out.
    pub access_key_id: Option<Text>,
    /// The call: `AssumeRole`, `CreateAccessKey`, …
    pub event_name: Text,
    /// When.
    pub time: When,
    /// access_key_id | session_arn | stack_role.
    pub method: &'static str,
    /// exact | strong | probable | candidate.
    pub confidence: &'static str,
    /// The call's record.
    pub citation: Cite,
    /// Who, in words.
    #[serde(skip)]
    pub name: Text,
}

/// Something to look for elsewhere.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Indicator {
    /// ip | domain | code_sha256 | access_key_id | user_agent | layer_arn | s3_object | image_uri |
    /// account_id.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The value, not defanged.
    pub value: Address,
    /// Where it was met.
    pub context: Text,
    /// The records.
    pub citations: Citations,
}

/// A conclusion of a rule.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct InsightView {
    /// The rule.
    pub rule: &'static str,
    /// Title.
    pub title: Text,
    /// Text.
    pub text: Text,
    /// Level.
    pub level: &'static str,
    /// ATT&CK techniques.
    pub techniques: Vec<&'static str>,
    /// The records.
    pub citations: Citations,
}

/// Something to do.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NextStep {
    /// contain | preserve | eradicate | verify.
    pub phase: &'static str,
    /// What.
    pub text: Text,
    /// A command, never executed by casefile.
    pub command: Option<Text>,
    /// What it does.
    pub effect: Text,
    /// What it may break.
    pub risk: Text,
    /// What tells the step from others in every report: letters, digits and dashes.
    #[serde(skip)]
    pub id: Text,
    /// Whose agreement it needs.
    #[serde(skip)]
    pub agreement: Text,
    /// Whether it is one of the one or two to do first.
    #[serde(skip)]
    pub first: bool,
    /// The step in a few words, for those to do first.
    #[serde(skip)]
    pub brief: Option<Text>,
    /// The records that it follows from.
    #[serde(skip)]
    pub citations: Citations,
}

/// What the function could reach, and what its credentials did.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Why nothing can be said of it: for findings that are not about a function.
    pub none: Option<&'static str>,
    /// What it could reach, aspect by aspect; not what it did.
    pub could: Vec<ReachPart>,
    /// What its credentials did, call by call.
    pub did: Vec<ReachCall>,
    /// How many more names of calls there are than are listed.
    pub did_left: usize,
}

/// One aspect of what the function could reach.
#[derive(Clone, Debug)]
pub struct ReachPart {
    /// The aspect: `Execution role`.
    pub title: &'static str,
    /// What is recorded of it.
    pub facts: Vec<ReachFact>,
    /// What is said where nothing is.
    pub none: Option<&'static str>,
    /// The source of which it then has to be told whether it was asked.
    pub source: Option<&'static str>,
}

/// A recorded part of what the function could reach.
#[derive(Clone, Debug)]
pub struct ReachFact {
    /// What it is.
    pub text: Text,
    /// What became of it in this case: `added` or `removed`; null when no change was seen.
    pub change: Option<&'static str>,
    /// The records.
    pub citations: Citations,
}

/// Calls of one name that the function's credentials made.
#[derive(Clone, Debug)]
pub struct ReachCall {
    /// `s3 ListBuckets`.
    pub call: Text,
    /// How often.
    pub count: usize,
    /// How often it was refused.
    pub denied: usize,
    /// How often it failed otherwise.
    pub failed: usize,
    /// The first.
    pub first: When,
    /// The last.
    pub last: When,
    /// On what, as far as it is recorded; the first few.
    pub targets: Vec<Text>,
    /// Records of the first, the last and the first refused one.
    pub citations: Citations,
}

/// When it likely began, and whether it is known to have ended.
#[derive(Clone, Debug)]
pub struct Activity {
    /// The first step that is seen; null when none is established.
    pub start: Option<Beginning>,
    /// Why no beginning is established, in words.
    pub no_start: &'static str,
    /// Whether it is still active: no | stopped | sample | not known.
    pub state: &'static str,
    /// What is known of that, in one or two sentences.
    pub text: Text,
    /// The records.
    pub citations: Citations,
}

/// The first step that is seen.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// When.
    pub time: When,
    /// Which step, and how it is known.
    pub text: Text,
    /// The records.
    pub citations: Citations,
}

impl NextStep {
    /// Whether it changes nothing, so that nobody has to agree.
    pub fn only_reads(&self) -> bool {
        self.risk.raw() == "None: it reads."
    }
}

/// The typed graph.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct GraphView {
    /// Things.
    pub nodes: Vec<NodeView>,
    /// Relations.
    pub edges: Vec<EdgeView>,
}

/// A thing.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NodeView {
    /// Stable id.
    pub id: Text,
    /// finding | function | version | configuration_item | call | principal | session |
    /// access_key | address | role | policy | network | code | layer | stack | threat_list |
    /// trigger.
    pub kind: &'static str,
    /// In words.
    pub label: Text,
    /// When, for what has a time.
    pub time: Option<When>,
    /// What tells it from others of its kind; for calls and items the id of their record.
    #[serde(skip)]
    pub key: Text,
}

/// A relation.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EdgeView {
    /// Node id.
    pub from: Text,
    /// Node id.
    pub to: Text,
    /// In the active voice.
    pub relation: &'static str,
    /// Whether casefile computed the link.
    pub inferred: bool,
    /// How; null when a record states it.
    pub method: Option<&'static str>,
    /// exact | strong | probable | candidate.
    pub confidence: &'static str,
    /// The records.
    pub citations: Citations,
}

/// Something that was asked for and not seen.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct GapView {
    /// guardduty | config | cloudtrail | input.
    pub source: Text,
    /// What was asked.
    pub asked: Text,
    /// Why it was not seen.
    pub reason: Text,
    /// What that could hide.
    pub consequence: Text,
    /// The records that show it, if any.
    #[serde(skip)]
    pub citations: Vec<Cite>,
}

/// What was looked at in one source.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CoverageView {
    /// guardduty | config | cloudtrail.
    pub source: &'static str,
    /// From the earliest to the latest record.
    pub window: Window,
    /// Answers read, when the evidence says what was asked.
    pub requests: Option<usize>,
    /// Records read.
    pub records: usize,
    /// Whether everything asked for came; null when nothing says what was asked.
    pub complete: Option<bool>,
    /// Records of these that are in the report.
    #[serde(skip)]
    pub kept: usize,
    /// The source's name as people write it.
    #[serde(skip)]
    pub title: &'static str,
}

/// A stretch of time.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Window {
    /// Its beginning.
    pub from: Option<When>,
    /// Its end.
    pub to: Option<When>,
}

/// A record.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EvidenceView {
    /// The id by which it is cited.
    pub id: Cite,
    /// guardduty | config | cloudtrail.
    pub source: &'static str,
    /// The API call that returned it; null for saved files that do not say.
    pub operation: Option<Text>,
    /// The bundle's document; null for loose files.
    pub document: Option<Text>,
    /// JSON pointer in that document; null for loose files.
    pub pointer: Option<Text>,
    /// When.
    pub time: Option<When>,
    /// SHA-256 of the record as JSON with sorted keys and no white space, before redaction.
    pub sha256: Text,
    /// The record, redacted where it must be.
    pub record: Value,
    /// What it is, in a few words.
    #[serde(skip)]
    pub title: Text,
    /// The record as indented JSON for the page, cut where it is long.
    #[serde(skip)]
    pub shown: Text,
    /// How many bytes of it the page leaves out.
    #[serde(skip)]
    pub cut: usize,
}

/// How the report was made.
#[derive(Clone, Debug, Default)]
pub struct Making {
    /// Minutes around an actor's change within which its other calls are shown.
    pub around_minutes: i64,
    /// The second clock's time zone.
    pub zone: Option<Text>,
    /// The second clock itself, for the moments within sentences.
    pub clock: Option<TimeZone>,
    /// Records read and left out, in words.
    pub left: Vec<Text>,
    /// Copies of records that were met again. No output has it: the same evidence, given twice,
    /// makes the same report.
    pub duplicates: usize,
    /// The calls to AWS that gave the evidence, when it says so: `guardduty:GetFindings` and how
    /// many answers. Each needed the permission of that name.
    pub asked: Vec<(Text, usize)>,
    /// How many days before the finding were searched, when the evidence says so.
    pub lookback_days: Option<u32>,
    /// Which evidence, in words.
    pub evidence: Text,
    /// Who collected it, when the bundle says so.
    pub caller: Option<Text>,
}
