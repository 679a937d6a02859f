//! Frames on a pair of byte streams: a length in four bytes, big endian, then
//! that many bytes of JSON. A stream begins with a magic and a version.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::limits;

const MAGIC: [u8; 8] = *b"CRASHCAP";
const VERSION: u8 = 1;

/// Writes what a stream begins with.
pub(super) fn write_greeting(stream: &mut impl Write) -> io::Result<()> {
    let mut greeting = [VERSION; 9];
    greeting[..8].copy_from_slice(&MAGIC);
    stream.write_all(&greeting)
}

/// Reads what a stream begins with; another program or version is an error.
pub(super) fn read_greeting(stream: &mut impl Read) -> io::Result<()> {
    let mut greeting = [0; 9];
    stream.read_exact(&mut greeting)?;
    if greeting[..8] != MAGIC {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the other side is not Crashcap",
        ));
    }
    if greeting[8] != VERSION {
        let sentence = format!(
            "the other side speaks version {} and this one {VERSION}: use the same Crashcap on both",
            greeting[8]
        );
        return Err(io::Error::new(io::ErrorKind::InvalidData, sentence));
    }
    Ok(())
}

/// Writes one value as a frame.
pub(super) fn write(stream: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let json = serde_json::to_vec(value)?;
    let length = u32::try_from(json.len())
        .ok()
        .filter(|_| json.len() <= limits::FRAME_BYTES_MAX)
        .ok_or_else(|| too_long(json.len()))?;
    let mut frame = length.to_be_bytes().to_vec();
    frame.extend(json);
    stream.write_all(&frame)?;
    stream.flush()
}

/// Reads one frame as a value.
pub(super) fn read<T: DeserializeOwned>(stream: &mut impl Read) -> io::Result<T> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > limits::FRAME_BYTES_MAX {
        return Err(too_long(length));
    }
    let mut json = vec![0; length];
    stream.read_exact(&mut json)?;
    Ok(serde_json::from_slice(&json)?)
}

fn too_long(length: usize) -> io::Error {
    let sentence = format!(
        "a frame of {length} bytes is longer than the {} allowed",
        limits::FRAME_BYTES_MAX
    );
    io::Error::new(io::ErrorKind::InvalidData, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut stream = Vec::new();
        write_greeting(&mut stream).unwrap();
        write(&mut stream, &"hello").unwrap();
        let mut reader = stream.as_slice();
        read_greeting(&mut reader).unwrap();
        assert_eq!(read::<String>(&mut reader).unwrap(), "hello");
        assert!(read::<String>(&mut reader).is_err());
    }

    #[test]
    fn strangers_and_giants_are_refused() {
        let error = read_greeting(&mut b"GET / HTTP/1.1".as_slice()).unwrap_err();
        assert!(error.to_string().contains("not Crashcap"));
        let error = read_greeting(&mut b"CRASHCAP\x63".as_slice()).unwrap_err();
        assert!(error.to_string().contains("version 99"));
        let error = read::<String>(&mut [0xff; 12].as_slice()).unwrap_err();
        assert!(error.to_string().contains("longer than"));
        let long = "x".repeat(limits::FRAME_BYTES_MAX);
        assert!(write(&mut Vec::new(), &long).is_err());
    }
}
