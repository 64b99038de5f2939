"""Names chosen outside of the project, made safe to show in mails, pages and terminals."""

# Anything longer is not a name, and would fill a mail.
LONGEST = 80
# Invisible characters that words need: Persian is written with one, emoji with both.
_JOINERS = "\u200c\u200d"


def shown(name: str) -> str:
    r"""Write a name on one line, short, and without control characters.

    Terminals obey escape sequences, and everything that shows text obeys overrides of its
    direction: `\u202egnp.exe` would read `exe.png`. HTML is escaped by the templates.
    """
    seen = "".join(
        one if one.isprintable() or one in _JOINERS else " " if one.isspace() else ""
        for one in name[: 4 * LONGEST]
    )
    line = " ".join(seen.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
