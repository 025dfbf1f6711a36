//! Findings as text and as JSON.
//!
//! Absent: what is found.

use super::{Cure, Finding};
use serde_json::{Value, json};

/// Tells one finding to a person.
pub fn text(finding: &Finding) -> String {
    let Finding {
        kind,
        place,
        problem,
        cure,
    } = finding;
    let place = format!("{}:{}", place.file.display(), place.line);
    let cure = match cure {
        Cure::Add {
            file,
            table,
            lines,
            then,
        } => {
            let lines: String = lines.iter().map(|line| format!("\n      {line}")).collect();
            let then = then.as_ref();
            let then = then.map(|command| format!("\n    and run\n      {command}"));
            let then = then.unwrap_or_default();
            format!("add to {}\n      [{table}]{lines}{then}", file.display())
        }
        Cure::Replace(line) => format!("write instead of that line\n      {line}"),
        Cure::Remove => "take that line out".to_owned(),
        Cure::Run(command) => format!("run\n      {command}"),
        Cure::Told(text) => text.clone(),
    };
    format!("{place}: {problem} [{}]\n  cure: {cure}", kind.word())
}

/// Tells one finding to a program.
pub fn json(finding: &Finding) -> Value {
    let cure = match &finding.cure {
        Cure::Add {
            file,
            table,
            lines,
            then,
        } => json!({ "do": "add", "file": file, "table": table, "lines": lines, "then": then }),
        Cure::Replace(line) => json!({ "do": "replace", "line": line }),
        Cure::Remove => json!({ "do": "remove" }),
        Cure::Run(command) => json!({ "do": "run", "command": command }),
        Cure::Told(text) => json!({ "do": "other", "text": text }),
    };
    json!({
        "kind": finding.kind.word(),
        "file": finding.place.file,
        "line": finding.place.line,
        "problem": finding.problem,
        "cure": cure,
    })
}
