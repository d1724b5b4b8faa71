//! What casefile must be allowed to do, as IAM policies.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    operation::{Operation, Part},
    role::{self, ACCOUNT, RoleError},
};

/// The least IAM policy for a part of the work. It grants reading only, and of [`Operation::ALL`]
/// nothing but the part's own.
///
/// [`Part::Home`] is for whoever runs casefile, [`Part::Member`] for the role that it assumes in
/// the account of the function. Where GuardDuty, the function and the one who runs casefile share
/// an account, no role is needed, and the one who runs it needs both parts; the statement about
/// `sts:AssumeRole` can then be left out.
///
/// `role` is that role's ARN, in which `{account}` stands for any account.
///
/// Resources are as narrow as the service authorization reference has them
/// (<https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html>):
/// `sts:AssumeRole` takes a role's ARN. The reads of GuardDuty, of configuration history and of
/// `CloudTrail` events take none, so that anything but `*` would deny them. Only AWS Config's
/// recorders have ARNs, and all of an account's recorders are asked for.
///
/// # Errors
/// When `role` is not the ARN of a role: what is granted must be no more than one.
pub fn policy(part: Part, role: &str) -> Result<Value, RoleError> {
    role::checked(&role.replace(ACCOUNT, "000000000000"))?;
    let mut statements: BTreeMap<Purpose, Vec<String>> = BTreeMap::new();
    for operation in Operation::ALL.into_iter().filter(|operation| operation.part() == part) {
        statements.entry(purpose(operation)).or_default().push(operation.permission());
    }
    let statements: Vec<Value> = statements
        .into_iter()
        .map(|(purpose, mut actions)| {
            actions.sort();
            let resource = match purpose {
                Purpose::AssumeRoleInAccountOfFunction => pattern(role),
                _ => "*".to_owned(),
            };
            json!({
                "Sid": format!("{purpose:?}"),
                "Effect": "Allow",
                "Action": actions,
                "Resource": resource,
            })
        })
        .collect();
    Ok(json!({ "Version": "2012-10-17", "Statement": statements }))
}

/// What a statement is for. Its name is the statement's `Sid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Purpose {
    FindTheFindingAndNameTheCaller,
    AssumeRoleInAccountOfFunction,
    ReadConfigurationHistory,
    LookUpCloudTrailEvents,
}

/// AWS answers `GetCallerIdentity` without any permission; a permissions boundary or an allow list
/// of an organization is easier made from a policy that names it.
fn purpose(operation: Operation) -> Purpose {
    match operation {
        Operation::GetCallerIdentity
        | Operation::ListDetectors
        | Operation::GetFindings
        | Operation::ListFindings => Purpose::FindTheFindingAndNameTheCaller,
        Operation::AssumeRole => Purpose::AssumeRoleInAccountOfFunction,
        Operation::DescribeConfigurationRecorders
        | Operation::DescribeConfigurationRecorderStatus
        | Operation::ListDiscoveredResources
        | Operation::GetResourceConfigHistory => Purpose::ReadConfigurationHistory,
        Operation::LookupEvents => Purpose::LookUpCloudTrailEvents,
    }
}

/// The role in any account, as a policy's resource. An account in the role's own name is twelve
/// characters, so that not every role whose name ends alike is meant.
fn pattern(role: &str) -> String {
    match role.split_once(":role/") {
        Some((account, name)) => {
            format!(
                "{}:role/{}",
                account.replace(ACCOUNT, "*"),
                name.replace(ACCOUNT, "????????????")
            )
        }
        None => role.to_owned(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::{account}:role/casefile";

    fn actions(policy: &Value) -> Vec<String> {
        let statements = policy.get("Statement").and_then(Value::as_array).unwrap();
        let actions = statements.iter().filter_map(|one| one.get("Action")?.as_array()).flatten();
        actions.map(|action| action.as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn the_home_part_reads_findings_and_assumes_one_role() {
        let expected = json!({
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "FindTheFindingAndNameTheCaller",
                    "Effect": "Allow",
                    "Action": [
                        "guardduty:GetFindings",
                        "guardduty:ListDetectors",
                        "guardduty:ListFindings",
                        "sts:GetCallerIdentity",
                    ],
                    "Resource": "*",
                },
                {
                    "Sid": "AssumeRoleInAccountOfFunction",
                    "Effect": "Allow",
                    "Action": ["sts:AssumeRole"],
                    "Resource": "arn:aws:iam::*:role/casefile",
                },
            ],
        });
        assert_eq!(policy(Part::Home, ROLE).unwrap(), expected);
    }

    #[test]
    fn both_parts_together_grant_every_operation_once_and_no_writing() {
        let mut granted = actions(&policy(Part::Home, ROLE).unwrap());
        granted.extend(actions(&policy(Part::Member, ROLE).unwrap()));
        granted.sort();
        let mut asked: Vec<String> = Operation::ALL.map(Operation::permission).into();
        asked.sort();
        assert_eq!(granted, asked);
        for action in &granted {
            let (_, name) = action.split_once(':').unwrap();
            let reads = ["Get", "List", "Describe", "Lookup"].iter().any(|v| name.starts_with(v));
            assert!(reads || action == "sts:AssumeRole", "{action}");
        }
    }

    #[test]
    fn only_the_role_that_was_named_can_be_assumed() {
        let assumed = |role| {
            let policy = policy(Part::Home, role).unwrap();
            policy.pointer("/Statement/1/Resource").unwrap().as_str().unwrap().to_owned()
        };
        for (role, resource) in [
            ("arn:aws-cn:iam::{account}:role/ir/read", "arn:aws-cn:iam::*:role/ir/read"),
            ("arn:aws-us-gov:iam::111122223333:role/r", "arn:aws-us-gov:iam::111122223333:role/r"),
            ("arn:aws:iam::{account}:role/{account}", "arn:aws:iam::*:role/????????????"),
        ] {
            assert_eq!(assumed(role), resource);
        }
        for role in ["*", "arn:aws:iam::{account}:role/*", "arn:aws:iam::*:role/r", ""] {
            assert!(policy(Part::Home, role).is_err(), "{role}");
        }
    }
}
