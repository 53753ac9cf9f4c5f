"""What goes wrong in a story."""


class StoryFails(AssertionError):
    """A story's step could not be done, or what it expects isn't so; the message names step and difference."""


def same(what: str, found: object, wanted: object) -> None:
    """Raise StoryFails where something isn't as the story wants it."""
    if found != wanted:
        raise StoryFails(f"{what}：应为 {wanted}，实为 {found}")
