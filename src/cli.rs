//! The command line: `machimori --help` is enough to use it. Answers are the same as the screens'.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

use crate::accounts::command::{self as users, UserConfig};
use crate::addresses::{self, AddressCommand};
use crate::city::command::{self as city, CityConfig};
use crate::config::{DatabaseConfig, ServeConfig};
use crate::coverage::command::{self as coverage, CoverageConfig};
use crate::demo::command::{self as demo, DemoConfig};
use crate::export::{self, ExportConfig};
use crate::imports::command::{self as imports, ImportConfig};
use crate::mail::command::{self as mail, MailCommand};
use crate::safety::replay;
use crate::simulate::command::{self as simulate, SimulateConfig};
use crate::victims::command::{self as victims, ExportVictims};
use crate::{embedded, router, serve};

/// Machimori (まちもり): disaster-response and evacuation support for a Japanese city.
#[derive(Parser)]
#[command(name = "machimori", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service.
    Serve(Box<ServeConfig>),
    /// Bring the schema up to this binary's.
    Migrate(DatabaseConfig),
    /// Print the SQL that makes the roles, the database and its extensions on your own server (for psql, as a superuser).
    Roles,
    Demo(Box<DemoConfig>),
    Import(Box<ImportConfig>),
    /// Take a list away. The command line is audited like the console.
    #[command(subcommand)]
    Export(ExportCommand),
    City(Box<CityConfig>),
    User(Box<UserConfig>),
    Simulate(Box<SimulateConfig>),
    /// Print the contract (OpenAPI 3.1).
    Openapi,
    /// Print the states that recorded observations lead to, as JSON.
    Derive {
        /// JSON `{"members":[{"id", "observations":[…], "resolutions":[…]}]}`; `-` reads standard input.
        file: PathBuf,
    },
    #[command(subcommand)]
    Address(AddressCommand),
    Coverage(Box<CoverageConfig>),
    /// Try the mail server out.
    #[command(subcommand)]
    Mail(Box<MailCommand>),
}

/// What is taken away.
#[derive(Subcommand)]
enum ExportCommand {
    Roster(Box<ExportConfig>),
    Victims(Box<ExportVictims>),
}

/// Run the command line to its end.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    init_logs();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    match runtime.block_on(dispatch(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("machimori: {error:#}");
    ExitCode::FAILURE
}

fn init_logs() {
    use std::io::IsTerminal;
    let filter = tracing_subscriber::EnvFilter::try_from_env("MACHIMORI_LOG")
        .unwrap_or_else(|_| "info,sqlx=warn,graphile_worker=warn".into());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        builder.compact().init()
    } else {
        builder.json().init()
    }
}

async fn dispatch(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(config) => serve::run(*config).await,
        Command::Migrate(config) => serve::migrate_only(&config).await,
        Command::Roles => {
            println!("{}", embedded::sql_for_administrators());
            Ok(())
        }
        Command::Demo(config) => demo::run(*config).await,
        Command::Import(config) => imports::run(*config).await,
        Command::Export(ExportCommand::Roster(config)) => export::run(*config).await,
        Command::Export(ExportCommand::Victims(config)) => victims::run(*config).await,
        Command::City(config) => city::run(*config).await,
        Command::User(config) => users::run(*config).await,
        Command::Simulate(config) => simulate::run(*config).await,
        Command::Openapi => {
            println!("{}", router::openapi().to_pretty_json()?);
            Ok(())
        }
        Command::Derive { file } => derive(&file),
        Command::Address(command) => addresses::run(command),
        Command::Coverage(config) => coverage::run(*config).await,
        Command::Mail(command) => mail::run(*command).await,
    }
}

fn derive(file: &Path) -> anyhow::Result<()> {
    let out = io::stdout().lock();
    if file == Path::new("-") {
        return replay::derive_file(io::stdin().lock(), out);
    }
    let input = File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    replay::derive_file(input, out).with_context(|| file.display().to_string())
}
