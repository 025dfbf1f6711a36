//! A row with another yank, and everything else as it was written.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Writes a row anew with `yanked` as given; all other fields keep their text and
/// their order.
///
/// # Errors
/// If the text is no JSON object.
pub fn with_yanked(row: &str, yanked: bool) -> Result<String, serde_json::Error> {
    let Fields(fields) = serde_json::from_str(row)?;
    let mut text = String::with_capacity(row.len() + 16);
    let mut seen = false;
    let mut put = |key: &str, json: &str| {
        text.push(if text.is_empty() { '{' } else { ',' });
        // A field's name as a JSON string: quoted, with whatever needs escaping.
        text.push_str(&serde_json::Value::from(key).to_string());
        text.push(':');
        text.push_str(json);
    };
    let word = if yanked { "true" } else { "false" };
    for (key, json) in &fields {
        let is_yank = key == "yanked";
        seen |= is_yank;
        put(key, if is_yank { word } else { json.get() });
    }
    if !seen {
        put("yanked", word);
    }
    text.push('}');
    Ok(text)
}

/// The fields of an object, in order.
struct Fields(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Fields(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_yank_changes() {
        let row = r#"{ "name":"a", "yanked" : false ,"deps":[ {"name":"b"} ],"new\"s":1.50}"#;
        assert_eq!(
            with_yanked(row, true).unwrap(),
            r#"{"name":"a","yanked":true,"deps":[ {"name":"b"} ],"new\"s":1.50}"#
        );
        assert_eq!(
            with_yanked(r#"{"name":"a"}"#, true).unwrap(),
            r#"{"name":"a","yanked":true}"#
        );
        assert!(with_yanked("[]", true).is_err());
    }

    #[test]
    fn there_and_back_is_where_it_began() {
        let row = r#"{"name":"a","vers":"1.0.0","yanked":false,"links":null}"#;
        let there = with_yanked(row, true).unwrap();
        assert_eq!(with_yanked(&there, false).unwrap(), row);
    }
}
