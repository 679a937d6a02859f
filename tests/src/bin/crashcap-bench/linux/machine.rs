//! The machine that the figures are from, without its name.

use std::fs;
use std::path::Path;
use std::process::Command;

use rustix::system::uname;
use rustix::thread::sched_getaffinity;
use serde::Serialize;

use super::capturer::Places;
use super::child;
use super::failure::Failure;

/// What decides about the figures, as far as it can be seen.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cpus: usize,
    pub(crate) virtual_machine: bool,
    pub(crate) memory_mib: u64,
    pub(crate) kernel: String,
    pub(crate) file_system: String,
    /// The load averages when the bench began: a busy machine measures itself.
    pub(crate) load_averages: String,
    pub(crate) libpcap: String,
    pub(crate) crashcap: String,
    pub(crate) tcpdump: String,
    pub(crate) dumpcap: String,
}

impl Machine {
    /// Looks around. Fails when one of the programs compared is missing.
    pub(crate) fn describe(places: &Places) -> Result<Self, Failure> {
        let cpuinfo = read("/proc/cpuinfo");
        let tcpdump = child::run("tcpdump", &["--version"])?;
        let dumpcap = child::run("dumpcap", &["--version"])?;
        let crashcap = child::run(&places.crashcap.to_string_lossy(), &["--version"])?;
        Ok(Self {
            cpu: field(&cpuinfo, "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            cpus: usable_cpus().len(),
            virtual_machine: field(&cpuinfo, "flags")
                .is_some_and(|flags| flags.split(' ').any(|flag| flag == "hypervisor")),
            memory_mib: memory_kib(&read("/proc/meminfo"), "MemTotal").unwrap_or(0) / 1024,
            kernel: uname().release().to_string_lossy().into_owned(),
            file_system: file_system(&places.scratch),
            load_averages: read("/proc/loadavg")
                .split(' ')
                .take(3)
                .collect::<Vec<_>>()
                .join(" "),
            libpcap: line_with(&tcpdump, "libpcap version"),
            crashcap: line_with(&crashcap, "crashcap"),
            tcpdump: line_with(&tcpdump, "tcpdump version"),
            dumpcap: line_with(&dumpcap, "Dumpcap"),
        })
    }
}

/// The CPUs that this process may run on, by number.
pub(crate) fn usable_cpus() -> Vec<usize> {
    let Ok(set) = sched_getaffinity(None) else {
        return vec![0];
    };
    (0..rustix::thread::CpuSet::MAX_CPU)
        .filter(|cpu| set.is_set(*cpu))
        .collect()
}

/// Memory that can be had without swapping, in bytes.
pub(crate) fn available_memory() -> Option<u64> {
    memory_kib(&read("/proc/meminfo"), "MemAvailable").map(|kib| kib * 1024)
}

/// The revision of the sources, where git can tell it.
pub(crate) fn revision() -> Option<String> {
    let output = Command::new("git")
        .args(["-C", env!("CARGO_MANIFEST_DIR")])
        .args(["describe", "--always", "--dirty", "--abbrev=10"])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// The value of the first line "name : value".
fn field(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}

fn memory_kib(text: &str, name: &str) -> Option<u64> {
    field(text, name)?.strip_suffix("kB")?.trim().parse().ok()
}

fn line_with(text: &str, what: &str) -> String {
    let line = text.lines().find(|line| line.contains(what));
    line.unwrap_or("unknown").trim().to_owned()
}

/// The file system's name, by the magic numbers of statfs(2).
fn file_system(folder: &Path) -> String {
    let magic = rustix::fs::statfs(folder).map_or(0, |stat| stat.f_type as u64);
    match magic {
        0xEF53 => "ext4".to_owned(),
        0x5846_5342 => "xfs".to_owned(),
        0x9123_683E => "btrfs".to_owned(),
        0x0102_1994 => "tmpfs (memory)".to_owned(),
        0x794C_7630 => "overlayfs".to_owned(),
        0x2FC1_2FC1 => "zfs".to_owned(),
        other => format!("of type 0x{other:X}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let text = "model\t\t: 17\nmodel name\t: A CPU\nMemTotal:  2048 kB\n";
        assert_eq!(field(text, "model name").as_deref(), Some("A CPU"));
        assert_eq!(memory_kib(text, "MemTotal"), Some(2048));
        assert_eq!(field(text, "flags"), None);
        assert_eq!(
            line_with("x\nlibpcap version 1.10\n", "libpcap"),
            "libpcap version 1.10"
        );
    }

    #[test]
    fn this_machine_has_cpus_and_memory() {
        assert!(!usable_cpus().is_empty());
        assert!(available_memory().unwrap() > 0);
        assert!(!file_system(&std::env::temp_dir()).is_empty());
    }
}
