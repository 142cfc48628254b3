"""Answers questions about certificates by mutual TLS between two ends of Python's `ssl`.

Reads and writes what cryptography_x509.py does; the clock is the process's own. Every
handshake is made under TLS 1.2 and 1.3, and both have to end alike.
"""

import socket
import ssl
import sys
import threading


def context(protocol, chain, key, root, version):
    made = ssl.SSLContext(protocol)
    made.minimum_version = made.maximum_version = version
    made.verify_mode = ssl.CERT_REQUIRED
    made.verify_flags |= ssl.VERIFY_X509_STRICT
    made.load_verify_locations(cafile=root)
    made.load_cert_chain(chain, key)
    return made


def serve(end, server, complaints):
    try:
        with end, server.wrap_socket(end, server_side=True) as stream:
            stream.sendall(stream.recv(4).replace(b"PING", b"PONG"))
    except (ssl.SSLError, OSError) as error:
        complaints.append(f"server: {error}")


def shake_hands(server, client, name):
    """None, or what the two ends complained of."""
    ours, theirs = socket.socketpair()
    ours.settimeout(20)
    theirs.settimeout(20)
    complaints = []
    thread = threading.Thread(target=serve, args=(theirs, server, complaints))
    thread.start()
    try:
        with ours, client.wrap_socket(ours, server_hostname=name) as stream:
            stream.sendall(b"PING")
            if stream.recv(4) != b"PONG":
                complaints.append("client: no reply")
    except (ssl.SSLError, OSError) as error:
        complaints.append(f"client: {error}")
    thread.join()
    return "; ".join(complaints) or None


def answer(line):
    _, name, _, server, server_key, servers_root, client, client_key, clients_root = line.split("\t")
    outcomes = []
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        accepting = context(ssl.PROTOCOL_TLS_SERVER, server, server_key, clients_root, version)
        asking = context(ssl.PROTOCOL_TLS_CLIENT, client, client_key, servers_root, version)
        outcomes.append(shake_hands(accepting, asking, name))
    if len({outcome is None for outcome in outcomes}) != 1:
        return f"TLS 1.2 and 1.3 differ: {outcomes}"
    return "accepted" if outcomes[0] is None else "refused\t" + " | ".join(outcomes)


for line in sys.stdin:
    print(answer(line.rstrip("\n")))
