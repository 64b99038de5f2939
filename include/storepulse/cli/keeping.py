"""`storepulse forget`, `backup`, `restore`: take back what came in, and keep it safe."""

from pathlib import Path
from typing import Annotated

import typer

from storepulse.cli.console import out, table
from storepulse.settings import Settings

app = typer.Typer()


@app.command()
def forget(
    feed: Annotated[str, typer.Argument(help="A feed, as `storepulse status` shows it.")],
    window: Annotated[
        str | None,
        typer.Option(
            "--window",
            help="START..END exactly as it came in, such as 2026-11-22..2026-11-23T06:00Z, UTC "
            "unless it says, or the id that folders have. Without it the windows are listed.",
        ),
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="Only of this source.", show_default="all")
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", help="Why; kept with who did it and when.")
    ] = "",
) -> None:
    """Take a window back: the next build is as if it had never come in.

    What landed moves to decisions/forgotten/, its accepted and refused rows go, and a line in
    decisions/ says who, when and why. The as-of ledger keeps what was told and adds what is
    withdrawn; only what was said as of later than the clock is removed. A scheduled run asks the
    source again for what is missing of the last thirty days, so correct the source first.
    """
    from storepulse.lake import forgetting

    settings = Settings()
    if window is None:
        _list_windows(settings, feed, source)
        return
    asked = forgetting.window_asked_for(window)
    for one in forgetting.forget(settings, feed, asked, reason, source):
        out.print(
            f"{feed} from {one.source}, window {one.window}: taken back; what had landed is in "
            f"{one.kept}",
            soft_wrap=True,
        )
    out.print("`storepulse build` takes it out of the marts, `storepulse publish` shows them")
    out.print("a scheduled run asks for it again within thirty days: correct the source first")


Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="A folder of backups, outside STOREPULSE_HOME.")
]


@app.command()
def backup(folder: Folder) -> None:
    """Copy what cannot be made again to a folder elsewhere; what it holds already is not copied.

    Sources' answers, accepted and refused rows, decisions, the as-of ledger, the alert ledger and
    mails. The warehouse, the marts and the pages are made again of these; .env is for you to keep.
    """
    from storepulse.backup.create import back_up

    with out.status(f"backing up to {folder}") as progress:
        made = back_up(
            Settings(),
            folder,
            lambda done, of: progress.update(f"backing up to {folder}: window {done:,} of {of:,}"),
        )
    out.print(f"{made.files:,} files, {made.copied:,} of them new, in {made.path}", soft_wrap=True)
    if made.repaired:
        out.print(
            f"{made.repaired:,} contents of earlier backups were missing or damaged and were "
            f"copied again: look after the disk of {folder}",
            soft_wrap=True,
        )


@app.command()
def restore(
    folder: Folder,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Move what lies in the home to its folder replaced/ first."),
    ] = False,
) -> None:
    """Put the newest backup of a folder back into an empty home. Stop the schedule before.

    Every file is checked before anything is touched. Then build, publish and watch: the marts and
    ledgers come out as they were, and no mail is sent again.
    """
    from storepulse.backup.restore import restore as put_back

    with out.status(f"restoring from {folder}") as progress:
        done = put_back(
            Settings(),
            folder,
            replace,
            lambda count, of: progress.update(f"restoring: file {count:,} of {of:,}"),
        )
    out.print(f"{done.files:,} files restored from {done.backup}", soft_wrap=True)
    if done.replaced:
        out.print(f"what was there before is in {done.replaced}", soft_wrap=True)
    out.print("now run `storepulse build`, `storepulse publish` and `storepulse watch`")


def _list_windows(settings: Settings, feed: str, source: str | None) -> None:
    from storepulse.lake.forgetting import windows_there

    found = windows_there(settings, feed, source)
    results = table("window", "source", "accepted", "rejected")
    for files in found:
        bounds = files.window
        results.add_row(
            f"{bounds.start:%Y-%m-%dT%H:%M:%SZ}..{bounds.end:%Y-%m-%dT%H:%M:%SZ}",
            files.source,
            "yes" if files.accepted.is_file() else "no",
            "yes" if files.held.is_file() else "no",
        )
    out.print(results if found else f"no window of {feed} ever came in")
    if found:
        out.print("take one back with --window START..END --reason '…'")
