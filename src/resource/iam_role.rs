//! `AWS::IAM::Role`.

use super::generic;
use super::{FieldRole, Resource, aspects};
use serde_json::Value;

/// An IAM role.
pub struct Role;

const ASPECTS: &[&str] = &[
    "attached policies",
    "description",
    "existence",
    "inline policies",
    "instance profiles",
    "other",
    "permissions boundary",
    "relationships",
    "revision",
    "tags",
    "trust policy",
];

impl Resource for Role {
    fn config_type(&self) -> &'static str {
        "AWS::IAM::Role"
    }

    fn noun(&self) -> &'static str {
        "role"
    }

    fn aspect(&self, path: &[&str]) -> &'static str {
        match path {
            ["configuration", "attachedManagedPolicies", ..] => "attached policies",
            ["configuration", "rolePolicyList", ..] => "inline policies",
            ["configuration", "assumeRolePolicyDocument", ..] => "trust policy",
            ["configuration", "permissionsBoundary", ..] => "permissions boundary",
            ["configuration", "instanceProfileList", ..] => "instance profiles",
            ["configuration", "description"] => "description",
            _ => generic::aspect(path).unwrap_or("other"),
        }
    }

    fn role_of(&self, path: &[&str]) -> FieldRole {
        match path {
            // An instance profile repeats the role that holds it.
            ["configuration", "instanceProfileList", "roles", ..] => FieldRole::Bookkeeping,
            ["configuration", "roleLastUsed", ..] => FieldRole::Bookkeeping,
            _ => generic::role_of(path),
        }
    }

    fn identity_key(&self, path: &[&str], element: &Value) -> Option<String> {
        let field = match path {
            ["configuration", "attachedManagedPolicies"] => "policyArn",
            ["configuration", "rolePolicyList"] => "policyName",
            ["configuration", "instanceProfileList"] => "arn",
            _ => return generic::identity_key(path, element),
        };
        generic::text(element, field).map(str::to_owned)
    }

    fn aspects_changed_by(&self, action: &str, _request: &Value) -> Option<Vec<&'static str>> {
        let words = match action {
            "CreateRole" | "DeleteRole" | "CreateServiceLinkedRole" | "DeleteServiceLinkedRole" => {
                ASPECTS
            }
            "AttachRolePolicy" | "DetachRolePolicy" => &["attached policies", "relationships"],
            "PutRolePolicy" | "DeleteRolePolicy" => &["inline policies"],
            "UpdateAssumeRolePolicy" => &["trust policy"],
            "PutRolePermissionsBoundary" | "DeleteRolePermissionsBoundary" => {
                &["permissions boundary"]
            }
            "TagRole" | "UntagRole" => &["tags"],
            // The other setting of UpdateRole is the longest session.
            "UpdateRole" => &["description", "other"],
            "UpdateRoleDescription" => &["description"],
            "AddRoleToInstanceProfile" | "RemoveRoleFromInstanceProfile" => {
                &["instance profiles", "relationships"]
            }
            "AssumeRole"
            | "AssumeRoleWithSAML"
            | "AssumeRoleWithWebIdentity"
            | "CreatePolicy"
            | "CreatePolicyVersion"
            | "SetDefaultPolicyVersion"
            | "DeletePolicyVersion"
            | "DeletePolicy"
            | "CreateInstanceProfile"
            | "DeleteInstanceProfile" => &[],
            name if generic::only_reads(name) => &[] as &[&str],
            _ => return None,
        };
        Some(aspects(words))
    }
}

#[cfg(test)]
mod tests {
    use super::Role;
    use crate::resource::Resource;
    use serde_json::json;

    #[test]
    fn role_calls_change_the_part_that_they_name() {
        let changed = |action| Role.aspects_changed_by(action, &json!(null));
        assert_eq!(changed("PutRolePolicy"), Some(vec!["inline policies"]));
        assert_eq!(changed("AttachRolePolicy"), Some(vec!["attached policies", "relationships"]));
        assert_eq!(changed("UpdateAssumeRolePolicy"), Some(vec!["trust policy"]));
        assert_eq!(changed("AssumeRole"), Some(vec![]));
        assert_eq!(changed("GetRole"), Some(vec![]));
        assert_eq!(changed("UpdateFunctionCode"), None);
        assert!(changed("CreateRole").is_some_and(|all| all.contains(&"existence")));
    }

    #[test]
    fn policies_are_known_by_arn_or_by_name() {
        let path = ["configuration", "attachedManagedPolicies"];
        let element = json!({"policyName": "Admin", "policyArn": "arn:aws:iam::aws:policy/Admin"});
        assert_eq!(
            Role.identity_key(&path, &element).as_deref(),
            Some("arn:aws:iam::aws:policy/Admin")
        );
        let path = ["configuration", "rolePolicyList"];
        assert_eq!(Role.identity_key(&path, &element).as_deref(), Some("Admin"));
    }
}
