"""The file of earlier runs: what is kept, what is refused, and that two runs at once do no harm."""

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from harness.base.errors import BrokenEnvironment
from harness.results import history
from harness.results.comparison import Comparisons
from harness.results.history import fingerprint, record
from harness.results.model import Results, RunEntry
from tests.results.samples import RUN, TRANSFER

NOON = "2026-01-01T12:00:00Z"


def results(*runs: RunEntry) -> Results:
    verdict = "pass" if all(run.verdict == "pass" for run in runs) else "fail"
    return Results(1, "siptransfer 0.1.0", 7, "pass" if verdict == "pass" else "fail", runs)


GOOD = replace(RUN, verdict="pass")
OTHER = replace(GOOD, id="scenarios/cold/other.yaml")


@pytest.fixture
def place(tmp_path: Path) -> str:
    return str(tmp_path / "history.db")


def add(place: str, *runs: RunEntry, complete: bool = True, selection: str = "all") -> Comparisons:
    return record(place, results(*runs), at=NOON, selection=selection, complete=complete)


def test_a_first_run_makes_the_file_and_everything_is_new(place: str) -> None:
    told = add(place, GOOD, OTHER)
    assert (told.number, told.last_good, told.gone) == (1, None, ())
    assert [told.of(run.id) is not None for run in (GOOD, OTHER)] == [True, True]
    first = told.of(GOOD.id)
    assert first is not None and first.change == "new"


def test_a_second_run_is_compared_with_the_last_good_one(place: str) -> None:
    add(place, GOOD)
    add(place, replace(GOOD, verdict="fail"))
    slower = replace(GOOD, transfers=(replace(TRANSFER, latency_ms={"refer_response": 2.0}),))
    told = add(place, slower)
    compared = told.of(GOOD.id)
    assert compared is not None
    assert (told.number, told.last_good) == (3, 1)
    assert (compared.change, compared.verdict_before, compared.last_good) == ("fixed", "fail", 1)
    (trend,) = compared.times
    assert (trend.now_ms, trend.last_good_ms, trend.worse) == (2.0, 1.04, True)


def test_what_the_same_selection_no_longer_holds_is_gone(place: str) -> None:
    add(place, GOOD, OTHER)
    assert add(place, GOOD).gone == (OTHER.id,)


def test_a_part_of_the_scenarios_does_not_make_the_others_gone(place: str) -> None:
    add(place, GOOD, OTHER)
    assert add(place, GOOD, selection="one").gone == ()


def test_an_interrupted_run_makes_nothing_gone_now_or_later(place: str) -> None:
    add(place, GOOD, OTHER)
    assert add(place, GOOD, complete=False).gone == ()
    assert add(place, GOOD, OTHER).gone == ()
    assert add(place, GOOD).last_good == 3


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"this is a letter to my mother, not a database at all" * 20, "damaged, or no SQLite file"),
        (b"SQLite format 3\x00" + b"\xff" * 4000, "damaged, or no SQLite file"),
    ],
)
def test_what_is_no_database_is_refused_and_left_alone(place: str, content: bytes, text: str) -> None:
    Path(place).write_bytes(content)
    with pytest.raises(BrokenEnvironment, match=text):
        add(place, GOOD)
    assert Path(place).read_bytes() == content


def test_damage_inside_the_file_is_a_sentence(place: str) -> None:
    for _ in range(20):
        add(place, *(replace(GOOD, id=f"{number}.yaml") for number in range(30)))
    whole = Path(place).read_bytes()
    Path(place).write_bytes(whole[:4096] + b"\x5a" * (len(whole) - 4096))
    with pytest.raises(BrokenEnvironment, match="damaged"):
        add(place, GOOD)


def test_a_database_of_somebody_else_is_refused(place: str) -> None:
    with sqlite3.connect(place) as database:
        database.execute("CREATE TABLE letters (text TEXT)")
    with pytest.raises(BrokenEnvironment, match="belongs to another program"):
        add(place, GOOD)


def test_a_newer_format_is_refused(place: str) -> None:
    add(place, GOOD)
    with sqlite3.connect(place) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(BrokenEnvironment, match="has format 99; this program reads 1"):
        add(place, GOOD)


def test_a_file_that_another_run_holds_is_a_sentence(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    add(place, GOOD)
    monkeypatch.setattr(history, "BUSY_SECONDS", 0.05)
    holder = sqlite3.connect(place, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(BrokenEnvironment, match="another run has held it"):
        add(place, GOOD)
    holder.close()
    assert add(place, GOOD).number == 2


@pytest.mark.parametrize("name", ["missing/history.db", "."])
def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(BrokenEnvironment, match="cannot be written"):
        add(str(tmp_path / name), GOOD)


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="a folder that nobody can write to")
def test_a_folder_of_the_system_is_a_sentence() -> None:
    with pytest.raises(BrokenEnvironment, match="cannot be written"):
        add("/proc/history.db", GOOD)


def test_two_runs_at_once_are_both_kept(place: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(lambda _: add(place, GOOD).number, range(16)))
    assert sorted(numbers) == list(range(1, 17))


def test_it_does_not_grow_without_bound(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "RUNS_KEPT", 3)
    numbers = [add(place, GOOD).number for _ in range(5)]
    assert numbers == [1, 2, 3, 4, 5]
    with sqlite3.connect(place) as database:
        assert [row[0] for row in database.execute("SELECT number FROM runs")] == [3, 4, 5]
        assert database.execute("SELECT count(*) FROM entries").fetchone() == (3,)


def test_many_scenarios_push_old_runs_out_but_never_the_latest(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "ENTRIES_KEPT", 3)
    for _ in range(3):
        add(place, GOOD, OTHER)
    add(place, *(replace(GOOD, id=str(number)) for number in range(9)))
    with sqlite3.connect(place) as database:
        assert [row[0] for row in database.execute("SELECT number FROM runs")] == [4]


def test_no_text_of_a_peer_is_kept(place: str) -> None:
    add(place, replace(GOOD, error="s3cret from the wire"))
    content = Path(place).read_bytes()
    for text in (b"s3cret", b"192.0.2", b"nobody had answered"):
        assert text not in content


def test_an_id_of_any_length_is_found_again(place: str) -> None:
    long = replace(GOOD, id="x" * 100_000)
    add(place, long)
    told = add(place, long)
    compared = told.of(long.id)
    assert compared is not None and compared.change == "same"
    assert Path(place).stat().st_size < 100_000
    assert add(place, replace(GOOD, id="x" * 100_001)).gone != ()


def test_a_seed_of_any_size_fits(place: str) -> None:
    huge = replace(results(GOOD), seed=10**40)
    record(place, huge, at=NOON)
    compared = record(place, huge, at=NOON).of(GOOD.id)
    assert compared is not None and compared.last_good == 1


@pytest.mark.parametrize(
    "broken",
    ["[1, 2", '[["transfer", 0, "refer_response", NaN]]', '[["x", 0, "refer_response", 1]]', "[[]]", "7",
     "[" * 100_000, "[" * 2_000_000, '[["transfer", 0, "refer_response", 1' + "0" * 400 + "]]",
     '[["transfer", 0, "refer_response", 1e999]]', '[["transfer", 1e999, "refer_response", 1]]',
     '[["transfer", 0, "refer_response", 1' + "0" * 5000 + "]]", '[[["transfer"], 0, {}, 1]]',
     b"\xff\xfe\x00", b"[]", 7, 1.5],
    ids=range(16),
)  # fmt: skip
def test_times_that_somebody_broke_count_as_unknown(place: str, broken: object) -> None:
    add(place, GOOD)
    with sqlite3.connect(place) as database:
        database.execute("UPDATE entries SET times = ?", (broken,))
        database.execute("UPDATE runs SET seed = 'none'")
    compared = add(place, GOOD).of(GOOD.id)
    assert compared is not None and compared.times[0].last_good_ms is None


@pytest.mark.parametrize("seed", ["9" * 5000, "\u00b2", "-", "", b"\xff", "1e9"])
def test_a_seed_that_somebody_broke_counts_as_another(place: str, seed: object) -> None:
    add(place, GOOD)
    with sqlite3.connect(place) as database:
        database.execute("UPDATE runs SET seed = ?", (seed,))
    assert add(place, GOOD).number == 2


def test_ids_and_verdicts_that_we_never_write_are_passed_over(place: str) -> None:
    add(place, GOOD, OTHER)
    with sqlite3.connect(place) as database:
        database.execute("UPDATE entries SET verdict = x'ff' WHERE id = ?", (GOOD.id,))
        database.execute("UPDATE entries SET id = x'ff' WHERE id = ?", (OTHER.id,))
        database.execute("INSERT INTO entries VALUES (?, 1, 'pass', 'virtual', '', '[]')", ("x" * 1000,))
    told = add(place, GOOD)
    assert told.gone == ()
    compared = told.of(GOOD.id)
    assert compared is not None and compared.change == "new"


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"


@pytest.mark.parametrize(
    "change",
    [
        f"DROP TABLE entries; CREATE VIEW entries AS {ENDLESS} SELECT i AS id, i AS run, '' AS times FROM n",
        f"CREATE TRIGGER slow AFTER INSERT ON runs BEGIN SELECT 1 FROM ({ENDLESS} SELECT i FROM n); END",
        "CREATE VIRTUAL TABLE words USING fts5(text)",
    ],
)
def test_a_file_that_does_something_itself_is_refused(place: str, change: str) -> None:
    add(place, GOOD)
    with sqlite3.connect(place) as database:
        database.executescript(change)
    with pytest.raises(BrokenEnvironment, match="is not as this program made it"):
        add(place, GOOD)


def test_work_without_end_is_cut_off(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    add(place, *(replace(GOOD, id=f"{number}.yaml") for number in range(3000)))
    monkeypatch.setattr(history, "WORK_MAX", 100_000)
    monkeypatch.setattr(history, "_STEPS_A_CALL", 1_000)
    with pytest.raises(BrokenEnvironment, match="takes too long to read"):
        add(place, *(replace(GOOD, id=f"{number}.yaml") for number in range(3000)))


def test_when_the_numbers_are_used_up_that_is_what_is_told(place: str) -> None:
    add(place, GOOD)
    with sqlite3.connect(place) as database:
        database.execute("UPDATE sqlite_sequence SET seq = ?", (2**63 - 1,))
    with pytest.raises(BrokenEnvironment, match=r"cannot be used \(database or disk is full\)"):
        add(place, GOOD)


def test_more_times_than_are_read_are_not_kept(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "TIMES_MAX", 10)
    add(place, GOOD)
    compared = add(place, GOOD).of(GOOD.id)
    assert compared is not None and compared.change == "same"
    assert compared.times[0].last_good_ms is None


def test_the_name_of_a_file_that_is_no_text_is_found_again(place: str) -> None:
    odd = replace(GOOD, id="a\udcff.yaml")
    add(place, odd)
    compared = add(place, odd).of(odd.id)
    assert compared is not None and compared.change == "same"


def test_a_fingerprint_tells_parts_apart() -> None:
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
    assert fingerprint("a") == fingerprint("a")
