"""The catalogue of causes: a name that says what happened, and what to do about it.

Ids, names and fixes follow the project's catalogue of failure modes where it has them. Must not
live here: how a cause is recognised (`causes.py`).
"""

CATALOGUE: dict[str, tuple[str, str]] = {
    "notify-200-before-invite": (
        "NOTIFY 200 sent before the target was even dialled",
        "Tie the sipfrag to the real final response of the referenced request",
    ),
    "premature-200-sipfrag": (
        "NOTIFY 200 sent before the target answered",
        "Tie the sipfrag to the real final response of the referenced request",
    ),
    "success-of-a-failed-call": (
        "Success reported although the target's call failed",
        "Tie the sipfrag to the real final response of the referenced request",
    ),
    "failure-of-an-answered-call": (
        "Failure reported although the target answered",
        "Report the final response of the referenced request, also when the referrer's leg has ended",
    ),
    "final-200-notify-on-ended": (
        "Two different final reports for one REFER",
        "One terminating NOTIFY for each subscription",
    ),
    "terminated-notify-100-only": (
        "The subscription ended and no final status was ever told",
        "Keep the subscription until the referenced request has a final response, and report that",
    ),
    "no-final-notify": (
        "Accepted, and then no final NOTIFY",
        "Send a final NOTIFY with `Subscription-State: terminated` for every accepted REFER",
    ),
    "relay-immediate-bye-no-notify": (
        "REFER accepted and the leg ended without any NOTIFY",
        "Send at least one NOTIFY, or relay the one that the next hop sends",
    ),
    "bye-instead-of-notify": (
        "Success reported by BYE only",
        "Send the final NOTIFY first, then the BYE",
    ),
    "bye-right-after-notify": (
        "The final NOTIFY and a BYE crossed, and the NOTIFY was refused",
        "Send BYE only when the NOTIFY has its final response; keep answering NOTIFY after the BYE",
    ),
    "notify-answered-405": (
        "NOTIFY refused as unknown method",
        "Whoever sends REFER must accept NOTIFY in the dialog and answer 200; list NOTIFY in Allow",
    ),
    "subscription-never-terminated": (
        "The final status was reported, but the subscription was never ended",
        "Send the final NOTIFY with `Subscription-State: terminated;reason=noresource`",
    ),
    "status-collapsed": (
        "The target's final code was replaced by another",
        "Report the code that the target gave, or a code of the same meaning",
    ),
    "voicemail-counted-as-human": (
        "Somebody other than the asked-for party answered, and it counted as success",
        "Check that a person of the asked-for name is there (key press, screening); else use the fallback",
    ),
    "carrier-refer-disabled": (
        "REFER refused: call transfer is off, or the target is not allowed",
        "Have the operator switch call transfer on, or allow the target; have a fallback",
    ),
    "refer-refused": (
        "REFER refused",
        "Look at the refusal's code and reason; keep the caller with the agent",
    ),
    "refer-challenge-not-retried": (
        "REFER challenged and not repeated with credentials",
        "Repeat once with credentials and CSeq + 1 in the same dialog, for every method",
    ),
    "refer-digest-wrong-user": (
        "REFER repeated with credentials, and challenged again",
        "Use the same credentials as the INVITE of that dialog",
    ),
    "silent-drop-missing-refer-to": (
        "REFER without one usable Refer-To was accepted",
        "Answer 400 to a REFER that has not exactly one Refer-To",
    ),
    "refused-after-acceptance": (
        "Accepted with a 2xx, then reported as failed without calling anybody",
        "Decide policy before the 2xx; the referrer must read the sipfrag and not try the same again",
    ),
    "bye-on-202": (
        "The referrer hung up on the 2xx, and the target then failed",
        "Wait for the final sipfrag before the BYE wherever a fallback is wanted",
    ),
    "failed-transfer-kills-call": (
        "The referrer hung up on the caller after a failed transfer",
        "BYE only after a 2xx sipfrag; after a failure take the caller off hold and go on",
    ),
    "caller-dropped-after-failure": (
        "The referee dropped the caller after a failed transfer",
        "Keep the caller's leg until the referrer has taken it back or ended it",
    ),
    "no-bye-ever": (
        "Nobody ended the referrer's leg after the transfer",
        "The referrer sends BYE after the final 200; the referee guards that with a short timer",
    ),
    "caller-hangup-transferor-parked": (
        "The caller hung up in the middle, and the referrer's leg was left parked",
        "Cancel the target, report 487, and end the referrer's leg when the caller is gone",
    ),
    "orphan-leg-billed": (
        "The target's leg lived on after the caller had gone",
        "End the target's leg when the caller's ends",
    ),
    "repeated-bye": (
        "BYE repeated after it was answered",
        "One BYE for each dialog; cancel its timers on 2xx and 481",
    ),
    "caller-hung-up": (
        "The caller hung up before the target answered",
        "Nothing to repair if it happens at once; look at how long the caller was kept waiting",
    ),
    "target-busy": (
        "The target was busy",
        "Have a fallback: another person, voicemail, or back to the agent",
    ),
    "target-declined": (
        "The target declined",
        "Have a fallback: another person, voicemail, or back to the agent",
    ),
    "target-no-answer": (
        "The target did not answer",
        "Bound the ringing time and have a fallback: resume, another person, voicemail",
    ),
    "target-not-found": ("The target's number does not exist there", "Correct the number or its routing"),
    "target-unavailable": (
        "The target could not be reached",
        "Check registration and routing; have a fallback",
    ),
    "target-unreachable": (
        "Nothing answered at the target's address",
        "Check address, firewall and registration of the target; have a fallback",
    ),
    "target-refused": ("The target refused the call", "Look at the target's final response; have a fallback"),
}
"""Id to name and fix."""
