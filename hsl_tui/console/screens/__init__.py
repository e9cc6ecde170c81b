"""The screens of the console, each with its styles beside it."""
