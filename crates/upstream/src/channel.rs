//! Asking until there is an answer or the deadline: tries, waits, places, outages.
//!
//! An upstream has two channels, one for the index and one for archives, because
//! they usually lead to different hosts: each has its own connections, its own
//! limit of requests under way, and its own opinion of whether the other end is up.
//!
//! Absent: what one try is (`fetch.rs`) and what an answer means (`sparse.rs`).

use crate::breaker::{Breaker, Outage};
use crate::clock;
use crate::egress::{Egress, Errand};
use crate::fetch::{Answer, Failure, fetch};
use crate::reach::Guard;
use crate::refusals::Refusals;
use crate::retry_after::{RETRY_AFTER_MAX, retry_after};
use crate::secret::Secret;
use crate::shown::shown;
use crossdock_core::registry_name::RegistryName;
use crossdock_registry::ports::{Reason, Silence};
use http::{HeaderMap, StatusCode};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout_at};
use url::Url;

/// The wait after the first failed try; each further one doubles it.
///
/// Small, because someone waits, and without jitter, because one process asks
/// here, not a crowd: a lost packet or a restarting worker is over by then.
const BACKOFF_FIRST: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(2);

/// One way to an upstream.
pub(crate) struct Channel {
    pub(crate) registry: RegistryName,
    pub(crate) client: reqwest::Client,
    pub(crate) home: Url,
    pub(crate) token: Option<Secret>,
    pub(crate) guard: Arc<Guard>,
    pub(crate) egress: Arc<Egress>,
    pub(crate) breaker: Breaker,
    pub(crate) refusals: Refusals,
    /// Requests under way; the rest queue until their deadline.
    pub(crate) places: Semaphore,
    pub(crate) retries: u32,
}

/// What is asked.
pub(crate) struct Question<'q> {
    pub(crate) errand: &'q Errand,
    /// Why it may be asked.
    pub(crate) reason: &'q Reason,
    pub(crate) url: &'q Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body_bytes_max: usize,
}

/// Why one try did not settle the question.
enum Unsettled {
    /// The connection failed before an answer began.
    Silent(Outage, String),
    /// An answer began, but it was none: broke off, 429 or 5xx.
    Useless(String, Option<Duration>),
}

/// Asks until something other than 429 and 5xx is answered, within `deadline`.
pub(crate) async fn ask(
    channel: &Channel,
    question: &Question<'_>,
    deadline: Instant,
) -> Result<Answer, Silence> {
    let (began, subject) = (Instant::now(), shown(question.url));
    let is_ordered = *question.reason == Reason::Sync;
    let refused = channel.refusals.recent(question.url, began);
    if let Some(why) = refused.filter(|_| !is_ordered) {
        return Err(Silence(format!(
            "{subject} {why} (asked within the last minute)"
        )));
    }
    channel.breaker.admit(began).map_err(|why| {
        Silence(format!(
            "{subject} was not asked: its registry was down a moment ago: {why}"
        ))
    })?;
    let (mut tries, mut wait) = (0, BACKOFF_FIRST);
    loop {
        tries += 1;
        let unsettled = match once(channel, question, deadline).await? {
            Ok(answer) => {
                channel.refusals.forget(question.url);
                return Ok(answer);
            }
            Err(unsettled) => unsettled,
        };
        let next = match &unsettled {
            Unsettled::Useless(_, Some(asked)) => wait.max(*asked),
            _ => wait,
        };
        let last =
            tries > channel.retries || next > RETRY_AFTER_MAX || Instant::now() + next >= deadline;
        if !last {
            sleep(next).await;
        }
        // Another call may have found the upstream down while this one waited.
        if last || channel.breaker.pauses(Instant::now()) {
            return Err(given_up(channel, &subject, began, tries, unsettled));
        }
        wait = (wait * 2).min(BACKOFF_MAX);
    }
}

/// Makes one try; an error ends the call.
async fn once(
    channel: &Channel,
    question: &Question<'_>,
    deadline: Instant,
) -> Result<Result<Answer, Unsettled>, Silence> {
    let subject = || shown(question.url);
    let place = timeout_at(deadline, channel.places.acquire()).await;
    // A place that comes free at the deadline is of no use, and taking it would
    // send a name out for nothing.
    let (Ok(Ok(_place)), true) = (place, Instant::now() < deadline) else {
        return Err(Silence(format!(
            "{} was not asked: too many requests to its registry were under way until the deadline",
            subject()
        )));
    };
    match fetch(channel, question, deadline).await {
        Ok(answer) if passing(answer.status) => {
            let asked = retry_after(&answer.headers, clock::now().unix_seconds());
            let why = format!("answered {}", answer.status.as_u16());
            Ok(Err(Unsettled::Useless(why, asked)))
        }
        Ok(answer) => Ok(Ok(answer)),
        Err(Failure::Silent(outage, why)) => Ok(Err(Unsettled::Silent(outage, why))),
        Err(Failure::Broken(why)) => Ok(Err(Unsettled::Useless(why, None))),
        Err(Failure::Refused(why)) => {
            let now = Instant::now();
            channel.refusals.remember(question.url, now, why.clone());
            Err(Silence(format!("{} {why}", subject())))
        }
    }
}

/// Tells whether a status speaks of the moment, not of what was asked for.
fn passing(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
}

/// Words the end of a call, and counts it as an outage if it was one.
fn given_up(
    channel: &Channel,
    subject: &str,
    began: Instant,
    tries: u32,
    unsettled: Unsettled,
) -> Silence {
    let tried = match tries {
        1 => "tried once".to_owned(),
        _ => format!("tried {tries} times"),
    };
    match unsettled {
        Unsettled::Useless(why, Some(asked)) => Silence(format!(
            "{subject} {why} and asks to wait {} s ({tried})",
            asked.as_secs()
        )),
        Unsettled::Useless(why, None) => Silence(format!("{subject} {why} ({tried})")),
        Unsettled::Silent(outage, why) => {
            let now = Instant::now();
            if channel.breaker.failed(now, began, outage, subject, &why) {
                tracing::warn!(registry = %channel.registry, "upstream of {} is down: {why}", channel.registry);
            }
            Silence(format!("{subject} did not answer: {why} ({tried})"))
        }
    }
}
