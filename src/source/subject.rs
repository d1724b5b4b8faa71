//! The function that a finding names, whole or in parts.

use crate::{
    model::{Finding, Subject},
    resource::FunctionRef,
};

/// The function that a finding is about, where the finding names one.
pub fn subject(finding: &Finding) -> Option<Subject> {
    let function = finding.function.as_ref()?;
    let arn = function.arn.as_deref().and_then(FunctionRef::parse);
    let name = function.name.as_deref().and_then(FunctionRef::parse);
    let named = arn.as_ref().or(name.as_ref())?;
    Some(Subject {
        account: named.account.clone().or_else(|| finding.account.clone()),
        region: named.region.clone().or_else(|| finding.region.clone()),
        name: named.name.clone(),
        version: function.version.clone().or_else(|| named.qualifier.clone()),
    })
}
