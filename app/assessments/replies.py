"""The reply to a submission, as the ordinary way gives it, written down at once."""

import orjson
from starlette.types import Message

from app.assessments import views
from app.assessments.incoming import Push
from app.assessments.submissions import Stored
from app.trail import REPLAYED

Reply = tuple[Message, Message]
"""Start and body."""


def reply_to(sender: Push, stored: Stored) -> Reply:
    """What is said to who sent a submission that is here now."""
    body = orjson.dumps(views.submission(stored), option=orjson.OPT_UTC_Z)
    headers = [
        (b"location", stored.href.encode()),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    by_key = stored.repeats_key_of(sender)
    if by_key:
        headers.append((REPLAYED.lower().encode(), b"true"))
    status = 200 if stored.replayed and not by_key else 201
    return (
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": body},
    )
