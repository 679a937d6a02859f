//! Linux 6.12 and later: a thread may ask for short slices and then runs as
//! soon as it is woken, before threads with longer ones (sched_setattr(2), and
//! the kernel's Documentation/scheduler/sched-eevdf). It gets no more time than
//! before and needs no rights.

/// The shortest slice that the kernel gives.
const SLICE_NS: u64 = 100_000;

/// Lets the calling thread run at once when it is woken, where the kernel knows how.
pub(crate) fn answer_at_once() {
    // SAFETY: a structure of plain numbers, for which 0 is a value.
    let mut attributes: libc::sched_attr = unsafe { std::mem::zeroed() };
    let size = std::mem::size_of::<libc::sched_attr>();
    let this_thread = 0;
    let no_flags = 0;
    // SAFETY: the kernel writes at most `size` bytes of the structure.
    let told = unsafe {
        libc::syscall(
            libc::SYS_sched_getattr,
            this_thread,
            &raw mut attributes,
            size,
            no_flags,
        )
    };
    let ordinary = attributes.sched_policy == libc::SCHED_OTHER.unsigned_abs();
    if told != 0 || !ordinary {
        return;
    }
    attributes.sched_runtime = SLICE_NS;
    // SAFETY: the kernel reads the structure, whose size it filled in. A kernel
    // that knows no slices changes nothing.
    let _ = unsafe {
        libc::syscall(
            libc::SYS_sched_setattr,
            this_thread,
            &raw const attributes,
            no_flags,
        )
    };
}
