//! Visitors: short connections beside the load, one request each.

use std::net::TcpStream;
use std::time::Instant;

use crashcap_tests::lab::pacing::Schedule;

use super::CONNECT_TIMEOUT;
use super::client::Client;
use super::run::{Plan, Progress};

/// Sends visitors for as long as the load is planned to take, or until it is stopped; gives
/// how many sent their request.
pub(super) fn run(plan: &Plan, progress: &Progress, start: Instant) -> u64 {
    if plan.visitors == 0 {
        return 0;
    }
    let schedule = Schedule::new(plan.visitors);
    let planned = schedule.count(plan.schedule.due(plan.total));
    let mut sent = 0;
    for number in 0..planned {
        if progress.stopped_before(start + schedule.due(number)) {
            break;
        }
        // One that finds no room, or no answer, has come in vain.
        let came = TcpStream::connect_timeout(&plan.address, CONNECT_TIMEOUT)
            .and_then(|stream| Client::new(stream, plan.answer_timeout));
        let Ok(mut client) = came else {
            continue;
        };
        let request = format!("GET /health HTTP/1.1\r\nHost: {}\r\n\r\n", plan.address);
        if client.send(request.as_bytes()).is_ok() {
            sent += 1;
            let _ = client.receive();
        }
    }
    sent
}
