//! The window of a console that was opened for a program alone.

/// Waits for a key where the program was started with a double click: Windows closes such a window with its program, before
/// anybody has read what stands there. Elsewhere this does nothing.
#[cfg(not(windows))]
pub fn keep_open() {}

/// Waits for a key where the program was started with a double click: Windows closes such a window with its program, before
/// anybody has read what stands there.
#[cfg(windows)]
pub fn keep_open() {
    let terminal = console::Term::stderr();
    if is_own_window(parent_name().as_deref(), terminal.is_term()) {
        let _ = terminal.write_line("Press any key to close this window.");
        let _ = terminal.read_key();
    }
}

/// Whether a window is there for this program alone. A double click shows in the parent, which is the Explorer; where the
/// output goes elsewhere, nobody looks at a window.
#[cfg(any(windows, test))]
fn is_own_window(parent: Option<&str>, is_terminal: bool) -> bool {
    is_terminal && parent.is_some_and(|parent| parent.eq_ignore_ascii_case("explorer.exe"))
}

/// The file name of the program that started this one.
#[cfg(windows)]
fn parent_name() -> Option<String> {
    use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

    let mut system = System::new().ok()?;
    let mut look = |id| {
        let refresh = ProcessRefreshKind::nothing();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[id]), false, refresh);
        let process = system.process(id)?;
        Some((process.parent(), process.name().to_str().map(str::to_owned)))
    };
    let (parent, _) = look(Pid::from_u32(std::process::id()))?;
    let (_, name) = look(parent?)?;
    name
}

#[cfg(test)]
mod tests {
    use super::is_own_window;

    #[test]
    fn only_a_window_that_the_explorer_opened_is_kept_open() {
        assert!(is_own_window(Some("explorer.exe"), true));
        assert!(is_own_window(Some("Explorer.EXE"), true));
        assert!(
            !is_own_window(Some("explorer.exe"), false),
            "output goes to a file"
        );
        for parent in [
            "cmd.exe",
            "powershell.exe",
            "WindowsTerminal.exe",
            "node.exe",
            "",
        ] {
            assert!(!is_own_window(Some(parent), true), "{parent}");
        }
        assert!(!is_own_window(None, true), "the parent is gone");
    }

    /// Runs itself once more, as a program whose parent is known.
    #[cfg(windows)]
    #[test]
    fn the_parent_of_a_program_is_found() {
        const PARENT: &str = "BATON_TEST_PARENT";
        let program = std::env::current_exe().unwrap();
        let name = program.file_name().and_then(|name| name.to_str());
        if std::env::var_os(PARENT).is_some() {
            return assert_eq!(super::parent_name().as_deref(), name);
        }
        let test = "window::tests::the_parent_of_a_program_is_found";
        let mut child = std::process::Command::new(&program);
        let status = child.args(["--exact", test]).env(PARENT, "").status();
        assert!(status.unwrap().success());
    }
}
