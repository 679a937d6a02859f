//! `crashcap-bench`: Crashcap beside tcpdump and dumpcap, on the same bounded traffic.
//!
//! - All traffic of the measurements runs over a veth pair in a network namespace that the
//!   bench makes itself, or over loopback; it is bounded in count and in time.
//! - Every child is held by its handle and ends with the bench, whatever happens.
//! - What is measured is taken from the system or from a tool's own words, and never from
//!   Crashcap's code: nothing here uses `crashcap-core`.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> std::process::ExitCode {
    eprintln!(
        "crashcap-bench: the benches need Linux: packet sockets, network namespaces and /proc"
    );
    std::process::ExitCode::FAILURE
}
