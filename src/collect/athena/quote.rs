//! SQL that values get into by being quoted, and in no other way.

use std::fmt;

/// A piece of SQL as Athena's engine, Trino, reads it: words that stand in this program, and values
/// as literals and names.
///
/// Words are `'static`, so that no text that was read can get in among them. Athena's execution
/// parameters would not do: they are pieces of SQL themselves, of at most 1,024 characters, and a
/// text among them has to be quoted as well.
/// <https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html>
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sql(String);

impl Sql {
    /// Begins with words of the language.
    pub fn of(words: &'static str) -> Self {
        Self(words.to_owned())
    }

    /// Goes on with words of the language.
    #[must_use]
    pub fn words(mut self, words: &'static str) -> Self {
        self.0.push_str(words);
        self
    }

    /// Goes on with a text. Within its quotes nothing but a quote means anything, and that is
    /// doubled.
    /// <https://trino.io/docs/current/language/types.html#varchar>
    #[must_use]
    pub fn text(self, value: &str) -> Self {
        self.quoted('\'', value)
    }

    /// Goes on with the name of a table or a column.
    /// <https://trino.io/docs/current/language/reserved.html#identifiers>
    #[must_use]
    pub fn name(self, value: &str) -> Self {
        self.quoted('"', value)
    }

    /// Goes on with a number.
    #[must_use]
    pub fn number(mut self, value: i64) -> Self {
        self.0.push_str(&value.to_string());
        self
    }

    /// Goes on with another piece.
    #[must_use]
    pub fn then(mut self, piece: &Self) -> Self {
        self.0.push_str(&piece.0);
        self
    }

    /// Goes on with pieces, and words between them.
    #[must_use]
    pub fn list(self, pieces: impl IntoIterator<Item = Self>, between: &'static str) -> Self {
        let mut pieces = pieces.into_iter();
        let begun = pieces.next().map_or_else(|| self.clone(), |first| self.clone().then(&first));
        pieces.fold(begun, |sql, piece| sql.words(between).then(&piece))
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    fn quoted(mut self, quote: char, value: &str) -> Self {
        self.0.push(quote);
        for character in value.chars() {
            if character == quote {
                self.0.push(quote);
            }
            self.0.push(character);
        }
        self.0.push(quote);
        self
    }
}

impl fmt::Display for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]
mod tests {
    use proptest::prelude::*;
    use sqlparser::{
        ast::{Expr, SelectItem, SetExpr, Statement, Value},
        dialect::AnsiDialect,
        parser::Parser,
    };

    use super::*;

    /// What a parser of SQL makes of a text as a literal and as a name.
    fn read_back(value: &str) -> (String, String) {
        let sql = Sql::of("SELECT ").text(value).words(" AS ").name(value).to_string();
        let mut statements = Parser::parse_sql(&AnsiDialect {}, &sql).unwrap();
        assert_eq!(statements.len(), 1, "{sql}");
        let Some(Statement::Query(query)) = statements.pop() else { panic!("{sql}") };
        let SetExpr::Select(mut select) = *query.body else { panic!("{sql}") };
        assert_eq!(select.projection.len(), 1, "{sql}");
        let Some(SelectItem::ExprWithAlias { expr: Expr::Value(literal), alias }) =
            select.projection.pop()
        else {
            panic!("{sql}")
        };
        let Value::SingleQuotedString(literal) = literal.value else { panic!("{sql}") };
        (literal, alias.value)
    }

    #[test]
    fn what_would_end_a_literal_or_a_name_does_not() {
        for value in [
            "x' OR '1'='1",
            "x\" FROM other --",
            "'",
            "\"",
            "''",
            "\\'",
            "\\",
            "x'; DROP TABLE y; --",
            "/* ' */ \" -- \n '",
            "\u{2019}\u{02bc}\u{ff07}",
            "?",
            "%_",
        ] {
            assert_eq!(read_back(value), (value.to_owned(), value.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn every_text_is_read_back_as_it_was(value in "[a'\"\\\\;?/*\n\t -]{1,20}|\\PC{1,20}") {
            prop_assert_eq!(read_back(&value), (value.clone(), value));
        }
    }
}
