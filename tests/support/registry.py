"""A schema registry for tests, with chosen answers for each id."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

NOT_FOUND = (404, json.dumps({"error_code": 40403, "message": "Schema not found"}).encode())


@dataclass
class Answers:
    """The answer (status and body) for each path, and the paths that were requested."""

    by_path: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def schema(self, schema_id: int, text: object, kind: str | None = None) -> None:
        """Sets the schema of an id; if `text` is not a string, it is converted to JSON."""
        written = text if isinstance(text, str) else json.dumps(text)
        answer = {"schema": written} | ({"schemaType": kind} if kind else {})
        self.put(f"/schemas/ids/{schema_id}", 200, json.dumps(answer).encode())

    def put(self, path: str, status: int, body: bytes) -> None:
        self.by_path[path] = (status, body)


@contextmanager
def registry_of(answers: Answers) -> Iterator[Answers]:
    """Serves these answers on loopback; tests can change them meanwhile."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            answers.asked.append(path)
            status, body = answers.by_path.get(path, NOT_FOUND)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # the client may have read enough
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        answers.port = server.server_port
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield answers
        finally:
            server.shutdown()
            thread.join()
