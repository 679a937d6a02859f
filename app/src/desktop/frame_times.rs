//! How long each frame took, for the benches: the variable CRASHCAP_FRAME_TIMES names a
//! file that gets a line for each, in milliseconds. That is what this program's own thread
//! did of it: egui, tessellation and what is handed to the renderer, without waiting for
//! the display. Without the variable nothing of this runs.

use std::fs::File;
use std::io::Write;

/// The variable that names the file.
const VARIABLE: &str = "CRASHCAP_FRAME_TIMES";

/// Writes them, where that is asked for.
pub(crate) struct FrameTimes {
    file: Option<File>,
}

impl FrameTimes {
    /// Into the file that the environment names, if it does.
    pub(crate) fn where_asked() -> Self {
        let path = std::env::var_os(VARIABLE);
        Self {
            // A bench that finds no file says so.
            file: path.and_then(|path| File::create(path).ok()),
        }
    }

    /// The frame before this one took so many seconds.
    pub(crate) fn took(&mut self, seconds: Option<f32>) {
        let Some((file, seconds)) = self.file.as_mut().zip(seconds) else {
            return;
        };
        // One line at a time: the bench reads while the window runs.
        if writeln!(file, "{:.3}", f64::from(seconds) * 1e3).is_err() {
            self.file = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_frame_is_a_line_of_milliseconds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("frames");
        let mut times = FrameTimes {
            file: Some(File::create(&path).unwrap()),
        };
        for seconds in [None, Some(0.0025), Some(0.016)] {
            times.took(seconds);
        }
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(text, "2.500\n16.000\n");
    }
}
