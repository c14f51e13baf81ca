"""Backups of a whole deployment, taken while it works, and their restoring into a clean one.

A backup is a folder: a dump of each database, the people (logins, verifiers, groups), the pictures, and a manifest with
the size and sha256 of each. It appears under its name when it is whole and on disk, or not at all.

What is not in it. The code (schemas ``api`` and ``privado``, triggers, policies, grants): a deploy says it again. Keys
and sessions: whoever steals a backup must not be able to sign or open anything, and a new home makes its own keys. So
after a restore everybody logs in again, with the password they had; and no session that was ended after the backup
lives again.
"""

from .archive import BackupError, verify
from .restore import restore
from .take import backup

__all__ = ["BackupError", "backup", "restore", "verify"]
