//! How OpenCode is set up for the proxy, by the rules of the proxy's own doctor: which provider, which base URL, which folder
//! (upstream, scripts/doctor.mjs). Its configuration is what OpenCode makes of all its files, of which that doctor reads one.

use std::path::PathBuf;

use baton_native::proxy::{host, port};
use serde_json::Value;

use super::Clients;
use super::opencode_files::filled_in;
use crate::checks::seen::{Seen, moot};

/// The provider unless OPENCODE_PROXY_PROVIDER names another one.
const PROVIDER: &str = "zenproxy";
/// Asks the proxy to pick a model.
const ANY_MODEL: &str = "auto";

/// How OpenCode is set up for the proxy.
pub struct Setup {
    /// Id of the provider.
    pub id: String,
    /// Base URL that the provider should have.
    pub base_url: String,
    /// Folder that the provider's package belongs below.
    pub folder: PathBuf,
    /// What all files of OpenCode say together.
    config: Value,
    /// Whether files or variables name the provider or its base URL.
    pub is_named: bool,
}

impl Setup {
    fn read(clients: &Clients) -> Self {
        let text = |name| clients.var(name).and_then(|value| value.to_str());
        let id = text("OPENCODE_PROXY_PROVIDER").unwrap_or(PROVIDER);
        let base_url = text("OPENCODE_PROXY_BASE_URL").map(str::to_owned);
        let files = clients.opencode_files();
        let folder = match clients.var("OPENCODE_CONFIG_DIR") {
            Some(named) => clients.dir.join(named),
            None => files.folders.first().cloned().unwrap_or_default(),
        };
        let variables = ["OPENCODE_PROXY_PROVIDER", "OPENCODE_PROXY_BASE_URL"];
        let mut setup = Setup {
            id: id.to_owned(),
            base_url: base_url.unwrap_or_else(|| {
                let host = host(&clients.env()).unwrap_or_else(|| "127.0.0.1".to_owned());
                format!("http://{host}:{}/v1", port(&clients.env()))
            }),
            folder,
            config: files.merged(),
            is_named: false,
        };
        setup.is_named = setup.provider().is_some()
            || ["model", "small_model"]
                .iter()
                .any(|role| setup.own_model(role).is_some())
            || files.invalid.iter().any(|text| text.contains(id))
            || variables.iter().any(|name| clients.var(name).is_some());
        setup
    }

    /// The provider's entry; none where it is null, false or empty, as JavaScript has it.
    pub fn provider(&self) -> Option<&Value> {
        let provider = self.config["provider"].get(&self.id)?;
        let is_none = matches!(provider, Value::Null | Value::Bool(false));
        (!is_none && provider != "" && provider != 0).then_some(provider)
    }

    /// The provider's base URL, with the variables that OpenCode replaces.
    pub fn provider_url(&self, clients: &Clients) -> Option<String> {
        let url = self.provider()?["options"]["baseURL"].as_str()?;
        Some(filled_in(clients, url)).filter(|url| !url.is_empty())
    }

    /// What `model` or `small_model` says.
    pub fn model(&self, role: &str) -> Option<&str> {
        self.config[role].as_str().filter(|model| !model.is_empty())
    }

    /// Name of a model of this provider that is `model` or `small_model`.
    pub fn own_model(&self, role: &str) -> Option<&str> {
        self.model(role)?.strip_prefix(&self.id)?.strip_prefix('/')
    }

    /// The models of this provider that OpenCode uses by itself, then those that it offers, each once.
    pub fn models(&self) -> Vec<&str> {
        let used = ["model", "small_model"];
        let used = used.iter().filter_map(|role| self.own_model(role));
        let offered = self
            .provider()
            .and_then(|provider| provider["models"].as_object());
        let mut models = Vec::new();
        for model in used.chain(
            offered
                .into_iter()
                .flat_map(|models| models.keys().map(String::as_str)),
        ) {
            if model != ANY_MODEL && !models.contains(&model) {
                models.push(model);
            }
        }
        models
    }
}

impl Clients {
    /// How OpenCode is set up for the proxy, read once.
    pub fn setup(&self) -> &Setup {
        self.setup.get_or_init(|| Setup::read(self))
    }

    /// Whether OpenCode is here: a program on PATH, or files of its configuration. Its desktop program is on no PATH.
    pub fn has_opencode(&self) -> bool {
        let files = self.opencode_files();
        self.opencode().is_some() || !files.configs.is_empty() || !files.unread.is_empty()
    }

    /// How OpenCode is set up for the proxy, where it should be: something names the provider, or both are here.
    pub fn need_setup(&self) -> Result<&Setup, Seen> {
        let setup = self.setup();
        let is_wanted =
            || self.has_opencode() && self.need_proxy().is_ok_and(|look| look.up().is_some());
        if setup.is_named || is_wanted() {
            Ok(setup)
        } else {
            Err(moot("OpenCode is not set up for the proxy"))
        }
    }

    /// The same, where OpenCode has a configuration that can be read; where not, BTN-D61 says so.
    pub fn need_configured_setup(&self) -> Result<&Setup, Seen> {
        let setup = self.need_setup()?;
        let files = self.opencode_files();
        if files.unread.is_empty() && !files.configs.is_empty() {
            Ok(setup)
        } else {
            Err(moot("OpenCode has no configuration that can be read"))
        }
    }
}
