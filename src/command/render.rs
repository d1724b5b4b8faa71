//! `casefile render`.

use std::io;

use casefile::{
    Request,
    cli::Render,
    error::Error,
    evidence::{self, Limits},
};

use super::{
    terminal::{GAPS, complain_of},
    written::{stem, summarise, wishes, write},
};

/// Makes a report of saved evidence.
pub fn render(options: &Render) -> u8 {
    let output = &options.output;
    let (formats, zone) = match wishes(output) {
        Ok(wishes) => wishes,
        Err(code) => return code,
    };
    let intake = match evidence::open(&options.paths, &mut io::stdin().lock(), &Limits::default()) {
        Ok(intake) => intake,
        Err(error) => return complain_of(&Error::from(error)),
    };
    let request =
        Request { finding: options.finding.clone(), zone, around_minutes: options.around };
    let made = casefile::render_saved(&intake, &request).and_then(|report| {
        let stem = stem(report.finding.id.raw());
        write(&report, &formats, output, &stem).map(|written| (report, written))
    });
    match made {
        Ok((report, written)) => {
            if !output.quiet {
                summarise(&report, &written);
            }
            if output.fail_on_gaps && !report.gaps.is_empty() { GAPS } else { 0 }
        }
        Err(error) => complain_of(&error),
    }
}
