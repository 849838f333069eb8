//! A program that is started, spoken to in lines, and ended, all within a time.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// More than any message that is waited for has, in bytes.
const MAX_LINE: u64 = 4 << 20;
/// How long a program may take to end by itself once its input ends.
const FAREWELL: Duration = Duration::from_millis(500);

/// Why a program gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// It could not be started.
    NotStarted(ErrorKind),
    /// It said nothing within the time.
    TimedOut,
    /// It ended, with this exit code unless a signal ended it.
    Ended(Option<i32>),
    /// What it said is no message.
    Garbage,
    /// It answered with an error.
    Refused,
}

/// A running program. When it is dropped, its input ends, and whatever is left of it is killed.
pub struct Talk {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<Vec<u8>>,
    until: Instant,
    is_hung: bool,
}

impl Talk {
    /// Starts a program in a group of its own, with its errors unread. What is asked of it must be answered within `limit`.
    pub fn start(command: &mut Command, limit: Duration) -> Result<Self, Silence> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let until = Instant::now() + limit;
        let mut child = command
            .spawn()
            .map_err(|error| Silence::NotStarted(error.kind()))?;
        let stdin = child.stdin.take();
        let (sender, lines) = sync_channel(16);
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || read_lines(stdout, &sender));
        }
        Ok(Talk {
            child,
            stdin,
            lines,
            until,
            is_hung: false,
        })
    }

    /// Ends its input.
    pub fn hang_up(&mut self) {
        self.stdin = None;
    }

    /// The next line that it says, without its end.
    pub fn line(&mut self) -> Result<Vec<u8>, Silence> {
        let left = self.until.saturating_duration_since(Instant::now());
        self.lines.recv_timeout(left).map_err(|error| match error {
            RecvTimeoutError::Timeout => {
                self.is_hung = true;
                Silence::TimedOut
            }
            RecvTimeoutError::Disconnected => Silence::Ended(self.exit_code()),
        })
    }

    /// Sends a JSON-RPC notification, one message a line.
    pub fn notify(&mut self, method: &str) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method }));
    }

    /// Sends a JSON-RPC request and gives the result, passing over what else is said meanwhile.
    pub fn call(&mut self, id: u32, method: &str, params: &Value) -> Result<Value, Silence> {
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let line = self.line()?;
            if line.trim_ascii().is_empty() {
                continue;
            }
            let mut message: Value = serde_json::from_slice(&line).map_err(|_| Silence::Garbage)?;
            if !message.is_object() {
                return Err(Silence::Garbage);
            }
            if message["id"] == id && message.get("method").is_none() {
                return match message["result"].take() {
                    Value::Null => Err(Silence::Refused),
                    result => Ok(result),
                };
            }
        }
    }

    /// A program that does not listen has ended, or will be silent: reading tells.
    fn send(&mut self, message: &Value) {
        if let Some(stdin) = &mut self.stdin {
            let _ = writeln!(stdin, "{message}").and_then(|()| stdin.flush());
        }
    }

    fn exit_code(&mut self) -> Option<i32> {
        self.wait(FAREWELL);
        self.child.try_wait().ok()??.code()
    }

    /// Waits until it ends by itself, at most this long.
    fn wait(&mut self, limit: Duration) {
        let until = Instant::now() + limit;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < until {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.hang_up();
        if !self.is_hung {
            self.wait(FAREWELL);
        }
        // Its own children too: what npm installs is a wrapper around the program.
        #[cfg(unix)]
        let _ = rustix::process::kill_process_group(
            rustix::process::Pid::from_child(&self.child),
            rustix::process::Signal::KILL,
        );
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Passes on what a program says, line by line, until it ends, nobody listens, or a line is too long to be a message; that
/// one is passed on as far as it was read.
fn read_lines(stdout: ChildStdout, lines: &SyncSender<Vec<u8>>) {
    let mut stdout = BufReader::new(stdout);
    loop {
        let mut line = Vec::new();
        let read = stdout.by_ref().take(MAX_LINE).read_until(b'\n', &mut line);
        if !matches!(read, Ok(1..)) {
            return;
        }
        let is_whole = line.len() < MAX_LINE as usize || line.ends_with(b"\n");
        if lines.send(line).is_err() || !is_whole {
            return;
        }
    }
}
