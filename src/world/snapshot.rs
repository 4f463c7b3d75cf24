//! What others may see of a world at one time: shapes with poses and materials, light and the camera.

use std::sync::Arc;

use glam::{DVec2, DVec3};

pub use super::mesh::{Holds, Mesh, MeshVertex, Picture, Pictures, Texture, Textured, Wrap};
pub use super::panorama::{Dome, Level, Panorama};
use crate::base::Pose;

/// What makes a camera's picture differ from the renderer's, with a draw's numbers.
pub type SensorModel = crate::family::SensorModel<f64>;

/// Everything needed to draw one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Seconds since the episode began.
    pub time_s: f64,
    /// In order of `instance`, which starts at 1 and is unique except where several shapes make one instance (an arm).
    pub bodies: Vec<Body>,
    /// Sun and sky.
    pub light: Light,
    /// Lamps beside them, in the order in which they were put there.
    pub lamps: Vec<Lamp>,
    /// What is all round instead of the sky, of which `light` has the means then.
    pub dome: Option<Dome>,
    /// What is in the air and on the ground.
    pub weather: Weather,
    /// The camera.
    pub camera: Camera,
}

/// A rigid shape that is seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// Instance id, from 1; 0 is what no body covers. Shapes of one thing share it.
    pub instance: u16,
    /// What it is, for labels.
    pub class: Class,
    /// For people and files (`"canister"`).
    pub name: Arc<str>,
    /// Geometry in its own frame.
    pub shape: Shape,
    /// How it looks.
    pub material: Material,
    /// `world_from_body`.
    pub pose: Pose,
}

/// Label classes, with fixed ids that go into files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Walls, floor: not labelled as a thing.
    Background = 0,
    /// The table.
    Table = 1,
    /// The canister.
    Canister = 2,
    /// An arm of the robot, hand included.
    RobotArm = 3,
    /// Anything else on the table.
    Clutter = 4,
    /// A whole robot.
    Robot = 5,
    /// A car, a van, a lorry.
    Vehicle = 6,
    /// Somebody on foot.
    Pedestrian = 7,
    /// Somebody on a bicycle, with it.
    Cyclist = 8,
    /// What one may drive on, with its markings.
    Road = 9,
    /// A person at a table, or what is seen of one.
    Human = 10,
    /// A circuit board as it should be. The twenties are the inspection stage's.
    Board = 20,
    /// Defect: a trace that is cut through.
    Open = 21,
    /// Defect: copper that joins two nets.
    Short = 22,
    /// Defect: a notch in a trace.
    Mousebite = 23,
    /// Defect: copper that sticks out of a trace.
    Spur = 24,
    /// Defect: copper that touches nothing.
    SpuriousCopper = 25,
    /// Defect: a hole in copper.
    PinHole = 26,
}

impl Class {
    /// All classes in order of their id.
    pub const ALL: [Self; 18] = [
        Self::Background,
        Self::Table,
        Self::Canister,
        Self::RobotArm,
        Self::Clutter,
        Self::Robot,
        Self::Vehicle,
        Self::Pedestrian,
        Self::Cyclist,
        Self::Road,
        Self::Human,
        Self::Board,
        Self::Open,
        Self::Short,
        Self::Mousebite,
        Self::Spur,
        Self::SpuriousCopper,
        Self::PinHole,
    ];

    /// Whether it is what things stand on and before: walls, floor, road.
    pub fn is_scene(self) -> bool {
        matches!(self, Self::Background | Self::Road)
    }

    /// The name that goes into files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Background => "background",
            Self::Table => "table",
            Self::Canister => "canister",
            Self::RobotArm => "robot_arm",
            Self::Clutter => "clutter",
            Self::Robot => "robot",
            Self::Vehicle => "vehicle",
            Self::Pedestrian => "pedestrian",
            Self::Cyclist => "cyclist",
            Self::Road => "road",
            Self::Human => "human",
            Self::Board => "board",
            Self::Open => "open",
            Self::Short => "short",
            Self::Mousebite => "mousebite",
            Self::Spur => "spur",
            Self::SpuriousCopper => "copper",
            Self::PinHole => "pin_hole",
        }
    }
}

/// Geometry, centred on the body's origin, in metres.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A box whose edges are rounded by `round`.
    Box {
        /// Half its extent along x, y and z.
        half: DVec3,
        /// Radius of its edges; 0 is sharp. Less than the smallest half extent.
        round: f64,
    },
    /// A ball.
    Sphere {
        /// Its radius.
        radius: f64,
    },
    /// A cylinder along z whose rims are rounded by `round`.
    Cylinder {
        /// Its radius.
        radius: f64,
        /// Half its height.
        half_height: f64,
        /// Radius of its rims.
        round: f64,
    },
    /// A cylinder along z with half balls on both ends.
    Capsule {
        /// Its radius.
        radius: f64,
        /// Half the height of the straight part.
        half_height: f64,
    },
    /// A truncated cone along z: `bottom` at −z, `top` at +z.
    Cone {
        /// Radius at the lower end.
        bottom: f64,
        /// Radius at the upper end.
        top: f64,
        /// Half its height.
        half_height: f64,
    },
    /// Triangles in the body's frame, wherever its origin lies.
    Mesh(Arc<Mesh>),
}

/// How a surface looks: procedural, placed by the body's own coordinates, so that it sticks while the body moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Material {
    /// The pattern.
    pub surface: Surface,
    /// Linear RGB of the main colour, 0 to 1.
    pub colour: [f32; 3],
    /// Linear RGB of the pattern's second colour; with pictures ([`Surface::Textured`]) that of the light given off.
    pub second: [f32; 3],
    /// 0 mirror to 1 chalk.
    pub roughness: f32,
    /// 0 dielectric to 1 metal.
    pub metallic: f32,
    /// Size of the pattern's features in metres.
    pub scale_m: f32,
    /// Which of the endless variants of the pattern.
    pub seed: u32,
    /// How much of a clear, smooth coat (refractive index 1.5) lies over it, 0 to 1: varnish, car paint.
    pub coat: f32,
    /// The light that it gives off: its colour (with pictures: `second`) times this is a radiance, in which white paper under a sun
    /// of 1 has 1.
    pub glow: f32,
    /// Share of the light that goes in and leaves on the other side, tinted by the colour, 0 to 1: 1 is clear glass. What is seen
    /// through it is not bent: thin walls and panes.
    pub transmission: f32,
}

/// Procedural patterns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// One colour with faint mottling.
    Plain = 0,
    /// Boards with grain along x.
    Wood = 1,
    /// Woven cloth.
    Fabric = 2,
    /// Brushed metal, streaks along x.
    Brushed = 3,
    /// Cast concrete or plaster.
    Concrete = 4,
    /// A printed label: a band round z in `second`, with rows of marks.
    Label = 5,
    /// A chequer, for calibration.
    Chequer = 6,
    /// Floor tiles with joints in `second`.
    Tile = 7,
    /// Rolled asphalt, or with a larger scale any rough ground: aggregate, worn bands along x in `second`.
    Asphalt = 8,
    /// A scan after its threshold: white where the colour is brighter than a half, else black, whatever the light.
    Threshold = 9,
    /// As [`Self::Plain`], but its edges are not smoothed: every pixel is what lies at its middle.
    Crisp = 10,
    /// One colour and nothing else.
    Even = 11,
    /// Corrugated cardboard: flutes along x.
    Cardboard = 12,
    /// Skin with blotches in `second`, creases and pores.
    Skin = 13,
    /// Leaves with their shade in `second`.
    Foliage = 14,
    /// The pictures that the mesh brings, times the colour; as [`Self::Even`] where it brings none.
    Textured = 15,
}

impl Surface {
    /// All patterns in order of their number.
    pub const ALL: [Self; 16] = [
        Self::Plain,
        Self::Wood,
        Self::Fabric,
        Self::Brushed,
        Self::Concrete,
        Self::Label,
        Self::Chequer,
        Self::Tile,
        Self::Asphalt,
        Self::Threshold,
        Self::Crisp,
        Self::Even,
        Self::Cardboard,
        Self::Skin,
        Self::Foliage,
        Self::Textured,
    ];

    /// As a family's file has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "Plain",
            Self::Wood => "Wood",
            Self::Fabric => "Fabric",
            Self::Brushed => "Brushed",
            Self::Concrete => "Concrete",
            Self::Label => "Label",
            Self::Chequer => "Chequer",
            Self::Tile => "Tile",
            Self::Asphalt => "Asphalt",
            Self::Threshold => "Threshold",
            Self::Crisp => "Crisp",
            Self::Even => "Even",
            Self::Cardboard => "Cardboard",
            Self::Skin => "Skin",
            Self::Foliage => "Foliage",
            Self::Textured => "Textured",
        }
    }
}

/// All light of the scene.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Light {
    /// Unit vector towards the sun (or the main lamp), world frame.
    pub sun_direction: DVec3,
    /// Linear RGB irradiance of the sun on a surface that faces it; (1, 1, 1) makes white paper white at exposure 1.
    pub sun: [f32; 3],
    /// Angular radius of the sun in radians: how soft shadows are. The real sun has 0.0047; a window far more.
    pub sun_radius_rad: f32,
    /// Linear RGB radiance of the sky straight up.
    pub sky: [f32; 3],
    /// Linear RGB radiance of what lies at the horizon.
    pub horizon: [f32; 3],
    /// Linear RGB radiance from below.
    pub ground: [f32; 3],
    /// Multiplies linear radiance before the tone curve.
    pub exposure: f32,
}

/// A lamp: a small ball that shines all round or within a cone. Its light falls off with the square of the distance.
#[derive(Clone, Debug, PartialEq)]
pub struct Lamp {
    /// For people and files (`"headlamp"`).
    pub name: Arc<str>,
    /// Its middle, world frame.
    pub position: DVec3,
    /// Unit vector along the cone's axis, world frame.
    pub direction: DVec3,
    /// Half the cone's angle within which it shines fully, in radians; π shines all round.
    pub inner_rad: f32,
    /// Half the cone's angle beyond which it does not shine; at least `inner_rad`.
    pub outer_rad: f32,
    /// Its radius in metres: how soft its shadows are.
    pub radius_m: f32,
    /// Linear RGB irradiance on a surface that faces it 1 m away, in the unit of [`Light::sun`].
    pub at_1_m: [f32; 3],
    /// Whether bodies shade others from it. A picture has room for 256 maps: a cone takes one, what shines all round six; lamps
    /// beyond that shine through.
    pub casts: bool,
}

/// What is in the air and on the ground.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Weather {
    /// Extinction by fog per metre: 3.912 over the meteorological visibility (Koschmieder 1924, contrast 2 %).
    pub fog_per_m: f32,
    /// Extinction by dust per metre.
    pub dust_per_m: f32,
    /// Rain in millimetres an hour.
    pub rain_mm_h: f32,
    /// Snowfall in millimetres of water an hour.
    pub snow_mm_h: f32,
    /// How wet what lies open is: 0 dry to 1 covered by a film of water.
    pub wetness: f32,
    /// Share of level ground that lies under puddles, 0 to 1.
    pub puddles: f32,
}

impl Weather {
    /// How much light fog, dust, rain and snow take in a metre, visible or near infrared. Rain and snow by their rate, after the fits
    /// of Atlas (1953: 0.365 R^0.63 per km) and of Koh and Lacombe (1986, near 1.6 S per km for dry snow).
    pub fn extinctions_per_m(&self) -> [f64; 4] {
        let [fog, dust, rain, snow] =
            [self.fog_per_m, self.dust_per_m, self.rain_mm_h, self.snow_mm_h].map(|value| f64::from(value).max(0.0));
        [fog, dust, 0.365e-3 * libm::pow(rain, 0.63), 1.6e-3 * snow]
    }
}

/// A pinhole camera. Pixel centres lie at half-integers; (0, 0) is the top-left corner of the top-left pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Pixels in a row.
    pub width_px: u32,
    /// Rows.
    pub height_px: u32,
    /// Focal length in pixels, x and y.
    pub focal_px: DVec2,
    /// Principal point in pixels.
    pub centre_px: DVec2,
    /// Optical frame: +x right, +y down, +z forward.
    pub world_from_camera: Pose,
}

impl Camera {
    /// A camera with square pixels and the principal point in the middle.
    pub fn with_vertical_fov(width_px: u32, height_px: u32, fov_deg: f64, world_from_camera: Pose) -> Self {
        let focal = 0.5 * f64::from(height_px) / libm::tan(0.5 * fov_deg.to_radians());
        let centre_px = DVec2::new(f64::from(width_px), f64::from(height_px)) * 0.5;
        Self { width_px, height_px, focal_px: DVec2::splat(focal), centre_px, world_from_camera }
    }

    /// Where a world point appears, in pixels, and its depth along the optical axis in metres (negative behind).
    pub fn project(&self, world: DVec3) -> (DVec2, f64) {
        let at = self.world_from_camera.inverse().point(world);
        (DVec2::new(at.x, at.y) / at.z * self.focal_px + self.centre_px, at.z)
    }
}
