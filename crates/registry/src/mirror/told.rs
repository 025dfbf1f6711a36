//! The alarms of a look at an upstream: raised when it changed what it must not, taken
//! back when a later look finds it as it should be.

use super::Mirror;
use super::removals::some_of;
use crate::alarms::AlarmKind;
use crossdock_core::history::Alarm;
use crossdock_core::name::IndexName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use crossdock_wire::index_file::IndexFile;

/// How many bad rows an alarm tells.
const ROWS_MAX: usize = 3;

impl Mirror {
    /// Tells of an answer in which no row can be read: of the upstream, not of the name,
    /// or whoever asks for names that it does not have would fill the list.
    pub(super) fn tell_no_index(&self, name: &IndexName, bytes: usize, now: Timestamp) {
        let text = format!(
            "answers with something that is no index, which is taken for silence; last: 200 for \
             {name} with {bytes} bytes and no row that can be read"
        );
        self.alarms
            .raise(&self.name, None, AlarmKind::NoIndex, text, now);
    }

    /// Tells of an answer that our rules forbid, or the way to it: of the upstream, as above.
    pub(super) fn tell_refused_answer(&self, why: &str, now: Timestamp) {
        let text = format!("an answer is refused, which counts as silence; last: {why}");
        self.alarms
            .raise(&self.name, None, AlarmKind::RefusedAnswer, text, now);
    }

    /// Tells of rows that were left out.
    pub(super) fn tell_refused(&self, name: &IndexName, shown: &IndexFile, now: Timestamp) {
        let told: Vec<_> = shown
            .quarantined
            .iter()
            .take(ROWS_MAX)
            .map(|row| format!("line {}: {}", row.line, row.reason))
            .collect();
        let count = shown.quarantined.len();
        let text = format!(
            "left out {count} rows of upstream's {name}: {}",
            told.join("; ")
        );
        self.tell(name, AlarmKind::RefusedRows, count > 0, text, now);
    }

    /// Tells of changes that were refused; returns the versions that are missing,
    /// which are told once they were judged.
    pub(super) fn tell_changed(
        &self,
        name: &IndexName,
        alarms: Vec<Alarm>,
        now: Timestamp,
    ) -> Vec<Version> {
        let (mut gone, mut bytes, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for alarm in alarms {
            match alarm {
                Alarm::Vanished(version) => gone.push(version),
                Alarm::OtherBytes(version) => bytes.push(version),
                Alarm::OtherRow(..) => rows.push(alarm),
            }
        }
        let text = format!(
            "upstream shows another checksum of {name} {} than before; the first stays",
            some_of(&bytes)
        );
        self.tell(name, AlarmKind::OtherBytes, !bytes.is_empty(), text, now);
        let told: Vec<_> = rows
            .iter()
            .take(ROWS_MAX)
            .map(ToString::to_string)
            .collect();
        let text = format!(
            "upstream changed {} rows of {name}: {}",
            rows.len(),
            told.join("; ")
        );
        self.tell(name, AlarmKind::OtherRow, !rows.is_empty(), text, now);
        gone
    }

    /// Tells of versions that are missing and not settled.
    pub(super) fn tell_missing(
        &self,
        name: &IndexName,
        waiting: &[Version],
        mass: Option<usize>,
        now: Timestamp,
    ) {
        let text = format!(
            "upstream does not show {} of {name} any more; what was kept stays",
            some_of(waiting)
        );
        match waiting.is_empty() {
            false => self.tell(name, AlarmKind::Vanished, true, text, now),
            true => {
                let (name, kind) = (Some(name.as_str()), AlarmKind::Vanished);
                let became = "confirmed: shown yanked";
                self.alarms.settle_as(&self.name, name, kind, became);
            }
        }
        if let Some(names) = mass {
            let text = format!(
                "releases of {names} crates vanished upstream within an hour, which is not believed: \
                 what was kept stays until `crossdock accept-removals {}`",
                self.name
            );
            let kind = AlarmKind::MassDisappearance;
            self.alarms.raise(&self.name, None, kind, text, now);
        }
    }

    fn tell(&self, name: &IndexName, kind: AlarmKind, is_so: bool, text: String, now: Timestamp) {
        let name = Some(name.as_str());
        if is_so {
            self.alarms.raise(&self.name, name, kind, text, now);
        } else {
            self.alarms.settle(&self.name, name, kind);
        }
    }
}
