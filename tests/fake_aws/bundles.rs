//! What a bundle holds is answered again, and nothing else.

use std::{collections::BTreeMap, fs, path::PathBuf, time::Duration};

use serde_json::{Value, json};

use crate::{
    aws::{Fake, World},
    client::Client,
};

/// The samples that are bundles.
fn bundles() -> Vec<PathBuf> {
    let samples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut found: Vec<PathBuf> = fs::read_dir(samples)
        .expect("the samples")
        .map(|entry| entry.expect("a sample").path())
        .filter(|path| path.join("manifest.json").exists())
        .collect();
    found.sort();
    assert!(found.len() > 5, "{found:?}");
    found
}

/// A question as a bundle has it: operation, Region, and the parameters without the token.
type Question = (String, String, String);

fn list(operation: &str) -> &'static str {
    match operation {
        "GetFindings" => "findings",
        "GetResourceConfigHistory" => "configurationItems",
        _ => "Events",
    }
}

/// What a bundle says was answered, over all pages.
fn said(folder: &std::path::Path) -> BTreeMap<Question, Vec<Value>> {
    let read = |path: &str| -> Value {
        let bytes = fs::read(folder.join(path)).expect("a file");
        serde_json::from_slice(&bytes).expect("JSON")
    };
    let mut said: BTreeMap<Question, Vec<Value>> = BTreeMap::new();
    for document in read("manifest.json")["documents"].as_array().expect("documents") {
        let text = |name: &str| document[name].as_str().expect("a text").to_owned();
        // What somebody saved by other means is no answer.
        if !["GetFindings", "GetResourceConfigHistory", "LookupEvents"]
            .contains(&text("operation").as_str())
        {
            continue;
        }
        let mut request = document["request"].clone();
        let parameters = request.as_object_mut().expect("parameters");
        parameters.retain(|name, _| !name.eq_ignore_ascii_case("nexttoken"));
        let operation = text("operation");
        let answer = read(&text("path"));
        let records = answer[list(&operation)].as_array().expect("a list").clone();
        said.entry((operation, text("region"), request.to_string())).or_default().extend(records);
    }
    said
}

/// Asks as often as there is a token.
fn all(client: &mut Client, operation: &str, parameters: &Value) -> Vec<Value> {
    let (mut parameters, mut records) = (parameters.clone(), Vec::new());
    loop {
        let (answer, token) = match operation {
            "GetFindings" => {
                let detector = parameters["detectorId"].as_str().expect("a detector");
                let path = format!("/detector/{detector}/findings/get");
                let body = json!({"findingIds": parameters["findingIds"]}).to_string();
                (client.guardduty("POST", &path, &body), "nextToken")
            }
            "GetResourceConfigHistory" => (client.config(operation, &parameters), "nextToken"),
            _ => (client.look_up(&parameters), "NextToken"),
        };
        let content = answer.content();
        records.extend(content[list(operation)].as_array().expect("a list").clone());
        match content.get(token) {
            Some(next) => parameters[token] = next.clone(),
            None => return records,
        }
    }
}

#[test]
fn every_question_of_a_bundle_has_the_answer_of_the_bundle() {
    for folder in bundles() {
        let fake = Fake::start(World::of_bundle(&folder));
        fake.tolerance(Duration::from_secs(1));
        for ((operation, region, parameters), said) in said(&folder) {
            let mut client = Client::of(&fake, &region);
            let parameters: Value = serde_json::from_str(&parameters).expect("JSON");
            let answered = all(&mut client, &operation, &parameters);
            assert_eq!(answered, said, "{}: {operation} {parameters}", folder.display());
        }
        assert_eq!((fake.exceeded(), fake.unknown()), (0, Vec::new()));
    }
}
