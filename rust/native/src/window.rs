//! The window of a console that was opened for a program alone.

/// Waits for a key where the program was started with a double click: Windows closes such a window with its program, before
/// anybody has read what stands there. Elsewhere this does nothing.
#[cfg(not(windows))]
pub fn keep_open() {}

/// Waits for a key where the program was started with a double click: Windows closes such a window with its program, before
/// anybody has read what stands there. A double click shows in the parent, which is the Explorer.
#[cfg(windows)]
pub fn keep_open() {
    use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System};

    let Ok(mut system) = System::new() else {
        return;
    };
    let mut look = |id| {
        let refresh = ProcessRefreshKind::nothing();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[id]), false, refresh);
        let found = system.process(id);
        found.map(|process| (process.parent(), process.name().to_ascii_lowercase()))
    };
    let parent = look(sysinfo::Pid::from_u32(std::process::id())).and_then(|(parent, _)| parent);
    let is_double_click = parent
        .and_then(look)
        .is_some_and(|(_, name)| name == "explorer.exe");
    let terminal = console::Term::stderr();
    if is_double_click && terminal.is_term() {
        let _ = terminal.write_line("Press any key to close this window.");
        let _ = terminal.read_key();
    }
}
