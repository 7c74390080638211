//! Processes that are killed in the middle of a write, and somebody who reads all the while.

use crate::world::World;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const SAVES: u32 = 1_000;

#[test]
fn whoever_reads_sees_a_whole_file_whenever_a_writer_is_killed() {
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
    let (mut killed, mut finished) = (0, 0);
    for save in 0..SAVES {
        let project = format!("project-{save}");
        let mut writer = world.start(&["set-quota-project", &project], &[]);
        // From before it begins to after it has ended: every point of the write is met.
        std::thread::sleep(Duration::from_micros(u64::from(save % 100) * 60));
        writer.kill().expect("kill");
        if writer.wait().expect("the end").success() { finished += 1 } else { killed += 1 }
    }
    stop.store(true, Ordering::Relaxed);
    let reads = reader.join().expect("the reader saw no half file");
    assert!(killed > 100 && finished > 10 && reads > 1_000, "{killed} {finished} {reads}");
    let mut after = world.json(world.adc());
    after.as_object_mut().expect("an object").remove("quota_project_id");
    assert_eq!(after, before, "nothing but the project has changed");
    world.run(&["print-access-token"]).stdout();
}
