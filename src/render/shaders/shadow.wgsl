// Depth from the sun, of the bodies that cast shadows.

@vertex
fn shadow_vertex(vertex: Vertex) -> @builtin(position) vec4<f32> {
    let at = vec4<f32>(to_world(local_point(vertex)), 1.0);
    let light = vec3<f32>(dot(frame.shadow_x, at), dot(frame.shadow_y, at), dot(frame.shadow_z, at));
    return vec4<f32>(
        light.x / frame.shadow_size.x,
        -light.y / frame.shadow_size.x,
        light.z / frame.shadow_size.y,
        1.0,
    );
}
