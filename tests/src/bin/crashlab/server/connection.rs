//! One connection: requests in, answers out, in order, until the client closes it.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::str;
use std::time::Duration;

use crashcap_tests::lab::system::GuardedMemory;
use httparse::Status;

use super::routes::{Answer, Request, Service};

/// The largest body that is taken, in bytes.
pub(super) const MAX_BODY: usize = 256 * 1024;
const MAX_HEAD: usize = 16 * 1024;
const MAX_HEADERS: usize = 64;
/// So that idle connections do not hold all threads for ever.
const IDLE: Duration = Duration::from_secs(120);

/// What the head of a request says.
struct Head {
    length: usize,
    method: String,
    target: String,
    json: bool,
    body: usize,
    close: bool,
}

/// Serves `stream` until it is closed or what comes is not HTTP.
pub(super) fn serve(
    mut stream: TcpStream,
    service: &Service,
    memory: &mut GuardedMemory,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(IDLE))?;
    let mut input = Vec::with_capacity(4096);
    let mut output = Vec::with_capacity(4096);
    loop {
        let head = match read_head(&mut stream, &mut input)? {
            Read::Head(head) => head,
            Read::Closed => return Ok(()),
            Read::Refused(answer) => {
                answer.write(true, &mut output);
                return stream.write_all(&output);
            }
        };
        if !fill(&mut stream, &mut input, head.length + head.body)? {
            return Ok(());
        }
        let body = memory
            .place(&input[head.length..head.length + head.body])
            .unwrap_or_default();
        let request = Request {
            method: &head.method,
            target: &head.target,
            json: head.json,
            body,
        };
        service.answer(&request).write(head.close, &mut output);
        stream.write_all(&output)?;
        input.drain(..head.length + head.body);
        if head.close {
            return Ok(());
        }
    }
}

enum Read {
    Head(Head),
    Closed,
    Refused(Answer),
}

fn read_head(stream: &mut TcpStream, input: &mut Vec<u8>) -> io::Result<Read> {
    loop {
        if !input.is_empty() {
            match parse_head(input) {
                Ok(Some(head)) => return Ok(Read::Head(head)),
                Ok(None) if input.len() >= MAX_HEAD => {
                    return Ok(Read::Refused(Answer::error(431, "the head is too large")));
                }
                Ok(None) => {}
                Err(refusal) => return Ok(Read::Refused(refusal)),
            }
        }
        let wanted = input.len() + 1;
        if !fill(stream, input, wanted)? {
            return Ok(Read::Closed);
        }
    }
}

/// Reads until `input` holds `wanted` bytes; false when the client closes before that.
fn fill(stream: &mut TcpStream, input: &mut Vec<u8>, wanted: usize) -> io::Result<bool> {
    let mut piece = [0; 8192];
    while input.len() < wanted {
        let count = stream.read(&mut piece)?;
        if count == 0 {
            return Ok(false);
        }
        input.extend_from_slice(&piece[..count]);
    }
    Ok(true)
}

fn parse_head(input: &[u8]) -> Result<Option<Head>, Answer> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let length = match parsed.parse(input) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return Ok(None),
        Err(error) => return Err(Answer::error(400, &error.to_string())),
    };
    let mut head = Head {
        length,
        method: parsed.method.unwrap_or_default().to_owned(),
        target: parsed.path.unwrap_or_default().to_owned(),
        json: false,
        body: 0,
        close: parsed.version == Some(0),
    };
    for header in parsed.headers.iter() {
        let value = str::from_utf8(header.value).unwrap_or_default().trim();
        if header.name.eq_ignore_ascii_case("content-length") {
            head.body = value
                .parse()
                .map_err(|_| Answer::error(400, "Content-Length is not a number"))?;
        } else if header.name.eq_ignore_ascii_case("content-type") {
            head.json = value.starts_with("application/json");
        } else if header.name.eq_ignore_ascii_case("connection") {
            head.close |= value.eq_ignore_ascii_case("close");
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(Answer::error(501, "send the body with a Content-Length"));
        }
    }
    if head.body > MAX_BODY {
        return Err(Answer::error(413, "the body is too large"));
    }
    Ok(Some(head))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(input: &[u8]) -> u16 {
        match parse_head(input) {
            Err(answer) => answer.status,
            Ok(_) => 200,
        }
    }

    #[test]
    fn a_head_is_read_when_it_is_whole() {
        let input = b"POST /orders/ HTTP/1.1\r\ncontent-type: application/json; charset=utf-8\r\nCONTENT-LENGTH: 2\r\n\r\n{}";
        let head = parse_head(input).ok().flatten().unwrap();
        assert_eq!(
            (head.length, head.body, head.json, head.close),
            (input.len() - 2, 2, true, false)
        );
        assert!(parse_head(&input[..40]).ok().unwrap().is_none());
    }

    #[test]
    fn bad_heads_are_refused_with_their_status() {
        assert_eq!(refusal(b"\x01\x02\r\n\r\n"), 400);
        assert_eq!(
            refusal(b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
            400
        );
        assert_eq!(
            refusal(b"POST / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n"),
            413
        );
        assert_eq!(
            refusal(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"),
            501
        );
    }
}
