"""Digest authentication of both sides: answering a challenge, and challenging (RFC 3261 section 22).

The computation is in `wire/sip/digest.py`. Must not live here: which requests are challenged.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.base.limits import CHALLENGES_MAX
from harness.protocol.transaction import ServerTransaction
from harness.wire.sip.digest import Challenge, Credentials, answer, choose, verify
from harness.wire.sip.message import Message, compose_request

if TYPE_CHECKING:
    from harness.protocol.leg import Leg
    from harness.protocol.stack import Stack
    from harness.protocol.transaction import ClientTransaction

HEADERS = {401: ("www-authenticate", "Authorization"), 407: ("proxy-authenticate", "Proxy-Authorization")}


@dataclass(frozen=True, slots=True)
class Account:
    """User and password with which a host answers challenges."""

    user: str
    password: str

    def retry(
        self, host: "Stack", leg: "Leg", transaction: "ClientTransaction", challenge: Message
    ) -> tuple[str, int, Message] | None:
        """Branch, CSeq number and text of the repeated request (RFC 3261 section 8.1.3.5).

        None when the challenge cannot be answered, or was answered often enough.
        """
        asked, given = HEADERS[challenge.status]
        chosen = choose([Challenge.parse(row) for row in challenge.rows(asked)])
        if chosen is None or transaction.tries >= CHALLENGES_MAX:
            return None
        sent = transaction.request
        if transaction.tries and not chosen.stale and sent.first(given.lower()) is not None:
            return None  # RFC 3261 section 22.1: rejected credentials are not sent again
        branch, number = host.new_branch(), leg.dialog.next_number()
        value = answer(chosen, sent.method, sent.uri, self.user, self.password, host.token(16))
        replaced = {
            "via": host.via(branch, transaction.transport),
            "cseq": f"{number} {sent.method}",
        }
        headers = [
            (name, replaced.get(name.lower(), text))
            for name, text in sent.headers()
            if name.lower() not in ("content-length", given.lower())
        ]
        headers.insert(6, (given, value))
        return branch, number, compose_request(sent.method, sent.uri, headers, sent.body)


@dataclass(frozen=True, slots=True)
class Challenger:
    """Which methods are challenged with which status, and the accounts that satisfy them."""

    methods: tuple[tuple[str, int], ...]
    realm: str
    accounts: tuple[Account, ...]

    def admits(self, leg: "Leg", transaction: ServerTransaction) -> bool:
        """True when the request may pass; else it was answered with 401 or 407."""
        request = transaction.request
        status = dict(self.methods).get(request.method)
        if status is None:
            return True
        asked, given = HEADERS[status]
        # The nonce is a function of what the repeated request has in common with the first: nothing to
        # remember, and the same in every run. Our own tag is not: a repeated INVITE gets another one.
        nonce = f"{request.call_id}.{request.from_tag}"
        for row in request.rows(given.lower()):
            if Credentials.parse(row).uri == request.uri and self._known(row, request.method, nonce):
                return True
        header = "WWW-Authenticate" if asked == "www-authenticate" else "Proxy-Authenticate"
        value = f'Digest realm="{self.realm}", nonce="{nonce}", algorithm={{}}, qop="auth"'
        # RFC 8760 section 2.4: the preferred algorithm first.
        leg.reply(transaction, status, [(header, value.format(name)) for name in ("SHA-256", "MD5")])
        return False

    def _known(self, row: str, method: str, nonce: str) -> bool:
        return any(
            verify(row, method, user=one.user, password=one.password, realm=self.realm, nonce=nonce)
            for one in self.accounts
        )
