//! The whole job once: example study, real (or stand-in) set, synthetic set, drift, seal, gate, pack, verification, report.

use std::path::PathBuf;

use crate::base::Monitor;
use crate::data::Origin;
use crate::gate::Verdict;
use crate::render::Gpu;
use crate::study::Study;

use super::compare::{CompareRequest, Comparison, Measuring};
use super::generate::{GenerateRequest, Generated};
use super::generator::{Look, Procedural};
use super::import::{ImportRequest, Imported};
use super::method::Placement;
use super::place::{Place, Stamp};
use super::verify::PackChecked;
use super::{RunError, compare, export, gate, generate, import, new, report, seal, verify};

/// The synthetic set's name.
const SYNTHETIC: &str = "light_step";
/// The stand-in's name: it says what it is.
const STAND_IN: &str = "stand_in";
/// Stand-in episodes are drawn far from the synthetic ones.
const STAND_IN_FROM: u64 = 1_000_000;
/// Enough episodes that a permutation by episode can be small.
const STAND_IN_COUNT: u64 = 9;
/// Every sixth state of 30 Hz: 5 frames a second.
const EVERY: u32 = 6;

/// What to run.
#[derive(Clone, Debug)]
pub struct DemoRequest {
    /// The person's own data; a stand-in is rendered where `None`.
    pub real: Option<PathBuf>,
    /// Draws to generate.
    pub draws: u64,
    /// The study's seed.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug)]
pub struct Demo {
    /// The set taken in.
    pub imported: Imported,
    /// The synthetic set.
    pub generated: Generated,
    /// How they differ.
    pub comparison: Comparison,
    /// The gate's word.
    pub verdict: Verdict,
    /// The pack's folder.
    pub pack: PathBuf,
    /// What verification found.
    pub checked: PackChecked,
    /// The report's file.
    pub report: PathBuf,
}

/// Runs it in `place`, whose folder must not hold a study yet.
///
/// # Errors
/// The first step that cannot be done; what earlier steps wrote stays and is whole.
pub fn demo(place: &Place, request: &DemoRequest, stamp: &Stamp, monitor: &dyn Monitor) -> Result<Demo, RunError> {
    let mut study = new::new(place, request.seed, stamp)?;
    let gpu = Gpu::headless()?;
    let family = study.families.first().map(|family| family.id.clone()).unwrap_or_default();
    let imported = take_in(place, &mut study, request, &family, &gpu, stamp, monitor)?;
    let ask = generate_request(&family, SYNTHETIC, 0, request.draws, Origin::Synthetic);
    let mut generator = Procedural::new(&gpu, Look::Family, study.seed)?;
    let generated = generate::generate(place, &study, &ask, &mut generator, stamp, monitor)?;
    place.keep(&mut study, [generated.edit.clone()])?;
    let real = imported.name.clone();
    let ask = CompareRequest {
        reference: real.clone(),
        other: SYNTHETIC.to_owned(),
        cameras: [0, 0],
        measuring: Measuring::default(),
    };
    let comparison = compare::compare(place, &study, &ask, stamp, monitor)?;
    let sealed = seal::seal(place, &study, &real, stamp, monitor)?;
    place.keep(&mut study, [sealed.edit])?;
    let verdict = gate::gate(place, &study, &real, SYNTHETIC, stamp, monitor)?;
    let ask = export::ExportRequest { real, synthetic: SYNTHETIC.to_owned(), name: "light_step".to_owned() };
    let exported = export::export(place, &study, &ask, stamp, monitor)?;
    let checked = verify::verify(place, &exported.pack, 2, Some(&gpu), monitor)?;
    let report = report::report(place, &study, &place.folder.join("report.html"), stamp, monitor)?;
    Ok(Demo { imported, generated, comparison, verdict, pack: exported.pack, checked, report })
}

fn generate_request(family: &str, name: &str, from: u64, count: u64, origin: Origin) -> GenerateRequest {
    let (family, name, placement) = (family.to_owned(), name.to_owned(), Placement::default());
    GenerateRequest {
        family,
        from,
        count,
        every: EVERY,
        name,
        origin,
        placement,
        channels: Vec::new(),
        controls: Vec::new(),
    }
}

fn take_in(
    place: &Place,
    study: &mut Study,
    request: &DemoRequest,
    family: &str,
    gpu: &Gpu,
    stamp: &Stamp,
    monitor: &dyn Monitor,
) -> Result<Imported, RunError> {
    let path = if let Some(path) = &request.real {
        path.clone()
    } else {
        let ask = generate_request(family, STAND_IN, STAND_IN_FROM, STAND_IN_COUNT, Origin::StandIn);
        let mut generator = Procedural::new(gpu, Look::StandIn, study.seed)?;
        generate::generate(place, study, &ask, &mut generator, stamp, monitor)?;
        place.set_folder(STAND_IN)
    };
    let ask = ImportRequest::of(path, 0.34);
    let imported = import::import(place, study, &ask, stamp, monitor)?;
    place.keep(study, [imported.edit.clone()])?;
    Ok(imported)
}
