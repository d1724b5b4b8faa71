//! What goes wrong at AWS, on the way, or because something is not set up: it is overcome, or said.

#[path = "faults/clock.rs"]
mod clock;
#[path = "faults/denied.rs"]
mod denied;
#[cfg(unix)]
#[path = "faults/interrupted.rs"]
mod interrupted;
#[path = "faults/investigated.rs"]
mod investigated;
#[path = "faults/kind.rs"]
mod kind;
#[path = "faults/lasting.rs"]
mod lasting;
#[path = "faults/listing.rs"]
mod listing;
#[path = "faults/once.rs"]
mod once;
#[path = "faults/pages.rs"]
mod pages;
#[path = "faults/secret.rs"]
mod secret;
#[path = "faults/setting.rs"]
mod setting;
#[path = "faults/shape.rs"]
mod shape;
