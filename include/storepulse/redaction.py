"""Which parts of a text from outside may be shown in a message, a log or a file.

A login may stand wherever somebody can type: in the wrong line of a `source.yaml`, in a variable
of the environment, in what a host or a driver reports. So only those parts of such a text are
shown that cannot be one.
"""

import logging
import re
from collections.abc import Iterable

# They log whole addresses and headers, and some hosts want their token in there.
for _library in ("httpx", "httpcore"):
    logging.getLogger(_library).setLevel(logging.WARNING)

NOT_SHOWN = "…"
# Letters only: a word, and hardly ever a password.
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]{0,39}")
_LOGIN = re.compile(r"(?<=://)[^\s'\"]*@")
_QUERY = re.compile(r"(://[^\s'\"?]*\?)[^\s'\"]*")
_LONGEST_LABEL = 63
_LABEL = re.compile(r"\w([\w-]*\w)?")
_IPV6 = re.compile(r"[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(%[\w.-]+)?")


def word(text: object) -> str:
    """Give a name as it is when it is a word of letters, and `…` for anything else."""
    return text if isinstance(text, str) and _WORD.fullmatch(text) else NOT_SHOWN


def words(texts: Iterable[object]) -> str:
    """List names in order, those that are words first; `none` when there are none."""
    return ", ".join(sorted(map(word, texts))) or "none"


def without_logins(text: str) -> str:
    """Take user, password and query out of every address that a text quotes."""
    return _QUERY.sub(rf"\1{NOT_SHOWN}", _LOGIN.sub(f"{NOT_SHOWN}@", text))


def is_host(text: str) -> bool:
    """Whether a text is the name or number of a host, so that it can be looked up and shown.

    An IPv6 number may name the interface it is to be reached by, `fe80::1%eth0`.
    """
    labels = text.removesuffix(".").split(".")
    return _IPV6.fullmatch(text) is not None or all(
        len(label) <= _LONGEST_LABEL and _LABEL.fullmatch(label) for label in labels
    )
