"""Programs of others that know FHIR, where they are installed; `.ci/run` installs them."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

NODE_MODULES = Path(os.environ.get("PALANCA_TEST_NODE_MODULES", "node_modules"))
"""A folder with the npm packages ``fhir`` and ``lforms``."""

VALIDATE = """
const { Fhir } = require(process.argv[1]);
const fhir = new Fhir();
const resources = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const found = resources.map((one) => fhir.validate(one, { errorOnUnexpected: true }));
console.log(JSON.stringify(found));
"""


def npm(name: str) -> Path:
    """The folder of an npm package, or the test is skipped."""
    folder = (NODE_MODULES / name).absolute()
    if not folder.is_dir():
        pytest.skip(f"npm's {name} is not in PALANCA_TEST_NODE_MODULES ({NODE_MODULES})")
    return folder


def faults(resources: list[dict[str, Any]]) -> list[str]:
    """What FHIR.js finds wrong with resources."""
    package, node = npm("fhir"), shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    done = subprocess.run(  # noqa: S603 - our own program
        [node, "-e", VALIDATE, str(package)],
        input=json.dumps(resources),
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    return [
        f"{resource['resourceType']} {resource.get('id')}: {one['location']}: {one['message']}"
        for resource, found in zip(resources, json.loads(done.stdout), strict=True)
        for one in found["messages"]
        if one["severity"] in {"error", "fatal"}
    ]


def chromium() -> str:
    """The browser, or the test is skipped."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = os.environ.get("PALANCA_TEST_CHROMIUM")
    found = found or next((path for one in names if (path := shutil.which(one))), None)
    if found is None:
        pytest.skip("No Chromium: install it, or name it in PALANCA_TEST_CHROMIUM")
    return found
