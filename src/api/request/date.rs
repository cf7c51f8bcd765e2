//! The day of a clock.

/// The day `YYYY-MM-DD` (UTC) that holds the given second since the Unix epoch.
///
/// The proleptic Gregorian calendar in eras of 400 years, counted from 1 March so that the leap day comes last.
/// A clock that shows no number gives 1970-01-01; years are limited to four digits.
pub(in crate::api) fn day_of(seconds: f64) -> String {
    const DAYS_FROM_0000_03_01_TO_EPOCH: i64 = 719_468;
    const DAYS_IN_ERA: i64 = 146_097;
    const LAST_DAY: f64 = 2_932_896.0;
    const FIRST_DAY: f64 = -719_162.0;

    // The range fits i64 by far, and a NaN becomes 0.
    let day = (seconds / 86_400.0).floor().clamp(FIRST_DAY, LAST_DAY) as i64;
    let shifted = day + DAYS_FROM_0000_03_01_TO_EPOCH;
    let (era, day_of_era) = (
        shifted.div_euclid(DAYS_IN_ERA),
        shifted.rem_euclid(DAYS_IN_ERA),
    );
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day_of_month:02}")
}

#[cfg(test)]
mod tests {
    use super::day_of;

    /// The expectations are those of `date -u -d @SECONDS +%F`.
    #[test]
    fn days_are_those_of_the_calendar() {
        let cases = [
            (0.0, "1970-01-01"),
            (86_399.9, "1970-01-01"),
            (-0.5, "1969-12-31"),
            (951_782_400.0, "2000-02-29"),
            (951_868_800.0, "2000-03-01"),
            (1_709_164_800.0, "2024-02-29"),
            (1_751_068_800.0, "2025-06-28"),
            (4_107_542_400.0, "2100-03-01"),
            (f64::NAN, "1970-01-01"),
            (f64::INFINITY, "9999-12-31"),
            (f64::NEG_INFINITY, "0001-01-01"),
        ];
        for (seconds, day) in cases {
            assert_eq!(day_of(seconds), day, "{seconds}");
        }
    }
}
