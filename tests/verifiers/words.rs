//! The words by which each verifier names a reason; any of the listed ones will do.

use super::question::Why;

/// OpenSSL's, and those of Python's `ssl`.
pub(crate) fn openssl(why: Why) -> &'static [&'static str] {
    match why {
        Why::Name => &["ostname mismatch", "IP address mismatch"],
        Why::Purpose => &[
            "unsuitable certificate purpose",
            "unsupported certificate purpose",
        ],
        Why::Issuer => &[
            "unable to get local issuer certificate",
            "self-signed certificate in certificate chain",
        ],
        Why::Expired => &["certificate has expired"],
        Why::Early => &["certificate is not yet valid"],
        Why::Signer => &["invalid CA certificate"],
        Why::Depth => &["path length constraint exceeded"],
    }
}

/// GnuTLS's.
pub(crate) fn gnutls(why: Why) -> &'static [&'static str] {
    match why {
        Why::Name => &["The name in the certificate does not match the expected"],
        Why::Purpose => &["does not match the intended purpose"],
        Why::Issuer => &["The certificate issuer is unknown"],
        Why::Expired => &["The certificate chain uses expired certificate"],
        Why::Early => &["The certificate chain uses not yet valid certificate"],
        Why::Signer | Why::Depth => &["The certificate chain violates the signer's constraints"],
    }
}

/// Those of rustls-webpki.
pub(crate) fn webpki(why: Why) -> &'static [&'static str] {
    match why {
        Why::Name => &["CertNotValidForName"],
        Why::Purpose => &["RequiredEkuNotFound"],
        Why::Issuer => &["UnknownIssuer"],
        Why::Expired => &["CertExpired"],
        Why::Early => &["CertNotValidYet"],
        Why::Signer => &["EndEntityUsedAsCa"],
        Why::Depth => &[],
    }
}

/// Those of the verifier in Python's `cryptography`.
pub(crate) fn cryptography(why: Why) -> &'static [&'static str] {
    match why {
        Why::Name => &["leaf certificate has no matching subjectAltName"],
        Why::Purpose => &["required EKU not found"],
        Why::Issuer => &["all candidates exhausted with no interior errors"],
        Why::Expired | Why::Early => &["cert is not valid at validation time"],
        Why::Signer => &["basicConstraints.cA"],
        Why::Depth => &["path length"],
    }
}

/// Node's.
pub(crate) fn node(why: Why) -> &'static [&'static str] {
    match why {
        Why::Name => &["ERR_TLS_CERT_ALTNAME_INVALID"],
        Why::Purpose => &["INVALID_PURPOSE"],
        Why::Issuer => &["SELF_SIGNED_CERT_IN_CHAIN"],
        Why::Expired => &["CERT_HAS_EXPIRED"],
        Why::Early => &["CERT_NOT_YET_VALID"],
        Why::Signer => &[
            "key usage does not include certificate signing",
            "INVALID_CA",
        ],
        Why::Depth => &["PATH_LENGTH_EXCEEDED"],
    }
}

/// Java's.
pub(crate) fn java(why: Why) -> &'static [&'static str] {
    match why {
        Why::Name => &["No subject alternative", "No name matching"],
        Why::Purpose => &["Extended key usage does not permit use for TLS"],
        Why::Issuer => &["unable to find valid certification path"],
        Why::Expired => &["CertificateExpiredException"],
        Why::Early => &["CertificateNotYetValidException"],
        Why::Signer => &["CA key usage check failed", "not a CA certificate"],
        Why::Depth => &[],
    }
}
