//! What must be said nowhere, and what may lie in the bundle alone.

use std::{fs, path::Path};

use super::investigated::{ACCOUNT, Investigated, bundle};
use crate::{
    aws::Fault,
    case::{Case, SECRET_KEY, SESSION_TOKEN},
    program::Run,
};

/// The secret key and the session token of every role that the fake gives out.
const OF_ROLES: [&str; 2] = ["wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "EXAMPLETOKEN"];

/// The session token in the records of AssumeRole, which `CloudTrail` answers with.
const RECORDED: &str = "PLANTED-SESSION-TOKEN-MUST-NOT-BE-SHOWN";

/// Our own credentials are nowhere, and recorded ones in the bundle's answers of `CloudTrail` alone.
#[track_caller]
pub fn is_not_told(case: &Case, run: &Run) {
    let nothing = |what: &str, bytes: &[u8], secrets: &[&str]| {
        for secret in secrets {
            assert!(!holds(bytes, secret), "{what} tells {secret}");
        }
    };
    let own = [SECRET_KEY, SESSION_TOKEN, OF_ROLES[0], OF_ROLES[1]];
    let all = [&own[..], &[RECORDED]].concat();
    nothing("standard error", run.err.as_bytes(), &all);
    nothing("standard output", &run.out, &all);
    for file in files(&case.path("")) {
        let name = file.to_string_lossy().into_owned();
        let bytes = fs::read(&file).expect("a file");
        let is_answer = name.contains(".evidence/cloudtrail/");
        nothing(&name, &bytes, if is_answer { &own } else { &all });
    }
    // Nor is anything of a body in what is said of each call.
    for words in ["eventVersion", "configurationStateId", "\"findings\"", "userIdentity"] {
        assert!(!run.err.contains(words), "{words} is in\n{}", run.err);
    }
}

fn holds(bytes: &[u8], words: &str) -> bool {
    bytes.windows(words.len()).any(|window| window == words.as_bytes())
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn credentials_are_told_to_nobody() {
    let role = "arn:aws:iam::{account}:role/casefile";
    let options = ["-vvv", "--role-arn", role, "--external-id", "told-by-the-other-account"];
    let made = Investigated::with(&options, |case| {
        case.fake.change(|world| {
            let role = role.replace("{account}", ACCOUNT);
            world.trust(&role, Some("told-by-the-other-account"));
        });
        case.fake.fail("LookupEvents", 2..3, Fault::CutJson);
        case.fake.fail("AssumeRole", 0..1, Fault::CutBody);
    });
    made.has_all_facts("role");
    // The search above was for something that came: it is in the records of AssumeRole.
    let records = files(&made.case.path(&bundle()).join("cloudtrail"));
    let holding = records.iter().filter(|file| holds(&fs::read(file).expect("a file"), RECORDED));
    assert!(holding.count() > 0);
    // And the role was really taken.
    let asked = made.case.fake.requests();
    assert!(
        asked.iter().any(|seen| seen.call.has_token && seen.call.access_key.starts_with("ASIA"))
    );
    let given = asked.iter().filter(|seen| seen.call.operation == "AssumeRole");
    assert!(given.into_iter().any(|seen| holds(&seen.body, OF_ROLES[0])));
    // Each call is said.
    for operation in ["ListDetectors", "GetResourceConfigHistory", "LookupEvents"] {
        assert!(made.run.err.contains(operation), "{operation}: {}", made.run.err);
    }
}
