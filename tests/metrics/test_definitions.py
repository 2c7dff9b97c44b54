import pytest

from services.metrics.definitions import DEFINITIONS, definitions
from services.metrics.summary import figures


def test_every_figure_of_the_summary_is_defined_in_both_languages() -> None:
    shown = figures([], [], [])
    names = {f"{part}.{name}" for part, found in shown.items() for name in found}
    assert set(DEFINITIONS) == names | {"cohort", "parked"}
    assert all(set(text) == {"zh", "en"} and all(text.values()) for text in DEFINITIONS.values())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_one_language_where_one_is_asked_for(lang: str) -> None:
    assert {tuple(text) for text in definitions(lang).values()} == {(lang,)}
