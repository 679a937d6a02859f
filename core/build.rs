//! For Windows: the import library of Npcap's wpcap.dll, from `wpcap.def`.
//! With the GNU linker it is one that loads the library when it is first
//! called; with Microsoft's, each program asks for that itself.

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

const DEFINITIONS: &str = "wpcap.def";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={DEFINITIONS}");
    println!("cargo:rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_OS")? != "windows" {
        return Ok(());
    }
    let folder = PathBuf::from(env::var("OUT_DIR")?);
    let arch = env::var("CARGO_CFG_TARGET_ARCH")?;
    match env::var("CARGO_CFG_TARGET_ENV")?.as_str() {
        "msvc" => for_microsoft(&folder, &arch)?,
        _ => for_gnu(&folder, &arch)?,
    }
    println!("cargo:rustc-link-search=native={}", folder.display());
    Ok(())
}

fn for_microsoft(folder: &Path, arch: &str) -> Result<(), Box<dyn Error>> {
    let machine = match arch {
        "x86_64" => implib::MachineType::AMD64,
        "aarch64" => implib::MachineType::ARM64,
        "x86" => implib::MachineType::I386,
        other => return Err(format!("Npcap is not made for {other}").into()),
    };
    let definitions = std::fs::read_to_string(DEFINITIONS)?;
    let library = implib::ImportLibrary::new(&definitions, machine, implib::Flavor::Msvc)?;
    let mut file = std::fs::File::create(folder.join("wpcap.lib"))?;
    library.write_to(&mut file)?;
    Ok(())
}

fn for_gnu(folder: &Path, arch: &str) -> Result<(), Box<dyn Error>> {
    let prefixed = format!("{arch}-w64-mingw32-dlltool");
    let mut failures = Vec::new();
    for tool in [prefixed.as_str(), "dlltool", "llvm-dlltool"] {
        let made = Command::new(tool)
            .args(["-D", "wpcap.dll", "-d", DEFINITIONS, "--output-delaylib"])
            .arg(folder.join("libwpcap.a"))
            .status();
        match made {
            Ok(status) if status.success() => return Ok(()),
            Ok(status) => failures.push(format!("{tool}: {status}")),
            Err(error) => failures.push(format!("{tool}: {error}")),
        }
    }
    Err(format!(
        "make the import library of wpcap.dll: {}; install the binutils of MinGW-w64",
        failures.join(", ")
    )
    .into())
}
