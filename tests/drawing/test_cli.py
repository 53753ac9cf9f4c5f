"""`banjian diagram layout` and `render`: files in, files out, faults in Chinese."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree

from app import drawing
from app.cli_diagram import diagram as command
from tests.drawing.samples import diagram

ROOT = Path(__file__).parents[2]


def run(*arguments: str):
    return CliRunner().invoke(command, list(arguments))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "流程.bpmn"
    path.write_bytes(diagram(7))
    return path


def test_layout_writes_the_picture_into_the_file(file):
    told = run("layout", str(file))

    assert (told.exit_code, told.output) == (0, "")
    assert file.read_bytes() == drawing.layout(diagram(7))


def test_layout_out_leaves_the_file_alone(file, tmp_path):
    other = tmp_path / "other.bpmn"

    assert run("layout", str(file), "--out", str(other)).exit_code == 0
    assert file.read_bytes() == diagram(7)
    assert other.read_bytes() == drawing.layout(diagram(7))


def test_layout_check_tells_faults_and_writes_nothing(file):
    before = run("layout", str(file), "--check")
    assert before.exit_code == 1
    assert "在图上没有位置" in before.stdout
    assert file.read_bytes() == diagram(7)

    run("layout", str(file))
    after = run("layout", str(file), "--check")
    assert (after.exit_code, after.stdout) == (0, "图形没有毛病。\n")


def test_render_draws_every_name_and_uses_no_outside_resource(file):
    run("layout", str(file))

    assert run("render", str(file)).exit_code == 0

    picture = etree.fromstring(file.with_suffix(".svg").read_bytes())
    text = "".join(picture.itertext())
    for name in ("申报单位", "县级主管部门", "认定", "开始", "结束"):
        assert name in text
    assert "http" not in etree.tostring(picture).decode().replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize(("arguments", "said"), [
    (["layout", "nowhere.bpmn"], "文件不存在"),
    (["layout"], "banjian diagram layout"),
    (["render", "nowhere.bpmn", "--out", "a.pdf"], ".svg 或 .png"),
    (["layout", "a.bpmn", "--check", "--out", "b.bpmn"], "--check"),
])
def test_wrong_arguments_exit_with_2_in_chinese(arguments, said):
    told = run(*arguments)

    assert told.exit_code == 2
    assert said in told.stderr


def test_garbage_is_told_and_the_file_stays(tmp_path):
    path = tmp_path / "a.bpmn"
    path.write_bytes(b"<a>")

    told = run("layout", str(path))

    assert told.exit_code == 2
    assert "XML" in told.stderr
    assert path.read_bytes() == b"<a>"


def test_check_tells_a_bad_picture_as_a_warning(tmp_path):
    good = (ROOT / "processes/common/publication.bpmn").read_bytes()
    path = tmp_path / "a.bpmn"
    text = drawing.layout(good).decode()
    at = text.index('bpmnElement="closed"')
    bounds = text[text.index("<dc:Bounds", at):text.index("/>", at) + 2]
    path.write_bytes((text[:at] + text[at:].replace(bounds, '<dc:Bounds x="430" y="130" width="36" height="36" />', 1))
                     .encode())

    told = run("check", str(path))

    assert told.exit_code == 0
    assert "提醒：「结束公示」（close）与「公示结束」（closed）重叠。" in told.stdout
