//! The page as HTML: every text from outside is escaped by maud, and nothing is loaded.
//!
//! In: tickets and the journal. Out: one page, and the policy that lets its one style in by its hash.

use crate::journal::Entry;
use crate::shared::Shared;
use crate::ticket::TicketInfo;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};
use std::time::SystemTime;

const STYLE: &str = include_str!("page.css");

/// As many as a person looks through.
const SHOWN: usize = 50;

/// Returns the Content-Security-Policy: nothing but the page's own style and form.
pub(super) fn policy() -> String {
    let style = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

pub(super) fn whole(shared: &Shared, link: &str) -> Markup {
    let now = shared.clock.now();
    let tickets = shared.tickets.list();
    let entries = shared.journal.latest();
    let latest = entries.iter().rev().take(SHOWN);
    let errors = entries.iter().rev().filter(|entry| entry.status >= 400).take(SHOWN);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "hallpass agent" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "hallpass agent" }
                p { "As of " (time(now)) ". Load the page again for a newer state." }
                h2 { "Tickets" }
                (table_of_tickets(&tickets, now, link))
                h2 { "Errors" }
                (table_of_entries(errors))
                h2 { "Latest requests" }
                (table_of_entries(latest))
            }
        }
    }
}

fn table_of_tickets(tickets: &[TicketInfo], now: SystemTime, link: &str) -> Markup {
    html! {
        table {
            thead { tr {
                th { "Name" } th { "ID" } th { "Profile" } th { "Scopes" } th { "Last use" } th { "Uses" } th {}
            } }
            tbody {
                @for ticket in tickets {
                    tr {
                        td { (ticket.name) }
                        td { (ticket.id) }
                        td { (ticket.profile.as_deref().unwrap_or("default")) }
                        td { (ticket.scopes.as_deref().unwrap_or("all of the sign-in")) }
                        td { @match ticket.last_use { Some(at) => (time(at)), None => "never" } }
                        td { (ticket.uses) }
                        td {
                            @if ticket.revoked { "revoked" }
                            @else if ticket.expires_at.is_some_and(|end| end <= now) { "ended" }
                            @else {
                                form method="post" action="/" {
                                    input type="hidden" name="link" value=(link);
                                    button name="revoke" value=(ticket.id) aria-label={ "Revoke " (ticket.name) } { "Revoke" }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn table_of_entries<'a>(entries: impl Iterator<Item = &'a Entry>) -> Markup {
    html! {
        table {
            thead { tr { th { "Time" } th { "Ticket" } th { "Request" } th { "Status" } th { "Refused" } } }
            tbody {
                @for entry in entries {
                    tr {
                        td { (time(entry.time)) }
                        td { @if let Some((id, name)) = &entry.ticket { (name) " (" (id) ")" } }
                        td { (entry.method) " " (entry.path) }
                        td { (entry.status) }
                        td { (entry.refused.unwrap_or_default()) }
                    }
                }
            }
        }
    }
}

/// A moment to the second, in UTC.
fn time(moment: SystemTime) -> String {
    let moment = Timestamp::try_from(moment).map(|moment| moment.as_second());
    let moment = moment.and_then(Timestamp::from_second);
    moment.map(|moment| moment.to_string()).unwrap_or_default()
}
