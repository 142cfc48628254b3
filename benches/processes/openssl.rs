//! What the same work takes with OpenSSL's command line.

/// The best that a script can do: key and certificate in one process each, no request files.
pub(crate) const BEST_P256: [&str; 3] = [
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 \
     -keyout ca.key -out ca.crt -days 3650 -subj /CN=ca -addext keyUsage=critical,keyCertSign",
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 \
     -keyout server.key -out server.crt -days 365 -subj /CN=redis -CA ca.crt -CAkey ca.key \
     -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature \
     -addext extendedKeyUsage=serverAuth -addext subjectAltName=DNS:redis",
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 \
     -keyout client.key -out client.crt -days 365 -subj /CN=client -CA ca.crt -CAkey ca.key \
     -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature \
     -addext extendedKeyUsage=clientAuth",
];

/// What `generate_tls_assets.sh` runs, in its order, without the shell.
pub(crate) const REPLACED_RSA_4096: [&str; 8] = [
    "openssl genrsa -out ca.key 4096",
    "openssl req -x509 -new -nodes -key ca.key -sha256 -days 365 -subj /CN=redis-ca -out ca.crt",
    "openssl genrsa -out server.key 4096",
    "openssl req -new -key server.key -subj /CN=redis -addext subjectAltName=DNS:redis \
     -out server.csr",
    "openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -sha256 \
     -out server.crt",
    "openssl genrsa -out client.key 4096",
    "openssl req -new -key client.key -subj /CN=client -out client.csr",
    "openssl x509 -req -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -sha256 \
     -out client.crt",
];
