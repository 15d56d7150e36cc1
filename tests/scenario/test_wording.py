"""The model's complaints in words for the author, each at the place to be mended."""

import pytest

from harness.scenario.model import Scenario
from harness.scenario.typed import keys_of
from harness.scenario.words import NOT_YET
from tests.scenario.written import HEAD, mistakes

FATES = "with-human, with-agent, with-voicemail, in-queue, held, alone, dropped, hung-up"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("\na: b\n", [
            f"2:1: unknown key 'a' in a scenario; known here: {', '.join(keys_of(Scenario)[1:])}",
            "2:1: the key 'scenario' is missing; start the file with 'scenario:' and a sentence",
            "2:1: the key 'transfer' is missing; write 'transfer: cold'",
        ]),
        ("scenario: x\ntransfer: wram\n",
         ["2:11: 'wram' is not a value of 'transfer'; did you mean 'warm'?"]),
        (f"scenario: {'all ' * 1250}\ntransfer: cold\n",
         [f"1:11: {'all ' * 10!r}... is too long for a sentence; 4999 characters, at most 300"]),
        ("scenario: x\ntransfer: blind\n",
         ["2:11: 'blind' is not a value of 'transfer'; here that is called 'cold'"]),
        ("scenario: x\ntransfer: warm\n", [f"2:11: 'warm' {NOT_YET}"]),
        ("scenario: x\ntransfer: attended\n", [f"2:11: 'attended' {NOT_YET}"]),
        ("scenario: x\ntransfer: [cold]\n", ["2:11: one value is wanted here, not a list or a block"]),
        ("scenario: {a: b}\ntransfer: cold\n", ["1:11: one value is wanted here, not a list or a block"]),
    ],
)  # fmt: skip
def test_a_complaint_about_the_whole_file_is_a_sentence_at_its_place(text: str, wanted: list[str]) -> None:
    assert mistakes(text) == wanted


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("$schema: [x]", ["3:10: one value is wanted here, not a list or a block"]),
        ("humam: {}", ["3:1: unknown key 'humam' in a scenario; did you mean 'human'?"]),
        ("human: busy", ["3:8: 'human' wants a block of 'key: value' lines; write human: {busy: true}"]),
        ("human: [busy]", ["3:8: 'human' wants a block of 'key: value' lines; such as human: {busy: true}"]),
        ("people: [bob]", [
            "3:9: 'people' wants a block of 'key: value' lines; such as people: {mailbox: {role: voicemail}}"
        ]),
        ("people: {a b: {}}", ["3:10: 'a b' is not a name; letters, digits, - and _, a letter first"]),
        ("people: {reaches: {}}", ["3:10: 'reaches' is a word of `expect:`; give this person another name"]),
        ("people: {bob: {role: humn}}", ["3:22: 'humn' is not a value of 'role'; did you mean 'human'?"]),
        ("human: {signed: A}", [f"3:9: 'signed' {NOT_YET}"]),
        ("agent: {briefs: 4s}", [f"3:9: 'briefs' {NOT_YET}"]),
        ("agent: {leavs: x}", ["3:9: unknown key 'leavs' in the agent; did you mean 'leaves'?"]),
        ("agent: {leaves: now}",
         ["3:17: 'now' is not a value of 'leaves'; known here: on-final-notify, on-refer-accepted"]),
        ("carrier: {profile: rcf}", ["3:20: there is no profile 'rcf'; did you mean 'rfc'?"]),
        ("carrier: {quirks: [no-notify, refer200]}",
         ["3:31: there is no quirk 'refer200'; did you mean 'refer-200'?"]),
        ("carrier: {challenges: {REFER: 402}}",
         ["3:31: '402' is not a value of 'REFER'; known here: 401, 407"]),
        ("carrier: {challenges: {MESSAGE: 401}}", [f"3:24: 'MESSAGE' {NOT_YET}"]),
        ("carrier: {refuses: 200}", ["3:20: '200' is not a SIP status code from 300 to 699"]),
        ("carrier: {refuses: {notfy: 403}}",
         ["3:21: unknown key 'notfy' in `refuses:`; did you mean 'notify'?"]),
        ("context: {headers: {Via: x}}",
         ["3:21: the agent writes Via itself; choose another, such as X-AI-Context"]),
        ("context: {sent_in: invite}", [f"3:20: 'invite' {NOT_YET}"]),
        ("people: {m: {}}\nfallback: {when: buzy, to: m}",
         ["4:18: 'buzy' is not a value of 'when'; did you mean 'busy'?"]),
        ("people: {m: {}}\nfallback:\n  - {when: [busy, x], to: m}", [
            "5:19: 'x' is not a value of 'when'; known here: busy, declined, no-answer, unreachable, error"]),
        ("fallback: [{when: []}]", [
            "3:12: the key 'to' is missing; name the party that is tried next",
            "3:19: this list is empty",
        ]),
        ("expect: {human_sees: {attestation: kept}}", [f"3:23: 'attestation' {NOT_YET}"]),
        ("expect: {human_sees: {caller_id: bob}}", [
            "3:34: 'bob' is no party and no number; known here: anonymous, caller, agent, human"]),
        ("by: conference", [f"3:5: 'conference' {NOT_YET}"]),
        ("under_test: carier",
         ["3:13: nobody in this scenario is named 'carier'; did you mean 'carrier'?"]),
        ("expect: connected",
         ["3:9: 'expect' wants a block of 'key: value' lines; such as expect: {reaches: human}"]),
        ("expect: {outcome: conected}",
         ["3:19: 'conected' is not a value of 'outcome'; did you mean 'connected'?"]),
        ("expect: {reach: human}",
         ["3:10: 'reach' is neither a word of `expect:` nor a party; did you mean 'reaches'?"]),
        ("expect: {human: {fate: xyz}}", [f"3:24: 'xyz' is not a value of 'fate'; known here: {FATES}"]),
        ("expect: {human: {cancelled: true}}", [f"3:18: 'cancelled' {NOT_YET}"]),
        ("expect: {human: answered}",
         ["3:17: 'human' wants a block of 'key: value' lines; such as human: {fate: with-human}"]),
        ("expect: {never: INVITE}",
         ["3:17: 'never' wants a block of 'key: value' lines; write never: {INVITE: ...}"]),
        ("expect: {refer: acepted}",
         ["3:17: 'acepted' is not what a REFER can get; did you mean 'accepted'?"]),
        ("expect: {refer: []}", ["3:17: this list is empty"]),
        ("expect: {progress: [100, 99]}",
         ["3:26: '99' is not a SIP status code from 100 to 699; write three digits, such as 180"]),
        ("expect: {legs_left: [human-caler]}",
         ["3:22: 'human-caler' is not a leg between two parties; did you mean 'human-caller'?"]),
        ("expect: {latency: {handof: under 4s}}",
         ["3:20: unknown key 'handof' in `latency:`; did you mean 'handoff'?"]),
        ("expect: {latency: {handoff: 4s}}", ["3:29: '4s' is not an upper limit; write it as 'under 4s'"]),
        ("expect: {latency: {handoff: {p95: under 4s}}}",
         [f"3:29: a block of percentiles {NOT_YET}; write it as 'under 4s'"]),
        ("expect: {never: {INVIT: {}}}",
         ["3:18: unknown key 'INVIT' in `never:`; did you mean 'INVITE'?"]),
        ("expect: {violations: {include: truthful-notify}}",
         ["3:23: unknown key 'include' in `violations:`; did you mean 'includes'?"]),
        ("faults: {drp: NOTIFY}", ["3:10: unknown key 'drp' in a fault; did you mean 'drop'?"]),
        ("expect: {violations: {includes: [truthfull-notify], by: carrier}}",
         ["3:34: there is no rule 'truthfull-notify'; did you mean 'truthful-notify'?"]),
        ("expect: {attempts: [{refre: accepted}]}",
         ["3:22: unknown key 'refre' in an attempt; did you mean 'refer'?"]),
    ],
)  # fmt: skip
def test_a_complaint_about_a_line_is_a_sentence_at_its_place(line: str, wanted: list[str]) -> None:
    assert mistakes(f"{HEAD}{line}\n") == wanted
