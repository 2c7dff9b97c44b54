"""Pieces of names by which a part of a name finds the whole: pairs of characters. Pure.

Chinese is written without spaces, so a word index can't find 某置业 in 安阳市某置业有限公司. All
pairs of neighbouring characters can: whoever holds 某置业 holds 某置 and 置业. That the pairs stand
together is looked at afterwards, on the few documents that hold them. Single characters are no
pieces: they would make a listing more than twice as dear (decision 0011), and lead to half of all.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

MOST = 400
"""Pieces of one document; a case with hundreds of parties has more (see `pieces`)."""
BRACKETS = str.maketrans("〔〕【】[]", "()()()")
"""The year of a document's number stands in 〔〕, and is typed with whatever is at hand."""


def fold(text: str) -> str:
    """Write a text as it is compared: one form of width (NFKC) and of brackets, no case, no spaces.

    （2026）豫0526, 〔2026〕豫0526 and [2026] 豫0526 are the same then, and so are ＡＢＣ and abc.
    Folding what was folded changes nothing.
    """
    before, after = "", text
    while before != after:  # a case fold can bring forth what NFKC changes again, and the reverse
        before = after
        after = "".join(unicodedata.normalize("NFKC", before).casefold().split())
    return after.translate(BRACKETS)


@lru_cache(maxsize=4096)
def pieces(texts: tuple[str, ...], most: int = MOST) -> tuple[tuple[str, ...], bool]:
    """Give the pairs of characters in folded texts, and whether these are all there are.

    Beyond `most` the rest is left out: whoever searches has to look through such documents too.
    """
    found: dict[str, None] = {}
    for text in texts:
        found.update(dict.fromkeys(wanted(text)))
        if len(found) > most:
            return tuple(found)[:most], False
    return tuple(found), True


def wanted(needle: str) -> Sequence[str]:
    """Give the pieces that whatever holds a folded needle holds, too: none for one character."""
    return tuple(dict.fromkeys(needle[start : start + 2] for start in range(len(needle) - 1)))


def holds(texts: Iterable[str], needle: str) -> bool:
    """Tell whether one of the folded texts holds a folded needle as it stands."""
    return any(needle in text for text in texts)
