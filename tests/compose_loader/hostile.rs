//! Projects that nobody wrote in good faith.
