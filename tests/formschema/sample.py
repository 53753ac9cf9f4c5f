"""A form with one field of every kind, and answers that it takes."""

from copy import deepcopy
from typing import Any

from app.formschema import Form, read_form

USCC = "91110000600037341L"

SAMPLE: dict[str, Any] = {
    "type": "default",
    "id": "sample",
    "title": "申请表",
    "components": [
        {
            "type": "group",
            "id": "group_unit",
            "label": "一、单位",
            "components": [
                {
                    "type": "textfield",
                    "key": "name",
                    "label": "单位名称",
                    "validate": {"required": True, "minLength": 2, "maxLength": 20},
                },
                {
                    "type": "textfield",
                    "key": "credit_code",
                    "label": "信用代码",
                    "validate": {"required": True},
                    "properties": {"check": "uscc"},
                },
                {
                    "type": "datetime",
                    "subtype": "date",
                    "key": "founded_on",
                    "dateLabel": "成立日期",
                    "validate": {"required": True},
                    "properties": {"not_after": "today"},
                },
                {
                    "type": "datetime",
                    "key": "operating_since",
                    "label": "运营日期",
                    "properties": {"not_before": "founded_on"},
                },
                {
                    "type": "number",
                    "key": "assets",
                    "label": "资产总额",
                    "decimalDigits": 2,
                    "validate": {"required": True, "min": 0, "max": 1000000},
                    "properties": {"unit": "万元", "figure": "total_assets", "clause": "X-7.1"},
                },
                {
                    "type": "number",
                    "key": "staff_total",
                    "label": "人员总数",
                    "decimalDigits": 0,
                    "properties": {"unit": "人", "engine": True},
                },
            ],
        },
        {
            "type": "radio",
            "key": "kind",
            "label": "类型",
            "values": [{"value": "general", "label": "综合"}, {"value": "special", "label": "专业"}],
            "validate": {"required": True},
            "properties": {"engine": "true"},
        },
        {
            "type": "textarea",
            "key": "speciality",
            "label": "专业说明",
            "validate": {"required": True, "maxLength": 400},
            "conditional": {"hide": '=kind != "special"'},
            "properties": {"warn_max": 100},
        },
        {
            "type": "checklist",
            "key": "functions",
            "label": "服务功能",
            "values": [
                {"value": "information", "label": "信息"},
                {"value": "training", "label": "培训"},
                {"value": "other", "label": "其他"},
            ],
            "validate": {"min": 1, "max": 2},
        },
        {
            "type": "textfield",
            "key": "other_function",
            "label": "其他功能",
            "validate": {"required": True},
            "conditional": {"hide": '=functions != "other"'},
        },
        {"type": "checkbox", "key": "declared", "label": "真实性声明", "validate": {"required": True}},
        {
            "type": "filepicker",
            "key": "licence",
            "label": "执照",
            "accept": ".pdf,.jpg",
            "validate": {"required": True},
        },
        {
            "type": "textfield",
            "key": "opinion",
            "label": "市级意见",
            "properties": {"shown_to": "city, authority"},
        },
        {
            "type": "dynamiclist",
            "path": "staff",
            "label": "服务人员",
            "validate": {"min": 2, "max": 5},
            "properties": {"unique": "name"},
            "components": [
                {"type": "textfield", "key": "name", "label": "姓名", "validate": {"required": True}},
                {
                    "type": "select",
                    "key": "degree",
                    "label": "学历",
                    "values": [{"value": "bachelor", "label": "本科"}, {"value": "none", "label": "无"}],
                    "validate": {"required": True},
                    "properties": {"column": "学历（毕业证书）", "print": False},
                },
                {
                    "type": "textfield",
                    "key": "major",
                    "label": "专业",
                    "validate": {"required": True},
                    "conditional": {"hide": '=degree = "none"'},
                },
                {"type": "number", "key": "hours", "label": "工时", "decimalDigits": 1},
                {"type": "checkbox", "key": "full_time", "label": "专职"},
                {"type": "textfield", "key": "phone", "label": "电话", "properties": {"shown_to": ["county"]}},
            ],
        },
    ],
    "figures": [
        {"name": "staff_count", "label": "服务人员", "kind": "count", "table": "staff", "compare": "staff_total"},
    ],
}

GOOD: dict[str, Any] = {
    "name": "保定中心",
    "credit_code": USCC,
    "founded_on": "2020-01-01",
    "assets": "1,500.5",
    "staff_total": 2,
    "kind": "general",
    "functions": ["training"],
    "declared": True,
    "licence": ["f1"],
    "staff": [
        {"name": "张三", "degree": "bachelor", "major": "会计", "hours": "7.5", "full_time": True},
        {"name": "李四", "degree": "none", "full_time": False},
    ],
}

FORM = read_form(SAMPLE)


def form_of(*components: dict[str, Any], figures: list[dict[str, Any]] | None = None) -> Form:
    """A form of some fields; label and key are filled in where they are left out."""
    return read_form(source_of(*components, figures=figures))


def source_of(*components: dict[str, Any], figures: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The JSON of such a form."""
    filled = [{"label": "名称", "key": "x", **component} for component in components]
    return {"components": filled, **({"figures": figures} if figures is not None else {})}


def good(**changes: object) -> dict[str, Any]:
    """Good answers with some changed; a value of `...` leaves one out."""
    answers = deepcopy(GOOD) | changes
    return {key: value for key, value in answers.items() if value is not ...}
