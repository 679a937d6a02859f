//! `cargo xtask icons`: every icon file, drawn from the two SVG files in `icons`.
//!
//! - `crashcap-small.svg` is for 24 pixels and below, `crashcap.svg` for everything above.
//! - The icon of a frozen recording is the same with a blue square for the green dot, that of
//!   a failed one with a red cross.
//! - What is drawn is committed; a test draws it again and compares pixel by pixel.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use icns::{IconElement, IconFamily, OSType};
use ico::{IconDir, IconDirEntry, IconImage, ResourceType};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::problem::Problem;
use crate::workspace::Workspace;

/// Sides of the PNG files in pixels: those that desktops ask for.
const PNG: [u32; 10] = [16, 22, 24, 32, 48, 64, 128, 256, 512, 1024];
/// Sides within the Windows icon; it holds no larger ones.
const ICO: [u32; 6] = [16, 24, 32, 48, 64, 256];
/// Kinds of elements of the macOS icon, with their sides: also twice as fine for finer screens.
const ICNS: [([u8; 4], u32); 10] = [
    (*b"icp4", 16),
    (*b"ic11", 32),
    (*b"icp5", 32),
    (*b"ic12", 64),
    (*b"ic07", 128),
    (*b"ic13", 256),
    (*b"ic08", 256),
    (*b"ic14", 512),
    (*b"ic09", 512),
    (*b"ic10", 1024),
];
/// The side of the window's own icon.
const WINDOW: u32 = 256;
/// The largest side for which the small drawing is used.
const SMALL_MAX: u32 = 24;

/// The centre of the icon.
const DOT: &str = r##"<circle cx="32" cy="32" r="7" fill="#35C98B"/>"##;
/// What stands there in other states, with the states' names.
const CENTRES: [(&str, &str); 2] = [
    (
        "frozen",
        r##"<rect x="25.5" y="25.5" width="13" height="13" fill="#58B8FF"/>"##,
    ),
    (
        "failed",
        r##"<path d="M26 26L38 38M38 26L26 38" stroke="#FF8278" stroke-width="5"/>"##,
    ),
];

/// Draws them all and writes them.
pub(crate) fn run() -> Result<ExitCode, Problem> {
    let folder = Workspace::ask()?.root.join("icons");
    for (path, bytes) in files(&folder)? {
        fs::write(&path, bytes).map_err(|error| problem("write", &path, error))?;
        println!("{}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Every file with what it holds.
fn files(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>, Problem> {
    let source = Source::read(folder)?;
    let mut files = Vec::new();
    for side in PNG {
        let name = folder.join(format!("crashcap-{side}.png"));
        files.push((name, source.png(side)?));
    }
    for (state, centre) in CENTRES {
        let drawn = Source {
            large: with_centre(&source.large, centre, folder)?,
            ..source.clone()
        };
        let name = folder.join(format!("crashcap-{state}-{WINDOW}.png"));
        files.push((name, drawn.png(WINDOW)?));
    }
    files.push((folder.join("crashcap.ico"), source.ico()?));
    files.push((folder.join("crashcap.icns"), source.icns()?));
    Ok(files)
}

fn with_centre(svg: &str, centre: &str, folder: &Path) -> Result<String, Problem> {
    if svg.contains(DOT) {
        return Ok(svg.replace(DOT, centre));
    }
    let path = folder.join("crashcap.svg");
    Err(problem("find the dot of", &path, format!("no {DOT}")))
}

/// The two drawings, as SVG.
#[derive(Clone)]
struct Source {
    folder: PathBuf,
    large: String,
    small: String,
}

impl Source {
    fn read(folder: &Path) -> Result<Self, Problem> {
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).map_err(|error| problem("read", &path, error))
        };
        Ok(Self {
            folder: folder.to_owned(),
            large: read("crashcap.svg")?,
            small: read("crashcap-small.svg")?,
        })
    }

    /// The icon with this side in pixels.
    fn draw(&self, side: u32) -> Result<IconImage, Problem> {
        let svg = if side <= SMALL_MAX {
            &self.small
        } else {
            &self.large
        };
        let failed = |why: String| problem("draw the icons of", &self.folder, why);
        let tree =
            Tree::from_str(svg, &Options::default()).map_err(|why| failed(why.to_string()))?;
        let mut pixels =
            Pixmap::new(side, side).ok_or_else(|| failed(format!("no image of {side} pixels")))?;
        let scale = side as f32 / tree.size().width();
        resvg::render(
            &tree,
            Transform::from_scale(scale, scale),
            &mut pixels.as_mut(),
        );
        let colours = pixels.pixels().iter().map(|pixel| pixel.demultiply());
        let rgba = colours.flat_map(|c| [c.red(), c.green(), c.blue(), c.alpha()]);
        Ok(IconImage::from_rgba_data(side, side, rgba.collect()))
    }

    fn png(&self, side: u32) -> Result<Vec<u8>, Problem> {
        let mut bytes = Vec::new();
        let written = self.draw(side)?.write_png(&mut bytes);
        written.map_err(|error| problem("pack the icons of", &self.folder, error))?;
        Ok(bytes)
    }

    fn ico(&self) -> Result<Vec<u8>, Problem> {
        let failed = |error| problem("pack the icons of", &self.folder, error);
        let mut icon = IconDir::new(ResourceType::Icon);
        for side in ICO {
            icon.add_entry(IconDirEntry::encode(&self.draw(side)?).map_err(failed)?);
        }
        let mut bytes = Vec::new();
        icon.write(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }

    fn icns(&self) -> Result<Vec<u8>, Problem> {
        let mut family = IconFamily::new();
        for (kind, side) in ICNS {
            let element = IconElement::new(OSType(kind), self.png(side)?);
            family.elements.push(element);
        }
        let mut bytes = Vec::new();
        let written = family.write(&mut bytes);
        written.map_err(|error| problem("pack the icons of", &self.folder, error))?;
        Ok(bytes)
    }
}

fn problem(doing: &'static str, path: &Path, why: impl ToString) -> Problem {
    Problem::File {
        doing,
        path: path.to_owned(),
        why: why.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    /// Channels may differ by this much: processors round differently.
    const TOLERANCE: u8 = 2;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../icons")
    }

    fn images(path: &Path, bytes: &[u8]) -> Vec<IconImage> {
        let png = |bytes: &[u8]| IconImage::read_png(Cursor::new(bytes)).unwrap();
        match path.extension().and_then(|found| found.to_str()) {
            Some("png") => vec![png(bytes)],
            Some("ico") => {
                let icon = IconDir::read(Cursor::new(bytes)).unwrap();
                let entries = icon.entries().iter();
                entries.map(|entry| entry.decode().unwrap()).collect()
            }
            _ => {
                let family = IconFamily::read(Cursor::new(bytes)).unwrap();
                let elements = family.elements.iter();
                elements.map(|element| png(&element.data)).collect()
            }
        }
    }

    #[test]
    fn the_committed_files_are_what_the_source_gives() {
        for (path, bytes) in files(&folder()).unwrap() {
            let committed = fs::read(&path).unwrap_or_else(|error| {
                panic!("{}: {error}; run `cargo xtask icons`", path.display())
            });
            let (ours, theirs) = (images(&path, &bytes), images(&path, &committed));
            assert_eq!(ours.len(), theirs.len(), "{}", path.display());
            for (ours, theirs) in ours.iter().zip(&theirs) {
                assert_eq!(ours.width(), theirs.width());
                let pairs = ours.rgba_data().iter().zip(theirs.rgba_data());
                let worst = pairs.map(|(one, other)| one.abs_diff(*other)).max();
                assert!(
                    worst <= Some(TOLERANCE),
                    "{} is not what the source gives; run `cargo xtask icons`",
                    path.display()
                );
            }
        }
    }

    #[test]
    fn the_icon_is_drawn_as_it_was_designed() {
        let source = Source::read(&folder()).unwrap();
        let pixel = |image: &IconImage, x: u32, y: u32| {
            let side = image.width();
            let at = (4 * (y * side / 64 * side + x * side / 64)) as usize;
            <[u8; 4]>::try_from(&image.rgba_data()[at..at + 4]).unwrap()
        };
        let large = source.draw(1024).unwrap();
        for (x, y, colour) in [
            (0, 0, [0, 0, 0, 0]),
            (32, 4, [0x0f, 0x13, 0x17, 255]),
            (32, 12, [0xe6, 0xeb, 0xf0, 255]),
            // Half past one, and a gap beside it.
            (46, 18, [0xff, 0x5a, 0x4f, 255]),
            (40, 13, [0x0f, 0x13, 0x17, 255]),
            (32, 32, [0x35, 0xc9, 0x8b, 255]),
        ] {
            assert_eq!(pixel(&large, x, y), colour, "at {x}, {y}");
        }
        let small = source.draw(24).unwrap();
        assert_eq!(pixel(&small, 46, 18), [0xff, 0x5a, 0x4f, 255]);
        let states = &files(&folder()).unwrap()[PNG.len()..][..CENTRES.len()];
        for ((path, bytes), colour) in states
            .iter()
            .zip([[0x58, 0xb8, 0xff, 255], [0xff, 0x82, 0x78, 255]])
        {
            assert_eq!(pixel(&images(path, bytes)[0], 32, 32), colour, "{path:?}");
        }
    }
}
