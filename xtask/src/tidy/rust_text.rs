//! Rust sources as text with the misleading parts blanked out: comments, strings, tests.
//!
//! Enough to look for words and to count the lines of a function, in every file, in no time.
//! Blanks stand for what was taken out, so that lines keep their numbers.
//!
//! Absent: a parser. Macros that hide unbalanced braces would mislead this module; a check that
//! needed more would take `syn` and pay for it in build time.

/// The source with comments, strings and character literals blanked.
pub(crate) fn code_only(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match end_of_blank(bytes, at) {
            Some(end) => end.min(bytes.len()),
            None => {
                at += 1;
                continue;
            }
        };
        blank(&mut code[at..end]);
        at = end;
    }
    String::from_utf8_lossy(&code).into_owned()
}

/// The code, as [`code_only`] left it, with every item under `#[cfg(test)]` blanked.
pub(crate) fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut bytes = code.as_bytes().to_vec();
    for (at, _) in code.match_indices(MARK) {
        let end = end_of_item(code.as_bytes(), at + MARK.len());
        blank(&mut bytes[at..end]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// Where `fn` stands, counted from 1.
    pub(crate) line: usize,
    /// From there to the closing brace, both counted.
    pub(crate) lines: usize,
}

/// Every function with a body in the code, as [`code_only`] left it.
pub(crate) fn functions(code: &str) -> Vec<Function> {
    let bytes = code.as_bytes();
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let name: String = code[at + 3..]
            .trim_start()
            .chars()
            .take_while(|c| is_word(*c))
            .collect();
        let whole_word = !code[..at].chars().next_back().is_some_and(is_word);
        let end = end_of_item(bytes, at);
        if !whole_word || name.is_empty() || bytes.get(end - 1) != Some(&b'}') {
            continue;
        }
        found.push(Function {
            name,
            line: 1 + newlines(&bytes[..at]),
            lines: 1 + newlines(&bytes[at..end]),
        });
    }
    found
}

/// Whether `word` occurs in `text` with no letter, digit, `_`, `-` or `.` that would make it part of another.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let mut after = text[at + word.len()..].chars();
        let joins = |c: char| is_word(c) || c == '-';
        let goes_on = match after.next() {
            // A full stop ends the sentence, not the word.
            Some('.') => after.next().is_some_and(is_word) && !word.ends_with('/'),
            Some(next) => joins(next) && !word.ends_with('/'),
            None => false,
        };
        !before.is_some_and(joins) && !goes_on
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn newlines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

fn blank(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().filter(|byte| **byte != b'\n') {
        *byte = b' ';
    }
}

/// Past the item that begins at `from`: its first `;` outside of brackets, or the brace that
/// closes its first `{`.
fn end_of_item(code: &[u8], from: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, byte) in code[from..].iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return from + offset + 1;
                }
            }
            b';' if depth == 0 => return from + offset + 1,
            _ => {}
        }
    }
    code.len()
}

/// Past the comment or literal that begins at `at`, if one does.
fn end_of_blank(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = &bytes[at..];
    let after_word = at > 0 && is_word(char::from(bytes[at - 1]));
    match rest {
        [b'/', b'/', ..] => Some(at + until(rest, b"\n")),
        [b'/', b'*', ..] => Some(at + nested_comment(rest)),
        [b'"', ..] => Some(at + quoted(rest, b'"')),
        [b'\'', b'\\', ..] => Some(at + quoted(rest, b'\'')),
        [b'\'', ..] => character(rest).map(|length| at + length),
        [b'r', b'"' | b'#', ..] if !after_word => {
            raw_string(&rest[1..]).map(|length| at + 1 + length)
        }
        [b'b' | b'c', b'r', b'"' | b'#', ..] if !after_word => {
            raw_string(&rest[2..]).map(|length| at + 2 + length)
        }
        _ => None,
    }
}

fn until(rest: &[u8], end: &[u8]) -> usize {
    rest.windows(end.len())
        .position(|window| window == end)
        .unwrap_or(rest.len())
}

fn nested_comment(rest: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                at += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of what the first byte opens and the next unescaped `quote` closes.
fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of `'x'`; none for a lifetime, which has no closing quote after one character.
fn character(rest: &[u8]) -> Option<usize> {
    let width = match rest.get(1)? {
        0..=0x7f => 1,
        0x80..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    };
    (rest.get(1 + width) == Some(&b'\'')).then_some(width + 2)
}

/// The length of `#"…"#` with any number of hashes; none for a raw identifier.
fn raw_string(rest: &[u8]) -> Option<usize> {
    let hashes = rest.iter().take_while(|byte| **byte == b'#').count();
    if rest.get(hashes) != Some(&b'"') {
        return None;
    }
    let mut end = vec![b'"'];
    end.resize(1 + hashes, b'#');
    let body = &rest[hashes + 1..];
    Some((hashes + 1 + until(body, &end) + end.len()).min(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_code_stays() {
        for (source, kept) in [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r#"a("b \" {", c)"#, "a(        , c)"),
            (r##"a(r#"b " {"#, c)"##, "a(          , c)"),
            (
                "match c { '{' => 1, '\\'' => 2 }",
                "match c {     => 1,      => 2 }",
            ),
            ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
            ("r#type + for\"x\"", "r#type + for   "),
            ("a('é')", "a(    )"),
        ] {
            assert_eq!(code_only(source), kept, "{source}");
        }
    }

    #[test]
    fn an_open_end_is_no_panic() {
        for source in ["\"a", "r#\"a", "/* a", "'", "'\\", "b\"\\", "// é", "r"] {
            code_only(source);
        }
    }

    #[test]
    fn tests_are_blanked_and_the_rest_stays() {
        let code = "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() { c(); }\n}\n#[cfg(test)]\nmod more;\nfn d() {}";
        let left = without_tests(code);
        assert!(left.contains("fn a") && left.contains("fn d"));
        assert!(!left.contains("fn b") && !left.contains("more"));
        assert_eq!(newlines(left.as_bytes()), newlines(code.as_bytes()));
    }

    #[test]
    fn functions_are_measured_from_fn_to_brace() {
        let code = "trait T {\n    fn no_body(&self, x: [u8; 2]);\n}\nfn one() -> [u8; 2] { [1, 2] }\n\
                    pub fn three(\n    f: fn (u8) -> u8,\n) {\n    if a { b }\n}\n";
        let found = functions(code);
        let seen: Vec<_> = found
            .iter()
            .map(|function| (function.name.as_str(), function.line, function.lines))
            .collect();
        assert_eq!(seen, [("one", 4, 1), ("three", 5, 5)]);
    }

    #[test]
    fn words_end_where_they_end() {
        assert!(has_word("see name.rs.", "name.rs"));
        assert!(has_word("a/name.rs, b", "name.rs"));
        assert!(has_word("core/src", "core/"));
        assert!(!has_word("surname.rs", "name.rs"));
        assert!(!has_word("name.rs.txt", "name.rs"));
        assert!(!has_word("asynchronous", "async"));
        assert!(!has_word("score/src", "core/"));
    }
}
