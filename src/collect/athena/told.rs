//! What was asked, what it cost, and what must not be concluded from it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Archive, ArchiveQuery, Gap, Source, Time};

/// The name of the document that holds what was found.
pub const DOCUMENT: &str = "cloudtrail/athena.json";

/// What a manifest calls the search: no operation of AWS has that name.
pub const OPERATION: &str = "SearchThroughAthena";

/// So many bytes are charged for at least, of each query.
const LEAST: u64 = 10_000_000;

/// Athena's price for a terabyte that is read, in US dollars: that of us-east-1 and most Regions;
/// some ask for more. Bytes are counted in whole megabytes, ten of them at least.
/// <https://aws.amazon.com/athena/pricing/>
const DOLLARS: u64 = 5;

/// What a query costs that read so many bytes, in millionths of a US dollar: nothing where it read
/// nothing. One that failed costs nothing either, whatever it has read; one that was cancelled does.
pub fn price(scanned: u64) -> u64 {
    if scanned == 0 {
        return 0;
    }
    let megabytes = scanned.div_ceil(1_000_000).saturating_mul(1_000_000).max(LEAST);
    megabytes.saturating_mul(DOLLARS).div_ceil(1_000_000)
}

/// What the queries did not see.
pub fn gaps(archive: &Archive) -> Vec<Gap> {
    let gap = |asked: String, reason: String, consequence: String| {
        Gap::new(Source::CloudTrail.word(), asked, reason, consequence)
    };
    let mut gaps = BTreeSet::new();
    let mut since: BTreeMap<&str, i64> = BTreeMap::new();
    for query in &archive.queries {
        let table = query.table.as_str();
        if let Some(reason) = &query.failed {
            gaps.insert(gap(
                format!("the table {table} through Athena"),
                reason.clone(),
                "What it would have found is not in this report.".to_owned(),
            ));
        }
        if query.unread > 0 {
            gaps.insert(gap(
                format!(
                    "the rows of {table} that the query {} gave",
                    query.id.as_deref().unwrap_or("without an id")
                ),
                format!(
                    "{} of {} could not be read as CloudTrail records",
                    query.unread, query.rows
                ),
                "What they say is not in this report.".to_owned(),
            ));
        }
        if !query.accounts.is_empty() {
            gaps.insert(gap(
                format!("the accounts that the table {table} holds"),
                format!(
                    "it answers only those who name an account, so that only {} could be asked",
                    query.accounts.join(", ")
                ),
                "Keys and sessions that were given out, and calls made, in other accounts were not \
                 seen."
                    .to_owned(),
            ));
        }
        for lacking in &query.lacking {
            gaps.insert(gap(
                format!("{lacking} of the records in {table}"),
                "the table has no column that holds it".to_owned(),
                consequence(lacking),
            ));
        }
        if let Some(from) = query.from {
            let earliest = since.entry(table).or_insert(from);
            *earliest = from.min(*earliest);
        }
    }
    for (table, from) in since {
        if let Ok(from) = jiff::Timestamp::from_second(from) {
            gaps.insert(gap(
                format!("records of {table} before {}", Time::from(from)),
                "Athena was not asked about them: the look-back ends there; raise --lookback"
                    .to_owned(),
                "What was done earlier is not in this report.".to_owned(),
            ));
        }
    }
    gaps.into_iter().collect()
}

fn consequence(lacking: &str) -> String {
    match lacking {
        "userIdentity.sessionContext.sourceIdentity" => {
            "Whom a session was handed to, where the role asks for that, is not known."
        }
        "userIdentity.inScopeOf" => {
            "Whether a session was that of the function itself is told by its name alone."
        }
        "userIdentity.onBehalfOf" => {
            "For which user of IAM Identity Center a call was made is not known."
        }
        "userIdentity.identityProvider" => {
            "Which provider vouched for a federated user is not known."
        }
        "errorMessage" => "What a refused call was about may not be known.",
        "resources" => "Calls that name the function among their resources alone were not found.",
        "recipientAccountId" => "In which account a call took effect is not known.",
        "readOnly" => "Whether a call reads or writes is told by its name.",
        _ => "What it would tell is not in this report.",
    }
    .to_owned()
}

/// What stands for queries where nobody asked anything.
pub fn unasked(table: &super::Table) -> ArchiveQuery {
    ArchiveQuery {
        engine: "athena".to_owned(),
        table: format!("{}.{}", table.name.database, table.name.table),
        failed: Some("nothing was looked for there: the finding is about no function".to_owned()),
        ..ArchiveQuery::default()
    }
}

/// One query, as it is kept: nothing was asked yet.
pub fn query(table: &super::Table, query: &super::Query, from: i64) -> ArchiveQuery {
    ArchiveQuery {
        sql: query.sql.clone(),
        accounts: query.accounts.clone(),
        lacking: table.lacking.iter().map(|&lacking| lacking.to_owned()).collect(),
        from: Some(from),
        failed: None,
        ..unasked(table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_those_of_whole_megabytes_and_ten_at_least() {
        assert_eq!(price(0), 0);
        assert_eq!(price(1), 50);
        assert_eq!(price(10_000_000), 50);
        assert_eq!(price(10_000_001), 55);
        assert_eq!(price(1_000_000_000_000), 5_000_000);
        assert_eq!(price(u64::MAX), u64::MAX.div_ceil(1_000_000));
    }

    #[test]
    fn what_a_table_lacks_is_said_once_however_often_it_is_asked() {
        let one = ArchiveQuery {
            table: "d.t".into(),
            lacking: vec!["userIdentity.inScopeOf".into()],
            from: Some(0),
            ..ArchiveQuery::default()
        };
        let failed = ArchiveQuery { failed: Some("it failed".into()), ..one.clone() };
        let unread = ArchiveQuery { unread: 2, rows: 5, ..one.clone() };
        let archive =
            Archive { queries: vec![one.clone(), one, failed, unread], ..Archive::default() };
        let gaps = gaps(&archive);
        assert_eq!(gaps.len(), 4, "{gaps:#?}");
    }
}
