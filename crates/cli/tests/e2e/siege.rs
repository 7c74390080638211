//! What happens to a sign-in under siege: a crowd for as long as it is told to, a full disk, a disk that
//! cannot be written, a kill at every system call of a save.
//!
//! Linux alone: file systems are mounted where no other process sees them, and strace sends the kills.
//! `HALLPASS_TEST_SECONDS` is how long the crowd stays; `cargo xtask trust` lets it stay for a minute.
#![expect(
    clippy::disallowed_methods,
    reason = "a crowd that stays for a while needs a clock and a variable"
)]

use hallpass_testbed::{LOGIN, World};
use serde_json::Value;
use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

const CROWD: usize = 200;

/// How long one token is good in the crowd's world.
const ROUND: Duration = Duration::from_secs(2);

fn seconds() -> u64 {
    let told = std::env::var("HALLPASS_TEST_SECONDS").ok();
    told.map_or(6, |text| text.parse().expect("HALLPASS_TEST_SECONDS is a number"))
}

#[test]
fn two_hundred_processes_at_once_make_one_refresh_for_each_token_and_lose_nothing() {
    let world = World::signed_in();
    let grant = world.json(world.adc())["refresh_token"].clone();
    let (done, runs, reads) = (AtomicBool::new(false), AtomicU32::new(0), AtomicU32::new(0));
    let rounds = thread::scope(|scope| {
        for _ in 0..CROWD {
            scope.spawn(|| {
                while !done.load(Relaxed) {
                    let token = world.run(&["print-access-token"]).stdout();
                    assert!(token.starts_with("ya29."), "{token}");
                    runs.fetch_add(1, Relaxed);
                }
            });
        }
        scope.spawn(|| {
            while !done.load(Relaxed) {
                for file in [
                    vec!["gcloud/application_default_credentials.json".to_owned()],
                    world.side_records(),
                ]
                .concat()
                {
                    let whole: Result<Value, _> = serde_json::from_str(&world.read(&file));
                    assert!(whole.is_ok(), "half of {file} was read");
                    reads.fetch_add(1, Relaxed);
                }
            }
        });
        let until = Instant::now() + Duration::from_secs(seconds());
        let mut rounds = 0;
        while Instant::now() < until {
            thread::sleep(ROUND);
            world.emulator.advance(Duration::from_secs(3600));
            rounds += 1;
        }
        thread::sleep(ROUND);
        done.store(true, Relaxed);
        rounds
    });
    let (runs, reads) = (runs.into_inner(), reads.into_inner());
    println!(
        "{runs} runs by {CROWD} processes at once, {reads} reads beside them, {rounds} tokens that ended"
    );
    assert_eq!(
        world.token_requests("refresh_token"),
        rounds,
        "one refresh for each token that ended"
    );
    assert_eq!(world.json(world.adc())["refresh_token"], grant, "the grant is not lost");
}

/// Runs a script where it may mount what no other process sees.
fn in_a_world_of_its_own(world: &World, script: &str) -> hallpass_testbed::Run {
    let hallpass = env!("CARGO_BIN_EXE_hallpass");
    let words = ["--map-root-user", "--mount", "sh", "-euc", script, "sh", hallpass];
    world.finish(world.command_of("unshare", &words).output().expect("unshare (util-linux)"))
}

#[test]
fn full_disk_costs_neither_the_token_nor_the_file() {
    let world = World::signed_in();
    world.expire_access_token();
    let before = world.json(world.adc());
    let run = in_a_world_of_its_own(
        &world,
        r#"
        mv gcloud gcloud.kept; mv hallpass hallpass.kept; mkdir gcloud hallpass
        for folder in gcloud hallpass; do
            mount -t tmpfs -o size=64k,mode=700 tmpfs $folder
            cp -r $folder.kept/. $folder/
            dd if=/dev/zero of=$folder/filler bs=1k count=64 2>/dev/null && exit 96 || true
        done
        "$1" print-access-token
        if "$1" set-quota-project other-project; then exit 97; fi
        cmp gcloud/application_default_credentials.json gcloud.kept/application_default_credentials.json
        ls -A gcloud > listing"#,
    );
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stdout.starts_with("ya29."), "{run:?}");
    assert!(run.stderr.contains("No space left on device"), "{run:?}");
    assert_eq!(
        world.read("listing"),
        "application_default_credentials.json\nfiller\n",
        "nothing half made"
    );
    assert_eq!(world.json("gcloud.kept/application_default_credentials.json"), before);
}

#[test]
fn disk_that_cannot_be_written_does_not_cost_the_token() {
    let world = World::signed_in();
    world.expire_access_token();
    let run = in_a_world_of_its_own(
        &world,
        r#"
        for folder in gcloud hallpass; do
            mount --bind $folder $folder; mount -o remount,bind,ro $folder
        done
        "$1" print-access-token; "$1" print-access-token
        if "$1" set-quota-project other-project; then exit 97; fi"#,
    );
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.stdout.lines().filter(|line| line.starts_with("ya29.")).count(), 2, "{run:?}");
    assert!(run.stderr.contains("Read-only file system"), "{run:?}");
}

/// The calls that a save is made of, and those around them.
const CALLS: &[&str] = &[
    "openat",
    "read",
    "write",
    "close",
    "statx",
    "newfstatat",
    "fsync",
    "fchmod",
    "rename",
    "renameat",
    "unlink",
    "mkdir",
    "getdents64",
    "getrandom",
    "mmap",
    "munmap",
    "brk",
];

#[test]
fn kill_at_any_system_call_of_a_save_leaves_the_old_file_or_the_new() {
    let world = World::signed_in();
    let mut kills = 0;
    for call in CALLS {
        for number in 1.. {
            assert!(number < 200, "{call} is called without end");
            let project = format!("project-{call}-{number}").replace('_', "-");
            let inject = format!("inject={call}:signal=KILL:when={number}");
            let mut command: Command =
                world.command_of("strace", &["-qq", "-o", "/dev/null", "-e", &inject]);
            command.arg(env!("CARGO_BIN_EXE_hallpass")).args(["set-quota-project", &project]);
            let status = command.output().expect("strace (`apt-get install strace`)").status;
            let text = fs::read_to_string(world.adc()).expect("the file is always there");
            let file: Value = serde_json::from_str(&text).expect("and always whole");
            assert!(file["refresh_token"].is_string(), "{call} {number}: {text}");
            if status.success() {
                assert_eq!(file["quota_project_id"], project.as_str());
                break;
            }
            kills += 1;
            // Else the next one would look at what this one has left, and make a call more each time.
            for left in world.files().iter().filter(|file| file.contains(".hallpass-")) {
                fs::remove_file(world.path(left)).expect("remove");
            }
        }
    }
    assert!(kills > 50, "{kills}");
    world.run(&["print-access-token"]).stdout();
}

/// What a login asks the system for, in a shell whose umask hides nothing: `openat("PATH", FLAGS, MODE) = 3<PATH>`.
#[test]
fn what_is_saved_is_private_and_flushed_before_it_gets_its_name() {
    let world = World::new();
    let calls = "trace=openat,mkdir,mkdirat,fsync,fdatasync,rename,renameat,renameat2,linkat";
    // A file for each thread: no call is torn in two by another thread's.
    let script = format!(r#"umask 000; exec strace -ff -y -qq -s 300 -o calls -e {calls} "$@""#);
    let mut login = world.command_of("sh", &["-c", &script, "sh", env!("CARGO_BIN_EXE_hallpass")]);
    world.finish(login.args(LOGIN).output().expect("strace (`apt-get install strace`)")).done();
    let threads = world.files().into_iter().filter(|file| file.starts_with("calls."));
    let named: usize = threads.map(|file| renames(&world, &world.read(file))).sum();
    assert!(named >= 2, "the sign-in and its record");
}

/// Checks the calls of one thread; returns how many files got their name.
fn renames(world: &World, calls: &str) -> usize {
    let home = world.path("").display().to_string();
    let ours = |line: &&str| {
        ["gcloud", "hallpass"].iter().any(|name| line.contains(&format!("{home}{name}")))
    };
    let ours: Vec<&str> = calls.lines().filter(ours).collect();
    for line in &ours {
        let made = line.contains("O_CREAT") && !line.contains(", 0600)");
        assert!(!made, "not private from its first byte: {line}");
        assert!(!line.starts_with("mkdir") || line.contains(", 0700)"), "{line}");
    }
    let is_flushed = |lines: &[&str], path: &str| {
        let file = format!("<{path}>)");
        lines
            .iter()
            .any(|line| line.starts_with("fsync(") && line.contains(&file) && line.ends_with("= 0"))
    };
    let renames = ours.iter().enumerate().filter(|(_, line)| line.starts_with("rename"));
    for (at, line) in renames.clone() {
        let old = line.split('"').nth(1).expect("a name");
        let folder = old.rsplit_once('/').expect("a folder").0;
        assert!(is_flushed(&ours[..at], old), "named before it is on the disk: {line}\n{calls}");
        assert!(is_flushed(&ours[at..], folder), "the name is not on the disk: {line}\n{calls}");
    }
    renames.count()
}
