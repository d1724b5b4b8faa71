//! Which names are those of secrets.

use std::{cell::RefCell, collections::BTreeMap};

/// Words that make the value of a member secret, compared with the member's letters and digits in
/// lower case.
const SECRET_WORDS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secretaccesskey",
    "secretkey",
    "secretstring",
    "secretbinary",
    "privatekey",
    "keymaterial",
    "apikey",
    "samlassertion",
    "clientsecret",
    "amzsignature",
    "plaintext",
    "connectionstring",
    "oauthtoken",
    "accesstoken",
    "sessiontoken",
    "securitytoken",
    "tokencode",
    "zipfile",
];

/// Names that are secret as a whole or at their end.
const SECRET_ENDINGS: &[&str] = &[
    "authorization",
    "cookie",
    "pwd",
    "token",
    "authcode",
    "secret",
    "secretvalue",
    "tokenvalue",
    "dbpass",
    "passcode",
    "bearer",
    "jwt",
    "otp",
    "credentialsjson",
    "accountkey",
    "encryptionkey",
    "signature",
    "amzcredential",
    "webhookurl",
    "userdata",
];

/// Endings that make such a member the name of a secret, or a fact about it, and not the secret.
const HARMLESS_ENDINGS: &[&str] = &[
    "id",
    "ids",
    "arn",
    "arns",
    "name",
    "names",
    "lastused",
    "required",
    "policy",
    "lastchanged",
    "enabled",
    "version",
    "length",
    "age",
    "prevention",
    "expiration",
    "date",
    "count",
    "type",
    "status",
    "limit",
    "days",
    "validity",
    "units",
    "source",
    "format",
    "config",
    "configuration",
];

/// Tokens that let somebody turn a page or repeat a request, and nothing else.
const HARMLESS_TOKENS: &[&str] = &[
    "next",
    "nextpage",
    "page",
    "pagination",
    "continuation",
    "client",
    "clientrequest",
    "request",
    "idempotency",
    "idempotent",
    "clientidempotency",
    "creation",
    "caller",
    "starting",
    "start",
    "sequence",
    "change",
    "lock",
    "update",
    "forward",
    "backward",
    "nextforward",
    "nextbackward",
    "sync",
    "version",
    "marker",
];

thread_local! {
    /// Records have few names, each thousands of times.
    static KNOWN: RefCell<BTreeMap<String, bool>> = RefCell::default();
}

/// Names that are remembered at most: in hostile evidence each may be another.
const MOST_KNOWN: usize = 10_000;

/// Whether a member, header or parameter of that name holds a secret.
pub fn is_secret(key: &str) -> bool {
    KNOWN.with_borrow_mut(|known| match known.get(key) {
        Some(secret) => *secret,
        None => {
            let secret = judge(key);
            if known.len() < MOST_KNOWN && key.len() < 100 {
                known.insert(key.to_owned(), secret);
            }
            secret
        }
    })
}

fn judge(key: &str) -> bool {
    let letters = letters(key);
    if ["secret", "pass", "pin", "auth", "basicauth"].contains(&letters.as_str()) {
        return true;
    }
    let word = SECRET_WORDS.iter().any(|word| letters.contains(word))
        || SECRET_ENDINGS.iter().any(|ending| letters.ends_with(ending));
    word && !HARMLESS_ENDINGS.iter().any(|ending| letters.ends_with(ending))
        && !letters.strip_suffix("token").is_some_and(|what| {
            HARMLESS_TOKENS.iter().any(|harmless| {
                what.strip_suffix(harmless)
                    .is_some_and(|before| before.is_empty() || before.starts_with("x"))
            })
        })
}

/// Whether a member of that name holds environment variables.
pub fn is_environment(key: &str) -> bool {
    if !key.starts_with(['e', 'E', '-', '_'])
        && !key.contains("nvironment")
        && !key.contains("NVIRONMENT")
    {
        return false;
    }
    let letters = letters(key);
    if letters == "secret" {
        return true;
    }
    letters == "environment"
        || letters.contains("environmentvariable")
        || letters == "envvars"
        || letters == "env"
}

/// Whether a member of that name holds names, which may look like a secret's name and its value:
/// `reset-password:1` is a version of a function.
pub fn is_name(key: &str) -> bool {
    let letters = letters(key);
    ["name", "arn", "id", "resource", "qualifier"].iter().any(|ending| letters.ends_with(ending))
}

fn letters(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_from_what_is_said_about_them() {
        for secret in [
            "password",
            "masterUserPassword",
            "X-Amz-Security-Token",
            "sessionToken",
            "Authorization",
            "GITHUB_TOKEN",
            "oauthToken",
            "Set-Cookie",
            "DB_PWD",
            "secretAccessKey",
            "privateKey",
            "tokenCode",
            "secret",
            "dbSecret",
            "basicAuth",
            "X-Amz-Credential",
            "webhookUrl",
            "userData",
        ] {
            assert!(is_secret(secret), "{secret}");
        }
        for harmless in [
            "secretId",
            "nextToken",
            "NextToken",
            "clientToken",
            "clientRequestToken",
            "passwordPolicy",
            "minimumPasswordLength",
            "passwordReusePrevention",
            "maxPasswordAge",
            "accessKeyId",
            "kmsKeyId",
            "authorizationType",
            "authType",
            "credentials",
            "signatureVersion",
            "mapping",
            "apiKeySource",
            "apiKeyId",
            "httpTokens",
            "passwordLastUsed",
            "continuation-token",
            "x-amz-client-token",
            "functionName",
        ] {
            assert!(!is_secret(harmless), "{harmless}");
        }
    }
}
