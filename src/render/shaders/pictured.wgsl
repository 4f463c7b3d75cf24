// Meshes with pictures of their own: the geometry pass where colour, roughness, metal, normals and light given off come from them. Where the
// picture has a hole there is nothing, in every channel. Vertices hand on their place on the pictures as their place in the body.

@group(2) @binding(0) var colour_picture: texture_2d<f32>;
@group(2) @binding(1) var roughness_picture: texture_2d<f32>;
@group(2) @binding(2) var normal_picture: texture_2d<f32>;
@group(2) @binding(3) var light_picture: texture_2d<f32>;
@group(2) @binding(4) var colour_sampler: sampler;
@group(2) @binding(5) var roughness_sampler: sampler;
@group(2) @binding(6) var normal_sampler: sampler;
@group(2) @binding(7) var light_sampler: sampler;

@vertex
fn pictured_vertex(vertex: Vertex, @location(3) uv: vec2<f32>) -> Varying {
    var out = varying_of(vertex);
    out.local = vec3<f32>(uv, 0.0);
    return out;
}

// What the picture's normal adds to the surface's, in the world's axes: red along the picture's width, green up its height.
fn leaning(in: Varying, normal: vec3<f32>, across: vec3<f32>) -> vec3<f32> {
    let at_x = dpdx(in.at);
    let at_y = dpdy(in.at);
    let uv_x = dpdx(in.local.xy);
    let uv_y = dpdy(in.local.xy);
    let turn = select(-1.0, 1.0, uv_x.x * uv_y.y - uv_x.y * uv_y.x >= 0.0);
    let wide = (at_x * uv_y.y - at_y * uv_x.y) * turn;
    let high = (at_x * uv_y.x - at_y * uv_x.x) * turn;
    let right = wide - normal * dot(normal, wide);
    let up = high - normal * dot(normal, high);
    let lean = right * inverseSqrt(max(dot(right, right), 1e-30)) * across.x + up * inverseSqrt(max(dot(up, up), 1e-30)) * across.y;
    return lean / max(across.z, 0.2);
}

@fragment
fn pictured_fragment(in: Varying) -> Targets {
    let uv = in.local.xy;
    let colour = textureSample(colour_picture, colour_sampler, uv);
    let rough = textureSample(roughness_picture, roughness_sampler, uv);
    let across = (textureSample(normal_picture, normal_sampler, uv).xyz * 255.0 - 128.0) / 127.0;
    let light = textureSample(light_picture, light_sampler, uv).rgb * in.second.rgb * bitcast<f32>(in.ids.w);
    let normal = normalize(in.normal);
    let lean = leaning(in, normal, across);
    if colour.a < 0.5 {
        discard;
    }
    var look: Look;
    look.colour = in.colour.rgb * colour.rgb;
    look.roughness = max(in.colour.w * rough.g, 0.02);
    look.metallic = in.second.w * rough.b;
    return written(in, Place(in.at, normal, in.local, in.next, 1.0 / in.position.w), look, lean, light);
}
