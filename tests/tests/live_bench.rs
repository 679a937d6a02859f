//! The benches run: every part once, briefly, with real traffic and all three programs. What
//! they measure here means nothing; that they measure at all is what is tested.
#![cfg(target_os = "linux")]

use std::env;
use std::path::PathBuf;
use std::process::{Command, Output};

use crashcap_tests::live::may_be_other_users;
use serde_json::Value;

const BENCH: &str = env!("CARGO_BIN_EXE_crashcap-bench");

/// `cargo xtask test` says where the programs are; else they are beside the bench.
fn program(variable: &str, name: &str) -> PathBuf {
    env::var_os(variable).map_or_else(|| PathBuf::from(BENCH).with_file_name(name), PathBuf::from)
}

fn bench(more: &[&str]) -> Output {
    Command::new(BENCH)
        .arg("--crashcap")
        .arg(program("CRASHCAP_BIN", "crashcap"))
        .arg("--crashlab")
        .arg(program("CRASHLAB_BIN", "crashlab"))
        .args(more)
        .output()
        .unwrap()
}

/// A number that must be there and above 0.
fn positive(value: &Value, pointer: &str) {
    let number = value.pointer(pointer).and_then(Value::as_f64);
    assert!(
        number.is_some_and(|number| number > 0.0),
        "{pointer} in {value:#}"
    );
}

#[test]
fn a_smoke_run_measures_every_part() {
    // tcpdump becomes another user, and root again, which only root may.
    if !may_be_other_users("a_smoke_run_measures_every_part") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("figures.json");
    let output = bench(&[
        "--quick",
        "--date",
        "2026-01-02",
        "--json",
        json.to_str().unwrap(),
        "--scratch",
        folder.path().to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{output:?}");
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.contains("these figures mean nothing"), "{page}");
    assert!(page.contains("2026-01-02"), "{page}");

    let text = std::fs::read_to_string(&json).unwrap();
    let figures: Value = serde_json::from_str(&text).unwrap();
    let costs = figures["cost"].as_array().unwrap();
    assert_eq!(costs.len(), 6, "{figures:#}");
    for cost in costs {
        positive(cost, "/ns_per_packet/median");
        positive(cost, "/delivered");
        positive(cost, "/captured");
        positive(cost, "/peak_memory");
    }
    assert_eq!(figures["rate"].as_array().unwrap().len(), 6);
    for deaths in figures["freeze"].as_array().unwrap() {
        positive(deaths, "/frozen/median");
        positive(deaths, "/complete/median");
    }
    positive(&figures, "/save/crashcap_ms/median");
    positive(&figures, "/save/dd_ms/median");
    positive(&figures, "/looking/probes/kinds/0/look_ms/median");
    positive(&figures, "/looking/packets/0/packets_per_second");
    for firings in figures["firing"].as_array().unwrap() {
        positive(firings, "/times_ms/median");
    }
    assert_eq!(figures["soak"], Value::Null);
    assert_eq!(figures["verdicts"], Value::Array(Vec::new()));
    // Nothing is left behind but the figures.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_short_soak_misses_no_incident() {
    if !may_be_other_users("a_short_soak_misses_no_incident") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("figures.json");
    let more = [
        "--quick",
        "--only",
        "soak",
        "--json",
        json.to_str().unwrap(),
    ];
    let output = bench(&[&more[..], &["--scratch", folder.path().to_str().unwrap()]].concat());
    assert!(output.status.success(), "{output:?}");
    let text = std::fs::read_to_string(&json).unwrap();
    let figures: Value = serde_json::from_str(&text).unwrap();
    for (soak, wanted) in [("at_speed", 4), ("story", 1)] {
        let soak = &figures["soak"][soak];
        for count in ["wanted", "counted", "whole"] {
            assert_eq!(soak[count], wanted, "{count} in {soak:#}");
        }
        assert_eq!(soak["with_poison"], soak["poisoned"], "{soak:#}");
        assert_eq!(soak["noted"], 0, "{soak:#}");
    }
}

#[test]
fn a_missing_program_is_named() {
    let output = Command::new(BENCH)
        .args(["--crashcap", "/nowhere/crashcap", "--quick"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("/nowhere/crashcap"), "{said}");
}
