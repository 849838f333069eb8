//! Answers `name_workspace`.

use baton_state::git::{Naming, workspace_of};
use baton_state::proto::conformance::v1::{NameWorkspace, Response};

/// The workspace that a remote stands for; no text where it stands for none.
pub fn answer(question: &NameWorkspace) -> Response {
    let naming = Naming {
        key: question.key.as_deref(),
        config: question.config.as_ref(),
    };
    Response {
        text: workspace_of(question.url(), naming),
        ..Response::default()
    }
}
