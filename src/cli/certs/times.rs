//! Times as users type them: durations (`30d`) and dates (`2027-01-31`).

use clap::Args;
use time::format_description::StaticFormatDescription;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, Time};

use crate::mint::x509::{Certificate, LEAF_LIFETIME};

const DATE: StaticFormatDescription = format_description!("[year]-[month]-[day]");

/// How long a new certificate is to be valid.
#[derive(Args)]
pub(super) struct LifetimeArguments {
    /// Days that the certificates are valid [default: 365]; never longer than their CA
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: Option<u32>,
    /// Last moment of their validity, instead of --days: a date (the end of that day, UTC) or RFC 3339
    #[arg(long, value_name = "DATE", value_parser = parse_last_moment, conflicts_with = "days")]
    not_after: Option<OffsetDateTime>,
}

impl LifetimeArguments {
    /// The last moment.
    pub(super) fn end(&self, now: OffsetDateTime) -> OffsetDateTime {
        match (self.not_after, self.days) {
            (Some(end), _) => end,
            (None, Some(days)) => now + Duration::days(i64::from(days)),
            (None, None) => now + LEAF_LIFETIME,
        }
    }
}

/// Reads `12h`, `30d`, `2w`.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(char, i64); 5] = [
        ('s', 1),
        ('m', 60),
        ('h', 3600),
        ('d', 86_400),
        ('w', 604_800),
    ];
    let wrong = || "write it as a number and a unit: 12h, 30d, 2w".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let (_, seconds) = UNITS
        .into_iter()
        .find(|(letter, _)| *letter == unit)
        .ok_or_else(wrong)?;
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    digits
        .parse::<i64>()
        .ok()
        .and_then(|number| number.checked_mul(seconds))
        .filter(|seconds| *seconds <= 100 * 366 * 86_400)
        .map(Duration::seconds)
        .ok_or_else(|| "that is more than a hundred years".to_owned())
}

/// Reads a moment; of a date the first, in UTC.
pub(crate) fn parse_moment(text: &str) -> Result<OffsetDateTime, String> {
    read(text, Time::MIDNIGHT)
}

fn parse_last_moment(text: &str) -> Result<OffsetDateTime, String> {
    let end = Time::from_hms(23, 59, 59).map_err(|error| error.to_string())?;
    read(text, end)
}

fn read(text: &str, of_day: Time) -> Result<OffsetDateTime, String> {
    let date = Date::parse(text, DATE).map(|date| date.with_time(of_day).assume_utc());
    date.or_else(|_| OffsetDateTime::parse(text, &Rfc3339))
        .ok()
        .filter(|moment| (1970..=9999).contains(&moment.year()))
        .ok_or_else(|| "write it as 2027-01-31 or 2027-01-31T12:00:00Z".to_owned())
}

/// The day on which it expires.
pub(super) fn expiry(certificate: &Certificate) -> String {
    certificate.not_after.date().to_string()
}

/// A moment as machines read it.
pub(super) fn rfc3339(moment: OffsetDateTime) -> String {
    let whole = moment.replace_nanosecond(0).unwrap_or(moment);
    whole.format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn durations_have_a_number_and_a_unit() {
        for (text, seconds) in [
            ("90s", 90),
            ("5m", 300),
            ("12h", 43_200),
            ("30d", 2_592_000),
            ("2w", 1_209_600),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::seconds(seconds)));
        }
        for bad in [
            "",
            "30",
            "d",
            "-1d",
            "1.5d",
            "30 d",
            "30y",
            "１d",
            "99999999999999999999d",
            "99999w",
            "30é",
        ] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_date_ends_with_its_day_and_begins_with_it() {
        assert_eq!(
            parse_last_moment("2027-01-31"),
            Ok(datetime!(2027-01-31 23:59:59 UTC))
        );
        assert_eq!(
            parse_moment("2027-01-31"),
            Ok(datetime!(2027-01-31 0:00 UTC))
        );
        let exact = Ok(datetime!(2027-01-31 12:00:00 UTC));
        assert_eq!(parse_last_moment("2027-01-31T12:00:00Z"), exact);
        assert_eq!(parse_moment("2027-01-31T14:00:00+02:00"), exact);
        for bad in ["", "31.1.2027", "2027-02-30", "0001-01-01", "tomorrow"] {
            assert!(parse_moment(bad).is_err(), "{bad}");
        }
    }
}
