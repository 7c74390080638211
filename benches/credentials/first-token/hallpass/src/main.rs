//! From an ADC file to a request header: hallpass.
//!
//! In: `CREDENTIALS` (a file) and `TOKEN_URI`. Out: the header's length, so that nothing is optimised away.

use hallpass::Credential;
use hallpass::file::AuthorizedUser;
use hallpass::http::HttpClient;
use hallpass::source::CachedSource;
use hallpass::store::{FileStore, GrantStore, MemoryStore};
use std::path::Path;
use std::sync::Arc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let file = std::env::var("CREDENTIALS")?;
        let user = AuthorizedUser::from_file(Path::new(&file))?;
        let client = user.client();
        let client =
            client.clone().with_uris(client.auth_uri().to_owned(), std::env::var("TOKEN_URI")?);
        let store: Arc<dyn GrantStore> = match std::env::var_os("STORE") {
            Some(folder) => Arc::new(FileStore::new(folder)),
            None => Arc::new(MemoryStore::default()),
        };
        let source =
            CachedSource::new(client, user.refresh_token().clone(), HttpClient::default(), store);
        let headers = Credential::new(source).headers().await?;
        println!("{}", headers["authorization"].len());
        Ok(())
    })
}
