//! The dependencies keep to `deny.toml`: their licences, where they come from, and which are
//! refused.

#![expect(clippy::expect_used, reason = "a test may stop")]

use std::{env, fs, path::PathBuf, process::Command};

use serde_json::Value;

/// The texts of the list of that name in `deny.toml`.
fn list(name: &str) -> Vec<String> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("deny.toml");
    let text = fs::read_to_string(file).expect("deny.toml");
    let rows = text.lines().skip_while(|line| *line != format!("{name} = [")).skip(1);
    let found: Vec<String> = rows
        .take_while(|line| *line != "]")
        .map(|line| line.trim().trim_matches([',', '"']).to_owned())
        .collect();
    assert!(!found.is_empty(), "no {name} in deny.toml");
    found
}

fn printed(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The packages that are built here with the features of this build.
fn packages() -> Vec<Value> {
    let version = printed("rustc", &["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    let mut arguments =
        vec!["metadata", "--locked", "--format-version", "1", "--filter-platform", host];
    if cfg!(feature = "athena") {
        arguments.extend(["--features", "athena"]);
    } else if !cfg!(feature = "live") {
        arguments.push("--no-default-features");
    }
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let metadata: Value = serde_json::from_str(&printed(&cargo, &arguments)).expect("JSON");
    let elements = |pointer: &str| metadata.pointer(pointer).and_then(Value::as_array).cloned();
    let used = elements("/resolve/nodes").expect("nodes");
    let packages = elements("/packages").expect("packages").into_iter();
    packages.filter(|package| used.iter().any(|node| node.get("id") == package.get("id"))).collect()
}

fn text<'a>(package: &'a Value, member: &str) -> &'a str {
    package.get(member).and_then(Value::as_str).unwrap_or_default()
}

/// Whether a licence expression can be met with the allowed ones. The old form writes `/` for
/// `OR`; the expressions met here nest no deeper than one pair of parentheses.
fn permitted(expression: &str, allowed: &[String]) -> bool {
    let flat = expression.replace('/', " OR ");
    if let (Some(open), Some(close)) = (flat.find('('), flat.find(')')) {
        let (before, rest) = flat.split_at(open);
        let (inside, after) = rest.split_at(close - open);
        let inside = permitted(inside.trim_start_matches('('), allowed);
        let known =
            if inside { allowed.first().cloned().unwrap_or_default() } else { "none".into() };
        return permitted(&format!("{before}{known}{}", after.trim_start_matches(')')), allowed);
    }
    flat.split(" OR ").any(|either| {
        either.split(" AND ").all(|licence| allowed.iter().any(|allowed| allowed == licence.trim()))
    })
}

#[test]
fn every_licence_is_one_that_was_agreed() {
    let allowed = list("allow");
    let packages = packages();
    assert!(packages.len() > 50);
    let asks = packages.iter().any(|package| text(package, "name") == "aws-sdk-athena");
    assert_eq!(asks, cfg!(feature = "athena"), "these are not the packages of this build");
    let wrong: Vec<String> = packages
        .iter()
        .filter(|package| !permitted(text(package, "license"), &allowed))
        .map(|package| format!("{}: {:?}", text(package, "name"), text(package, "license")))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn everything_comes_from_the_registry_and_nothing_that_is_refused() {
    let refused = list("deny");
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
    let lock = fs::read_to_string(file).expect("Cargo.lock");
    let mut wrong = Vec::new();
    for package in lock.split("[[package]]").skip(1) {
        let member = |name: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(&format!("{name} = ")));
            line.unwrap_or_default().trim_matches('"').to_owned()
        };
        let (name, version, source) = (member("name"), member("version"), member("source"));
        if source != "registry+https://github.com/rust-lang/crates.io-index" && name != "casefile" {
            wrong.push(format!("{name} comes from {source:?}"));
        }
        let below_one = version.starts_with("0.");
        if refused.iter().any(|refused| match refused.split_once(':') {
            Some((refused, _)) => *refused == name && below_one,
            None => *refused == name,
        }) {
            wrong.push(format!("{name} {version} is refused"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn licence_expressions_are_read_as_they_are_meant() {
    let allowed = ["MIT".to_owned(), "Unicode-3.0".to_owned()];
    for yes in [
        "MIT",
        "MIT OR Apache-2.0",
        "GPL-3.0/MIT",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "MIT AND Unicode-3.0",
    ] {
        assert!(permitted(yes, &allowed), "{yes}");
    }
    for no in ["", "GPL-3.0", "MIT AND GPL-3.0", "(GPL-3.0 OR ISC) AND MIT", "Apache-2.0 WITH MIT"]
    {
        assert!(!permitted(no, &allowed), "{no}");
    }
}
