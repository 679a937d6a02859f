//! One keep-alive connection of the load: a request, then its answer.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::str;
use std::time::Duration;

use httparse::Status;

const MAX_HEADERS: usize = 32;

/// A connection and what has been read of the next answer.
#[derive(Debug)]
pub(super) struct Client {
    stream: TcpStream,
    input: Vec<u8>,
    /// The client's end.
    pub(super) local: SocketAddr,
    /// The server's end.
    pub(super) remote: SocketAddr,
}

impl Client {
    /// Takes over `stream`; an answer may take `timeout`.
    pub(super) fn new(stream: TcpStream, timeout: Duration) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(timeout))?;
        stream.set_write_timeout(Some(timeout))?;
        Ok(Self {
            local: stream.local_addr()?,
            remote: stream.peer_addr()?,
            input: Vec::with_capacity(4096),
            stream,
        })
    }

    /// Writes a whole request, in one piece as far as the system takes it.
    pub(super) fn send(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request)
    }

    /// Reads one whole answer.
    ///
    /// # Errors
    /// `UnexpectedEof` when the server has closed, `InvalidData` when what comes is not HTTP,
    /// `WouldBlock` or `TimedOut` when nothing came in time.
    pub(super) fn receive(&mut self) -> io::Result<()> {
        let mut piece = [0; 8192];
        loop {
            if let Some(length) = whole_answer(&self.input)? {
                self.input.drain(..length);
                return Ok(());
            }
            let count = self.stream.read(&mut piece)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.input.extend_from_slice(&piece[..count]);
        }
    }
}

/// The length of the answer at the front of `input`, when it is all there.
fn whole_answer(input: &[u8]) -> io::Result<Option<usize>> {
    if input.is_empty() {
        return Ok(None);
    }
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Response::new(&mut headers);
    let head = match parsed.parse(input) {
        Ok(Status::Complete(head)) => head,
        Ok(Status::Partial) => return Ok(None),
        Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
    };
    let body = parsed
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .and_then(|header| str::from_utf8(header.value).ok())
        .and_then(|value| value.trim().parse::<usize>().ok())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no Content-Length"))?;
    Ok(Some(head + body).filter(|whole| input.len() >= *whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_with_its_body() {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 ";
        assert_eq!(whole_answer(answer).unwrap(), Some(answer.len() - 9));
        for cut in 0..answer.len() - 9 {
            assert_eq!(whole_answer(&answer[..cut]).unwrap(), None, "{cut}");
        }
        assert!(whole_answer(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(whole_answer(b"nonsense\r\n\r\n").is_err());
    }
}
