//! The one place that knows the ONNX runtime (rten: pure Rust, on the processor).
//!
//! It splits sums among its threads, so that the last digits depend on how many there are: the same model on the same picture
//! gave three different results with one, two and three threads. A [`Lane`] is therefore one thread, a picture runs in one
//! lane from end to end, and more processors mean more lanes, not wider ones.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, ValueOrView, ValueView};
use rten_tensor::Layout as _;

use super::prepare::Numbers;
use super::rows::Answer;

/// The runtime and its version, which numbers are told with; a test holds it against `Cargo.lock`.
pub const RUNTIME: &str = "rten 0.27.0";

/// A loaded model, from one input to one output.
pub(super) struct Engine {
    model: Model,
    input: NodeId,
    output: NodeId,
}

/// One thread to run pictures on.
#[derive(Clone)]
pub(super) struct Lane(Arc<ThreadPool>);

impl Lane {
    /// None where the system gives no more threads.
    pub(super) fn new() -> Option<Self> {
        let pool = ThreadPool::with_num_threads(1);
        // Where it got no thread of its own it would run on the caller's, among as many as that belongs to.
        let alone = pool.run(rayon::current_num_threads) == 1;
        alone.then(|| Self(Arc::new(pool)))
    }
}

impl Engine {
    /// Loads a model of ONNX bytes with the files that hold its weights; else what the runtime said.
    pub(super) fn load(
        model: Vec<u8>,
        data: Vec<(String, Vec<u8>)>,
        [input, output]: [&str; 2],
    ) -> Result<Self, String> {
        guarded(|| {
            let mut options = ModelOptions::with_all_ops();
            for (name, bytes) in data {
                options.external_data(&name, bytes);
            }
            let model = options.load(model).map_err(|err| err.to_string())?;
            let find = |name: &str| model.find_node(name).ok_or_else(|| format!("no value is called `{name}`"));
            let (input, output) = (find(input)?, find(output)?);
            Ok(Self { model, input, output })
        })
    }

    /// What the model gives for one picture; else what the runtime said.
    pub(super) fn run(&self, lane: &Lane, shape: [usize; 4], numbers: &Numbers) -> Result<Answer, String> {
        guarded(|| {
            let input = match numbers {
                Numbers::Real(numbers) => ValueView::from_shape(shape, numbers).map_err(|err| err.to_string())?,
                Numbers::Bytes(bytes) => ValueView::from_shape(shape, bytes).map_err(|err| err.to_string())?,
            };
            let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&lane.0)));
            let inputs = vec![(self.input, ValueOrView::View(input))];
            let [value] = self.model.run_n(inputs, [self.output], Some(options)).map_err(|err| err.to_string())?;
            let Some(view) = value.as_tensor_view::<f32>() else {
                return Err(format!("the output holds {}, not real numbers", value.dtype()));
            };
            Ok(Answer { shape: view.shape().to_vec(), numbers: view.iter().copied().collect() })
        })
    }
}

/// Turns a panic of the runtime into what it said: models are made by others, and its operators trust their shapes here and there.
/// What it worked on is only read, or thrown away afterwards, so that a broken invariant cannot be seen.
fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err("the runtime broke off inside it".to_owned()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_lane_is_one_thread_and_two_may_give_other_digits() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/backbone/wide.onnx");
        let engine = Engine::load(std::fs::read(path).unwrap(), Vec::new(), ["image", "features"]).unwrap();
        let numbers = Numbers::Real((0..3 * 32 * 32).map(|at| (at * 37 % 101) as f32 / 50.0 - 1.0).collect());
        let of = |lane: &Lane| engine.run(lane, [1, 3, 32, 32], &numbers).unwrap();
        let lane = Lane::new().unwrap();
        assert_eq!(lane.0.run(rayon::current_num_threads), 1, "one thread");
        let row = of(&lane);
        for threads in [2, 3, 5] {
            let other = of(&Lane(Arc::new(ThreadPool::with_num_threads(threads))));
            let apart = row.numbers.iter().zip(&other.numbers).filter(|(a, b)| a.to_bits() != b.to_bits()).count();
            // Which processors show it is not ours to promise; that a lane hides it is.
            println!("{threads} threads: {apart} of {} numbers have other bits", row.numbers.len());
            let inside = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert_eq!(inside.install(|| of(&lane)), row, "called from {threads} threads");
        }
    }

    #[test]
    fn a_panic_inside_becomes_a_sentence() {
        let caught = guarded::<()>(|| panic!("as an operator might"));
        assert_eq!(caught, Err("the runtime broke off inside it".to_owned()));
    }
}
