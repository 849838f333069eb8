//! Where the proxy keeps its usage.jsonl, and how that is shown (USE-035).

use std::path::{Path, PathBuf};

/// The usage file: `configured` (USAGE_DB_PATH), else the proxy's default place. None where it is switched off.
#[must_use]
pub fn usage_path(configured: Option<&str>, user_home: &Path) -> Option<PathBuf> {
    let configured = configured.unwrap_or_default();
    match configured.trim().to_lowercase().as_str() {
        "off" | "false" | "0" => None,
        _ if configured.is_empty() => Some(user_home.join(".config/opencode-proxy/usage.jsonl")),
        _ => Some(PathBuf::from(configured)),
    }
}

/// The path with `~` for the home directory.
#[must_use]
pub fn shown_path(path: &Path, user_home: &Path) -> String {
    match path.strip_prefix(user_home) {
        Ok(rest) if user_home.parent().is_some() => {
            format!("~/{}", rest.to_string_lossy().replace('\\', "/"))
        }
        _ => path.to_string_lossy().into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_place_is_shown_without_the_home_directory() {
        let home = Path::new("/home/u");
        let shown = |configured| usage_path(configured, home).map(|path| shown_path(&path, home));
        let default = Some("~/.config/opencode-proxy/usage.jsonl".to_owned());
        assert_eq!(shown(None), default);
        assert_eq!(shown(Some("")), default);
        assert_eq!(shown(Some("/home/u/x.jsonl")), Some("~/x.jsonl".to_owned()));
        assert_eq!(shown(Some("/srv/x.jsonl")), Some("/srv/x.jsonl".to_owned()));
        assert_eq!(shown(Some(" OFF ")), None);
        assert_eq!(shown_path(Path::new("/x"), Path::new("/")), "/x");
    }
}
