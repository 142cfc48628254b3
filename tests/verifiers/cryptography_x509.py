"""Answers questions about certificates with the X.509 verifier of Python's `cryptography`.

One question a line on standard input (question.rs says which fields), one answer a line on
standard output: `accepted`, or `refused`, a tab and why.
"""

import datetime
import ipaddress
import sys

from cryptography import x509
from cryptography.x509 import verification


def certificates(path):
    with open(path, "rb") as file:
        return x509.load_pem_x509_certificates(file.read())


def subject(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def moment(at):
    now = datetime.datetime.now(datetime.timezone.utc)
    return now if at == "now" else datetime.datetime.fromtimestamp(int(at), datetime.timezone.utc)


def verify(judged, name, at, chain, root):
    builder = verification.PolicyBuilder().store(verification.Store(certificates(root)))
    builder = builder.time(moment(at))
    if judged == "server":
        verifier = builder.build_server_verifier(subject(name))
    else:
        verifier = builder.build_client_verifier()
    leaf, *below = certificates(chain)
    verifier.verify(leaf, below)


def answer(line):
    judged, name, at, server, _, servers_root, client, _, clients_root = line.split("\t")
    judge = (server, servers_root) if judged == "server" else (client, clients_root)
    try:
        verify(judged, name, at, *judge)
    except verification.VerificationError as error:
        return "refused\t" + " ".join(str(error).split())
    return "accepted"


for line in sys.stdin:
    print(answer(line.rstrip("\n")))
