"""进度: the stages that an applicant reads, in the order in which the diagram reaches them."""

from pathlib import Path

import pytest

from app import engine
from app.cases import tracker
from app.programmes import package
from app.programmes.programme import holds

PROCESSES = Path(__file__).resolve().parents[2] / "processes"


def stages_of(programme: str) -> list[str]:
    files = package.of_kind(package.read_folder(PROCESSES / programme), "diagram")
    spec = engine.load_specification(files, "application", holds)
    return list(dict.fromkeys(tracker._in_order(spec).values()))


@pytest.mark.parametrize("programme", ["baoding-platform", "hebei-institution"])
def test_the_stages_begin_with_the_application_and_end_with_the_document(programme):
    found = stages_of(programme)

    assert found[0].startswith("填报")
    assert "发文" in found[-1]


def test_lower_tiers_stand_before_higher_ones():
    found = stages_of("hebei-institution")

    assert [name[:2] for name in found if name.startswith(("县级", "市级", "省级"))][:3] == ["县级", "市级", "省级"]
    assert found.index(next(name for name in found if "公示" in name)) > found.index(
        next(name for name in found if "市级" in name)
    )
