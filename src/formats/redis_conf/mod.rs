//! `redis.conf`: one directive a line, its arguments split as Redis splits them
//! (`sdssplitargs`): at blanks, with double quotes, in which `\` escapes. Read and written.

mod write;

pub use write::*;
