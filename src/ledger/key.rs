//! The signing key: one Ed25519 key a person and machine, in a folder that the caller names.
//!
//! A public key is written as `name+hash+base64`, the form that other signed-note tools read. Whom to trust is the
//! caller's business: this module only says which key signed.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use super::merkle::sha256;
use super::{LedgerError, check_name};
use crate::base::digest::hex;
use crate::base::files::{FileError, make_folder, read_text, write_whole};

/// The algorithm byte of Ed25519 in key texts and key ids.
const ED25519: u8 = 1;
/// The private key's file in its folder.
const SECRET_FILE: &str = "signing.key";
/// The public key's file beside it.
const PUBLIC_FILE: &str = "signing.pub";

/// A public key with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// The name, part of the key's identity.
    pub name: String,
    key: VerifyingKey,
}

impl PublicKey {
    /// The key id of signed notes.
    pub fn id(&self) -> [u8; 4] {
        let mut bytes = self.name.as_bytes().to_vec();
        bytes.extend(*b"\n");
        bytes.push(ED25519);
        bytes.extend(self.key.as_bytes());
        let [a, b, c, d, ..] = sha256(&bytes);
        [a, b, c, d]
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![ED25519];
        bytes.extend(self.key.as_bytes());
        write!(f, "{}+{}+{}", self.name, hex(&self.id()), BASE64.encode(bytes))
    }
}

impl FromStr for PublicKey {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let bad = |why: &str| LedgerError::Key(format!("`{text}` is not a public key (`name+hash+base64`): {why}"));
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(base64)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(bad("a part is missing"));
        };
        check_name(name)?;
        let bytes = BASE64.decode(base64).map_err(|_| bad("the last part is not base64"))?;
        let key = match bytes.split_first() {
            Some((&ED25519, key)) => <[u8; 32]>::try_from(key).ok(),
            _ => None,
        };
        let key = key.and_then(|key| VerifyingKey::from_bytes(&key).ok()).ok_or_else(|| bad("it is not Ed25519"))?;
        let public = Self { name: name.to_owned(), key };
        if hex(&public.id()) == id { Ok(public) } else { Err(bad("the hash does not fit the key")) }
    }
}

/// A private key with its name. It never prints itself.
pub struct Keys {
    name: String,
    key: SigningKey,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.public())
    }
}

impl Keys {
    /// Reads the key in `folder`, or makes one called `name` there, readable by its owner only. An existing key keeps its
    /// own name.
    ///
    /// # Errors
    /// When the folder cannot be written, the key file is damaged, or `name` cannot be a key name.
    pub fn load_or_create(folder: &Path, name: &str) -> Result<Self, LedgerError> {
        let path = folder.join(SECRET_FILE);
        if path.exists() {
            return Self::load(&path);
        }
        check_name(name)?;
        make_folder(folder)?;
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)
            .map_err(|err| LedgerError::Key(format!("the system gave no random bytes for a new key: {err}")))?;
        let keys = Self::from_seed(name, seed)?;
        if !keys.write_new(&path)? {
            // Another process was faster: its key is the key.
            return Self::load(&path);
        }
        write_whole(&folder.join(PUBLIC_FILE), format!("{}\n", keys.public()).as_bytes())?;
        Ok(keys)
    }

    /// The key in `folder`; `None` where there is none.
    ///
    /// # Errors
    /// When the key file is damaged or cannot be read.
    pub fn load_if_there(folder: &Path) -> Result<Option<Self>, LedgerError> {
        let path = folder.join(SECRET_FILE);
        if path.exists() { Self::load(&path).map(Some) } else { Ok(None) }
    }

    /// A key from 32 secret bytes; for tests and for keys kept elsewhere.
    ///
    /// # Errors
    /// When `name` cannot be a key name.
    pub fn from_seed(name: &str, seed: [u8; 32]) -> Result<Self, LedgerError> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), key: SigningKey::from_bytes(&seed) })
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// The signature over `message`.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    /// False where the file exists already.
    fn write_new(&self, path: &Path) -> Result<bool, LedgerError> {
        use std::io::Write as _;
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut bytes = vec![ED25519];
        bytes.extend(self.key.as_bytes());
        let text = format!("PRIVATE+KEY+{}+{}+{}\n", self.name, hex(&self.public().id()), BASE64.encode(bytes));
        let attempt = || {
            // Temporary files are made with mode 0600, and keep it.
            let mut file = tempfile::Builder::new().prefix(".writing-").tempfile_in(folder)?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            match file.persist_noclobber(path) {
                Ok(_) => Ok(true),
                Err(err) if err.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
                Err(err) => Err(err.error),
            }
        };
        Ok(attempt().map_err(|err| FileError::new("write", path, err))?)
    }

    fn load(path: &Path) -> Result<Self, LedgerError> {
        let text = read_text(path)?;
        let bad = || {
            LedgerError::Key(format!(
                "the signing key `{}` is damaged; restore it from a copy, or move it away to start with a new key",
                path.display()
            ))
        };
        let rest = text.trim_end().strip_prefix("PRIVATE+KEY+").ok_or_else(bad)?;
        let mut parts = rest.splitn(3, '+');
        let (Some(name), Some(id), Some(base64)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(bad());
        };
        let bytes = BASE64.decode(base64).map_err(|_| bad())?;
        let seed = match bytes.split_first() {
            Some((&ED25519, seed)) => <[u8; 32]>::try_from(seed).map_err(|_| bad())?,
            _ => return Err(bad()),
        };
        let keys = Self::from_seed(name, seed).map_err(|_| bad())?;
        if hex(&keys.public().id()) == id { Ok(keys) } else { Err(bad()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_private_and_named() {
        let dir = tempfile::tempdir().expect("temp dir");
        let folder = dir.path().join("keys");
        let made = Keys::load_or_create(&folder, "ada").expect("make");
        let again = Keys::load_or_create(&folder, "someone-else").expect("load");
        assert_eq!(made.public(), again.public(), "same key, own name");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(folder.join(SECRET_FILE)).expect("file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "owner only");
        }
        let public = read_text(&folder.join(PUBLIC_FILE)).expect("public key");
        assert_eq!(public.trim().parse::<PublicKey>().expect("parse"), made.public(), "public file");
        assert!(!format!("{made:?}").contains("PRIVATE"), "never prints itself");
        let other = Keys::load_or_create(&dir.path().join("b"), "ada").expect("make");
        assert_ne!(other.public(), made.public(), "new keys differ");
        assert!(Keys::load_or_create(&dir.path().join("c"), "a+b").is_err(), "plus signs cannot be in names");
    }

    #[test]
    fn damaged_keys_are_refused() {
        let dir = tempfile::tempdir().expect("temp dir");
        let keys = Keys::load_or_create(dir.path(), "ada").expect("make");
        let path = dir.path().join(SECRET_FILE);
        let text = read_text(&path).expect("read");
        for bad in [String::new(), text.replace("ada", "bob"), text.trim_end().trim_end_matches('=').to_owned() + "A"] {
            write_whole(&path, bad.as_bytes()).expect("write");
            assert!(Keys::load_or_create(dir.path(), "ada").is_err(), "{bad}");
        }
        let public = keys.public().to_string();
        for bad in [public.replace("ada", "bob"), "ada".to_owned(), public[..public.len() - 4].to_owned()] {
            assert!(bad.parse::<PublicKey>().is_err(), "{bad}");
        }
    }
}
