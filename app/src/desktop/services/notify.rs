//! Notifications on the desktop. One that fails is no loss: the window tells
//! the same.

/// Tells something on the desktop, on a thread of its own.
pub(crate) fn notify(title: &str, text: &str) {
    let (title, text) = (title.to_owned(), text.to_owned());
    // Without the thread there is no notification, as with a system that shows none.
    let _ = std::thread::Builder::new()
        .name("notify".into())
        .spawn(move || show(&title, &text));
}

/// Through the desktop's own service; on Windows under the application's id,
/// which its installer registers.
#[cfg(not(target_os = "macos"))]
fn show(title: &str, text: &str) {
    let _ = notify_rust::Notification::new()
        .appname("Crashcap")
        .summary(title)
        .body(text)
        .show();
}

/// Through the system's script, which needs no signed bundle.
#[cfg(target_os = "macos")]
fn show(title: &str, text: &str) {
    const SCRIPT: &str =
        "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run";
    let _ = std::process::Command::new("osascript")
        .args(["-e", SCRIPT, title, text])
        .output();
}
