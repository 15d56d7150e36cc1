"""The names a scenario may use for carriers."""

from pathlib import Path

from harness.actors import vocabulary
from harness.actors.carrier import profiles


def test_every_profile_and_quirk_has_one_sentence() -> None:
    for text in (*vocabulary.PROFILES.values(), *vocabulary.QUIRKS.values()):
        assert text.endswith(".") and text[0].isupper() and "\n" not in text


def test_the_names_are_those_that_play() -> None:
    assert list(vocabulary.PROFILES) == list(profiles.PROFILES)
    assert list(vocabulary.QUIRKS) == list(profiles.QUIRKS)
    assert "rfc" in vocabulary.PROFILES


def test_every_name_stands_in_the_docs_with_its_sentence() -> None:
    page = (Path(__file__).parents[2] / "docs" / "carriers.md").read_text(encoding="utf-8")
    for name, text in {**vocabulary.PROFILES, **vocabulary.QUIRKS}.items():
        assert f"| `{name}` | {text} |" in page
