"""Sending by mail: plain text and HTML, Chinese first, through one relay (SMTP)."""

import asyncio
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from typing import Literal

import aiosmtplib

from services.notices.keys import NOTICE
from services.notices.messages import Answer, Message, case_url
from services.notices.wording import line, subject
from services.runtime.domain import SHANGHAI

AT_ONCE = 8
"""Connections to the relay."""
NO_SUCH_ADDRESS = (550, 551, 553, 556)
"""A relay's word that the address is not one, or takes nothing."""


@dataclass(frozen=True)
class Relay:
    """The mail relay, and who mail is from."""

    host: str
    port: int
    tls: Literal["starttls", "tls", "none"]
    sender: str
    user: str = ""
    password: str = ""
    seconds: float = 30
    context: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Links:
    """Where a mail's links lead."""

    cases: str
    """Base URL of cases."""
    confirm: str
    unsubscribe: str


def compose(
    message: Message, to: str, sender: str, links: Links, now: datetime
) -> EmailMessage:  # fmt: skip
    """Write a mail. The same message has the same Message-ID, however often it is sent."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = sender, to
    mail["Subject"] = subject(message.notices)
    mail["Date"] = format_datetime(now.astimezone(SHANGHAI))
    domain = sender.rpartition("@")[2].rstrip(">")
    mail["Message-ID"] = f"<{message.id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Unsubscribe"] = f"<{links.unsubscribe}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail[NOTICE] = message.id
    if message.kind == "verify":
        plain, html = _confirmation(links.confirm)
    else:
        plain, html = _plain(message, links), _html(message, links)
    mail.set_content(plain, charset="utf-8")
    mail.add_alternative(html, subtype="html", charset="utf-8")
    return mail


def _confirmation(link: str) -> tuple[str, str]:
    zh = "有人请求把府院联动的案件通知发到这个邮箱。确认请打开："
    en = "Somebody asked for notices of Fuyuan cases to be sent here. To confirm, open:"
    other_zh = "不是您本人，不必理会；不确认就不会再收到邮件。"
    other_en = "If it wasn't you, do nothing: unconfirmed, no more mail comes."
    plain = f"{zh}\n{link}\n{other_zh}\n\n{en}\n{link}\n{other_en}\n"
    anchor = f'<a href="{escape(link)}">{escape(link)}</a>'
    html = f"<p>{zh}<br>{anchor}<br>{other_zh}</p><p>{en}<br>{anchor}<br>{other_en}</p>"
    return plain, _page(html)


def _plain(message: Message, links: Links) -> str:
    parts = []
    for notice in message.notices:
        case = notice.get("case")
        url = [case_url(links.cases, case["id"])] if case else []
        parts.append("\n".join([line(notice, "zh"), line(notice, "en"), *url]))
    return "\n\n".join(parts) + f"\n\n-- \n退订 / unsubscribe: {links.unsubscribe}\n"


def _html(message: Message, links: Links) -> str:
    items = []
    for notice in message.notices:
        case = notice.get("case")
        url = case_url(links.cases, case["id"]) if case else ""
        link = f'<br><a href="{escape(url)}">{escape(url)}</a>' if url else ""
        zh, en = escape(line(notice, "zh")), escape(line(notice, "en"))
        items.append(f'<li><p>{zh}<br><span lang="en">{en}</span>{link}</p></li>')
    ending = f'<p><a href="{escape(links.unsubscribe)}">退订 / unsubscribe</a></p>'
    return _page(f"<ul>{''.join(items)}</ul>{ending}")


def _page(body: str) -> str:
    return f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><body>{body}</body></html>\n'


class Mailer:
    """Hands mails to the relay."""

    def __init__(self, relay: Relay) -> None:
        """Keep the relay; nothing connects yet."""
        self.relay = relay
        self._free = asyncio.Semaphore(AT_ONCE)

    async def send(self, message: Message, to: str, links: Links, now: datetime) -> Answer:
        """Send one mail."""
        relay = self.relay
        mail = compose(message, to, relay.sender, links, now)
        try:
            async with self._free, asyncio.timeout(relay.seconds):
                await aiosmtplib.send(
                    mail,
                    recipients=[to],
                    hostname=relay.host,
                    port=relay.port,
                    username=relay.user or None,
                    password=relay.password or None,
                    use_tls=relay.tls == "tls",
                    start_tls=relay.tls == "starttls",
                    tls_context=relay.context if relay.tls != "none" else None,
                    timeout=relay.seconds,
                )
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _refused(error.recipients[0])
        except aiosmtplib.SMTPResponseException as error:
            return Answer(
                ok=False, said=f"the relay said {error.code}", status=error.code, ours=True
            )
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            said = f"the relay can't be reached: {type(error).__name__}"
            return Answer(ok=False, said=said, ours=True)
        return Answer(ok=True, said="taken by the relay", status=250)


def _refused(error: aiosmtplib.SMTPRecipientRefused) -> Answer:
    gone = error.code in NO_SUCH_ADDRESS
    return Answer(
        ok=False, said=f"the address was refused: {error.code}", status=error.code, gone=gone
    )
