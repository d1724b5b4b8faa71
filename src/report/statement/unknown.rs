//! What is not known, and why.

use super::Writer;
use crate::{
    correlate::Doubt,
    report::{
        naming::{at, brief_hash},
        text::Citations,
    },
};

impl Writer<'_, '_> {
    pub(super) fn doubts(&mut self) {
        let activity = self.activity();
        let provenance = &self.worked.provenance;
        let (created, running) = (provenance.created.is_some(), provenance.running.is_some());
        let mut explained = false;
        for doubt in &provenance.doubts {
            match doubt {
                Doubt::CreatedAgainUnseen(record) => self.unknown(
                    format!("Who created the function is not known: it was deleted after the last creation that was seen, and before {activity}, so it was created once more by a call that is not in the evidence."),
                    Citations::one(record),
                ),
                Doubt::CreatedLater(event) => self.unknown(
                    format!("Who created the function is not known: the only creation in the evidence, at {}, came after {activity}.", at(event.time)),
                    Citations::one(&event.record),
                ),
                Doubt::DeployedUnseen { code_sha256, stated } => {
                    explained = true;
                    self.unknown(
                        format!("Who put in place the code that ran (hash {}) is not known: no call in the evidence that put code in place was answered with that hash.", brief_hash(code_sha256)),
                        Citations::one(stated).and([&self.case.finding.record]),
                    );
                }
                Doubt::ReplacedBefore(event) => {
                    explained = true;
                    self.unknown(
                        format!("Which code ran is not certain: the finding names the state before {} of {}, which put other code in place before {activity}.", event.name, at(event.time)),
                        Citations::one(&event.record).and([&self.case.finding.record]),
                    );
                }
                Doubt::DetailsAreLater => self.unknown(
                    format!("The finding describes the function as it was modified after {activity}, so its revision does not tell what ran then."),
                    self.finding(),
                ),
                Doubt::VersionUnseen(version) => {
                    explained = true;
                    self.unknown(
                        format!("Which code ran is not known: the finding names {version}, and what that held is not in the evidence."),
                        self.finding(),
                    );
                }
                Doubt::ToldTwice(event, other) => self.unknown(
                    format!("What is told of {} of {} is not certain: two records have its event id and differ.", event.name, at(event.time)),
                    Citations::one(&event.record).and([*other]),
                ),
                Doubt::ModifiedUnseen(time) => self.unknown(
                    format!("The function was modified at {} by a call that is not in the evidence; it may have changed the code.", at(*time)),
                    self.finding(),
                ),
            }
        }
        let told_creation = provenance
            .doubts
            .iter()
            .any(|doubt| matches!(doubt, Doubt::CreatedAgainUnseen(_) | Doubt::CreatedLater(_)));
        if !created && !told_creation {
            self.unknown("Who created the function, when and from what code is not known: no successful CreateFunction call for it is in the evidence.", self.finding());
        }
        if !running && !explained {
            self.unknown(format!("Who put in place the code that ran at {activity} is not known: no call before it that did so is in the evidence."), self.finding());
        }
    }

    pub(super) fn unrecorded(&mut self) {
        let calls = &self.worked.changes.unrecorded;
        let Some((first, more)) = calls.split_first() else { return };
        let mut names: Vec<String> =
            calls.iter().map(|event| format!("{} at {}", event.name, at(event.time))).collect();
        let rest = names.len().saturating_sub(8);
        names.truncate(8);
        let mut list = names.join(", ");
        if rest > 0 {
            list.push_str(&format!(" and {rest} more"));
        }
        let text = format!("AWS Config recorded no change that was tied to these calls: {list}.");
        let citations = Citations::one(&first.record).and(more.iter().map(|event| &event.record));
        self.unknown(text, citations);
    }

    pub(super) fn not_followed(&mut self) {
        let kind = self.case.finding.resource_type.as_deref().unwrap_or("another resource type");
        let text = format!(
            "The history of this resource ({kind}) is not followed yet: casefile follows Lambda functions."
        );
        self.unknown(text, self.finding());
    }

    pub(super) fn traffic(&mut self) {
        let finding = &self.case.finding;
        if finding.remotes.is_empty()
            || finding.action_type.as_deref() != Some("NETWORK_CONNECTION")
        {
            return;
        }
        self.unknown("What was sent and received is not known: GuardDuty, AWS Config and CloudTrail do not record the content of connections.", self.finding());
    }
}
