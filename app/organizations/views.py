"""What the API shows of grants and of bulk registrations."""

from collections import Counter

from app.organizations.bulk import Report
from app.organizations.bulk_schemas import BulkMode, RowStatus
from app.organizations.grants import Given


def grant(given: Given) -> dict[str, object]:
    """A grant, with the partner's name."""
    return {
        "id": given.grant.id,
        "partner": {"id": given.partner.id, "name": given.partner.name},
        "scopes": given.grant.scopes,
        "granted_at": given.grant.granted_at,
        "expires_at": given.grant.expires_at,
        "revoked_at": given.grant.revoked_at,
        "in_force": given.in_force,
    }


def bulk_report(report: Report, mode: BulkMode) -> dict[str, object]:
    """What became of every row, in order, and what may be there twice."""
    count = Counter(row.status for row in report.rows)
    return {
        "mode": mode,
        "counts": {status.value: count[status] for status in RowStatus},
        "outcomes": [
            {
                "line": row.line,
                "external_id": row.external_id,
                "status": row.status,
                "id": row.id,
                "errors": row.errors,
            }
            for row in report.rows
        ],
        "likely_duplicates": [
            {
                "reason": group.reason,
                "shared": group.shared,
                "members": [
                    {
                        "line": one.line,
                        "id": one.id,
                        "external_id": one.external_id,
                        "name": one.name,
                    }
                    for one in group.members
                ],
            }
            for group in report.found.groups
        ],
        "namesakes_elsewhere": report.found.namesakes_elsewhere,
    }
