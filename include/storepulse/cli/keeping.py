"""`storepulse forget`, `backup`, `restore`: take a window back, and keep the data safe."""

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
            help="START..END exactly as it landed, such as 2026-11-22..2026-11-23T06:00Z (UTC if "
            "no time zone is given), or the name of its folder. Without it, windows are listed.",
        ),
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="Only this source.", show_default="all")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; recorded with user and time.")] = "",
) -> None:
    """Take a window back: the next build is as if it had never arrived.

    Its landed rows move to decisions/forgotten/, its accepted and quarantined rows are deleted,
    and decisions/ records who did it, when and why. The as-of ledger keeps the published values
    and adds the withdrawals; only versions dated in the future are removed. A scheduled run lands
    missing windows of the last thirty days again, so fix the source first.
    """
    from storepulse.lake import forgetting

    settings = Settings()
    if window is None:
        _list_windows(settings, feed, source)
        return
    requested = forgetting.parse_window_or_id(window)
    for one in forgetting.forget(settings, feed, requested, reason, source):
        out.print(
            f"{feed} from {one.source}, window {one.window}: taken back; its landed rows are in "
            f"{one.kept}",
            soft_wrap=True,
        )
    out.print("run `storepulse build` to remove it from the marts, then `storepulse publish`")
    out.print("a scheduled run lands it again within thirty days: fix the source first")


Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="A folder of backups, outside STOREPULSE_HOME.")
]


@app.command()
def backup(folder: Folder) -> None:
    """Back up what cannot be rebuilt to a folder elsewhere; only new and changed files are copied.

    These are landed, accepted and quarantined data, decisions, the as-of ledger, the alert store
    and mails. The warehouse, the marts and the pages are rebuilt from them; keep .env yourself.
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
            f"{made.repaired:,} files of earlier backups were missing or damaged and were "
            f"copied again: check the disk of {folder}",
            soft_wrap=True,
        )


@app.command()
def restore(
    folder: Folder,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Move what is in the home to its folder replaced/ first."),
    ] = False,
) -> None:
    """Restore the newest backup of a folder into an empty home. Stop the schedule first.

    Every file is checked before anything is changed. Then run build, publish and watch: marts,
    as-of ledger and alert store come out as they were, and no mail is sent again.
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
        out.print(f"the previous content is in {done.replaced}", soft_wrap=True)
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
            "yes" if files.rejection.is_file() else "no",
        )
    out.print(results if found else f"no window of {feed} has landed")
    if found:
        out.print("take one back with --window START..END --reason '…'")
