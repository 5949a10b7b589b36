"""A stand-in for SNS: signs messages, and serves certificates and confirmations on loopback.

The receiver asks for `https://sns.REGION.amazonaws.com/…`. HTTPS_PROXY leads that to a proxy on
loopback that is also the server, with a certificate of its own authority (SSL_CERT_FILE).
"""

from __future__ import annotations

import base64
import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

REGION = "eu-west-1"
HOST = f"sns.{REGION}.amazonaws.com"
TOPIC = f"arn:aws:sns:{REGION}:123456789012:whatsapp"
PEM_PATH = "/SimpleNotificationService-0123456789abcdef.pem"
CERTIFICATE_URL = f"https://{HOST}{PEM_PATH}"
SUBSCRIBE_PATH = f"/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t0k3n"
METHODS = {"1": hashes.SHA1(), "2": hashes.SHA256()}


@dataclass(frozen=True)
class Pair:
    """A key and its certificate."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()


def pair(name: str, issuer: Pair | None = None, days: tuple[int, int] = (-3650, 3650)) -> Pair:
    """A pair for this host, of its own authority or of an issuer; valid for these days from now."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    by = issuer or Pair(key, None)  # type: ignore[arg-type]
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    return Pair(key, builder.sign(by.key, hashes.SHA256()))


def signed(message: dict[str, Any], signer: Pair, version: str = "1") -> dict[str, Any]:
    """The message with its signature, as the user guide describes it."""
    names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token"]
    if message["Type"] == "Notification":
        names = ["Message", "MessageId", "Subject", "Timestamp"]
    text = "".join(
        f"{name}\n{message[name]}\n" for name in [*names, "TopicArn", "Type"] if name in message
    )
    made = signer.key.sign(text.encode(), padding.PKCS1v15(), METHODS[version])
    return message | {
        "SignatureVersion": version,
        "Signature": base64.b64encode(made).decode(),
        "SigningCertURL": CERTIFICATE_URL,
    }


def notification(text: str, at: float, topic: str = TOPIC, **more: str) -> dict[str, Any]:
    stamp = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return {
        "Type": "Notification",
        "MessageId": "n-1",
        "TopicArn": topic,
        "Message": text,
        "Timestamp": stamp.replace("+00:00", "Z"),
        **more,
    }


def confirmation(at: float, url: str = f"https://{HOST}{SUBSCRIBE_PATH}") -> dict[str, Any]:
    more = {"Type": "SubscriptionConfirmation", "Token": "t0k3n", "SubscribeURL": url}
    return notification("You have chosen to subscribe.", at, **more)


def encoded(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode()


@dataclass
class Sns:
    """The stand-in: what it serves by path, and what it was asked."""

    signer: Pair
    proxy: str = ""
    authority: str = ""  # the path of a file
    pages: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)  # hosts and paths

    def environment(self) -> dict[str, str]:
        return {
            "HTTPS_PROXY": self.proxy,
            "SSL_CERT_FILE": self.authority,
            "NO_PROXY": "127.0.0.1",
        }


@contextmanager
def sns(folder: Path) -> Iterator[Sns]:
    """A stand-in that serves its certificate and confirms subscriptions."""
    root = pair("the authority of these tests")
    server_pair = pair(HOST, root)
    found = Sns(pair(HOST, root))
    (folder / "authority.pem").write_text(root.pem)
    (folder / "server.pem").write_text(server_pair.key_pem + server_pair.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    found.pages = {PEM_PATH: found.signer.pem.encode(), SUBSCRIBE_PATH: b"<Confirmed/>"}

    class Proxy(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            host = self.rfile.readline().split()[1].decode()
            while self.rfile.readline().strip():
                pass
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            with context.wrap_socket(self.connection, server_side=True) as secure:
                path = secure.makefile("rb").readline().split()[1].decode()
                found.asked.append((host, path))
                page = found.pages.get(path)
                status = b"404 Not Found" if page is None else b"200 OK"
                head = b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                secure.sendall(head % (status, len(page or b"")) + (page or b""))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Proxy) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        found.proxy = f"http://127.0.0.1:{server.server_address[1]}"
        found.authority = str(folder / "authority.pem")
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
