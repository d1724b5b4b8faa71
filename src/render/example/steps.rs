//! What could be reached, what to do, and whether it goes on.

use super::{cites, when};
use crate::report::{
    Activity, Beginning, Citations, NextStep, Reach, ReachCall, ReachFact, ReachPart, Text,
};

pub fn next_steps(say: &dyn Fn(&str) -> String) -> Vec<NextStep> {
    let step = |phase, id: &str, text: &str, command: Option<&str>, first| NextStep {
        phase,
        text: Text::new(say(text)),
        command: command.map(|command| Text::new(say(command))),
        effect: Text::new(say("Lambda starts no new invocation.")),
        risk: Text::new(say("What relies on order-export stops.")),
        id: Text::new(id),
        agreement: Text::new(say("the owner of order-export")),
        first,
        brief: first.then(|| Text::new(say("stop order-export"))),
        citations: cites("F-9f2c41d0", &["T-4c1d88e0"]),
    };
    vec![
        step(
            "contain",
            "n-contain-concurrency",
            "Stop order-export by setting its reserved concurrency to 0.",
            Some(
                "aws lambda put-function-concurrency --region 'ap-northeast-1' --function-name 'arn:aws:lambda:ap-northeast-1:111122223333:function:order-export' --reserved-concurrent-executions 0",
            ),
            true,
        ),
        step(
            "contain",
            "n-contain-key-0a1b2c3d",
            "Deactivate access key AKIAIOSFODNN7EXAMPLE of user ci-deployer, unless its owner confirms what it did.",
            Some(
                "aws iam update-access-key --region 'ap-northeast-1' --user-name 'ci-deployer' --access-key-id 'AKIAIOSFODNN7EXAMPLE' --status 'Inactive'",
            ),
            true,
        ),
        step(
            "preserve",
            "n-preserve-configuration",
            "Save the resource policy of order-export.",
            Some(
                "aws lambda get-policy --region 'ap-northeast-1' --function-name 'arn:aws:lambda:ap-northeast-1:111122223333:function:order-export' > 'policy.json'",
            ),
            false,
        ),
        step(
            "eradicate",
            "n-eradicate-code",
            "Build order-export anew from a source that is known to be good.",
            None,
            false,
        ),
        step(
            "verify",
            "n-verify-ask-0a1b2c3d",
            "Ask whoever answers for user ci-deployer whether these calls at 2026-11-20 02:11:47Z were meant.",
            None,
            false,
        ),
    ]
}

pub fn reach(say: &dyn Fn(&str) -> String) -> Reach {
    let fact = |text: &str, change, citations: Citations| ReachFact {
        text: Text::new(say(text)),
        change,
        citations,
    };
    let part = |title, facts| ReachPart { title, facts, none: None, source: None };
    let none =
        |title, none, source| ReachPart { title, facts: Vec::new(), none: Some(none), source };
    Reach {
        none: None,
        could: vec![
            part(
                "Policies",
                vec![
                    fact(
                        "Managed policy AmazonS3FullAccess (arn:aws:iam::aws:policy/AmazonS3FullAccess); added 2026-11-20 02:05:31Z by user ci-deployer",
                        Some("added"),
                        cites("C-5512fe07", &["T-2f55cc10"]),
                    ),
                    fact("Inline policy partner-bucket", None, cites("C-5512fe07", &[])),
                ],
            ),
            none("What may invoke it", "None was found.", Some("cloudtrail")),
            none("Layers", "Its last description holds none.", None),
        ],
        did: vec![ReachCall {
            call: Text::new(say("s3 ListBuckets")),
            count: 7,
            denied: 2,
            failed: 1,
            first: when("2026-11-20T02:32:06Z"),
            last: when("2026-11-20T02:48:51Z"),
            targets: vec![Text::new(say("partner-orders"))],
            citations: cites("T-77aa01be", &[]),
        }],
        did_left: 3,
    }
}

pub fn activity(say: &dyn Fn(&str) -> String) -> Activity {
    Activity {
        start: Some(Beginning {
            time: when("2026-11-20T01:58:02Z"),
            text: Text::new(say(
                "CreateAccessKey, the first step seen on the way to UpdateFunctionCode",
            )),
            citations: cites("T-1b0a77d1", &["T-4c1d88e0"]),
        }),
        no_start: "not established",
        state: "not known",
        text: Text::new(say(
            "GuardDuty last counted it at 2026-11-20 03:10:44Z; treat it as active until shown otherwise.",
        )),
        citations: cites("F-9f2c41d0", &[]),
    }
}
