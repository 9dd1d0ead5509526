"""How languages that Django does not know write dates and numbers."""
