//! `crashlab server`: HTTP/1.1 with keep-alive, a thread for each connection and a bound on
//! both, and a JSON reader with the story's fault.

mod connection;
mod json;
mod routes;

use std::io::{self, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, hint, mem, process, thread};

use clap::Args;
use crashcap_tests::lab::fault::Fault;
use crashcap_tests::lab::system::{self, GuardedMemory};

use connection::MAX_BODY;
use routes::Service;

/// What `crashlab server` can be told.
#[derive(Debug, Args)]
pub(crate) struct ServerOptions {
    /// The port to listen on; 0: a free one, which is printed
    #[arg(long, default_value_t = 9973)]
    port: u16,
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    address: IpAddr,
    /// How many connections are served at once; more wait in the kernel's queue
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: u16,
    /// What the poisonous request does
    #[arg(long, value_enum, default_value_t = Fault::Segv)]
    fault: Fault,
    /// Writes the process id into this file before listening
    #[arg(long)]
    pid_file: Option<PathBuf>,
    /// The name of the process (Linux; at most 15 characters are shown)
    #[arg(long)]
    name: Option<String>,
    /// Lets the system's limits decide about a core dump; without this there is none
    #[arg(long)]
    core: bool,
    /// Fills this many bytes of memory, to make a core dump take long
    #[arg(long, default_value_t = 0)]
    ballast: usize,
}

/// Why the server did not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServerError {
    #[error("listen on {address}: {source}")]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },
    #[error("write the process id to {path}: {source}")]
    PidFile { path: PathBuf, source: io::Error },
    #[error("name the process {name}: {source}")]
    Name { name: String, source: io::Error },
    #[error("prepare the server: {what}: {source}")]
    Prepare {
        what: &'static str,
        source: io::Error,
    },
}

/// Serves until it is asked to end, or until the fault strikes.
pub(crate) fn run(options: &ServerOptions) -> Result<(), ServerError> {
    let prepare = |what| move |source| ServerError::Prepare { what, source };
    if !options.core {
        system::no_core_dumps().map_err(prepare("forbid core dumps"))?;
    }
    if let Some(name) = &options.name {
        let name = name.clone();
        system::name_process(&name).map_err(|source| ServerError::Name { name, source })?;
    }
    system::on_request_to_end(|| process::exit(0)).map_err(prepare("handle signals"))?;
    if let Some(path) = &options.pid_file {
        write_pid(path)?;
    }
    let ballast = vec![0xA5_u8; options.ballast];

    let address = SocketAddr::new(options.address, options.port);
    let listen = |source| ServerError::Listen { address, source };
    let listener = Arc::new(TcpListener::bind(address).map_err(listen)?);
    let local = listener.local_addr().map_err(listen)?;
    let service = Arc::new(Service::new(options.fault));
    let workers: Vec<_> = (0..options.threads)
        .map(|_| start_worker(Arc::clone(&listener), Arc::clone(&service)))
        .collect::<Result<_, _>>()
        .map_err(prepare("start the threads"))?;

    println!("listening on {local} pid {}", process::id());
    // A parent that has closed the pipe misses this line only.
    let _ = io::stdout().flush();
    for worker in workers {
        // A worker that panicked has said so; the others go on.
        let _ = worker.join();
    }
    hint::black_box(ballast);
    Ok(())
}

fn write_pid(path: &Path) -> Result<(), ServerError> {
    fs::write(path, format!("{}\n", process::id())).map_err(|source| ServerError::PidFile {
        path: path.to_owned(),
        source,
    })
}

fn start_worker(
    listener: Arc<TcpListener>,
    service: Arc<Service>,
) -> io::Result<thread::JoinHandle<()>> {
    let mut memory = GuardedMemory::new(MAX_BODY)?;
    thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(move || {
            loop {
                match listener.accept() {
                    // A connection that breaks is the client's affair.
                    Ok((stream, _)) => {
                        let held = stream.try_clone();
                        let _ = connection::serve(stream, &service, &mut memory);
                        if service.leaks() {
                            // Its client has closed it: CLOSE_WAIT, for ever.
                            mem::forget(held);
                        }
                    }
                    Err(error) if passes(&error) => {}
                    Err(error) => {
                        eprintln!("crashlab server: accept a connection: {error}");
                        return;
                    }
                }
            }
        })
}

/// Errors of accept(2) that concern one connection and not the listener.
fn passes(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}
