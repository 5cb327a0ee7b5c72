use std::process::ExitCode;

fn main() -> ExitCode {
    machimori::cli::run()
}
