//! The agent on the wire: literal requests of programs, literal requests to the server in Google's place.

mod crowd;
mod empty_key;
mod guard;
mod metadata;
mod metrics;
mod page;
mod proxy;
mod streams;
mod tickets;
mod token;
mod world;
