"""What the words of the results mean: each time, each truth, each fate, each severity, once for every face.

The texts follow the project's definitions of outcomes and times. Must not live here: how anything is
measured or decided (`judge`), sentences about one run (`report/story.py`).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeDefinition:
    """One time: what it says, where it begins and where it ends."""

    means: str
    """A few plain words, as a label."""
    begins: str
    ends: str

    @property
    def sentence(self) -> str:
        """`From the REFER to its final response.`"""
        return f"From {self.begins} to {self.ends}."


_REFER = "the REFER"
_OUTCOME = "the true outcome"

TIMES: dict[str, TimeDefinition] = {
    "handoff": TimeDefinition(
        "the whole handoff",
        "the moment the transfer was asked for (trigger, first consult INVITE or REFER)",
        "caller and human hearing each other; without audio: both legs answered and joined",
    ),
    "human_answer": TimeDefinition("the human picks up", "the first INVITE to the human", "its 2xx"),
    "refer_response": TimeDefinition("the REFER is answered", _REFER, "its final response"),
    "first_notify": TimeDefinition(
        "the first report", _REFER, "the first NOTIFY, which may precede the 2xx to the REFER"
    ),
    "target_ringing": TimeDefinition(
        "the target rings",
        _REFER,
        "the first 180 (or 183 with session description) of the triggered INVITE; never 181, 182 or 199",
    ),
    "refer_to_answer": TimeDefinition("the target answers", _REFER, "the 2xx of the triggered INVITE"),
    "refer_to_report": TimeDefinition("the final report", _REFER, "the NOTIFY with the final sipfrag"),
    "report_skew": TimeDefinition(
        "the report after the fact", _OUTCOME, "its report; negative: reported before it was true"
    ),
    "release_after_outcome": TimeDefinition(
        "the referrer's leg is released", _OUTCOME, "the BYE on the referrer's leg; negative: before it"
    ),
    "consultation": TimeDefinition(
        "the consultation", "the consult INVITE", "the REFER, or the bridge where there is no REFER"
    ),
    "bridge": TimeDefinition(
        "all three talk", "the moment all three hear each other", "the moment the agent leaves"
    ),
    "dead_air": TimeDefinition(
        "silence for the caller",
        "the begin",
        "the end of the longest span in which the caller hears no voice, ring-back, music or announcement",
    ),
    "media_cut": TimeDefinition(
        "the cut in the caller's audio",
        "the last packet of the old path at the caller",
        "the first packet of the new path",
    ),
    "human_heard": TimeDefinition(
        "the human is heard", "the target's 2xx", "the human's first audio at the caller"
    ),
    "caller_heard": TimeDefinition(
        "the caller is heard", "the target's 2xx", "the caller's first audio at the human"
    ),
    "context_lead": TimeDefinition(
        "context before the caller",
        "the context arriving on the human's leg",
        "the caller becoming audible to the human",
    ),
}
"""Every time by its name in results, in the order of the definitions."""

TRUTHS: dict[str, str] = {
    "truthful": "The report is right, and it was not made before the fact.",
    "premature-success": "Success was reported before the target's own 200, which came later.",
    "false-success": "Success was reported, and nobody answered.",
    "wrong-party": "Success was reported, but somebody other than the party this REFER asked for answered.",
    "false-failure": "Failure was reported, and the target was connected.",
    "wrong-status": "It failed and was reported as failed, with another class or code than the target gave.",
    "late": "The report is right, but came more than 5 s after the fact.",
    "contradictory": "Two final reports contradict each other.",
    "uninformative": "The subscription ended with nothing better than a 1xx.",
    "silent": "The REFER was accepted, and no final report was ever made.",
    "undelivered": "The final report was never accepted by the referrer (481, or no answer).",
    "not-owed": "No report was due: the REFER was refused, or no subscription was wanted.",
    "undecidable": "What really happened cannot be told from these messages, so the report cannot be judged.",
}
"""Truth word to its meaning."""

OUTCOMES: dict[str, str] = {
    "connected": "The target answered; if its call ended at once, then not by the referee alone.",
    "failed": "The target refused, was never called, or the referee alone ended its call at once.",
    "refused": "The REFER itself was refused with 300 or more.",
    "abandoned": "The caller or the agent left before the target had answered.",
}
"""True outcome of an attempt to its meaning. Where messages cannot tell, it is `unknown`."""

FATES: dict[str, str] = {
    "with-human": "Connected to the person.",
    "with-agent": "Connected to the agent, not on hold.",
    "with-voicemail": "Connected to a voicemail box.",
    "in-queue": "Connected to a queue.",
    "held": "On hold, and the agent still has the call.",
    "alone": "Its call is up, and for more than 5 s nobody is behind it.",
    "dropped": "Somebody else ended the call before the person was reached.",
    "hung-up": "Ended the call itself.",
}
"""What became of a party to its meaning. Where messages cannot tell, it is `unknown`."""

SEVERITIES: dict[str, str] = {
    "breaks-transfer": "The caller does not reach the person, or nobody learns whether it worked.",
    "loses-context": "The transfer works, but who is calling, or why, is lost on the way.",
    "interop-risk": "It works here, and will not work with a stricter peer.",
    "cosmetic": "Not as the standard wants it; nobody will notice.",
}
"""Severity to its meaning, worst first."""

VERDICTS: dict[str, str] = {
    "pass": "Everything that was expected happened, and no rule of weight was broken.",
    "fail": "The system under test broke a rule or an expectation.",
    "inconclusive": "Something that was asked for cannot be decided from these messages.",
    "broken": "The environment did not allow it to be played: nothing listens, no permission.",
    "invalid": "The scenario (or the file) itself is wrong; nothing was played.",
}
"""Verdict to its meaning."""
