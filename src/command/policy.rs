//! `casefile policy`.

use casefile::{
    cli::Policy,
    collect::{Part, policy},
};

use super::terminal::{WRONG_USAGE, complain, print};

/// Prints the least policy of one of both parts.
pub fn print_policy(options: &Policy) -> u8 {
    let part = if options.role { Part::Member } else { Part::Home };
    match policy(part, &options.role_arn) {
        Ok(policy) => print(format!("{policy:#}\n").as_bytes()),
        Err(error) => complain(&error.to_string(), WRONG_USAGE),
    }
}
