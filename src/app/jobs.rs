//! Long work beside the window: named threads that report, can be cancelled and never hang the studio.
//!
//! At most one job of a kind runs; the newest request of that kind waits, an older waiting one is dropped. Progress is
//! lossy (the newest counts), notes and results are not. A panic in a job becomes an error event. It knows no use case:
//! the outcome is a type parameter. On drop all jobs are told to stop; writers leave no half file (`base::files`).

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::base::{Monitor, Note};

/// Wakes the window; in the studio `ctx.request_repaint()`.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

type Work<T> = Box<dyn FnOnce(&JobMonitor) -> Result<T, String> + Send>;

/// How far a job is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// What it does now, in a few words.
    pub stage: String,
    /// Steps finished.
    pub done: u64,
    /// Steps in all; 0 where it is not known.
    pub total: u64,
}

/// What came of a job.
#[derive(Debug)]
pub enum JobEvent<T> {
    /// It ended well.
    Done {
        /// Job id.
        id: u64,
        /// Its title.
        title: String,
        /// What it made.
        outcome: T,
        /// What it left out or found odd.
        notes: Vec<Note>,
    },
    /// It ended with an error or a panic; one sentence.
    Failed {
        /// Job id.
        id: u64,
        /// Its title.
        title: String,
        /// What happened and what to do.
        error: String,
    },
    /// The person cancelled it.
    Cancelled {
        /// Job id.
        id: u64,
        /// Its title.
        title: String,
    },
}

#[derive(Debug)]
struct Shared {
    /// What it does, and when that began: how long it takes says nothing about what comes before or after.
    step: Mutex<(Step, Instant)>,
    notes: Mutex<Vec<Note>>,
    stop: AtomicBool,
}

fn locked<V>(mutex: &Mutex<V>) -> std::sync::MutexGuard<'_, V> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a job holds to report and to hear that it must stop.
#[derive(Clone)]
pub struct JobMonitor {
    shared: Arc<Shared>,
    wake: Wake,
}

impl Monitor for JobMonitor {
    fn step(&self, stage: &str, done: u64, total: u64) {
        let mut shared = locked(&self.shared.step);
        let (step, since) = &mut *shared;
        if step.stage != stage {
            stage.clone_into(&mut step.stage);
            *since = Instant::now();
        }
        step.done = done;
        step.total = total;
        drop(shared);
        (self.wake)();
    }

    fn note(&self, note: Note) {
        locked(&self.shared.notes).push(note);
    }

    fn stopped(&self) -> bool {
        self.shared.stop.load(Ordering::Relaxed)
    }
}

/// A running job as the window shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct JobLine {
    /// For [`Jobs::cancel`].
    pub id: u64,
    /// What it is.
    pub title: String,
    /// How far it is.
    pub step: Step,
    /// Share done, 0 to 1; `None` where the total is not known.
    pub share: Option<f32>,
    /// Seconds left of what it does now, at the pace so far.
    pub left_s: Option<f64>,
    /// True once it was told to stop.
    pub stopping: bool,
    /// Notes so far.
    pub notes: usize,
}

struct Running {
    id: u64,
    kind: &'static str,
    title: String,
    shared: Arc<Shared>,
}

struct Waiting<T> {
    id: u64,
    kind: &'static str,
    title: String,
    work: Work<T>,
}

/// The jobs of one window.
pub struct Jobs<T> {
    running: Vec<Running>,
    waiting: Vec<Waiting<T>>,
    sender: Sender<(u64, Result<T, String>)>,
    receiver: Receiver<(u64, Result<T, String>)>,
    wake: Wake,
    next_id: u64,
}

impl<T: Send + 'static> Jobs<T> {
    /// No jobs yet; `wake` is called from their threads when there is something to show.
    pub fn new(wake: Wake) -> Self {
        let (sender, receiver) = bounded(64);
        Self { running: Vec::new(), waiting: Vec::new(), sender, receiver, wake, next_id: 1 }
    }

    /// Starts `work`, or lets it wait for the running job of its `kind`. Returns its id.
    pub fn start(
        &mut self,
        kind: &'static str,
        title: impl Into<String>,
        work: impl FnOnce(&JobMonitor) -> Result<T, String> + Send + 'static,
    ) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        let job = Waiting { id, kind, title: title.into(), work: Box::new(work) };
        self.waiting.retain(|waiting| waiting.kind != kind);
        if self.running.iter().any(|running| running.kind == kind) {
            self.waiting.push(job);
        } else {
            self.launch(job);
        }
        id
    }

    fn launch(&mut self, job: Waiting<T>) {
        let Waiting { id, kind, title, work } = job;
        let step = Mutex::new((Step::default(), Instant::now()));
        let shared = Arc::new(Shared { step, notes: Mutex::default(), stop: AtomicBool::new(false) });
        let monitor = JobMonitor { shared: Arc::clone(&shared), wake: Arc::clone(&self.wake) };
        let sender = self.sender.clone();
        self.running.push(Running { id, kind, title, shared });
        let spawned = std::thread::Builder::new().name(format!("job-{kind}")).spawn(move || {
            let result = catch_unwind(AssertUnwindSafe(|| work(&monitor))).unwrap_or_else(|panic| Err(said(&*panic)));
            // Nobody listens any more once the window is gone.
            let _ = sender.send((id, result));
            (monitor.wake)();
        });
        if let Err(error) = spawned {
            // The channel holds 64 results and at most one job of a kind runs: this cannot block.
            let _ = self.sender.try_send((id, Err(format!("The system gave no thread for this job: {error}."))));
        }
    }

    /// What ended since the last call. Starts what waited. Never blocks.
    pub fn poll(&mut self) -> Vec<JobEvent<T>> {
        let mut events = Vec::new();
        while let Ok((id, result)) = self.receiver.try_recv() {
            let Some(at) = self.running.iter().position(|job| job.id == id) else { continue };
            let job = self.running.remove(at);
            let stopped = job.shared.stop.load(Ordering::Relaxed);
            let title = job.title;
            events.push(match result {
                Ok(outcome) => {
                    JobEvent::Done { id, title, outcome, notes: std::mem::take(&mut *locked(&job.shared.notes)) }
                }
                Err(_) if stopped => JobEvent::Cancelled { id, title },
                Err(error) => JobEvent::Failed { id, title, error },
            });
            if let Some(next) = self.waiting.iter().position(|waiting| waiting.kind == job.kind) {
                let next = self.waiting.remove(next);
                self.launch(next);
            }
        }
        events
    }

    /// Tells job `id` to stop; a waiting one is dropped.
    pub fn cancel(&mut self, id: u64) {
        self.waiting.retain(|waiting| waiting.id != id);
        for job in self.running.iter().filter(|job| job.id == id) {
            job.shared.stop.store(true, Ordering::Relaxed);
        }
    }

    /// True while a job of `kind` runs.
    pub fn is_running(&self, kind: &str) -> bool {
        self.running.iter().any(|job| job.kind == kind)
    }

    /// What runs now, oldest first.
    pub fn lines(&self) -> Vec<JobLine> {
        self.running.iter().map(line).collect()
    }

    /// Tells all jobs to stop and waits for them at most `patience`.
    pub fn shut_down(&mut self, patience: Duration) {
        self.waiting.clear();
        for job in &self.running {
            job.shared.stop.store(true, Ordering::Relaxed);
        }
        let until = Instant::now() + patience;
        while !self.running.is_empty() {
            let Ok((id, _)) = self.receiver.recv_deadline(until) else { return };
            self.running.retain(|job| job.id != id);
        }
    }
}

impl<T> Drop for Jobs<T> {
    fn drop(&mut self) {
        for job in &self.running {
            job.shared.stop.store(true, Ordering::Relaxed);
        }
    }
}

fn line(job: &Running) -> JobLine {
    let (step, since) = locked(&job.shared.step).clone();
    let share = (step.total > 0).then(|| (step.done as f32 / step.total as f32).min(1.0));
    let left_s = time_left_s(since.elapsed().as_secs_f64(), step.done, step.total);
    let notes = locked(&job.shared.notes).len();
    let stopping = job.shared.stop.load(Ordering::Relaxed);
    JobLine { id: job.id, title: job.title.clone(), step, share, left_s, stopping, notes }
}

/// Seconds left after `elapsed_s` for `done` of `total` steps; `None` before the first step or without a total.
pub fn time_left_s(elapsed_s: f64, done: u64, total: u64) -> Option<f64> {
    (done > 0 && total >= done).then(|| elapsed_s / done as f64 * (total - done) as f64)
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned());
    format!("The job broke off inside ({text}). Nothing was written; please report it with the study.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs() -> Jobs<u32> {
        Jobs::new(Arc::new(|| ()))
    }

    fn wait_for(jobs: &mut Jobs<u32>, count: usize) -> Vec<JobEvent<u32>> {
        let until = Instant::now() + Duration::from_secs(5);
        let mut events = Vec::new();
        while events.len() < count && Instant::now() < until {
            events.extend(jobs.poll());
            std::thread::sleep(Duration::from_millis(1));
        }
        events
    }

    fn held(monitor: &JobMonitor) -> Result<u32, String> {
        while !monitor.stopped() {
            std::thread::sleep(Duration::from_millis(1));
        }
        Err("stopped".to_owned())
    }

    #[test]
    fn a_job_reports_and_ends() {
        let mut jobs = jobs();
        let id = jobs.start("generate", "Generating", |monitor| {
            monitor.step("Rendering frames", 3, 4);
            monitor.note(Note::new("draw 2", "Was left out."));
            Ok(7)
        });
        match wait_for(&mut jobs, 1).pop() {
            Some(JobEvent::Done { id: done, outcome: 7, notes, .. }) => {
                assert_eq!((done, notes.len()), (id, 1));
            }
            other => panic!("{other:?}"),
        }
        assert!(jobs.lines().is_empty(), "nothing runs");
    }

    #[test]
    fn cancel_works_and_the_newest_waits() {
        let mut jobs = jobs();
        let first = jobs.start("compare", "First", held);
        jobs.start("compare", "Dropped", |_| Ok(1));
        jobs.start("compare", "Newest", |_| Ok(2));
        assert_eq!(jobs.lines().len(), 1, "one of a kind");
        jobs.cancel(first);
        let events = wait_for(&mut jobs, 2);
        assert!(matches!(&events[0], JobEvent::Cancelled { id, .. } if *id == first), "{events:?}");
        assert!(matches!(&events[1], JobEvent::Done { outcome: 2, title, .. } if title == "Newest"), "{events:?}");
        assert!(wait_for(&mut jobs, 0).is_empty(), "the dropped one never ran");
    }

    #[test]
    fn a_panic_is_an_error_and_the_kind_is_free_again() {
        let mut jobs = jobs();
        jobs.start("gate", "Breaks", |_| panic!("index 9 of 3"));
        let events = wait_for(&mut jobs, 1);
        assert!(matches!(&events[0], JobEvent::Failed { error, .. } if error.contains("index 9 of 3")), "{events:?}");
        jobs.start("gate", "Again", |_| Ok(5));
        assert!(matches!(wait_for(&mut jobs, 1)[0], JobEvent::Done { outcome: 5, .. }));
    }

    #[test]
    fn time_left_follows_the_pace() {
        assert_eq!(time_left_s(10.0, 5, 20), Some(30.0));
        assert_eq!(time_left_s(10.0, 0, 20), None);
        assert_eq!(time_left_s(10.0, 5, 0), None, "no total");
    }

    #[test]
    fn shutting_down_stops_all() {
        let mut jobs = jobs();
        jobs.start("a", "A", held);
        jobs.start("b", "B", held);
        jobs.shut_down(Duration::from_secs(5));
        assert!(jobs.lines().is_empty(), "all ended in time");
    }
}
