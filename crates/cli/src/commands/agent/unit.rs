//! `hallpass agent unit`: the text by which a session's manager starts the agent.
//!
//! Source: systemd.service(5), systemd.exec(5); launchd.plist(5).

use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};

/// Who starts it.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Manager {
    /// For ~/.config/systemd/user/hallpass-agent.service
    Systemd,
    /// For ~/Library/LaunchAgents/dev.hallpass.agent.plist
    Launchd,
}

impl Default for Manager {
    fn default() -> Self {
        if cfg!(target_os = "macos") { Self::Launchd } else { Self::Systemd }
    }
}

pub(crate) fn run(manager: Manager, context: &mut Context) -> Outcome {
    let program = std::env::current_exe().map_err(|error| {
        Failure::new(Case::Unexpected, "cannot tell where this command is").because(error)
    })?;
    let program = program.display().to_string();
    let (text, hint) = match manager {
        Manager::Systemd => (
            systemd(&program),
            "write this to ~/.config/systemd/user/hallpass-agent.service, then run `systemctl --user enable --now hallpass-agent`",
        ),
        Manager::Launchd => (
            launchd(&program),
            "write this to ~/Library/LaunchAgents/dev.hallpass.agent.plist, then run `launchctl load` with it",
        ),
    };
    context.note(hint);
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    context.data(lines)
}

fn systemd(program: &str) -> String {
    // `%` begins a specifier, and a space would end the path.
    let program = program.replace('%', "%%").replace(' ', "\\x20");
    format!(
        "[Unit]\nDescription=hallpass agent: lends a Google sign-in by tickets\n\n\
         [Service]\nExecStart={program} agent start\nRestart=on-failure\nNoNewPrivileges=yes\n\
         RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\nLockPersonality=yes\nUMask=0077\n\n\
         [Install]\nWantedBy=default.target\n"
    )
}

fn launchd(program: &str) -> String {
    let program = program.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n  <key>Label</key>\n  <string>dev.hallpass.agent</string>\n  \
         <key>ProgramArguments</key>\n  <array>\n    <string>{program}</string>\n    <string>agent</string>\n    \
         <string>start</string>\n  </array>\n  <key>RunAtLoad</key>\n  <true/>\n  <key>KeepAlive</key>\n  <true/>\n\
         </dict>\n</plist>\n"
    )
}
