//! Who may use whom, and where the world may be touched: the layering that `src/lib.rs` tells.
//!
//! A layer that a rule does not name fails, so that a new folder in `src/` gets its place here
//! before it is used.

#![expect(clippy::expect_used, reason = "a test may stop")]

mod scanner;

use std::{
    fs,
    path::{Path, PathBuf},
};

use scanner::Code;

/// The layers, and which others each may use; inside a layer anything goes.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("evidence", &[]),
    ("resource", &["model"]),
    ("source", &["evidence", "model", "resource"]),
    ("collect", &["evidence", "source", "model"]),
    ("correlate", &["model", "resource"]),
    ("insight", &["correlate", "model"]),
    ("report", &["correlate", "insight", "model"]),
    ("render", &["report"]),
];

/// What puts the layers together may use all of them.
fn is_root(file: &str) -> bool {
    ["main.rs", "lib.rs", "cli.rs", "error.rs"].contains(&file) || file.starts_with("command/")
}

/// A word, who alone may write it, and why.
struct Reserved {
    words: fn(&str) -> bool,
    may: fn(&str) -> bool,
    rule: &'static str,
}

const RESERVED: &[Reserved] = &[
    Reserved {
        words: |word| {
            ["aws_sdk_", "aws_smithy_"].iter().any(|start| word.starts_with(start))
                || ["aws_config", "aws_types", "aws_credential_types", "aws_runtime"]
                    .contains(&word)
        },
        may: |file| file == "collect/aws.rs" || file.starts_with("collect/aws/"),
        rule: "only collect/aws.rs and collect/aws/ name the AWS SDK",
    },
    Reserved {
        words: |word| word == "petgraph",
        may: |file| file == "correlate/graph.rs",
        rule: "only correlate/graph.rs names petgraph",
    },
    Reserved {
        words: |word| {
            ["fs", "File", "OpenOptions", "walkdir", "read_dir", "canonicalize", "try_exists"]
                .contains(&word)
        },
        may: |file| {
            ["evidence/", "collect/archive", "command/"]
                .iter()
                .any(|folder| file.starts_with(folder))
        },
        rule: "only evidence/, collect/archive and command/ touch the disk",
    },
    Reserved {
        words: |word| ["HashMap", "HashSet", "RandomState", "DefaultHasher"].contains(&word),
        may: |_| false,
        rule: "an order that changes from run to run must not reach an output: BTreeMap or Vec",
    },
    Reserved {
        words: |word| word == "askama",
        may: |file| file.starts_with("render/"),
        rule: "only render/ names askama",
    },
    Reserved {
        words: |word| word == "clap" || word == "clap_complete",
        may: |file| file == "cli.rs" || file == "main.rs",
        rule: "only cli.rs and main.rs name clap",
    },
];

const CLOCKS: &[&str] = &["SystemTime", "Instant", "Timestamp", "Zoned", "OffsetDateTime", "Utc"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The files of `src/` that are built into the program, by their names there.
fn sources() -> Vec<(String, Code)> {
    let src = root().join("src");
    let mut tests = Vec::new();
    let mut sources = Vec::new();
    for path in files(&src, "rs") {
        let name = path.strip_prefix(&src).expect("a file of src").to_string_lossy().into_owned();
        let code = Code::of(&fs::read_to_string(&path).expect("a source"));
        tests.extend(code.test_modules.iter().map(|module| home(&name) + module));
        sources.push((name, code));
    }
    sources.retain(|(name, _)| {
        !tests
            .iter()
            .any(|test| *name == format!("{test}.rs") || name.starts_with(&format!("{test}/")))
    });
    sources
}

/// The folder in which a file's own modules stand.
fn home(file: &str) -> String {
    let stem = file.strip_suffix(".rs").unwrap_or(file);
    match stem.strip_suffix("mod") {
        Some(folder) => folder.to_owned(),
        None if stem == "lib" || stem == "main" => String::new(),
        None => format!("{stem}/"),
    }
}

/// Where in the tree of modules a file stands: `lib.rs` is 0, `report/mod.rs` 1.
fn depth(file: &str) -> usize {
    home(file).matches('/').count()
}

/// The uses of other layers that the layering does not allow.
fn misused(file: &str, code: &Code) -> Vec<String> {
    if is_root(file) {
        return Vec::new();
    }
    let layer = file.split(['/', '.']).next().unwrap_or(file);
    let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
        return vec![format!("src/{file}: {layer} is no layer: give it its place in LAYERS")];
    };
    let roots = code.roots(depth(file)).into_iter();
    let wrong =
        roots.filter(|named| named.root != layer && !allowed.contains(&named.root.as_str()));
    wrong
        .map(|named| {
            let may =
                if allowed.is_empty() { "nothing of ours".to_owned() } else { allowed.join(", ") };
            format!("src/{file}:{}: uses {}, but {layer} may use {may}", named.line, named.root)
        })
        .collect()
}

fn strayed(file: &str, code: &Code) -> Vec<String> {
    let mut wrong = Vec::new();
    for reserved in RESERVED.iter().filter(|reserved| !(reserved.may)(file)) {
        for (line, word) in code.lines_with(reserved.words) {
            wrong.push(format!("src/{file}:{line}: {word}: {}", reserved.rule));
        }
    }
    if file != "main.rs" {
        for clock in CLOCKS {
            for line in code.lines_with_all(&[clock, "::", "now"]) {
                wrong.push(format!("src/{file}:{line}: {clock}::now: the clock is an argument"));
            }
        }
    }
    wrong
}

fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_layer_uses_only_those_below_it() {
    let sources = sources();
    assert!(sources.len() > 50, "only {} files were looked at", sources.len());
    let wrong: Vec<String> = sources.iter().flat_map(|(file, code)| misused(file, code)).collect();
    none(&wrong);
}

#[test]
fn the_sdk_the_disk_the_clock_and_chance_stay_where_they_belong() {
    let wrong: Vec<String> =
        sources().iter().flat_map(|(file, code)| strayed(file, code)).collect();
    none(&wrong);
}

#[test]
fn templates_know_if_for_and_include_and_mark_nothing_as_safe_but_our_own_style_and_script() {
    let templates = root().join("templates");
    let mut wrong = Vec::new();
    for path in files(&templates, "html") {
        let text = fs::read_to_string(&path).expect("a template");
        let file = path.strip_prefix(root()).expect("a template").display().to_string();
        for (index, line) in text.lines().enumerate() {
            wrong.extend(unsafe_in(line).map(|why| format!("{file}:{}: {why}", index + 1)));
        }
    }
    none(&wrong);
}

/// What a template's line must not hold.
fn unsafe_in(line: &str) -> Option<String> {
    for tag in line.split("{%").skip(1) {
        let word = tag.trim_start_matches(['-', '+', '~', ' ']).split_whitespace().next();
        let word = word.unwrap_or_default();
        if !["if", "else", "endif", "for", "endfor", "include"].contains(&word) {
            return Some(format!("{{% {word} %}}: templates know if, for and include"));
        }
    }
    let line = line.replace("<style>{{ css|safe }}</style>", "");
    let line = line.replace("<script>{{ script|safe }}</script>", "");
    let squeezed: String = line.chars().filter(|c| !c.is_whitespace()).collect();
    for escape in ["|safe", "|e(", "|escape"] {
        if squeezed.contains(escape) {
            return Some(format!("{escape}: only our own style and script go unescaped"));
        }
    }
    for attribute in [" style=", " src=", "<script", "javascript:"] {
        if line.contains(attribute) {
            return Some(format!("{attribute}: no data may run or be fetched"));
        }
    }
    let linked = line
        .split("href=\"")
        .skip(1)
        .find(|link| !link.starts_with('#') && !link.starts_with("data:,\""));
    linked.map(|_| "href: links stay on the page".to_owned())
}

mod of_the_scanner {
    use super::{depth, misused, strayed, unsafe_in};
    use crate::scanner::{Code, Named};

    fn roots(source: &str) -> Vec<(String, usize)> {
        let named = Code::of(source).roots(2).into_iter();
        named.map(|Named { root, line }| (root, line)).collect()
    }

    fn is(found: &[(String, usize)], expected: &[(&str, usize)]) {
        let expected: Vec<_> =
            expected.iter().map(|(root, line)| ((*root).to_owned(), *line)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn finds_single_grouped_nested_and_inline_paths_with_their_lines() {
        let source = "use std::fmt;\nuse crate::model::Time;\npub use crate::{\n    correlate::{self, Graph, x::{y, z}},\n    report,\n};\nfn f(a: &crate::render::Html) -> crate::cli::Cli { crate::run() }\n";
        is(
            &roots(source),
            &[("model", 2), ("correlate", 4), ("report", 5), ("render", 7), ("cli", 7), ("run", 7)],
        );
    }

    #[test]
    fn finds_what_hides_behind_super_globs_and_other_names() {
        is(&roots("use super::super::render::Html;"), &[("render", 1)]);
        is(&roots("use super::{a, b};\nuse self::c;"), &[]);
        is(&roots("use crate::*;"), &[("*", 1)]);
        is(&roots("use crate as ours;"), &[("*", 1)]);
        is(&roots("use crate::{self, model};"), &[("*", 1), ("model", 1)]);
        let layer_root = Code::of("use super::{render, model::Time};").roots(1);
        assert_eq!(layer_root.len(), 2);
    }

    #[test]
    fn does_not_see_comments_literals_or_visibility() {
        let source = "//! [`crate::render`]\n/* crate::a /* crate::b */ crate::c */\npub(crate) fn f<'a>(x: &'a str) -> char { let _ = (\"crate::d \\\" crate::e\", r#\"crate::f \" \"#, b\"crate::g\", '\"', '\\''); '\"' }\nuse crate::model;\n";
        is(&roots(source), &[("model", 4)]);
    }

    #[test]
    fn does_not_see_tests_but_sees_what_follows_them() {
        let source = "#[cfg(test)]\n#[expect(clippy::unwrap_used, reason = \"{\")]\nmod tests { use crate::render; fn f() { let x = [0; 2]; } }\n#[cfg(test)]\nmod example;\n#[cfg(test)]\nuse crate::cli;\nuse crate::evidence;\n";
        let code = Code::of(source);
        assert_eq!(code.test_modules, ["example"]);
        is(&roots(source), &[("evidence", 8)]);
    }

    #[test]
    fn names_file_line_and_rule() {
        let source = "use crate::model::Time;\n\nuse crate::render::Html;\n";
        let wrong = misused("correlate/x.rs", &Code::of(source));
        assert_eq!(
            wrong,
            ["src/correlate/x.rs:3: uses render, but correlate may use model, resource"]
        );
        assert!(misused("render/x.rs", &Code::of("use crate::model::Time;")).len() == 1);
        assert!(misused("lib.rs", &Code::of(source)).is_empty());
        assert_eq!(misused("novel/x.rs", &Code::of("")).len(), 1);
    }

    #[test]
    fn finds_the_world_only_where_it_does_not_belong() {
        let source = "use std::{fs::File, time::SystemTime};\nfn f() { let _ = (SystemTime::now(), std::time::Instant\n::now()); }\nuse petgraph::Graph;\nuse aws_sdk_guardduty as sdk;\nuse std::collections::HashMap;\n";
        assert_eq!(strayed("report/x.rs", &Code::of(source)).len(), 7);
        let there = strayed("evidence/x.rs", &Code::of("use std::fs::File;"));
        assert!(there.is_empty(), "{there:?}");
        assert!(strayed("main.rs", &Code::of("fn f() { Timestamp::now(); }")).is_empty());
        assert!(
            strayed("report/x.rs", &Code::of("// fs, HashMap\nfn f() { \"fs::read\"; }"))
                .is_empty()
        );
    }

    #[test]
    fn knows_where_a_file_stands() {
        for (file, expected) in [
            ("lib.rs", 0),
            ("cli.rs", 1),
            ("report/mod.rs", 1),
            ("report/gap.rs", 2),
            ("a/b/c.rs", 3),
        ] {
            assert_eq!(depth(file), expected, "{file}");
        }
    }

    #[test]
    fn refuses_templates_that_could_run_something() {
        for line in [
            "{{ value|safe }}",
            "{{ value | safe }}",
            "{% let x = 1 %}",
            "{%- macro m() -%}",
            "<a href=\"{{ value }}\">",
            "<p style=\"{{ value }}\">",
            "<img src=\"x\">",
        ] {
            assert!(unsafe_in(line).is_some(), "{line}");
        }
        for line in [
            "<style>{{ css|safe }}</style>",
            "{% if a %}{{ b|shown }}{% else %}{% endif %}",
            "<a href=\"#x\">",
        ] {
            assert_eq!(unsafe_in(line), None, "{line}");
        }
    }
}
