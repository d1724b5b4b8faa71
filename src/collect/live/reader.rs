//! Who reads in the function's account: the caller, or a role there.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;

use super::{
    Order, Watch,
    answer::{Answer, Fault, remedy},
    desk::Desk,
};
use crate::{
    collect::{
        Operation, Part,
        aws::{Aws, Role, Who},
        policy, region, role_arn,
    },
    model::{Finding, Subject},
};

/// Who reads in the function's account.
#[derive(Debug)]
pub struct Reader {
    /// In whose name.
    pub who: Who,
    /// The function's account.
    pub account: String,
    /// The account that answers, when known.
    pub asked: Option<String>,
    /// Who asks, when that is not the caller.
    pub caller: Option<String>,
}

impl Desk {
    /// Who reads in the function's account: the caller, or the role there. `None` when nobody can,
    /// which is said.
    pub async fn reader(
        &mut self,
        aws: &Arc<Aws>,
        order: &Order,
        finding: &Finding,
        subject: &Subject,
        home: &str,
        watch: &mut dyn Watch,
    ) -> Option<Reader> {
        if !region::is_name(home) {
            self.unread(format!("{home:?} is no name of a Region"), watch);
            return None;
        }
        let account = finding.account.clone().or_else(|| subject.account.clone());
        let Some(account) = account.or_else(|| self.account.clone()) else {
            self.unread("neither the finding nor STS tells which account to ask".to_owned(), watch);
            return None;
        };
        let Some(template) = &order.role else {
            if self.account.as_ref().is_some_and(|own| *own != account) {
                let own = self.account.clone().unwrap_or_default();
                let arn = format!("arn:{}:iam::{{account}}:role/NAME", region::partition_of(home));
                self.unread(
                    format!(
                        "the finding is of account {account}, and the caller's is {own}; AWS Config and CloudTrail answer in {account} alone. \
                         Run: casefile report {} --region {} --role-arn '{arn}', where NAME is a role there that the caller may assume (`casefile policy --role` prints what it needs)",
                        plain_or(&order.reference.id, "FINDING"),
                        plain_or(finding.region.as_deref().unwrap_or(home), "REGION"),
                    ),
                    watch,
                );
                return None;
            }
            return Some(Reader {
                who: Who::Caller,
                account,
                asked: self.account.clone(),
                caller: None,
            });
        };
        let arn = match role_arn(template, &account) {
            Ok(arn) => arn,
            Err(error) => {
                self.unread(format!("it was not possible to {error}"), watch);
                return None;
            }
        };
        let policy = policy(Part::Member, template).map(|policy| policy.to_string());
        let role = Role {
            arn: arn.clone(),
            external_id: order.external_id.clone(),
            policy: policy.unwrap_or_default(),
        };
        let session = match assume(aws, home, &role).await {
            Ok(session) => session,
            Err(answer) => {
                let words = answer.words();
                let remedy = answer.fault().map(|fault| remedy(fault, Operation::AssumeRole));
                let mut reason = format!("the role {arn} could not be assumed: {words}");
                if let Some(remedy) = remedy.filter(|remedy| !remedy.is_empty()) {
                    reason = format!(
                        "{reason}; {remedy}, and the role must trust the caller{}",
                        if order.external_id.is_none() {
                            " (an --external-id may be wanted)"
                        } else {
                            ""
                        }
                    );
                }
                self.unread(reason, watch);
                return None;
            }
        };
        let caller = session.or(Some(arn));
        self.let_in = true;
        Some(Reader { who: Who::Member, asked: Some(account.clone()), account, caller })
    }

    /// Nobody can read in the function's account.
    fn unread(&mut self, reason: String, watch: &mut dyn Watch) {
        watch.notice(&format!("AWS Config and CloudTrail were not asked: {reason}"));
        for (source, what, consequence) in [
            (
                "config",
                "the configuration history of the function (GetResourceConfigHistory)",
                "What the function was at any time, and whether it changed, is not known.",
            ),
            (
                "cloudtrail",
                "the calls about the function (LookupEvents)",
                "Who created or changed the function, and from where, is not known.",
            ),
        ] {
            self.collection.gap(source, what.to_owned(), reason.clone(), consequence);
        }
    }
}

/// The text where it can stand in a command as it is; a placeholder where somebody may have chosen
/// it to be more than a word.
fn plain_or<'a>(text: &'a str, placeholder: &'a str) -> &'a str {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    if begins && text.bytes().all(is_plain) { text } else { placeholder }
}

/// Takes the role, and tries again when the failure may pass.
async fn assume(aws: &Aws, region: &str, role: &Role) -> Result<Option<String>, Answer> {
    let mut outcome = aws.assume(region, role).await;
    for _ in 0..3 {
        match &outcome {
            Err(answer) if answer.fault().is_some_and(Fault::passes) => {
                sleep(Duration::from_millis(500)).await;
                outcome = aws.assume(region, role).await;
            }
            _ => break,
        }
    }
    outcome
}
