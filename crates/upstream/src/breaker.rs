//! Whether an upstream is down, so that not everyone waits to find out.
//!
//! Only failures of the connection count. An answer of any status, 500 included,
//! is a sign of life: one broken path must not make a healthy upstream look down.
//! A path that gets no answer at all is held against the upstream only when
//! another path fared the same with no answer in between.
//!
//! Absent: the clock; moments arrive as arguments.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The first pause after the upstream was found down.
///
/// Short, because a restart takes seconds; long enough that the hundreds of
/// requests of one `cargo build` do not each wait for the deadline.
pub(crate) const PAUSE_FIRST: Duration = Duration::from_secs(2);

/// The longest pause; each failed probe doubles the pause up to here. Once the
/// upstream is back, nobody is turned away for longer than this.
pub(crate) const PAUSE_MAX: Duration = Duration::from_secs(10);

/// How long one probe keeps others from probing. A probe may hang on its own path
/// until its deadline; then the next one must not have to wait for it.
const PROBE_ALONE: Duration = Duration::from_secs(2);

/// How a call failed before any answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outage {
    /// No connection came about: name, network, refusal, TLS. Says the upstream is down.
    Unreachable,
    /// Connected, but no answer came. Says so only if two different paths fare so.
    Mute,
}

/// The state of one upstream.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    /// Held for a few comparisons, never across a wait.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    alive_at: Option<Instant>,
    mute: Option<String>,
    pause: Option<Pause>,
}

#[derive(Debug)]
struct Pause {
    until: Instant,
    length: Duration,
    why: String,
    probed_at: Option<Instant>,
}

impl Breaker {
    /// Lets a call through, or says why the upstream is held to be down.
    ///
    /// After a pause one call at a time is let through as a probe.
    pub(crate) fn admit(&self, now: Instant) -> Result<(), String> {
        let mut state = self.state();
        let Some(pause) = &mut state.pause else {
            return Ok(());
        };
        let probing = |at: Instant| now < at + PROBE_ALONE;
        if now < pause.until || pause.probed_at.is_some_and(probing) {
            return Err(pause.why.clone());
        }
        pause.probed_at = Some(now);
        Ok(())
    }

    /// Tells whether the upstream was found down by somebody, so that a further
    /// try is not worth it.
    pub(crate) fn pauses(&self, now: Instant) -> bool {
        let state = self.state();
        state.pause.as_ref().is_some_and(|pause| now < pause.until)
    }

    /// Notes an answer; tells whether the upstream had been held to be down.
    pub(crate) fn alive(&self, now: Instant) -> bool {
        let mut state = self.state();
        state.alive_at = Some(now);
        state.mute = None;
        state.pause.take().is_some()
    }

    /// Notes that the call for `path`, begun at `began`, got no answer in all its
    /// tries; tells whether the upstream counts as down from now on.
    pub(crate) fn failed(
        &self,
        now: Instant,
        began: Instant,
        outage: Outage,
        path: &str,
        why: &str,
    ) -> bool {
        let mut state = self.state();
        if state.alive_at.is_some_and(|at| at > began) {
            return false;
        }
        if let Some(pause) = &mut state.pause {
            // Calls that were under way when the pause began say nothing new.
            if now >= pause.until {
                pause.length = (pause.length * 2).min(PAUSE_MAX);
                pause.until = now + pause.length;
                pause.why = why.to_owned();
                pause.probed_at = None;
            }
            return false;
        }
        let alone = state.mute.as_deref().is_none_or(|other| other == path);
        if outage == Outage::Mute && alone {
            state.mute = Some(path.to_owned());
            return false;
        }
        state.pause = Some(Pause {
            until: now + PAUSE_FIRST,
            length: PAUSE_FIRST,
            why: why.to_owned(),
            probed_at: None,
        });
        true
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is complete before anything could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn down(breaker: &Breaker, now: Instant) {
        assert!(breaker.failed(now, now, Outage::Unreachable, "/a", "refused"));
    }

    #[test]
    fn a_connection_that_fails_pauses_and_then_one_probe_goes() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        assert!(breaker.admit(start).is_ok());
        down(&breaker, start);
        assert_eq!(breaker.admit(start), Err("refused".to_owned()));
        let after = start + PAUSE_FIRST;
        assert!(breaker.admit(after).is_ok(), "the probe");
        assert!(breaker.admit(after).is_err(), "one is enough");
        assert!(breaker.alive(after));
        assert!(breaker.admit(after).is_ok() && breaker.admit(after).is_ok());
    }

    #[test]
    fn failed_probes_lengthen_the_pause_up_to_a_bound() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        down(&breaker, start);
        let (mut now, mut lengths) = (start, vec![]);
        let mut pause = PAUSE_FIRST;
        for _ in 0..4 {
            now += pause;
            assert!(breaker.admit(now).is_ok());
            breaker.failed(now, now, Outage::Unreachable, "/a", "refused");
            pause = (1..)
                .map(Duration::from_secs)
                .find(|wait| !breaker.pauses(now + *wait))
                .unwrap();
            lengths.push(pause.as_secs());
        }
        assert_eq!(lengths, [4, 8, 10, 10]);
        breaker.alive(now);
        down(&breaker, now + PAUSE_MAX);
        assert!(!breaker.pauses(now + PAUSE_MAX + PAUSE_FIRST));
    }

    #[test]
    fn a_probe_that_hangs_does_not_shut_the_door() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        down(&breaker, start);
        let after = start + PAUSE_FIRST;
        assert!(breaker.admit(after).is_ok());
        assert!(breaker.admit(after + PROBE_ALONE).is_ok());
    }

    #[test]
    fn one_path_without_answer_is_not_an_outage_and_two_are() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        let mute = |path| breaker.failed(now, now, Outage::Mute, path, "no answer");
        assert!(!mute("/a") && !mute("/a"));
        assert!(breaker.admit(now).is_ok());
        assert!(mute("/b"));
        assert!(breaker.admit(now).is_err());

        breaker.alive(now);
        assert!(!mute("/a"));
        breaker.alive(now);
        assert!(!mute("/b"), "an answer in between clears the path");
    }

    #[test]
    fn an_answer_to_somebody_else_outweighs_a_failure() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        let second = start + Duration::from_secs(1);
        breaker.alive(second);
        let later = second + Duration::from_secs(1);
        assert!(!breaker.failed(later, start, Outage::Unreachable, "/a", "refused"));
        assert!(breaker.admit(later).is_ok());
    }
}
