# ruff: noqa: E501 - what is printed may be longer than our lines
"""What an author sees for each kind of mistake: the file, and all that `siptransfer lint` prints about it.

One table, to be read as a newcomer would: does it say what is wrong, where, and what to do? Lines that begin
with a place are the mistakes; below each stand the line of the file and a caret. Must not live here: why
(the tests of `source`, `wording`, `crosscheck`, `combine`).
"""

import textwrap

import pytest

from harness.base.errors import ScenarioError
from harness.scenario.load import load_text
from harness.scenario.source import split_lines
from harness.suite.collect import vocabulary
from tests.scenario.written import HEAD

LONG = b"scenario: A promise\nsteps:\n  - call: {from: caller, to: agent, as: main}\n"
"""Three good lines of the long form."""

Case = tuple[str, str | bytes, str]
"""What it is about; the file, or what follows its first two good lines; what is printed."""

FILES: list[Case] = [
    ("an empty file", b"", """
        1:1: the file is empty; start with 'scenario:' and a sentence

            ^
    """),
    ("comments only", b"# nothing yet\n", """
        1:1: the file is empty; start with 'scenario:' and a sentence
            # nothing yet
            ^
    """),
    ("words", b"hello\n", """
        1:1: a scenario is made of 'key: value' lines; start with 'scenario:' and a sentence
            hello
            ^
    """),
    ("a list", b"- human\n", """
        1:1: a scenario is made of 'key: value' lines; start with 'scenario:' and a sentence
            - human
            ^
    """),
    ("a binary file", b"\x89PNG\r\n\x1a\n\x00\x00", """
        1:1: this is no text; a scenario is a text file in YAML
            �PNG
            ^
    """),
    ("UTF-16", b"\xff\xfea\x00:\x00 \x00b\x00\n\x00", """
        1:1: the file is UTF-16; save it as UTF-8
            ��a :   b
            ^
    """),
    ("a byte order mark", b"\xef\xbb\xbfscenario: A promise\ntransfer: cold\n", """
        1:1: the file starts with a byte order mark; save it as UTF-8 without BOM
            scenario: A promise
            ^
    """),
    ("bad UTF-8", b"scenario: A promise\ntransfer: cold\nhuman: {name: M\xfcller}\n", """
        3:16: the byte 0xfc is not UTF-8; save the file as UTF-8
            human: {name: M�ller}
                           ^
    """),
    ("a NUL", b"scenario: A promise\ntransfer: cold\nhuman: {name: a\x00b}\n", """
        3:16: the character U+0000 is not allowed; delete it; editors may not show it
            human: {name: a b}
                           ^
    """),
    ("10 MB", b"a: b\n" * 2_000_000, """
        1:1: the file is larger than 1048576 bytes; a scenario has a few dozen lines; is this the right file?
            a: b
            ^
    """),
    ("two documents", b"scenario: A promise\ntransfer: cold\n---\nscenario: A promise\ntransfer: cold\n", """
        3:1: a second document starts here; one file holds one scenario
            ---
            ^^^
    """),
    ("after the end", b"scenario: A promise\ntransfer: cold\n...\nhuman: {}\n", """
        4:1: nothing may follow the end of the document; delete the line '...'
            human: {}
            ^
    """),
]  # fmt: skip

SYNTAX: list[Case] = [
    ("a key twice", "human: {busy: true}\nhuman: {declines: true}\n", """
        4:1: the key 'human' is given twice; the first is on line 3
            human: {declines: true}
            ^^^^^
    """),
    ("a tab", "human:\n\tbusy: true\n", """
        4:1: a tab in the indentation; indent with spaces
             busy: true
            ^
    """),
    ("an alias bomb", "people: &a {x: {}}\nagent: *a\n", """
        3:9: the anchor &a is not part of this language; write the value out
            people: &a {x: {}}
                    ^^^^
        4:8: the alias *a is not part of this language; write the value out
            agent: *a
                   ^^
    """),
    ("a merge key", "human: {<<: {busy: true}}\n", """
        3:9: the merge key << is not part of this language; write the keys out
            human: {<<: {busy: true}}
                    ^^
    """),
    ("a tag", "human: !!python/object:os.system {}\n", """
        3:8: the tag !!python/object:os.system is not part of this language; the key gives a value its type
            human: !!python/object:os.system {}
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^
    """),
    ("deep nesting", "human: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n", """
        3:23: nested deeper than 16 levels
            human: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
                                  ^
    """),
    ("a colon", "caller: {name: Dr: No}\n", """
        3:18: a ',' or the closing '}' is missing before this; put a text that holds ': ' in quotes
            caller: {name: Dr: No}
                             ^
    """),
    ("an open quote", "caller: {name: 'Maria}\n", """
        3:16: this quote is never closed
            caller: {name: 'Maria}
                           ^
    """),
    ("an open brace", "human: {busy: true\nexpect: {}\n", """
        3:8: this '{' is never closed, or a ',' is missing before line 4
            human: {busy: true
                   ^
    """),
    ("an open bracket", "expect: {progress: [100, 200}\n", """
        3:29: a ',' or the closing ']' is missing before this
            expect: {progress: [100, 200}
                                        ^
    """),
    ("a star", "carrier: {allows: [*]}\n", """
        3:20: a value cannot start with '*' or '&'; put it in quotes
            carrier: {allows: [*]}
                               ^
    """),
    ("a comment in the way", "caller: {name: #1}\n", """
        3:16: a value is missing here; a '#' after a blank begins a comment
            caller: {name: #1}
                           ^
    """),
    ("indentation", "human:\n    busy: true\n  name: x\n", """
        5:3: this line does not fit the indentation above it
              name: x
              ^
    """),
    ("a line indented deeper than its neighbour", "expect:\n  outcome: failed\n   caller: {fate: held}\n", """
        5:4: this line is indented by 3 blanks, the one above it by 2; lines that belong together begin in one column
               caller: {fate: held}
               ^
    """),
    ("a colon in a block of its own", "human:\n  name: Dr: No\n", """
        4:11: a ':' too many on this line; put a text that holds ': ' in quotes
              name: Dr: No
                      ^
    """),
    ("a brace too many", "human: {busy: true}}\n", """
        3:20: a '}' too many; delete it
            human: {busy: true}}
                               ^
    """),
    ("a bracket too many", "carrier:\n  allows: [a]]\n", """
        4:14: a ']' too many; delete it
              allows: [a]]
                         ^
    """),
    ("no value", "human:\n", """
        3:1: the key 'human' has no value
            human:
            ^^^^^
    """),
    ("no key", "? [a, b]\n: c\n", """
        3:3: a key must be one word; write it as 'key: value'
            ? [a, b]
              ^^^^^^
    """),
]  # fmt: skip

WORDS: list[Case] = [
    ("an unknown key", "humam: {}\n", """
        3:1: unknown key 'humam' in a scenario; did you mean 'human'?
            humam: {}
            ^^^^^
    """),
    ("an unknown word", "human: {busi: true}\n", """
        3:9: unknown key 'busi' in the human; did you mean 'busy'?
            human: {busi: true}
                    ^^^^
    """),
    ("a hyphen", "human: {no-answer: true}\n", """
        3:9: unknown key 'no-answer' in the human; did you mean 'no_answer'?
            human: {no-answer: true}
                    ^^^^^^^^^
    """),
    ("a capital", "Human: {busy: true}\n", """
        3:1: unknown key 'Human' in a scenario; did you mean 'human'?
            Human: {busy: true}
            ^^^^^
    """),
    ("far from any word", "expect: {caller: {mood: good}}\n", """
        3:19: unknown key 'mood' in the expectations on a party; known here: fate, within, never, alone, dead_air
            expect: {caller: {mood: good}}
                              ^^^^
    """),
    ("no such value", "direction: sideways\n", """
        3:12: 'sideways' is not a value of 'direction'; known here: inbound, outbound
            direction: sideways
                       ^^^^^^^^
    """),
    ("another word for cold", b"scenario: A promise\ntransfer: blind\n", """
        2:11: 'blind' is not a value of 'transfer'; here that is called 'cold'
            transfer: blind
                      ^^^^^
    """),
    ("a style of later", b"scenario: A promise\ntransfer: warm\n", """
        2:11: 'warm' is a known word of the language, but not playable in this version
            transfer: warm
                      ^^^^
    """),
    ("no promise", b"transfer: cold\n", """
        1:1: the key 'scenario' is missing; start the file with 'scenario:' and a sentence
            transfer: cold
            ^^^^^^^^^^^^^^
    """),
    ("no style", b"scenario: A promise\n", """
        1:1: the key 'transfer' is missing; write 'transfer: cold'
            scenario: A promise
            ^^^^^^^^^^^^^^^^^^^
    """),
    ("a word of later", "ring: {all: [ann, bob]}\n", """
        3:1: 'ring' is a known word of the language, but not playable in this version
            ring: {all: [ann, bob]}
            ^^^^
    """),
    ("a key of later", "caller: {signed: A}\n", """
        3:10: 'signed' is a known word of the language, but not playable in this version
            caller: {signed: A}
                     ^^^^^^
    """),
    ("a mechanism of later", "by: conference\n", """
        3:5: 'conference' is a known word of the language, but not playable in this version
            by: conference
                ^^^^^^^^^^
    """),
    ("a place of later", "context: {sent_in: consult}\n", """
        3:20: 'consult' is a known word of the language, but not playable in this version
            context: {sent_in: consult}
                               ^^^^^^^
    """),
]  # fmt: skip

NAMES: list[Case] = [
    ("an unknown party", "expect: {reaches: humna}\n", """
        3:19: nobody in this scenario is named 'humna'; did you mean 'human'?
            expect: {reaches: humna}
                              ^^^^^
    """),
    ("an unknown party to fall back to", "fallback: {to: mailbox}\n", """
        3:16: nobody in this scenario is named 'mailbox'; write people: {mailbox: {}} to bring it in
            fallback: {to: mailbox}
                           ^^^^^^^
    """),
    ("a redirection to nobody", "human: {redirects_to: mailbx}\npeople: {mailbox: {}}\n", """
        3:23: nobody in this scenario is named 'mailbx'; did you mean 'mailbox'?
            human: {redirects_to: mailbx}
                                  ^^^^^^
    """),
    ("a redirection to a word", "human: {redirects_to: desk}\n", """
        3:23: nobody in this scenario is named 'desk'; write people: {desk: {}} to bring it in
            human: {redirects_to: desk}
                                  ^^^^
    """),
    ("a REFER to nobody", LONG + b"  - refer: {as: agent, in: main, to: humn}\n", """
        4:38: nobody in this scenario is named 'humn'; did you mean 'human'?
              - refer: {as: agent, in: main, to: humn}
                                                 ^^^^
    """),
    ("an unknown rule", "expect: {violations: {includes: truthful-notfy}}\n", """
        3:33: there is no rule 'truthful-notfy'; did you mean 'truthful-notify'?
            expect: {violations: {includes: truthful-notfy}}
                                            ^^^^^^^^^^^^^^
    """),
    ("an unknown profile", "carrier: {profile: cisco}\n", """
        3:20: there is no profile 'cisco'; known here: rfc, asterisk, freeswitch
            carrier: {profile: cisco}
                               ^^^^^
    """),
    ("an unknown quirk", "carrier: {quirks: [no-notfy]}\n", """
        3:20: there is no quirk 'no-notfy'; did you mean 'no-notify'?
            carrier: {quirks: [no-notfy]}
                               ^^^^^^^^
    """),
    ("a role as a name", "people: {caller: {}}\n", """
        3:10: 'caller' is a role of its own; give this person another name
            people: {caller: {}}
                     ^^^^^^
    """),
    ("a word as a name", "people: {refer: {}}\n", """
        3:10: 'refer' is a word of `expect:`; give this person another name
            people: {refer: {}}
                     ^^^^^
    """),
    ("a name with a blank", "people: {'a b': {}}\n", """
        3:10: 'a b' is not a name; letters, digits, - and _, a letter first
            people: {'a b': {}}
                     ^^^^^
    """),
    ("a word of pytest", "markers: [skip]\n", """
        3:11: 'skip' means something of its own to pytest; choose another marker
            markers: [skip]
                      ^^^^
    """),
    ("a header of ours", "context: {headers: {From: x}}\n", """
        3:21: the agent writes From itself; choose another, such as X-AI-Context
            context: {headers: {From: x}}
                                ^^^^
    """),
    ("two with one number", "caller: {number: +15550100}\nhuman: {number: +15550100}\n", """
        4:17: human and caller have the same number; the carrier finds people by their number
            human: {number: +15550100}
                            ^^^^^^^^^
    """),
]  # fmt: skip

VALUES: list[Case] = [
    ("a word for a block", "human: busy\n", """
        3:8: 'human' wants a block of 'key: value' lines; write human: {busy: true}
            human: busy
                   ^^^^
    """),
    ("a list for a block", "people: [bob]\n", """
        3:9: 'people' wants a block of 'key: value' lines; such as people: {mailbox: {role: voicemail}}
            people: [bob]
                    ^^^^^
    """),
    ("null for a block", "human: ~\n", """
        3:8: 'human' wants a block of 'key: value' lines; such as human: {busy: true}
            human: ~
                   ^
    """),
    ("a list for a value", "human: {number: [1]}\n", """
        3:17: one value is wanted here, not a list or a block
            human: {number: [1]}
                            ^^^
    """),
    ("no flag", "human: {busy: 1}\n", """
        3:15: '1' is neither true nor false; write true or false
            human: {busy: 1}
                          ^
    """),
    ("more steps than a run has", b"scenario: A promise\nsteps:\n" + b"  - wait: 1s\n" * 3001, """
        3:3: 3001 steps; at most 200 are possible; make two files
              - wait: 1s
              ^^^^^^^^^^
    """),
    ("another word for who does it", LONG + b"  - hold: {by: agent}\n  - refer: {from: agent, to: human}\n", """
        4:12: unknown key 'by' in this step; did you mean 'as'?
              - hold: {by: agent}
                       ^^
        5:13: unknown key 'from' in `refer:`; did you mean 'as'?
              - refer: {from: agent, to: human}
                        ^^^^
    """),
    ("no unit", "human: {answers_after: 2}\n", """
        3:24: '2' is not a duration; write a number and a unit, such as 500ms, 2s or 2m
            human: {answers_after: 2}
                                   ^
    """),
    ("a wrong unit", "human: {answers_after: 2 sec}\n", """
        3:24: '2 sec' is not a duration; write a number and a unit, such as 500ms, 2s or 2m
            human: {answers_after: 2 sec}
                                   ^^^^^
    """),
    ("a decimal comma", "human: {answers_after: '1,5s'}\n", """
        3:24: '1,5s' is not a duration; write a number and a unit, such as 500ms, 2s or 2m
            human: {answers_after: '1,5s'}
                                   ^^^^^^
    """),
    ("base 60", "human: {answers_after: 1:30}\n", """
        3:24: '1:30' is not a duration; write a number and a unit, such as 500ms, 2s or 2m
            human: {answers_after: 1:30}
                                   ^^^^
    """),
    ("negative", "human: {answers_after: -2s}\n", """
        3:24: '-2s' is negative; a duration is not
            human: {answers_after: -2s}
                                   ^^^
    """),
    ("too long", "human: {answers_after: 2h}\n", """
        3:24: '2h' is longer than a run may last (3600 s)
            human: {answers_after: 2h}
                                   ^^
    """),
    ("no limit", "expect: {latency: {handoff: 4s}}\n", """
        3:29: '4s' is not an upper limit; write it as 'under 4s'
            expect: {latency: {handoff: 4s}}
                                        ^^
    """),
    ("no code", "human: {rejects: busy}\n", """
        3:18: 'busy' is not a SIP status code from 400 to 699; write three digits, such as 486
            human: {rejects: busy}
                             ^^^^
    """),
    ("a hexadecimal code", "human: {rejects: 0x1e6}\n", """
        3:18: '0x1e6' is not a SIP status code from 400 to 699; write three digits, such as 486
            human: {rejects: 0x1e6}
                             ^^^^^
    """),
    ("a code with a point", "human: {rejects: 486.0}\n", """
        3:18: '486.0' is not a SIP status code from 400 to 699; write three digits, such as 486
            human: {rejects: 486.0}
                             ^^^^^
    """),
    ("a code out of range", "human: {rejects: 200}\n", """
        3:18: '200' is not a SIP status code from 400 to 699
            human: {rejects: 200}
                             ^^^
    """),
    ("digits of another script", "human: {rejects: ٤٨٦}\n", """
        3:18: '٤٨٦' is not a SIP status code from 400 to 699; write three digits, such as 486
            human: {rejects: ٤٨٦}
                             ^^^
    """),
    ("blanks in a number", "human: {number: +1 800 555 0100}\n", """
        3:17: '+1 800 555 0100' is not a phone number or SIP user; write +18005550100
            human: {number: +1 800 555 0100}
                            ^^^^^^^^^^^^^^^
    """),
    ("a tel URI", "human: {number: 'tel:+18005550100'}\n", """
        3:17: 'tel:+18005550100' is a URI; write +18005550100, and agent: {refers_to: tel}
            human: {number: 'tel:+18005550100'}
                            ^^^^^^^^^^^^^^^^^^
    """),
    ("a line break in a header", 'context: {headers: {X-A: "a\\r\\nb: c"}}\n', """
        3:26: 'a\\r\\nb: c' is not a header value; one line of at most 2000 characters
            context: {headers: {X-A: "a\\r\\nb: c"}}
                                     ^^^^^^^^^^^
    """),
]  # fmt: skip

TOGETHER: list[Case] = [
    ("two behaviours", "human: {busy: true, no_answer: true}\n", """
        3:21: 'no_answer' and 'busy' exclude each other; a party does one thing with a call
            human: {busy: true, no_answer: true}
                                ^^^^^^^^^
    """),
    ("a caller who is called", "caller: {busy: true}\n", """
        3:10: the caller places the call (direction: inbound), so 'busy' has no meaning
            caller: {busy: true}
                     ^^^^
    """),
    ("a fallback in a circle", "fallback: {to: human}\n", """
        3:16: a fallback to 'human' is a circle: that is who failed; name somebody who was not tried yet
            fallback: {to: human}
                           ^^^^^
    """),
    ("a fallback to who redirects back", "people: {bob: {redirects_to: human}}\nfallback: {to: bob}\n", """
        4:16: a fallback to 'bob' is a circle: it redirects to 'human', who was tried; name somebody who was not tried yet
            fallback: {to: bob}
                           ^^^
    """),
    ("a fallback nobody can do", "human: {unreachable: true}\npeople: {bob: {}}\nfallback: {to: bob, by: target}\n", """
        5:25: nothing answers at the human's address, so no system of the human's sends the call on; write by: carrier, or rejects: 404 instead of unreachable
            fallback: {to: bob, by: target}
                                    ^^^^^^
    """),
    ("who hides no number", "human: {privacy: id}\n", """
        3:9: human places no call (direction: inbound), so 'privacy' has no meaning; the caller can hide its number
            human: {privacy: id}
                    ^^^^^^^
    """),
    ("within without fate", "expect: {caller: {within: 5s}}\n", """
        3:19: 'within' needs a 'fate' beside it
            expect: {caller: {within: 5s}}
                              ^^^^^^
    """),
    ("never without a request", "expect: {never: {for: 5s}}\n", """
        3:10: 'never' names no request; such as never: {INVITE: {to: human}}
            expect: {never: {for: 5s}}
                     ^^^^^
    """),
    ("both ways to count rules", "expect: {violations: {includes: truthful-notify, exactly: []}}\n", """
        3:50: 'exactly' and 'includes' exclude each other
            expect: {violations: {includes: truthful-notify, exactly: []}}
                                                             ^^^^^^^
    """),
]  # fmt: skip

PARAMETERS: list[Case] = [
    ("never used", "parameters: {code: [486]}\n", """
        3:14: the parameter 'code' is never used; write $code where its values belong
            parameters: {code: [486]}
                         ^^^^
    """),
    ("never given", "human: {rejects: $code}\n", """
        3:18: there is no parameter 'code'; write parameters: {code: [...]}, or $$code for the text itself
            human: {rejects: $code}
                             ^^^^^
    """),
    ("misspelt", "parameters: {code: [486]}\nhuman: {rejects: $cod}\n", """
        4:18: there is no parameter 'cod'; did you mean 'code'?
            human: {rejects: $cod}
                             ^^^^
    """),
    ("no list", "parameters: [code]\n", """
        3:13: 'parameters' wants a block of 'name: [values]' lines; such as parameters: {code: [486, 603]}
            parameters: [code]
                        ^^^^^^
    """),
    ("an empty list", "parameters: {code: []}\nhuman: {rejects: $code}\n", """
        3:20: the parameter 'code' wants a list of single values; such as code: [486, 603]
            parameters: {code: []}
                               ^^
    """),
    ("a bad value", "parameters: {code: [486, 99]}\nhuman: {rejects: $code}\n", """
        3:26: '99' is not a SIP status code from 400 to 699 ($code on line 4); write three digits, such as 486
            parameters: {code: [486, 99]}
                                     ^^
    """),
    ("twice", "parameters: {code: [486, 486]}\nhuman: {rejects: $code}\n", """
        3:26: the value '486' is given twice
            parameters: {code: [486, 486]}
                                     ^^^
    """),
    ("too many", "parameters: {a: [0,1,2,3,4,5,6,7,8,9,10], b: [0,1,2,3,4,5,6,7,8,9,10], c: [0,1,2,3,4,5,6,7,8,9]}\ncaller: {name: $a}\nagent: {name: $b}\nhuman: {name: $c}\n", """
        3:1: 1210 combinations; at most 1000 are played; shorten a list, or make two files
            parameters: {a: [0,1,2,3,4,5,6,7,8,9,10], b: [0,1,2,3,4,5,6,7,8,9,10], c: [0,1,2,3,4,5,6,7,8,9]}
            ^^^^^^^^^^
    """),
]  # fmt: skip


def printed(file: str | bytes) -> str:
    """What `siptransfer lint` says, without the name of the file and without blanks at the ends of lines."""
    data = file if isinstance(file, bytes) else (HEAD + file).encode()
    with pytest.raises(ScenarioError) as caught:
        load_text(data, "x.yaml", vocabulary())
    lines = split_lines(data.decode("utf-8", "replace").removeprefix("\ufeff"))
    shown = "\n".join(mistake.render(lines) for mistake in caught.value.mistakes).replace("x.yaml:", "")
    return "\n".join(line.rstrip() for line in shown.splitlines())


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        pytest.param(file, wanted, id=what)
        for what, file, wanted in (
            *FILES, *SYNTAX, *WORDS, *NAMES, *VALUES, *TOGETHER, *PARAMETERS,
        )
    ],
)  # fmt: skip
def test_an_author_is_told_what_is_wrong_where_and_what_to_do(file: str | bytes, wanted: str) -> None:
    assert printed(file).strip() == textwrap.dedent(wanted).strip()
