"""A message as its reader will see it in Telegram, as far as a terminal can."""
