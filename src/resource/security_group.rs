//! `AWS::EC2::SecurityGroup`.

use super::generic;
use super::{Resource, aspects};
use serde_json::Value;

/// An EC2 security group.
pub struct SecurityGroup;

const ASPECTS: &[&str] =
    &["description", "existence", "other", "relationships", "revision", "rules", "tags"];

impl Resource for SecurityGroup {
    fn config_type(&self) -> &'static str {
        "AWS::EC2::SecurityGroup"
    }

    fn noun(&self) -> &'static str {
        "security group"
    }

    fn aspect(&self, path: &[&str]) -> &'static str {
        match path {
            ["configuration", "ipPermissions" | "ipPermissionsEgress", ..] => "rules",
            ["configuration", "description"] => "description",
            _ => generic::aspect(path).unwrap_or("other"),
        }
    }

    fn aspects_changed_by(&self, action: &str, _request: &Value) -> Option<Vec<&'static str>> {
        let words = match action {
            "CreateSecurityGroup" | "DeleteSecurityGroup" => ASPECTS,
            "AuthorizeSecurityGroupIngress"
            | "AuthorizeSecurityGroupEgress"
            | "RevokeSecurityGroupIngress"
            | "RevokeSecurityGroupEgress"
            | "ModifySecurityGroupRules"
            | "UpdateSecurityGroupRuleDescriptionsIngress"
            | "UpdateSecurityGroupRuleDescriptionsEgress" => &["rules"],
            "CreateTags" | "DeleteTags" => &["tags"],
            // Whatever uses the group is written into the group's item too.
            "RunInstances"
            | "TerminateInstances"
            | "ModifyInstanceAttribute"
            | "CreateNetworkInterface"
            | "DeleteNetworkInterface"
            | "ModifyNetworkInterfaceAttribute" => &["relationships"],
            name if generic::only_reads(name) => &[] as &[&str],
            _ => return None,
        };
        Some(aspects(words))
    }
}

#[cfg(test)]
mod tests {
    use super::SecurityGroup;
    use crate::resource::Resource;
    use serde_json::json;

    #[test]
    fn rules_are_what_the_rule_calls_change() {
        let aspect = SecurityGroup.aspect(&["configuration", "ipPermissions", "ipRanges"]);
        assert_eq!(aspect, "rules");
        for action in ["AuthorizeSecurityGroupIngress", "RevokeSecurityGroupEgress"] {
            let changed = SecurityGroup.aspects_changed_by(action, &json!({}));
            assert_eq!(changed, Some(vec![aspect]), "{action}");
        }
        let read = SecurityGroup.aspects_changed_by("DescribeSecurityGroups", &json!({}));
        assert_eq!(read, Some(vec![]));
        assert_eq!(SecurityGroup.aspects_changed_by("Reboot", &json!({})), None);
    }
}
