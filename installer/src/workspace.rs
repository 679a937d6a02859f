//! What cargo says about this workspace: its folders, packages and programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::problem::Problem;
use crate::process::{cargo, read, shown};

/// The terminal program's package, and its program.
pub(crate) const APP: &str = "crashcap";
/// The window's program, of the same package.
pub(crate) const WINDOW: &str = "crashcap-desktop";
/// The package of the crash lab, the benches and the live tests.
pub(crate) const TESTS: &str = "crashcap-tests";

/// The workspace that this program was built from.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Where cargo builds, whichever way it was told.
    pub(crate) target: PathBuf,
    /// Names of the programs of [`TESTS`].
    programs: Vec<String>,
    /// Names of the live tests of [`TESTS`], sorted.
    live: Vec<String>,
}

impl Workspace {
    /// Asks cargo, from wherever in the workspace the user stands.
    pub(crate) fn ask() -> Result<Self, Problem> {
        let mut command = cargo();
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        let text = read(&mut command)?;
        Self::parse(&text).map_err(|why| Problem::Output {
            command: shown(&command),
            why,
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let metadata: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let folder = |key: &str| {
            metadata[key]
                .as_str()
                .map(PathBuf::from)
                .ok_or(format!("no {key}"))
        };
        let tests = metadata["packages"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|package| package["name"] == TESTS)
            .ok_or(format!("no package {TESTS}"))?;
        let of_kind = |kind: &str| {
            let mut names: Vec<String> = tests["targets"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|target| target["kind"][0] == kind)
                .filter_map(|target| target["name"].as_str().map(str::to_owned))
                .collect();
            names.sort();
            names
        };
        let mut live = of_kind("test");
        live.retain(|name| name.starts_with("live_"));
        Ok(Self {
            root: folder("workspace_root")?,
            target: folder("target_directory")?,
            programs: of_kind("bin"),
            live,
        })
    }

    /// The live tests, by the names of their test targets.
    pub(crate) fn live_tests(&self) -> &[String] {
        &self.live
    }

    /// Where `program` is after a build with `profile` ("debug" or "release").
    pub(crate) fn program(&self, profile: &str, program: &str) -> PathBuf {
        let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
        self.target.join(profile).join(file)
    }

    /// # Errors
    /// [`Problem::NoProgram`] unless the package [`TESTS`] has this program.
    pub(crate) fn must_have(&self, program: &'static str) -> Result<(), Problem> {
        if self.programs.iter().any(|name| name == program) {
            Ok(())
        } else {
            Err(Problem::NoProgram {
                package: TESTS,
                program,
            })
        }
    }
}

/// A build of the terminal program, without the window, and of programs of [`TESTS`].
pub(crate) fn build_programs(programs: &[&str]) -> Command {
    let mut command = cargo();
    command.args(["build", "--no-default-features", "-p", APP, "-p", TESTS]);
    for program in std::iter::once(&APP).chain(programs) {
        command.args(["--bin", program]);
    }
    command
}

/// The test executables that a build with `--message-format=json` reports, as (name, path).
pub(crate) fn test_executables(messages: &str) -> Result<Vec<(String, PathBuf)>, String> {
    let mut found = Vec::new();
    for line in messages.lines().filter(|line| line.starts_with('{')) {
        let message: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let is_test = message["reason"] == "compiler-artifact"
            && message["target"]["kind"][0] == "test"
            && message["profile"]["test"] == true;
        if let (true, Some(name), Some(path)) = (
            is_test,
            message["target"]["name"].as_str(),
            message["executable"].as_str(),
        ) {
            found.push((name.to_owned(), Path::new(path).to_owned()));
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_gives_folders_and_live_tests() {
        let text = r#"{"workspace_root":"/w","target_directory":"/t","packages":[
            {"name":"crashcap","targets":[{"kind":["test"],"name":"live_of_another"}]},
            {"name":"crashcap-tests","targets":[
                {"kind":["bin"],"name":"crashlab"},
                {"kind":["test"],"name":"live_veth"},
                {"kind":["test"],"name":"layers"},
                {"kind":["test"],"name":"live_exit"}]}]}"#;
        let workspace = Workspace::parse(text).expect("is whole");
        assert_eq!(workspace.root, Path::new("/w"));
        assert_eq!(workspace.live_tests(), ["live_exit", "live_veth"]);
        assert!(workspace.must_have("crashlab").is_ok());
        assert!(workspace.must_have("crashcap-bench").is_err());
        let program = workspace.program("release", "crashlab");
        assert!(program.starts_with("/t/release"), "{}", program.display());
    }

    #[test]
    fn metadata_without_the_tests_is_refused() {
        let text = r#"{"workspace_root":"/w","target_directory":"/t","packages":[]}"#;
        assert_eq!(
            Workspace::parse(text).expect_err("lacks a package"),
            "no package crashcap-tests"
        );
        assert!(Workspace::parse("not JSON").is_err());
    }

    #[test]
    fn only_test_executables_are_taken_from_the_messages() {
        let messages = r#"
{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"crashcap_tests"},"profile":{"test":false},"executable":null}
{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"crashlab"},"profile":{"test":false},"executable":"/t/debug/crashlab"}
{"reason":"compiler-artifact","target":{"kind":["test"],"name":"live_exit"},"profile":{"test":true},"executable":"/t/debug/deps/live_exit-1"}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(
            test_executables(messages).expect("is JSON"),
            [(
                "live_exit".to_owned(),
                PathBuf::from("/t/debug/deps/live_exit-1")
            )]
        );
        assert!(test_executables("{broken").is_err());
    }
}
