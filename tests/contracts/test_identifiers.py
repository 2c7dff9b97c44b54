from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from fuyuan_contracts.identifiers import (
    CREDIT_CODE_ALPHABET,
    MAX_FEN,
    AssignmentId,
    CaseId,
    CreditCode,
    DivisionCode,
    Fen,
    OfficeId,
    Phone,
    ResidentId,
    credit_code_check,
    resident_id_check,
)

CREDIT_CODE: TypeAdapter[str] = TypeAdapter(CreditCode)
RESIDENT_ID: TypeAdapter[str] = TypeAdapter(ResidentId)
bodies = st.builds(
    "".join,
    st.tuples(
        st.text(CREDIT_CODE_ALPHABET, min_size=2, max_size=2),
        st.text("0123456789", min_size=6, max_size=6),
        st.text(CREDIT_CODE_ALPHABET, min_size=9, max_size=9),
    ),
)
credit_codes = bodies.map(lambda body: body + credit_code_check(body))
resident_ids = st.builds(
    "{}{:%Y%m%d}{:03}".format,
    st.integers(110000, 829999),
    st.dates(date(1800, 1, 1), date(2099, 12, 31)),
    st.integers(0, 999),
).map(lambda body: body + resident_id_check(body))


def accepts(type_: Any, value: object) -> bool:
    try:
        TypeAdapter(type_).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    "code",
    [
        "91350100M000100Y43",  # the example of GB 32100-2015 itself
        "91110000802100433B",  # 百度在线网络技术(北京)有限公司
        "9144030071526726XG",  # 腾讯科技(深圳)有限公司
        "91440300708461136T",  # 深圳市腾讯计算机系统有限公司
        "914403001922038216",  # 华为技术有限公司
        "91330100716105852F",  # 阿里巴巴(中国)网络技术有限公司
    ],
)
def test_published_credit_codes_are_valid(code: str) -> None:
    assert accepts(CreditCode, code)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("91350100M000100Y44", "the check character"),
        ("91350100M000100Y4", "one too few"),
        ("91350100M000100Y433", "one too many"),
        ("91350100M000100Y43\n", "a line end after it"),
        ("91350100m000100y43", "small letters"),
        ("91350100I000100Y43", "I is not in the alphabet"),
        ("91350100O000100Y43", "nor O"),
        ("91350100S000100Y43", "nor S"),
        ("91350100V000100Y43", "nor V"),
        ("91350100Z000100Y43", "nor Z"),
        ("9135O100M000100Y43", "letters in the division code"),
        ("91350100M000100Y4３", "a full-width digit"),
        ("", "nothing"),
        (91350100, "a number"),
    ],
)
def test_wrong_credit_codes_are_refused(code: object, why: str) -> None:
    assert not accepts(CreditCode, code), why


@settings(max_examples=60)
@given(credit_codes, st.integers(0, 17), st.sampled_from(CREDIT_CODE_ALPHABET))
def test_no_single_wrong_character_of_a_credit_code_goes_unseen(
    code: str, place: int, char: str
) -> None:
    """The weights 3^i are no multiples of 31, a prime: any one change changes the sum."""
    assume(code[place] != char)
    assert accepts(CreditCode, code)
    assert not accepts(CreditCode, code[:place] + char + code[place + 1 :])


@settings(max_examples=60)
@given(credit_codes, st.integers(0, 16))
def test_no_two_neighbours_of_a_credit_code_can_be_swapped_unseen(code: str, place: int) -> None:
    assume(code[place] != code[place + 1])
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert not accepts(CreditCode, swapped)


@given(credit_codes)
def test_the_first_and_the_last_character_can_be_swapped_unseen(code: str) -> None:
    """Where the standard's guarantee ends: both weigh 1 (3^0 and 3^30 modulo 31)."""
    assert accepts(CreditCode, code[17] + code[1:17] + code[0])


@pytest.mark.parametrize(
    "id_",
    [
        "11010519491231002X",  # the examples of GB 11643-1999
        "440524188001010014",
    ],
)
def test_published_resident_ids_are_valid(id_: str) -> None:
    assert accepts(ResidentId, id_)


@pytest.mark.parametrize(
    ("id_", "why"),
    [
        ("110105194912310021", "the check character"),
        ("11010519491231002x", "a small x"),
        ("11010519490230002X", "no such day"),
        ("11010519491331002X", "no such month"),
        ("110105491231002", "the old form of 15 digits"),
        ("01010519491231002X", "no division begins with 0"),
        ("１1010519491231002X", "a full-width digit"),
        ("11010519491231002X\n", "a line end after it"),
    ],
)
def test_wrong_resident_ids_are_refused(id_: str, why: str) -> None:
    assert not accepts(ResidentId, id_), why


@settings(max_examples=60)
@given(resident_ids, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_no_single_wrong_character_of_a_resident_id_goes_unseen(
    id_: str, place: int, char: str
) -> None:
    assume(id_[place] != char)
    assert accepts(ResidentId, id_)
    assert not accepts(ResidentId, id_[:place] + char + id_[place + 1 :])


@given(resident_ids)
def test_what_is_wrong_with_a_resident_id_is_said_without_the_id(id_: str) -> None:
    wrong = id_[:10] + "99" + id_[12:]
    with pytest.raises(ValidationError) as caught:
        RESIDENT_ID.validate_python(wrong)
    said = caught.value.errors(include_input=False, include_url=False)[0]["msg"]
    assert not any(wrong[start : start + 4] in said for start in range(15))


@pytest.mark.parametrize(
    ("type_", "value", "valid"),
    [
        (DivisionCode, "410500", True),
        (DivisionCode, "410571", True),
        (DivisionCode, "41050", False),
        (DivisionCode, "010500", False),
        (DivisionCode, 410500, False),
        (OfficeId, "tax.410526", True),
        (OfficeId, "market_regulation.410500", True),
        (OfficeId, "tax", False),
        (OfficeId, "Tax.410526", False),
        (OfficeId, "tax.410526.out", False),
        (OfficeId, "tax.410526\n", False),
        (OfficeId, "t*x.410526", False),
        (OfficeId, "a.b.410526", False),
        (Phone, "13800138000", True),
        (Phone, "0372-5110000", True),
        (Phone, "12345", False),
        (Fen, 0, True),
        (Fen, MAX_FEN, True),
        (Fen, MAX_FEN + 1, False),
        (Fen, -1, False),
        (Fen, 1.0, False),
        (Fen, "1", False),
        (Fen, True, False),
        (CaseId, "c" + "a2" * 12, True),
        (CaseId, "c" + "a1" * 12, False),
        (AssignmentId, "c" + "a2" * 12 + ".tax_clearance.1", True),
        (AssignmentId, "c" + "a2" * 12 + ".tax_clearance.0", False),
    ],
)
def test_the_form_of_an_identifier_is_checked(type_: Any, value: object, *, valid: bool) -> None:
    assert accepts(type_, value) is valid
