//! Triggers as written: what is taken, what is refused, and the ways back.

use super::{RawTrigger, TRIGGERS, TriggerText, check};
use crate::capture::check_filter;
use crate::pcapng::LinkType;
use crate::profile::RawProfile;

fn line(text: &str) -> Result<RawTrigger, String> {
    let read: Result<TriggerText, _> = text.parse();
    read.map(|text| text.0).map_err(|error| error.to_string())
}

#[test]
fn every_example_is_a_valid_trigger_and_reads_back() {
    for kind in TRIGGERS.kinds {
        if kind.is_combination() {
            let text = format!("[target]\nname = \"server\"\n[[trigger]]\n{}", kind.example);
            let raw = RawProfile::from_toml(&text).unwrap();
            assert_eq!(raw.trigger[0].kind, kind.word);
            // The same in one line, and back.
            let in_a_line = kind.in_a_line();
            assert_eq!(line(&in_a_line).unwrap(), raw.trigger[0]);
            assert_eq!(
                line(&in_a_line.replace(", ", ",\n")).unwrap(),
                raw.trigger[0]
            );
            let written = TriggerText(raw.trigger[0].clone()).to_string();
            assert_eq!(line(&written).unwrap(), raw.trigger[0], "{written}");
            let profile = raw.check().unwrap();
            assert_eq!(
                RawProfile::from_toml(&profile.to_toml()).unwrap().trigger,
                raw.trigger
            );
            continue;
        }
        let raw = line(kind.example).unwrap();
        assert_eq!(raw.kind, kind.word);
        check(&raw).unwrap();
        let written = TriggerText(raw.clone()).to_string();
        assert_eq!(line(&written).unwrap(), raw, "{written}");
        let mut profile = RawProfile::from_toml("[target]\nname = \"server\"").unwrap();
        profile.trigger = vec![raw.clone()];
        let text = profile.check().unwrap().to_toml();
        assert_eq!(
            RawProfile::from_toml(&text).unwrap().trigger,
            [raw],
            "{text}"
        );
    }
}

#[test]
fn a_form_of_texts_comes_to_the_same_trigger() {
    let nested = "[[trigger]]
kind = \"all\"
within = \"5s\"
of = [{ kind = \"cpu\", below = 1 }, { kind = \"any\", of = [{ kind = \"exit\" }, { kind = \"packet\", filter = \"tcp port 53 or udp\" }] }]";
    let examples = TRIGGERS.kinds.iter().map(|kind| {
        if kind.is_combination() {
            let text = format!("[[trigger]]\n{}", kind.example);
            RawProfile::from_toml(&text).unwrap().trigger.remove(0)
        } else {
            line(kind.example).unwrap()
        }
    });
    let nested = RawProfile::from_toml(nested).unwrap().trigger.remove(0);
    for raw in examples.chain([nested]) {
        let texts = TRIGGERS.texts(&raw);
        let fields = texts.iter().map(|(field, text)| (&**field, &**text));
        let empty = [("name", " ")];
        let again: RawTrigger = TRIGGERS
            .of_texts(&raw.kind, fields.chain(empty))
            .unwrap_or_else(|error| panic!("{texts:?}: {error}"));
        assert_eq!(again, raw, "{texts:?}");
    }
    let refused: Result<RawTrigger, _> =
        TRIGGERS.of_texts("any", [("of", "exit\nsokets above=1 x")]);
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("\"x\" is no field")
    );
}

#[test]
fn every_field_is_told_of_and_belongs_to_some_kind() {
    for field in TRIGGERS.fields {
        assert!(
            TRIGGERS
                .kinds
                .iter()
                .any(|kind| TRIGGERS.takes(kind, field.word)),
            "{}",
            field.word
        );
    }
    for kind in TRIGGERS.kinds {
        for field in TRIGGERS.all_fields(kind) {
            assert!(TRIGGERS.field(field).is_some(), "{field}");
        }
        assert_eq!(TRIGGERS.kind(kind.word), Some(kind));
    }
}

#[test]
fn filters_that_the_help_gives_compile() {
    let says = TRIGGERS.field("filter").unwrap().says;
    let quoted: Vec<&str> = says.split('\'').skip(1).step_by(2).collect();
    assert_eq!(quoted.len(), 2, "{says}");
    for filter in quoted {
        for link_type in [LinkType::ETHERNET, LinkType::LINUX_SLL2] {
            check_filter(filter, link_type).unwrap();
        }
        check(&line(&format!("packet filter='{filter}' times=3 within=1s")).unwrap()).unwrap();
    }
}

#[test]
fn sentences_say_when() {
    for (text, clause) in [
        ("exit", "the target ends"),
        (
            "sockets states=CLOSE_WAIT above=100 sustained=5s",
            "TCP sockets in CLOSE_WAIT of the target are above 100 for 5 s",
        ),
        (
            "sockets states=syn_recv grows_by=50 within=10s port=80 max_count=1",
            "TCP sockets in SYN_RECV of local port 80 grow by 50 within 10 s, once only",
        ),
        (
            "memory above=2GB combine=sum grace=1m",
            "memory of the target's processes together is above 2 GB, not in the first 1 min",
        ),
        (
            "memory above=2GB",
            "memory of the target's largest process is above 2 GB",
        ),
        (
            "threads below=3 combine=lowest",
            "threads of the target's process with fewest are below 3",
        ),
        (
            "stuck how=stopped sustained=10s",
            "a process of the target is stopped for 10 s",
        ),
        (
            "traffic unit=bits above=10Mbit",
            "bits per second are above 10.0 Mbit/s",
        ),
        (
            "packet filter='tcp[13] & 4 != 0' times=20 within=1s cool_down=5m",
            "20 packets match tcp[13] & 4 != 0 within 1 s, once within 5 min",
        ),
        (
            "no_answer after=5s ports=80,443",
            "a request on ports 80, 443 has no answer for 5 s",
        ),
        ("silence after=30s", "no packet comes for 30 s"),
        (
            "log file=/var/log/shop.log regex=panic times=3 within=1m",
            "3 lines of /var/log/shop.log match panic within 1 min",
        ),
        (
            "log journal=shop.service regex=panic",
            "a line of the journal of shop.service matches panic",
        ),
        (
            "health url=http://me:secret@127.0.0.1:80/health?key=secret",
            "GET http://127.0.0.1:80/health fails 3 times in a row",
        ),
        (
            "health connect=127.0.0.1:80 times=1",
            "connecting to 127.0.0.1:80 fails",
        ),
        (
            "health command='/bin/check --max 3' times=2",
            "check fails 2 times in a row",
        ),
        (
            "cpu above=95%",
            "CPU use of the target's busiest process is above 95 % of a core",
        ),
        (
            "retransmissions above='5 %' within=10s",
            "the share of TCP segments sent again within 10 s is above 5.0 %",
        ),
        (
            "command command='/bin/check --max 3' says=fails sustained=1m",
            "check fails for 1 min",
        ),
        (
            "command command=check regex='^[1-9]'",
            "what check says matches ^[1-9]",
        ),
        ("time at=03:30", "it is 03:30:00"),
        ("time after=2h", "2 h have passed since the start"),
    ] {
        let trigger = check(&line(text).unwrap()).unwrap();
        assert_eq!(trigger.clause("the target"), clause);
    }
}

#[test]
fn a_target_of_several_words_takes_no_apostrophe() {
    let trigger = check(&line("memory above=2GB").unwrap()).unwrap();
    let clause = |target| trigger.clause(target);
    assert_eq!(
        clause("router_runner"),
        "memory of router_runner's largest process is above 2 GB"
    );
    assert_eq!(
        clause("a process named router_*"),
        "memory of the largest process of a process named router_* is above 2 GB"
    );
}

#[test]
fn every_field_has_a_title_of_its_own_within_a_kind() {
    use crate::profile::action::ACTIONS;
    for vocabulary in [TRIGGERS, ACTIONS] {
        for kind in vocabulary.kinds {
            let titles: Vec<&str> = vocabulary
                .all_fields(kind)
                .map(|word| vocabulary.field(word).unwrap().title)
                .collect();
            for (place, title) in titles.iter().enumerate() {
                assert!(!title.is_empty() && !title.contains('_'), "{}", kind.word);
                assert!(!titles[..place].contains(title), "{title} of {}", kind.word);
            }
        }
    }
    let every = TRIGGERS.field("every").unwrap();
    assert_eq!(every.usual_of("health"), Some("5s"));
    assert_eq!(every.usual_of("cpu"), Some("1s"));
    assert_eq!(TRIGGERS.field("above").unwrap().usual_of("cpu"), None);
}

#[test]
fn every_mistake_says_what_would_be_right() {
    for (text, words) in [
        ("", &["write its kind first"][..]),
        ("sokets above=1", &["did you mean sockets?"]),
        ("fnord", &["write one of exit, crash"]),
        (
            "sockets above=100",
            &["states is missing", "states=CLOSE_WAIT"],
        ),
        (
            "sockets states=CLOSED_WAIT above=1",
            &["CLOSED_WAIT", "CLOSE_WAIT"],
        ),
        (
            "sockets states=CLOSE_WAIT",
            &["a number to compare with is missing"],
        ),
        (
            "sockets states=CLOSE_WAIT above=1 below=0",
            &["exclude one another"],
        ),
        (
            "sockets states=CLOSE_WAIT above=many",
            &["\"many\" is no number"],
        ),
        (
            "sockets states=CLOSE_WAIT above=-1",
            &["\"-1\" is no number"],
        ),
        (
            "sockets states=CLOSE_WAIT above=1 port=80 scope=host",
            &["exclude"],
        ),
        (
            "sockets states=CLOSE_WAIT grows_by=5",
            &["grows_by needs within"],
        ),
        ("memory above=2furlongs", &["furlongs"]),
        ("cpu above=90 every=1ms", &["every must be"]),
        ("stuck how=dead", &["stopped or uninterruptible"]),
        ("payload regex='('", &["expression"]),
        ("payload text=a regex=b", &["one of text and regex"]),
        ("packet filter=tcp times=3", &["times needs within"]),
        (
            "packet filter=tcp sustained=3s",
            &["no field sustained", "filter, times"],
        ),
        ("log regex=a", &["write one of file, journal"]),
        ("log file=x", &["regex is missing"]),
        ("log file=x regex='('", &["unclosed group"]),
        ("log file=x regex='a*'", &["every line"]),
        ("log file=x regex='(\\w{1000}){1000}'", &["bytes of memory"]),
        ("health", &["write one of url, connect and command"]),
        (
            "health connect=x:1 command=x",
            &["write one of url, connect and command"],
        ),
        ("health command=''", &["command is missing"]),
        ("health command=x status=200", &["status is of url"]),
        ("health command=x timeout=1h", &["timeout must be within"]),
        (
            "log file=x regex=a times=4294967295 within=1000h",
            &["times must be within 1 and 10000"],
        ),
        ("log file=x regex=a times=0", &["times must be within 1"]),
        (
            "log file=x regex=a times=2 within=0",
            &["within must be within 50 ms and 1 d"],
        ),
        (
            "log file=x regex=a times=2 within=1000h",
            &["within must be within 50 ms and 1 d"],
        ),
        ("packet filter=tcp times=0 within=1s", &["times must be"]),
        (
            "sockets states=CLOSE_WAIT above=5 within=10s",
            &["within is of grows_by", "sustained"],
        ),
        ("traffic below=5 within=10s", &["within is of grows_by"]),
        (
            "traffic grows_by=5 within=1s",
            &["within must be within 2 s and 1 d"],
        ),
        (
            "threads grows_by=5 within=25h",
            &["within must be within 2 s and 1 d"],
        ),
        (
            "threads grows_by=5 within=24h every=50ms",
            &["within can be", "every"],
        ),
        ("threads grows_by=0 within=10s", &["write 1 at least"]),
        ("threads below=0", &["below=1 for none"]),
        ("retransmissions above=100", &["below 100", "per cent"]),
        ("retransmissions above=250%", &["below 100"]),
        (
            "sockets states=CLOSE_WAIT above=5%",
            &["\"5%\" is no number", "above=100"],
        ),
        ("threads above=nan", &["\"nan\" is no number"]),
        ("health url=x", &["http://127.0.0.1:9973/health"]),
        ("health connect=x:1 status=200", &["status is of url"]),
        ("health connect=x:1 times=0", &["1 at least"]),
        ("health connect=x:1 timeout=1h", &["timeout must be within"]),
        ("command", &["command is missing"]),
        ("command command=x every=1ms", &["every must be"]),
        ("command command=x says=fails regex=a", &["exclude"]),
        ("time at=late", &["as in 03:30"]),
        ("time", &["write one of at and after"]),
        ("exit max_count=0", &["enabled = false"]),
        ("exit max_count=x", &["whole number"]),
        ("exit clean_codes=1", &["no field clean_codes"]),
        ("exit 'name", &["quote"]),
        ("exit wrong", &["field=value"]),
        ("any of=exit", &["as one table", "{ kind = \"any\", of = ["]),
        ("{ kind = \"exit\"", &["no table of TOML"]),
        ("{ kind = \"exit\" }\nx = 1", &["no table of TOML"]),
        (
            "{ kind = \"exit\", nmae = \"x\" }",
            &["did you mean `name`?"],
        ),
        ("silence", &["after is missing", "silence after=30s"]),
        ("silence after=1h after=2h", &["twice"]),
    ] {
        let told = match line(text) {
            Ok(raw) => check(&raw).unwrap_err().to_string(),
            Err(told) => told,
        };
        for word in words {
            assert!(told.contains(word), "{text}: {told}");
        }
    }
}

#[test]
fn combinations_are_checked_within() {
    let checked = |of: &str| {
        let text = format!("[target]\nname = \"server\"\n[[trigger]]\n{of}");
        RawProfile::from_toml(&text)
            .and_then(|raw| raw.check())
            .map(|profile| profile.triggers[0].trigger.clause("server"))
            .map_err(|error| error.to_string())
    };
    assert_eq!(
        checked(
            "kind = \"then\"\nwithin = \"2s\"\nof = [{ kind = \"restart\" }, { kind = \"crash\" }]"
        ),
        Ok("server was started again, and within 2 s after that server crashes".into())
    );
    for (of, words) in [
        ("kind = \"any\"", "two conditions at least"),
        (
            "kind = \"any\"\nof = [{ kind = \"exit\" }]",
            "two conditions at least",
        ),
        (
            "kind = \"then\"\nof = [{ kind = \"exit\" }, { kind = \"crash\" }]",
            "within is missing",
        ),
        (
            "kind = \"any\"\nof = [{ kind = \"exit\", cool_down = \"1s\" }, { kind = \"crash\" }]",
            "beside the combination",
        ),
        (
            "kind = \"any\"\nof = [{ kind = \"exit\", nmae = \"x\" }, { kind = \"crash\" }]",
            "name",
        ),
    ] {
        let told = checked(of).unwrap_err();
        assert!(told.contains(words), "{told}");
    }
}
