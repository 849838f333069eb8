//! Limits of the system on this process.

/// Lets a write beyond the size that files may have (RLIMIT_FSIZE) fail with EFBIG, as on a full disk: left alone, the
/// signal of it (SIGXFSZ, signal(7)) ends the process. Programs that are started from here are not affected. Elsewhere than
/// on Unix there is no such limit.
pub fn survive_file_size_limit() {
    #[cfg(unix)]
    {
        use std::sync::Arc;
        use std::sync::atomic::AtomicBool;
        // Where no handler can be set all is as it was.
        let _ = signal_hook::flag::register(
            signal_hook::consts::SIGXFSZ,
            Arc::new(AtomicBool::new(false)),
        );
    }
}
