use super::*;
use crate::action::choice::{Evidence, EvidenceParts, Form, LogEnd, Program, Webhook};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn urls_are_checked_and_never_told_whole() {
    for url in [
        "https://example.org/hook?token=1",
        "http://[::1]:8080/",
        "http://127.0.0.1",
        " https://user:word@example.org/ ",
    ] {
        assert!(Webhook::new(url, &[], SECOND, 0).is_ok(), "{url}");
    }
    for (url, why) in [
        ("ftp://example.org/hidden", "begins with ftp:"),
        ("example.org", "does not begin with http"),
        ("/hidden", "does not begin with http"),
        ("http:///hidden", ""),
        ("http://example.org:99999/hidden", ""),
        ("http://example.org:0/hidden", "has 0 for a port"),
        ("", ""),
        ("http://exa mple.org/hidden", ""),
    ] {
        let error = Webhook::new(url, &[], SECOND, 0).unwrap_err().to_string();
        assert!(error.contains(why), "{url}: {error}");
        assert!(!error.contains("hidden"), "{error}");
    }
    let url = "https://user:word@example.org:8443/hidden?token=1";
    let webhook = Webhook::new(url, &[], SECOND, 0).unwrap();
    assert_eq!(webhook.server(), "https://example.org:8443");
    assert_eq!(webhook.url(), url);
    assert!(!format!("{webhook:?}").contains("hidden"));
    let action = Action::Webhook(webhook);
    assert_eq!(action.to_string(), "tell https://example.org:8443");
}

#[test]
fn headers_timeouts_and_retries_are_bounded() {
    let make = |name: &str, value: &str| {
        let headers = [(name.to_owned(), value.to_owned())];
        Webhook::new("http://localhost/", &headers, SECOND, 0)
    };
    let webhook = make("Authorization", "Bearer x").unwrap();
    let headers: Vec<_> = webhook.headers().collect();
    assert_eq!(headers, [("authorization", "Bearer x")]);
    for (name, value) in [
        ("", "x"),
        ("a b", "x"),
        ("x-y", "hidden\r\nHost: other"),
        ("x-y", "hidden\0"),
        ("Content-Length", "5"),
        ("Host", "x"),
    ] {
        let error = make(name, value).unwrap_err().to_string();
        assert!(!error.contains("hidden"), "{error}");
    }
    let make = |timeout, retries| Webhook::new("http://localhost/", &[], timeout, retries);
    assert!(make(SECOND, 5).is_ok());
    assert!(make(SECOND, 6).is_err());
    assert!(make(Duration::ZERO, 0).is_err());
    assert!(make(SECOND * 61, 0).is_err());
    let many = vec![("x".to_owned(), "y".to_owned()); 33];
    assert!(Webhook::new("http://localhost/", &many, SECOND, 0).is_err());
}

#[test]
fn programs_and_evidence_are_checked() {
    assert!(Program::new("".into(), vec![], SECOND).is_err());
    assert!(Program::new("x".into(), vec!["a\0b".into()], SECOND).is_err());
    assert!(Program::new("x".into(), vec![], SECOND * 4000).is_err());
    let parts = EvidenceParts::default();
    assert!(Evidence::new(parts.clone(), Form::Zip).is_err());
    for (lines, count, good) in [
        (1, 8, true),
        (0, 1, false),
        (1, 9, false),
        (u32::MAX, 1, false),
    ] {
        let log = LogEnd {
            path: "x".into(),
            lines,
        };
        let parts = EvidenceParts {
            logs: vec![log; count],
            ..parts.clone()
        };
        assert_eq!(Evidence::new(parts, Form::Zip).is_ok(), good);
    }
}

#[test]
fn check_tells_beforehand_what_would_fail() {
    let folder = tempfile::tempdir().unwrap();
    let context = CheckContext {
        folder: folder.path(),
        format: Format::Pcapng,
        notifies: false,
    };
    let program =
        |path: &Path| Action::Program(Program::new(path.to_owned(), vec![], SECOND).unwrap());
    let plain = folder.path().join("plain.txt");
    std::fs::write(&plain, "x").unwrap();
    let missing = folder.path().join("missing");
    assert!(check(&program(&std::env::current_exe().unwrap()), &context).is_ok());
    assert!(matches!(
        check(&program(&missing), &context),
        Err(CannotAct::Program(_))
    ));
    #[cfg(unix)]
    assert!(matches!(
        check(&program(&plain), &context),
        Err(CannotAct::Program(_))
    ));

    // What the window wrote is recorded without it too, and it is said.
    assert!(check(&Action::Notify, &context).is_ok());
    let told = warning(&Action::Notify, &context).unwrap();
    assert!(told.contains("come from the window only"), "{told}");
    assert_eq!(warning(&Action::Exit, &context), None);
    let notifies = CheckContext {
        notifies: true,
        ..context
    };
    assert!(check(&Action::Notify, &notifies).is_ok());
    assert_eq!(warning(&Action::Notify, &notifies), None);
    assert!(check(&Action::Exit, &context).is_ok());

    let log = |path: &Path, form| {
        let log = LogEnd {
            path: path.to_owned(),
            lines: 5,
        };
        let parts = EvidenceParts {
            logs: vec![log],
            ..EvidenceParts::default()
        };
        Action::Evidence(Evidence::new(parts, form).unwrap())
    };
    assert!(check(&log(&plain, Form::Zip), &context).is_ok());
    let error = check(&log(&missing, Form::Zip), &context).unwrap_err();
    assert!(error.to_string().contains("cannot be read"), "{error}");
    assert!(check(&log(folder.path(), Form::Zip), &context).is_err());
    let pcap = CheckContext {
        format: Format::Pcap,
        ..context
    };
    assert!(check(&log(&plain, Form::Comments), &context).is_ok());
    assert!(matches!(
        check(&log(&plain, Form::Comments), &pcap),
        Err(CannotAct::NoComments)
    ));
    assert!(check(&log(&plain, Form::Zip), &pcap).is_ok());
    let nowhere = missing.join("there");
    let nowhere = CheckContext {
        folder: &nowhere,
        ..context
    };
    assert!(matches!(
        check(&log(&plain, Form::Zip), &nowhere),
        Err(CannotAct::Folder { .. })
    ));
}
