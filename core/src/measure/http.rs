//! One way to ask servers over HTTP, for health checks and webhooks.

use std::net::IpAddr;
use std::time::Duration;

use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

/// Asks one server, for `timeout` at most from its name's lookup to its last byte.
///
/// - A status is an answer whatever it is, and redirects are not followed.
/// - Certificates are checked against the system's own roots.
/// - A server on this machine is never asked through a proxy; others are where
///   HTTPS_PROXY and the like say so.
pub(crate) fn agent(uri: &Uri, timeout: Duration) -> Agent {
    let tls = TlsConfig::builder()
        .provider(if cfg!(target_os = "linux") {
            TlsProvider::Rustls
        } else {
            TlsProvider::NativeTls
        })
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    let mut config = Config::builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(timeout));
    if is_here(uri) {
        config = config.proxy(None);
    }
    config.build().into()
}

/// Whether the server is this machine.
fn is_here(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let plain = host.trim_start_matches('[').trim_end_matches(']');
    let address = plain.parse::<IpAddr>();
    plain.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_never_asked_through_a_proxy() {
        for (url, here) in [
            ("http://127.0.0.1:1/", true),
            ("http://[::1]:1/", true),
            ("http://LOCALHOST/", true),
            ("http://192.0.2.1/", false),
            ("http://localhost.example.org/", false),
        ] {
            assert_eq!(is_here(&url.parse().unwrap()), here, "{url}");
        }
    }
}
