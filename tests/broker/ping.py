"""Sends PING to a Redis by Python's `ssl` and prints the reply.

Arguments: port, name to verify, CA, certificate, key ("-" for none). A password comes in
REDISCLI_AUTH, as for redis-cli. Exits with 1, and the reason on standard error, when TLS
refuses.
"""

import contextlib
import os
import socket
import ssl
import sys

port, name, ca, certificate, key = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.verify_flags |= ssl.VERIFY_X509_STRICT
context.load_verify_locations(cafile=ca)
if certificate != "-":
    context.load_cert_chain(certificate, key)


def ask(stream, request):
    # TLS 1.3: a refusal of our certificate may overtake the request, and then waits to be read
    with contextlib.suppress(OSError):
        stream.sendall(f"{request}\r\n".encode())
    return stream.recv(4096).decode().strip() or sys.exit("closed without a reply")


try:
    with socket.create_connection(("127.0.0.1", int(port)), timeout=20) as plain:
        with context.wrap_socket(plain, server_hostname=name) as stream:
            if "REDISCLI_AUTH" in os.environ:
                ask(stream, "AUTH " + os.environ["REDISCLI_AUTH"])
            print(ask(stream, "PING"))
except (ssl.SSLError, OSError) as error:
    sys.exit(str(error))
