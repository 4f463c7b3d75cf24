//! One worker whose only interesting answer is the newest: the live preview while a slider is dragged.
//!
//! A request replaces the one that waits; the running one is told to stop. The last answer stays until the next is
//! there, so the screen never goes blank.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use super::jobs::Wake;

struct Slot<Q, A> {
    waiting: Option<(u64, Q)>,
    answer: Option<(u64, A)>,
    stop: Arc<AtomicBool>,
    closed: bool,
}

struct Inner<Q, A> {
    slot: Mutex<Slot<Q, A>>,
    wakes: Condvar,
}

impl<Q, A> Inner<Q, A> {
    fn lock(&self) -> MutexGuard<'_, Slot<Q, A>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A worker of requests `Q` to answers `A`, latest wins.
pub struct Latest<Q, A> {
    inner: Arc<Inner<Q, A>>,
    asked: u64,
    shown: u64,
    last: Option<A>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl<Q: Send + 'static, A: Send + 'static> Latest<Q, A> {
    /// A worker thread called `name`. `work` gets a request and a flag that turns true when a newer one waits; `None`
    /// means it gave up. Errors where the system gives no thread.
    pub fn new(
        name: &str,
        wake: Wake,
        mut work: impl FnMut(Q, &AtomicBool) -> Option<A> + Send + 'static,
    ) -> std::io::Result<Self> {
        Self::with_foresight(name, wake, move |request, stop| work(request, stop).map(|answer| (answer, || ())))
    }

    /// The same for work that knows what will be asked next: what it gives beside the answer is done once that is there, while nobody
    /// asks for anything. It should ask the flag often.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn with_foresight<After: FnOnce()>(
        name: &str,
        wake: Wake,
        mut work: impl FnMut(Q, &Arc<AtomicBool>) -> Option<(A, After)> + Send + 'static,
    ) -> std::io::Result<Self> {
        let slot = Slot { waiting: None, answer: None, stop: Arc::default(), closed: false };
        let inner = Arc::new(Inner { slot: Mutex::new(slot), wakes: Condvar::new() });
        let theirs = Arc::clone(&inner);
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            while let Some((number, request, stop)) = next(&theirs) {
                // A panic on one request must not end the preview for all later ones.
                let found = catch_unwind(AssertUnwindSafe(|| work(request, &stop))).ok().flatten();
                let Some((answer, after)) = found else {
                    wake();
                    continue;
                };
                theirs.lock().answer = Some((number, answer));
                wake();
                let _panicked = catch_unwind(AssertUnwindSafe(after));
            }
        })?;
        Ok(Self { inner, asked: 0, shown: 0, last: None, thread: Some(thread) })
    }

    /// Asks for `request`; what waited is forgotten, what runs is told to stop.
    pub fn ask(&mut self, request: Q) {
        self.asked += 1;
        let mut slot = self.inner.lock();
        slot.waiting = Some((self.asked, request));
        slot.stop.store(true, Ordering::Relaxed);
        drop(slot);
        self.inner.wakes.notify_one();
    }

    /// Takes in a new answer if there is one; true if so. Never blocks for work.
    pub fn poll(&mut self) -> bool {
        let Some((number, answer)) = self.inner.lock().answer.take() else { return false };
        self.shown = number;
        self.last = Some(answer);
        true
    }

    /// The last answer that was taken in.
    pub fn last(&self) -> Option<&A> {
        self.last.as_ref()
    }

    /// True while the last answer is older than the last request.
    pub fn is_stale(&self) -> bool {
        self.shown < self.asked
    }
}

fn next<Q, A>(inner: &Inner<Q, A>) -> Option<(u64, Q, Arc<AtomicBool>)> {
    let mut slot = inner.lock();
    loop {
        if slot.closed {
            return None;
        }
        if let Some((number, request)) = slot.waiting.take() {
            let stop: Arc<AtomicBool> = Arc::default();
            slot.stop = Arc::clone(&stop);
            return Some((number, request, stop));
        }
        slot = inner.wakes.wait(slot).unwrap_or_else(PoisonError::into_inner);
    }
}

impl<Q, A> Drop for Latest<Q, A> {
    fn drop(&mut self) {
        let mut slot = self.inner.lock();
        slot.closed = true;
        slot.stop.store(true, Ordering::Relaxed);
        drop(slot);
        self.inner.wakes.notify_one();
        // The worker may be drawing: a device that goes away under it takes the process with it.
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn settle<A: Send + 'static>(latest: &mut Latest<u32, A>) {
        let until = Instant::now() + Duration::from_secs(5);
        while latest.is_stale() && Instant::now() < until {
            latest.poll();
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn only_the_newest_counts_and_the_last_stays() {
        let mut latest = Latest::new("preview", Arc::new(|| ()), |request: u32, stop: &AtomicBool| {
            let until = Instant::now() + Duration::from_secs(2);
            while request == 1 && !stop.load(Ordering::Relaxed) && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(1));
            }
            (!stop.load(Ordering::Relaxed)).then_some(request * 10)
        })
        .expect("a thread");
        latest.ask(1);
        std::thread::sleep(Duration::from_millis(10));
        for request in 2..=50 {
            latest.ask(request);
        }
        settle(&mut latest);
        assert_eq!(latest.last(), Some(&500));
        assert!(!latest.poll(), "nothing new");
        assert_eq!(latest.last(), Some(&500), "it stays");
    }

    #[test]
    fn what_will_be_asked_is_prepared_after_the_answer_and_given_up_for_a_question() {
        let prepared = Arc::new(Mutex::new(Vec::new()));
        let theirs = Arc::clone(&prepared);
        let work = move |request: u32, stop: &Arc<AtomicBool>| {
            let (prepared, stop) = (Arc::clone(&theirs), Arc::clone(stop));
            let after = move || {
                let until = Instant::now() + Duration::from_secs(5);
                while !stop.load(Ordering::Relaxed) && Instant::now() < until {
                    std::thread::sleep(Duration::from_millis(1));
                }
                prepared.lock().expect("a list").push((request, stop.load(Ordering::Relaxed)));
                assert!(request != 2, "a panic in it ends nothing");
            };
            Some((request * 10, after))
        };
        let mut latest = Latest::with_foresight("pairs", Arc::new(|| ()), work).expect("a thread");
        for request in 1..=3 {
            latest.ask(request);
            settle(&mut latest);
            assert_eq!(latest.last(), Some(&(request * 10)), "it is there before anything is prepared");
        }
        assert_eq!(*prepared.lock().expect("a list"), [(1, true), (2, true)], "each until the next question");
    }

    #[test]
    fn a_panic_does_not_end_the_worker() {
        let mut latest = Latest::new("preview", Arc::new(|| ()), |request: u32, _: &AtomicBool| {
            assert!(request != 1, "a broken draw");
            Some(request)
        })
        .expect("a thread");
        latest.ask(1);
        std::thread::sleep(Duration::from_millis(20));
        latest.ask(2);
        settle(&mut latest);
        assert_eq!(latest.last(), Some(&2));
    }
}
