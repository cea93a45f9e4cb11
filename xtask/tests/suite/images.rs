//! A step whose container is started from an image that an earlier one has built, when that image is gone.

use crate::stop::{PORT, SERVE};
use crate::world::{World, docker, labelled};

/// A step that builds an image, one that is beside the point, one that starts a container from the image, and one that leaves
/// that running.
fn book() -> tempfile::TempDir {
    let book = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| std::fs::write(book.path().join(path), text).expect("a file");
    std::fs::create_dir(book.path().join("src")).expect("a folder");
    write("book.toml", "[book]\ntitle = \"Images\"\n[preprocessor.scenario]\nneeds = [\"static-libc\"]\n");
    write(
        "src/SUMMARY.md",
        "# Summary\n\n- [One](one.md)\n- [Two](two.md)\n- [Three](three.md)\n- [Four](four.md)\n",
    );
    let dockerfile = "FROM scratch\nENTRYPOINT [\"/serve\"]\nCOPY serve /serve";
    write(
        "src/one.md",
        &format!(
            "# One\n\n```c file=image/serve.c\n{}\n```\n\n```dockerfile file=image/Dockerfile\n{dockerfile}\n```\n\n\
             ```console\n$ cc -static -o image/serve image/serve.c\n$ docker build -t t-image:1 image/\n```\n",
            SERVE.trim()
        ),
    );
    write("src/two.md", "# Two\n\n```text file=notes.txt\ntwo\n```\n");
    write(
        "src/three.md",
        &format!(
            "# Three\n\n```console ready={PORT} within=60s\n\
             $ docker run -d --net=host --name=t-image t-image:1 {PORT}\n```\n"
        ),
    );
    write("src/four.md", "# Four\n\n```text file=notes.txt append\nfour\n```\n");
    book
}

#[test]
fn an_image_that_is_gone_is_built_again_and_a_container_started_again() {
    let book = book();
    let Some(world) = World::of(book.path(), "images") else { return };
    world.passes(&["step", "3"]);
    docker(&["rm", "-f", "t-image"]);
    docker(&["rmi", "-f", "t-image:1"]);
    world.passes(&["step", "3"]).says("docker build -t t-image:1 image/");
    // A container of an earlier step, seen from a later one.
    world.passes(&["step", "4"]);
    docker(&["rm", "-f", "t-image"]);
    world.passes(&["step", "4"]).says("running the commands of step 3: container `t-image` is not running");
    assert_eq!(docker(&["inspect", "--format", "{{.State.Running}}", "t-image"]), "true");
    world.passes(&["down"]);
}

#[test]
fn a_proof_from_a_kept_state_builds_the_image_again_and_leaves_nothing() {
    let book = book();
    let Some(world) = World::of(book.path(), "images") else { return };
    world.passes(&["verify"]);
    world
        .passes(&["verify", "--from", "3"])
        .says("note running the commands of step 1: there is no image `t-image:1`")
        .says("✓ docker run -d --net=host --name=t-image t-image:1");
    assert_eq!(docker(&["ps", "-aq", "--filter", "name=t-image"]), "");
    assert_eq!(labelled(), "");
}
