"""What the stories of the Hebei library leave open: its twelve materials, and its natures and classes."""

import io
from typing import Any

import pytest
from openpyxl import load_workbook

from app.errors import Invalid
from tests.browsing import seen
from tests.processes import shortened

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

KEY = "hebei-library"
PROGRAMME = shortened.programme(KEY)
BATCH = shortened.story(KEY, "first_batch")
OBJECTIONS = shortened.story(KEY, "objections")
APPLICATION = BATCH["answers"]["application"]
NAMES = {
    "m1_form": "入库申请表", "m2_overview": "单位情况概述", "m3_licence": "成立批文或注册登记执照",
    "m4_premises": "服务场地的不动产权证书或租赁合同", "m5_rules": "服务管理、规范程序、服务承诺等制度",
    "m6_services": "近两年服务产品和服务企业情况", "m7_staff": "职称、执业资格证书和社保证明或合同",
    "m7_partners": "与专家、机构合作的佐证材料", "m8_audits": "近两年度财务报表和审计报告",
    "m9_services": "上年度服务情况", "m9_cases": "服务典型案例", "m10_credit": "信用查询结果截图和法定代表人承诺",
    "m11_declaration": "申请材料真实性声明",
}
NATURES = ["公益性服务机构", "社会化服务机构"]
CLASSES = ["数字赋能类", "品牌提升类", "政策咨询类", "人力资源类", "成果转化类",
           "技术创新类", "融资促进类", "检验检测类", "其他类"]


@pytest.fixture
def materials_wrong(clock_at):
    """The fields of materials at which a form with these files alone is refused."""
    clock_at("2025-06-13 10:00")

    def found(**files: Any) -> set[str]:
        with pytest.raises(Invalid) as refused:  # nothing else is filled in
            PROGRAMME.form("application").load(files)
        return {field for field in refused.value.fields if field in {*NAMES, "m12_other"}}

    return found


def test_hbl_7_a_missing_required_item_blocks_by_its_name(database, tmp_path):
    """All but the twelfth kind, which is optional; with them all it is filed without that one."""
    at = shortened.find(BATCH, does="填报申请")
    filed = BATCH["steps"][at]
    before = [step for step in BATCH["steps"][:at] if "refused" not in step]
    assert [item.no for item in PROGRAMME.materials["application"].items if item.required == "never"] == [12]
    assert [item.no for item in PROGRAMME.materials["application"].items] == list(range(1, 13))
    assert "m12_other" not in APPLICATION

    shortened.tell(KEY, BATCH, [
        *before, *(shortened.without(filed, field, name) for field, name in NAMES.items()), filed,
    ], tmp_path)


@pytest.mark.parametrize(("field", "count", "taken"), [
    ("m9_cases", 1, False), ("m9_cases", 2, True), ("m9_cases", 3, True), ("m9_cases", 4, False),
    ("m8_audits", 1, False), ("m8_audits", 2, True), ("m8_audits", 3, False),
])
def test_hbl_7_two_or_three_cases_and_the_audits_of_two_years(database, materials_wrong, field, count, taken):
    found = materials_wrong(**{field: shortened.ids(count)})

    assert (field not in found) is taken


def test_hbl_7_the_stricter_annex_asks_for_both_proofs_of_the_seventh_kind(database, materials_wrong):
    one = shortened.ids(1)

    assert materials_wrong(m7_partners=one) - materials_wrong(m7_staff=one, m7_partners=one) == {"m7_staff"}
    assert materials_wrong(m7_staff=one) - materials_wrong(m7_staff=one, m7_partners=one) == {"m7_partners"}
    assert "m12_other" not in materials_wrong()


def test_hbl_9_there_are_two_natures_and_nine_classes(database):
    form = PROGRAMME.form("province_verify")

    assert [option.label for option in form.field("nature").options] == NATURES
    assert [option.label for option in form.field("service_class").options] == CLASSES


@pytest.mark.parametrize(("changes", "refused"), [
    ({}, set()),
    ({"nature": "public", "service_class": "other"}, set()),
    ({"nature": ""}, {"nature"}), ({"nature": "private"}, {"nature"}),
    ({"service_class": ""}, {"service_class"}), ({"service_class": "logistics"}, {"service_class"}),
])
def test_hbl_9_every_entry_has_one_nature_and_one_class_of_these(database, clock_at, changes, refused):
    clock_at("2025-10-20 09:00")
    found: set[str] = set()
    try:
        PROGRAMME.form("province_verify").load(
            {**OBJECTIONS["answers"]["province_view"], "credit_checked_on": "2025-10-20", **changes}
        )
    except Invalid as wrong:
        found = set(wrong.fields)

    assert found == refused


class TestRegister:
    """HBL-9: the library is kept by nature and by class."""

    @pytest.fixture
    def entered(self, database, clock_at, tmp_path):
        """Two entries: one social and digital, the other of public benefit and for human resources."""
        at = shortened.find(OBJECTIONS, does="省级审核", **{"for": "mulan"})
        steps = list(OBJECTIONS["steps"])
        steps[at] = {**steps[at], "answers": {"nature": "public", "service_class": "talent"}}
        shortened.tell(KEY, OBJECTIONS, steps, tmp_path)
        clock_at("2025-11-20 09:00")

    @pytest.mark.parametrize(("query", "names"), [
        ({"class_nature": "公益性服务机构"}, ["平泉木兰人力服务有限公司"]),
        ({"class_nature": "社会化服务机构"}, ["平泉光明检测服务有限公司"]),
        ({"class_service_class": "人力资源类"}, ["平泉木兰人力服务有限公司"]),
        ({"class_service_class": "数字赋能类"}, ["平泉光明检测服务有限公司"]),
        ({"class_service_class": "其他类"}, []),
        ({"class_nature": "公益性服务机构", "class_service_class": "数字赋能类"}, []),
    ])
    def test_hbl_9_the_library_is_read_and_exported_by_nature_and_class(self, entered, client, query, names):
        words = seen(client.get("/titles", query_string=query))
        client.sign_in("province-clerk")
        answer = client.get("/titles/register.xlsx", query_string=query)

        head, *rows = load_workbook(io.BytesIO(answer.data)).worksheets[0].iter_rows(values_only=True)
        assert [row[head.index("单位名称")] for row in rows] == names
        assert [name for name in ("平泉木兰人力服务有限公司", "平泉光明检测服务有限公司") if name in words] == names
