//! What one look of each probe costs beside many sockets and many processes.
//!
//! `cargo run --release -p crashcap-core --example cost_of_looking`, on Linux,
//! with `unshare` and `ip`. It makes a network namespace of its own, in it up
//! to 20,000 sockets on loopback, and 1,000 sleeping processes; all of it is
//! gone when it ends.

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("this measures on Linux only");
}

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::HashSet;
    use std::net::{TcpListener, TcpStream};
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command};
    use std::time::Duration;

    use crashcap_core::clock::now;
    use crashcap_core::measure::{
        AcceptQueue, Combine, Probe, Resource, SocketCount, SocketScope, SocketState, Stuck,
        StuckIn, Unmeasured, Usage,
    };
    use crashcap_core::watch::{self, ProcessIdentity};
    use rustix::process::{Resource as Limit, Rlimit, getrlimit, setrlimit};
    use rustix::time::{ClockId, clock_gettime};

    const CONNECTIONS: usize = 10_000;
    const PROCESSES: usize = 1_000;
    const LOOKS: u32 = 20;
    const INTERVAL: Duration = Duration::from_secs(1);

    pub(super) fn main() {
        if std::env::args().nth(1).as_deref() == Some("inside") {
            measure();
            return;
        }
        let us = std::env::current_exe().unwrap();
        let error = Command::new("unshare")
            .args(["--user", "--map-root-user", "--net", "sh", "-c"])
            .arg("ip link set lo up && exec \"$0\" inside")
            .arg(us)
            .exec();
        panic!("unshare: {error}");
    }

    fn measure() {
        let limit = getrlimit(Limit::Nofile);
        let most = Rlimit {
            current: limit.maximum,
            ..limit
        };
        setrlimit(Limit::Nofile, most).unwrap();
        let (listener, sockets) = sockets();
        let port = listener.local_addr().unwrap().port();
        println!("{} sockets with two ends each", sockets.len() / 2);
        of_sockets(port);
        drop((listener, sockets));
        let sleepers = Sleepers::start();
        println!("{} processes", sleepers.0.len());
        of_processes(&sleepers.identities());
    }

    fn sockets() -> (TcpListener, Vec<TcpStream>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut sockets = Vec::new();
        for _ in 0..CONNECTIONS {
            let Ok(client) = TcpStream::connect(address) else {
                break;
            };
            let Ok((server, _)) = listener.accept() else {
                break;
            };
            sockets.extend([client, server]);
        }
        // The limit of open files may have ended it, and looking opens some.
        sockets.truncate(sockets.len().saturating_sub(32));
        (listener, sockets)
    }

    fn of_sockets(port: u16) {
        let us = identities(&HashSet::from([std::process::id()]));
        for scope in [
            SocketScope::Host,
            SocketScope::Port(port),
            SocketScope::Target,
        ] {
            for state in [SocketState::CloseWait, SocketState::Established] {
                cost(SocketCount::new(state.into(), scope, "the target"), &us);
            }
        }
        cost(AcceptQueue::new(SocketScope::Port(port), "the target"), &us);
        cost(AcceptQueue::new(SocketScope::Target, "the target"), &us);
        of_usage(&us);
    }

    fn of_processes(targets: &[ProcessIdentity]) {
        of_usage(&targets[..1]);
        of_usage(targets);
        for stuck_in in [StuckIn::Stopped, StuckIn::UninterruptibleSleep] {
            cost(Stuck::new(stuck_in, "the target"), targets);
        }
        let state = SocketState::CloseWait;
        let count = SocketCount::new(state.into(), SocketScope::Target, "the target");
        cost(count, targets);
    }

    fn of_usage(targets: &[ProcessIdentity]) {
        println!("  of {} processes:", targets.len());
        for resource in [
            Resource::Cpu,
            Resource::ResidentMemory,
            Resource::Threads,
            Resource::OpenFiles,
        ] {
            cost(Usage::new(resource, Combine::Sum, "the target"), targets);
        }
    }

    /// Looks several times, an interval apart as far as the probe knows.
    fn cost(probe: Result<impl Probe, Unmeasured>, targets: &[ProcessIdentity]) {
        let mut probe = match probe {
            Ok(probe) => probe,
            Err(refused) => {
                println!("{refused}");
                return;
            }
        };
        let mut at = now();
        let mut look = || {
            let before = cpu();
            let told = probe.read(targets, at);
            at.monotonic = at.monotonic.after(INTERVAL);
            let took = (cpu() - before).as_secs_f64() * 1000.0;
            (took, told)
        };
        let (first, _) = look();
        let mut later: Vec<f64> = Vec::new();
        let mut last = None;
        for _ in 0..LOOKS {
            let (took, told) = look();
            later.push(took);
            last = told.ok();
        }
        later.sort_by(f64::total_cmp);
        let mean = later.iter().sum::<f64>() / f64::from(LOOKS);
        println!(
            "{first:7.2} ms the first look, then mean {mean:6.2}, median {:6.2}, most {:6.2}: {} = {}",
            later[later.len() / 2],
            later.last().unwrap(),
            probe.what(),
            last.map_or_else(|| "?".to_owned(), |reading| reading.value.to_string())
        );
    }

    /// What this thread used of a processor.
    fn cpu() -> Duration {
        Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap()
    }

    fn identities(pids: &HashSet<u32>) -> Vec<ProcessIdentity> {
        watch::list()
            .unwrap()
            .into_iter()
            .map(|process| process.identity)
            .filter(|identity| pids.contains(&identity.pid))
            .collect()
    }

    struct Sleepers(Vec<Child>);

    impl Sleepers {
        fn start() -> Self {
            let start = || Command::new("sleep").arg("120").spawn().ok();
            Self((0..PROCESSES).map_while(|_| start()).collect())
        }

        fn identities(&self) -> Vec<ProcessIdentity> {
            identities(&self.0.iter().map(Child::id).collect())
        }
    }

    impl Drop for Sleepers {
        fn drop(&mut self) {
            for child in &mut self.0 {
                let _ = child.kill();
            }
            for child in &mut self.0 {
                let _ = child.wait();
            }
        }
    }
}
