//! Makes keys and certificates. Pure: the clock, and the randomness of signing keys and
//! serial numbers, are passed in. Touches no file.

pub mod ed25519;
pub mod hmac;
pub mod key_id;
pub mod password;
