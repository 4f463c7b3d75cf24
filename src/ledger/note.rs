//! Signed notes and tree heads in the C2SP formats `signed-note` and `tlog-checkpoint`, with Ed25519.
//!
//! A note is text that ends in a line break, an empty line, and one line a signature:
//! `— <key name> <base64 of key id and signature>`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::merkle::Hash;
use super::{Keys, LedgerError, PublicKey};

/// A note's text with its signatures, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    /// What is signed, with its last line break.
    pub text: String,
    /// At least one.
    pub signatures: Vec<NoteSignature>,
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// The key's name.
    pub name: String,
    /// The first four bytes of SHA-256(name, line break, 1, public key).
    pub key_id: [u8; 4],
    /// The signature, 64 bytes for Ed25519.
    pub bytes: Vec<u8>,
}

impl SignedNote {
    /// Signs `text`, which must end in a line break.
    ///
    /// # Errors
    /// When it does not.
    pub fn sign(text: &str, keys: &Keys) -> Result<Self, LedgerError> {
        check_text(text)?;
        let public = keys.public();
        let signature = NoteSignature {
            name: public.name.clone(),
            key_id: public.id(),
            bytes: keys.sign(text.as_bytes()).to_vec(),
        };
        Ok(Self { text: text.to_owned(), signatures: vec![signature] })
    }

    /// Reads a note; signatures are not checked yet.
    ///
    /// # Errors
    /// With the reason.
    pub fn parse(note: &str) -> Result<Self, LedgerError> {
        let bad = |what: &str| LedgerError::Note(what.to_owned());
        let at = note.rfind("\n\n").ok_or_else(|| bad("no empty line stands before the signatures"))?;
        let (text, rest) = note.split_at(at + 1);
        check_text(text)?;
        let lines = rest.strip_prefix('\n').and_then(|rest| rest.strip_suffix('\n'));
        let lines = lines.ok_or_else(|| bad("its last line is not finished"))?;
        let signatures = lines.split('\n').map(parse_signature).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// The note as text.
    pub fn render(&self) -> String {
        let mut note = format!("{}\n", self.text);
        for signature in &self.signatures {
            let mut bytes = signature.key_id.to_vec();
            bytes.extend(&signature.bytes);
            note.push_str(&format!("\u{2014} {} {}\n", signature.name, BASE64.encode(bytes)));
        }
        note
    }

    /// Whether `key` signed exactly this text.
    pub fn verified_by(&self, key: &PublicKey) -> bool {
        self.signatures
            .iter()
            .filter(|signature| signature.name == key.name && signature.key_id == key.id())
            .any(|signature| key.verifies(self.text.as_bytes(), &signature.bytes))
    }
}

fn check_text(text: &str) -> Result<(), LedgerError> {
    if !text.ends_with('\n') {
        return Err(LedgerError::Note("its text does not end in a line break".to_owned()));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(LedgerError::Note("its text has a control character".to_owned()));
    }
    Ok(())
}

fn parse_signature(line: &str) -> Result<NoteSignature, LedgerError> {
    let bad = || LedgerError::Note(format!("`{line}` is not a signature line"));
    let (name, base64) = line.strip_prefix("\u{2014} ").and_then(|rest| rest.split_once(' ')).ok_or_else(bad)?;
    let bytes = BASE64.decode(base64).map_err(|_| bad())?;
    let (key_id, signature) = bytes.split_first_chunk::<4>().ok_or_else(bad)?;
    if name.is_empty() || name.contains('+') || signature.is_empty() {
        return Err(bad());
    }
    Ok(NoteSignature { name: name.to_owned(), key_id: *key_id, bytes: signature.to_vec() })
}

/// A Merkle tree's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// What the tree is about; no line break.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// The root.
    pub root: Hash,
}

impl Checkpoint {
    /// The three lines that are signed.
    pub fn render(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root))
    }

    /// Reads the three lines; further lines (extensions) are refused, we write none.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        let bad = || LedgerError::Note("its text is not a tree head of three lines".to_owned());
        let lines: Vec<&str> = text.strip_suffix('\n').ok_or_else(bad)?.split('\n').collect();
        let [origin, size, root] = lines.as_slice() else { return Err(bad()) };
        let root = BASE64.decode(root).ok().and_then(|bytes| Hash::try_from(bytes).ok()).ok_or_else(bad)?;
        let head = Self { origin: (*origin).to_owned(), size: size.parse().map_err(|_| bad())?, root };
        // One spelling only: no leading zeros or plus signs.
        if head.origin.is_empty() || head.render() != text { Err(bad()) } else { Ok(head) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed() -> (SignedNote, PublicKey) {
        let keys = Keys::from_seed("ada", [7; 32]).expect("key");
        let head = Checkpoint { origin: "worldproof/seal/kitchen".to_owned(), size: 41, root: [9; 32] };
        (SignedNote::sign(&head.render(), &keys).expect("sign"), keys.public())
    }

    #[test]
    fn notes_round_trip_and_verify() {
        let (note, key) = signed();
        let text = note.render();
        let back = SignedNote::parse(&text).expect("parse");
        assert_eq!(back, note, "round trip");
        assert!(back.verified_by(&key), "verifies");
        assert_eq!(Checkpoint::parse(&back.text).expect("head").size, 41, "head");
        let other = Keys::from_seed("ada", [8; 32]).expect("key").public();
        assert!(!back.verified_by(&other), "other key of the same name");
        let renamed = Keys::from_seed("bob", [7; 32]).expect("key").public();
        assert!(!back.verified_by(&renamed), "same key under another name");
    }

    #[test]
    fn no_changed_byte_verifies() {
        let (note, key) = signed();
        let bytes = note.render().into_bytes();
        for at in 0..bytes.len() {
            for change in [1, 2, 0x10] {
                let mut bad = bytes.clone();
                bad[at] ^= change;
                let Ok(text) = String::from_utf8(bad) else { continue };
                let fine = SignedNote::parse(&text).is_ok_and(|note| note.verified_by(&key));
                assert!(!fine, "byte {at} ^ {change}");
            }
        }
    }

    #[test]
    fn odd_heads_are_refused() {
        for bad in ["", "a\n1\n", "a\n01\nAAAA\n", "a\n1\nAAAA\nmore\n", "\n1\nAAAA\n"] {
            assert!(Checkpoint::parse(bad).is_err(), "{bad:?}");
        }
        assert!(SignedNote::parse("text\n\n").is_err(), "no signature");
        let keys = Keys::from_seed("ada", [7; 32]).expect("key");
        assert!(SignedNote::sign("no line break", &keys).is_err(), "text must end");
    }
}
