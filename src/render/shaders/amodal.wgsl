// What each instance covers, whatever stands before it: appended to the geometry pass, whose vertex stage it shares, so that the
// same triangles cover the same pixels.

struct Slot {
    // the instance's bit, pixels in a row, rows
    bit: u32,
    width: u32,
    height: u32,
    unused: u32,
}

@group(1) @binding(0) var<storage, read_write> bits: array<atomic<u32>>;
@group(1) @binding(1) var<uniform> slot: Slot;

@fragment
fn amodal_fragment(@builtin(position) position: vec4<f32>) {
    let at = vec2<u32>(position.xy);
    if at.x < slot.width && at.y < slot.height {
        atomicOr(&bits[at.y * slot.width + at.x], slot.bit);
    }
}
