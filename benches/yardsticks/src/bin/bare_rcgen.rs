//! A CA, a server's and a client's certificate by rcgen, P-256, written and synced as
//! `certs create` does: the same files, and nothing more.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut ca = params("yardstick CA", &[])?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate()?)?;
    fs::create_dir_all("bundle")?;
    fs::create_dir_all("store/ca")?;
    write("store/ca/ca.crt", &ca.pem())?;
    write("store/ca/ca.key", &ca.key().serialize_pem())?;
    write("bundle/ca.crt", &ca.pem())?;
    for (name, purpose) in [
        ("server", ExtendedKeyUsagePurpose::ServerAuth),
        ("client", ExtendedKeyUsagePurpose::ClientAuth),
    ] {
        let mut leaf = params(name, &["redis".to_owned()])?;
        leaf.use_authority_key_identifier_extension = true;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![purpose];
        let key = KeyPair::generate()?;
        write(
            &format!("bundle/{name}.crt"),
            &leaf.signed_by(&key, &ca)?.pem(),
        )?;
        write(&format!("bundle/{name}.key"), &key.serialize_pem())?;
    }
    Ok(())
}

fn params(name: &str, hosts: &[String]) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(hosts)?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2036, 1, 1);
    Ok(params)
}

fn write(path: &str, text: &str) -> std::io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
