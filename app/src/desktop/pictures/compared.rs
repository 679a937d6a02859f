//! Comparing a picture with the one that is kept.

use std::fs;

use image::{Rgba, RgbaImage};

use super::drawn::{kept_renderer, place};

/// How one renews all pictures.
const RENEW: &str = "`cargo xtask pictures` draws all anew";
/// A pixel differs if one of its colours differs by more than this, of 255: vectors of another
/// width round otherwise in the last place.
const SAME: u8 = 3;
/// The same for a renderer of another version, whose edges are others.
const ALIKE: u8 = 48;
/// Of so many pixels one may differ more, there.
const ONE_OF: u32 = 500;

/// A sentence where the picture is not like the one that is kept. What was drawn and where it
/// differs is then written beside that.
pub(super) fn compare(drawn: &RgbaImage, file: &str, renderer: &str) -> Option<String> {
    let (new, diff) = (place(file, ".new.png"), place(file, ".diff.png"));
    for old in [&new, &diff] {
        // Of an earlier run, if there was one.
        let _ = fs::remove_file(old);
    }
    let kept = match image::open(place(file, ".png")) {
        Ok(kept) => kept.into_rgba8(),
        Err(error) => return Some(format!("{file}: no picture is kept: {error}; {RENEW}")),
    };
    if kept.dimensions() != drawn.dimensions() {
        drawn.save(&new).expect("what was drawn");
        let (was, is) = (kept.dimensions(), drawn.dimensions());
        return Some(format!(
            "{file}: its size was {was:?} and is {is:?}; {RENEW}"
        ));
    }
    let kept_by = kept_renderer();
    let same = kept_by == renderer;
    let (differs, allowed) = if same {
        (SAME, 0)
    } else {
        (ALIKE, kept.width() * kept.height() / ONE_OF)
    };
    let (different, marked) = differences(&kept, drawn, differs);
    if different <= allowed {
        return None;
    }
    drawn.save(&new).expect("what was drawn");
    marked.save(&diff).expect("where it differs");
    let by_whom = if same {
        String::new()
    } else {
        format!(" (kept: drawn by {kept_by}; now: {renderer}; allowed: {allowed})")
    };
    Some(format!(
        "{file}: {different} pixels differ{by_whom}: see {}; if it is as it should be, {RENEW}",
        diff.display()
    ))
}

/// How many pixels differ, and a picture with them in red on what was, pale.
fn differences(kept: &RgbaImage, drawn: &RgbaImage, by: u8) -> (u32, RgbaImage) {
    let mut marked = kept.clone();
    let mut different = 0;
    for (mark, new) in marked.pixels_mut().zip(drawn.pixels()) {
        if mark
            .0
            .iter()
            .zip(new.0)
            .any(|(was, is)| was.abs_diff(is) > by)
        {
            different += 1;
            *mark = Rgba([255, 0, 0, 255]);
        } else {
            for colour in &mut mark.0[..3] {
                *colour = *colour / 4 + 160;
            }
        }
    }
    (different, marked)
}

#[test]
fn a_pixel_that_differs_is_counted_and_marked() {
    let kept = RgbaImage::from_pixel(3, 2, Rgba([10, 10, 10, 255]));
    let mut drawn = kept.clone();
    assert_eq!(differences(&kept, &drawn, SAME).0, 0);
    drawn.put_pixel(1, 0, Rgba([10, 10, 10 + SAME, 255]));
    drawn.put_pixel(2, 1, Rgba([10, 11 + SAME, 10, 255]));
    let (different, marked) = differences(&kept, &drawn, SAME);
    assert_eq!(different, 1);
    assert_eq!(marked.get_pixel(2, 1).0, [255, 0, 0, 255]);
    assert_ne!(marked.get_pixel(1, 0).0, [255, 0, 0, 255]);
}
