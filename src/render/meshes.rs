//! Meshes on the GPU: the unit meshes for as long as the renderer lives, those that shapes bring for as long as they are used.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Gpu;
use super::mesh::{Mesh, MeshId, MeshKey, MeshKind, Vertex, key};
use super::pictures::{Dress, Wardrobe};
use crate::world::snapshot::{self as world, Shape, Snapshot};

/// Bytes of shapes' own meshes and their pictures that are kept on the GPU though the last picture did not show them.
const KEPT_BYTES: u64 = 256 << 20;

/// A mesh that can be drawn.
#[derive(Debug)]
pub(super) struct GpuMesh {
    pub(super) vertices: wgpu::Buffer,
    pub(super) indices: wgpu::Buffer,
    pub(super) format: wgpu::IndexFormat,
    pub(super) count: u32,
}

/// A mesh that a shape brought.
#[derive(Debug)]
struct Own {
    /// Held, so that no other mesh takes its place in memory and thereby its key.
    _mesh: Arc<world::Mesh>,
    on_gpu: GpuMesh,
    dress: Option<Dress>,
    bytes: u64,
    /// The picture that needed it last.
    used: u64,
}

/// All meshes of one renderer.
#[derive(Debug)]
pub(super) struct Meshes {
    /// By kind, then coarse to fine.
    unit: Vec<Vec<GpuMesh>>,
    own: BTreeMap<MeshKey, Own>,
    wardrobe: Wardrobe,
    pictures: u64,
}

impl Meshes {
    /// With the unit meshes uploaded.
    pub(super) fn new(gpu: &Gpu, picture_layout: &wgpu::BindGroupLayout) -> Self {
        let upload = |mesh: &Mesh| {
            let mut words = mesh.indices.clone();
            // Copies go in steps of four bytes.
            words.resize(words.len().next_multiple_of(2), 0);
            GpuMesh::new(
                gpu,
                &mesh.vertices,
                bytemuck::cast_slice(&words),
                (wgpu::IndexFormat::Uint16, mesh.indices.len()),
            )
        };
        let unit = MeshKind::ALL.map(|kind| Mesh::levels(kind).iter().map(upload).collect()).into();
        Self { unit, own: BTreeMap::new(), wardrobe: Wardrobe::new(picture_layout), pictures: 0 }
    }

    /// Uploads what `snapshots` bring and is not there yet, and lets go what has not been used for longest.
    pub(super) fn bring<'a>(&mut self, gpu: &Gpu, snapshots: impl Iterator<Item = &'a Snapshot>) {
        self.pictures += 1;
        for body in snapshots.flat_map(|now| &now.bodies) {
            let Shape::Mesh(mesh) = &body.shape else { continue };
            let own = self.own.entry(key(mesh)).or_insert_with(|| Own::new(gpu, mesh, &mut self.wardrobe));
            own.used = self.pictures;
        }
        let mut bytes: u64 = self.own.values().map(|own| own.bytes).sum();
        while bytes + self.wardrobe.bytes() > KEPT_BYTES {
            let unused = self.own.iter().filter(|(_, own)| own.used < self.pictures);
            let Some((key, freed)) = unused.min_by_key(|(_, own)| own.used).map(|(key, own)| (*key, own.bytes)) else {
                break;
            };
            self.own.remove(&key);
            self.wardrobe.tidy();
            bytes -= freed;
        }
    }

    /// Lays the pictures of `mesh` on what is drawn next.
    pub(super) fn dress(&self, pass: &mut wgpu::RenderPass<'_>, mesh: MeshId) {
        let MeshId::Own(key) = mesh else { return };
        if let Some(dress) = self.own.get(&key).and_then(|own| own.dress.as_ref()) {
            dress.put_on(pass);
        }
    }

    /// The mesh to draw.
    pub(super) fn get(&self, mesh: MeshId) -> Option<&GpuMesh> {
        match mesh {
            MeshId::Unit(kind, level) => self.unit.get(kind as usize)?.get(level),
            MeshId::Own(key) => self.own.get(&key).map(|own| &own.on_gpu),
        }
    }
}

impl Own {
    fn new(gpu: &Gpu, mesh: &Arc<world::Mesh>, wardrobe: &mut Wardrobe) -> Self {
        let vertex = |vertex: &world::MeshVertex| Vertex { core: vertex.position, normal: vertex.normal };
        let vertices: Vec<Vertex> = mesh.vertices().iter().map(vertex).collect();
        let indices = mesh.triangles().as_flattened();
        let on_gpu =
            GpuMesh::new(gpu, &vertices, bytemuck::cast_slice(indices), (wgpu::IndexFormat::Uint32, indices.len()));
        let bytes = (size_of_val(&*vertices) + size_of_val(indices)) as u64;
        let dress = mesh.pictures().map(|textured| wardrobe.dress(gpu, textured));
        Self { _mesh: Arc::clone(mesh), on_gpu, dress, bytes, used: 0 }
    }
}

impl GpuMesh {
    fn new(gpu: &Gpu, vertices: &[Vertex], indices: &[u8], (format, count): (wgpu::IndexFormat, usize)) -> Self {
        let upload = |label, bytes: &[u8], usage| {
            let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                // An empty mesh has buffers too.
                size: bytes.len().max(4) as u64,
                usage: usage | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            });
            gpu.queue.write_buffer(&buffer, 0, bytes);
            buffer
        };
        Self {
            vertices: upload("vertices", bytemuck::cast_slice(vertices), wgpu::BufferUsages::VERTEX),
            indices: upload("indices", indices, wgpu::BufferUsages::INDEX),
            format,
            count: count as u32,
        }
    }
}
