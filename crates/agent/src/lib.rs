#![doc = include_str!("../README.md")]

mod agent;
mod answer;
mod caller;
mod dialect;
mod form;
#[cfg(any(fuzzing, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod guard;
mod journal;
mod link;
mod metadata;
mod metrics;
mod oauth;
pub mod openai;
mod outgoing;
mod page;
#[cfg(unix)]
mod peer;
mod proxy;
mod refusal;
mod router;
mod server;
mod shared;
mod ticket;
mod ticket_file;
mod uploads;

pub use agent::{Agent, AgentBuilder};
pub use journal::{Entry, Journal, Writer};
pub use page::Forget;
#[cfg(unix)]
pub use peer::is_same_user;
pub use ticket::{NewTicket, PREFIX, Ticket, TicketInfo, Tickets};
