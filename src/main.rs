use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    // The parsing child limits its own memory: it must come before logs, runtime and their threads.
    if arguments.next().is_some_and(|word| word == "read-table") {
        return machimori::tables::child_main(arguments);
    }
    machimori::cli::run()
}
