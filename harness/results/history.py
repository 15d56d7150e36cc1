"""Earlier runs in one SQLite file: what was played, its verdicts and times. The only file with sqlite3.

Kept are ids, verdicts, times and a digest of each scenario; no message, no text of a peer, no address
and no login. The clock is the caller's: `at` is text that only people read. Must not live here: what a
comparison says (`comparison.py`).
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from itertools import count
from typing import Any, get_args

from harness.base.errors import BrokenEnvironment
from harness.results.comparison import Comparison, Comparisons, Earlier, TimeKey, compare, times_of
from harness.results.model import Mode, Results, RunEntry, RunVerdict

APPLICATION = 0x53495054
"""`SIPT` as SQLite's application id: whether a database is one of ours."""

SCHEMA = 1

RUNS_KEPT = 500
ENTRIES_KEPT = 100_000
"""Scenarios of all runs together: about 50 MB. Older runs are dropped, the latest one is always kept."""

LOOKED_AT = 60
"""Earlier runs of one scenario that are read; the good ones among them count."""

BUSY_SECONDS = 10.0
"""How long another run may hold the file before we give up."""

WORK_MAX = 300_000_000
"""Steps of SQLite's machine for one record(): seconds. The largest file that we write needs a tenth of it."""

TIMES_MAX = 1_000_000
"""Characters of the times of one run: those of thousands of transfers. More are neither kept nor read."""

_STEPS_A_CALL = 100_000
_ID_MAX = 300
_SEED_DIGITS_MAX = 1_000
_KEY_MAX = _ID_MAX + 17
_MS_MAX = 1e12
_OTHER = "Name another file; a new one is made."

_TABLES = f"""
CREATE TABLE runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, tool TEXT NOT NULL, seed TEXT NOT NULL,
    verdict TEXT NOT NULL, selection TEXT NOT NULL, complete INTEGER NOT NULL);
CREATE TABLE entries (
    id TEXT NOT NULL, run INTEGER NOT NULL REFERENCES runs(number) ON DELETE CASCADE, verdict TEXT NOT NULL,
    mode TEXT NOT NULL, fingerprint TEXT NOT NULL, times TEXT NOT NULL, PRIMARY KEY (id, run)) WITHOUT ROWID;
CREATE INDEX entries_of_run ON entries (run);
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {SCHEMA}
"""


def record(
    path: str,
    results: Results,
    *,
    at: str,
    selection: str = "",
    fingerprints: Mapping[str, str] | None = None,
    complete: bool = True,
) -> Comparisons:
    """Compare the results with the earlier runs in a file, then add them to it.

    `selection` names what was chosen to be played: only runs of equal selections can tell what is gone;
    `fingerprints` are by run id; an incomplete run was interrupted. Raises BrokenEnvironment when the
    file is damaged, of another program, of a newer version, locked or cannot be written; then it is left
    as it was.
    """
    with _opened(path) as database, _transaction(database):
        _prepare(database, path)
        compared = _compare(database, results, selection, fingerprints or {}, complete=complete)
        number = _add(database, results, at, selection, fingerprints or {}, complete=complete)
        _drop_old(database)
    return Comparisons(number, *compared)


def fingerprint(*parts: str) -> str:
    """A short digest of what a scenario is played from: equal parts, equal digest."""
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@contextmanager
def _opened(path: str) -> Iterator[sqlite3.Connection]:
    """The database; whatever SQLite cannot do becomes a sentence."""
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as database:
            database.execute("PRAGMA foreign_keys = ON")
            database.execute("PRAGMA trusted_schema = OFF")  # a changed file must not call functions
            calls = count(1)
            database.set_progress_handler(lambda: next(calls) > WORK_MAX // _STEPS_A_CALL, _STEPS_A_CALL)
            yield database
    except sqlite3.Error as error:
        raise _refused(path, error) from None


def _refused(path: str, error: sqlite3.Error) -> BrokenEnvironment:
    text = str(error)
    if "locked" in text:
        what, do = "another run has held it for too long", "Wait for that run, or name another file."
    elif "interrupted" in text:
        what, do = "takes too long to read: it is not as this program wrote it", _OTHER
    elif "not a database" in text or "malformed" in text or "not decode" in text:
        what, do = "is damaged, or no SQLite file", _OTHER
    elif (
        "readonly" in text or "unable to open" in text or not os.access(os.path.dirname(path) or ".", os.W_OK)
    ):
        what, do = "cannot be written", "Name a file in a folder that is yours."
    else:
        what, do = f"cannot be used ({text})", _OTHER
    return BrokenEnvironment(f"the history {path}: {what}", do=do)


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, and one run at a time: the lock is taken before anything is read."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):  # some errors have rolled back already; they are what is to be told
            database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _prepare(database: sqlite3.Connection, path: str) -> None:
    """Make the tables in a new file; refuse a file that is not ours."""
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application == 0 and version == 0 and tables == 0:
        for statement in _TABLES.split(";"):  # executescript() would commit first
            database.execute(statement)
    elif application != APPLICATION:
        raise BrokenEnvironment(f"the history {path}: belongs to another program", do=_OTHER)
    elif version != SCHEMA:
        raise BrokenEnvironment(
            f"the history {path}: has format {version}; this program reads {SCHEMA}",
            do="Use the siptransfer that wrote it, or name another file.",
        )
    strange = database.execute(
        "SELECT count(*) FROM sqlite_schema"
        " WHERE type NOT IN ('table', 'index') OR sql LIKE 'CREATE VIRTUAL%'"
    ).fetchone()[0]
    if strange:
        raise BrokenEnvironment(f"the history {path}: is not as this program made it", do=_OTHER)


def _compare(
    database: sqlite3.Connection,
    results: Results,
    selection: str,
    fingerprints: Mapping[str, str],
    *,
    complete: bool,
) -> tuple[int | None, Mapping[str, Comparison], tuple[str, ...]]:
    """The last good run of this selection, each scenario against its past, and what is gone."""
    by_id = {
        run.id: compare(run, fingerprints.get(run.id, ""), results.seed, _earlier(database, run.id))
        for run in results.runs
    }
    good = database.execute(
        "SELECT max(number) FROM runs WHERE selection = ? AND complete AND verdict = 'pass'", (selection,)
    ).fetchone()[0]
    before = database.execute(
        "SELECT max(number) FROM runs WHERE selection = ? AND complete", (selection,)
    ).fetchone()[0]
    gone: tuple[str, ...] = ()
    if before is not None and complete:
        now = {_key(run.id) for run in results.runs}
        rows = database.execute(
            "SELECT id FROM entries WHERE run = ? AND typeof(id) = 'text' AND length(id) <= ? ORDER BY id",
            (before, _KEY_MAX),
        )
        gone = tuple(name for (name,) in rows if name not in now)
    return good, by_id, gone


def _earlier(database: sqlite3.Connection, run_id: str) -> list[Earlier]:
    rows = database.execute(
        "SELECT run, seed, entries.verdict, mode, fingerprint, times FROM entries JOIN runs ON number = run"
        " WHERE id = ? AND length(times) <= ? ORDER BY run DESC LIMIT ?",
        (_key(run_id), TIMES_MAX, LOOKED_AT),
    )
    return [_read(row) for row in rows if row[2] in get_args(RunVerdict) and row[3] in get_args(Mode)]


def _read(row: tuple[Any, ...]) -> Earlier:
    """A row of an earlier run; a number or times that are none count as unknown."""
    run, seed, verdict, mode, digest, times = row
    known = isinstance(seed, str) and len(seed) <= _SEED_DIGITS_MAX and seed.isdecimal()
    return Earlier(run, int(seed) if known else -1, verdict, mode, digest, _read_times(times))


def _add(
    database: sqlite3.Connection,
    results: Results,
    at: str,
    selection: str,
    fingerprints: Mapping[str, str],
    *,
    complete: bool,
) -> int:
    """Add the run; its number."""
    number = database.execute(
        "INSERT INTO runs (at, tool, seed, verdict, selection, complete) VALUES (?, ?, ?, ?, ?, ?)",
        (at, results.tool, str(results.seed), results.verdict, selection, complete),
    ).lastrowid
    assert number is not None, "an INSERT into a table with row ids gives one"
    database.executemany(
        "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?)",
        [
            (
                _key(run.id),
                number,
                run.verdict,
                run.mode,
                fingerprints.get(run.id, ""),
                _written_times(run),
            )
            for run in results.runs
        ],
    )
    return number


def _drop_old(database: sqlite3.Connection) -> None:
    """Keep the latest runs, as many as the bounds allow, and one in any case."""
    sizes: Sequence[tuple[int, int]] = database.execute(
        "SELECT number, (SELECT count(*) FROM entries WHERE run = number) FROM runs ORDER BY number DESC"
        " LIMIT ?",
        (RUNS_KEPT + 1,),
    ).fetchall()
    entries = 0
    for place, (number, size) in enumerate(sizes):
        entries += size
        if place > 0 and (place >= RUNS_KEPT or entries > ENTRIES_KEPT):
            database.execute("DELETE FROM runs WHERE number <= ?", (number,))
            return


def _written_times(run: RunEntry) -> str:
    text = json.dumps([[key.of, key.index, key.name, ms] for key, ms in times_of(run).items()])
    return text if len(text) <= TIMES_MAX else "[]"


def _read_times(text: str | bytes) -> dict[TimeKey, float]:
    """Times of an earlier run; what is damaged counts as unknown."""
    try:
        found = {TimeKey(of, int(index), str(name)): float(ms) for of, index, name, ms in json.loads(text)}
        return {
            key: ms for key, ms in found.items() if key.of in ("transfer", "handoff") and abs(ms) < _MS_MAX
        }
    except (ValueError, TypeError, OverflowError, RecursionError):
        return {}


def _key(run_id: str) -> str:
    """The id as it is kept: parameters of a scenario may be of any length, names of files may be no text."""
    plain = run_id.encode("utf-8", "backslashreplace").decode()
    return plain if len(plain) <= _ID_MAX else f"{plain[:_ID_MAX]} {fingerprint(run_id)}"
