"""Real servers on loopback that keep what is sent to them: HTTP, and SMTP with STARTTLS."""

from __future__ import annotations

import contextlib
import queue
import socketserver
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, ClassVar

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.http_server import served


@dataclass
class Inbox:
    """The bodies of POSTs, and the status codes of the next answers; 200 after these."""

    url: str = ""
    bodies: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)
    answers: list[int] = field(default_factory=list)

    def next(self) -> dict[str, Any]:
        """The next body; waits for it."""
        return self.bodies.get(timeout=300)


@contextlib.contextmanager
def http_inbox() -> Iterator[Inbox]:
    """An HTTP server."""
    inbox = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = inbox.answers.pop(0) if inbox.answers else 200
            if 200 <= status < 300:
                inbox.bodies.put(orjson.loads(body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    inbox.url = f"http://127.0.0.1:{server.server_port}/s3cret-path"
    with served(server):
        yield inbox


@dataclass
class MailBox:
    """Mails, with how each was sent: encrypted or not, and as which user (AUTH PLAIN)."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    refuse: bool = False


@contextlib.contextmanager
def mail_inbox(certificate: Path) -> Iterator[MailBox]:
    """An SMTP server; the file has its certificate and key."""
    box = MailBox()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    class Handler(socketserver.StreamRequestHandler):
        answers: ClassVar = {
            "STARTTLS": "220 go",
            "AUTH": "235 ok",
            "QUIT": "221 bye",
            "DATA": "354 go on",
        }

        def handle(self) -> None:
            self.encrypted = False
            self.say("220 here")
            while line := self.rfile.readline().decode().strip():
                verb = line.split()[0].upper()
                if verb == "EHLO":
                    self.say("250-here\r\n250-AUTH PLAIN\r\n250 STARTTLS")
                    continue
                if verb == "AUTH":
                    box.logins.append(line.split()[-1])
                refused = box.refuse and verb == "MAIL"
                self.say("554 no" if refused else self.answers.get(verb, "250 ok"))
                if verb == "DATA":
                    self.take()
                if verb == "STARTTLS" and not self.encrypt():
                    return
                if verb == "QUIT":
                    return

        def finish(self) -> None:
            super().finish()
            self.request.close()  # also the one that has replaced the server's

        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        def encrypt(self) -> bool:
            try:
                self.request = context.wrap_socket(self.request, server_side=True)
            except OSError:  # the client does not trust the certificate
                return False
            self.setup()
            self.encrypted = True
            return True

        def take(self) -> None:
            lines = iter(self.rfile.readline, b".\r\n")
            box.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))
            box.encrypted.append(self.encrypted)
            self.say("250 ok")

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    box.port = server.server_address[1]
    with served(server):
        yield box


def certificate(folder: Path) -> Path:
    """A new file with a certificate for 127.0.0.1, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "certificate.pem"
    file.write_bytes(made.public_bytes(pem) + private)
    return file
