//! Users and groups, read from their files and changed by the system's own
//! programs, which know every rule of them.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::GrantError;

/// Where those programs lie; what the caller's PATH says is not asked.
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// The users and groups of a system.
pub(super) struct Accounts {
    root: PathBuf,
}

impl Accounts {
    /// Those of the system below `root`: `/`, or another for tests.
    pub(super) fn below(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// The name of a user.
    pub(super) fn user(&self, number: u32) -> Result<String, GrantError> {
        let number = number.to_string();
        let mut line = self.line("passwd", |fields| fields.get(2) == Some(&number.as_str()))?;
        if line.is_none() && self.is_this_system() {
            // A directory may know users that the file does not.
            line = answer("getent", &["passwd", &number]);
        }
        let name = line.and_then(|line| Some(line.split(':').next()?.to_owned()));
        name.ok_or(GrantError::NoSuchUser { user: number })
    }

    /// The number of a group, which is made if it is not there.
    pub(super) fn ensure_group(&self, group: &str) -> Result<u32, GrantError> {
        if let Some(number) = self.group(group)? {
            return Ok(number);
        }
        let doing = format!("make the group {group}");
        self.change(&doing, &[("groupadd", &["--system", group])])?;
        self.group(group)?.ok_or(GrantError::NoGroup)
    }

    /// Puts a user into a group.
    pub(super) fn ensure_member(&self, user: &str, group: &str) -> Result<(), GrantError> {
        let line = self.line("group", |fields| fields[0] == group)?;
        let members = line.as_deref().and_then(|line| line.split(':').nth(3));
        if members.is_some_and(|members| members.split(',').any(|member| member == user)) {
            return Ok(());
        }
        let doing = format!("put {user} into the group {group}");
        // gpasswd knows users of a directory too, and no other system than this.
        let gpasswd: &[_] = &["--add", user, group];
        let usermod: &[_] = &["--append", "--groups", group, user];
        if self.is_this_system() {
            self.change(&doing, &[("usermod", usermod), ("gpasswd", gpasswd)])
        } else {
            self.change(&doing, &[("usermod", usermod)])
        }
    }

    fn group(&self, group: &str) -> Result<Option<u32>, GrantError> {
        let mut line = self.line("group", |fields| fields[0] == group)?;
        if line.is_none() && self.is_this_system() {
            line = answer("getent", &["group", group]);
        }
        Ok(line.and_then(|line| line.split(':').nth(2)?.parse().ok()))
    }

    /// The first line of a file in etc whose fields are as wanted.
    fn line(
        &self,
        file: &str,
        wanted: impl Fn(&[&str]) -> bool,
    ) -> Result<Option<String>, GrantError> {
        let path = self.root.join("etc").join(file);
        let text = fs::read_to_string(&path).map_err(|source| GrantError::System {
            doing: "read",
            path,
            source,
        })?;
        let mut lines = text.lines();
        let line = lines.find(|line| wanted(&line.split(':').collect::<Vec<_>>()));
        Ok(line.map(str::to_owned))
    }

    /// Runs the first of these programs that is here and does it.
    fn change(&self, doing: &str, programs: &[(&'static str, &[&str])]) -> Result<(), GrantError> {
        let mut failure = None;
        for (program, arguments) in programs {
            let mut command = quiet(program);
            if !self.is_this_system() {
                command.arg("--prefix").arg(&self.root);
            }
            let why = match command.args(*arguments).output() {
                Ok(output) if output.status.success() => return Ok(()),
                Ok(output) => {
                    let said = String::from_utf8_lossy(&output.stderr);
                    let said = said.trim().lines().last().unwrap_or_default().to_owned();
                    format!("{program}: {said} ({})", output.status)
                }
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => format!("{program}: {error}"),
            };
            failure = Some(why);
        }
        Err(match failure {
            Some(why) => GrantError::Program {
                doing: doing.to_owned(),
                why,
            },
            None => GrantError::NoProgram {
                doing: doing.to_owned(),
                programs: programs
                    .iter()
                    .map(|one| one.0)
                    .collect::<Vec<_>>()
                    .join(" or "),
            },
        })
    }

    fn is_this_system(&self) -> bool {
        self.root == Path::new("/")
    }
}

/// With nothing of what the caller has in the environment.
fn quiet(program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", PATH)
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    command
}

fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let output = quiet(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system() -> (tempfile::TempDir, Accounts) {
        let root = tempfile::tempdir().unwrap();
        let etc = root.path().join("etc");
        fs::create_dir(&etc).unwrap();
        fs::write(
            etc.join("passwd"),
            "root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000:Ada,,,:/home/ada:/bin/sh\n",
        )
        .unwrap();
        fs::write(
            etc.join("group"),
            "root:x:0:\nada:x:1000:\nstaff:x:50:ada,bob\n",
        )
        .unwrap();
        let accounts = Accounts::below(root.path());
        (root, accounts)
    }

    #[test]
    fn users_and_groups_are_read() {
        let (_root, accounts) = system();
        assert_eq!(accounts.user(1000).unwrap(), "ada");
        assert!(matches!(
            accounts.user(1001),
            Err(GrantError::NoSuchUser { .. })
        ));
        assert_eq!(accounts.ensure_group("staff").unwrap(), 50);
        // Already in it: no program is needed, and none would know bob.
        accounts.ensure_member("bob", "staff").unwrap();
    }

    #[test]
    fn a_group_is_made_once_and_joined_once() {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: accounts are changed by root alone");
            return;
        }
        let (root, accounts) = system();
        let of_this_system = fs::read("/etc/group").unwrap();
        let number = accounts.ensure_group("crashcap").unwrap();
        assert_eq!(accounts.ensure_group("crashcap").unwrap(), number);
        for _ in 0..2 {
            accounts.ensure_member("ada", "crashcap").unwrap();
        }
        let groups = fs::read_to_string(root.path().join("etc/group")).unwrap();
        let ours = format!("crashcap:x:{number}:ada\n");
        assert!(groups.ends_with(&ours), "{groups}");
        assert_eq!(fs::read("/etc/group").unwrap(), of_this_system);
        let refused = accounts.ensure_member("nobody-here", "crashcap");
        let refused = refused.unwrap_err().to_string();
        assert!(
            refused.starts_with("put nobody-here into the group crashcap: usermod: "),
            "{refused}"
        );
    }
}
