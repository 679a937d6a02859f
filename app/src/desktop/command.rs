//! Everything that a person can ask for by name: one enumeration feeds
//! buttons, menus, keys and the palette.

use super::model::Change;

/// What a view asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Message {
    /// A command.
    Do(Command),
    /// A change of what is typed or chosen.
    Change(Change),
}

impl From<Command> for Message {
    fn from(command: Command) -> Self {
        Self::Do(command)
    }
}

impl From<Change> for Message {
    fn from(change: Change) -> Self {
        Self::Change(change)
    }
}

/// What views emit; the one executor carries it out after the frame.
pub(crate) type Messages = Vec<Message>;

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Command {
    /// Start recording.
    Start,
    /// Stop recording without saving, unless something froze.
    Stop,
    /// Start, or stop where recording goes on.
    StartOrStop,
    /// Freeze now.
    Freeze,
    /// Save what the ring holds; recording goes on.
    Peek,
    /// End a recorder that hangs.
    EndRecorder,
    /// Show the choices.
    ShowSetUp,
    /// Show the recording.
    ShowRecording,
    /// Show the saved incidents.
    ShowIncidents,
    /// Open any capture file.
    OpenFile,
    /// Save a copy of the open incident elsewhere.
    SaveAs,
    /// Save what no folder took elsewhere.
    SaveElsewhere,
    /// Show the open incident in Wireshark.
    OpenInWireshark,
    /// Tell where Wireshark is.
    FindWireshark,
    /// Show the open incident in the file manager.
    ShowInFolder,
    /// Copy the path of the open incident.
    CopyPath,
    /// Set up what the open incident was recorded with, or start again.
    RecordAgain,
    /// Give the open incident another name.
    Rename,
    /// Delete the open incident; asks first.
    Delete,
    /// Close the open incident.
    CloseIncident,
    /// Save the choices as a profile.
    SaveProfile,
    /// Take the choices of a profile.
    OpenProfile,
    /// Keep the choices as a profile by name.
    NameProfile,
    /// Keep the filter by name.
    SaveFilter,
    /// Show the choices, ready to type a filter.
    EditFilter,
    /// Choose all interfaces.
    AllInterfaces,
    /// Watch whoever has the name of the chosen process.
    WatchByName,
    /// Show triggers and actions with all they can say.
    EditTriggers,
    /// Look what each trigger would say now.
    TestTriggers,
    /// A larger buffer in the kernel, from the next start on; offered only where packets were
    /// lost in it.
    LargerBuffer,
    /// Copy the equivalent command line.
    CopyCommandLine,
    /// Choose the folder for incidents.
    ChooseFolder,
    /// Capture with an administrator's password this time.
    AllowThisTime,
    /// Be allowed to capture for good, with an administrator's password.
    AllowAlways,
    /// Copy the command that allows it, for a terminal.
    CopyGrant,
    /// Open the page of Npcap.
    GetNpcap,
    /// Look again what this computer has.
    CheckAgain,
    /// Open the palette.
    Palette,
    /// Show the keys.
    Keys,
    /// Show the settings.
    Settings,
    /// Larger text.
    LargerText,
    /// Smaller text.
    SmallerText,
    /// Text of the usual size.
    NormalText,
    /// End the program.
    Quit,
}

/// A key with its modifiers; names as egui's `Key::from_name` takes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shortcut {
    /// Ctrl, or ⌘ on macOS.
    pub(crate) command: bool,
    /// Shift.
    pub(crate) shift: bool,
    /// The key.
    pub(crate) key: &'static str,
}

impl Shortcut {
    const fn plain(key: &'static str) -> Option<Self> {
        Self::new(false, false, key)
    }

    const fn ctrl(key: &'static str) -> Option<Self> {
        Self::new(true, false, key)
    }

    const fn ctrl_shift(key: &'static str) -> Option<Self> {
        Self::new(true, true, key)
    }

    const fn new(command: bool, shift: bool, key: &'static str) -> Option<Self> {
        Some(Self {
            command,
            shift,
            key,
        })
    }

    /// As written in menus.
    pub(crate) fn text(self) -> String {
        let command = match (self.command, cfg!(target_os = "macos")) {
            (false, _) => "",
            (true, true) => "⌘",
            (true, false) => "Ctrl+",
        };
        let shift = if self.shift { "Shift+" } else { "" };
        format!("{command}{shift}{}", self.key)
    }
}

impl Command {
    /// All of them, in the order in which the palette shows them.
    pub(crate) const ALL: [Self; 43] = [
        Self::Start,
        Self::Stop,
        Self::StartOrStop,
        Self::Freeze,
        Self::Peek,
        Self::EndRecorder,
        Self::ShowSetUp,
        Self::ShowRecording,
        Self::ShowIncidents,
        Self::OpenFile,
        Self::SaveAs,
        Self::SaveElsewhere,
        Self::OpenInWireshark,
        Self::FindWireshark,
        Self::ShowInFolder,
        Self::CopyPath,
        Self::RecordAgain,
        Self::Rename,
        Self::Delete,
        Self::CloseIncident,
        Self::SaveProfile,
        Self::OpenProfile,
        Self::NameProfile,
        Self::SaveFilter,
        Self::EditFilter,
        Self::AllInterfaces,
        Self::WatchByName,
        Self::EditTriggers,
        Self::TestTriggers,
        Self::CopyCommandLine,
        Self::ChooseFolder,
        Self::AllowThisTime,
        Self::AllowAlways,
        Self::CopyGrant,
        Self::GetNpcap,
        Self::CheckAgain,
        Self::Palette,
        Self::Keys,
        Self::Settings,
        Self::LargerText,
        Self::SmallerText,
        Self::NormalText,
        Self::Quit,
    ];

    /// What a button or menu says, and what it does in a sentence.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Start => ("Start", "Record with these choices."),
            Self::Stop => (
                "Stop",
                "End the recording. Asks first where that would lose packets.",
            ),
            Self::StartOrStop => ("Start or stop", "Start recording, or end it."),
            Self::Freeze => (
                "Freeze now",
                "Freeze the ring and save it, as a trigger would.",
            ),
            Self::Peek => ("Peek", "Save what the ring holds now. Recording goes on."),
            Self::EndRecorder => (
                "End the recorder",
                "End a recorder that does not answer. What only its memory holds is lost.",
            ),
            Self::ShowSetUp => ("Set up", "Choose what to record."),
            Self::ShowRecording => ("Recording", "See the recording."),
            Self::ShowIncidents => ("Incidents", "See what was saved."),
            Self::OpenFile => ("Open a file…", "Open any pcap or pcapng file."),
            Self::SaveAs => ("Save as…", "Save a copy elsewhere, as pcapng or pcap."),
            Self::SaveElsewhere => (
                "Save elsewhere…",
                "Choose a folder for the incident that could not be saved.",
            ),
            Self::OpenInWireshark => ("Open in Wireshark", "Show the packets in Wireshark."),
            Self::FindWireshark => ("Find Wireshark…", "Tell where Wireshark is."),
            Self::ShowInFolder => ("Show in folder", "Show the file in the file manager."),
            Self::CopyPath => ("Copy path", "Copy the file's path."),
            Self::RecordAgain => (
                "Record again",
                "Record with the same choices; from an incident, set up its own first.",
            ),
            Self::Rename => ("Rename…", "Give the file another name."),
            Self::Delete => ("Delete…", "Delete the file. Asks first."),
            Self::CloseIncident => ("Close incident", "Close this incident. The file stays."),
            Self::SaveProfile => (
                "Save profile to a file…",
                "Write these choices to a file, for another computer or for crashcap record.",
            ),
            Self::OpenProfile => ("Open profile…", "Take the choices of a file."),
            Self::NameProfile => (
                "Keep as profile…",
                "Keep these choices with a name, to be chosen under Profile.",
            ),
            Self::SaveFilter => ("Save filter…", "Keep this filter with a name."),
            Self::EditFilter => ("Edit filter", "Set up, ready to type another filter."),
            Self::AllInterfaces => (
                "Use all interfaces",
                "Record all interfaces, also those that come later.",
            ),
            Self::WatchByName => (
                "Watch by name",
                "Watch whoever has the name of the chosen process, now and after a restart.",
            ),
            Self::EditTriggers => (
                "Triggers and actions…",
                "When to freeze, and what is done after an incident has been saved.",
            ),
            Self::TestTriggers => (
                "Test triggers now",
                "Look at every trigger now, and say what it would have said.",
            ),
            Self::LargerBuffer => (
                "Make it 256 MiB",
                "Give the kernel a buffer of 256 MiB, from the next Start on.",
            ),
            Self::CopyCommandLine => (
                "Copy command line",
                "Copy the command that records the same in a terminal.",
            ),
            Self::ChooseFolder => ("Choose folder…", "Choose where incidents are saved."),
            Self::AllowThisTime => (
                "Allow this time…",
                "Ask for an administrator's password, and record with these choices.",
            ),
            Self::AllowAlways => (
                "Allow always…",
                "Ask for an administrator's password once. Takes effect after you log in again.",
            ),
            Self::CopyGrant => (
                "Copy this command",
                "Copy the command that lets you capture, for a terminal.",
            ),
            Self::GetNpcap => ("Get Npcap", "Open npcap.com, where Windows gets it."),
            Self::CheckAgain => ("Check again", "Look again what this computer has."),
            Self::Palette => ("Command palette", "Find a command by its name."),
            Self::Keys => ("Keys", "Show the keys."),
            Self::Settings => ("Settings", "Theme, text size, folders, notifications."),
            Self::LargerText => ("Larger text", "Make everything larger."),
            Self::SmallerText => ("Smaller text", "Make everything smaller."),
            Self::NormalText => ("Text at 100 %", "Text of the usual size."),
            Self::Quit => ("Quit", "End the program."),
        }
    }

    /// What a button or menu says.
    pub(crate) const fn text(self) -> &'static str {
        self.words().0
    }

    /// What it does, in a sentence.
    pub(crate) const fn tooltip(self) -> &'static str {
        self.words().1
    }

    /// A second key: Wireshark's, where another of ours belongs to a row.
    pub(crate) const fn also(self) -> Option<Shortcut> {
        match self {
            Self::ShowSetUp => Shortcut::ctrl("K"),
            Self::SaveAs => Shortcut::ctrl("S"),
            _ => None,
        }
    }

    /// All its keys as written in menus and lists, or nothing.
    pub(crate) fn keys_text(self) -> String {
        let keys = self.shortcut().into_iter().chain(self.also());
        keys.map(Shortcut::text).collect::<Vec<_>>().join("  ")
    }

    /// Its key, Wireshark's where it has one.
    pub(crate) const fn shortcut(self) -> Option<Shortcut> {
        match self {
            Self::StartOrStop => Shortcut::ctrl("E"),
            Self::Freeze => Shortcut::plain("F9"),
            Self::Peek => Shortcut::ctrl("P"),
            Self::ShowSetUp => Shortcut::ctrl("1"),
            Self::EditTriggers => Shortcut::ctrl_shift("T"),
            Self::ShowRecording => Shortcut::ctrl("2"),
            Self::ShowIncidents => Shortcut::ctrl("3"),
            Self::OpenFile => Shortcut::ctrl("O"),
            Self::SaveAs => Shortcut::ctrl_shift("S"),
            Self::CloseIncident => Shortcut::ctrl("W"),
            Self::RecordAgain => Shortcut::ctrl("R"),
            Self::CheckAgain => Shortcut::plain("F5"),
            Self::Palette => Shortcut::ctrl_shift("K"),
            Self::Keys => Shortcut::plain("F1"),
            Self::Settings => Shortcut::ctrl_shift("P"),
            Self::LargerText => Shortcut::ctrl("Plus"),
            Self::SmallerText => Shortcut::ctrl("Minus"),
            Self::NormalText => Shortcut::ctrl("0"),
            Self::Quit => Shortcut::ctrl("Q"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_commands_share_a_name_or_a_key() {
        let all: HashSet<_> = Command::ALL.into_iter().collect();
        assert_eq!(all.len(), Command::ALL.len());
        let names: HashSet<_> = Command::ALL.map(Command::text).into_iter().collect();
        assert_eq!(names.len(), Command::ALL.len());
        let keys: Vec<_> = Command::ALL
            .into_iter()
            .flat_map(|command| command.shortcut().into_iter().chain(command.also()))
            .map(Shortcut::text)
            .collect();
        let different: HashSet<_> = keys.iter().collect();
        assert_eq!(different.len(), keys.len());
    }
}
