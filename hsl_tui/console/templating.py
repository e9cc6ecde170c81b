"""Beginning a message from a template, and saving one as a template."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from textual.screen import Screen

from hsl_tui.console.background import ask
from hsl_tui.console.dialogs.naming import SaveTemplate
from hsl_tui.console.dialogs.template_picker import TemplatePicker
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.models.views import TemplateView
from hsl_tui.services import templates
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context

if TYPE_CHECKING:
    from hsl_tui.console.app import HslTuiApp


class Templating:
    """What a screen on which messages are written does with templates.

    Attributes:
        name: of the template that the message is from; empty where it is from none.
    """

    def __init__(self, screen: Screen[None], context: Context) -> None:
        self._screen = screen
        self._context = context
        self.name = ""

    def choose(self, take_up: Callable[[str, Composition], None]) -> None:
        """Let a template be chosen, and hand over its name and what it says."""

        def taken(name: str, composition: Composition) -> None:
            self.name = name
            take_up(name, composition)

        def chosen(name: str | None) -> None:
            if name is not None:
                ask(
                    self._screen,
                    lambda: templates.take_up(self._context, name),
                    lambda composition: taken(name, composition),
                    group="template",
                )

        self._app.open(TemplatePicker(self._context), chosen)

    def save(self, composition: Composition) -> None:
        """Ask for a name, and keep the message under it."""

        def named(name: str | None) -> None:
            if name is not None:
                ask(
                    self._screen,
                    lambda: templates.save(self._context, name, composition),
                    self._saved,
                    group="template",
                    exclusive=False,
                )

        self._app.open(SaveTemplate(self._context, self.name), named)

    def _saved(self, template: TemplateView) -> None:
        self.name = template.name
        said = f"The template {terminal_text(template.name)} is saved."
        self._screen.notify(said, markup=False)

    @property
    def _app(self) -> HslTuiApp:
        return cast("HslTuiApp", self._screen.app)
