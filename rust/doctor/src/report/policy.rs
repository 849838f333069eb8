//! What the page may do: show its own style, and nothing else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The Content-Security-Policy of a page whose one `<style>` holds exactly this text: no script, no request, no form, no
/// other style. The hash is that of CSP Level 3, section 4.2 ("sha256-", base64).
pub fn policy_of(style: &str) -> String {
    let hash = STANDARD.encode(Sha256::digest(style));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}
