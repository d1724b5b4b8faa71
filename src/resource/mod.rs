//! What is known of each AWS resource type: its name in AWS Config, which field
//! of its configuration item is which aspect of it, and which calls change what.
//!
//! Everything else handles resources through [`Resource`]. A new type is one
//! file here and its line in [`ALL`].

pub mod canonical;
pub mod embedded;
mod function_name;
mod function_state;
mod generic;
mod iam_role;
mod lambda;
mod security_group;

pub use function_name::{FunctionRef, action};
pub use function_state::FunctionState;

use serde_json::Value;

/// How a field of a configuration item takes part in a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldRole {
    /// It is compared. An array is a set.
    Plain,
    /// It says when or in which state the item was taken, not what the resource
    /// is, and is left out of changes.
    Bookkeeping,
    /// An array whose order means something. It is compared, and shown, as a whole.
    Ordered,
}

/// One resource type.
///
/// A `path` is the list of object keys from the configuration item's root, such
/// as `["configuration", "vpcConfig", "subnetIds"]`; positions in arrays are not
/// part of it.
pub trait Resource: Sync {
    /// The type's name in AWS Config, such as `AWS::Lambda::Function`; empty for
    /// the fallback that stands for every other type.
    fn config_type(&self) -> &'static str;

    /// What a sentence calls such a resource: `function`.
    fn noun(&self) -> &'static str;

    /// Which aspect of the resource the field at `path` belongs to: `layers`.
    fn aspect(&self, path: &[&str]) -> &'static str;

    /// How the field at `path` takes part in a comparison.
    fn role_of(&self, path: &[&str]) -> FieldRole {
        generic::role_of(path)
    }

    /// By which key an element of the array at `path` is found again in another
    /// item. `None` means by its whole content.
    fn identity_key(&self, path: &[&str], element: &Value) -> Option<String> {
        generic::identity_key(path, element)
    }

    /// The part of an element of the array at `path` that says all there is to
    /// say, such as the version ARN of a layer; the element itself by default.
    fn stands_for<'a>(&self, path: &[&str], element: &'a Value) -> &'a Value {
        generic::stands_for(path, element)
    }

    /// The field, as a JSON pointer, whose difference explains one at `path`: a
    /// code size differs because the code does.
    fn follows_from(&self, _path: &[&str]) -> Option<&'static str> {
        None
    }

    /// The aspects that a successful call may have changed, sorted.
    ///
    /// `action` is the event's name without its date suffix, `request` the
    /// record's `requestParameters`. `None` means that the action is not known
    /// and may have changed anything; an empty list, that it changes nothing
    /// that an item records. `revision` is among the aspects of a call that
    /// gives the resource a new revision even when nothing else differs.
    fn aspects_changed_by(&self, action: &str, request: &Value) -> Option<Vec<&'static str>>;
}

/// Every resource type that is known.
pub static ALL: &[&dyn Resource] =
    &[&lambda::Function, &iam_role::Role, &security_group::SecurityGroup];

/// The resource type of an AWS Config type name, or a fallback that knows only
/// what all configuration items have in common.
#[must_use]
pub fn of_type(config_type: &str) -> &'static dyn Resource {
    ALL.iter().copied().find(|kind| kind.config_type() == config_type).unwrap_or(&generic::Other)
}

/// Sorts the words and keeps each once.
fn aspects(words: &[&'static str]) -> Vec<&'static str> {
    let mut words = words.to_vec();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::{ALL, FieldRole, of_type};
    use serde_json::json;

    #[test]
    fn every_type_is_found_by_its_name_and_an_unknown_one_falls_back() {
        for kind in ALL {
            assert_eq!(of_type(kind.config_type()).config_type(), kind.config_type());
        }
        let bucket = of_type("AWS::S3::Bucket");
        assert_eq!((bucket.config_type(), bucket.noun()), ("", "resource"));
        assert_eq!(bucket.aspect(&["configuration", "name"]), "other");
        assert_eq!(bucket.aspect(&["tags", "team"]), "tags");
        assert_eq!(bucket.aspects_changed_by("PutBucketAcl", &json!(null)), None);
    }

    #[test]
    fn no_type_stumbles_over_an_odd_path_or_request() {
        let paths: [&[&str]; 6] = [
            &[],
            &[""],
            &["configuration"],
            &["supplementaryConfiguration"],
            &["configuration", ""],
            &["relationships", "x", "y"],
        ];
        for kind in ALL.iter().copied().chain([of_type("none")]) {
            for path in paths {
                let _ = (kind.aspect(path), kind.role_of(path));
                let _ = (kind.follows_from(path), kind.identity_key(path, &json!([])));
            }
            for request in [json!(null), json!([]), json!("x"), json!({})] {
                assert_eq!(kind.aspects_changed_by("GetFunction", &request), Some(vec![]));
            }
            assert_eq!(kind.role_of(&["configurationItemCaptureTime"]), FieldRole::Bookkeeping);
        }
    }
}
