"""Every SQL statement of the project, by table. Takes a session, returns frozen views."""
