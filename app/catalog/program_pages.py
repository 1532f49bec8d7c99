"""A program as Markdown, in one language. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.catalog.languages import localize
from app.catalog.programs import words


def markdown(program: Mapping[str, Any], language: str) -> str:
    """A program to print, to mail, or to put beside an agenda."""
    told = localize(dict(program), language)
    named = {
        name: localize({"text": said}, language)["text"]
        for name, said in words()["headings"].items()
    }
    lines = [f"# {told['title']}", "", f"{named['hours']}: {told['hours']:g}", "", told["note"], ""]
    for one in told["modules"]:
        lines += _module(one, named)
    return "\n".join(lines).rstrip() + "\n"


def _module(one: Mapping[str, Any], named: Mapping[str, str]) -> Iterator[str]:
    work = one["field_work"]
    yield from (f"## {named['module']} {one['number']}: {one['title']} ({one['code']})", "")
    yield from (f"*{named['reason']}:* {one['reason']}", "")
    yield from (one["summary"], "", f"**{named['why']}.** {one['why']}", "")
    yield f"- {named['hours']}: {one['hours']:g}"
    who = "; ".join(f"{role['title']} ({role['text']})" for role in one["roles"])
    yield from (f"- {named['roles']}: {who}", "")
    yield from _listed(named["objectives"], one["questions"])
    yield from (f"### {named['field_work']}", "")
    yield f"- **{named['plan']}.** {work['plan']['text']}"
    yield f"- **{named['predict']}.** {work['predict']['text']}"
    for name in ("do", "study", "act"):
        for step in work[name]:
            yield f"- **{named[name]}.** {step['text']}"
    yield ""
    yield from (f"### {named['success']}", "", one["success"]["text"], "")
    yield from _listed(named["pitfalls"], one["pitfalls"])
    places = [f"[{reference['code']}]({reference['href']})" for reference in one["references"]]
    yield from (f"{named['references']}: {', '.join(places)}", "")


def _listed(heading: str, texts: Sequence[str]) -> Iterator[str]:
    yield from (f"### {heading}", "")
    yield from (f"- {one}" for one in texts)
    yield ""
