//! Goes through a list, page after page, and leaves one without end.
//!
//! In: a path, and what a page looks like. Out: a stream of items; a page is asked for when the one before is used up.
//! Not here: what is listed (`models`).

use crate::{Client, Error};
use bytes::Bytes;
use futures_util::stream::{self, Stream, TryStreamExt};
use http::Method;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::time::Instant;

/// No list of Google's has more; a server that does not stop is left here.
const MOST_PAGES: usize = 1000;
const MOST_ITEMS: usize = 100_000;
const MOST_BYTES: usize = 64 * 1024 * 1024;
const LONGEST: Duration = Duration::from_secs(300);

/// A page of 1000 models is about 700 KiB.
const LARGEST_PAGE: usize = 4 * 1024 * 1024;

/// One page of a list.
pub(crate) trait Page: DeserializeOwned {
    type Item;

    /// Returns its items, and the token of the next page, empty if there is none.
    fn into_parts(self) -> (Vec<Self::Item>, String);
}

/// Returns every item of the list at `path`.
pub(crate) fn items<'a, P: Page<Item: Send> + 'a>(
    client: &'a Client,
    path: String,
    page_size: Option<u32>,
) -> impl Stream<Item = Result<P::Item, Error>> + Send + 'a {
    let first = Walk { client, path, page_size, token: Some(String::new()), seen: Seen::default() };
    let pages = stream::try_unfold(first, |mut walk| async move {
        let Some(token) = walk.token.take() else { return Ok(None) };
        let page = walk.page::<P>(&token).await?;
        Ok::<_, Error>(Some((stream::iter(page.into_iter().map(Ok)), walk)))
    });
    Box::pin(pages.try_flatten())
}

struct Walk<'a> {
    client: &'a Client,
    path: String,
    page_size: Option<u32>,
    /// The page that comes next; empty for the first.
    token: Option<String>,
    seen: Seen,
}

/// What has come so far; the time is that of waiting for pages.
#[derive(Default)]
struct Seen {
    pages: usize,
    items: usize,
    bytes: usize,
    waited: Duration,
}

impl Walk<'_> {
    async fn page<P: Page>(&mut self, token: &str) -> Result<Vec<P::Item>, Error> {
        let asked = Instant::now();
        let left = LONGEST.saturating_sub(self.seen.waited);
        let body =
            tokio::time::timeout(left, self.ask(token)).await.map_err(|_| without_end())??;
        let page: P = serde_json::from_slice(&body).map_err(|_| Error::not_the_json())?;
        let (items, next) = page.into_parts();
        self.seen.pages += 1;
        self.seen.items += items.len();
        self.seen.bytes += body.len();
        self.seen.waited += asked.elapsed();
        if self.seen.items > MOST_ITEMS {
            return Err(without_end());
        }
        self.token = self.after(token, next)?;
        Ok(items)
    }

    async fn ask(&self, token: &str) -> Result<Bytes, Error> {
        let mut request = self.client.request(Method::GET, &self.path);
        if let Some(page_size) = self.page_size {
            request = request.query("pageSize", &page_size.to_string());
        }
        if !token.is_empty() {
            request = request.query("pageToken", token);
        }
        request.limit(LARGEST_PAGE.min(MOST_BYTES - self.seen.bytes)).bytes().await
    }

    fn after(&self, current: &str, next: String) -> Result<Option<String>, Error> {
        if next.is_empty() {
            Ok(None)
        } else if next == current {
            Err(Error::unexpected("a list sends us back to the same page"))
        } else if self.seen.pages >= MOST_PAGES || self.seen.bytes >= MOST_BYTES {
            Err(without_end())
        } else {
            Ok(Some(next))
        }
    }
}

fn without_end() -> Error {
    Error::unexpected("a list has no end")
}
