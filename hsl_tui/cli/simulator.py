"""`hsl-tui simulator`: a simulated Telegram to send to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from hsl_tui.cli.output import say
from hsl_tui.cli.running import make_steady
from hsl_tui.cli.streams import note
from hsl_tui.errors import InvalidInputError

if TYPE_CHECKING:
    from hsl_tui.telegram.simulator import FaultRule


def simulator(
    *,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, metavar="P", help="0 takes a free one.")
    ] = 0,
    rate: Annotated[
        int, typer.Option("--rate", min=0, metavar="N", help="Messages a second; 0: no limit.")
    ] = 30,
    latency: Annotated[
        float, typer.Option("--latency", min=0, metavar="SECONDS", help="Before each answer.")
    ] = 0,
    faults: Annotated[
        list[str] | None,
        typer.Option(
            "--fault", metavar="NAME[=SHARE]", help="Fail so for this share of chats. Repeatable."
        ),
    ] = None,
) -> None:
    """Run a simulated Telegram on loopback, until SIGINT or SIGTERM."""
    from hsl_tui.telegram.simulator import SimulatorConfig, run_simulator

    config = SimulatorConfig(rate=rate, latency=latency, faults=_rules(faults or ()))
    # It judges by the moment at which a call comes to be read: what keeps it busy with itself looks
    # like a burst of the client's.
    make_steady()
    run_simulator(config, port, _tell)


def _tell(url: str) -> None:
    say(url)
    note(f"It answers; HSL_TUI_API_URL={url} leads to it, with any BOT_TOKEN such as 1:any.")


def _rules(written: Sequence[str]) -> tuple[FaultRule, ...]:
    from hsl_tui.telegram.simulator import FAULTS, FaultRule, Match

    rules = []
    for seed, one in enumerate(written):
        name, _, share = one.partition("=")
        if name not in FAULTS:
            raise InvalidInputError(f"There is no fault {name!r}; there are {', '.join(FAULTS)}.")
        rules.append(FaultRule(name, Match(fraction=_share(share or "1"), seed=seed)))
    return tuple(rules)


def _share(written: str) -> float:
    try:
        share = float(written)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise InvalidInputError(f"{written!r} is not a share; it is a number from 0 to 1.")
    return share
