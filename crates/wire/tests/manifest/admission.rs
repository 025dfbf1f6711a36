//! What is admitted as a new release. Each case differs from an admitted one in one
//! place.

use crate::with;
use crossdock_wire::manifest::admission::{AdmissionError, admit};

fn admitted(rest: &str) {
    admit(&with(rest).unwrap()).unwrap();
}

fn refused(rest: &str) -> AdmissionError {
    admit(&with(rest).unwrap()).unwrap_err()
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(|at| line(at) + "\n").collect()
}

#[test]
fn counts_are_bounded_as_on_crates_io() {
    let dependencies = |count| {
        format!(
            "[dependencies]\n{}",
            lines(count, |at| format!("d{at} = '1'"))
        )
    };
    let features = |count| format!("[features]\n{}", lines(count, |at| format!("f{at} = []")));
    let values = |count| format!("[features]\nf = []\ng = [{}]", "'f',".repeat(count));
    let asked = |count| {
        format!(
            "[dependencies.a]\nversion = '1'\nfeatures = [{}]",
            "'f',".repeat(count)
        )
    };
    let by_platform = |count| lines(count, |at| format!("[target.p{at}.dependencies]\na = '1'"));
    for at_most in [
        dependencies(500),
        by_platform(500),
        features(300),
        values(300),
        asked(300),
    ] {
        admitted(&at_most);
    }
    for (over, says) in [
        (dependencies(501), "501 dependencies, allowed are 500"),
        (by_platform(501), "501 dependencies, allowed are 500"),
        (features(301), "301 features, allowed are 300"),
        (values(301), "301 values of feature `g`, allowed are 300"),
        (
            asked(301),
            "301 features of dependency `a`, allowed are 300",
        ),
    ] {
        assert_eq!(refused(&over).to_string(), says);
    }
}

#[test]
fn a_requirement_says_something() {
    assert_eq!(
        refused("[dependencies]\na = '*'"),
        AdmissionError::Wildcard("a".to_owned())
    );
    assert_eq!(
        refused("[dev-dependencies]\na = '*'"),
        AdmissionError::Wildcard("a".to_owned())
    );
    admitted("[dependencies]\na = '1.*'\nb = '>=0'");
}

#[test]
fn a_release_does_not_need_itself() {
    let itself = |name: &str| AdmissionError::Itself(name.to_owned());
    assert_eq!(refused("[dependencies]\nn = '1'"), itself("n"));
    assert_eq!(refused("[build-dependencies]\nN = '>=1.2'"), itself("N"));
    assert_eq!(
        refused("[dependencies]\nme = { version = '1', package = 'n' }"),
        itself("me")
    );
    // Its tests may, an older version may be made of a newer, another registry's may.
    admitted("[dev-dependencies]\nn = '1'");
    admitted("[dependencies]\nn = '2'");
    admitted("[dependencies.n]\nversion = '1'\nregistry-index = 'sparse+https://other.example/'");
}

#[test]
fn feature_names_follow_cargos_grammar() {
    for good in ["a", "A-b_c+d.e", "_x", "9patch", "größe", "c++20"] {
        admitted(&format!("[features]\n'{good}' = []"));
    }
    for bad in [
        "../x",
        "a b",
        "<img onerror>",
        "-a",
        "+a",
        ".a",
        "",
        "dep:a",
        "a/b",
        "a?b",
        "a\u{200d}b",
        "a\u{202e}b",
    ] {
        let error = refused(&format!("[features]\n\"{bad}\" = []"));
        assert!(
            matches!(error, AdmissionError::FeatureName(_)),
            "{bad}: {error}"
        );
        let asked = format!("[dependencies.a]\nversion = '1'\nfeatures = [\"{bad}\"]");
        let error = refused(&asked);
        assert!(
            matches!(error, AdmissionError::FeatureName(_)),
            "{bad}: {error}"
        );
    }
}

#[test]
fn what_a_feature_enables_is_there() {
    const DEPENDENCIES: &str = "[dependencies]\nhard = '1'\nsoft = { version = '1', optional = true }\n\
        hidden = { version = '1', optional = true }\nnick = { version = '1', optional = true, package = 'real' }\n\
        [dev-dependencies]\ntesting = '1'\n";
    let features =
        |value: &str| format!("{DEPENDENCIES}[features]\nh = ['dep:hidden']\nf = ['{value}']");
    for good in [
        "h",
        "f",
        "soft",
        "dep:soft",
        "dep:hidden",
        "soft/x",
        "soft?/x",
        "hard/x",
        "hidden/x",
        "hidden?/x",
        "nick",
        "nick/x",
        "testing/x",
    ] {
        admitted(&features(good));
    }
    for bad in [
        "nope",
        "nope/x",
        "nope?/x",
        "dep:nope",
        "dep:hard",
        "hard",
        "hard?/x",
        "hidden",
        "real",
        "real/x",
        "dep:soft/x",
        "soft/x/y",
        "soft/",
        "/x",
        "",
        "dep:",
        "soft/dep:x",
        "testing",
        "soft??/x",
    ] {
        let error = refused(&features(bad));
        let (feature, value) = ("f".to_owned(), bad.to_owned());
        assert_eq!(error, AdmissionError::FeatureValue { feature, value });
    }
    admitted("[features]\na = ['b']\nb = ['a']");
}

#[test]
fn links_lead_to_the_web() {
    for field in ["homepage", "documentation", "repository"] {
        admitted(&format!("{field} = 'https://acme.example/x?y#z'"));
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://acme.example/",
            "//acme.example",
            "acme.example",
            "",
            "git@acme.example:x.git",
        ] {
            let error = refused(&format!("{field} = '{bad}'"));
            let link = bad.to_owned();
            assert_eq!(error, AdmissionError::Link { field, link });
        }
    }
}

#[test]
fn texts_show_what_they_say() {
    admitted("description = \"\"\"two\r\nlines\tand größe, 京, 🌸\"\"\"");
    for escape in [
        "\\u001B[31m",
        "\\u0000",
        "\\u007F",
        "\\u0085",
        "\\u202E",
        "\\u2066",
    ] {
        let character = format!("U+{}", &escape[2..6]);
        for (rest, field) in [
            (format!("description = \"a{escape}\""), "description"),
            (format!("license = \"a{escape}\""), "license"),
            (format!("links = \"a{escape}\""), "links"),
            (format!("keywords = ['a', \"a{escape}\"]"), "keywords"),
            (format!("authors = [\"a{escape}\"]"), "authors"),
            (
                format!("homepage = \"https://acme.example/{escape}\""),
                "homepage",
            ),
        ] {
            let character = character.clone();
            assert_eq!(
                refused(&rest),
                AdmissionError::Character { field, character }
            );
        }
    }
}

#[test]
fn a_description_is_short() {
    admitted(&format!("description = '{}'", "x".repeat(1000)));
    let long = refused(&format!("description = '{}'", "x".repeat(1001))).to_string();
    assert_eq!(long, "1001 bytes of description, allowed are 1000");
}
