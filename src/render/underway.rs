//! Pictures that are being drawn: whoever asked goes on, and reads them later, on whatever thread.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use super::readback::{Extra, ReadLayout, unpack, unpack_extra};
use super::{Frame, Gpu, RenderError};

/// A frame that takes longer means a hung driver.
const PATIENCE: Duration = Duration::from_mins(2);
/// Buffers that are kept for pictures to come.
const MOST_KEPT: usize = 16;

/// Buffers that pictures are read from, used again.
#[derive(Clone, Debug, Default)]
pub(super) struct Stagings(Arc<Mutex<Vec<wgpu::Buffer>>>);

impl Stagings {
    /// One of at least `size` bytes.
    pub(super) fn take(&self, gpu: &Gpu, size: u64) -> wgpu::Buffer {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = kept.iter().position(|buffer| buffer.size() >= size);
        if let Some(at) = fits {
            return kept.swap_remove(at);
        }
        // those of other sizes have had their day
        kept.clear();
        gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("staging"),
            size,
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        })
    }

    fn give_back(&self, buffer: wgpu::Buffer) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MOST_KEPT {
            kept.push(buffer);
        }
    }
}

/// Bytes that the device is writing.
#[derive(Debug)]
pub(super) struct Bytes {
    gpu: Gpu,
    buffer: wgpu::Buffer,
    size: u64,
    index: wgpu::SubmissionIndex,
    stagings: Stagings,
}

impl Bytes {
    /// The first `size` bytes of `buffer`, which is one of `stagings`, once `index` is through.
    pub(super) fn new(
        gpu: &Gpu,
        stagings: &Stagings,
        (buffer, size): (wgpu::Buffer, u64),
        index: wgpu::SubmissionIndex,
    ) -> Self {
        Self { gpu: gpu.clone(), buffer, size, index, stagings: stagings.clone() }
    }

    /// Waits, and lets `read` see them.
    pub(super) fn read<T>(self, read: impl FnOnce(&[u8]) -> T) -> Result<T, RenderError> {
        self.wait()?;
        self.gpu.check()?;
        let out = {
            let mapped = self.buffer.get_mapped_range(..self.size);
            read(&mapped.map_err(|err| RenderError::Device(err.to_string()))?)
        };
        self.buffer.unmap();
        self.stagings.give_back(self.buffer);
        Ok(out)
    }

    /// Maps the buffer once the work is done.
    fn wait(&self) -> Result<(), RenderError> {
        let (send, receive) = mpsc::sync_channel(1);
        self.buffer.map_async(wgpu::MapMode::Read, ..self.size, move |result| {
            // the receiver is gone only when the wait gave up
            send.send(result).ok();
        });
        let wait = wgpu::PollType::Wait { submission_index: Some(self.index.clone()), timeout: Some(PATIENCE) };
        self.gpu.device.poll(wait).map_err(|err| self.gpu.failed(&err.to_string()))?;
        // another thread's poll may be the one that runs our callback
        match receive.recv_timeout(PATIENCE) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(err)) => Err(self.gpu.failed(&err.to_string())),
            Err(err) => Err(self.gpu.failed(&err.to_string())),
        }
    }
}

/// A picture that is being drawn.
#[derive(Debug)]
pub struct Underway {
    pub(super) bytes: Bytes,
    pub(super) size: [u32; 2],
    pub(super) layout: ReadLayout,
}

impl Underway {
    /// Waits for it and reads it into `frame`, whose memory is used again. After an error `frame` holds what it held.
    ///
    /// # Errors
    /// When the device failed.
    pub fn read(self, frame: &mut Frame) -> Result<Extra, RenderError> {
        let (size, layout) = (self.size, self.layout);
        self.bytes.read(|bytes| {
            unpack(bytes, size, layout, frame);
            unpack_extra(bytes, size, layout)
        })
    }
}
