//! Other worlds than the samples': made up record by record, with answers that are known.

#[path = "worlds/function.rs"]
mod function;
#[path = "worlds/people.rs"]
mod people;
#[path = "worlds/story.rs"]
mod story;
#[path = "worlds/told.rs"]
mod told;
#[path = "worlds/ways.rs"]
mod ways;

use std::thread;

use story::Story;
use told::{Answers, Told};

type World = fn() -> (Story, Answers);

const WORLDS: [(&str, World, &[&str]); 27] = [
    ("three roles", people::three_roles, &[]),
    ("from another account", people::from_another_account, &[]),
    ("role of another account", people::role_of_another_account, &[]),
    ("user with MFA", people::user_with_mfa, &[]),
    ("root in the console", people::root_in_console, &[]),
    ("human in the console", people::human_in_console, &[]),
    ("instance", people::instance, &[]),
    ("stack in its caller's name", people::stack_in_its_callers_name, &[]),
    ("stack with a role", people::stack_with_a_role, &[]),
    ("role of the function", people::role_of_the_function, &[]),
    ("federated user", people::federated_user, &[]),
    ("user in the console", people::user_in_console, &[]),
    ("opened by an alias", function::opened_by_alias, &[]),
    ("by ARN", function::by_arn, &[]),
    ("by a part of the ARN", function::by_partial_arn, &[]),
    ("by an alias", function::by_alias, &[]),
    ("published", function::published, &[]),
    ("deleted", function::deleted, &[]),
    ("of a used name", function::of_a_used_name, &[]),
    ("older than the look-back", function::older_than_the_look_back, &[]),
    ("role recorded elsewhere", function::role_recorded_elsewhere, &[]),
    ("in us-east-1", function::in_us_east_1, &[]),
    ("with another role", function::with_another_role, &[]),
    ("in a network", function::in_a_network, &[]),
    ("of an image", function::of_an_image, &[]),
    ("in GovCloud", ways::in_govcloud, &[]),
    ("in the member account", ways::in_a_member_account, ways::IN_THE_MEMBER),
];

#[test]
fn each_is_told_live_as_from_all_its_records() {
    // Each waits most of the time.
    for some in WORLDS.chunks(12) {
        thread::scope(|scope| {
            for (name, world, options) in some {
                scope.spawn(move || {
                    let (story, answers) = world();
                    let told = Told::of(name, story, options);
                    told.answers(&answers);
                    told.is_whole();
                    told.is_asked_well();
                    let lookups = told.case.fake.count("LookupEvents");
                    assert!(lookups <= 25, "{name}: {lookups}");
                });
            }
        });
    }
}

#[test]
fn what_was_done_in_other_regions_is_said_to_be_unseen() {
    let (story, answers) = people::in_another_region();
    let told = Told::of("another Region", story, &["--max-lookups", "12"]);
    told.answers(&answers);
    assert!(told.misses("calls in other Regions than eu-west-1 and us-east-1", ""));
}

#[test]
fn a_bounded_run_tells_first_who_made_the_change_that_matters() {
    thread::scope(|scope| {
        scope.spawn(|| {
            let (story, answers) = people::by_hand_after_a_pipeline();
            let told = Told::of("pipeline", story, &["--max-lookups", "15"]);
            told.answers(&answers);
            told.is_asked_well();
            assert_eq!(told.case.fake.count("LookupEvents"), 15);
            assert!(told.misses("GitHubActions-", "the bound of 15 look-ups"));
        });
        scope.spawn(|| {
            let (story, answers) = function::among_many();
            let told = Told::of("among many", story, &["--max-lookups", "14"]);
            told.answers(&answers);
            told.is_asked_well();
            assert!(told.misses("the calls that name order-export", "the bound of 14 look-ups"));
        });
    });
}
