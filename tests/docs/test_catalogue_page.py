"""docs/catalogue.md lists what the contracts and the deployed rules have."""

from fuyuan_contracts.cases import ASKED
from tests.support.catalogue_page import MARK, PAGE, generated


def test_the_catalogue_is_that_of_the_code() -> None:
    _, _, listed = PAGE.read_text("utf-8").partition(MARK)
    assert listed.strip() == generated().strip(), "write it: python -m tests.support.catalogue_page"


def test_every_task_of_every_kind_is_listed_once() -> None:
    rows = [line for line in generated().splitlines() if line.startswith("| `")]
    tasks = [task.value for needs in ASKED.values() for task in needs]
    assert [row.split("`")[1] for row in rows] == tasks
