//! `manifest.json`: what a bundle holds, where each document came from, and
//! what was not seen.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::document::sha256_hex;
use super::error::EvidenceError;

/// The format that is written, and the only one that is read.
pub const FORMAT: &str = "casefile-evidence/1";

/// What the format of every version begins with.
const FAMILY: &str = "casefile-evidence/";

/// The name of the manifest in a bundle.
pub(super) const MANIFEST_NAME: &str = "manifest.json";

/// The manifest of an evidence bundle. Fields that are not known are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// What wrote the bundle.
    pub tool: Tool,
    /// When the collection was finished.
    #[serde(with = "time")]
    pub created: Timestamp,
    /// The finding that the bundle is about.
    #[serde(default)]
    pub finding_id: Option<String>,
    /// The account of the finding.
    #[serde(default)]
    pub account: Option<String>,
    /// The Region of the finding.
    #[serde(default)]
    pub region: Option<String>,
    /// Who collected, as STS names the caller.
    #[serde(default)]
    pub caller_arn: Option<String>,
    /// Whether the collection went to its end. Absent means that it did.
    #[serde(default = "whole")]
    pub complete: bool,
    /// The options that matter when the report is made again.
    #[serde(default)]
    pub options: ManifestOptions,
    /// The documents, in the order in which they are read.
    #[serde(default)]
    pub documents: Vec<DocumentEntry>,
    /// What was asked for and not seen.
    #[serde(default)]
    pub gaps: Vec<ManifestGap>,
}

/// The program that wrote a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// `casefile`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Options of the collection that a report made from it depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestOptions {
    /// How many minutes before and after the finding belong to its surroundings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub around_minutes: Option<u32>,
    /// How many days before the finding were searched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookback_days: Option<u32>,
    /// Where the answers came from, when that was not AWS's own endpoints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<String>,
}

/// One document: the question, who answered when, and the answer's hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentEntry {
    /// Where it lies in the bundle: relative, plain, with `/` between the steps.
    pub path: String,
    /// `guardduty`, `config`, `cloudtrail`, ….
    pub service: String,
    /// The API operation, such as `LookupEvents`.
    pub operation: String,
    /// The request's parameters as the API spells them.
    #[serde(default)]
    pub request: Value,
    /// The account that was asked.
    #[serde(default)]
    pub account: Option<String>,
    /// The Region that was asked.
    #[serde(default)]
    pub region: Option<String>,
    /// When the answer had arrived.
    #[serde(default, with = "optional_time")]
    pub received: Option<Timestamp>,
    /// The request id that AWS gave.
    #[serde(default)]
    pub request_id: Option<String>,
    /// The HTTP status.
    #[serde(default)]
    pub status: Option<u16>,
    /// Who asked, as STS names the caller, when that was not the manifest's caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_arn: Option<String>,
    /// Whether the same question was asked again, because this answer was none or not whole: then
    /// it is kept and not read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub superseded: bool,
    /// The size of the stored bytes.
    pub bytes: u64,
    /// SHA-256 of the stored bytes: 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// Something that was asked for and not seen, as it is kept in a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestGap {
    /// `guardduty`, `config`, `cloudtrail`, ….
    pub source: String,
    /// What was asked.
    pub asked: String,
    /// Why it was not seen.
    pub reason: String,
    /// What that could hide.
    pub consequence: String,
}

impl DocumentEntry {
    /// An entry for these bytes, with their size and hash; the rest is for the
    /// caller to fill in.
    #[must_use]
    pub fn new(path: &str, service: &str, operation: &str, bytes: &[u8]) -> Self {
        Self {
            path: path.to_owned(),
            service: service.to_owned(),
            operation: operation.to_owned(),
            request: Value::Null,
            account: None,
            region: None,
            received: None,
            request_id: None,
            status: None,
            caller_arn: None,
            superseded: false,
            bytes: bytes.len() as u64,
            sha256: sha256_hex(bytes),
        }
    }

    /// Whether the document may hold records: an answer of a service of evidence, and no error.
    #[must_use]
    pub fn holds_records(&self) -> bool {
        !self.superseded
            && self.service != "sts"
            && self.status.is_none_or(|status| (200..300).contains(&status))
    }
}

impl Manifest {
    /// Reads a manifest; `place` names it in errors.
    ///
    /// # Errors
    /// If it is not JSON, not of this format version, not whole, or lists a
    /// path that is absolute, leads out of the bundle or is listed twice.
    pub fn parse(bytes: &[u8], place: &str) -> Result<Self, EvidenceError> {
        let broken = |source| EvidenceError::Manifest { place: place.to_owned(), source };
        let Head { format } = serde_json::from_slice(bytes).map_err(broken)?;
        if format != FORMAT {
            return Err(EvidenceError::Format {
                place: place.to_owned(),
                format: match format {
                    Value::String(text) => text.chars().take(80).collect(),
                    Value::Null => "none".to_owned(),
                    _ => "not a text".to_owned(),
                },
            });
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(broken)?;
        manifest.check_paths(place)?;
        Ok(manifest)
    }

    /// The manifest as it is written: indented JSON that ends with a newline.
    ///
    /// # Errors
    /// If serde_json refuses, which no manifest makes it do.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Whether the bytes are a manifest of any version of ours.
    pub(super) fn is_ours(bytes: &[u8]) -> bool {
        serde_json::from_slice::<Head>(bytes)
            .is_ok_and(|head| head.format.as_str().is_some_and(|text| text.starts_with(FAMILY)))
    }

    pub(super) fn check_paths(&self, place: &str) -> Result<(), EvidenceError> {
        let refuse = |path: &str, reason| EvidenceError::Path {
            place: place.to_owned(),
            path: path.to_owned(),
            reason,
        };
        let mut paths = std::collections::BTreeSet::new();
        for DocumentEntry { path, .. } in &self.documents {
            if let Some(reason) = fault_of(path) {
                return Err(refuse(path, reason));
            }
            if !paths.insert(path) {
                return Err(refuse(path, "it has listed before"));
            }
        }
        Ok(())
    }
}

/// Why a path cannot be one of a document in a bundle.
fn fault_of(path: &str) -> Option<&'static str> {
    let has_drive = path.chars().nth(1) == Some(':');
    if path.is_empty() {
        Some("is empty")
    } else if path.starts_with('/') || has_drive {
        Some("is absolute")
    } else if path.split('/').any(|step| step == "..") {
        Some("leads out of the bundle")
    } else if path.contains(['\\', '\0']) || path.split('/').any(|step| matches!(step, "" | ".")) {
        Some("is not a plain relative path")
    } else if path == MANIFEST_NAME {
        Some("is the manifest itself")
    } else {
        None
    }
}

/// As much of a manifest as says what it is.
#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    format: Value,
}

fn whole() -> bool {
    true
}

/// Times as RFC 3339 text.
mod time {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(time)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Times as RFC 3339 text or null.
mod optional_time {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(
        time: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => serializer.collect_str(time),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        Option::<String>::deserialize(deserializer)?
            .map(|text| text.parse().map_err(D::Error::custom))
            .transpose()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
pub(super) mod tests {
    use serde_json::json;

    use super::super::error::EvidenceError;
    use super::{DocumentEntry, FORMAT, Manifest, ManifestGap, ManifestOptions, Tool};

    /// A manifest that lists these documents, and one gap.
    pub(in super::super) fn manifest_of(documents: &[(&str, &[u8])]) -> Manifest {
        Manifest {
            format: FORMAT.to_owned(),
            tool: Tool { name: "casefile".to_owned(), version: "0.1.0".to_owned() },
            created: "2026-11-20T03:10:00Z".parse().unwrap(),
            finding_id: Some("d0c8f1f0a1b2c3d4e5f60718293a4b5c".to_owned()),
            account: Some("111122223333".to_owned()),
            region: Some("ap-northeast-1".to_owned()),
            caller_arn: None,
            complete: true,
            options: ManifestOptions { around_minutes: Some(60), ..ManifestOptions::default() },
            documents: documents
                .iter()
                .map(|(path, bytes)| DocumentEntry {
                    request: json!({"detectorId": "12abc34d567e8fa901bc2d34e56789f0"}),
                    received: Some("2026-11-20T03:09:41.25Z".parse().unwrap()),
                    status: Some(200),
                    ..DocumentEntry::new(path, "guardduty", "GetFindings", bytes)
                })
                .collect(),
            gaps: vec![ManifestGap {
                source: "config".to_owned(),
                asked: "the role's history".to_owned(),
                reason: "the recorder was off".to_owned(),
                consequence: "a change of the role".to_owned(),
            }],
        }
    }

    fn with_path(path: &str) -> Result<Manifest, EvidenceError> {
        let json = manifest_of(&[(path, b"{}")]).to_json().unwrap();
        Manifest::parse(&json, "case/manifest.json")
    }

    #[test]
    fn what_is_written_is_read_again() {
        let manifest = manifest_of(&[("guardduty/get-findings.json", b"{}")]);
        let json = manifest.to_json().unwrap();
        assert_eq!(Manifest::parse(&json, "m").unwrap(), manifest);
        let text = String::from_utf8(json).unwrap();
        assert!(text.contains(r#""received": "2026-11-20T03:09:41.25Z""#), "{text}");
        assert!(text.contains(r#""caller_arn": null"#), "{text}");
        assert!(text.ends_with("}\n"));
    }

    #[test]
    fn what_is_absent_or_unknown_is_borne() {
        let manifest = Manifest::parse(
            br#"{"format": "casefile-evidence/1", "colour": "blue", "created": "2026-11-20T12:10:00+09:00",
                "tool": {"name": "casefile", "version": "9", "build": 7},
                "documents": [{"path": "a.json", "service": "config", "operation": "X", "bytes": 2, "sha256": "00"}]}"#,
            "m",
        )
        .unwrap();
        assert!(manifest.complete);
        assert_eq!(manifest.created.to_string(), "2026-11-20T03:10:00Z");
        assert_eq!(manifest.options, ManifestOptions::default());
        let incomplete = br#"{"format": "casefile-evidence/1", "created": "2026-11-20T03:10:00Z",
            "tool": {"name": "casefile", "version": "1"}, "complete": false}"#;
        assert!(!Manifest::parse(incomplete, "m").unwrap().complete);
    }

    #[test]
    fn another_version_is_named() {
        let error = Manifest::parse(br#"{"format": "casefile-evidence/2"}"#, "case/manifest.json")
            .unwrap_err()
            .to_string();
        assert!(error.contains("casefile-evidence/2"), "{error}");
        assert!(error.contains("casefile-evidence/1"), "{error}");
        assert!(error.contains("case/manifest.json"), "{error}");
        assert!(Manifest::is_ours(br#"{"format": "casefile-evidence/2"}"#));
        assert!(!Manifest::is_ours(br#"{"format": "oci"}"#));
        assert!(!Manifest::is_ours(br#"{"manifest_version": 3}"#));
        assert!(!Manifest::is_ours(b"[1]"));
    }

    #[test]
    fn paths_that_leave_the_bundle_are_refused() {
        for path in [
            "../x.json",
            "a/../../x.json",
            "a/..",
            "/etc/passwd",
            "C:/x.json",
            "..\\x.json",
            "a//b.json",
            "./a.json",
            "",
            "a\0b",
            "manifest.json",
        ] {
            assert!(
                matches!(with_path(path), Err(EvidenceError::Path { .. })),
                "{path:?} was let through"
            );
        }
        assert!(with_path("cloudtrail/a..b/…/x y.json").is_ok());
        let twice = manifest_of(&[("a.json", b"1"), ("a.json", b"2")]);
        assert!(twice.check_paths("m").is_err());
    }
}
