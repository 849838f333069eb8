//! A stay with the proxy: joined where it runs, started where it does not, and ended by the last who leaves.

use std::process::{Child, Command, ExitStatus};

use baton_native::proxy::{Answer, Stranger, Told, summary_of};
use baton_state::r#gen::tables::{
    ERROR_ARGUMENT, ERROR_LAUNCH_BUSY, ERROR_LAUNCH_PORT_TAKEN, ERROR_LAUNCH_PROXY_ENDED,
    ERROR_LAUNCH_PROXY_SICK, ERROR_RUN_FAILED,
};
use baton_state::record::error::BatonError;

use crate::ground::Ground;
use crate::lock::{Gate, Share, is_unused};
use crate::process::{Identity, end, exit_status, start};
use crate::stop::Stop;

/// A stay with the proxy.
pub struct Stay {
    /// What it told when it was joined.
    pub told: Told,
    /// Where it comes from.
    pub origin: Origin,
    share: Share,
    /// The proxy that a launcher started.
    started: Option<Identity>,
    /// Its handle, where this launcher started it.
    child: Option<Child>,
}

/// Where the proxy comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Somebody else started it: no launcher ends it.
    Running,
    /// This launcher started it.
    Started,
    /// Another launcher started it: the last one ends it.
    Shared,
}

/// How a stay came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// The proxy is not a launcher's.
    Running,
    /// Another launcher still uses it.
    InUse,
    /// It was ended.
    Ended,
    /// It had ended by itself before.
    Gone(Option<ExitStatus>),
}

impl Stay {
    /// Joins the proxy that runs, or starts the one that `command` gives and waits until it is healthy. What it starts, it
    /// ends again where it refuses: with ARGUMENT where HOST is another machine, LAUNCH_PORT_TAKEN, LAUNCH_PROXY_ENDED,
    /// LAUNCH_PROXY_SICK, LAUNCH_BUSY, RUN_FAILED, what `command` refuses, and HOME_UNUSABLE where there can be no locks.
    pub fn join(
        ground: &Ground,
        command: impl FnOnce() -> Result<Command, BatonError>,
    ) -> Result<Stay, Stop> {
        if ground.host.is_none() {
            let error = BatonError::new(&ERROR_ARGUMENT);
            return Err(error
                .at("HOST names another machine, and only this one is asked")
                .into());
        }
        let mut gate = take_gate(ground)?;
        let answer = settled_answer(ground)?;
        let started = gate.started();
        if !matches!(answer, Answer::Proxy(_)) {
            make_room(ground, &answer, started)?;
        }
        let share = Share::take(&ground.home, ground.port)?;
        let (told, origin, child) = match answer {
            Answer::Proxy(told) if started.is_some() => (told, Origin::Shared, None),
            Answer::Proxy(told) => (told, Origin::Running, None),
            _ => match start_anew(ground, &mut gate, command()?)? {
                (told, Some(child)) => (told, Origin::Started, Some(child)),
                (told, None) => (told, Origin::Running, None),
            },
        };
        Ok(Stay {
            told,
            origin,
            share,
            started: gate.started(),
            child,
        })
    }

    /// Whether the proxy is a launcher's.
    pub fn is_ours(&self) -> bool {
        self.started.is_some()
    }

    /// Whether the proxy of a launcher has ended by itself.
    pub fn has_ended(&self) -> bool {
        self.started.is_some_and(|started| !started.lives())
    }

    /// How a proxy that has ended did so, where this launcher started it.
    pub fn exit_status(&mut self) -> Option<ExitStatus> {
        exit_status(self.child.as_mut()?)
    }

    /// Leaves the proxy, and ends it where a launcher started it and no other one uses it. Refuses with LAUNCH_BUSY, and
    /// where the locks are gone; then the proxy runs on.
    pub fn leave(self, ground: &Ground) -> Result<Left, Stop> {
        let mut gate = take_gate(ground)?;
        if !self.share.give_back() {
            return Ok(Left::InUse);
        }
        match gate.started() {
            Some(started) => {
                let child = self.child.filter(|child| started.is(child.id()));
                end(started, child, &|| ground.signals.stop().is_some());
                gate.set_started(None)?;
                Ok(Left::Ended)
            }
            None if self.started.is_none() => Ok(Left::Running),
            None => {
                gate.set_started(None)?;
                Ok(Left::Gone(
                    self.child.and_then(|mut child| exit_status(&mut child)),
                ))
            }
        }
    }
}

fn take_gate(ground: &Ground) -> Result<Gate, Stop> {
    let mut progress = ground.progress("waiting for another launcher");
    let limit = ground.start_limit() * 2;
    Gate::take(&ground.home, ground.port, &mut || {
        if progress.elapsed() > limit {
            return Err(BatonError::new(&ERROR_LAUNCH_BUSY).into());
        }
        ground.moment(Some(&mut progress))
    })
}

/// What the port says, once it says anything, or was silent for long enough.
fn settled_answer(ground: &Ground) -> Result<Answer, Stop> {
    let mut progress = ground.progress(format!("asking port {}", ground.port));
    loop {
        let answer = ground.ask();
        if answer != Answer::Late || progress.elapsed() >= ground.silence_limit() {
            return Ok(answer);
        }
        ground.moment(Some(&mut progress))?;
    }
}

/// What has the port, where it is taken.
fn taken_by(port: u16, answer: &Answer) -> Option<String> {
    Some(match answer {
        Answer::Other(Stranger::Http(status)) => {
            format!("by another HTTP server at port {port}, which answers with status {status}")
        }
        Answer::Other(Stranger::NoHttp) => {
            format!("by something at port {port} that speaks no HTTP")
        }
        Answer::Late => format!("by something at port {port} that says nothing"),
        Answer::None | Answer::Proxy(_) => return None,
    })
}

/// Sees to it that the port is free. A proxy that a launcher started, and that does not answer like one any more, is ended.
/// Refuses where another launcher uses that one, and where something else has the port.
fn make_room(ground: &Ground, answer: &Answer, started: Option<Identity>) -> Result<(), Stop> {
    let Some(started) = started else {
        return match taken_by(ground.port, answer) {
            Some(by) => Err(BatonError::new(&ERROR_LAUNCH_PORT_TAKEN).at(by).into()),
            None => Ok(()),
        };
    };
    if !is_unused(&ground.home, ground.port) {
        let error = BatonError::new(&ERROR_LAUNCH_PROXY_SICK);
        let place = format!("the one of another launcher at port {}", ground.port);
        return Err(error.at(place).into());
    }
    end(started, None, &|| ground.signals.stop().is_some());
    Ok(())
}

/// Starts the proxy and waits until it is healthy. What does not become so is ended. Gives no handle where the command has
/// ended by then, so that the proxy is another process, which no launcher ends.
fn start_anew(
    ground: &Ground,
    gate: &mut Gate,
    mut command: Command,
) -> Result<(Told, Option<Child>), Stop> {
    let mut child = start(&mut command).map_err(|error| {
        BatonError::new(&ERROR_RUN_FAILED).at(format!("proxy: {}", error.kind()))
    })?;
    let identity = Identity::of(child.id());
    // Told before it is healthy: were this launcher killed now, the next one would know.
    let healthy = gate
        .set_started(identity)
        .map_err(Stop::from)
        .and_then(|()| wait_for_health(ground, &mut child));
    let told = match healthy {
        Ok(told) if matches!(child.try_wait(), Ok(None)) => return Ok((told, Some(child))),
        Ok(told) => Ok((told, None)),
        Err(stop) => {
            if let Some(identity) = identity {
                end(identity, Some(child), &|| ground.signals.stop().is_some());
            }
            Err(stop)
        }
    };
    gate.set_started(None)?;
    told
}

fn wait_for_health(ground: &Ground, child: &mut Child) -> Result<Told, Stop> {
    let mut progress = ground.progress("waiting for the proxy");
    loop {
        let ended = child.try_wait().ok().flatten();
        let answer = match ground.ask() {
            // Where two start at once, one of them finds the port taken: by the proxy all the same.
            Answer::Proxy(told) => return Ok(told),
            answer => answer,
        };
        // A command that ends well may have started the proxy elsewhere.
        if let Some(status) = ended.filter(|status| !status.success()) {
            let error = match taken_by(ground.port, &answer) {
                Some(by) => BatonError::new(&ERROR_LAUNCH_PORT_TAKEN).at(by),
                None => BatonError::new(&ERROR_LAUNCH_PROXY_ENDED)
                    .at(format!("while it started, {}", how(status))),
            };
            return Err(error.into());
        }
        if progress.elapsed() >= ground.start_limit() {
            let says = match answer {
                Answer::Other(Stranger::Http(status)) => format!("answers with status {status}"),
                Answer::Other(Stranger::NoHttp) => "speaks no HTTP".to_owned(),
                Answer::Late => "says nothing".to_owned(),
                Answer::None | Answer::Proxy(_) => "does not listen".to_owned(),
            };
            let place = format!("it {says} at port {}", ground.port);
            return Err(BatonError::new(&ERROR_LAUNCH_PROXY_SICK).at(place).into());
        }
        ground.moment(Some(&mut progress))?;
    }
}

/// How a process ended.
pub fn how(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("by signal {signal}");
    }
    match status.code() {
        Some(code) => format!("with exit code {code}"),
        None => "without an exit code".to_owned(),
    }
}

/// What people are told of the proxy at a port.
pub fn line(port: u16, told: &Told, origin: Origin) -> String {
    let summary = summary_of(port, &Answer::Proxy(told.clone()));
    let version = summary.version.map(|version| format!(" {version}"));
    let origin = match origin {
        Origin::Running => "running",
        Origin::Started => "started",
        Origin::Shared => "shared with another launcher",
    };
    let version = version.unwrap_or_default();
    format!("proxy:{version} at port {port}, {origin}")
}
