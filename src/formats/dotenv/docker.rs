//! Env files as `docker run --env-file` reads them (docker/cli, `pkg/kvfile`), and Compose
//! with `format: raw`: everything behind the `=` is the value, quotes and blanks included.

use super::Trouble;
use super::reading::Reading;

/// Reads the file.
pub(super) fn read(reading: &mut Reading<'_>) {
    while let Some(line) = reading.line() {
        if line.too_long {
            return reading.refuse(line.place, Trouble::LineTooLong);
        }
        if !reading.is_utf8(line.place) {
            return reading.refuse(line.place, Trouble::NotUtf8);
        }
        if !line.text.is_empty() && !line.text.starts_with('#') {
            let pair = reading.pair(&line);
            if pair.name.is_empty() {
                return reading.refuse(pair.place, Trouble::NoName);
            }
            if pair.name.contains([' ', '\t']) {
                return reading.refuse(pair.name_place, Trouble::BadName);
            }
            reading.add_pair(&pair);
        }
        reading.end(&line);
    }
}
