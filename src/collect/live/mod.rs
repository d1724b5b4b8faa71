//! A live collection: the finding first, then what it makes one ask.

mod answer;
mod attempt;
mod call;
mod collection;
mod desk;
mod error;
mod extent;
mod finding;
mod investigation;
mod job;
mod lane;
mod missed;
mod page;
mod progress;
mod reader;
pub mod recent;
mod recorder;

#[cfg(feature = "athena")]
pub(super) use answer::Fault;
pub use error::CollectError;
pub use progress::{Progress, Watch};
pub(super) use {
    answer::{Answer, Trouble},
    call::Call,
};

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use self::{
    collection::{Asked, Collection},
    desk::Desk,
    investigation::{Before, Bounds, Investigation, Place},
    reader::Reader,
};
use super::{Reference, Scope, aws::Aws, region};
use crate::{
    evidence::{Document, FORMAT, Intake, Manifest, ManifestOptions, Tool},
    model::{Arn, Finding},
    source::subject,
};

/// Clocks that are no more than so many seconds apart are right.
const CLOCKS_APART: i64 = 60;

/// What to collect.
#[derive(Clone, Debug)]
pub struct Order {
    /// Which finding, as far as the user said.
    pub reference: Reference,
    /// Saved evidence that states the finding.
    pub given: Vec<Document>,
    /// Whether to look for it in every Region.
    pub all_regions: bool,
    /// The detector to ask instead of the account's own.
    pub detector: Option<String>,
    /// The role in the function's account, as an ARN that may hold `{account}`.
    pub role: Option<String>,
    /// What that role's trust policy may ask for.
    pub external_id: Option<String>,
    /// Days before the activity to look back.
    pub lookback_days: u32,
    /// At most so many look-ups of `CloudTrail`.
    pub max_lookups: usize,
    /// Minutes around an actor's change within which its other calls matter.
    pub around_minutes: u32,
}

/// What a collection needs of the world.
pub struct Surroundings<'a> {
    /// What time it is.
    pub clock: fn() -> Timestamp,
    /// Who waits.
    pub watch: &'a mut dyn Watch,
    /// Becomes true when nothing more shall be asked.
    pub stop: watch::Receiver<bool>,
}

/// A finished collection.
#[derive(Debug)]
pub struct Collected {
    /// The manifest of the evidence.
    pub manifest: Manifest,
    /// The evidence.
    pub documents: Vec<Document>,
}

impl Collected {
    /// The evidence as it is read again from its bundle.
    pub fn into_intake(self) -> Intake {
        let manifests = vec![self.manifest];
        Intake { documents: self.documents, manifests, bundles: 1, ..Intake::default() }
    }
}

/// Collects the evidence of one finding.
///
/// # Errors
/// When there is no finding to report on. Everything else that fails is a gap.
pub async fn collect(
    aws: Arc<Aws>,
    order: &Order,
    around: &mut Surroundings<'_>,
) -> Result<Collected, CollectError> {
    let regions = regions(&aws, order)?;
    let mut desk = Desk {
        clock: around.clock,
        collection: Collection::default(),
        caller: None,
        account: None,
        quickest: None,
        let_in: false,
        behind: 0,
    };
    for document in &order.given {
        desk.collection.keep_given(document);
    }
    let id = &order.reference.id;
    let mut stop = around.stop.clone();
    let looked = tokio::select! {
        // Whoever could stop it being gone, nobody stops it.
        Ok(_) = stop.wait_for(|stop| *stop) => return Err(CollectError::Stopped),
        looked = desk.who_and_where(&aws, &regions, order, around.watch) => looked?,
    };
    let (finding, region) = desk.finding(id, &looked, order, around.watch)?;
    let Some(subject) = subject(&finding) else {
        return Ok(finish(desk, &aws, order, &finding, &region, true));
    };
    let home = subject.region.clone().unwrap_or_else(|| region.clone());
    let mut now = (around.clock)();
    if desk.behind.abs() > CLOCKS_APART {
        let minutes = desk.behind / 60;
        now = now.checked_add(SignedDuration::from_secs(desk.behind)).unwrap_or(now);
        around.watch.notice(&format!(
            "the clock of this machine is {} min {} that of AWS, which counts",
            minutes.abs(),
            if minutes > 0 { "behind" } else { "ahead of" }
        ));
        desk.collection.gap(
            "input",
            "when the answers came".to_owned(),
            format!("the clock of this machine was {minutes} min off, as seen from AWS"),
            "The times at which answers were received are off by as much; what was asked for was not.",
        );
    }
    let whole = extent::whole(&finding, order.lookback_days, now);
    let reader = tokio::select! {
        Ok(_) = stop.wait_for(|stop| *stop) => None,
        reader = desk.reader(&aws, order, &finding, &subject, &home, around.watch) => Some(reader),
    };
    let Some(reader) = reader else {
        return Ok(finish(desk, &aws, order, &finding, &region, false));
    };
    let complete = match reader {
        Some(Reader { who, account, asked, caller }) => {
            let global = region::global(region::partition_of(&home));
            let regions_asked = [home.clone(), global.to_owned()];
            let place = Place {
                who,
                partition: region::partition_of(&home).to_owned(),
                global: global.to_owned(),
                account,
                asked: Asked { account: asked, region: home, caller },
            };
            let bounds = Bounds {
                whole,
                trail: extent::trail(whole, &finding),
                scope: Scope {
                    around: i64::from(order.around_minutes) * 60,
                    collectors: place.asked.caller.iter().chain(&desk.caller).cloned().collect(),
                },
                max_lookups: order.max_lookups,
            };
            let collection = std::mem::take(&mut desk.collection);
            let before = Before { quickest: desk.quickest, let_in: desk.let_in, collection };
            let investigation =
                Investigation::new(Arc::clone(&aws), place, bounds, &finding, &subject, before);
            let outcome = investigation.run(around).await;
            desk.collection = outcome.collection;
            extent::say(
                &mut desk.collection,
                &finding,
                whole,
                order.lookback_days,
                outcome.beginning,
            );
            extent::say_regions(&mut desk.collection, &regions_asked);
            outcome.complete
        }
        None => true,
    };
    Ok(finish(desk, &aws, order, &finding, &region, complete))
}

/// The Regions in which to look for the finding.
fn regions(aws: &Aws, order: &Order) -> Result<Vec<String>, CollectError> {
    let named = order.reference.region.as_deref().or(aws.region());
    if let Some(named) = named.filter(|named| !region::is_name(named)) {
        return Err(CollectError::NotARegion(named.to_owned()));
    }
    if order.all_regions {
        let partition = match (&order.reference.partition, named) {
            (Some(partition), _) => partition.as_str(),
            (None, Some(named)) => region::partition_of(named),
            (None, None) => "aws",
        };
        let mut all: Vec<String> = region::all(partition).iter().map(|&r| r.to_owned()).collect();
        all.extend(
            named
                .map(str::to_owned)
                .filter(|named| !region::all(partition).contains(&named.as_str())),
        );
        return Ok(all);
    }
    named.map(|region| vec![region.to_owned()]).ok_or(CollectError::NoRegion)
}

/// What has come, and its manifest.
fn finish(
    desk: Desk,
    aws: &Aws,
    order: &Order,
    finding: &Finding,
    region: &str,
    complete: bool,
) -> Collected {
    let gaps = desk.collection.gaps.clone();
    let documents = desk.collection.into_documents();
    let arn = finding.arn.as_deref().and_then(Arn::parse);
    let account = finding.account.clone().or(arn.map(|arn| arn.account.to_owned()));
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        tool: Tool {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        created: (desk.clock)(),
        finding_id: Some(finding.id.clone()),
        account,
        region: Some(region.to_owned()),
        caller_arn: desk.caller,
        complete,
        options: ManifestOptions {
            around_minutes: Some(order.around_minutes),
            lookback_days: Some(order.lookback_days),
            endpoints: aws.foreign_origins(),
        },
        documents: documents.iter().filter_map(|document| document.request.clone()).collect(),
        gaps,
    };
    Collected { manifest, documents }
}
