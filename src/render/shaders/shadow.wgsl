// Depth from the sun, of the bodies that cast shadows.

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
