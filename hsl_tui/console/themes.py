"""The console's own colours, in three themes: calm, with one accent.

Every text meets WCAG 2's AA on whatever it stands on (a contrast of 4.5), and 7 in high contrast;
a test measures them.
"""

from __future__ import annotations

from typing import Final

from textual.theme import Theme


def _scrollbars(bar: str, hover: str, active: str, background: str) -> dict[str, str]:
    return {
        "scrollbar": bar,
        "scrollbar-hover": hover,
        "scrollbar-active": active,
        "scrollbar-background": background,
        "scrollbar-background-hover": background,
        "scrollbar-background-active": background,
        "scrollbar-corner-color": background,
    }


DARK: Final = Theme(
    name="hsl-dark",
    primary="#4ea1d8",
    secondary="#4ea1d8",
    accent="#5fb4ea",
    foreground="#d8dee6",
    background="#11151a",
    surface="#1a2027",
    panel="#161b21",
    success="#7cc48a",
    warning="#e0b45c",
    error="#e5746d",
    dark=True,
    variables={
        "border": "#5fb4ea",
        "border-blurred": "#2b3540",
        "text-muted": "#9aa6b3",
        "text-disabled": "#3c4854",
        "text-accent": "#7cc3f0",
        "text-success": "#7cc48a",
        "text-warning": "#e0b45c",
        "text-error": "#f0938c",
        "boost": "#2a343f",
        "cursor-row": "#213a52",
        "button": "#2b3540",
        "block-cursor-background": "#5fb4ea",
        "block-cursor-foreground": "#11151a",
        "input-cursor-background": "#d8dee6",
        "input-selection-background": "#5fb4ea 35%",
        **_scrollbars("#2b3540", "#3a4754", "#5fb4ea", "#11151a"),
    },
)

LIGHT: Final = Theme(
    name="hsl-light",
    primary="#1f78b4",
    secondary="#1f78b4",
    accent="#15608f",
    foreground="#1f2630",
    background="#fbfbf9",
    surface="#f0f1ef",
    panel="#e9ebea",
    success="#256637",
    warning="#7a4f00",
    error="#a82a24",
    dark=False,
    variables={
        "border": "#15608f",
        "border-blurred": "#cfd5d8",
        "text-muted": "#4c5761",
        "text-disabled": "#b4bcc2",
        "text-accent": "#15608f",
        "text-success": "#256637",
        "text-warning": "#7a4f00",
        "text-error": "#a82a24",
        "boost": "#dbe1e4",
        "cursor-row": "#cfe2ef",
        "button": "#d5dbde",
        "block-cursor-background": "#15608f",
        "block-cursor-foreground": "#fbfbf9",
        **_scrollbars("#cfd5d8", "#b9c1c6", "#15608f", "#fbfbf9"),
    },
)

CONTRAST: Final = Theme(
    name="hsl-contrast",
    primary="#ffd84d",
    secondary="#ffd84d",
    accent="#ffd84d",
    foreground="#ffffff",
    background="#000000",
    surface="#0d0d0d",
    panel="#000000",
    success="#7dff9b",
    warning="#ffc46b",
    error="#ffa8a8",
    dark=True,
    variables={
        "border": "#ffd84d",
        "border-blurred": "#8a8a8a",
        "text-muted": "#d6d6d6",
        "text-disabled": "#8a8a8a",
        "text-accent": "#8fdcff",
        "text-success": "#7dff9b",
        "text-warning": "#ffc46b",
        "text-error": "#ffa8a8",
        "boost": "#262626",
        "cursor-row": "#1a3048",
        "button": "#262626",
        "block-cursor-background": "#ffd84d",
        "block-cursor-foreground": "#000000",
        "input-cursor-background": "#ffffff",
        "input-selection-background": "#ffd84d 35%",
        **_scrollbars("#8a8a8a", "#b0b0b0", "#ffd84d", "#000000"),
    },
)

THEMES: Final = {"dark": DARK, "light": LIGHT, "contrast": CONTRAST}
"""By the names that settings and preferences use."""
THEME_TITLES: Final = {"dark": "dark", "light": "light", "contrast": "high contrast"}
