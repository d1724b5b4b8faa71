//! Who a `CloudTrail` record says made a call.

use super::Time;

/// `userIdentity` of a `CloudTrail` record.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// `type`.
    pub kind: IdentityKind,
    /// `principalId`, such as `AROA…:session` or `AIDA…`.
    pub principal_id: Option<String>,
    /// `arn`.
    pub arn: Option<String>,
    /// `accountId`.
    pub account: Option<String>,
    /// `accessKeyId`.
    pub access_key: Option<String>,
    /// `userName`.
    pub user_name: Option<String>,
    /// `sessionContext.sessionIssuer`.
    pub issuer: Option<Issuer>,
    /// `sessionContext.attributes.creationDate`.
    pub session_created: Option<Time>,
    /// `sessionContext.attributes.mfaAuthenticated`.
    pub mfa: Option<bool>,
    /// `sessionContext.sourceIdentity`.
    pub source_identity: Option<String>,
    /// `invokedBy`: the AWS service that made the call on the caller's behalf.
    pub invoked_by: Option<String>,
    /// `identityProvider`, or `sessionContext.webIdFederationData.federatedProvider`.
    pub provider: Option<String>,
    /// `onBehalfOf.userId` of an IAM Identity Center user.
    pub on_behalf_of: Option<String>,
    /// `inScopeOf`: the resource whose code made the call.
    pub scope: Option<Scope>,
}

impl Identity {
    /// A role's session lasts at most twelve hours, so its beginning lies no more seconds back.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use.html>
    pub const LONGEST_SESSION: i64 = 12 * 3600;

    /// The part of `principalId` before the colon: the unique id of the role or user.
    pub fn unique_id(&self) -> Option<&str> {
        self.principal_id.as_deref()?.split(':').next().filter(|id| !id.is_empty())
    }

    /// The name of an assumed role's session: the last segment of the `assumed-role` ARN, else
    /// the part of `principalId` after the colon.
    pub fn session_name(&self) -> Option<&str> {
        if self.kind != IdentityKind::AssumedRole {
            return None;
        }
        let from_arn = self.arn.as_deref().and_then(|arn| {
            let (_, rest) = arn.split_once(":assumed-role/")?;
            rest.split_once('/').map(|(_, session)| session)
        });
        from_arn
            .or_else(|| self.principal_id.as_deref()?.split_once(':').map(|(_, session)| session))
            .filter(|session| !session.is_empty())
    }
}

/// `userIdentity.type`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum IdentityKind {
    /// `Root`.
    Root,
    /// `IAMUser`.
    IamUser,
    /// `AssumedRole`, and `Role`.
    AssumedRole,
    /// `FederatedUser`, from `GetFederationToken`.
    FederatedUser,
    /// `AWSAccount`: another account.
    Account,
    /// `AWSService`.
    Service,
    /// `IdentityCenterUser`.
    IdentityCenterUser,
    /// `SAMLUser`.
    SamlUser,
    /// `WebIdentityUser`.
    WebIdentityUser,
    /// No type, `Unknown`, `Directory`, or a type that AWS added since.
    #[default]
    Unknown,
}

/// `sessionContext.sessionIssuer`: whose credentials a session has.
#[derive(Clone, Debug, Default)]
pub struct Issuer {
    /// `type`: `Role`, `IAMUser`, `Root`.
    pub kind: Option<String>,
    /// `principalId`.
    pub principal_id: Option<String>,
    /// `arn`, with the role's path.
    pub arn: Option<String>,
    /// `accountId`.
    pub account: Option<String>,
    /// `userName`: the role's or user's name.
    pub name: Option<String>,
}

/// `inScopeOf`: the resource that a session's credentials were issued to.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// `issuerType`, such as `AWS::Lambda::Function`.
    pub issuer_type: Option<String>,
    /// `sourceArn`.
    pub source_arn: Option<String>,
    /// `credentialsIssuedTo`.
    pub issued_to: Option<String>,
}
