//! The examples of docs/emulator.md, run as they stand there: a stranger's tests in shell, Node and Python.

use hallpass_testbed::World;

#[test]
fn shell_example_runs_the_node_example_with_an_emulator_of_its_own() {
    let world = World::with_proxy();
    let output = world.example_in_node_folder("with-emulator.sh", "models.test.mjs");
    assert!(output.contains("# pass 1\n"), "{output}");
}

#[test]
fn pytest_example_signs_in_expires_and_fails_on_demand() {
    let output = World::with_proxy().pytest_example("test_sign_in.py");
    assert!(output.contains("3 passed"), "{output}");
}

#[test]
fn pytest_example_scripts_the_answers_of_a_model() {
    let output = World::with_proxy().pytest_example("test_scripted.py");
    assert!(output.contains("2 passed"), "{output}");
}
