//! A command line taken apart without a shell.

/// What commands hold outside of single quotes, beside words of letters, digits and dashes.
const OWN: &[&str] = &["\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\"", "\"$(", ")\"", ">", ";"];

/// The first word that is neither in single quotes nor one of the program's own.
pub fn bare(command: &str) -> Option<String> {
    let mut rest = String::new();
    for (index, piece) in command.split('\'').enumerate() {
        rest.push_str(if index % 2 == 0 { piece } else { "" });
    }
    if command.matches('\'').count() % 2 == 1 {
        return Some("an open quote".to_owned());
    }
    for own in OWN {
        rest = rest.replace(own, " ");
    }
    let plain = |word: &&str| {
        let letters =
            word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        letters && (!word.starts_with('-') || is_option(word))
    };
    rest.split_whitespace().find(|word| !plain(word)).map(str::to_owned)
}

/// Whether a word is an option that commands of ours may have.
pub fn is_option(word: &str) -> bool {
    word.starts_with("--")
        && [
            "access-key-id",
            "arn",
            "auth-type",
            "bucket",
            "cidr",
            "description",
            "detector-id",
            "event-bus-name",
            "fail",
            "filter",
            "finding-criteria",
            "finding-ids",
            "function-name",
            "function-version",
            "group-id",
            "group-name",
            "key",
            "layers",
            "log-group-name",
            "lookup-attributes",
            "memory-size",
            "name",
            "no-enabled",
            "output",
            "policy-arn",
            "policy-document",
            "policy-name",
            "protocol",
            "qualifier",
            "query",
            "region",
            "reserved-concurrent-executions",
            "role-name",
            "stack-name",
            "start-time",
            "statement-id",
            "status",
            "timeout",
            "user-name",
            "uuid",
            "version-id",
            "vpc-config",
            "vpc-id",
        ]
        .contains(&word.trim_start_matches("--"))
}

/// The services and operations of the AWS CLI that the line calls.
pub fn operations(command: &str) -> Vec<String> {
    let words: Vec<&str> = command.split([' ', '(', '"']).filter(|word| !word.is_empty()).collect();
    let called = words.windows(3).filter(|window| window[0] == "aws");
    called.map(|window| format!("{} {}", window[1], window[2])).collect()
}
