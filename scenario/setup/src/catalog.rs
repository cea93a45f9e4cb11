//! The servers that we can provide, as data: what each is called, where it comes from, and the flags we add.
//!
//! How a server is found, fetched and started is the same for all of them, and is not here.

/// A server, with the program for its files that comes with it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Server {
    /// What a list calls it.
    pub(crate) title: &'static str,
    /// Its names on PATH. A book's commands and its own release use the first.
    pub(crate) names: &'static [&'static str],
    /// The variable that names a server to be used.
    pub(crate) variable: &'static str,
    /// The program beside it that checks its files.
    pub(crate) companion: &'static str,
    pub(crate) pin: Pin,
    pub(crate) package: Package,
    /// In the order in which the server gets them.
    pub(crate) flags: &'static [Flag],
}

/// The release that we pinned.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pin {
    pub(crate) version: &'static str,
    /// How much is fetched.
    pub(crate) size: &'static str,
    pub(crate) sum_amd64: &'static str,
    pub(crate) sum_arm64: &'static str,
}

/// The package of Debian and Ubuntu.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: &'static str,
    /// How much is fetched.
    pub(crate) size: &'static str,
    /// The server below the root of the package.
    pub(crate) program: &'static str,
    /// The folder below the root of the package that has the server's files.
    pub(crate) assets: &'static str,
    /// Other packages that its web pages link to.
    pub(crate) linked: &'static [&'static str],
    /// A large folder of them that the pages do not use.
    pub(crate) unused: Option<&'static str>,
    /// Where the server looks for its files, if no flag says it.
    pub(crate) mount: Option<&'static str>,
}

/// A flag that we add unless the caller gives it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Flag {
    pub(crate) argument: Argument,
    /// The flags of a caller that replace it.
    pub(crate) replaced_by: &'static [&'static str],
}

/// What is added.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Argument {
    /// This flag, with the data folder.
    Data(&'static str),
    /// This flag, with the folder of the web pages, where the server needs it.
    Pages(&'static str),
    /// This text.
    Text(&'static str),
}

impl Server {
    /// What a book's commands call it.
    pub(crate) fn command(&self) -> &'static str {
        self.names[0]
    }
}

/// What the classic web pages of Prometheus 2.42 and 2.53 link to.
const PAGE_PACKAGES: [&str; 11] = [
    "libjs-bootstrap4",
    "libjs-eonasdan-bootstrap-datetimepicker",
    "libjs-jquery",
    "libjs-jquery-hotkeys",
    "libjs-moment",
    "libjs-moment-timezone",
    "libjs-mustache",
    "libjs-popper.js",
    "libjs-rickshaw",
    "libjs-d3",
    "fonts-glyphicons-halflings",
];

pub(crate) static PROMETHEUS: Server = Server {
    title: "Prometheus",
    names: &["prometheus"],
    variable: "SCENARIO_PROMETHEUS",
    companion: "promtool",
    // The release with long-term support until 2027-07-31.
    pin: Pin {
        version: "3.13.2",
        // Estimated from earlier releases (2.46 has 96 MB).
        size: "100 to 150 MB",
        sum_amd64: "0e8c4d46101bd025ea8265e377d2caabc57f488fc1be1c367f37db69ea41be6f",
        sum_arm64: "7cecb17a6f41d59814e1a0581a1f81f79051ad5973d1ecf39e23a9f747d6572a",
    },
    package: Package {
        name: "prometheus",
        size: "23 MB",
        program: "usr/bin/prometheus",
        assets: "usr/share/prometheus/web",
        linked: &PAGE_PACKAGES,
        // 210 MB of raw time zones; the pages use the packed ones.
        unused: Some("usr/share/javascript/moment-timezone/data"),
        mount: None,
    },
    flags: &[
        Flag {
            argument: Argument::Data("--storage.tsdb.path"),
            replaced_by: &["--storage.tsdb.path", "--agent", "--storage.agent.path"],
        },
        Flag {
            argument: Argument::Text("--web.listen-address=127.0.0.1:9090"),
            replaced_by: &["--web.listen-address"],
        },
        Flag { argument: Argument::Pages("--web.local-assets"), replaced_by: &["--web.local-assets"] },
    ],
};

pub(crate) static ALERTMANAGER: Server = Server {
    title: "Alertmanager",
    // Debian's has the longer name.
    names: &["alertmanager", "prometheus-alertmanager"],
    variable: "SCENARIO_ALERTMANAGER",
    companion: "amtool",
    pin: Pin {
        version: "0.28.1",
        // Estimated from the size of its two programs.
        size: "30 to 40 MB",
        sum_amd64: "5ac7ab5e4b8ee5ce4d8fb0988f9cb275efcc3f181b4b408179fafee121693311",
        sum_arm64: "d8832540e5b9f613d2fd759e31d603173b9c61cc7bb5e3bc7ae2f12038b1ce4f",
    },
    package: Package {
        name: "prometheus-alertmanager",
        size: "11 MB",
        program: "usr/bin/prometheus-alertmanager",
        assets: "usr/share",
        linked: &[],
        unused: None,
        // It does not start without the templates of its messages.
        mount: Some("/usr/share"),
    },
    flags: &[
        Flag { argument: Argument::Data("--storage.path"), replaced_by: &["--storage.path"] },
        Flag {
            argument: Argument::Text("--web.listen-address=127.0.0.1:9093"),
            replaced_by: &["--web.listen-address"],
        },
        // It would listen for other Alertmanagers, on all addresses.
        Flag {
            argument: Argument::Text("--cluster.listen-address="),
            replaced_by: &["--cluster.listen-address"],
        },
    ],
};
