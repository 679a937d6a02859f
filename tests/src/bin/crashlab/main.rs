//! `crashlab`: the server that crashes, the load on it, and the story played end to end.
//!
//! Plain threads and blocking sockets, and no code of Crashcap: what judges it must not
//! share its mistakes. `crashcap` itself is started as a program.

mod demo;
mod load;
mod options;
mod server;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A server that one bad request ends, the load on it, and the whole story of Crashcap.
#[derive(Debug, Parser)]
#[command(name = "crashlab", version)]
struct Arguments {
    #[command(subcommand)]
    part: Part,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// An HTTP server whose JSON reader has a fault
    Server(server::ServerOptions),
    /// A steady load of requests, one of them poisonous
    Load(load::LoadOptions),
    /// Plays the story with real parts and checks what Crashcap saved
    Demo(demo::DemoOptions),
}

fn main() -> ExitCode {
    match Arguments::parse().part {
        Part::Server(options) => finish("server", server::run(&options)),
        Part::Load(options) => finish("load", load::run(&options)),
        Part::Demo(options) => finish("demo", demo::run(&options)),
    }
}

fn finish<E: std::error::Error>(part: &str, result: Result<(), E>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("crashlab {part}: {error}");
            ExitCode::FAILURE
        }
    }
}
