//! Which look-ups and histories answer which question.

use std::collections::{BTreeMap, BTreeSet};

use super::{Ask, Attribute, Discovery, History, Known, Planned, Rank};
use crate::{
    model::{Arn, Identity, Item, ItemStatus, Principal, PrincipalKind, Time},
    source::{Question, span::Span},
};

/// The calls that make, change and remove a function, as `CloudTrail` names them. A look-up by
/// resource misses them where the caller wrote the function's name in an unusual way, or was
/// refused.
/// <https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html>
const WRITES: [&str; 4] = [
    "UpdateFunctionCode20150331v2",
    "CreateFunction20150331",
    "UpdateFunctionConfiguration20150331v2",
    "DeleteFunction20150331",
];

/// A session that made a change began within so many seconds before it, and a call around it was
/// made within them.
const NEAR: i64 = Identity::LONGEST_SESSION;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;

/// Windows around an actor's calls are widened to quarters of an hour, so that the next call that
/// comes to light seldom asks for a sliver of time beside one that was looked at.
const QUARTER: i64 = 15 * 60;

/// How long before and after its beginning the call that started a session may lie.
const STARTING: i64 = 60;

/// Pages of what is essential, ordinary, and likely to be endless.
const MANY: usize = 40;
const SOME: usize = 8;
const FEW: usize = 4;

/// So many weeks are searched at once for the state at the beginning of the look-back.
const AT_ONCE: usize = 6;

/// A look-up that a question asks for.
pub(super) struct Wish {
    pub rank: Rank,
    pub span: Span,
    pub pages: usize,
    pub about: String,
}

/// What an actor did in another Region.
struct Elsewhere {
    /// Seconds between the activity and the change that lies nearest to it.
    nearest: i64,
    /// From around the first change to around the last.
    span: Span,
    about: String,
}

/// Everything that the questions ask for.
#[derive(Default)]
pub(super) struct Wanted {
    /// Look-ups, by Region, attribute and value.
    pub lookups: BTreeMap<(String, Attribute, String), Vec<Wish>>,
    /// Histories and discoveries.
    pub others: Vec<Planned>,
    /// What actors did where IAM is recorded, by the attribute that finds them.
    elsewhere: BTreeMap<(Attribute, String), Elsewhere>,
}

fn rank(tier: u8, distance: i64, step: u8) -> Rank {
    Rank { tier, distance, step }
}

/// Those behind the change that lies nearest to the activity come before the nets, all others
/// after them.
fn of_people(distance: i64, step: u8, known: &Known<'_>) -> Rank {
    let nearest = known.nearest.is_some_and(|nearest| distance <= nearest + NEAR);
    rank(if nearest { 3 } else { 10 }, distance, step)
}

impl Wanted {
    /// Adds what answers the question.
    pub fn question(&mut self, question: &Question, known: &Known<'_>) {
        match question {
            Question::Function(_) => self.function(known),
            Question::ByFunction { .. } => self.by_function(known),
            Question::Role { account, name } => self.role(account.as_deref(), name, known),
            Question::Policy(arn) => self.policy(arn, known),
            Question::Session { arn, from, to } => self.session(arn, *from, *to, known),
            Question::Key(key) => self.key(key, known),
            Question::Actor { principal, from, to } => self.actor(principal, *from, *to, known),
            Question::StackOperation { by, from, to } => self.operation(by, *from, *to, known),
            Question::Stack(name) => self.stack(name, known),
            Question::Rule(name) => {
                let about = format!("the calls that name the rule {name}");
                self.resource(known.home, name, rank(30, 0, 0), SOME, about, known);
            }
            Question::Layer(arn) => self.layer(arn, known),
            Question::Image(repository) => {
                let (partition, home, account) = (known.partition, known.home, known.account);
                let arn = format!("arn:{partition}:ecr:{home}:{account}:repository/{repository}");
                let about = format!("the calls that name the repository {repository}");
                self.resource(home, &arn, rank(30, 0, 1), FEW, about, known);
            }
            Question::Network(id) => self.network(id, known),
            // Reads and writes of objects are data events, which no look-up returns; what names
            // the function to invoke it is found by the function's own names.
            Question::CodeObject { .. } | Question::Trigger(_) => {}
        }
    }

    /// Adds what is asked once for several questions. Calls to IAM are few: those of an actor are
    /// looked up from its first change to its last, and not around each.
    pub fn finish(&mut self, known: &Known<'_>) {
        for ((attribute, value), wish) in std::mem::take(&mut self.elsewhere) {
            let wish = (of_people(wish.nearest, 5, known), Some(wish.span), SOME, wish.about);
            self.lookup(known.global, attribute, &value, wish);
        }
    }

    fn lookup(
        &mut self,
        region: &str,
        attribute: Attribute,
        value: &str,
        (rank, span, pages, about): (Rank, Option<Span>, usize, String),
    ) {
        let Some(span) = span else { return };
        self.lookups
            .entry((region.to_owned(), attribute, value.to_owned()))
            .or_default()
            .push(Wish { rank, span, pages, about });
    }

    /// The calls of the whole look-back that name a resource.
    fn resource(
        &mut self,
        region: &str,
        name: &str,
        rank: Rank,
        pages: usize,
        about: String,
        known: &Known<'_>,
    ) {
        let wish = (rank, Some(known.trail), pages, about);
        self.lookup(region, Attribute::ResourceName, name, wish);
    }

    fn function(&mut self, known: &Known<'_>) {
        let name = &known.subject.name;
        let about = format!("the calls that name {name}");
        self.resource(known.home, name, rank(0, 0, 0), MANY, about.clone(), known);
        if let Some(arn) = known.subject.arn(known.partition) {
            let about = format!("the calls that name {name} by its ARN");
            self.resource(known.home, &arn, rank(0, 0, 1), MANY, about, known);
        }
        // What came after the activity is looked up by the function's names alone.
        let activity = known.activity();
        let last = known.finding.last_seen.unwrap_or(activity);
        let until = last.plus_seconds(HOUR).min(known.trail.to);
        for (step, event) in (2..).zip(WRITES) {
            let about = format!("{event} calls, whatever they name");
            let wish = (rank(0, 0, step), Span::new(known.trail.from, until), SOME, about);
            self.lookup(known.home, Attribute::EventName, event, wish);
        }
        let about = "all calls to Lambda, whatever they name".to_owned();
        let wish = (rank(8, 0, 0), Span::new(known.trail.from, until), FEW, about);
        self.lookup(known.home, Attribute::EventSource, "lambda.amazonaws.com", wish);

        let about = format!("the configuration history of {name}");
        self.history(known.home, "AWS::Lambda::Function", name, rank(0, 0, 0), &about, known);
    }

    fn by_function(&mut self, known: &Known<'_>) {
        let activity = known.activity();
        let last = known.finding.last_seen.unwrap_or(activity);
        let span = Span::new(known.trail.from, last.plus_seconds(DAY));
        let about = format!("the calls made by {}", known.subject.name);
        let wish = (rank(1, 0, 0), span, FEW, about);
        self.lookup(known.home, Attribute::Username, &known.subject.name, wish);
    }

    fn role(&mut self, account: Option<&str>, name: &str, known: &Known<'_>) {
        if account.is_some_and(|account| account != known.account) {
            return;
        }
        let about = format!("the IAM calls that name the role {name}");
        self.resource(known.global, name, rank(1, 0, 1), SOME, about, known);
        // Lambda itself takes the role again and again: of that, the newest will do.
        if let Some(arn) = role_arn(name, known) {
            let last = known.finding.last_seen.unwrap_or_else(|| known.activity());
            let span = Span::new(known.trail.from, last.plus_seconds(HOUR));
            let about = format!("who assumed the role {name}");
            for (step, region) in (0..).zip(known.regions()) {
                let wish = (rank(7, 0, step), span, FEW, about.clone());
                self.lookup(region, Attribute::ResourceName, &arn, wish);
            }
        }
        self.named("AWS::IAM::Role", name, rank(2, 0, 0), &format!("the role {name}"), known);
    }

    fn policy(&mut self, arn: &str, known: &Known<'_>) {
        let Some(parsed) = Arn::parse(arn).filter(|parsed| parsed.account == known.account) else {
            return;
        };
        let about = format!("the calls that name the policy {}", parsed.name());
        self.resource(known.global, arn, rank(30, 0, 2), FEW, about, known);
        let what = format!("the policy {}", parsed.name());
        self.named("AWS::IAM::Policy", parsed.name(), rank(30, 0, 2), &what, known);
    }

    /// Who started a session: first where it was used, then where global endpoints are recorded,
    /// and then a sign-in.
    fn session(&mut self, arn: &str, from: Time, to: Time, known: &Known<'_>) {
        if Arn::parse(arn).is_none_or(|parsed| parsed.account != known.account) {
            return;
        }
        let name = arn.rsplit('/').next().unwrap_or(arn);
        // A session whose beginning is not recorded began within twelve hours: too long to look
        // through every call for it.
        if to.seconds_since(from) > 10 * STARTING {
            let role = arn.split('/').nth(1).and_then(|role| role_arn(role, known));
            let about = format!("who started the session {name}");
            if let Some(role) = role {
                let wish =
                    (of_people(known.distance(to), 1, known), Span::new(from, to), FEW, about);
                self.lookup(known.home, Attribute::ResourceName, &role, wish);
            }
            return;
        }
        let Some(span) = Span::new(from, to) else { return };
        let started = known.events.iter().find(|event| {
            (from..=to).contains(&event.time)
                && event.starts_session()
                && ["/assumedRoleUser/arn", "/federatedUser/arn"]
                    .iter()
                    .any(|pointer| event.answered(pointer) == Some(arn))
        });
        let distance = known.distance(to);
        let about = || format!("who started the session {name}");
        let sts = "sts.amazonaws.com";
        let is_role = arn.contains(":assumed-role/");
        let regions = known.regions();
        let mut done = true;
        if started.is_none() {
            for (step, region) in (1..).zip(&regions) {
                // The next place is asked when this one has not told.
                if done {
                    let wish = (of_people(distance, step, known), Some(span), SOME, about());
                    self.lookup(region, Attribute::EventSource, sts, wish);
                }
                done &= known.has_looked(region, Attribute::EventSource, sts, span);
            }
        }
        let federated = started.is_some_and(|event| {
            matches!(event.action.as_str(), "AssumeRoleWithSAML" | "AssumeRoleWithWebIdentity")
        });
        let from_console = known
            .events
            .iter()
            .any(|event| event.identity.arn.as_deref() == Some(arn) && event.console_session);
        let signs_in = !is_role && !arn.contains(":federated-user/");
        if signs_in || from_console && (federated || done) {
            // IAM users sign in where they began, too.
            for region in regions.iter().filter(|region| signs_in || **region == known.global) {
                let signin = "signin.amazonaws.com";
                let about = format!("whether {name} signed in to the console");
                let wish = (of_people(distance, 6, known), Some(span), FEW, about);
                self.lookup(region, Attribute::EventSource, signin, wish);
            }
        }
    }

    fn key(&mut self, key: &str, known: &Known<'_>) {
        // Temporary keys begin with ASIA: their session tells who is behind them.
        if !key.starts_with("AKIA") {
            return;
        }
        let users: BTreeSet<&str> = known
            .events
            .iter()
            .filter(|event| event.identity.access_key.as_deref() == Some(key))
            .filter_map(|event| event.identity.account.as_deref())
            .collect();
        if !users.is_empty() && !users.contains(known.account) {
            return;
        }
        let about = "who made the access keys".to_owned();
        let wish = (rank(9, 0, 0), Some(known.trail), SOME, about);
        self.lookup(known.global, Attribute::EventName, "CreateAccessKey", wish);
    }

    fn actor(&mut self, principal: &Principal, from: Time, to: Time, known: &Known<'_>) {
        let middle = from.plus_seconds(to.seconds_since(from) / 2);
        let distance = known.distance(middle);
        let span = Span::new(quarter(from, 0), quarter(to, QUARTER));
        let who = principal.session.as_deref().unwrap_or(&principal.name);
        let about = format!("what else {who} did");
        let covered = known
            .events
            .iter()
            .filter(|event| (from..=to).contains(&event.time) && principal.covers(&event.identity));
        let mut handles: BTreeSet<(Attribute, String)> =
            covered.filter_map(|event| handle(&event.identity, principal)).collect();
        // A session of which no call is known yet is found by the key that it was given.
        if handles.is_empty() {
            handles.extend(given_keys(principal, from, to, known));
        }
        if handles.is_empty() {
            handles.extend(principal.session.clone().map(|name| (Attribute::Username, name)));
        }
        for (attribute, value) in handles {
            let wish = (of_people(distance, 2, known), span, SOME, about.clone());
            self.lookup(known.home, attribute, &value, wish);
            if known.global != known.home {
                let Some(span) = span else { continue };
                let known = self.elsewhere.entry((attribute, value)).or_insert_with(|| Elsewhere {
                    nearest: distance,
                    span,
                    about: about.clone(),
                });
                known.nearest = known.nearest.min(distance);
                known.span.from = known.span.from.min(span.from);
                known.span.to = known.span.to.max(span.to);
            }
        }
    }

    /// The stack operation behind a call of `CloudFormation`. Where that call was made with a key,
    /// its actor is followed, and the operation is among what the actor did.
    fn operation(&mut self, by: &str, from: Time, to: Time, known: &Known<'_>) {
        if by.starts_with("arn:") {
            let about = "the stack operations behind calls of CloudFormation".to_owned();
            let source = "cloudformation.amazonaws.com";
            let wish = (of_people(known.distance(to), 0, known), Span::new(from, to), FEW, about);
            self.lookup(known.home, Attribute::EventSource, source, wish);
        }
    }

    fn stack(&mut self, name: &str, known: &Known<'_>) {
        let about = format!("the calls that name the stack {name}");
        self.resource(known.home, name, rank(9, 0, 1), SOME, about, known);
        let what = format!("the stack {name}");
        self.named("AWS::CloudFormation::Stack", name, rank(30, 0, 3), &what, known);
    }

    fn layer(&mut self, arn: &str, known: &Known<'_>) {
        let here = Arn::parse(arn)
            .is_some_and(|arn| arn.account == known.account && arn.region == known.home);
        if here {
            let event = "PublishLayerVersion20181031";
            let about = "who published the layers".to_owned();
            let wish = (rank(9, 0, 2), Some(known.trail), SOME, about);
            self.lookup(known.home, Attribute::EventName, event, wish);
        }
    }

    fn network(&mut self, id: &str, known: &Known<'_>) {
        let (kind, step) = match id.split('-').next() {
            Some("sg") => ("AWS::EC2::SecurityGroup", 0),
            Some("subnet") => ("AWS::EC2::Subnet", 1),
            Some("vpc") => ("AWS::EC2::VPC", 2),
            _ => return,
        };
        let about = format!("the calls that name {id}");
        self.resource(known.home, id, rank(20, 0, step), FEW, about, known);
        let about = format!("the configuration history of {id}");
        self.history(known.home, kind, id, rank(20, 0, step), &about, known);
    }

    /// The history of a resource that AWS Config knows under an id of its own. IAM is recorded in
    /// one Region, which need not be the function's.
    fn named(&mut self, kind: &str, name: &str, rank: Rank, what: &str, known: &Known<'_>) {
        let many = if kind.starts_with("AWS::IAM::") { usize::MAX } else { 1 };
        for region in known.regions().into_iter().take(many) {
            let discovery = Discovery {
                region: region.to_owned(),
                resource_type: kind.to_owned(),
                name: name.to_owned(),
            };
            let ids = known.discovered.get(&discovery);
            let ask = Ask::Discovery(discovery);
            let done = known.done.contains(&ask);
            let about = format!("under which id AWS Config knows {what}");
            self.others.push(Planned { rank, ask, pages: FEW, about });
            for id in ids.into_iter().flatten() {
                let about = format!("the configuration history of {what}");
                self.history(region, kind, id, rank, &about, known);
            }
            if !done || ids.is_some_and(|ids| !ids.is_empty()) {
                return;
            }
        }
    }

    /// The items of the look-back, and the state at its beginning unless the resource was made
    /// later.
    fn history(
        &mut self,
        region: &str,
        kind: &str,
        id: &str,
        rank: Rank,
        about: &str,
        known: &Known<'_>,
    ) {
        let history = |week| {
            Ask::History(History {
                region: region.to_owned(),
                resource_type: kind.to_owned(),
                resource_id: id.to_owned(),
                span: week,
            })
        };
        let from = known.whole.from;
        let plan = |wanted: &mut Self, rank, week: Span| {
            let ask = history(week);
            let done = known.done.contains(&ask);
            let about = about.to_owned();
            wanted.others.push(Planned { rank, ask, pages: SOME, about });
            done
        };
        let reach = Reach::of(kind);
        let since = known.activity().plus_seconds(-reach.recent * WEEK);
        let mut done = true;
        for week in known.whole.weeks() {
            if week.to > since {
                done &= plan(self, rank, week);
            }
        }
        let items: Vec<&Item> = known
            .reading
            .items
            .iter()
            .filter(|item| item.resource_type == kind && item.resource_id == id)
            .collect();
        let made = items.first().is_some_and(|oldest| {
            oldest.status == ItemStatus::Discovered
                || oldest.created.is_some_and(|made| made >= from)
        });
        let created = known
            .events
            .iter()
            .any(|event| kind == "AWS::Lambda::Function" && event.did("lambda", "CreateFunction"));
        if !done || reach.before == 0 || made || created {
            return;
        }
        // The state at the beginning of the look-back is the newest that lies before it: it is
        // searched for week by week, a few of them at once, and not before the resource was made.
        let made = items.iter().filter_map(|item| item.created).min();
        let earliest = from.plus_seconds(-reach.before * WEEK);
        let Some(before) = Span::new(made.map_or(earliest, |made| made.max(earliest)), from) else {
            return;
        };
        let found =
            items.iter().map(|item| item.captured).filter(|captured| *captured < from).max();
        let mut open = 0;
        for week in before.weeks() {
            if open >= AT_ONCE || found.is_some_and(|found| found > week.to) {
                return;
            }
            if !plan(self, rank.of_page(1), week) {
                open += 1;
            }
        }
    }
}

/// How far the history of a type of resource is looked at.
struct Reach {
    /// Weeks of the look-back, counted from the activity.
    recent: i64,
    /// Weeks before it in which the state at its beginning is searched for.
    before: i64,
}

impl Reach {
    /// What surrounds the function matters less than the function and its role.
    fn of(kind: &str) -> Self {
        match kind {
            "AWS::Lambda::Function" | "AWS::IAM::Role" => {
                Self { recent: i64::from(u16::MAX), before: 40 }
            }
            "AWS::EC2::SecurityGroup" => Self { recent: 13, before: 13 },
            _ => Self { recent: 4, before: 0 },
        }
    }
}

/// The ARN of a role of the account: as the finding or a record spells it, with its path.
fn role_arn(name: &str, known: &Known<'_>) -> Option<String> {
    let is_it = |arn: &&str| {
        Arn::parse(arn).is_some_and(|arn| {
            arn.service == "iam"
                && arn.kind() == "role"
                && arn.name() == name
                && arn.account == known.account
        })
    };
    let function = known.finding.function.as_ref();
    let stated = function.and_then(|function| function.role.as_deref());
    let recorded = known.events.iter().flat_map(|event| {
        let issuer = event.identity.issuer.as_ref().and_then(|issuer| issuer.arn.as_deref());
        [event.asked("/role"), event.answered("/role"), issuer]
    });
    std::iter::once(stated).chain(recorded).flatten().find(is_it).map(str::to_owned)
}

/// By which attribute the calls of an identity are found. What a service does for a caller it does
/// with a key of its own making: such callers are found by their names.
fn handle(identity: &Identity, principal: &Principal) -> Option<(Attribute, String)> {
    let name = match principal.kind {
        PrincipalKind::User => identity.user_name.clone().or_else(|| Some(principal.name.clone())),
        PrincipalKind::Root => Some("root".to_owned()),
        _ => identity.session_name().map(str::to_owned),
    };
    match &identity.access_key {
        Some(key) if identity.invoked_by.is_none() => Some((Attribute::AccessKeyId, key.clone())),
        _ => name.map(|name| (Attribute::Username, name)),
    }
}

/// The keys of the sessions that a principal was given between these moments.
fn given_keys(
    principal: &Principal,
    from: Time,
    to: Time,
    known: &Known<'_>,
) -> Vec<(Attribute, String)> {
    let session = principal.session.as_deref().unwrap_or_default();
    let ending = format!(":assumed-role/{}/{session}", principal.name);
    known
        .events
        .iter()
        .filter(|event| (from..=to).contains(&event.time) && event.starts_session())
        .filter(|event| {
            let given = event.answered("/assumedRoleUser/arn");
            given.is_some_and(|given| given.ends_with(&ending))
        })
        .filter_map(|event| event.answered("/credentials/accessKeyId"))
        .map(|key| (Attribute::AccessKeyId, key.to_owned()))
        .collect()
}

/// The beginning of the quarter of an hour in which a moment lies, moved by so many seconds.
fn quarter(time: Time, plus: i64) -> Time {
    let into = time.timestamp().as_second().rem_euclid(QUARTER);
    time.plus_seconds(plus - into)
}
