//! Names and versions that are none, or not to be had (families 41 to 44, 46, 49, 50).

use crate::Case;
use crate::entries::good;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::upload;
use serde_json::json;

fn named(name: &str, says: &'static str) -> Case {
    let body = upload::body(&Krate::new(name, "1.0.0"));
    Case::new(format!("{name:?}"), body, says)
}

/// 41.
pub(crate) fn grammar() -> Vec<Case> {
    let mut names: Vec<String> = [
        "", "1a", "0", "-", "-a", "a b", " a", "a ", "\t", "a\n", "a+b", "a.b", ".", "..", "a@b",
        "a:b", "a?b", "a#b", "a*", "$a", "a\"b", "a'b", "a`b", "a&b", "a;b", "a|b", "a<b", "a,b",
        "(a)", "[a]", "{a}", "a~", "a^", "a!", "a=b",
    ]
    .map(str::to_owned)
    .into();
    names.push("a".repeat(65));
    names.push("a".repeat(10_000));
    names.extend(
        (0..32_u8)
            .chain([127])
            .map(|c| format!("a{}", char::from(c))),
    );
    names.iter().map(|name| named(name, "name")).collect()
}

/// 42.
pub(crate) fn scripts() -> Vec<Case> {
    let names = [
        "京",
        "ѕerde",
        "sеrde",
        "tokiо",
        "a\u{200d}b",
        "a\u{200b}",
        "a\u{feff}",
        "a\u{202e}b",
        "ａ",
        "ſerde",
        "serdé",
        "se\u{301}rde",
        "rand\u{ad}",
        "a\u{2010}b",
        "a\u{2215}b",
        "ı",
        "ﬁ",
        "𝐚",
        "😀",
        "\u{0}",
        "a\u{0}b",
        "a\u{85}",
    ];
    names.iter().map(|name| named(name, "name")).collect()
}

/// 43.
pub(crate) fn paths() -> Vec<Case> {
    let names = [
        "../../x", "..", "a/b", "a%2fb", "a%2e%2e", "a\\b", "/a", "a/", "a/../b", "C:", "file:",
        "%00", "a%00b", "..;", "~root", "a//b", "\\\\h\\s",
    ];
    names.iter().map(|name| named(name, "name")).collect()
}

/// 44.
pub(crate) fn reserved() -> Vec<Case> {
    let words = [
        "alloc",
        "builtins",
        "compiler-builtins",
        "core",
        "debug",
        "macro",
        "proc-macro",
        "proc_macro",
        "rustc",
        "rustdoc",
        "std",
        "test",
        "con",
        "prn",
        "aux",
        "nul",
        "self",
        "Std",
        "CORE",
        "Nul",
        "CoN",
    ];
    let numbered = (0..=9).flat_map(|n| [format!("com{n}"), format!("LPT{n}")]);
    let words = words.iter().map(|it| (*it).to_owned()).chain(numbered);
    words.map(|word| named(&word, "is reserved")).collect()
}

/// 46.
pub(crate) fn versions() -> Vec<Case> {
    let mut versions: Vec<String> = [
        "",
        "1",
        "1.0",
        "01.0.0",
        "1.00.0",
        "1.0.01",
        "1.0.0.0",
        "v1.0.0",
        "=1.0.0",
        "^1",
        "*",
        "latest",
        "1.0.0-",
        "1.0.0+",
        "1.0.0-01",
        "1.0.0-a..b",
        "1.0.0-ä",
        "1.0.0 ",
        " 1.0.0",
        "1.0.0\n{}",
        "1.0.0\0",
        "-1.0.0",
        "1.-0.0",
        "1.0.0/..",
        "1.0.0/../..",
        "1.0.0\\..",
        "1.0.0%2f",
        "1e3.0.0",
        "0x1.0.0",
        "1,0,0",
        "18446744073709551616.0.0",
        "99999999999999999999999.0.0",
        "１.0.0",
    ]
    .map(str::to_owned)
    .into();
    versions.push(format!("1.0.0-{}", "a".repeat(150)));
    versions.push(format!("1.0.0+{}", "a".repeat(10_000)));
    let case = |version: &String| {
        let body = upload::body(&Krate::new("garden", version));
        Case::new(format!("{version:.60?}"), body, "version")
    };
    versions.iter().map(case).collect()
}

/// 49 and 50.
pub(crate) fn otherwise_inside(field: &'static str) -> Vec<Case> {
    let others: &[&str] = match field {
        "name" => &["m", "N", "n-", "n_", "nn", "n-1"],
        _ => &["1.0.0", "1.0.2", "1.0.1+b", "1.0.1-b", "2.0.0"],
    };
    let case = |other: &&str| {
        let mut metadata = upload::metadata(&good());
        metadata[field] = json!(other);
        let body = upload::body_of(&metadata, &good().archive());
        Case::new(*other, body, "")
    };
    others.iter().map(case).collect()
}
