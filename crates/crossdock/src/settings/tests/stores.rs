//! Where ledger and archives are: what is read, what is refused, what is never shown.

use super::{read, refused};
use crossdock_store::{PostgresUrl, S3Address};

#[test]
fn a_database_and_an_object_store_are_read() {
    let settings = read(
        "[server]\ndatabase = 'postgres://ann:s3cret@db.acme.example/crates'\n\
         objects = 's3://acme-crates/team'\nobjects-endpoint = 'https://s3.acme.example:3900'\n\
         objects-region = 'garage'\nobjects-credentials = 'keys'\n",
    );
    let stores = &settings.server.stores;
    let url = PostgresUrl::parse("postgres://ann:s3cret@db.acme.example/crates").unwrap();
    assert_eq!(stores.database, Some(url));
    let objects = stores.objects.as_ref().unwrap();
    let address = S3Address::parse("s3://acme-crates/team").unwrap();
    assert_eq!(objects.s3.address, address);
    let endpoint = objects.s3.endpoint.as_ref().map(url::Url::as_str);
    assert_eq!(endpoint, Some("https://s3.acme.example:3900/"));
    assert_eq!(
        (&*objects.s3.region, objects.s3.path_style),
        ("garage", true)
    );
    assert!(objects.credentials.as_ref().unwrap().ends_with("keys"));
    assert!(!format!("{settings:?}").contains("s3cret"));
}

#[test]
fn amazons_servers_are_found_by_the_region() {
    let settings = read("[server]\nobjects = 's3://acme-crates'\n");
    let objects = settings.server.stores.objects.unwrap();
    assert_eq!(objects.s3.endpoint, None);
    assert_eq!(
        (&*objects.s3.region, objects.s3.path_style),
        ("us-east-1", false)
    );
    assert_eq!(objects.credentials, None);
}

#[test]
fn what_does_not_fit_is_shown_at_its_line_and_passwords_are_not() {
    for (text, told) in [
        (
            "[server]\ndatabase = 'postgres://ann:s3cret@db.acme.example'\nobjects = 's3://acme'\n",
            &[
                "2 │ database = 'postgres://ann:******@db.acme.example'",
                "the name of the database is missing",
            ][..],
        ),
        (
            "[server]\ndatabase = 'postgres:/ann:s3cret@db.acme.example'\n",
            &["2 │ database = 'postgres:/ann:******@db.acme.example'"],
        ),
        (
            "[server]\ndatabase = 'postgress:ann:s3cret:@@db.acme.example'\n",
            &["2 │ database = 'postgress:************@db.acme.example'"],
        ),
        (
            "[server]\ndatabase = 'mysql://s3cret@db.acme.example'\n",
            &["2 │ database = 'mysql://******@db.acme.example'"],
        ),
        (
            "[server]\ndatabase = 'postgres://ann:s3cret@db.acme.example/crates'\n",
            &["`database` in [server] wants `objects` beside it"],
        ),
        (
            "[server]\nobjects = 's3://Acme'\nobjects-path-style = 'yes'\nobjects-region = ''\n",
            &[
                "a bucket has 3 to 63 of",
                "must be true or false",
                "must be a region",
            ],
        ),
        (
            "[server]\nobjects-endpoint = 'https://s3.acme.example'\n",
            &["belongs to no object store"],
        ),
        (
            "[server]\nobjects = 's3://acme'\nobjects-endpoint = 's3.acme.example'\n",
            &["is no plain http or https address"],
        ),
    ] {
        let shown = refused(text);
        for words in told {
            assert!(shown.contains(words), "{shown}");
        }
        assert!(!shown.contains("s3cret"), "{shown}");
    }
    let text =
        "[server]\ndatabase = 'postgres://ann:pa/s:w@rd@db.acme.example/crates'\nlisten = 7\n";
    let refused = refused(text);
    assert!(!refused.contains("pa/s:w"), "{refused}");
    assert!(refused.contains("listen"), "{refused}");
}
