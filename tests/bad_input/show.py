"""Run the whole matrix and show it; exits with 1 if an outcome is not as expected."""

import sys
import time

from rich.markup import escape

from bad_input.matrix import CASES, run
from storepulse.cli.console import out, plain, table


def main() -> int:
    """Show class, case, expected and actual outcome."""
    results = table("class", "case", "expected", "got", "ok")
    started = time.monotonic()
    wrong = 0
    for case, got in run():
        is_right = got == case.expected
        wrong += not is_right
        results.add_row(
            case.kind,
            case.id,
            escape(case.expected),
            "as expected" if is_right else f"[red]{escape(plain(got))}[/]",
            "yes" if is_right else "[bold red]no[/]",
        )
    out.print(results)
    seconds = time.monotonic() - started
    out.print(f"{len(CASES)} cases in {seconds:.0f} s, {wrong or 'none'} not as expected")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
