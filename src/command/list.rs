//! `casefile list`.

use std::{fmt::Write, sync::Arc};

use casefile::{
    cli::List,
    collect::{Aws, live::recent},
    error::Error,
    model::Finding,
    render::plain,
};
use jiff::Timestamp;

use super::{
    progress::Lines,
    report::{announce, settings},
    runtime,
    terminal::{FAILED, complain, complain_of, print},
};

/// Lists recent findings.
pub fn list(options: &List, clock: fn() -> Timestamp) -> u8 {
    let settings = settings(&options.aws, None);
    let mut lines = Lines::new(false, options.aws.verbose > 0);
    let outcome = runtime::block_on(async {
        let aws = Arc::new(Aws::new(&settings, clock).await);
        if let Some(endpoint) = aws.endpoint() {
            announce(endpoint, false);
        }
        let order = recent::Order {
            all_regions: options.all_regions,
            detector: options.detector_id.clone(),
            lambda: !options.all,
            limit: usize::from(options.limit),
        };
        recent::recent(&aws, &order, clock, &mut lines).await
    });
    match outcome {
        Ok(Ok(findings)) if findings.is_empty() => {
            let what = if options.all {
                "no findings"
            } else {
                "no findings about Lambda functions; --all lists those of every type"
            };
            anstream::eprintln!("{what}");
            0
        }
        Ok(Ok(findings)) => print(table(&findings, clock()).as_bytes()),
        Ok(Err(error)) => complain_of(&Error::from(error)),
        Err(error) => complain(&format!("start asking AWS: {error}"), FAILED),
    }
}

/// One finding a line: severity, type, function, age, id.
fn table(findings: &[Finding], now: Timestamp) -> String {
    let rows: Vec<[String; 5]> = findings.iter().map(|finding| row(finding, now)).collect();
    let mut widths = [0; 5];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut table = String::new();
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        // Writing to a String cannot fail.
        let _ = writeln!(table, "{}", line.trim_end());
    }
    table
}

fn row(finding: &Finding, now: Timestamp) -> [String; 5] {
    let severity = match (finding.severity, finding.severity_label()) {
        (Some(severity), Some(label)) => format!("{label} {severity:.1}"),
        _ => "-".to_owned(),
    };
    let function = finding.function.as_ref().and_then(|function| function.name.clone());
    let resource = function.or_else(|| finding.resource_name.clone());
    let age = finding.updated.map_or_else(
        || "-".to_owned(),
        |updated| age(now.as_second() - updated.timestamp().as_second()),
    );
    let mut id = plain(&finding.id);
    if finding.archived == Some(true) {
        id.push_str(" (archived)");
    }
    if finding.sample {
        id.push_str(" (sample)");
    }
    let resource = resource.unwrap_or_else(|| "-".to_owned());
    [severity, plain(&finding.kind), plain(&resource), age, id]
}

fn age(seconds: i64) -> String {
    match seconds {
        ..60 => "just now".to_owned(),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..172_800 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}
