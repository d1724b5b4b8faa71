//! Small cases, and what their reports say.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{root, run};

/// A finding and calls.
#[derive(Clone)]
pub struct Case {
    pub finding: Value,
    pub events: Vec<Value>,
    pub items: Vec<Value>,
}

/// A successful call of user eve to Lambda.
pub fn event(name: &str, time: &str, request: Value) -> Value {
    json!({
        "eventVersion": "1.08",
        "eventID": format!("{name}-{time}"),
        "eventTime": time,
        "eventName": name,
        "eventSource": "lambda.amazonaws.com",
        "awsRegion": "ap-northeast-1",
        "recipientAccountId": "123456789012",
        "sourceIPAddress": "203.0.113.9",
        "userAgent": "aws-cli/2.17.9",
        "readOnly": false,
        "userIdentity": {
            "type": "IAMUser", "userName": "eve", "accountId": "123456789012",
            "arn": "arn:aws:iam::123456789012:user/eve", "accessKeyId": "AKIAEVEEXAMPLE000001"
        },
        "requestParameters": request,
        "responseElements": null,
    })
}

impl Case {
    /// A function of which nothing but the finding is known.
    pub fn quiet() -> Self {
        let path = root().join("samples/in-vpc/lambda-in-vpc.json");
        let all: Value = serde_json::from_slice(&fs::read(path).expect("a sample")).expect("JSON");
        Self { finding: all[0].clone(), events: Vec::new(), items: Vec::new() }
    }

    pub fn with(&self, event: Value) -> Self {
        let mut case = self.clone();
        case.events.push(event);
        case
    }

    /// A case that has the text wherever a name may stand.
    pub fn hostile(text: &str) -> Self {
        let mut case = Self::quiet();
        let function = "test";
        let role = format!("arn:aws:iam::123456789012:role/{text}");
        let details = &mut case.finding["Resource"]["LambdaDetails"];
        details["Role"] = json!(role);
        details["FunctionVersion"] = json!(text);
        details["VpcConfig"] = json!({
            "VpcId": text, "SubnetIds": [text, text], "SecurityGroups": [{"GroupId": text}]
        });
        case.finding["Id"] = json!(text);
        case.finding["Arn"] = json!(format!(
            "arn:aws:guardduty:ap-northeast-1:123456789012:detector/{text}/finding/{text}"
        ));
        let mut code = event(
            "UpdateFunctionCode20150331v2",
            "2023-04-23T09:10:02Z",
            json!({"functionName": function, "s3Bucket": text, "s3Key": text, "s3ObjectVersion": text}),
        );
        code["userIdentity"]["userName"] = json!(text);
        code["userIdentity"]["accessKeyId"] = json!(text);
        code["userIdentity"]["arn"] = json!(format!("arn:aws:iam::123456789012:user/{text}"));
        code["responseElements"] = json!({
            "functionName": function, "codeSha256": text, "role": role, "timeout": 3,
            "lastModified": "2023-04-23T09:10:02.000+0000",
            "layers": [{"arn": text}], "loggingConfig": {"logGroup": text},
        });
        let permission = event(
            "AddPermission20150331v2",
            "2023-04-23T09:11:00Z",
            json!({"functionName": function, "statementId": text, "principal": "*"}),
        );
        let mapping = event(
            "CreateEventSourceMapping20150331",
            "2023-04-23T09:11:10Z",
            json!({"functionName": function, "eventSourceArn": text, "uUID": text}),
        );
        let alias = |version: &str, time: &str| {
            event(
                "UpdateAlias20150331",
                time,
                json!({"functionName": function, "name": text, "functionVersion": version}),
            )
        };
        case.events = vec![
            code,
            permission,
            mapping,
            alias("1", "2023-04-23T09:11:20Z"),
            alias(text, "2023-04-23T09:11:30Z"),
        ];
        case
    }

    pub fn page(&self) -> Page {
        let folder = TempDir::new().expect("a folder");
        let write = |name: &str, value: Value| {
            fs::write(folder.path().join(name), value.to_string()).expect("a file");
        };
        write("finding.json", json!([self.finding]));
        write("trail.json", json!({"Records": self.events}));
        if !self.items.is_empty() {
            write("items.json", json!({"configurationItems": self.items}));
        }
        Page::of(folder.path())
    }
}

/// A step as the JSON report has it.
#[derive(Debug)]
pub struct Step {
    pub phase: String,
    pub text: String,
    pub command: Option<String>,
    rest: String,
}

impl Step {
    pub fn holds(&self, part: &str) -> bool {
        self.text.contains(part)
            || self.rest.contains(part)
            || self.command.as_ref().is_some_and(|command| command.contains(part))
    }
}

/// A report in both of its forms.
pub struct Page {
    pub html: String,
    pub steps: Vec<Step>,
}

impl Page {
    pub fn of(evidence: &Path) -> Self {
        let evidence = evidence.to_str().expect("a path");
        let made = |format| run(["render", "-f", format, "-o", "-", evidence]).exits(0).out;
        let report: Value = serde_json::from_slice(&made("json")).expect("JSON");
        let text = |step: &Value, name: &str| step[name].as_str().unwrap_or_default().to_owned();
        let steps = report["next_steps"].as_array().expect("steps").iter().map(|step| Step {
            phase: text(step, "phase"),
            text: text(step, "text"),
            command: step["command"].as_str().map(str::to_owned),
            rest: format!("{} {}", text(step, "effect"), text(step, "risk")),
        });
        Self { steps: steps.collect(), html: String::from_utf8(made("html")).expect("UTF-8") }
    }

    pub fn any(&self, part: &str) -> bool {
        self.steps.iter().any(|step| step.holds(part))
    }

    pub fn has(&self, phase: &str, part: &str) -> bool {
        self.steps.iter().any(|step| step.phase == phase && step.holds(part))
    }

    /// What a reader sees of a section.
    pub fn section(&self, id: &str) -> String {
        let (_, from) = self.html.split_once(&format!("<section id=\"{id}\"")).expect("a section");
        let (inside, _) = from.split_once("\n<section id=").unwrap_or((from, ""));
        plain(&format!("<{inside}"))
    }

    /// What a reader sees beside a term of the section on the finding.
    pub fn fact(&self, term: &str) -> String {
        let (_, list) = self.html.split_once("id=\"activity\"").expect("the list");
        let (_, from) = list.split_once(&format!("<dt>{term}</dt>")).expect("a term");
        plain(from.split_once("</dd>").expect("an end").0).trim().to_owned()
    }
}

/// Text without its tags.
fn plain(html: &str) -> String {
    let text: String = html
        .split('<')
        .map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text))
        .collect::<Vec<_>>()
        .join(" ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
