//! Processes that are killed in the middle of a write, and a reader all the while.
#![expect(
    clippy::disallowed_methods,
    reason = "a kill in the middle needs to know how long a save takes"
)]

use hallpass_testbed::World;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const SAVES: u32 = 1_000;

/// On a busy machine the kills come early, rather than the test late.
const LONGEST: Duration = Duration::from_millis(5);

#[test]
fn a_reader_sees_a_whole_file_whenever_a_writer_is_killed() {
    let world = World::signed_in();
    let before = world.json(world.adc());
    let (adc, stop) = (world.adc(), Arc::new(AtomicBool::new(false)));
    let stopped = Arc::clone(&stop);
    let reader = std::thread::spawn(move || {
        let mut reads = 0_u32;
        while !stopped.load(Ordering::Relaxed) {
            let text = std::fs::read_to_string(&adc).expect("the file is always there");
            let file: Value = serde_json::from_str(&text).expect("and always whole");
            assert!(file["refresh_token"].is_string(), "{text}");
            reads += 1;
        }
        reads
    });
    // As long as one save takes here and now, so that every point of it is met.
    let begun = Instant::now();
    world.run(&["set-quota-project", "project-zero"]);
    let whole = begun.elapsed().min(LONGEST);
    let (mut killed, mut finished) = (0, 0);
    for save in 0..SAVES {
        let project = format!("project-{save}");
        let mut writer = world.start(&["set-quota-project", &project], &[]);
        std::thread::sleep(whole * (save % 100) / 50);
        writer.kill().expect("kill");
        if writer.wait().expect("the end").success() { finished += 1 } else { killed += 1 }
    }
    stop.store(true, Ordering::Relaxed);
    let reads = reader.join().expect("the reader saw no half file");
    assert!(killed > 0 && reads > 0, "{killed} {finished} {reads}");
    let mut after = world.json(world.adc());
    after.as_object_mut().expect("an object").remove("quota_project_id");
    assert_eq!(after, before, "nothing but the project has changed");
    world.run(&["print-access-token"]).stdout();
}
