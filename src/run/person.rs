//! Who sits at this machine: name, signing keys, and the clock. Only the two faces (`cli`, `app`) ask; every use case gets
//! what it needs as a [`super::Stamp`] and a [`super::Place`].

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::ledger::Timestamp;

use super::Stamp;

/// Now, by `actor`, or by the person whose account this is.
pub fn stamp(actor: Option<&str>) -> Stamp {
    let named = || std::env::var("WORLDPROOF_ACTOR").ok().filter(|name| !name.is_empty());
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let actor = actor.map(str::to_owned).or_else(named).unwrap_or_else(user_name);
    Stamp { time: Timestamp::from_unix_s(seconds), actor }
}

/// The person's name as the system has it.
fn user_name() -> String {
    let name = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}

/// Where the person's signing key lies: `WORLDPROOF_KEYS`, else the usual configuration folder.
pub fn keys_folder() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("WORLDPROOF_KEYS").unwrap_or_else(|| {
        let config = variable("XDG_CONFIG_HOME")
            .or_else(|| variable("APPDATA"))
            .or_else(|| variable("HOME").map(|home| home.join(".config")))
            .unwrap_or_else(|| PathBuf::from(".config"));
        config.join("worldproof")
    })
}
