//! How deep JSON from strangers may nest.
//!
//! Values of fields we do not know are relayed as text or passed over, which no
//! parser bounds; whoever reads them next may recurse.

/// Levels of arrays and objects; rows and metadata need four.
pub(crate) const DEPTH_MAX: usize = 64;

/// Tells whether a text that stands `within` so many levels reaches deeper than
/// [`DEPTH_MAX`], in one pass.
///
/// Only brackets outside of strings count. A text that is not JSON may be called
/// either; it is refused elsewhere.
pub(crate) fn is_too_deep(json: &[u8], within: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (within, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return true;
                }
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_brackets_outside_of_strings_count() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(!is_too_deep(nested(DEPTH_MAX).as_bytes(), 0));
        assert!(is_too_deep(nested(DEPTH_MAX + 1).as_bytes(), 0));
        assert!(!is_too_deep(nested(DEPTH_MAX - 2).as_bytes(), 2));
        assert!(is_too_deep(nested(DEPTH_MAX - 1).as_bytes(), 2));
        let text = format!(r#"{{"a":"\\\"{}"}}"#, "[".repeat(1_000));
        assert!(!is_too_deep(text.as_bytes(), 0));
    }
}
