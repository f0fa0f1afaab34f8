"""Every setting, declared once, with the scopes locked > machine > user > default."""
