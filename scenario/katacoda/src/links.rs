//! Links to a port of a host: `[[HOST_SUBDOMAIN]]-8080-[[KATACODA_HOST]]` and `{{TRAFFIC_HOST1_8080}}`.
//!
//! They are found everywhere in a text, also in code. This module does not read scripts with `sed 's/PORT/80/g'
//! /etc/killercoda/host`.

use std::ops::Range;

use memchr::memmem;

/// A placeholder that stands for a port of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The placeholder.
    pub span: Range<usize>,
    /// The port.
    pub port: u16,
}

/// All links, in order.
pub fn find(text: &str) -> Vec<Link> {
    find_any(text).0
}

/// All links, in order, and whether the text has any `{{TRAFFIC_`, with a port or without.
pub fn find_any(text: &str) -> (Vec<Link>, bool) {
    let mut has_traffic = false;
    let mut links: Vec<Link> = memmem::find_iter(text.as_bytes(), "[[")
        .filter_map(|at| subdomain(text, at))
        .chain(memmem::find_iter(text.as_bytes(), "{{TRAFFIC_").filter_map(|at| {
            has_traffic = true;
            traffic(text, at)
        }))
        .collect();
    links.sort_by_key(|link| link.span.start);
    (links, has_traffic)
}

/// `[[…SUBDOMAIN]]-8080-[[…]]`, also without the N, because some pages have this typing error, and `[[HOST]]-8080-[[…]]`.
fn subdomain(text: &str, at: usize) -> Option<Link> {
    let rest = &text[at + 2..];
    let (name, rest) = rest.split_at(name_length(rest));
    if !name.contains("SUBDOMAI") && name != "HOST" {
        return None;
    }
    let rest = rest.strip_prefix("]]-")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let port = rest[..digits].parse().ok()?;
    let host = rest[digits..].strip_prefix("-[[")?;
    let end = text.len() - host.len() + name_length(host);
    let end = if text[end..].starts_with("]]") { end + 2 } else { end };
    Some(Link { span: at..end, port })
}

/// `{{TRAFFIC_HOST1_8080}}`
fn traffic(text: &str, at: usize) -> Option<Link> {
    let rest = &text[at + 2..];
    let name = &rest[..name_length(rest)];
    let port = name.rsplit_once('_')?.1.parse().ok()?;
    rest[name.len()..].starts_with("}}").then(|| Link { span: at..at + name.len() + 4, port })
}

fn name_length(text: &str) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    text.bytes().take(64).take_while(is_part).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_link_has_its_port() {
        for (text, port) in [
            ("[[HOST_SUBDOMAIN]]-8080-[[KATACODA_HOST]]", 8080),
            ("[[CLIENT_SUBDOMAIN]]-80-[[KATACODA_HOST]]", 80),
            ("[[HOST2_SUBDOMAIN]]-81-[[KATACODA_HOST]]", 81),
            ("[[UUID_SUBDOMAIN]]-82-[[KATACODA_DOMAIN]]", 82),
            ("[[HOST_SUBDOMAI]]-83-[[KATACODA_HOST]]", 83),
            ("[[HOST]]-85-[[KATACODA_HOST]]", 85),
            ("{{TRAFFIC_HOST2_84}}", 84),
        ] {
            assert_eq!(find(text), [Link { span: 0..text.len(), port }], "{text}");
        }
    }

    #[test]
    fn other_placeholders_are_no_links() {
        for text in [
            "[[HOST_SUBDOMAIN]]",
            "[[HOST_IP]]:80",
            "{{TRAFFIC_SELECTOR}}",
            "{{TRAFFIC_HOST1_PORT}}",
            "[[HOST_SUBDOMAIN]]-999999-[[KATACODA_HOST]]",
            "[[HOST_SUBDOMAIN]]--[[A",
        ] {
            assert_eq!(find(text), [], "{text}");
        }
    }
}
