"""What is left of an organization in the reports of imports that others pushed for it."""

from app.access.models import Kind
from tests.conftest import Service
from tests.erasure.conftest import *  # noqa: F403
