//! Linux: the portal's setting `color-scheme`, read once and heard when it
//! changes (org.freedesktop.portal.Settings).

use zbus::MatchRule;
use zbus::blocking::{Connection, MessageIterator};
use zbus::message::Type;
use zbus::zvariant::{OwnedValue, Value};

use super::Scheme;
use crate::services::bus::{self, PORTAL, PORTAL_PATH};

const SETTINGS: &str = "org.freedesktop.portal.Settings";
const NAMESPACE: &str = "org.freedesktop.appearance";
const KEY: &str = "color-scheme";
/// Changes that wait to be heard.
const WAITING_MAX: usize = 8;

/// Tells what the desktop prefers, and each change of it, until the program
/// ends.
pub(super) fn watch(tell: impl Fn(Option<Scheme>) + Send + 'static) {
    // Without the thread the window stays as it is.
    let _ = std::thread::Builder::new()
        .name("colour scheme".into())
        .spawn(move || {
            // A session without a portal ends the thread.
            let _ = follow(&tell);
        });
}

fn follow(tell: &impl Fn(Option<Scheme>)) -> Option<()> {
    let bus = bus::connect().filter(|bus| bus::offers(bus, PORTAL))?;
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .interface(SETTINGS)
        .and_then(|rule| rule.member("SettingChanged"))
        .and_then(|rule| rule.path(PORTAL_PATH))
        .and_then(|rule| rule.arg(0, NAMESPACE))
        .and_then(|rule| rule.arg(1, KEY))
        .ok()?;
    // First listen, then read: no change falls between.
    let changes = MessageIterator::for_match_rule(rule.build(), &bus, Some(WAITING_MAX)).ok()?;
    tell(read(&bus)?);
    for change in changes.flatten() {
        let body = change.body();
        if let Ok((_, _, value)) = body.deserialize::<(&str, &str, Value<'_>)>() {
            tell(scheme(&value));
        }
    }
    Some(())
}

/// `None` where nobody answers; portals before version 2 know `Read` only.
fn read(bus: &Connection) -> Option<Option<Scheme>> {
    ["ReadOne", "Read"].into_iter().find_map(|method| {
        let key = (NAMESPACE, KEY);
        let reply = bus.call_method(Some(PORTAL), PORTAL_PATH, Some(SETTINGS), method, &key);
        let value: OwnedValue = reply.ok()?.body().deserialize().ok()?;
        Some(scheme(&value))
    })
}

/// 1 is dark, 2 is light, everything else no preference. `Read` wraps it twice.
fn scheme(value: &Value<'_>) -> Option<Scheme> {
    match value {
        Value::Value(inner) => scheme(inner),
        Value::U32(1) => Some(Scheme::Dark),
        Value::U32(2) => Some(Scheme::Light),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::bus::session::in_session;
    use std::time::Duration;
    use zbus::blocking::connection::Builder;

    const LONG: Duration = Duration::from_secs(20);

    struct New;

    #[zbus::interface(name = "org.freedesktop.portal.Settings")]
    impl New {
        fn read_one(&self, namespace: &str, key: &str) -> OwnedValue {
            assert_eq!((namespace, key), (NAMESPACE, KEY));
            OwnedValue::from(1_u32)
        }
    }

    struct Old;

    #[zbus::interface(name = "org.freedesktop.portal.Settings")]
    impl Old {
        fn read(&self, _namespace: &str, _key: &str) -> OwnedValue {
            OwnedValue::try_from(Value::Value(Box::new(Value::U32(2)))).unwrap()
        }
    }

    fn watched() -> crossbeam_channel::Receiver<Option<Scheme>> {
        let (told, tells) = crossbeam_channel::bounded(8);
        watch(move |scheme| told.send(scheme).unwrap());
        tells
    }

    #[test]
    fn what_the_portal_says_is_heard_and_each_change() {
        if !in_session(
            "services::scheme::system::tests::what_the_portal_says_is_heard_and_each_change",
        ) {
            return;
        }
        let portal = Builder::session().unwrap().name(PORTAL).unwrap();
        let portal = portal.serve_at(PORTAL_PATH, New).unwrap().build().unwrap();
        let tells = watched();
        assert_eq!(tells.recv_timeout(LONG), Ok(Some(Scheme::Dark)));
        for (namespace, value) in [(NAMESPACE, 2_u32), ("org.other", 1), (NAMESPACE, 0)] {
            let change = (namespace, KEY, Value::from(value));
            let to = None::<&str>;
            portal
                .emit_signal(to, PORTAL_PATH, SETTINGS, "SettingChanged", &change)
                .unwrap();
        }
        assert_eq!(tells.recv_timeout(LONG), Ok(Some(Scheme::Light)));
        assert_eq!(tells.recv_timeout(LONG), Ok(None));
    }

    #[test]
    fn an_old_portal_is_understood_too() {
        if !in_session("services::scheme::system::tests::an_old_portal_is_understood_too") {
            return;
        }
        let portal = Builder::session().unwrap().name(PORTAL).unwrap();
        let _portal = portal.serve_at(PORTAL_PATH, Old).unwrap().build().unwrap();
        assert_eq!(watched().recv_timeout(LONG), Ok(Some(Scheme::Light)));
    }

    #[test]
    fn a_session_without_a_portal_says_nothing() {
        if !in_session("services::scheme::system::tests::a_session_without_a_portal_says_nothing") {
            return;
        }
        let tells = watched();
        // The thread ends, and with it what it would have told by.
        assert!(
            tells
                .recv_timeout(LONG)
                .is_err_and(|error| error.is_disconnected())
        );
    }
}
