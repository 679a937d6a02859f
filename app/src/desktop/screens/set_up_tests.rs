//! The set-up screen, driven by what its controls are called.

use crate::command::Command;
use crate::driven::{Driven, click, drive, drive_at, type_into};
use crate::model::{Change, Field, Model, TargetKind, Tone, samples};
use crate::theme::{STATUS_BAR, TOP_BAR};
use egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, Rect, TouchPhase, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

/// The smallest window, and the usual one with text so large that it has one column.
const NARROW: [((f32, f32), f32); 3] = [
    ((900.0, 600.0), 1.0),
    ((1280.0, 800.0), 1.2),
    ((1280.0, 800.0), 2.0),
];

fn narrow(model: impl Fn() -> Model) -> impl Iterator<Item = Harness<'static, Driven>> {
    let all = NARROW.into_iter();
    all.map(move |((width, height), text)| drive_at(vec2(width, height), text, model()))
}

/// Where the page is seen: between the bars.
fn page(window: &Harness<'static, Driven>) -> Rect {
    let mut page = window.ctx.content_rect();
    page.min.y += TOP_BAR;
    page.max.y -= STATUS_BAR + 64.0;
    page
}

/// Turns the wheel at the page's edge, where nothing else scrolls.
fn scroll(window: &mut Harness<'static, Driven>, points: f32) {
    let at = pos2(6.0, page(window).center().y);
    window.event(Event::PointerMoved(at));
    window.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, -points),
        phase: TouchPhase::Move,
        source: MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    window.run_ok();
}

#[test]
fn all_choices_can_be_made_by_name() {
    let mut window = drive(samples::set_up());
    click(&mut window, "wlan0");
    assert_eq!(window.state().model.set_up.interfaces, ["eth0", "wlan0"]);
    click(&mut window, "All interfaces");
    assert!(window.state().model.set_up.interfaces.is_empty());
    type_into(&mut window, "Filter", "udp port 53");
    type_into(&mut window, "Ring size", "2GiB");
    type_into(&mut window, "Ring age", "10m");
    type_into(&mut window, "Tail", "3s");
    type_into(&mut window, "Incidents folder", "/srv/incidents");
    click(&mut window, "Headers only");
    click(&mut window, "crashes");
    click(&mut window, "record again");
    type_into(&mut window, "Incidents to keep", "7");
    click(&mut window, "delete the oldest");
    let set_up = &window.state().model.set_up;
    assert_eq!(set_up.filter, "udp port 53");
    assert_eq!((set_up.ring.as_str(), set_up.age.as_str()), ("2GiB", "10m"));
    assert_eq!((set_up.tail.as_str(), set_up.keep.as_str()), ("3s", "7"));
    assert_eq!(set_up.folder, "/srv/incidents");
    assert!(
        set_up.headers_only && set_up.freezes_on("crash") && set_up.rearm && set_up.drop_oldest
    );
}

#[test]
fn every_way_to_name_a_target_has_its_field() {
    let mut window = drive(samples::set_up());
    for (way, kind, field, text) in [
        ("Name", TargetKind::Name, "Process name", "router_*"),
        ("Port", TargetKind::Port, "Port", "9973"),
        (
            "Launch",
            TargetKind::Launch,
            "Command to launch",
            "./server",
        ),
    ] {
        click(&mut window, way);
        assert_eq!(window.state().model.set_up.target, kind);
        type_into(&mut window, field, text);
    }
    let set_up = &window.state().model.set_up;
    assert_eq!(
        (set_up.name.as_str(), set_up.port.as_str()),
        ("router_*", "9973")
    );
    assert_eq!(set_up.launch, "./server");
    click(&mut window, "None");
    assert_eq!(window.state().model.set_up.target, TargetKind::Nothing);
}

#[test]
fn buttons_and_keys_ask_for_the_same_commands() {
    let mut window = drive(samples::set_up());
    click(&mut window, "Start");
    click(&mut window, "Choose folder…");
    click(&mut window, "Incidents");
    let keys = [
        (egui::Modifiers::COMMAND, egui::Key::E),
        (egui::Modifiers::NONE, egui::Key::F9),
        (
            egui::Modifiers::COMMAND | egui::Modifiers::SHIFT,
            egui::Key::K,
        ),
        (egui::Modifiers::COMMAND, egui::Key::K),
    ];
    for (modifiers, key) in keys {
        window.key_press_modifiers(modifiers, key);
        window.run_ok();
    }
    assert_eq!(
        window.state().commands,
        [
            Command::Start,
            Command::ChooseFolder,
            Command::ShowIncidents,
            Command::StartOrStop,
            Command::Freeze,
            Command::Palette,
            Command::ShowSetUp,
        ]
    );
}

#[test]
fn processes_are_one_stop_and_chosen_by_keys() {
    let mut window = drive(samples::set_up());
    type_into(&mut window, "Search processes", "sshd");
    let list = window.get_by_role(egui::accesskit::Role::ListBox);
    list.focus();
    window.run_ok();
    window.key_press(egui::Key::Home);
    window.run_ok();
    assert_eq!(window.state().model.set_up.pid, Some(812));
}

#[test]
fn the_next_of_its_name_takes_the_place_of_a_process_that_ended() {
    let mut model = samples::set_up();
    model.set_up.pid = Some(9_999);
    let mut window = drive(model);
    window.get_by_label_contains("router_runner has ended.");
    click(&mut window, "Watch for the next of its name");
    let set_up = &window.state().model.set_up;
    assert_eq!(set_up.target, TargetKind::Name);
    assert_eq!(set_up.name, "router_runner");
    assert!(set_up.wait);
}

#[test]
fn another_process_with_its_pid_is_not_the_chosen_one() {
    let mut model = samples::set_up();
    model.set_up.pid_name = "one_that_ended".into();
    let window = drive(model);
    window.get_by_label_contains("one_that_ended has ended.");
}

#[test]
fn what_gives_the_right_to_capture_is_the_first_thing_and_asks_once() {
    let mut window = drive(samples::set_up_without_rights());
    for command in [Command::AllowThisTime, Command::AllowAlways] {
        click(&mut window, command.text());
        assert_eq!(window.state().commands.last(), Some(&command));
    }
    // The choices can be made meanwhile.
    click(&mut window, "wlan0");
    assert_eq!(window.state().model.set_up.interfaces, ["eth0", "wlan0"]);
    let mut model = samples::set_up_without_rights();
    model.machine.asking = true;
    let mut window = drive(model);
    click(&mut window, Command::AllowAlways.text());
    assert_eq!(window.state().commands, []);
}

#[test]
fn scrolling_makes_the_page_no_longer_and_comes_to_its_end() {
    for mut window in narrow(samples::set_up) {
        let ends = |window: &Harness<'static, Driven>| {
            let top = window.get_by_label("Where: this computer").rect().top();
            (
                top,
                window.get_by_label("Copy command line").rect().bottom(),
            )
        };
        let (top, bottom) = ends(&window);
        assert!(bottom > page(&window).bottom(), "nothing is to be scrolled");
        for _ in 0..40 {
            scroll(&mut window, 120.0);
            let (now_top, now_bottom) = ends(&window);
            let grown = (now_bottom - now_top) - (bottom - top);
            assert!(grown.abs() < 1.0, "{grown} points longer");
        }
        let (_, end) = ends(&window);
        let page = page(&window);
        assert!(
            (page.top()..=page.bottom()).contains(&end),
            "{end} {page:?}"
        );
        // Nor is there emptiness below.
        assert!(page.bottom() - end < 40.0, "{end} {page:?}");
        click(&mut window, "Copy command line");
        assert_eq!(window.state().commands, [Command::CopyCommandLine]);
    }
}

#[test]
fn what_has_the_focus_is_seen() {
    for kind in [TargetKind::Process, TargetKind::Port] {
        let model = || {
            let mut model = samples::set_up();
            model.set_up.target = kind;
            model.set_up.rearm = true;
            model
        };
        for mut window in narrow(model) {
            let whole = window.ctx.content_rect();
            let mut lowest: f32 = 0.0;
            for step in 0..80 {
                window.key_press(Key::Tab);
                window.run_ok();
                let focused = window.ctx.memory(|memory| memory.focused());
                let Some(control) = focused.and_then(|id| window.ctx.read_response(id)) else {
                    continue;
                };
                let seen = control.interact_rect.intersect(whole);
                assert!(
                    seen.height() + 1.0 >= control.rect.height().min(page(&window).height() - 16.0),
                    "after {step} Tabs {:?} is seen at {seen:?}",
                    control.rect,
                );
                lowest = lowest.max(control.rect.bottom());
            }
            assert!(lowest > page(&window).center().y);
        }
    }
}

#[test]
fn the_choices_come_before_start() {
    let mut window = drive(samples::set_up());
    let role = egui::accesskit::Role::TextInput;
    window
        .get_by_role_and_label(role, "Incidents folder")
        .focus();
    window.run_ok();
    for name in ["Choose folder…", "Copy command line", "Profile", "Start"] {
        for _ in 0..3 {
            window.key_press(Key::Tab);
            window.run_ok();
            if window.get_by_label(name).is_focused() {
                break;
            }
        }
        assert!(window.get_by_label(name).is_focused(), "{name}");
    }
}

#[test]
fn what_start_lacks_gets_the_focus_and_is_scrolled_to() {
    let fields = [
        (Field::Interface, "All interfaces"),
        (Field::Filter, "Filter"),
        (Field::Ring, "Ring size"),
        (Field::Age, "Ring age"),
        (Field::Target, "Search processes"),
        (Field::Tail, "Tail"),
        (Field::Folder, "Incidents folder"),
    ];
    for (field, name) in fields {
        for mut window in narrow(samples::set_up) {
            window.state_mut().model.set_up.sought = Some(field);
            window.run_ok();
            let sought = Change::Sought.into();
            assert!(window.state().messages.contains(&sought));
            assert_eq!(window.state().model.set_up.sought, None);
            let mut named = window.query_all_by_label(name);
            let control = named.find(|one| one.is_focused());
            let rect = control
                .unwrap_or_else(|| panic!("{name} has no focus"))
                .rect();
            assert!(page(&window).contains_rect(rect), "{name} {rect:?}");
        }
    }
}

#[test]
fn escape_closes_what_is_told_and_leaves_the_focus() {
    let mut model = samples::set_up();
    model.tell(Tone::Danger, "first", &[]);
    model.tell(Tone::Danger, "then", &[]);
    let mut window = drive(model);
    let role = egui::accesskit::Role::TextInput;
    window.get_by_role_and_label(role, "Filter").focus();
    window.run_ok();
    for left in [1, 0, 0] {
        window.key_press(Key::Escape);
        window.run_ok();
        assert_eq!(window.state().model.banners.len(), left);
        assert!(window.get_by_role_and_label(role, "Filter").is_focused());
    }
    // A menu closes first.
    window.state_mut().model.tell(Tone::Danger, "again", &[]);
    window.run_ok();
    click(&mut window, "Filters");
    window.get_by_label("not port 22");
    window.key_press(Key::Escape);
    window.run_ok();
    assert!(window.query_by_label("not port 22").is_none());
    assert_eq!(window.state().model.banners.len(), 1);
}

#[test]
fn a_mistake_in_the_filter_has_its_remedy_beside_it() {
    let mut window = drive(samples::set_up_with_problems());
    window.get_by_label_contains("libpcap: can't parse filter expression: syntax error");
    click(&mut window, "Use tcp port 9973");
    assert_eq!(window.state().model.set_up.filter, "tcp port 9973");
}

#[test]
fn a_ring_that_fits_is_offered_in_the_unit_that_was_typed() {
    let mut window = drive(samples::set_up_with_problems());
    let role = egui::accesskit::Role::Button;
    let button = window.get_by(|node| {
        let name = node.label().unwrap_or_default();
        node.role() == role && name.starts_with("Use ") && name.contains("GiB")
    });
    assert!(button.rect().height() <= 32.0);
    button.click();
    window.run_ok();
    let ring = window.state().model.set_up.ring.clone();
    assert!(ring.ends_with("GiB"), "{ring}");
}

#[test]
fn a_target_that_is_not_there_is_waited_for_with_one_click() {
    let mut window = drive(samples::set_up_with_problems());
    click(&mut window, "Wait for it");
    assert!(window.state().model.set_up.wait);
    window.get_by_label("None matches now; it is waited for.");
    assert!(window.query_by_label("Wait for it").is_none());
}

#[test]
fn whose_ports_are_not_seen_is_named_by_its_port() {
    let mut window = drive(samples::set_up_with_hidden_ports());
    window.get_by_label_contains("Ports unknown: these processes belong to www-data.");
    click(&mut window, "Name the target by its port");
    assert_eq!(window.state().model.set_up.target, TargetKind::Port);
}

#[test]
fn the_kernels_buffer_is_chosen_and_nothing_else_changes() {
    let mut window = drive(samples::set_up());
    click(&mut window, "Kernel buffer 64 MiB");
    click(&mut window, "256 MiB");
    window.get_by_label("Kernel buffer 256 MiB");
    let raw = window.state().model.set_up.raw(None);
    assert_eq!(raw.capture.kernel_buffer.unwrap().exact(), "256MiB");
    assert_eq!(raw.ring, samples::set_up().set_up.raw(None).ring);
}

#[test]
fn all_choices_are_seen_at_once_in_the_smallest_window() {
    for model in [samples::set_up, samples::set_up_that_waits] {
        for (pixels, text) in [((900.0, 600.0), 1.0), ((1280.0, 800.0), 1.5)] {
            let window = drive_at(vec2(pixels.0, pixels.1), text, model());
            let page = page(&window);
            for name in [
                "Interface",
                "Filter",
                "Ring",
                "Target",
                "With what it starts",
            ] {
                let mut named = window.query_all_by_label(name);
                let place = named.next().unwrap().rect();
                assert!(page.contains_rect(place), "{name} at {place:?} of {page:?}");
            }
            // And what will happen, above Start.
            let bar = Rect::from_min_max(page.left_bottom(), page.max + vec2(0.0, 64.0));
            let mut will = window.query_all_by_label_contains("Keep the newest 150 MB");
            assert!(will.any(|one| bar.contains_rect(one.rect())));
        }
    }
}

#[test]
fn start_is_not_filled_while_the_right_is_missing() {
    // What is filled has another text colour; the sentence says why.
    let window = drive(samples::set_up_without_rights());
    window.get_by_label("All is chosen; the right to capture is missing.");
    window.get_by_label("asks for an administrator's password");
    window.get_by_label("takes effect after you log in again");
}

#[test]
fn while_a_recording_runs_start_is_not_offered() {
    let mut model = samples::recording();
    model.screen = crate::model::Screen::SetUp;
    model.recording.choices = model.set_up.raw(Some(1));
    let mut window = drive(model);
    assert!(window.query_by_label("Start").is_none());
    window.get_by_label_contains("A recording is running with these choices.");
    type_into(&mut window, "Filter", "udp port 53");
    window.get_by_label_contains("A recording is running with other choices");
}

#[test]
fn the_command_that_copies_the_command_line_is_seen_with_it() {
    let mut window = drive(samples::set_up());
    let page = page(&window);
    for _ in 0..2 {
        let copy = window.get_by_label("Copy command line").rect();
        assert!(page.contains_rect(copy), "{copy:?}");
        let opener = window.get_by_label("The same in a terminal").rect();
        let at = pos2(opener.left() - 10.0, opener.center().y);
        window.hover_at(at);
        window.drag_at(at);
        window.drop_at(at);
        window.run_ok();
    }
}
