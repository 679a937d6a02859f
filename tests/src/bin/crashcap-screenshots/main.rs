//! `crashcap-screenshots`: the real window, recording real traffic, and a picture of each of its
//! screens in dark and light.
//!
//! - It runs in namespaces of its own: the pictures show no process, interface, path or name of
//!   the machine that they were made on.
//! - What a picture waits for it reads in the window's title and accessible tree.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> std::process::ExitCode {
    eprintln!("crashcap-screenshots: needs Linux: namespaces and a display without a screen");
    std::process::ExitCode::FAILURE
}
