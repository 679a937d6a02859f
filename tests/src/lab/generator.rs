//! The requests of the load: varied, real-looking, and the same for the same seed.

use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::pacing::Schedule;
use super::random::Random;

/// How many blanks the poisonous request's body has.
pub const POISON_BLANKS: usize = 30;

/// The stream of the seed that the poison's moment is drawn from; requests use the streams
/// from 0.
const POISON_STREAM: u64 = u64::MAX;

const AGENTS: &[&str] = &[
    "fleet-client/2.4.1 (linux; amd64)",
    "fleet-client/2.3.0 (linux; arm64)",
    "dispatch-board/7.12",
    "curl/8.5.0",
    "okhttp/4.12.0",
    "python-requests/2.31.0",
    "Go-http-client/1.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
];
const CITIES: &[&str] = &[
    "Aachen", "Bern", "Gdańsk", "Lyon", "Malmö", "Porto", "Tartu", "Utrecht", "Zürich",
];
const STATES: &[&str] = &["new", "packed", "on the road", "delivered", "returned"];

/// Makes request after request.
#[derive(Clone, Debug)]
pub struct Generator {
    seed: u64,
    host: String,
}

impl Generator {
    /// Requests drawn from `seed`, with `host` in their `Host` field.
    pub fn new(seed: u64, host: impl Into<String>) -> Self {
        Self {
            seed,
            host: host.into(),
        }
    }

    /// Puts request number `index` into `out`, replacing what is there.
    pub fn request(&self, index: u64, out: &mut Vec<u8>) {
        let mut random = Random::stream(self.seed, index);
        match random.below(100) {
            0..25 => self.head(&mut random, "GET", "/health", None, out),
            25..55 => {
                let path = route_query(&mut random);
                self.head(&mut random, "GET", &path, None, out);
            }
            55..70 => {
                let path = format!("/orders/{}", random.between(10_000, 999_999));
                self.head(&mut random, "GET", &path, None, out);
            }
            70..90 => {
                let body = route_body(&mut random);
                self.head(&mut random, "POST", "/api/v1/routes", Some(&body), out);
            }
            _ => {
                let body = order_body(&mut random);
                self.head(&mut random, "POST", "/orders/", Some(&body), out);
            }
        }
    }

    /// Puts the poisonous request, sent as number `index`, into `out`: the story's `POST`
    /// whose body is nothing but blanks.
    pub fn poison(&self, index: u64, out: &mut Vec<u8>) {
        let mut random = Random::stream(self.seed, index);
        let body = " ".repeat(POISON_BLANKS);
        self.head(&mut random, "POST", "/api/v1/routes", Some(&body), out);
    }

    /// The number of the poisonous request, so that it is due at a moment of `range` after
    /// the start.
    pub fn poison_index(&self, range: &RangeInclusive<Duration>, schedule: Schedule) -> u64 {
        let nanos = |time: &Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let mut random = Random::stream(self.seed, POISON_STREAM);
        let at = random.between(nanos(range.start()), nanos(range.end()));
        schedule.count(Duration::from_nanos(at))
    }

    fn head(
        &self,
        random: &mut Random,
        method: &str,
        path: &str,
        body: Option<&str>,
        out: &mut Vec<u8>,
    ) {
        let mut head = String::with_capacity(512);
        line(&mut head, format_args!("{method} {path} HTTP/1.1"));
        line(&mut head, format_args!("Host: {}", self.host));
        line(
            &mut head,
            format_args!("User-Agent: {}", random.pick(AGENTS)),
        );
        let accept = random.pick(&["application/json", "*/*", "application/json, text/plain"]);
        line(&mut head, format_args!("Accept: {accept}"));
        if random.chance(60) {
            line(&mut head, format_args!("Accept-Encoding: gzip, deflate"));
        }
        if random.chance(50) {
            let (high, low) = (random.draw(), random.draw());
            line(
                &mut head,
                format_args!("X-Request-Id: {high:016x}{low:016x}"),
            );
        }
        if random.chance(30) {
            line(
                &mut head,
                format_args!("Cookie: session={:016x}; theme=dark", random.draw()),
            );
        }
        if random.chance(10) {
            line(&mut head, format_args!("Connection: keep-alive"));
        }
        if let Some(body) = body {
            line(&mut head, format_args!("Content-Type: application/json"));
            line(&mut head, format_args!("Content-Length: {}", body.len()));
        }
        head.push_str("\r\n");
        out.clear();
        out.extend_from_slice(head.as_bytes());
        // Writing to a Vec cannot fail.
        let _ = out.write_all(body.unwrap_or_default().as_bytes());
    }
}

fn line(head: &mut String, content: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = head.write_fmt(content);
    head.push_str("\r\n");
}

fn route_query(random: &mut Random) -> String {
    let (from, to) = (random.between(1, 400), random.between(1, 400));
    let mut path = format!("/api/v1/routes?from={from}&to={to}");
    if random.chance(40) {
        let _ = write!(path, "&limit={}", random.between(1, 12));
    }
    path
}

/// A route with up to forty stops: from 100 bytes to some kilobytes.
fn route_body(random: &mut Random) -> String {
    let mut body = String::with_capacity(1024);
    let _ = write!(
        body,
        r#"{{"vehicle": "truck-{}", "priority": {}, "express": {}, "stops": ["#,
        random.between(1, 900),
        random.between(1, 5),
        random.chance(20),
    );
    let stops = if random.chance(10) {
        random.between(20, 40)
    } else {
        random.between(1, 6)
    };
    for stop in 0..stops {
        if stop > 0 {
            body.push_str(", ");
        }
        let _ = write!(
            body,
            r#"{{"city": "{}", "lat": {}.{:05}, "lon": -{}.{:05}, "note": "{}"}}"#,
            random.pick(CITIES),
            random.between(0, 89),
            random.below(100_000),
            random.between(0, 179),
            random.below(100_000),
            random.pick(&[
                "",
                "ring twice",
                "gate \\\"B\\\"",
                "caf\\u00e9",
                "after 6e1 min"
            ]),
        );
    }
    body.push_str("]}");
    // Some clients write a line end after their JSON.
    if random.chance(15) {
        body.push('\n');
    }
    body
}

fn order_body(random: &mut Random) -> String {
    let mut body = String::with_capacity(256);
    let _ = write!(
        body,
        "{{\n  \"customer\": {},\n  \"state\": \"{}\",\n  \"total\": {}.{:02}e0,\n  \"coupon\": null,\n  \"items\": [",
        random.between(1000, 99_999),
        random.pick(STATES),
        random.between(1, 4000),
        random.below(100),
    );
    for item in 0..random.between(0, 8) {
        let comma = if item > 0 { "," } else { "" };
        let _ = write!(
            body,
            "{comma}\n    {{\"sku\": \"{:08X}\", \"count\": {}}}",
            random.below(1 << 32),
            random.between(1, 20)
        );
    }
    body.push_str("\n  ]\n}");
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn all(seed: u64, count: u64) -> Vec<Vec<u8>> {
        let generator = Generator::new(seed, "127.0.0.1:9973");
        let mut out = Vec::new();
        (0..count)
            .map(|index| {
                generator.request(index, &mut out);
                out.clone()
            })
            .collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        assert_eq!(all(42, 500), all(42, 500));
        assert_ne!(all(42, 500), all(43, 500));
        let generator = Generator::new(42, "127.0.0.1:9973");
        let mut alone = b"left over".to_vec();
        generator.request(321, &mut alone);
        assert_eq!(alone, all(42, 500)[321]);
    }

    #[test]
    fn requests_are_varied_and_well_formed() {
        let mut kinds = HashSet::new();
        let mut sizes = HashSet::new();
        for request in all(7, 2000) {
            let mut headers = [httparse::EMPTY_HEADER; 16];
            let mut parsed = httparse::Request::new(&mut headers);
            let httparse::Status::Complete(head) = parsed.parse(&request).unwrap() else {
                panic!("not a whole head");
            };
            let path = parsed.path.unwrap();
            kinds.insert((
                parsed.method.unwrap().to_owned(),
                path.chars().take(7).collect::<String>(),
            ));
            let body = &request[head..];
            sizes.insert(body.len());
            let stated = parsed
                .headers
                .iter()
                .find(|header| header.name == "Content-Length");
            match stated {
                Some(stated) => {
                    assert_eq!(stated.value, body.len().to_string().as_bytes());
                    serde_json::from_slice::<serde_json::Value>(body).unwrap();
                }
                None => assert!(body.is_empty()),
            }
        }
        assert_eq!(kinds.len(), 5, "{kinds:?}");
        assert!(sizes.len() > 100, "{}", sizes.len());
        assert!(sizes.iter().any(|size| *size > 1500));
    }

    #[test]
    fn the_poison_is_the_storys_request() {
        let mut poison = Vec::new();
        Generator::new(1, "127.0.0.1:9973").poison(20_000, &mut poison);
        let text = String::from_utf8(poison).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /api/v1/routes HTTP/1.1\r\n"));
        assert!(head.contains("\r\nContent-Type: application/json\r\n"));
        assert!(head.ends_with("\r\nContent-Length: 30"));
        assert_eq!(body, " ".repeat(30));
    }

    #[test]
    fn the_poison_falls_within_its_range() {
        let schedule = Schedule::new(3000);
        let range = Duration::from_secs(5)..=Duration::from_secs(8);
        let mut drawn = HashSet::new();
        for seed in 0..200 {
            let index = Generator::new(seed, "h").poison_index(&range, schedule);
            assert!(range.contains(&schedule.due(index)), "seed {seed}: {index}");
            drawn.insert(index);
        }
        assert!(drawn.len() > 150);
    }
}
