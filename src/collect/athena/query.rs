//! What a round looks for, as few queries.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, tz::TimeZone};

use super::{
    partition::{Key, Kind, Stretch},
    quote::Sql,
    table::Table,
};
use crate::{
    collect::region,
    model::{Finding, Time},
    source::{Search, is_of_word},
};

/// Athena takes queries of up to 262,144 bytes; what is longer is asked in several.
/// <https://docs.aws.amazon.com/athena/latest/ug/service-limits.html>
const LONGEST: usize = 200_000;

/// So many words stand in one pattern.
const WORDS: usize = 400;

/// The text of a record, in which words are looked for.
const TEXT: &str = "casefile_text";

/// One query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The statement.
    pub sql: String,
    /// The only accounts that were asked, where the table wants them to be named and the question
    /// is about any.
    pub accounts: Vec<String>,
}

/// What bounds the queries of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Where no time is asked for, nothing older is.
    pub from: Time,
    /// The Regions to name where the table wants that.
    pub regions: Vec<String>,
}

impl Bounds {
    /// So many days before the activity of a finding, and the Regions beside that of its function.
    pub fn of(finding: &Finding, region: Option<&str>, lookback_days: u32) -> Self {
        let activity = finding.signal().or(finding.updated);
        let back = -i64::from(lookback_days) * 24 * 3600;
        let partition = region::partition_of(region.unwrap_or_default());
        let regions = region::all(partition).iter();
        Self {
            from: activity.map_or(Timestamp::UNIX_EPOCH.into(), |time| time.plus_seconds(back)),
            regions: regions.map(|&region| region.to_owned()).collect(),
        }
    }
}

/// The queries that find whatever has one of the signs.
///
/// Where the table tells accounts apart by its partitions, each account has a query of its own, so
/// that the days of one are not read of all; else one query asks for all.
pub fn queries(searches: &[Search], table: &Table, bounds: &Bounds) -> Vec<Query> {
    let key = table.key(|kind| *kind == Kind::Account);
    let mut asked: BTreeMap<Option<&str>, Vec<(Option<&str>, Group)>> = BTreeMap::new();
    for (account, groups) in by_account(searches, bounds) {
        let partition = if key.is_some() { account } else { None };
        let groups = groups.into_iter().map(|group| (account, group));
        asked.entry(partition).or_default().extend(groups);
    }
    let known: BTreeSet<&str> =
        searches.iter().filter_map(|search| search.account.as_deref()).collect();
    let mut queries = Vec::new();
    for (account, groups) in asked {
        let accounts: Vec<String> = match (key, account) {
            (Some(key), None) if key.injected => known.iter().map(|&it| it.to_owned()).collect(),
            _ => Vec::new(),
        };
        let partition = |stretches: &BTreeSet<Stretch>| {
            let named: Vec<&str> = match account {
                Some(account) => vec![account],
                None => accounts.iter().map(String::as_str).collect(),
            };
            partition(table, &named, stretches, bounds)
        };
        let (mut conditions, mut stretches, mut length) = (Vec::new(), BTreeSet::new(), 0);
        for (account, group) in groups {
            for condition in group.conditions(account.filter(|_| key.is_none()), table) {
                if length + condition.len() > LONGEST && !conditions.is_empty() {
                    let sql = select(table, partition(&stretches), conditions, &stretches);
                    queries.push(Query { sql: sql.to_string(), accounts: accounts.clone() });
                    (conditions, stretches, length) = (Vec::new(), BTreeSet::new(), 0);
                }
                length += condition.len();
                stretches.insert(group.stretch);
                conditions.push(condition);
            }
        }
        let sql = select(table, partition(&stretches), conditions, &stretches);
        queries.push(Query { sql: sql.to_string(), accounts });
    }
    queries
}

/// What is looked for within a stretch of time.
struct Group {
    stretch: Stretch,
    words: BTreeSet<String>,
    /// Everything of that time is asked for.
    any: bool,
}

/// What is looked for in each account: that without a time in one group, and that of times which
/// touch in one each.
fn by_account<'a>(
    searches: &'a [Search],
    bounds: &Bounds,
) -> BTreeMap<Option<&'a str>, Vec<Group>> {
    let mut by_account: BTreeMap<Option<&str>, Vec<Group>> = BTreeMap::new();
    let mut ordered: Vec<(Stretch, &Search)> = searches
        .iter()
        .map(|search| {
            let stretch = search.span.map_or(Stretch { from: bounds.from, to: None }, |span| {
                Stretch { from: span.from, to: Some(span.to) }
            });
            (stretch, search)
        })
        .collect();
    ordered.sort_by_key(|(stretch, search)| (stretch.to.is_some(), *stretch, *search));
    for (stretch, search) in ordered {
        let groups = by_account.entry(search.account.as_deref()).or_default();
        let touches = |group: &&mut Group| match (group.stretch.to, stretch.to) {
            (Some(end), Some(_)) => stretch.from <= end,
            (None, None) => true,
            _ => false,
        };
        let word = search.word.clone().filter(|word| word.bytes().all(is_of_word));
        let any = word.is_none();
        match groups.last_mut().filter(touches) {
            Some(group) => {
                group.stretch.to = group.stretch.to.max(stretch.to);
                group.words.extend(word);
                group.any |= any;
            }
            None => groups.push(Group { stretch, words: word.into_iter().collect(), any }),
        }
    }
    by_account
}

impl Group {
    /// Conditions on a record, one of which holds for each that has a sign.
    fn conditions(&self, account: Option<&str>, table: &Table) -> Vec<Sql> {
        let mut within = self.stretch.events();
        if let Some(account) = account
            && table.has("recipientaccountid")
        {
            within = within
                .words(" AND coalesce(")
                .name("recipientaccountid")
                .words(", ")
                .text(account)
                .words(") = ")
                .text(account);
        }
        let begun = Sql::of("(").then(&within);
        if self.any {
            return vec![begun.words(")")];
        }
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let with = |words: &[&str]| {
            let sql = begun.clone().words(" AND regexp_like(").name(TEXT).words(", ");
            sql.text(&pattern(words)).words("))")
        };
        words.chunks(WORDS).map(with).collect()
    }
}

impl Stretch {
    /// The condition on the time of an event. Texts are compared, a little beyond either end: times
    /// may have fractions of a second.
    fn events(self) -> Sql {
        let write = |time: Time| {
            time.timestamp().to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S").to_string()
        };
        let sql = Sql::default().name("eventtime").words(" >= ");
        let sql = sql.text(&write(self.from.plus_seconds(-1)));
        match self.to {
            None => sql,
            Some(to) => {
                sql.words(" AND ").name("eventtime").words(" <= ").text(&write(to.plus_seconds(2)))
            }
        }
    }
}

/// Finds any of the words where it stands by itself: with what can be no part of a word, or an
/// escape of JSON, on either side. A text in which a letter, digit, `-` or `_` is itself written as
/// an escape may hold any word.
fn pattern(words: &[&str]) -> String {
    format!(
        r"(?:^|[^A-Za-z0-9_-]|\\[bfnrt]|\\u[0-9A-Fa-f]{{4}})(?:{})(?:[^A-Za-z0-9_-]|$)|\\u00(?:2[Dd]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9Aa])",
        words.join("|")
    )
}

/// The condition on partitions, where they tell anything.
fn partition(
    table: &Table,
    accounts: &[&str],
    stretches: &BTreeSet<Stretch>,
    bounds: &Bounds,
) -> Option<Sql> {
    let is_one_of = |key: &Key, values: &[&str]| {
        let values = values.iter().map(|value| Sql::default().text(value));
        Sql::default().name(&key.name).words(" IN (").list(values, ", ").words(")")
    };
    let mut conditions = Vec::new();
    if let Some(key) = table.key(|kind| *kind == Kind::Account).filter(|_| !accounts.is_empty()) {
        conditions.push(is_one_of(key, accounts));
    }
    if let Some(key) = table.key(|kind| *kind == Kind::Region).filter(|key| key.injected) {
        let regions: Vec<&str> = bounds.regions.iter().map(String::as_str).collect();
        conditions.push(is_one_of(key, &regions));
    }
    let times: Vec<Sql> =
        joined(stretches).into_iter().filter_map(|stretch| stretch.among(&table.keys)).collect();
    if !times.is_empty() {
        conditions.push(Sql::of("(").list(times, " OR ").words(")"));
    }
    (!conditions.is_empty()).then(|| Sql::default().list(conditions, " AND "))
}

/// The same times in as few stretches as possible.
fn joined(stretches: &BTreeSet<Stretch>) -> Vec<Stretch> {
    let mut joined: Vec<Stretch> = Vec::new();
    for stretch in stretches {
        match joined.last_mut() {
            Some(last) if last.to.is_none_or(|end| stretch.from <= end) => {
                last.to = last.to.zip(stretch.to).map(|(one, other)| one.max(other));
            }
            _ => joined.push(*stretch),
        }
    }
    joined
}

/// The whole statement.
fn select(
    table: &Table,
    partition: Option<Sql>,
    conditions: Vec<Sql>,
    stretches: &BTreeSet<Stretch>,
) -> Sql {
    let names = || table.columns.iter().map(|column| Sql::default().name(column.name));
    let values = table.columns.iter().map(|column| {
        let name = Sql::default().name(column.name);
        if column.nested {
            Sql::of("json_format(CAST(").then(&name).words(" AS JSON)) AS ").then(&name)
        } else {
            Sql::of("CAST(").then(&name).words(" AS varchar) AS ").then(&name)
        }
    });
    let mut within: Vec<Sql> = partition.into_iter().collect();
    let times = joined(stretches).into_iter().map(|it| Sql::of("(").then(&it.events()).words(")"));
    within.push(Sql::of("(").list(times, " OR ").words(")"));
    Sql::of("SELECT ")
        .list(names(), ", ")
        .words("\nFROM (\n  SELECT ")
        .list(names(), ", ")
        .words(",\n    concat_ws(chr(10), ")
        .list(names(), ", ")
        .words(") AS ")
        .name(TEXT)
        .words("\n  FROM (\n    SELECT ")
        .list(values, ",\n      ")
        .words("\n    FROM ")
        .name(&table.name.database)
        .words(".")
        .name(&table.name.table)
        .words("\n    WHERE ")
        .list(within, "\n      AND ")
        .words("\n  )\n)\nWHERE ")
        .list(conditions, "\n  OR ")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop")]
mod tests {
    use proptest::prelude::*;
    use regex_lite::Regex;
    use sqlparser::{dialect::AnsiDialect, parser::Parser};

    use super::*;
    use crate::{collect::athena::table::Name, source::Span};

    fn at(text: &str) -> Time {
        Time::parse(text).unwrap()
    }

    fn search(word: &str, span: Option<(&str, &str)>, account: Option<&str>) -> Search {
        Search {
            word: Some(word.to_owned()).filter(|word| !word.is_empty()),
            span: span.and_then(|(from, to)| Span::new(at(from), at(to))),
            account: account.map(str::to_owned),
        }
    }

    fn asked(keys: &str, searches: &[Search]) -> Vec<Query> {
        let keys = Key::parse_all(keys).unwrap();
        let table = Table::standard(Name::parse("logs.trail").unwrap(), keys);
        let bounds = Bounds { from: at("2026-08-20T10:00:00Z"), regions: vec!["eu-west-1".into()] };
        queries(searches, &table, &bounds)
    }

    #[test]
    fn a_round_is_one_query_and_one_for_each_account_that_partitions_tell_apart() {
        let searches = [
            search("order-export", None, Some("111122223333")),
            search("ASIA1", Some(("2026-11-18T00:00:00Z", "2026-11-19T12:00:00Z")), None),
            search("CreateAccessKey", None, Some("111122223333")),
        ];
        let one = asked("region,year,month,day", &searches);
        assert_eq!(one.len(), 1);
        assert!(one[0].sql.contains("coalesce(\"recipientaccountid\", '111122223333')"));
        let two = asked("account,region,timestamp", &searches);
        assert_eq!(two.len(), 2);
        assert!(!two[0].sql.contains("\"account\""));
        assert!(
            two[0].sql.contains("\"timestamp\" >= '2026/11/18' AND \"timestamp\" < '2026/11/22'")
        );
        assert!(two[1].sql.contains("\"account\" IN ('111122223333')"));
        assert!(two[1].sql.contains("(?:CreateAccessKey|order-export)"), "{}", two[1].sql);
    }

    #[test]
    fn times_that_touch_are_one_and_others_are_apart() {
        let searches = [
            search("alice", Some(("2026-11-18T00:00:00Z", "2026-11-18T02:00:00Z")), None),
            search("bob", Some(("2026-11-18T01:00:00Z", "2026-11-18T03:00:00Z")), None),
            search("", Some(("2026-11-10T01:00:00Z", "2026-11-10T03:00:00Z")), None),
        ];
        let asked = asked("none", &searches);
        let conditions = asked[0].sql.split("\nWHERE ").nth(1).unwrap();
        assert_eq!(conditions.matches("\n  OR ").count(), 1, "{conditions}");
        assert_eq!(conditions.matches("regexp_like").count(), 1, "{conditions}");
        assert!(conditions.contains("(?:alice|bob)"));
        assert!(conditions.contains("<= '2026-11-18T03:00:02'"), "{conditions}");
    }

    #[test]
    fn what_is_too_long_for_one_query_is_asked_in_several() {
        let words: Vec<Search> = (0..20_000)
            .map(|n| search(&format!("word-of-some-length-{n}"), None, Some("111122223333")))
            .collect();
        let asked = asked("timestamp", &words);
        assert!((2..=4).contains(&asked.len()), "{}", asked.len());
        for query in &asked {
            assert!(query.sql.len() < 262_144);
            assert!(query.sql.contains("\"timestamp\" >= '2026/08/20'"));
        }
        let patterns = asked.iter().flat_map(|query| query.sql.split("(?:").skip(1));
        let found: BTreeSet<&str> = patterns
            .filter_map(|rest| rest.split_once(')'))
            .flat_map(|(words, _)| words.split('|'))
            .filter(|word| word.starts_with("word-of-some-length-"))
            .collect();
        assert_eq!(found.len(), 20_000);
    }

    #[test]
    fn a_table_that_wants_them_named_is_asked_of_the_accounts_that_are_known() {
        let mut table = Table::standard(
            Name::parse("logs.trail").unwrap(),
            Key::parse_all("account,region").unwrap(),
        );
        table.keys.iter_mut().for_each(|key| key.injected = true);
        let bounds = Bounds { from: at("2026-08-20T10:00:00Z"), regions: vec!["eu-west-1".into()] };
        let searches = [search("x", None, Some("111122223333")), search("y", None, None)];
        let asked = queries(&searches, &table, &bounds);
        assert_eq!(asked[0].accounts, ["111122223333"]);
        assert!(asked[0].sql.contains("\"account\" IN ('111122223333')"));
        assert!(asked[0].sql.contains("\"region\" IN ('eu-west-1')"));
        assert_eq!(asked[1].accounts, [""; 0]);
    }

    #[test]
    fn words_are_found_where_they_stand_by_themselves_however_that_is_written() {
        let found = |text: &str| Regex::new(&pattern(&["order-export"])).unwrap().is_match(text);
        for text in [
            "order-export",
            "function:order-export:live",
            r#"{"a":"x\norder-export\n"}"#,
            r"x\u000aorder-export\u0022",
            r#"{"a":"{\"b\":\"\\norder-export\"}"}"#,
            r"order\u002dexport",
            r"\u006frder-export",
        ] {
            assert!(found(text), "{text}");
        }
        for text in ["order-export-2", "my-order-export", "order-exports", r"order-export-2\u003d"]
        {
            assert!(!found(text), "{text}");
        }
    }

    proptest! {
        /// Whatever is looked for, each query is one statement that reads.
        #[test]
        fn every_query_is_one_statement(
            words in prop::collection::vec("[A-Za-z0-9_-]{1,12}|.{0,6}", 0..6),
            account in prop::option::of(".{0,14}"),
            keys in prop::sample::select(vec!["none", "account,timestamp", "year,month,day"]),
        ) {
            let searches: Vec<Search> =
                words.iter().map(|word| search(word, None, account.as_deref())).collect();
            for query in asked(keys, &searches) {
                let read = Parser::parse_sql(&AnsiDialect {}, &query.sql);
                prop_assert_eq!(read.map(|it| it.len()), Ok(1), "{}", query.sql);
            }
        }
    }
}
