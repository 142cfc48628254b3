//! Makes keys and certificates. Pure: the clock, and the randomness of signing keys and
//! serial numbers, are passed in. Touches no file.

pub mod ed25519;
pub mod hmac;
pub mod key;
pub mod key_id;
pub mod name;
pub mod password;
pub mod pem;
pub mod x509;
