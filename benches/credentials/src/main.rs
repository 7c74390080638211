//! `cargo xtask bench credentials`: hallpass beside the crates that hand out Google credentials, on the
//! same machine, in the same run, against the same loopback server, as tables.

mod cached;
mod crowd;
mod dependencies;
mod first_token;
mod peers;
mod server;
mod trouble;

use cached::{Cost, Floor};
use crowd::Crowd;
use peers::{
    GcloudAuth, GcpAuth, HallpassHeaders, HallpassToken, OfficialHeaders, OfficialToken,
    YupServiceAccount, YupUser,
};
use server::Server;
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Runtime;
use trouble::{Recovery, Trouble};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let server = Server::start()?;
    let folder = std::env::temp_dir().join(format!("credentials-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let outcome = tables(&runtime, &server, &folder);
    std::fs::remove_dir_all(&folder)?;
    let _ = std::fs::remove_file(peers::yup_file());
    // What a peer has left hanging shall not hold the process.
    runtime.shutdown_background();
    Ok(outcome?)
}

fn tables(runtime: &Runtime, server: &Server, folder: &Path) -> Result<(), String> {
    cached_table(runtime, server)?;
    first_token_table(server, folder)?;
    crowd_table(runtime, server);
    trouble_table(runtime, server);
    dependency_table()
}

fn cached_table(runtime: &Runtime, server: &Server) -> Result<(), String> {
    let costs = [
        cached::measure::<Floor>(runtime, server)?,
        cached::measure::<HallpassHeaders>(runtime, server)?,
        cached::measure::<HallpassToken>(runtime, server)?,
        cached::measure::<OfficialHeaders>(runtime, server)?,
        cached::measure::<OfficialToken>(runtime, server)?,
        cached::measure::<YupUser>(runtime, server)?,
        cached::measure::<GcpAuth>(runtime, server)?,
        cached::measure::<GcloudAuth>(runtime, server)?,
    ];
    println!(
        "\n| a valid token from the cache | ns | to the floor | ns, two threads | allocations |"
    );
    println!("|---|---|---|---|---|");
    for Cost { name, ns, ns_on_two_threads, allocations } in &costs {
        let ratio = ns / costs[0].ns;
        println!("| {name} | {ns:.0} | {ratio:.2} | {ns_on_two_threads:.0} | {allocations} |");
    }
    Ok(())
}

fn first_token_table(server: &Server, folder: &Path) -> Result<(), String> {
    let figures = first_token::measure(server, folder)?;
    let ours = figures[1].1;
    println!("\n| process start to first header, over loopback | ms, median | to ours |");
    println!("|---|---|---|");
    for (name, ms) in &figures {
        println!("| {name} | {ms:.2} | {:.2} |", ms / ours);
    }
    let requests = first_token::processes(server, folder)?;
    println!("\n100 processes of ours at once, one store: {requests} token request(s)");
    Ok(())
}

fn crowd_table(runtime: &Runtime, server: &Server) {
    let show = |figures: &Result<(u64, Duration), String>| match figures {
        Ok((requests, time)) => format!("{requests} / {:.0} ms", time.as_secs_f64() * 1000.0),
        Err(error) => short(error),
    };
    let delay = crowd::DELAY_MS;
    println!(
        "\n| 10,000 tasks at once, a reply takes {delay} ms: requests / wall | cold | just expired |"
    );
    println!("|---|---|---|");
    for Crowd { name, cold, expired } in [
        crowd::measure::<HallpassHeaders>(runtime, server),
        crowd::measure::<OfficialHeaders>(runtime, server),
        crowd::measure::<YupUser>(runtime, server),
        crowd::measure::<GcpAuth>(runtime, server),
        crowd::measure::<GcloudAuth>(runtime, server),
    ] {
        println!("| {name} | {} | {} |", show(&cold), show(&expired));
    }
}

fn trouble_table(runtime: &Runtime, server: &Server) {
    println!(
        "\n| endpoint in trouble | 50 callers on 503: requests / wall | token after a healed 503 | after a healed invalid_grant |"
    );
    println!("|---|---|---|---|");
    for Trouble { name, callers, after_503, after_400 } in [
        trouble::measure::<HallpassHeaders>(runtime, server),
        trouble::measure::<OfficialHeaders>(runtime, server),
        trouble::measure::<YupServiceAccount>(runtime, server),
        trouble::measure::<GcpAuth>(runtime, server),
        trouble::measure::<GcloudAuth>(runtime, server),
    ] {
        let callers = match callers {
            Ok((requests, time)) => format!("{requests} / {:.0} ms", time.as_secs_f64() * 1000.0),
            Err(error) => short(&error),
        };
        println!("| {name} | {callers} | {} | {} |", recovery(&after_503), recovery(&after_400));
    }
}

fn recovery(recovery: &Recovery) -> String {
    match recovery {
        Recovery::After { calls: 1, .. } => "first call".to_owned(),
        Recovery::After { time, .. } => format!("{:.1} s", time.as_secs_f64()),
        Recovery::Never => "not within 12 s".to_owned(),
        Recovery::Untried(error) => short(error),
    }
}

fn dependency_table() -> Result<(), String> {
    println!("\n| distinct crates, default features, build dependencies included | |\n|---|---|");
    for package in ["hallpass", "yup-oauth2", "gcp-auth", "gcloud-auth", "google-cloud-auth"] {
        println!("| {package} | {} |", dependencies::count(package)?);
    }
    Ok(())
}

/// An error of a peer as a cell of a table.
fn short(error: &str) -> String {
    error.chars().filter(|character| !"|\n".contains(*character)).take(60).collect()
}
