//! One try: a request out, redirects followed, an answer in.
//!
//! Everything that leaves passes here, so here it is written on the egress record,
//! checked against the guard, and given the token or not. Knows nothing of what a
//! status means, nor of trying again (`channel.rs`).

use crate::body::{self, BodyError};
use crate::breaker::Outage;
use crate::channel::{Channel, Question};
use crate::clock;
use crate::reach::Barred;
use crate::route::{Astray, Route};
use crate::shown::{origin, shown};
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use http::header::{AUTHORIZATION, LOCATION};
use http::{HeaderMap, StatusCode};
use reqwest::Response;
use std::error::Error;
use tokio::time::{Instant, timeout_at};

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Empty unless the status is 200.
    pub(crate) bytes: Bytes,
    /// Of `bytes`.
    pub(crate) checksum: Checksum,
    /// Where the answer came from, for messages.
    pub(crate) from: String,
}

/// Why nothing usable came back.
pub(crate) enum Failure {
    /// No answer began.
    Silent(Outage, String),
    /// An answer began and broke off.
    Broken(String),
    /// Our rules forbid it; another try would end the same.
    Refused(String),
}

/// Asks once, within `deadline`.
pub(crate) async fn fetch(
    channel: &Channel,
    question: &Question<'_>,
    deadline: Instant,
) -> Result<Answer, Failure> {
    let mut route = Route::start(&channel.home, question.url.clone())?;
    loop {
        let response = send(channel, question, &route, deadline).await?;
        let Some(location) = redirect(&response) else {
            return receive(response, question, &route, deadline).await;
        };
        route.follow(&location)?;
    }
}

async fn send(
    channel: &Channel,
    question: &Question<'_>,
    route: &Route<'_>,
    deadline: Instant,
) -> Result<Response, Failure> {
    channel.guard.check_number(route.at())?;
    let mut headers = question.headers.clone();
    if let (true, Some(token)) = (route.with_token(), &channel.token) {
        headers.insert(AUTHORIZATION, token.header());
    }
    let request = channel.client.get(route.at().clone()).headers(headers);
    let departure = channel.egress.departs(
        &channel.registry,
        question.errand,
        question.reason,
        origin(route.at()),
        clock::now(),
    );
    match timeout_at(deadline, request.send()).await {
        Ok(Ok(response)) => {
            departure.answered(response.status().as_u16());
            if channel.breaker.alive(Instant::now()) {
                tracing::info!(registry = %channel.registry, "upstream of {} answers again", channel.registry);
            }
            Ok(response)
        }
        Ok(Err(error)) => {
            departure.failed();
            Err(silent(error))
        }
        Err(_) => {
            departure.failed();
            Err(Failure::Silent(
                Outage::Mute,
                "no answer within the deadline".to_owned(),
            ))
        }
    }
}

async fn receive(
    response: Response,
    question: &Question<'_>,
    route: &Route<'_>,
    deadline: Instant,
) -> Result<Answer, Failure> {
    let (status, headers) = (response.status(), response.headers().clone());
    let from = shown(route.at());
    if status != StatusCode::OK {
        return Ok(Answer {
            status,
            headers,
            bytes: Bytes::new(),
            checksum: Checksum::of(b""),
            from,
        });
    }
    let limit = question.body_bytes_max;
    match timeout_at(deadline, body::read(response, limit)).await {
        Ok(Ok(body)) => Ok(Answer {
            status,
            headers,
            bytes: body.bytes,
            checksum: body.checksum,
            from,
        }),
        Ok(Err(BodyError::TooLarge)) => Err(Failure::Refused(format!(
            "sends more than the limit of {limit} bytes"
        ))),
        Ok(Err(BodyError::Broken(error))) => {
            Err(Failure::Broken(format!("body broke off: {}", root(error))))
        }
        Err(_) => Err(Failure::Broken(
            "body did not end within the deadline".to_owned(),
        )),
    }
}

/// Returns where a redirect points to; 304 and 300 are none.
fn redirect(response: &Response) -> Option<Vec<u8>> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    Some(response.headers().get(LOCATION)?.as_bytes().to_vec())
}

/// Sorts an error that came instead of an answer.
fn silent(error: reqwest::Error) -> Failure {
    let mut source: Option<&dyn Error> = Some(&error);
    while let Some(cause) = source {
        if let Some(barred) = cause.downcast_ref::<Barred>() {
            return Failure::Refused(barred.to_string());
        }
        source = cause.source();
    }
    if error.is_builder() {
        return Failure::Refused(root(error));
    }
    let outage = if error.is_connect() {
        Outage::Unreachable
    } else {
        Outage::Mute
    };
    Failure::Silent(outage, root(error))
}

/// Tells the root of an error, which is what an operator can act on, without the
/// address, which may hold secrets.
fn root(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause_of_all: &dyn Error = &error;
    while let Some(cause) = cause_of_all.source() {
        cause_of_all = cause;
    }
    cause_of_all.to_string()
}

impl From<Astray> for Failure {
    fn from(astray: Astray) -> Self {
        Self::Refused(astray.to_string())
    }
}

impl From<Barred> for Failure {
    fn from(barred: Barred) -> Self {
        Self::Refused(barred.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::clients;
    use crate::reach::Guard;
    use crate::settings::SparseSettings;
    use std::sync::Arc;
    use url::Url;

    /// The one way to a barred address that no server on loopback can show: the
    /// registry is public, and a name it leads to resolves to this machine.
    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_before_it_is_connected_to() {
        let settings = SparseSettings::new(Url::parse("https://93.184.215.14/").unwrap());
        let guard = Arc::new(Guard::new(&settings.address, None));
        let clients = clients(&settings, &guard).unwrap();
        let error = clients.archives.get("http://localhost:9/").send().await;
        match silent(error.unwrap_err()) {
            Failure::Refused(why) => assert!(why.contains("leads to localhost at"), "{why}"),
            Failure::Silent(_, why) | Failure::Broken(why) => panic!("{why}"),
        }
    }
}
