//! What can go wrong while drawing.

/// Why nothing could be drawn.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// No driver at all.
    #[error(
        "no graphics driver (Vulkan) was found: install one for your GPU, or the software driver (on Debian and Ubuntu: apt install mesa-vulkan-drivers)"
    )]
    NoDriver,
    /// The adapter refused a device.
    #[error(
        "the graphics adapter {adapter} gave no device ({reason}): close other programs where memory is short, else update its driver or install mesa-vulkan-drivers"
    )]
    NoDevice {
        /// Name and driver.
        adapter: String,
        /// The driver's words.
        reason: String,
    },
    /// A picture with no pixels.
    #[error("the camera's picture is {width} x {height} px: both sides must be at least 1 px")]
    Empty {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// A picture beyond the device's limits.
    #[error(
        "the camera's picture is {width} x {height} px, the limit {limit_name} of this graphics device allows {limit}: ask for a smaller picture"
    )]
    TooLarge {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// wgpu's name of the limit.
        limit_name: &'static str,
        /// Its value: pixels a side, or bytes.
        limit: u64,
    },
    /// More bodies than ids.
    #[error("the scene has {count} bodies, at most {limit} can be drawn: split the scene")]
    TooManyBodies {
        /// Bodies in the snapshot.
        count: usize,
        /// The most that fit.
        limit: usize,
    },
    /// More lamps than there is room for.
    #[error(
        "the scene has {count} lamps, at most {limit} can be drawn: merge lamps that hang close together, or let surfaces glow"
    )]
    TooManyLamps {
        /// Lamps in the snapshot.
        count: usize,
        /// The most that fit.
        limit: usize,
    },
    /// A lamp that gives no light that could be drawn.
    #[error(
        "the lamp {name} has a number that is not finite, an irradiance, an angle or a radius below 0, or an inner angle beyond its outer one: correct it"
    )]
    Lamp {
        /// Its name.
        name: String,
    },
    /// The next snapshot does not fit.
    #[error("the next snapshot has {next} bodies and this one {now}: flow needs the same bodies in the same order")]
    OtherBodies {
        /// Bodies now.
        now: usize,
        /// Bodies in the next snapshot.
        next: usize,
    },
    /// The camera's numbers make no picture.
    #[error("the camera's {field} is {value}: it must be a finite number and focal lengths above 0")]
    Camera {
        /// Which field.
        field: &'static str,
        /// What it holds.
        value: f64,
    },
    /// The device cannot tell what is hidden.
    #[error(
        "the graphics adapter {adapter} cannot write to buffers while it draws, so what is hidden cannot be told: use another adapter or update the driver"
    )]
    NoCovers {
        /// Its name.
        adapter: String,
    },
    /// The device cannot draw our scenes at all.
    #[error(
        "the graphics adapter {adapter} cannot read buffers of numbers while it places vertices: use its Vulkan driver, or the software driver (on Debian and Ubuntu: apt install mesa-vulkan-drivers)"
    )]
    NoStorage {
        /// Its name.
        adapter: String,
    },
    /// The device has no room left.
    #[error(
        "the graphics device has no memory left for this: ask for a smaller picture, or close other programs that draw"
    )]
    OutOfMemory,
    /// wgpu reported an error; its words.
    #[error("the graphics device failed ({0}): restart the program; if it happens again, update the driver")]
    Device(String),
}
