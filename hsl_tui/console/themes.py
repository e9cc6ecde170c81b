"""The console's own colours: calm, with one accent."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

DARK: Final = Theme(
    name="hsl-dark",
    primary="#4ea1d8",
    secondary="#4ea1d8",
    accent="#5fb4ea",
    foreground="#d8dee6",
    background="#11151a",
    surface="#1a2027",
    panel="#161b21",
    boost="#2a343f",
    success="#7cc48a",
    warning="#e0b45c",
    error="#e5746d",
    dark=True,
    variables={
        "border": "#5fb4ea",
        "border-blurred": "#2b3540",
        "text-muted": "#8a96a3",
        "text-disabled": "#3c4854",
        "text-accent": "#7cc3f0",
        "text-success": "#7cc48a",
        "text-warning": "#e0b45c",
        "text-error": "#ec8780",
        "block-cursor-background": "#5fb4ea",
        "block-cursor-foreground": "#11151a",
        "input-cursor-background": "#d8dee6",
        "input-selection-background": "#5fb4ea 35%",
        "scrollbar": "#2b3540",
        "scrollbar-hover": "#3a4754",
        "scrollbar-active": "#5fb4ea",
        "scrollbar-background": "#11151a",
        "scrollbar-background-hover": "#11151a",
        "scrollbar-background-active": "#11151a",
        "scrollbar-corner-color": "#11151a",
    },
)

LIGHT: Final = Theme(
    name="hsl-light",
    primary="#1f78b4",
    secondary="#1f78b4",
    accent="#1a6ea8",
    foreground="#1f2630",
    background="#fbfbf9",
    surface="#f0f1ef",
    panel="#e9ebea",
    boost="#dbe1e4",
    success="#2f7d43",
    warning="#8a5a00",
    error="#b3312a",
    dark=False,
    variables={
        "border": "#1a6ea8",
        "border-blurred": "#cfd5d8",
        "text-muted": "#5c6873",
        "text-disabled": "#b4bcc2",
        "text-accent": "#1a6ea8",
        "text-success": "#2f7d43",
        "text-warning": "#8a5a00",
        "text-error": "#b3312a",
        "block-cursor-background": "#1a6ea8",
        "block-cursor-foreground": "#fbfbf9",
        "scrollbar": "#cfd5d8",
        "scrollbar-hover": "#b9c1c6",
        "scrollbar-active": "#1a6ea8",
        "scrollbar-background": "#fbfbf9",
        "scrollbar-background-hover": "#fbfbf9",
        "scrollbar-background-active": "#fbfbf9",
        "scrollbar-corner-color": "#fbfbf9",
    },
)
