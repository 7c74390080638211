//! What answers on all connections: the state under its lock, and word of the end.

use crate::state::State;
use std::any::Any;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What answers on all connections.
#[derive(Debug)]
pub(crate) struct Service {
    /// `http://127.0.0.1:PORT`.
    pub(crate) origin: String,
    pub(crate) stopped: Flag,
    state: Mutex<State>,
    panic: Mutex<Option<String>>,
}

impl Service {
    pub(crate) fn new(origin: String, mut state: State) -> Self {
        state.origin.clone_from(&origin);
        Self { origin, stopped: Flag::default(), state: Mutex::new(state), panic: Mutex::new(None) }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn panic_message(&self) -> Option<String> {
        self.panic.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn note_panic(&self, payload: &(dyn Any + Send)) {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        let mut noted = self.panic.lock().unwrap_or_else(PoisonError::into_inner);
        noted.get_or_insert_with(|| text.unwrap_or("(no message)").to_owned());
    }
}

/// Something that happens once and can be waited for.
#[derive(Debug, Default)]
pub(crate) struct Flag {
    happened: Mutex<bool>,
    change: Condvar,
}

impl Flag {
    pub(crate) fn set(&self) {
        *self.happened.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.change.notify_all();
    }

    pub(crate) fn wait(&self) {
        let guard = self.happened.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.change.wait_while(guard, |happened| !*happened));
    }
}
