"""`hsl-tui recipients audience`: who would get a broadcast, and who is left out and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hsl_tui.cli.composition import open_context
from hsl_tui.cli.output import JsonOption, print_json, print_table, say
from hsl_tui.cli.sending import ToOption

if TYPE_CHECKING:
    from hsl_tui.services.audiences import Survey

_OTHERS = "others"


def audience(*, to: ToOption, as_json: JsonOption = False) -> None:
    """Count whom selectors pick at this moment, and who is left out and why."""
    from hsl_tui.services import audiences

    with open_context() as context:
        survey = audiences.survey(context, to)
    taken = {
        _OTHERS if selector is None else str(selector): number
        for selector, number in survey.taken_away.items()
    }
    gone = {state.value: number for state, number in survey.inactive.items()}
    if as_json:
        print_json({"recipients": survey.recipients, "taken_away": taken, "inactive": gone})
        return
    say(_sentence(survey))
    if survey.left_out:
        print_table(("LEFT OUT", "WHY"), [(number, why) for why, number in (taken | gone).items()])


def _sentence(survey: Survey) -> str:
    from hsl_tui.services.audience_check import name_of

    count = survey.recipients
    noun = "1 recipient" if count == 1 else f"{count} recipients"
    names = ", ".join(map(name_of, survey.first))
    more = count - len(survey.first)
    rest = f" and {more} more" if more else ""
    return f"{noun} would get it{': ' if names else ''}{names}{rest}."
