//! The graphics device: our own, or the one that egui draws with.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::RenderError;

/// A handle to one graphics device; clones share it.
#[derive(Clone, Debug)]
pub struct Gpu {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    info: wgpu::AdapterInfo,
    errors: Arc<Mutex<Vec<RenderError>>>,
    lost: Arc<OnceLock<String>>,
    /// Whether fragments can write to buffers.
    pub(super) fragments_write: bool,
    /// Whether vertices can read from them.
    vertices_read: bool,
}

/// Errors kept until someone asks; later ones are dropped, so that a failing device cannot eat memory.
const MOST_ERRORS: usize = 32;

impl Gpu {
    /// A device without a window: a real GPU where there is one, else a software driver. GL is asked only where there is
    /// nothing else. `WGPU_BACKEND` and `WGPU_ADAPTER_NAME` choose another.
    pub fn headless() -> Result<Self, RenderError> {
        let mut adapters = adapters(wgpu::Backends::PRIMARY);
        if adapters.is_empty() {
            adapters = self::adapters(wgpu::Backends::GL);
        }
        if let Ok(wanted) = std::env::var("WGPU_ADAPTER_NAME") {
            let wanted = wanted.to_lowercase();
            adapters.retain(|adapter| adapter.get_info().name.to_lowercase().contains(&wanted));
        }
        adapters.sort_by_key(|adapter| rank(&adapter.get_info()));
        let adapter = adapters.into_iter().next().ok_or(RenderError::NoDriver)?;
        let offered = adapter.limits();
        // every channel of a picture lies in one buffer
        let max_buffer_size = offered.max_buffer_size;
        let limits = wgpu::Limits { max_buffer_size, ..wgpu::Limits::downlevel_defaults().using_resolution(offered) };
        let described =
            wgpu::DeviceDescriptor { label: Some("headless"), required_limits: limits, ..Default::default() };
        let (device, queue) = pollster::block_on(adapter.request_device(&described))
            .map_err(|err| RenderError::NoDevice { adapter: describe(&adapter.get_info()), reason: err.to_string() })?;
        Ok(Self::shared(&adapter, device, queue))
    }

    /// egui's device; wgpu's handles are cheap clones. From here on this handle keeps the device's uncaptured errors
    /// ([`Gpu::take_errors`]) instead of letting them end the program.
    pub fn shared(adapter: &wgpu::Adapter, device: wgpu::Device, queue: wgpu::Queue) -> Self {
        let errors = Arc::new(Mutex::new(Vec::new()));
        let store = Arc::clone(&errors);
        device.on_uncaptured_error(Arc::new(move |err: wgpu::Error| keep(&store, told(&err))));
        let store = Arc::clone(&errors);
        let lost: Arc<OnceLock<String>> = Arc::default();
        let first = Arc::clone(&lost);
        device.set_device_lost_callback(move |reason, text| {
            let why = if text.is_empty() { "it was given up".to_owned() } else { text.clone() };
            // only the first loss counts
            first.set(why).ok();
            // the device is also "lost" when it is dropped on purpose
            if reason != wgpu::DeviceLostReason::Destroyed {
                keep(&store, RenderError::Device(format!("the device was lost: {text}")));
            }
        });
        let able = adapter.get_downlevel_capabilities().flags;
        let has_storage = device.limits().max_storage_buffers_per_shader_stage > 1;
        let fragments_write = able.contains(wgpu::DownlevelFlags::FRAGMENT_WRITABLE_STORAGE) && has_storage;
        let vertices_read = able.contains(wgpu::DownlevelFlags::VERTEX_STORAGE) && has_storage;
        Self { device, queue, info: adapter.get_info(), errors, lost, fragments_write, vertices_read }
    }

    /// The adapter's name.
    pub fn adapter_name(&self) -> String {
        self.info.name.trim().to_owned()
    }

    /// Driver and version.
    pub fn driver_text(&self) -> String {
        [self.info.driver.trim(), self.info.driver_info.trim()].join(" ").trim().to_owned()
    }

    /// The graphics interface (`vulkan`, `gl`, …).
    pub fn backend_name(&self) -> String {
        self.info.backend.to_string()
    }

    /// Whether the processor draws, for want of a GPU or of its driver.
    pub fn is_software(&self) -> bool {
        self.info.device_type == wgpu::DeviceType::Cpu
    }

    /// Why the device draws no more, once it was lost.
    pub fn lost(&self) -> Option<String> {
        self.lost.get().cloned()
    }

    /// Gives the device up, as a driver that fails does: for tests of what comes after.
    pub fn destroy(&self) {
        self.device.destroy();
        // the loss is told while the device is asked how far it is; that it cannot say is known
        self.device.poll(wgpu::PollType::Poll).ok();
    }

    /// Waits until everything that was submitted is drawn.
    ///
    /// # Errors
    /// When the device is lost.
    pub fn finish(&self) -> Result<(), RenderError> {
        self.device
            .poll(wgpu::PollType::wait_indefinitely())
            .map(drop)
            .map_err(|err| RenderError::Device(err.to_string()))
    }

    /// Refuses a device that cannot draw our scenes.
    pub(super) fn refuse_incapable(&self) -> Result<(), RenderError> {
        if self.vertices_read { Ok(()) } else { Err(RenderError::NoStorage { adapter: self.adapter_name() }) }
    }

    /// The first error since the last call, if there was one.
    pub(super) fn check(&self) -> Result<(), RenderError> {
        self.take_errors().into_iter().next().map_or(Ok(()), Err)
    }

    /// What went wrong: the device's own words where it has some.
    pub(super) fn failed(&self, otherwise: &str) -> RenderError {
        self.take_errors().into_iter().next().unwrap_or_else(|| RenderError::Device(otherwise.to_owned()))
    }

    /// The errors since the last call, oldest first; at most 32 are kept.
    pub fn take_errors(&self) -> Vec<RenderError> {
        std::mem::take(&mut *self.errors.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What `WGPU_BACKEND` names, or else `backends`, offers.
fn adapters(backends: wgpu::Backends) -> Vec<wgpu::Adapter> {
    let mut described = wgpu::InstanceDescriptor::new_without_display_handle_from_env();
    if std::env::var_os("WGPU_BACKEND").is_none() {
        described.backends = backends;
    }
    let instance = wgpu::Instance::new(described);
    pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()))
}

/// Lower is better: real GPUs before software, Vulkan, Metal and DX12 before GL.
fn rank(info: &wgpu::AdapterInfo) -> (u8, u8) {
    let kind = match info.device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    };
    (kind, u8::from(info.backend == wgpu::Backend::Gl))
}

fn describe(info: &wgpu::AdapterInfo) -> String {
    let driver = [info.driver.trim(), info.driver_info.trim()].join(" ");
    format!("{} ({}, {})", info.name.trim(), info.backend, driver.trim())
}

/// What wgpu reports, as ours.
fn told(err: &wgpu::Error) -> RenderError {
    match err {
        wgpu::Error::OutOfMemory { .. } => RenderError::OutOfMemory,
        other => RenderError::Device(other.to_string()),
    }
}

fn keep(store: &Mutex<Vec<RenderError>>, err: RenderError) {
    let mut kept = store.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() < MOST_ERRORS {
        kept.push(err);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_memory_is_told_with_its_own_cure() {
        let err = told(&wgpu::Error::OutOfMemory { source: "no room".into() });
        assert!(matches!(err, RenderError::OutOfMemory) && err.to_string().contains("smaller picture"), "{err}");
    }
}
