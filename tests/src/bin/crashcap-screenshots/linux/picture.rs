//! A window's pixels as a small PNG.

use std::path::Path;
use std::process::Command;

use oxipng::{BitDepth, ColorType, Options, RawImage};

use super::Failure;

/// Words of the head of a window dump (X11/XWDFile.h), each four bytes, the first one first.
const HEAD_SIZE: usize = 0;
const FORMAT: usize = 2;
const WIDTH: usize = 4;
const HEIGHT: usize = 5;
const BYTE_ORDER: usize = 7;
const BITS_PER_PIXEL: usize = 11;
const BYTES_PER_LINE: usize = 12;
const COLOURS: usize = 19;
/// Bytes of a colour behind the head.
const COLOUR_SIZE: usize = 12;
/// Whole pixels, not planes.
const Z_PIXMAP: usize = 2;

/// Pixels: red, green, blue.
#[derive(Debug, PartialEq)]
struct Pixels {
    width: u32,
    height: u32,
    bytes: Vec<u8>,
}

/// Takes the picture of a window and writes it.
pub(super) fn take(display: &str, window: &str, file: &Path) -> Result<(), Failure> {
    let failed = |why: String| Failure::Picture {
        what: file.display().to_string(),
        why,
    };
    let output = Command::new("xwd")
        .args(["-silent", "-id", window])
        .env("DISPLAY", display)
        .output()
        .map_err(|error| failed(format!("run xwd: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(failed(format!("xwd: {}", said.trim())));
    }
    let pixels = read(&output.stdout).ok_or_else(|| failed("xwd wrote no picture".to_owned()))?;
    let png = pixels.png().map_err(|error| failed(error.to_string()))?;
    println!("{}: {} bytes", file.display(), png.len());
    std::fs::write(file, png).map_err(|error| failed(error.to_string()))
}

/// Reads a dump with four bytes a pixel, blue first, as every display of today gives it.
fn read(dump: &[u8]) -> Option<Pixels> {
    let word = |index: usize| {
        let bytes = dump.get(index * 4..index * 4 + 4)?;
        let value = u32::from_be_bytes(bytes.try_into().ok()?);
        usize::try_from(value).ok()
    };
    let usual = word(FORMAT)? == Z_PIXMAP && word(BYTE_ORDER)? == 0 && word(BITS_PER_PIXEL)? == 32;
    if !usual {
        return None;
    }
    let (width, height) = (word(WIDTH)?, word(HEIGHT)?);
    let start = word(HEAD_SIZE)?.checked_add(word(COLOURS)?.checked_mul(COLOUR_SIZE)?)?;
    let mut bytes = Vec::new();
    for line in dump
        .get(start..)?
        .chunks_exact(word(BYTES_PER_LINE)?)
        .take(height)
    {
        for pixel in line.chunks_exact(4).take(width) {
            bytes.extend([pixel[2], pixel[1], pixel[0]]);
        }
    }
    (bytes.len() == width * height * 3).then_some(Pixels {
        width: u32::try_from(width).ok()?,
        height: u32::try_from(height).ok()?,
        bytes,
    })
}

impl Pixels {
    fn png(self) -> Result<Vec<u8>, oxipng::PngError> {
        let image = RawImage::new(
            self.width,
            self.height,
            ColorType::RGB {
                transparent_color: None,
            },
            BitDepth::Eight,
            self.bytes,
        )?;
        image.create_optimized_png(&Options::from_preset(4))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two pixels in a line that is longer, behind a colour.
    fn dump() -> Vec<u8> {
        let mut words = [0_u32; 25];
        words[HEAD_SIZE] = 100;
        words[FORMAT] = 2;
        words[WIDTH] = 2;
        words[HEIGHT] = 1;
        words[BITS_PER_PIXEL] = 32;
        words[BYTES_PER_LINE] = 12;
        words[COLOURS] = 1;
        let mut bytes: Vec<u8> = words.into_iter().flat_map(u32::to_be_bytes).collect();
        bytes.extend([9; COLOUR_SIZE]);
        bytes.extend([1, 2, 3, 0, 4, 5, 6, 0, 7, 7, 7, 7]);
        bytes
    }

    #[test]
    fn a_dump_is_read_and_what_is_none_is_refused() {
        let pixels = read(&dump()).unwrap();
        assert_eq!((pixels.width, pixels.height), (2, 1));
        assert_eq!(pixels.bytes, [3, 2, 1, 6, 5, 4]);
        let dump = dump();
        for end in 0..dump.len() {
            assert_eq!(read(&dump[..end]), None, "{end} bytes");
        }
    }

    #[test]
    fn what_is_written_is_a_png() {
        let png = read(&dump()).unwrap().png().unwrap();
        assert_eq!(png[..4], *b"\x89PNG");
    }
}
