"""Numbers that can be checked by themselves: credit code, identity number, phone, e-mail, post code.

Full-width letters and blanks that an input method leaves are put right first.
"""

import re
from collections.abc import Callable
from datetime import date

from stdnum.cn import ric, uscc

# GB 32100-2015: kind of authority and of organisation, six digits of division, nine of the organisation, check digit.
_USCC = re.compile(r"[1-9A-HJ-NPQRTUWXY][1-9A-HJ-NPQRTUWXY][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_IDENTITY = re.compile(r"[1-9][0-9]{16}[0-9X]")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0[1-9][0-9]{1,2}-?[2-9][0-9]{6,7}(?:-[0-9]{1,5})?")
_SERVICE_NUMBER = re.compile(r"[48]00-?[0-9]{3}-?[0-9]{4}")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_HALF_WIDTH = {sign: sign - 0xFEE0 for sign in range(0xFF01, 0xFF5F)}
_POSTCODE = re.compile(r"[0-9]{6}")


def half_width(text: str) -> str:
    """`text` with the full-width letters, digits and signs of an input method as plain ones, and nothing else changed.

    Unicode's own folding would turn 8² into 82.
    """
    return text.translate(_HALF_WIDTH)


def tidy(check: str, text: str) -> str:
    """`text` as it is stored for this check: half-width, no blanks, codes in capitals."""
    plain = "".join(half_width(text).split())
    return plain.upper() if check in ("uscc", "id") else plain


def fault(check: str, text: str) -> str:
    """What is wrong with a tidy text, "" if nothing."""
    return _CHECKS[check](text)


def _uscc(text: str) -> str:
    if not _USCC.fullmatch(text):
        return "应为 18 位统一社会信用代码（数字和大写字母，不含 I、O、S、V、Z）"
    return "" if uscc.calc_check_digit(text) == text[-1] else "统一社会信用代码的校验位不对，请核对是否抄错"


def _identity(text: str) -> str:
    if not _IDENTITY.fullmatch(text):
        return "应为 18 位居民身份证号码"
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return "身份证号码里的出生日期不存在，请核对是否抄错"
    return "" if ric.calc_check_digit(text) == text[-1] else "身份证号码的校验位不对，请核对是否抄错"


def _phone(text: str) -> str:
    right = _MOBILE.fullmatch(text) or _LANDLINE.fullmatch(text) or _SERVICE_NUMBER.fullmatch(text)
    return "" if right else "应为手机号码，或带区号的座机号码，例如 0312-3089000"


def _email(text: str) -> str:
    right = len(text) <= 254 and _EMAIL.fullmatch(text) and ".." not in text and "-." not in text
    return "" if right else "应为电子邮箱地址，例如 name@example.cn"


def _postcode(text: str) -> str:
    return "" if _POSTCODE.fullmatch(text) else "应为 6 位邮政编码"


_CHECKS: dict[str, Callable[[str], str]] = {
    "uscc": _uscc,
    "id": _identity,
    "phone": _phone,
    "email": _email,
    "postcode": _postcode,
}
CHECKS = frozenset(_CHECKS)
