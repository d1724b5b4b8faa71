//! Who is allowed: the same principal, however a record spells it.

use super::{Arn, Identity, IdentityKind, Subject};

/// The user, role, human, service or account behind an identity.
///
/// Names of users and roles are unique in their account, whatever their path, so account and name
/// tell whether two records speak of the same one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Principal {
    /// What it is.
    pub kind: PrincipalKind,
    /// The account it belongs to; `None` for services.
    pub account: Option<String>,
    /// Its name: of a user, a role, a service; the account's id for an account.
    pub name: String,
    /// The name of the session, where it is the session that tells one human from another.
    pub session: Option<String>,
}

/// What a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrincipalKind {
    /// The root user of an account.
    Root,
    /// An IAM user.
    User,
    /// A role.
    Role,
    /// A human, or a machine, that another identity provider vouches for.
    Federated,
    /// An AWS service.
    Service,
    /// Another account, of which nothing more is recorded.
    Account,
    /// The case's function itself.
    Function,
    /// Nothing that tells who it was.
    Unknown,
}

impl PrincipalKind {
    /// The word that data outputs use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::User => "user",
            Self::Role => "role",
            Self::Federated => "federated",
            Self::Service => "service",
            Self::Account => "account",
            Self::Function => "function",
            Self::Unknown => "unknown",
        }
    }
}

impl Principal {
    /// The principal behind an identity, as far as its own record tells.
    ///
    /// Sessions of a role are one principal, except where the role is that of IAM Identity Center,
    /// which names each session after its human. Elsewhere a session's name is the caller's choice.
    pub fn of(identity: &Identity) -> Self {
        let account = identity.account.clone().or_else(|| account_of(identity));
        let arn = identity.arn.as_deref().and_then(Arn::parse);
        match identity.kind {
            IdentityKind::Root => Self::named(PrincipalKind::Root, account, "root"),
            IdentityKind::IamUser => Self::user(identity),
            IdentityKind::AssumedRole => Self::role(identity),
            IdentityKind::FederatedUser => {
                let name = arn.map(|arn| arn.name().to_owned());
                let name = name.or_else(|| identity.unique_id().map(str::to_owned));
                Self::named(
                    PrincipalKind::Federated,
                    account,
                    name.as_deref().unwrap_or("federated user"),
                )
            }
            IdentityKind::Account => {
                let name = account.clone().unwrap_or_else(|| "another account".to_owned());
                Self::named(PrincipalKind::Account, account, &name)
            }
            IdentityKind::Service => {
                let name = identity.invoked_by.as_deref().unwrap_or("an AWS service");
                Self::named(PrincipalKind::Service, None, name)
            }
            IdentityKind::IdentityCenterUser
            | IdentityKind::SamlUser
            | IdentityKind::WebIdentityUser => {
                let name = identity
                    .user_name
                    .as_deref()
                    .or(identity.on_behalf_of.as_deref())
                    .or(identity.principal_id.as_deref())
                    .unwrap_or("federated user");
                Self::named(PrincipalKind::Federated, account, name)
            }
            IdentityKind::Unknown => match arn.as_ref().map(Arn::kind) {
                Some("user") => Self::user(identity),
                Some("assumed-role") => Self::role(identity),
                _ => {
                    let name = identity
                        .arn
                        .as_deref()
                        .or(identity.principal_id.as_deref())
                        .or(identity.user_name.as_deref())
                        .unwrap_or("unknown");
                    Self::named(PrincipalKind::Unknown, account, name)
                }
            },
        }
    }

    /// The principal that an ARN names: an IAM user or role, a session, an account's root.
    pub fn of_arn(text: &str) -> Option<Self> {
        let arn = Arn::parse(text)?;
        let account = Some(arn.account.to_owned());
        match (arn.service, arn.kind()) {
            ("iam", "user") => Some(Self::named(PrincipalKind::User, account, arn.name())),
            ("iam", "role") => Some(Self::named(PrincipalKind::Role, account, arn.name())),
            ("iam", "root") => Some(Self::named(PrincipalKind::Root, account, "root")),
            ("sts", "assumed-role") => {
                let mut parts = arn.resource.splitn(3, '/').skip(1);
                let (role, session) = (parts.next()?, parts.next());
                Some(Self::session_of(account, role, session))
            }
            _ => None,
        }
    }

    fn named(kind: PrincipalKind, account: Option<String>, name: &str) -> Self {
        Self { kind, account, name: name.to_owned(), session: None }
    }

    fn user(identity: &Identity) -> Self {
        let from_arn =
            identity.arn.as_deref().and_then(Arn::parse).map(|arn| arn.name().to_owned());
        let name = identity.user_name.clone().or(from_arn);
        let name = name.or_else(|| identity.unique_id().map(str::to_owned));
        let account = identity.account.clone().or_else(|| account_of(identity));
        Self::named(PrincipalKind::User, account, name.as_deref().unwrap_or("unknown user"))
    }

    fn role(identity: &Identity) -> Self {
        let issuer = identity.issuer.as_ref();
        let from_arn = identity.arn.as_deref().and_then(Arn::parse).and_then(|arn| {
            Some((arn.account.to_owned(), arn.resource.split('/').nth(1)?.to_owned()))
        });
        let name = from_arn
            .as_ref()
            .map(|(_, role)| role.clone())
            .or_else(|| issuer?.name.clone())
            .or_else(|| identity.unique_id().map(str::to_owned))
            .unwrap_or_else(|| "unknown role".to_owned());
        let account = issuer
            .and_then(|issuer| issuer.account.clone())
            .or_else(|| identity.account.clone())
            .or_else(|| from_arn.map(|(account, _)| account));
        Self::session_of(account, &name, identity.session_name())
    }

    fn session_of(account: Option<String>, role: &str, session: Option<&str>) -> Self {
        let human = role.starts_with("AWSReservedSSO_");
        let session = session.filter(|_| human).map(str::to_owned);
        let kind = if human { PrincipalKind::Federated } else { PrincipalKind::Role };
        Self { kind, account, name: role.to_owned(), session }
    }

    /// Whether the function itself made the calls of that identity: in the scope of the function,
    /// or in a session of its role that bears its name, as Lambda names them.
    pub fn is_function(identity: &Identity, subject: &Subject, role: &str) -> bool {
        if let Some(scope) = &identity.scope
            && scope.issuer_type.as_deref() == Some("AWS::Lambda::Function")
            && let Some(arn) = scope.source_arn.as_deref().and_then(Arn::parse)
        {
            let agrees = |own: &str, other: Option<&String>| other.is_none_or(|other| own == other);
            return arn.resource.split(':').nth(1) == Some(&subject.name)
                && agrees(arn.account, subject.account.as_ref())
                && agrees(arn.region, subject.region.as_ref());
        }
        identity.session_name() == Some(&subject.name)
            && Self::of(identity).is_role(subject.account.as_deref(), role)
    }

    /// Whether the identity is this principal and, where this names a session, that session.
    pub fn covers(&self, identity: &Identity) -> bool {
        let other = Self::of(identity);
        (self.kind, &self.account, &self.name) == (other.kind, &other.account, &other.name)
            && match self.session.as_deref() {
                Some(session) => identity.session_name() == Some(session),
                None => other.session.is_none(),
            }
    }

    /// Whether this is the role of that name in that account.
    pub fn is_role(&self, account: Option<&str>, name: &str) -> bool {
        self.name == name
            && matches!(self.kind, PrincipalKind::Role | PrincipalKind::Federated)
            && match (self.account.as_deref(), account) {
                (Some(own), Some(other)) => own == other,
                _ => true,
            }
    }
}

/// The account in an identity's ARN.
fn account_of(identity: &Identity) -> Option<String> {
    let account = Arn::parse(identity.arn.as_deref()?)?.account;
    (!account.is_empty()).then(|| account.to_owned())
}
