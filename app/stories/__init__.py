"""Stories: examples of a programme that run through the real verbs on a moved clock.

A story (`processes/<programme>/examples/*.yaml`) names units with their people, then steps: on which day who does what,
and what must then be so. The suite runs every shipped story, `banjian demo` tells one in the terminal and loads the
demonstration from one, and a designer tries a changed programme with them. What a story holds, see
`processes/schema/example.json`.
"""

from app.stories.telling import StoryFails, Telling, next_due, see_that_nothing_failed, timeline

__all__ = ["StoryFails", "Telling", "next_due", "see_that_nothing_failed", "timeline"]
