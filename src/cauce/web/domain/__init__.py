"""What the service does, each verb one transaction with its line in the audit; no verb knows of a page."""
