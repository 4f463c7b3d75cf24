//! A draw's log weight in JSON, which has no words for NaN and infinity: a number; `null` where the draw stands for no share
//! of reality; `"-inf"` where its weight is 0, because the nominal never draws it.
//!
//! For serde's `with`.

use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};
use serde_json::Value;

/// The weight's JSON.
pub fn value(ln_weight: f64) -> Value {
    if ln_weight.is_nan() {
        Value::Null
    } else if ln_weight.is_finite() {
        Value::from(ln_weight)
    } else {
        Value::from(ln_weight.to_string())
    }
}

/// Writes it.
///
/// # Errors
/// The writer's own.
pub fn serialize<S: Serializer>(ln_weight: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    value(*ln_weight).serialize(serializer)
}

/// Reads it.
///
/// # Errors
/// For anything else than a number, null or an infinity.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let found = Value::deserialize(deserializer)?;
    let infinite = || found.as_str()?.parse().ok().filter(|ln: &f64| ln.is_infinite());
    match &found {
        Value::Null => Ok(f64::NAN),
        Value::Number(number) => number.as_f64().ok_or_else(|| D::Error::custom("the log weight is no f64")),
        other => infinite().ok_or_else(|| {
            D::Error::custom(format!(
                "the log weight is `{other}`; it is a number, null (no weight) or \"-inf\" (weight 0)"
            ))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_weight_comes_back_and_none_is_confused_with_zero() {
        let again = |ln: f64| deserialize(serde_json::from_str::<Value>(&value(ln).to_string()).unwrap()).unwrap();
        for ln in [0.0, -0.0, 0.1 + 0.2, -745.133_219_101_941_1, f64::MIN_POSITIVE, f64::NEG_INFINITY, f64::INFINITY] {
            assert_eq!(again(ln).to_bits(), ln.to_bits(), "{ln}");
        }
        assert!(again(f64::NAN).is_nan());
        assert_eq!(value(f64::NEG_INFINITY), "-inf");
        for wrong in ["\"heavy\"", "\"1\"", "true", "[]"] {
            let error = deserialize(serde_json::from_str::<Value>(wrong).unwrap()).unwrap_err().to_string();
            assert!(error.contains("null (no weight)"), "{wrong}: {error}");
        }
    }
}
