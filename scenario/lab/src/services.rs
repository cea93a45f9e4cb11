//! What the book starts and a browser can look at: Prometheus, the learner's service.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use scenario_core::check;
use scenario_core::model::{CheckKind, Scenario, url_port};
use scenario_core::ports;
use scenario_core::runner::prometheus_address;
use scenario_core::world::World;

use crate::hub::Hub;
use crate::message::{Message, Service};
use crate::sync::locked;

/// The pages of Prometheus with the health of its targets, and with the answer to an expression. Version 3 redirects the
/// second.
const PAGES: (&str, &str) = ("/targets", "/graph?g0.tab=1&g0.expr=");
/// The same in Debian's package of version 2, which has only the older pages.
const CLASSIC_PAGES: (&str, &str) = ("/classic/targets", "/classic/graph?g0.tab=1&g0.expr=");

/// The services of a book, and which of them run.
#[derive(Debug)]
pub(crate) struct Services {
    known: Mutex<Vec<Service>>,
    hub: Arc<Hub>,
}

impl Services {
    /// Those of a book; whether they answer is not known yet.
    pub(crate) fn of(scenario: &Scenario, hub: Arc<Hub>) -> Services {
        Services { known: Mutex::new(services_of(scenario)), hub }
    }

    /// Takes the services of a book that was rendered again.
    pub(crate) fn replace(&self, scenario: &Scenario) {
        *locked(&self.known) = services_of(scenario);
    }

    /// Where the Prometheus at a port answers, with its path prefix; `None` where the book has none.
    pub(crate) fn prometheus(&self, port: u16) -> Option<String> {
        let known = locked(&self.known);
        let service = known.iter().find(|service| service.port == port)?;
        Some(format!("http://127.0.0.1:{port}{}", prefix(service.query.as_deref()?)))
    }

    /// All of them, as last refreshed.
    pub(crate) fn all(&self) -> Vec<Service> {
        locked(&self.known).clone()
    }

    /// Finds out which services answer, and sends that to the pages if it has changed: then it is true. This blocks.
    pub(crate) fn refresh(&self) -> bool {
        let before = self.all();
        let mut services = before.clone();
        for service in &mut services {
            let up = ports::accepts(service.port);
            if up && !service.up {
                find_pages(service);
            }
            service.up = up;
        }
        let has_changed = {
            let mut known = locked(&self.known);
            // The list has changed since this look began, by another look or a new book: what was found is out of date.
            let is_late = *known != before;
            let has_changed = !is_late && before != services;
            if has_changed {
                *known = services;
            }
            has_changed
        };
        if has_changed {
            self.hub.send_state(|| Message::Services { services: self.all() });
        }
        has_changed
    }
}

/// All services of a book, in the order in which it starts them.
fn services_of(scenario: &Scenario) -> Vec<Service> {
    let mut services: BTreeMap<u16, Service> = BTreeMap::new();
    for number in 1..=scenario.steps.len() {
        let address = prometheus_address(scenario, number, None);
        let (prometheus, prefix) = (url_port(&address), path_of(&address));
        let world = World::at(scenario, number);
        let containers = world.containers.iter().map(|(name, made)| (name, made, true));
        let backgrounds = world.backgrounds.iter().map(|(name, made)| (name, made, false));
        for (name, made, is_container) in containers.chain(backgrounds) {
            let Some(port) = made.port else { continue };
            let is_prometheus = !is_container && Some(port) == prometheus;
            let service = || Service {
                name: if is_prometheus { "Prometheus".to_owned() } else { name.clone() },
                port,
                up: false,
                frames: true,
                step: made.step,
                paths: match is_prometheus {
                    true => vec![format!("{prefix}{}", PAGES.0)],
                    false => paths(scenario, port),
                },
                query: is_prometheus.then(|| format!("{prefix}{}", PAGES.1)),
            };
            services.entry(port).or_insert_with(service);
        }
    }
    let mut services: Vec<Service> = services.into_values().collect();
    services.sort_by_key(|service| (service.query.is_none(), service.step, service.port));
    // Its container changes its name from step to step; to the reader it is one service.
    let mut others = services.iter_mut().filter(|service| service.query.is_none());
    if let (Some(only), None) = (others.next(), others.next()) {
        "App".clone_into(&mut only.name);
    }
    services
}

/// The path of an address without a slash at its end; empty where it has none.
fn path_of(address: &str) -> &str {
    let host = address.strip_prefix("http://").unwrap_or(address);
    host.find('/').map_or("", |at| &host[at..])
}

/// The paths of a port that the book's commands and checks mention, in the order of the book.
fn paths(scenario: &Scenario, port: u16) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut take = |text: &str| {
        let place = format!(":{port}/");
        for (at, _) in text.match_indices(&place) {
            let is_here = ["localhost", "127.0.0.1"].iter().any(|host| text[..at].ends_with(host));
            let rest = &text[at + place.len() - 1..];
            let end = rest.find(|c: char| !(c.is_alphanumeric() || "/-_.".contains(c))).unwrap_or(rest.len());
            // Without the value of a shell's variable the path is not known.
            let is_whole = !rest[end..].starts_with(['$', '{', '?']);
            let path = rest[..end].to_owned();
            if is_here && is_whole && !found.contains(&path) {
                found.push(path);
            }
        }
    };
    for step in &scenario.steps {
        for block in &step.blocks {
            block.kind.commands().iter().for_each(|command| take(&command.text));
        }
        for check in step.all_checks() {
            if let CheckKind::Http { url, .. } = &check.kind {
                take(url);
            }
        }
    }
    if found.is_empty() {
        found.push("/".to_owned());
    }
    found
}

/// The path prefix of a Prometheus, from its page with the answer to an expression.
fn prefix(query: &str) -> &str {
    // The longer one first: it ends with the other.
    let known = [CLASSIC_PAGES.1, PAGES.1];
    known.iter().find_map(|page| query.strip_suffix(page)).unwrap_or_default()
}

/// Finds out which pages a Prometheus has that has just come up, and whether they can be framed.
///
/// The learner's own service is not asked: it counts its requests.
fn find_pages(service: &mut Service) {
    let Some(query) = &service.query else { return };
    let prefix = prefix(query).to_owned();
    let get = |path: &str| check::get(&format!("http://127.0.0.1:{}{prefix}{path}", service.port)).ok();
    let is_there = |path: &str| get(path).is_some_and(|response| response.status == 200);
    let (targets, query) =
        if is_there(CLASSIC_PAGES.0) && !is_there(PAGES.0) { CLASSIC_PAGES } else { PAGES };
    service.frames = get(targets).is_none_or(|response| {
        !response.headers.iter().any(|(name, value)| {
            name == "x-frame-options"
                || (name == "content-security-policy" && value.contains("frame-ancestors"))
        })
    });
    (service.paths, service.query) = (vec![format!("{prefix}{targets}")], Some(format!("{prefix}{query}")));
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    use scenario_core::book::Book;

    use super::*;

    /// The services of a book whose Prometheus answers below `/prom` at a port.
    fn services_at(port: u16) -> Vec<Service> {
        let dir = tempfile::tempdir().expect("a folder");
        let page = format!(
            "```console background=prometheus ready=http://localhost:{port}/prom/-/ready within=1s\n\
             $ prometheus\n```\n"
        );
        std::fs::create_dir(dir.path().join("src")).expect("a folder");
        for (path, text) in [
            ("book.toml", "[book]\ntitle = \"A book\"\n"),
            ("src/SUMMARY.md", "- [One](one.md)\n"),
            ("src/one.md", &page),
        ] {
            std::fs::write(dir.path().join(path), text).expect("a file");
        }
        let book = Book::load(dir.path()).expect("a book");
        services_of(&book.into_scenario().expect("no mistakes"))
    }

    #[test]
    fn the_pages_of_prometheus_are_below_its_path_prefix() {
        let services = services_at(9190);
        assert_eq!(services.len(), 1);
        assert_eq!(services[0].paths, ["/prom/targets"]);
        assert_eq!(services[0].query.as_deref(), Some("/prom/graph?g0.tab=1&g0.expr="));
    }

    #[test]
    fn which_pages_a_prometheus_has_is_found_out_each_time_it_comes_up() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let there = Arc::new(Mutex::new("/prom/classic/targets"));
        let served = Arc::clone(&there);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
                let request = lines.next().expect("a request").expect("a line");
                lines.map_while(Result::ok).find(String::is_empty);
                let is_there = request.split(' ').nth(1) == Some(*locked(&served));
                let status = if is_there { "200 OK" } else { "404 Not Found" };
                let head = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                stream.write_all(head.as_bytes()).expect("an answer");
            }
        });
        let mut service = services_at(port).remove(0);
        for (targets, query) in [
            ("/prom/classic/targets", "/prom/classic/graph?g0.tab=1&g0.expr="),
            ("/prom/targets", "/prom/graph?g0.tab=1&g0.expr="),
        ] {
            *locked(&there) = targets;
            find_pages(&mut service);
            assert_eq!(service.paths, [targets]);
            assert_eq!(service.query.as_deref(), Some(query));
        }
    }
}
