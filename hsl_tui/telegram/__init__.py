"""Everything that touches Telegram: its Bot API, its text format, and a simulation of both."""
