//! Single files whose loading is known.
