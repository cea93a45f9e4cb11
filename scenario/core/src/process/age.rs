//! When a process started, as `/proc` counts it.

use std::time::Duration;

use procfs::Current;

/// When a process started, in clock ticks since boot. Together with the pid it identifies a process for good: a
/// recycled pid has another start.
pub fn started_at(pid: i32) -> Option<u64> {
    let stat = procfs::process::Process::new(pid).and_then(|process| process.stat()).ok()?;
    (stat.state != 'Z').then_some(stat.starttime)
}

/// When a process started, as a time of the clock, to a few hundredths of a second: `/proc` counts no finer.
pub fn started_at_time(pid: i32) -> Option<std::time::SystemTime> {
    let ticks = started_at(pid)?;
    let since_boot = Duration::from_millis(ticks * 1000 / procfs::ticks_per_second());
    // Not by the time of the boot: that is known in whole seconds.
    let age = procfs::Uptime::current().ok()?.uptime_duration().saturating_sub(since_boot);
    std::time::SystemTime::now().checked_sub(age)
}
