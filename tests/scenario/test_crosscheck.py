"""Mistakes that only two keys together make."""

import pytest

from harness.scenario.words import NOT_YET
from tests.scenario.written import HEAD, mistakes


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("human: {busy: true, answers_after: 2s}",
         ["3:21: 'answers_after' and 'busy' exclude each other; a party does one thing with a call"]),
        ("human: {busy: false, answers_after: 2s}", []),
        ("human: {declines: true, rings_after: 1s}", []),
        ("human: {no_answer: true, hangs_up_after: 2s}",
         ["3:26: 'hangs_up_after' has no meaning with 'no_answer': the call is never connected"]),
        ("human: {unreachable: true, rings_after: 1s}",
         ["3:28: 'rings_after' has no meaning with 'unreachable'"]),
        ("human: {no_answer: true, rings_after: never}",
         ["3:26: 'rings_after' has no meaning with 'no_answer'"]),
        ("caller: {answers_after: 2s}",
         ["3:10: the caller places the call (direction: inbound), so 'answers_after' has no meaning"]),
        ("agent: {answers_after: 2s}", []),
        ("direction: outbound\nagent: {rings_after: 2s}",
         ["4:9: the agent places the call (direction: outbound), so 'rings_after' has no meaning"]),
        ("caller: {number: '+15550100'}\nhuman: {number: +15550100}",
         ["4:17: human and caller have the same number; the carrier finds people by their number"]),
        ("carrier: {refuses: {refer: 603, notify: 403}}",
         ["3:33: 'notify' and 'refer' exclude each other; write the one that the REFER gets"]),
        ("fallback: {to: caller}",
         ["3:16: the call cannot fall back to the caller; name a human or a voicemail"]),
        ("expect: {caller: {within: 5s}}", ["3:19: 'within' needs a 'fate' beside it"]),
        ("expect: {carrier: {fate: held}}",
         ["3:10: 'carrier' is neither a word of `expect:` nor a party; did you mean 'caller'?"]),
        ("expect: {hears: [{during: briefing}]}", [f"3:10: 'hears' {NOT_YET}"]),
        ("expect: {refer: [407, accepted]}", ["3:23: a list of final responses holds codes; write 202"]),
        ("expect: {attempts: [{refer: [accepted]}]}",
         ["3:30: a list of final responses holds codes; write 202"]),
        ("expect: {violations: {by: carrier}}",
         ["3:10: 'violations' names no rule; write includes: [...] or exactly: [...]"]),
        ("expect: {violations: {includes: truthful-notify, exactly: []}}",
         ["3:50: 'exactly' and 'includes' exclude each other"]),
        ("expect: {never: {for: 5s}}",
         ["3:10: 'never' names no request; such as never: {INVITE: {to: human}}"]),
    ],
)  # fmt: skip
def test_keys_that_do_not_go_together_are_mistakes(line: str, wanted: list[str]) -> None:
    assert mistakes(HEAD + line + "\n") == wanted
