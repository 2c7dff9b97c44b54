import re

import pytest

from fuyuan_contracts.cases import ASKED, Kind
from services.runtime.words import KINDS, TASKS, word


def test_every_kind_and_every_task_has_its_words() -> None:
    assert set(KINDS) == set(Kind)
    assert set(TASKS) == {item.value for asked in ASKED.values() for item in asked}


@pytest.mark.parametrize("words", [KINDS, TASKS])
def test_chinese_stands_first_and_no_two_are_called_the_same(
    words: dict[str, tuple[str, str]],
) -> None:
    for code, (zh, en) in words.items():
        assert re.fullmatch(r"[\u4e00-\u9fff]+", zh), code
        assert re.fullmatch(r"[a-z ]+", en), code
    for language in (0, 1):
        assert len({said[language] for said in words.values()}) == len(words)


@pytest.mark.parametrize(
    ("lang", "said"), [("zh", "查人"), ("en", "finding a person")]
)  # fmt: skip
def test_a_code_is_put_into_words_and_one_without_stands_for_itself(lang: str, said: str) -> None:
    assert word(TASKS, "find_person", lang) == said
    assert word(TASKS, "joined_later", lang) == "joined_later"
