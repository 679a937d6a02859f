//! Package managers, and what each calls the things this workspace needs. Only tables and
//! command lines; nothing here looks at the machine.

/// A system's package manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manager {
    Apt,
    Dnf,
    Pacman,
    Zypper,
    Brew,
}

/// Something a task needs and a package manager can bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// `cc`, which links Rust programs.
    Compiler,
    /// libpcap with its headers.
    Libpcap,
    Tshark,
    Dumpcap,
    Tcpdump,
    /// `ip` of iproute2.
    Ip,
    /// `systemd-analyze`, which checks units; the system need not run systemd.
    SystemdAnalyze,
    /// What the window loads when it starts.
    Window,
    /// A display without a screen, hands for it, and a window manager.
    Display,
    /// `xwd`, which takes the picture of a window.
    WindowDump,
    /// Mesa's Vulkan that draws on the processor.
    Lavapipe,
    /// Debian's recent Rust compiler with the sources of its standard library, and its clippy.
    DebianRust,
    /// mingw's `dlltool`, which makes import libraries for Windows.
    Dlltool,
}

impl Manager {
    pub(crate) const ALL: [Self; 5] =
        [Self::Apt, Self::Dnf, Self::Pacman, Self::Zypper, Self::Brew];

    /// The manager to use on `os` (as [`std::env::consts::OS`] says it), where `exists` tells
    /// whether a program is there. Homebrew on Linux is passed over: its libpcap is not the
    /// one that the linker finds.
    pub(crate) fn choose(os: &str, exists: impl Fn(&str) -> bool) -> Option<Self> {
        Self::ALL
            .into_iter()
            .filter(|manager| match manager {
                Self::Brew => os == "macos",
                _ => os == "linux",
            })
            .find(|manager| exists(manager.program()))
    }

    pub(crate) fn program(self) -> &'static str {
        match self {
            Self::Apt => "apt-get",
            Self::Dnf => "dnf",
            Self::Pacman => "pacman",
            Self::Zypper => "zypper",
            Self::Brew => "brew",
        }
    }

    /// The command that installs packages without a question. For apt: without the packages
    /// that are only recommended, never by removing another, and patient with a running apt.
    pub(crate) fn install(self) -> &'static [&'static str] {
        match self {
            Self::Apt => &[
                "apt-get",
                "-o",
                "DPkg::Lock::Timeout=300",
                "install",
                "--yes",
                "--no-install-recommends",
                "--no-remove",
                "--quiet",
            ],
            Self::Dnf => &["dnf", "install", "--assumeyes"],
            Self::Pacman => &["pacman", "-S", "--needed", "--noconfirm"],
            Self::Zypper => &["zypper", "--non-interactive", "install"],
            Self::Brew => &["brew", "install"],
        }
    }

    /// The command that brings the list of packages up to date, where a stale or empty list is
    /// usual and bringing it up to date changes nothing else.
    pub(crate) fn refresh(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Apt => Some(&[
                "apt-get",
                "-o",
                "DPkg::Lock::Timeout=300",
                "--quiet",
                "update",
            ]),
            Self::Zypper => Some(&["zypper", "--non-interactive", "refresh"]),
            // dnf and brew refresh by themselves; pacman must not without a full upgrade.
            Self::Dnf | Self::Pacman | Self::Brew => None,
        }
    }

    /// Homebrew refuses to run as root; the others need it.
    pub(crate) fn needs_root(self) -> bool {
        self != Self::Brew
    }
}

impl Need {
    /// What a person calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Compiler => "a C compiler and linker (cc)",
            Self::Libpcap => "libpcap with its headers",
            Self::Tshark => "tshark",
            Self::Dumpcap => "dumpcap",
            Self::Tcpdump => "tcpdump",
            Self::Ip => "ip (iproute2)",
            Self::SystemdAnalyze => "systemd-analyze",
            Self::Window => "the libraries of X11 and OpenGL",
            Self::Display => "Xvfb, xdotool, openbox, wmctrl and xprop",
            Self::WindowDump => "xwd",
            Self::Lavapipe => "lavapipe (Mesa's Vulkan on the processor)",
            Self::DebianRust => "Debian's Rust compiler with the sources of its standard library",
            Self::Dlltool => "x86_64-w64-mingw32-dlltool",
        }
    }

    /// The packages that bring it; none where the manager cannot bring it.
    pub(crate) fn packages(self, manager: Manager) -> &'static [&'static str] {
        use Manager::{Apt, Brew, Dnf, Pacman, Zypper};
        match (self, manager) {
            (Self::Compiler, Apt) => &["gcc", "libc6-dev"],
            (Self::Compiler, Dnf | Pacman) => &["gcc"],
            (Self::Compiler, Zypper) => &["gcc", "glibc-devel"],
            (Self::Libpcap, Apt) => &["libpcap-dev"],
            (Self::Libpcap, Dnf | Zypper) => &["libpcap-devel"],
            (Self::Libpcap, Pacman) => &["libpcap"],
            (Self::Tshark, Apt) => &["tshark"],
            (Self::Dumpcap, Apt) => &["wireshark-common"],
            (Self::Tshark | Self::Dumpcap, Dnf | Pacman) => &["wireshark-cli"],
            (Self::Tshark | Self::Dumpcap, Zypper | Brew) => &["wireshark"],
            (Self::Tcpdump, _) => &["tcpdump"],
            (Self::Ip, Dnf) => &["iproute"],
            (Self::Ip, Apt | Pacman | Zypper) => &["iproute2"],
            (Self::SystemdAnalyze, Apt | Dnf | Pacman | Zypper) => &["systemd"],
            (Self::Window, Apt) => &[
                "libx11-6",
                "libx11-xcb1",
                "libxcursor1",
                "libxi6",
                "libxkbcommon-x11-0",
                "libgl1",
                "libegl1",
                "libgl1-mesa-dri",
            ],
            (Self::Window, Dnf) => &[
                "libX11-xcb",
                "libXcursor",
                "libXi",
                "libxkbcommon-x11",
                "libglvnd-glx",
                "libglvnd-egl",
                "mesa-dri-drivers",
            ],
            (Self::Window, Pacman) => &[
                "libxcursor",
                "libxi",
                "libxkbcommon-x11",
                "libglvnd",
                "mesa",
            ],
            (Self::Window, Zypper) => &[
                "libX11-xcb1",
                "libXcursor1",
                "libXi6",
                "libxkbcommon-x11-0",
                "libglvnd",
                "Mesa-dri",
            ],
            (Self::Display, Apt) => &["xvfb", "xdotool", "openbox", "wmctrl", "x11-utils"],
            (Self::Display, Dnf | Zypper) => &[
                "xorg-x11-server-Xvfb",
                "xdotool",
                "openbox",
                "wmctrl",
                "xprop",
            ],
            (Self::Display, Pacman) => &[
                "xorg-server-xvfb",
                "xdotool",
                "openbox",
                "wmctrl",
                "xorg-xprop",
            ],
            (Self::WindowDump, Apt) => &["x11-apps"],
            (Self::WindowDump, Dnf | Zypper) => &["xwd"],
            (Self::WindowDump, Pacman) => &["xorg-xwd"],
            (Self::Lavapipe, Apt | Dnf) => &["mesa-vulkan-drivers"],
            (Self::Lavapipe, Pacman) => &["vulkan-swrast"],
            (Self::Lavapipe, Zypper) => &["libvulkan_lvp"],
            (Self::DebianRust, Apt) => &[
                "rustc-web",
                "cargo-web",
                "rust-web-src",
                "libstd-rust-web-dev",
                "rust-web-clippy",
            ],
            (Self::Dlltool, Apt) => &["binutils-mingw-w64-x86-64"],
            (
                Self::Compiler
                | Self::Libpcap
                | Self::Ip
                | Self::SystemdAnalyze
                | Self::Window
                | Self::Display
                | Self::WindowDump
                | Self::Lavapipe,
                Brew,
            )
            | (Self::DebianRust | Self::Dlltool, _) => &[],
        }
    }

    /// How to get it where no package manager brings it.
    pub(crate) fn by_hand(self, os: &str) -> &'static str {
        match (self, os) {
            (Self::Compiler | Self::Libpcap, "macos") => "run `xcode-select --install`",
            (Self::Compiler, "windows") => "install the Visual Studio Build Tools for C++",
            (Self::Tshark | Self::Dumpcap, "windows") => {
                "install Wireshark from https://www.wireshark.org"
            }
            _ => "install it with this system's package manager",
        }
    }
}

/// The packages of all `needs`, each once, in order.
pub(crate) fn packages_of(needs: &[Need], manager: Manager) -> Vec<&'static str> {
    let mut names = Vec::new();
    for name in needs.iter().flat_map(|need| need.packages(manager)) {
        if !names.contains(name) {
            names.push(*name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAILY: [Need; 11] = [
        Need::Compiler,
        Need::Libpcap,
        Need::Tshark,
        Need::Dumpcap,
        Need::Tcpdump,
        Need::Ip,
        Need::SystemdAnalyze,
        Need::Window,
        Need::Display,
        Need::WindowDump,
        Need::Lavapipe,
    ];

    #[test]
    fn the_manager_is_the_one_that_is_there() {
        for manager in Manager::ALL {
            let os = if manager == Manager::Brew {
                "macos"
            } else {
                "linux"
            };
            let chosen = Manager::choose(os, |program| program == manager.program());
            assert_eq!(chosen, Some(manager));
        }
        assert_eq!(Manager::choose("linux", |_| false), None);
    }

    #[test]
    fn homebrew_is_for_macos_alone() {
        assert_eq!(Manager::choose("linux", |program| program == "brew"), None);
        assert_eq!(Manager::choose("macos", |_| true), Some(Manager::Brew));
        assert_eq!(Manager::choose("windows", |_| true), None);
    }

    #[test]
    fn every_linux_manager_brings_every_daily_need() {
        for manager in Manager::ALL {
            for need in DAILY {
                let bare = need.packages(manager).is_empty();
                let of_the_system = matches!(
                    need,
                    Need::Compiler
                        | Need::Libpcap
                        | Need::Ip
                        | Need::SystemdAnalyze
                        | Need::Window
                        | Need::Display
                        | Need::WindowDump
                        | Need::Lavapipe
                );
                assert_eq!(
                    bare,
                    manager == Manager::Brew && of_the_system,
                    "{need:?} with {manager:?}"
                );
            }
        }
    }

    #[test]
    fn a_package_that_serves_two_needs_is_named_once() {
        let needs = [Need::Tshark, Need::Tcpdump, Need::Dumpcap];
        assert_eq!(
            packages_of(&needs, Manager::Dnf),
            ["wireshark-cli", "tcpdump"]
        );
        assert_eq!(
            packages_of(&needs, Manager::Apt),
            ["tshark", "tcpdump", "wireshark-common"]
        );
    }

    #[test]
    fn no_manager_waits_for_an_answer() {
        let silent = ["--yes", "--assumeyes", "--noconfirm", "--non-interactive"];
        for manager in Manager::ALL {
            let asks = !manager.install().iter().any(|arg| silent.contains(arg));
            // brew never asks.
            assert_eq!(asks, manager == Manager::Brew, "{manager:?}");
            assert_eq!(manager.install()[0], manager.program());
        }
    }
}
