//! Addresses and domains that cannot be clicked by accident.

use std::net::IpAddr;

/// Writes an address or a domain so that no program makes a link of it: `192[.]0[.]2[.]1`,
/// `2001[:]db8::1`, `c2[.]example[.]com`, `hxxps://c2[.]example[.]com/x`.
///
/// Principals of AWS services and addresses that never leave a network stay as they are; so does
/// what is neither address nor domain. What is defanged already, or in part, is defanged once.
pub fn defang(text: &str) -> String {
    let live = text.replace("[.]", ".").replace("[:]", ":");
    if let Ok(address) = live.parse::<IpAddr>() {
        return match address {
            IpAddr::V4(v4) if v4.is_private() || v4.is_loopback() || v4.is_link_local() => live,
            IpAddr::V4(_) => live.replace('.', "[.]"),
            IpAddr::V6(v6) if v6.is_loopback() || v6.is_unique_local() => live,
            IpAddr::V6(_) => live.replacen(':', "[:]", 1),
        };
    }
    let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let safe = match scheme.as_deref() {
        Some("http" | "hxxp") => Some("hxxp://"),
        Some("https" | "hxxps") => Some("hxxps://"),
        _ => None,
    };
    if let Some((safe, (_, rest))) = safe.zip(text.split_once("://")) {
        let (host, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        return format!("{safe}{}{path}", host.replace("[.]", ".").replace('.', "[.]"));
    }
    // One label before it is a service's principal; more are hosts that anybody can have.
    let service = live.strip_suffix(".amazonaws.com").is_some_and(|name| !name.contains('.'));
    if is_domain(&live) && !service {
        return live.replace('.', "[.]");
    }
    text.to_owned()
}

/// Defangs every address and URL in a sentence; other words with dots stay as they are, because
/// in a sentence they are file names as often as domains.
pub fn defang_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        let space = piece.get(word.len()..).unwrap_or_default();
        let core =
            word.trim_matches(|c: char| matches!(c, '.' | ',' | ';' | '(' | ')' | '"' | '\''));
        let bare = core.rsplit_once(':').map_or(core, |(host, _)| host);
        let scheme = core.get(..8).unwrap_or(core).to_ascii_lowercase();
        let is_link = scheme.starts_with("http://") || scheme.starts_with("https://");
        if core.parse::<IpAddr>().is_ok() || is_link {
            out.push_str(&word.replacen(core, &defang(core), 1));
        } else if bare.parse::<std::net::Ipv4Addr>().is_ok() {
            out.push_str(&word.replacen(bare, &defang(bare), 1));
        } else {
            out.push_str(word);
        }
        out.push_str(space);
    }
    out
}

/// A domain ends in a label of letters; anything with other characters is something else.
fn is_domain(text: &str) -> bool {
    let labels: Vec<&str> = text.trim_end_matches('.').split('.').collect();
    labels.len() > 1
        && labels.iter().all(|label| {
            !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
        })
        && labels.last().is_some_and(|last| {
            last.len() > 1 && last.chars().all(char::is_alphabetic) || last.starts_with("xn--")
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn outside_addresses_and_domains_are_defanged_and_others_stay() {
        for (text, shown) in [
            ("198.51.100.7", "198[.]51[.]100[.]7"),
            ("2001:db8::7", "2001[:]db8::7"),
            ("c2.example.com", "c2[.]example[.]com"),
            ("https://c2.example.com/a.b", "hxxps://c2[.]example[.]com/a.b"),
            ("10.1.2.3", "10.1.2.3"),
            ("cloudformation.amazonaws.com", "cloudformation.amazonaws.com"),
            ("x1.s3.amazonaws.com", "x1[.]s3[.]amazonaws[.]com"),
            ("HTTPS://c2.example.com", "hxxps://c2[.]example[.]com"),
            ("http://c2.example.com/[.]", "hxxp://c2[.]example[.]com/[.]"),
            ("198.51[.]100.7", "198[.]51[.]100[.]7"),
            ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS Internal", "AWS Internal"),
        ] {
            assert_eq!(defang(text), shown);
        }
    }

    proptest! {
        #[test]
        fn twice_is_once(text in r"(hxxps?://|HTTP://|[a-z]{1,3}|\.|\[\.\]|:|[0-9]{1,3}|\PC){0,12}") {
            prop_assert_eq!(defang(&defang(&text)), defang(&text));
        }

        #[test]
        fn addresses_survive_the_way_back(bytes: [u8; 16]) {
            let address = std::net::Ipv6Addr::from(bytes).to_string();
            prop_assert_eq!(defang(&address).replace("[:]", ":").replace("[.]", "."), address);
        }
    }
}
