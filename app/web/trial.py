"""Tells one story of a programme in a database that is thrown away: a program of its own, started by app.web.trials.

Reads JSON from standard input: {"files": packed package, "path": the story, "folder": an empty folder}. Writes JSON to
standard output: {"passed": bool, "said": the sentence of the step that failed}.
"""

import contextlib
import os
import sys
from pathlib import Path
from typing import Any

import orjson

MOST_MEMORY = 2 * 1024**3  # bytes


def main() -> None:
    """Tell the story that standard input brings."""
    asked = orjson.loads(sys.stdin.buffer.read())
    _keep_small()
    told = tell(asked["files"], asked["path"], Path(asked["folder"]))
    sys.stdout.buffer.write(orjson.dumps(told))


def tell(packed: dict[str, Any], path: str, folder: Path) -> dict[str, Any]:
    """Tell a story of a packed package over a SQLite database in a folder."""
    from app import db, migrating, stories
    from app.errors import BanjianError
    from app.people import regions
    from app.programmes import operations, package
    from app.programmes.reading import read_yaml
    from app.vocabulary import known

    files = package.unpack(packed)
    story = read_yaml(files[path])
    if others := "、".join(story.get("also", ())):
        said = f"这个故事还用到其他项目（{others}），试办时只有本项目，请用 banjian demo --story 试走。"
        return {"passed": False, "said": said}
    database = db.open_database(f"sqlite:///{folder / 'trial.sqlite3'}")
    try:
        migrating.upgrade(database.engine)
        with db.transaction() as session:
            regions.load(session)
            release = operations.deploy(session, files, person_id=None, **known())
            key = release.programme
        stories.Telling(story, files_dir=folder / "files", programme=key).run()
    except stories.StoryFails as failed:
        return {"passed": False, "said": str(failed).removeprefix(f"{story['name']}，")}
    except BanjianError as error:
        return {"passed": False, "said": error.message}
    except Exception as error:  # whatever a story holds that nobody foresaw: its designer must hear of it
        return {"passed": False, "said": f"故事无法办下去（{type(error).__name__}：{error}）。请核对故事的写法。"[:500]}
    finally:
        database.close()
    return {"passed": True, "said": ""}


def _keep_small() -> None:
    """Leave the machine to the server: the least urgent process, with little memory."""
    with contextlib.suppress(AttributeError, OSError):
        os.nice(10)
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


if __name__ == "__main__":
    main()
