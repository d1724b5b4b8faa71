//! The many spellings of a Lambda function's name, and of the calls to it.
//!
//! A record may name a function by `name`, `name:qualifier`,
//! `123456789012:function:name`, or its ARN in any partition, with or without a
//! qualifier (the `FunctionName` shape of the Lambda API). Event names carry the
//! date of their API version: `CreateFunction20150331`.

/// The longest name or qualifier that is taken for one. The API's limit for a
/// name is 64, but its shape for every spelling together is 140.
const LONGEST: usize = 140;

/// A Lambda function as some text names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionRef {
    /// Twelve digits, where the text has them.
    pub account: Option<String>,
    /// The region, where the text has it. Any text: shared records have made-up ones.
    pub region: Option<String>,
    /// The function's own name. Capitals count.
    pub name: String,
    /// A version number, an alias, or `$LATEST`, where the text has one.
    pub qualifier: Option<String>,
}

impl FunctionRef {
    /// Reads any spelling of a function's name. `None` if the text is none, such
    /// as the ARN of a layer.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let (region, rest) = match parts.as_slice() {
            ["arn", partition, "lambda", region, rest @ ..] => {
                // Only a whole ARN begins so, and a whole one has its account.
                let whole = matches!(rest, [account, "function", _, ..] if is_account(account));
                if !whole || !is_word(partition) || !is_word(region) {
                    return None;
                }
                (Some(*region), rest)
            }
            [region, rest @ ..]
                if matches!(rest, [account, "function", _, ..] if is_account(account))
                    && is_word(region) =>
            {
                (Some(*region), rest)
            }
            all => (None, all),
        };
        let (account, rest) = match rest {
            [account, rest @ ..] if is_account(account) && !rest.is_empty() => {
                (Some(*account), rest)
            }
            all => (None, all),
        };
        let rest = match rest {
            ["function", rest @ ..] if !rest.is_empty() => rest,
            all => all,
        };
        let (name, qualifier) = match rest {
            [name] => (*name, None),
            [name, qualifier] if is_qualifier(qualifier) => (*name, Some(*qualifier)),
            _ => return None,
        };
        is_name(name).then(|| Self {
            account: account.map(str::to_owned),
            region: region.map(str::to_owned),
            name: name.to_owned(),
            qualifier: qualifier.map(str::to_owned),
        })
    }

    /// Whether both may name one function: the names are equal, and so are
    /// account and region wherever both are known. Qualifiers do not count.
    #[must_use]
    pub fn same_function(&self, other: &Self) -> bool {
        fn agree(one: Option<&String>, other: Option<&String>) -> bool {
            one.zip(other).is_none_or(|(one, other)| one == other)
        }
        self.name == other.name
            && agree(self.account.as_ref(), other.account.as_ref())
            && agree(self.region.as_ref(), other.region.as_ref())
    }

    /// Every function whose whole ARN stands in a longer text, such as an error
    /// message or an API Gateway integration URI. Each once, in order of mention.
    #[must_use]
    pub fn mentioned_in(text: &str) -> Vec<Self> {
        let mut found = Vec::new();
        for (start, _) in text.match_indices("arn:") {
            let Some((before, from)) = text.split_at_checked(start) else {
                continue;
            };
            if before.chars().next_back().is_some_and(is_name_char) {
                continue;
            }
            if let Some(function) = leading_arn(from)
                && !found.contains(&function)
            {
                found.push(function);
            }
        }
        found
    }
}

/// CloudTrail's event name without the date of the API version that Lambda's
/// names end in: `UpdateFunctionCode20150331v2` is `UpdateFunctionCode`.
#[must_use]
pub fn action(event_name: &str) -> &str {
    let without_digits = event_name.trim_end_matches(|digit: char| digit.is_ascii_digit());
    let without_version =
        without_digits.strip_suffix('v').filter(|_| without_digits.len() < event_name.len());
    [without_version, Some(event_name)]
        .into_iter()
        .flatten()
        .find_map(without_date)
        .unwrap_or(event_name)
}

/// The function whose ARN the text begins with, whatever follows the ARN.
fn leading_arn(text: &str) -> Option<FunctionRef> {
    let mut parts = text.splitn(7, ':');
    let mut head = String::new();
    for _ in 0..6 {
        head.push_str(parts.next()?);
        head.push(':');
    }
    let tail = parts.next()?;
    let (name, rest) = split_word(tail);
    // A pattern names no function.
    if rest.starts_with('*') {
        return None;
    }
    let mut function = FunctionRef::parse(&format!("{head}{name}"))?;
    function.qualifier = rest.strip_prefix(':').and_then(leading_qualifier);
    Some(function)
}

fn leading_qualifier(text: &str) -> Option<String> {
    let (sign, from) = match text.strip_prefix('$') {
        Some(from) => ("$", from),
        None => ("", text),
    };
    let qualifier = format!("{sign}{}", split_word(from).0);
    is_qualifier(&qualifier).then_some(qualifier)
}

/// The name that a text begins with, and what follows it.
fn split_word(text: &str) -> (&str, &str) {
    let end = text.find(|letter| !is_name_char(letter)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn without_date(text: &str) -> Option<&str> {
    let (base, date) = text.split_at_checked(text.len().checked_sub(8)?)?;
    let is_date = date.starts_with("20") && date.bytes().all(|byte| byte.is_ascii_digit());
    (is_date && !base.is_empty()).then_some(base)
}

fn is_name_char(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_')
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST && text.chars().all(is_name_char)
}

fn is_qualifier(text: &str) -> bool {
    matches!(text, "$LATEST" | "$LATEST.PUBLISHED") || is_name(text)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text can be a partition or a region.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::{FunctionRef, action};
    use proptest::prelude::*;

    fn parts(text: &str) -> Option<String> {
        FunctionRef::parse(text).map(|function| {
            let or_dash = |part: Option<String>| part.unwrap_or_else(|| "-".to_owned());
            format!(
                "{} {} {} {}",
                or_dash(function.account),
                or_dash(function.region),
                function.name,
                or_dash(function.qualifier)
            )
        })
    }

    #[test]
    fn every_spelling_of_a_name_is_read() {
        for (text, expected) in [
            ("job", "- - job -"),
            ("job:prod", "- - job prod"),
            ("job:$LATEST", "- - job $LATEST"),
            ("function", "- - function -"),
            ("function:job", "- - job -"),
            ("111122223333", "- - 111122223333 -"),
            ("111122223333:function:job", "111122223333 - job -"),
            ("111122223333:function:job:7", "111122223333 - job 7"),
            ("us-east-1:111122223333:function:job", "111122223333 us-east-1 job -"),
            ("arn:aws:lambda:us-east-1:111122223333:function:job", "111122223333 us-east-1 job -"),
            (
                "arn:aws-cn:lambda:cn-north-1:111122223333:function:job:$LATEST",
                "111122223333 cn-north-1 job $LATEST",
            ),
            (
                "arn:aws-us-gov:lambda:us-gov-west-1:111122223333:function:J_o-b:blue",
                "111122223333 us-gov-west-1 J_o-b blue",
            ),
            (
                "arn:aws:lambda:eugov-eastcentral-1r:712967571683:function:stratus-red-team-lambda-layer-simpleLambda",
                "712967571683 eugov-eastcentral-1r stratus-red-team-lambda-layer-simpleLambda -",
            ),
        ] {
            assert_eq!(parts(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_names_no_function_is_refused() {
        let long = "x".repeat(141);
        for text in [
            "",
            ":",
            "a b",
            "job:",
            "job:a:b",
            "../job",
            "job/x",
            "名前",
            "arn:aws:lambda:us-east-1:111122223333:layer:job:1",
            "arn:aws:lambda:us-east-1:111122223333:event-source-mapping:job",
            "arn:aws:lambda:us-east-1:111122223333:function:job:1:2",
            "arn:aws:lambda:us-east-1:111122223333:function:*",
            "arn:aws:lambda:us-east-1:1111:function:job",
            "arn:aws:lambda::111122223333:function:job",
            "arn:aws:iam::111122223333:role/job",
            "arn:aws:lambda",
            long.as_str(),
        ] {
            assert_eq!(parts(text), None, "{text}");
        }
    }

    #[test]
    fn functions_are_the_same_unless_something_known_differs() {
        let function = |text| FunctionRef::parse(text).unwrap();
        let here = function("arn:aws:lambda:us-east-1:111122223333:function:job:3");
        for same in ["job", "job:prod", "111122223333:function:job"] {
            assert!(here.same_function(&function(same)), "{same}");
            assert!(function(same).same_function(&here), "{same}");
        }
        for other in [
            "Job",
            "job-2",
            "444455556666:function:job",
            "arn:aws:lambda:us-east-2:111122223333:function:job",
        ] {
            assert!(!here.same_function(&function(other)), "{other}");
        }
    }

    #[test]
    fn functions_are_found_in_longer_texts() {
        let names = |text: &str| -> Vec<String> {
            FunctionRef::mentioned_in(text)
                .into_iter()
                .map(|function| match function.qualifier {
                    Some(qualifier) => format!("{}@{qualifier}", function.name),
                    None => function.name,
                })
                .collect()
        };
        let arn = "arn:aws:lambda:us-east-1:111122223333:function:job";
        for (text, expected) in [
            (
                format!(
                    "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: \
                     lambda:InvokeFunction on resource: {arn} because no identity-based policy allows it"
                ),
                vec!["job"],
            ),
            (
                format!(
                    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
                ),
                vec!["job"],
            ),
            (format!("functions/{arn}:${{stageVariables.alias}}/invocations"), vec!["job"]),
            (format!("{arn}-2, {arn}:$LATEST. {arn}: {arn}"), vec!["job-2", "job@$LATEST", "job"]),
            (format!("{arn}:7/x;{arn}はだめ"), vec!["job@7", "job"]),
            (format!("x{arn} {arn}* {arn}:prod"), vec!["job@prod"]),
            ("arn:aws:lambda:us-east-1:111122223333:layer:job:1".to_owned(), vec![]),
            ("arn:arn:arn: arn:aws:lambda:".to_owned(), vec![]),
        ] {
            assert_eq!(names(&text), expected, "{text}");
        }
    }

    #[test]
    fn an_event_name_loses_the_date_of_its_api() {
        for (event, expected) in [
            ("CreateFunction20150331", "CreateFunction"),
            ("UpdateFunctionCode20150331v2", "UpdateFunctionCode"),
            ("AddLayerVersionPermission20181031", "AddLayerVersionPermission"),
            ("SomethingNew20291231v10", "SomethingNew"),
            ("Mov20150331", "Mov"),
            ("CreateFunction", "CreateFunction"),
            ("CreateFunctionUrlConfig", "CreateFunctionUrlConfig"),
            ("Release19991231", "Release19991231"),
            ("Convert2015033", "Convert2015033"),
            ("Convert20150331v", "Convert20150331v"),
            ("20150331", "20150331"),
            ("é20150331v2", "é"),
            ("", ""),
        ] {
            assert_eq!(action(event), expected, "{event}");
        }
    }

    proptest! {
        #[test]
        fn an_arn_names_the_same_function_wherever_it_stands(
            name in "[A-Za-z0-9_-]{1,64}",
            account in "[0-9]{12}",
            before in "[ /\"(,]?",
            after in "([ /\"),;.].*)?",
        ) {
            let arn = format!("arn:aws:lambda:eu-west-1:{account}:function:{name}");
            let whole = FunctionRef::parse(&arn).unwrap();
            prop_assert_eq!(&whole.name, &name);
            let text = format!("{before}{arn}{after}");
            let found = FunctionRef::mentioned_in(&text);
            prop_assert_eq!(found.first(), Some(&whole));
        }

        #[test]
        fn any_text_is_survived(text in "(arn:|aws:lambda:|function:|:|\\PC){0,40}") {
            let _ = FunctionRef::parse(&text);
            for function in FunctionRef::mentioned_in(&text) {
                prop_assert!(text.contains(&function.name));
            }
            prop_assert!(text.starts_with(action(&text)));
        }
    }
}
