//! A network namespace of the bench's own with a veth pair in it: what is sent into one end
//! comes out of the other, where the capturers listen, and nobody else hears it.
//!
//! Namespaces belong to threads (setns(2)): the stage is one thread, and what it starts, children
//! and sockets, is in its namespace. With the last of them the namespace and the pair are gone.

use std::io;
use std::os::fd::OwnedFd;
use std::{fs, thread};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_bind_recursive, mount_change};
use rustix::thread::{UnshareFlags, unshare_unsafe};

use super::child;
use super::failure::Failure;

/// The end that the generator sends into.
pub(crate) const SENDING: &str = "v0";
/// The end that the capturers listen on.
pub(crate) const RECEIVING: &str = "v1";

/// Proof of being on the stage.
#[derive(Debug)]
pub(crate) struct Stage(());

/// Runs `play` on a thread in a namespace of its own.
pub(crate) fn on_stage<T: Send>(
    play: impl FnOnce(&Stage) -> Result<T, Failure> + Send,
) -> Result<T, Failure> {
    thread::scope(|scope| {
        let stage = scope.spawn(|| play(&Stage::build()?));
        stage
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Runs `play` on a thread in a namespace of its own with nothing but loopback.
pub(crate) fn on_own_loopback<T: Send>(
    play: impl FnOnce() -> Result<T, Failure> + Send,
) -> Result<T, Failure> {
    thread::scope(|scope| {
        let stage = scope.spawn(|| {
            leave_the_network()?;
            child::run("ip", &["link", "set", "lo", "up"])?;
            play()
        });
        stage
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Takes the calling thread into a network namespace of its own.
fn leave_the_network() -> Result<(), Failure> {
    // SAFETY: only file descriptors that threads stop sharing are unsafe; they stay shared.
    unsafe { unshare_unsafe(UnshareFlags::NEWNET | UnshareFlags::NEWNS) }.map_err(
        Failure::system("make a network namespace (root, or `cargo xtask bench`, may)"),
    )?;
    if let Err(error) = fresh_sysfs() {
        eprintln!("note: /sys shows the interfaces outside of the namespace ({error})");
    }
    Ok(())
}

impl Stage {
    fn build() -> Result<Self, Failure> {
        leave_the_network()?;
        let ip = |arguments: &[&str]| child::run("ip", arguments);
        ip(&[
            "link", "add", SENDING, "type", "veth", "peer", "name", RECEIVING,
        ])?;
        for end in [SENDING, RECEIVING] {
            // Without IPv6 and ARP the ends say nothing by themselves. Where the kernel has no
            // IPv6 there is nothing to switch off.
            let _ = fs::write(format!("/proc/sys/net/ipv6/conf/{end}/disable_ipv6"), "1");
            ip(&["link", "set", end, "up", "arp", "off"])?;
        }
        Ok(Self(()))
    }

    /// Packets that have come out of the receiving end since it was made.
    pub(crate) fn delivered(&self) -> Result<u64, Failure> {
        // /proc/net is that of the main thread's namespace.
        let path = "/proc/thread-self/net/dev";
        let text = fs::read_to_string(path).map_err(Failure::system(format!("read {path}")))?;
        received(&text, RECEIVING)
            .ok_or_else(|| Failure::Impossible(format!("{path} does not list {RECEIVING}")))
    }
}

/// The packets received by `interface`, from the text of `/proc/net/dev` (proc_pid_net(5)).
fn received(text: &str, interface: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        let (name, numbers) = line.split_once(':')?;
        let mut numbers = numbers.split_whitespace();
        (name.trim() == interface).then(|| numbers.nth(1)?.parse().ok())?
    })
}

/// sysfs shows the interfaces of the namespace it was mounted in, and recorders read it. The
/// control groups, mounted below it, stay in sight.
fn fresh_sysfs() -> io::Result<()> {
    mount_change(
        "/",
        MountPropagationFlags::PRIVATE | MountPropagationFlags::REC,
    )?;
    let groups: Option<OwnedFd> = openat(
        CWD,
        "/sys/fs/cgroup",
        OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .ok();
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    mount("sysfs", "/sys", "sysfs", flags, None)?;
    if let Some(groups) = groups {
        let here = format!(
            "/proc/thread-self/fd/{}",
            std::os::fd::AsRawFd::as_raw_fd(&groups)
        );
        mount_bind_recursive(here, "/sys/fs/cgroup")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packets_of_one_interface_are_found() {
        let text =
            "Inter-|   Receive\n face |bytes packets errs\n    lo:  10 1 0\n    v1:700 42 0\n";
        assert_eq!(received(text, "v1"), Some(42));
        assert_eq!(received(text, "v"), None);
    }
}
