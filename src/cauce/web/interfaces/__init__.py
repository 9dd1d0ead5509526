"""Between pages and verbs: who is asking, what may be shown, how a message leaves."""
