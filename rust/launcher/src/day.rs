//! A working day from its start to its end.

use std::env;
use std::ffi::OsStr;
use std::process::Command;
use std::time::{Duration, Instant};

use baton_native::brief::{self, Question};
use baton_native::failure::Failure;
use baton_native::output::Output;
use baton_native::proxy::{Answer, Told};
use baton_state::r#gen::tables::{
    ERROR_ARGUMENT, ERROR_LAUNCH_BUSY, ERROR_LAUNCH_PROXY_ENDED, ERROR_RUN_FAILED,
};
use baton_state::home::{Home, now};
use baton_state::proto::state::v1::BriefReason;
use baton_state::record::error::BatonError;

use crate::agent::Agent;
use crate::cli::Cli;
use crate::ground::Ground;
use crate::record::record;
use crate::signals::Signals;
use crate::source;
use crate::stay::{Left, Origin, Stay, how, line};
use crate::stop::Stop;

/// Between two looks at whether the proxy still runs.
const LOOK: Duration = Duration::from_secs(1);

/// Runs the day. Gives the exit code of the agent.
pub fn run(cli: &Cli, colors: bool) -> Result<i32, Stop> {
    let home = Home::open(cli.home.as_deref(), &|name| env::var_os(name))?;
    let config = home.config()?;
    now(&|name| env::var_os(name))?;
    let agent = Agent::find(cli.agent)?;
    if agent.is_none() && !cli.arguments.is_empty() {
        let error = BatonError::new(&ERROR_ARGUMENT);
        return Err(error.at("what follows -- belongs to an agent").into());
    }
    let signals = Signals::watch()
        .map_err(|error| BatonError::new(&ERROR_RUN_FAILED).at(error.kind().to_string()))?;
    let out = Output::new(cli.output());
    let mut day = Day {
        ground: Ground::new(home, out, cli.quiet, signals),
        cli,
        colors,
    };
    let needs_proxy = agent.as_ref().is_none_or(|agent| agent.uses_proxy) || cli.proxy.is_some();
    if !needs_proxy {
        let answer = day.ground.ask();
        day.record(&answer);
        day.print_brief();
        return day.hand_over(agent.as_ref(), None);
    }
    let mut stay = Stay::join(&day.ground, || {
        let configured = config.proxy.as_deref();
        let mut command = source::command(cli.proxy.as_deref(), configured)?;
        day.name_home(&mut command);
        Ok(command)
    })?;
    day.tell(&stay.told, stay.origin);
    day.record(&Answer::Proxy(stay.told.clone()));
    day.print_brief();
    let ended = day.hand_over(agent.as_ref(), Some(&mut stay));
    day.leave(stay);
    ended
}

struct Day<'a> {
    ground: Ground,
    cli: &'a Cli,
    colors: bool,
}

impl Day<'_> {
    fn tell(&self, told: &Told, origin: Origin) {
        let out = &self.ground.out;
        out.note(&line(self.ground.port, told, origin));
        if told.status != "ok" {
            out.note(
                "warning: the proxy says of itself that it is not well; its dashboard shows more",
            );
        }
    }

    /// A record that cannot be made is told, and stops nobody from working.
    fn record(&self, answer: &Answer) {
        if self.ground.host.is_none() {
            return;
        }
        if let Err(error) = record(&self.ground.home, self.ground.port, answer) {
            Failure::from(error).report(self.colors);
        }
    }

    /// A brief that cannot be made is told, and stops nobody from working.
    fn print_brief(&mut self) {
        let printed = now(&|name| env::var_os(name)).map_err(Failure::from);
        let printed = printed.and_then(|now| {
            let question = Question {
                home: &self.ground.home,
                now,
                workspace: None,
                reason: BriefReason::Startup,
            };
            brief::print(&mut self.ground.out, &question)
        });
        if let Err(failure) = printed {
            failure.report(self.colors);
        }
    }

    /// The state directory that `--home` names is that of what is started here, too.
    fn name_home(&self, command: &mut Command) {
        if self
            .cli
            .home
            .as_ref()
            .is_some_and(|home| home != OsStr::new(""))
        {
            command.env("BATON_HOME", self.ground.home.dir());
        }
    }

    /// Runs the agent; where there is none, waits with the proxy.
    fn hand_over(&self, agent: Option<&Agent>, stay: Option<&mut Stay>) -> Result<i32, Stop> {
        if let Some(signal) = self.ground.signals.stop() {
            return Err(Stop::Signal(signal));
        }
        let Some(agent) = agent else {
            return match stay {
                Some(stay) if stay.is_ours() => self.wait_with(stay),
                _ => Ok(0),
            };
        };
        let mut command = agent.command(&self.cli.arguments);
        self.name_home(&mut command);
        let ended = self.ground.signals.run(&mut command);
        ended.map_err(|error| {
            let error = BatonError::new(&ERROR_RUN_FAILED).at(format!("agent: {}", error.kind()));
            error.into()
        })
    }

    /// Waits until a signal comes, or the proxy ends.
    fn wait_with(&self, stay: &mut Stay) -> Result<i32, Stop> {
        self.ground.out.note("proxy: runs until Ctrl-C");
        let mut looked = Instant::now();
        loop {
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                if stay.has_ended() {
                    let error = BatonError::new(&ERROR_LAUNCH_PROXY_ENDED);
                    let how = stay.exit_status().map(how);
                    return Err(how.map_or(error.clone(), |how| error.at(how)).into());
                }
            }
            self.ground.moment(None)?;
        }
    }

    /// Leaves the proxy, and says what became of it.
    fn leave(&self, stay: Stay) {
        let out = &self.ground.out;
        match stay.leave(&self.ground) {
            Ok(Left::Running) => {}
            Ok(Left::InUse) => out.note("proxy: left to another launcher"),
            Ok(Left::Ended) => {
                out.note("proxy: ended");
                self.record(&Answer::None);
            }
            Ok(Left::Gone(status)) => {
                let how = status.map(|status| format!(", {}", how(status)));
                let how = how.unwrap_or_default();
                out.note(&format!(
                    "warning: the proxy ended while it was in use{how}"
                ));
                self.record(&Answer::None);
            }
            Err(Stop::Failure(failure)) => failure.report(self.colors),
            Err(Stop::Signal(_)) => {
                let error = BatonError::new(&ERROR_LAUNCH_BUSY).at("not waited for");
                Failure::from(error).report(self.colors);
            }
        }
    }
}
