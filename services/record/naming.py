"""Names and numbers that are nobody's: each says that it is made up, codes have a valid check."""

from random import Random

from fuyuan_contracts.identifiers import CREDIT_CODE_ALPHABET, credit_code_check

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_TRADES = ("商贸", "建材", "机械", "食品", "物流", "纺织", "农业", "化工", "科技", "装饰")
_BASE = len(CREDIT_CODE_ALPHABET)


def person(chance: Random, number: int) -> dict[str, str]:
    """Make up a natural person."""
    return {"name": f"{chance.choice(_SURNAMES)}某（合成{number:06d}）", "type": "person"}


def company(chance: Random, place: str, number: int) -> dict[str, str]:
    """Make up a company."""
    return {
        "name": f"合成{chance.choice(_TRADES)}公司{number:06d}",
        "type": "organisation",
        "credit_code": credit_code(place, number),
    }


def organisation(chance: Random, place: str, number: int) -> dict[str, str]:
    """Make up a company where only a legal person can stand."""
    made = company(chance, place, number)
    del made["type"]
    return made


def credit_code(place: str, number: int) -> str:
    """Make up a unified social credit code; the X in its middle says that it is nobody's."""
    digits = ""
    for _ in range(4):
        number, digit = divmod(number, _BASE)
        digits = CREDIT_CODE_ALPHABET[digit] + digits
    body = f"91{place}XXXXX{digits}"
    return body + credit_code_check(body)
