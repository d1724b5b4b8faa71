//! The role that casefile becomes to read in the account of the function.

use super::region;
use crate::model::Arn;

/// Stands in a role's ARN for the account in which the role is assumed.
pub(super) const ACCOUNT: &str = "{account}";

/// Why a role cannot be used. The text fits after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoleError {
    /// It is not the ARN of an IAM role.
    #[error(
        "use the role {0:?}: that is not the ARN of an IAM role; \
         give one such as arn:aws:iam::{{account}}:role/NAME"
    )]
    NotARole(String),
    /// It is a role of one account, and another account is to be read.
    #[error(
        "use the role {role:?} in the account {wanted}: it is a role of the account {found}; \
         write {{account}} in the account's place, or give a role of {wanted}"
    )]
    OtherAccount {
        /// The role's ARN.
        role: String,
        /// Its account.
        found: String,
        /// The account that is to be read.
        wanted: String,
    },
}

/// The role's ARN in `account`: `template` with its `{account}` filled in.
///
/// # Errors
/// When the outcome is not the ARN of an IAM role (`arn:PARTITION:iam::123456789012:role/NAME`,
/// with a path before the name or without), or is a role of another account.
pub fn role_arn(template: &str, account: &str) -> Result<String, RoleError> {
    let role = template.replace(ACCOUNT, account);
    let found = checked(&role)?;
    if found != account {
        return Err(RoleError::OtherAccount {
            found: found.to_owned(),
            wanted: account.to_owned(),
            role,
        });
    }
    Ok(role)
}

/// The account of a role's ARN, when it is one. Its characters are those that IAM takes in a name
/// and in a usual path; none of them is a wildcard or begins a variable in a policy.
pub(super) fn checked(role: &str) -> Result<&str, RoleError> {
    let segment = |segment: &str| {
        !segment.is_empty()
            && segment
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte))
    };
    Arn::parse(role)
        .filter(|arn| region::is_partition(arn.partition))
        .filter(|arn| arn.service == "iam" && arn.region.is_empty())
        .filter(|arn| arn.account.len() == 12 && arn.account.bytes().all(|b| b.is_ascii_digit()))
        .filter(|arn| arn.resource.len() <= 600 && arn.name().len() <= 64)
        .filter(|arn| {
            arn.resource.strip_prefix("role/").is_some_and(|path| path.split('/').all(segment))
        })
        .map(|arn| arn.account)
        .ok_or_else(|| RoleError::NotARole(role.to_owned()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::{RoleError, role_arn};

    const ROLE: &str = "arn:aws:iam::{account}:role/casefile";

    #[test]
    fn a_role_is_filled_in_and_checked() {
        let account = "111122223333";
        let other = "arn:aws:iam::444455556666:role/r";
        assert_eq!(role_arn(ROLE, account).unwrap(), "arn:aws:iam::111122223333:role/casefile");
        assert_eq!(role_arn(other, "444455556666").unwrap(), other);
        assert_eq!(
            role_arn(other, account).unwrap_err().to_string(),
            "use the role \"arn:aws:iam::444455556666:role/r\" in the account 111122223333: it is \
             a role of the account 444455556666; write {account} in the account's place, or give \
             a role of 111122223333"
        );
        for (template, account) in [
            (ROLE, "1111"),
            (ROLE, "111122223333:role/x"),
            ("casefile", account),
            ("arn:aws:iam::{account}:user/casefile", account),
            ("arn:aws:iam::{account}:role/", account),
            ("arn:aws:iam::{account}:role//r", account),
            ("arn:aws:iam::{account}:role/a b", account),
            ("arn:aws:iam::{account}:role/${aws:username}", account),
            ("arn:aws:sts::{account}:assumed-role/r/s", account),
            ("arn:aws:iam:us-east-1:{account}:role/r", account),
            ("arn:evil:iam::{account}:role/r", account),
            ("arn:aws:iam::{Account}:role/r", account),
        ] {
            let refused = role_arn(template, account).unwrap_err();
            assert!(matches!(refused, RoleError::NotARole(_)), "{template} {refused}");
        }
    }
}
