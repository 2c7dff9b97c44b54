"""What intake shows over HTTP of what it keeps: no personal value, no ciphertext, no hash."""

from typing import Any

from services.intake import access, information
from services.intake import facts as f
from services.intake import model as m


def filing(said: f.Filing) -> dict[str, Any]:
    """Show a filing: of its contact's personal values only which there are."""
    contact = said.contact
    shown = {
        "name": contact.name,
        "digest": contact.digest,
        "fields": [name for name in ("phone", "resident_id") if getattr(contact, name)],
    } if contact else None  # fmt: skip
    return {
        "filer": said.filer,
        "reference": said.reference,
        "title": said.title,
        "summary": said.summary,
        "division": said.division,
        "lane": said.lane,
        "filed_on": said.filed_on,
        "details": said.details,
        "contact": shown,
        "synthetic": said.synthetic,
    }


def key(id_: str, issued: access.KeyIssued) -> dict[str, Any]:
    """Show an access key, without its hash."""
    grant = issued.grant
    return {
        "key_id": id_,
        "role": grant.role,
        "office": grant.office,
        "division": grant.division,
        "name": grant.name,
        "created": issued.at,
        "expires": grant.expires,
    }


def claim(attachment: f.Attachment) -> dict[str, Any]:
    """Show a file without its bytes (claim check)."""
    return {
        "attachment_id": attachment.id,
        "name": attachment.name,
        "media_type": attachment.media_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
    }


def endings(case: m.Case) -> dict[str, Any]:
    """Show how a case was ended by its filer, None where it wasn't, and whether it is closed."""
    withdrawn, concluded = case.withdrawn, case.concluded
    return {
        "withdrawn": withdrawn
        and {
            "reason": withdrawn.reason,
            "withdrawn_on": withdrawn.withdrawn_on,
            "by": withdrawn.by,
            "at": withdrawn.at,
        },
        "concluded": concluded
        and {"conclusion": concluded.conclusion, "by": concluded.by, "at": concluded.at},
        "closed_on": case.closed_on,
    }


def request(case: m.Case, asked: f.Request) -> dict[str, Any]:
    """Show a request and its answer, if there is one."""
    answer = case.answers.get(asked.key)
    return {
        "assignment_id": asked.assignment_id,
        "request": asked.request,
        "task": asked.task,
        "office": asked.office,
        "by": asked.by,
        "question": asked.question,
        "asked_at": asked.asked_at,
        "state": information.stands(case, asked.key),
        "answer": answer
        and {
            "answer": answer.answer,
            "attachments": answer.attachments,
            "by": answer.by,
            "at": answer.at,
        },
    }


def attached(fact: f.Attached) -> dict[str, Any]:
    """Show a file in a list: without its bytes."""
    return {**claim(fact.attachment), "office": fact.office, "by": fact.by, "at": fact.at}


def opening(fact: f.Opened) -> dict[str, Any]:
    """Show one reading of a file."""
    return {
        "attachment_id": fact.attachment_id,
        "office": fact.office,
        "name": fact.name,
        "key_id": fact.key_id,
        "at": fact.at,
    }


def disclosure(fact: f.Disclosed) -> dict[str, Any]:
    """Show one reading of a personal value; never the value."""
    return {
        "office": fact.office,
        "name": fact.name,
        "key_id": fact.key_id,
        "field": fact.field,
        "purpose": fact.purpose,
        "at": fact.at,
    }
