"""`hsl-tui keys`: what every key of the console does, and by which id it is bound anew."""

from __future__ import annotations

from hsl_tui.cli.output import JsonOption, print_json, say


def keys(*, as_json: JsonOption = False) -> None:
    """List the console's keys with the ids that the table keys of config.toml takes."""
    from hsl_tui.console import keymap
    from hsl_tui.settings import load_settings

    bound = keymap.read(load_settings().keys)
    acts = sorted(keymap.every_act(bound), key=lambda act: (act.place != "app", act.place))
    if as_json:
        listed = [{"id": act.id, "keys": list(act.keys), "does": act.said} for act in acts]
        print_json({"keys": listed, "conflicts": keymap.conflicts(bound)})
        return
    widest = max(len(act.id) for act in acts)
    widest_keys = max(len(act.shown_keys()) for act in acts)
    for act in acts:
        say(f"{act.id:<{widest}}  {act.shown_keys():<{widest_keys}}  {act.said}")
    for conflict in keymap.conflicts(bound):
        say(f"In conflict: {conflict}.")
