//! How long the processor worked: what tests and benches measure, since a wall clock also counts what other programs take of the
//! machine.
//!
//! Nothing that is written into a file depends on it.

/// Processor time of this thread in seconds; none where the system does not tell. From Linux's `schedstat`, in nanoseconds.
pub fn thread_s() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(stat.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

/// User and system time of all threads of this process in seconds, in steps of 10 ms; none where the system does not tell. From
/// Linux's `stat`, whose ticks are hundredths of a second on every architecture we build for.
pub fn process_s() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name in brackets, which may hold blanks and brackets.
    let (_, after_name) = stat.rsplit_once(") ")?;
    let ticks: Vec<f64> = after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    (ticks.len() == 2).then(|| ticks.iter().sum::<f64>() / 100.0)
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::{process_s, thread_s};

    #[test]
    fn work_counts_and_sleep_does_not() {
        let (Some(thread), Some(process)) = (thread_s(), process_s()) else {
            return eprintln!("skipped: this system does not tell its processor time");
        };
        std::thread::sleep(std::time::Duration::from_millis(300));
        let slept = thread_s().unwrap() - thread;
        assert!(slept < 0.1, "{slept} s while asleep");
        let mut sum = 0_u64;
        while thread_s().unwrap() - thread < slept + 0.05 {
            (0..100_000_u64).for_each(|i| sum = black_box(sum.wrapping_mul(31) ^ i));
        }
        let process = process_s().unwrap() - process;
        assert!(process >= 0.03, "the process has worked {process} s");
    }
}
