//! Linux: namespaces that an ordinary user may make, where the system allows it.

use std::ffi::OsString;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::{fs, io};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_bind_recursive, mount_change};
use rustix::process::{getgid, getuid};
use rustix::thread::{
    CapabilitySet, UnshareFlags, capabilities, configure_capability_in_ambient_set,
    set_capabilities, unshare_unsafe,
};

use super::{ENTER, PROVE, Purpose, Rights, Way, loopback};
use crate::install::is_root;
use crate::problem::Problem;

/// This program, even if a build has replaced its file meanwhile.
pub(super) fn own_program() -> PathBuf {
    PathBuf::from("/proc/self/exe")
}

/// Root tries its own rights first: in a container they may be too few.
pub(super) fn ways(purpose: Purpose) -> Vec<Way> {
    let mut ways = Vec::new();
    if is_root() {
        let proof = match purpose {
            Purpose::Capture => vec![PROVE],
            Purpose::Namespaces | Purpose::OtherTools => vec![PROVE, "--namespaces"],
        };
        ways.push(Way {
            rights: Rights::own(),
            proof,
        });
    }
    let proof = match purpose {
        Purpose::Capture | Purpose::Namespaces => vec![ENTER],
        Purpose::OtherTools => vec![ENTER, "--keep-user"],
    };
    let mut words: Vec<OsString> = vec![own_program().into()];
    words.extend(proof.iter().map(OsString::from));
    words.push("--".into());
    ways.push(Way {
        rights: Rights {
            how: "in user, network and mount namespaces of its own",
            words,
            clears_environment: false,
        },
        proof,
    });
    ways
}

/// Proves the rights that this process has, by using them.
///
/// # Errors
/// [`Problem::Rights`] with the first step that was refused.
pub(crate) fn prove(namespaces: bool) -> Result<ExitCode, Problem> {
    loopback::open_for_capture()?;
    if namespaces {
        unshare(UnshareFlags::NEWNET | UnshareFlags::NEWNS).map_err(|errno| Problem::Rights {
            doing: "make a network namespace",
            source: errno.into(),
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Moves this process into new user, network and mount namespaces, proves there that it may
/// capture, and becomes `command`; without one it ends.
///
/// Inside it is root, as far as its own namespaces go. With `keep_user` it keeps the user's id,
/// and its capabilities pass to all its children (ambient, capabilities(7)).
///
/// This process must have one thread (unshare(2)).
///
/// # Errors
/// [`Problem::Rights`] with the first step that was refused; [`Problem::Start`] for `command`.
pub(crate) fn enter(keep_user: bool, command: &[OsString]) -> Result<ExitCode, Problem> {
    let (user, group) = (getuid().as_raw(), getgid().as_raw());
    unshare(UnshareFlags::NEWUSER | UnshareFlags::NEWNET | UnshareFlags::NEWNS)
        .map_err(refused("make user, network and mount namespaces"))?;
    let (inner_user, inner_group) = if keep_user { (user, group) } else { (0, 0) };
    // Without this an ordinary user may not map groups (user_namespaces(7)).
    write_proc("setgroups", "deny")?;
    write_proc("uid_map", &format!("{inner_user} {user} 1"))?;
    write_proc("gid_map", &format!("{inner_group} {group} 1"))?;
    mount_change(
        "/",
        MountPropagationFlags::PRIVATE | MountPropagationFlags::REC,
    )
    .map_err(refused("keep mounts private"))?;
    fresh_sysfs();
    loopback::bring_up()?;
    loopback::open_for_capture()?;
    if keep_user {
        pass_on_capabilities()?;
    }
    become_command(command)
}

/// The old sysfs shows the old network namespace's interfaces. The control groups, which are
/// mounted below it, stay in sight. Neither is vital, so a refusal is only noted.
fn fresh_sysfs() {
    let groups: Option<OwnedFd> = openat(
        CWD,
        "/sys/fs/cgroup",
        OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .ok();
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    if let Err(error) = mount("sysfs", "/sys", "sysfs", flags, None) {
        eprintln!("note: /sys still shows the machine's interfaces ({error})");
        return;
    }
    if let Some(groups) = groups {
        let source = format!("/proc/self/fd/{}", groups.as_raw_fd());
        if let Err(error) = mount_bind_recursive(source, "/sys/fs/cgroup") {
            eprintln!("note: /sys/fs/cgroup is out of sight ({error})");
        }
    }
}

/// A process that is not root loses its capabilities when it executes a program, but for the
/// ambient ones, and those must be inheritable.
fn pass_on_capabilities() -> Result<(), Problem> {
    let step = || refused("pass on capabilities");
    let mut sets = capabilities(None).map_err(step())?;
    sets.inheritable = sets.permitted;
    set_capabilities(None, sets).map_err(step())?;
    for capability in sets.permitted.iter().filter(|one| is_known(*one)) {
        configure_capability_in_ambient_set(capability, true).map_err(step())?;
    }
    Ok(())
}

/// A newer kernel may grant capabilities that this program has no name for.
fn is_known(capability: CapabilitySet) -> bool {
    CapabilitySet::all().contains(capability)
}

fn become_command(command: &[OsString]) -> Result<ExitCode, Problem> {
    let Some((program, args)) = command.split_first() else {
        return Ok(ExitCode::SUCCESS);
    };
    let source = Command::new(program).args(args).exec();
    Err(Problem::Start {
        command: program.to_string_lossy().into_owned(),
        source,
    })
}

fn unshare(flags: UnshareFlags) -> rustix::io::Result<()> {
    // SAFETY: file descriptor tables are not unshared (no FILES among the callers' flags).
    unsafe { unshare_unsafe(flags) }
}

fn write_proc(file: &str, text: &str) -> Result<(), Problem> {
    fs::write(format!("/proc/self/{file}"), text)
        .map_err(|source| explain("map the user into the namespace", source))
}

fn refused(doing: &'static str) -> impl Fn(rustix::io::Errno) -> Problem {
    move |errno| explain(doing, errno.into())
}

/// The cause in place of the kernel's error code where the system's settings tell it.
fn explain(doing: &'static str, source: io::Error) -> Problem {
    let set_to =
        |path: &str, value: &str| fs::read_to_string(path).is_ok_and(|text| text.trim() == value);
    let cause = if set_to(
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
    ) {
        "AppArmor forbids this to programs without a profile"
    } else if set_to("/proc/sys/kernel/unprivileged_userns_clone", "0") {
        "this system keeps user namespaces to root"
    } else if set_to("/proc/sys/user/max_user_namespaces", "0") {
        "this system allows no user namespaces"
    } else {
        return Problem::Rights { doing, source };
    };
    Problem::Forbidden { doing, cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_tools_keep_the_user_in_the_namespace() {
        let way = ways(Purpose::OtherTools)
            .pop()
            .expect("namespaces are last");
        assert_eq!(way.proof, [ENTER, "--keep-user"]);
        let program = std::path::Path::new("/t/bench");
        let command = way.rights.command(program, &[]);
        let args: Vec<_> = command.get_args().collect();
        assert_eq!(args, [ENTER, "--keep-user", "--", "/t/bench"]);
    }
}
