"""What the screen for composing says of itself, and its keys."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

from hsl_tui.console.widgets.message_preview import REVEAL_KEY
from hsl_tui.console.widgets.verdict import NEXT_KEY
from hsl_tui.models.selector import SELECTORS
from hsl_tui.services.times import FORMS

HELP_TEXT: Final = (
    "The text is Telegram's HTML: b, i, u, s, code, pre, a, blockquote, tg-spoiler. Write &lt;"
    " for <, and &amp; for &. {{ first_name }} and the other columns of your recipients fill"
    " in; {{ first_name or 'friend' }} says what to put where there is none.\n"
    "ctrl+g and a letter puts tags around what is selected, or takes them away; without a"
    " selection you write on between them. ctrl+b is bold at once (twice where tmux takes it),"
    " and alt with the letter does the same as ctrl+g where the terminal lets it through.\n"
    "F7 leads to what is wrong with the text, or is shown otherwise than was meant.\n"
    f"To takes selectors: {SELECTORS}, separated by blanks; ! in front takes away, as in:"
    ' all !tag:staff. One with blanks in it stands in "…". ctrl+n, or enter in the field,'
    " puts them together from lists, and says who is left out and why.\n"
    "The preview is what Telegram will show, to one of the recipients: F9 and F8 lead to the"
    " next and the one before, F6 shows what is hidden. F12 sends it to a chat of yours.\n"
    f"When stays empty for now, or takes a time: {FORMS}.\n"
    "Unsure is what to do when Telegram's answer never comes: hold never sends twice, resend"
    " never leaves anyone out. An urgent broadcast is sent before all that are not.\n"
    "ctrl+o adds media, buttons and options.\n"
    "ctrl+t begins from a template, with its media and buttons; ctrl+s saves what is written as"
    " one; ctrl+l starts over. What you write is kept, and is here again after a lost line.\n"
    "Nothing is sent before the review. Many recipients have their number typed there."
)

# Before the fields, which have keys like some of these.
KEYS: Final[list[BindingType]] = [
    *(
        Binding(
            key,
            action,
            word,
            show=bool(word),
            tooltip=said,
            id=f"compose.{name}",
            priority=True,
        )
        for name, key, action, word, said in (
            ("review", "ctrl+r", "review", "Review", "Review and queue"),
            ("audience", "ctrl+n", "audience", "Audience", "Put the audience together"),
            ("test", "f12", "test", "Test", "Send a test to a chat or two"),
            ("extras", "ctrl+o", "extras", "Attach", "Media, buttons and options"),
            ("template", "ctrl+t", "use_template", "Template", "Use a template"),
            ("reader", "f9", "step(1)", "Reader", "The next reader"),
            ("clear", "ctrl+l", "clear", "Start over", "Start over"),
            ("save-template", "ctrl+s", "save_template", "", "Save as template"),
            ("problem", NEXT_KEY, "next_problem", "", "The next problem of the text"),
            ("reader-before", "f8", "step(-1)", "", "The reader before"),
            ("reveal", REVEAL_KEY, "reveal", "", "Show what is hidden"),
        )
    ),
    Binding("escape", "leave_field", "Leave the field", show=False, id="compose.leave"),
]
