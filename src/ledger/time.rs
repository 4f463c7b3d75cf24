//! A point in time as text. Callers read the clock; this module only checks and formats.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::LedgerError;

/// RFC 3339 in UTC, for example `2026-11-20T22:56:00Z`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(String);

impl Timestamp {
    /// Checks `text`.
    ///
    /// # Errors
    /// When it is not `YYYY-MM-DDTHH:MM:SS`, an optional fraction, and `Z`.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        if is_utc(text) { Ok(Self(text.to_owned())) } else { Err(LedgerError::Time(text.to_owned())) }
    }

    /// From seconds since 1970-01-01T00:00:00Z, leap seconds left out as usual.
    pub fn from_unix_s(seconds: u64) -> Self {
        let (days, second) = (seconds / 86_400, seconds % 86_400);
        // Civil date from a day count, in years that start on 1 March (so that the leap day comes last).
        let shifted = days + 719_468;
        let (era, of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        Self(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_utc(text: &str) -> bool {
    let Some((date, fraction)) = text.strip_suffix('Z').and_then(|rest| rest.split_at_checked(19)) else {
        return false;
    };
    let shape = date.bytes().zip(*b"dddd-dd-ddTdd:dd:dd").all(|(byte, want)| match want {
        b'd' => byte.is_ascii_digit(),
        other => byte == other,
    });
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |at: std::ops::Range<usize>| date.get(at).and_then(|part| part.parse::<u32>().ok()).unwrap_or(99);
    shape
        && (fraction.is_empty() || fraction.strip_prefix('.').is_some_and(digits))
        && (1..=12).contains(&number(5..7))
        && (1..=31).contains(&number(8..10))
        && number(11..13) < 24
        && number(14..16) < 60
        && number(17..19) <= 60
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Timestamp {
    type Error = LedgerError;

    fn try_from(text: String) -> Result<Self, LedgerError> {
        Self::parse(&text)
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> Self {
        time.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_dates_across_leap_days() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(Timestamp::from_unix_s(seconds).as_str(), text, "{seconds}");
            assert!(Timestamp::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn only_utc_times_pass() {
        assert!(Timestamp::parse("2026-11-20T22:56:00.125Z").is_ok(), "fraction");
        for bad in ["", "Z", "2026-11-20", "2026-11-20T22:56:00+01:00", "2026-13-20T22:56:00Z", "2026-11-20T24:56:00Z"]
        {
            assert!(Timestamp::parse(bad).is_err(), "{bad}");
        }
        assert!(Timestamp::parse("2026-11-20T22:56:00.Z").is_err(), "empty fraction");
        assert!(Timestamp::parse("ééééééééééZ").is_err(), "not a character boundary");
    }
}
