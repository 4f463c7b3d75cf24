// Depth from the sun, of the bodies that cast shadows.

@group(2) @binding(0) var colour_picture: texture_2d<f32>;
@group(2) @binding(3) var colour_sampler: sampler;

@vertex
fn shadow_vertex(vertex: Vertex) -> @builtin(position) vec4<f32> {
    return in_map(vertex);
}

fn in_map(vertex: Vertex) -> vec4<f32> {
    choose(vertex.which);
    let at = vec4<f32>(to_world(local_point(vertex)), 1.0);
    let light = vec3<f32>(dot(numbers.shadow_x, at), dot(numbers.shadow_y, at), dot(numbers.shadow_z, at));
    let place = numbers.shadow_place;
    let at_map = place.xy + (light.xy / numbers.shadow_size.x * 0.5 + 0.5) * place.zw;
    return vec4<f32>(at_map.x * 2.0 - 1.0, 1.0 - at_map.y * 2.0, light.z / numbers.shadow_size.y, 1.0);
}

// Of a mesh whose picture has holes.
struct Cut {
    @builtin(position) position: vec4<f32>,
    @location(0) uv: vec2<f32>,
}

@vertex
fn cut_vertex(vertex: Vertex, @location(3) uv: vec2<f32>) -> Cut {
    return Cut(in_map(vertex), uv);
}

@fragment
fn cut_fragment(in: Cut) {
    if textureSample(colour_picture, colour_sampler, in.uv).a < 0.5 {
        discard;
    }
}
