"""A filled-in form as a document: what stands where, and what is left out."""

import io

import docx

from app.formschema import papers, read_form, workbooks

FORM = {
    "type": "default", "id": "application", "title": "申请表", "components": [
        {"type": "textfield", "key": "name", "label": "单位名称"},
        {"type": "number", "key": "area", "label": "面积", "properties": {"unit": "平方米"}},
        {"type": "textfield", "key": "own", "label": "自行增加的一栏", "properties": {"print": "false"}},
        {"type": "textarea", "key": "story", "label": "情况"},
        {"type": "group", "id": "head", "label": "联系方式", "components": [
            {"type": "textfield", "key": "phone", "label": "电话"},
        ]},
        {"type": "dynamiclist", "key": "staff", "label": "人员", "components": [
            {"type": "textfield", "key": "who", "label": "姓名"},
            {"type": "textfield", "key": "degree", "label": "学历", "properties": {"print": "false"}},
        ]},
    ],
}


def made(**values):
    form = read_form(FORM)
    data = papers.paper(form.title, [("办件号", "T1"), ("填报单位", "")], form.fields, values, words=words)
    return docx.Document(io.BytesIO(data))


def words(field, said):
    found = workbooks.words_of(field, said)
    return "" if found is None else str(found)


def rows(table):
    return [list(dict.fromkeys(cell.text for cell in row.cells)) for row in table.rows]


def test_short_answers_stand_two_a_line_long_ones_and_headings_alone_and_what_is_ours_stays_out():
    found = made(name="惠企公司", area="120.5", own="不印", story="三年来稳步发展。", phone="0311-1", staff=[])

    assert [line.text for line in found.paragraphs][:2] == ["申请表", "办件号：T1"]
    assert rows(found.tables[0]) == [
        ["单位名称", "惠企公司", "面积（平方米）", "120.5"], ["情况", "三年来稳步发展。"], ["联系方式"],
        ["电话", "0311-1", ""],
    ]


def test_a_table_has_its_own_grid_with_numbered_rows_under_its_name():
    found = made(staff=[{"who": "赵一", "degree": "本科"}, {"who": "钱二", "degree": "硕士"}])

    assert rows(found.tables[1]) == [["序号", "姓名"], ["1", "赵一"], ["2", "钱二"]]
    assert "人员" in [line.text for line in found.paragraphs]
    assert rows(made().tables[1]) == [["序号", "姓名"], ["无", ""]]


def test_it_ends_with_the_place_for_the_seal_on_a4():
    found = made(name="惠企公司")

    assert "盖章" in found.paragraphs[-1].text
    assert (round(found.sections[0].page_width.cm, 1), round(found.sections[0].page_height.cm, 1)) == (21.0, 29.7)


def test_what_follows_a_table_is_no_part_of_it():
    order = [*FORM["components"][-1:], *FORM["components"][:1]]
    form = read_form({**FORM, "components": order})
    data = papers.paper(form.title, [], form.fields, {"name": "惠企公司", "staff": [{"who": "赵一"}]}, words=words)
    body = docx.Document(io.BytesIO(data)).element.body

    kinds = [element.tag.rpartition("}")[2] for element in body]
    assert "tbl tbl" not in " ".join(kinds)
