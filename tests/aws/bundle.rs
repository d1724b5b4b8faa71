//! A world made from a bundle: what was seen when it was collected is there to be seen again.

use std::{fs, path::Path};

use serde_json::Value;

use super::{
    recorder::Recorder,
    world::{World, place},
};

impl World {
    /// The world of a bundle in a folder, at the time at which it was collected. The caller is the
    /// one who collected it, or somebody of its account.
    pub fn of_bundle(folder: &Path) -> Self {
        let read = |path: &str| -> Value {
            let bytes = fs::read(folder.join(path)).expect("a file of the bundle");
            serde_json::from_slice(&bytes).expect("JSON")
        };
        let manifest = read("manifest.json");
        let account = text(&manifest, "account").expect("the account");
        let caller = format!("arn:aws:sts::{account}:assumed-role/SecurityAudit/oncall");
        let mut world = Self::new(text(&manifest, "caller_arn").unwrap_or(&caller));
        let created = text(&manifest, "created").and_then(|time| time.parse().ok());
        world.now = Some(created.expect("the time of the collection"));
        for document in list(&manifest, "documents") {
            if document.get("status").is_some_and(|status| status != 200) {
                continue;
            }
            let answer = || read(text(document, "path").expect("a path"));
            let account = text(document, "account").unwrap_or(account);
            let region = text(document, "region").expect("a Region");
            match text(document, "operation").expect("an operation") {
                "GetFindings" => {
                    world.found(account, region, &document["request"]);
                    for finding in list(&answer(), "findings") {
                        world.add_finding(finding.clone());
                    }
                }
                "GetResourceConfigHistory" => {
                    world.add_recorder(account, region, Recorder::of_everything());
                    for item in list(&answer(), "configurationItems") {
                        world.record(account, region, item);
                    }
                }
                "LookupEvents" => {
                    for event in list(&answer(), "Events") {
                        world.add_event(event.clone());
                    }
                }
                // The others say nothing that these do not.
                _ => {}
            }
        }
        world
    }

    fn found(&mut self, account: &str, region: &str, request: &Value) {
        let detector = text(request, "detectorId").expect("the detector that was asked");
        let known = self.detectors.get(&place(account, region));
        if !known.is_some_and(|known| known.iter().any(|known| known == detector)) {
            self.add_detector(account, region, detector);
        }
    }

    fn record(&mut self, account: &str, region: &str, body: &Value) {
        let place = place(account, region);
        if !self.items.iter().any(|item| item.place == place && item.body == *body) {
            self.add_item(account, region, body.clone());
        }
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
