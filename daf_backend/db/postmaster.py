"""One PostgreSQL server over one data folder: make it, start it, see whether it lives, stop it.

The server is a direct child, never `pg_ctl`'s grandchild: we reap it ourselves, so its pid file does not name
a zombie when it must be started again. It has a session of its own, so Ctrl-C in the terminal reaches us and
not it. Whoever finds it alive may use it; a server whose starter died goes on serving.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import psutil

from . import logfile
from .binaries import ClusterError, major
from .endings import undisturbed

MAX_CONNECTIONS = 200
RETRY_SECONDS = 30.0  # for what a dead server leaves behind to go away
START_SECONDS = 600.0  # recovery after a crash may be long; it is not a failure
ENDINGS = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))
TRANSIENT = ("already exists", "still in use", "already in use")
# Set on the command line, so neither a file nor ALTER SYSTEM can open what must stay closed.
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": str(MAX_CONNECTIONS),
    "fsync": "on",
    "jit": "off",
    "lc_messages": "C",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # No statement text in the log, not even of one that failed: it may carry a password's verifier.
    "log_statement": "none",
    "log_min_error_statement": "panic",
}
HBA = "# Written by daf at every start.\nhost all all 127.0.0.1/32 scram-sha-256\n"
# Collation is byte order and letters are Unicode's, on every version and system alike.
CTYPE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC"}  # nothing of ours, least of all its secrets


class Postmaster:
    """The server of one data folder, whoever started it."""

    def __init__(self, bindir: Path, folder: Path, account: pwd.struct_passwd | None) -> None:
        self.bindir, self._account = bindir, account
        # Only the data belongs to the account: it cannot swap the log or the rules for links of its own.
        self.data, self.log, self._hba = folder / "data", folder / "postgres.log", folder / "pg_hba.conf"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The living server's process, or None. Reaps it if it was our child."""
        if self._child and self._is_child(self._child.pid):
            return self._child.pid
        self._child = None
        lines = self._pid_file()
        pid = int(lines[0]) if lines and lines[0].isdigit() else 0
        return pid if pid and self._is_ours(pid) else None

    def make(self, password: str) -> None:
        """initdb with SCRAM only, in a draft folder renamed when it is whole."""
        draft = self.data.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        secret = draft.with_suffix(".secret")
        secret.unlink(missing_ok=True)
        secret.touch(mode=0o600, exist_ok=False)
        secret.write_text(password, "ascii")
        for path in (draft, secret):
            self._give(path)
        try:
            self._initdb(draft, secret)
        finally:
            secret.unlink()
        draft.rename(self.data)

    def start(self, port: int) -> None:
        """Start and wait until it accepts connections, clearing what a dead server left first.

        Raises:
            ClusterError: another major version's data, or the server says why it does not start.
        """
        self._check_version()
        self._hba.write_text(HBA, "ascii")
        self._hba.chmod(0o644)
        give_up = time.monotonic() + RETRY_SECONDS
        while True:
            self._end_survivors()
            (self.data / "postmaster.pid").unlink(missing_ok=True)  # it names nobody of ours
            reason = self._launch(port)
            if not reason:
                return
            if time.monotonic() > give_up or not any(words in reason for words in TRANSIENT):
                raise ClusterError(f"PostgreSQL no arranca: {reason} (vea {self.log})")
            time.sleep(0.3)

    def wait_ready(self) -> None:
        """Wait until a living server, perhaps just started by someone else, accepts connections."""
        give_up = time.monotonic() + START_SECONDS
        while (pid := self.pid) and not self._says_ready(pid):
            if time.monotonic() > give_up:
                raise ClusterError(f"PostgreSQL no termina de arrancar (vea {self.log})")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it orderly; harder if it does not listen. Returns when nothing of it is left."""
        if pid := self.pid:
            for number, patience in ENDINGS:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
                if self._gone(pid, patience):
                    break
        if self._child:
            self._child.wait()
        self._end_survivors()

    def _gone(self, pid: int, patience: float) -> bool:
        give_up = time.monotonic() + patience
        while self._is_ours(pid) or self._is_child(pid):
            if time.monotonic() > give_up:
                return False
            time.sleep(0.02)
        return True

    def _initdb(self, folder: Path, secret: Path) -> None:
        version = major(self.bindir)
        locale = ["--locale=C", f"--lc-ctype={CTYPE}"]
        if version >= 17:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command = [f"{self.bindir}/initdb", f"--pgdata={folder}", "--username=postgres", f"--pwfile={secret}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums", "--no-instructions"]
        run = subprocess.run(command + locale, capture_output=True, text=True, **self._identity())
        if run.returncode:
            raise ClusterError(f"initdb falló: {run.stderr.strip()}")

    def _launch(self, port: int) -> str:
        """Start the child and wait for it; an empty text, or the last words of its log."""
        options = OPTIONS | {"hba_file": str(self._hba), "port": str(port)}
        command = [f"{self.bindir}/postgres", "-D", str(self.data)]
        command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with logfile.append(self.log) as log:
            begin = log.tell()
            with undisturbed():  # a server that nobody noted would be left behind
                self._child = child = self._spawn(command, log)
        give_up = time.monotonic() + START_SECONDS
        while child.poll() is None and time.monotonic() < give_up:
            if self._says_ready(child.pid):
                return ""
            time.sleep(0.02)
        child.kill()
        child.wait()
        return self._complaint(begin)

    def _spawn(self, command: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        own = self._identity() | {"start_new_session": True}
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **own)

    def _complaint(self, begin: int) -> str:
        with self.log.open("rb") as log:
            log.seek(begin)
            lines = log.read().decode(errors="replace").splitlines()
        return " / ".join(line.split("] ", 1)[-1].strip() for line in lines[-8:]) or "no dijo por qué"

    def _end_survivors(self) -> None:
        """A backend busy with a query outlives a killed postmaster and still holds the shared memory."""
        remains = [process.pid for process in psutil.process_iter(["name"]) if self._is_server(process)]
        for pid in remains:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in remains:
            self._gone(pid, 5.0)

    def _is_server(self, process: psutil.Process) -> bool:
        return (process.info["name"] or "").startswith("postgres") and self._is_ours(process.pid)

    def _is_ours(self, pid: int) -> bool:
        """Whether a living process of the server's account works in this data folder, as they all do."""
        uid = self._account.pw_uid if self._account else os.geteuid()
        try:
            process = psutil.Process(pid)
            same_folder = Path(process.cwd()) == self.data.resolve()
            return same_folder and process.uids().real == uid and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    def _is_child(self, pid: int) -> bool:
        """Whether it is our own, not ended. One so new that it has yet to enter its folder is known by nothing else."""
        return self._child is not None and self._child.pid == pid and self._child.poll() is None

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text("utf-8", errors="replace").splitlines()
        except OSError:
            return []

    def _says_ready(self, pid: int) -> bool:
        """The eighth line is the state; the first must be this server's, not one that died before."""
        lines = self._pid_file()
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _check_version(self) -> None:
        made_by, found = (self.data / "PG_VERSION").read_text("ascii").strip(), major(self.bindir)
        if made_by != str(found):
            raise ClusterError(
                f"los datos de {self.data} son de PostgreSQL {made_by} y los programas de {self.bindir} son"
                f" de la {found}: indique en DAF_PG_BINDIR los de la {made_by}, o use pg_dumpall"
            )

    def _identity(self) -> dict[str, Any]:
        """How a child runs: a plain folder and environment, and under root the unprivileged account."""
        common: dict[str, Any] = {"cwd": "/", "env": ENVIRONMENT, "umask": 0o077}
        if self._account is None:
            return common
        return common | {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}

    def _give(self, path: Path) -> None:
        if self._account:
            os.chown(path, self._account.pw_uid, self._account.pw_gid)
