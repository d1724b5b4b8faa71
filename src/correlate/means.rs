//! By what means a call was made, and where its code came from.

use crate::model::Event;

/// The tool behind a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Means {
    /// console | cli | sdk | cloudformation | terraform | cdk | sam | service | unknown.
    pub via: &'static str,
    /// Whether only the user agent says so, which the caller chooses.
    pub claimed: bool,
}

/// Tells the tool from what AWS records, and, failing that, from what the user agent claims.
pub fn means(event: &Event) -> Means {
    let recorded = |via| Means { via, claimed: false };
    let claimed = |via| Means { via, claimed: true };
    let cloudformation = "cloudformation.amazonaws.com";
    let agent = event.user_agent.as_deref().unwrap_or_default();
    if event.identity.invoked_by.as_deref() == Some(cloudformation)
        || event.source_ip.as_deref() == Some(cloudformation)
    {
        return recorded(template_tool(event));
    }
    if event.console_session {
        return recorded("console");
    }
    let invoked = event.identity.invoked_by.as_deref();
    if invoked.is_some_and(|service| service.ends_with(".amazonaws.com")) {
        return recorded("service");
    }
    let lower = agent.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if says(&["terraform"]) {
        claimed("terraform")
    } else if says(&["aws-sam-cli", "samcli"]) {
        claimed("sam")
    } else if says(&["aws-cdk", "cdk/"]) {
        claimed("cdk")
    } else if says(&["console.amazonaws.com", "signin.amazonaws.com", "aws-console"])
        || lower.starts_with("mozilla/")
    {
        claimed("console")
    } else if says(&["aws-cli/"]) {
        claimed("cli")
    } else if says(&["aws-sdk", "boto3/", "botocore/", "aws_sdk", "sdk/"]) {
        claimed("sdk")
    } else if lower.ends_with(".amazonaws.com") {
        claimed("service")
    } else {
        claimed("unknown")
    }
}

/// CDK and SAM leave their marks on what `CloudFormation` does for them: SAM a tag, CDK the name
/// of its bootstrap bucket and role.
///
/// <https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html>,
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html>
fn template_tool(event: &Event) -> &'static str {
    let bucket = event.asked("/code/s3Bucket").or_else(|| event.asked("/s3Bucket"));
    let issuer = event.identity.issuer.as_ref().and_then(|issuer| issuer.name.as_deref());
    if event.asked("/tags/lambda:createdBy") == Some("SAM") {
        "sam"
    } else if bucket.is_some_and(|name| name.starts_with("cdk-") && name.contains("-assets-"))
        || issuer.is_some_and(|name| name.starts_with("cdk-") && name.contains("-cfn-exec-role-"))
    {
        "cdk"
    } else {
        "cloudformation"
    }
}

/// Where the code of a call came from, as far as its parameters record it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeOrigin {
    /// s3 | zip | image | unknown.
    pub kind: &'static str,
    /// S3 bucket.
    pub bucket: Option<String>,
    /// S3 key.
    pub key: Option<String>,
    /// S3 object version.
    pub version: Option<String>,
    /// Container image.
    pub image_uri: Option<String>,
}

/// Reads the origin from `requestParameters`. An uploaded zip leaves no trace there: what tells it
/// is a creation whose `code` is recorded and empty, or an update that was answered and names no
/// other source.
pub fn code_origin(event: &Event) -> CodeOrigin {
    let asked = |name: &str| {
        let nested = event.asked(&format!("/code/{name}"));
        nested.or_else(|| event.asked(&format!("/{name}"))).map(str::to_owned)
    };
    let mut origin = CodeOrigin {
        kind: "unknown",
        bucket: asked("s3Bucket"),
        key: asked("s3Key"),
        version: asked("s3ObjectVersion"),
        image_uri: asked("imageUri"),
    };
    let packed = event.answered("/packageType").or_else(|| event.asked("/packageType"));
    let uploaded = super::state::places_code(event)
        && match event.action.as_str() {
            "CreateFunction" => event.request.get("code").is_some_and(serde_json::Value::is_object),
            _ => event.request.is_object() && event.response.is_object(),
        };
    origin.kind = if origin.bucket.is_some() {
        "s3"
    } else if origin.image_uri.is_some() || packed == Some("Image") {
        "image"
    } else if uploaded {
        "zip"
    } else {
        "unknown"
    };
    origin
}
