"""Word files out of a few words, without Word: whatever a test wants to try. The shipped letters are Word files of
their own, edited in a word processor."""

from collections.abc import Sequence
from html import escape

from app.letters.package import packed

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TEXT_FONT, STRONG_FONT = "仿宋_GB2312", "黑体"

TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/>'
    '<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.styles+xml"/>'
    '<Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.footer+xml"/></Types>'
)
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_REL}/officeDocument" Target="word/document.xml"/></Relationships>'
)
DOCUMENT_RELS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_REL}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId2" Type="{_REL}/footer" Target="footer1.xml"/></Relationships>'
)
STYLES = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:styles xmlns:w="{W}"><w:docDefaults><w:rPrDefault>'
    f'<w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="{TEXT_FONT}"/><w:sz w:val="32"/>'
    '<w:szCs w:val="32"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr>'
    '<w:spacing w:line="560" w:lineRule="exact"/></w:pPr></w:pPrDefault></w:docDefaults>'
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style></w:styles>'
)
FOOTER = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:ftr xmlns:w="{W}"><w:p><w:pPr><w:jc w:val="center"/>'
    '</w:pPr><w:r><w:rPr><w:sz w:val="28"/></w:rPr><w:t xml:space="preserve">— </w:t></w:r>'
    '<w:fldSimple w:instr=" PAGE "><w:r><w:rPr><w:sz w:val="28"/></w:rPr><w:t>1</w:t></w:r></w:fldSimple>'
    '<w:r><w:rPr><w:sz w:val="28"/></w:rPr><w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>'
)
PAGE = (
    '<w:sectPr><w:footerReference w:type="default" r:id="rId2"/><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1588" w:header="851" w:footer="1417" w:gutter="0"/>'
    "</w:sectPr>"
)


def run(text: str, *, font: str = TEXT_FONT, size: float = 16, bold: bool = False, colour: str = "") -> str:
    """A piece of text; `size` in points."""
    strong = "<w:b/>" if bold else ""
    tint = f'<w:color w:val="{colour}"/>' if colour else ""
    return (
        f'<w:r><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="{font}"/>{strong}{tint}'
        f'<w:sz w:val="{int(size * 2)}"/><w:szCs w:val="{int(size * 2)}"/></w:rPr>'
        f'<w:t xml:space="preserve">{escape(text, quote=False)}</w:t></w:r>'
    )


def paragraph(
    *runs: str, align: str = "both", indent: bool = False, ruled: str = "", line: int = 560, right: int = 0,
    before: int = 0,
) -> str:
    """A paragraph; `indent` by two characters, `right` in characters, `line` and `before` in twentieths of a point."""
    under = (
        f'<w:pBdr><w:bottom w:val="single" w:sz="18" w:space="6" w:color="{ruled}"/></w:pBdr>' if ruled else ""
    )
    first = ' w:firstLineChars="200" w:firstLine="640"' if indent else ""
    end = f' w:rightChars="{right * 100}" w:right="{right * 320}"' if right else ""
    moved = f"<w:ind{first}{end}/>" if first or end else ""
    return (
        f'<w:p><w:pPr>{under}<w:spacing w:before="{before}" w:line="{line}" w:lineRule="exact"/>{moved}'
        f'<w:jc w:val="{align}"/></w:pPr>{"".join(runs)}</w:p>'
    )


def table(widths: Sequence[int], *rows: Sequence[str]) -> str:
    """A table with lines; the first row is its head, repeated on each page. `widths` in twentieths of a point."""
    lines = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    made = [
        f"<w:tr>{'<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>' if not n else '<w:trPr><w:cantSplit/></w:trPr>'}"
        + "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
            + paragraph(run(cell, font=TEXT_FONT if n else STRONG_FONT, size=12), align="left" if n else "center",
                        line=380)
            + "</w:tc>"
            for width, cell in zip(widths, row, strict=True)
        )
        + "</w:tr>"
        for n, row in enumerate(rows)
    ]
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>{lines}'
        f'</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{"".join(made)}</w:tbl>'
    )


def docx(*body: str, more: dict[str, bytes] | None = None, page: str = PAGE) -> bytes:
    """A Word file of a body; `more` are other parts, which win over the usual ones."""
    document = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document xmlns:w="{W}" xmlns:r="{R}"><w:body>'
        f"{''.join(body)}{page}</w:body></w:document>"
    )
    parts = {
        "[Content_Types].xml": TYPES.encode(), "_rels/.rels": RELS.encode(), "word/document.xml": document.encode(),
        "word/_rels/document.xml.rels": DOCUMENT_RELS.encode(), "word/styles.xml": STYLES.encode(),
        "word/footer1.xml": FOOTER.encode(),
    }
    return packed(parts | (more or {}))


def text(words: str) -> str:
    """A paragraph of the body."""
    return paragraph(run(words), indent=True)


def addressed(words: str) -> str:
    """The line of the receiver."""
    return paragraph(run(words), align="left")


def head(who: str, number: str, title: str) -> list[str]:
    """Red head with its line, the number, and the title in 二号."""
    return [
        paragraph(run(who, font=HEAD_FONT, size=30, colour=RED), align="center", line=900),
        paragraph(run(number), align="center", ruled=RED, before=200),
        paragraph(run(" ", size=16)),
        paragraph(run(title, font=TITLE_FONT, size=22), align="center", line=680),
        paragraph(run(" ", size=16)),
    ]


def foot(who: str) -> list[str]:
    """Who signs, and the day."""
    return [
        paragraph(run(" ", size=16)),
        paragraph(run(who), align="right", right=2),
        paragraph(run("{{日期}}"), align="right", right=2),
    ]


CONTACT = "联系人：{{联系人}}　　联系电话：{{联系电话}}"
LIST = table(
    (800, 4244, 2400, 1400), ("序号", "单位名称", "统一社会信用代码", "所在地"),
    ("{{单位名单.序号}}", "{{单位名单.单位名称}}", "{{单位名单.统一社会信用代码}}", "{{单位名单.所在地}}"),
)


def correction_notice() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{文书编号}}", "补正通知书"),
        addressed("{{收件人}}："),
        text("你单位申报{{认定项目}}的材料（办件号{{办件号}}）收悉。经审核，下列事项需要补正，现一次性告知："),
        table((800, 3000, 5044), ("序号", "需要补正的栏目", "补正要求"),
              ("{{补正事项.序号}}", "{{补正事项.项目}}", "{{补正事项.内容}}")),
        text("请自收到本通知之日起{{期限}}内，登录办件系统补正上述事项；未列出的栏目不能改动。"
             "逾期未补正的，{{逾期后果}}。"),
        text(CONTACT), *foot("{{发文单位}}"),
    )


def refusal_notice() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{文书编号}}", "审核结果通知书"),
        addressed("{{收件人}}："),
        text("你单位申报{{认定项目}}（办件号{{办件号}}）一事，经“{{环节}}”环节审核，结论为：{{结论}}。"),
        text("理由：{{理由}}"),
        text("依据：《{{依据}}》{{条款}}　{{条款内容}}"),
        text("对本结果如有不同意见，请向{{发文单位}}提出。"),
        text(CONTACT), *foot("{{发文单位}}"),
    )


def unanswered_notice() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{文书编号}}", "逾期未补正告知书"),
        addressed("{{收件人}}："),
        text("你单位申报{{认定项目}}（办件号{{办件号}}）的材料，在补正通知书规定的期限内没有补正。{{理由}}"),
        text("依据：《{{依据}}》{{条款}}　{{条款内容}}"),
        text(CONTACT), *foot("{{发文单位}}"),
    )


def passed_over_notice() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{文书编号}}", "未予认定告知书"),
        addressed("{{收件人}}："),
        text("你单位申报{{认定项目}}（办件号{{办件号}}）一事，经评审和会议研究，本次未予认定。"),
        text("理由：{{理由}}"),
        text("感谢你单位对此项工作的支持，欢迎在条件具备时再次申报。"),
        text(CONTACT), *foot("{{发文单位}}"),
    )


def not_published_notice() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{文书编号}}", "未通过公示告知书"),
        addressed("{{收件人}}："),
        text("你单位申报{{认定项目}}（办件号{{办件号}}）一事，已列入拟认定名单公示。"
             "因公示期间收到的异议经核查成立，或者名单经更正移出，按照《{{依据}}》，本次不予认定。"),
        text("依据：{{条款}}"),
        text("如对此有疑问，可自收到本告知书之日起向{{发文单位}}了解核查情况。"),
        text(CONTACT), *foot("{{发文单位}}"),
    )


def objection_reply() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{文书编号}}", "关于异议的答复"),
        addressed("{{收件人}}："),
        text("你对公示名单提出的异议（{{事项}}，办件号{{办件号}}）已核查完毕，结论为：{{结论}}。"),
        text("{{objection_finding/reply}}"),
        text("依据：{{条款}}"),
        text("如有疑问，请与{{发文单位}}联系。联系人：{{联系人}}　　联系电话：{{联系电话}}"),
        *foot("{{发文单位}}"),
    )


EVIDENCE = table(
    (800, 5644, 2400), ("序号", "事项", "日期"), ("{{证据.序号}}", "{{证据.事项}}", "{{证据.日期}}"),
)


def prior_notice() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{文书编号}}", "处理事先告知书"),
        addressed("{{收件人}}："),
        text("你单位于{{授予日期}}取得{{称号}}称号（编号{{称号编号}}）。经查，{{处理事由}}。有关情况如下："),
        EVIDENCE,
        text("依据《{{依据}}》{{条款}}（{{条款内容}}），拟对你单位{{处理结果}}。{{禁申期说明}}"),
        text("你单位有权陈述和申辩。请自收到本告知书之日起{{期限}}内，登录办件系统提出陈述申辩意见并附材料；"
             "逾期未提出的，视为放弃，不影响作出处理决定。"),
        text(CONTACT), *foot("{{发文单位}}"),
    )


def sanction_decision() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{sanction_decision/document_number}}", "处理决定书"),
        addressed("{{收件人}}："),
        text("你单位于{{授予日期}}取得{{称号}}称号（编号{{称号编号}}）。经查，{{处理事由}}。有关情况如下："),
        EVIDENCE,
        text("{{sanction_decision/reason}}"),
        text("依据《{{依据}}》{{条款}}（{{条款内容}}），决定对你单位{{处理结果}}，"
             "自{{sanction_decision/document_date}}起生效。{{禁申期说明}}"),
        text("对本决定不服的，可以依法申请行政复议或者提起行政诉讼。"),
        text(CONTACT), paragraph(run(" ", size=16)),
        paragraph(run("{{发文单位}}"), align="right", right=2),
        paragraph(run("{{sanction_decision/document_date}}"), align="right", right=2),
        paragraph(run("送达文书编号：{{文书编号}}", size=12), align="left", before=200),
    )


def not_sanctioned_notice() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{文书编号}}", "不予处理告知书"),
        addressed("{{收件人}}："),
        text("关于你单位{{称号}}称号（编号{{称号编号}}）的处理事项（{{处理}}，办件号{{办件号}}）已经审查完毕，决定不予处理，"
             "你单位的称号不受影响。"),
        text("理由：{{理由}}"),
        text(CONTACT), *foot("{{发文单位}}"),
    )


def circular() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{circular_decision/document_number}}", "通报"),
        addressed("{{收件人}}："),
        text("{{circular_draft/text}}"),
        text("被通报单位：{{申报单位}}（{{称号}}，编号{{称号编号}}）。有关情况如下："),
        EVIDENCE,
        text("依据《{{依据}}》{{条款}}（{{条款内容}}），予以通报。"),
        paragraph(run(" ", size=16)),
        paragraph(run("{{发文单位}}"), align="right", right=2),
        paragraph(run("{{circular_decision/document_date}}"), align="right", right=2),
        paragraph(run("送达文书编号：{{文书编号}}", size=12), align="left", before=200),
    )


def recognition_document(addressees: str, opening: str, closing: str) -> bytes:
    return docx(
        *head("{{认定机关}}文件", "{{文号}}", "{{文件标题}}"),
        addressed(addressees),
        text(opening),
        text(closing),
        paragraph(run("附：认定单位名单（共{{单位数}}家）", font=STRONG_FONT), indent=True, before=200),
        LIST, *foot("{{认定机关}}"),
    )


def certificate(opening: str) -> bytes:
    return docx(
        paragraph(run("证书", font=TITLE_FONT, size=36, colour=RED), align="center", line=900),
        paragraph(run(opening), align="center"),
        paragraph(run("认定为"), align="center"),
        paragraph(run("{{称号}}", font=TITLE_FONT, size=24, bold=True), align="center", line=680),
    )


def change_request() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{文书编号}}", "关于报告重大变化的通知"),
        addressed("{{收件人}}："),
        text("据了解，你单位发生下列变化，尚未报告：{{change_notice/kind}}，变化日期为{{change_notice/changed_on}}。"
             "{{change_notice/learnt}}"),
        text("请按照《{{依据}}》，登录办件系统填报重大变化情况报告表（办件号{{办件号}}）。"
             "报告期限为{{期限}}，自变化之日起算；逾期的仍应报告，记为逾期。情况不实的，也请在系统中说明。"),
        text(CONTACT), *foot("{{发文单位}}"),
    )


def change_kept() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{文书编号}}", "变更报备结果告知书"),
        addressed("{{收件人}}："),
        text("你单位关于重大变化情况的报备（办件号{{办件号}}）已办理完毕。经核实，变化后仍符合认定条件，"
             "保留“{{称号}}”，有效期不变；名录已按变化后的情况更正。"),
        text("意见：{{理由}}"),
        text(CONTACT), *foot("{{发文单位}}"),
    )


def change_not_passed() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{文书编号}}", "变更核实结果告知书"),
        addressed("{{收件人}}："),
        text("你单位的重大变化情况（办件号{{办件号}}）经核实，认为已不再符合“{{称号}}”的认定条件。"),
        text("理由：{{理由}}"),
        text("现按照《{{依据}}》另行提出处理。处理决定作出以前称号不变；处理过程中你单位可以按通知陈述、申辩。"),
        text(CONTACT), *foot("{{发文单位}}"),
    )


def rectification_notice() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{文书编号}}", "整改通知书"),
        addressed("{{收件人}}："),
        text("经核查，你单位存在下列问题，需要整改：{{理由}}"),
        text("请自收到本通知之日起{{期限}}内完成整改并通过验收：登录办件系统（办件号{{办件号}}）报送整改方案，"
             "整改中报送进展，完成后申请验收。期限内没有申请验收，或者验收不合格的，将按照《{{依据}}》提出处理。"),
        text("依据：{{条款}}　{{条款内容}}"),
        text(CONTACT), *foot("{{发文单位}}"),
    )


def rectification_accepted() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{文书编号}}", "整改结果告知书"),
        addressed("{{收件人}}："),
        text("你单位的整改（办件号{{办件号}}）经验收合格，予以结束。因整改暂停称号的，自本告知书之日起恢复，有效期不变。"),
        text("意见：{{理由}}"),
        text(CONTACT), *foot("{{发文单位}}"),
    )


def grade_notice() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{文书编号}}", "年度评价结果通知书"),
        addressed("{{收件人}}："),
        text("按照《{{依据}}》，你单位“{{称号}}”{{评价年度}}年度评价得分{{评价得分}}，等次为{{评价等次}}。{{评价理由}}"),
        text("对评价结果有异议的，可以自收到本通知之日起{{期限}}内登录办件系统申请复核，写明事实和理由并附证据。"
             "逾期未申请的，{{逾期后果}}。"),
        text(CONTACT), *foot("{{发文单位}}"),
    )


def grade_review_notice() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{文书编号}}", "评价复核决定书"),
        addressed("{{收件人}}："),
        text("你单位对{{评价年度}}年度评价等次（{{复核前等次}}）申请复核一事（办件号{{办件号}}），经核实，决定：{{结论}}，"
             "等次为{{评价等次}}。"),
        text("理由：{{评价理由}}"),
        text(CONTACT), *foot("{{发文单位}}"),
    )


def observation_notice() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{observation_decision/document_number}}", "列入观察通知书"),
        addressed("{{收件人}}："),
        text("按照《{{依据}}》，决定自{{observation_decision/decided_on}}起将你单位的“{{称号}}”列入观察。"),
        text("理由：{{observation_decision/reason}}"),
        text("观察期自本通知送达之日起{{期限}}。观察期内报送、服务等义务照旧；期满由{{认定机关}}决定解除观察，或者依规定处理。"),
        text(CONTACT), *foot("{{发文单位}}"),
    )


HANDED_OVER = table(
    (800, 2400, 3844, 1800), ("序号", "编号", "称号单位", "有效期至"),
    ("{{移交称号.序号}}", "{{移交称号.编号}}", "{{移交称号.单位名称}}", "{{移交称号.有效期}}"),
)


def recommender_held() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{recommender_hold_decision/document_number}}", "关于推荐资格的决定书"),
        addressed("{{收件人}}："),
        text("经查，{{recommender_hold_proposal/ground}}。{{recommender_hold_decision/reason}}"),
        text("依据《{{依据}}》{{条款}}（{{条款内容}}），决定对你单位{{推荐资格}}。其间由你单位推荐的申报不予受理，"
             "已经受理的，你单位不能推荐。"),
        text("{{移交说明}}"),
        text(CONTACT), paragraph(run(" ", size=16)),
        paragraph(run("{{发文单位}}"), align="right", right=2),
        paragraph(run("{{recommender_hold_decision/document_date}}"), align="right", right=2),
        paragraph(run("送达文书编号：{{文书编号}}", size=12), align="left", before=200),
    )


def titles_taken_over() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{文书编号}}", "关于接手跟踪管理的通知"),
        addressed("{{收件人}}："),
        text("现将此前由{{推荐单位}}跟踪管理的{{移交数}}个{{称号}}称号移交你单位，名单如下。自决定之日起，"
             "这些称号的核对、督促、指导、验收等推荐单位的事项由你单位办理；在办事项中推荐单位的待办已移入你单位的待办箱，"
             "各项期限不变。"),
        HANDED_OVER,
        text("依据：《{{依据}}》{{条款}}　{{条款内容}}"),
        text(CONTACT), *foot("{{发文单位}}"),
    )


def titles_handed_over() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{recommender_move_decision/document_number}}", "关于移交跟踪管理的通知"),
        addressed("{{收件人}}："),
        text("现决定将下列由你单位跟踪管理的称号移交{{接手单位}}，自{{recommender_move_decision/document_date}}起生效。"
             "在办事项中推荐单位的待办随之移交。"),
        HANDED_OVER,
        text("理由：{{recommender_move_decision/reason}}"),
        text("依据：《{{依据}}》{{条款}}　{{条款内容}}"),
        text(CONTACT), *foot("{{发文单位}}"),
    )


def exit_notice() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{文书编号}}", "退出告知书"),
        addressed("{{收件人}}："),
        text("你单位申请退出“{{称号}}”（办件号{{办件号}}）一事，已经登记，自登记之日起生效，名录注明已退出；"
             "此后不再报送，未办结的事项随之终止。"),
        text("意见：{{理由}}"),
        text("依据：《{{依据}}》{{条款}}　{{条款内容}}"),
        text("今后符合条件的，可以按照当期的申报通知再次申报。"),
        text(CONTACT), *foot("{{发文单位}}"),
    )


def exit_declined_notice() -> bytes:
    return docx(
        *head("{{发文单位}}", "{{文书编号}}", "不予登记退出告知书"),
        addressed("{{收件人}}："),
        text("你单位申请退出“{{称号}}”（办件号{{办件号}}）一事，经审核，不予登记，你单位仍在名录。"),
        text("理由：{{理由}}"),
        text("依据：《{{依据}}》{{条款}}　{{条款内容}}"),
        text(CONTACT), *foot("{{发文单位}}"),
    )


def shipped() -> dict[str, bytes]:
    """The letters of the programmes, by path below processes/."""
    common = {
        make.__name__: make() for make in (
            correction_notice, refusal_notice, unanswered_notice, passed_over_notice, objection_reply,
            not_published_notice, prior_notice, sanction_decision, circular, not_sanctioned_notice, change_request,
            change_kept, change_not_passed, rectification_notice, rectification_accepted, grade_notice,
            grade_review_notice, observation_notice, recommender_held, titles_taken_over, titles_handed_over,
            exit_notice, exit_declined_notice,
        )
    }
    own = {
        "hebei-institution": (
            "各市（含定州、辛集市）工业和信息化主管部门，雄安新区有关部门，有关单位：",
            "根据《{{依据}}》，经各级推荐、专家评审、公示和会议研究，认定下列单位为“{{称号}}”。",
            "获认定的单位要按照管理办法的要求开展服务、按时报送情况；各级主管部门要加强指导和监督，并做好政策支持。",
        ),
        "baoding-platform": (
            "各县（市、区）中小企业主管部门，有关单位：",
            "根据《{{依据}}》，经县级推荐、市级评审和公示，认定下列单位为“{{称号}}”，现予通报。",
            "各示范平台要不断完善服务功能、提高服务质量；县级主管部门要配合做好对示范平台的监督管理和扶持。",
        ),
    }
    found = {f"common/letters/{key}.docx": data for key, data in common.items()}
    for key, words in own.items():
        found[f"{key}/letters/recognition_document.docx"] = recognition_document(*words)
        found[f"{key}/letters/certificate.docx"] = certificate("依据《{{依据}}》，经评审、公示，")
    return found


def main() -> None:
    for path, data in shipped().items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_bytes(data)
        sys.stdout.write(f"{path} {len(data)}\n")


if __name__ == "__main__":
    main()
