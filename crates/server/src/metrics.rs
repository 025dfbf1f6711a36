//! `GET /metrics`: counters and gauges in the text format of Prometheus.
//!
//! Written by hand: a dozen names with labels of our own words and registry names,
//! which need no escaping, are less than a library that would have to be fed from
//! the same counters. Labels never hold the name of a crate.
//!
//! Whoever may read every surface may read this: it tells the names of registries,
//! so as soon as one is closed it needs a token (`access.rs`).

mod archives;

use crate::app::App;
use crate::respond::{self, Routed, TextProblem};
use axum::extract::State;
use crossdock_registry::AlarmKind;
use http::HeaderMap;
use std::fmt::{Display, Write as _};

/// Answers with all metrics.
pub(crate) async fn metrics(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Routed, TextProblem> {
    app.access.reader_of_all(&headers)?;
    Ok(respond::metrics(text(&app).await))
}

async fn text(app: &App) -> String {
    let mut page = Page::default();
    page.begin("requests_total", "counter", "Answers by kind and status.");
    for (kind, class, count) in app.traffic.answers().filter(|(.., count)| *count > 0) {
        let status = format!("{class}xx");
        page.line(&[("kind", kind.word()), ("status", &status)], count);
    }
    page.begin(
        "requests_from_memory_total",
        "counter",
        "Answers that were finished in memory.",
    );
    for (kind, answers, _) in app
        .traffic
        .memory_served()
        .filter(|(_, count, _)| *count > 0)
    {
        page.line(&[("kind", kind.word())], answers);
    }
    page.begin(
        "bytes_from_memory_total",
        "counter",
        "Bytes of bodies that were finished in memory.",
    );
    for (kind, _, bytes) in app.traffic.memory_served().filter(|(.., bytes)| *bytes > 0) {
        page.line(&[("kind", kind.word())], bytes);
    }
    at_the_socket(app, &mut page);
    sent(app, &mut page);
    upstreams(app, &mut page);
    conflicts(app, &mut page).await;
    alarms(app, &mut page);
    if let Some(compacted) = app.federation.compacted() {
        archives::write(&compacted, &mut page);
    }
    page.begin("ready", "gauge", "1 if the store can be read and written.");
    let ready = app.federation.ready().await;
    page.line(&[], u8::from(ready.is_ok()));
    if let Ok(facts) = ready {
        page.begin("ledger_facts", "gauge", "Facts in the ledger.");
        page.line(&[], facts);
    }
    page.begin(
        "facts_not_learnt",
        "gauge",
        "Facts in the ledger that this node does not know yet.",
    );
    let followed = app.federation.followed();
    page.line(&[], followed.latest.saturating_sub(followed.known));
    page.text
}

fn at_the_socket(app: &App, page: &mut Page) {
    let (connections, too_fast) = app.traffic.at_the_socket();
    page.begin("connections", "gauge", "Connections that are open.");
    page.line(&[], connections);
    page.begin(
        "requests_too_fast_total",
        "counter",
        "Requests that were refused because their client asks too often.",
    );
    page.line(&[], too_fast);
    page.begin(
        "upload_bytes",
        "gauge",
        "Memory that uploads under way have reserved.",
    );
    page.line(&[], app.upload_room.taken_bytes());
}

fn sent(app: &App, page: &mut Page) {
    page.begin(
        "upstream_requests_total",
        "counter",
        "Requests that left for other registries, redirects and repeated tries included.",
    );
    for ((registry, kind), count) in app.egress.sent() {
        let labels = [("registry", registry.as_str()), ("kind", kind.word())];
        page.line(&labels, count);
    }
}

fn upstreams(app: &App, page: &mut Page) {
    let upstreams = app.federation.upstreams();
    page.begin(
        "upstream_index_answers_total",
        "counter",
        "Questions for index files to upstreams, by whether there was an answer.",
    );
    for (registry, health) in &upstreams {
        for (outcome, count) in [("answered", health.answers), ("silent", health.silences)] {
            page.line(
                &[("registry", registry.as_str()), ("outcome", outcome)],
                count,
            );
        }
    }
    page.begin(
        "upstream_up",
        "gauge",
        "0 if the upstream was silent when it was last asked.",
    );
    for (registry, health) in &upstreams {
        let up = u8::from(!health.silent);
        page.line(&[("registry", registry.as_str())], up);
    }
    page.begin(
        "upstream_paused",
        "gauge",
        "1 while the upstream is held to be down and only a probe is let through.",
    );
    for (registry, health) in &upstreams {
        page.line(&[("registry", registry.as_str())], u8::from(health.paused));
    }
    page.begin(
        "upstream_last_answer_seconds",
        "gauge",
        "Seconds since the upstream last answered; absent before it did.",
    );
    for (registry, health) in &upstreams {
        if let Some(seconds) = health.answered_secs_ago {
            page.line(&[("registry", registry.as_str())], seconds);
        }
    }
}

/// Upstreams are not asked for it, nor are names that are on record for nobody.
async fn conflicts(app: &App, page: &mut Page) {
    page.begin(
        "conflicts",
        "gauge",
        "Names on record that members of the view disagree about, that a claim contradicts or whose owner left.",
    );
    for view in app.federation.configuration().views.keys() {
        if let Ok(count) = app.federation.conflicts_held(view).await {
            page.line(&[("view", view.as_str())], count);
        }
    }
}

fn alarms(app: &App, page: &mut Page) {
    let alarms = app.federation.alarms();
    page.begin("alarms", "gauge", "Alarms that are up.");
    for ((registry, kind), count) in alarms.up() {
        let labels = [("registry", registry.as_str()), ("kind", kind.word())];
        page.line(&labels, count);
    }
    page.begin(
        "alarms_raised_total",
        "counter",
        "Alarms that were raised since the start.",
    );
    let raised = alarms.raised();
    for kind in AlarmKind::ALL {
        let count = raised.get(&kind).copied().unwrap_or_default();
        page.line(&[("kind", kind.word())], count);
    }
}

/// The text as it is written.
#[derive(Default)]
struct Page {
    text: String,
    name: &'static str,
}

impl Page {
    fn begin(&mut self, name: &'static str, sort: &str, help: &str) {
        self.name = name;
        let _infallible = write!(
            self.text,
            "# HELP crossdock_{name} {help}\n# TYPE crossdock_{name} {sort}\n"
        );
    }

    fn line(&mut self, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<_> = labels
            .iter()
            .map(|(label, text)| format!("{label}=\"{text}\""))
            .collect();
        let labels = match labels.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", labels.join(",")),
        };
        let _infallible = writeln!(self.text, "crossdock_{}{labels} {value}", self.name);
    }
}
