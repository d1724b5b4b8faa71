//! Every report in a real browser: `tests/browser/main.mjs` says what is looked at.
//!
//! It takes Node.js, the packages of `tests/browser/package-lock.json` (`npm ci --ignore-scripts`
//! there), Chromium (`CHROMIUM` names it where it is not in `PATH`) and Java. Where one is missing,
//! the test says so and looks at nothing, except with `CI` or `CASEFILE_BROWSER=required` in its
//! environment: there it fails.

#![expect(clippy::expect_used, clippy::panic, reason = "a test stops where something is wrong")]

use std::{
    env,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

/// The program of one of those names, if it is there and starts.
fn program(names: &[&str], version: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let found = names.iter().flat_map(|name| {
        let name = PathBuf::from(name);
        env::split_paths(&path).map(move |folder| folder.join(&name)).collect::<Vec<_>>()
    });
    found.filter(|file| file.is_file()).find(|file| {
        Command::new(file).arg(version).output().is_ok_and(|output| output.status.success())
    })
}

/// Chromium, as its maker or this machine calls it.
fn chromium() -> Option<PathBuf> {
    match env::var_os("CHROMIUM") {
        Some(named) => Some(PathBuf::from(named)),
        None => program(&["chromium", "chromium-browser", "google-chrome"], "--version"),
    }
}

/// What the look takes, or the names of what is missing.
fn tools(folder: &Path) -> Result<(PathBuf, PathBuf), String> {
    let node = program(&["node", "nodejs"], "--version");
    let chromium = chromium();
    let packages = folder.join("node_modules/playwright-core").is_dir();
    let java = program(&["java"], "-version");
    let missing: Vec<&str> = [
        (node.is_none(), "Node.js"),
        (chromium.is_none(), "Chromium"),
        (!packages, "the packages (npm ci --ignore-scripts in tests/browser)"),
        (java.is_none(), "Java"),
    ]
    .into_iter()
    .filter_map(|(is_missing, what)| is_missing.then_some(what))
    .collect();
    node.zip(chromium).filter(|_| missing.is_empty()).ok_or_else(|| missing.join(", "))
}

/// Tells even those who do not look at the output of tests that pass.
fn tell(text: &str) {
    // Whoever cannot be told will see the test pass.
    let _ = writeln!(io::stderr(), "\n{text}\n");
}

#[test]
fn every_report_is_what_it_must_be_in_chromium() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("tests/browser");
    let (node, chromium) = match tools(&folder) {
        Ok(tools) => tools,
        Err(missing) => {
            let required = env::var("CASEFILE_BROWSER").is_ok_and(|value| value == "required")
                || env::var_os("CI").is_some();
            assert!(!required, "the reports were not opened in a browser, for lack of {missing}");
            tell(&format!(
                "NOT TESTED: the reports were not opened in a browser, for lack of {missing}."
            ));
            return;
        }
    };
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a target folder");
    let output = Command::new(node)
        .arg(folder.join("main.mjs"))
        .args([env!("CARGO_BIN_EXE_casefile").as_ref(), root.as_os_str(), chromium.as_os_str()])
        .arg(target.join("browser"))
        .current_dir(&folder)
        .output()
        .expect("Node.js runs");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        panic!("{told}\n{}", String::from_utf8_lossy(&output.stderr));
    }
    tell(told.trim_end());
}
