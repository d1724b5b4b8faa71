//! What somebody who knows a sample expects of its next steps.

/// The steps of a sample.
pub struct Known {
    /// Its name.
    pub sample: &'static str,
    /// A phase, and a part of the text or command of one of its steps.
    pub steps: &'static [(&'static str, &'static str)],
    /// What no step may hold.
    pub never: &'static [&'static str],
}

pub const KNOWN: &[Known] = &[
    Known {
        sample: "bitcoin-tool",
        steps: &[
            (
                "contain",
                "--function-name 'arn:aws:lambda:ap-northeast-1:111122223333:function:order-export' --reserved-concurrent-executions 0",
            ),
            (
                "contain",
                "--user-name 'ci-deployer' --access-key-id 'AKIAQ2NEWKEY4EXAMPLE' --status 'Inactive'",
            ),
            ("contain", "--access-key-id 'AKIACI7DEPLOYEXAMPLE' --status 'Inactive'"),
            (
                "contain",
                "--role-name 'order-export-role' --policy-arn 'arn:aws:iam::aws:policy/AmazonS3FullAccess'",
            ),
            ("contain", "timeout (900 seconds"),
            ("preserve", "--policy-name 'partner-bucket' > 'role-inline-1.json'"),
            ("eradicate", "--timeout 3 --memory-size 128"),
            ("eradicate", "4jjm5aDSXi2z5YPe9qByoKGSTMWfRpAZhHHnCQG3RWE="),
            ("verify", "AttributeKey=AccessKeyId,AttributeValue=AKIAQ2NEWKEY4EXAMPLE"),
            ("verify", "1YijIMKp5eBwLnw4eedysPpBfspXdHinYpuxMvN0i28="),
        ],
        never: &[
            "delete-function",
            "create-security-group",
            "AWSLambdaBasicExecutionRole",
            "disable-rule",
        ],
    },
    Known {
        sample: "blackhole-traffic",
        steps: &[
            ("contain", "still deleted, as recorded at 2026-11-13 03:05:52Z"),
            ("contain", "--role-name 'cache-warmer-role'"),
            ("preserve", "cache-warmer:1.2.0"),
        ],
        never: &[
            "put-function-concurrency",
            "delete-function",
            "get-policy",
            "update-function",
            "tan-ops",
            "AKIATANOPSEXAMPLEKEY",
        ],
    },
    Known {
        sample: "c2-activity",
        steps: &[
            ("contain", "--role-name 'DeployAdmin' --policy-name 'casefile-deny-all'"),
            ("contain", "from account 123456789012"),
            ("contain", "--vpc-id 'vpc-0f1e2d3c4b5a69788'"),
            (
                "contain",
                "SubnetIds=subnet-0a1b2c3d4e5f60718,subnet-0b2c3d4e5f6071829,SecurityGroupIds=EMPTY_GROUP_ID",
            ),
            ("preserve", "--arn 'arn:aws:lambda:eu-west-1:444455556666:layer:http-telemetry:3'"),
            (
                "preserve",
                "--key 'invoice-mailer/7c0d1be2f5a9466e8b3a2d94c1f0e857' 'code-source.zip'",
            ),
            ("eradicate", "--layers '[]'"),
            ("eradicate", "--stack-name 'invoice-mailer'"),
            ("eradicate", "GetParameter"),
        ],
        never: &["carol", "cfn-deploy", "delete-function", "http-telemetry:2"],
    },
    Known {
        sample: "drop-point",
        steps: &[
            ("preserve", "--qualifier '3'"),
            ("preserve", "--version-id 'Xf9vTq0LwZb7pNc2RyKd.u4EjMhA8sGo'"),
            ("eradicate", "--name 'live' --function-version '2'"),
        ],
        // Their calls did not touch the version that ran.
        never: &["AKIAKENJIDEVEXAMPLE1", "intern-test", "AKIAINTERNEXAMPLEKEY", "delete-function"],
    },
    Known {
        sample: "in-vpc",
        steps: &[
            ("contain", "--vpc-id 'VPC_ID'"),
            ("contain", "Replace VPC_ID by hand"),
            (
                "preserve",
                "casefile report '38c3d6b2cfb45cf0fddb730a7dd2b225' --region 'ap-northeast-1'",
            ),
        ],
        never: &["vpc-***' ", "update-access-key"],
    },
    Known {
        sample: "malicious-ip-caller",
        steps: &[
            (
                "contain",
                "disable-rule --region 'ap-northeast-1' --name 'guardduty-workshop-TrafficSimulationSchedule-4TWB8H1ZC6YD'",
            ),
            ("contain", "--user-name 'workshop-operator' --access-key-id 'AKIAWORKSHOPXEXAMPLE'"),
            ("eradicate", "last, if at all"),
            ("verify", "role WSSystemRole"),
        ],
        never: &["remove-permission", "create-security-group", "InventoryReader"],
    },
    Known {
        sample: "outside-vpc",
        steps: &[("preserve", "casefile report '46c3e04136785b91811ba1f87b5b1e9a'")],
        never: &["create-security-group", "vpc"],
    },
    Known {
        sample: "tor-client",
        steps: &[
            ("contain", "IAM Identity Center end the sessions of maria.lopez@example.com"),
            ("contain", "--statement-id 'FunctionURLAllowPublicAccess'"),
            ("contain", "--auth-type 'AWS_IAM'"),
            ("contain", "--policy-arn 'arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess'"),
            ("preserve", "get-function-url-config"),
        ],
        // The policy that lets it write its logs came with the role.
        never: &[
            "detach-role-policy --region 'ap-northeast-1' --role-name 'proxy-helper-role-ab12cd34' --policy-arn 'arn:aws:iam::111122223333",
            "kenji",
            "AWSReservedSSO_PowerUserAccess_0123456789abcdef' --policy-name",
        ],
    },
    Known {
        sample: "tor-relay",
        steps: &[("contain", "--reserved-concurrent-executions 0")],
        never: &["ops-hana", "AKIAOPSHANAEXAMPLEK1", "delete-function", "SecurityAudit"],
    },
];
