//! Units: symbols such as `km/h`, what they measure, and conversion between those that measure the same.
//!
//! A unit is a factor to the coherent unit and the powers of nine base dimensions. An angle is a dimension of its own, so
//! that degrees are never taken for pure numbers, and so are luminous flux, photographic stops and pixels. Temperatures
//! are differences or absolute kelvin: scales with an offset are deliberately not here.

use std::fmt;

/// The base dimensions, in the order of [`Unit::halves`], by the symbol of their coherent unit.
const BASE: [&str; 9] = ["m", "kg", "s", "K", "rad", "cd", "lm", "EV", "px"];

/// What a number is measured in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// Twice the power of each base dimension, so that a square root is exact.
    halves: [i8; 9],
    /// How many coherent units one of this is.
    factor: f64,
}

const fn unit(factor: f64, powers: [i8; 9]) -> Unit {
    let mut halves = powers;
    let mut at = 0;
    while at < halves.len() {
        halves[at] *= 2;
        at += 1;
    }
    Unit { halves, factor }
}

const PURE: [i8; 9] = [0; 9];
const LENGTH: [i8; 9] = [1, 0, 0, 0, 0, 0, 0, 0, 0];
const MASS: [i8; 9] = [0, 1, 0, 0, 0, 0, 0, 0, 0];
const TIME: [i8; 9] = [0, 0, 1, 0, 0, 0, 0, 0, 0];
const SPEED: [i8; 9] = [1, 0, -1, 0, 0, 0, 0, 0, 0];
const FORCE: [i8; 9] = [1, 1, -2, 0, 0, 0, 0, 0, 0];
const ANGLE: [i8; 9] = [0, 0, 0, 0, 1, 0, 0, 0, 0];

const DEGREE: f64 = core::f64::consts::PI / 180.0;

/// Every symbol that a unit is built from. Compounds (`m/s2`, `N*m`) are built by [`Unit::parse`].
const SYMBOLS: [(&str, Unit); 46] = [
    ("%", unit(0.01, PURE)),
    ("m", unit(1.0, LENGTH)),
    ("mm", unit(1e-3, LENGTH)),
    ("um", unit(1e-6, LENGTH)),
    ("cm", unit(1e-2, LENGTH)),
    ("km", unit(1e3, LENGTH)),
    ("in", unit(0.0254, LENGTH)),
    ("ft", unit(0.3048, LENGTH)),
    ("mi", unit(1_609.344, LENGTH)),
    ("kg", unit(1.0, MASS)),
    ("g", unit(1e-3, MASS)),
    ("mg", unit(1e-6, MASS)),
    ("t", unit(1e3, MASS)),
    ("lb", unit(0.453_592_37, MASS)),
    ("s", unit(1.0, TIME)),
    ("ms", unit(1e-3, TIME)),
    ("us", unit(1e-6, TIME)),
    ("min", unit(60.0, TIME)),
    ("h", unit(3_600.0, TIME)),
    ("Hz", unit(1.0, [0, 0, -1, 0, 0, 0, 0, 0, 0])),
    ("kHz", unit(1e3, [0, 0, -1, 0, 0, 0, 0, 0, 0])),
    ("mph", unit(0.447_04, SPEED)),
    ("kn", unit(1_852.0 / 3_600.0, SPEED)),
    ("K", unit(1.0, [0, 0, 0, 1, 0, 0, 0, 0, 0])),
    ("rad", unit(1.0, ANGLE)),
    ("mrad", unit(1e-3, ANGLE)),
    ("deg", unit(DEGREE, ANGLE)),
    ("turn", unit(core::f64::consts::TAU, ANGLE)),
    ("rpm", unit(core::f64::consts::TAU / 60.0, [0, 0, -1, 0, 1, 0, 0, 0, 0])),
    ("N", unit(1.0, FORCE)),
    ("mN", unit(1e-3, FORCE)),
    ("kN", unit(1e3, FORCE)),
    ("Nm", unit(1.0, [2, 1, -2, 0, 0, 0, 0, 0, 0])),
    ("Ns", unit(1.0, [1, 1, -1, 0, 0, 0, 0, 0, 0])),
    ("J", unit(1.0, [2, 1, -2, 0, 0, 0, 0, 0, 0])),
    ("W", unit(1.0, [2, 1, -3, 0, 0, 0, 0, 0, 0])),
    ("Pa", unit(1.0, [-1, 1, -2, 0, 0, 0, 0, 0, 0])),
    ("kPa", unit(1e3, [-1, 1, -2, 0, 0, 0, 0, 0, 0])),
    ("cd", unit(1.0, [0, 0, 0, 0, 0, 1, 0, 0, 0])),
    ("lm", unit(1.0, [0, 0, 0, 0, 0, 0, 1, 0, 0])),
    ("lx", unit(1.0, [-2, 0, 0, 0, 0, 0, 1, 0, 0])),
    ("klx", unit(1e3, [-2, 0, 0, 0, 0, 0, 1, 0, 0])),
    ("EV", unit(1.0, [0, 0, 0, 0, 0, 0, 0, 1, 0])),
    ("ev", unit(1.0, [0, 0, 0, 0, 0, 0, 0, 1, 0])),
    ("px", unit(1.0, [0, 0, 0, 0, 0, 0, 0, 0, 1])),
    ("1", unit(1.0, PURE)),
];

/// Longest unit symbol in characters.
const LONGEST: usize = 32;

impl Unit {
    /// A pure number's.
    pub const PURE: Self = unit(1.0, PURE);
    /// Radians.
    pub const RADIAN: Self = unit(1.0, ANGLE);
    /// Seconds.
    pub const SECOND: Self = unit(1.0, TIME);

    /// Reads a symbol: one of the known ones, or several joined by `/`, `*` or `·`, each with an optional whole power
    /// (`m/s2`, `kg*m^2`, `1/s`). The empty text is a pure number.
    ///
    /// # Errors
    /// A sentence that names the part that is not known.
    pub fn parse(symbol: &str) -> Result<Self, String> {
        if symbol.is_empty() {
            return Ok(Self::PURE);
        }
        if symbol.chars().count() > LONGEST {
            return Err(format!("a unit of more than {LONGEST} characters; write an SI symbol such as m/s"));
        }
        let mut all = Self::PURE;
        let mut rest = symbol;
        let mut divides = false;
        loop {
            let end = rest.find(['/', '*', '·']).unwrap_or(rest.len());
            let (part, after) = rest.split_at(end);
            let part = factor_of(part, symbol)?;
            all = if divides { all.per(part) } else { all.times(part) };
            let Some(joint) = after.chars().next() else { return Ok(all) };
            divides = joint == '/';
            rest = after.get(joint.len_utf8()..).unwrap_or_default();
        }
    }

    /// Whether it measures what `other` measures.
    pub fn measures_like(self, other: Self) -> bool {
        self.halves == other.halves
    }

    /// By what a number in this unit is multiplied to be in `other`; `None` where they measure different things.
    pub fn factor_to(self, other: Self) -> Option<f64> {
        let ratio = self.factor / other.factor;
        // Two ways to write one unit (`Nm`, `N*m`) must not change a number's last bit.
        let ratio = if (ratio - 1.0).abs() < 1e-12 { 1.0 } else { ratio };
        self.measures_like(other).then_some(ratio)
    }

    /// Whether it is a number without dimension (`%` is one, too).
    pub fn is_pure(self) -> bool {
        self.halves == [0; 9]
    }

    /// The length of a full turn in this unit; `None` where it is no angle.
    pub fn full_turn(self) -> Option<f64> {
        unit(core::f64::consts::TAU, ANGLE).factor_to(self)
    }

    /// The unit of a product.
    pub fn times(self, other: Self) -> Self {
        let mut halves = self.halves;
        halves.iter_mut().zip(other.halves).for_each(|(a, b)| *a = a.saturating_add(b));
        Self { halves, factor: self.factor * other.factor }
    }

    /// The unit of a quotient.
    pub fn per(self, other: Self) -> Self {
        let mut halves = self.halves;
        halves.iter_mut().zip(other.halves).for_each(|(a, b)| *a = a.saturating_sub(b));
        Self { halves, factor: self.factor / other.factor }
    }

    /// The unit of a whole power.
    pub fn power(self, exponent: i8) -> Self {
        let part = if exponent < 0 { Self::PURE.per(self) } else { self };
        (0..exponent.unsigned_abs()).fold(Self::PURE, |all, _| all.times(part))
    }

    /// The unit of a square root; `None` where a quarter power would be needed.
    pub fn root(self) -> Option<Self> {
        let mut halves = self.halves;
        for half in &mut halves {
            if *half % 2 != 0 {
                return None;
            }
            *half /= 2;
        }
        Some(Self { halves, factor: libm::sqrt(self.factor) })
    }
}

/// One part of a compound, with its power.
fn factor_of(part: &str, whole: &str) -> Result<Unit, String> {
    let part = part.trim();
    let exact = |name: &str| SYMBOLS.iter().find(|(symbol, _)| *symbol == name).map(|(_, unit)| *unit);
    if let Some(unit) = exact(part) {
        return Ok(unit);
    }
    let stem = part.trim_end_matches(|c: char| c.is_ascii_digit() || c == '²' || c == '³');
    let digits = part.get(stem.len()..).unwrap_or_default();
    let power = match digits {
        "²" => Some(2),
        "³" => Some(3),
        digits => digits.parse::<i8>().ok(),
    };
    let (stem, sign) = match stem.strip_suffix("^-").or_else(|| stem.strip_suffix('-')) {
        Some(stem) => (stem, -1),
        None => (stem.strip_suffix('^').unwrap_or(stem), 1),
    };
    match (exact(stem), power) {
        (Some(unit), Some(power)) if (1..=6).contains(&power) => Ok(unit.power(sign * power)),
        _ => Err(format!("unknown unit `{whole}`{}", nearest(whole))),
    }
}

/// ` (did you mean …?)` for a slip of case or one character.
fn nearest(text: &str) -> String {
    let known = COMMON.iter().copied().filter(|known| !known.is_empty());
    super::text::did_you_mean(text, known)
}

/// Units that people choose from and that messages suggest.
pub const COMMON: [&str; 41] = [
    "", "%", "m", "mm", "cm", "km", "m2", "m3", "s", "ms", "min", "h", "1/s", "Hz", "m/s", "km/h", "m/s2", "kg", "g",
    "kg/m3", "N", "Nm", "N/m", "Ns", "Pa", "J", "W", "deg", "rad", "deg/s", "rad/s", "rpm", "lx", "klx", "lm", "cd",
    "cd/m2", "EV", "K", "px", "px/s",
];

/// In base symbols: `m/s2`, `kg*m2/s3`; nothing for a pure number. The factor is not shown.
impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let power = |halves: i8| match halves.unsigned_abs() {
            2 => String::new(),
            even if even % 2 == 0 => format!("{}", even / 2),
            odd => format!("^({odd}/2)"),
        };
        let named = |sign: i8| {
            let parts = BASE.iter().zip(self.halves).filter(move |(_, halves)| halves * sign > 0);
            parts.map(|(symbol, halves)| format!("{symbol}{}", power(halves))).collect::<Vec<_>>()
        };
        let (above, below) = (named(1), named(-1));
        let above = if above.is_empty() && !below.is_empty() { "1".to_owned() } else { above.join("*") };
        f.write_str(&above)?;
        below.iter().try_for_each(|part| write!(f, "/{part}"))
    }
}

/// A number with its unit, as `"30 km/h"` says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// The number before the unit.
    pub number: f64,
    /// The unit's symbol.
    pub symbol: String,
    /// The unit.
    pub unit: Unit,
}

impl Quantity {
    /// Reads a number and the unit after it. `None` where the text does not begin like a number: then it is a name or an
    /// expression, and not a mistaken quantity.
    ///
    /// # Errors
    /// Inside the option: a sentence on the number or the unit.
    pub fn parse(text: &str) -> Option<Result<Self, String>> {
        let text = text.trim();
        let begins = text.trim_start_matches(['+', '-', '.']).starts_with(|c: char| c.is_ascii_digit());
        if !begins {
            return None;
        }
        let end = number_length(text);
        let (number, symbol) = text.split_at(end);
        let symbol = symbol.trim();
        // `2 * x` is an expression.
        let looks_like_unit = symbol.is_empty()
            || symbol.starts_with(|c: char| c.is_alphabetic() || c == '%')
            || symbol.starts_with("1/");
        if !looks_like_unit {
            return None;
        }
        let Ok(number) = number.parse::<f64>() else {
            return Some(Err(format!("`{number}` is not a number; write one such as 1.5")));
        };
        Some(Unit::parse(symbol).map(|unit| Self { number, symbol: symbol.to_owned(), unit }))
    }

    /// The number in `unit`, called `symbol` in messages.
    ///
    /// # Errors
    /// A sentence where the two measure different things, or the number is not finite.
    pub fn number_in(&self, unit: Unit, symbol: &str) -> Result<f64, String> {
        let Some(factor) = self.unit.factor_to(unit) else {
            let (have, want) = (shown(&self.symbol), shown(symbol));
            return Err(format!("`{} {}` is given in {have}, but {want} is needed", self.number, self.symbol));
        };
        let number = if factor == 1.0 { self.number } else { self.number * factor };
        if number.is_finite() { Ok(number) } else { Err(format!("`{} {}` is too large", self.number, self.symbol)) }
    }
}

/// A unit's symbol for a sentence.
pub fn shown(symbol: &str) -> &str {
    if symbol.is_empty() { "a pure number" } else { symbol }
}

/// Bytes of the number that `text` begins with.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let mut end = digits(usize::from(matches!(bytes.first(), Some(b'+' | b'-'))));
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let after = digits(end + 1 + sign);
        if after > end + 1 + sign {
            end = after;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantity(text: &str, symbol: &str) -> Result<f64, String> {
        Quantity::parse(text).expect("a quantity")?.number_in(Unit::parse(symbol).expect("unit"), symbol)
    }

    #[test]
    fn quantities_convert_between_units_of_one_kind() {
        for (text, symbol, number) in [
            ("30 km/h", "m/s", 30.0 / 3.6),
            ("500 ms", "s", 0.5),
            ("90deg", "rad", core::f64::consts::FRAC_PI_2),
            ("-1.5e2 mm", "m", -0.15),
            ("9.81 m/s2", "m/s^2", 9.81),
            ("2 N*m", "Nm", 2.0),
            ("60 rpm", "deg/s", 360.0),
            ("20 %", "", 0.2),
            ("3", "", 3.0),
            ("2 1/s", "Hz", 2.0),
            ("5 klx", "lx", 5_000.0),
        ] {
            let got = quantity(text, symbol).unwrap();
            assert!((got - number).abs() <= 1e-12 * number.abs(), "{text} in {symbol}: {got}, expected {number}");
        }
    }

    #[test]
    fn what_measures_something_else_is_refused_in_words() {
        let error = quantity("30 kg", "m/s").unwrap_err();
        assert_eq!(error, "`30 kg` is given in kg, but m/s is needed");
        assert!(quantity("30 deg", "").is_err() && quantity("1 lx", "cd/m2").is_err(), "angle and light");
        assert!(quantity("3", "m").unwrap_err().contains("a pure number, but m"), "a bare number in quotes");
        assert!(Unit::parse("kgs").unwrap_err().contains("did you mean `kg`?"), "hint");
        assert!(Unit::parse("m//s").is_err() && Unit::parse("m9").is_err() && Unit::parse("ü").is_err(), "nonsense");
    }

    #[test]
    fn names_and_expressions_are_no_quantities() {
        for text in ["mass_kg", "2 * x", "0.5 - y", "-x", "(3)", "", "3 + 1"] {
            assert!(Quantity::parse(text).is_none(), "{text}");
        }
        assert!(Quantity::parse("3 apples").unwrap().is_err(), "a number with nonsense is a mistake");
    }

    #[test]
    fn algebra_of_units() {
        let [m, s] = ["m", "s"].map(|symbol| Unit::parse(symbol).unwrap());
        assert_eq!(m.per(s).to_string(), "m/s");
        assert_eq!(m.times(m).root(), Some(m), "root of an area");
        assert_eq!(m.root().unwrap().to_string(), "m^(1/2)");
        assert_eq!(s.power(-2).to_string(), "1/s2");
        assert_eq!(Unit::parse("kg*m2/s3").unwrap().factor_to(Unit::parse("W").unwrap()), Some(1.0));
        assert_eq!(Unit::parse("deg").unwrap().full_turn(), Some(360.0));
        assert_eq!(m.full_turn(), None);
        for symbol in COMMON {
            assert!(Unit::parse(symbol).is_ok(), "{symbol}");
        }
    }
}
