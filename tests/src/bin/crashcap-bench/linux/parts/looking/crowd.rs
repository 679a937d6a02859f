//! Many sockets and many processes, none of which does anything.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::super::super::child::Program;
use super::super::super::failure::Failure;

/// As which this program holds sockets, in a process of its own: a target's sockets are looked
/// for in the network of its first thread.
pub(crate) const HOLD: &str = "hold-sockets";
/// Descriptors that such a process needs beside the sockets.
const OTHERS: u64 = 512;
const GATHER_LIMIT: Duration = Duration::from_secs(60);

/// A process with many sockets, and many processes. Dropping it ends them.
pub(super) struct Crowd {
    holder: Program,
    sleepers: Sleepers,
    pub(super) sockets: usize,
}

impl Crowd {
    /// Opens and starts as many as the system allows, which it says where they are fewer.
    pub(super) fn gather(sockets: usize, processes: usize) -> Result<Self, Failure> {
        let own = std::env::current_exe().map_err(Failure::system("find this program"))?;
        let mut command = Command::new(own);
        command.args([HOLD, &sockets.to_string()]);
        let mut holder = Program::start("the process with many sockets", command, None)?;
        let held = holder.wait_for("its sockets", GATHER_LIMIT, |line| {
            if line.on_stderr {
                eprintln!("note: {}", line.text);
            }
            Ok(line.text.parse::<usize>().ok())
        })?;
        Ok(Self {
            sockets: held,
            holder,
            sleepers: Sleepers::start(processes)?,
        })
    }

    /// The process that holds the sockets.
    pub(super) fn holder(&self) -> u32 {
        self.holder.pid()
    }

    /// How many processes were started.
    pub(super) fn processes(&self) -> usize {
        self.sleepers.0.len()
    }
}

/// What [`HOLD`] does: holds so many sockets, says how many, and waits to be killed.
pub(crate) fn hold(sockets: &str) -> Result<(), Failure> {
    let wanted = sockets
        .parse::<usize>()
        .map_err(|_| Failure::Impossible(format!("{sockets:?} is no number of sockets")))?;
    raise_limit(wanted as u64 + OTHERS);
    let making = || Failure::system("open many sockets");
    let listener = TcpListener::bind("127.0.0.1:0").map_err(making())?;
    let address = listener.local_addr().map_err(making())?;
    let mut held = Vec::new();
    while held.len() < wanted {
        match TcpStream::connect(address).and_then(|one| Ok([one, listener.accept()?.0])) {
            Ok(both) => held.extend(both),
            Err(error) => {
                eprintln!("{} sockets only: {error}", held.len());
                break;
            }
        }
    }
    println!("{}", held.len());
    io::stdout().flush().map_err(making())?;
    // Nobody ever writes: the bench kills it.
    let mut byte = [0];
    let waited = held.first_mut().map(|socket| socket.read(&mut byte));
    waited.transpose().map_err(making()).map(drop)
}

/// Raises this process's limit of open files as far as it may.
fn raise_limit(wanted: u64) {
    let limit = getrlimit(Resource::Nofile);
    let higher = limit.maximum.map(|maximum| maximum.max(wanted));
    for maximum in [higher, limit.maximum] {
        let limit = Rlimit {
            current: maximum,
            maximum,
        };
        // Only root may raise the hard limit; with less there are fewer sockets, and that is said.
        if setrlimit(Resource::Nofile, limit).is_ok() {
            return;
        }
    }
}

struct Sleepers(Vec<Child>);

impl Sleepers {
    fn start(count: usize) -> Result<Self, Failure> {
        let mut sleepers = Self(Vec::new());
        for _ in 0..count {
            let child = sleeper().map_err(|source| Failure::Start {
                program: "setpriv".into(),
                source,
            })?;
            sleepers.0.push(child);
        }
        Ok(sleepers)
    }
}

/// A process that ends with the bench, whatever happens.
fn sleeper() -> io::Result<Child> {
    Command::new("setpriv")
        .args(["--pdeathsig", "KILL", "sleep", "3600"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
}

impl Drop for Sleepers {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // It does nothing where it has ended already.
            let _ = child.kill();
        }
        for child in &mut self.0 {
            let _ = child.wait();
        }
    }
}
