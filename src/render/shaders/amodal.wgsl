// What each instance covers, whatever stands before it: appended to the geometry pass, whose vertex stage and shapes it shares, so
// that both cover the same pixels.

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
fn amodal_fragment(in: Varying) {
    let at = vec2<u32>(in.position.xy);
    if MET != AS_FACETS && !met_at(in, normalize(in.at)).is_met {
        return;
    }
    if at.x < slot.width && at.y < slot.height {
        atomicOr(&bits[at.y * slot.width + at.x], slot.bit);
    }
}

// The same of a mesh whose picture has holes.
@fragment
fn cut_fragment(in: Varying) {
    let at = vec2<u32>(in.position.xy);
    let colour = textureSample(colour_picture, colour_sampler, in.local.xy);
    if colour.a >= 0.5 && at.x < slot.width && at.y < slot.height {
        atomicOr(&bits[at.y * slot.width + at.x], slot.bit);
    }
}
