// Holes where a mesh's picture has them, for what draws depth alone; `in_map` is the place in the map.

@group(2) @binding(0) var colour_picture: texture_2d<f32>;
@group(2) @binding(4) var colour_sampler: sampler;

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
