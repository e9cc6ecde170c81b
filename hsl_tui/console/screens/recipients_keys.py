"""The keys of the list of recipients, and what its help says."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

HELP_TEXT: Final = (
    "Everyone whom the bot can or could write to. Only active ones are written to; Telegram's"
    " answers move a recipient to another state, and /start moves it back.\n"
    "Search finds the beginning of a name, of a @username or of a chat id, whatever case and"
    " accents: ibr finds İbrahim, and ada lov Ada Lovelace. Enter or the down key leads to the"
    " list.\n"
    "Whom takes selectors, as a message does: tag:june+lang:de, all !tag:staff, saved:NAME;"
    " what is wrong in them is marked, and why stands below.\n"
    "Acts are for the marked rows (space, v, shift with ↑ ↓); after a, for all that match; else"
    " for the row under the cursor. Each asks first, with the number.\n"
    "A message can be addressed to selectors or to single chats. Whoever a search finds is"
    " tagged first. E saves the selectors under a name, e lists what is saved.\n"
    "Enter opens one recipient's card, with all that was ever sent there."
)

KEYS: Final[list[BindingType]] = [
    Binding("slash", "search", "Search", id="recipients.search"),
    Binding("f", "pick", "Whom", tooltip="Narrow by selectors", id="recipients.by-selectors"),
    Binding(
        "enter", "open", "Card", tooltip="Open the card of the recipient", id="recipients.open"
    ),
    Binding("a", "choose_all", "All", tooltip="Choose all that match", id="recipients.choose-all"),
    Binding("plus", "tag", "Tag", tooltip="Tag those who are chosen", id="recipients.tag"),
    Binding(
        "minus",
        "untag",
        "Untag",
        tooltip="Take a tag off those who are chosen",
        id="recipients.untag",
    ),
    Binding(
        "w",
        "write",
        "Write",
        tooltip="Compose a message to those who are chosen",
        id="recipients.write",
    ),
    Binding(
        "i",
        "import",
        "Import",
        tooltip="Take recipients in from a file",
        id="recipients.import",
    ),
    Binding(
        "u",
        "move",
        "Unsubscribe",
        show=False,
        tooltip="Unsubscribe the recipient under the cursor, or make active again",
        id="recipients.move",
    ),
    Binding(
        "x",
        "forget",
        "Forget",
        show=False,
        tooltip="Forget the recipient under the cursor for good",
        id="recipients.forget",
    ),
    Binding("e", "segments", "Segments", tooltip="List saved segments", id="recipients.segments"),
    Binding(
        "E",
        "save_segment",
        "Save the selectors as a segment",
        show=False,
        id="recipients.save-segment",
    ),
    Binding(
        "m",
        "moved_lately",
        "Moved",
        tooltip="Report who moved from state to state lately",
        id="recipients.moved",
    ),
    Binding("t", "narrow", "Tags", tooltip="Narrow to a tag", id="recipients.by-tag"),
    Binding("s", "next_state", "State", tooltip="Narrow to the next state", id="recipients.state"),
    Binding(
        "S",
        "previous_state",
        "Narrow to the state before",
        show=False,
        id="recipients.state-before",
    ),
    Binding("escape", "clear", "Show all", show=False, id="recipients.clear"),
    Binding("ctrl+r", "reread", "Read anew", show=False, id="recipients.reread"),
]
