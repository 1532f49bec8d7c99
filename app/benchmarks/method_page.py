"""The method of a release as a page for people; plain HTML, as the release's own page."""

from collections.abc import Mapping, Sequence
from html import escape

from app.benchmarks.files.method import Promise, method_of
from app.benchmarks.page import begun
from app.benchmarks.published import Volume


def method_page(volume: Volume, *, language: str) -> str:
    """The whole page.

    Args:
        volume: the release.
        language: of ``page.LANGUAGES``.
    """
    method = method_of(volume, language)
    words = {name: escape(text) for name, text in method.words.items()}
    address = f"/v1/benchmarks/{volume.number}/index.html?lang={language}"
    parts = [_part(escape(title), promises, words) for title, promises in method.parts]
    limits = "\n".join(f"<li>{escape(one)}</li>" for one in method.limits)
    return "\n".join(
        [
            begun(words["title"], language, f'<a href="{address}">{words["back"]}</a>'),
            f"<p>{words['intro']}</p>",
            *parts,
            f"<section>\n<h2>{words['limits_title']}</h2>\n<ul>\n{limits}\n</ul>\n</section>",
            "</main>\n</body>\n</html>\n",
        ]
    )


def _part(title: str, promises: Sequence[Promise], words: Mapping[str, str]) -> str:
    items = "\n".join(
        f"<li>{escape(one.says)}\n<details><summary>{words['held_by']}: {len(one.tests)}</summary>"
        + "".join(f"<div><code>{escape(test)}</code></div>" for test in one.tests)
        + "</details></li>"
        for one in promises
    )
    return f"<section>\n<h2>{title}</h2>\n<ul class=promises>\n{items}\n</ul>\n</section>"
