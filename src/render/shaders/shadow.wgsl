// Depth from the sun, of the bodies that cast shadows.

@vertex
fn shadow_vertex(vertex: Vertex) -> @builtin(position) vec4<f32> {
    let at = vec4<f32>(to_world(local_point(vertex)), 1.0);
    let light = vec3<f32>(dot(numbers.shadow_x, at), dot(numbers.shadow_y, at), dot(numbers.shadow_z, at));
    return vec4<f32>(
        light.x / numbers.shadow_size.x,
        -light.y / numbers.shadow_size.x,
        light.z / numbers.shadow_size.y,
        1.0,
    );
}
