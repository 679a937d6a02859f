//! A module imports only from rows above its own, and there are no cycles.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The rows, as `src/lib.rs` and ARCHITECTURE.md draw them.
const ROWS: [&[&str]; 10] = [
    &["units", "limits", "clock"],
    &["pcapng", "packet"],
    &["ring"],
    &["capture", "watch", "measure"],
    &["trigger"],
    &["incident"],
    &["action"],
    &["profile", "inspect"],
    &["recorder"],
    &["link"],
];

/// Modules of one row may know each other where this says so.
const WITHIN_A_ROW: [(&str, &str); 4] = [
    ("clock", "units"),
    ("limits", "units"),
    ("packet", "pcapng"),
    ("measure", "watch"),
];

fn source_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            source_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The modules that a source file names as `crate::module`.
fn imports(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for part in text.split("crate::").skip(1) {
        let end = part
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(part.len());
        names.push(part[..end].to_owned());
    }
    names
}

#[test]
fn architecture_md_draws_the_same_rows() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ARCHITECTURE.md");
    let page = fs::read_to_string(page).unwrap();
    let drawn = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        cells.next()?.parse::<usize>().ok()?;
        let modules = cells.next()?.split(", ");
        Some(
            modules
                .map(|one| one.trim_matches('`').to_owned())
                .collect(),
        )
    });
    let drawn: Vec<Vec<String>> = drawn.collect();
    assert_eq!(drawn, ROWS.map(<[&str]>::to_vec));
}

#[test]
fn modules_import_from_rows_above_their_own() {
    let rows: BTreeMap<&str, usize> = ROWS
        .iter()
        .enumerate()
        .flat_map(|(row, modules)| modules.iter().map(move |module| (*module, row)))
        .collect();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    source_files(&source, &mut files);
    let mut wrong = Vec::new();
    let mut checked = 0;
    for file in &files {
        let inside = file.strip_prefix(&source).unwrap();
        let module = inside.components().next().unwrap();
        let module = Path::new(module.as_os_str()).file_stem().unwrap();
        let module = module.to_str().unwrap();
        if module == "lib" {
            continue;
        }
        let row = rows
            .get(module)
            .unwrap_or_else(|| panic!("{module} has no row"));
        let text = fs::read_to_string(file).unwrap();
        for import in imports(&text) {
            let Some(other) = rows.get(import.as_str()) else {
                continue;
            };
            checked += 1;
            let allowed = other < row
                || import == module
                || WITHIN_A_ROW.contains(&(module, import.as_str()));
            if !allowed {
                wrong.push(format!("{} imports {import}", inside.display()));
            }
        }
    }
    assert!(checked > 50, "only {checked} imports were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
