//! How far an upload is: on a terminal one line that moves, elsewhere nothing.
//!
//! In: what is sent. Out: that line, and afterwards how much it was.

use crate::output::Output;
use std::path::Path;

/// One upload as a person sees it.
pub(crate) struct Progress<'a> {
    name: String,
    total: u64,
    output: &'a mut Output,
    pub(crate) sent: u64,
}

impl<'a> Progress<'a> {
    /// Shows that an upload begins.
    pub(crate) fn of_upload(path: &Path, output: &'a mut Output) -> Self {
        let total = path.metadata().map_or(0, |about| about.len());
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut progress = Self { name, total, output, sent: 0 };
        progress.is_at(0);
        progress
    }

    /// Shows how many bytes Google has.
    pub(crate) fn is_at(&mut self, sent: u64) {
        self.sent = sent;
        let (at, total) = (size(sent), size(self.total));
        self.output
            .progress(&format!("uploading: {at} of {total}, {} (Ctrl-C ends it)", self.name));
    }
}

/// Renders a number of bytes in the unit that fits.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["bytes", "KiB", "MiB", "GiB"];
    let mut unit = 0;
    let mut left = bytes;
    while left >= 10 * 1024 && unit + 1 < UNITS.len() {
        left = (left + 512) / 1024;
        unit += 1;
    }
    format!("{left} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_unit_that_fits() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (10_239, "10239 bytes"),
            (10_240, "10 KiB"),
            (12 * 1024 * 1024, "12 MiB"),
            (2 * 1024 * 1024 * 1024, "2048 MiB"),
            (3 << 40, "3072 GiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }
}
