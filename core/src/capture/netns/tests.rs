//! What is refused, and what is run where. That packets are those of inside is
//! shown by the live tests.

use std::thread;

use super::{NamespaceError, Network, NetworkNamespace};

#[test]
fn what_is_no_namespace_is_refused_without_a_wait() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    std::fs::write(&plain, "x").unwrap();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let enter = |path: &std::path::Path| {
        Network::enter(Some(&NetworkNamespace::File(path.to_owned()))).unwrap_err()
    };
    let mounts = std::path::Path::new("/proc/self/ns/mnt");
    for path in [plain.as_path(), pipe.as_path(), folder.path(), mounts] {
        let path = path.to_owned();
        assert_eq!(enter(&path), NamespaceError::NoNamespace { path });
    }
    for path in [folder.path().join("missing"), plain.join("below")] {
        assert_eq!(enter(&path), NamespaceError::NoSuchFile { path });
    }
    // Above what the kernel ever gives, and none.
    for pid in [4_194_304, 0] {
        let refused = Network::enter(Some(&NetworkNamespace::OfProcess(pid))).unwrap_err();
        assert_eq!(refused, NamespaceError::NoSuchProcess { pid });
    }
}

#[test]
fn without_a_namespace_a_job_runs_here() {
    let here = Network::enter(None).unwrap();
    assert_eq!(here.run(|| thread::current().id()), thread::current().id());
    assert_eq!(here.tables(), None);
}

/// Our own namespace may be entered by whoever may enter any.
#[test]
fn the_thread_inside_does_one_job_after_another_and_survives_a_panic() {
    let own = NetworkNamespace::OfProcess(std::process::id());
    let network = match Network::enter(Some(&own)) {
        Ok(network) => network,
        Err(NamespaceError::NoRights { .. }) => return,
        Err(other) => panic!("{other}"),
    };
    let inside = network.run(|| thread::current().id());
    assert_ne!(inside, thread::current().id());
    let again = network.clone();
    let panicked = thread::spawn(move || again.run(|| panic!("on purpose"))).join();
    assert!(panicked.is_err());
    assert_eq!(network.run(|| thread::current().id()), inside);
    let tables = network.tables().unwrap();
    assert!(tables.join("tcp").exists(), "{}", tables.display());
}
