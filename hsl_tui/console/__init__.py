"""The console: Textual screens over the services."""
