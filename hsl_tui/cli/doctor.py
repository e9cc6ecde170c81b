"""`hsl-tui doctor`: what stands in the way of sending."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hsl_tui.cli.composition import open_database, open_settings
from hsl_tui.cli.output import JsonOption, print_json, say
from hsl_tui.errors import RefusedError

if TYPE_CHECKING:
    from hsl_tui.services.doctor import Finding


def doctor(*, as_json: JsonOption = False) -> None:
    """Check the token, Telegram, the database, clocks, workers and files."""
    from hsl_tui.clock import SystemClock
    from hsl_tui.services.doctor import examine

    settings = open_settings()
    findings = []
    with open_database(settings) as database:
        for finding in examine(settings, database, SystemClock()):
            findings.append(finding)
            if not as_json:
                _tell(finding)
    if settings.keys:
        findings.append(_keys(settings.keys))
        if not as_json:
            _tell(findings[-1])
    ill = [finding.name for finding in findings if not finding.ok]
    if as_json:
        print_json({"ok": not ill, "checks": [_document(finding) for finding in findings]})
    if ill:
        raise RefusedError(f"Not everything is well: {', '.join(ill)}; see what to do for each.")


def _keys(asked: Mapping[str, str]) -> Finding:
    """Whether the console can bind the keys that the settings ask for."""
    from hsl_tui.console import keymap
    from hsl_tui.errors import SettingsError
    from hsl_tui.services.doctor import Finding

    try:
        conflicts = keymap.conflicts(keymap.read(asked))
    except SettingsError as error:
        return Finding("keys", "cannot be bound", str(error))
    if conflicts:
        advice = "Give each act of a screen a key of its own in [keys] of config.toml."
        return Finding("keys", "; ".join(conflicts), advice)
    return Finding("keys", f"{len(asked)} bound anew")


def _tell(finding: Finding) -> None:
    say(f"{'ok ' if finding.ok else 'ILL'}  {finding.name:<9} {finding.detail}")
    if finding.advice is not None:
        say(f"{'':<15}{finding.advice}")


def _document(finding: Finding) -> dict[str, object]:
    return {
        "name": finding.name,
        "ok": finding.ok,
        "detail": finding.detail,
        "advice": finding.advice,
    }
