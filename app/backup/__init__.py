"""One archive that holds an installation: the database at one instant, and every file that it names then.

`backup` writes it while people go on working; `restore` brings it back into an empty installation only.
"""

from app.backup.archive import Facts, Manifest
from app.backup.making import Made, backup
from app.backup.restoring import Restored, restore

__all__ = ["Facts", "Made", "Manifest", "Restored", "backup", "restore"]
