"""What is found in texts: numbers of persons, however they are written; other numbers are not."""

import pytest

from fuyuan_contracts.personal import holds_personal, masked


@pytest.mark.parametrize(
    "text",
    [
        "13800000000",
        "电话13800000000。",
        "138 0000 0000",
        "138-0000-0000",
        "+8613800000000",
        "+86 138 0000 0000",
        "１３８０００００００００"[:11],
        "410500190001010010",
        "４１０５００１９０００１０１００１０",
        "微信wx13812345678",
        "wx13812345678abc",
        "a110101199003074514",
        "110101199003074514b",
        "0372-2912345",
        "（0372）2912345",
        "０３７２－２９１２３４５",
        "03722912345转802",
        "010-62345678",
        "021 62345678",
    ],
)
def test_a_persons_number_is_found_however_it_is_written(text: str) -> None:
    assert holds_personal(text)


@pytest.mark.parametrize(
    "text",
    [
        "（2024）豫0526行初12号",
        "2024-05-20 1380",
        "12345678901",
        "91410500XXXXXX0015",
        "20130001234567",
        "(2024)豫0526破1号",
        "（2024）豫0502民初10526号",
        "91410500MA40A2B3XF",
        "13410500123A00000A",  # a credit code whose first eleven digits look like a mobile's
        "120000000元，计1,250,000.00元",
        "2024-0526-20240101",
        "0526号、0372",
        "2024年9月6日至2024年12月31日",
        "tax.410526",
    ],
)
def test_a_number_that_is_no_persons_is_let_through(text: str) -> None:
    assert not holds_personal(text)


def test_what_looks_like_one_is_blotted_out() -> None:
    assert masked("打 13800000000 或 410500190001010010") == "打 *** 或 ***"
    assert masked("wx13800000000，0372-2912345") == "wx***，***"
    assert not holds_personal(masked("打１３８０００００００００"))
