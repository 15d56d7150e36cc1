"""Rendering alone: what every value costs, and what a value can be asked for."""

import pytest

from harness.base.limits import TEMPLATE_WORK_MAX
from harness.scenario.rendering import CHARACTERS_A_VALUE, TemplateFailed, Work
from harness.scenario.template import render


class Secret:
    """Has more than a template may ask for."""

    password = "s3cret"
    uri = "sip:a@192.0.2.1"


def test_work_is_spent_by_the_value_and_by_the_character() -> None:
    work = Work(10)
    work.spend()
    work.spend(CHARACTERS_A_VALUE * 2)
    assert work.left == 6
    with pytest.raises(TemplateFailed, match="too much work"):
        work.spend(CHARACTERS_A_VALUE * TEMPLATE_WORK_MAX)


@pytest.mark.parametrize(
    "text",
    ["{{ a.password }}", "{{ a.__class__ }}", "{{ a.uri.upper() }}", "{{ a['uri'] }}", "{{ a }}",
     "{{ a.number }}", "{% include 'x' %}", "{{ lipsum() }}"],
)  # fmt: skip
def test_nothing_but_the_known_words_is_asked_of_a_value_checked_or_not(text: str) -> None:
    assert render("{{ a.uri }}", {"a": Secret()}) == Secret.uri
    with pytest.raises(TemplateFailed):
        render(text, {"a": Secret()})
