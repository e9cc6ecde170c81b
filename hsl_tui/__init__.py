"""hsl-tui: a terminal console for operators who broadcast Telegram messages."""

__version__ = "0.1.0"
