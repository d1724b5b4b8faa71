#![expect(clippy::unwrap_used, reason = "a test may stop")]

use proptest::prelude::*;

use super::{Reference, ReferenceError};
use crate::collect::region;

const ID: &str = "46ba0ac2845071e23ccdeb2ae03bfdea";
const ARN: &str = "arn:aws:guardduty:eu-west-1:111122223333:detector/12abc34d567e8fa901bc2d34e56789f0/finding/46ba0ac2845071e23ccdeb2ae03bfdea";

/// `id account region detector partition`, each `-` when absent.
fn read(text: &str) -> Result<String, ReferenceError> {
    Reference::parse(text).map(|found| {
        let or_dash = |part: Option<String>| part.unwrap_or_else(|| "-".to_owned());
        let others = [found.account, found.region, found.detector, found.partition];
        format!("{} {}", found.id, others.map(or_dash).join(" "))
    })
}

#[test]
fn an_id_is_taken_as_it_is_written() {
    for id in [ID, "46BA0AC2845071E23CCDEB2AE03BFDEA", "sample-id-2", "a", &"x".repeat(300)] {
        assert_eq!(read(id).unwrap(), format!("{id} - - - -"));
    }
    assert_eq!(read(&format!(" {ID}\n")).unwrap(), format!("{ID} - - - -"));
}

#[test]
fn an_arn_says_everything() {
    let all = format!("{ID} 111122223333 eu-west-1 12abc34d567e8fa901bc2d34e56789f0 aws");
    assert_eq!(read(ARN).unwrap(), all);
    assert_eq!(
        read("arn:aws-us-gov:guardduty:us-gov-east-1:111122223333:detector/d/finding/F-1").unwrap(),
        "F-1 111122223333 us-gov-east-1 d aws-us-gov"
    );
}

#[test]
fn every_spelling_of_the_guardduty_console_is_read() {
    for (url, region_and_partition) in [
        // As Security Hub's findings name it in their SourceUrl.
        (
            "https://us-east-1.console.aws.amazon.com/guardduty/home?region=us-east-1#/findings?macros=current&fId=ID",
            "us-east-1 - aws",
        ),
        (
            "https://console.aws.amazon.com/guardduty/home?region=us-east-2#/findings?search=id%3DID",
            "us-east-2 - aws",
        ),
        (
            "https://console.aws.amazon.com/guardduty/home?region=us-east-2#/findings?search=id%253DID&macros=current",
            "us-east-2 - aws",
        ),
        (
            "https://console.aws.amazon.com/guardduty/home?region=us-east-2#/findings?search=id=ID",
            "us-east-2 - aws",
        ),
        (
            "https://console.aws.amazon.com/guardduty/home?region=us-east-2#/findings?macros=all&fId=ID&search=id%3Danother",
            "us-east-2 - aws",
        ),
        (
            "https://eu-west-1.console.aws.amazon.com/guardduty/home#/findings?fId=ID&macros=current",
            "eu-west-1 - aws",
        ),
        // Several sessions in one browser put the account before the Region.
        (
            "https://111122223333-abcdefgh.eu-west-1.console.aws.amazon.com/guardduty/home#/findings?fId=ID",
            "eu-west-1 - aws",
        ),
        (
            "https://111122223333-abcdefg1.console.aws.amazon.com/guardduty/home#/findings?fId=ID",
            "- - aws",
        ),
        (
            "EU-West-1.console.aws.amazon.com/guardduty/home#/findings?macros=current&fId=ID",
            "eu-west-1 - aws",
        ),
        // The way through the sign-in page.
        (
            "https://console.aws.amazon.com/guardduty/home?region=eu-north-1&hashArgs=%23%2Ffindings%3Fmacros%3Dcurrent%26fId%3DID&isauthcode=true",
            "eu-north-1 - aws",
        ),
        (
            "https://console.amazonaws-us-gov.com/guardduty/home?region=us-gov-east-1#/findings?search=id%3DID",
            "us-gov-east-1 - aws-us-gov",
        ),
        (
            "https://cn-north-1.console.amazonaws.cn/guardduty/home?region=cn-north-1#/findings?macros=current&fId=ID",
            "cn-north-1 - aws-cn",
        ),
    ] {
        let url = url.replace("ID", ID);
        assert_eq!(read(&url).unwrap(), format!("{ID} - {region_and_partition}"), "{url}");
    }
}

#[test]
fn the_arn_in_a_security_hub_url_is_read() {
    let all = format!("{ID} 111122223333 eu-west-1 12abc34d567e8fa901bc2d34e56789f0 aws");
    let once = percent_encoding::utf8_percent_encode(ARN, percent_encoding::NON_ALPHANUMERIC);
    let once = once.to_string();
    let twice = once.replace('%', "%25");
    for search in [
        format!("id%3D{once}"),
        format!("Id%3D%255Coperator%255C%253AEQUALS%255C%253A{twice}"),
        format!(
            "Id%3D%255Coperator%255C%253AEQUALS%255C%253A{}",
            twice.replace("%253A", "%255C%253A")
        ),
        format!("RecordState%3D%255Coperator%255C%253AEQUALS%255C%253AACTIVE%2CId%3D{ARN}&x=y"),
    ] {
        // Security Hub's own Region may be the one in which findings of others are gathered.
        let url = format!(
            "https://us-east-1.console.aws.amazon.com/securityhub/home?region=us-east-1#/findings?search={search}"
        );
        assert_eq!(read(&url).unwrap(), all, "{url}");
    }
}

#[test]
fn what_names_no_finding_is_refused_with_the_reason() {
    type Refused = fn(String) -> ReferenceError;
    let long = "x".repeat(301);
    let not_id: Refused = ReferenceError::NotAnId;
    let other_arn: Refused = ReferenceError::OtherArn;
    let without: Refused = ReferenceError::UrlWithoutFinding;
    for (text, reason) in [
        ("two words", not_id),
        ("a\u{0}b", not_id),
        ("a\u{202e}b", not_id),
        ("evidence/finding", not_id),
        ("finding.json", not_id),
        ("-", not_id),
        ("{\"id\":\"x\"}", not_id),
        ("Backdoor:Lambda/C&CActivity.B", not_id),
        ("https://example.com/guardduty/home#/findings?fId=abc", not_id),
        ("https://console.aws.amazon.com.example.com/guardduty/home#/findings?fId=abc", not_id),
        ("https://evilconsole.aws.amazon.com/guardduty/home#/findings?fId=abc", not_id),
        ("s3://bucket/key", not_id),
        ("arn:aws:lambda:us-east-1:111122223333:function:job", other_arn),
        ("arn:aws:guardduty:us-east-1:111122223333:detector/d", other_arn),
        ("arn:aws:guardduty:us-east-1:111122223333:detector/d/finding/", other_arn),
        ("arn:aws:guardduty:us-east-1:111122223333:detector/d/filter/f", other_arn),
        ("arn:aws:guardduty:example.com/:111122223333:detector/d/finding/f", other_arn),
        ("arn:aws:guardduty:us-east-1:me:detector/d/finding/f", other_arn),
        ("arn:aws:guardduty:us-east-1:111122223333:detector/d/finding/a b", other_arn),
        ("arn:", other_arn),
        ("https://console.aws.amazon.com", without),
        ("https://console.aws.amazon.com/guardduty/home?region=us-east-1#/findings", without),
        (
            "https://console.aws.amazon.com/guardduty/home?region=us-east-1#/findings?macros=current",
            without,
        ),
        ("https://console.aws.amazon.com/guardduty/home#/findings?fId=", without),
        (
            "https://console.aws.amazon.com/guardduty/home#/findings?search=id%3D%5Coperator%5C%3APREFIX%5C%3Aab",
            without,
        ),
        ("https://console.aws.amazon.com/lambda/home?region=us-east-1#/functions?fId=abc", without),
        (
            "https://console.aws.amazon.com/securityhub/home?region=us-east-1#/findings?search=id%3Dabc",
            without,
        ),
    ] {
        assert_eq!(read(text), Err(reason(text.to_owned())));
    }
    assert_eq!(read(" \t\n"), Err(ReferenceError::Empty));
    assert!(matches!(read(&long), Err(ReferenceError::NotAnId(shown)) if shown.len() < 300));
}

#[test]
fn a_url_that_leaves_a_doubt_is_refused() {
    let home = "https://console.aws.amazon.com/guardduty/home";
    let two = format!("{home}?region=eu-west-1#/findings?search=id%3Da%2Cid%3Db");
    assert_eq!(read(&two), Err(ReferenceError::UrlWithSeveral(two.clone())));
    let host = format!("{home}?region=example.com%2F#/findings?fId=a");
    assert_eq!(read(&host), Err(ReferenceError::UrlRegion(host.clone())));
}

#[test]
fn a_refusal_shows_no_control_characters() {
    let shown = read("a\u{1b}[31m\u{202e}b").unwrap_err().to_string();
    assert!(shown.contains(r"a\u{1b}[31m\u{202e}b"), "{shown}");
}

proptest! {
    #[test]
    fn no_text_stops_it(text in any::<String>()) {
        let _ = Reference::parse(&text);
    }

    #[test]
    fn no_url_stops_it(tail in r"[%?#&=/\\:,a-f0-9é]{0,60}", text in any::<String>()) {
        for url in [
            format!("https://console.aws.amazon.com{tail}"),
            format!("https://{text}.console.amazonaws.cn/guardduty{text}#?fId={tail}{text}"),
            format!("arn:aws:guardduty:{text}:{tail}"),
        ] {
            if let Ok(found) = Reference::parse(&url) {
                prop_assert!(found.region.is_none_or(|name| region::is_name(&name)));
            }
        }
    }

    #[test]
    fn an_arn_comes_back(
        partition in prop::sample::select(vec!["aws", "aws-cn", "aws-us-gov"]),
        at in any::<prop::sample::Index>(),
        account in "[0-9]{12}",
        detector in "[0-9a-f]{32}",
        id in "[A-Za-z0-9]([A-Za-z0-9_:-]{0,299})",
    ) {
        let region = *at.get(region::all(partition));
        let arn = format!("arn:{partition}:guardduty:{region}:{account}:detector/{detector}/finding/{id}");
        let expected = Reference {
            id,
            account: Some(account),
            region: Some(region.to_owned()),
            detector: Some(detector),
            partition: Some(partition.to_owned()),
        };
        prop_assert_eq!(Reference::parse(&arn), Ok(expected));
    }
}
