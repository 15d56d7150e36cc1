"""Seeded streams."""

from harness.base.entropy import Stream


def test_the_same_seed_and_path_give_the_same_numbers() -> None:
    one, other = Stream(7, "host", "agent"), Stream(7, "host", "agent")
    assert [one.token(16) for _ in range(9)] == [other.token(16) for _ in range(9)]
    assert one.below(1000) == other.below(1000)


def test_another_seed_or_path_gives_other_numbers() -> None:
    first = Stream(7, "host", "agent").token(32)
    assert first != Stream(8, "host", "agent").token(32)
    assert first != Stream(7, "host", "human").token(32)
    assert Stream(7, "a", "bc").token(32) != Stream(7, "ab", "c").token(32)


def test_tokens_are_hexadecimal_of_the_wanted_length_and_do_not_repeat() -> None:
    stream = Stream(1)
    tokens = [stream.token(length) for length in (1, 10, 16, 24, 64) for _ in range(50)]
    assert [len(token) for token in tokens] == [length for length in (1, 10, 16, 24, 64) for _ in range(50)]
    assert all(set(token) <= set("0123456789abcdef") for token in tokens)
    assert len({token for token in tokens if len(token) >= 10}) == 200


def test_chances_are_about_what_was_asked_for() -> None:
    stream = Stream(3, "loss")
    hits = sum(stream.one_in(100, 1000) for _ in range(5000))
    assert 400 < hits < 600
    assert all(0 <= stream.below(6) < 6 for _ in range(100))
