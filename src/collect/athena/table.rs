//! The table of `CloudTrail` records that is asked: its columns, and how its partitions are told
//! apart.
//!
//! It is made as AWS describes it, or nearly so: whatever else a table has is left alone, and what
//! it lacks is a gap.
//! <https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table.html>,
//! <https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-org-wide-trail.html>,
//! <https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-partition-projection.html>

use std::collections::{BTreeMap, BTreeSet};

use super::partition::{Format, Key, Kind};

/// The columns of the standard table that records are made of, with the names that `CloudTrail`
/// gives them. Those without which nothing can be told come first.
pub const COLUMNS: [(&str, &str); 29] = [
    ("eventtime", "eventTime"),
    ("eventname", "eventName"),
    ("eventsource", "eventSource"),
    ("useridentity", "userIdentity"),
    ("requestparameters", "requestParameters"),
    ("responseelements", "responseElements"),
    ("eventversion", "eventVersion"),
    ("awsregion", "awsRegion"),
    ("sourceipaddress", "sourceIPAddress"),
    ("useragent", "userAgent"),
    ("errorcode", "errorCode"),
    ("errormessage", "errorMessage"),
    ("additionaleventdata", "additionalEventData"),
    ("requestid", "requestID"),
    ("eventid", "eventID"),
    ("readonly", "readOnly"),
    ("resources", "resources"),
    ("eventtype", "eventType"),
    ("apiversion", "apiVersion"),
    ("managementevent", "managementEvent"),
    ("recipientaccountid", "recipientAccountId"),
    ("serviceeventdetails", "serviceEventDetails"),
    ("sharedeventid", "sharedEventID"),
    ("vpcendpointid", "vpcEndpointId"),
    ("vpcendpointaccountid", "vpcEndpointAccountId"),
    ("eventcategory", "eventCategory"),
    ("addendum", "addendum"),
    ("sessioncredentialfromconsole", "sessionCredentialFromConsole"),
    ("tlsdetails", "tlsDetails"),
];

/// So many of [`COLUMNS`] a table must have.
const NEEDED: usize = 6;

/// What the report uses of a record and a table may lack: what it is in a record, the column, and
/// the member where the column is a structure.
const USED: [(&str, &str, &str); 10] = [
    ("userIdentity.sessionContext.sourceIdentity", "useridentity", "sourceidentity"),
    ("userIdentity.inScopeOf", "useridentity", "inscopeof"),
    ("userIdentity.onBehalfOf", "useridentity", "onbehalfof"),
    ("userIdentity.identityProvider", "useridentity", "identityprovider"),
    ("sessionCredentialFromConsole", "sessioncredentialfromconsole", ""),
    ("additionalEventData", "additionaleventdata", ""),
    ("errorMessage", "errormessage", ""),
    ("resources", "resources", ""),
    ("recipientAccountId", "recipientaccountid", ""),
    ("readOnly", "readonly", ""),
];

/// The user identity of the standard table, in AWS's order.
const IDENTITY: &str = "struct<type:string,principalid:string,arn:string,accountid:string,\
     invokedby:string,accesskeyid:string,username:string,\
     onbehalfof:struct<userid:string,identitystorearn:string>,\
     sessioncontext:struct<attributes:struct<mfaauthenticated:string,creationdate:string>,\
     sessionissuer:struct<type:string,principalid:string,arn:string,accountid:string,\
     username:string>,ec2roledelivery:string,\
     webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>>>";

/// A table by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The database.
    pub database: String,
    /// The table in it.
    pub table: String,
}

impl Name {
    /// Reads `DATABASE.TABLE`.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let is_name = |name: &str| {
            !name.is_empty()
                && name.len() <= 255
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        };
        match text.split_once('.') {
            Some((database, table)) if is_name(database) && is_name(table) => {
                Ok(Self { database: database.to_lowercase(), table: table.to_lowercase() })
            }
            _ => Err(format!("athena:{text} names no table: give athena:DATABASE.TABLE")),
        }
    }
}

/// A column that is selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, in lower case.
    pub name: &'static str,
    /// Its type is a structure, a list or a map; all others are texts, or become such.
    pub nested: bool,
}

/// A table of `CloudTrail` records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: Name,
    /// The columns that records are made of.
    pub columns: Vec<Column>,
    /// The columns by which it is partitioned.
    pub keys: Vec<Key>,
    /// What of a record it lacks, and the report would use.
    pub lacking: Vec<&'static str>,
}

/// What AWS says of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// Columns: name and type.
    pub columns: Vec<(String, String)>,
    /// Those by which it is partitioned.
    pub keys: Vec<(String, String)>,
    /// Its properties, such as `projection.timestamp.format`.
    pub properties: BTreeMap<String, String>,
}

impl Table {
    /// The standard table, as AWS tells to make it, with these partitions.
    pub fn standard(name: Name, keys: Vec<Key>) -> Self {
        let columns = COLUMNS.into_iter().filter(|(name, _)| *name != "managementevent");
        let typed = columns.map(|(name, _)| {
            let kind = match name {
                "useridentity" => IDENTITY,
                "resources" => "array<struct<arn:string,accountid:string,type:string>>",
                "tlsdetails" => "struct<tlsversion:string,ciphersuite:string>",
                _ => "string",
            };
            (name.to_owned(), kind.to_owned())
        });
        let typed: BTreeMap<String, String> = typed.collect();
        Self::of_columns(name, &typed, keys)
    }

    /// The table that is so described; `told` stands in for the partitions that it describes.
    ///
    /// # Errors
    /// Why it cannot be asked, as a sentence.
    pub fn described(
        name: Name,
        description: &Description,
        told: Option<Vec<Key>>,
    ) -> Result<Self, String> {
        let typed: BTreeMap<String, String> = description
            .columns
            .iter()
            .map(|(name, kind)| (name.to_lowercase(), kind.to_lowercase()))
            .collect();
        let lacks = |(name, _): &&(&str, &str)| {
            typed.get(*name).is_none_or(|kind| *name == "eventtime" && !is_text(kind))
        };
        if let Some((lacking, _)) = COLUMNS.iter().take(NEEDED).find(lacks) {
            return Err(format!(
                "the table {}.{} has no {lacking} as text, so it is no table of CloudTrail \
                 records as AWS describes it",
                name.database, name.table
            ));
        }
        let keys = told.unwrap_or_else(|| keys(description));
        let wants = |key: &&Key| key.injected && matches!(key.kind, Kind::Other);
        if let Some(key) = keys.iter().find(wants) {
            return Err(format!(
                "the table {}.{} answers only those who name a value of its partition {}",
                name.database, name.table, key.name
            ));
        }
        Ok(Self::of_columns(name, &typed, keys))
    }

    fn of_columns(name: Name, typed: &BTreeMap<String, String>, keys: Vec<Key>) -> Self {
        let columns = COLUMNS.into_iter().filter_map(|(name, _)| {
            let kind = typed.get(name)?;
            Some(Column { name, nested: !is_text(kind) && kind.contains('<') })
        });
        let lacking = USED.into_iter().filter(|(_, column, member)| {
            typed.get(*column).is_none_or(|kind| !member.is_empty() && !has(kind, member))
        });
        let lacking = lacking.map(|(what, _, _)| what).collect();
        Self { name, columns: columns.collect(), keys, lacking }
    }

    /// Whether a column is there to be selected.
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|own| own.name == column)
    }

    /// The key of that kind.
    pub fn key(&self, wanted: impl Fn(&Kind) -> bool) -> Option<&Key> {
        self.keys.iter().find(|key| wanted(&key.kind))
    }
}

fn is_text(kind: &str) -> bool {
    kind == "string" || kind.starts_with("varchar") || kind.starts_with("char")
}

/// Whether the type of a structure, at any depth, has a member of that name.
fn has(kind: &str, member: &str) -> bool {
    kind.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == member)
}

/// The partitions of a table by its description.
fn keys(description: &Description) -> Vec<Key> {
    let names: BTreeSet<String> =
        description.keys.iter().map(|(name, _)| name.to_lowercase()).collect();
    let by_parts = names.contains("year") && names.contains("month");
    let projected = description
        .properties
        .get("projection.enabled")
        .is_some_and(|enabled| enabled.eq_ignore_ascii_case("true"));
    let key = |(name, kind): &(String, String)| {
        let property = |what: &str| {
            let name = format!("projection.{name}.{what}");
            description.properties.get(&name).filter(|_| projected).map(String::as_str)
        };
        let text = is_text(&kind.to_lowercase());
        let told = match property("type") {
            Some(kind) if kind.eq_ignore_ascii_case("date") => {
                property("format").and_then(Format::parse).filter(|_| text).map(Kind::Date)
            }
            _ => Some(Kind::of_name(name, by_parts)).filter(|kind| match kind {
                // How the dates of partitions that were added by hand are written is not said.
                Kind::Date(_) => false,
                Kind::Account | Kind::Region => text,
                _ => true,
            }),
        };
        Key {
            name: name.to_lowercase(),
            kind: told.unwrap_or(Kind::Other),
            injected: property("type").is_some_and(|kind| kind.eq_ignore_ascii_case("injected")),
        }
    };
    description.keys.iter().map(key).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;

    fn described(keys: &[(&str, &str)], properties: &[(&str, &str)]) -> Description {
        let pairs = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>()
        };
        let columns = COLUMNS.map(|(name, _)| {
            (name.to_owned(), if name == "useridentity" { IDENTITY } else { "string" }.to_owned())
        });
        Description {
            columns: columns.to_vec(),
            keys: pairs(keys),
            properties: pairs(properties).into_iter().collect(),
        }
    }

    fn kinds(description: &Description) -> Vec<Kind> {
        let table = Table::described(Name::parse("d.t").unwrap(), description, None).unwrap();
        table.keys.into_iter().map(|key| key.kind).collect()
    }

    #[test]
    fn the_forms_that_aws_describes_are_told_apart() {
        assert_eq!(kinds(&described(&[], &[])), []);
        let by_hand = ["account", "region", "year", "month", "day"].map(|name| (name, "string"));
        assert_eq!(
            kinds(&described(&by_hand, &[])),
            [Kind::Account, Kind::Region, Kind::Year, Kind::Month, Kind::Day]
        );
        let projection = [
            ("projection.enabled", "true"),
            ("projection.timestamp.type", "date"),
            ("projection.timestamp.format", "yyyy/MM/dd"),
            ("projection.region.type", "injected"),
        ];
        let projected = described(&[("region", "string"), ("timestamp", "string")], &projection);
        let format = Format::parse("yyyy/MM/dd").unwrap();
        assert_eq!(kinds(&projected), [Kind::Region, Kind::Date(format)]);
    }

    #[test]
    fn what_is_not_understood_narrows_nothing() {
        let strange =
            described(&[("account", "bigint"), ("dt", "string"), ("team", "string")], &[]);
        assert_eq!(kinds(&strange), [Kind::Other, Kind::Other, Kind::Other]);
        let backwards = [
            ("projection.enabled", "true"),
            ("projection.dt.type", "date"),
            ("projection.dt.format", "dd-MM-yyyy"),
        ];
        assert_eq!(kinds(&described(&[("dt", "string")], &backwards)), [Kind::Other]);
        let injected = [("projection.enabled", "true"), ("projection.team.type", "injected")];
        let injected = described(&[("team", "string")], &injected);
        let refused = Table::described(Name::parse("d.t").unwrap(), &injected, None);
        assert!(refused.unwrap_err().contains("its partition team"));
    }

    #[test]
    fn what_the_table_lacks_is_known_and_too_little_is_refused() {
        let standard = Table::standard(Name::parse("d.t").unwrap(), Vec::new());
        assert_eq!(
            standard.lacking,
            [
                "userIdentity.sessionContext.sourceIdentity",
                "userIdentity.inScopeOf",
                "userIdentity.identityProvider"
            ]
        );
        let mut little = described(&[], &[]);
        little.columns.retain(|(name, _)| name != "resources");
        let table = Table::described(Name::parse("d.t").unwrap(), &little, None).unwrap();
        assert!(table.lacking.contains(&"resources") && !table.has("resources"));
        little.columns.retain(|(name, _)| name != "requestparameters");
        let refused = Table::described(Name::parse("d.t").unwrap(), &little, None);
        assert!(refused.unwrap_err().contains("no requestparameters"));
    }

    #[test]
    fn names_are_checked() {
        let name = Name::parse("Logs.cloudtrail_logs-1").unwrap();
        assert_eq!((name.database.as_str(), name.table.as_str()), ("logs", "cloudtrail_logs-1"));
        for wrong in ["", "logs", "logs.", ".t", "a.b.c", "a.b c", "a.b\"", "a.b;c", "ä.b"] {
            assert!(Name::parse(wrong).is_err(), "{wrong}");
        }
    }
}
