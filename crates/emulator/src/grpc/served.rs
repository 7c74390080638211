//! What a method over gRPC is: its name, its messages, and the REST method that means the same.

use crate::protobuf::Table;

/// A method that is served, and the REST method that means the same.
pub(super) struct Served {
    /// `Service/Method`.
    pub(super) name: &'static str,
    pub(super) rest: Rest,
    pub(super) request: &'static Table,
    /// Each message of the reply.
    pub(super) reply: &'static Table,
}

pub(super) enum Rest {
    /// `GET /VERSION/COLLECTION`.
    List(&'static str),
    /// `GET /VERSION/NAME`.
    Get,
    /// `DELETE /VERSION/NAME`.
    Delete,
    /// `POST /VERSION/COLLECTION` with this field of the message, or with all of it.
    Create(&'static str, &'static str),
    /// `PATCH /VERSION/NAME` with this field of the message, which has the name.
    Update(&'static str),
    /// `POST /VERSION/models/ID:METHOD`.
    OfModel(&'static str),
}
