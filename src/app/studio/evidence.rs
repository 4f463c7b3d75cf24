//! What the domain probe sees in the two frames of the shown pair, worked out beside the window; the newest question wins.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::app::jobs::Wake;
use crate::app::latest::Latest;
use crate::app::view::{CellLook, EvidenceView};
use crate::app::widgets::compare::Mode;
use crate::base::Rgb;
use crate::base::text::unquoted;
use crate::drift::probe::{Origin, Probe};

use super::Studio;
use super::pairs::PairLoader;

/// One side: its picture and where it is from.
#[derive(Clone)]
struct Looked {
    pixels: Arc<Rgb>,
    origin: Origin,
}

/// Which two pictures, and whether their parts are hidden in turn.
#[derive(Clone)]
pub(super) struct EvidenceAsk {
    probe: Arc<Probe>,
    sides: [Looked; 2],
    hidden: bool,
}

impl PartialEq for EvidenceAsk {
    fn eq(&self, other: &Self) -> bool {
        let same = |(one, two): (&Looked, &Looked)| Arc::ptr_eq(&one.pixels, &two.pixels) && one.origin == two.origin;
        Arc::ptr_eq(&self.probe, &other.probe)
            && self.hidden == other.hidden
            && self.sides.iter().zip(&other.sides).all(same)
    }
}

/// Cells of both pictures, with the question that they answer.
type Answer = (EvidenceAsk, [Vec<CellLook>; 2]);

/// The worker.
pub(super) type Prober = Latest<EvidenceAsk, Answer>;

/// Starts the worker.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn prober(wake: Wake) -> Result<Prober, String> {
    let work = |ask: EvidenceAsk, _: &AtomicBool| {
        let looks = ask.sides.each_ref().map(|side| looks(&ask.probe, side, ask.hidden));
        Some((ask, looks))
    };
    Latest::new("probe", wake, work).map_err(|err| format!("the system gave no thread for the probe: {err}"))
}

fn looks(probe: &Probe, side: &Looked, hidden: bool) -> Vec<CellLook> {
    let evidence = probe.evidence(&side.pixels, side.origin);
    let by_itself = evidence.cells.iter().map(|cell| (cell.log_odds, cell.strongest.words));
    if !hidden {
        return by_itself.map(|(value, strongest)| CellLook { value, strongest }).collect();
    }
    let occlusion = probe.occlusion(&side.pixels, side.origin);
    occlusion.drops.iter().zip(by_itself).map(|(value, (_, strongest))| CellLook { value: *value, strongest }).collect()
}

impl Studio {
    /// Asks what the probe sees in the shown pair, where that is to be shown and was not asked.
    pub(super) fn ask_evidence(&mut self) {
        let wanted = self.evidence_ask();
        if wanted.is_none() || self.live.asked_evidence == wanted {
            return;
        }
        if let (Ok(prober), Some(ask)) = (&mut self.live.prober, &wanted) {
            prober.ask(ask.clone());
        }
        self.live.asked_evidence = wanted;
    }

    fn evidence_ask(&self) -> Option<EvidenceAsk> {
        if self.shell.compare.mode != Mode::Evidence {
            return None;
        }
        let found = self.document.as_ref()?.comparison.as_ref()?;
        let probe = found.probe.as_ref()?;
        let shown = self.live.pairs.as_ref().ok().and_then(PairLoader::last)?;
        let [Some(Ok(reference)), Some(Ok(other))] = &shown.sides else { return None };
        // A copy is judged as what it repeats: by models that saw neither.
        let learned = |side: usize, episode: u64| found.copies[side].get(&episode).copied().unwrap_or(episode);
        let sides = [
            Looked { pixels: Arc::clone(&reference.pixels), origin: Origin::Reference(learned(0, reference.episode)) },
            Looked { pixels: Arc::clone(&other.pixels), origin: Origin::Other(learned(1, other.episode)) },
        ];
        Some(EvidenceAsk { probe: Arc::clone(probe), sides, hidden: self.shell.compare.hidden })
    }

    /// What the probe sees in the shown pair; cells are none while they are worked out.
    pub(super) fn evidence(&self) -> Option<EvidenceView> {
        let found = self.document.as_ref()?.comparison.as_ref()?;
        let told = found.probe.as_ref()?.told();
        let answer = self.live.prober.as_ref().ok().and_then(Prober::last);
        let wanted = self.evidence_ask();
        let cells = answer.filter(|(of, _)| wanted.as_ref() == Some(of)).map(|(_, looks)| looks.clone());
        let words = found.words().map(|word| unquoted(&word));
        let about = if told.is_told() {
            String::new()
        } else {
            "The probe cannot tell these sets apart beyond chance: what it sees here may be chance".to_owned()
        };
        Some(EvidenceView { words, about, cells })
    }
}
