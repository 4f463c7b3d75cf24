//! The textures that the window shows: drawn by our workers on the shared device, or uploaded from memory.

use std::collections::BTreeMap;

use eframe::egui::{self, ImageData, TextureHandle, TextureId};
use eframe::egui_wgpu::RenderState;
use eframe::wgpu::{FilterMode, TextureView};

use crate::app::widgets::picture;

/// Native textures by the worker's key. A worker has two; a few more live while sizes change.
pub(super) struct NativeTextures {
    state: RenderState,
    known: BTreeMap<u64, TextureId>,
}

impl NativeTextures {
    /// None yet.
    pub(super) fn new(state: RenderState) -> Self {
        Self { state, known: BTreeMap::new() }
    }

    /// The id under which egui shows `view`, registered at its first sight.
    pub(super) fn id(&mut self, key: u64, view: &TextureView) -> TextureId {
        *self.known.entry(key).or_insert_with(|| {
            self.state.renderer.write().register_native_texture(&self.state.device, view, FilterMode::Linear)
        })
    }
}

impl NativeTextures {
    /// As [`Self::id`] for a worker that has one texture at a time: its former ones are forgotten. The upper half of a key
    /// names the worker.
    pub(super) fn only(&mut self, key: u64, view: &TextureView) -> TextureId {
        let former: Vec<u64> = self.known.keys().copied().filter(|old| old >> 32 == key >> 32 && *old != key).collect();
        for old in former {
            if let Some(id) = self.known.remove(&old) {
                self.state.renderer.write().free_texture(&id);
            }
        }
        self.id(key, view)
    }
}

/// Pictures uploaded from memory, each under a name; an upload replaces the one before.
#[derive(Default)]
pub(super) struct Uploads {
    handles: BTreeMap<String, TextureHandle>,
}

impl Uploads {
    /// Uploads `image` under `name`.
    pub(super) fn put(&mut self, ctx: &egui::Context, name: &str, image: impl Into<ImageData>) -> TextureId {
        if let Some(handle) = self.handles.get_mut(name) {
            handle.set(image, picture::texture_options());
            return handle.id();
        }
        let handle = ctx.load_texture(name, image, picture::texture_options());
        let id = handle.id();
        self.handles.insert(name.to_owned(), handle);
        id
    }

    /// The texture under `name`.
    pub(super) fn id(&self, name: &str) -> Option<TextureId> {
        self.handles.get(name).map(TextureHandle::id)
    }

    /// Forgets those whose name begins with `start`.
    pub(super) fn forget(&mut self, start: &str) {
        self.handles.retain(|name, _| !name.starts_with(start));
    }
}
