"""The model's complaints in words for the author, each at the place to be mended."""

import pytest

from harness.scenario.words import NOT_YET
from tests.scenario.written import HEAD, mistakes

FATES = "with-human, with-agent, with-voicemail, in-queue, held, alone, dropped, hung-up"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("\na: b\n", [
            "2:1: unknown key 'a' in a scenario",
            "2:1: the key 'scenario' is missing; start the file with 'scenario:' and the promise in one sentence",
            "2:1: the key 'transfer' is missing; write 'transfer: cold'",
        ]),
        ("scenario: x\ntransfer: wram\n", ["2:11: 'wram' is not a value of 'transfer'; did you mean 'warm'?"]),
        ("scenario: x\ntransfer: warm\n", [f"2:11: 'warm' {NOT_YET}"]),
        ("scenario: x\ntransfer: attended\n", [f"2:11: 'attended' {NOT_YET}"]),
        ("scenario: x\ntransfer: [cold]\n", ["2:11: one value is wanted here, not a list or a block"]),
        ("scenario: {a: b}\ntransfer: cold\n", ["1:11: one value is wanted here, not a list or a block"]),
        ("scenario: x\nsteps:\n  - call: {from: caller}\n", [f"2:1: 'steps' {NOT_YET}"]),
        (HEAD + "$schema: [x]\n", ["3:10: one value is wanted here, not a list or a block"]),
        (HEAD + "humam: {}\n", ["3:1: unknown key 'humam' in a scenario; did you mean 'human'?"]),
        (HEAD + "human: busy\n", ["3:8: 'human' wants a block of 'key: value' lines"]),
        (HEAD + "human: [busy]\n", ["3:8: 'human' wants a block of 'key: value' lines"]),
        (HEAD + "people: [bob]\n", ["3:9: 'people' wants a block of 'key: value' lines"]),
        (HEAD + "people: {a b: {}}\n", ["3:10: 'a b' is not a name; letters, digits, - and _, a letter first"]),
        (HEAD + "people: {reaches: {}}\n", ["3:10: 'reaches' is a word of `expect:`; give this person another name"]),
        (HEAD + "people: {bob: {role: humn}}\n", ["3:22: 'humn' is not a value of 'role'; did you mean 'human'?"]),
        (HEAD + "human: {signed: A}\n", [f"3:9: 'signed' {NOT_YET}"]),
        (HEAD + "agent: {briefs: 4s}\n", [f"3:9: 'briefs' {NOT_YET}"]),
        (HEAD + "agent: {leavs: x}\n", ["3:9: unknown key 'leavs' in the agent; did you mean 'leaves'?"]),
        (HEAD + "agent: {leaves: now}\n",
         ["3:17: 'now' is not a value of 'leaves'; known here: on-final-notify, on-refer-accepted"]),
        (HEAD + "carrier: {profile: rcf}\n", ["3:20: there is no profile 'rcf'; did you mean 'rfc'?"]),
        (HEAD + "carrier: {quirks: [no-notify, refer200]}\n",
         ["3:31: there is no quirk 'refer200'; did you mean 'refer-200'?"]),
        (HEAD + "carrier: {challenges: {REFER: 402}}\n",
         ["3:31: '402' is not a value of 'REFER'; known here: 401, 407"]),
        (HEAD + "carrier: {challenges: {MESSAGE: 401}}\n", [f"3:24: 'MESSAGE' {NOT_YET}"]),
        (HEAD + "carrier: {refuses: 200}\n", ["3:20: '200' is not a SIP status code from 300 to 699"]),
        (HEAD + "carrier: {refuses: {notfy: 403}}\n",
         ["3:21: unknown key 'notfy' in `refuses:`; did you mean 'notify'?"]),
        (HEAD + "context: {headers: {Via: x}}\n",
         ["3:21: the agent writes Via itself; choose another, such as X-AI-Context"]),
        (HEAD + "context: {sent_in: invite}\n", [f"3:20: 'invite' {NOT_YET}"]),
        (HEAD + "fallback: {when: buzy, to: human}\n",
         ["3:18: 'buzy' is not a value of 'when'; did you mean 'busy'?"]),
        (HEAD + "fallback:\n  - {when: [busy, x], to: human}\n", [
            "4:19: 'x' is not a value of 'when'; known here: busy, declined, no-answer, unreachable, error"]),
        (HEAD + "fallback: [{when: []}]\n", [
            "3:12: the key 'to' is missing; name the party that is tried next",
            "3:19: this list is empty",
        ]),
        (HEAD + "fallback: {to: human, by: target}\n", [f"3:27: 'target' {NOT_YET}"]),
        (HEAD + "under_test: carier\n",
         ["3:13: nobody in this scenario is named 'carier'; did you mean 'carrier'?"]),
        (HEAD + "expect: connected\n", ["3:9: 'expect' wants a block of 'key: value' lines"]),
        (HEAD + "expect: {outcome: conected}\n",
         ["3:19: 'conected' is not a value of 'outcome'; did you mean 'connected'?"]),
        (HEAD + "expect: {reach: human}\n",
         ["3:10: 'reach' is neither a word of `expect:` nor a party; did you mean 'reaches'?"]),
        (HEAD + "expect: {human: {fate: xyz}}\n", [f"3:24: 'xyz' is not a value of 'fate'; known here: {FATES}"]),
        (HEAD + "expect: {human: {cancelled: true}}\n", [f"3:18: 'cancelled' {NOT_YET}"]),
        (HEAD + "expect: {human: answered}\n", ["3:17: 'human' wants a block of 'key: value' lines"]),
        (HEAD + "expect: {refer: acepted}\n",
         ["3:17: 'acepted' is not what a REFER can get; did you mean 'accepted'?"]),
        (HEAD + "expect: {refer: []}\n", ["3:17: this list is empty"]),
        (HEAD + "expect: {progress: [100, 99]}\n", ["3:26: '99' is not a SIP status code from 100 to 699"]),
        (HEAD + "expect: {legs_left: [human-caler]}\n",
         ["3:22: 'human-caler' is not a leg between two parties; did you mean 'human-caller'?"]),
        (HEAD + "expect: {latency: {handof: under 4s}}\n",
         ["3:20: unknown key 'handof' in `latency:`; did you mean 'handoff'?"]),
        (HEAD + "expect: {latency: {handoff: 4s}}\n", ["3:29: '4s' is not an upper limit; write it as 'under 4s'"]),
        (HEAD + "expect: {latency: {handoff: {p95: under 4s}}}\n",
         ["3:29: one value is wanted here, not a list or a block"]),
        (HEAD + "expect: {never: {INVIT: {}}}\n", [
            "3:10: 'never' names no request; such as never: {INVITE: {to: human}}",
            "3:18: unknown key 'INVIT' in `never:`; did you mean 'INVITE'?",
        ]),
        (HEAD + "expect: {violations: {includes: [truthfull-notify], by: carrier}}\n",
         ["3:34: there is no rule 'truthfull-notify'; did you mean 'truthful-notify'?"]),
        (HEAD + "expect: {attempts: [{refre: accepted}]}\n",
         ["3:22: unknown key 'refre' in an attempt; did you mean 'refer'?"]),
    ],
)  # fmt: skip
def test_a_complaint_is_a_sentence_at_its_place(text: str, wanted: list[str]) -> None:
    assert mistakes(text) == wanted
