"""Mistakes that only two keys together make."""

import pytest

from harness.scenario.words import NOT_YET
from tests.scenario.written import HEAD, mistakes

UNTRIED = "; name somebody who was not tried yet"


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
        ("fallback: {to: human}",
         [f"3:16: a fallback to 'human' is a circle: that is who failed{UNTRIED}"]),
        ("people: {box: {}}\nfallback: [{when: busy, to: box}, {when: declined, to: box}]",
         [f"4:56: a fallback to 'box' is a circle: an earlier fallback went there{UNTRIED}"]),
        ("people: {a: {redirects_to: b}, b: {redirects_to: human}}\nfallback: {to: a}",
         [f"4:16: a fallback to 'a' is a circle: it redirects to 'human', who was tried{UNTRIED}"]),
        ("people: {a: {redirects_to: a}}\nfallback: {to: a}",
         [f"4:16: a fallback to 'a' is a circle: it redirects to 'a', who was tried{UNTRIED}"]),
        ("people: {a: {redirects_to: b}, b: {}}\nfallback: {to: a}", []),
        ("human: {redirects_to: human}", []),
        ("human: {redirects_to: desk}\npeople: {bob: {number: desk}}", []),
        ("human: {unreachable: true}\npeople: {box: {}}\nfallback: {to: box, by: target}",
         [("5:25: nothing answers at the human's address, so no system of the human's sends the call on;"
           " write by: carrier, or rejects: 404 instead of unreachable")]),
        ("caller: {privacy: id}", []),
        ("human: {privacy: id}",
         [("3:9: human places no call (direction: inbound), so 'privacy' has no meaning;"
           " the caller can hide its number")]),
        ("direction: outbound\ncaller: {privacy: id}\nagent: {privacy: id}",
         [("4:10: caller places no call (direction: outbound), so 'privacy' has no meaning;"
           " the agent can hide its number")]),
        ("expect: {human_sees: {context: whole}}",
         ["3:32: the agent sends no context; write it under context: headers:"]),
        ("context: {headers: {X-A: b}}\nexpect: {human_sees: {context: [x-a, X-B]}}",
         ["4:38: the agent sends no X-B; write it under context: headers:"]),
        ("agent: {refers_to: tel}\ncontext: {sent_in: refer-to, headers: {X-A: b}}",
         ["4:20: a tel URI has no place for context; write sent_in: refer, or refers_to: sip"]),
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
