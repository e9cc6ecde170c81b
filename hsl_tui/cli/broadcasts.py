"""`hsl-tui broadcasts`: the commands about broadcasts, in the order of their help."""

from __future__ import annotations

import typer

from hsl_tui.cli import checking, following_up, pruning, reading, sending, steering, trying
from hsl_tui.cli.content import ContentCommand
from hsl_tui.cli.output import example

app = typer.Typer(help="Queue broadcasts, watch them, steer them.", rich_markup_mode="rich")

_SEND = example(
    'hsl-tui broadcasts send --text "Hello {{ first_name }}" --to all --to "!tag:staff"',
    "hsl-tui broadcasts send --text-file news.html --to tag:news --at 2030-12-01T09:00",
    "hsl-tui broadcasts send --template weekly --not-reached-by 7",
    'hsl-tui broadcasts send --photo a.jpg --video b.mp4 --text "An album" --to tag:news',
)
_TEST = example('hsl-tui broadcasts test --text "<b>Hello</b>" --chat 123456789')
_RESOLVE = example("hsl-tui broadcasts resolve 7 --as sent --chat-id 123456789")
_PRUNE = example("hsl-tui broadcasts prune --older-than 180d --dry-run")

_COMPOSE, _WATCH, _STEER, _KEEP = "Compose and queue", "Watch", "Steer", "Keep in order"

for _name, _command, _panel, _epilog in (
    ("check", checking.check, _COMPOSE, example('hsl-tui broadcasts check --text "<b>Hello</b>"')),
    ("test", trying.send_test, _COMPOSE, _TEST),
    ("send", sending.send, _COMPOSE, _SEND),
    ("queue", sending.queue, _COMPOSE, example("hsl-tui broadcasts queue 7")),
    ("duplicate", sending.duplicate, _COMPOSE, example("hsl-tui broadcasts duplicate 7")),
    ("list", reading.list_broadcasts, _WATCH, example("hsl-tui broadcasts list --state sending")),
    ("show", reading.show, _WATCH, example("hsl-tui broadcasts show 7 --json")),
    (
        "deliveries",
        reading.deliveries,
        _WATCH,
        example("hsl-tui broadcasts deliveries 7 --status failed"),
    ),
    ("export", reading.export, _WATCH, example("hsl-tui broadcasts export 7 deliveries.csv")),
    ("pause", steering.pause, _STEER, example("hsl-tui broadcasts pause 7")),
    ("resume", steering.resume, _STEER, example("hsl-tui broadcasts resume 7")),
    ("cancel", steering.cancel, _STEER, example("hsl-tui broadcasts cancel 7")),
    ("retry", steering.retry, _STEER, example("hsl-tui broadcasts retry 7")),
    ("resolve", steering.resolve, _STEER, _RESOLVE),
    ("edit", following_up.edit, _STEER, example('hsl-tui broadcasts edit 7 --text "Corrected"')),
    ("recall", following_up.recall, _STEER, example("hsl-tui broadcasts recall 7")),
    (
        "prune",
        pruning.prune,
        _KEEP,
        example("hsl-tui broadcasts prune --older-than 180d --dry-run"),
    ),
):
    app.command(_name, cls=ContentCommand, rich_help_panel=_panel, epilog=_epilog)(_command)
