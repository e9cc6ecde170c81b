"""What goes to the operator's terminal: only what changes there, however slow the line."""
