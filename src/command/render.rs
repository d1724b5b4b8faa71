//! `casefile render`.

use std::io;

use casefile::{
    Request,
    cli::Render,
    error::Error,
    evidence::{self, Limits},
    render::stem,
};
use jiff::Timestamp;

use super::{
    athena,
    search::Search,
    terminal::{GAPS, WRONG_USAGE, complain, complain_of},
    written::{open, summarise, wishes, write},
};

/// Makes a report of saved evidence.
pub fn render(options: &Render, clock: fn() -> Timestamp) -> u8 {
    let output = &options.output;
    let (folders, table) = match athena::apart(&options.cloudtrail) {
        Ok(apart) => apart,
        Err(code) => return code,
    };
    if options.dry_run && table.is_none() {
        let what = "print SQL: --dry-run goes with --cloudtrail athena:DATABASE.TABLE";
        return complain(what, WRONG_USAGE);
    }
    let wishes = match wishes(output) {
        Ok(wishes) => wishes,
        Err(code) => return code,
    };
    let bundle = match (output.raw_evidence, options.paths.as_slice()) {
        (false, _) => None,
        (true, [path]) if path.as_os_str() != "-" => Some(path.as_path()),
        (true, _) => {
            let what = "pack the evidence as it was collected: give one evidence bundle";
            return complain(what, WRONG_USAGE);
        }
    };
    let opened = evidence::open(&options.paths, &mut io::stdin().lock(), &Limits::default())
        .and_then(|mut intake| {
            intake.add_logs(&folders)?;
            Ok(intake)
        });
    let mut intake = match opened {
        Ok(intake) => intake,
        Err(error) => return complain_of(&Error::from(error)),
    };
    let zone = wishes.zone.clone();
    let request =
        Request { finding: options.finding.clone(), zone, around_minutes: options.around };
    let asking = table.map(|name| athena::Asking {
        name,
        options: &options.athena,
        #[cfg(feature = "live")]
        reach: None,
        #[cfg(feature = "live")]
        stop: None,
        lookback: options.lookback,
        quiet: output.quiet,
        clock,
    });
    if let Some(asking) = asking.as_ref().filter(|_| options.dry_run) {
        return asking.dry_run(&mut intake, &request);
    }
    let begun = match asking.map(|asking| asking.begin()).transpose() {
        Ok(begun) => begun,
        Err(code) => return code,
    };
    let mut bar = Search::new(output.quiet);
    let searched = athena::search(begun, &mut intake, &request, &mut |progress| bar.tell(progress));
    drop(bar);
    let made = searched.and_then(|()| casefile::render_saved(&intake, &request));
    let made = made.and_then(|report| {
        let stem = stem(report.finding.id.raw());
        write(&report, &wishes, output, &stem, bundle).map(|written| (report, written))
    });
    match made {
        Ok((report, written)) => {
            if !output.quiet {
                summarise(&report, &written.files);
            }
            if let Some(page) = written.page.filter(|_| output.open)
                && let Err(code) = open(&page)
            {
                return code;
            }
            if output.fail_on_gaps && !report.gaps.is_empty() { GAPS } else { 0 }
        }
        Err(error) => complain_of(&error),
    }
}
