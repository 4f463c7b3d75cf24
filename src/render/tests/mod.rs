//! Pictures against analytic rays, and against themselves. They need a Vulkan driver (a software one will do) and fail
//! without; `WORLDPROOF_NO_GPU=1` skips them on machines that cannot have one.

mod scene;

use std::sync::OnceLock;

use glam::DVec3;

use super::{Channel, Gpu, PictureTarget, Renderer, TileRect};
use crate::base::png::encode_rgb;
use crate::world::snapshot::Snapshot;

/// One device for all tests; `None` only where the environment says so.
pub(super) fn gpu() -> Option<Gpu> {
    static SHARED: OnceLock<Option<Gpu>> = OnceLock::new();
    SHARED
        .get_or_init(|| {
            if std::env::var_os("WORLDPROOF_NO_GPU").is_some_and(|value| value == "1") {
                return None;
            }
            Some(Gpu::headless().expect("a graphics driver; set WORLDPROOF_NO_GPU=1 to skip"))
        })
        .clone()
}

/// Saves pictures for people to look at where WORLDPROOF_PICTURES names a folder.
#[test]
fn pictures_for_people() {
    let (Some(gpu), Some(folder)) = (gpu(), std::env::var_os("WORLDPROOF_PICTURES")) else { return };
    let folder = std::path::PathBuf::from(folder);
    let mut renderer = Renderer::new(&gpu).expect("renderer");
    let save = |name: &str, rgb: &crate::base::Rgb| {
        let bytes = encode_rgb(rgb).expect("png");
        crate::base::files::write_whole(&folder.join(name), &bytes).expect("written");
    };
    for (name, light) in [("bright.png", scene::light()), ("dim.png", scene::dim())] {
        let now = Snapshot { light, ..scene::tabletop(640, 480) };
        save(name, &renderer.frame(&now, None).expect("frame").colour);
    }
    let mut close = scene::tabletop(960, 720);
    close.camera.world_from_camera =
        crate::base::Pose::looking_at(DVec3::new(-0.15, 0.18, 1.02), DVec3::new(0.17, 0.02, 0.82));
    save("close.png", &renderer.frame(&close, None).expect("frame").colour);
    let mut wide = scene::tabletop(960, 540);
    wide.camera.world_from_camera =
        crate::base::Pose::looking_at(DVec3::new(-1.3, -1.1, 1.7), DVec3::new(0.35, 0.0, 0.7));
    save("wide.png", &renderer.frame(&wide, None).expect("frame").colour);
}
