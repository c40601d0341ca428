//! The key that the secrets of webhooks and triggers follow from: a file beside the store, so that who reads the
//! store, or a copy of it, has none of them.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, bail};

/// The file in the data folder. A server that lost it makes another one, and each secret is another one then.
const FILE: &str = "hooks.key";
const BYTES: usize = 32;

/// Reads the key, or makes it where there is none: whole or not at all, and for its owner only.
pub(crate) fn open(data: &Path) -> anyhow::Result<[u8; BYTES]> {
    let path = data.join(FILE);
    match std::fs::read(&path) {
        Ok(bytes) => match bytes.try_into() {
            Ok(key) => Ok(key),
            Err(_) => bail!("{} does not hold {BYTES} bytes; put the right file back", path.display()),
        },
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let key: [u8; BYTES] = rand::random();
            write(&path, &key).with_context(|| format!("can't write {}", path.display()))?;
            Ok(key)
        }
        Err(e) => Err(e).with_context(|| format!("can't read {}", path.display())),
    }
}

fn write(path: &Path, key: &[u8]) -> std::io::Result<()> {
    let aside = path.with_extension("key.new");
    let _ = std::fs::remove_file(&aside);
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    out.write_all(key)?;
    out.sync_all()?;
    std::fs::rename(&aside, path)?;
    // The name too: a secret that was shown must not follow from a key that a power cut takes back.
    path.parent().map_or(Ok(()), |folder| std::fs::File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn it_stays_the_same_and_is_its_owners_only() {
        let folder = tempfile::tempdir().unwrap();
        let key = open(folder.path()).unwrap();
        assert_eq!(open(folder.path()).unwrap(), key);
        let mode = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(folder.path().join(FILE), b"short").unwrap();
        assert!(open(folder.path()).unwrap_err().to_string().contains("32 bytes"));
    }
}
