//! Isolation, for a function in a VPC.

use crate::report::{
    naming::clipped,
    next_step::{Piece, Step, Steps, aws, lambda, owner},
    scene::{Function, Network, Placement, Scene},
};

/// An empty security group, and the function in it.
pub fn network(scene: &Scene<'_, '_>, function: &Function, steps: &mut Steps) {
    let Network::Inside(placed) = &scene.content.network else { return };
    let Placement { id, subnets, .. } = &placed.what;
    let agreement = format!("{}, and whoever runs the network", owner(function));
    let given = Piece::Later("EMPTY_GROUP_ID", "the GroupId that creating the empty group printed");
    let group = aws(scene, "ec2", "create-security-group")
        .own("--group-name", "casefile-no-traffic")
        .own("--description", "Isolation: no rule in, no rule out")
        .value("--vpc-id", id.as_deref(), "VPC_ID");
    steps.add(Step {
        kind: "group",
        of: None,
        text: format!(
            "Make a security group without rules in {}, for isolating {} if it must keep running.",
            id.as_deref().unwrap_or("its VPC"),
            clipped(&function.name)
        ),
        command: Some(group),
        effect: "Makes a group that lets nothing in and, until its outbound rule is removed, everything out; prints its GroupId."
            .to_owned(),
        risk: "None: nothing uses it yet.".to_owned(),
        agreement: agreement.clone(),
        first: None,
        citations: placed.citations.clone(),
    });
    steps.add(Step {
        kind: "group-rule",
        of: None,
        text: "Remove the outbound rule that AWS puts into every new security group.".to_owned(),
        command: Some(
            aws(scene, "ec2", "revoke-security-group-egress")
                .option("--group-id", &[given])
                .own("--protocol", "all")
                .own("--cidr", "0.0.0.0/0"),
        ),
        effect: "The group lets nothing out. In a VPC with IPv6, remove the rule for ::/0 as well."
            .to_owned(),
        risk: "None: nothing uses it yet.".to_owned(),
        agreement: agreement.clone(),
        first: None,
        citations: placed.citations.clone(),
    });
    let mut shorthand = vec![Piece::Own("SubnetIds=")];
    for (index, subnet) in subnets.iter().enumerate() {
        if index > 0 {
            shorthand.push(Piece::Own(","));
        }
        shorthand.push(Piece::Id(Some(subnet), "SUBNET_ID"));
    }
    if subnets.is_empty() {
        shorthand.push(Piece::Id(None, "SUBNET_ID"));
    }
    shorthand.extend([Piece::Own(",SecurityGroupIds="), given]);
    steps.add(Step {
        kind: "network",
        of: None,
        text: format!(
            "Put {} into that group alone. Save code and configuration first (see Preserve): this writes a new revision.",
            clipped(&function.name)
        ),
        command: Some(
            lambda(scene, function, "update-function-configuration")
                .option("--vpc-config", &shorthand),
        ),
        effect: "Invocations that begin after the update reach nothing over the network; until it is through, they run with the groups of before."
            .to_owned(),
        risk: "The function fails at whatever it needs the network for. Published versions keep their groups."
            .to_owned(),
        agreement,
        first: None,
        citations: placed.citations.clone(),
    });
}
